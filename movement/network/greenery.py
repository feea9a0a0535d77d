"""How much of a link runs beside green or water."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely


def green_shares(links: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, within_m: float) -> npt.NDArray[np.float64]:
    """Return for each link the share of its length, 0 to 1, that lies within a distance of green areas or water.

    Parameters
    ----------
    links
        Lines in a metric CRS.
    areas
        Polygons and lines in the same CRS.
    within_m
        Furthest an area may lie from the link.
    """
    lines = np.asarray(links.geometry)
    if areas.empty or not len(lines):
        return np.zeros(len(lines))
    near = shapely.get_parts(shapely.union_all(shapely.buffer(np.asarray(areas.geometry), within_m)))
    link, area = shapely.STRtree(near).query(lines, predicate="intersects")
    metres = shapely.length(shapely.intersection(lines[link], near[area]))
    total = np.bincount(link, weights=metres, minlength=len(lines))
    return np.asarray(np.minimum(total / np.maximum(shapely.length(lines), 0.001), 1.0))
