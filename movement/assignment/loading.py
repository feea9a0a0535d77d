"""Trips from node to node in, flows on links out: all on the cheapest paths, equal paths sharing alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from movement.assignment import blocks, trees
from movement.assignment.graph import Graph, limit_ms


@dataclass(frozen=True)
class Loading:
    """Flows on links (rows as the graph's links, one column per kind of trips) and trips that found no path.

    `parts`: the flows of each block of origins, where they were asked to be kept, so that a scenario can use them.
    """

    flows: trees.Reals
    unreached: trees.Reals
    parts: tuple[blocks.BlockFlows, ...] = ()


@dataclass(frozen=True)
class Trips:
    """Trips in the kernel's order: origins by position, each with its destinations.

    `origin`: position of each origin; `first`: where its trips start, and one more; `destination`, `amount` (trips x
    kinds); `off_network`: trips with an end that is not on the network, per kind.
    """

    origin: trees.Integers
    first: trees.Integers
    destination: trees.Integers
    amount: trees.Reals
    off_network: trees.Reals


def sort_trips(from_node: trees.Integers, to_node: trees.Integers, trips: trees.Reals) -> Trips:
    """Put trips in the kernel's order.

    Parameters
    ----------
    from_node, to_node
        Positions of the ends of each row of trips, -1 where an end is off the network.
    trips
        Trips of each row, both ways together: rows x kinds.

    Raises
    ------
    ValueError
        If an amount is negative or not a number, or all together are too many to add up.
    """
    with np.errstate(over="ignore"):
        total = trips.sum()
        most = trips.max(initial=0.0) * len(trips)  # what adding in any order has to hold
    if not np.all(trips >= 0) or not np.isfinite(total) or not np.isfinite(most):
        wrong = trips[~(trips >= 0) | np.isinf(trips)][:3]
        raise ValueError(f"trips must be finite and not negative, and so must their sum; found {wrong}, sum {total}")
    joined = (from_node >= 0) & (to_node >= 0)
    order = np.lexsort((to_node[joined], from_node[joined]))
    origin, amount = from_node[joined][order], np.ascontiguousarray(trips[joined][order], dtype=np.float64)
    origins, first = np.unique(origin, return_index=True)
    return Trips(
        origins.astype(np.int64),
        np.append(first, len(origin)).astype(np.int64),
        to_node[joined][order].astype(np.int64),
        amount,
        trips[~joined].sum(axis=0),
    )


def check_places(on: Graph, trips: Trips) -> None:
    """Refuse positions that the graph does not have: the kernel would read beyond its arrays.

    Raises
    ------
    ValueError
        If there is one.
    """
    most = max(trips.origin.max(initial=-1), trips.destination.max(initial=-1))
    if most >= len(on.node_ids):
        raise ValueError(f"the graph has {len(on.node_ids)} nodes, and none at position {most}")


def load(
    on: Graph,
    from_node: trees.Integers,
    to_node: trees.Integers,
    trips: trees.Reals,
    *,
    cut_off_min: float | None = None,
    keep_parts: bool = False,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Loading:
    """Put trips on the cheapest paths; equal paths share them evenly.

    Parameters
    ----------
    on
        Graph.
    from_node, to_node, trips
        As in `sort_trips`.
    cut_off_min
        Longest path, in minutes; none where not given.
    keep_parts
        Keep the flows of each block, for `reuse.reload`.
    progress
        Is told blocks done and all.
    spread
        Who computes, where it is not this process's threads; changes no flow.

    Returns
    -------
    loading
        Trips with no path within the cut-off, or an end off the network, are counted in `unreached`.

    Raises
    ------
    ValueError
        As `sort_trips`.
    """
    # ASSUME: people return the way they came, so trips both ways together load the path from home
    ordered = sort_trips(from_node, to_node, trips)
    return load_sorted(on, ordered, cut_off_min=cut_off_min, keep_parts=keep_parts, progress=progress, spread=spread)


def load_sorted(
    on: Graph,
    trips: Trips,
    *,
    cut_off_min: float | None = None,
    keep_parts: bool = False,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Loading:
    """Do what `load` does, for trips in the kernel's order."""
    tasks = blocks.tasks(len(trips.origin), spread)
    done = compute(on, trips, tasks, cut_off_min=cut_off_min, progress=progress, spread=spread)
    return add_up(on, trips, done, keep_parts=keep_parts)


def compute(
    on: Graph,
    trips: Trips,
    tasks: Sequence[tuple[int, int]],
    *,
    cut_off_min: float | None,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Iterator[blocks.BlockFlows]:
    """Compute the flows of some blocks of origins, in order."""
    check_places(on, trips)
    columns = (trips.origin, trips.first, trips.destination, trips.amount, limit_ms(cut_off_min))
    work = blocks.Work(load_blocks, on.arcs, len(on.link_ids), trips.amount.shape[1], columns)
    return blocks.compute(work, tasks, spread=spread, progress=progress)


def add_up(on: Graph, trips: Trips, parts: Iterable[blocks.BlockFlows], *, keep_parts: bool = False) -> Loading:
    """Add blocks in order."""
    return summed(len(on.link_ids), trips.off_network, parts, keep_parts=keep_parts)


def summed(
    links: int, unreached: trees.Reals, parts: Iterable[blocks.BlockFlows], *, keep_parts: bool = False
) -> Loading:
    """Add blocks in order to no flow and to trips that found no path before (one entry per kind)."""
    flows, unreached, kept = np.zeros((links, len(unreached))), unreached.copy(), []
    for part in parts:
        blocks.add(flows, unreached, part.link, part.flow, part.unreached)
        if keep_parts:
            kept.append(part)
    return Loading(flows, unreached, tuple(kept))


@njit(cache=True, nogil=True)
def load_blocks(graph, pad, links, begin, end, origins, first_trip, destination, trips, limit_ms):
    """Load the trips of blocks `begin` to `end`: the fields of BlockFlows, the last one FULL where `pad` is too small.

    Arguments as in `Trips`; `pad` is the thread's own.
    """
    kinds = trips.shape[1]
    out_link, out_flow, used = np.empty(1024, np.int32), np.empty((1024, kinds)), 0
    last, unreached = np.zeros(end - begin, np.int64), np.zeros((end - begin, kinds))
    units, settled = np.zeros(kinds), 0
    for block in range(begin, end):
        for place in range(block * blocks.ORIGINS, min((block + 1) * blocks.ORIGINS, len(origins))):
            count, ties = trees.grow(graph, origins[place], limit_ms, pad)
            if count == trees.FULL:
                return out_link, out_flow, last, unreached, count
            settled += count
            units[:] = 0.0
            for trip in range(first_trip[place], first_trip[place + 1]):
                for kind in range(kinds):
                    units[kind] = max(units[kind], trips[trip, kind])
            for kind in range(kinds):
                units[kind] = trees.quantum(units[kind], first_trip[place + 1] - first_trip[place])
            for trip in range(first_trip[place], first_trip[place + 1]):
                node = destination[trip]
                for kind in range(kinds):
                    if pad.cost_to[node] == trees.FAR:
                        unreached[block - begin, kind] += trips[trip, kind]
                    else:
                        pad.carried[node, kind] += trees.whole(trips[trip, kind], units[kind])
            trees.take_back(graph, count, ties, units, pad)
        out_link, out_flow, used = trees.gather(pad.flows, pad.pages, out_link, out_flow, used)
        last[block - begin] = used
    return out_link[:used].copy(), out_flow[:used].copy(), last, unreached, settled
