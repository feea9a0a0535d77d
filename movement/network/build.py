"""Raw links in, links and nodes out: ends become nodes, lengths are measured, heights become rises."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from movement.tables import Change

NODE_DECIMALS = 1  # ends within the same decimetre are one node


def links(raw: gpd.GeoDataFrame, *, scenario_id: str) -> gpd.GeoDataFrame:
    """Give raw links their nodes and lengths.

    Parameters
    ----------
    raw
        Raw links in a metric CRS. Columns `parent_link_id`, `change` and `badge` are kept where present.
    scenario_id
        Scenario they belong to.

    Returns
    -------
    links
        Columns of tables.LINKS with `rise_m` zero; same rows and index. A node's id is made of its coordinates, so
        it stays when other links change.
    """
    ends = end_points(raw)
    return raw.assign(
        scenario_id=scenario_id,
        parent_link_id=raw["parent_link_id"] if "parent_link_id" in raw else raw["link_id"],
        from_node_id=node_ids(ends[:, 0]),
        to_node_id=node_ids(ends[:, 1]),
        length_m=np.maximum(raw.geometry.length.to_numpy(), 0.001),
        rise_m=0.0,
        change=raw["change"] if "change" in raw else str(Change.UNCHANGED),
        badge=raw.get("badge"),
    )


def end_points(raw: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Return start and end coordinates of lines, shape (rows, 2, 2)."""
    shapes = np.asarray(raw.geometry)
    start, end = shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)
    both = [np.column_stack([shapely.get_x(points), shapely.get_y(points)]) for points in (start, end)]
    return np.stack(both, axis=1) if len(raw) else np.empty((0, 2, 2))


def node_ids(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Name nodes by their coordinates, shape (rows, 2) in metres."""
    rounded = np.round(xy, NODE_DECIMALS) + 0.0
    return np.array([f"{x:.1f} {y:.1f}" for x, y in rounded], dtype=object)


def nodes(all_links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List the nodes of links of all scenarios (tables.NODES), each once, in order of their ids."""
    ends = end_points(all_links)
    ids = np.concatenate([all_links["from_node_id"], all_links["to_node_id"]])
    xy = np.round(np.concatenate([ends[:, 0], ends[:, 1]]), NODE_DECIMALS)
    order = (
        pd.DataFrame({"node_id": ids, "x": xy[:, 0], "y": xy[:, 1]}).drop_duplicates("node_id").sort_values("node_id")
    )
    points = gpd.points_from_xy(order["x"], order["y"], crs=all_links.crs)
    return gpd.GeoDataFrame({"node_id": order["node_id"].to_numpy()}, geometry=points)


def with_rise(
    all_links: gpd.GeoDataFrame, start_m: npt.NDArray[np.float64], end_m: npt.NDArray[np.float64]
) -> gpd.GeoDataFrame:
    """Set `rise_m` from the heights of both ends; zero where a height is missing.

    Parts of a split link follow one another in `all_links` and climb evenly between the ends of the whole, to the
    centimetre, so that splitting changes no felt time.
    """
    key = ["scenario_id", "parent_link_id"]
    group = all_links.groupby(key, sort=False).ngroup().to_numpy()
    first, last = ~all_links.duplicated(key).to_numpy(), ~all_links.duplicated(key, keep="last").to_numpy()
    start, end = np.zeros(group.max(initial=-1) + 1), np.zeros(group.max(initial=-1) + 1)
    start[group[first]], end[group[last]] = start_m[first], end_m[last]
    whole = np.round(np.nan_to_num(end - start, nan=0.0), 2)[group]
    lengths = all_links.groupby(key, sort=False)["length_m"]
    total, done = lengths.transform("sum").to_numpy(), lengths.cumsum().to_numpy()
    before = np.round(whole * (done - all_links["length_m"].to_numpy()) / total, 2)
    return all_links.assign(rise_m=np.round(whole * done / total, 2) - before)
