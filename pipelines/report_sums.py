"""What the report shows summed up: the forecast's hits, trips not made, means of reach, who crosses where."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

import pandas as pd

from movement.comparison import intervals
from movement.comparison.flow_changes import COUNTED_UP, PARTS
from movement.publish import summed_tables
from movement.tables import Family, SitesOf, Table

ALL, BEFORE = "all", "before"
LEAST_PERSONS = 5  # per day: figures of a group of residents below it are not shown
_FEWEST_HIDDEN = 2  # in a sum that is told: one alone is the sum less the others
_GUESSES = {  # of the count after
    "forecast": "forecast_per_day",
    "pivoted": "pivoted_per_day",
    "unchanged": "counted_before_per_day",
}
_RUN = ["scenario_id", "land_use"]
_ESTIMATE = -1  # stands for the estimate among the numbers of draws
_LINK = [*_RUN, "screenline_id", "link_id"]
_REFERENCES = {"today": "before", "planned": "zero_alternative"}  # today's links on the same land use


def forecast_hits(forecast: pd.DataFrame) -> pd.DataFrame:
    """Count the counts after that lie inside their interval, and set forecasts against "nothing changed".

    By campaign, by mode and for all together, and by whether the model was fitted to the site. A count without an
    interval or a forecast is counted apart and is no miss. The pivoted forecast, which is the one to use where there is
    a count before, is the one judged.
    """
    is_foreseen, has = forecast["forecast_per_day"].notna(), forecast["forecast_low"].notna()
    has_pivoted = forecast["pivoted_low"].notna()
    numbers = {
        "counts": has,
        "inside": has & forecast["is_inside"].astype(bool),
        "without_interval": is_foreseen & ~has,
        "not_forecast": ~is_foreseen,
        "pivoted_counts": has_pivoted,
        "pivoted_inside": has_pivoted & forecast["is_pivoted_inside"].astype(bool),
    }
    departures = _departures(forecast)
    kinds = forecast["is_fitted"].astype(bool).map({True: str(SitesOf.FITTED), False: str(SitesOf.OTHER)})
    rows = forecast[["campaign_id", "mode"]].assign(**numbers, **departures)
    rows = pd.concat([rows.assign(sites=str(SitesOf.ALL)), rows.assign(sites=kinds)], ignore_index=True)
    sums = _with_all(rows, ["campaign_id", "sites"], [*numbers, *departures])
    sums = sums.astype(dict.fromkeys([*numbers, "compared"], "int64"))
    people = sums["people"].where(sums["people"] > 0)
    shares = sums[[name for name in departures if name.endswith(("_wape", "_bias"))]].div(people, axis=0)
    rates = {
        f"{kind}hit_rate": sums[f"{kind}inside"] / sums[f"{kind}counts"].where(sums[f"{kind}counts"] > 0)
        for kind in ("", "pivoted_")
    }
    is_no_better = shares["pivoted_wape"] >= shares["unchanged_wape"]
    return _checked(summed_tables.FORECAST_HITS, sums.assign(**shares, **rates, is_no_better=is_no_better.astype(bool)))


def _departures(forecast: pd.DataFrame) -> dict[str, pd.Series]:
    """Return departures of both forecasts and of the count before from the count after, where there are all three."""
    has_all = forecast[list(_GUESSES.values())].notna().all(axis=1)
    people = forecast["counted_per_day"].where(has_all, 0.0)
    found = {"compared": has_all, "people": people}
    for name, column in _GUESSES.items():
        departure = forecast[column].where(has_all, 0.0) - people
        found |= {f"{name}_wape": departure.abs(), f"{name}_bias": departure}
    return found


def hidden_in_sums(rows: pd.DataFrame, keys: list[str], figure: str, *, least: float) -> pd.Series:
    """Tell which figures are hidden where the sum of those with the same keys is told.

    Figures under `least` are; and where there is one, the next smallest too, until two at least are hidden and come to
    `least` together, so that what is shown leaves nothing under `least` when it is taken off the sum.

    Examples
    --------
    Of 4.8, 60 and 300 the first two are hidden; of 1, 2, 6 and 300 the first three; of 5 and 6 none.
    """
    ordered = rows.sort_values([*keys, figure], kind="stable")
    within = ordered.groupby(keys)[figure]
    place, smaller = within.cumcount(), within.cumsum() - ordered[figure]
    has_few = within.transform("min") < least
    return (has_few & ((ordered[figure] < least) | (place < _FEWEST_HIDDEN) | (smaller < least))).reindex(rows.index)


def unmet_groups(unmet: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return whose trips cannot be made, both modes together; few of a group of residents are left out.

    All groups together are told elsewhere: hence `hidden_in_sums`.
    """
    rows = unmet.loc[unmet["mode"] == ALL].assign(group=lambda f: f["group"].fillna(""))
    is_resident = rows["group"] != ""
    is_suppressed = is_resident & hidden_in_sums(
        rows.assign(is_resident=is_resident), [*_RUN, "is_resident"], "trips_unmet", least=least
    )
    names = [name for name in rows if name.startswith("trips_")]
    shown = rows.assign(is_suppressed=is_suppressed, **{name: rows[name].mask(is_suppressed) for name in names})
    return _checked(summed_tables.UNMET_GROUPS, shown)


