"""Raw network, study and scenarios in; links, felt times, crossings and places on the network out."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from movement import study, tables
from movement.network import barriers, grid, impedance, joining, scenarios, snap
from movement.network import build as network_build
from movement.publish import language
from movement.sources import rasters, sketch
from movement.tables import Fault, InputFaults, LandUse
from pipelines import stage

_LAYERS = (".geojson", ".gpkg")
_EXTRACTS = (".osm", ".pbf")


@dataclass(frozen=True)
class Params:
    """Limits, and what each quality of a link costs; see params.yaml."""

    barrier_refs: list[str]
    snap_limit_m: float
    join_limit_m: float
    zone_grid_m: float
    walk_speed_kmh: float
    cycle_speed_kmh: float
    stairs_s_per_m_rise: float
    stairs_cycle_s: float
    unpaved_walk_share: float
    unpaved_cycle_share: float
    delay_signals_s: float
    delay_ramp_s: float
    delay_unmarked_s: float
    traffic_share_per_10000_vehicles: float
    traffic_share_max: float
    unlit_share: float
    study: dict[str, str]

    @property
    def weights(self) -> impedance.Weights:
        """What each quality costs."""
        return impedance.Weights(**{item.name: getattr(self, item.name) for item in fields(impedance.Weights)})


@dataclass(frozen=True)
class Network:
    """The tables this stage writes."""

    links: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    impedances: pd.DataFrame
    crossings: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    attractions: gpd.GeoDataFrame
    snaps: pd.DataFrame
    scenarios: pd.DataFrame


def run(params: Params) -> None:
    """Build, write."""
    made = build(params)
    tables.LINKS.write(made.links, stage.LINKS)
    tables.NODES.write(made.nodes, stage.NODES)
    tables.IMPEDANCES.write(made.impedances, stage.IMPEDANCES)
    tables.CROSSINGS.write(made.crossings, stage.CROSSINGS)
    tables.BARRIERS.write(made.barriers, stage.BARRIERS)
    tables.ZONES.write(made.zones, stage.ZONES)
    tables.ATTRACTIONS.write(made.attractions, stage.ATTRACTIONS)
    tables.SNAPS.write(made.snaps, stage.SNAPS)
    tables.SCENARIOS.write(made.scenarios, stage.SCENARIOS)


def build(params: Params) -> Network:
    """Do all of the stage's work but the writing.

    Raises
    ------
    InputFaults
        With the faults of study, scenarios or network, whichever come first.
    """
    crs = params.study["crs"]
    area = study.read_study(stage.RAW_STUDY, crs=crs)
    drawn = scenarios.read_scenarios(stage.RAW_SCENARIOS, crs=crs, read_links=lambda p: sketch.read_sketch(p, crs=crs))
    raw, found = _read_network(params)
    walls = gpd.GeoDataFrame(pd.concat([frame for frame in (area.barriers, found) if len(frame)] or [found]), crs=crs)
    links, crossings = _links(params, raw, walls, drawn)
    zones, attractions = area.zones, area.attractions
    if zones.empty and params.zone_grid_m and len(links):
        zones, attractions = grid.grid_zones(links[links["scenario_id"] == "before"], size_m=params.zone_grid_m)
    zones, attractions = scenarios.planned(zones, attractions, drawn)
    return Network(
        links=links,
        nodes=network_build.nodes(links) if len(links) else tables.NODES.empty().set_crs(crs),
        impedances=impedance.impedances(links, params.weights),
        crossings=crossings,
        barriers=tables.BARRIERS.conform(walls),
        zones=tables.ZONES.conform(zones),
        attractions=tables.ATTRACTIONS.conform(attractions),
        snaps=_snaps(params, area, links, walls, zones, attractions),
        scenarios=scenarios.scenario_table(drawn, before_words=_before_words()),
    )


def _read_network(params: Params) -> tuple[gpd.GeoDataFrame | None, gpd.GeoDataFrame]:
    """Return raw links (None without a network) and barrier pieces found in the extract."""
    crs = params.study["crs"]
    nothing = tables.BARRIERS.empty().set_crs(crs)
    files = [path for path in sorted(stage.RAW_NETWORK.glob("*")) if path.suffix in (*_LAYERS, *_EXTRACTS)]
    if not files:
        return None, nothing
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        raise InputFaults([Fault("two_networks", stage.RAW_NETWORK.as_posix(), value=names)])
    if files[0].suffix in _LAYERS:
        return sketch.read_sketch(files[0], crs=crs), nothing
    from movement.sources import openstreetmap  # here: osmnx takes a second that a sketch need not spend

    extract = openstreetmap.read_extract(files[0], crs=crs, barrier_refs=params.barrier_refs)
    return extract.raw, extract.barriers


def _links(
    params: Params, raw: gpd.GeoDataFrame | None, walls: gpd.GeoDataFrame, drawn: tuple[scenarios.Scenario, ...]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Build the links of `before` and of each scenario that changes links, cut where a barrier cuts them."""
    crs = params.study["crs"]
    if raw is None:
        return tables.LINKS.empty().set_crs(crs), tables.CROSSINGS.empty().set_crs(crs)
    parts = [network_build.links(raw, scenario_id="before")]
    faults: list[Fault] = []
    for scenario in drawn:
        if not scenario.changes_links:
            continue
        try:
            changed = joining.apply(raw, scenario.added, scenario.changed, join_limit_m=params.join_limit_m)
            parts.append(network_build.links(changed, scenario_id=scenario.scenario_id))
        except InputFaults as wrong:
            faults += wrong.faults
    if faults:
        raise InputFaults(dict.fromkeys(faults))
    links = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)
    links = links[links["allows_walk"] | links["allows_cycle"]].reset_index(drop=True)
    links = _with_rise(links, crs)
    met = barriers.crossings(links, walls)
    return tables.LINKS.conform(barriers.uncut(links, met).reset_index(drop=True)), tables.CROSSINGS.conform(met)


