"""How likely counts are under a model: their own errors, the sites' errors beyond, and measures of fit.

A count stands for its site with two errors: its own standard error, and a site error, a relative departure of the site
from the model with one standard deviation for all sites. The variance at the mean `m` is `se**2 + (site_error * m)**2`.
Quasi-likelihood (Wedderburn 1974; McCullagh and Nelder 1989, chapter 9) needs no more than that: zero counts are
allowed, and estimates are right for errors of any skew.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.special import stdtrit

Reals = NDArray[np.float64]

COVERAGE = 0.95
MOST_SITE_ERROR = 3.0  # three times the mean: nothing is fitted beyond
_LEAST_SE_SHARE = 1e-3  # no mean day is known better than to a thousandth
_SMALL = 1e-8
_HALVINGS = 60  # leaves a relative error below rounding


@njit(cache=True, nogil=True)
def site_deviance(counted: float, modelled: float, se: float, site_error: float) -> float:
    """Return twice the integral of (counted - m) / variance(m) from `modelled` to `counted` (Wedderburn 1974).

    Parameters
    ----------
    counted, modelled
        People per day, not below zero.
    se
        Standard error of the count, people per day, above zero.
    site_error
        Standard deviation of the relative site error.

    Returns
    -------
    deviance
        Zero where both are equal, else above; without a site error the squared departure in standard errors.
    """
    if site_error < _SMALL:
        return ((counted - modelled) / se) ** 2
    spread, error = site_error * site_error, se * se
    turn = math.atan2(site_error * (counted - modelled) / se, 1.0 + spread * counted * modelled / error)
    growth = math.log1p(spread * (counted**2 - modelled**2) / (error + spread * modelled**2))
    return max(2.0 * counted / (se * site_error) * turn - growth / spread, 0.0)


def usable_se(counted: Reals, counted_se: Reals) -> Reals:
    """Return standard errors a fit can use; same order.

    A standard error of zero or none says nothing: it is then that of one day of Poisson people, at least one.
    """
    # ASSUME: a count without a standard error is as sure as one day on which people come independently
    poisson = np.sqrt(np.maximum(counted, 1.0))
    said = np.isfinite(counted_se) & (counted_se > 0)
    least = _LEAST_SE_SHARE * np.maximum(counted, 1.0)
    return np.where(said, np.maximum(np.where(said, counted_se, 0.0), least), poisson)


def site_error(counted: Reals, modelled: Reals, se: Reals, *, parameters: int) -> float:
    """Solve for the site error that makes Pearson's statistic its degrees of freedom.

    The estimator of Paule and Mandel (1982), here with as many degrees of freedom lost as parameters were fitted; it
    asks for no distribution of the errors.

    Parameters
    ----------
    counted, modelled, se
        People per day at each site.
    parameters
        Number of parameters fitted to these sites.

    Returns
    -------
    site_error
        Zero where the counts' own errors explain all; at most three. Zero too with no degree of freedom.

    Examples
    --------
    >>> round(site_error(np.array([110.0, 90.0]), np.array([100.0, 100.0]), np.array([1.0, 1.0]), parameters=0), 6)
    0.099499
    """
    freedom = len(counted) - parameters
    squares = (counted - modelled) ** 2
    if freedom <= 0 or np.sum(squares / se**2) <= freedom:
        return 0.0
    low, high = 0.0, MOST_SITE_ERROR
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_low = np.sum(squares / (se**2 + (middle * modelled) ** 2)) > freedom
        low, high = (middle, high) if is_low else (low, middle)
    return high


def cut(sites: int, parameters: int) -> float:
    """Return how far the deviance may rise above its least for a value to lie in the 95 % interval.

    The site error is estimated from the same few sites, so the cut is the square of Student's t with sites less
    parameters degrees of freedom, the quasi-likelihood ratio's F test (McCullagh and Nelder 1989, section 9.3.1). For a
    normal model it is the exact profile cut n * log(1 + t**2 / (n - p)) (Venzon and Moolgavkar 1988 use chi-squared,
    which is too narrow for few sites), with the spread held at its unbiased estimate.

    Raises
    ------
    ValueError
        If there are not more sites than parameters.
    """
    if sites <= parameters:
        raise ValueError(f"{sites} sites cannot bound {parameters} parameters")
    return float(stdtrit(sites - parameters, (1 + COVERAGE) / 2) ** 2)


def geh(modelled: Reals, counted: Reals) -> Reals:
    """Return the GEH statistic on the figures given (UK TAG unit M3.1 uses hourly ones); zero where both are zero."""
    total = modelled + counted
    return np.sqrt(2.0 * (modelled - counted) ** 2 / np.where(total > 0, total, 1.0))


def r_squared(modelled: Reals, counted: Reals) -> float:
    """Return the share of the counts' variance that the model explains; none where all counts are equal."""
    around = np.sum((counted - counted.mean()) ** 2) if len(counted) else 0.0
    return float(1.0 - np.sum((counted - modelled) ** 2) / around) if around > 0 else math.nan


def wape(modelled: Reals, counted: Reals) -> float:
    """Return the weighted absolute percentage error, as a ratio: sum of departures over sum of counts; else none."""
    total = counted.sum()
    return float(np.abs(modelled - counted).sum() / total) if total > 0 else math.nan


def bias(modelled: Reals, counted: Reals) -> float:
    """Return how far the modelled sum lies above the counted, as a ratio of it; none where nobody was counted."""
    total = counted.sum()
    return float(modelled.sum() / total - 1.0) if total > 0 else math.nan
