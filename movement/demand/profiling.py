"""The best parameters for a set of sites, the site error with them, and how far each may move: profile intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from movement.demand import fit_kernel, likelihood

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

_FIRST_SITE_ERROR = 0.2
_ROUNDS = 24
_HASTY_ROUNDS = 8  # after them the site error goes half the way, in case it swings
_SETTLED = 1e-6
_FIRST_STRIDE = 0.1  # of a log factor, when its interval's end is looked for
_CLOSE = 1e-5
_AT_BOUND = 1e-4  # of a log factor, or a step between decays


@dataclass(frozen=True)
class Problem:
    """Counts and what the model can put past the sites; shapes as in `fit_kernel`.

    `start`, `low`, `high`: log factors; `place_low`, `place_high`: bounds of the decay's place on its grid;
    `parameters`: how many are fitted, decay and detour with them.
    """

    log_units: Reals
    through: Reals
    counted: Reals
    se: Reals
    is_used: Flags
    start: Reals
    low: Reals
    high: Reals
    place_low: float
    place_high: float
    parameters: int

    def without(self, site: int) -> Problem:
        """Leave a site out."""
        is_used = self.is_used.copy()
        is_used[site] = False
        return replace(self, is_used=is_used)

    def holding(self, factor: int, log_value: float) -> Problem:
        """Hold a log factor."""
        low, high = self.low.copy(), self.high.copy()
        low[factor] = high[factor] = log_value
        return replace(self, low=low, high=high)


@dataclass(frozen=True)
class Point:
    """One set of parameters, and how far the counts are from it; `by_detour` is the least deviance of each detour."""

    logs: Reals
    place: float
    detour: int
    deviance: float
    by_detour: Reals
    site_error: float


def best(problem: Problem, site_error: float) -> Point:
    """Find the parameters of least deviance for a given site error."""
    found, places, logs = fit_kernel.search(
        problem.log_units,
        problem.through,
        problem.counted,
        problem.se,
        problem.is_used,
        site_error,
        problem.start,
        problem.low,
        problem.high,
        problem.place_low,
        problem.place_high,
    )
    detour = int(np.argmin(found))
    return Point(logs[detour], float(places[detour]), detour, float(found[detour]), found, site_error)


def settle(problem: Problem, *, site_error: float = _FIRST_SITE_ERROR) -> Point:
    """Fit parameters and site error in turn until the site error stands still.

    Where no degree of freedom is left for it, the site error given is kept.
    """
    used = problem.is_used
    point = best(problem, site_error)
    if used.sum() <= problem.parameters:
        return point
    for done in range(_ROUNDS):
        modelled = means(problem, point)
        error = likelihood.site_error(
            problem.counted[used], modelled[used], problem.se[used], parameters=problem.parameters
        )
        if abs(error - point.site_error) < _SETTLED:
            break
        point = best(problem, error if done < _HASTY_ROUNDS else (error + point.site_error) / 2)
    return point


def units(problem: Problem, place: float, detour: int) -> Reals:
    """Return people per day at scale 1, sites x groups."""
    out = np.empty(problem.log_units.shape[2:])
    fit_kernel.between(problem.log_units[detour], place, out)
    return out


def means(problem: Problem, point: Point) -> Reals:
    """Return the modelled people per day of every site, used or not."""
    out = np.empty(len(problem.counted))
    fit_kernel.means(units(problem, point.place, point.detour), problem.through, point.logs, out)
    return out


def slopes(problem: Problem, point: Point) -> Reals:
    """Return how each site's mean moves with the fitted parameters: sites x parameters (log factors, then decay).

    The detour is not among them: it is one of a few values.
    """
    out = np.empty((len(problem.counted), len(point.logs)))
    fit_kernel.slopes(units(problem, point.place, point.detour), problem.through, point.logs, out)
    columns = [out[:, problem.high > problem.low]]
    if problem.place_high > problem.place_low:
        low, high = max(point.place - 0.5, problem.place_low), min(point.place + 0.5, problem.place_high)
        rise = means(problem, replace(point, place=high)) - means(problem, replace(point, place=low))
        columns.append((rise / (high - low))[:, None])
    return np.hstack(columns)


def variances(problem: Problem, modelled: Reals, site_error: float) -> Reals:
    """Return the variance of each site's count around its mean."""
    return problem.se**2 + (site_error * modelled) ** 2


def cut(problem: Problem) -> float:
    """Return how far the deviance may rise within the 95 % interval."""
    return likelihood.cut(int(problem.is_used.sum()), problem.parameters)


