"""Every site's own mean day in two campaigns, with its interval and index."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.matched import MODES, Days, columns_of, matched_rows, pair_days, window
from movement.tables import SITE_CHANGES, DayType, Period, Role

COVERAGE = 0.95
DAY_TYPES = (str(DayType.WEEKDAY), str(DayType.WEEKEND), "all")


def site_changes(
    daily: pd.DataFrame, sites: pd.DataFrame, campaigns: pd.DataFrame, *, before_campaign: str, after_campaign: str
) -> pd.DataFrame:
    """Average each site's valid days before and after, by kind of day.

    Days are matched by their distance from the campaign's start, so that each weekday weighs the same on both sides;
    a site counted in one campaign only (a new link) has all its valid days of that one, and no index.

    Parameters
    ----------
    daily, sites, campaigns
        DAILY, SITES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.

    Returns
    -------
    changes
        SITE_CHANGES; intervals are mean -+ t(n-1) * sd / sqrt(n) over days, empty below two days.
    """
    known = sites[sites["role"] != str(Role.NEW_LINK)]
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(daily, known, campaigns, period=str(Period.ALL_DAY), **ends)
    if days is None or days.before.columns.empty:
        return SITE_CHANGES.empty()
    kinds = _kinds(daily, campaigns, days, **ends)
    roles = sites.set_index("station_id")["role"]
    rows = [
        {"station_id": station, "mode": mode, "role": roles[station], "day_type": kind} | row
        for station in sorted(set(days.before.columns.get_level_values(0)) & set(roles.index))
        for mode in MODES
        for kind, row in _rows(days, kinds, columns_of(days, [station], mode))
    ]
    return SITE_CHANGES.check(pd.DataFrame(rows, columns=list(SITE_CHANGES.columns)))


def _kinds(
    daily: pd.DataFrame, campaigns: pd.DataFrame, days: Days, *, before_campaign: str, after_campaign: str
) -> Days:
    """Kind of each day of both campaigns, in the one column `kind`."""
    known = daily.drop_duplicates("date").set_index("date")["day_type"]
    found = []
    for campaign in (before_campaign, after_campaign):
        span = window(campaigns, campaign)
        assert span is not None
        dates = span[0] + pd.to_timedelta(np.asarray(days.before.index), unit="D")
        found.append(pd.DataFrame({"kind": known.reindex(dates).to_numpy()}, index=days.before.index))
    return Days(found[0], found[1])


def _rows(days: Days, kinds: Days, columns: pd.MultiIndex) -> Iterator[tuple[str, dict[str, object]]]:
    if not len(columns):
        return
    on = matched_rows(days, columns)
    for kind in DAY_TYPES:
        found: dict[str, object] = {}
        for name, side, its_kind in (("before", days.before, kinds.before), ("after", days.after, kinds.after)):
            rows = side.loc[on, columns] if len(on) else side[columns].dropna()
            totals = rows.sum(axis=1)
            found |= _mean(totals if kind == "all" else totals[its_kind.loc[totals.index, "kind"] == kind], name)
        if found["days_before"] or found["days_after"]:
            yield kind, found | {"index": _index(found)}


def _mean(totals: pd.Series, name: str) -> dict[str, object]:
    n = len(totals)
    half = stdtrit(n - 1, (1 + COVERAGE) / 2) * totals.std(ddof=1) / np.sqrt(n) if n > 1 else None
    mean = float(totals.mean()) if n else None
    return {
        f"{name}_per_day": mean,
        f"{name}_low": max(mean - half, 0.0) if half is not None and mean is not None else None,
        f"{name}_high": mean + half if half is not None and mean is not None else None,
        f"days_{name}": n,
    }


def _index(found: dict[str, object]) -> float | None:
    before, after = found["before_per_day"], found["after_per_day"]
    return 100 * float(str(after)) / float(str(before)) if before and after is not None else None
