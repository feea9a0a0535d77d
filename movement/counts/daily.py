"""Daily totals per site and mode, with the share of the day that is valid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from movement.counts.calendar import day_minutes, day_types, local_dates, local_minutes
from movement.tables import DAILY, Period

_DAY = ["station_id", "mode", "date"]


def daily_totals(
    counts: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    timezone: str,
    valid_day_share: float,
    school_hours: Sequence[str],
    holidays: Collection[dt.date],
    light: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add up valid counts per local day, both directions together.

    A day's total is the sum of its valid intervals, never scaled up. `outside_school` leaves the same clock hours out
    on every day, with every interval that touches them; of an interval that is partly dark, `dark` takes that part of
    its people. Daily series give `all_day` only.

    Parameters
    ----------
    counts
        COUNTS with flags. Where a site has directions on a day, its `both` rows of that day are left out.
    campaigns
        CAMPAIGNS; a day in two of them belongs to the one that starts first.
    timezone
        IANA name of the local day.
    valid_day_share
        Share of the day's minutes, over all directions, that must be valid for the day to count.
    school_hours
        Local clock hours such as "07:30-09:00".
    holidays
        Local dates that count as weekend.
    light
        `daylight.light_of_days` of the dates; without it there is no `dark`.

    Returns
    -------
    daily
        DAILY.
    """
    if counts.empty:
        return DAILY.empty()
    rows = counts.assign(
        date=local_dates(counts["t_start_utc"], timezone=timezone),
        minute=local_minutes(counts["t_start_utc"], timezone=timezone),
        interval_min=counts["interval_min"].astype("int64"),
        counted_min=counts["interval_min"].astype("float64"),
        n=counts["count"].astype("float64"),
    )
    rows = without_totals(rows)
    ways = rows.groupby(["station_id", "mode"])["direction"].nunique()
    hours = [_minutes(text) for text in school_hours]
    short = rows[rows["interval_min"] < 1440]
    outside = short[~_touches(short["minute"], short["interval_min"], hours)]
    parts = {
        Period.ALL_DAY: _totals(rows, ways, _minutes_wanted([], timezone)),
        Period.OUTSIDE_SCHOOL: _totals(outside, ways, _minutes_wanted(hours, timezone)),
    }
    if light is not None:
        parts[Period.DARK] = _totals(_dark_part(short, light), ways, _dark_minutes_wanted(light, timezone))
    daily = pd.concat([part.assign(period=str(period)) for period, part in parts.items()], ignore_index=True)
    return DAILY.check(
        daily.assign(
            day_type=day_types(daily["date"], holidays=holidays),
            campaign_id=campaign_of(daily["date"], campaigns),
            is_valid=daily["valid_share"] >= valid_day_share,
        ).sort_values(list(DAILY.key), ignore_index=True)
    )


def campaign_of(dates: pd.Series, campaigns: pd.DataFrame) -> pd.Series:
    """Return the campaign each local date lies in, None outside all; same index."""
    found = pd.Series(None, index=dates.index, dtype=object)
    for row in campaigns.sort_values(["start_date", "campaign_id"], ascending=False).itertuples():
        found = found.mask(dates.between(row.start_date, row.end_date), row.campaign_id)
    return found


def without_totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out a site's `both` rows on days (column `date`) on which it has directions: they are their sum."""
    has_ways = (rows["direction"] != "both").groupby([rows[key] for key in _DAY]).transform("any")
    return rows[~(has_ways & (rows["direction"] == "both"))]


def _totals(rows: pd.DataFrame, ways: pd.Series, wanted: Callable[[pd.DataFrame], pd.Series]) -> pd.DataFrame:
    valid = rows.assign(valid_min=rows["counted_min"].where(rows["n"].notna(), 0))
    days = valid.groupby(_DAY, as_index=False).agg(
        count=("n", "sum"),
        valid_min=("valid_min", "sum"),
        interval_min=("interval_min", "max"),
        kinds=("direction", "nunique"),
        first=("direction", "first"),
    )
    both = days.set_index(["station_id", "mode"]).index.map(ways).to_numpy()
    per_way = np.where(days["first"] == "both", 1, np.where(both > 2, 2, both))
    share = (days["valid_min"] / (wanted(days) * per_way)).clip(upper=1.0)
    return days[[*_DAY, "count"]].assign(valid_share=share)


def _minutes_wanted(hours: Sequence[tuple[int, int]], timezone: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Minutes of each day and direction without these clock hours; a daily series says its day itself."""

    def wanted(days: pd.DataFrame) -> pd.Series:
        left_out = {length: _left_out(length, hours) for length in days["interval_min"].unique()}
        minutes = day_minutes(days["date"], timezone=timezone) - days["interval_min"].map(left_out)
        return minutes.where(days["interval_min"] < 1440, days["interval_min"])

    return wanted


def _dark_part(rows: pd.DataFrame, light: pd.DataFrame) -> pd.DataFrame:
    """Take of each interval the part that is dark; those all light are left out."""
    known = rows.merge(light, on="date", how="inner", validate="many_to_one")
    end = known["minute"] + known["interval_min"]
    lit = (np.minimum(end, known["light_to_min"]) - np.maximum(known["minute"], known["light_from_min"])).clip(lower=0)
    share = 1 - lit / known["interval_min"]
    dark = known.assign(n=known["n"] * share, counted_min=known["interval_min"] * share)
    return dark[share > 0]


def _dark_minutes_wanted(light: pd.DataFrame, timezone: str) -> Callable[[pd.DataFrame], pd.Series]:
    """Dark minutes of each day and direction; the hour of the DST nights is a dark one."""
    lit = light.set_index("date").eval("light_to_min - light_from_min")

    def wanted(days: pd.DataFrame) -> pd.Series:
        return day_minutes(days["date"], timezone=timezone) - days["date"].map(lit)

    return wanted


def _minutes(hours: str) -> tuple[int, int]:
    start, end = (int(part[:2]) * 60 + int(part[3:5]) for part in hours.split("-"))
    return start, end


def _touches(minute: pd.Series, length: pd.Series, hours: Sequence[tuple[int, int]]) -> pd.Series:
    touched = pd.Series(False, index=minute.index)
    for start, end in hours:
        touched |= (minute < end) & (minute + length > start)
    return touched


def _left_out(length: int, hours: Sequence[tuple[int, int]]) -> int:
    """Minutes of a day's intervals of this length that touch the hours."""
    minute = pd.Series(np.arange(0, 1440, length))
    return int(_touches(minute, pd.Series(length, index=minute.index), hours).sum() * length)
