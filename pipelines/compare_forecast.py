"""Flows of the links in force and counts after in; the forecast against the count, site by site, out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import geopandas as gpd
import pandas as pd

from movement import study, tables
from movement.comparison import forecast, in_force, intervals
from movement.comparison.in_force import BEFORE, InForce
from movement.demand import counted
from movement.network import scenarios
from movement.sources import sketch
from movement.tables import LandUse, Phase, Role, Study
from pipelines import stage

_RUN = ["scenario_id", "land_use", "mode"]
_MADE = (
    *("forecast_per_day", "forecast_low", "forecast_high", "is_inside", "present_share"),
    *("pivoted_per_day", "pivoted_low", "pivoted_high", "is_pivoted_inside"),
)
_HITS = ("is_inside", "is_pivoted_inside")


@dataclass(frozen=True)
class Params:
    """How much a site drifts by itself from campaign to campaign, and the study's CRS."""

    study: dict[str, str]
    site_drift_sd: float


@dataclass(frozen=True)
class Model:
    """What the model says of the links that sites count, on every network."""

    at: pd.Series  # the link a site counts, by site on the network
    links: pd.DataFrame  # sites x networks: the link the site counts there, empty where there is none
    runs: frozenset[tuple[str, ...]]
    flows: pd.DataFrame  # rows of FLOWS, DRAWN_FLOWS and FLOW_KINDS on those links
    drawn: pd.DataFrame
    kinds: pd.DataFrame
    zones: gpd.GeoDataFrame
    fit: pd.DataFrame
    goodness: pd.DataFrame  # by mode
    fitted: pd.DataFrame  # rows of CALIBRATION that are fitted

    def of(self, scenario_id: str, land_use: str, mode: str) -> pd.DataFrame:
        """Return links x (the estimate, and draws); people on a link without a row are none."""
        estimate = _rows(self.flows, scenario_id, land_use, mode).set_index("link_id")["flow_per_day"]
        found = intervals.with_draws(estimate, _rows(self.drawn, scenario_id, land_use, mode))
        return found.reindex(columns=[intervals.ALL, *self._draws.get(mode, [])], fill_value=0.0)

    def kinds_of(self, scenario_id: str, land_use: str, mode: str) -> pd.DataFrame:
        """Return rows of FLOW_KINDS of one run and mode."""
        return _rows(self.kinds, scenario_id, land_use, mode)

    @cached_property
    def _draws(self) -> dict[str, list[int]]:
        """Numbers of the draws by mode: a run in which a draw leads nobody past the sites has it all the same."""
        return {str(mode): sorted(rows.unique()) for mode, rows in self.drawn.groupby("mode")["draw"]}


def run(params: Params) -> None:
    """Read, look the forecasts up, compare, check, write."""
    around = study.read_study(stage.RAW_STUDY, crs=params.study["crs"])
    forces = in_force.in_force(
        around.campaigns, around.interventions, tables.SCENARIOS.read(stage.SCENARIOS), _contents(params.study["crs"])
    )
    counts = counts_after(tables.VOLUMES.read(stage.VOLUMES), around)
    model = _model(around.sites)
    rows = (
        part.assign(campaign_id=force.campaign_id)
        for force in forces
        for part in _of_campaign(
            force, counts.loc[counts["campaign_id"] == force.campaign_id], model, around, params.site_drift_sd
        )
    )
    tables.FORECAST.write(tables.FORECAST.joined(rows), stage.FORECAST)


def counts_after(volumes: pd.DataFrame, around: Study) -> pd.DataFrame:
    """Return the mean day of each site, mode and campaign after, beside the one before.

    Control sites are left out: they lie off the modelled area on purpose.
    """
    phases = around.campaigns.set_index("campaign_id")["phase"]
    own = volumes.loc[volumes["station_id"].isin(around.sites.loc[around.sites["role"] != Role.CONTROL, "station_id"])]
    phase = own["campaign_id"].map(phases)
    after = [
        counted.mean_days(part).assign(campaign_id=name)
        for name, part in own.loc[phase == Phase.AFTER].groupby("campaign_id")
    ]
    if not after:
        return counted.mean_days(own).iloc[:0].assign(campaign_id="", counted_before_per_day=0.0, counted_before_se=0.0)
    before = counted.mean_days(own.loc[phase == Phase.BEFORE])
    return pd.concat(after, ignore_index=True).merge(
        before.rename(columns={"counted_per_day": "counted_before_per_day", "counted_se": "counted_before_se"}),
        on=["station_id", "mode"], how="left", validate="many_to_one",
    )  # fmt: skip


def _contents(crs: str) -> dict[str, in_force.Content]:
    """Return what each scenario does to the links, by its id, those it combines among it."""
    drawn = scenarios.read_scenarios(stage.RAW_SCENARIOS, crs=crs, read_links=partial(sketch.read_sketch, crs=crs))
    return {one.scenario_id: _content(one) for one in drawn}


def _content(one: scenarios.Scenario) -> in_force.Content:
    added = one.added["link_id"] if len(one.added) else []
    return frozenset(
        {("added", str(link)) for link in added}
        | {(str(row.link_id), str(row.attribute), str(row.value).lower()) for row in one.changed.itertuples()}
        | {("removed", name) for name in one.barriers_removed}
    )


