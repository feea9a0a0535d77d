"""What was to be expected at each interval of a series: its usual day, the level of the weeks, and how sure that is.

A series lies as a table of days by clock times. What is usual at a clock time is the mean over the other days of its
kind, each day taken at the level of the two weeks on both sides: a day is never measured by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.tables import DayType

_LEVEL_DAYS = 29  # two weeks on both sides: season moves slower, rain faster
# ASSUME: spread of an hour about its mean beyond chance (variance = m + a m^2), at least and at most
_LEAST_SPREAD, _MOST_SPREAD = 0.02, 2.0
# ASSUME: share of the largest residuals left out of the spread, so that a fault does not excuse itself
_TRIMMED = 0.002
_LONG_DAYS = 56  # eight weeks counted, and each weekday has a usual day of its own
_SUNDAY = 6
_MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Clock:
    """One series as days x clock times: `n` is empty (NaN) where nothing was reported."""

    days: pd.DatetimeIndex
    n: np.ndarray  # (days, slots), people
    kind: np.ndarray  # (days,) days of one number are alike: weekday or weekend, or each weekday of a long series
    day_of: np.ndarray  # (rows,) day of each row given
    slot_of: np.ndarray  # (rows,)

    @property
    def counted_share(self) -> np.ndarray:
        """Share of each day's clock times with a number."""
        return np.asarray(np.isfinite(self.n).mean(axis=1))


@dataclass(frozen=True)
class Usual:
    """What was to be expected, days x clock times; `others` is how many people that rests on."""

    mean: np.ndarray
    others: np.ndarray
    spread: float  # a in variance = m + a m^2 of one interval
    level: np.ndarray  # (days,) of the weeks round each day, to the usual day

    def variance_share(self) -> np.ndarray:
        """Relative variance of one interval's mean: its own spread and that of what it is measured by."""
        return np.asarray(self.spread + 1.0 / np.maximum(self.others, 1.0))


def clock_table(rows: pd.DataFrame, *, slot_min: int, days: pd.DatetimeIndex, weekends: pd.Series) -> Clock:
    """Lay counts of one series out as days x clock times of `slot_min` minutes.

    Shorter intervals are added up, and the cell is empty unless all of them are there. The two copies of the hour in
    the autumn night share a cell with their mean; the hour left out in spring is empty.

    Parameters
    ----------
    rows
        Sorted by time, with `local` (start on the local clock), `interval_min` and `n`.
    days
        Local days of the table, at least those of the rows.
    weekends
        Kind of each of these days.
    """
    minutes = (
        rows["local"].to_numpy().astype("datetime64[m]") - days[0].to_datetime64().astype("datetime64[m]")
    ).astype("int64")
    day_of, minute = np.divmod(minutes, 1440)
    slots = max(1, 1440 // slot_min)
    slot_of = np.minimum(minute // slot_min, slots - 1)
    cell = day_of * slots + slot_of
    n = rows["n"].to_numpy(dtype="float64")
    length = rows["interval_min"].to_numpy(dtype="float64")
    shape = (len(days), slots)
    covered = np.bincount(cell, weights=np.where(np.isfinite(n), length, 0.0), minlength=len(days) * slots)
    people = np.bincount(cell, weights=np.nan_to_num(n), minlength=len(days) * slots)
    with np.errstate(invalid="ignore", divide="ignore"):
        table = np.where(covered >= slot_min, people * slot_min / covered, np.nan)
    return Clock(days, table.reshape(shape), _kinds(days, weekends, counted=len(np.unique(day_of))), day_of, slot_of)


def usual_day(clock: Clock, *, left_out: np.ndarray | None = None) -> Usual:
    """Estimate what was to be expected in each cell from the other days.

    Parameters
    ----------
    left_out
        Days x clock times that are known faults and tell nothing.
    """
    n = clock.n if left_out is None else np.where(left_out, np.nan, clock.n)
    level = np.ones(len(clock.days))
    for _ in range(2):
        level = _level(n, _ratio(*_sums(n, level, clock.kind)))
    people, at_level = _sums(n, level, clock.kind)
    has = np.isfinite(n)
    own = np.nan_to_num(n)
    others = people - own
    mean = _ratio(others, at_level - np.where(has, level[:, None], 0.0)) * level[:, None]
    mean = np.nan_to_num(mean)
    return Usual(mean, np.maximum(others, 0.0), _spread(n, mean, others), level)


def day_ratios(clock: Clock, usual: Usual, *, least_share: float) -> np.ndarray:
    """Divide each whole day by what was usual of it; NaN for days not counted whole."""
    whole = clock.counted_share >= least_share
    expected = np.where(np.isfinite(clock.n), usual.mean, 0.0).sum(axis=1)
    return np.asarray(np.where(whole, _ratio(np.nansum(clock.n, axis=1), expected), np.nan))


def robust_sd(values: np.ndarray) -> float:
    """Return the standard deviation from the median absolute deviation; infinite below five values."""
    values = values[np.isfinite(values)]
    if len(values) < 5:
        return float("inf")
    return float(_MAD_TO_SD * np.median(np.abs(values - np.median(values))))


def _kinds(days: pd.DatetimeIndex, weekends: pd.Series, *, counted: int) -> np.ndarray:
    is_weekend = (weekends == str(DayType.WEEKEND)).to_numpy()
    if counted < _LONG_DAYS:
        return np.asarray(is_weekend.astype("int64"))
    weekday = days.day_of_week.to_numpy()
    return np.asarray(np.where(is_weekend & (weekday < 5), _SUNDAY, weekday))


def _sums(n: np.ndarray, level: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """People, and days at their level, of the day's kind at each clock time; days x clock times."""
    people, at_level = np.zeros_like(n), np.zeros_like(n)
    has = np.isfinite(n)
    for kind in np.unique(kinds):
        own = kinds == kind
        people[own] = np.nan_to_num(n[own]).sum(axis=0)
        at_level[own] = (has[own] * level[own, None]).sum(axis=0)
    return people, at_level


def _level(n: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Median ratio of the days round each day to the usual day; 1 where there are none."""
    expected = np.where(np.isfinite(n), np.nan_to_num(usual), 0.0).sum(axis=1)
    ratio = pd.Series(_ratio(np.nansum(n, axis=1), expected))
    level = ratio.rolling(_LEVEL_DAYS, center=True, min_periods=4).median()
    return np.asarray(np.maximum(level.fillna(1.0).to_numpy(), 0.05))


def _spread(n: np.ndarray, mean: np.ndarray, others: np.ndarray) -> float:
    judged = np.isfinite(n) & (mean >= 1.0) & (others > 0)
    if judged.sum() < 20:
        return 0.3
    y, m = n[judged], mean[judged]
    beyond = ((y - m) ** 2 - m - m**2 / others[judged]) / m**2
    kept = np.abs(y - m) / np.sqrt(m) <= np.quantile(np.abs(y - m) / np.sqrt(m), 1 - _TRIMMED)
    spread = float((beyond[kept] * m[kept] ** 2).sum() / (m[kept] ** 2).sum())
    return float(np.clip(spread, _LEAST_SPREAD, _MOST_SPREAD))


def _ratio(top: np.ndarray, bottom: np.ndarray | float) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(np.asarray(bottom) > 0, top / bottom, np.nan))
