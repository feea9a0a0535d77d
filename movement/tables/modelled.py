"""Calibration, trips and flows, their changes, what crosses and who reaches what."""

from __future__ import annotations

from movement.tables.columns import LAND_USE, LINK, MODE, SCENARIO, STATION, ZONE
from movement.tables.contract import Column, Table, real, text
from movement.tables.words import Change, Costs

CALIBRATION = Table(
    "calibration",
    "Parameters fitted to counts before",
    {
        "mode": MODE,
        "replicate": text("`all`, or the site left out"),
        "decay_per_min": real("Decay of trips with felt time", "1/minute"),
        "scale": real("Factor on all local trips", "ratio"),
        "is_fitted": Column("yes_no", "False where too few counts: the default is used"),
        "sites": Column("integer", "Sites it rests on"),
    },
    ("mode", "replicate"),
)
FIT = Table(
    "fit",
    "Modelled against counted, before, site by site",
    {
        "station_id": STATION,
        "mode": MODE,
        "counted_per_day": real("Counted, mean day of the campaign", "people/day", decimals=1),
        "modelled_per_day": real("Modelled", "people/day", decimals=1),
        "left_out_per_day": real("Modelled with the site left out of the fit", "people/day", decimals=1, nullable=True),
        "geh": real("GEH statistic on the daily figures", "", decimals=2),
    },
    ("station_id", "mode"),
)
TRIPS = Table(
    "trips",
    "Modelled trips, both ways together, on the fitted parameters",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "purpose": text("What for; `through` from gateway to gateway"),
        "origin_id": text("Zone or gateway"),
        "destination_id": text(
            "Attraction or gateway; no letters where nothing is in reach: trips that cannot be made"
        ),
        "trips_per_day": real("Trips, both ways together", "trips/day", decimals=4, least=0),
        "impedance_min": real(
            "Felt time one way; empty where the trips cannot be made", "minutes", decimals=3, nullable=True
        ),
        "length_m": real(
            "Length of the way taken; empty where the trips cannot be made", "m", decimals=1, nullable=True
        ),
    },
    ("scenario_id", "land_use", "mode", "purpose", "origin_id", "destination_id"),
)
FLOWS = Table(
    "flows",
    "Modelled people per day on each link, both directions together",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "costs": text("Felt time, or distance only", words=Costs),
        "mode": MODE,
        "link_id": LINK,
        "flow_per_day": real("People per day", "people/day", decimals=3, least=0),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=3, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=3, nullable=True),
    },
    ("scenario_id", "land_use", "costs", "mode", "link_id"),
)
REPLICATE_FLOWS = Table(
    "replicate_flows",
    "What a replicate's flow is made of, on felt time: through trips, and local trips at scale 1 for each decay fitted",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": LINK,
        "decay_per_min": real("Decay of local trips; -1 for through trips", "1/minute"),
        "unit_flow_per_day": real(
            "People per day; times the scale, but for through trips", "people/day", decimals=5, least=0
        ),
    },
    ("scenario_id", "land_use", "mode", "link_id", "decay_per_min"),
)
FLOW_CHANGES = Table(
    "flow_changes",
    "Modelled change per link between a reference and a scenario, on felt time",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "reference": text("before or zero_alternative"),
        "mode": text("walk, cycle or all"),
        "link_id": text("Link of the union of both networks"),
        "name": text("Street or path", nullable=True),
        "badge": text("Letter of an added or changed link", nullable=True),
        "change": text("What the scenario does to the link", words=Change),
        "flow_before": real("Reference", "people/day", decimals=1),
        "flow_after": real("Scenario", "people/day", decimals=1),
        "flow_change": real("Difference", "people/day", decimals=1),
        "change_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "reference", "mode", "link_id"),
    "LineString",
)
SCREENLINE_FLOWS = Table(
    "screenline_flows",
    "Modelled people per day over each screenline, and what of the change is distance and what is quality",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "screenline_id": text("Screenline"),
        "mode": text("walk, cycle or all"),
        "flow_per_day": real("Over the screenline", "people/day", decimals=1),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_before": real("Change against before", "people/day", decimals=1),
        "change_before_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_before_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_zero": real(
            "Change against the zero alternative; empty on today's land use", "people/day", decimals=1, nullable=True
        ),
        "change_zero_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_zero_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_distance": real("Part of the links' change that distance alone gives", "people/day", decimals=1),
        "change_quality": real("The rest: slope, stairs, surface, crossings, traffic, light", "people/day", decimals=1),
    },
    ("scenario_id", "land_use", "screenline_id", "mode"),
)
CROSSING_FLOWS = Table(
    "crossing_flows",
    "Modelled people per day on each link over each screenline",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "screenline_id": text("Screenline"),
        "mode": MODE,
        "link_id": LINK,
        "name": text("Street or path", nullable=True),
        "badge": text("Letter of an added or changed link", nullable=True),
        "flow_per_day": real("On the link", "people/day", decimals=1),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "screenline_id", "mode", "link_id"),
)
ACCESS = Table(
    "access",
    "What residents of a zone reach",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "zone_id": ZONE,
        "mode": MODE,
        "residents": real("Residents of the zone", "people", decimals=1),
        "people_within_15_min": real("Residents within 15 minutes of felt time", "people", decimals=0),
        "attractions_within_15_min": Column("integer", "Attractions within 15 minutes of felt time"),
        "detour_ratio_across": real(
            "Way / straight line to attractions on other sides, mean", "ratio", decimals=3, nullable=True
        ),
        "detour_ratio_along": real(
            "Way / straight line to attractions on the own side, mean", "ratio", decimals=3, nullable=True
        ),
        "cut_off_attractions": Column("integer", "Attractions with no way there"),
    },
    ("scenario_id", "land_use", "zone_id", "mode"),
)