def _model(sites: gpd.GeoDataFrame) -> Model:
    at = counted.site_links(tables.SNAPS.read(stage.SNAPS))
    at = at.loc[at.index.isin(sites.loc[sites["role"] != Role.CONTROL, "station_id"])]
    places = sites.set_index("station_id").geometry
    links = pd.DataFrame(
        {
            str(name): pd.Series(
                [forecast.site_link(link, places[site], rows) for site, link in at.items()], at.index, dtype=object
            )
            for name, rows in tables.LINKS.read(stage.LINKS).groupby("scenario_id")
        },
        index=at.index,
    )
    wanted = set(links.to_numpy().ravel())
    flows = tables.FLOWS.read(stage.FLOWS)
    calibration = tables.CALIBRATION.read(stage.CALIBRATION)
    return Model(
        at,
        links,
        frozenset(flows[_RUN].drop_duplicates().itertuples(index=False, name=None)),
        _on(wanted, flows),
        _on(wanted, tables.DRAWN_FLOWS.read(stage.DRAWN_FLOWS)),
        _on(wanted, tables.FLOW_KINDS.read(stage.FLOW_KINDS)),
        tables.ZONES.read(stage.ZONES),
        tables.FIT.read(stage.FIT),
        tables.GOODNESS.read(stage.GOODNESS).set_index("mode"),
        calibration.loc[calibration["is_fitted"].astype(bool)],
    )


def _on(links: set[str | None], rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[rows["link_id"].isin(links)]


def _rows(table: pd.DataFrame, scenario_id: str, land_use: str, mode: str) -> pd.DataFrame:
    is_own = (table["scenario_id"] == scenario_id) & (table["land_use"] == land_use) & (table["mode"] == mode)
    return table.loc[is_own]


def _of_campaign(
    force: InForce, counts: pd.DataFrame, model: Model, around: Study, site_drift_sd: float
) -> Iterator[pd.DataFrame]:
    """Yield the rows of FORECAST of each mode counted."""
    ratio = in_force.residents_ratio(around.campaigns, force.campaign_id)
    zones = model.zones.loc[model.zones["land_use"] == force.land_use]
    by_side = in_force.present_by_side(zones, around.screenlines, ratio)
    for mode, found in counts.groupby("mode"):
        rows = found.set_index("station_id")
        links = model.links.reindex(index=rows.index, columns=list(force.weights))
        reasons = forecast.why_not(
            links,
            on_network=model.at.index,
            has_runs=all((name, str(force.land_use), mode) in model.runs for name in force.weights),
            is_modelled=mode in model.goodness.index,
        )
        has = reasons.isna()
        made = _foreseen(force, str(mode), rows.loc[has], model, by_side, site_drift_sd)
        yield (
            rows.join(made, validate="one_to_one")
            .assign(
                scenario_ids=",".join(force.scenario_ids),
                land_use=str(force.land_use),
                basis=str(force.basis),
                not_forecast=reasons,
                **{name: made[name].astype(bool).reindex(rows.index, fill_value=False) for name in _HITS},
                **_of_fit(str(mode), rows.index, model),
            )
            .reset_index()
        )


def _foreseen(
    force: InForce, mode: str, rows: pd.DataFrame, model: Model, by_side: pd.Series | None, site_drift_sd: float
) -> pd.DataFrame:
    """Return forecasts, plain and pivoted, and the share of people left, of sites that have a forecast."""
    if rows.empty:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in _MADE}, index=rows.index)
    links = model.links.reindex(rows.index)
    flows = {name: model.of(name, force.land_use, mode) for name in force.weights}
    everyone = forecast.at_sites(force.weights, flows, links)
    there = everyone
    if by_side is not None:
        present = {
            name: forecast.present_share(model.kinds_of(name, force.land_use, mode), by_side) for name in force.weights
        }
        there = forecast.at_sites(force.weights, flows, links, present)
    made = forecast.predict(
        there,
        rows,
        site_error=float(model.goodness.loc[mode, "site_error"]),
        freedom=int(model.goodness.loc[mode, "sites"]) - int((model.fitted["mode"] == mode).sum()),
    )
    before = forecast.at_sites({BEFORE: 1}, {BEFORE: model.of(BEFORE, LandUse.TODAY, mode)}, links)
    pivoted = forecast.pivot(there, before, rows, site_drift_sd=site_drift_sd)
    share = (there[intervals.ALL] / everyone[intervals.ALL].where(everyone[intervals.ALL] > 0)).fillna(1.0)
    return made.join(pivoted, validate="one_to_one").assign(
        present_share=share if by_side is not None else float("nan")
    )


def _of_fit(mode: str, stations: pd.Index, model: Model) -> dict[str, pd.Series]:
    """Say of each site whether the fit was told of it, and how much of what passes it is through traffic."""
    own = model.fit.loc[(model.fit["mode"] == mode) & model.fit["left_out_per_day"].notna(), "station_id"]
    at_today = model.links.reindex(index=stations, columns=[BEFORE])[BEFORE]
    through = forecast.through_share(model.kinds_of(BEFORE, LandUse.TODAY, mode)).reindex(at_today).set_axis(stations)
    told = set(model.fitted.loc[model.fitted["mode"] == mode, "parameter"])
    says_little = (through > tables.MOSTLY_THROUGH) & (forecast.THROUGH not in told)
    return {"is_fitted": pd.Series(stations.isin(own), stations) & ~says_little, "through_share": through}


if __name__ == "__main__":
    stage.main("compare_forecast", run, Params)
