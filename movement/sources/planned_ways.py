"""Ways under construction or proposed in an OpenStreetMap extract in, drawn links with the group they belong to out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from movement.sources.extract_barriers import is_there, level
from movement.sources.sketch import COLUMNS
from movement.tables import Fault, InputFaults, Structure

_STAGES = ("construction", "proposed")
_NOBODY = ("motorway", "motorway_link", "trunk", "trunk_link", "rail")
_WALK_ONLY = ("footway", "pedestrian", "steps")


def planned_links(path: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read what is to come.

    Parameters
    ----------
    path
        Any file pyosmium reads.
    crs
        CRS into which lines are brought.

    Returns
    -------
    planned
        Columns of `sketch.COLUMNS`, `stage` (construction or proposed) and `group`: ways that touch belong together,
        whichever of the tags each has. Ways that will carry nobody on foot or by cycle are left out, but they hold
        a group together.

    Raises
    ------
    InputFaults
        If the file cannot be read.
    """
    factory = osmium.geom.WKBFactory()
    rows, shapes, nodes = [], [], []
    try:
        keys = osmium.filter.KeyFilter("highway", *(f"{stage}:highway" for stage in _STAGES))
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(keys):
            tags = {tag.k: tag.v for tag in way.tags} if isinstance(way, osmium.osm.Way) else {}
            to_be = _to_be(tags)
            if to_be is None or not isinstance(way, osmium.osm.Way):
                continue
            try:
                shapes.append(shapely.from_wkb(factory.create_linestring(way)))
            except (RuntimeError, osmium.InvalidLocationError):
                continue  # a way whose nodes lie outside the extract
            rows.append(_link(way.id, tags, *to_be))
            nodes.append([node.ref for node in way.nodes])
    except RuntimeError as broken:
        raise InputFaults([Fault("unreadable_extract", path.as_posix(), value=str(broken)[:200])]) from broken
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "stage"]).assign(group=_groups(nodes))
    planned = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326").to_crs(crs)
    return planned[planned["modes"] != ""].reset_index(drop=True)


def _to_be(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the stage of a way and the class it is to have; none for a way that is there already."""
    for stage in _STAGES:
        if tags.get("highway") == stage:
            return stage, tags.get(stage, tags.get(f"{stage}:highway", "path"))
        if f"{stage}:highway" in tags and "highway" not in tags:
            return stage, tags[f"{stage}:highway"]
    return None


def _link(number: int, tags: Mapping[str, str], stage: str, to_be: str) -> dict[str, object]:
    structure = Structure.BRIDGE if is_there(tags.get("bridge")) else Structure.NONE
    structure = Structure.TUNNEL if is_there(tags.get("tunnel")) else structure
    walks = to_be not in _NOBODY and tags.get("foot") != "no"
    cycles = to_be not in (*_NOBODY, *_WALK_ONLY) and tags.get("bicycle") != "no"
    cycles = cycles or tags.get("bicycle") in ("yes", "designated")
    return {
        "link_id": f"w{number}",
        "name": tags.get("name"),
        "link_class": "path" if to_be in ("yes", "minor", "road") else to_be,
        "modes": ", ".join(mode for mode, is_open in (("walk", walks), ("cycle", cycles and walks)) if is_open),
        "cycle_oneway": "yes" if tags.get("oneway") == "yes" else "no",
        "level": level(tags),
        "structure": str(structure),
        "is_lit": "no" if tags.get("lit", "no") == "no" else "yes",
        "surface": "paved" if tags.get("surface") in ("asphalt", "paved", "concrete", "paving_stones") else "unknown",
        "has_steps": "yes" if to_be == "steps" else "no",
        "crossing": None,
        "width_m": np.nan,
        "motor_per_day": 0.0,
        "speed_kmh": np.nan,
        "heavy_pct": np.nan,
        "source": f"OpenStreetMap, {stage}",
        "stage": stage,
    }


def _groups(nodes: list[list[int]]) -> list[int]:
    """Give each way the number of its group: ways that share nodes, near or far."""
    if not nodes:
        return []
    refs = pd.Index(sorted({ref for own in nodes for ref in own}))
    way = np.repeat(np.arange(len(nodes)), [len(own) for own in nodes])
    node = refs.get_indexer([ref for own in nodes for ref in own])
    size = len(nodes) + len(refs)
    graph = coo_array((np.ones(len(way)), (way, node + len(nodes))), shape=(size, size))
    return [int(part) for part in connected_components(graph, directed=False)[1][: len(nodes)]]
