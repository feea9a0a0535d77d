"""What the model foresaw against what was counted after, site by site."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from movement.comparison.intervals import ALL, COVERAGE
from movement.tables import NotForecast

THROUGH = "through"  # the purpose of trips from gateway to gateway
# ASSUME: where fewer people a day than this are modelled before, their ratio to those modelled after says nothing
LEAST_TO_PIVOT = 10.0


def site_link(link_id: str, point: object, links: gpd.GeoDataFrame) -> str | None:
    """Return the link a site counts on a scenario's network: the same, or the nearest of its parts; none if gone."""
    if (links["link_id"] == link_id).any():
        return link_id
    parent = link_id.split("/")[0]
    parts = links.loc[(links["parent_link_id"] == link_id) | (links["parent_link_id"] == parent)]
    if parts.empty:
        return None
    return str(parts["link_id"].iloc[int(np.argmin(parts.distance(point).to_numpy()))])


def through_share(kinds: pd.DataFrame) -> pd.Series:
    """Return the share of through trips in what is modelled on each link.

    Parameters
    ----------
    kinds
        Rows of FLOW_KINDS of one run and mode.
    """
    through = kinds["flow_per_day"].where(kinds["purpose"] == THROUGH, 0.0)
    sums = kinds.assign(through=through).groupby("link_id")[["through", "flow_per_day"]].sum()
    return sums["through"] / sums["flow_per_day"].where(sums["flow_per_day"] > 0)


def present_share(kinds: pd.DataFrame, by_side: pd.Series) -> pd.Series:
    """Return which share of the people on each link is left when some residents are away.

    Parameters
    ----------
    kinds
        Rows of FLOW_KINDS of one run and mode. Through trips, which live on no side, all stay.
    by_side
        Share of the residents of each side who are present.
    """
    kept = kinds["flow_per_day"] * kinds["side"].map(by_side).fillna(1.0)
    sums = kinds.assign(kept=kept).groupby("link_id")[["kept", "flow_per_day"]].sum()
    return sums["kept"] / sums["flow_per_day"].where(sums["flow_per_day"] > 0)


def at_sites(
    weights: Mapping[str, int],
    flows: Mapping[str, pd.DataFrame],
    links: pd.DataFrame,
    present: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """Add up what runs lead past each site.

    Parameters
    ----------
    weights
        By run: how many times it is added.
    flows
        By run: links x (the estimate `all`, and draws). A link that is not in it has no flow.
    links
        Sites x runs: the link a site counts, empty where the run's network has it not.
    present
        By run: share of the people on a link who are left; all where a link is not in it.

    Returns
    -------
    flows
        Sites x (the estimate, and draws), people per day; never fewer than nobody, which a sum of changes could give.

    Examples
    --------
    >>> runs = {"before": pd.DataFrame({"all": [9.0]}, ["a"]), "bridge": pd.DataFrame({"all": [4.0, 6.0]}, ["a", "b"])}
    >>> links = pd.DataFrame({"before": ["a", None], "bridge": ["a", "b"]}, ["S1", "S2"])
    >>> at_sites({"before": -1, "bridge": 2}, runs, links)["all"].tolist()
    [0.0, 12.0]
    """
    parts = []
    for run, weight in weights.items():
        here = flows[run]
        if present is not None:
            here = here.mul(present[run].reindex(here.index).fillna(1.0), axis=0)
        parts.append(here.reindex(links[run]).fillna(0.0).set_axis(links.index) * weight)
    whole: pd.DataFrame = sum(parts[1:], start=parts[0])
    return whole.clip(lower=0.0)


def why_not(links: pd.DataFrame, *, on_network: pd.Index, has_runs: bool, is_modelled: bool) -> pd.Series:
    """Say why a site has no forecast; empty where it has one.

    Parameters
    ----------
    links
        Sites x runs: the link a site counts.
    on_network
        Sites that join the network.
    has_runs, is_modelled
        Whether all runs were made, and whether the mode is modelled at all.
    """
    reasons = pd.Series(None, index=links.index, dtype=object)
    reasons[links.isna().all(axis=1)] = NotForecast.NO_LINK
    reasons[~links.index.isin(on_network)] = NotForecast.OFF_NETWORK
    if not has_runs:
        reasons[:] = NotForecast.NO_RUN
    if not is_modelled:
        reasons[:] = NotForecast.MODE_NOT_MODELLED
    return reasons


def predict(flows: pd.DataFrame, counted: pd.DataFrame, *, site_error: float, freedom: int) -> pd.DataFrame:
    """Hold forecasts against counts.

    Parameters
    ----------
    flows
        Sites x (the estimate `all`, and draws), people per day.
    counted
        `counted_per_day` and `counted_se`, same index.
    site_error
        Standard deviation of sites' relative departures; not a number where the model was not fitted.
    freedom
        Sites less parameters of the fit.

    Returns
    -------
    forecast
        `forecast_per_day`, `forecast_low`, `forecast_high` and `is_inside`, same index. The 95 % prediction interval is
        lognormal, and carries the parameters' draws, the site error and the count's standard error (one day's chance
        where it is not known); it is empty where the model was not fitted.
    """
    mean = flows[ALL].to_numpy(dtype=float)
    draws = flows.drop(columns=ALL).to_numpy(dtype=float)
    squares = ((draws - mean[:, None]) ** 2).mean(axis=1) if draws.shape[1] else np.zeros(len(mean))
    error = counted["counted_se"].to_numpy(dtype=float)
    of_count = np.where(np.isnan(error), mean, error**2)  # where nothing else is known, the chance of one day (Poisson)
    variance = squares + (site_error * mean) ** 2 + of_count
    known = (mean > 0) & np.isfinite(site_error) & (draws.shape[1] > 1) & (freedom > 0)
    ratio = np.divide(variance, mean**2, out=np.zeros(len(mean)), where=known)
    half = stdtrit(max(freedom, 1), (1 + COVERAGE) / 2) * np.sqrt(np.log1p(ratio))
    low, high = (np.where(known, mean * np.exp(sign * half), np.nan) for sign in (-1, 1))
    people = counted["counted_per_day"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "forecast_per_day": mean,
            "forecast_low": low,
            "forecast_high": high,
            "is_inside": known & (people >= low) & (people <= high),
        },
        index=flows.index,
    )


