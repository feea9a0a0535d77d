"""How much links rise and climb: over the ground along the line, between their portals on bridges and in tunnels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from movement.network.build import apportion, shares, stretches
from movement.tables import Structure

_Reals = npt.NDArray[np.float64]
Sample = Callable[[_Reals, _Reals], _Reals]


@dataclass(frozen=True)
class Climbed:
    """Links with their rise and climb, and those whose ground is not known somewhere."""

    links: gpd.GeoDataFrame
    unknown: pd.DataFrame  # scenario_id, link_id


def climbed(links: gpd.GeoDataFrame, sample: Sample, *, spacing_m: float) -> Climbed:
    """Set `rise_m` and `climb_m` from heights along the links.

    Parameters
    ----------
    links
        Table LINKS; parts of a split link follow one another.
    sample
        Heights in metres at x, y; not a number where there is none.
    spacing_m
        Distance between samples, about a cell of the raster.

    Returns
    -------
    climbed
        Splitting a link changes nothing: its parts share the rise and climb of the whole by length. A link over a
        place without height has neither.
    """
    if links.empty:
        return Climbed(links, links[["scenario_id", "link_id"]])
    stretch = stretches(links)
    lines = _joined(links, stretch)
    first = np.flatnonzero(np.append(True, stretch[1:] != stretch[:-1]))
    last = np.append(first[1:], len(links)) - 1
    is_built = (links["structure"] != str(Structure.NONE)).to_numpy()[first]
    profiles = _profiles(lines, sample, spacing_m)
    scenario = links["scenario_id"].to_numpy()
    start = pd.MultiIndex.from_arrays([scenario[first], links["from_node_id"].to_numpy()[first]])
    end = pd.MultiIndex.from_arrays([scenario[last], links["to_node_id"].to_numpy()[last]])
    heights = _node_heights(start, end, is_built, profiles, shapely.length(lines))
    between = heights.reindex(end).to_numpy() - heights.reindex(start).to_numpy()
    rise = np.where(is_built, between, profiles.end - profiles.start)
    climb = np.where(is_built, np.maximum(between, 0.0), profiles.climb)
    known = np.isfinite(rise) & np.isfinite(climb)
    _, before, after = shares(links, links.geometry.length.to_numpy())
    told = {
        name: np.where(
            known[stretch], apportion(np.rint(np.nan_to_num(whole)[stretch] * 100), before, after) / 100, np.nan
        )
        for name, whole in (("rise_m", rise), ("climb_m", climb))
    }
    return Climbed(links.assign(**told), links.loc[~known[stretch], ["scenario_id", "link_id"]])


@dataclass(frozen=True)
class _Profiles:
    start: _Reals
    end: _Reals
    climb: _Reals


def _joined(links: gpd.GeoDataFrame, stretch: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Return one line per stretch."""
    shapes = np.asarray(links.geometry)
    sizes = np.bincount(stretch)
    lines = shapes[np.append(0, np.cumsum(sizes)[:-1])].copy()
    for at in np.flatnonzero(sizes > 1):
        lines[at] = shapely.LineString(
            np.concatenate([shapely.get_coordinates(part) for part in shapes[stretch == at]])
        )
    return np.asarray(lines)


def _profiles(lines: npt.NDArray[np.object_], sample: Sample, spacing_m: float) -> _Profiles:
    """Sample each different line at even distances, its ends among them."""
    same = pd.factorize(pd.Series(shapely.to_wkb(lines)))[0]
    _, one = np.unique(same, return_index=True)
    different = lines[one]
    steps = np.maximum(np.ceil(shapely.length(different) / spacing_m), 1).astype(int)
    of = np.repeat(np.arange(len(different)), steps + 1)
    place = np.arange(len(of)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
    points = shapely.line_interpolate_point(different[of], place / steps[of], normalized=True)
    heights = sample(shapely.get_x(points), shapely.get_y(points))
    up = np.where(of[1:] == of[:-1], np.maximum(np.diff(heights), 0.0), 0.0)
    climb = np.bincount(of[1:], weights=np.where(np.isnan(up), np.inf, up), minlength=len(different))
    start, end = heights[np.flatnonzero(place == 0)], heights[np.flatnonzero(place == steps[of])]
    return _Profiles(start[same], end[same], np.where(np.isfinite(climb), climb, np.nan)[same])


def _node_heights(
    start: pd.MultiIndex, end: pd.MultiIndex, is_built: npt.NDArray[np.bool_], profiles: _Profiles, metres: _Reals
) -> pd.Series:
    """Return the height of every node: the ground's, but evenly between the portals for nodes within structures."""
    names = start.append(end)
    ground = pd.Series(np.concatenate([profiles.start, profiles.end]), index=names)
    on_ground = np.concatenate([~is_built, ~is_built])
    heights = ground.groupby(level=[0, 1]).first()
    inside = ~heights.index.isin(names[on_ground].unique())
    meets = pd.Series(1, index=names).groupby(level=[0, 1]).size().reindex(heights.index).to_numpy()
    inside &= meets > 1  # a bridge that ends nowhere ends on the ground
    if not inside.any():
        return heights
    place = pd.Series(np.arange(len(heights)), index=heights.index)
    i, j = place.reindex(start[is_built]).to_numpy(), place.reindex(end[is_built]).to_numpy()
    weight = 1.0 / np.maximum(metres[is_built], 0.001)
    values = heights.to_numpy().copy()
    free = np.full(len(heights), -1)
    free[inside] = np.arange(inside.sum())
    rows, columns, cells = [], [], []
    known = np.zeros(int(inside.sum()))
    for a, b in ((i, j), (j, i)):
        own, other = free[a] >= 0, free[b] >= 0
        rows += [free[a[own]], free[a[own & other]]]
        columns += [free[a[own]], free[b[own & other]]]
        cells += [weight[own], -weight[own & other]]
        np.add.at(known, free[a[own & ~other]], (weight * values[b])[own & ~other])
    matrix = coo_array((np.concatenate(cells), (np.concatenate(rows), np.concatenate(columns))))
    with np.errstate(all="ignore"):
        values[inside] = spsolve(matrix.tocsr(), known)
    return pd.Series(values, index=heights.index)
