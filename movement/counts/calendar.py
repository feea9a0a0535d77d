"""Local dates, clock times, kinds of day and public holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from movement.tables import DayType


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


def day_types(dates: pd.Series, *, holidays: Collection[dt.date]) -> pd.Series:
    """Return weekday or weekend of each local date; public holidays count as weekend.

    Examples
    --------
    >>> day_types(pd.to_datetime(pd.Series(["2026-05-14"])), holidays=public_holidays("DK", years=[2026])).tolist()
    ['weekend']
    """
    free = (dates.dt.dayofweek >= 5) | dates.isin(pd.to_datetime(sorted(holidays)))
    return pd.Series(np.where(free, str(DayType.WEEKEND), str(DayType.WEEKDAY)), index=dates.index, dtype=object)


def holidays_within(t_utc: pd.Series, *, country: str) -> dict[dt.date, tuple[str, str]]:
    """Return the public holidays of a country in the years of these times; empty where there are no times."""
    years = range(t_utc.min().year, t_utc.max().year + 2) if len(t_utc) else range(0)
    return public_holidays(country, years=years)


def public_holidays(country: str, *, years: Iterable[int]) -> dict[dt.date, tuple[str, str]]:
    """Return the public holidays of a country with their names there and in English, from the package `holidays`.

    Danish ones as in *lov om helligdage*: Store Bededag until 2023. Days off by agreement (5 June, 24 December) are
    not among them.

    Parameters
    ----------
    country
        Two letters (ISO 3166); empty for none: weekends only.

    Raises
    ------
    ValueError
        If the holidays of the country are not known.
    """
    if not country:
        return {}
    years = list(years)
    from holidays import country_holidays

    try:
        language = country_holidays(country).default_language
        own, english = (country_holidays(country, years=years, language=said) for said in (language, "en_US"))
    except NotImplementedError as unknown:
        raise ValueError(f"holidays of {country!r} are not known") from unknown
    return {day: (own[day], english[day]) for day in sorted(own)}
