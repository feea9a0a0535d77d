"""A scenario's links put into the network: changed, closed, added, joined at their ends; nothing hangs free."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_uppercase
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry import LineString
from shapely.ops import substring

from movement.network.build import end_points
from movement.tables import Change, Fault, InputFaults, Structure

_NUMBERS = ("level", "width_m", "motor_per_day")
_YES_NO = ("is_lit", "has_steps", "allows_walk", "allows_cycle", "cycle_oneway", "closed")
_TEXTS = ("name", "link_class", "surface", "crossing", "structure")
_SHORTEST_PART_M = 0.5


def apply(
    raw: gpd.GeoDataFrame, added: gpd.GeoDataFrame, changed: pd.DataFrame, *, join_limit_m: float
) -> gpd.GeoDataFrame:
    """Return the raw links of a scenario.

    Parameters
    ----------
    raw
        Raw links of today, in a metric CRS.
    added
        Raw links the scenario adds, same CRS; column `file` for messages.
    changed
        Rows `link_id`, `attribute`, `value`, `file`, `row`.
    join_limit_m
        Furthest an end of an added link may lie from what it joins.

    Returns
    -------
    raw
        With `parent_link_id`, `change` and `badge`. A link that an added one joins between its ends is split into
        `/1`, `/2` ...; the parts' lengths add up to the whole.

    Raises
    ------
    InputFaults
        For a link that hangs free, stops short, or crosses another at its level without a node; for an unknown
        link or attribute; for an id that is taken.
    """
    base = raw.assign(parent_link_id=raw["link_id"], change=str(Change.UNCHANGED), badge=None)
    base, faults = _changed(base, changed)
    taken = added[added["link_id"].isin(base["link_id"]) | added["link_id"].duplicated()] if len(added) else added
    faults += [Fault("id_twice", link.file, value=str(link.link_id)) for link in taken.itertuples()]
    if faults:
        raise InputFaults(faults)
    return _badged(_added(base, added, join_limit_m) if len(added) else base)


def _changed(base: gpd.GeoDataFrame, changed: pd.DataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    faults: list[Fault] = []
    for row in changed.itertuples():
        there = base["link_id"] == row.link_id
        if not there.any():
            faults.append(Fault("unknown_link", row.file, int(row.row), str(row.link_id)))
            continue
        value = _value(row.attribute, row.value)
        if value is None:
            detail = {"attribute": str(row.attribute), "allowed": ", ".join((*_NUMBERS, *_YES_NO, *_TEXTS))}
            faults.append(Fault("unknown_attribute", row.file, int(row.row), str(row.value), detail))
            continue
        is_closed = row.attribute == "closed" and bool(value)
        if row.attribute != "closed":
            base = base.assign(**{row.attribute: base[row.attribute].where(~there, value)})
        kind = str(Change.CLOSED if is_closed else Change.CHANGED)
        open_ = there & (base["change"] != Change.CLOSED)
        base = base.assign(change=base["change"].where(~open_, kind))
    return base, faults


def _value(attribute: str, value: str) -> object | None:
    """Read a changed value; None where attribute or value is not understood."""
    if attribute in _YES_NO:
        return {"yes": True, "no": False, "ja": True, "nej": False}.get(value.lower())
    if attribute in _NUMBERS:
        try:
            return int(value) if attribute == "level" else float(value.replace(",", "."))
        except ValueError:
            return None
    if attribute == "structure":
        return value if value in set(Structure) else None
    return value if attribute in _TEXTS else None


@dataclass(frozen=True)
class _Join:
    """Where an end of an added link goes: a point, and the link to split there (None at a node)."""

    xy: tuple[float, float]
    is_today: bool = False
    split: int | None = None
    along_m: float = 0.0


def _added(base: gpd.GeoDataFrame, added: gpd.GeoDataFrame, limit: float) -> gpd.GeoDataFrame:
    new = added.assign(parent_link_id=added["link_id"], change=str(Change.ADDED)).reset_index(drop=True)
    if "badge" not in new:
        new = new.assign(badge=None)
    open_ = base[(base["change"] != Change.CLOSED) & (base["allows_walk"] | base["allows_cycle"])]
    faults: list[Fault] = []
    splits: dict[int, list[tuple[float, tuple[float, float]]]] = defaultdict(list)
    shapes: list[LineString] = []
    firm: set[tuple[float, float]] = set()  # where added links join today's
    for number, link in enumerate(new.itertuples()):
        others = new.drop(index=number)
        coordinates = list(link.geometry.coords)
        for end, at in (("start", 0), ("end", -1)):
            xy = np.array(coordinates[at][:2])
            join = _join(xy, open_, others, limit, level=int(link.level))
            if join is None:
                faults.append(_hangs(link, end, xy, open_, limit))
                continue
            coordinates[at] = join.xy
            if join.is_today:
                firm.add(join.xy)
            if join.split is not None:
                splits[join.split].append((join.along_m, join.xy))
        shapes.append(LineString([xy[:2] for xy in coordinates]))
    new = new.set_geometry(gpd.GeoSeries(shapes, crs=base.crs))
    faults += _adrift_faults(open_, new, firm, limit)
    faults += _crossing_faults(open_, new, limit)
    if faults:
        raise InputFaults(faults)
    return _split(base, new, splits)


def _join(
    xy: npt.NDArray[np.float64], base: gpd.GeoDataFrame, others: gpd.GeoDataFrame, limit: float, *, level: int
) -> _Join | None:
    """Find what an end joins: a node of today, a link of today, or the end of another added link."""
    if len(base):
        joined = _at_node(xy, base, limit) or _on_link(xy, base[base["level"].isin([0, level])], limit)
        if joined is not None:
            return joined
    ends = end_points(others).reshape(-1, 2)
    close = ends[np.hypot(*(ends - xy).T) <= limit]
    if not len(close):
        return None
    return _Join(min((float(x), float(y)) for x, y in [*close, xy]))  # the same for all that meet here


def _at_node(xy: npt.NDArray[np.float64], base: gpd.GeoDataFrame, limit: float) -> _Join | None:
    ends = end_points(base).reshape(-1, 2)
    far = np.hypot(*(ends - xy).T)
    at = int(far.argmin())
    return _Join((float(ends[at][0]), float(ends[at][1])), is_today=True) if far[at] <= limit else None


def _on_link(xy: npt.NDArray[np.float64], base: gpd.GeoDataFrame, limit: float) -> _Join | None:
    """Find the link whose middle an end joins; `base` holds links of the end's level and of the ground."""
    point = shapely.Point(xy)
    if base.empty:
        return None
    at = int(base.sindex.nearest(point, return_all=False)[1][0])
    line = base.geometry.iloc[at]
    if line.distance(point) > limit:
        return None
    along = float(line.project(point))
    if along < _SHORTEST_PART_M or along > line.length - _SHORTEST_PART_M:
        return _Join(tuple(line.coords[0 if along < _SHORTEST_PART_M else -1][:2]), is_today=True)
    on_line = line.interpolate(along)
    return _Join((on_line.x, on_line.y), is_today=True, split=int(base.index[at]), along_m=along)


