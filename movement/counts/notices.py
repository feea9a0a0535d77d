"""Notices: what a person must look at before the counts are believed, though no rule can say they are wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from movement.counts.calendar import day_types, local_dates, local_minutes
from movement.counts.daily import campaign_of, without_totals
from movement.counts.weeks import Hours, judge_weeks
from movement.tables import NOTICES, CountLayers, DayType, Notice

_SITE = ["station_id", "mode"]
_DAY = pd.Timedelta(days=1)
_FEWEST_OTHERS = 3  # sites besides the one judged that make a level to hold it against


def list_notices(
    counts: pd.DataFrame,
    campaigns: pd.DataFrame,
    events: pd.DataFrame,
    layers: CountLayers,
    *,
    timezone: str,
    holidays: Mapping[dt.date, tuple[str, str]],
) -> pd.DataFrame:
    """List what weeks of counts, the calendar and the devices show.

    Parameters
    ----------
    counts
        COUNTS with flags.
    campaigns, events, layers
        CAMPAIGNS, EVENTS, and the devices and corrections of the study.
    timezone
        IANA name of the local day.
    holidays
        Names of public holidays in Danish and English, by date.

    Returns
    -------
    notices
        NOTICES.
    """
    if counts.empty:
        return NOTICES.empty()
    rows = counts.assign(date=local_dates(counts["t_start_utc"], timezone=timezone))
    days = rows[rows["count"].notna()].drop_duplicates([*_SITE, "date"])[[*_SITE, "date"]]
    in_campaign = days.assign(campaign_id=campaign_of(days["date"], campaigns)).dropna(subset="campaign_id")
    found = [
        *(vars(one) for one in _in_weeks(rows, timezone=timezone, holidays=holidays)),
        *_on_holidays(in_campaign, holidays),
        *_in_events(in_campaign, events),
        *_changed_devices(days, layers),
    ]
    table = pd.DataFrame(found, columns=[*NOTICES.columns])
    table = table.astype({"value": "float64"}).assign(
        **{name: pd.to_datetime(table[name]) for name in ("start_date", "end_date")}
    )
    return NOTICES.check(table.sort_values(list(NOTICES.key), ignore_index=True))


def site_hours(rows: pd.DataFrame, *, timezone: str, holidays: Collection[dt.date]) -> list[Hours]:
    """Lay the usable counts of each site and mode out by day and local hour.

    Parameters
    ----------
    rows
        COUNTS with flags and `date`, the local day; series of whole days are left out.
    """
    rows = without_totals(rows)
    short = rows[rows["interval_min"] <= 60]
    short = short.assign(
        hour=local_minutes(short["t_start_utc"], timezone=timezone) // 60, is_blank=short["count"].isna()
    )
    hourly = short.groupby([*_SITE, "direction", "date", "hour"], as_index=False).agg(
        n=("count", "sum"), minutes=("interval_min", "sum"), blank=("is_blank", "any")
    )
    hourly.loc[hourly["blank"] | (hourly["minutes"] < 60), "n"] = np.nan
    tables = {}
    for (station, mode), own in hourly.groupby(_SITE, sort=True):
        days = pd.date_range(own["date"].min(), own["date"].max())
        ways = np.full((own["direction"].nunique(), len(days), 24), np.nan)
        way, day = pd.factorize(own["direction"], sort=True)[0], ((own["date"] - days[0]) // _DAY).to_numpy()
        ways[way, day, own["hour"].to_numpy()] = own["n"].to_numpy(dtype="float64")
        tables[station, mode] = (days, ways)
    common = _common_levels(tables)
    return [
        Hours(
            str(station),
            str(mode),
            days,
            ways,
            (day_types(pd.Series(days), holidays=holidays) == str(DayType.WEEKEND)).to_numpy(),
            common[station, mode],
        )
        for (station, mode), (days, ways) in tables.items()
    ]


def clock_changes(days: pd.DatetimeIndex, *, timezone: str) -> frozenset[pd.Timestamp]:
    """Return the local days on which the clock changes."""
    start = pd.DatetimeIndex(days).tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    end = pd.DatetimeIndex(days + _DAY).tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    return frozenset(days[(end - start) != _DAY])


def _in_weeks(rows: pd.DataFrame, *, timezone: str, holidays: Collection[dt.date]) -> Iterator[object]:
    changes = clock_changes(pd.date_range(rows["date"].min(), rows["date"].max()), timezone=timezone)
    for hours in site_hours(rows, timezone=timezone, holidays=holidays):
        yield from judge_weeks(hours, clock_changes=changes)


def _common_levels(
    tables: Mapping[tuple[str, str], tuple[pd.DatetimeIndex, np.ndarray]],
) -> dict[tuple[str, str], np.ndarray]:
    """Median over the other sites of the mode of each day to the site's median day; NaN where they are too few."""
    totals = {key: pd.Series(ways.sum(axis=(0, 2)), index=days) for key, (days, ways) in tables.items()}
    relative = {key: total / total.median() for key, total in totals.items() if total.median() > 0}
    found = {}
    for key, (days, _) in tables.items():
        others = [series for other, series in relative.items() if other[1] == key[1] and other[0] != key[0]]
        table = pd.concat(others, axis=1).reindex(days) if others else pd.DataFrame(index=days)
        enough = table.notna().sum(axis=1) >= _FEWEST_OTHERS
        found[key] = table.median(axis=1).where(enough).to_numpy(dtype="float64")
    return found


