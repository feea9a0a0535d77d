"""How much of the travel is done in the dark: sun and hours in, a share out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from astral import Observer
from astral.sun import elevation

CIVIL_TWILIGHT_DEG = -6.0  # below it paths without lamps are dark
_YEAR = 2025  # any year: the sun repeats itself within minutes


def dark_share(
    latitude: float,
    longitude: float,
    *,
    timezone: str,
    trips_by_hour: Sequence[float],
    months: Collection[int] = (),
    hours: Collection[int] = (),
) -> float:
    """Return the share of trips made after civil twilight has ended or before it begins.

    Parameters
    ----------
    latitude, longitude
        Of the study, in degrees.
    timezone
        Of the study's local hours.
    trips_by_hour
        24 weights: how trips spread over the local hours of a day.
    months, hours
        Only these, 1-12 and 0-23; all where none are given.

    Returns
    -------
    share
        Between 0 and 1, from the sun's height at the middle of each hour of every tenth day of a year.
    """
    observer, zone = Observer(latitude, longitude), ZoneInfo(timezone)
    dark = total = 0.0
    for day in range(0, 365, 10):
        date = datetime(_YEAR, 1, 1, tzinfo=zone) + timedelta(days=day)
        for hour in range(24):
            moment = date.replace(hour=hour, minute=30)
            if (months and moment.month not in months) or (hours and hour not in hours):
                continue
            total += trips_by_hour[hour]
            if elevation(observer, moment.astimezone(UTC)) < CIVIL_TWILIGHT_DEG:
                dark += trips_by_hour[hour]
    return dark / total if total else 0.0
