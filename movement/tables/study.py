"""The study area, as read from data/raw/study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from movement.tables.columns import LAND_USE, MODE, NAME_DA, NAME_EN, SIDE, SOURCE, STATION, ZONE
from movement.tables.contract import Column, Table, real, text
from movement.tables.words import BarrierKind, CrossingStatus, Group, Phase, Purpose, Role

BARRIERS = Table(
    "barriers",
    "Lines and areas that cut the network, piece by piece",
    {
        "barrier_id": text("Barrier; several pieces share one id"),
        "piece": Column("integer", "Piece within the barrier"),
        "kind": text("What it is", words=BarrierKind),
        "level": Column("integer", "0 on the ground, 1 on a bridge, -1 in a tunnel"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "source": SOURCE,
    },
    ("barrier_id", "piece"),
    "LineString or Polygon",
)
BARRIER_DECISIONS = Table(
    "barrier_decisions",
    "Where people know better than the rules whether a link gets over a barrier",
    {
        "link_id": text("Link, or OpenStreetMap way (w and its number)"),
        "barrier_id": text("Barrier"),
        "status": text("carried or cut", words=CrossingStatus),
        "reason": text("Why"),
        "decided_by": text("Who decided", nullable=True),
    },
    ("link_id", "barrier_id"),
)
SCREENLINES = Table(
    "screenlines",
    "Cuts across which movement is summed",
    {
        "screenline_id": text("Screenline"),
        "kind": text("snit (along a barrier) or kordon (closed round an area)"),
        "is_primary": Column("yes_no", "The plan's primary screenline"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "source": SOURCE,
    },
    ("screenline_id",),
    "LineString",
)
AREAS = Table(
    "areas",
    "Areas with the side of the barrier they lie on",
    {
        "area_id": text("Area"),
        "side": text("Side of the barrier"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "source": SOURCE,
    },
    ("area_id",),
    "Polygon",
)
GROUP_COLUMNS: Mapping[Group, str] = {  # column of ZONES that holds the group's people
    Group.CHILD_UNDER_10: "children_under_10",
    Group.CHILD_OVER_10: "children_over_10",
    Group.ADULT: "adults",
    Group.SENIOR: "seniors",
    Group.WALK_LIMITED: "walk_limited",
}
_BY_SHARES = "; empty where the study's shares say"
ZONES = Table(
    "zones",
    "Where people live, today and as planned",
    {
        "land_use": LAND_USE,
        "zone_id": ZONE,
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "side": SIDE,
        "residents": real("Residents", "people", decimals=1, least=0),
        **{
            column: real(f"Residents of the group {group}{_BY_SHARES}", "people", decimals=1, nullable=True, least=0)
            for group, column in GROUP_COLUMNS.items()
        },
        "source": SOURCE,
    },
    ("land_use", "zone_id"),
    "Point",
)
ATTRACTIONS = Table(
    "attractions",
    "What people travel to, today and as planned",
    {
        "land_use": LAND_USE,
        "attraction_id": text("Attraction"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "purpose": text("What trips there are for", words=Purpose),
        "side": SIDE,
        "weight": real("Pull, relative to others of the same purpose", "places, jobs, visits", decimals=1, least=0),
        "source": SOURCE,
    },
    ("land_use", "attraction_id"),
    "Point",
)
GATEWAYS = Table(
    "gateways",
    "Where through traffic enters and leaves the network",
    {"gateway_id": text("Gateway"), "name_da": NAME_DA, "name_en": NAME_EN, "source": SOURCE},
    ("gateway_id",),
    "Point",
)
THROUGH_TRIPS = Table(
    "through_trips",
    "Trips from gateway to gateway, both ways together",
    {
        "from_gateway_id": text("One end"),
        "to_gateway_id": text("Other end"),
        "mode": MODE,
        "trips_per_day": real("Trips, both ways together", "trips/day", decimals=1, least=0),
        "source": SOURCE,
    },
    ("from_gateway_id", "to_gateway_id", "mode"),
)
SITES = Table(
    "sites",
    "Count sites",
    {
        "station_id": STATION,
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "role": text("What the site is there for", words=Role),
        "site_type": text("everyday, nature or cycle: controls are matched by it", nullable=True),
        "modes": text("Modes counted, separated by commas"),
        "screenline_ids": text("Screenlines the site counts for, separated by commas", nullable=True),
        "is_permanent": Column("yes_no", "Counts all the time"),
        "valid_from": Column("date", "First day in use", nullable=True),
        "valid_to": Column("date", "Last day in use", nullable=True),
        "source": SOURCE,
    },
    ("station_id",),
    "Point",
)
CAMPAIGNS = Table(
    "campaigns",
    "Count campaigns",
    {
        "campaign_id": text("Campaign"),
        "phase": text("Before, during or after", words=Phase),
        "start_date": Column("date", "First day, local"),
        "end_date": Column("date", "Last day, local"),
        "residents_present": real("Residents present in the area inside the cordon", "people", nullable=True, least=0),
        "homes_occupied": real("Homes occupied", "homes", nullable=True, least=0),
        "attractions_closed": text("Attractions closed at the time, separated by commas", nullable=True),
        "source": SOURCE,
    },
    ("campaign_id",),
)
INTERVENTIONS = Table(
    "interventions",
    "What was opened, closed or changed",
    {
        "intervention_id": text("Intervention"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "scenario_id": text("Scenario that models it", nullable=True),
        "start_date": Column("date", "First day"),
        "end_date": Column("date", "Last day; empty when it stays", nullable=True),
        "is_temporary": Column("yes_no", "A trial"),
        "station_ids": text("Count sites it can touch, separated by commas", nullable=True),
        "source": SOURCE,
    },
    ("intervention_id",),
)
EVENTS = Table(
    "events",
    "What else happened",
    {
        "event_id": text("Event"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "kind": text("roadworks, opening, land_use, population, holiday or other"),
        "start_date": Column("date", "First day"),
        "end_date": Column("date", "Last day; empty when it lasts", nullable=True),
        "station_ids": text("Count sites it can touch, separated by commas; empty for all", nullable=True),
        "source": SOURCE,
    },
    ("event_id",),
)
CONTEXT = Table(
    "context",
    "Background for the maps: water, housing, green, rail, places",
    {"kind": text("water, housing, business, green, rail, road or place"), "name_da": NAME_DA, "name_en": NAME_EN},
    (),
    None,
)


@dataclass(frozen=True)
class Study:
    """The study area as read from data/raw/study, in the study's metric CRS."""

    crs: str
    barriers: gpd.GeoDataFrame
    barrier_decisions: pd.DataFrame
    screenlines: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame  # land use of today only; scenarios make the planned one
    attractions: gpd.GeoDataFrame
    gateways: gpd.GeoDataFrame
    through_trips: pd.DataFrame
    sites: gpd.GeoDataFrame
    campaigns: pd.DataFrame
    interventions: pd.DataFrame
    events: pd.DataFrame
    weather: pd.DataFrame
    context: gpd.GeoDataFrame  # columns of CONTEXT and any geometry
