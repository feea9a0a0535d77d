"""The search for the best parameters, compiled: a grid of decays and detours, Gauss-Newton for the factors at each.

The factors stand as logarithms in one array: `scale`, then one per fitted purpose against it, then `through`. A factor
that is not fitted has equal bounds. `log_units` are logarithms of people per day at scale 1, detours x decays x sites x
groups of purposes, the decays at even steps of their logarithm; between them cubic interpolation, since these
logarithms bend little within a step. No BLAS or LAPACK is called, so that no thread count shows in a result.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from movement.demand.likelihood import site_deviance

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STEPS = 60
_STRIDE = 2  # every other decay is tried before the search narrows
_NARROWINGS = 36  # golden sections: 2 grid steps * 0.618**36 is below 1e-7
_LEAST_MEAN = 1e-9


@njit(cache=True, nogil=True)
def means(units: Reals, through: Reals, logs: Reals, out: Reals) -> None:
    """Write what passes each site: `units` sites x groups, `through` and `out` per site."""
    groups = units.shape[1]
    scale, through_factor = math.exp(logs[0]), math.exp(logs[groups])
    for site in range(len(through)):
        local = units[site, 0]
        for group in range(1, groups):
            local += math.exp(logs[group]) * units[site, group]
        out[site] = max(scale * local + through_factor * through[site], _LEAST_MEAN)


@njit(cache=True, nogil=True)
def deviance(counted: Reals, modelled: Reals, se: Reals, site_error: float, is_used: Flags) -> float:
    """Sum the deviance of the used sites."""
    total = 0.0
    for site in range(len(counted)):
        if is_used[site]:
            total += site_deviance(counted[site], modelled[site], se[site], site_error)
    return total


@njit(cache=True, nogil=True)
def slopes(units: Reals, through: Reals, logs: Reals, out: Reals) -> None:
    """Write the slope of each site's mean along each log factor: sites x factors."""
    groups = units.shape[1]
    scale, through_factor = math.exp(logs[0]), math.exp(logs[groups])
    for site in range(len(through)):
        local = scale * units[site, 0]
        for group in range(1, groups):
            part = scale * math.exp(logs[group]) * units[site, group]
            out[site, group] = part
            local += part
        out[site, 0] = local
        out[site, groups] = through_factor * through[site]


@njit(cache=True, nogil=True)
def _normal(slope: Reals, residual: Reals, weight: Reals, square: Reals, side: Reals) -> None:
    factors = slope.shape[1]
    square[:] = 0.0
    side[:] = 0.0
    for site in range(len(residual)):
        for one in range(factors):
            weighted = slope[site, one] * weight[site]
            side[one] += weighted * residual[site]
            for other in range(one + 1):
                square[one, other] += weighted * slope[site, other]


@njit(cache=True, nogil=True)
def _solve(square: Reals, side: Reals, is_free: Flags, damping: float, work: Reals, step: Reals) -> None:  # noqa: C901
    """Solve the damped normal equations of the free factors (Cholesky); the others do not step."""
    factors = len(side)
    work[:] = 0.0
    for one in range(factors):
        for other in range(one + 1):
            value = square[one, other] if is_free[one] and is_free[other] else 0.0
            if one == other:
                value = value * (1.0 + damping) + 1e-12 if is_free[one] else 1.0
            for before in range(other):
                value -= work[one, before] * work[other, before]
            work[one, other] = math.sqrt(max(value, 1e-12)) if one == other else value / work[other, other]
    for one in range(factors):
        value = side[one] if is_free[one] else 0.0
        for before in range(one):
            value -= work[one, before] * step[before]
        step[one] = value / work[one, one]
    for one in range(factors - 1, -1, -1):
        value = step[one]
        for after in range(one + 1, factors):
            value -= work[after, one] * step[after]
        step[one] = value / work[one, one]


