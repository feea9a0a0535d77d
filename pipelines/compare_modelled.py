"""Flows of every run in; change per link and over each screenline, what it is made of, access and reach out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement import tables
from movement.assignment import graph as graphs
from movement.assignment import skims
from movement.assignment.graph import Graph
from movement.assignment.trees import Integers, Reals
from movement.comparison import access, flow_changes, intervals, screenline_flows
from movement.tables import Fault, InputFaults, LandUse, Mode, Traveller, Within
from pipelines import modelled, stage

ZERO = "zero_alternative"
ALL_MODES = "all"


@dataclass(frozen=True)
class Params:
    """Limits of reach and the study's CRS."""

    reach_min: float
    reach_minutes: list[float]
    reach_metres: list[float]
    study: dict[str, str]
    estimate_demand: dict[str, Any]

    def __post_init__(self) -> None:
        faults = [
            Fault("limit_not_whole", str(stage.PARAMS_FILE), value=f"{limit}", detail={"name": name})
            for name in ("reach_minutes", "reach_metres")
            for limit in getattr(self, name)
            if not (isinstance(limit, int | float) and limit >= 1 and limit % 1 == 0)
        ]
        if faults:
            raise InputFaults(faults)


def run(params: Params) -> None:
    """Read, compare, check, write."""
    around = modelled.read_study(params.study)
    inputs, screenlines = modelled.read_inputs(around), around.screenlines
    if screenlines.empty:
        screenlines = screenline_flows.barrier_screenlines(tables.BARRIERS.read(stage.BARRIERS))
    found = read_runs(inputs, screenlines)
    tables.FLOW_CHANGES.write(_changes(inputs, found, params.study["crs"]), stage.FLOW_CHANGES)
    tables.SCREENLINE_FLOWS.write(_screenlines(found), stage.SCREENLINE_FLOWS)
    tables.SCREENLINE_TERMS.write(_terms(found), stage.SCREENLINE_TERMS)
    errors = site_errors(tables.GOODNESS.read(stage.GOODNESS), tables.CALIBRATION.read(stage.CALIBRATION))
    tables.CROSSING_FLOWS.write(_crossings(inputs, found, errors), stage.CROSSING_FLOWS)
    shares = modelled.Rates(**params.estimate_demand).group_shares
    nodes = tables.NODES.read(stage.NODES)
    tables.ACCESS.write(_access(inputs, shares, nodes, reach_min=params.reach_min), stage.ACCESS)
    limits = {Within.MINUTES: sorted(set(params.reach_minutes)), Within.METRES: sorted(set(params.reach_metres))}
    tables.REACH.write(_reach(inputs, shares, limits), stage.REACH)


Runs = Mapping[tuple[str, str], screenline_flows.Run]
_KEYS = ["scenario_id", "land_use", "mode"]


def read_runs(inputs: modelled.Inputs, screenlines: gpd.GeoDataFrame) -> Runs:
    """Read each run's flows, draw by draw, what its change is made of, and the links that meet the screenlines."""
    flows, drawn, terms, parts, drawn_parts = (
        _by_run(table, path)
        for table, path in (
            (tables.FLOWS, stage.FLOWS),
            (tables.DRAWN_FLOWS, stage.DRAWN_FLOWS),
            (tables.FLOW_TERMS, stage.FLOW_TERMS),
            (tables.FLOW_PARTS, stage.FLOW_PARTS),
            (tables.DRAWN_PARTS, stage.DRAWN_PARTS),
        )
    )
    draws = {mode: _numbers(drawn, mode) for mode in map(str, modelled.MODES)}
    found = {}
    for scenario_id, land_use in modelled.runs(inputs):
        felt, by_term, by_part = {}, {}, {}
        for mode in map(str, modelled.MODES):
            key = (scenario_id, land_use, mode)
            columns = [intervals.ALL, *draws[mode]]  # a run that leads nobody anywhere has draws of zero
            felt[mode] = intervals.with_draws(flows[key].set_index("link_id")["flow_per_day"], drawn[key])
            felt[mode] = felt[mode].reindex(columns=columns, fill_value=0.0)
            by_term[mode] = terms[key].pivot(index="link_id", columns="term", values="flow_change").fillna(0.0)  # noqa: PD010  # pivot checks that keys are unique
            by_part[mode] = _parts(parts[key], drawn_parts[key], columns)
        felt[ALL_MODES] = intervals.together(felt[Mode.WALK], felt[Mode.CYCLE])
        by_term[ALL_MODES] = by_term[Mode.WALK].add(by_term[Mode.CYCLE], fill_value=0.0).fillna(0.0)
        by_part[ALL_MODES] = {
            name: intervals.together(by_part[Mode.WALK][name], by_part[Mode.CYCLE][name]) for name in flow_changes.PARTS
        }
        crossing = screenline_flows.crossing_links(inputs.links_of(scenario_id), screenlines)
        found[scenario_id, land_use] = screenline_flows.Run(felt, by_term, by_part, crossing)
    return found


def _numbers(drawn: Mapping[tuple[str, str, str], pd.DataFrame], mode: str) -> list[int]:
    """Return the numbers of a mode's draws in any run."""
    parts = [rows["draw"].unique() for key, rows in drawn.items() if key[2] == mode]
    return [int(number) for number in np.unique(np.concatenate(parts))] if parts else []


