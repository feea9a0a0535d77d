"""Contracts of the tables that are summed up for the pages, and written beside them for spreadsheets."""

from __future__ import annotations

from movement.tables import Band, Column, Group, SitesOf, Table, Traveller, Within

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
_SUPPRESSED = Column(
    "yes_no", "Left out: below the least number of persons shown of a group, or what would give one away in the sum"
)
_ENDS = (("", ""), ("_low", ": low end of the 95 % interval"), ("_high", ": high end of the 95 % interval"))
_KEY = ("scenario_id", "land_use", "screenline_id", "link_id")


def _figures(name: str, meaning: str, unit: str, *, nullable: bool = False) -> dict[str, Column]:
    """Describe a figure and the ends of its interval."""
    return {
        f"{name}{end}": Column("real", f"{meaning}{said}", unit, decimals=1, nullable=nullable or bool(end))
        for end, said in _ENDS
    }


FORECAST_HITS = Table(
    "forecast_hits",
    "How many counts after lie inside the interval foreseen, and whether the counts before foresaw them better",
    {
        "campaign_id": Column("text", "Campaign after"),
        "mode": _MODE_OR_ALL,
        "sites": Column("text", "All, those of `is_fitted` in the forecast, or the others", words=SitesOf),
        "counts": Column("integer", "Counts with an interval to lie in"),
        "inside": Column("integer", "Those of them that lie inside"),
        "hit_rate": Column("real", "Inside over counts; empty without counts", "ratio", nullable=True),
        "without_interval": Column("integer", "Counts with a forecast that has no interval, left out of the rate"),
        "not_forecast": Column("integer", "Counts without a forecast, left out of all figures"),
        "pivoted_counts": Column("integer", "Counts with an interval of the pivoted forecast to lie in"),
        "pivoted_inside": Column("integer", "Those of them that lie inside"),
        "pivoted_hit_rate": Column("real", "Pivoted inside over pivoted counts; empty without", "ratio", nullable=True),
        "compared": Column("integer", "Counts with a count before at the same site and both forecasts"),
        **{
            f"{what}_{name}": Column("real", f"{meaning} {said}; empty without such counts", "ratio", nullable=True)
            for what, said in (
                ("forecast", "the model alone"),
                ("pivoted", "the pivoted forecast"),
                ("unchanged", "the count before, as if nothing changed"),
            )
            for name, meaning in (
                ("wape", "Sum of absolute departures over the sum of those counts, of"),
                ("bias", "Sum of departures over the sum of those counts, of"),
            )
        },
        "is_no_better": Column("yes_no", "The pivoted forecast departs no less than the count before"),
    },
    ("campaign_id", "mode", "sites"),
)
UNMET_GROUPS = Table(
    "unmet_groups",
    "Whose trips cannot be made, and why, walking and cycling together",
    {
        **_RUN,
        "group": Column("text", "Who; no letters for trips from gateway to gateway"),
        **_figures("trips_unmet", "Trips that cannot be made; empty where suppressed", "trips/day", nullable=True),
        **_figures("trips_no_way", "Of these, where no way leads to any destination", "trips/day", nullable=True),
        **_figures("trips_too_far", "Of these, where all lies beyond the cut-off", "trips/day", nullable=True),
        "is_suppressed": _SUPPRESSED,
    },
    ("scenario_id", "land_use", "group"),
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
        **_figures("trips_per_day", "Passes, both ways together", "trips/day"),
    },
    (*_KEY, "mode", "purpose"),
)
CROSSING_GROUPS = Table(
    "crossing_groups",
    "Which residents cross, link by link, walking and cycling together: modelled passes per day",
    {
        **_CROSSING,
        "group": Column("text", "Who", words=Group),
        **_figures("trips_per_day", "Passes, both ways together; empty where suppressed", "trips/day", nullable=True),
        "is_suppressed": _SUPPRESSED,
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
        **_figures("flow_per_day", "People in the band, on one day of its kind", "people/day"),
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
        **_figures("rerouted", "The same trips by other ways", "people/day"),
        **_figures("redirected", "As many trips to other places", "people/day"),
        **_figures("new", "Trips not made before", "people/day"),
        **_figures("lost", "Trips not made any more, to be taken off", "people/day"),
    },
    (*_KEY, "mode"),
)
SUMMED = (
    FORECAST_HITS,
    UNMET_GROUPS,
    REACH_MEANS,
    CROSSING_TOTALS,
    CROSSING_PURPOSES,
    CROSSING_GROUPS,
    CROSSING_BANDS,
    CROSSING_PARTS,
)
