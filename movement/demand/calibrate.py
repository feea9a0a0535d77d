"""Parameters of demand fitted to the counts before, their intervals, and how well sites left out are met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import stdtrit

from movement.demand import fit_inputs, fit_kernel, fit_parameters, fit_search, fit_warnings, likelihood, profiling
from movement.demand.choices import Choices, Reals
from movement.demand.decay import Decay
from movement.demand.fit_draws import draw_counts
from movement.demand.fit_parameters import DECAY, DETOUR, OF_PURPOSE, SCALE, THROUGH, Choice, Refusal, Refused
from movement.demand.fit_search import Search
from movement.demand.fit_telling import Telling, telling
from movement.demand.fit_told import Estimate, fit_told, is_cut_off
from movement.demand.fit_warnings import Doubt, FitWarning
from movement.demand.histograms import Passes
from movement.tables import DecayForm, Distribution

_DIGITS = 6
_GEH_GOOD = 5.0


@dataclass(frozen=True)
class Goodness:
    """How well the used sites are met; ratios, none where there is nothing to compare.

    `geh_below_5`: share of sites. `left_out_wape`: each site predicted by the others.
    """

    geh_below_5: float | None = None
    r_squared: float | None = None
    wape: float | None = None
    bias: float | None = None
    left_out_wape: float | None = None


@dataclass(frozen=True)
class Calibration:
    """What a fit of one mode says.

    `parameters`: name, estimate, low, high (95 %, empty where not fitted), is_fitted, at_bound, sites (that tell of
    it). `site_error`: standard deviation of the sites' relative departures beyond their counts' errors. `fit`: one row
    per counted site. `refused`: parameters asked for and not fitted, with the sites that would do. `sites`: fitted to.
    """

    parameters: pd.DataFrame
    site_error: float
    distribution: Distribution
    fit: pd.DataFrame
    goodness: Goodness
    refused: tuple[Refused, ...]
    warnings: tuple[FitWarning, ...]
    sites: int = 0
    search: Search | None = field(default=None, repr=False)

    @property
    def is_fitted(self) -> bool:
        """Whether any parameter was fitted."""
        return self.search is not None

    @property
    def is_redistributed(self) -> bool:
        """Whether each trial distributed all trips anew, instead of reading histograms."""
        return self.distribution == Distribution.DOUBLY_CONSTRAINED


@dataclass(frozen=True)
class _LeftOut:
    """Per site, used or not: predicted by the others, its prediction interval, and the parameters without it."""

    mean: Reals
    low: Reals
    high: Reals
    points: Mapping[int, profiling.Point]


def calibrate(
    choices: Choices,
    shares: Mapping[float, sparse.csr_array],
    counts: pd.DataFrame,
    *,
    asked: Sequence[str],
    distribution: Distribution,
    decay: Decay,
    decay_bounds: tuple[float, float],
    detour: float,
    sites_per_parameter: int = 3,
    site_error_limit: float = 0.3,
    features: pd.DataFrame | None = None,
    places_m: pd.DataFrame | None = None,
) -> Calibration:
    """Fit parameters to the counts before, then again with each site left out.

    Quasi-likelihood with a site error (`likelihood`): factors by Gauss-Newton, the decay on a grid and narrowed, the
    detour on its grid; intervals by profiles with a small-sample cut.

    Parameters
    ----------
    choices
        All rows of one mode on today's network and land use.
    shares
        By detour value, sites x rows: passes of each site per trip of the row.
    counts
        Index `station_id`, in the order of the shares' sites: `counted_per_day`, `counted_se` (standard error, zero or
        empty where not known) and `through_per_day`.
    asked
        Parameters to fit, most wanted first: `scale`, `decay`, `detour`, `scale_<purpose>`, `through`.
    distribution, decay, detour
        Form of distribution; decay with its default rate; default detour, one of the values tried.
    decay_bounds
        Least and greatest rate tried, above zero.
    sites_per_parameter
        Sites wanted for each parameter, of those that tell of it: at the defaults, with a scale that meets the counts,
        local trips are the most of what is modelled there.
    site_error_limit
        Site error above which the model is said not to hold.
    features
        Figures of each site that departures must not follow (distances, days of the count); index as `counts`.
    places_m
        `east_m` and `north_m` of each site, to tell whether neighbours depart alike; index as `counts`.

    Returns
    -------
    calibration
        With too few telling sites for any parameter the defaults stand, and nothing has an interval; so does a
        parameter that the counts do not tell, and the rest is fitted again. A site that no local trip passes, or that
        mostly through trips pass while these have no factor to fit, is shown and not fitted to.

    Raises
    ------
    InputFaults
        If a count, standard error, through flow or share is not a number of zero or more, a parameter is not known, or
        the decays or detours to try make no grid; names all of them.
    """
    given = fit_inputs.check(choices, shares, counts, decay_bounds=decay_bounds, detour=detour)
    fit_parameters.check_asked(asked, purposes=choices.purposes, detours=len(given.detours))
    passing = fit_search.flows(choices, given.shares, distribution, decay)
    at_default = passing.every(decay)
    is_passed, notes = _passed(given, at_default)
    told = telling(
        choices.purposes, passing, given, is_passed,
        decay=decay, decay_bounds=decay_bounds, detour=detour, is_scaled=SCALE in asked,
    )  # fmt: skip
    is_zero = any(note.key == Doubt.COUNTS_ALL_ZERO for note in notes)
    chosen = fit_parameters.choose(asked, told, sites_per_parameter=sites_per_parameter)
    if is_zero:
        chosen = _nobody(asked, told)

    def search(kept: Sequence[str]) -> Search:
        return fit_search.search(
            choices.purposes, passing, given, told.sites(kept), kept,
            distribution=distribution, decay=decay, decay_bounds=decay_bounds, detour=detour,
        )  # fmt: skip

    found, fitted, chosen = fit_told(chosen, told, search, distribution)
    names = (SCALE, DECAY, DETOUR, *(OF_PURPOSE + purpose for purpose in choices.purposes), THROUGH)
    sites = {name: told.number(name) for name in names} | {one.name: one.sites for one in chosen.refused}
    table = _parameter_rows(choices.purposes, decay, detour, fitted, sites=sites)
    if found is None:
        fit = _fit_rows(given, at_default[given.detours == detour][0].sum(axis=-1) + given.through, None)
        notes += [] if is_zero else [FitWarning(Doubt.NOT_FITTED, value=float(told.of_local.sum()))]
        return Calibration(table, 0.0, distribution, fit, Goodness(), chosen.refused, tuple(notes), sites[SCALE])
    is_used = found.problem.is_used
    left_out = _leave_out(found)
    fit = _fit_rows(given, profiling.means(found.problem, found.point), left_out)
    goodness = _goodness(fit.loc[is_used])
    warnings = [
        *notes,
        *(FitWarning(Doubt.SITE_MOSTLY_THROUGH, str(name)) for name in given.names[is_passed & ~is_used]),
        *(FitWarning(Doubt.INTERVAL_CUT_OFF, name) for name, one in fitted.items() if is_cut_off(name, one)),
        *_parameter_warnings(found, table, left_out, given, decay),
        *_size_warnings(found.point.site_error, site_error_limit, goodness),
        *_residual_warnings(choices, passing, found, given, decay, features, places_m),
    ]
    error = round(found.point.site_error, _DIGITS)
    return Calibration(
        table, error, distribution, fit, goodness, chosen.refused, tuple(warnings), int(is_used.sum()), found
    )


def draws(calibration: Calibration, *, number: int, seed: int | Sequence[int]) -> pd.DataFrame:
    """Draw parameters that could as well be true: refits to counts drawn around the fit.

    Parameters
    ----------
    calibration
        A fit.
    number, seed
        Draws, and seed; fits that are held to be independent need seeds of their own.

    Returns
    -------
    parameters
        One row per draw and one column per row of `calibration.parameters`; within the bounds of each, the detour one
        of the values tried. No rows where nothing was fitted: there is then no interval.
    """
    names, search = calibration.parameters["name"].to_list(), calibration.search
    if search is None:
        return pd.DataFrame(columns=names, dtype=float)
    problem, point = search.problem, search.point
    modelled = profiling.means(problem, point)
    variance = profiling.variances(problem, modelled, point.site_error)
    freedom = max(int(problem.is_used.sum()) - problem.parameters, 1)
    samples = draw_counts(modelled, variance, freedom=freedom, number=number, seed=seed)
    detours, places, logs = fit_kernel.refit(
        problem.log_units, problem.through, samples, problem.se, problem.is_used, point.site_error, point.logs,
        problem.low, problem.high, problem.place_low, problem.place_high,
    )  # fmt: skip
    drawn = {DECAY: search.rate(places), DETOUR: search.detours[detours]}
    drawn |= {name: np.exp(logs[:, at]) for at, name in enumerate(search.factors)}
    held = calibration.parameters.set_index("name")["estimate"]
    return pd.DataFrame({name: np.broadcast_to(_rounded(drawn.get(name, held[name])), number) for name in names})


def _passed(given: fit_inputs.Counted, at_default: Reals) -> tuple[NDArray[np.bool_], list[FitWarning]]:
    """Return which sites local trips pass at every detour, and what is said of the others, or of counts all zero."""
    is_passed = at_default.sum(axis=2).min(axis=0) > fit_search.LEAST_PASSES
    notes = [FitWarning(Doubt.SITE_NOT_PASSED, str(name)) for name in given.names[~is_passed]]
    if is_passed.any() and not given.counted[is_passed].any():
        notes.append(FitWarning(Doubt.COUNTS_ALL_ZERO))
    return is_passed, notes


def _nobody(asked: Sequence[str], told: Telling) -> Choice:
    """Refuse everything, because nobody was counted anywhere."""
    return Choice((), tuple(Refused(name, Refusal.COUNTED_NOBODY, len(told.of_local)) for name in asked))


def _parameter_rows(
    purposes: Sequence[str],
    decay: Decay,
    detour: float,
    fitted: Mapping[str, Estimate],
    *,
    sites: Mapping[str, int],
) -> pd.DataFrame:
    """List every parameter; one that is not fitted stands at its default, without an interval."""
    defaults = {SCALE: 1.0, DECAY: decay.rate, DETOUR: detour}
    defaults |= {OF_PURPOSE + purpose: 1.0 for purpose in purposes} | {THROUGH: 1.0}
    if decay.form == DecayForm.TABLE:
        del defaults[DECAY]
    nothing = Estimate(np.nan, np.nan, np.nan, False, np.nan, np.nan)
    rows = []
    for name, default in defaults.items():
        is_fitted, found = name in fitted, fitted.get(name, nothing)
        value = found.value if is_fitted else default
        rows.append((name, value, found.low, found.high, is_fitted, found.at_bound, sites[name]))
    table = pd.DataFrame(rows, columns=["name", "estimate", "low", "high", "is_fitted", "at_bound", "sites"])
    return table.assign(**{column: _rounded(table[column].to_numpy()) for column in ("estimate", "low", "high")})


def _leave_out(search: Search) -> _LeftOut:
    """Fit again without each used site, and predict it with the uncertainty of parameters, site and count."""
    problem = search.problem
    mean, low, high = (np.full(len(problem.counted), np.nan) for _ in range(3))
    points = {}
    for site in np.flatnonzero(problem.is_used):
        without = problem.without(int(site))
        point = profiling.settle(without, site_error=search.point.site_error)
        points[int(site)] = point
        mean[site] = profiling.means(without, point)[site]
        slope = profiling.slopes(without, point)[site]
        variance = profiling.variances(problem, mean, point.site_error)[site]
        variance += np.einsum("i,ij,j->", slope, profiling.covariance(without, point), slope)
        freedom = int(without.is_used.sum()) - problem.parameters
        if freedom > 0:
            half = stdtrit(freedom, (1 + likelihood.COVERAGE) / 2) * np.sqrt(np.log1p(variance / mean[site] ** 2))
            low[site], high[site] = mean[site] * np.exp(-half), mean[site] * np.exp(half)
    return _LeftOut(mean, low, high, points)


def _fit_rows(given: fit_inputs.Counted, modelled: Reals, left_out: _LeftOut | None) -> pd.DataFrame:
    nothing = np.full(len(modelled), np.nan)
    return pd.DataFrame(
        {
            "station_id": given.names,
            "counted_per_day": given.counted,
            "counted_se": given.counted_se,
            "modelled_per_day": modelled,
            "left_out_per_day": nothing if left_out is None else left_out.mean,
            "left_out_low": nothing if left_out is None else left_out.low,
            "left_out_high": nothing if left_out is None else left_out.high,
            "geh": likelihood.geh(modelled, given.counted),
        }
    )


def _goodness(fit: pd.DataFrame) -> Goodness:
    counted, modelled = fit["counted_per_day"].to_numpy(), fit["modelled_per_day"].to_numpy()
    figures = (
        float((fit["geh"] < _GEH_GOOD).mean()),
        likelihood.r_squared(modelled, counted),
        likelihood.wape(modelled, counted),
        likelihood.bias(modelled, counted),
        likelihood.wape(fit["left_out_per_day"].to_numpy(), counted),
    )
    return Goodness(*(round(figure, _DIGITS) if np.isfinite(figure) else None for figure in figures))


def _parameter_warnings(
    search: Search, table: pd.DataFrame, left_out: _LeftOut, given: fit_inputs.Counted, decay: Decay
) -> Iterator[FitWarning]:
    """Say which parameters were stopped by a bound, and which sites decide on one alone."""
    fitted = table.loc[table["is_fitted"]].set_index("name")
    for name in fitted.index[fitted["at_bound"]]:
        low, high = fitted.loc[name, ["low", "high"]].astype(float)
        yield FitWarning(_at_bound(name, low, high, decay.rate if name == DECAY else 1.0), name)
    rows = fitted.loc[fitted.index != DETOUR, ["estimate", "low", "high"]]
    for site, point in left_out.points.items():
        without = {DECAY: search.rate(point.place)}
        without |= {name: np.exp(point.logs[at]) for at, name in enumerate(search.factors)}
        moved = [
            name
            for name, estimate, low, high in rows.itertuples()
            if fit_warnings.is_moved(float(without[name]), estimate=estimate, low=low, high=high)
        ]
        if moved:
            yield FitWarning(Doubt.ONE_SITE_DOMINATES, str(given.names[site]))


def _at_bound(name: str, low: float, high: float, default: float) -> Doubt:
    """Tell a bound that the counts push against from one they cannot keep away from, as they allow the default too."""
    if name == DETOUR:
        return Doubt.DETOUR_AT_GRID_END
    is_open = name.startswith((OF_PURPOSE, THROUGH, DECAY)) and low <= default <= high
    return Doubt.PARAMETER_NOT_TOLD if is_open else Doubt.PARAMETER_AT_BOUND


def _size_warnings(site_error: float, limit: float, goodness: Goodness) -> Iterator[FitWarning]:
    if site_error > limit:
        yield FitWarning(Doubt.SITE_ERROR_LARGE, value=round(site_error, _DIGITS))
    if goodness.wape is not None and goodness.left_out_wape is not None:
        yield from fit_warnings.left_out_warnings(wape=goodness.wape, left_out_wape=goodness.left_out_wape)


def _residual_warnings(
    choices: Choices,
    passing: Passes,
    search: Search,
    given: fit_inputs.Counted,
    decay: Decay,
    features: pd.DataFrame | None,
    places_m: pd.DataFrame | None,
) -> Iterator[FitWarning]:
    problem, point = search.problem, search.point
    used, modelled = problem.is_used, profiling.means(problem, point)
    residuals = fit_warnings.Residuals(
        tuple(map(str, given.names[used])),
        problem.counted[used],
        modelled[used],
        profiling.variances(problem, modelled, point.site_error)[used],
        profiling.slopes(problem, point)[used],
    )
    at = int(np.flatnonzero(given.detours == search.detours[point.detour])[0])
    fitted = Decay(decay.form, float(search.rate(point.place)), decay.minutes, decay.values)
    people, minutes = passing.passes(fitted, at)[used], passing.person_min(fitted, at)[used]
    total = np.maximum(people.sum(axis=1), fit_search.LEAST_PASSES)
    followed = {
        OF_PURPOSE + purpose: share
        for purpose, share in zip(choices.purposes, (people / total[:, None]).T, strict=True)
        if OF_PURPOSE + purpose not in search.factors
    }
    if features is not None:
        own = features.loc[given.names[used]]
        followed |= {str(name): own[name].to_numpy(dtype=np.float64) for name in own}
    places = None if places_m is None else places_m.loc[given.names[used], ["east_m", "north_m"]].to_numpy(dtype=float)
    yield from fit_warnings.residual_warnings(
        residuals, mean_cost_min=minutes.sum(axis=1) / total, features=followed, places_m=places
    )


def _rounded(values: Reals) -> Reals:
    """Keep six digits that count, so that the last bits of a machine do not show."""
    values = np.asarray(values, dtype=np.float64)
    size = np.floor(np.log10(np.maximum(np.abs(np.nan_to_num(values)), 1e-300)))
    factor = 10.0 ** (_DIGITS - 1 - np.clip(size, -30, 30))
    return np.round(values * factor) / factor
