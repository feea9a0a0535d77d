"""From choices and counts to the problem of a fit: what passes the sites at every decay and detour tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from movement.demand import distribute, histograms, profiling
from movement.demand.choices import Choices, Reals
from movement.demand.decay import Decay
from movement.demand.fit_inputs import Counted
from movement.demand.fit_parameters import DECAY, DETOUR, OF_PURPOSE, SCALE, THROUGH, bounds
from movement.tables import Distribution

DECAYS = 61  # tried between the bounds of the rate; the logarithm of what passes a site bends little between two
LEAST_PASSES = 1e-9
_LEAST_LOG = -600.0


@dataclass(frozen=True)
class Search:
    """A fit's problem, its best point, and what its places stand for.

    `factors`: names of the log factors. `rates`: of the grid of decays. `detours`: values tried.
    """

    problem: profiling.Problem
    point: profiling.Point
    factors: tuple[str, ...]
    rates: Reals
    detours: Reals

    def rate(self, place: float | Reals) -> Reals:
        """Return the rate at places of the grid of decays."""
        if len(self.rates) == 1:
            return np.full(np.shape(place), self.rates[0])
        return np.asarray(np.exp(np.interp(place, np.arange(len(self.rates)), np.log(self.rates))))


def flows(
    choices: Choices, shares: Sequence[sparse.csr_array], distribution: Distribution, decay: Decay
) -> histograms.Passes:
    """Prepare what passes the sites, every purpose apart; unconstrained trips have the default decay's yardstick."""
    purposes = range(len(choices.purposes))
    if distribution == Distribution.UNCONSTRAINED:
        yardstick = distribute.mean_accessibility(choices, decay)
        return histograms.unconstrained(choices, shares, purposes, mean_access=yardstick)
    if distribution == Distribution.ORIGIN_CONSTRAINED:
        return histograms.origin_constrained(choices, shares, purposes)
    return histograms.redistributed(
        choices, shares, purposes, distribute=lambda tried: distribute.doubly_constrained(choices, tried).trips
    )


def search(
    purposes: Sequence[str],
    passing: histograms.Passes,
    given: Counted,
    is_used: NDArray[np.bool_],
    kept: Sequence[str],
    *,
    distribution: Distribution,
    decay: Decay,
    decay_bounds: tuple[float, float],
    detour: float,
) -> Search:
    """Try every decay and detour, and find the best point."""
    rates = np.geomspace(*decay_bounds, DECAYS) if DECAY in kept else np.array([decay.rate])
    units = np.stack([passing.every(replace(decay, rate=float(rate))) for rate in rates], axis=1)
    if DETOUR not in kept:
        units = units[given.detours == detour]
    units = grouped(units, purposes, kept)
    fitted = [SCALE, *(name for name in kept if name.startswith(OF_PURPOSE)), THROUGH]
    low, high = _factor_bounds(fitted, kept, distribution)
    start = np.zeros(len(fitted))
    if SCALE in kept:
        middle = units[len(units) // 2, len(rates) // 2].sum(axis=-1)
        local = np.maximum(given.counted - given.through, 0.1 * given.counted)[is_used].sum()
        start[0] = np.log(local / middle[is_used].sum())
    problem = profiling.Problem(
        np.maximum(np.log(np.maximum(units, 1e-300)), _LEAST_LOG),
        given.through,
        given.counted,
        given.se,
        is_used,
        start,
        low,
        high,
        0.0,
        float(len(rates) - 1),
        len(kept),
    )
    detours = given.detours if DETOUR in kept else np.array([detour])
    return Search(problem, profiling.settle(problem), tuple(fitted), rates, detours)


def grouped(units: Reals, purposes: Sequence[str], kept: Sequence[str]) -> Reals:
    """Sum purposes without a factor of their own into the first group; the others follow in the order asked for."""
    own = [purposes.index(name.removeprefix(OF_PURPOSE)) for name in kept if name.startswith(OF_PURPOSE)]
    rest = [at for at in range(len(purposes)) if at not in own]
    return np.concatenate([units[..., rest].sum(axis=-1, keepdims=True), units[..., own]], axis=-1)


def _factor_bounds(factors: Sequence[str], kept: Sequence[str], distribution: Distribution) -> tuple[Reals, Reals]:
    ends = [bounds(name, distribution) if name in kept else (1.0, 1.0) for name in factors]
    low, high = np.log(np.array(ends)).T
    return np.ascontiguousarray(low), np.ascontiguousarray(high)
