"""When it is light: the local minutes of each date between civil dawn and civil dusk."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import pandas as pd
from astral import Observer
from astral.sun import dawn, dusk, elevation

CIVIL_TWILIGHT_DEG = 6.0  # the sun this far below the horizon, paths without lamps are dark
_NOON = 720.0


def light_of_days(latitude: float, longitude: float, *, timezone: str, dates: Iterable[pd.Timestamp]) -> pd.DataFrame:
    """Return when it is light on each date.

    Parameters
    ----------
    latitude, longitude
        Of the study, in degrees.
    timezone
        Of the local dates.
    dates
        Local dates, midnight without zone.

    Returns
    -------
    light
        date, light_from_min, light_to_min: local minutes after midnight, one row per date in order. 0 and 1,440 where
        it never is dark, twice 720 where it never is light.
    """
    observer, zone = Observer(latitude, longitude), ZoneInfo(timezone)
    rows = [(date, *_light(observer, zone, date)) for date in sorted(set(dates))]
    return pd.DataFrame(rows, columns=["date", "light_from_min", "light_to_min"])


def _light(observer: Observer, zone: ZoneInfo, date: pd.Timestamp) -> tuple[float, float]:
    day = date.date()
    try:
        ends = [sun(observer, day, depression=CIVIL_TWILIGHT_DEG, tzinfo=zone) for sun in (dawn, dusk)]
    except ValueError:  # the sun does not pass that height on the day
        noon = date.tz_localize(zone).replace(hour=12).tz_convert("UTC").to_pydatetime()
        is_light = elevation(observer, noon) > -CIVIL_TWILIGHT_DEG
        return (0.0, 1440.0) if is_light else (_NOON, _NOON)
    minutes = [1440.0 * (end.date() - day).days + end.hour * 60 + end.minute + end.second / 60 for end in ends]
    return max(minutes[0], 0.0), min(minutes[1], 1440.0)
