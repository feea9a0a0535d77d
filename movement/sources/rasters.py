"""Terrain in, heights at points out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer


@dataclass(frozen=True)
class Heights:
    """Heights in metres, and how many points had none (outside the raster, or nodata); those are NaN."""

    height_m: npt.NDArray[np.float64]
    missing: int


def sample_heights(path: Path, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], *, crs: str) -> Heights:
    """Read the height of the cell each point lies in.

    Parameters
    ----------
    path
        Single-band raster in any CRS that GDAL knows.
    x, y
        Coordinates of the points.
    crs
        CRS of the points.

    Returns
    -------
    heights
        One per point, in the raster's unit (metres).
    """
    with rasterio.open(path) as raster:
        east, north = Transformer.from_crs(crs, raster.crs, always_xy=True).transform(x, y)
        band = raster.read(1, masked=True)
        rows, columns = rasterio.transform.rowcol(raster.transform, np.asarray(east), np.asarray(north))
        rows, columns = np.asarray(rows, dtype=int), np.asarray(columns, dtype=int)
        inside = (rows >= 0) & (rows < band.shape[0]) & (columns >= 0) & (columns < band.shape[1])
        values = np.full(len(x), np.nan)
        picked = band[rows[inside], columns[inside]].astype(float)
        values[inside] = np.ma.filled(picked, np.nan)
    return Heights(values, int(np.isnan(values).sum()))
