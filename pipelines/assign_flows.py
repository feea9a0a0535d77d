"""Demand on every network in; flows per link with their intervals out, and what each replicate's flows are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from movement.comparison import intervals
from movement.tables import Costs, Mode
from pipelines import modelled, stage

_LEAST_FLOW = 0.0005  # what the table's decimals show
_LEAST_UNIT = 0.000005


@dataclass(frozen=True)
class Params:
    """The study's CRS and the rates of demand, which stand in the section `estimate_demand`."""

    study: dict[str, str]
    estimate_demand: dict[str, Any]


def run(params: Params) -> None:
    """Read, assign, check, write."""
    inputs = modelled.read_inputs(modelled.read_study(params.study))
    rates = modelled.Rates(**params.estimate_demand)
    calibration = tables.CALIBRATION.read(stage.CALIBRATION)
    flows, units = [tables.FLOWS.empty()], [tables.REPLICATE_FLOWS.empty()]
    for scenario_id, land_use in modelled.runs(inputs):
        for mode in modelled.MODES:
            fitted = calibration.loc[calibration["mode"] == mode]
            for costs in Costs:
                unit = _units(inputs, rates, fitted, scenario_id, land_use, mode, costs)
                names = {"scenario_id": scenario_id, "land_use": land_use, "mode": str(mode)}
                flows.append(flow_rows(unit, fitted, costs).assign(costs=str(costs), **names))
                if costs == Costs.FELT:
                    units.append(unit_rows(unit).assign(**names))
    tables.FLOWS.write(_joined(flows), stage.FLOWS)
    tables.REPLICATE_FLOWS.write(_joined(units), stage.REPLICATE_FLOWS)


def flow_rows(unit: pd.DataFrame, fitted: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """Return flow and interval of each link with any flow; distance-only flows are an estimate only."""
    rows = fitted if costs == Costs.FELT else fitted.loc[fitted["replicate"] == intervals.ALL]
    flows = intervals.replicate(unit, rows)
    interval = intervals.jackknife(flows, least=0.0)
    table = pd.DataFrame(
        {"flow_per_day": flows[intervals.ALL], "flow_low": interval["low"], "flow_high": interval["high"]}
    )
    return table.loc[table["flow_per_day"] > _LEAST_FLOW].rename_axis("link_id").reset_index()


def unit_rows(unit: pd.DataFrame) -> pd.DataFrame:
    """List the flows replicates are made of, link by link and decay by decay."""
    rows = (
        unit.rename_axis("link_id")
        .reset_index()
        .melt("link_id", var_name="decay_per_min", value_name="unit_flow_per_day")
    )
    return rows.loc[rows["unit_flow_per_day"] > _LEAST_UNIT]


def _units(
    inputs: modelled.Inputs,
    rates: modelled.Rates,
    fitted: pd.DataFrame,
    scenario_id: str,
    land_use: str,
    mode: Mode,
    costs: Costs,
) -> pd.DataFrame:
    """Load each decay that a replicate uses: links x decays, through trips in column -1."""
    used = fitted if costs == Costs.FELT else fitted.loc[fitted["replicate"] == intervals.ALL]
    decays = [float(decay) for decay in np.unique(used["decay_per_min"])]
    within = modelled.reach(inputs, rates, scenario_id=scenario_id, land_use=land_use, mode=mode, costs=costs)
    flows = modelled.unit_flows(within, rates, decays)
    return pd.DataFrame(flows, index=within.graph.link_ids, columns=[*decays, intervals.THROUGH_DECAY])


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


if __name__ == "__main__":
    stage.main("assign_flows", run, Params)
