"""A fit of what the counts tell: a parameter whose interval says nothing is let go, and the rest fitted again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from movement.demand import profiling
from movement.demand.fit_parameters import DECAY, DETOUR, SCALE, Choice, Refusal, Refused
from movement.demand.fit_search import Search
from movement.demand.fit_telling import Telling
from movement.tables import Distribution

# ASSUME: a factor whose 95 % interval ends this many times above where it begins, as from a tenth to ten times the
# estimate, is not told by the counts
MOST_RATIO = 100.0
_AT_END = 1e-4  # relative


@dataclass(frozen=True)
class Estimate:
    """One fitted parameter: value, 95 % interval, whether a bound stopped it, and the ends of the range tried."""

    value: float
    low: float
    high: float
    at_bound: bool
    least: float
    greatest: float

    @property
    def holds_everything(self) -> bool:
        """Whether the interval reaches both ends of the range tried."""
        return self.low <= self.least * (1 + _AT_END) and self.high >= self.greatest * (1 - _AT_END)


def is_cut_off(name: str, found: Estimate) -> bool:
    """Whether an interval ends where the values tried do, so that the truth may lie beyond.

    An estimate at the bound itself is another matter, told by itself. A detour of 1 is no such end: no way is shorter
    than the shortest.

    Examples
    --------
    >>> is_cut_off("decay", Estimate(0.03, 0.01, 0.29, False, least=0.01, greatest=0.5))
    True
    """
    if found.at_bound:
        return False
    is_least = found.low <= found.least * (1 + _AT_END) and not (name == DETOUR and found.least <= 1)
    return is_least or found.high >= found.greatest * (1 - _AT_END)


def fit_told(
    chosen: Choice, told: Telling, search: Callable[[tuple[str, ...]], Search], distribution: Distribution
) -> tuple[Search | None, dict[str, Estimate], Choice]:
    """Fit the parameters chosen; let go of the last asked that is not told, and fit the rest again, until all are.

    Parameters
    ----------
    chosen
        Parameters to fit, and those refused before.
    told
        What the sites tell.
    search
        Fits the parameters named, the others at their defaults.
    distribution
        Of trips.

    Returns
    -------
    search, estimates, chosen
        The last fit, none where no parameter is told; its estimates; what is kept and refused in the end.
    """
    kept, refused = chosen.kept, chosen.refused
    while kept:
        found = search(kept)
        estimates = {name: estimate(found, name) for name in kept}
        lost = _not_told(estimates, distribution)
        if lost is None:
            return found, estimates, Choice(kept, refused)
        refused = (*refused, Refused(lost, Refusal.NOT_TOLD, told.number(lost)))
        kept = tuple(name for name in kept if name != lost)
    return None, {}, Choice((), refused)


def _not_told(estimates: Mapping[str, Estimate], distribution: Distribution) -> str | None:
    """Return the last asked of those that are not told.

    The scale of unconstrained trips makes up for the decay, so a wide one says nothing of how sure the trips are.
    """
    for name in reversed(list(estimates)):
        found = estimates[name]
        is_factor = name not in (DECAY, DETOUR) and not (name == SCALE and distribution == Distribution.UNCONSTRAINED)
        if found.holds_everything or (is_factor and found.high > MOST_RATIO * found.low):
            return name
    return None


def estimate(search: Search, name: str) -> Estimate:
    """Return a parameter's value and interval."""
    problem, point = search.problem, search.point
    if name == DETOUR:
        tried = search.detours
        within = profiling.detours_within(problem, point, tried)
        between = (tried[1:] + tried[:-1]) / 2  # a value tried stands for those nearer to it than to others
        edges = np.concatenate([tried[:1], between, tried[-1:]])
        is_end = point.detour in (0, len(tried) - 1)
        low, high = edges[within[0]], edges[within[-1] + 1]
        return Estimate(float(tried[point.detour]), float(low), float(high), is_end, float(tried[0]), float(tried[-1]))
    if name == DECAY:
        low, high = search.rate(np.array(profiling.place_interval(problem, point)))
        is_end = profiling.is_place_at_bound(problem, point)
        ends = float(search.rates[0]), float(search.rates[-1])
        return Estimate(float(search.rate(point.place)), float(low), float(high), is_end, *ends)
    at = search.factors.index(name)
    low, high = np.exp(profiling.factor_interval(problem, point, at))
    ends = float(np.exp(problem.low[at])), float(np.exp(problem.high[at]))
    is_end = profiling.is_at_bound(problem, point, at)
    return Estimate(float(np.exp(point.logs[at])), float(low), float(high), is_end, *ends)
