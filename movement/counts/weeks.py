"""What only a week or more can show: a clock that is wrong, directions that swap or fail, a step in the level.

Such a week is not set aside, as its total may be right; it is told, and a planner decides. Each week is held against
four counted weeks before it, leaving out the last one, which a fault that began in its middle would spoil.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.counts.usual import robust_sd
from movement.tables import Notice

_BEFORE = 4  # counted weeks that a week is held against
_FEWEST_DAYS = 5  # whole days that make a week
_FEWEST_PEOPLE = 100  # ASSUME: people in a week below which its shape says nothing
_FEWEST_USUAL = 400  # ASSUME: people in the weeks it is held against
# ASSUME: log likelihood ratio, per unit of overdispersion, beyond which a shape is another one; chance gives 1 in e^8
_LIKELIHOOD = 8.0
_DEVIATIONS = 3.3  # standard deviations of a step or split, one week in a thousand by chance
_POWER_DEVIATIONS = 0.84  # a rule that would miss one fault in five is silent
_MEDIAN_OF_CHI2 = 0.455  # of one degree of freedom
_SPLIT_LEAST = 0.08  # ASSUME: share of people that must have changed direction
_STEP_LEAST = 0.25  # ASSUME: log ratio of the level after to before, about a quarter
_STEP_TOLD = 0.51  # a device that counts 60 % of what it did
_STEP_WEEKS = 3  # weeks on both sides of a step
_SHIFTS = (-3, -2, -1, 1, 2, 3)  # hours a clock may be wrong


@dataclass(frozen=True)
class Hours:
    """One site and mode by day and local hour, each direction; NaN where nothing usable was counted."""

    station_id: str
    mode: str
    days: pd.DatetimeIndex
    ways: np.ndarray  # (directions, days, 24); one direction where only the total is known
    is_weekend: np.ndarray  # (days,)
    common: np.ndarray  # (days,) what the other sites of the mode say of the day; NaN where none does


@dataclass(frozen=True)
class Found:
    """One thing noticed: from the first to the last day of the weeks that show it, with what was measured."""

    station_id: str
    mode: str
    notice: Notice
    start_date: pd.Timestamp
    end_date: pd.Timestamp
    value: float


def judge_weeks(hours: Hours, *, clock_changes: frozenset[pd.Timestamp]) -> list[Found]:
    """Judge each counted week of a site by the weeks before it.

    Parameters
    ----------
    clock_changes
        Days on which the local clock changes: a clock that is an hour wrong from there on was not changed.

    Returns
    -------
    found
        In order of time; `value` is hours the clock is ahead, the share going in less that before, or the level
        after to before.
    """
    weeks = _weeks(hours)
    found: list[Found] = []
    for at, week in enumerate(weeks):
        before = weeks[max(0, at - 1 - _BEFORE) : max(0, at - 1)] or weeks[:at]
        if sum(one.people.sum() for one in before) >= _FEWEST_USUAL:
            found += _judge_week(hours, week, before, clock_changes)
    return _joined([*found, *_steps(hours)])


@dataclass(frozen=True)
class _Week:
    start: pd.Timestamp
    people: np.ndarray  # (directions, kinds of day, 24)
    days: int


def _weeks(hours: Hours) -> list[_Week]:
    whole = np.isfinite(hours.ways).all(axis=0).sum(axis=1) >= 23  # the spring night has 23 hours
    number = np.asarray((hours.days - hours.days[0] + pd.Timedelta(days=int(hours.days[0].day_of_week))).days // 7)
    monday = hours.days[0] - pd.Timedelta(days=int(hours.days[0].day_of_week))
    weeks = []
    for one in np.unique(number[whole]):
        own = whole & (number == one)
        if own.sum() < _FEWEST_DAYS:
            continue
        kinds = [np.nansum(hours.ways[:, own & (hours.is_weekend == kind)], axis=1) for kind in (False, True)]
        people = np.stack(kinds, axis=1)
        if people.sum() >= _FEWEST_PEOPLE:
            weeks.append(_Week(monday + pd.Timedelta(weeks=int(one)), people, int(own.sum())))
    return weeks


def _judge_week(
    hours: Hours, week: _Week, before: Sequence[_Week], clock_changes: frozenset[pd.Timestamp]
) -> Iterator[Found]:
    usual = sum(one.people for one in before)
    end = week.start + pd.Timedelta(days=6)
    shift = _clock_shift(week.people.sum(axis=0), np.asarray(usual).sum(axis=0))
    if shift:
        near = any(abs((week.start - day).days) <= 7 for day in clock_changes) and abs(shift) == 1
        rule = Notice.CLOCK_NOT_CHANGED if near else Notice.CLOCK_WRONG
        yield Found(hours.station_id, hours.mode, rule, week.start, end, float(shift))
    if len(week.people) == 2:
        if _is_swapped(week.people, np.asarray(usual)):
            yield Found(hours.station_id, hours.mode, Notice.DIRECTION_SWAPPED, week.start, end, 1.0)
        elif change := _split_change(week, before):
            yield Found(hours.station_id, hours.mode, Notice.DIRECTION_SPLIT, week.start, end, change)


def _clock_shift(people: np.ndarray, usual: np.ndarray) -> int:
    """Hours by which the week's clock is ahead of the usual one; 0 where it is not.

    A shift is found where it makes the week likelier by far and explains most of what sets the week apart: a holiday
    with a later morning is no shift.
    """
    stay = _log_likelihood(people, usual)
    shifted = {hours: _log_likelihood(people, np.roll(usual, hours, axis=1)) for hours in _SHIFTS}
    best = max(_SHIFTS, key=lambda hours: shifted[hours])
    chance = people.size / 2  # what a week differs from any shape, in units of log likelihood
    ceiling = _log_likelihood(people, people) - chance
    gain, left = shifted[best] - stay, max(0.0, ceiling - shifted[best])
    dispersion = 1.0 + left / chance
    return best if gain / dispersion > _LIKELIHOOD and left < gain else 0


def _log_likelihood(people: np.ndarray, usual: np.ndarray) -> float:
    """Multinomial log likelihood of the hours of each kind of day, at the shares of `usual`."""
    shares = (usual + 0.5) / (usual + 0.5).sum(axis=1, keepdims=True)
    return float((people * np.log(shares)).sum())


def _is_swapped(people: np.ndarray, usual: np.ndarray) -> bool:
    """Whether the two directions look like each other's usual day, hour by hour.

    The week must be likelier so than as usual, and than with one share of directions at all hours.
    """
    share = (usual[0] + 0.5) / (usual.sum(axis=0) + 1.0)
    even = np.full_like(share, (people[0].sum() + 0.5) / (people.sum() + 1.0))
    swapped, stayed, flat = (_ways_log_likelihood(people, one) for one in (1 - share, share, even))
    best = _ways_log_likelihood(people, (people[0] + 0.5) / (people.sum(axis=0) + 1.0)) - people[0].size / 2
    dispersion = 1.0 + max(0.0, best - swapped) / (people[0].size / 2)
    return bool((swapped - max(stayed, flat)) / dispersion > _LIKELIHOOD)


def _ways_log_likelihood(people: np.ndarray, share: np.ndarray) -> float:
    """Binomial log likelihood of the directions of each hour."""
    return float((people[0] * np.log(share) + people[1] * np.log(1 - share)).sum())


def _split_change(week: _Week, before: Sequence[_Week]) -> float:
    """Change of the share going in against the weeks before; 0 where chance explains it."""
    each = np.array([one.people.sum(axis=(1, 2)) for one in before])
    n, k = week.people.sum(), week.people[0].sum()
    total, going_in = each.sum(), each[:, 0].sum()
    if total <= 0 or not 0 < going_in < total:
        return 0.0
    share = going_in / total
    between = (each[:, 0] - each.sum(axis=1) * share) ** 2 / (each.sum(axis=1) * share * (1 - share))
    # ASSUME: groups walk the same way: at least half as much again as the variance of single people
    dispersion = max(1.5, float(np.median(between)) / _MEDIAN_OF_CHI2)
    deviation = np.sqrt(dispersion * share * (1 - share) * (1 / n + 1 / total))
    change, limit = float(k / n - share), max(_SPLIT_LEAST, _DEVIATIONS * deviation)
    half_lost = share - share / (2 - share)
    tells = limit + _POWER_DEVIATIONS * deviation <= half_lost
    return change if tells and abs(change) > limit else 0.0


def _steps(hours: Hours) -> Iterator[Found]:
    """Find a lasting step of the level against the other sites, in series without long gaps."""
    total = hours.ways.sum(axis=(0, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        log = pd.Series(np.log(total / hours.common), index=hours.days).replace([np.inf, -np.inf], np.nan)
    weekday = log.groupby(log.index.day_of_week).transform("median")
    weekly = (log - weekday).resample("W-MON", label="left", closed="left").agg(["median", "count"])
    level = weekly["median"].where(weekly["count"] >= _FEWEST_DAYS)
    after = level[::-1].rolling(_STEP_WEEKS).mean()[::-1]
    step = after - level.shift().rolling(_STEP_WEEKS).mean()
    # of two means of weeks, from the differences of weeks one after the other, which few steps do not spoil
    deviation = robust_sd(level.diff().to_numpy()) / np.sqrt(_STEP_WEEKS)
    limit = max(_STEP_LEAST, _DEVIATIONS * deviation)
    size = step.abs()
    if limit + _POWER_DEVIATIONS * deviation > _STEP_TOLD:
        return
    peak = size == size.rolling(2 * _STEP_WEEKS + 1, center=True, min_periods=1).max()
    for day in step.index[(peak & (size > limit)).to_numpy()]:
        last = day + pd.Timedelta(days=7 * _STEP_WEEKS - 1)
        yield Found(hours.station_id, hours.mode, Notice.LEVEL_STEP, day, last, float(np.exp(step[day])))


def _joined(found: Sequence[Found]) -> list[Found]:
    """Join weeks one after the other that show the same."""
    joined: list[Found] = []
    for one in sorted(found, key=lambda found: (found.notice, found.start_date)):
        last = joined[-1] if joined else None
        if (
            last
            and (last.notice, np.sign(last.value)) == (one.notice, np.sign(one.value))
            and one.start_date <= last.end_date + pd.Timedelta(days=1)
            and one.notice != Notice.LEVEL_STEP
        ):
            joined[-1] = Found(last.station_id, last.mode, last.notice, last.start_date, one.end_date, last.value)
        else:
            joined.append(one)
    return sorted(joined, key=lambda one: (one.start_date, one.notice))
