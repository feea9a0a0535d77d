"""Where links meet barriers: carried over or under, let across, or cut; and how far apart the crossings lie."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.network.build import end_points, node_ids, with_lengths
from movement.tables import (
    BARRIER_SPACING,
    CROSSINGS,
    BarrierKind,
    Crossing,
    CrossingReason,
    CrossingStatus,
    Fault,
    InputFaults,
)

GAP_M = 0.5  # left on either side of a barrier that cuts a link
_SHORTEST_M = 0.5  # what is left of a cut link and shorter than this is dropped
_INSIDE_M = 0.1  # a link along the edge of an area does not meet it; one that goes this far in does
_TOUCHES_M = 0.15  # a link that ends this near a barrier ends on it: ends on both sides must not be one node
_SAME_PLACE_M = 20.0  # crossings nearer than twice this are one, such as those of both carriageways
_OPENINGS: Mapping[BarrierKind, tuple[Crossing, ...]] = {
    BarrierKind.TRUNK_ROAD: (Crossing.SIGNALS, Crossing.MARKED, Crossing.UNMARKED),
    BarrierKind.RAIL: (Crossing.LEVEL_CROSSING,),
    BarrierKind.WATER: (Crossing.FORD,),
    BarrierKind.FENCE: (Crossing.GATE,),
    BarrierKind.BANK: (Crossing.RAMP,),
}


def crossings(
    links: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, decisions: pd.DataFrame | None = None
) -> gpd.GeoDataFrame:
    """List every place where a link meets a barrier and what becomes of it there.

    The level of the link is compared with the level of that piece of the barrier: where they differ the link is
    carried. At the same level a barrier cuts the link, but for a tagged crossing of the kind the barrier can have: a
    trunk road signals or a crossing, a railway a level crossing, water a ford, a fence a gate, a bank a ramp or
    stairs; a motorway none. A decision overrules all of it.

    Parameters
    ----------
    links
        Table LINKS, in a metric CRS.
    barriers
        Table BARRIERS, lines and areas, same CRS.
    decisions
        Table BARRIER_DECISIONS.

    Returns
    -------
    crossings
        Columns of table CROSSINGS, ordered by its key, and `wall`, the barrier's piece near the link; `place`
        counts along each link and barrier.

    Raises
    ------
    InputFaults
        For a decision on a place that is not there.
    """
    if links.empty or barriers.empty:
        return CROSSINGS.empty().set_crs(links.crs or barriers.crs).assign(wall=None)
    found = _met(links, barriers)
    found = _numbered(_judged(found))
    return found if decisions is None or decisions.empty else _overruled(found, decisions)


def _met(links: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    walls = np.asarray(barriers.geometry)
    is_area = shapely.get_dimensions(walls) == 2
    walls = np.where(is_area, shapely.buffer(walls, -_INSIDE_M), walls)
    lines = np.asarray(links.geometry)
    link_at, piece_at = shapely.STRtree(walls).query(lines, predicate="dwithin", distance=_TOUCHES_M)
    shared = shapely.intersection(lines[link_at], walls[piece_at])
    near = shapely.get_point(shapely.shortest_line(lines[link_at], walls[piece_at]), 0)
    shared = np.where(shapely.is_empty(shared) & ~is_area[piece_at], near, shared)
    places, meeting = shapely.get_parts(shared, return_index=True)  # a link may cross the same piece twice
    there = ~shapely.is_empty(places)  # it may also only pass by an area
    places, link_at, piece_at = places[there], link_at[meeting[there]], piece_at[meeting[there]]
    wall = [shapely.clip_by_rect(walls[j], *_around(lines[i])) for i, j in zip(link_at, piece_at, strict=True)]
    met, pieces = links.iloc[link_at], barriers.iloc[piece_at]
    columns = ("scenario_id", "link_id", "crossing", "name", "has_steps")
    return gpd.GeoDataFrame(
        {name: met[name].to_numpy() for name in columns}
        | {
            "barrier_id": pieces["barrier_id"].to_numpy(),
            "link_level": met["level"].to_numpy(),
            "barrier_level": pieces["level"].to_numpy(),
            "kind": pieces["kind"].to_numpy(),
            "wall": wall,
            "note": None,
        },
        geometry=shapely.centroid(places),
        crs=links.crs,
    )


def _around(line: shapely.LineString) -> tuple[float, float, float, float]:
    west, south, east, north = line.bounds
    return west - 2 * GAP_M, south - 2 * GAP_M, east + 2 * GAP_M, north + 2 * GAP_M


def _judged(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    above, below = found["link_level"] > found["barrier_level"], found["link_level"] < found["barrier_level"]
    openings = {(str(kind), str(word)) for kind, words in _OPENINGS.items() for word in words}
    tagged = [pair in openings for pair in zip(found["kind"], found["crossing"], strict=True)]
    stairs = (found["kind"] == BarrierKind.BANK) & found["has_steps"]
    why = (
        CrossingReason.LINK_ABOVE,
        CrossingReason.LINK_BELOW,
        CrossingReason.TAGGED_CROSSING,
        CrossingReason.STAIRS,
    )
    reason = np.select([above, below, tagged, stairs], [str(word) for word in why], str(CrossingReason.SAME_LEVEL))
    status = np.where(reason == CrossingReason.SAME_LEVEL, CrossingStatus.CUT, CrossingStatus.CARRIED)
    return found.assign(reason=reason, status=status.astype(str)).drop(columns=["kind", "crossing", "has_steps"])


def _numbered(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    key = ["scenario_id", "link_id", "barrier_id"]
    xy = found.geometry.get_coordinates()
    order = found.assign(_x=xy["x"].to_numpy(), _y=xy["y"].to_numpy()).sort_values([*key, "_x", "_y"], kind="stable")
    order = order.drop(columns=["_x", "_y"]).reset_index(drop=True)
    return order.assign(place=order.groupby(key).cumcount() + 1)


def _overruled(found: gpd.GeoDataFrame, decisions: pd.DataFrame) -> gpd.GeoDataFrame:
    faults = []
    for at, row in enumerate(decisions.itertuples(), start=2):
        link = found["link_id"].astype(str)
        there = (link == row.link_id) | link.str.startswith((f"{row.link_id}-", f"{row.link_id}/"))  # an OSM way; parts
        there &= found["barrier_id"] == row.barrier_id
        if not there.any():
            detail = {"link": str(row.link_id), "barrier": str(row.barrier_id)}
            faults.append(Fault("no_such_crossing", "barrier_decisions.csv", at, str(row.link_id), detail))
        note = ", ".join(str(part) for part in (row.decided_by, row.reason) if pd.notna(part))
        told = {"status": row.status, "reason": str(CrossingReason.OVERRULED), "note": note}
        found = found.assign(**{name: found[name].where(~there, value) for name, value in told.items()})
    if faults:
        raise InputFaults(faults)
    return found


def cut(links: gpd.GeoDataFrame, met: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Take out of links what a barrier cuts, with a gap on either side.

    Parameters
    ----------
    links
        Table LINKS.
    met
        As `crossings` gives it for these links.

    Returns
    -------
    links
        What is left of a cut link keeps its `parent_link_id` and is named `~1`, `~2` along it; all other links stay
        as they are, in their order.
    """
    lost = met[met["status"] == CrossingStatus.CUT]
    if lost.empty:
        return links
    keys = ["scenario_id", "link_id"]
    gaps = {key: shapely.buffer(shapely.union_all(part.to_numpy()), GAP_M) for key, part in lost.groupby(keys)["wall"]}
    is_cut = pd.MultiIndex.from_frame(links[keys]).isin(list(gaps))
    order = np.arange(len(links), dtype=float)
    pieces, places = [], []
    for place, link in zip(order[is_cut], links[is_cut].to_dict("records"), strict=True):
        left = shapely.get_parts(shapely.difference(link["geometry"], gaps[link["scenario_id"], link["link_id"]]))
        kept = [part for part in left if part.length >= _SHORTEST_M]
        middles = [link["geometry"].project(part.interpolate(0.5, normalized=True)) for part in kept]
        kept = [kept[at] for at in np.argsort(middles)]
        for number, part in enumerate(kept, start=1):
            pieces.append(link | {"link_id": f"{link['link_id']}~{number}", "geometry": part})
            places.append(place + number / (len(kept) + 1))
    if not pieces:
        return links[~is_cut].reset_index(drop=True)
    left = gpd.GeoDataFrame(pieces, crs=links.crs)
    ends = end_points(left)
    left = left.assign(from_node_id=node_ids(ends[:, 0]), to_node_id=node_ids(ends[:, 1]))
    both = gpd.GeoDataFrame(pd.concat([links[~is_cut], left], ignore_index=True), crs=links.crs)
    return with_lengths(
        both.iloc[np.argsort(np.concatenate([order[~is_cut], places]), kind="stable")].reset_index(drop=True)
    )


