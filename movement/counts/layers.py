"""What people know of the devices and decide about the counts, laid over the rules; nothing is ever deleted.

Decisions, corrections and devices are rows of files a planner edits: one changed decision is one changed line.
"""

from __future__ import annotations

import pandas as pd

from movement.tables import FLAGS, CountLayers, Flag

_SERIES = ["station_id", "mode", "direction"]
_DAY = pd.Timedelta(days=1)
# What no decision can lift: there is no number, or nobody knows which hour it is of.
_FIRM = (str(Flag.MISSING), str(Flag.DST_AMBIGUOUS))


def lay_over(counts: pd.DataFrame, layers: CountLayers, *, timezone: str) -> pd.DataFrame:
    """Apply devices, decisions and corrections to flagged counts.

    A count at a site with known devices, on a day when none stood there, is flagged. A decision of use `no` flags what
    is not flagged yet; of use `yes` it lifts what a rule flagged, except where there is no number. Then `count` is the
    reported number times the correction of its site, mode and day.

    Parameters
    ----------
    counts
        COUNTS with the flags of the rules.
    layers
        Devices, corrections and decisions of the study.
    timezone
        IANA name of the local time they are given in.

    Returns
    -------
    counts
        COUNTS, same rows and index.
    """
    if counts.empty:
        return counts
    local = counts["t_start_utc"].dt.tz_convert(timezone).dt.tz_localize(None)
    flag = counts["flag"].mask((counts["flag"] == "") & _without_device(counts, local, layers), str(Flag.NO_DEVICE))
    for row in layers.decisions.itertuples():
        here = _decided(counts, local, row)
        changed, to = (~flag.isin(_FIRM), "") if row.use else (flag == "", str(Flag.DECIDED))
        flag = flag.mask(here & changed, to)
    factor = _factor(counts, local, layers)
    return counts.assign(flag=flag, count=(counts["count_reported"] * factor).mask(flag != ""))


def with_flagged(counts: pd.DataFrame, layers: CountLayers, *, timezone: str) -> pd.DataFrame:
    """Use every number the files report, flagged or not, corrected: what the flags take away is seen beside.

    Parameters
    ----------
    counts
        COUNTS as `lay_over` returns it.
    layers, timezone
        As there.

    Returns
    -------
    counts
        Same rows and index. Blank stays blank, and so does an hour nobody can place.
    """
    if counts.empty:
        return counts
    local = counts["t_start_utc"].dt.tz_convert(timezone).dt.tz_localize(None)
    used = counts["count_reported"] * _factor(counts, local, layers)
    return counts.assign(count=used.mask(counts["flag"].isin(_FIRM)))


def without_corrections(counts: pd.DataFrame) -> pd.DataFrame:
    """Use the numbers as reported where nothing is flagged, without correction factors; same rows and index."""
    return counts.assign(count=counts["count_reported"].mask(counts["flag"] != ""))


def flag_stretches(counts: pd.DataFrame, layers: CountLayers, *, timezone: str) -> pd.DataFrame:
    """List what is not used as stretches of time (FLAGS), with who decided and why.

    Parameters
    ----------
    counts
        COUNTS as `lay_over` returns it.
    layers, timezone
        As there.
    """
    rows = counts[counts["flag"] != ""].sort_values([*_SERIES, "t_start_utc"])
    if rows.empty:
        return FLAGS.empty()
    end = rows["t_start_utc"] + pd.to_timedelta(rows["interval_min"].astype("int64"), unit="min")
    same = (rows[[*_SERIES, "flag"]] == rows[[*_SERIES, "flag"]].shift()).all(axis=1)
    stretch = (~(same & (rows["t_start_utc"] <= end.shift()))).cumsum()
    found = (
        rows.assign(end_utc=end, n=rows["count_reported"].fillna(0.0))
        .groupby(stretch)
        .agg(
            station_id=("station_id", "first"),
            mode=("mode", "first"),
            direction=("direction", "first"),
            start_utc=("t_start_utc", "first"),
            end_utc=("end_utc", "last"),
            flag=("flag", "first"),
            intervals=("n", "size"),
            people_reported=("n", "sum"),
        )
    )
    return FLAGS.check(_with_decisions(found, layers, timezone=timezone).reset_index(drop=True))


def _with_decisions(found: pd.DataFrame, layers: CountLayers, *, timezone: str) -> pd.DataFrame:
    who, why = pd.Series(None, index=found.index, dtype=object), pd.Series(None, index=found.index, dtype=object)
    local = found["start_utc"].dt.tz_convert(timezone).dt.tz_localize(None)
    for row in layers.decisions[~layers.decisions["use"].astype(bool)].itertuples():
        here = _decided(found, local, row) & (found["flag"] == str(Flag.DECIDED)) & who.isna()
        who, why = who.mask(here, row.decided_by), why.mask(here, row.reason)
    return found.assign(decided_by=who, reason=why)


def _decided(rows: pd.DataFrame, local: pd.Series, decision: object) -> pd.Series:
    start, end = pd.Timestamp(decision.start), pd.Timestamp(decision.end)  # type: ignore[attr-defined]
    end = end + _DAY - pd.Timedelta(microseconds=1) if end == end.normalize() else end
    here = (rows["station_id"] == decision.station_id) & local.between(start, end)  # type: ignore[attr-defined]
    mode = decision.mode  # type: ignore[attr-defined]
    return here if mode is None or pd.isna(mode) else here & (rows["mode"] == mode)


def _without_device(counts: pd.DataFrame, local: pd.Series, layers: CountLayers) -> pd.Series:
    """Tell which counts lie on days without a device for them; of a mode with none at the site nothing is known."""
    known, covered = pd.Series(False, index=counts.index), pd.Series(False, index=counts.index)
    for device in layers.devices.itertuples():
        its = counts["station_id"] == device.station_id
        if pd.notna(device.mode):
            its &= counts["mode"] == device.mode
        known |= its
        covered |= its & _within(local, device.start_date, device.end_date)
    return known & ~covered


def _factor(counts: pd.DataFrame, local: pd.Series, layers: CountLayers) -> pd.Series:
    factor = pd.Series(1.0, index=counts.index)
    for row in layers.corrections.itertuples():
        here = (counts["station_id"] == row.station_id) & (counts["mode"] == row.mode)
        factor = factor.mask(here & _within(local, row.start_date, row.end_date), row.factor)
    return factor


def _within(local: pd.Series, first: pd.Timestamp, last: pd.Timestamp) -> pd.Series:
    since = local >= first
    return since if pd.isna(last) else since & (local < last + _DAY)
