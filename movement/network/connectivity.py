"""Where a network does not hold together: islands, ends just short of a link, doubles, links without length."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from movement.tables import CONNECTIVITY, Change, Gap, LandUse

_ZERO_M = 0.1


def connectivity(
    links: gpd.GeoDataFrame, snaps: pd.DataFrame, zones: pd.DataFrame, *, dangling_m: float = 5.0
) -> gpd.GeoDataFrame:
    """Report what a planner should look at before trusting who can get where.

    Parameters
    ----------
    links
        Table LINKS of one scenario.
    snaps
        Table SNAPS: where zones join.
    zones
        Table ZONES.
    dangling_m
        An end nobody shares this near to another link of its level is reported.

    Returns
    -------
    report
        Table CONNECTIVITY: every island but the largest part of the network, with its links and residents; every
        dangling end, with the link it stops short of; every link that doubles another of its level or has no length.
    """
    links = links[links["change"] != Change.CLOSED].reset_index(drop=True)
    if links.empty:
        return CONNECTIVITY.empty().set_crs(links.crs)
    parts = [_islands(links, snaps, zones), _dangling(links, dangling_m), _doubles(links), _without_length(links)]
    rows = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    return CONNECTIVITY.conform(
        gpd.GeoDataFrame(rows.reindex(columns=[*CONNECTIVITY.columns, "geometry"]), crs=links.crs)
    )


def _islands(links: gpd.GeoDataFrame, snaps: pd.DataFrame, zones: pd.DataFrame) -> gpd.GeoDataFrame:
    ends = pd.concat([links["from_node_id"], links["to_node_id"]])
    nodes = pd.Index(ends.unique())
    start, end = nodes.get_indexer(links["from_node_id"]), nodes.get_indexer(links["to_node_id"])
    graph = coo_array((np.ones(len(links)), (start, end)), shape=(len(nodes), len(nodes)))
    count, part = connected_components(graph, directed=False)
    sizes = np.bincount(part[start], minlength=count)
    home = zones.loc[zones["land_use"] == LandUse.TODAY].set_index("zone_id")["residents"]
    joined = snaps[(snaps["kind"] == "zone") & (snaps["land_use"] == LandUse.TODAY)]
    at = nodes.get_indexer(joined["node_id"])
    people = np.bincount(
        part[at[at >= 0]], weights=joined["item_id"].map(home).fillna(0.0).to_numpy()[at >= 0], minlength=count
    )
    first = pd.Series(np.arange(len(links))).groupby(part[start]).first()
    rest = [island for island in range(count) if island != int(sizes.argmax())]
    chosen = links.iloc[first.loc[rest]]
    told = {
        "kind": str(Gap.ISLAND),
        "item_id": chosen["link_id"].to_numpy(),
        "links": sizes[rest],
        "residents": people[rest],
    }
    return gpd.GeoDataFrame(told, geometry=shapely.point_on_surface(np.asarray(chosen.geometry)), crs=links.crs)


def _dangling(links: gpd.GeoDataFrame, limit_m: float) -> gpd.GeoDataFrame:
    ends = pd.DataFrame(
        {
            "node_id": np.concatenate([links["from_node_id"], links["to_node_id"]]),
            "level": np.tile(links["level"].to_numpy(), 2),
            "at": np.tile(np.arange(len(links)), 2),
        }
    ).assign(geometry=np.concatenate([shapely.get_point(np.asarray(links.geometry), place) for place in (0, -1)]))
    lone = ends[~ends["node_id"].duplicated(keep=False)].reset_index(drop=True)
    points = np.asarray(lone["geometry"])
    end, near = links.sindex.query(points, predicate="dwithin", distance=limit_m)
    own, other = links.iloc[lone["at"].to_numpy()[end]], links.iloc[near]
    shares_node = (
        (other["from_node_id"].to_numpy() == own["from_node_id"].to_numpy())
        | (other["from_node_id"].to_numpy() == own["to_node_id"].to_numpy())
        | (other["to_node_id"].to_numpy() == own["from_node_id"].to_numpy())
        | (other["to_node_id"].to_numpy() == own["to_node_id"].to_numpy())
    )
    same_parent = own["parent_link_id"].to_numpy() == other["parent_link_id"].to_numpy()
    counts = (own["level"].to_numpy() == other["level"].to_numpy()) & ~shares_node & ~same_parent
    end, near = end[counts], near[counts]
    found = pd.DataFrame(
        {
            "kind": str(Gap.DANGLING),
            "item_id": lone["node_id"].to_numpy()[end],
            "other_id": links["link_id"].to_numpy()[near],
            "distance_m": shapely.distance(points[end], np.asarray(links.geometry)[near]),
            "geometry": points[end],
        }
    )
    nearest = found.sort_values(["item_id", "distance_m", "other_id"], kind="stable").drop_duplicates("item_id")
    return gpd.GeoDataFrame(nearest, geometry="geometry", crs=links.crs)


def _doubles(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = np.asarray(links.geometry)
    key = pd.Series(shapely.to_wkb(shapely.normalize(shapely.set_precision(shapes, 0.1)))) + links["level"].map(
        lambda level: f"{level}".encode()
    )
    again = key.duplicated()
    first = links["link_id"].groupby(key.to_numpy()).transform("first")
    told = {
        "kind": str(Gap.DUPLICATE),
        "item_id": links["link_id"][again].to_numpy(),
        "other_id": first[again].to_numpy(),
        "distance_m": 0.0,
    }
    return gpd.GeoDataFrame(
        told, geometry=shapely.line_interpolate_point(shapes[again], 0.5, normalized=True), crs=links.crs
    )


def _without_length(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    none = links[links.geometry.length < _ZERO_M]
    told = {
        "kind": str(Gap.ZERO_LENGTH),
        "item_id": none["link_id"].to_numpy(),
        "distance_m": none.geometry.length.to_numpy(),
    }
    return gpd.GeoDataFrame(told, geometry=shapely.get_point(np.asarray(none.geometry), 0), crs=links.crs)
