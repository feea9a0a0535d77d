"""Network, homes, attractions and counts before in; fitted parameters, their fit and all trips out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from movement import tables
from movement.demand import calibrate, gravity
from movement.tables import Mode
from pipelines import modelled, stage


@dataclass(frozen=True)
class Params(modelled.Rates):
    """The demand's rates and the study's CRS."""

    study: dict[str, str]


def run(params: Params) -> None:
    """Read, fit, estimate, check, write."""
    around = modelled.read_study(params.study)
    inputs = modelled.read_inputs(around)
    counted = calibrate.mean_days(tables.VOLUMES.read(stage.VOLUMES_BEFORE))
    fitted = fit(inputs, params, counted, around.sites)
    calibration = tables.CALIBRATION.check(pd.concat([one.calibration for one in fitted], ignore_index=True))
    tables.CALIBRATION.write(calibration, stage.CALIBRATION)
    tables.FIT.write(pd.concat([one.fit for one in fitted], ignore_index=True), stage.FIT)
    tables.TRIPS.write(trips(inputs, params, calibration), stage.TRIPS)


def fit(
    inputs: modelled.Inputs, rates: modelled.Rates, counted: pd.DataFrame, sites: pd.DataFrame
) -> list[calibrate.Fitted]:
    """Fit each mode to its counts on today's network; a study without network fits nothing."""
    if inputs.links.empty:
        nothing = calibrate.Fitted(tables.CALIBRATION.empty(), tables.FIT.empty())
        return [nothing]
    site_links = calibrate.sites_to_fit(sites, inputs.snaps)
    site_links = site_links.loc[site_links.index.isin(counted["station_id"])]
    return [
        calibrate.calibrate(
            counted.loc[counted["mode"] == mode].set_index("station_id")["counted_per_day"],
            modelled.site_flows(inputs, rates, site_links, mode=mode),
            mode=mode,
            fewest_sites=rates.fewest_sites,
            default_decay_per_min=float(rates.of("decay_default_{mode}_per_min", mode)),
        )
        for mode in modelled.MODES
    ]


def trips(inputs: modelled.Inputs, rates: modelled.Rates, calibration: pd.DataFrame) -> pd.DataFrame:
    """List the trips of every run on the fitted parameters."""
    best = calibration.loc[calibration["replicate"] == calibrate.ALL].set_index("mode")
    parts = [tables.TRIPS.empty()]
    for scenario_id, land_use in modelled.runs(inputs):
        for mode in modelled.MODES:
            decay, scale = best.loc[mode, ["decay_per_min", "scale"]].astype(float)
            one = _trips(inputs, rates, scenario_id, land_use, mode, decay, scale)
            parts.append(one.assign(scenario_id=scenario_id, land_use=land_use, mode=str(mode)))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _trips(
    inputs: modelled.Inputs,
    rates: modelled.Rates,
    scenario_id: str,
    land_use: str,
    mode: Mode,
    decay: float,
    scale: float,
) -> pd.DataFrame:
    within = modelled.reach(inputs, rates, scenario_id=scenario_id, land_use=land_use, mode=mode)
    made = gravity.trip_table(
        modelled.local_trips(within, rates, decay_per_min=decay),
        within.zones["zone_id"].to_numpy(dtype=object),
        within.attractions["attraction_id"].to_numpy(dtype=object),
        within.attractions["purpose"].to_numpy(dtype=object),
        within.skim.impedance_min,
        within.skim.length_m,
        scale=scale,
    )
    minutes, metres = modelled.through_ways(within)
    return pd.concat([made, gravity.through_table(within.through, minutes, metres)], ignore_index=True)


if __name__ == "__main__":
    stage.main("estimate_demand", run, Params)
