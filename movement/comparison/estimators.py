"""Estimators of the log change at some sites against others: each returns effect, interval and degrees of freedom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import OLS

COVERAGE = 0.95
EQUIVALENCE_COVERAGE = 0.90
# Assignments that are all gone through; above it as many are drawn, with the seed below
MOST_ASSIGNMENTS = 50_000
_SEED = 2026
_ALIKE = 1e-12

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Log effect with its 95 % interval, effect -+ half; `degrees_of_freedom` of t, None for the normal."""

    effect: float
    half: float
    degrees_of_freedom: float | None

    def standard_error(self) -> float:
        """Return the standard error behind the interval."""
        return self.half / self._quantile(COVERAGE)

    def half_at(self, coverage: float) -> float:
        """Return half the width of the interval of another coverage."""
        return self.standard_error() * self._quantile(coverage)

    def p_value(self) -> float:
        """Return the two-sided p of no effect."""
        return min(1.0, 2 * self._tail(abs(self.effect)))

    def p_equivalence(self, limit: float) -> float:
        """Return the p of an effect of `limit` (log) or more either way: the larger of two one-sided tests.

        At most 0.05 where the 90 % interval lies inside -+limit (Schuirmann 1987).
        """
        return self._tail(limit - abs(self.effect))

    def widened(self, variance: float) -> Interval:
        """Return the interval with another variance (of the log) added to its own, same degrees of freedom."""
        half = float(np.hypot(self.half, self._quantile(COVERAGE) * np.sqrt(variance)))
        return replace(self, half=half)

    def _quantile(self, coverage: float) -> float:
        share = (1 + coverage) / 2
        free = self.degrees_of_freedom
        return float(ndtri(share) if free is None else stdtrit(free, share))

    def _tail(self, distance: float) -> float:
        """Probability of lying further out than `distance`; 0 or 1 where there is no spread at all."""
        error = self.standard_error()
        if error <= 0:
            return 0.0 if distance > 0 else 1.0
        free = self.degrees_of_freedom
        return float(ndtr(-distance / error) if free is None else stdtr(free, -distance / error))


@dataclass(frozen=True)
class Permuted:
    """Randomization inference: log effect, inverted interval (None where no effect can be rejected), p and least p."""

    effect: float
    low: float | None
    high: float | None
    p_value: float
    smallest_p: float


def against_controls(total: float, controls: pd.Series) -> Interval:
    """Set one log ratio against the spread of the controls'.

    Parameters
    ----------
    total
        log(after/before) of the screenline.
    controls
        log(after/before) of each of n0 control sites, n0 >= 2.

    Returns
    -------
    interval
        Difference from the controls' mean -+ t(n0-1) * sd * sqrt(1 + 1/n0): the prediction interval of one new
        observation; a screenline is one treated unit.

    Examples
    --------
    >>> found = against_controls(0.2, pd.Series([-0.1, 0.0, 0.1]))
    >>> round(found.effect, 3), round(found.half, 3), found.degrees_of_freedom
    (0.2, 0.497, 2)
    """
    n0 = len(controls)
    half = stdtrit(n0 - 1, (1 + COVERAGE) / 2) * controls.std(ddof=1) * np.sqrt(1 + 1 / n0)
    return Interval(float(total - controls.mean()), float(half), n0 - 1)


def treated_against_controls(treated: pd.Series, controls: pd.Series) -> Interval:
    """Regress one log ratio per site on treated/control by least squares; t with S-2 degrees of freedom.

    Donald and Lang (2007), Bertrand, Duflo and Mullainathan (2004): the data collapsed to one number per site.
    """
    ratios = np.concatenate([treated.to_numpy(dtype=float), controls.to_numpy(dtype=float)])
    is_treated = np.repeat([1.0, 0.0], [len(treated), len(controls)])
    fit = OLS(ratios, np.column_stack([np.ones(len(ratios)), is_treated])).fit()
    freedom = len(ratios) - 2
    return Interval(float(fit.params[1]), float(stdtrit(freedom, (1 + COVERAGE) / 2) * fit.bse[1]), freedom)


def naive(before: float, after: float, *, shift: float = 0.0) -> Interval:
    """Compare two sums of counts as if each were one Poisson draw: far too sure, printed to be seen beside the rest."""
    half = ndtri((1 + COVERAGE) / 2) * np.sqrt(1 / before + 1 / after)
    return Interval(float(np.log(after / before) + shift), float(half), None)


def welch(treated: pd.Series, controls: pd.Series) -> Interval | None:
    """Compare mean log ratios without taking both spreads for equal (Welch 1947); None below two sites on a side."""
    if min(len(treated), len(controls)) < 2:
        return None
    effect = float(treated.mean() - controls.mean())
    parts = [float(side.var(ddof=1)) / len(side) for side in (treated, controls)]
    own_freedom = [part**2 / (len(side) - 1) for part, side in zip(parts, (treated, controls), strict=True)]
    if sum(own_freedom) <= 0:  # no spread on either side
        return Interval(effect, 0.0, len(treated) + len(controls) - 2)
    freedom = sum(parts) ** 2 / sum(own_freedom)
    return Interval(effect, float(stdtrit(freedom, (1 + COVERAGE) / 2) * np.sqrt(sum(parts))), freedom)


