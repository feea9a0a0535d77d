"""The same clock hour in light and in dark: what permanent counters count round the nights the clock is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.counts.calendar import day_minutes, local_dates, local_minutes
from movement.counts.daily import without_totals
from movement.tables import CLOCK_CHANGES, Mode

WINDOW_DAYS = 14
# ASSUME: an hour nine tenths of which are light over two weeks is light, one at most a quarter of which is, dark
_LIGHT = 0.9
_DARK = 0.25
# ASSUME: five days on each side, and a hundred people in the hour on the lighter side, are the fewest that tell
LEAST_DAYS = 5
LEAST_PEOPLE = 100
_COVERAGE = 0.95
_HOURS = 24


def clock_changes(
    counts: pd.DataFrame, light: pd.DataFrame, *, timezone: str, stations: Collection[str]
) -> pd.DataFrame:
    """Compare each clock hour that the change of the clock makes dark, or light, with hours that stay light.

    Parameters
    ----------
    counts
        COUNTS with flags, of an hour or less.
    light
        `daylight.light_of_days` of all dates counted.
    timezone
        IANA name of the local day.
    stations
        Permanent counters.

    Returns
    -------
    changes
        CLOCK_CHANGES. People in the hour per day in the two weeks it is light and the two it is dark, and the ratio
        dark to light of (hour / hours light in both): exp of the difference of mean log ratios per day, with Welch's
        t over days (the case and control hours of Uttley and Fotios 2017). People who shun the dark make it less
        than 1; season and weather, which move all hours alike, do not enter.
    """
    rows = counts[counts["station_id"].isin(stations) & (counts["interval_min"] <= 60) & (counts["mode"] != Mode.MOTOR)]
    if rows.empty:
        return CLOCK_CHANGES.empty()
    hours = _hours(rows, timezone=timezone)
    dates = pd.Series(hours.columns.get_level_values("date").unique())
    changed = dates[day_minutes(dates, timezone=timezone) != 1440]
    lit = _lit(light)
    found = [
        {"station_id": station, "mode": mode, "change_date": date} | row
        for date in changed
        for (station, mode), series in hours.iterrows()
        for row in _of_series(series.unstack("hour"), lit, date)  # noqa: PD010  # checks that keys are unique
    ]
    return CLOCK_CHANGES.check(pd.DataFrame(found, columns=list(CLOCK_CHANGES.columns)))


def _hours(rows: pd.DataFrame, *, timezone: str) -> pd.DataFrame:
    """People per site and mode (rows), date and local hour; NaN where an interval of the hour is not used."""
    known = without_totals(rows.assign(date=local_dates(rows["t_start_utc"], timezone=timezone)))
    minute = local_minutes(known["t_start_utc"], timezone=timezone)
    keys = ["station_id", "mode", "date", "hour"]
    sums = known.assign(hour=minute // 60).groupby(keys)["count"].agg(lambda n: n.sum(skipna=False))
    return sums.unstack(["date", "hour"]).sort_index(axis=1)  # noqa: PD010  # checks that keys are unique


def _lit(light: pd.DataFrame) -> pd.DataFrame:
    """Share of each hour (columns) that is light, by date."""
    start = 60.0 * np.arange(_HOURS)
    first, last = (light[name].to_numpy()[:, None] for name in ("light_from_min", "light_to_min"))
    share = (np.minimum(start + 60, last) - np.maximum(start, first)).clip(min=0) / 60
    return pd.DataFrame(share, index=pd.DatetimeIndex(light["date"]), columns=range(_HOURS))


def _of_series(days: pd.DataFrame, lit: pd.DataFrame, change: pd.Timestamp) -> Iterator[dict[str, object]]:
    """Yield one row for each hour that is light on one side of the change and dark on the other."""
    windows = [
        pd.date_range(change - pd.Timedelta(days=WINDOW_DAYS), periods=WINDOW_DAYS),
        pd.date_range(change + pd.Timedelta(days=1), periods=WINDOW_DAYS),
    ]
    if not all(window.isin(lit.index).all() for window in windows):
        return
    shares = [lit.loc[window].mean() for window in windows]
    always = [hour for hour in lit if all(share[hour] >= _LIGHT for share in shares)]
    sides = [days.reindex(index=window, columns=range(_HOURS)) for window in windows]
    for hour in lit:
        is_light = [bool(share[hour] >= _LIGHT) for share in shares]
        is_dark = [bool(share[hour] <= _DARK) for share in shares]
        if always and ((is_light[0] and is_dark[1]) or (is_dark[0] and is_light[1])):
            in_light, in_dark = sides if is_light[0] else sides[::-1]
            row = _compared(in_light, in_dark, int(str(hour)), always)
            if row is not None:
                yield row


def _compared(in_light: pd.DataFrame, in_dark: pd.DataFrame, hour: int, always: list[int]) -> dict[str, object] | None:
    whole = [side[[hour, *always]].dropna() for side in (in_light, in_dark)]
    if min(len(side) for side in whole) < LEAST_DAYS or whole[0][hour].sum() < LEAST_PEOPLE:
        return None
    logs = [np.log((side[hour] + 0.5) / (side[always].sum(axis=1) + 0.5)) for side in whole]
    parts = [float(log.var(ddof=1)) / len(log) for log in logs]
    effect, error = float(logs[1].mean() - logs[0].mean()), float(np.sqrt(sum(parts)))
    spread = sum(part**2 / (len(log) - 1) for part, log in zip(parts, logs, strict=True))
    freedom = sum(parts) ** 2 / spread if spread > 0 else len(logs[0]) + len(logs[1]) - 2
    half = float(stdtrit(freedom, (1 + _COVERAGE) / 2)) * error
    return {
        "hour": hour,
        "days_light": len(logs[0]),
        "days_dark": len(logs[1]),
        "people_light": float(whole[0][hour].mean()),
        "people_dark": float(whole[1][hour].mean()),
        "ratio": np.exp(effect),
        "ratio_low": np.exp(effect - half),
        "ratio_high": np.exp(effect + half),
    }
