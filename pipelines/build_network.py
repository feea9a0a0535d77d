"""Raw network, study and scenarios in; links, felt times, crossings and places on the network out."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement import study, tables
from movement.network import (
    barriers,
    connectivity,
    darkness,
    greenery,
    grid,
    impedance,
    joining,
    reachable,
    scenarios,
    snap,
    terrain,
)
from movement.network import build as network_build
from movement.publish import language
from movement.sources import rasters, sketch
from movement.tables import Fault, InputFaults, LandUse
from pipelines import stage

_LAYERS = (".geojson", ".gpkg")
EXTRACTS = (".osm", ".osm.gz", ".pbf")
_WITH_ALL_HOURS = 24
_FINEST_SAMPLE_M = 5.0  # closer samples of a fine raster add its noise to the climb
BEFORE = "before"


@dataclass(frozen=True)
class Params:
    """Limits, and what each quality of a link costs; see params.yaml."""

    barrier_refs: list[str]
    barrier_kinds: list[str]
    snap_limit_m: float
    join_limit_m: float
    zone_grid_m: float
    planned_on: str
    walk_speed_kmh: float
    walk_limited_speed_kmh: float
    walk_limited_grade_max: float
    cycle_speed_kmh: float
    stairs_s_per_m_rise: float
    stairs_cycle_s: float
    unpaved_walk_share: float
    unpaved_cycle_share: float
    delay_signals_s: float
    delay_ramp_s: float
    delay_unmarked_s: float
    delay_level_crossing_s: float
    traffic_share_per_10000_vehicles: float
    traffic_share_per_10_kmh: float
    traffic_share_per_heavy_pct: float
    traffic_share_max: float
    unlit_dark_share: float
    darkness_months: list[int]
    darkness_hours: list[int]
    trips_by_hour_pct: list[float]
    nature_share: float
    nature_within_m: float
    switched_off: list[str]
    study: dict[str, str]

    def weights(self, links: gpd.GeoDataFrame) -> impedance.Weights:
        """Return what each quality costs where the links lie."""
        own = {item.name: getattr(self, item.name) for item in fields(impedance.Weights) if hasattr(self, item.name)}
        own |= {
            "unlit_share": self.unlit_dark_share * self._dark_share(links),
            "switched_off": tuple(self.switched_off),
        }
        return impedance.Weights(**own)

    def _dark_share(self, links: gpd.GeoDataFrame) -> float:
        if links.empty:
            return 0.0
        middle = gpd.GeoSeries([shapely.box(*links.total_bounds).centroid], crs=links.crs).to_crs("EPSG:4326").iloc[0]
        return darkness.dark_share(
            middle.y,
            middle.x,
            timezone=self.study["timezone"],
            trips_by_hour=self.trips_by_hour_pct,
            months=self.darkness_months,
            hours=self.darkness_hours,
        )

    def __post_init__(self) -> None:
        if len(self.trips_by_hour_pct) != _WITH_ALL_HOURS or min(self.trips_by_hour_pct) < 0:
            raise InputFaults([Fault("trips_by_hour", str(stage.PARAMS_FILE), value=str(len(self.trips_by_hour_pct)))])


@dataclass(frozen=True)
class Network:
    """The tables this stage writes."""

    links: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame
    impedances: pd.DataFrame
    crossings: gpd.GeoDataFrame
    spacing: pd.DataFrame
    connectivity: gpd.GeoDataFrame
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
    tables.BARRIER_SPACING.write(made.spacing, stage.BARRIER_SPACING)
    tables.CONNECTIVITY.write(made.connectivity, stage.CONNECTIVITY)
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
    read_links = partial(sketch.read_sketch, crs=crs)
    drawn = scenarios.read_scenarios(stage.RAW_SCENARIOS, crs=crs, read_links=read_links)
    drawn = tuple(scenario for scenario in drawn if not scenario.is_empty)  # a template waits for its drawing
    source = read_network(params)
    walls = all_barriers(area.barriers, source.barriers, crs)
    links, crossings = _links(params, source.raw, walls, area, drawn)
    today = links[links["scenario_id"] == BEFORE]
    zones, attractions = area.zones, area.attractions
    if zones.empty and params.zone_grid_m and len(links):
        zones, attractions = grid.grid_zones(today, size_m=params.zone_grid_m)
    zones, attractions = scenarios.planned(zones, attractions, drawn, on=params.planned_on)
    snaps = _snaps(params, area, links, walls, zones, attractions)
    return Network(
        links=links,
        nodes=network_build.nodes(links, source.nodes) if len(links) else tables.NODES.empty().set_crs(crs),
        impedances=impedance.impedances(links, params.weights(links)),
        crossings=crossings,
        spacing=barriers.spacing(crossings, walls, sorted(set(links["scenario_id"]))),
        connectivity=connectivity.connectivity(today, snaps, zones),
        barriers=tables.BARRIERS.conform(walls),
        zones=tables.ZONES.conform(zones),
        attractions=tables.ATTRACTIONS.conform(attractions),
        snaps=snaps,
        scenarios=scenarios.scenario_table(drawn, before_words=_before_words()),
    )


@dataclass(frozen=True)
class Source:
    """What the network's file holds: raw links (None without a file), tagged nodes, barrier pieces."""

    raw: gpd.GeoDataFrame | None
    nodes: gpd.GeoDataFrame | None
    barriers: gpd.GeoDataFrame


