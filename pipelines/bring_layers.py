"""Layers from elsewhere made into a study's own, extracts fetched, networks written for others' models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from movement import study, tables
from movement.sources import column_maps, gmns, noding, overpass
from movement.tables import Fault, InputFaults
from pipelines import build_network, stage

_MARGIN_DEG = 0.003


def convert(map_name: str, source: Path, target: Path) -> int:
    """Read a layer through a column map and write it as the study's own; return the number of rows.

    Raises
    ------
    InputFaults
        For a map or layer that cannot be read, or a target that is there already.
    """
    if target.exists():
        raise InputFaults([Fault("file_there", target.as_posix())])
    by = column_maps.read_map(map_name)
    crs = _crs()
    made = column_maps.read_mapped(source, by, crs=crs)
    if by.makes == "links" and by.join_crossings:
        barriers = study.read_study(stage.RAW_STUDY, crs=crs).barriers
        made = noding.joined_at_crossings(noding.without_barriers(made, barriers))
    target.parent.mkdir(parents=True, exist_ok=True)
    made.to_crs("EPSG:4326" if target.suffix == ".geojson" else crs).to_file(target)
    return len(made)


def fetch_osm(url: str) -> Path:
    """Fetch the extract of the study's surroundings into data/raw/network.

    Raises
    ------
    InputFaults
        If the study has no place yet, another network lies there, or the server does not answer.
    """
    area = study.read_study(stage.RAW_STUDY, crs=_crs())
    layers = (area.areas, area.barriers, area.sites, area.zones)
    bounds = np.array([frame.to_crs("EPSG:4326").total_bounds for frame in layers if len(frame)])
    if not len(bounds):
        raise InputFaults([Fault("no_study_area", stage.RAW_STUDY.as_posix())])
    other = [path for path in build_network.network_files() if path.name != "extract.osm.gz"]
    if other:
        raise InputFaults([Fault("two_networks", stage.RAW_NETWORK.as_posix(), value=other[0].name)])
    west, south = bounds[:, :2].min(axis=0) - _MARGIN_DEG
    east, north = bounds[:, 2:].max(axis=0) + _MARGIN_DEG
    return overpass.fetch(stage.RAW_NETWORK, (west, south, east, north), url=url)


def export_gmns(folder: Path, scenario_id: str) -> tuple[Path, Path]:
    """Write the network of a scenario, as last built, as GMNS.

    Raises
    ------
    InputFaults
        If the study has not been run, or has no such scenario.
    """
    if not stage.LINKS.exists():
        raise InputFaults([Fault("not_run", stage.LINKS.as_posix())])
    links = tables.LINKS.read(stage.LINKS)
    own = links[links["scenario_id"] == scenario_id]
    if own.empty:
        raise InputFaults([Fault("no_such_scenario", stage.RAW_SCENARIOS.as_posix(), value=scenario_id)])
    return gmns.write_gmns(folder, own, tables.NODES.read(stage.NODES))


def _crs() -> str:
    return str(stage.section("build_network", build_network.Params).study["crs"])
