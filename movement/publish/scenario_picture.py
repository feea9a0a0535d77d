"""A small map of a scenario: what it adds and changes, and where something is wrong; named, to scale, north up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from movement.publish.language import Catalogue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARGIN_M = 120.0
_WIDTH_IN, _TITLE_IN, _LEGEND_IN = 7.0, 0.45, 0.6
_LINES = {  # colour and width, the last on top
    "today": ("#9e9e9e", 0.8),
    "barriers": ("#4e342e", 3.0),
    "changed": ("#1f78b4", 2.5),
    "added": ("#542788", 3.0),
}
_WRONG = "#c62828"


def draw(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    wrong: Mapping[int, tuple[float, float]],
    title: str,
    text: Catalogue,
) -> None:
    """Write a picture (PNG) of the surroundings of what is added, changed or wrong.

    Parameters
    ----------
    path
        File to write; its folder is made.
    layers
        `today`, `barriers`, `added` and `changed`: lines in one metric CRS.
    wrong
        Places of faults by their number in what is told.
    title
        The scenario's name.
    """
    from matplotlib.figure import Figure  # here: it takes a second that other commands need not spend

    shown = [*layers["added"].geometry, *layers["changed"].geometry, *map(shapely.Point, wrong.values())]
    west, south, east, north = shapely.total_bounds(np.array(shown or list(layers["today"].geometry)))
    west, south, east, north = west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M
    map_in = max(3.0, min(9.0, _WIDTH_IN * (north - south) / (east - west)))
    whole_in = _TITLE_IN + map_in + _LEGEND_IN
    figure = Figure(figsize=(_WIDTH_IN, whole_in), dpi=120)
    figure.text(0.02, 1 - 0.5 * _TITLE_IN / whole_in, title, fontweight="bold", va="center")
    axes = figure.add_axes((0, _LEGEND_IN / whole_in, 1, map_in / whole_in))
    axes.set(xlim=(west, east), ylim=(south, north))
    axes.set_aspect("equal", adjustable="datalim")  # the whole width is used, and the bar below is of what is seen
    axes.set_axis_off()
    _lines(axes, layers)
    _faults(axes, wrong)
    axes.apply_aspect()
    _scale_and_north(axes, text)
    labels = [key for key in _LINES if len(layers[key])] + (["wrong"] if wrong else [])
    drawn = [*axes.get_legend_handles_labels()[0]]
    figure.legend(
        drawn, [text(f"scenario.picture.{key}") for key in labels], loc="lower left", ncols=3, frameon=False, fontsize=8
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _lines(axes: Axes, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    for key, (colour, width) in _LINES.items():
        for place, line in enumerate(shapely.get_parts(np.asarray(layers[key].geometry))):
            edge = line.exterior if line.geom_type == "Polygon" else line
            xy, label = np.asarray(edge.coords)[:, :2].T, key if place == 0 else "_"
            axes.plot(*xy, color=colour, linewidth=width, solid_capstyle="round", label=label)


def _faults(axes: Axes, wrong: Mapping[int, tuple[float, float]]) -> None:
    for place, (number, (x, y)) in enumerate(wrong.items()):
        axes.plot([x], [y], "o", ms=16, mfc="none", mec=_WRONG, mew=2, label="wrong" if place == 0 else "_")
        axes.annotate(str(number), (x, y), (12, 12), textcoords="offset points", color=_WRONG, fontweight="bold")


def _scale_and_north(axes: Axes, text: Catalogue) -> None:
    """Draw a bar of about a fifth of the width, and an arrow: the projection's north is up."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    metres = bar_metres((east - west) / 5)
    x, y = west + 0.03 * (east - west), south + 0.04 * (north - south)
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2}
    axes.plot([x, x + metres], [y, y], color="black", linewidth=3, solid_capstyle="butt")
    axes.annotate(f"{text.number(metres)} m", (x, y), (0, 5), textcoords="offset points", fontsize=9, bbox=behind)
    arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.5}
    axes.annotate("", (0.96, 0.97), (0.96, 0.88), xycoords="axes fraction", arrowprops=arrow)
    axes.text(0.96, 0.865, "N", transform=axes.transAxes, ha="center", va="top", fontweight="bold", bbox=behind)


def bar_metres(most: float) -> float:
    """Return the longest round length of 1, 2 or 5 and noughts that is not longer.

    Examples
    --------
    >>> [bar_metres(most) for most in (90.0, 260.0, 1000.0)]
    [50.0, 200.0, 1000.0]
    """
    tens = 10.0 ** np.floor(np.log10(most))
    return float(max(step * tens for step in (1, 2, 5) if step * tens <= most))