def _parts(parts: pd.DataFrame, drawn: pd.DataFrame, columns: Sequence[object]) -> dict[str, pd.DataFrame]:
    """Lay each part of a change out as links x (the estimate, and all draws); what is not listed is zero."""
    return {
        name: intervals.with_draws(parts.set_index("link_id")[name], drawn.assign(flow_per_day=drawn[name])).reindex(
            columns=columns, fill_value=0.0
        )
        for name in flow_changes.PARTS
    }


def _by_run(table: tables.Table, path: Path) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Return the rows of each run and mode; none for those that have none."""
    whole = table.read(path)
    return defaultdict(whole.iloc[:0].copy, dict(tuple(whole.groupby(_KEYS))))


def _changes(inputs: modelled.Inputs, found: Runs, crs: str) -> gpd.GeoDataFrame:
    parts = []
    for scenario_id, land_use, label, reference, base in _comparisons(found):
        pairs = flow_changes.union_of_links(inputs.links_of(base[0]), inputs.links_of(scenario_id))
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
    parts = []
    for (scenario_id, land_use), one in found.items():
        base = found[modelled.BEFORE, land_use]
        zero = base if land_use == LandUse.PLANNED else None
        rows = screenline_flows.screenline_flows(one, found[modelled.BEFORE, LandUse.TODAY], zero, base)
        parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    return tables.SCREENLINE_FLOWS.joined(parts)


def site_errors(goodness: pd.DataFrame, calibration: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """Return by mode how far sites depart from the fit, and how many sites more than parameters it has."""
    fitted = calibration.loc[calibration["is_fitted"]].groupby("mode").size()
    return {
        str(row.mode): (float(row.site_error), int(row.sites) - int(fitted.get(row.mode, 0)))
        for row in goodness.itertuples()
    }


def _crossings(inputs: modelled.Inputs, found: Runs, errors: Mapping[str, tuple[float, int]]) -> pd.DataFrame:
    parts = []
    for (scenario_id, land_use), one in found.items():
        rows = screenline_flows.crossing_flows(one, inputs.links_of(scenario_id), errors)
        parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    return tables.CROSSING_FLOWS.joined(parts)


def _terms(found: Runs) -> pd.DataFrame:
    parts = []
    for (scenario_id, land_use), one in found.items():
        rows = screenline_flows.screenline_terms(one, found[modelled.BEFORE, land_use])
        parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use))
    return tables.SCREENLINE_TERMS.joined(parts)


def _access(
    inputs: modelled.Inputs, shares: Mapping[str, float], nodes: gpd.GeoDataFrame, *, reach_min: float
) -> pd.DataFrame:
    parts = []
    for scenario_id, land_use in modelled.runs(inputs):
        for mode in modelled.MODES:
            places = inputs.places(land_use, shares)
            felt = inputs.graph(scenario_id, mode)
            plain = graphs.with_costs(felt, inputs.costs(scenario_id, mode)["distance_ms"].to_numpy())
            start, end = (felt.place(frame["node_id"]) for frame in (places.zones, places.attractions))
            rows = access.access(
                places.zones,
                places.attractions,
                minutes_to_zones=skims.skim(felt, start, start, cut_off_min=reach_min).impedance_min,
                minutes_to_attractions=skims.skim(felt, start, end, cut_off_min=reach_min).impedance_min,
                metres_to_attractions=skims.skim(plain, start, end).length_m,
                straight_m=_straight(felt, nodes, start, end),
                reach_min=reach_min,
            )
            parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use, mode=str(mode)))
    return tables.ACCESS.joined(parts)


def _reach(
    inputs: modelled.Inputs, shares: Mapping[str, float], limits: Mapping[Within, Sequence[float]]
) -> pd.DataFrame:
    parts = []
    for scenario_id, land_use in modelled.runs(inputs):
        places = inputs.places(land_use, shares)
        for traveller in Traveller:
            felt = inputs.graph(scenario_id, traveller)
            plain = graphs.with_costs(felt, inputs.costs(scenario_id, traveller)["distance_ms"].to_numpy())
            start, end = (felt.place(frame["node_id"]) for frame in (places.zones, places.attractions))
            rows = access.reach(
                places.zones,
                places.attractions,
                {
                    Within.MINUTES: [skims.skim(felt, start, to).impedance_min for to in (start, end)],
                    Within.METRES: [skims.skim(plain, start, to).length_m for to in (start, end)],
                },
                limits,
            )
            parts.append(rows.assign(scenario_id=scenario_id, land_use=land_use, traveller=str(traveller)))
    return tables.REACH.joined(parts)


def _straight(graph: Graph, nodes: gpd.GeoDataFrame, start: Integers, end: Integers) -> Reals:
    """Measure the straight line between nodes joined, in metres; -1 takes any node, as no way leads there."""
    if graph.node_ids.empty:
        return np.zeros((len(start), len(end)))
    xy = shapely.get_coordinates(nodes.set_index("node_id").geometry.reindex(graph.node_ids).to_numpy())
    apart = xy[start][:, None, :] - xy[end][None, :, :]
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]), dtype=np.float64)


if __name__ == "__main__":
    stage.main("compare_modelled", run, Params)