def read_network(params: Params) -> Source:
    """Read the one network in data/raw/network."""
    crs = params.study["crs"]
    nothing = tables.BARRIERS.empty().set_crs(crs)
    files = network_files()
    if not files:
        return Source(None, None, nothing)
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        raise InputFaults([Fault("two_networks", stage.RAW_NETWORK.as_posix(), value=names)])
    if files[0].suffix in _LAYERS:
        return Source(sketch.read_sketch(files[0], crs=crs), None, nothing)
    from movement.sources import openstreetmap  # here: osmnx takes a second that a sketch need not spend

    extract = openstreetmap.read_extract(
        files[0], crs=crs, barrier_refs=params.barrier_refs, barrier_kinds=params.barrier_kinds
    )
    return Source(extract.raw, extract.nodes, extract.barriers)


def network_files() -> list[Path]:
    """List the files of data/raw/network that hold a network."""
    return [path for path in sorted(stage.RAW_NETWORK.glob("*")) if path.name.endswith((*_LAYERS, *EXTRACTS))]


def all_barriers(drawn: gpd.GeoDataFrame, found: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    """Put the study's barriers and the extract's under each other; pieces are numbered anew where both have one."""
    walls = gpd.GeoDataFrame(pd.concat([frame for frame in (drawn, found) if len(frame)] or [found]), crs=crs)
    twice = walls.duplicated(["barrier_id", "piece"]).any()
    return walls.assign(piece=walls.groupby("barrier_id").cumcount()) if twice else walls


def _links(
    params: Params,
    raw: gpd.GeoDataFrame | None,
    walls: gpd.GeoDataFrame,
    area: tables.Study,
    drawn: tuple[scenarios.Scenario, ...],
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Build the links of `before` and of each scenario that changes links, cut where a barrier cuts them."""
    crs = params.study["crs"]
    if raw is None:
        return tables.LINKS.empty().set_crs(crs), tables.CROSSINGS.empty().set_crs(crs)
    parts = [network_build.links(raw, scenario_id=BEFORE)]
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
    met = _without_removed(barriers.crossings(links, walls, area.barrier_decisions), walls, drawn)
    faults = reachable.useless_links(links, met, {scenario.scenario_id: scenario.file for scenario in drawn})
    if faults:
        raise InputFaults(faults)
    links = _with_heights(_with_green(barriers.cut(links, met), area, params.nature_within_m), crs)
    return tables.LINKS.conform(links), tables.CROSSINGS.conform(met)


def _without_removed(
    met: gpd.GeoDataFrame, walls: gpd.GeoDataFrame, drawn: tuple[scenarios.Scenario, ...]
) -> gpd.GeoDataFrame:
    """Leave out meetings with barriers that a scenario takes away, such as a building torn down for a passage."""
    there = set(walls["barrier_id"])
    faults = [
        Fault("unknown_barrier", scenario.file, value=name)
        for scenario in drawn
        for name in scenario.barriers_removed
        if name not in there
    ]
    if faults:
        raise InputFaults(dict.fromkeys(faults))
    gone = {(scenario.scenario_id, name) for scenario in drawn for name in scenario.barriers_removed}
    is_gone = [pair in gone for pair in zip(met["scenario_id"], met["barrier_id"], strict=True)]
    return met[~np.array(is_gone, dtype=bool)]


def _with_green(links: gpd.GeoDataFrame, area: tables.Study, within_m: float) -> gpd.GeoDataFrame:
    green = area.context[area.context["kind"].isin(["green", "water"])]
    return links.assign(green_share=greenery.green_shares(links, green, within_m=within_m))


def _with_heights(links: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    files = sorted(path for path in stage.RAW_TERRAIN.glob("*") if path.suffix in rasters.SUFFIXES)
    mosaics = [path for path in files if path.suffix == ".vrt"]
    files = mosaics or files  # a VRT stands for the rasters beside it
    if not files:
        return links
    found = terrain.climbed(
        links,
        lambda x, y: rasters.sample_heights(files, x, y, crs=crs).height_m,
        spacing_m=max(min(rasters.cell_m(path) for path in files), _FINEST_SAMPLE_M),
    )
    return found.links


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
    today = links[links["scenario_id"] == BEFORE]
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
