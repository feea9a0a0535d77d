"""Flags: which counts are not used, and why. Rules know the volume; the reported value always stays.

Thresholds follow counts-and-statistics A2: the usual rules (seven zero hours, three equal values) fire on clean data at
the volumes of paths, so zeros are judged by the people expected in the run, and equal values only above a least count.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ive

from movement.counts.calendar import day_types, local_dates, local_minutes
from movement.tables import Flag

_SERIES = ["station_id", "mode", "direction", "interval_min"]
# ASSUME: a whole day equal to another is a copy where chance would give that once in a billion pairs of days
_COPY_LOG_PROBABILITY = np.log(1e-9)
# ASSUME: a month is at least half and at most twice the year's level; a lower one is not season but a fault
_MONTH_LEVEL = (0.5, 2.0)
# ASSUME: the rest of a day tells of weather and holidays once it has tens of people; below, the usual level counts
_DAY_WEIGHT = 10.0


def flag_counts(
    counts: pd.DataFrame,
    *,
    timezone: str,
    zero_run_expected: float,
    stuck_equal_values: int,
    stuck_least_count: int,
) -> pd.DataFrame:
    """Flag what is not to be used, and empty its `count`.

    Parameters
    ----------
    counts
        COUNTS as read; flags it has already stay.
    timezone
        IANA name of the local time that days and hours are judged in.
    zero_run_expected
        People expected in a run of zeros before it is a fault.
    stuck_equal_values, stuck_least_count
        Equal values in a row that are a fault, when each is at least this many people.

    Returns
    -------
    flagged
        COUNTS, same rows and index.
    """
    if counts.empty:
        return counts.copy()
    ordered = counts.sort_values([*_SERIES, "t_start_utc"])
    local = ordered.assign(
        date=local_dates(ordered["t_start_utc"], timezone=timezone),
        minute=local_minutes(ordered["t_start_utc"], timezone=timezone),
        n=ordered["count_reported"].astype("float64"),
    )
    found = (
        (Flag.MISSING, local["n"].isna()),
        (Flag.DUPLICATED_DAY, duplicated_days(local)),
        (Flag.STUCK, stuck_values(local, equal_values=stuck_equal_values, least_count=stuck_least_count)),
        (Flag.ZERO_RUN, zero_runs(local, expected=zero_run_expected)),
    )
    flag = ordered["flag"].copy()
    for word, holds in found:
        flag = flag.mask((flag == "") & holds, str(word))
    flag = flag.reindex(counts.index)
    return counts.assign(flag=flag, count=counts["count"].mask(flag != ""))


def stuck_values(local: pd.DataFrame, *, equal_values: int, least_count: int) -> pd.Series:
    """Find runs of `equal_values` or more equal counts, one right after the other, each at least `least_count`.

    Parameters
    ----------
    local
        COUNTS sorted by series and time, with `n` as number.
    """
    run = _runs(local, local["n"])
    size = run.groupby(run).transform("size")
    return (size >= equal_values) & (local["n"] >= least_count)


def zero_runs(local: pd.DataFrame, *, expected: float) -> pd.Series:
    """Find runs of zeros in which more than `expected` people would have come.

    Expected: the series' mean at the same clock time and kind of day, at the level of the month and of the rest of the
    day, so that rain and holidays are no fault. Runs found are left out of the mean once, so that a long outage does
    not lower what is expected of it.

    Parameters
    ----------
    local
        COUNTS sorted by series and time, with `date`, `minute` and `n`.
    """
    is_zero = local["n"] == 0
    run = _runs(local, is_zero)
    found = pd.Series(False, index=local.index)
    for _ in range(2):
        usual = _usual(local, local["n"].mask(found))
        here = (usual * _day_level(local, usual, run)).where(is_zero, 0.0)
        found = found | (is_zero & (here.groupby(run).transform("sum") > expected))
    return found


def _day_level(local: pd.DataFrame, usual: pd.Series, run: pd.Series) -> pd.Series:
    """Level of the rest of the day: people counted outside the run, to people usual there; 1 where nothing is left."""
    series = local.groupby(_SERIES, sort=False).ngroup()
    usual = usual.where(local["n"].notna(), 0.0)
    counted = local["n"].groupby([series, local["date"]]).transform("sum")
    whole = usual.groupby([series, local["date"]]).transform("sum")
    inside = usual.groupby([series, local["date"], run]).transform("sum")
    return ((_DAY_WEIGHT + counted) / (_DAY_WEIGHT + whole - inside)).clip(upper=1.0)


def _usual(local: pd.DataFrame, usable: pd.Series) -> pd.Series:
    """Mean of the series at the same clock time and kind of day, moved by the level of the month."""
    series = local.groupby(_SERIES, sort=False).ngroup()
    kind = day_types(local["date"], holidays=frozenset())
    usual = usable.groupby([series, kind, local["minute"]]).transform("mean").fillna(0.0)
    month = local["date"].dt.year * 12 + local["date"].dt.month
    level = usable.groupby([series, month]).transform("mean") / usable.groupby(series).transform("mean")
    return usual * level.fillna(1.0).clip(*_MONTH_LEVEL)


def duplicated_days(local: pd.DataFrame) -> pd.Series:
    """Find days that repeat an earlier day, interval by interval, at one site and mode.

    Judged by chance: two independent Poisson counts of mean m are equal with probability exp(-2m) I0(2m) (Skellam at
    zero); the day is a copy where the product over its intervals, each judged at its own count, is below 1e-9.

    Parameters
    ----------
    local
        COUNTS sorted by series and time, with `date`, `minute` and `n`.
    """
    found = pd.Series(False, index=local.index)
    short = local[local["interval_min"] <= 60]
    for _, rows in short.groupby(["station_id", "mode", "interval_min"], sort=True):
        clock = rows.drop_duplicates(["date", "direction", "minute"]).set_index(["date", "direction", "minute"])["n"]
        days = clock.unstack(["direction", "minute"])  # noqa: PD010 - pivot_table would average and drop blanks
        days = days[days.notna().mean(axis=1) > 0.8]
        chance = pd.Series(np.log(ive(0, 2 * days.fillna(0.0).to_numpy())).sum(axis=1), index=days.index)
        copies = days.fillna(-1.0).duplicated() & (chance < _COPY_LOG_PROBABILITY)
        found.loc[rows.index[rows["date"].isin(copies.index[copies])]] = True
    return found


def _runs(local: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Give a number to each run of equal values in unbroken time within a series."""
    step = pd.to_timedelta(local["interval_min"].astype("int64"), unit="min")
    # a day's length differs in the DST nights: daily series follow each other when less than 26 hours apart
    late = step.where(step < pd.Timedelta(days=1), pd.Timedelta(hours=25))
    follows = local["t_start_utc"].diff() <= late
    same = (values == values.shift()) & follows
    for key in _SERIES:
        same &= (local[key] == local[key].shift()).fillna(False).astype(bool)
    return (~same).cumsum()
