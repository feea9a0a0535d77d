"""What the report shows summed up: the forecast's hits, changes of travel, means of reach, who crosses where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

import pandas as pd

from movement.comparison import intervals
from movement.publish import summed_tables
from movement.tables import Group, Table

ALL, BEFORE = "all", "before"
LEAST_PERSONS = 5  # per day: figures of a group of residents below it are not shown
_RUN = ["scenario_id", "land_use"]
_ESTIMATE = -1  # stands for the estimate among the numbers of draws
_LINK = [*_RUN, "screenline_id", "link_id"]
_CLOCK_TERMS = ("distance", "slope", "stairs", "crossing")  # as in TRAVEL: terms that a clock sees
_MS_PER_HOUR, _MM_PER_KM = 3_600_000, 1_000_000
_REFERENCES = {"today": "before", "planned": "zero_alternative"}  # today's links on the same land use


def forecast_hits(forecast: pd.DataFrame) -> pd.DataFrame:
    """Count, by campaign and mode and for both together, the counts after that lie inside their interval.

    A count at a site without an interval is counted apart and is no miss.
    """
    has = forecast["forecast_low"].notna() & forecast["forecast_high"].notna()
    rows = forecast.assign(counts=has, inside=has & forecast["is_inside"].astype(bool), without_interval=~has)
    numbers = ["counts", "inside", "without_interval"]
    sums = _with_all(rows, ["campaign_id"], numbers).astype({name: "int64" for name in numbers})
    rate = sums["inside"] / sums["counts"].where(sums["counts"] > 0)
    return _checked(summed_tables.FORECAST_HITS, sums.assign(hit_rate=rate))


def travel_changes(
    travel: pd.DataFrame, flows: pd.DataFrame, drawn: pd.DataFrame, links: pd.DataFrame, impedances: pd.DataFrame
) -> pd.DataFrame:
    """Set each run's trips, distance and time against today's links on the same land use.

    Intervals of differences take the differences of the same draws, so that what both runs have in common cancels.

    Parameters
    ----------
    travel, flows, drawn, links, impedances
        TRAVEL, FLOWS, DRAWN_FLOWS, LINKS and IMPEDANCES, all runs.
    """
    made = _with_all(travel, _RUN, ["trips_made", "trips_unmet"])
    before = made.loc[made["scenario_id"] == BEFORE, ["land_use", "mode", "trips_made", "trips_unmet"]]
    before = before.rename(columns={"trips_made": "made_before", "trips_unmet": "unmet_before"})
    found = made.merge(before, on=["land_use", "mode"], how="left", validate="many_to_one")
    found = found.assign(
        change_made=found["trips_made"] - found["made_before"],
        change_unmet=found["trips_unmet"] - found["unmet_before"],
    )
    per_person = _per_person(links, impedances)
    for name, change in (("person_km", "change_km"), ("person_hours", "change_hours")):
        sums = _sums(flows, drawn, per_person[name])
        differences = {mode: _less_before(rows) for mode, rows in sums.items()}
        for column, rows, least in ((name, sums, 0.0), (change, differences, None)):
            figures = _with_interval(rows, column, least=least)
            found = found.merge(figures, on=[*_RUN, "mode"], how="left", validate="one_to_one")
            found = found.assign(**{column: found[column].fillna(0.0)})  # nobody on any link
    return _checked(summed_tables.TRAVEL_CHANGES, found)


def _per_person(links: pd.DataFrame, impedances: pd.DataFrame) -> pd.DataFrame:
    """Return kilometres and hours of one passage, by scenario, mode and link."""
    hours = impedances[[f"{term}_ms" for term in _CLOCK_TERMS]].sum(axis=1) / _MS_PER_HOUR
    clock = impedances.assign(person_hours=hours.astype(float)).groupby(["scenario_id", "mode", "link_id"])
    km = (links["length_mm"].astype(float) / _MM_PER_KM).set_axis(
        pd.MultiIndex.from_frame(links[["scenario_id", "link_id"]])
    )
    found = clock["person_hours"].mean().reset_index()
    at = pd.MultiIndex.from_frame(found[["scenario_id", "link_id"]])
    return found.assign(person_km=km.reindex(at).to_numpy()).set_index(["scenario_id", "mode", "link_id"])


def _sums(flows: pd.DataFrame, drawn: pd.DataFrame, per_person: pd.Series) -> dict[str, pd.DataFrame]:
    """Sum over links, by mode: runs x the estimate and the draws."""
    whole = _laid_out(flows, drawn)
    at = pd.MultiIndex.from_frame(whole[["scenario_id", "mode", "link_id"]])
    return _by_mode(
        whole.assign(flow_per_day=whole["flow_per_day"] * per_person.reindex(at).fillna(0.0).to_numpy()), _RUN
    )


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


def _less_before(rows: pd.DataFrame) -> pd.DataFrame:
    names = rows.index.to_frame(index=False).assign(scenario_id=BEFORE)
    return rows - rows.reindex(pd.MultiIndex.from_frame(names)).set_axis(rows.index)


def _with_interval(sums: Mapping[str, pd.DataFrame], name: str, *, least: float | None) -> pd.DataFrame:
    """Return the estimate under its name and the ends of its interval, by mode."""
    none = pd.DataFrame(columns=[*_RUN, "mode", name, f"{name}_low", f"{name}_high"])
    parts = [
        intervals.spread(rows, least=least).add_prefix(f"{name}_").assign(mode=mode, **{name: rows[intervals.ALL]})
        for mode, rows in sums.items()
    ]
    return pd.concat(parts).reset_index() if parts else none


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


def crossing_purposes(crossing_trips: pd.DataFrame) -> pd.DataFrame:
    """Add the passes over each link up by purpose, mode by mode and together."""
    sums = _with_all(crossing_trips, [*_LINK, "purpose"], ["trips_per_day"])
    return _checked(summed_tables.CROSSING_PURPOSES, sums)


def crossing_groups(crossing_trips: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Add the passes over each link up by group of residents; figures under `least` are suppressed.

    Every group has a row on every link that residents cross, so that the absence of one tells nothing either.
    Danish practice suppresses what describes persons by resident group below five, never passages as such.
    """
    residents = crossing_trips.loc[crossing_trips["group"].fillna("") != ""]
    sums = residents.pivot_table(index=_LINK, columns="group", values="trips_per_day", aggfunc="sum", fill_value=0.0)
    whole = sums.reindex(columns=[str(group) for group in Group], fill_value=0.0)
    found = whole.melt(var_name="group", value_name="trips_per_day", ignore_index=False).reset_index()
    is_suppressed = found["trips_per_day"] < least
    shown = found.assign(trips_per_day=found["trips_per_day"].mask(is_suppressed), is_suppressed=is_suppressed)
    return _checked(summed_tables.CROSSING_GROUPS, shown)


