"""Flows of every run in; each change by distance and quality of the links, and who crosses where, out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from movement import tables
from movement.comparison import flow_changes, intervals, screenline_flows
from movement.comparison.terms import DISTANCE, share_among_terms, subsets
from movement.network.impedance import SWITCHABLE
from movement.tables import Mode
from pipelines import crossings, modelled, stage, ways, workers

_LEAST_FLOW = 0.0005  # what the tables' decimals show


@dataclass(frozen=True)
class Params:
    """The study's CRS and the rates of demand, which stand in the section `estimate_demand`."""

    study: dict[str, str]
    estimate_demand: dict[str, Any]


def run(params: Params) -> None:
    """Read, switch terms on one by one, find who crosses, check, write."""
    around = modelled.read_study(params.study)
    inputs, screenlines = modelled.read_inputs(around), around.screenlines
    if screenlines.empty:
        screenlines = screenline_flows.barrier_screenlines(tables.BARRIERS.read(stage.BARRIERS))
    rates = modelled.Rates(**params.estimate_demand)
    calibration, draws = tables.CALIBRATION.read(stage.CALIBRATION), tables.DRAWS.read(stage.DRAWS)
    asked = crossings.asked(inputs, screenlines)
    found: dict[str, list[pd.DataFrame]] = {table.name: [] for table, _ in _WRITTEN}
    who: dict[tuple[str, str], dict[str, pd.DataFrame]] = defaultdict(dict)
    with workers.spreading() as spread:
        for mode in modelled.MODES if len(inputs.links) else ():
            values = modelled.fitted(calibration, mode)
            found["flow_terms"] += term_rows(inputs, rates, mode, values, spread)
            parameters = {intervals.ALL: values} | modelled.drawn(draws, mode)
            crossed = crossings.cross(ways.Model(inputs, rates, mode, spread=spread), asked, parameters)
            found["crossing_trips"] += [crossings.trip_rows(one, values, asked.met[one.scenario_id]) for one in crossed]
            found["drawn_parts"] += drawn_parts(crossed, asked, parameters)
            for one in crossed:
                who[one.scenario_id, one.land_use][str(mode)] = crossings.who(one, parameters)
    for (scenario_id, land_use), by_mode in who.items():
        rows = crossings.kind_rows(by_mode, asked.met[scenario_id], rates.trips)
        found["crossing_kinds"].append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    for table, path in _WRITTEN:
        table.write(table.joined(found[table.name]), path)


def drawn_parts(
    crossed: Sequence[crossings.Crossed], asked: crossings.Asked, parameters: crossings.Parameters
) -> list[pd.DataFrame]:
    """Split each scenario's change at crossings draw by draw."""
    today = {one.land_use: one for one in crossed if one.scenario_id == modelled.BEFORE}
    return [
        crossings.part_rows(one, today[one.land_use], parameters, asked.pairs[one.scenario_id])
        for one in crossed
        if one.scenario_id != modelled.BEFORE
    ]


def term_rows(
    inputs: modelled.Inputs, rates: modelled.Rates, mode: Mode, values: modelled.Parameters, spread: Any
) -> list[pd.DataFrame]:
    """Split each scenario's change by term: the whole model is run with some terms switched on, in both orders."""
    used = [term for term in SWITCHABLE if _is_used(inputs, mode, term)]
    found: dict[tuple[str, str], dict[frozenset[str], pd.Series]] = {run: {} for run in modelled.runs(inputs)}
    for chosen in subsets(used):
        model = ways.Model(inputs, rates, mode, terms=(DISTANCE, *sorted(chosen)), spread=spread)
        for scenario_id in modelled.networks(inputs):
            flows = model.link_flows_by_use(scenario_id, modelled.land_uses(inputs), values)
            for land_use, own in flows.items():
                found[scenario_id, land_use][chosen] = own
    return [
        _split(inputs, found[modelled.BEFORE, land_use], flows, used, scenario_id).assign(
            scenario_id=scenario_id, land_use=land_use, mode=str(mode)
        )
        for (scenario_id, land_use), flows in found.items()
        if scenario_id != modelled.BEFORE
    ]


def _is_used(inputs: modelled.Inputs, mode: Mode, term: str) -> bool:
    own = inputs.impedances["mode"].isin([str(one) for one in modelled.TRAVELLERS[mode]])
    return bool((inputs.impedances.loc[own, f"{term}_ms"] != 0).any())


def _split(
    inputs: modelled.Inputs,
    before: Mapping[frozenset[str], pd.Series],
    after: Mapping[frozenset[str], pd.Series],
    used: Sequence[str],
    scenario_id: str,
) -> pd.DataFrame:
    pairs = flow_changes.union_of_links(inputs.links_of(modelled.BEFORE), inputs.links_of(scenario_id))
    change = {
        chosen: after[chosen].reindex(pairs["after_link_id"]).fillna(0.0).to_numpy()
        - before[chosen].reindex(pairs["before_link_id"]).fillna(0.0).to_numpy()
        for chosen in after
    }
    parts = pd.DataFrame(share_among_terms(change, used)).assign(link_id=pairs["link_id"].to_numpy())
    rows = parts.melt("link_id", var_name="term", value_name="flow_change")
    return rows.loc[rows["flow_change"].abs() > _LEAST_FLOW]


_WRITTEN = (
    (tables.FLOW_TERMS, stage.FLOW_TERMS),
    (tables.CROSSING_TRIPS, stage.CROSSING_TRIPS),
    (tables.CROSSING_KINDS, stage.CROSSING_KINDS),
    (tables.DRAWN_PARTS, stage.DRAWN_PARTS),
)

if __name__ == "__main__":
    stage.main("explain_flows", run, Params)
