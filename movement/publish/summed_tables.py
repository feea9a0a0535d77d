"""Contracts of the tables that are summed up for the pages, and written beside them for spreadsheets."""

from __future__ import annotations

from movement.tables import Band, Column, Group, Table, Traveller, Within

_RUN = {
    "scenario_id": Column("text", "Scenario; `before` is today's links"),
    "land_use": Column("text", "today or planned"),
}
_CROSSING = {
    **_RUN,
    "screenline_id": Column("text", "Screenline"),
    "link_id": Column("text", "Link over the screenline"),
}
_MODE_OR_ALL = Column("text", "walk, cycle or all")
_KEY = ("scenario_id", "land_use", "screenline_id", "link_id")

FORECAST_HITS = Table(
    "forecast_hits",
    "How many counts after lie inside the interval that was foreseen",
    {
        "campaign_id": Column("text", "Campaign after"),
        "mode": _MODE_OR_ALL,
        "counts": Column("integer", "Counts with an interval to lie in"),
        "inside": Column("integer", "Those of them that lie inside"),
        "hit_rate": Column("real", "Inside over counts; empty without counts", "ratio", nullable=True),
        "without_interval": Column("integer", "Counts at sites without an interval, left out of the rate"),
    },
    ("campaign_id", "mode"),
)
TRAVEL_CHANGES = Table(
    "travel_changes",
    "Trips, distance and time of each run, and the difference to today's links on the same land use",
    {
        **_RUN,
        "mode": _MODE_OR_ALL,
        "trips_made": Column("real", "Trips made, both ways together", "trips/day", decimals=1),
        "change_made": Column("real", "Difference", "trips/day", decimals=1),
        "trips_unmet": Column("real", "Trips that cannot be made: nothing is in reach", "trips/day", decimals=1),
        "unmet_before": Column("real", "The same with today's links", "trips/day", decimals=1),
        "change_unmet": Column("real", "Difference", "trips/day", decimals=1),
        **{
            f"{name}{end}": Column("real", f"{meaning}{said}", unit, decimals=1, nullable=bool(end))
            for name, meaning, unit in (
                ("person_km", "Distance walked or cycled", "km/day"),
                ("change_km", "Difference of distance", "km/day"),
                ("person_hours", "Time on the way by the clock", "hours/day"),
                ("change_hours", "Difference of time", "hours/day"),
            )
            for end, said in (
                ("", ""),
                ("_low", ": low end of the 95 % interval"),
                ("_high", ": high end of the 95 % interval"),
            )
        },
    },
    ("scenario_id", "land_use", "mode"),
)
REACH_MEANS = Table(
    "reach_means",
    "What a resident reaches within minutes and metres, mean over residents",
    {
        **_RUN,
        "traveller": Column("text", "Walking, cycling, or walking with limits", words=Traveller),
        "within": Column("text", "Limit: minutes of felt time, or metres of way", words=Within),
        "limit": Column("integer", "The limit", "minutes or metres"),
        "residents": Column("real", "Residents of all zones", "people", decimals=1),
        "people_reached": Column("real", "Residents within the limit, mean", "people", decimals=1, nullable=True),
        "attractions_reached": Column("real", "Destinations within the limit, mean", "", decimals=2, nullable=True),
        "purposes_reached": Column("real", "Purposes within the limit, mean", "", decimals=2, nullable=True),
        "share_reaching": Column(
            "real", "Share of residents with a destination within the limit", "ratio", decimals=4, nullable=True
        ),
    },
    ("scenario_id", "land_use", "traveller", "within", "limit"),
)
CROSSING_TOTALS = Table(
    "crossing_totals",
    "Modelled people per day on each link over each screenline, walking and cycling together",
    {
        **_CROSSING,
        "name": Column("text", "Street or path", nullable=True),
        "flow_per_day": Column("real", "On the link", "people/day", decimals=1),
        "flow_low": Column("real", "Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "flow_high": Column("real", "High end of the 95 % interval", "people/day", decimals=1, nullable=True),
    },
    _KEY,
)
CROSSING_PURPOSES = Table(
    "crossing_purposes",
    "What for people cross, link by link: modelled passes per day",
    {
        **_CROSSING,
        "mode": _MODE_OR_ALL,
        "purpose": Column("text", "What for; `through` from gateway to gateway"),
        "trips_per_day": Column("real", "Passes, both ways together", "trips/day", decimals=1),
    },
    (*_KEY, "mode", "purpose"),
)
CROSSING_GROUPS = Table(
    "crossing_groups",
    "Which residents cross, link by link, walking and cycling together: modelled passes per day",
    {
        **_CROSSING,
        "group": Column("text", "Who", words=Group),
        "trips_per_day": Column(
            "real", "Passes, both ways together; empty where suppressed", "trips/day", decimals=1, nullable=True
        ),
        "is_suppressed": Column("yes_no", "Below the least number of persons that is shown of a group"),
    },
    (*_KEY, "group"),
)
CROSSING_BANDS = Table(
    "crossing_bands",
    "When people cross, link by link: modelled people in each band of the week",
    {
        **_CROSSING,
        "mode": _MODE_OR_ALL,
        "band": Column("text", "Part of the week", words=Band),
        "flow_per_day": Column("real", "People in the band, on one day of its kind", "people/day", decimals=1),
    },
    (*_KEY, "mode", "band"),
)
CROSSING_PARTS = Table(
    "crossing_parts",
    "What the change on each link over a screenline is made of, against today's links on the same land use",
    {
        **_CROSSING,
        "mode": _MODE_OR_ALL,
        "flow_change": Column("real", "Change", "people/day", decimals=1),
        "change_low": Column("real", "Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_high": Column("real", "High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "rerouted": Column("real", "The same trips by other ways", "people/day", decimals=1),
        "redirected": Column("real", "As many trips to other places", "people/day", decimals=1),
        "new": Column("real", "Trips not made before", "people/day", decimals=1),
    },
    (*_KEY, "mode"),
)
SUMMED = (
    FORECAST_HITS,
    TRAVEL_CHANGES,
    REACH_MEANS,
    CROSSING_TOTALS,
    CROSSING_PURPOSES,
    CROSSING_GROUPS,
    CROSSING_BANDS,
    CROSSING_PARTS,
)
