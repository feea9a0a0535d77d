"""Lines that cross without a node in, lines split where they meet out; nothing joins a barrier."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import substring

_ON_BARRIER_M, _ON_BARRIER_SHARE = 3.0, 0.5  # a line this near a barrier along this much of it is the barrier
_SHORTEST_M = 0.5


def without_barriers(lines: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out lines that are a barrier themselves, such as the motorway of an official road layer.

    Parameters
    ----------
    lines
        Lines in a metric CRS.
    barriers
        Table BARRIERS, same CRS.
    """
    if barriers.empty or lines.empty:
        return lines
    along = shapely.buffer(shapely.union_all(np.asarray(barriers.geometry)), _ON_BARRIER_M)
    share = shapely.length(shapely.intersection(np.asarray(lines.geometry), along)) / lines.geometry.length.to_numpy()
    return lines[share < _ON_BARRIER_SHARE].reset_index(drop=True)


def joined_at_crossings(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Split lines where they cross or touch a line of their level, so that they join there.

    Parameters
    ----------
    lines
        Columns `link_id` and `level`, in a metric CRS. Barriers must not be among them.

    Returns
    -------
    lines
        Parts are named `link_id` with `.1`, `.2`; the levels are all that tells a bridge from a junction.
    """
    shapes, level = np.asarray(lines.geometry), lines["level"].to_numpy()
    places: dict[int, list[tuple[float, tuple[float, float]]]] = defaultdict(list)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (one < other) & (level[one] == level[other])
    for i, j in zip(one[pairs], other[pairs], strict=True):
        for point in _points(shapely.intersection(shapes[i], shapes[j])):
            for at in (i, j):
                places[at].append((float(shapes[at].project(point)), (point.x, point.y)))
    rows = []
    for at, line in enumerate(lines.to_dict("records")):
        parts = _parts(shapes[at], places[at])
        names = [f"{line['link_id']}.{n}" for n in range(1, len(parts) + 1)] if len(parts) > 1 else [line["link_id"]]
        rows += [line | {"link_id": name, "geometry": part} for name, part in zip(names, parts, strict=True)]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=lines.columns), geometry="geometry", crs=lines.crs)


def _points(shared: shapely.Geometry) -> list[shapely.Point]:
    """Return where two lines meet: crossings, and the ends of what they share."""
    found = []
    for part in shapely.get_parts(shared):
        found += (
            [part] if part.geom_type == "Point" else [shapely.Point(part.coords[0]), shapely.Point(part.coords[-1])]
        )
    return found


def _parts(line: shapely.LineString, places: list[tuple[float, tuple[float, float]]]) -> list[shapely.LineString]:
    cuts: list[tuple[float, tuple[float, float]]] = []
    for along, xy in sorted(places):
        last = cuts[-1][0] if cuts else 0.0
        if along - last > _SHORTEST_M and line.length - along > _SHORTEST_M:
            cuts.append((along, xy))
    bounds = [0.0, *(along for along, _ in cuts), line.length]
    parts = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        piece = [xy[:2] for xy in substring(line, start, end).coords]
        piece[0] = cuts[number - 1][1] if number else piece[0]
        piece[-1] = cuts[number][1] if number < len(cuts) else piece[-1]
        parts.append(shapely.LineString(piece))
    return parts
