"""Raw links in, links and nodes out: ends become nodes, lengths whole millimetres."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from movement.tables import Change

NODE_DECIMALS = 1  # ends within the same decimetre are one node
_MAY_LACK = {"speed_kmh": np.nan, "heavy_pct": np.nan, "green_share": 0.0, "badge": None, "tags": None}


def links(raw: gpd.GeoDataFrame, *, scenario_id: str) -> gpd.GeoDataFrame:
    """Give raw links their nodes and lengths.

    Parameters
    ----------
    raw
        Raw links in a metric CRS. Columns `parent_link_id`, `change`, `badge`, `tags`, `waits` and what is known of
        traffic are kept where present.
    scenario_id
        Scenario they belong to.

    Returns
    -------
    links
        Columns of tables.LINKS with heights empty; same rows and index. A node's id is made of its coordinates, so
        it stays when other links change.
    """
    ends = end_points(raw)
    lacking = {name: value for name, value in _MAY_LACK.items() if name not in raw}
    made = raw.assign(
        **lacking,
        scenario_id=scenario_id,
        parent_link_id=raw["parent_link_id"] if "parent_link_id" in raw else raw["link_id"],
        from_node_id=node_ids(ends[:, 0]),
        to_node_id=node_ids(ends[:, 1]),
        waits=raw["waits"].fillna(1.0) if "waits" in raw else 1.0,
        rise_m=np.nan,
        climb_m=np.nan,
        change=raw["change"] if "change" in raw else str(Change.UNCHANGED),
    )
    return with_lengths(made)


def with_lengths(made: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Measure links in whole millimetres; parts of a split link follow one another and add up to the whole."""
    whole, before, after = shares(made, made.geometry.length.to_numpy())
    return made.assign(length_mm=np.maximum(apportion(np.rint(whole * 1000), before, after), 1))


def shares(
    made: pd.DataFrame, metres: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Tell for each link how long the stretch is that it is part of, and where on it the link begins and ends.

    A stretch is the parts of one link, as drawn, that join end to end; where a barrier has cut it another begins.

    Returns
    -------
    whole
        Metres of the stretch.
    before, after
        Shares of the stretch that lie before the link's start and end; 0 and 1 for a link that was not split.
    """
    stretch = stretches(made)
    total, done = np.bincount(stretch, weights=metres, minlength=len(made)), np.cumsum(metres)
    first = np.full(len(made), np.inf)
    np.minimum.at(first, stretch, done - metres)
    whole = np.maximum(total[stretch], 1e-9)
    after = np.where(_is_last(stretch), 1.0, (done - first[stretch]) / whole)
    before = np.where(_is_last(stretch[::-1])[::-1], 0.0, (done - metres - first[stretch]) / whole)
    return whole, before, after


def stretches(made: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Give every link the number of its stretch; parts of one follow one another in `made`."""
    if made.empty:
        return np.zeros(0, dtype=np.int64)
    scenario, parent, start, end = (
        made[name].to_numpy(dtype=object) for name in ("scenario_id", "parent_link_id", "from_node_id", "to_node_id")
    )
    goes_on = (parent[1:] == parent[:-1]) & (scenario[1:] == scenario[:-1]) & (start[1:] == end[:-1])
    return np.concatenate([[0], np.cumsum(~goes_on.astype(bool))]).astype(np.int64)


def _is_last(stretch: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.append(stretch[1:] != stretch[:-1], True) if len(stretch) else np.zeros(0, dtype=bool)


def apportion(
    whole: npt.NDArray[np.float64], before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Give each part its share of a whole number, so that the parts add up to it exactly.

    Examples
    --------
    >>> apportion(np.array([10.0, 10.0, 10.0]), np.array([0, 1 / 3, 2 / 3]), np.array([1 / 3, 2 / 3, 1])).tolist()
    [3, 4, 3]
    """
    return np.asarray(np.rint(whole * after) - np.rint(whole * before), dtype=np.int64)


def end_points(raw: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Return start and end coordinates of lines, shape (rows, 2, 2)."""
    shapes = np.asarray(raw.geometry)
    xy, sizes = shapely.get_coordinates(shapes), shapely.get_num_coordinates(shapes)
    last = np.cumsum(sizes) - 1
    return np.stack([xy[last - sizes + 1], xy[last]], axis=1) if len(raw) else np.empty((0, 2, 2))


def node_ids(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    """Name nodes by their coordinates, shape (rows, 2) in metres."""
    rounded = np.round(xy, NODE_DECIMALS) + 0.0
    return np.array([f"{x:.1f} {y:.1f}" for x, y in rounded], dtype=object)


def nodes(all_links: gpd.GeoDataFrame, tagged: gpd.GeoDataFrame | None = None) -> gpd.GeoDataFrame:
    """List the nodes of links of all scenarios (tables.NODES), each once, in order of their ids.

    `tagged` holds points with `tags`, as an extract gives them.
    """
    ends = end_points(all_links)
    ids = np.concatenate([all_links["from_node_id"], all_links["to_node_id"]])
    xy = np.round(np.concatenate([ends[:, 0], ends[:, 1]]), NODE_DECIMALS)
    order = (
        pd.DataFrame({"node_id": ids, "x": xy[:, 0], "y": xy[:, 1]}).drop_duplicates("node_id").sort_values("node_id")
    )
    points = gpd.points_from_xy(order["x"], order["y"], crs=all_links.crs)
    told: dict[str, str] = {}
    if tagged is not None and len(tagged):
        told = dict(zip(node_ids(tagged.geometry.get_coordinates().to_numpy()), tagged["tags"], strict=True))
    named = {"node_id": order["node_id"].to_numpy(), "tags": order["node_id"].map(told).astype(object).to_numpy()}
    return gpd.GeoDataFrame(named, geometry=points)
