"""The lines that cut an area apart: their sides and stretches, where they are crossed, and free crossing of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from movement.tables import BarrierKind
from movement.tables.severance import EVERYWHERE, Compass, CutKind, Ring

Reals = NDArray[np.float64]
Words = NDArray[Any]

_CUTTING = (BarrierKind.MOTORWAY, BarrierKind.TRUNK_ROAD, BarrierKind.RAIL)
_SAME_PLACE_M = 20.0  # crossings nearer than twice this are one, as in the barriers' spacing
_AT_END_M = 0.001
_ALIKE_M = 1.0  # cuts that run alike to the metre are crossed alike
_PART_M = 100.0
_FAR = 4.0  # wedges reach this many times a kordon's extent
_QUADRANTS = (Compass.EAST, Compass.NORTH, Compass.WEST, Compass.SOUTH)  # anticlockwise from -45 degrees


@dataclass(frozen=True)
class Cut:
    """A barrier or screenline; `has_words`: the study's own words say who lives on which side of it."""

    cut_id: str
    kind: CutKind
    line: shapely.Geometry
    has_words: bool = False

    @cached_property
    def ring(self) -> shapely.Polygon | None:
        """The area a kordon closes round; none for other cuts, and for a kordon of fewer than three places."""
        if self.kind != CutKind.KORDON:
            return None
        xy = shapely.get_coordinates(self.line)
        return shapely.Polygon(xy) if len(np.unique(xy, axis=0)) >= 3 else None

    @cached_property
    def course(self) -> bytes:
        """Where it runs: the same for a screenline drawn along a barrier as for the barrier."""
        return bytes(shapely.to_wkb(shapely.normalize(shapely.set_precision(self.line, _ALIKE_M))))

    def sides(self, points: NDArray[Any], words: pd.Series) -> Words:
        """Tell the side each point lies on, None where on no side.

        Parameters
        ----------
        points
            Places, in the cut's CRS.
        words
            The study's words for their sides, in the same order.

        Returns
        -------
        sides
            The study's words where they are about this cut. Else inside or outside a kordon; of a line, the points of
            the compass across its overall direction, seen from its nearest place. Beyond its ends there is no side.
        """
        if self.has_words:
            return np.asarray(words.where(words.notna(), None), dtype=object)
        if self.ring is not None:
            is_inside = shapely.contains_xy(self.ring, shapely.get_coordinates(points))
            return np.where(is_inside, str(Ring.INSIDE), str(Ring.OUTSIDE)).astype(object)
        return _sides_of_line(points, self.line)

    def towards(self, points: NDArray[Any]) -> Words:
        """Tell the point of the compass each point lies towards, seen from the middle of a kordon; else nothing."""
        if self.ring is None:
            return np.full(len(points), None, dtype=object)
        away = shapely.get_coordinates(points) - shapely.get_coordinates(self.ring.centroid)
        turn = np.floor((np.degrees(np.arctan2(away[:, 1], away[:, 0])) + 45) / 90).astype(int) % 4
        words: Words = np.array([str(word) for word in _QUADRANTS], dtype=object)[turn]
        return words

    def stretches(self) -> Iterator[tuple[str, shapely.Geometry]]:
        """Yield the whole cut, and a kordon's parts towards each point of the compass."""
        yield EVERYWHERE, self.line
        if self.ring is None:
            return
        x, y = shapely.get_coordinates(self.ring.centroid)[0]
        far = _FAR * float(np.ptp(shapely.get_coordinates(self.ring), axis=0).max())
        corners = [(x + far * dx, y + far * dy) for dx, dy in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
        for at, word in enumerate(_QUADRANTS):
            wedge = shapely.Polygon([(x, y), corners[at], corners[(at + 1) % 4]])
            part = shapely.intersection(self.line, wedge)
            if not part.is_empty:
                yield str(word), part


def cuts(screenlines: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, *, has_words: bool) -> list[Cut]:
    """List what cuts the area: each screenline, and each motorway, trunk road and railway among the barriers.

    Parameters
    ----------
    screenlines, barriers
        SCREENLINES and BARRIERS. Areas such as lakes have no two sides and are left out.
    has_words
        The study says which side zones lie on. Its words are about the primary screenline that is no kordon (the first
        one where none is primary), and without a screenline about the first barrier.
    """
    lines = screenlines.sort_values(["is_primary", "screenline_id"], ascending=[False, True], kind="stable")
    found = [
        Cut(str(name), CutKind.KORDON if kind == CutKind.KORDON else CutKind.SNIT, shape)
        for name, kind, shape in zip(lines["screenline_id"], lines["kind"], lines.geometry, strict=True)
    ]
    is_line = barriers.geom_type.str.contains("Line") & barriers["kind"].isin([str(kind) for kind in _CUTTING])
    known = {cut.cut_id for cut in found}
    for name, pieces in barriers.loc[is_line].groupby("barrier_id", sort=True):
        if name not in known:  # a study that draws no screenlines may name them after barriers
            found.append(Cut(str(name), CutKind.BARRIER, shapely.line_merge(shapely.union_all(pieces.geometry))))
    worded = next((at for at, cut in enumerate(found) if cut.ring is None), None) if has_words else None
    return [Cut(cut.cut_id, cut.kind, cut.line, at == worded) for at, cut in enumerate(found)]


def crossing_spacing(line: shapely.Geometry, links: NDArray[Any]) -> dict[str, float]:
    """Measure how often and how far apart links meet a line.

    Parameters
    ----------
    line
        A cut or a stretch of it.
    links
        Shapes of the links someone may use.

    Returns
    -------
    spacing
        `length_m`, `crossings`, `crossings_per_km`, `longest_gap_m`. Of carriageways that run apart each is measured,
        and a crossing counts per km on each. Round a closed line the gap over its first point is one gap.
    """
    lines = shapely.get_parts(shapely.line_merge(line))
    met = links[shapely.intersects(links, line)]
    points = shapely.centroid(shapely.get_parts(shapely.intersection(met, line)))
    places = shapely.centroid(shapely.get_parts(shapely.union_all(shapely.buffer(points, _SAME_PLACE_M))))
    gaps, passed = [0.0], 0
    for one in lines:
        near = places[shapely.distance(places, one) <= 2 * _SAME_PLACE_M] if len(places) else places
        along = np.sort(shapely.line_locate_point(one, near)) if len(near) else np.empty(0)
        passed += len(along)
        if one.is_closed and len(along):
            gaps.append(float(np.diff(np.append(along, along[0] + one.length)).max()))
        else:
            gaps.append(float(np.diff(np.concatenate([[0.0], along, [one.length]])).max()))
    length = float(shapely.length(lines).sum())
    return {
        "length_m": length,
        "crossings": len(places),
        "crossings_per_km": 1000 * passed / length if length else 0.0,
        "longest_gap_m": max(gaps),
    }


def points_along(links: NDArray[Any], cut: Cut, *, near_m: float) -> NDArray[np.int64]:
    """Tell into how many parts of at most 100 m each link near a cut is divided; 1 for the others.

    Free crossing may begin and end where these parts meet, so that it does not depend on where links were drawn to end.
    """
    parts = np.ones(len(links), dtype=np.int64)
    near = shapely.dwithin(links, cut.line, near_m)
    parts[near] = np.maximum(np.ceil(shapely.length(links[near]) / _PART_M), 1).astype(np.int64)
    return parts


def free_crossings(places: NDArray[Any], cut: Cut, *, longest_m: float) -> pd.DataFrame:
    """List the straight lines by which a cut could be crossed freely.

    Parameters
    ----------
    places
        Places on links someone may use.
    cut
        What is crossed.
    longest_m
        Longest straight line.

    Returns
    -------
    lines
        `start`, `end` (positions of places, the lower first) and `length_m`, for every two places whose straight line
        is at most that long and meets the cut; of a kordon, that has one end inside and one outside.
    """
    xy, away = shapely.get_coordinates(places), shapely.distance(places, cut.line)
    near = np.flatnonzero(away <= longest_m)  # from further away no line that short meets it
    pairs = np.empty((2, 0), dtype=np.int64)
    if len(near):
        pairs = near[shapely.STRtree(places[near]).query(places[near], predicate="dwithin", distance=longest_m)]
    start, end = pairs[:, pairs[0] < pairs[1]]
    apart = np.hypot(*(xy[start] - xy[end]).T)
    may_be = away[start] + away[end] <= apart + _AT_END_M
    start, end = start[may_be], end[may_be]
    straight = shapely.linestrings(np.stack([xy[start], xy[end]], axis=1)) if len(start) else np.empty(0, dtype=object)
    if cut.ring is not None:
        within = shapely.contains_xy(cut.ring, xy) if len(xy) else np.empty(0, dtype=bool)
        is_over = within[start] != within[end]
    else:
        shapely.prepare(cut.line)
        is_over = shapely.intersects(cut.line, straight)
    lines = pd.DataFrame(
        {"start": start[is_over], "end": end[is_over], "length_m": shapely.length(straight[is_over])}
    ).astype({"start": np.int64, "end": np.int64, "length_m": float})
    return lines.sort_values(["start", "end"], ignore_index=True)


def _sides_of_line(points: NDArray[Any], line: shapely.Geometry) -> Words:
    nearest = shapely.get_point(shapely.shortest_line(line, points), 0)
    away = shapely.get_coordinates(points) - shapely.get_coordinates(nearest)
    west, south, east, north = line.bounds
    runs_north = north - south >= east - west
    words = (Compass.EAST, Compass.WEST) if runs_north else (Compass.NORTH, Compass.SOUTH)
    across = away[:, 0] if runs_north else away[:, 1]
    ends = shapely.boundary(line)
    at_end = shapely.distance(nearest, ends) <= _AT_END_M if not ends.is_empty else np.zeros(len(points), dtype=bool)
    sides = np.where(across > 0, str(words[0]), str(words[1])).astype(object)
    sides[at_end | (across == 0)] = None
    return sides
