"""What is drawn: geometry for the page, classes with their colours and widths, and rounded numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.tables import Role

_WGS84 = "EPSG:4326"
_SIMPLIFY_M = 1.0  # no one sees a metre at the closest zoom of a town
_AT_SITE_M = 50.0  # ASSUME: a count site lies no farther from the link it counts
_LEAST_DRAWN_PER_DAY = 1.0  # below it a street is drawn as a street, not as a flow
_CHANGE_WIDTHS = (3.0, 6.0, 10.0)  # pixels from the smallest class up; more classes go on in the same steps
_FLOW_WIDTHS = (1.0, 1.8, 2.8, 4.2, 6.0)
_DECREASE_DASHES = ("7 4", "9 5", "11 6")  # the sign survives grey print
_QUIET_WIDTH = 1.2

CONTEXT_STYLES: dict[str, dict[str, Any]] = {
    "green": {"stroke": False, "fillColor": "#e3ead8", "fillOpacity": 1},
    "housing": {"stroke": False, "fillColor": "#f1e8da", "fillOpacity": 1},
    "business": {"stroke": False, "fillColor": "#e9e6ec", "fillOpacity": 1},
    "water": {"color": "#b4cbd8", "weight": 1.5, "fillColor": "#d3e3ec", "fillOpacity": 1},
    "road": {"color": "#dedad2", "weight": 4, "fillOpacity": 0},
    "rail": {"color": "#9a958b", "weight": 2, "dashArray": "8 4", "lineCap": "butt", "fillOpacity": 0},
}
_LABELLED = ("place", "water", "green")
BARRIER_STYLE: dict[str, Any] = {"color": "#b3afa7", "weight": 13, "opacity": 0.85, "lineCap": "butt"}
SCREENLINE_STYLE: dict[str, Any] = {"color": "#1c1c1c", "weight": 2, "dashArray": "1 5", "opacity": 0.9}
STREET_STYLE: dict[str, Any] = {"color": "#c9c5bc", "weight": 1, "opacity": 1}
CHANGED_STYLE: dict[str, Any] = {"color": "#1c1c1c", "weight": 17, "opacity": 1, "lineCap": "butt"}
ALONG_CLASS = -1  # of flows along a barrier, which are drawn thin whatever their size
ALONG_STYLE: dict[str, Any] = {"color": "#5b7083", "weight": 2, "opacity": 1, "dashArray": "2 4", "lineCap": "butt"}
CHANGED_CORE: dict[str, Any] = {"color": "#ffffff", "weight": 13, "opacity": 1, "lineCap": "butt"}


@dataclass(frozen=True)
class ChangeScale:
    """Classes of change: colour is sign and class, width is size; the same on every page.

    `breaks` are people per day between the classes, small to large; below the first, and where the interval includes
    zero, there is no clear change. There are as many colours each way as breaks.
    """

    breaks: tuple[float, ...]
    increase_colours: tuple[str, ...]
    decrease_colours: tuple[str, ...]
    no_change_colour: str

    def __post_init__(self) -> None:
        if not len(self.breaks) == len(self.increase_colours) == len(self.decrease_colours) > 0:
            raise ValueError(
                f"{len(self.breaks)} breaks of change need as many colours each way, "
                f"not {len(self.increase_colours)} and {len(self.decrease_colours)}"
            )

    def classes(self, change: pd.Series, low: pd.Series, high: pd.Series) -> np.ndarray:
        """Class each change: -n ... n, 0 where there is no clear change; an empty interval decides nothing."""
        size = np.searchsorted(np.asarray(self.breaks), change.abs().to_numpy(), side="right")
        unclear = ((low <= 0) & (high >= 0)).to_numpy()
        return np.where(unclear, 0, size * np.sign(change.to_numpy())).astype(int)

    @cached_property
    def styles(self) -> dict[int, dict[str, Any]]:
        """Style of each class: the line, and a dark edge so that pale colours still stand out."""
        found: dict[int, dict[str, Any]] = {
            0: {"line": {"color": self.no_change_colour, "weight": _QUIET_WIDTH, "opacity": 1}}
        }
        for colours, sign in ((self.increase_colours, 1), (self.decrease_colours, -1)):
            for number, colour in enumerate(colours, start=1):
                width = _pick(_CHANGE_WIDTHS, number - 1)
                form: dict[str, Any] = {"opacity": 1, "lineCap": "butt", "lineJoin": "round"}
                if sign < 0:
                    form["dashArray"] = _DECREASE_DASHES[min(number, len(_DECREASE_DASHES)) - 1]
                found[sign * number] = {
                    "line": {"color": colour, "weight": width, **form},
                    "casing": {"color": colours[-1], "weight": width + 2, **form},
                }
        return found


@dataclass(frozen=True)
class FlowScale:
    """Classes of flow, low to high; the same before and after. There is one colour more than breaks."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1:
            raise ValueError(f"{len(self.breaks)} breaks of flow need one colour more, not {len(self.colours)}")

    def classes(self, flow: pd.Series) -> list[int | None]:
        """Class each flow 0 ... n; none where nobody worth drawing goes."""
        number = np.searchsorted(np.asarray(self.breaks), flow.to_numpy(), side="right")
        return [int(k) if value >= _LEAST_DRAWN_PER_DAY else None for k, value in zip(number, flow, strict=True)]

    @cached_property
    def styles(self) -> dict[int, dict[str, Any]]:
        """Style of each class."""
        found = {}
        for number, colour in enumerate(self.colours):
            width = _pick(_FLOW_WIDTHS, number)
            found[number] = {
                "line": {"color": colour, "weight": width, "opacity": 1},
                "casing": {"color": self.colours[-1], "weight": width + 1, "opacity": 1},
            }
        return found

    @property
    def styles_with_along(self) -> dict[int, dict[str, Any]]:
        """Style of each class, and of what runs along a barrier."""
        return {ALONG_CLASS: {"line": ALONG_STYLE}, **self.styles}


