"""Links and impedances in, a graph out: whole-millisecond costs on directed arcs, nodes in spatial order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from movement.assignment import packed, trees
from movement.assignment.loops import Loops, loops
from movement.tables import Change, Fault, InputFaults

MS_PER_MIN = 60_000
_CURVE_BITS = 26  # half-metre squares over 33,000 km: the curve does not depend on the network's extent


@dataclass(frozen=True)
class Graph:
    """A network for one mode: arcs in rows by tail node, whole-millisecond costs.

    `node_ids` and `link_ids` name positions; neighbours in space lie near each other in both. `link` says which link
    an arc runs on, the same both ways; `first_arc` has one entry per node and one more; `source` says which of the rows
    given each arc was.
    """

    node_ids: pd.Index
    link_ids: pd.Index
    first_arc: trees.Integers
    head: trees.Integers
    link: trees.Integers
    cost_ms: trees.Integers
    length_m: trees.Reals
    source: trees.Integers

    def place(self, node_ids: Sequence[Any] | pd.Series | NDArray[Any]) -> trees.Integers:
        """Return the position of each node, -1 where the graph has none such (or the id is empty)."""
        return np.asarray(self.node_ids.get_indexer(pd.Index(node_ids)), dtype=np.int64)

    @cached_property
    def arcs(self) -> packed.Arcs:
        """The graph as the kernel reads it."""
        return packed.pack(self.first_arc, self.head, self.cost_ms, self.link)

    @cached_property
    def tail(self) -> trees.Integers:
        """Tail node of each arc."""
        return np.repeat(np.arange(len(self.node_ids), dtype=np.int64), np.diff(self.first_arc))

    def loops(self, most_ms: float) -> Loops:
        """Return the short loops of the graph, up to a cost; listed once."""
        if most_ms not in self._loops:
            self._loops[most_ms] = loops(self.arcs, most_ms)
        return self._loops[most_ms]

    @cached_property
    def _loops(self) -> dict[float, Loops]:
        return {}

    @cached_property
    def turned(self) -> packed.Arcs:
        """The kernel's form of the graph with every arc turned round."""
        return packed.turned(self.arcs)


def graph(links: pd.DataFrame, impedances: pd.DataFrame, *, scenario_id: str, mode: str) -> Graph:
    """Make the graph of one link scenario and traveller, on felt time.

    Parameters
    ----------
    links, impedances
        Tables LINKS and IMPEDANCES. Closed links are left out, and so is a direction without impedance.
    scenario_id, mode
        Which rows to take. The graph's `source` counts these rows of the impedances.

    Raises
    ------
    InputFaults
        If a cost is not a number, not above zero or more than 24 days; names every link.
    """
    open_links = (links["scenario_id"] == scenario_id) & (links["change"] != str(Change.CLOSED))
    ends = links.loc[open_links, ["link_id", "from_node_id", "to_node_id", "length_mm"]]
    wanted = (impedances["scenario_id"] == scenario_id) & (impedances["mode"] == str(mode))
    terms = impedances.loc[wanted, ["link_id", "is_forward", "impedance_ms"]]
    terms = terms.assign(row=np.arange(len(terms)))
    arcs = terms.merge(pd.DataFrame(ends), on="link_id", how="inner", validate="many_to_one")
    forward = arcs["is_forward"].to_numpy(dtype=bool)
    tail = np.where(forward, arcs["from_node_id"], arcs["to_node_id"])
    head = np.where(forward, arcs["to_node_id"], arcs["from_node_id"])
    cost_ms, length_m = arcs["impedance_ms"].to_numpy(), arcs["length_mm"].to_numpy(dtype=float) / 1000
    made = arrange(tail, head, arcs["link_id"].to_numpy(), cost_ms, length_m, nodes=_nodes(links.loc[open_links]))
    return replace(made, source=arcs["row"].to_numpy()[made.source])


def with_costs(on: Graph, cost_ms: NDArray[Any]) -> Graph:
    """Return the same graph at other costs, given for the rows that `source` counts.

    Raises
    ------
    InputFaults
        If a cost is not a number, not above zero or more than 24 days; names every link.
    """
    return replace(on, cost_ms=_whole_ms(np.asarray(cost_ms)[on.source], on.link_ids[on.link]))


