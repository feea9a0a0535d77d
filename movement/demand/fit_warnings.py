"""What speaks against a fit: residuals that follow something, one site that decides, sites that depart too far.

Keys, never sentences: `fit_warning.<key>` of the message catalogues says them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from scipy.special import fdtrc

Reals = NDArray[np.float64]

# Levels: all tests together sound on a sound model in fewer than one of ten studies
_FOLLOW_LEVEL = 0.02
_PLACE_LEVEL = 0.01
_SHAPE_LEVEL = 0.01
_DRAWS = 1999
_SEED = 5
_REACHES = (0.12, 0.3)  # of the sites' greatest distance: how far what is missing at a place is felt
_LEFT_OUT_RATIO = 2.0
_LEFT_OUT_LEAST = 0.25
_DOMINATES = 2.0  # half intervals that a parameter moves without one site


class Doubt(StrEnum):
    """Kinds of warning."""

    NOT_FITTED = "not_fitted"
    COUNTS_ALL_ZERO = "counts_all_zero"
    SITE_NOT_PASSED = "site_not_passed"
    SITE_MOSTLY_THROUGH = "site_mostly_through"
    DETOUR_AT_GRID_END = "detour_at_grid_end"
    PARAMETER_NOT_TOLD = "parameter_not_told"
    PARAMETER_AT_BOUND = "parameter_at_bound"
    INTERVAL_CUT_OFF = "interval_cut_off"
    SITE_ERROR_LARGE = "site_error_large"
    DECAY_FORM_MISFIT = "decay_form_misfit"
    RESIDUALS_FOLLOW = "residuals_follow"
    RESIDUALS_NEARBY_ALIKE = "residuals_nearby_alike"
    RESIDUALS_AT_PLACE = "residuals_at_place"
    ONE_SITE_DOMINATES = "one_site_dominates"
    LEFT_OUT_ERROR_LARGE = "left_out_error_large"


# said, but no sign that the model is wrong
NOTES = frozenset(
    {
        Doubt.NOT_FITTED,
        Doubt.COUNTS_ALL_ZERO,
        Doubt.SITE_NOT_PASSED,
        Doubt.SITE_MOSTLY_THROUGH,
        Doubt.INTERVAL_CUT_OFF,
    }
)


@dataclass(frozen=True)
class FitWarning:
    """One warning: its kind, the parameter, site or feature it is about, and its figure where it has one."""

    key: Doubt
    about: str = ""
    value: float | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether it says that the model may be wrong."""
        return self.key not in NOTES


@dataclass(frozen=True)
class Residuals:
    """What the tests look at: the sites of a fit.

    `names`; `counted`, `modelled`, `variance`: people per day; `slopes`: sites x parameters, of the mean along each
    fitted parameter.
    """

    names: tuple[str, ...]
    counted: Reals
    modelled: Reals
    variance: Reals
    slopes: Reals

    @property
    def freedom(self) -> int:
        """Sites less parameters."""
        return int(self.slopes.shape[0] - self.slopes.shape[1])

    def standard(self) -> Reals:
        """Return departures in standard deviations, what the parameters can take up taken out."""
        return self.left((self.counted - self.modelled) / np.sqrt(self.variance))

    def left(self, columns: Reals) -> Reals:
        """Take what the parameters can explain out of columns in standard deviations."""
        basis = np.linalg.qr(self.slopes / np.sqrt(self.variance)[:, None])[0]
        return np.asarray(columns - basis @ (basis.T @ columns))

    def relative(self, features: Reals) -> Reals:
        """Turn relative changes of the sites' means into standard deviations."""
        per_site = self.modelled / np.sqrt(self.variance)
        return features * (per_site if features.ndim == 1 else per_site[:, None])


def follows(residuals: Residuals, features: Reals) -> float:
    """Test whether residuals follow features beyond the fitted parameters (F test of added variables).

    Cook and Weisberg 1982, section 2.3.2, on the working residuals of the fit: each feature enters as a relative change
    of the mean.

    Parameters
    ----------
    residuals
        The fit.
    features
        Sites x features, of any unit.

    Returns
    -------
    chance
        Probability of residuals that follow so well by chance; 1 where sites are too few to say, or a feature says
        what the parameters say.
    """
    columns = residuals.left(residuals.relative(features - features.mean(axis=0)))
    left = residuals.standard()
    basis, strength, _ = np.linalg.svd(columns, full_matrices=False)
    kept = strength > 1e-6 * max(float(np.abs(residuals.relative(features)).max(initial=0.0)), 1e-12)
    added = int(kept.sum())
    freedom = residuals.freedom - added
    total = float(np.sum(left**2))
    if added == 0 or freedom < 2 or total <= 0:
        return 1.0
    gain = float(np.sum((basis[:, kept].T @ left) ** 2))
    rest = max(total - gain, 1e-12 * total)
    return float(fdtrc(added, freedom, gain / added / (rest / freedom)))