def _laid_out(flows: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    columns = [*_RUN, "mode", "link_id", "draw", "flow_per_day"]
    return pd.concat([flows.assign(draw=_ESTIMATE)[columns], drawn[columns]], ignore_index=True)


def _by_mode(whole: pd.DataFrame, keys: list[str]) -> dict[str, pd.DataFrame]:
    """Add flows up by mode, and over modes: keys x (the estimate, then draws); nobody on a link in a draw is zero."""
    found = {
        str(mode): rows.pivot_table(
            index=keys, columns="draw", values="flow_per_day", aggfunc="sum", fill_value=0.0
        ).rename(columns={_ESTIMATE: intervals.ALL})
        for mode, rows in whole.groupby("mode")
    }
    return found | ({ALL: reduce(intervals.together, found.values())} if found else {})


def reach_means(reach: pd.DataFrame) -> pd.DataFrame:
    """Average REACH over zones with their residents as weights; empty where nobody lives."""
    keys = [*_RUN, "traveller", "within", "limit"]
    measures = ["people_reached", "attractions_reached", "purposes_reached", "share_reaching"]
    rows = reach.assign(share_reaching=(reach["attractions_reached"] > 0).astype(float))
    weighted = {name: rows[name].astype(float) * rows["residents"] for name in measures}
    sums = rows.assign(**weighted).groupby(keys, as_index=False)[["residents", *measures]].sum()
    people = sums["residents"].where(sums["residents"] > 0)
    return _checked(summed_tables.REACH_MEANS, sums.assign(**{name: sums[name] / people for name in measures}))


def crossing_totals(crossing_flows: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Add walking and cycling on each link over a screenline, with the interval of the sum."""
    rows = crossing_flows.groupby([*_LINK, "name"], as_index=False, dropna=False)["flow_per_day"].sum()
    estimate = crossing_flows.drop_duplicates([*_RUN, "mode", "link_id"])
    whole = _laid_out(estimate, drawn.loc[drawn["link_id"].isin(rows["link_id"])])
    sums = _by_mode(whole, [*_RUN, "link_id"])
    if not sums:
        return summed_tables.CROSSING_TOTALS.empty()
    ends = intervals.spread(sums[ALL], least=0.0).add_prefix("flow_").reset_index()
    found = rows.merge(ends, on=[*_RUN, "link_id"], how="left", validate="many_to_one")
    return _checked(summed_tables.CROSSING_TOTALS, found)


def crossing_purposes(crossing_kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the passes over each link by purpose."""
    rows = crossing_kinds.loc[crossing_kinds["family"] == Family.PURPOSE]
    return _checked(summed_tables.CROSSING_PURPOSES, rows.rename(columns={"kind": "purpose"}))


def crossing_groups(crossing_kinds: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return the passes over each link by group of residents, both modes together; few are suppressed.

    Every group has a row on every link that residents cross, so that the absence of one tells nothing either. All
    groups together are the purposes without through traffic, which are told: hence `hidden_in_sums`.
    Danish practice suppresses what describes persons by resident group below five, never passages as such.
    """
    own = (crossing_kinds["family"] == Family.GROUP) & (crossing_kinds["mode"] == ALL)
    rows = crossing_kinds.loc[own].rename(columns={"kind": "group"})
    is_suppressed = hidden_in_sums(rows, _LINK, "trips_per_day", least=least)
    figures = [f"trips_per_day{end}" for end in ("", "_low", "_high")]
    shown = rows.assign(is_suppressed=is_suppressed, **{name: rows[name].mask(is_suppressed) for name in figures})
    return _checked(summed_tables.CROSSING_GROUPS, shown)


def crossing_bands(crossing_kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the people on each link in each band of the week."""
    rows = crossing_kinds.loc[crossing_kinds["family"] == Family.BAND]
    names = {f"trips_per_day{end}": f"flow_per_day{end}" for end in ("", "_low", "_high")}
    return _checked(summed_tables.CROSSING_BANDS, rows.rename(columns={"kind": "band"} | names))


def crossing_parts(
    flow_parts: pd.DataFrame, drawn_parts: pd.DataFrame, flow_changes: pd.DataFrame, crossing_flows: pd.DataFrame
) -> pd.DataFrame:
    """Set what each change at a crossing is made of beside the change and its interval.

    A link belongs to a screenline where it meets it in the scenario or on today's links. A change with no part in
    FLOW_PARTS has none above its decimals: the parts are zero, in each draw too.
    """
    own = flow_changes.loc[flow_changes["reference"] == flow_changes["land_use"].map(_REFERENCES)]
    own = own.loc[own["scenario_id"] != "zero_alternative"]
    met = crossing_flows.groupby("screenline_id")["link_id"].unique()
    rows = [own.loc[own["link_id"].isin(links)].assign(screenline_id=line) for line, links in met.items()]
    if not rows:
        return summed_tables.CROSSING_PARTS.empty()
    found = pd.concat(rows, ignore_index=True)
    keys = [*_RUN, "mode", "link_id"]
    estimate = flow_parts.loc[flow_parts["link_id"].isin(found["link_id"])]
    for name in PARTS:
        figures = _part(estimate, drawn_parts, name)
        found = found.merge(figures, on=keys, how="left", validate="many_to_one")
        found = found.assign(**{name: found[name].fillna(0.0)})
        is_certain = found["change_low"].notna()
        ends = [f"{name}_low", f"{name}_high"]
        found = found.assign(**{end: found[end].mask(is_certain & found[end].isna(), 0.0) for end in ends})
    return _checked(summed_tables.CROSSING_PARTS, found)


def _part(estimate: pd.DataFrame, drawn: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return one part of the changes, with its interval, by run, mode (or both) and link."""
    whole = _laid_out(*(frame.assign(flow_per_day=frame[name]) for frame in (estimate, drawn)))
    parts = [
        intervals.spread(rows, least=0.0 if name in COUNTED_UP else None)
        .add_prefix(f"{name}_")
        .assign(mode=mode, **{name: rows[intervals.ALL]})
        .reset_index()
        for mode, rows in _by_mode(whole, [*_RUN, "link_id"]).items()
    ]
    none = pd.DataFrame(columns=[*_RUN, "link_id", "mode", name, f"{name}_low", f"{name}_high"])
    return pd.concat(parts, ignore_index=True) if parts else none


def parts_with_all(flow_parts: pd.DataFrame) -> pd.DataFrame:
    """Return FLOW_PARTS with the sums of both modes as further rows."""
    return _with_all(flow_parts, [*_RUN, "link_id"], list(PARTS))


def _with_all(rows: pd.DataFrame, keys: list[str], numbers: list[str]) -> pd.DataFrame:
    """Add numbers up by keys and mode, and by keys over both modes."""

    def parts() -> Iterator[pd.DataFrame]:
        yield rows.groupby([*keys, "mode"], as_index=False, observed=True)[numbers].sum()
        yield rows.groupby(keys, as_index=False, observed=True)[numbers].sum().assign(mode=ALL)

    return pd.concat(parts(), ignore_index=True)


def _checked(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows[list(table.columns)].sort_values(list(table.key), ignore_index=True)
    return table.check(table.conform(ordered)) if len(ordered) else table.empty()
