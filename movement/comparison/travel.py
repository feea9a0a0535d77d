"""Trips made and not made, distance and time of every run, and what links change in them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from movement.comparison.intervals import ALL, spread, together

MADE, NO_WAY, TOO_FAR, KM, HOURS = "trips_made", "trips_no_way", "trips_too_far", "person_km", "person_hours"
UNMET = "trips_unmet"
_CHANGES = {MADE: "change_made", UNMET: "change_unmet", KM: "change_km", HOURS: "change_hours"}

Sums = Mapping[tuple[str, str], Mapping[str, pd.DataFrame]]


def with_all(by_mode: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return each mode's figures, and both modes' together where there are two."""
    found = dict(by_mode)
    return found | {"all": together(found["walk"], found["cycle"])} if len(found) > 1 else found


def travel(sums: Sums, *, before: str) -> pd.DataFrame:
    """Set each run's figures against today's links on the same land use.

    Parameters
    ----------
    sums
        By scenario and land use, by mode: (measure, group) x (the estimate, and draws). A measure that is not told
        apart by group stands under a group without letters.
    before
        Name of today's links.

    Returns
    -------
    travel
        TRAVEL. Intervals of differences take the differences of the same draws, so that what both runs have in common
        cancels.
    """
    rows = []
    for (scenario_id, land_use), by_mode in sums.items():
        for mode, one in by_mode.items():
            here, there = _totals(one), _totals(sums[before, land_use][mode])
            change = (here - there).round(6).loc[list(_CHANGES)].rename(index=_CHANGES)
            figures = _flat(here, least=0.0) | _flat(change, least=None)
            rows.append({"scenario_id": scenario_id, "land_use": land_use, "mode": mode} | figures)
    return pd.DataFrame(rows)


def unmet(sums: Sums) -> pd.DataFrame:
    """List whose trips cannot be made and why: UNMET; groups that can make all their trips have no row."""
    rows = []
    for (scenario_id, land_use), by_mode in sums.items():
        for mode, one in by_mode.items():
            lacking = one.loc[one.index.isin([NO_WAY, TOO_FAR], level="measure")]
            for group, part in lacking.groupby(level="group"):
                figures = _flat(_totals(part), least=0.0)
                if figures[UNMET] > 0:
                    names = {"scenario_id": scenario_id, "land_use": land_use, "mode": mode, "group": group}
                    rows.append(names | figures)
    return pd.DataFrame(rows)


def _totals(one: pd.DataFrame) -> pd.DataFrame:
    """Add groups up, and both reasons why trips are not made."""
    totals = one.groupby(level="measure").sum()
    return pd.concat([totals, totals.loc[[NO_WAY, TOO_FAR]].sum().to_frame(UNMET).T])


def _flat(figures: pd.DataFrame, *, least: float | None) -> dict[str, float]:
    ends = spread(figures, least=least)
    found = {str(name): float(figures.loc[name, ALL]) for name in figures.index}
    return found | {f"{name}_{end}": float(ends.loc[name, end]) for name in figures.index for end in ends.columns}