def near_alike(residuals: Residuals, places_m: Reals) -> float:
    """Test whether neighbouring sites depart alike (Moran's I, its chance by simulation of independent errors).

    Returns
    -------
    chance
        Share of simulated fits whose neighbours are as alike; 1 where the test cannot be made.
    """
    reach = _distances(places_m) / max(float(pdist(places_m).max(initial=0.0)), 1e-9)
    weights = np.exp(-reach / _REACHES[0])
    np.fill_diagonal(weights, 0.0)

    def moran(left: Reals) -> Reals:
        return np.asarray(np.einsum("sd,st,td->d", left, weights, left) / np.maximum(np.sum(left**2, axis=0), 1e-300))

    return _chance(residuals, moran)


def at_place(residuals: Residuals, places_m: Reals) -> tuple[float, int]:
    """Test whether something is missing, or too much, around one of the sites.

    A bump around each site in turn, of two widths, is added as a relative change of the means; the best of all is held
    against the best in simulated fits of independent errors (a scan, as Kulldorff 1997).

    Returns
    -------
    chance, site
        Share of simulated fits with a bump as good, and the number of the site it is around.
    """
    reach = _distances(places_m) / max(float(pdist(places_m).max(initial=0.0)), 1e-9)
    bumps = np.hstack([np.exp(-((reach / width) ** 2)) for width in _REACHES])
    columns = residuals.left(residuals.relative(bumps))
    length = np.sqrt(np.sum(columns**2, axis=0))
    columns = columns[:, length > 1e-9] / length[length > 1e-9]
    sites = np.tile(np.arange(len(places_m)), len(_REACHES))[length > 1e-9]
    if not len(sites):
        return 1.0, 0

    def gains(left: Reals) -> Reals:
        return np.asarray((columns.T @ left) ** 2 / np.maximum(np.sum(left**2, axis=0), 1e-300))

    site = int(sites[np.argmax(gains(residuals.standard()[:, None])[:, 0])])
    return _chance(residuals, lambda left: gains(left).max(axis=0)), site


def residual_warnings(
    residuals: Residuals, *, mean_cost_min: Reals, features: Mapping[str, Reals], places_m: Reals | None
) -> Iterator[FitWarning]:
    """Say what the residuals follow.

    Parameters
    ----------
    residuals
        The fit.
    mean_cost_min
        Modelled mean felt time of the trips that pass each site.
    features
        Figures per site that residuals must not follow, by name: shares of purposes, distances, days of count.
    places_m
        Sites x (east, north) in metres; without them neighbours cannot be told.
    """
    if residuals.freedom < 3 or np.sum(residuals.standard() ** 2) < 1e-12:
        return
    shape = np.column_stack([mean_cost_min, (mean_cost_min - mean_cost_min.mean()) ** 2])
    if follows(residuals, shape) < _SHAPE_LEVEL:
        yield FitWarning(Doubt.DECAY_FORM_MISFIT)
    for name, values in features.items():
        if follows(residuals, values[:, None]) < _FOLLOW_LEVEL / len(features):
            yield FitWarning(Doubt.RESIDUALS_FOLLOW, name)
    if places_m is not None:
        if near_alike(residuals, places_m) < _PLACE_LEVEL:
            yield FitWarning(Doubt.RESIDUALS_NEARBY_ALIKE)
        chance, site = at_place(residuals, places_m)
        if chance < _PLACE_LEVEL:
            yield FitWarning(Doubt.RESIDUALS_AT_PLACE, residuals.names[site])


def is_moved(without: float, *, estimate: float, low: float, high: float) -> bool:
    """Whether a factor or rate moves by far more than its interval allows when one site is left out.

    Examples
    --------
    >>> is_moved(2.3, estimate=1.0, low=0.5, high=1.5), is_moved(2.2, estimate=1.0, low=0.5, high=1.5)
    (True, False)
    """
    end = high if without > estimate else low
    return abs(math.log(without / estimate)) > _DOMINATES * abs(math.log(end / estimate)) + 1e-6


def left_out_warnings(*, wape: float, left_out_wape: float) -> Iterator[FitWarning]:
    """Say when sites left out are met far worse than sites in the fit."""
    if left_out_wape > _LEFT_OUT_RATIO * wape and left_out_wape > _LEFT_OUT_LEAST:
        yield FitWarning(Doubt.LEFT_OUT_ERROR_LARGE, value=left_out_wape)


def _distances(places_m: Reals) -> Reals:
    return np.asarray(squareform(pdist(places_m)))


def _chance(residuals: Residuals, statistic: Callable[[Reals], Reals]) -> float:
    """Return the share of simulated residuals whose statistic is at least that of the fit."""
    rng = np.random.default_rng(_SEED)
    drawn = residuals.left(rng.standard_normal((len(residuals.counted), _DRAWS)))
    own = float(statistic(residuals.standard()[:, None])[0])
    return float((1 + np.sum(statistic(drawn) >= own)) / (_DRAWS + 1))
