"""Calibration, trips and flows, their changes, and who reaches what."""

from __future__ import annotations

from movement.tables.columns import LAND_USE, LINK, MODE, SCENARIO, STATION, ZONE
from movement.tables.contract import Column, Table, real, text, whole, with_ends
from movement.tables.words import Band, Change, DecayForm, Distribution, ForecastBasis, NotForecast, Traveller, Within

# ASSUME: a site at which more than this share of the modelled people are on through trips, which the study assumes,
# says nothing of local trips: the model is not fitted to it
MOSTLY_THROUGH = 0.5

CALIBRATION = Table(
    "calibration",
    "Parameters of demand, fitted to counts before or assumed",
    {
        "mode": MODE,
        "parameter": text("scale, decay, detour, through, or scale_ and a purpose"),
        "estimate": real("Value used", "ratio; decay: 1/minute where exponential, no unit where a power or a table"),
        "low": real("Low end of the 95 % interval; empty where not fitted", "as the estimate", nullable=True),
        "high": real("High end of the 95 % interval", "as the estimate", nullable=True),
        "is_fitted": Column("yes_no", "False where the value is assumed"),
        "at_bound": Column("yes_no", "The best value is the first or last of those tried"),
        "sites": whole("Sites that tell of it", ""),
        "refusal": text("Why a parameter asked for is not fitted", nullable=True),
        "sites_needed": whole("Sites that would do; empty where no number would", "", nullable=True),
    },
    ("mode", "parameter"),
)
GOODNESS = Table(
    "goodness",
    "How well the model meets the counts before",
    {
        "mode": MODE,
        "distribution": text("How trips are shared among destinations", words=Distribution),
        "decay_form": text("How trips fall with felt time", words=DecayForm),
        "sites": whole("Sites fitted to", ""),
        "site_error": real("Departure of sites from the model beyond their counts' errors", "ratio", nullable=True),
        "geh_below_5": real("Share of sites with a GEH below 5 on the daily figures", "ratio", nullable=True),
        "r_squared": real("Coefficient of determination", "", nullable=True),
        "wape": real("Sum of absolute departures over the sum of counts", "ratio", nullable=True),
        "bias": real("Sum of departures over the sum of counts", "ratio", nullable=True),
        "left_out_wape": real("The same, each site predicted by the others", "ratio", nullable=True),
    },
    ("mode",),
)
FIT_WARNINGS = Table(
    "fit_warnings",
    "What speaks against the fit",
    {
        "mode": MODE,
        "warning": text("What is wrong"),
        "about": text("Parameter, site or figure it is about; no letters where none"),
        "value": real("Its figure", "", nullable=True),
        "is_alarm": Column("yes_no", "The model may be wrong; else only to be known"),
    },
    ("mode", "warning", "about"),
)
DRAWS = Table(
    "draws",
    "Parameters that could as well be true, for the intervals of flows",
    {
        "mode": MODE,
        "draw": whole("Number of the draw", ""),
        "parameter": text("As in calibration"),
        "value": real("Value", "as the estimate"),
    },
    ("mode", "draw", "parameter"),
)
FIT = Table(
    "fit",
    "Modelled against counted, before, site by site",
    {
        "station_id": STATION,
        "mode": MODE,
        "counted_per_day": real("Counted, mean day of the campaign", "people/day", decimals=1),
        "counted_se": real("Standard error of the count", "people/day", decimals=1, nullable=True),
        "modelled_per_day": real("Modelled", "people/day", decimals=1),
        "left_out_per_day": real("Modelled with the site left out of the fit", "people/day", decimals=1, nullable=True),
        "left_out_low": real("Low end of its 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "left_out_high": real("High end of its 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "geh": real("GEH statistic on the daily figures", "", decimals=2),
    },
    ("station_id", "mode"),
)
FORECAST = Table(
    "forecast",
    "What the model foresaw against what was counted after; counts after never enter the model",
    {
        "station_id": STATION,
        "mode": MODE,
        "campaign_id": text("Campaign after"),
        "scenario_ids": text("Scenarios that stand for the links in force, separated by commas; else `before`"),
        "land_use": LAND_USE,
        "basis": text("How the forecast is made of their runs", words=ForecastBasis),
        "counted_before_per_day": real(
            "Counted before, mean day; empty where not counted", "people/day", decimals=1, nullable=True
        ),
        "counted_per_day": real("Counted, mean day of the campaign", "people/day", decimals=1),
        "is_fitted": Column("yes_no", "The model was fitted to the site, which is not mostly passed by through trips"),
        "through_share": real(
            "Share of through trips in what is modelled there before; empty where nothing is", "ratio", nullable=True
        ),
        "present_share": real(
            "Share of the modelled people left when absent residents are taken out, part of the forecast; empty where "
            "the campaigns do not say how many were present",
            "ratio",
            nullable=True,
        ),
        "forecast_per_day": real("Modelled; empty where not forecast", "people/day", decimals=1, nullable=True),
        "forecast_low": real("Low end of the 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "forecast_high": real("High end of the 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "is_inside": Column("yes_no", "The count lies inside; False where there is no interval"),
        "pivoted_per_day": real(
            "Count before times modelled in force over modelled before; empty where not counted before, or too few are "
            "modelled before",
            "people/day",
            decimals=1,
            nullable=True,
        ),
        "pivoted_low": real("Low end of its 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "pivoted_high": real("High end of its 95 % prediction interval", "people/day", decimals=1, nullable=True),
        "is_pivoted_inside": Column("yes_no", "The count lies inside that; False where there is none"),
        "not_forecast": text("Why there is no forecast; empty where there is one", nullable=True, words=NotForecast),
    },
    ("station_id", "mode", "campaign_id"),
)
TRIPS = Table(
    "trips",
    "Modelled trips, both ways together, on the fitted parameters",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "purpose": text("What for; `through` from gateway to gateway"),
        "group": text("Who; no letters for `through`"),
        "origin_id": text("Zone or gateway"),
        "destination_id": text(
            "Attraction or gateway; no letters where nothing is in reach: trips that cannot be made"
        ),
        "trips_per_day": real("Trips, both ways together", "trips/day", decimals=4, least=0),
        "impedance_min": real(
            "Felt time one way; empty where the trips cannot be made", "minutes", decimals=3, nullable=True
        ),
        "length_m": real(
            "Length of the shortest felt way; empty where the trips cannot be made", "m", decimals=1, nullable=True
        ),
    },
    ("scenario_id", "land_use", "mode", "purpose", "group", "origin_id", "destination_id"),
)
FLOWS = Table(
    "flows",
    "Modelled people per day on each link, both directions together; intervals without the error of sites",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": LINK,
        "flow_per_day": real("People per day", "people/day", decimals=3, least=0),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=3, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=3, nullable=True),
    },
    ("scenario_id", "land_use", "mode", "link_id"),
)
DRAWN_FLOWS = Table(
    "drawn_flows",
    "Flows with drawn parameters, from which all intervals of modelled figures come",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": LINK,
        "draw": whole("Number of the draw", ""),
        "flow_per_day": real("People per day", "people/day", decimals=3, least=0),
    },
    ("scenario_id", "land_use", "mode", "link_id", "draw"),
)
FLOW_KINDS = Table(
    "flow_kinds",
    "Modelled people per day on each link by purpose and by the side of the barrier they live on; the estimate split",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": LINK,
        "purpose": text("What for; `through` from gateway to gateway"),
        "side": text("Side of the barrier of the home; no letters where none"),
        "flow_per_day": real("People per day", "people/day", decimals=3, least=0),
    },
    ("scenario_id", "land_use", "mode", "link_id", "purpose", "side"),
)
BAND_FLOWS = Table(
    "band_flows",
    "Modelled people on each link in each band of the week; the estimate split",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": LINK,
        "band": text("Part of the week", words=Band),
        "flow_per_day": real("People in the band, on one day of its kind", "people/day", decimals=3, least=0),
    },
    ("scenario_id", "land_use", "mode", "link_id", "band"),
)
_PARTS = {
    "rerouted": real("The same trips by other ways", "people/day", decimals=3),
    "redirected": real("As many trips to other places", "people/day", decimals=3),
    "new": real("Trips not made before", "people/day", decimals=3, least=0),
    "lost": real("Trips not made any more, to be taken off the sum of the others", "people/day", decimals=3, least=0),
}
FLOW_PARTS = Table(
    "flow_parts",
    "What a change of modelled flow is made of, against today's links on the same land use; for the estimate only",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": text("Link of the union of both networks"),
        **_PARTS,
    },
    ("scenario_id", "land_use", "mode", "link_id"),
)
DRAWN_PARTS = Table(
    "drawn_parts",
    "The same with drawn parameters, on the links that meet a screenline on either network",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": text("Link of the union of both networks"),
        "draw": whole("Number of the draw", ""),
        **_PARTS,
    },
    ("scenario_id", "land_use", "mode", "link_id", "draw"),
)
FLOW_TERMS = Table(
    "flow_terms",
    "Change of the estimate by distance and each quality of the links, against today's links on the same land use",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "link_id": text("Link of the union of both networks"),
        "term": text("distance, or the term of felt time"),
        "flow_change": real("Part of the change", "people/day", decimals=3),
    },
    ("scenario_id", "land_use", "mode", "link_id", "term"),
)
TRAVEL = Table(
    "travel",
    "How many trips are made and cannot be made, how far and how long, and the difference to today's links",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": text("walk, cycle or all"),
        **with_ends("trips_made", "Trips made, both ways together", "trips/day"),
        **with_ends("change_made", "Difference to today's links on the same land use", "trips/day"),
        **with_ends("trips_unmet", "Trips that cannot be made: nothing is in reach", "trips/day"),
        **with_ends("trips_no_way", "Of these, where no way leads to any destination", "trips/day"),
        **with_ends("trips_too_far", "Of these, where every destination lies beyond the cut-off", "trips/day"),
        **with_ends("change_unmet", "Difference of trips that cannot be made", "trips/day"),
        **with_ends("person_km", "Distance walked or cycled", "km/day"),
        **with_ends("change_km", "Difference of distance", "km/day"),
        **with_ends("person_hours", "Time on the way by the clock", "hours/day"),
        **with_ends("change_hours", "Difference of time", "hours/day"),
    },
    ("scenario_id", "land_use", "mode"),
)
UNMET = Table(
    "unmet",
    "Whose trips cannot be made, and why",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": text("walk, cycle or all"),
        "group": text("Who; no letters for trips from gateway to gateway"),
        **with_ends("trips_unmet", "Trips that cannot be made, both ways together", "trips/day"),
        **with_ends("trips_no_way", "Of these, where no way leads to any destination", "trips/day"),
        **with_ends("trips_too_far", "Of these, where every destination lies beyond the cut-off", "trips/day"),
    },
    ("scenario_id", "land_use", "mode", "group"),
)
REACH = Table(
    "reach",
    "What residents of a zone reach within minutes and metres",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "zone_id": ZONE,
        "traveller": text("Walking, cycling, or walking with limits", words=Traveller),
        "within": text("Limit: minutes of felt time, or metres of way", words=Within),
        "limit": whole("The limit", "minutes or metres", least=1),
        "residents": real("Residents of the zone", "people", decimals=1),
        "people_reached": real("Residents within the limit, those of the zone among them", "people", decimals=0),
        "attractions_reached": whole("Attractions within the limit", ""),
        "purposes_reached": whole("Purposes with an attraction within the limit", ""),
    },
    ("scenario_id", "land_use", "zone_id", "traveller", "within", "limit"),
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
