"""OpenStreetMap extracts (.osm, .osm.gz, .osm.pbf) in, raw links, tagged nodes and barrier pieces out."""

from __future__ import annotations

import json
import re
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
from shapely.ops import substring

from movement.sources.extract_barriers import FROM_TAGS, barrier_pieces, is_there, level
from movement.tables import Fault, InputFaults, Structure

SUFFIXES = (".osm", ".osm.gz", ".osm.pbf", ".pbf")
WAY_TAGS = (
    *("highway", "foot", "bicycle", "access", "motorroad", "bridge", "tunnel", "layer", "lit", "surface", "width"),
    *("steps", "step_count", "incline", "oneway", "oneway:bicycle", "junction", "cycleway", "cycleway:left"),
    *("cycleway:right", "cycleway:both", "crossing", "footway", "barrier", "ford", "maxspeed", "ref", "name"),
)
NODE_TAGS = ("highway", "crossing", "barrier", "railway", "ford", "access", "foot", "bicycle")
_ENDS_AT = ["highway", "crossing", "barrier", "railway", "ford"]  # a node with one of these ends a link
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
_NO = {"no", "private", "use_sidepath", "dismount"}
_ONE_WAY = {"yes", "1", "true", "-1", "reverse"}  # osmnx turns a way round where it says -1
# ASSUME: a barrier on a way stops nobody on foot or by cycle unless it says so or is one of these
_CLOSED_BARRIERS = {"fence", "wall", "hedge", "city_wall", "guard_rail", "ditch"}
_GAP_M = 0.2  # left between a link and a closed gate at its end
_PAVED = {"asphalt", "paved", "concrete", "paving_stones", "sett", "cobblestone", "metal", "wood", "unhewn_cobblestone"}
_GRAVEL = {"gravel", "fine_gravel", "compacted", "pebblestone", "unpaved"}
# ASSUME: motor traffic by class of road where an extract does not say, vehicles a day
_MOTOR_PER_DAY = {"trunk": 20_000, "primary": 12_000, "secondary": 8_000, "tertiary": 4_000, "unclassified": 1_000}
_MOTOR_PER_DAY |= {"residential": 500, "living_street": 200, "service": 100}


@dataclass(frozen=True)
class Extract:
    """Raw links, as `movement.sources.sketch` gives them, tagged nodes, and the pieces of the barriers asked for."""

    raw: gpd.GeoDataFrame
    nodes: gpd.GeoDataFrame  # tags (JSON), geometry: nodes with one of NODE_TAGS
    barriers: gpd.GeoDataFrame


def read_extract(path: Path, *, crs: str, barrier_refs: Sequence[str], barrier_kinds: Sequence[str] = ()) -> Extract:
    """Read the ways people walk and cycle on, and what is a barrier, from an extract.

    Parameters
    ----------
    path
        `.osm`, `.osm.gz` or `.osm.pbf`.
    crs
        Metric CRS into which lines are brought.
    barrier_refs
        Values of `ref` whose roads are barriers, such as `E 6`; they carry nobody.
    barrier_kinds
        Other barriers to read: motorway (all motorways and motor roads), rail, water, fence, bank.

    Returns
    -------
    extract
        One raw link for each stretch of a way between junctions, crossings, barriers and fords: ways are never
        merged, so no tag is lost; `tags` holds those of WAY_TAGS as JSON.

    Raises
    ------
    InputFaults
        If the file cannot be read as OpenStreetMap data, or a kind of barrier is not known.

    Notes
    -----
    Motorways and motor roads carry nobody; footways carry cycles only where `bicycle` says so (Danish access rules,
    OpenStreetMap wiki "OSM tags for routing/Access restrictions", Denmark). Cycles go one way where tagged, unless
    `oneway:bicycle` or `cycleway=opposite*` frees them; people on foot go both ways.
    """
    faults = [
        Fault("unknown_word", "params.yaml", value=kind, detail={"column": "barrier_kinds", "allowed": _allowed()})
        for kind in barrier_kinds
        if kind not in (*FROM_TAGS, "motorway")
    ]
    if faults:
        raise InputFaults(faults)
    with tempfile.TemporaryDirectory() as scratch:
        nodes, edges = _network(_as_xml(path, Path(scratch)), path)
    nodes, edges = nodes.to_crs(crs), edges.to_crs(crs)
    asked = edges["ref"].map(lambda refs: next((r for r in _refs(refs) if r in barrier_refs), None))
    if "motorway" in barrier_kinds:
        asked = asked.where(asked.notna() | ~_is_motorway(edges), edges["ref"].fillna("motorway"))
    is_barrier = asked.notna() & (edges["highway"] != "service")
    edges = edges.assign(barrier_id=asked)
    others = barrier_pieces(path, kinds=[kind for kind in barrier_kinds if kind in FROM_TAGS], crs=crs)
    roads = _road_pieces(edges[is_barrier])
    walls = [frame for frame in (roads, others) if len(frame)] or [roads]
    edges = _with_node_tags(edges, nodes, edges[is_barrier])
    raw = _raw_links(edges[asked.isna()])
    tagged = nodes[nodes["tags"] != "{}"]
    return Extract(raw, tagged[["tags", "geometry"]], gpd.GeoDataFrame(pd.concat(walls, ignore_index=True), crs=crs))


