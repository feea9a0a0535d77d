"""Flags: which counts are not used, and why. Rules know the volume; the reported value always stays.

The usual rules (seven zero hours, three equal values, four times the usual) fire on clean data at the volumes of paths
(counts-and-statistics A2). Here each rule asks how likely the counts were, given what the other days of the series say,
and is silent where too few people pass to tell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, ive
from scipy.stats import nbinom

from movement.counts.calendar import day_types
from movement.counts.common_days import common_ratios
from movement.counts.usual import Clock, Usual, clock_table, day_ratios, robust_sd, usual_day
from movement.tables import Flag

_SERIES = ["station_id", "mode", "direction", "interval_min"]
# ASSUME: a whole day equal to another is a copy where chance would give that once in ten million pairs of days
_COPY_LOG_PROBABILITY = np.log(1e-7)
# ASSUME: the rest of a day tells of weather and holidays once it has tens of people; below, the usual level counts
_DAY_WEIGHT = 10.0
# ASSUME: a group or a school class is no fault: a spike is 20 people more than three times the usual, and where fewer
# than three are usual an hour tenfold cannot be told from them
_SPIKE_TIMES, _SPIKE_MORE, _SPIKE_USUAL = 3.0, 20.0, 3.0
# ASSUME: relative variance of a day about its usual level, at least and at most
_DAY_VARIANCE = (0.02, 0.5)
# ASSUME: a low day is 2.5 standard deviations below the usual; chance gives that in one day of 160
_LOW_DAY_DEVIATIONS = 2.5
# A rule that would miss one in ten of the days it is for does not run (1.28 standard deviations)
_POWER_DEVIATIONS = 1.28


@dataclass(frozen=True)
class Limits:
    """Limits of the rules."""

    zero_run_expected: float  # people expected in a run of zeros before it is a fault
    stuck_equal_values: int  # equal counts in a row that can be a fault
    chance: float  # probability below which a run of zeros or of equal counts is no accident
    spike_chance: float  # the same of one high count
    implausible_per_hour: float  # people an hour that no path carries
    low_day_share: float  # share of the usual day that a low day is about


def flag_counts(
    counts: pd.DataFrame, *, timezone: str, limits: Limits, holidays: Collection[dt.date] = ()
) -> pd.DataFrame:
    """Flag what is not to be used, and empty its `count`.

    Parameters
    ----------
    counts
        COUNTS as read; flags it has already stay.
    timezone
        IANA name of the local time that days and hours are judged in.
    limits
        Of the rules.
    holidays
        Local dates on which people move as on a weekend.

    Returns
    -------
    flagged
        COUNTS, same rows and index.
    """
    if counts.empty:
        return counts.copy()
    ordered = counts.sort_values([*_SERIES, "t_start_utc"])
    rows = ordered[["station_id", "mode", "direction", "t_start_utc", "interval_min"]].assign(
        n=ordered["count_reported"].to_numpy(dtype="float64", na_value=np.nan)
    )
    flag = ordered["flag"].to_numpy(dtype=object).copy()
    places = list(_sites(rows))
    sites = [judge_site(rows.iloc[at], timezone=timezone, limits=limits, holidays=holidays) for at in places]
    for at, site, low in zip(places, sites, low_days(sites, share=limits.low_day_share), strict=True):
        flags = site.flags_with(low)
        flag[at] = np.where(flag[at] == "", WORDS[flags], flag[at])
    flags = pd.Series(flag, index=ordered.index).reindex(counts.index)
    return counts.assign(flag=flags, count=counts["count"].mask(flags != ""))


@dataclass(frozen=True)
class Site:
    """One site and mode as judged by itself: a flag (place in WORDS) and a day for each row, and its days."""

    mode: str
    flags: np.ndarray
    day_of: np.ndarray
    days: pd.DatetimeIndex
    expected: np.ndarray  # (days,) people usual on the day, both directions
    ratio: np.ndarray  # (days,) counted to usual; NaN where not counted whole

    def flags_with(self, low: np.ndarray) -> np.ndarray:
        """Return the flags, with the days found low by the other sites."""
        return np.where((self.flags == 0) & low[self.day_of], WORDS.tolist().index(str(Flag.LOW_DAY)), self.flags)


WORDS = np.array([str(flag) for flag in Flag], dtype=object)  # the first is none


def judge_site(rows: pd.DataFrame, *, timezone: str, limits: Limits, holidays: Collection[dt.date]) -> Site:
    """Apply to one site and mode the rules that need no other site.

    Parameters
    ----------
    rows
        Sorted by direction, length and time: `mode`, `direction`, `t_start_utc`, `interval_min` and `n`, the count
        reported.
    timezone, limits, holidays
        As for `flag_counts`.
    """
    n = rows["n"].to_numpy()
    flags = np.zeros(len(rows), dtype="uint8")
    _mark(flags, np.isnan(n), Flag.MISSING)
    _mark(flags, n * 60.0 / rows["interval_min"].to_numpy() > limits.implausible_per_hour, Flag.IMPLAUSIBLE)
    local = rows["t_start_utc"].dt.tz_convert(timezone).dt.tz_localize(None)
    dates = local.dt.normalize()
    days = pd.date_range(dates.min(), dates.max())
    weekends = pd.Series(day_types(pd.Series(days), holidays=holidays).to_numpy(), index=days)
    told = rows.assign(n=np.where(flags > 0, np.nan, n), local=local)
    series = [
        _judge_series(told.iloc[at], at, flags, days, weekends, limits)
        for at in _groups(told["direction"], told["interval_min"])
    ]
    day_of = np.zeros(len(rows), dtype="int32")
    copies = duplicated_days([one.clock.n for one in series])
    for one in series:
        day_of[one.rows] = one.clock.day_of
        _mark(flags, one.rows[copies[one.clock.day_of]], Flag.DUPLICATED_DAY)
    expected, ratio = _site_days(series)
    return Site(str(rows["mode"].iloc[0]), flags, day_of, days, expected, ratio)


def zero_runs(
    n: np.ndarray, follows: np.ndarray, clock: Clock, usual: Usual, *, expected: float, chance: float
) -> np.ndarray:
    """Find runs of zeros that chance does not explain, with more than `expected` people to come in them.

    Expected is what is usual at these clock times, at the level of the rest of the day, so that rain and holidays are
    no fault. With c the relative standard error of the expected E, chance gives no one with (1 + c^2 E)^(-1/c^2), a
    Poisson count with a gamma-distributed mean.

    Parameters
    ----------
    n, follows
        Counts of the series in time, and whether each follows the one before without a gap.
    """
    zero = n == 0
    if not zero.any():
        return np.asarray(zero)
    run = np.cumsum(~(zero & np.r_[False, zero[:-1]] & follows))
    mean = usual.mean[clock.day_of, clock.slot_of]
    here = np.where(zero, mean, 0.0) * _rest_of_day(zero, run, clock, usual)
    total = np.bincount(run, weights=here)
    others = np.bincount(run, weights=np.where(zero, usual.others[clock.day_of, clock.slot_of], 0.0))
    size = np.maximum(np.bincount(run, weights=zero), 1.0)
    share = _day_variance(clock, usual) + usual.spread / size + 1.0 / np.maximum(others, 1.0)
    log_chance = -np.log1p(share * total) / share
    return np.asarray(zero & ((total > expected) & (log_chance < np.log(chance)))[run])


def stuck_values(n: np.ndarray, follows: np.ndarray, *, equal_values: int, chance: float) -> np.ndarray:
    """Find runs of equal counts above zero that chance does not explain.

    A count v comes again with at most the probability of v in a Poisson distribution of mean v, whatever the level; a
    run is stuck where the product over its repetitions is below `chance`: at 3e-5 five times 60, seven times 8,
    twelve times 1.
    """
    repeats = np.r_[False, (n[1:] == n[:-1]) & (n[1:] >= 1)] & follows
    if not repeats.any():
        return np.asarray(repeats)
    run = np.cumsum(~repeats)
    again = n[repeats]
    logs = np.bincount(run[repeats], weights=again * np.log(again) - again - gammaln(again + 1), minlength=run[-1] + 1)
    size = np.bincount(run)
    return np.asarray(((size >= equal_values) & (logs < np.log(chance)))[run])


def spikes(n: np.ndarray, clock: Clock, usual: Usual, *, chance: float) -> np.ndarray:
    """Find counts far above the tail of the same clock time and kind of day."""
    mean = usual.mean[clock.day_of, clock.slot_of]
    high = (n > _SPIKE_TIMES * mean + _SPIKE_MORE) & (mean >= _SPIKE_USUAL)
    if high.any():
        share = usual.variance_share()[clock.day_of, clock.slot_of][high] + _day_variance(clock, usual)
        tail = nbinom.sf(np.ceil(n[high]) - 1, 1.0 / share, 1.0 / (1.0 + share * mean[high]))
        high[high] = tail < chance
    return np.asarray(high)


def duplicated_days(tables: list[np.ndarray]) -> np.ndarray:
    """Find days that repeat an earlier day, interval by interval, in all series of a site.

    Judged by chance: two independent Poisson counts of mean m are equal with probability exp(-2m) I0(2m) (Skellam at
    zero); the day is a copy where the product over its intervals, each judged at its own count, is below 1e-7.

    Parameters
    ----------
    tables
        Days x clock times of each series.
    """
    days = np.hstack(tables)
    whole = np.flatnonzero(np.isfinite(days).mean(axis=1) > 0.8)
    found = np.zeros(len(days), dtype=bool)
    if days.shape[1] >= 24 and len(whole) > 1:
        at = whole[pd.Series([day.tobytes() for day in np.nan_to_num(days[whole], nan=-1.0)]).duplicated().to_numpy()]
        chance = np.log(ive(0, 2 * np.nan_to_num(days[at]))).sum(axis=1)
        found[at[chance < _COPY_LOG_PROBABILITY]] = True
    return found


def low_days(sites: list[Site], *, share: float) -> list[np.ndarray]:
    """Find days on which each site counted far less than is usual of it, and than the other sites did that day.

    The rule runs where it would find nine of ten days at `share` of the usual. It is silent where the days of a site
    differ more by themselves, where too few people pass, and where fewer than two other sites of the mode counted: a
    wet day, a holiday or an event cannot be told from a fault by one site alone.
    """
    common = common_ratios([(site.mode, site.days, site.ratio) for site in sites])
    found = []
    for site, shared in zip(sites, common, strict=True):
        with np.errstate(invalid="ignore", divide="ignore"):
            log = np.log(site.ratio / shared)
            chance = 1.0 / np.maximum(site.expected * shared, 1e-9)
            deviation = np.sqrt(np.maximum(robust_sd(log) ** 2, chance))
            at_fault = np.sqrt(deviation**2 + chance * (1 / share - 1))
            runs = _LOW_DAY_DEVIATIONS * deviation + _POWER_DEVIATIONS * at_fault <= -np.log(share)
            limit = np.minimum(-_LOW_DAY_DEVIATIONS * deviation, np.log(share) / 2)  # nearer the fault than the usual
            found.append(np.asarray(runs & (log < limit) & (site.ratio > 0)))
    return found


def _sites(rows: pd.DataFrame) -> list[np.ndarray]:
    """Give the places of the rows of each site and mode."""
    return _groups(rows["station_id"], rows["mode"])


def _groups(*keys: pd.Series) -> list[np.ndarray]:
    """Give the places of the rows of each group, each in order."""
    code = np.zeros(len(keys[0]), dtype="int64")
    for key in keys:
        own = pd.factorize(key)[0]
        code = code * (own.max() + 1) + own
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


@dataclass(frozen=True)
class _Series:
    rows: np.ndarray  # places in the site
    direction: str
    clock: Clock
    usual: Usual


def _judge_series(
    told: pd.DataFrame, at: np.ndarray, flags: np.ndarray, days: pd.DatetimeIndex, weekends: pd.Series, limits: Limits
) -> _Series:
    """Apply the rules twice: what the first pass finds is no longer part of what is usual in the second."""
    n, length = told["n"].to_numpy(), int(told["interval_min"].iloc[0])
    clock = clock_table(told, slot_min=length, days=days, weekends=weekends)
    start = told["t_start_utc"].dt.tz_localize(None).to_numpy().astype("datetime64[m]").astype("int64")
    # a day's length differs in the DST nights: daily series follow each other when less than 26 hours apart
    follows = np.r_[False, np.diff(start) <= (length if length < 1440 else 1500)]
    stuck = stuck_values(n, follows, equal_values=limits.stuck_equal_values, chance=limits.chance)
    found, left_out = stuck, np.zeros_like(clock.n, dtype=bool)
    usual = usual_day(clock)
    for _ in range(2):
        zeros = zero_runs(n, follows, clock, usual, expected=limits.zero_run_expected, chance=limits.chance)
        high = spikes(n, clock, usual, chance=limits.spike_chance)
        found = stuck | zeros | high
        before = left_out.sum()
        left_out[clock.day_of[found], clock.slot_of[found]] = True
        if left_out.sum() == before:
            break
        usual = usual_day(clock, left_out=left_out)
    for where, word in ((stuck, Flag.STUCK), (zeros, Flag.ZERO_RUN), (high, Flag.SPIKE)):
        _mark(flags, at[where], word)
    return _Series(at, str(told["direction"].iloc[0]), clock, usual)


def _site_days(series: list[_Series]) -> tuple[np.ndarray, np.ndarray]:
    """Usual people of each day and counted to usual, all directions; the total alone where no direction is counted."""
    ways = [one for one in series if one.direction != "both"] or series
    expected = sum(np.where(np.isfinite(one.clock.n), one.usual.mean, 0.0).sum(axis=1) for one in ways)
    ratios = [day_ratios(one.clock, one.usual, least_share=0.9) for one in ways]
    weights = [one.usual.mean.sum(axis=1) for one in ways]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = sum(r * w for r, w in zip(ratios, weights, strict=True)) / sum(weights)
    return np.asarray(expected), np.asarray(ratio)


def _rest_of_day(zero: np.ndarray, run: np.ndarray, clock: Clock, usual: Usual) -> np.ndarray:
    """Level of the rest of the day: people counted outside the run, to people usual there; 1 where nothing is left."""
    part = np.cumsum(np.r_[True, (np.diff(run) != 0) | (np.diff(clock.day_of) != 0)]) - 1
    mean = usual.mean[clock.day_of, clock.slot_of]
    inside = np.bincount(part, weights=np.where(zero, mean, 0.0))[part]
    has = np.isfinite(clock.n)
    whole = np.where(has, usual.mean, 0.0).sum(axis=1)[clock.day_of]
    counted = np.nansum(clock.n, axis=1)[clock.day_of]
    return np.asarray(np.minimum((_DAY_WEIGHT + counted) / (_DAY_WEIGHT + np.maximum(whole - inside, 0.0)), 1.0))


def _day_variance(clock: Clock, usual: Usual) -> float:
    expected = np.where(np.isfinite(clock.n), usual.mean, 0.0).sum(axis=1)
    whole = (clock.counted_share >= 0.9) & (expected > 0)
    ratio = np.nansum(clock.n, axis=1)[whole] / expected[whole]
    chance = float(np.median(1.0 / expected[whole])) if whole.any() else 0.0
    return float(np.clip(robust_sd(ratio) ** 2 - chance, *_DAY_VARIANCE))


def _mark(flags: np.ndarray, where: np.ndarray, word: Flag) -> None:
    at = np.flatnonzero(where) if where.dtype == bool else where
    flags[at[flags[at] == 0]] = list(Flag).index(word)
