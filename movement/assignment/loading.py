"""Links and impedances in, a graph out; trips from node to node in, flows on links out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.assignment import trees
from movement.tables import Change, Costs, Fault, InputFaults

MS_PER_MIN = 60_000
_COST_COLUMN = {Costs.FELT: "impedance_ms", Costs.DISTANCE_ONLY: "distance_ms"}


@dataclass(frozen=True)
class Graph:
    """A network for one mode: arcs in rows by tail node, whole-millisecond costs.

    `node_ids` and `link_ids` name positions; `link` says which link an arc runs on, the same both ways.
    """

    node_ids: pd.Index
    link_ids: pd.Index
    first_arc: trees.Integers
    head: trees.Integers
    link: trees.Integers
    cost_ms: trees.Integers
    length_m: trees.Reals

    def place(self, node_ids: Sequence[Any] | pd.Series) -> trees.Integers:
        """Return the position of each node, -1 where the graph has none such (or the id is empty)."""
        return np.asarray(self.node_ids.get_indexer(pd.Index(node_ids, dtype=object)), dtype=np.int64)


@dataclass(frozen=True)
class Loading:
    """Flows on links (rows as the graph's links, one column per kind of trips) and trips that found no path."""

    flows: trees.Reals
    unreached: trees.Reals


def graph(
    links: pd.DataFrame, impedances: pd.DataFrame, *, scenario_id: str, mode: str, costs: str = Costs.FELT
) -> Graph:
    """Make the graph of one link scenario, mode and kind of costs.

    Parameters
    ----------
    links, impedances
        Tables LINKS and IMPEDANCES. Closed links are left out, and so is a direction without impedance.
    scenario_id, mode
        Which rows to take.
    costs
        `felt` time, or `distance_only`.

    Raises
    ------
    InputFaults
        If a cost is not a number, or not above zero; names every link.
    """
    column = _COST_COLUMN[Costs(costs)]
    open_links = (links["scenario_id"] == scenario_id) & (links["change"] != str(Change.CLOSED))
    ends = pd.DataFrame(links[["link_id", "from_node_id", "to_node_id", "length_mm"]]).loc[open_links]
    wanted = (impedances["scenario_id"] == scenario_id) & (impedances["mode"] == str(mode))
    terms = impedances.loc[wanted, ["link_id", "is_forward", column]]
    arcs = terms.merge(ends, on="link_id", how="inner", validate="many_to_one")
    _check_costs(arcs, column)
    forward = arcs["is_forward"].to_numpy(dtype=bool)
    tail = np.where(forward, arcs["from_node_id"], arcs["to_node_id"])
    head = np.where(forward, arcs["to_node_id"], arcs["from_node_id"])
    all_nodes = pd.unique(ends[["from_node_id", "to_node_id"]].to_numpy(dtype=object).ravel())
    cost_ms, length_m = arcs[column].to_numpy(), arcs["length_mm"].to_numpy(dtype=float) / 1000
    return arrange(tail, head, arcs["link_id"].to_numpy(), cost_ms, length_m, more_nodes=all_nodes)


def arrange(
    tail: NDArray[Any],
    head: NDArray[Any],
    link_id: NDArray[Any],
    cost_ms: NDArray[Any],
    length_m: NDArray[Any],
    *,
    more_nodes: NDArray[Any] | tuple[()] = (),
) -> Graph:
    """Put arcs, given by the names of their ends, into the kernel's order; nodes and links are sorted by name.

    `more_nodes` are in the graph even where no arc meets them: what lies there reaches only itself.
    """
    named = np.concatenate([tail, head, np.asarray(more_nodes, dtype=object)]).astype(object)
    node_ids, link_ids = (
        pd.Index(np.sort(pd.unique(names)), dtype=object) for names in (named, link_id.astype(object))
    )
    start, end = node_ids.get_indexer(tail), node_ids.get_indexer(head)
    link = link_ids.get_indexer(link_id)
    order = np.lexsort((link, end, start))
    counts = np.bincount(start, minlength=len(node_ids)) if len(start) else np.zeros(len(node_ids), dtype=np.int64)
    cost_ms = np.maximum(np.rint(np.asarray(cost_ms, dtype=float)), 1)
    return Graph(
        node_ids=node_ids,
        link_ids=link_ids,
        first_arc=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        head=end[order].astype(np.int64),
        link=link[order].astype(np.int64),
        cost_ms=cost_ms[order].astype(np.int64),
        length_m=np.asarray(length_m, dtype=float)[order],
    )


def load(
    on: Graph,
    from_node: trees.Integers,
    to_node: trees.Integers,
    trips: trees.Reals,
    *,
    cut_off_min: float | None = None,
) -> Loading:
    """Put trips on the cheapest paths; equal paths share them evenly.

    Parameters
    ----------
    on
        Graph.
    from_node, to_node
        Positions of the ends of each row of trips, -1 where an end is off the network.
    trips
        Trips of each row, both ways together: rows x kinds.
    cut_off_min
        Longest path, in minutes; none where not given.

    Returns
    -------
    loading
        Trips with no path within the cut-off, or an end off the network, are counted in `unreached`.

    Raises
    ------
    ValueError
        If an amount is negative or not a number.
    """
    # ASSUME: people return the way they came, so trips both ways together load the path from home
    if not np.all(trips >= 0) or not np.all(np.isfinite(trips)):
        raise ValueError(f"trips must be finite and not negative, found {trips[~(trips >= 0)][:3]}")
    joined = (from_node >= 0) & (to_node >= 0)
    order = np.lexsort((to_node[joined], from_node[joined]))
    origin, goal, amount = from_node[joined][order], to_node[joined][order], trips[joined][order]
    origins, first = np.unique(origin, return_index=True)
    flows, unreached = trees.load_trees(
        on.first_arc,
        on.head,
        on.link,
        on.cost_ms,
        len(on.link_ids),
        origins.astype(np.int64),
        np.append(first, len(origin)).astype(np.int64),
        goal.astype(np.int64),
        np.ascontiguousarray(amount, dtype=np.float64),
        limit_ms(cut_off_min),
    )
    return Loading(flows, unreached + trips[~joined].sum(axis=0))


def limit_ms(cut_off_min: float | None) -> int:
    """Return a cut-off in the kernel's unit; the longest it can hold where there is none."""
    return trees.MOST_MS if cut_off_min is None else min(round(cut_off_min * MS_PER_MIN), trees.MOST_MS)


def _check_costs(arcs: pd.DataFrame, column: str) -> None:
    bad = arcs.loc[~(arcs[column] > 0) | np.isinf(arcs[column])]
    if len(bad):
        raise InputFaults(
            Fault("cost_not_positive", "impedances", value=f"{cost}", detail={"link": str(link)})
            for link, cost in zip(bad["link_id"], bad[column], strict=True)
        )
