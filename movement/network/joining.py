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
from movement.tables import Change, Crossing, Fault, InputFaults, Structure

_NUMBERS = ("level", "width_m", "motor_per_day", "speed_kmh", "heavy_pct")
_YES_NO = ("is_lit", "has_steps", "allows_walk", "allows_cycle", "cycle_oneway", "closed", "removed")
_TEXTS = ("name", "link_class", "surface", "crossing", "structure")
CHANGEABLE = (*_NUMBERS, *_YES_NO, *_TEXTS)
_SHORTEST_PART_M = 0.5
_DOUBLE_M, _DOUBLE_SHARE = 1.0, 0.9  # a new link doubles one that lies this near along this much of it
_XY = tuple[float, float]


@dataclass(frozen=True)
class Join:
    """Where an end of an added link goes."""

    link_id: str
    end: str  # start or end
    xy: _XY
    moved_m: float
    kind: str  # node, split (the link is split there), added (another link of the scenario)
    other_id: str
    other_name: str
    along_m: float = 0.0


@dataclass(frozen=True)
class Joined:
    """A scenario's raw links, how they join, and all that is wrong; `raw` is None where something is."""

    raw: gpd.GeoDataFrame | None
    joins: tuple[Join, ...]
    faults: tuple[Fault, ...]


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
        `/1`, `/2` ...; the parts' lengths add up to the whole. A value that stands there already is no change.

    Raises
    ------
    InputFaults
        For a link that hangs free, stops short, crosses another at its level without a node, doubles one, or leads
        nowhere; for an unknown link or attribute; for an id that is taken; for changes that change nothing.
    """
    done = join(raw, added, changed, join_limit_m=join_limit_m)
    if done.raw is None:
        raise InputFaults(done.faults)
    return done.raw


def join(raw: gpd.GeoDataFrame, added: gpd.GeoDataFrame, changed: pd.DataFrame, *, join_limit_m: float) -> Joined:
    """Do what `apply` does, and tell how each end joins and every fault instead of raising."""
    base = raw.assign(parent_link_id=raw["link_id"], change=str(Change.UNCHANGED), badge=None)
    base, faults = _changed(base, changed)
    if len(changed) and not faults and added.empty and (base["change"] == Change.UNCHANGED).all():
        faults.append(Fault("scenario_changes_nothing", str(changed["file"].iloc[0])))
    taken = added[added["link_id"].isin(base["link_id"]) | added["link_id"].duplicated()] if len(added) else added
    faults += [Fault("id_twice", link.file, value=str(link.link_id)) for link in taken.itertuples()]
    if faults:
        return Joined(None, (), tuple(faults))
    if added.empty:
        return Joined(_badged(base), (), ())
    made, joins, faults = _added(base, added, join_limit_m)
    return Joined(None if made is None else _badged(made), joins, tuple(faults))


def _changed(base: gpd.GeoDataFrame, changed: pd.DataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    faults: list[Fault] = []
    if changed.empty:
        return base, faults
    place = pd.Series(np.arange(len(base)), index=base["link_id"])
    columns = {name: base[name].tolist() for name in (*CHANGEABLE, "change") if name in base}
    for row in changed.itertuples():
        value = _value(row.attribute, str(row.value))
        if row.link_id not in place.index:
            faults.append(Fault("unknown_link", row.file, int(row.row), str(row.link_id)))
        elif value is None:
            detail = {"attribute": str(row.attribute), "allowed": ", ".join(CHANGEABLE)}
            faults.append(Fault("unknown_attribute", row.file, int(row.row), str(row.value), detail))
        else:
            _change(columns, int(place[row.link_id]), row.attribute, value)
    told = {name: pd.Series(v, index=base.index, dtype=_dtype(base, name)) for name, v in columns.items()}
    return base.assign(**told), faults


def _change(columns: dict[str, list[Any]], at: int, attribute: str, value: object) -> None:
    """Write one value; what stands there already is no change, and a closed link stays closed."""
    if attribute in ("closed", "removed"):
        columns["change"][at] = str(Change.CLOSED) if value else columns["change"][at]
        return
    values = columns.setdefault(attribute, [None] * len(columns["change"]))
    if values[at] == value:
        return
    values[at] = value
    if columns["change"][at] != Change.CLOSED:
        columns["change"][at] = str(Change.CHANGED)


def _dtype(base: pd.DataFrame, name: str) -> object:
    return base[name].dtype if name in base else None


_WORDS = {"structure": Structure, "crossing": Crossing, "surface": ("paved", "gravel", "ground", "unknown")}


def _value(attribute: str, value: str) -> object | None:
    """Read a changed value; None where attribute or value is not understood."""
    if attribute in _YES_NO:
        return {"yes": True, "no": False, "ja": True, "nej": False, "true": True, "false": False}.get(value.lower())
    if attribute in _NUMBERS:
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            return None
        whole = int(number) if number.is_integer() else None
        return whole if attribute == "level" else number
    if attribute in _WORDS:
        return value if value in {str(word) for word in _WORDS[attribute]} else None
    return value if attribute in _TEXTS and value else None


class _Lines:
    """Lines that ends can join: a tree over them and one over their ends."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        self.frame = frame.reset_index(drop=True)
        self.shapes = np.asarray(self.frame.geometry)
        self.level = self.frame["level"].to_numpy()
        self.ends = end_points(self.frame).reshape(-1, 2)
        self.tree = shapely.STRtree(self.shapes)
        self.end_tree = shapely.STRtree(shapely.points(self.ends))

    def node(self, xy: npt.NDArray[np.float64], limit: float, *, but: int = -1) -> tuple[_XY, int] | None:
        """Return the nearest end of a line, and the line; `but` is left out."""
        near = self.end_tree.query(shapely.Point(xy), predicate="dwithin", distance=limit)
        near = near[near // 2 != but]
        if not len(near):
            return None
        far = np.hypot(*(self.ends[near] - xy).T)
        x, y, at = min((float(self.ends[i, 0]), float(self.ends[i, 1]), int(i)) for i in near[far <= far.min() + 1e-9])
        return (x, y), at // 2

    def line(self, xy: npt.NDArray[np.float64], limit: float, *, level: int, but: int = -1) -> int | None:
        """Return the nearest line of this level or of the ground."""
        point = shapely.Point(xy)
        near = self.tree.query(point, predicate="dwithin", distance=limit)
        near = near[np.isin(self.level[near], [0, level]) & (near != but)]
        return int(near[np.argmin(shapely.distance(self.shapes[near], point))]) if len(near) else None

    def named(self, at: int) -> str:
        name = self.frame["name"].iloc[at]
        return str(name) if pd.notna(name) else ""


def _added(
    base: gpd.GeoDataFrame, added: gpd.GeoDataFrame, limit: float
) -> tuple[gpd.GeoDataFrame | None, tuple[Join, ...], list[Fault]]:
    new = added.assign(parent_link_id=added["link_id"], change=str(Change.ADDED)).reset_index(drop=True)
    if "badge" not in new:
        new = new.assign(badge=None)
    is_open = (base["change"] != Change.CLOSED) & (base["allows_walk"] | base["allows_cycle"])
    today, drawn = _Lines(base[is_open]), _Lines(new)
    rows = np.flatnonzero(is_open)
    faults: list[Fault] = []
    joins: list[Join] = []
    splits: dict[tuple[str, int], list[tuple[float, _XY]]] = defaultdict(list)
    shapes: list[LineString] = []
    firm: set[_XY] = set()  # where added links join today's
    for number, link in enumerate(new.itertuples()):
        coordinates = list(link.geometry.coords)
        for end, at in (("start", 0), ("end", -1)):
            xy = np.array(coordinates[at][:2])
            found = _join(xy, today, drawn, number, limit, level=int(link.level))
            if found is None:
                faults.append(_hangs(link, end, xy, today, limit))
                continue
            to, kind, other, along = found
            coordinates[at] = to
            if kind != "added" and kind != "split_added":
                firm.add(to)
            if kind.startswith("split"):
                splits["today" if kind == "split" else "new", int(rows[other]) if kind == "split" else other].append(
                    (along, to)
                )
            lines = drawn if kind in ("added", "split_added") else today
            told = (str(lines.frame["link_id"].iloc[other]), lines.named(other))
            moved = float(np.hypot(*(np.array(to) - xy)))
            joins.append(Join(str(link.link_id), end, to, moved, kind.removesuffix("_added"), *told, along))
        shapes.append(LineString([xy[:2] for xy in coordinates]))
    new = new.set_geometry(gpd.GeoSeries(shapes, crs=base.crs))
    drawn = _Lines(new)
    faults += _adrift_faults(today, new, firm, splits, limit)
    faults += _crossing_faults(today, drawn, new, limit) + _double_faults(today, new)
    if faults:
        return None, tuple(joins), faults
    kept = _split(base, {at: cuts for (kind, at), cuts in splits.items() if kind == "today"})
    both = [kept, _split(new, {at: cuts for (kind, at), cuts in splits.items() if kind == "new"}).drop(columns="file")]
    return gpd.GeoDataFrame(pd.concat(both, ignore_index=True), crs=base.crs), tuple(joins), []


def _join(
    xy: npt.NDArray[np.float64], today: _Lines, drawn: _Lines, number: int, limit: float, *, level: int
) -> tuple[_XY, str, int, float] | None:
    """Find what an end joins, in this order: a node or link of today, an end or the middle of an added link."""
    for lines, but, words in ((today, -1, ("node", "split")), (drawn, number, ("added", "split_added"))):
        node = lines.node(xy, limit, but=but)
        if node is not None:
            to = node[0] if words[0] == "node" else min(node[0], (float(xy[0]), float(xy[1])))  # the same for all here
            return to, words[0], node[1], 0.0
        at = lines.line(xy, limit, level=level, but=but)
        if at is not None:
            return _on_line(lines.shapes[at], xy, words, at)
    return None


def _on_line(
    line: LineString, xy: npt.NDArray[np.float64], words: tuple[str, str], at: int
) -> tuple[_XY, str, int, float]:
    along = float(line.project(shapely.Point(xy)))
    if along < _SHORTEST_PART_M or along > line.length - _SHORTEST_PART_M:
        x, y = line.coords[0 if along < _SHORTEST_PART_M else -1][:2]
        return (float(x), float(y)), words[0], at, 0.0
    place = line.interpolate(along)
    return (place.x, place.y), words[1], at, along


def _hangs(link: Any, end: str, xy: npt.NDArray[np.float64], today: _Lines, limit: float) -> Fault:
    detail = {"link": str(link.link_id), "end": end, "distance": "-", "nearest": "-", "limit": f"{limit:g}"}
    detail |= {"x": f"{xy[0]:.1f}", "y": f"{xy[1]:.1f}"}
    if len(today.shapes):
        at = int(today.tree.nearest(shapely.Point(xy)))
        far = shapely.distance(today.shapes[at], shapely.Point(xy))
        detail |= {"distance": f"{far:.1f}", "nearest": _named(today, at)}
    return Fault("scenario_link_hangs", link.file, value=str(link.link_id), detail=detail)


def _named(lines: _Lines, at: int) -> str:
    return f"{lines.named(at)} ({lines.frame['link_id'].iloc[at]})".strip()


def _adrift_faults(
    today: _Lines,
    new: gpd.GeoDataFrame,
    firm: set[_XY],
    splits: dict[tuple[str, int], list[tuple[float, _XY]]],
    limit: float,
) -> list[Fault]:
    """Find added links that join each other, but nothing of today; and those that begin and end at one node."""
    reached = set(firm)
    ends = [{line.coords[0], line.coords[-1]} for line in new.geometry]
    places = [own | {xy for _, xy in splits.get(("new", at), [])} for at, own in enumerate(ends)]
    for _ in places:  # a chain is at most as long as there are links
        reached |= {xy for own in places if own & reached for xy in own}
    faults = []
    for link, own, at in zip(new.itertuples(), ends, places, strict=True):
        if not at & reached:
            faults.append(_hangs(link, "start", np.array(link.geometry.coords[0]), today, limit))
        elif len(own) == 1 and not splits.get(("new", int(link.Index))):
            faults.append(Fault("scenario_link_loop", link.file, value=str(link.link_id)))
    return faults


def _crossing_faults(today: _Lines, drawn: _Lines, new: gpd.GeoDataFrame, limit: float) -> list[Fault]:
    """Find added links that cross a link of their level away from their ends."""
    faults = []
    for lines, is_own in ((today, False), (drawn, True)):
        link_at, other_at = lines.tree.query(drawn.shapes, predicate="crosses")
        for i, j in zip(link_at, other_at, strict=True):
            if drawn.level[i] != lines.level[j] or (is_own and i <= j):
                continue
            meet = shapely.intersection(drawn.shapes[i], lines.shapes[j])
            ends = [drawn.shapes[i].coords[0], drawn.shapes[i].coords[-1]]
            ends += [lines.shapes[j].coords[0], lines.shapes[j].coords[-1]] if is_own else []
            inner = [p for p in shapely.get_parts(meet) if shapely.distance(p, shapely.MultiPoint(ends)) > limit]
            if inner:
                link = new.iloc[i]
                detail = {"link": str(link["link_id"]), "nearest": _named(lines, j)} | beside_level(int(link["level"]))
                detail |= {"x": f"{inner[0].centroid.x:.1f}", "y": f"{inner[0].centroid.y:.1f}"}
                faults.append(Fault("scenario_link_crosses", link["file"], value=str(link["link_id"]), detail=detail))
    return faults


def beside_level(level: int) -> dict[str, str]:
    """Return a level and those of what passes over and under it, to be said.

    Examples
    --------
    >>> beside_level(1)
    {'level': '1', 'over': '2', 'under': '0'}
    """
    return {"level": str(level), "over": str(level + 1), "under": str(level - 1)}


def _double_faults(today: _Lines, new: gpd.GeoDataFrame) -> list[Fault]:
    """Find added links that lie on a link of today at their level."""
    faults = []
    for link in new.itertuples():
        near = today.tree.query(link.geometry, predicate="dwithin", distance=_DOUBLE_M)
        near = near[today.level[near] == int(link.level)]
        if not len(near):
            continue
        along = shapely.buffer(shapely.union_all(today.shapes[near]), _DOUBLE_M)
        if shapely.intersection(link.geometry, along).length >= _DOUBLE_SHARE * link.geometry.length:
            far = shapely.hausdorff_distance(today.shapes[near], link.geometry)
            middle = link.geometry.interpolate(0.5, normalized=True)
            detail = {"nearest": _named(today, int(near[np.argmin(far)]))}
            detail |= {"x": f"{middle.x:.1f}", "y": f"{middle.y:.1f}"}
            faults.append(Fault("scenario_link_doubles", link.file, value=str(link.link_id), detail=detail))
    return faults


def _split(frame: gpd.GeoDataFrame, splits: dict[int, list[tuple[float, _XY]]]) -> gpd.GeoDataFrame:
    """Split links where others join them; the parts come after all others."""
    parts = []
    for place, places in splits.items():
        link = frame.iloc[place]
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
    if not parts:
        return frame
    kept = frame.drop(index=frame.index[list(splits)])
    frames = [part for part in (kept, gpd.GeoDataFrame(parts, crs=frame.crs)) if len(part)]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frame.crs)


def _badged(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give each name among added and changed links a letter, added ones first; a drawn badge stays."""
    touched = links[links["change"] != Change.UNCHANGED].sort_values("change", kind="stable")
    names = touched["name"].fillna(touched["parent_link_id"])
    free = iter(letter for letter in ascii_uppercase if letter not in set(touched["badge"].dropna()))
    letters = {name: next(free, None) for name in dict.fromkeys(names[touched["badge"].isna()])}
    given = names.map(letters).where(touched["badge"].isna(), touched["badge"])
    return links.assign(badge=given.reindex(links.index).astype(object).where(lambda letter: letter.notna(), None))
