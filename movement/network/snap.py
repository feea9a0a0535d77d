"""Sites, homes, attractions and gateways joined to the network; nothing snaps across a barrier."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.network.build import nodes
from movement.tables import BarrierKind, Change, Fault, InputFaults, LandUse, Role


def snap_items(
    items: gpd.GeoDataFrame,
    links: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    kind: str,
    key: str,
    limit_m: float,
) -> pd.DataFrame:
    """Join points to the nearest node that no barrier separates them from.

    Parameters
    ----------
    items
        Points with `key` and `land_use`, in the CRS of the links.
    links
        Table LINKS of one scenario; nodes of its open links on the ground are joined.
    barriers
        Table BARRIERS; pieces on the ground separate.
    kind
        zone, attraction or gateway.
    key
        Column with the item's id.
    limit_m
        Furthest an item may be moved.

    Returns
    -------
    snaps
        Rows of tables.SNAPS, one per item.

    Raises
    ------
    InputFaults
        Naming every item that has no such node within the limit.
    """
    usable = links[(links["allows_walk"] if kind != "gateway" else links["allows_walk"] | links["allows_cycle"])]
    usable = usable[usable["change"] != Change.CLOSED]
    on_ground = usable[usable["level"] == 0]
    places = nodes(on_ground if len(on_ground) else usable)  # a node of the ground, not of a bridge above it
    is_wall = (barriers["level"] == 0) & (barriers["kind"] != BarrierKind.BUILDING)  # people live in buildings
    ground = shapely.union_all(np.asarray(barriers.geometry[is_wall]))
    joined, far = _nearest(items.geometry, places, ground, limit_m)
    faults = []
    for item, at, metres in zip(items[key], joined, far, strict=True):
        if at is None:
            detail = {"kind": kind, "limit": f"{limit_m:g}", "distance": f"{metres:.0f}"}
            faults.append(Fault("snap_too_far", kind, value=str(item), detail=detail))
    if faults:
        raise InputFaults(faults)
    return pd.DataFrame(
        {
            "kind": kind,
            "land_use": items["land_use"].to_numpy(),
            "item_id": items[key].to_numpy(),
            "node_id": joined,
            "link_id": None,
            "distance_m": far,
        }
    )


def _nearest(
    points: gpd.GeoSeries, places: gpd.GeoDataFrame, ground: shapely.Geometry, limit_m: float
) -> tuple[list[str | None], list[float]]:
    """Return the nearest node on this side of the barriers, and its distance; no node beyond the limit."""
    joined: list[str | None] = [None] * len(points)
    if places.empty or not len(points):
        return joined, [float("nan")] * len(points)
    spots, ends = np.asarray(points), np.asarray(places.geometry)
    item, node = places.sindex.query(spots, predicate="dwithin", distance=limit_m)
    metres = shapely.distance(spots[item], ends[node])
    order = np.lexsort((node, metres, item))
    item, node, metres = item[order], node[order], metres[order]
    shapely.prepare(ground)
    steps = np.stack([shapely.get_coordinates(spots[item]), shapely.get_coordinates(ends[node])], axis=1)
    free = ~shapely.intersects(ground, shapely.linestrings(steps)) if len(steps) else np.zeros(0, dtype=bool)
    item, node, metres = item[free], node[free], metres[free]
    found, first = np.unique(item, return_index=True)
    _, near = places.sindex.nearest(spots, return_all=False)
    far = shapely.distance(spots, ends[near]).tolist()  # of a node out of reach, for the message
    for at, row in zip(found, first, strict=True):
        joined[at], far[at] = str(places["node_id"].iloc[node[row]]), float(metres[row])
    return joined, far


def snap_sites(sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame, *, limit_m: float) -> pd.DataFrame:
    """Join each count site to the link it counts; sites off the network (most controls) keep empty ids.

    Parameters
    ----------
    sites
        Table SITES.
    links
        Table LINKS of all scenarios. A site with role new_link looks among added links, any other among today's.
    limit_m
        Furthest a site may lie from its link.

    Returns
    -------
    snaps
        Rows of tables.SNAPS with kind `site`.
    """
    today = links[(links["scenario_id"] == "before")]
    added = links[links["change"] == Change.ADDED].drop_duplicates("link_id")
    rows = []
    for site in sites.itertuples():
        pool = added if site.role == Role.NEW_LINK else today
        pool = pool[_allows(pool, str(site.modes).split(","))]
        far = np.asarray(pool.distance(site.geometry)) if len(pool) else np.array([np.inf])
        at = int(far.argmin())
        joined = far[at] <= limit_m
        link = pool.iloc[at] if joined else None
        rows.append(
            (
                "site",
                str(LandUse.TODAY),
                site.station_id,
                None if link is None else _nearer_end(link, site.geometry),
                None if link is None else link["link_id"],
                float(far[at]) if joined else None,
            )
        )
    return pd.DataFrame(rows, columns=["kind", "land_use", "item_id", "node_id", "link_id", "distance_m"])


def _nearer_end(link: pd.Series, point: shapely.Point) -> str:
    start, end = (shapely.distance(shapely.get_point(link["geometry"], at), point) for at in (0, -1))
    return str(link["from_node_id"] if start <= end else link["to_node_id"])


def _allows(pool: gpd.GeoDataFrame, modes: Sequence[str]) -> pd.Series:
    names = {mode.strip() for mode in modes}
    walk, cycle = "walk" in names, "cycle" in names
    if not (walk or cycle):
        return pool["allows_walk"] | pool["allows_cycle"]
    return (pool["allows_walk"] & walk) | (pool["allows_cycle"] & cycle)
