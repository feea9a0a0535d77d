"""A traveller's network on which a barrier can be crossed freely: what permeability is measured against."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.assignment.graph import Graph, arrange
from movement.assignment.trees import Integers
from movement.comparison import cuts


def freed(on: Graph, links: gpd.GeoDataFrame, costs: pd.DataFrame, cut: cuts.Cut, *, longest_m: float) -> Graph:
    """Add a link wherever a short straight line crosses a cut and joins links of both sides.

    Parameters
    ----------
    on, links, costs
        A scenario's graph for one traveller, its links, and the impedances that the graph's `source` counts.
    cut
        What can be crossed freely.
    longest_m
        Longest straight line.

    Returns
    -------
    graph
        The same nodes and costs. Links near the cut are divided into parts of at most 100 m, whose costs add up to
        theirs; the straight lines join where parts meet. Such a line costs its length at the traveller's speed: flat,
        even, quiet and lit. All ways of the graph given are still there, so nothing gets further away.
    """
    lines = links.set_index("link_id").geometry.reindex(on.link_ids).to_numpy()
    parts = cuts.points_along(lines, cut, near_m=longest_m)
    forward = costs["is_forward"].to_numpy(dtype=bool)[on.source]
    arc, step = _repeated(parts[on.link])
    number = parts[on.link][arc]
    tail, head = (_names(on, arc, step + more, number, forward[arc]) for more in (0, 1))
    along = np.where(forward[arc], step, number - step - 1)
    link = [f"{name}#{at}" for name, at in zip(_ids(on.link_ids)[on.link[arc]], along, strict=True)]
    ends = np.rint(on.cost_ms[arc] * (step + np.arange(2)[:, None]) / number)
    cost_ms = np.maximum(ends[1] - ends[0], 1)
    inner, places = _places(on, lines, parts)
    used = np.unique(np.concatenate([on.tail, on.head]))
    xy = _node_places(on, links)
    names = np.concatenate([_ids(on.node_ids)[used], inner])
    free = cuts.free_crossings(np.concatenate([xy[used], places]), cut, longest_m=longest_m)
    start, end, metres = names[free["start"]], names[free["end"]], free["length_m"].to_numpy()
    pace = costs["distance_ms"].to_numpy(dtype=float)[on.source].sum() / max(on.length_m.sum(), 1.0)
    named = [f"free/{at}" for at in range(len(free))]
    return arrange(
        np.concatenate([tail, start, end]),
        np.concatenate([head, end, start]),
        np.concatenate([np.array(one, dtype=object) for one in (link, named, named)]),
        np.concatenate([cost_ms, metres * pace, metres * pace]),
        np.concatenate([on.length_m[arc] / number, metres, metres]),
        nodes=pd.DataFrame(
            shapely.get_coordinates(np.concatenate([xy, places])),
            columns=["x", "y"],
            index=pd.Index(np.concatenate([_ids(on.node_ids), inner]), dtype=object),
        ),
    )


def _ids(names: pd.Index) -> np.ndarray:
    return np.asarray(names, dtype=object)


def _repeated(parts: Integers) -> tuple[Integers, Integers]:
    """Return, for each part of each arc, the arc and the number of the part along the way it is gone."""
    arc = np.repeat(np.arange(len(parts)), parts)
    return arc, np.arange(len(arc)) - np.repeat(np.cumsum(parts) - parts, parts)


def _names(on: Graph, arc: Integers, step: Integers, number: Integers, forward: np.ndarray) -> np.ndarray:
    """Name the place after `step` parts of an arc: its ends' nodes, or a place along the link as drawn."""
    along = np.where(forward, step, number - step)
    inner = [f"{name}@{at}" for name, at in zip(_ids(on.link_ids)[on.link[arc]], along, strict=True)]
    named, nodes = np.array(inner, dtype=object), _ids(on.node_ids)
    return np.where(step == 0, nodes[on.tail[arc]], np.where(step == number, nodes[on.head[arc]], named))


def _places(on: Graph, lines: np.ndarray, parts: Integers) -> tuple[np.ndarray, np.ndarray]:
    """Name and place where the parts of divided links meet."""
    link, at = _repeated(parts - 1)
    names = np.array([f"{name}@{n + 1}" for name, n in zip(_ids(on.link_ids)[link], at, strict=True)], dtype=object)
    return names, shapely.line_interpolate_point(lines[link], (at + 1) / parts[link], normalized=True)


def _node_places(on: Graph, links: gpd.GeoDataFrame) -> np.ndarray:
    """Return the place of each node of a graph."""
    shapes = links.geometry.to_numpy()
    ends = [
        pd.Series(shapely.get_point(shapes, at), index=links[name])
        for at, name in ((0, "from_node_id"), (-1, "to_node_id"))
    ]
    known = pd.concat(ends)
    return np.asarray(known.loc[~known.index.duplicated()].reindex(on.node_ids), dtype=object)