def _on_holidays(days: pd.DataFrame, holidays: Mapping[dt.date, tuple[str, str]]) -> Iterator[Mapping[str, object]]:
    on = days[days["date"].isin(pd.to_datetime(list(holidays)))].drop_duplicates(["station_id", "date"])
    for row in on.itertuples():
        danish, english = holidays[row.date.date()]
        yield _notice(row.station_id, Notice.PUBLIC_HOLIDAY, row.date, row.date, danish, english)


def _in_events(days: pd.DataFrame, events: pd.DataFrame) -> Iterator[Mapping[str, object]]:
    for event in events.itertuples():
        last = event.end_date if pd.notna(event.end_date) else days["date"].max()
        inside = days[days["date"].between(event.start_date, last)]
        if pd.notna(event.station_ids):
            inside = inside[inside["station_id"].isin([one.strip() for one in event.station_ids.split(",")])]
        for (station, _), own in inside.groupby(["station_id", "campaign_id"], sort=True):
            yield _notice(station, Notice.EVENT, own["date"].min(), own["date"].max(), event.name_da, event.name_en)


def _changed_devices(days: pd.DataFrame, layers: CountLayers) -> Iterator[Mapping[str, object]]:
    """Tell where a site counted under one device and then another unlike it, and a factor is missing for either."""
    for station, mode, own in _devices(layers.devices.sort_values("start_date")):
        counted = days.loc[_of(days, station, mode), "date"]
        known = layers.corrections[_of(layers.corrections, station, mode)]
        for before, after in zip(own.itertuples(), own.iloc[1:].itertuples(), strict=False):
            same = (before.technology, before.sensitivity) == (after.technology, after.sensitivity)
            under = [_counted_under(counted, device) for device in (before, after)]
            if same or not all(under) or all(_has_factor(known, device) for device in (before, after)):
                continue
            name = f"{before.serial} → {after.serial}"
            found = _notice(station, Notice.DEVICE_CHANGED, after.start_date, after.start_date, name, name)
            yield {**found, "mode": mode}


def _devices(devices: pd.DataFrame) -> Iterator[tuple[str, str | None, pd.DataFrame]]:
    """Yield each site's devices one after the other; those of each mode apart where some count one mode only."""
    for station, own in devices.groupby("station_id", sort=True):
        for mode in sorted(own["mode"].dropna().unique()) or [None]:
            yield str(station), mode, own if mode is None else own[own["mode"].isna() | (own["mode"] == mode)]


def _of(rows: pd.DataFrame, station: str, mode: str | None) -> pd.Series:
    here = rows["station_id"] == station
    return here if mode is None else here & (rows["mode"] == mode)


def _counted_under(counted: pd.Series, device: object) -> bool:
    last = device.end_date  # type: ignore[attr-defined]
    return bool(counted.between(device.start_date, last if pd.notna(last) else counted.max()).any())  # type: ignore[attr-defined]


def _has_factor(known: pd.DataFrame, device: object) -> bool:
    first = device.start_date  # type: ignore[attr-defined]
    return bool(((known["start_date"] <= first) & (known["end_date"].isna() | (known["end_date"] >= first))).any())


def _notice(
    station: str, notice: Notice, first: pd.Timestamp, last: pd.Timestamp, danish: str, english: str
) -> Mapping[str, object]:
    return {
        "station_id": station,
        "mode": None,
        "notice": str(notice),
        "start_date": first,
        "end_date": last,
        "value": np.nan,
        "name_da": danish,
        "name_en": english,
    }
