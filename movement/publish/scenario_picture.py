"""A small map of a scenario: what it adds and changes, and where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

_MARGIN_M = 120.0


def draw(
    path: Path,
    *,
    today: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    added: gpd.GeoDataFrame,
    changed: gpd.GeoDataFrame,
    wrong: Sequence[tuple[float, float]],
) -> None:
    """Write a picture (PNG) of the surroundings of what is added, changed or wrong.

    Parameters
    ----------
    path
        File to write; its folder is made.
    today, barriers, added, changed
        Lines in one metric CRS.
    wrong
        Places of faults, numbered from 1 on the picture in this order.
    """
    from matplotlib.figure import Figure  # here: it takes a second that other commands need not spend

    shown = [*added.geometry, *changed.geometry, *(shapely.Point(xy) for xy in wrong)] or list(today.geometry)
    west, south, east, north = shapely.total_bounds(np.array(shown)) + _MARGIN_M * np.array([-1, -1, 1, 1])
    figure = Figure(figsize=(7, max(3.0, min(9.0, 7 * (north - south) / (east - west)))), dpi=120)
    axes = figure.add_axes((0, 0, 1, 1))
    layers = ((today, "#9e9e9e", 0.8), (barriers, "#4e342e", 3.0), (changed, "#1f78b4", 2.5), (added, "#542788", 3.0))
    for layer, colour, width in layers:
        for line in shapely.get_parts(np.asarray(layer.cx[west:east, south:north].geometry)):
            edge = line.exterior if line.geom_type == "Polygon" else line
            axes.plot(*np.asarray(edge.coords)[:, :2].T, color=colour, linewidth=width, solid_capstyle="round")
    for number, (x, y) in enumerate(wrong, start=1):
        axes.plot([x], [y], "o", markersize=16, markerfacecolor="none", markeredgecolor="#c62828", markeredgewidth=2)
        axes.annotate(str(number), (x, y), (12, 12), textcoords="offset points", color="#c62828", fontweight="bold")
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