def spacing(met: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, scenario_ids: list[str]) -> pd.DataFrame:
    """Measure how far apart the crossings of each barrier lie.

    Parameters
    ----------
    met
        Table CROSSINGS.
    barriers
        Table BARRIERS; of areas, half the edge counts as their length.
    scenario_ids
        Scenarios to measure, with or without a crossing.

    Returns
    -------
    spacing
        Table BARRIER_SPACING. Places within 40 m are one crossing; of carriageways that run apart each is measured.
        The spacing is the mean over all places along the barrier of the stretch they lie in: short ends of slip
        roads, as extracts have them, then weigh little.
    """
    carried = met[met["status"] == CrossingStatus.CARRIED]
    rows = []
    for barrier_id, pieces in barriers.groupby("barrier_id"):
        shapes = np.asarray(pieces.geometry)
        is_area = shapely.get_dimensions(shapes) == 2
        edges = np.where(is_area, shapely.boundary(shapes), shapes)
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(edges)))
        for scenario_id in scenario_ids:
            own = carried[(carried["barrier_id"] == barrier_id) & (carried["scenario_id"] == scenario_id)]
            places = _places(np.asarray(own.geometry))
            gaps = np.concatenate([_gaps(line, places) for line in lines])
            rows.append(
                {
                    "scenario_id": scenario_id,
                    "barrier_id": barrier_id,
                    "length_m": shapely.length(lines).sum() / (2 if is_area.all() else 1),
                    "crossings": len(places),
                    "spacing_m": (gaps**2).sum() / gaps.sum(),
                    "longest_gap_m": gaps.max(),
                }
            )
    return BARRIER_SPACING.conform(pd.DataFrame(rows, columns=list(BARRIER_SPACING.columns)))


def _places(points: np.ndarray) -> np.ndarray:
    """Put points that lie together into one."""
    if not len(points):
        return points
    return np.asarray(shapely.centroid(shapely.get_parts(shapely.union_all(shapely.buffer(points, _SAME_PLACE_M)))))


def _gaps(line: shapely.LineString, places: np.ndarray) -> np.ndarray:
    near = places[shapely.distance(places, line) <= 2 * _SAME_PLACE_M] if len(places) else places
    along = np.sort(shapely.line_locate_point(line, near)) if len(near) else np.empty(0)
    return np.diff(np.concatenate([[0.0], along, [line.length]]))