def crossing_bands(band_flows: pd.DataFrame, crossing_flows: pd.DataFrame) -> pd.DataFrame:
    """Pick the bands of the links over each screenline, mode by mode and together."""
    keys = [*_LINK, "mode"]
    rows = crossing_flows[keys].merge(band_flows, on=[*_RUN, "mode", "link_id"], how="inner", validate="many_to_many")
    sums = _with_all(rows, [*_LINK, "band"], ["flow_per_day"])
    return _checked(summed_tables.CROSSING_BANDS, sums)


def crossing_parts(flow_parts: pd.DataFrame, flow_changes: pd.DataFrame, crossing_flows: pd.DataFrame) -> pd.DataFrame:
    """Set what each change at a crossing is made of beside the change and its interval.

    A link belongs to a screenline where it meets it in the scenario or on today's links. A change with no part in
    FLOW_PARTS has none above its decimals: the parts are zero.
    """
    met = crossing_flows[["screenline_id", "link_id"]].drop_duplicates()
    own = flow_changes.loc[flow_changes["reference"] == flow_changes["land_use"].map(_REFERENCES)]
    own = own[[*_RUN, "mode", "link_id", "flow_change", "change_low", "change_high"]]
    rows = own.merge(met, on="link_id", how="inner", validate="many_to_many")
    parts = parts_with_all(flow_parts)
    found = rows.merge(parts, on=[*_RUN, "mode", "link_id"], how="left", validate="many_to_one")
    found = found.loc[found["scenario_id"] != "zero_alternative"]
    names = ["rerouted", "redirected", "new"]
    return _checked(summed_tables.CROSSING_PARTS, found.assign(**{name: found[name].fillna(0.0) for name in names}))


def parts_with_all(flow_parts: pd.DataFrame) -> pd.DataFrame:
    """Return FLOW_PARTS with the sums of both modes as further rows."""
    return _with_all(flow_parts, [*_RUN, "link_id"], ["rerouted", "redirected", "new"])


def _with_all(rows: pd.DataFrame, keys: list[str], numbers: list[str]) -> pd.DataFrame:
    """Add numbers up by keys and mode, and by keys over both modes."""

    def parts() -> Iterator[pd.DataFrame]:
        yield rows.groupby([*keys, "mode"], as_index=False, observed=True)[numbers].sum()
        yield rows.groupby(keys, as_index=False, observed=True)[numbers].sum().assign(mode=ALL)

    return pd.concat(parts(), ignore_index=True)


def _checked(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows[list(table.columns)].sort_values(list(table.key), ignore_index=True)
    return table.check(table.conform(ordered)) if len(ordered) else table.empty()
