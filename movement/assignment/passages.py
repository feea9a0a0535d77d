"""Select link: which share of each pair's trips passes which link."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from scipy import sparse

from movement.assignment import blocks, detours, trees
from movement.assignment.graph import MS_PER_MIN, Graph, limit_ms


def passages(
    on: Graph,
    from_node: trees.Integers,
    to_node: trees.Integers,
    links: trees.Integers,
    *,
    cut_off_min: float | None = None,
    tolerance: detours.Tolerance | None = None,
    bins: int = detours.BINS,
) -> sparse.csr_array:
    """Return how often a trip of each pair passes each of some links.

    Parameters
    ----------
    on
        Graph.
    from_node, to_node
        Positions of the ends of each pair, -1 where an end is off the network.
    links
        Positions of the links asked for, as `on.link_ids` has them; -1 (not in the graph) is passed by nobody.
    cut_off_min
        Longest shortest way, in minutes; needed with a tolerance.
    tolerance
        How people choose among ways; all on the cheapest ways, equal ones sharing alike, where not given.

    Returns
    -------
    passes
        Pairs x links. On cheapest ways the share of the pair's trips that use the link; with a tolerance the expected
        number of passes. Times trips, summed over pairs, it is the link's flow as `load` and `load_tolerant` give it.
    """
    joined = np.flatnonzero((from_node >= 0) & (to_node >= 0))
    order = joined[np.lexsort((to_node[joined], from_node[joined]))]
    origins, first = np.unique(from_node[order], return_index=True)
    ends, column = to_node[order].astype(np.int64), np.full(len(on.link_ids), -1, np.int64)
    column[links[links >= 0]] = np.flatnonzero(links >= 0)
    share = np.zeros((len(order), len(links)))
    columns = (origins.astype(np.int64), np.append(first, len(order)).astype(np.int64), ends, column, share)
    limit, choice = limit_ms(cut_off_min), (1.0, 0.0, 0.0, 0, on.loops(0.0))
    if tolerance is not None:
        excess = tolerance.most_excess_ms(limit)
        loops = on.loops(detours.longest_loop_ms(excess))
        choice = (tolerance.ratio, excess, tolerance.per_min / MS_PER_MIN, bins, loops)

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        kernel = pass_rows if tolerance is None else pass_rows_tolerant
        settled = kernel(on.arcs, pad, begin, end, *columns, limit, *choice)
        return (*blocks.nothing(end - begin, 1), settled)

    blocks.run(on.arcs, 1, len(origins), one)
    row, col = np.nonzero(share)
    found = sparse.coo_array((share[row, col], (order[row], col)), shape=(len(from_node), len(links)))
    twice = np.flatnonzero(links >= 0)[column[links[links >= 0]] != np.flatnonzero(links >= 0)]
    return _copied(found.tocsr(), links, column, twice)


def _copied(found: sparse.csr_array, links: trees.Integers, column: trees.Integers, twice: trees.Integers) -> Any:
    """Give links asked for twice the same column twice."""
    if not len(twice):
        return found
    source = np.arange(len(links))
    source[twice] = column[links[twice]]
    return found[:, source]


@njit(cache=True, nogil=True)
def pass_rows(
    graph, pad, begin, end, origins, first, ends, column, share, limit_ms, ratio, excess_ms, per_ms, bins, loops
):
    """Write the pairs of blocks `begin` to `end` to `share` (pairs x links); return nodes settled, or FULL."""
    width, settled = share.shape[1], 0
    used = np.zeros((len(pad.cost_to), width)) if begin < end else np.zeros((0, width))
    for place in range(begin * blocks.ORIGINS, min(end * blocks.ORIGINS, len(origins))):
        count, _ = trees.grow(graph, origins[place], limit_ms, pad)
        if count == trees.FULL:
            return count
        settled += count
        order = trees.by_cost(count, pad)
        for node in order:
            pad.paths[node] = 0.0
            used[node, :] = 0.0
        pad.paths[origins[place]] = 1.0
        for node in order:  # all ways in are known when its turn comes: weights of ways first, shares of them here
            if pad.paths[node] > 1.0:
                used[node, :] /= pad.paths[node]
            for arc in range(graph.first[node], graph.first[node + 1]):
                head, cost = graph.ahead[arc] & 0xFFFFFFFF, graph.ahead[arc] >> 32
                if pad.cost_to[head] != pad.cost_to[node] + cost:
                    continue
                pad.paths[head] += pad.paths[node]
                for link in range(width):
                    used[head, link] += pad.paths[node] * used[node, link]
                here = column[graph.behind[arc] >> 32]
                if here >= 0:
                    used[head, here] += pad.paths[node]
        for pair in range(first[place], first[place + 1]):
            if pad.cost_to[ends[pair]] != trees.FAR:
                share[pair, :] = used[ends[pair], :]
        trees.clear(order, pad)
    return settled


@njit(cache=True, nogil=True)
def pass_rows_tolerant(
    graph, pad, begin, end, origins, first, ends, column, share, limit_ms, ratio, excess_ms, per_ms, bins, loops
):
    """Do what `pass_rows` does for all ways within a tolerance: the flows of one trip, pair after pair."""
    links, settled = len(column), 0
    flows, pages, place_of = (
        np.zeros((links, 1)),
        np.zeros((links >> 6) + 1, np.uint8),
        np.zeros(len(pad.cost_to), np.int32),
    )
    local, seen = np.full(len(graph.ahead), -1, np.int32), np.full(len(loops.first), -1, np.int32)
    per_bin = (bins - 1) / excess_ms
    furthest = detours.reach_ms(limit_ms, excess_ms)
    for place in range(begin * blocks.ORIGINS, min(end * blocks.ORIGINS, len(origins))):
        count, _ = trees.grow(graph, origins[place], furthest, pad)
        if count == trees.FULL:
            return count
        settled += count
        order = trees.by_cost(count, pad)
        near = detours.within(graph, order, pad, place_of, per_bin, bins, per_ms)
        closing = detours.closers(near, loops, local, seen, bins)
        to_node, over_arc = detours.ways(order, near, closing, bins)
        for pair in range(first[place], first[place + 1]):
            if pad.cost_to[ends[pair]] > limit_ms:
                continue
            pad.carried[ends[pair], 0] = 1.0
            detours.take_back(order, near, closing, pad, ratio, per_bin, bins, to_node, over_arc, flows, pages)
            pad.carried[ends[pair], 0] = 0.0
            for page in range(len(pages)):
                if pages[page]:
                    pages[page] = 0
                    for link in range(page << 6, min((page + 1) << 6, links)):
                        if column[link] >= 0:
                            share[pair, column[link]] = flows[link, 0]
                        flows[link, 0] = 0.0
        trees.clear(order, pad)
    return settled
