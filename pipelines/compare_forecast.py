"""Flows of the scenario in force and counts after in; the forecast against the count, site by site, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from movement import study, tables
from movement.comparison import forecast, intervals
from movement.demand import counted
from movement.tables import Phase, Role
from pipelines import stage

_RUN = ["scenario_id", "land_use", "link_id"]


@dataclass(frozen=True)
class Params:
    """The study's CRS."""

    study: dict[str, str]


def run(params: Params) -> None:
    """Read, look the forecasts up, compare, check, write."""
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    campaigns = study.read_campaigns(stage.RAW_STUDY)
    scenarios, links = tables.SCENARIOS.read(stage.SCENARIOS), tables.LINKS.read(stage.LINKS)
    interventions = study.read_interventions(stage.RAW_STUDY)
    modelled = sites.loc[sites["role"] != Role.CONTROL, "station_id"]  # controls lie off the modelled area on purpose
    at = counted.site_links(tables.SNAPS.read(stage.SNAPS)).reindex(modelled).dropna()
    wanted = forecast.runs_in_force(campaigns, interventions, scenarios, at.index)
    wanted = wanted.assign(link_id=_links_of(wanted, at, sites.set_index("station_id"), links)).dropna(subset="link_id")
    volumes = tables.VOLUMES.read(stage.VOLUMES)
    after = volumes.loc[volumes["campaign_id"].isin(campaigns.loc[campaigns["phase"] == Phase.AFTER, "campaign_id"])]
    tables.FORECAST.write(tables.FORECAST.joined(_compared(wanted, after)), stage.FORECAST)


def _links_of(
    wanted: pd.DataFrame, at: pd.Series, sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame
) -> list[str | None]:
    by_scenario = dict(tuple(links.groupby("scenario_id")))
    return [
        forecast.site_link(at[row.station_id], sites.geometry[row.station_id], by_scenario[row.scenario_id])
        if row.scenario_id in by_scenario
        else None
        for row in wanted.itertuples()
    ]


def _compared(wanted: pd.DataFrame, volumes: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the rows of each campaign and mode."""
    if wanted.empty:
        return
    estimates, drawn = (
        table.read(path).merge(wanted, on=_RUN, how="inner", validate="many_to_many")
        for table, path in ((tables.FLOWS, stage.FLOWS), (tables.DRAWN_FLOWS, stage.DRAWN_FLOWS))
    )
    goodness = tables.GOODNESS.read(stage.GOODNESS).set_index("mode")
    calibration = tables.CALIBRATION.read(stage.CALIBRATION)
    for (campaign_id, mode), rows in _counts(volumes).groupby(["campaign_id", "mode"]):
        here = rows.merge(wanted, on=["station_id", "campaign_id"], how="inner", validate="one_to_one")
        if here.empty or mode not in goodness.index:
            continue
        own_estimates, own_drawn = (
            frame.loc[(frame["campaign_id"] == campaign_id) & (frame["mode"] == mode)].assign(
                link_id=lambda f: f["station_id"]
            )
            for frame in (estimates, drawn)
        )
        flows = intervals.with_draws(own_estimates.set_index("station_id")["flow_per_day"], own_drawn)
        own = calibration.loc[(calibration["mode"] == mode) & calibration["is_fitted"]]
        made = forecast.predict(
            flows.reindex(here["station_id"]).fillna(0.0).set_axis(here.index),
            here,
            site_error=float(goodness.loc[mode, "site_error"]),
            freedom=int(goodness.loc[mode, "sites"]) - len(own),
        )
        keys = here[["station_id", "scenario_id", "land_use"]]
        yield pd.concat([keys, made], axis=1).assign(mode=mode, campaign_id=campaign_id)


def _counts(volumes: pd.DataFrame) -> pd.DataFrame:
    days = [counted.mean_days(part).assign(campaign_id=name) for name, part in volumes.groupby("campaign_id")]
    columns = ["station_id", "mode", "counted_per_day", "counted_se", "campaign_id"]
    return pd.concat(days, ignore_index=True) if days else pd.DataFrame(columns=columns)


if __name__ == "__main__":
    stage.main("compare_forecast", run, Params)