@njit(cache=True, nogil=True)
def fit_factors(units, through, counted, se, is_used, site_error, logs, low, high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901  # compiled whole
    """Find the log factors of least deviance within bounds; `logs` is the start and is overwritten.

    Gauss-Newton on the quasi-likelihood's equations with Levenberg's damping; a factor at a bound that is pushed
    outwards stays there.

    Returns
    -------
    deviance
        Least deviance.
    """
    sites, factors = len(counted), len(logs)
    mean, slope, weight, residual = np.empty(sites), np.empty((sites, factors)), np.zeros(sites), np.zeros(sites)
    square, work = np.zeros((factors, factors)), np.zeros((factors, factors))
    side, step, tried = np.zeros(factors), np.zeros(factors), np.empty(factors)
    is_free = np.zeros(factors, np.bool_)
    for factor in range(factors):
        logs[factor] = min(max(logs[factor], low[factor]), high[factor])
    means(units, through, logs, mean)
    best = deviance(counted, mean, se, site_error, is_used)
    damping = 1e-6
    for _ in range(_STEPS):
        slopes(units, through, logs, slope)
        for site in range(sites):
            residual[site] = counted[site] - mean[site]
            weight[site] = 1.0 / (se[site] ** 2 + (site_error * mean[site]) ** 2) if is_used[site] else 0.0
        _normal(slope, residual, weight, square, side)
        for factor in range(factors):
            outwards = (logs[factor] <= low[factor] and side[factor] <= 0.0) or (
                logs[factor] >= high[factor] and side[factor] >= 0.0
            )
            is_free[factor] = high[factor] > low[factor] and not outwards
        is_better, moved = False, 0.0
        for _ in range(30):
            _solve(square, side, is_free, damping, work, step)
            moved = 0.0
            for factor in range(factors):
                stride = min(max(step[factor], -2.0), 2.0)
                tried[factor] = min(max(logs[factor] + stride, low[factor]), high[factor])
                moved = max(moved, abs(tried[factor] - logs[factor]))
            if moved < 1e-9:
                break
            means(units, through, tried, mean)
            found = deviance(counted, mean, se, site_error, is_used)
            if found < best:
                is_better = True
                break
            damping = max(damping * 10.0, 1e-3)
        if not is_better:
            break
        gain = best - found
        best = found
        logs[:] = tried
        damping = max(damping * 0.1, 1e-9)
        if gain < 1e-11 * (1.0 + best):
            break
        if moved < 1e-8:
            break
    return best


@njit(cache=True, nogil=True)
def between(log_units: Reals, place: float, out: Reals) -> None:
    """Write the units at a place between decays (`log_units`: decays x sites x groups), cubic through four neighbours.

    Fewer than four decays are not interpolated.
    """
    decays = log_units.shape[0]
    if decays < 4:
        out[:] = np.exp(log_units[min(max(round(place), 0), decays - 1)])
        return
    first = min(max(math.floor(place) - 1, 0), decays - 4)
    x = place - first
    a = -(x - 1.0) * (x - 2.0) * (x - 3.0) / 6.0
    b = x * (x - 2.0) * (x - 3.0) / 2.0
    c = -x * (x - 1.0) * (x - 3.0) / 2.0
    d = x * (x - 1.0) * (x - 2.0) / 6.0
    for site in range(log_units.shape[1]):
        for group in range(log_units.shape[2]):
            out[site, group] = math.exp(
                a * log_units[first, site, group]
                + b * log_units[first + 1, site, group]
                + c * log_units[first + 2, site, group]
                + d * log_units[first + 3, site, group]
            )


@njit(cache=True, nogil=True)
def search(log_units, through, counted, se, is_used, site_error, start, low, high, place_low, place_high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901  # compiled whole
    """Fit every detour value: try decays on the grid, then narrow around the best by golden section.

    `place_low` and `place_high` bound the decay's place on the grid; equal ones hold it.

    Returns
    -------
    deviances, places, logs
        Per detour value: least deviance, place on the grid of decays, and log factors (detours x factors).
    """
    detours, factors = log_units.shape[0], len(start)
    best, places, logs = np.full(detours, np.inf), np.full(detours, place_low), np.zeros((detours, factors))
    here, now = np.empty(log_units.shape[2:]), np.empty(factors)
    golden = (math.sqrt(5.0) - 1.0) / 2.0
    for detour in range(detours):
        now[:] = start
        place = place_low
        while True:
            between(log_units[detour], place, here)
            found = fit_factors(here, through, counted, se, is_used, site_error, now, low, high)
            if found < best[detour]:
                best[detour], places[detour] = found, place
                logs[detour] = now
            if place >= place_high:
                break
            place = min(place + _STRIDE, place_high)
        left, right = max(places[detour] - _STRIDE, place_low), min(places[detour] + _STRIDE, place_high)
        if right - left < 1e-9:
            continue
        now[:] = logs[detour]
        one, other = right - golden * (right - left), left + golden * (right - left)
        between(log_units[detour], one, here)
        at_one = fit_factors(here, through, counted, se, is_used, site_error, now, low, high)
        now[:] = logs[detour]
        between(log_units[detour], other, here)
        at_other = fit_factors(here, through, counted, se, is_used, site_error, now, low, high)
        for _ in range(_NARROWINGS):
            is_left = at_one <= at_other
            if is_left:
                right, other, at_other = other, one, at_one
                one = right - golden * (right - left)
            else:
                left, one, at_one = one, other, at_other
                other = left + golden * (right - left)
            place = one if is_left else other
            between(log_units[detour], place, here)
            now[:] = logs[detour]
            found = fit_factors(here, through, counted, se, is_used, site_error, now, low, high)
            if found < best[detour]:
                best[detour], places[detour] = found, place
                logs[detour] = now
            if is_left:
                at_one = found
            else:
                at_other = found
    return best, places, logs


@njit(cache=True, nogil=True)
def refit(log_units, through, samples, se, is_used, site_error, start, low, high, place_low, place_high):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # compiled whole
    """Fit every sample of counts (samples x sites) anew.

    Returns
    -------
    detours, places, logs
        Per sample: number of the best detour value, place of the decay, log factors.
    """
    number = samples.shape[0]
    detours, places, all_logs = np.zeros(number, np.int64), np.zeros(number), np.zeros((number, len(start)))
    for sample in range(number):
        found, at, logs = search(
            log_units, through, samples[sample], se, is_used, site_error, start, low, high, place_low, place_high
        )
        detours[sample] = np.argmin(found)
        places[sample] = at[detours[sample]]
        all_logs[sample] = logs[detours[sample]]
    return detours, places, all_logs
