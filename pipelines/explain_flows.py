"""Flows of every run in; each change by distance and quality of the links, and who crosses where, out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from movement import tables
from movement.assignment import passages
from movement.comparison import flow_changes, screenline_flows
from movement.comparison.terms import DISTANCE, share_among_terms, subsets
from movement.demand.rates import THROUGH
from movement.network.impedance import SWITCHABLE
from movement.tables import Group, Mode
from pipelines import modelled, stage, ways, workers

_LEAST_FLOW = 0.0005  # what the tables' decimals show
_GROUPS = tuple(Group)


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
    calibration = tables.CALIBRATION.read(stage.CALIBRATION)
    terms: list[pd.DataFrame] = []
    crossing: list[pd.DataFrame] = []
    with workers.spreading() as spread:
        for mode in modelled.MODES if len(inputs.links) else ():
            values = modelled.fitted(calibration, mode)
            terms += term_rows(inputs, rates, mode, values, spread)
            crossing += crossing_rows(ways.Model(inputs, rates, mode, spread=spread), values, screenlines)
    tables.FLOW_TERMS.write(tables.FLOW_TERMS.joined(terms), stage.FLOW_TERMS)
    tables.CROSSING_TRIPS.write(tables.CROSSING_TRIPS.joined(crossing), stage.CROSSING_TRIPS)


def term_rows(
    inputs: modelled.Inputs, rates: modelled.Rates, mode: Mode, values: modelled.Parameters, spread: Any
) -> list[pd.DataFrame]:
    """Split each scenario's change by term: the whole model is run with some terms switched on, in both orders."""
    used = [term for term in SWITCHABLE if _is_used(inputs, mode, term)]
    found: dict[tuple[str, str], dict[frozenset[str], pd.Series]] = {run: {} for run in modelled.runs(inputs)}
    for chosen in subsets(used):
        model = ways.Model(inputs, rates, mode, terms=(DISTANCE, *sorted(chosen)), spread=spread)
        for (scenario_id, land_use), by_subset in found.items():
            by_subset[chosen] = model.link_flows(scenario_id, land_use, values)
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


def crossing_rows(model: ways.Model, values: modelled.Parameters, screenlines: gpd.GeoDataFrame) -> list[pd.DataFrame]:
    """List the trips over each link that meets a screenline, run by run."""
    rows = []
    for scenario_id, land_use in modelled.runs(model.inputs):
        met = screenline_flows.crossing_links(model.inputs.links_of(scenario_id), screenlines)
        links = sorted({link for found in met.values() for link in found})
        if not links:
            continue
        here = model.ways(scenario_id, land_use)
        passed = model.passes(scenario_id, land_use, links, values.detour)
        passed = sparse.coo_array(passed.multiply(model.demand(scenario_id, land_use, values).trips[:, None]))
        both = pd.concat([_local(here, passed, links), _through(here, links, values)], ignore_index=True)
        lines = pd.DataFrame(
            [(line, link) for line, found in met.items() for link in found], columns=["screenline_id", "link_id"]
        )
        found = both.merge(lines, on="link_id", how="inner", validate="many_to_many")
        rows.append(found.assign(scenario_id=scenario_id, land_use=land_use, mode=str(model.mode)))
    return rows


def _local(here: ways.Ways, passed: sparse.coo_array, links: Sequence[str]) -> pd.DataFrame:
    is_shown = passed.data > _LEAST_FLOW
    row, link = passed.row[is_shown], passed.col[is_shown]
    choices = here.segments.choices
    return pd.DataFrame(
        {
            "link_id": np.array(links, dtype=object)[link],
            "purpose": np.array(choices.purposes, dtype=object)[choices.purpose[choices.origin[row]]],
            "group": np.array(_GROUPS, dtype=object)[here.segments.group[row]],
            "origin_id": here.places.zones["zone_id"].to_numpy(dtype=object)[here.segments.zone[row]],
            "destination_id": here.places.attractions["attraction_id"].to_numpy(dtype=object)[
                here.segments.attraction[row]
            ],
            "trips_per_day": passed.data[is_shown],
        }
    )


def _through(here: ways.Ways, links: Sequence[str], values: modelled.Parameters) -> pd.DataFrame:
    start, end = here.through["from_node"].to_numpy(), here.through["to_node"].to_numpy()
    asked = here.main.link_ids.get_indexer(pd.Index(links, dtype=object))
    share = passages.passages(here.main, start, end, asked).toarray()
    passed = share * here.through["trips_per_day"].to_numpy(dtype=float)[:, None] * values.through
    row, link = np.nonzero(passed > _LEAST_FLOW)
    found = pd.DataFrame(
        {
            "link_id": np.array(links, dtype=object)[link],
            "purpose": THROUGH,
            "group": "",
            "origin_id": here.through["from_gateway_id"].to_numpy()[row],
            "destination_id": here.through["to_gateway_id"].to_numpy()[row],
            "trips_per_day": passed[row, link],
        }
    )
    return found.groupby([*found.columns.drop("trips_per_day")], as_index=False, sort=True)["trips_per_day"].sum()


if __name__ == "__main__":
    stage.main("explain_flows", run, Params)
