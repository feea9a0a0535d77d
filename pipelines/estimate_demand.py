"""Network, homes, attractions and counts before in; fitted parameters, their fit and draws, and all trips out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import ndtri

from movement import tables
from movement.demand import calibrate, counted
from movement.demand.rates import THROUGH
from movement.tables import Group, LandUse, Mode
from pipelines import modelled, stage, ways

_SEED = 2026  # of the draws of parameters
_LEAST_TRIPS = 0.00005  # what the table's decimals show
_GROUPS = tuple(Group)


@dataclass(frozen=True)
class Params(modelled.Rates):
    """The demand's rates and the study's CRS."""

    study: dict[str, str]


def run(params: Params) -> None:
    """Read, fit, estimate, check, write."""
    around = modelled.read_study(params.study)
    inputs = modelled.read_inputs(around)
    days = counted.mean_days(tables.VOLUMES.read(stage.VOLUMES_BEFORE))
    models = {mode: ways.Model(inputs, params, mode) for mode in modelled.MODES if len(inputs.links)}
    fits = {mode: fit(model, days, around.sites) for mode, model in models.items()}
    calibration = _table(tables.CALIBRATION, {mode: parameter_rows(one) for mode, one in fits.items()})
    tables.CALIBRATION.write(calibration, stage.CALIBRATION)
    tables.GOODNESS.write(
        _table(tables.GOODNESS, {m: goodness_rows(f, params) for m, f in fits.items()}), stage.GOODNESS
    )
    tables.FIT_WARNINGS.write(
        _table(tables.FIT_WARNINGS, {m: warning_rows(f) for m, f in fits.items()}), stage.FIT_WARNINGS
    )
    drawn = {mode: draw_rows(one, mode, params.draws, params.through_sd) for mode, one in fits.items()}
    tables.DRAWS.write(_table(tables.DRAWS, drawn), stage.DRAWS)
    tables.FIT.write(_table(tables.FIT, {mode: one.fit for mode, one in fits.items()}), stage.FIT)
    tables.TRIPS.write(trips(models, tables.CALIBRATION.conform(calibration)), stage.TRIPS)


def fit(model: ways.Model, days: pd.DataFrame, sites: pd.DataFrame) -> calibrate.Calibration:
    """Fit one mode to its counts on today's network and land use."""
    links = counted.sites_to_fit(sites, model.inputs.snaps)
    own = days.loc[(days["mode"] == model.mode) & days["station_id"].isin(links.index)].set_index("station_id")
    at = links.loc[own.index]
    here = model.ways(modelled.BEFORE, LandUse.TODAY)
    through = pd.Series(model.through_flows(modelled.BEFORE, LandUse.TODAY), index=here.main.link_ids)
    own = own.assign(through_per_day=through.reindex(at.to_numpy()).fillna(0.0).to_numpy())
    ratios, rates = model.rates.detours(model.mode), model.rates
    shares = {
        ratio: sparse.csr_array(model.passes(modelled.BEFORE, LandUse.TODAY, list(at), ratio).T) for ratio in ratios
    }
    return calibrate.calibrate(
        here.segments.choices,
        shares,
        own[["counted_per_day", "counted_se", "through_per_day"]],
        asked=rates.fitted,
        distribution=tables.Distribution(rates.distribution),
        decay=rates.decay(rates.of("decay_default_{mode}", model.mode)),
        decay_bounds=(min(rates.decay_tried), max(rates.decay_tried)),
        detour=float(rates.of("detour_default_{mode}", model.mode)),
        sites_per_parameter=rates.sites_per_parameter,
        places_m=_places(sites, own.index),
    )


def parameter_rows(one: calibrate.Calibration) -> pd.DataFrame:
    """Return CALIBRATION but for the mode."""
    refused = {found.name: found for found in one.refused}
    rows = one.parameters.rename(columns={"name": "parameter"})
    return rows.assign(
        refusal=[str(refused[name].reason) if name in refused else None for name in rows["parameter"]],
        sites_needed=pd.array(
            [refused[name].sites_needed if name in refused else None for name in rows["parameter"]], dtype="Int64"
        ),
    )


def goodness_rows(one: calibrate.Calibration, rates: modelled.Rates) -> pd.DataFrame:
    """Return GOODNESS but for the mode."""
    figures = {name: np.nan if value is None else value for name, value in vars(one.goodness).items()}
    error = one.site_error if one.is_fitted else np.nan
    words = {"distribution": str(one.distribution), "decay_form": rates.decay_form}
    return pd.DataFrame([words | {"sites": one.sites, "site_error": error} | figures])