def pivot(flows: pd.DataFrame, before: pd.DataFrame, counted: pd.DataFrame, *, site_drift_sd: float) -> pd.DataFrame:
    """Pivot forecasts on counts before: what was counted, times the growth that the model gives.

    The standard way of forecasting at counted sites (pivot-point method; Daly, Fox and Patruni 2011, "Pivoting in
    travel demand models", European Transport Conference): what the model gets wrong of a site both times cancels.
    Of its cases only that of ordinary growth is used; there is no sum of count and modelled change where nothing is
    modelled before, and no limit to the growth.

    Parameters
    ----------
    flows, before
        Sites x (the estimate `all`, and draws), people per day: in force, and on today's links. A draw of the same
        number has the same parameters in both.
    counted
        `counted_before_per_day`, `counted_before_se` and `counted_per_day`, `counted_se`, same index.
    site_drift_sd
        Standard deviation of a site's own log change between two campaigns.

    Returns
    -------
    pivoted
        `pivoted_per_day`, `pivoted_low`, `pivoted_high` and `is_pivoted_inside`, same index; empty where nobody was
        counted before, or fewer than `LEAST_TO_PIVOT` are modelled. The 95 % prediction interval is lognormal, and
        carries the draws of the growth, the relative standard errors of both counts (that of the count after relative
        to what is foreseen; one day's chance where one is not known) and the drift, but no growth that the model has no
        term for; it is empty where the model was not fitted, or leads nobody past the site in some draw.
    """
    now, then = flows[ALL].to_numpy(dtype=float), before[ALL].to_numpy(dtype=float)
    people = counted["counted_before_per_day"].to_numpy(dtype=float)
    pivoted = np.full(len(now), np.nan)
    np.divide(people * now, then, out=pivoted, where=(people > 0) & (then >= LEAST_TO_PIVOT))
    variance = (
        _growth_variance(flows, before)
        + _relative_variance(people, counted["counted_before_se"])
        + _relative_variance(pivoted, counted["counted_se"])
        + site_drift_sd**2
    )
    half = ndtri((1 + COVERAGE) / 2) * np.sqrt(np.where(np.isfinite(variance), variance, np.nan))
    low, high = (pivoted * np.exp(sign * half) for sign in (-1, 1))
    after = counted["counted_per_day"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "pivoted_per_day": pivoted,
            "pivoted_low": low,
            "pivoted_high": high,
            "is_pivoted_inside": (after >= low) & (after <= high),
        },
        index=flows.index,
    )


def _growth_variance(flows: pd.DataFrame, before: pd.DataFrame) -> np.ndarray:
    """Return the mean square of the log growth of the draws about that of the estimate; not finite without draws."""
    if flows.shape[1] < 3:  # the estimate, and two draws
        return np.full(len(flows), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.log(flows / before[flows.columns])
        squares = growth.drop(columns=ALL).sub(growth[ALL], axis=0) ** 2
    return np.asarray(squares.mean(axis=1, skipna=False), dtype=float)


def _relative_variance(people: np.ndarray, error: pd.Series) -> np.ndarray:
    """Return the squared relative standard error of counts; of one day's chance (Poisson) where it is not known."""
    known = error.to_numpy(dtype=float)
    some = np.where(people > 0, people, np.nan)
    return np.where(np.isnan(known), 1 / some, (known / some) ** 2)
