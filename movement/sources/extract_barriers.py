"""Barriers in an OpenStreetMap extract: rails, water, fences and banks in, pieces with their levels out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from movement.tables import BARRIERS

# kind of barrier: tags that make one
FROM_TAGS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "rail": {"railway": frozenset({"rail", "light_rail", "narrow_gauge", "subway", "tram"})},
    "water": {
        "waterway": frozenset({"river", "canal", "stream", "ditch"}),
        "natural": frozenset({"water"}),
        "water": frozenset({"river", "lake", "pond"}),
    },
    "fence": {"barrier": frozenset({"fence", "wall", "city_wall", "guard_rail", "jersey_barrier"})},
    "bank": {"man_made": frozenset({"embankment"}), "natural": frozenset({"cliff"})},
}
_NAMES = ("name", "ref")


def is_there(value: object) -> bool:
    """Whether a tag such as `bridge` or `tunnel` says that there is one."""
    return isinstance(value, str) and value not in ("no", "")


def level(tags: Mapping[str, object]) -> int:
    """Return the level tags tell: their layer, else 1 on a bridge, -1 in a tunnel or underground, 0 on the ground."""
    try:
        layer = int(str(tags.get("layer", "")).split(";")[-1])
    except ValueError:
        layer = 0
    if layer:
        return layer
    return 1 if is_there(tags.get("bridge")) else -1 if is_there(tags.get("tunnel")) else 0


def barrier_pieces(path: Path, *, kinds: Sequence[str], crs: str) -> gpd.GeoDataFrame:
    """Read the barriers of some kinds.

    Parameters
    ----------
    path
        Any file pyosmium reads.
    kinds
        Keys of `FROM_TAGS`.
    crs
        CRS into which shapes are brought.

    Returns
    -------
    pieces
        Table BARRIERS: a line per way, an area per area of water; the id is the kind with the name, if any.
    """
    wanted = {kind: FROM_TAGS[kind] for kind in kinds}
    keys = sorted({key for tags in wanted.values() for key in tags})
    if not keys:
        return BARRIERS.empty().set_crs(crs)
    factory = osmium.geom.WKBFactory()
    rows, shapes = [], []
    source = osmium.FileProcessor(str(path)).with_areas(osmium.filter.KeyFilter("natural", "water"))
    for item in source.with_filter(osmium.filter.KeyFilter(*keys)):
        if not isinstance(item, osmium.osm.Way | osmium.osm.Area):
            continue
        tags = {tag.k: tag.v for tag in item.tags}
        kind = next((name for name, asked in wanted.items() if any(tags.get(k) in v for k, v in asked.items())), None)
        if kind is None or not _is_shape(item, tags, kind):
            continue
        try:
            if isinstance(item, osmium.osm.Area):
                shape = factory.create_multipolygon(item)
            else:
                shape = factory.create_linestring(item)
        except (RuntimeError, osmium.InvalidLocationError):
            continue  # a way whose nodes lie outside the extract
        named = next((tags[name] for name in _NAMES if name in tags), "")
        rows.append({"kind": kind, "level": level(tags), "name": named})
        shapes.append(shapely.from_wkb(shape, on_invalid="ignore"))
    found = pd.DataFrame(rows, columns=["kind", "level", "name"])
    ids = (found["kind"] + " " + found["name"]).str.strip()
    pieces = found.drop(columns="name").assign(
        barrier_id=ids, name_da=ids, name_en=ids, source="OpenStreetMap", piece=found.groupby(ids).cumcount()
    )
    return BARRIERS.conform(gpd.GeoDataFrame(pieces, geometry=shapes, crs="EPSG:4326").to_crs(crs))


def _is_shape(item: osmium.osm.Way | osmium.osm.Area, tags: Mapping[str, str], kind: str) -> bool:
    """Whether to take an item: areas of water as areas, all else as lines."""
    if isinstance(item, osmium.osm.Area):
        return kind == "water"
    return not (item.is_closed() and kind == "water" and "natural" in tags)