def links_along(lines: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> pd.Series:
    """Tell which links run along a barrier: those counted as such, and all others of the same name.

    Parameters
    ----------
    lines
        Links with `name`.
    sites
        SITES; those with the role along the barrier point out their link, the nearest within 50 m.

    Returns
    -------
    is_along
        Same index as `lines`.
    """
    is_along = pd.Series(False, index=lines.index)
    for place in sites.loc[sites["role"] == Role.ALONG_BARRIER].geometry:
        far = lines.distance(place)
        if len(far) and far.min() <= _AT_SITE_M:
            name = lines["name"].fillna("")
            nearest = lines.index == far.idxmin()
            is_along |= nearest | ((name == name[far.idxmin()]) & (name != ""))
    return is_along


def rounded(value: float) -> int:
    """Round a modelled number to what it is worth: to 5 below 100, to 10 below 1,000, to 50 below 10,000, then to 100.

    Examples
    --------
    >>> [rounded(x) for x in (-3.1, 12, 187, 1234, 45678)]
    [-5, 10, 190, 1250, 45700]
    """
    return int(_rounded(np.array([value]))[0])


def _rounded(values: np.ndarray) -> np.ndarray:
    size = np.abs(values)
    step = np.select([size < 100, size < 1000, size < 10_000], [5, 10, 50], 100)
    return np.asarray(np.sign(values) * np.floor(size / step + 0.5) * step)


def step_coordinates(shapes: gpd.GeoSeries) -> list[list[int]]:
    """Write lines compactly: whole 1/100,000 degrees, latitude then longitude, each point as the step from the last.

    A line of several parts is written as its longest part.
    """
    simple = shapes.simplify(_SIMPLIFY_M)
    longest = [
        shape if shape.geom_type == "LineString" else max(shape.geoms, key=lambda part: part.length) for shape in simple
    ]
    places, line = shapely.get_coordinates(
        gpd.GeoSeries(longest, crs=shapes.crs).to_crs(_WGS84).to_numpy(), return_index=True
    )
    whole = np.round(places[:, ::-1] * 1e5).astype(int)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=int))
    firsts = np.flatnonzero(np.diff(line, prepend=-1))
    steps[firsts] = whole[firsts]
    return [part.ravel().tolist() for part in np.split(steps, firsts[1:])] if len(longest) else []