def randomization(treated: pd.Series, controls: pd.Series) -> Permuted:
    """Ask how often sites chosen at random would differ as much as the treated ones do.

    Parameters
    ----------
    treated, controls
        log(after/before) of each of T and n0 sites.

    Returns
    -------
    permuted
        The p of the difference of means over all choices of T of S sites, the interval of effects that are not
        rejected at 5 %, and the least p there can be, 1/C(S, T). With 1/C(S, T) above 0.05 nothing can be rejected
        and the interval has no ends. Above 50,000 choices as many are drawn, with a fixed seed.

    Notes
    -----
    With the effect g taken off the treated, a choice w of weights (1/T or -1/n0) has the difference a - g b, where
    a = w.ratios and b = w.treated; it is at least as far from zero as the choice made, |e - g|, for g between
    (e - a)/(1 - b) and (a + e)/(1 + b). The interval's ends are quantiles of those ends: no grid is searched.
    """
    ratios = np.concatenate([treated.to_numpy(dtype=float), controls.to_numpy(dtype=float)])
    sites, chosen = len(ratios), len(treated)
    made = np.repeat([1.0, 0.0], [chosen, sites - chosen])
    effect = float(treated.mean() - controls.mean())
    choices = _choices(sites, chosen)
    weights = np.where(choices, 1 / chosen, -1 / (sites - chosen))
    drawn, overlap = weights @ ratios, weights @ made
    smallest = 1 / comb(sites, chosen)
    p_value = float(np.mean(np.abs(drawn) >= abs(effect) - _ALIKE))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array([(drawn + effect) / (1 + overlap), (effect - drawn) / (1 - overlap)])
    same = np.abs(overlap) > 1 - _ALIKE
    lows = np.where(same, -np.inf, ends.min(axis=0))
    highs = np.where(same, np.inf, ends.max(axis=0))
    rank = int(np.floor((1 - COVERAGE) * len(choices) + _ALIKE))
    low, high = float(np.sort(lows)[rank]), float(np.sort(highs)[::-1][rank])
    return Permuted(
        effect, low if np.isfinite(low) else None, high if np.isfinite(high) else None, max(p_value, smallest), smallest
    )


def _choices(sites: int, chosen: int) -> npt.NDArray[np.bool_]:
    """Every choice of so many sites as a row of yes and no; drawn ones, the one made first, where they are too many."""
    if comb(sites, chosen) <= MOST_ASSIGNMENTS:
        picked = np.array(list(combinations(range(sites), chosen)))
    else:
        random = np.random.Generator(np.random.PCG64(_SEED))
        order = random.permuted(np.tile(np.arange(sites), (MOST_ASSIGNMENTS - 1, 1)), axis=1)[:, :chosen]
        picked = np.vstack([np.arange(chosen), order])
    rows = np.zeros((len(picked), sites), dtype=bool)
    np.put_along_axis(rows, picked, True, axis=1)
    return rows


def poisson_jackknife(before: Reals, after: Reals, is_treated: npt.NDArray[np.bool_]) -> Interval | None:
    """Fit a Poisson model with an effect of each site and day; leave out one site at a time for its error (CV3).

    Parameters
    ----------
    before, after
        People counted at each of S sites over the same days.
    is_treated
        Of each site; at least two of either kind, else None.

    Returns
    -------
    interval
        Log rate ratio -+ t(S-1) * sqrt((S-1)/S * sum((b_s - b)**2)); None where the model cannot be fitted. MacKinnon,
        Nielsen and Webb (2023), CV3.

    Notes
    -----
    Where every site has the same days, the likelihood depends on each site's sums before and after only (the days'
    effects drop out), so that the model of days and that of two sums per site give the same effect.
    """
    sites = len(before)
    if min(is_treated.sum(), (~is_treated).sum()) < 2:
        return None
    whole = _poisson_effect(before, after, is_treated)
    kept = [np.arange(sites) != left_out for left_out in range(sites)]
    parts = np.array([_poisson_effect(before[rows], after[rows], is_treated[rows]) for rows in kept])
    error = np.sqrt((sites - 1) / sites * ((parts - whole) ** 2).sum())
    half = float(stdtrit(sites - 1, (1 + COVERAGE) / 2) * error)
    return Interval(whole, half, sites - 1) if np.isfinite(half) else None


def _poisson_effect(before: Reals, after: Reals, is_treated: npt.NDArray[np.bool_]) -> float:
    sites = len(before)
    own, is_after = np.tile(np.eye(sites), (2, 1)), np.repeat([0.0, 1.0], sites)
    design = np.column_stack([is_after * np.tile(is_treated, 2), own, is_after])
    start = np.concatenate([before, after]) + 0.5
    fit = GLM(np.concatenate([before, after]), design, family=Poisson()).fit(start_params=_started(design, start))
    return float(fit.params[0])


def _started(design: Reals, people: Reals) -> Reals:
    return np.asarray(np.linalg.lstsq(design, np.log(people), rcond=None)[0], dtype=np.float64)


def without_each(controls: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    """Yield each control's name and the others."""
    for name in controls.index:
        yield str(name), controls.drop(name)