def _allowed() -> str:
    return ", ".join(("motorway", *FROM_TAGS))


def _refs(value: object) -> list[str]:
    return [ref.strip() for ref in str(value).split(";")]


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
    settings.useful_tags_way, settings.useful_tags_node = list(WAY_TAGS), list(NODE_TAGS)
    settings.all_oneway = True  # each way once, as drawn, its tag `oneway` untouched
    try:
        yield
    finally:
        settings.useful_tags_way, settings.useful_tags_node, settings.all_oneway = kept


def _network(xml: Path, path: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return nodes, by their number, and edges, with their tags."""
    try:
        with _tag_settings():
            graph = ox.graph_from_xml(xml, simplify=False, retain_all=True)
            graph = ox.simplify_graph(
                graph, node_attrs_include=_ENDS_AT, edge_attrs_differ=["osmid"], remove_rings=False
            )
            nodes, edges = ox.graph_to_gdfs(graph)
    except ValueError as empty:
        raise InputFaults([Fault("unreadable_extract", path.as_posix(), value=str(empty)[:200])]) from empty
    edges = edges.reset_index().reindex(columns=["u", "v", "osmid", *WAY_TAGS, "geometry"])
    edges = edges.astype(dict.fromkeys(WAY_TAGS, object))
    nodes = nodes.reindex(columns=[*NODE_TAGS, "geometry"]).astype(dict.fromkeys(NODE_TAGS, object))
    nodes = nodes.assign(tags=_as_json(nodes, NODE_TAGS))
    return nodes, edges.sort_values(["osmid", "u", "v"], kind="stable").reset_index(drop=True)


def _as_json(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    columns = [frame[name].tolist() for name in names]
    rows = zip(*columns, strict=True)
    return [
        json.dumps(
            {name: value for name, value in zip(names, row, strict=True) if isinstance(value, str)}, ensure_ascii=False
        )
        for row in rows
    ]


def _with_node_tags(edges: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame, barriers: pd.DataFrame) -> gpd.GeoDataFrame:
    """Give links what stands at their ends: a crossing, and how many of the link's waits they hold.

    Where an end meets a barrier, only that end tells the crossing.
    """
    kind = _node_crossing(nodes)
    at_start, at_end = edges["u"].map(kind), edges["v"].map(kind)
    met = set(barriers["u"]) | set(barriers["v"])
    meets_start, meets_end = edges["u"].isin(met), edges["v"].isin(met)
    start, end = at_start.where(meets_start | ~meets_end), at_end.where(meets_end | ~meets_start)
    both = meets_start & meets_end & (start.isna() | end.isna())
    waits = at_start.notna().astype(float) / 2 + at_end.notna().astype(float) / 2  # the other half is the next link's
    return edges.assign(
        node_crossing=start.fillna(end).where(~both),
        node_waits=waits,
        shuts_walk=_shut_ends(edges, nodes, "foot"),
        shuts_cycle=_shut_ends(edges, nodes, "bicycle"),
    )


def _node_crossing(nodes: gpd.GeoDataFrame) -> pd.Series:
    signals = (nodes["highway"] == "traffic_signals") | (nodes["crossing"] == "traffic_signals")
    unmarked = nodes["crossing"].isin(["unmarked", "no"])
    found = np.select(
        [
            nodes["railway"].isin(["level_crossing", "crossing"]),
            nodes["highway"].isin(["crossing", "traffic_signals"]) & signals,
            (nodes["highway"] == "crossing") & unmarked,
            nodes["highway"] == "crossing",
            nodes["ford"].map(is_there),
            nodes["barrier"].isin(["gate", "kissing_gate", "stile", "entrance", "swing_gate"]),
        ],
        ["level_crossing", "signals", "unmarked", "marked", "ford", "gate"],
        "",
    )
    kind = pd.Series(found, index=nodes.index, dtype=object)
    return kind.where(kind != "", None)


def _shut_ends(edges: pd.DataFrame, nodes: gpd.GeoDataFrame, mode: str) -> list[tuple[bool, bool]]:
    """Tell for both ends of each link whether a barrier stands there that the mode cannot pass."""
    own, access = nodes[mode], nodes["access"]
    shut = nodes["barrier"].notna() & (
        own.isin(_NO) | (~own.isin(_YES) & (access.isin(_NO) | nodes["barrier"].isin(_CLOSED_BARRIERS)))
    )
    closed = set(nodes.index[shut])
    return [(u in closed, v in closed) for u, v in zip(edges["u"], edges["v"], strict=True)]


def _level(edges: pd.DataFrame) -> list[int]:
    return [level(tags) for tags in edges[["layer", "bridge", "tunnel"]].to_dict("records")]


def _structure(edges: pd.DataFrame) -> pd.Series:
    bridge, tunnel = edges["bridge"].map(is_there), edges["tunnel"].map(is_there)
    found = np.select([bridge, tunnel], [Structure.BRIDGE, Structure.TUNNEL], Structure.NONE)
    return pd.Series(found, index=edges.index, dtype=object)


def _is_motorway(edges: pd.DataFrame) -> pd.Series:
    return edges["highway"].astype(str).str.startswith("motorway") | (edges["motorroad"] == "yes")


def _road_pieces(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ref = edges["barrier_id"].astype(str)
    pieces = gpd.GeoDataFrame(
        {
            "barrier_id": ref.to_numpy(),
            "piece": 0,
            "kind": np.where(_is_motorway(edges), "motorway", "trunk_road"),
            "level": _level(edges),
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
    crossing, waits = _crossing(edges)
    raw = gpd.GeoDataFrame(
        {
            "link_id": ("w" + edges["osmid"].astype(str) + "-" + number.astype(str)).to_numpy(),
            "name": edges["name"].to_numpy(),
            "link_class": base.to_numpy(),
            "allows_walk": walk,
            "allows_cycle": cycle,
            "cycle_oneway": [_cycle_oneway(tags) for tags in edges[list(_ONE_WAY_TAGS)].to_dict("records")],
            "level": _level(edges),
            "structure": _structure(edges).to_numpy(),
            "is_lit": _lit(edges["lit"], base).to_numpy(),
            "surface": edges["surface"].map(_surface).to_numpy(),
            "has_steps": ((highway == "steps") | edges["steps"].map(is_there)).to_numpy(),
            "crossing": crossing.to_numpy(),
            "waits": waits.to_numpy(),
            "width_m": edges["width"].map(_number).to_numpy(dtype=float),
            "motor_per_day": base.map(_MOTOR_PER_DAY).fillna(0.0).to_numpy(dtype=float),
            "speed_kmh": edges["maxspeed"].map(_number).to_numpy(dtype=float),
            "tags": _as_json(edges, WAY_TAGS),
            "source": "OpenStreetMap",
            "shuts_walk": edges["shuts_walk"].to_numpy(),
            "shuts_cycle": edges["shuts_cycle"].to_numpy(),
        },
        geometry=edges.geometry.to_numpy(),
        crs=edges.crs,
    )
    raw = _behind_gates(raw[raw["allows_walk"] | raw["allows_cycle"]])
    return raw[raw["allows_walk"] | raw["allows_cycle"]].reset_index(drop=True)


def _behind_gates(raw: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave a gap at the ends where nobody gets through; take one mode off where only it is stopped."""
    shapes, cycle, walk = raw.geometry.tolist(), raw["allows_cycle"].tolist(), raw["allows_walk"].tolist()
    for at, (shut_walk, shut_cycle) in enumerate(zip(raw["shuts_walk"], raw["shuts_cycle"], strict=True)):
        if not any((*shut_walk, *shut_cycle)):
            continue
        for end in (0, 1):
            on_foot, on_cycle = shut_walk[end] or not walk[at], shut_cycle[end] or not cycle[at]
            if on_foot and on_cycle:
                bounds = (_GAP_M, shapes[at].length) if end == 0 else (0.0, shapes[at].length - _GAP_M)
                shapes[at] = substring(shapes[at], *bounds) if shapes[at].length > 2 * _GAP_M else shapes[at]
            elif shut_walk[end]:
                walk[at] = False
            elif shut_cycle[end]:
                cycle[at] = False
    raw = raw.drop(columns=["shuts_walk", "shuts_cycle"]).assign(allows_walk=walk, allows_cycle=cycle)
    return raw.set_geometry(gpd.GeoSeries(shapes, index=raw.index, crs=raw.crs))


def _access(tags: Mapping[str, Any]) -> tuple[bool, bool]:
    """Tell whether people may walk and may cycle on a way."""
    highway = str(tags["highway"])
    if highway in _NOBODY or tags["motorroad"] == "yes":
        return False, False
    closed = tags["access"] in _NO
    walk = tags["foot"] in _YES or (not closed and tags["foot"] not in _NO)
    cycle = highway not in _WALK_ONLY and not closed and tags["bicycle"] not in _NO
    return walk, (cycle or tags["bicycle"] in _YES) and highway != "steps"


_ONE_WAY_TAGS = ("oneway", "junction", "oneway:bicycle", "cycleway", "cycleway:left", "cycleway:right", "cycleway:both")


def _cycle_oneway(tags: Mapping[str, Any]) -> bool:
    if tags["oneway:bicycle"] in _ONE_WAY:
        return True
    if tags["oneway:bicycle"] == "no" or any(str(tags[key]).startswith("opposite") for key in _ONE_WAY_TAGS[3:]):
        return False
    return tags["oneway"] in _ONE_WAY or (tags["junction"] in ("roundabout", "circular") and tags["oneway"] != "no")


def _lit(lit: pd.Series, highway: pd.Series) -> pd.Series:
    # ASSUME: where an extract does not say, streets are lit and paths are not
    return (lit.notna() & (lit != "no")) | (lit.isna() & highway.isin(_STREETS))


def _number(value: object) -> float:
    """Return the first number of a text such as `2,5 m`; not a number where there is none."""
    found = re.search(r"\d+(?:[.,]\d+)?", value) if isinstance(value, str) else None
    return float(found[0].replace(",", ".")) if found else float("nan")


def _surface(value: object) -> str:
    if value in _PAVED:
        return "paved"
    if value in _GRAVEL:
        return "gravel"
    return "unknown" if not isinstance(value, str) else "ground"


def _crossing(edges: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Tell the kind of crossing on each link, and its waits.

    A way that is a crossing and has a tagged node waits there; one without waits once, spread over its links.
    """
    on_way = (edges["footway"] == "crossing") | (edges["cycleway"] == "crossing") | edges["crossing"].map(is_there)
    ford = edges["ford"].map(is_there)
    signals, unmarked = edges["crossing"] == "traffic_signals", edges["crossing"] == "unmarked"
    way = np.select([signals, on_way & unmarked, on_way, ford], ["signals", "unmarked", "marked", "ford"], "")
    told = pd.Series(way, index=edges.index, dtype=object)
    found = told.where(told != "", edges["node_crossing"].astype(object))
    of_way = edges.groupby("osmid")
    untold = on_way & (of_way["node_waits"].transform("sum") == 0)
    waits = edges["node_waits"].where(~untold, 1.0 / of_way["u"].transform("size"))
    return found.where(found.notna(), None), waits
