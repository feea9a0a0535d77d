"""Local dates, clock times, kinds of day and public holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from movement.tables import DayType

COUNTRIES = ("", "DK")  # whose public holidays are known; "" for none: weekends only


def local_dates(t_utc: pd.Series, *, timezone: str) -> pd.Series:
    """Return the local date (midnight without zone) of times in UTC; same index."""
    return t_utc.dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()


def local_minutes(t_utc: pd.Series, *, timezone: str) -> pd.Series:
    """Return the local clock, in minutes after midnight, of times in UTC; same index."""
    local = t_utc.dt.tz_convert(timezone).dt
    return local.hour * 60 + local.minute


def day_minutes(dates: pd.Series, *, timezone: str) -> pd.Series:
    """Return how many minutes each local day has: 1,440, but 1,380 and 1,500 on the days of the DST nights."""
    unique = pd.DatetimeIndex(dates.unique())
    starts = [
        days.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
        for days in (unique, unique + pd.Timedelta(days=1))
    ]
    minutes = (starts[1] - starts[0]) / pd.Timedelta(minutes=1)
    return dates.map(dict(zip(unique, minutes, strict=True))).astype("float64")


def day_types(dates: pd.Series, *, holidays: frozenset[dt.date]) -> pd.Series:
    """Return weekday or weekend of each local date; public holidays count as weekend.

    Examples
    --------
    >>> day_types(pd.to_datetime(pd.Series(["2026-05-14"])), holidays=public_holidays("DK", years=[2026])).tolist()
    ['weekend']
    """
    free = (dates.dt.dayofweek >= 5) | dates.isin(pd.to_datetime(sorted(holidays)))
    return pd.Series(np.where(free, str(DayType.WEEKEND), str(DayType.WEEKDAY)), index=dates.index, dtype=object)


def public_holidays(country: str, *, years: Iterable[int]) -> frozenset[dt.date]:
    """Return the public holidays of a country.

    Danish ones as in *lov om helligdage*: Store Bededag until 2023. Days off by agreement (5 June, 24 December) are
    not among them.

    Raises
    ------
    ValueError
        If the country is none of COUNTRIES.
    """
    if country not in COUNTRIES:
        raise ValueError(f"holidays of {country!r} are not known, only of {', '.join(filter(None, COUNTRIES))}")
    return frozenset(day for year in years for day in _danish(year)) if country == "DK" else frozenset()


def _danish(year: int) -> list[dt.date]:
    easter = easter_sunday(year)
    moving = [-3, -2, 0, 1, 39, 49, 50, *([26] if year <= 2023 else [])]
    fixed = [dt.date(year, 1, 1), dt.date(year, 12, 25), dt.date(year, 12, 26)]
    return fixed + [easter + dt.timedelta(days=days) for days in moving]


def easter_sunday(year: int) -> dt.date:
    """Return Easter Sunday, by the Gregorian algorithm of Meeus/Jones/Butcher.

    Examples
    --------
    >>> easter_sunday(2026)
    datetime.date(2026, 4, 5)
    """
    century, in_century = divmod(year, 100)
    golden = year % 19
    leaps, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon + 15) % 30
    weekday = (32 + 2 * rest + 2 * (in_century // 4) - epact - in_century % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return dt.date(year, month, day + 1)