def factor_interval(problem: Problem, point: Point, factor: int) -> tuple[float, float]:
    """Return the profile interval of a log factor: all others are fitted anew at each value tried.

    An end that is not found within the bounds is the bound.
    """

    def excess(log_value: float) -> float:
        return best(problem.holding(factor, log_value), point.site_error).deviance - point.deviance - cut(problem)

    centre = float(point.logs[factor])
    return (
        _end(excess, centre, float(problem.low[factor]), -_FIRST_STRIDE),
        _end(excess, centre, float(problem.high[factor]), _FIRST_STRIDE),
    )


def place_interval(problem: Problem, point: Point) -> tuple[float, float]:
    """Return the profile interval of the decay's place on its grid; its hull, where the profile has several valleys."""

    def excess(place: float) -> float:
        held = replace(problem, place_low=place, place_high=place)
        return best(held, point.site_error).deviance - point.deviance - cut(problem)

    grid = np.arange(np.ceil(problem.place_low), np.floor(problem.place_high) + 1)
    inside = [float(place) for place in grid if excess(float(place)) <= 0] + [point.place]
    first, last = min(inside), max(inside)
    low = _between_ends(excess, first, max(np.ceil(first) - 1.0, problem.place_low))
    high = _between_ends(excess, last, min(np.floor(last) + 1.0, problem.place_high))
    return low, high


def detours_within(problem: Problem, point: Point, values: Reals) -> Integers:
    """Return the detour values, by number, that the counts do not tell from the best.

    The least deviance may lie between two values tried; held against the best of those alone, too many would pass.
    """
    least = _least_between(values, point.by_detour)
    return np.flatnonzero((point.by_detour - least <= cut(problem)) | (np.arange(len(values)) == point.detour))


def is_at_bound(problem: Problem, point: Point, factor: int) -> bool:
    """Whether a log factor was stopped by its bound."""
    value = point.logs[factor]
    return bool(value <= problem.low[factor] + _AT_BOUND or value >= problem.high[factor] - _AT_BOUND)


def is_place_at_bound(problem: Problem, point: Point) -> bool:
    """Whether the decay was stopped by its bound."""
    return point.place <= problem.place_low + _AT_BOUND or point.place >= problem.place_high - _AT_BOUND


def covariance(problem: Problem, point: Point) -> Reals:
    """Return the parameters' covariance, in the order of `slopes`, from the used sites' information."""
    used = problem.is_used
    slope = slopes(problem, point)[used]
    weight = 1.0 / variances(problem, means(problem, point), point.site_error)[used]
    return np.asarray(np.linalg.pinv(np.einsum("si,s,sj->ij", slope, weight, slope), hermitian=True))


def _least_between(at: Reals, heights: Reals) -> float:
    """Return the least of a parabola through the lowest point and its neighbours; of the points, where it is an end.

    Examples
    --------
    >>> _least_between(np.array([0.0, 2.0, 5.0]), np.array([3.25, 1.25, 13.25]))  # (x - 1.5)**2 + 1
    1.0
    >>> _least_between(np.array([0.0, 2.0, 5.0]), np.array([1.0, 2.0, 13.0]))
    1.0
    """
    lowest = int(np.argmin(heights))
    if lowest in (0, len(at) - 1):
        return float(heights[lowest])
    before, after = at[lowest - 1] - at[lowest], at[lowest + 1] - at[lowest]
    left, right = ((heights[lowest + way] - heights[lowest]) / step for way, step in ((-1, before), (1, after)))
    bend = (right - left) / (after - before)
    slope = left - bend * before
    return float(heights[lowest] - slope**2 / (4 * bend)) if bend > 0 else float(heights[lowest])


def _end(excess: Callable[[float], float], centre: float, bound: float, stride: float) -> float:
    inside = centre
    while True:
        tried = inside + stride
        if (bound - tried) * np.sign(stride) <= 0:
            tried = bound
        if excess(tried) > 0:
            return _between_ends(excess, inside, tried)
        if tried == bound:
            return bound
        inside, stride = tried, stride * 2


def _between_ends(excess: Callable[[float], float], inside: float, outside: float) -> float:
    if inside == outside or excess(outside) <= 0:
        return outside
    if excess(inside) >= 0:
        return inside
    low, high = min(inside, outside), max(inside, outside)
    return float(brentq(excess, low, high, xtol=_CLOSE))