def _with_rise(links: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    terrain: list[Path] = sorted(stage.RAW_TERRAIN.glob("*.tif"))
    if not terrain:
        return links
    ends = network_build.end_points(links)
    start, end = (rasters.sample_heights(terrain[0], ends[:, i, 0], ends[:, i, 1], crs=crs).height_m for i in (0, 1))
    return network_build.with_rise(links, np.asarray(start), np.asarray(end))


def _snaps(
    params: Params,
    area: tables.Study,
    links: gpd.GeoDataFrame,
    walls: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    attractions: gpd.GeoDataFrame,
) -> pd.DataFrame:
    if links.empty:
        return tables.SNAPS.empty()
    today = links[links["scenario_id"] == "before"]
    gateways = area.gateways.assign(land_use=str(LandUse.TODAY))
    parts = [snap.snap_sites(area.sites, links, limit_m=params.snap_limit_m)]
    faults: list[Fault] = []
    for kind, key, items in (
        ("zone", "zone_id", zones),
        ("attraction", "attraction_id", attractions),
        ("gateway", "gateway_id", gateways),
    ):
        try:
            parts.append(snap.snap_items(items, today, walls, kind=kind, key=key, limit_m=params.snap_limit_m))
        except InputFaults as wrong:
            file = (stage.RAW_STUDY / f"{kind}s.geojson").as_posix()
            faults += [replace(fault, file=file) for fault in wrong.faults]
    if faults:
        raise InputFaults(dict.fromkeys(faults))
    return tables.SNAPS.conform(pd.concat([part for part in parts if len(part)], ignore_index=True))


def _before_words() -> dict[str, str]:
    return {
        f"{what}_{lang}": language.catalogue(lang)(f"scenario.before.{what}")
        for what in ("name", "text")
        for lang in language.LANGUAGES
    }


if __name__ == "__main__":
    stage.main("build_network", run, Params)