def warning_rows(one: calibrate.Calibration) -> pd.DataFrame:
    """Return FIT_WARNINGS but for the mode."""
    rows = [(str(said.key), said.about, said.value, said.is_alarm) for said in one.warnings]
    return pd.DataFrame(rows, columns=["warning", "about", "value", "is_alarm"]).drop_duplicates(["warning", "about"])


def draw_rows(one: calibrate.Calibration, mode: Mode, number: int, through_sd: float) -> pd.DataFrame:
    """Return DRAWS but for the mode, none where nothing was fitted; through trips not fitted vary as assumed.

    Every mode draws from a stream of its own: intervals of all modes together rest on draws that are independent.
    """
    seed = (_SEED, *str(mode).encode())
    drawn = calibrate.draws(one, number=number, seed=seed).rename_axis("draw").reset_index()
    if len(drawn) and not one.parameters.set_index("name").loc["through", "is_fitted"]:
        even = np.random.default_rng((*seed, 1)).permutation(len(drawn))
        factor = np.exp(through_sd * ndtri((even + 0.5) / len(drawn)) - through_sd**2 / 2)
        drawn = drawn.assign(through=drawn["through"] * factor)
    return drawn.melt("draw", var_name="parameter", value_name="value")


def trips(models: dict[Mode, ways.Model], calibration: pd.DataFrame) -> pd.DataFrame:
    """List the trips of every run on the fitted parameters."""
    parts = []
    for mode, model in models.items():
        values = modelled.fitted(calibration, mode)
        for scenario_id, land_use in modelled.runs(model.inputs):
            made = model.demand(scenario_id, land_use, values)
            here = model.ways(scenario_id, land_use)
            for rows in (_local(here, made), _unmet(here, made), _through(here, values.through)):
                parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use, mode=str(mode)))
    return tables.TRIPS.joined(parts)


def _local(here: ways.Ways, made: ways.Demand) -> pd.DataFrame:
    rows = np.flatnonzero(made.trips >= _LEAST_TRIPS)
    choices = here.segments.choices
    return pd.DataFrame(
        {
            "purpose": np.array(choices.purposes, dtype=object)[choices.purpose[choices.origin[rows]]],
            "group": np.array(_GROUPS, dtype=object)[here.segments.group[rows]],
            "origin_id": here.places.zones["zone_id"].to_numpy(dtype=object)[here.segments.zone[rows]],
            "destination_id": here.places.attractions["attraction_id"].to_numpy(dtype=object)[
                here.segments.attraction[rows]
            ],
            "trips_per_day": made.trips[rows],
            "impedance_min": choices.cost_min[rows],
            "length_m": here.length_m[rows],
        }
    )


def _unmet(here: ways.Ways, made: ways.Demand) -> pd.DataFrame:
    choices = here.segments.choices
    zone, group, purpose = np.nonzero(here.segments.by_zone(made.unmet) >= _LEAST_TRIPS)
    return pd.DataFrame(
        {
            "purpose": np.array(choices.purposes, dtype=object)[purpose],
            "group": np.array(_GROUPS, dtype=object)[group],
            "origin_id": here.places.zones["zone_id"].to_numpy(dtype=object)[zone],
            "destination_id": "",
            "trips_per_day": here.segments.by_zone(made.unmet)[zone, group, purpose],
            "impedance_min": np.nan,
            "length_m": np.nan,
        }
    )


def _through(here: ways.Ways, factor: float) -> pd.DataFrame:
    minutes, metres = here.through_skim.impedance_min.diagonal(), here.through_skim.length_m.diagonal()
    has_way = np.isfinite(minutes)
    rows = pd.DataFrame(
        {
            "purpose": THROUGH,
            "group": "",
            "origin_id": here.through["from_gateway_id"].to_numpy(),
            "destination_id": here.through["to_gateway_id"].where(has_way, "").to_numpy(),
            "trips_per_day": here.through["trips_per_day"].to_numpy(dtype=float) * factor,
            "impedance_min": np.where(has_way, minutes, np.nan),
            "length_m": np.where(has_way, metres, np.nan),
        }
    )
    keys = ["purpose", "group", "origin_id", "destination_id"]
    return rows.groupby(keys, as_index=False, sort=True).agg(
        {"trips_per_day": "sum", "impedance_min": "first", "length_m": "first"}
    )


def _places(sites: pd.DataFrame, names: pd.Index) -> pd.DataFrame:
    points = sites.set_index("station_id").geometry.loc[names]
    return pd.DataFrame({"east_m": points.x, "north_m": points.y}, index=names)


def _table(table: tables.Table, parts: dict[Mode, pd.DataFrame]) -> pd.DataFrame:
    return table.joined(rows.assign(mode=str(mode)) for mode, rows in parts.items())


if __name__ == "__main__":
    stage.main("estimate_demand", run, Params)
