"""What the model foresaw against what was counted after, site by site."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.intervals import ALL, COVERAGE
from movement.tables import LandUse, Phase


def runs_in_force(
    campaigns: pd.DataFrame, interventions: pd.DataFrame, scenarios: pd.DataFrame, stations: pd.Index
) -> pd.DataFrame:
    """Say which run stands for each site in each campaign after.

    Parameters
    ----------
    campaigns, interventions, scenarios
        CAMPAIGNS, INTERVENTIONS and SCENARIOS. An intervention is in force if it opened by the campaign's first day and
        lasts to its last.
    stations
        Count sites.

    Returns
    -------
    runs
        `station_id`, `campaign_id`, `scenario_id`, `land_use`. A site takes the scenario of the intervention that names
        it, else of the first that opened; none in force leaves the campaign out. The land use is the planned one from
        the day a scenario of land use starts.
    """
    rows = []
    for campaign in campaigns.loc[campaigns["phase"] == Phase.AFTER].itertuples():
        ends = interventions["end_date"].fillna(pd.Timestamp.max)
        is_in = (interventions["start_date"] <= campaign.start_date) & (ends >= campaign.end_date)
        force = interventions.loc[is_in & interventions["scenario_id"].notna()].sort_values("start_date", kind="stable")
        plans = scenarios.loc[scenarios["changes_land_use"] & scenarios["start_date"].notna(), "start_date"]
        land_use = LandUse.PLANNED if (plans <= campaign.start_date).any() else LandUse.TODAY
        named = {
            station: item.scenario_id
            for item in force[::-1].itertuples()
            for station in str(item.station_ids or "").replace(" ", "").split(",")
        }
        rows += [
            (station, campaign.campaign_id, named.get(station, force["scenario_id"].iloc[0]), str(land_use))
            for station in stations
            if len(force)
        ]
    return pd.DataFrame(rows, columns=["station_id", "campaign_id", "scenario_id", "land_use"])


def site_link(link_id: str, point: object, links: gpd.GeoDataFrame) -> str | None:
    """Return the link a site counts on a scenario's network: the same, or the nearest of its parts; none if gone."""
    if (links["link_id"] == link_id).any():
        return link_id
    parent = link_id.split("/")[0]
    parts = links.loc[(links["parent_link_id"] == link_id) | (links["parent_link_id"] == parent)]
    if parts.empty:
        return None
    return str(parts["link_id"].iloc[int(np.argmin(parts.distance(point).to_numpy()))])


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
        Columns of FORECAST but for keys and run, same index. The 95 % prediction interval is lognormal, and carries the
        parameters' draws, the site error and the count's standard error (one day's chance where it is not known); it is
        empty where the model was not fitted.
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
            "counted_per_day": people,
            "forecast_per_day": mean,
            "forecast_low": low,
            "forecast_high": high,
            "is_inside": known & (people >= low) & (people <= high),
        },
        index=flows.index,
    )
