"""OpenStreetMap extracts (.osm, .osm.pbf) in, raw links and barrier pieces out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import osmnx as ox
import pandas as pd

from movement.tables import Fault, InputFaults, Structure

_WAY_TAGS = (
    *("highway", "foot", "bicycle", "access", "motorroad", "bridge", "tunnel", "layer", "lit", "surface", "width"),
    *("steps", "oneway", "crossing", "footway", "ref", "name"),
)
_NODE_TAGS = ["highway", "crossing", "barrier"]
_NOBODY = {
    "motorway",
    "motorway_link",
    "construction",
    "proposed",
    "platform",
    "elevator",
    "corridor",
    "emergency_access",
    "raceway",
}
_CYCLE_ONLY = {"cycleway"}
_WALK_ONLY = {"footway", "pedestrian", "steps", "bridleway"}
_STREETS = {
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "residential",
    "unclassified",
    "living_street",
    "service",
    "road",
}
_YES = {"yes", "designated", "permissive", "destination", "official"}
_NO = {"no", "private", "use_sidepath"}
_PAVED = {"asphalt", "paved", "concrete", "paving_stones", "sett", "cobblestone", "metal", "wood", "unhewn_cobblestone"}
_GRAVEL = {"gravel", "fine_gravel", "compacted", "pebblestone", "unpaved"}
# ASSUME: motor traffic by class of road where an extract does not say, vehicles a day
_MOTOR_PER_DAY = {"trunk": 20_000, "primary": 12_000, "secondary": 8_000, "tertiary": 4_000, "unclassified": 1_000}
_MOTOR_PER_DAY |= {"residential": 500, "living_street": 200, "service": 100}


@dataclass(frozen=True)
class Extract:
    """Raw links, as `movement.sources.sketch` gives them, and the pieces of the barriers asked for."""

    raw: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


def read_extract(path: Path, *, crs: str, barrier_refs: Sequence[str]) -> Extract:
    """Read the ways people walk and cycle on, and roads that are barriers, from an extract.

    Parameters
    ----------
    path
        `.osm` or `.osm.pbf`.
    crs
        Metric CRS into which lines are brought.
    barrier_refs
        Values of `ref` whose roads are barriers, such as `E 6`; they carry nobody.

    Returns
    -------
    extract
        One raw link for each stretch of a way between junctions: ways are never merged, so no tag is lost.

    Raises
    ------
    InputFaults
        If the file cannot be read as OpenStreetMap data.

    Notes
    -----
    Motorways and motor roads carry nobody; footways carry cycles only where `bicycle` says so (Danish access rules,
    OpenStreetMap wiki "OSM tags for routing/Access restrictions", Denmark).
    """
    with tempfile.TemporaryDirectory() as scratch:
        edges = _edges(_as_xml(path, Path(scratch)), path)
    edges = edges.to_crs(crs)
    asked = edges["ref"].map(lambda refs: next((r for r in _refs(refs) if r in barrier_refs), None))
    is_barrier = asked.notna() & ~edges["highway"].isin(["service"])
    edges = edges.assign(barrier_id=asked, node_crossing=_node_crossing(edges, edges[is_barrier]))
    return Extract(_raw_links(edges[asked.isna()]), _barrier_pieces(edges[is_barrier]))


def _refs(value: object) -> list[str]:
    return [ref.strip() for ref in str(value).split(";")]


def _node_crossing(edges: pd.DataFrame, barriers: pd.DataFrame) -> pd.Series:
    """Tell the tagged crossing at a link's ends; where an end meets a barrier, only that end's tag tells."""
    met = set(barriers["u"]) | set(barriers["v"])
    at_start, at_end = edges["u"].isin(met), edges["v"].isin(met)
    start = edges["crossing_u"].where(at_start | ~at_end)
    end = edges["crossing_v"].where(at_end | ~at_start)
    both = at_start & at_end & (start.isna() | end.isna())
    return start.fillna(end).where(~both)


def _as_xml(path: Path, scratch: Path) -> Path:
    """Filter ways with `highway` to plain XML, which osmnx reads."""
    target = scratch / "ways.osm"
    try:
        with osmium.BackReferenceWriter(str(target), ref_src=str(path), overwrite=True, remove_tags=False) as writer:
            for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
                writer.add(way)
    except RuntimeError as broken:
        raise InputFaults([Fault("unreadable_extract", path.as_posix(), value=str(broken)[:200])]) from broken
    return target


@contextmanager
def _tag_settings() -> Iterator[None]:
    settings = ox.settings
    kept = (settings.useful_tags_way, settings.useful_tags_node, settings.all_oneway)
    settings.useful_tags_way, settings.useful_tags_node = list(_WAY_TAGS), list(_NODE_TAGS)
    settings.all_oneway = True  # each way once, as drawn, its tag `oneway` untouched
    try:
        yield
    finally:
        settings.useful_tags_way, settings.useful_tags_node, settings.all_oneway = kept


def _edges(xml: Path, path: Path) -> gpd.GeoDataFrame:
    try:
        with _tag_settings():
            graph = ox.graph_from_xml(xml, simplify=False, retain_all=True)
            graph = ox.simplify_graph(
                graph, node_attrs_include=_NODE_TAGS, edge_attrs_differ=["osmid"], remove_rings=False
            )
            nodes, edges = ox.graph_to_gdfs(graph)
    except ValueError as empty:
        raise InputFaults([Fault("unreadable_extract", path.as_posix(), value=str(empty)[:200])]) from empty
    edges = edges.reset_index().reindex(columns=["u", "v", "osmid", *_WAY_TAGS, "geometry"])
    edges = edges.astype(dict.fromkeys(_WAY_TAGS, object))
    tagged = nodes.reindex(columns=_NODE_TAGS)
    crossing = tagged["highway"].where(tagged["highway"].isin(["crossing", "traffic_signals"]))
    signals = (tagged["highway"] == "traffic_signals") | (tagged["crossing"] == "traffic_signals")
    kind = crossing.where(crossing.isna(), np.where(signals, "signals", "marked"))
    edges = edges.assign(crossing_u=edges["u"].map(kind), crossing_v=edges["v"].map(kind))
    return edges.sort_values(["osmid", "u", "v"], kind="stable").reset_index(drop=True)


def _level(edges: pd.DataFrame) -> pd.Series:
    layer = pd.to_numeric(edges["layer"], errors="coerce")
    structure = _structure(edges)
    default = structure.map({Structure.BRIDGE: 1, Structure.TUNNEL: -1}).fillna(0)
    return layer.where(layer.notna() & (layer != 0), default).astype(int)


def _structure(edges: pd.DataFrame) -> pd.Series:
    bridge = edges["bridge"].notna() & (edges["bridge"] != "no")
    tunnel = edges["tunnel"].notna() & (edges["tunnel"] != "no")
    return pd.Series(
        np.select([bridge, tunnel], [Structure.BRIDGE, Structure.TUNNEL], Structure.NONE),
        index=edges.index,
        dtype=object,
    )


def _barrier_pieces(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kind = np.where(edges["highway"].astype(str).str.startswith("motorway"), "motorway", "trunk_road")
    ref = edges["barrier_id"].astype(str)
    pieces = gpd.GeoDataFrame(
        {
            "barrier_id": ref.to_numpy(),
            "piece": 0,
            "kind": kind,
            "level": _level(edges).to_numpy(),
            "name_da": ref.to_numpy(),
            "name_en": ref.to_numpy(),
            "source": "OpenStreetMap",
        },
        geometry=edges.geometry.to_numpy(),
        crs=edges.crs,
    )
    return pieces.assign(piece=pieces.groupby("barrier_id").cumcount())


def _raw_links(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    highway = edges["highway"].astype(str)
    base = highway.str.removesuffix("_link")
    modes = [_access(tags) for tags in edges[["highway", "foot", "bicycle", "access", "motorroad"]].to_dict("records")]
    walk, cycle = (np.array([mode[i] for mode in modes], dtype=bool) for i in (0, 1))
    number = edges.groupby("osmid").cumcount()
    raw = gpd.GeoDataFrame(
        {
            "link_id": ("w" + edges["osmid"].astype(str) + "-" + number.astype(str)).to_numpy(),
            "name": edges["name"].to_numpy(),
            "link_class": base.to_numpy(),
            "allows_walk": walk,
            "allows_cycle": cycle,
            "cycle_oneway": edges["oneway"].isin(["yes", "1", "true"]).to_numpy(),
            "level": _level(edges).to_numpy(),
            "structure": _structure(edges).to_numpy(),
            "is_lit": _lit(edges["lit"], base).to_numpy(),
            "surface": edges["surface"].map(_surface).to_numpy(),
            "has_steps": (highway == "steps").to_numpy(),
            "crossing": _crossing(edges).to_numpy(),
            "width_m": pd.to_numeric(edges["width"], errors="coerce").to_numpy(),
            "motor_per_day": base.map(_MOTOR_PER_DAY).fillna(0.0).to_numpy(dtype=float),
            "source": "OpenStreetMap",
        },
        geometry=edges.geometry.to_numpy(),
        crs=edges.crs,
    )
    return raw[(raw["allows_walk"] | raw["allows_cycle"])].reset_index(drop=True)


def _access(tags: Mapping[str, Any]) -> tuple[bool, bool]:
    """Tell whether people may walk and may cycle on a way."""
    highway = str(tags["highway"])
    if highway in _NOBODY or tags["motorroad"] == "yes":
        return False, False
    closed = tags["access"] in _NO
    walk = highway not in _CYCLE_ONLY or tags["foot"] in _YES | {None} or tags["foot"] != tags["foot"]
    cycle = highway not in _WALK_ONLY
    walk = tags["foot"] in _YES or (walk and not closed and tags["foot"] not in _NO)
    cycle = tags["bicycle"] in _YES or (cycle and not closed and tags["bicycle"] not in _NO)
    return walk, cycle and highway != "steps"


def _lit(lit: pd.Series, highway: pd.Series) -> pd.Series:
    # ASSUME: where an extract does not say, streets are lit and paths are not
    return (lit.notna() & (lit != "no")) | (lit.isna() & highway.isin(_STREETS))


def _surface(value: object) -> str:
    if value in _PAVED:
        return "paved"
    if value in _GRAVEL:
        return "gravel"
    return "unknown" if not isinstance(value, str) else "ground"


def _crossing(edges: pd.DataFrame) -> pd.Series:
    on_way = (edges["footway"] == "crossing") | edges["crossing"].notna()
    signals = edges["crossing"] == "traffic_signals"
    way = pd.Series(np.select([signals, on_way], ["signals", "marked"], ""), index=edges.index, dtype=object)
    found = way.where(way != "", edges["node_crossing"].astype(object))
    return found.where(found.notna(), None)
