"""Ways under construction or proposed in an OpenStreetMap extract in, drawn links with the group they belong to out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
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
        A row per stretch between nodes shared with other ways: columns of `sketch.COLUMNS`, `stage` (construction or
        proposed) and `group`: ways that touch belong together, whichever of the tags each has. Ways that will carry
        nobody on foot or by cycle are left out, but they hold a group together.

    Raises
    ------
    InputFaults
        If the file cannot be read.
    """
    rows, shapes, nodes = [], [], []
    uses: Counter[int] = Counter()
    found: list[tuple[int, dict[str, str], tuple[str, str], list[tuple[int, float, float]]]] = []
    try:
        keys = osmium.filter.KeyFilter("highway", *(f"{stage}:highway" for stage in _STAGES))
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(keys):
            if not isinstance(way, osmium.osm.Way):
                continue
            tags = {tag.k: tag.v for tag in way.tags}
            places = [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]
            uses.update({ref for ref, _, _ in places})
            to_be = _to_be(tags)
            if to_be is not None and len(places) > 1:
                found.append((way.id, tags, to_be, places))
    except RuntimeError as broken:
        raise InputFaults([Fault("unreadable_extract", path.as_posix(), value=str(broken)[:200])]) from broken
    for number, tags, to_be, places in found:
        parts = _parts(places, uses)
        for at, part in enumerate(parts, start=1):
            link = _link(number, tags, *to_be)
            rows.append(link | {"link_id": f"w{number}-{at}"} if len(parts) > 1 else link)
            shapes.append(shapely.LineString([xy for _, *xy in part]))
            nodes.append([ref for ref, _, _ in places])
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "stage"]).assign(group=_groups(nodes))
    planned = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326").to_crs(crs)
    return planned[planned["modes"] != ""].reset_index(drop=True)


def _parts(places: list[tuple[int, float, float]], uses: Counter[int]) -> list[list[tuple[int, float, float]]]:
    """Split a way at the nodes it shares with others."""
    cuts = [at for at in range(1, len(places) - 1) if uses[places[at][0]] > 1]
    return [places[start : end + 1] for start, end in pairwise([0, *cuts, len(places) - 1])]


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
