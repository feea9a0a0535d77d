"""How much of each local day was counted, and how much of that is used: what every average rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from movement.counts.calendar import day_minutes, local_dates
from movement.counts.daily import without_totals
from movement.tables import COVERAGE, DayState

_SITE = ["station_id", "mode"]


def daily_coverage(
    counts: pd.DataFrame, campaigns: pd.DataFrame, *, permanent: frozenset[str], valid_day_share: float, timezone: str
) -> pd.DataFrame:
    """Count the intervals of each site, mode and local day: expected, reported and used.

    Expected is what the day holds at the length of its longest interval, times the directions the site has; one where
    the day has only the total of both, whose rows are left out where it has directions as well. A day
    without a single row is expected whole and reported as nothing where the site was to count: a permanent site from
    its first to its last day, any other on every day of a campaign it took part in.

    Parameters
    ----------
    counts
        COUNTS with flags.
    campaigns
        CAMPAIGNS.
    permanent
        Sites that count all the time.
    valid_day_share
        Share of the day's intervals that must be used for the day to count as used.
    timezone
        IANA name of the local day.

    Returns
    -------
    coverage
        COVERAGE.
    """
    if counts.empty:
        return COVERAGE.empty()
    rows = without_totals(counts.assign(date=local_dates(counts["t_start_utc"], timezone=timezone)))
    rows = rows.assign(
        is_reported=rows["count_reported"].notna(),
        is_used=rows["count"].notna(),
        way=rows["direction"].where(rows["direction"] != "both"),
    )
    sites = rows.groupby(_SITE, as_index=False).agg(
        ways=("way", "nunique"), usual_min=("interval_min", lambda length: length.mode().iloc[0])
    )
    days = rows.groupby([*_SITE, "date"], as_index=False).agg(
        reported=("is_reported", "sum"),
        used=("is_used", "sum"),
        interval_min=("interval_min", "max"),
        own=("way", "nunique"),
    )
    days = _with_empty_days(days, campaigns, permanent)
    days = days.merge(sites, on=_SITE, how="left", validate="many_to_one")
    length = days["interval_min"].fillna(days["usual_min"]).astype("float64")
    per_way = (day_minutes(days["date"], timezone=timezone) / length).where(length < 1440, 1.0)
    ways = days["ways"].where(days["own"].fillna(days["ways"]) > 0, 1).clip(lower=1)
    expected = (per_way * ways).round().clip(lower=days["reported"])
    state = np.select(
        [days["used"] >= valid_day_share * expected, days["used"] > 0, days["reported"] > 0],
        [str(DayState.USED), str(DayState.PARTLY), str(DayState.FLAGGED)],
        str(DayState.MISSING),
    )
    days = days.assign(expected=expected.astype("int64"), state=state)
    return COVERAGE.check(days[list(COVERAGE.columns)].sort_values(list(COVERAGE.key), ignore_index=True))


def site_days(coverage: pd.DataFrame) -> pd.DataFrame:
    """Say one state per site and day of COVERAGE: that of its modes where they agree, else partly."""
    days = coverage.groupby(["station_id", "date"])["state"].agg(["first", "nunique"]).reset_index()
    return days.assign(state=days["first"].where(days["nunique"] == 1, str(DayState.PARTLY)))


def _with_empty_days(days: pd.DataFrame, campaigns: pd.DataFrame, permanent: frozenset[str]) -> pd.DataFrame:
    spans = [(row.start_date, row.end_date) for row in campaigns.itertuples()]
    whole = []
    for (site, mode), rows in days.groupby(_SITE):
        dates = set(rows["date"])
        for first, last in spans:
            if rows["date"].between(first, last).any():
                dates |= set(pd.date_range(first, last))
        if site in permanent:
            dates |= set(pd.date_range(rows["date"].min(), rows["date"].max()))
        whole.append(pd.DataFrame({"date": sorted(dates)}).assign(station_id=site, mode=mode))
    every = pd.concat(whole, ignore_index=True).astype({"date": days["date"].dtype})
    filled = every.merge(days, on=[*_SITE, "date"], how="left", validate="one_to_one")
    return filled.fillna({"reported": 0, "used": 0}).astype({"reported": "int64", "used": "int64"})