def feature_collection(frame: gpd.GeoDataFrame, styles: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write shapes as GeoJSON in WGS84 with five decimals, each with its style in its properties."""
    shapes = shapely.set_precision(frame.geometry.to_crs(_WGS84).to_numpy(), 1e-5, mode="pointwise")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"style": style},
                "geometry": _five_decimals(shapely.geometry.mapping(shape)),
            }
            for shape, style in zip(shapes, styles, strict=True)
            if not shape.is_empty
        ],
    }


def context_layer(context: gpd.GeoDataFrame) -> dict[str, Any]:
    """Write the background, areas below lines; places are labels, not shapes."""
    order = {kind: number for number, kind in enumerate(CONTEXT_STYLES)}
    known = context.loc[context["kind"].isin(list(order)) & (context.geom_type != "Point")]
    known = known.iloc[np.argsort(known["kind"].map(order).to_numpy(dtype=float), kind="stable")]
    areas = known.geom_type.str.contains("Polygon").to_numpy(dtype=bool)
    styles = [
        CONTEXT_STYLES[kind] if area else {"fill": False, **CONTEXT_STYLES[kind], "stroke": True}
        for kind, area in zip(known["kind"], areas, strict=True)
    ]
    return feature_collection(known, styles)


def place_labels(context: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, *, language: str) -> list[dict[str, Any]]:
    """List names to write on the map: places, waters and greens, and each barrier once at its longest piece."""
    name = f"name_{language}"
    named = context.loc[context["kind"].isin(_LABELLED) & (context[name].fillna("") != "")]
    longest = barriers.assign(size=barriers.length).sort_values(
        ["barrier_id", "size", "piece"], ascending=[True, False, True]
    )
    longest = longest.drop_duplicates("barrier_id")
    rows = [
        *_labels(named[name], named.representative_point(), named["kind"]),
        *_labels(longest[name], longest.interpolate(0.32, normalized=True), pd.Series("barrier", index=longest.index)),
    ]
    rank = {"barrier": 0, "water": 1, "green": 2, "place": 3}
    found = {row["name"]: row for row in sorted(rows, key=lambda row: -rank[row["kind"]])}
    return sorted(found.values(), key=lambda row: (row["kind"] != "place", rank[row["kind"]], row["name"]))


def latitude_longitude(points: gpd.GeoSeries) -> list[list[float]]:
    """Write points as latitude and longitude in WGS84 with five decimals."""
    return [[round(p.y, 5), round(p.x, 5)] for p in points.to_crs(_WGS84)]


def extent(layers: Sequence[gpd.GeoSeries]) -> list[list[float]]:
    """Give the south-west and north-east corner of the first layer that has anything, with a margin of 4 %.

    The whole world where none has.
    """
    for shapes in layers:
        if len(shapes):
            west, south, east, north = shapes.to_crs(_WGS84).total_bounds
            high, wide = max(north - south, 0.002) * 0.04, max(east - west, 0.002) * 0.04
            return [[round(south - high, 5), round(west - wide, 5)], [round(north + high, 5), round(east + wide, 5)]]
    return [[-60.0, -170.0], [75.0, 170.0]]


def view_rows(changes: gpd.GeoDataFrame, *, change_scale: ChangeScale, flow_scale: FlowScale) -> list[list[Any]]:
    """Class and round the changes of one view: line, three classes, before, after, change and interval.

    Parameters
    ----------
    changes
        Rows of FLOW_CHANGES of one view, with `line`, the number of the geometry on the page, and `is_along`.

    Returns
    -------
    rows
        Only links with a flow worth drawing; the interval is left out where there is none.
    """
    drawn = changes.loc[changes[["flow_before", "flow_after"]].max(axis=1) >= _LEAST_DRAWN_PER_DAY]
    classes = change_scale.classes(drawn["flow_change"], drawn["change_low"], drawn["change_high"])
    flows = _rounded(drawn[["flow_before", "flow_after", "flow_change"]].to_numpy()).astype(int).tolist()
    ends = _rounded(drawn[["change_low", "change_high"]].fillna(0.0).to_numpy()).astype(int).tolist()
    has_ends = drawn["change_low"].notna()
    before, after = (_flow_classes(drawn, side, flow_scale) for side in ("flow_before", "flow_after"))
    numbers = zip(drawn["line"].tolist(), classes.tolist(), before, after, flows, ends, has_ends, strict=True)
    return [[*number[:4], *number[4], *(number[5] if number[6] else [])] for number in numbers]


def _flow_classes(drawn: gpd.GeoDataFrame, side: str, scale: FlowScale) -> list[int | None]:
    """Class flows; those along a barrier have a class of their own."""
    found = zip(scale.classes(drawn[side]), drawn["is_along"], strict=True)
    return [ALONG_CLASS if along and number is not None else number for number, along in found]


def part_rows(parts: pd.DataFrame, changes: pd.DataFrame) -> dict[int, list[int]]:
    """Round what changes are made of: rerouted, redirected, new, and lost as a fall; only where one is not zero.

    Parameters
    ----------
    parts
        Rows of FLOW_PARTS of one view.
    changes
        Rows of FLOW_CHANGES of the same view, with `line`.
    """
    drawn = parts.merge(changes[["link_id", "line"]], on="link_id", how="inner", validate="one_to_one")
    drawn = drawn.sort_values("line", kind="stable")
    drawn = drawn.assign(lost=-drawn["lost"])
    numbers = _rounded(drawn[["rerouted", "redirected", "new", "lost"]].to_numpy(dtype=float)).astype(int).tolist()
    shown = [part if part[-1] else part[:-1] for part in numbers]  # nothing is lost on most links
    return {int(line): part for line, part in zip(drawn["line"], shown, strict=True) if any(part)}


def _pick(widths: tuple[float, ...], number: int) -> float:
    """Take the width of a class; beyond the last, go on in the last step."""
    last = len(widths) - 1
    return widths[number] if number <= last else widths[last] + (number - last) * (widths[last] - widths[last - 1])


def _labels(names: pd.Series, points: gpd.GeoSeries, kinds: pd.Series) -> list[dict[str, Any]]:
    places = latitude_longitude(points)
    return [
        {"name": str(name), "kind": str(kind), "at": at}
        for name, kind, at in zip(names, kinds, places, strict=True)
        if name
    ]


def _five_decimals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _five_decimals(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_five_decimals(part) for part in value]
    return round(value, 5) if isinstance(value, float) else value
