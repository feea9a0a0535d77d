"""Sites, homes, attractions and gateways joined to the network; nothing snaps across a barrier."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.network.build import nodes
from movement.tables import Change, Fault, InputFaults, LandUse, Role


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
        Table LINKS of one scenario; nodes of its open links are joined.
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
    places = nodes(usable[usable["change"] != Change.CLOSED])
    ground = shapely.union_all(np.asarray(barriers.geometry[barriers["level"] == 0]))
    rows, faults = [], []
    for item, land_use, point in zip(items[key], items["land_use"], items.geometry, strict=True):
        at, distance = _nearest(point, places, ground, limit_m)
        if at is None:
            detail = {"kind": kind, "limit": f"{limit_m:g}", "distance": f"{distance:.0f}"}
            faults.append(Fault("snap_too_far", kind, value=str(item), detail=detail))
        rows.append((kind, land_use, item, at, None, distance))
    if faults:
        raise InputFaults(faults)
    return pd.DataFrame(rows, columns=["kind", "land_use", "item_id", "node_id", "link_id", "distance_m"])


def _nearest(
    point: shapely.Point, places: gpd.GeoDataFrame, ground: shapely.Geometry, limit_m: float
) -> tuple[str | None, float]:
    """Return the nearest node on this side of the barriers and its distance; no node beyond the limit."""
    if places.empty:
        return None, float("nan")
    far = np.asarray(places.distance(point))
    order = np.argsort(far, kind="stable")
    for i in order[far[order] <= limit_m]:
        if not shapely.LineString([point, places.geometry.iloc[i]]).intersects(ground):
            return str(places["node_id"].iloc[i]), float(far[i])
    return None, float(far[order[0]])


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
