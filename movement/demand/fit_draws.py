"""Counts as they could have come out, for refits that carry the uncertainty of parameters and counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, ndtri
from scipy.stats import qmc

Reals = NDArray[np.float64]


def draw_counts(modelled: Reals, variance: Reals, *, freedom: int, number: int, seed: int | Sequence[int]) -> Reals:
    """Draw counts around their means: lognormal, of the variance given.

    The variance is itself uncertain: each draw takes it times freedom / chi-squared(freedom), so that what is fitted to
    the draws spreads as Student's t does. Draws are a Latin hypercube (McKay, Beckman and Conover 1979), evenly spread.

    Parameters
    ----------
    modelled, variance
        Mean and variance of each site's count.
    freedom
        Degrees of freedom that the variance rests on.
    number, seed
        Draws, and seed.

    Returns
    -------
    counts
        Draws x sites, zero or more.
    """
    even = qmc.LatinHypercube(len(modelled) + 1, rng=np.random.default_rng(seed)).random(number)
    factor = freedom / chdtri(freedom, even[:, :1])
    spread = np.sqrt(np.log1p(variance * factor / modelled**2))
    return np.asarray(modelled * np.exp(spread * ndtri(even[:, 1:]) - spread**2 / 2))