def _hangs(link: Any, end: str, xy: npt.NDArray[np.float64], base: gpd.GeoDataFrame, limit: float) -> Fault:
    far = np.asarray(base.distance(shapely.Point(xy)))
    at = int(far.argmin()) if len(far) else None
    detail = {
        "link": str(link.link_id),
        "end": end,
        "distance": "-" if at is None else f"{far[at]:.1f}",
        "nearest": "-" if at is None else _named(base.iloc[at]),
        "limit": f"{limit:g}",
    }
    return Fault("scenario_link_hangs", link.file, value=str(link.link_id), detail=detail)


def _named(link: pd.Series) -> str:
    name = link["name"] if pd.notna(link["name"]) else ""
    return f"{name} ({link['link_id']})".strip()


def _adrift_faults(
    base: gpd.GeoDataFrame, new: gpd.GeoDataFrame, firm: set[tuple[float, float]], limit: float
) -> list[Fault]:
    """Find added links that join each other, but nothing of today."""
    reached = set(firm)
    ends = [{line.coords[0], line.coords[-1]} for line in new.geometry]
    for _ in ends:  # a chain is at most as long as there are links
        reached |= {xy for pair in ends if pair & reached for xy in pair}
    return [
        _hangs(link, "start", np.array(link.geometry.coords[0]), base, limit)
        for link, pair in zip(new.itertuples(), ends, strict=True)
        if not pair & reached
    ]


def _crossing_faults(base: gpd.GeoDataFrame, new: gpd.GeoDataFrame, limit: float) -> list[Fault]:
    """Find added links that cross a link of their level away from their ends."""
    link_at, base_at = base.sindex.query(new.geometry, predicate="crosses")
    faults = []
    for i, j in zip(link_at, base_at, strict=True):
        link, other = new.iloc[i], base.iloc[j]
        if link["level"] != other["level"]:
            continue
        meet = shapely.intersection(link.geometry, other.geometry)
        ends = shapely.MultiPoint([link.geometry.coords[0], link.geometry.coords[-1]])
        inner = [p for p in shapely.get_parts(meet) if shapely.distance(p, ends) > limit]
        if inner:
            detail = {"link": str(link["link_id"]), "nearest": _named(other)}
            faults.append(Fault("scenario_link_crosses", link["file"], value=str(link["link_id"]), detail=detail))
    return faults


def _split(
    base: gpd.GeoDataFrame, new: gpd.GeoDataFrame, splits: dict[int, list[tuple[float, tuple[float, float]]]]
) -> gpd.GeoDataFrame:
    parts = []
    for index, places in splits.items():
        link = base.loc[index]
        cuts = sorted(dict(places).items())
        bounds = [0.0, *(along for along, _ in cuts), link.geometry.length]
        for number, (start, end) in enumerate(pairwise(bounds), start=1):
            piece = list(substring(link.geometry, start, end).coords)
            if number > 1:
                piece[0] = cuts[number - 2][1]
            if number <= len(cuts):
                piece[-1] = cuts[number - 1][1]
            parts.append(
                {**link, "link_id": f"{link['link_id']}/{number}", "geometry": LineString([xy[:2] for xy in piece])}
            )
    kept = base.drop(index=list(splits))
    frames = [kept, *([gpd.GeoDataFrame(parts, crs=base.crs)] if parts else []), new.drop(columns="file")]
    return gpd.GeoDataFrame(pd.concat([frame for frame in frames if len(frame)], ignore_index=True), crs=base.crs)


def _badged(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give each name among added and changed links a letter, added ones first; a drawn badge stays."""
    touched = links[links["change"] != Change.UNCHANGED].sort_values("change", kind="stable")
    names = touched["name"].fillna(touched["parent_link_id"])
    free = iter(letter for letter in ascii_uppercase if letter not in set(touched["badge"].dropna()))
    letters = {name: next(free, None) for name in dict.fromkeys(names[touched["badge"].isna()])}
    given = names.map(letters).where(touched["badge"].isna(), touched["badge"])
    return links.assign(badge=given.reindex(links.index).astype(object).where(lambda letter: letter.notna(), None))
