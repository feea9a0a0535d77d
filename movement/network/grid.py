"""Invented zones on a grid, for an area whose homes and attractions nobody has given."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from movement.tables import GROUP_COLUMNS, LandUse, Purpose

_PURPOSES = (Purpose.WORK, Purpose.SHOPPING, Purpose.LEISURE)
# ASSUME: invented zones: as many residents, and as much pull, as metres of walkable street in the cell
INVENTED = "ASSUME invented: metres of walkable street in the cell"


def grid_zones(links: gpd.GeoDataFrame, *, size_m: float) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Make a zone, and one attraction per main purpose, in each grid cell that has walkable streets.

    Parameters
    ----------
    links
        Table LINKS of one scenario, in a metric CRS; only its largest connected part is used.
    size_m
        Side of a cell.

    Returns
    -------
    zones, attractions
        Tables ZONES and ATTRACTIONS of today; weights are metres of walkable street. Each lies on a node.
    """
    links = _largest_part(links[links["allows_walk"]])
    middle = links.geometry.interpolate(0.5, normalized=True)
    cell = (
        "x"
        + np.floor(middle.x / size_m).astype(int).astype(str)
        + "y"
        + np.floor(middle.y / size_m).astype(int).astype(str)
    )
    ordered = links.assign(cell=cell.to_numpy()).sort_values(["length_mm", "link_id"], ascending=[False, True])
    metres = ordered.groupby("cell")["length_mm"].sum() / 1000
    longest = ordered.drop_duplicates("cell").set_index("cell").reindex(metres.index)
    starts = longest.geometry.map(lambda line: line.interpolate(0)).to_numpy()
    words = {"name_da": metres.index, "name_en": metres.index, "side": None, "source": INVENTED}
    today = {"land_use": str(LandUse.TODAY)}
    zones = gpd.GeoDataFrame(
        today
        | words
        | {"zone_id": metres.index, "residents": metres.to_numpy()}
        | dict.fromkeys(GROUP_COLUMNS.values(), np.nan),
        geometry=starts,
        crs=links.crs,
    )
    parts = [
        gpd.GeoDataFrame(
            today
            | words
            | {"attraction_id": [f"{name}-{purpose}" for name in metres.index], "purpose": str(purpose)}
            | {"weight": metres.to_numpy()},
            geometry=starts,
            crs=links.crs,
        )
        for purpose in _PURPOSES
    ]
    return zones, gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=links.crs)


def _largest_part(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = pd.Index(pd.unique(links[["from_node_id", "to_node_id"]].to_numpy().ravel()))
    start, end = ids.get_indexer(links["from_node_id"]), ids.get_indexer(links["to_node_id"])
    graph = coo_array((np.ones(len(links)), (start, end)), shape=(len(ids), len(ids)))
    part = connected_components(graph, directed=False)[1]
    return links[part[start] == np.bincount(part[start]).argmax()]
