"""What crosses the screenlines: flows, who is on them, and what their changes are made of."""

from __future__ import annotations

from movement.tables.columns import LAND_USE, LINK, MODE, SCENARIO
from movement.tables.contract import Table, real, text, with_ends
from movement.tables.words import Family

CROSSING_TRIPS = Table(
    "crossing_trips",
    "Who crosses where: modelled trips over each link that meets a screenline",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "screenline_id": text("Screenline"),
        "link_id": LINK,
        "mode": MODE,
        "purpose": text("What for; `through` from gateway to gateway"),
        "group": text("Who; no letters for `through`"),
        "origin_id": text("Zone or gateway; no letters for what is too little to be listed, taken together"),
        "destination_id": text("Attraction or gateway; no letters for the same"),
        "trips_per_day": real("Passes, both ways together", "trips/day", decimals=3, least=0),
    },
    (
        "scenario_id", "land_use", "screenline_id", "link_id", "mode", "purpose", "group", "origin_id",
        "destination_id",
    ),
)  # fmt: skip
CROSSING_KINDS = Table(
    "crossing_kinds",
    "What for, who and when people cross: modelled passes over each link that meets a screenline",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "screenline_id": text("Screenline"),
        "link_id": LINK,
        "mode": text("walk, cycle or all"),
        "family": text("What is told apart: purposes, groups of residents or bands of the week", words=Family),
        "kind": text("Purpose (`through` from gateway to gateway), group or band"),
        **with_ends("trips_per_day", "Passes, both ways together; of a band on one day of its kind", "trips/day"),
    },
    ("scenario_id", "land_use", "screenline_id", "link_id", "mode", "family", "kind"),
)
SCREENLINE_FLOWS = Table(
    "screenline_flows",
    "Modelled people per day over each screenline and what changes are made of; intervals without the error of sites",
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
        "change_distance": real("Part of the estimate's change by the links: distance", "people/day", decimals=1),
        "change_quality": real("The rest: slope, stairs, surface, crossings, traffic, light", "people/day", decimals=1),
        **with_ends("change_rerouted", "Part of the links' change: the same trips by other ways", "people/day"),
        **with_ends("change_redirected", "As many trips to other places", "people/day"),
        **with_ends("change_new", "Trips not made before", "people/day"),
        **with_ends("change_lost", "Trips not made any more, to be taken off", "people/day"),
    },
    ("scenario_id", "land_use", "screenline_id", "mode"),
)
SCREENLINE_TERMS = Table(
    "screenline_terms",
    "Change of the estimate over each screenline by distance and each quality, against today's links, same land use",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "screenline_id": text("Screenline"),
        "mode": text("walk, cycle or all"),
        "term": text("distance, or the term of felt time"),
        "flow_change": real("Part of the change", "people/day", decimals=1),
    },
    ("scenario_id", "land_use", "screenline_id", "mode", "term"),
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
        "prediction_low": real(
            "Low end of the 95 % interval with the error of sites; empty where not fitted or nobody is led there",
            "people/day",
            decimals=1,
            nullable=True,
        ),
        "prediction_high": real("High end of the same", "people/day", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "screenline_id", "mode", "link_id"),
)