def arrange(
    tail: NDArray[Any],
    head: NDArray[Any],
    link_id: NDArray[Any],
    cost_ms: NDArray[Any],
    length_m: NDArray[Any],
    *,
    nodes: pd.DataFrame | None = None,
) -> Graph:
    """Put arcs, given by the names of their ends, into the kernel's order.

    Parameters
    ----------
    tail, head, link_id
        Names, one entry per arc.
    cost_ms, length_m
        Cost, rounded to whole milliseconds and at least 1, and length of each arc.
    nodes
        `x` and `y` in metres by node name (index): places nodes along a Hilbert curve, so that what is near in space is
        near in memory. Nodes no arc meets are in the graph as well: what lies there reaches only itself. Without it,
        nodes are in order of their names.
    """
    if nodes is None:
        named = np.concatenate([tail, head])
        node_ids = pd.Index(np.sort(pd.unique(named)) if len(named) else named)
    else:
        curve = hilbert(nodes["x"].to_numpy(dtype=float), nodes["y"].to_numpy(dtype=float))
        node_ids = nodes.index[np.lexsort((np.argsort(np.argsort(nodes.index)), curve))]
    start, end = node_ids.get_indexer(tail), node_ids.get_indexer(head)
    number, names = pd.factorize(link_id, sort=True)
    order = np.lexsort((number, end, start))
    is_loop = start[order] == end[order]  # no way takes an arc back to where it begins; its link stays, without flow
    loop_links, order = number[order][is_loop], order[~is_loop]
    # links in the order in which the rows of arcs meet them
    first_met = pd.unique(np.concatenate([number[order], loop_links]))
    position = np.empty(len(names), np.int64)
    position[first_met] = np.arange(len(names))
    counts = np.bincount(start[order], minlength=len(node_ids))
    return Graph(
        node_ids=node_ids,
        link_ids=pd.Index(names)[first_met],
        first_arc=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        head=end[order].astype(np.int64),
        link=position[number[order]],
        cost_ms=_whole_ms(np.asarray(cost_ms)[order], np.asarray(link_id)[order]),
        length_m=np.asarray(length_m, dtype=float)[order],
        source=order.astype(np.int64),
    )


def _whole_ms(cost_ms: NDArray[Any], link_ids: Any) -> trees.Integers:
    cost_ms = cost_ms.astype(float)
    bad = ~(cost_ms > 0) | ~(cost_ms <= trees.MOST_MS)
    if bad.any():
        rules = np.where(cost_ms[bad] > 0, "cost_too_large", "cost_not_positive")
        raise InputFaults(
            Fault(str(rule), "impedances", value=f"{cost}", detail={"link": str(link)})
            for rule, link, cost in zip(rules, link_ids[bad], cost_ms[bad], strict=True)
        )
    return np.asarray(np.maximum(np.rint(cost_ms), 1), dtype=np.int64)


def hilbert(x: trees.Reals, y: trees.Reals) -> trees.Integers:
    """Return the place of points (metres) along a Hilbert curve of half-metre squares (Hilbert 1891).

    Examples
    --------
    >>> hilbert(np.array([0.0, 0.0, 0.5, 0.5]), np.array([0.0, 0.5, 0.5, 0.0])).tolist()
    [0, 3, 2, 1]
    """
    across, up = (np.rint(2 * values).astype(np.int64) & (2**_CURVE_BITS - 1) for values in (x, y))
    place = np.zeros(len(x), dtype=np.int64)
    for bit in 2 ** np.arange(_CURVE_BITS - 1, -1, -1):
        right, above = (across & bit) > 0, (up & bit) > 0
        place += bit * bit * ((3 * right) ^ above)
        turned = ~above & right
        across, up = (
            np.where(turned, bit - 1 - (across & (bit - 1)), across & (bit - 1)),
            np.where(turned, bit - 1 - (up & (bit - 1)), up & (bit - 1)),
        )
        across, up = np.where(above, across, up), np.where(above, up, across)
    return place


def limit_ms(cut_off_min: float | None) -> int:
    """Return a cut-off in the kernel's unit; the longest it can hold where there is none.

    Raises
    ------
    ValueError
        If it is not a number above zero.
    """
    if cut_off_min is not None and not 0 < cut_off_min < math.inf:
        raise ValueError(f"a cut-off is a number of minutes above zero; found {cut_off_min}")
    return trees.MOST_MS if cut_off_min is None else min(round(cut_off_min * MS_PER_MIN), trees.MOST_MS)


def _nodes(links: pd.DataFrame) -> pd.DataFrame:
    """Return x and y of the nodes at the ends of links; zero for links drawn without geometry."""
    if not isinstance(links, gpd.GeoDataFrame):
        names = pd.unique(links[["from_node_id", "to_node_id"]].to_numpy(dtype=object).ravel())
        return pd.DataFrame({"x": 0.0, "y": 0.0}, index=pd.Index(names, dtype=object))
    lines = links.geometry.to_numpy()
    ends = [shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)]
    names = np.concatenate([links["from_node_id"], links["to_node_id"]]).astype(object)
    drawn = pd.DataFrame(np.concatenate(ends), columns=["x", "y"], index=pd.Index(names, dtype=object))
    return drawn.loc[~drawn.index.duplicated()]
