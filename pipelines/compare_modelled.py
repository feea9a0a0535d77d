"""Flows of every run in; change per link and over each screenline, its distance and quality part, and access out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement import tables
from movement.assignment import graph as graphs
from movement.assignment import skims
from movement.assignment.trees import Integers, Reals
from movement.comparison import access, flow_changes, intervals, screenline_flows
from movement.tables import Costs, LandUse, Mode
from pipelines import modelled, stage

ZERO = "zero_alternative"
ALL_MODES = "all"


@dataclass(frozen=True)
class Params:
    """Minutes within which something is reached, and the study's CRS."""

    reach_min: float
    study: dict[str, str]


def run(params: Params) -> None:
    """Read, compare, check, write."""
    around = modelled.read_study(params.study)
    inputs, screenlines = modelled.read_inputs(around), around.screenlines
    if screenlines.empty:
        screenlines = screenline_flows.barrier_screenlines(tables.BARRIERS.read(stage.BARRIERS))
    found = read_runs(inputs, screenlines)
    tables.FLOW_CHANGES.write(_changes(inputs, found, params.study["crs"]), stage.FLOW_CHANGES)
    tables.SCREENLINE_FLOWS.write(_screenlines(found), stage.SCREENLINE_FLOWS)
    tables.CROSSING_FLOWS.write(_crossings(inputs, found), stage.CROSSING_FLOWS)
    reached = _access(inputs, tables.NODES.read(stage.NODES), reach_min=params.reach_min)
    tables.ACCESS.write(reached, stage.ACCESS)


Runs = Mapping[tuple[str, str], screenline_flows.Run]


def read_runs(inputs: modelled.Inputs, screenlines: gpd.GeoDataFrame) -> Runs:
    """Read each run's flows, replicate by replicate, and the links that meet the screenlines."""
    calibration, flows = tables.CALIBRATION.read(stage.CALIBRATION), tables.FLOWS.read(stage.FLOWS)
    units = dict(tuple(tables.REPLICATE_FLOWS.read(stage.REPLICATE_FLOWS).groupby(["scenario_id", "land_use", "mode"])))
    plain = dict(tuple(flows.loc[flows["costs"] == Costs.DISTANCE_ONLY].groupby(["scenario_id", "land_use", "mode"])))
    found, no_units, no_flows = {}, tables.REPLICATE_FLOWS.empty(), tables.FLOWS.empty()
    for scenario_id, land_use in modelled.runs(inputs):
        felt, distance_only = {}, {}
        for mode in map(str, modelled.MODES):
            key = (scenario_id, land_use, mode)
            unit = intervals.units_of(units.get(key, no_units))
            felt[mode] = intervals.replicate(unit, calibration.loc[calibration["mode"] == mode])
            distance_only[mode] = plain.get(key, no_flows).set_index("link_id")["flow_per_day"]
        felt[ALL_MODES] = intervals.together(felt[Mode.WALK], felt[Mode.CYCLE])
        distance_only[ALL_MODES] = distance_only[Mode.WALK].add(distance_only[Mode.CYCLE], fill_value=0.0)
        crossing = screenline_flows.crossing_links(_links(inputs, scenario_id), screenlines)
        found[scenario_id, land_use] = screenline_flows.Run(felt, distance_only, crossing)
    return found


def _changes(inputs: modelled.Inputs, found: Runs, crs: str) -> gpd.GeoDataFrame:
    parts = []
    for scenario_id, land_use, label, reference, base in _comparisons(found):
        pairs = flow_changes.union_of_links(_links(inputs, base[0]), _links(inputs, scenario_id))
        changes = flow_changes.flow_changes(pairs, found[base].felt, found[scenario_id, land_use].felt)
        parts.append(changes.assign(scenario_id=label, land_use=land_use, reference=reference))
    whole = pd.concat(parts, ignore_index=True) if parts else tables.FLOW_CHANGES.empty()
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=crs)


def _comparisons(found: Runs) -> Iterator[tuple[str, str, str, str, tuple[str, str]]]:
    """Yield run, the name it is shown under, the reference's name, and the run it is compared with."""
    today, planned = (modelled.BEFORE, str(LandUse.TODAY)), (modelled.BEFORE, str(LandUse.PLANNED))
    for scenario_id, land_use in found:
        if (scenario_id, land_use) == planned:
            yield scenario_id, land_use, ZERO, modelled.BEFORE, today
        elif scenario_id != modelled.BEFORE:
            is_today = land_use == LandUse.TODAY
            yield (
                scenario_id,
                land_use,
                scenario_id,
                modelled.BEFORE if is_today else ZERO,
                today if is_today else planned,
            )


def _screenlines(found: Runs) -> pd.DataFrame:
    parts = [tables.SCREENLINE_FLOWS.empty()]
    for (scenario_id, land_use), one in found.items():
        base = found[modelled.BEFORE, land_use]
        zero = base if land_use == LandUse.PLANNED else None
        rows = screenline_flows.screenline_flows(one, found[modelled.BEFORE, LandUse.TODAY], zero, base)
        parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    return _joined(parts)


def _crossings(inputs: modelled.Inputs, found: Runs) -> pd.DataFrame:
    parts = [tables.CROSSING_FLOWS.empty()]
    for (scenario_id, land_use), one in found.items():
        rows = screenline_flows.crossing_flows(one, _links(inputs, scenario_id))
        parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    return _joined(parts)


def _access(inputs: modelled.Inputs, nodes: gpd.GeoDataFrame, *, reach_min: float) -> pd.DataFrame:
    parts = [tables.ACCESS.empty()]
    for scenario_id, land_use in modelled.runs(inputs):
        for mode in modelled.MODES:
            rows = _access_of(inputs, nodes, scenario_id, land_use, mode, reach_min)
            parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use, mode=str(mode)))
    return _joined(parts)


def _access_of(
    inputs: modelled.Inputs, nodes: gpd.GeoDataFrame, scenario_id: str, land_use: str, mode: Mode, reach_min: float
) -> pd.DataFrame:
    places = inputs.places(land_use)
    felt, plain = (inputs.graph(scenario_id, mode, costs) for costs in (Costs.FELT, Costs.DISTANCE_ONLY))
    start, end = (felt.place(frame["node_id"]) for frame in (places.zones, places.attractions))  # also plain's nodes
    return access.access(
        places.zones,
        places.attractions,
        minutes_to_zones=skims.skim(felt, start, start, cut_off_min=reach_min).impedance_min,
        minutes_to_attractions=skims.skim(felt, start, end, cut_off_min=reach_min).impedance_min,
        metres_to_attractions=skims.skim(plain, start, end).length_m,
        straight_m=_straight(felt, nodes, start, end),
        reach_min=reach_min,
    )


def _straight(graph: graphs.Graph, nodes: gpd.GeoDataFrame, start: Integers, end: Integers) -> Reals:
    """Measure the straight line between nodes joined, in metres; -1 takes any node, as no way leads there."""
    if graph.node_ids.empty:
        return np.zeros((len(start), len(end)))
    xy = shapely.get_coordinates(nodes.set_index("node_id").geometry.reindex(graph.node_ids).to_numpy())
    apart = xy[start][:, None, :] - xy[end][None, :, :]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]), dtype=np.float64)


def _links(inputs: modelled.Inputs, scenario_id: str) -> gpd.GeoDataFrame:
    return inputs.links.loc[inputs.links["scenario_id"] == scenario_id]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


if __name__ == "__main__":
    stage.main("compare_modelled", run, Params)
