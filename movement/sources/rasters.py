"""Terrain in, heights at points out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from movement.tables import Fault, InputFaults

SUFFIXES = (".tif", ".tiff", ".vrt")
_Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Heights:
    """Heights in metres, and how many points had none (outside the rasters, or nodata); those are NaN."""

    height_m: _Reals
    missing: int


def sample_heights(paths: Sequence[Path], x: _Reals, y: _Reals, *, crs: str) -> Heights:
    """Read heights at points, between the centres of the four cells around each.

    Parameters
    ----------
    paths
        Single-band rasters (GeoTIFF, VRT) in any CRS that GDAL knows; the first that has a height there tells it.
    x, y
        Coordinates of the points.
    crs
        CRS of the points.

    Returns
    -------
    heights
        One per point, in the raster's unit (metres). Beside a cell without height the nearest cell's stands.

    Raises
    ------
    InputFaults
        If a file is no raster, or says not where it lies.
    """
    heights = np.full(len(x), np.nan)
    for path in paths:
        open_points = np.flatnonzero(np.isnan(heights))
        if not len(open_points):
            break
        heights[open_points] = _sample(path, x[open_points], y[open_points], crs)
    return Heights(heights, int(np.isnan(heights).sum()))


def cell_m(path: Path) -> float:
    """Return the size of a raster's cells in metres; of the shorter side, for degrees about as at the equator."""
    with rasterio.open(path) as raster:
        size = min(raster.res)
        return float(size * 111_320 if raster.crs and raster.crs.is_geographic else size)


def _sample(path: Path, x: _Reals, y: _Reals, crs: str) -> _Reals:
    try:
        with rasterio.open(path) as raster:
            if raster.crs is None:
                raise InputFaults([Fault("raster_without_crs", path.as_posix())])
            east, north = Transformer.from_crs(crs, raster.crs, always_xy=True).transform(x, y)
            places = rasterio.transform.rowcol(raster.transform, np.asarray(east), np.asarray(north), op=np.asarray)
            row, column = (np.asarray(place, dtype=float) for place in places)
            inside = (column >= 0) & (column < raster.width) & (row >= 0) & (row < raster.height)
            heights = np.full(len(x), np.nan)
            if inside.any():
                heights[inside] = _between_cells(raster, column[inside], row[inside])
            return heights
    except RasterioIOError as broken:
        raise InputFaults([Fault("unreadable_raster", path.as_posix(), value=str(broken)[:200])]) from broken


def _between_cells(raster: rasterio.DatasetReader, column: _Reals, row: _Reals) -> _Reals:
    left, top = int(max(column.min() - 1, 0)), int(max(row.min() - 1, 0))
    width = min(int(column.max()) + 2, raster.width) - left
    height = min(int(row.max()) + 2, raster.height) - top
    band = raster.read(1, masked=True, window=Window(left, top, width, height))
    cells = np.ma.filled(band.astype(float), np.nan)
    column, row = column - left - 0.5, row - top - 0.5  # from the corner of the window to the centre of its first cell
    near = cells[np.clip(np.rint(row).astype(int), 0, height - 1), np.clip(np.rint(column).astype(int), 0, width - 1)]
    across, down = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    i, j = np.floor(across).astype(int), np.floor(down).astype(int)
    i2, j2 = np.minimum(i + 1, width - 1), np.minimum(j + 1, height - 1)
    right, below = across - i, down - j
    corners = [(j, i, (1 - below) * (1 - right)), (j, i2, (1 - below) * right)]
    corners += [(j2, i, below * (1 - right)), (j2, i2, below * right)]
    smooth = sum(np.where(weight > 0, cells[at, to] * weight, 0.0) for at, to, weight in corners)
    return np.asarray(np.where(np.isnan(smooth) | np.isnan(near), near, smooth))
