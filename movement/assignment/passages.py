"""Select link: which share of each pair's trips passes which link."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import sparse

from movement.assignment import blocks, closers, detours, excess, shares, trees
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
    asked, place = np.unique(links[links >= 0], return_inverse=True)
    column[asked] = np.arange(len(asked))
    columns = (origins.astype(np.int64), np.append(first, len(order)).astype(np.int64), ends, column)
    limit = limit_ms(cut_off_min)
    if tolerance is None:
        work = blocks.Work(pass_blocks, on.arcs, len(on.link_ids), 1, (*columns, limit))
    else:
        excess = tolerance.most_excess_ms(limit)
        loops = on.loops(detours.longest_loop_ms(excess))
        choice = (tolerance.ratio, excess, tolerance.per_min / MS_PER_MIN, bins, loops)
        work = blocks.Work(pass_blocks_tolerant, on.arcs, len(on.link_ids), 1, (*columns, limit, *choice))
    parts = list(blocks.compute(work, blocks.tasks(len(origins)))) if len(asked) else []
    pair = np.concatenate([order[part.link] for part in parts] or [np.zeros(0, np.int64)])
    col, share = np.concatenate([part.flow for part in parts] or [np.zeros((0, 2))]).T
    found = sparse.csr_array((share, (pair, col.astype(np.int64))), shape=(len(from_node), max(len(asked), 1)))
    whole = sparse.lil_array((max(len(asked), 1), len(links)))
    whole[place, np.flatnonzero(links >= 0)] = 1.0
    return sparse.csr_array(found @ whole.tocsr())


@njit(cache=True, nogil=True)
def _note(pairs, values, used, pair, column, share):
    """Append an entry; return the arrays, or wider copies, and how many entries they hold."""
    if used == len(pairs):
        wider_pairs, wider_values = np.empty(2 * used, np.int32), np.empty((2 * used, 2))
        wider_pairs[:used], wider_values[:used] = pairs, values
        pairs, values = wider_pairs, wider_values
    pairs[used], values[used, 0], values[used, 1] = pair, column, share
    return pairs, values, used + 1


@njit(cache=True, nogil=True)
def pass_blocks(graph, pad, links, begin, end, origins, first, ends, column, limit_ms):
    """List the passes of blocks: the fields of BlockFlows, with pairs for links and (column, share) for flows.

    On cheapest ways, equal ones sharing alike.
    """
    pairs, values, used = np.empty(1024, np.int32), np.empty((1024, 2)), 0
    last, unreached, settled = np.zeros(end - begin, np.int64), np.zeros((end - begin, 1)), 0
    for block in range(begin, end):
        for place in range(block * blocks.ORIGINS, min((block + 1) * blocks.ORIGINS, len(origins))):
            count, ties = trees.grow(graph, origins[place], limit_ms, pad)
            if count == trees.FULL:
                return pairs, values, last, unreached, count
            settled += count
            order = trees.tied(graph, count, pad) if ties else pad.settled[:0]
            for pair in range(first[place], first[place + 1]):
                node = ends[pair]
                if pad.cost_to[node] == trees.FAR:
                    continue
                if len(order):
                    pairs, values, used = _shared(graph, order, pad, node, pair, column, pairs, values, used)
                    continue
                while pad.by_arc[node] >= 0:
                    step = graph.behind[pad.by_arc[node]]
                    if column[step >> 32] >= 0:
                        pairs, values, used = _note(pairs, values, used, pair, column[step >> 32], 1.0)
                    node = step & 0xFFFFFFFF
            trees.clear(pad.settled[:count], pad)
        last[block - begin] = used
    return pairs[:used].copy(), values[:used].copy(), last, unreached, settled


@njit(cache=True, nogil=True)
def _shared(graph, order, pad, end, pair, column, pairs, values, used):
    """Append the passes of a pair in a tree with ties."""
    carried = pad.carried[:, 0]
    carried[end] = 1.0
    for node in order[::-1]:
        for arc in range(graph.first[node], graph.first[node + 1]):
            head, cost = graph.ahead[arc] & 0xFFFFFFFF, graph.ahead[arc] >> 32
            if carried[head] == 0.0 or pad.cost_to[head] != pad.cost_to[node] + cost:
                continue
            share = carried[head] * (min(pad.paths[node], trees.MOST_PATHS) / pad.paths[head])
            carried[node] += share
            if column[graph.behind[arc] >> 32] >= 0:
                pairs, values, used = _note(pairs, values, used, pair, column[graph.behind[arc] >> 32], share)
    for node in order:
        carried[node] = 0.0
    return pairs, values, used


@njit(cache=True, nogil=True)
def pass_blocks_tolerant(
    graph, pad, links, begin, end, origins, first, ends, column, limit_ms, ratio, excess_ms, per_ms, bins, loops
):
    """Do what `pass_blocks` does for all ways within a tolerance: the flows of one trip, pair after pair."""
    pairs, values, used = np.empty(1024, np.int32), np.empty((1024, 2)), 0
    last, unreached, settled = np.zeros(end - begin, np.int64), np.zeros((end - begin, 1)), 0
    place_of = np.zeros(len(pad.cost_to), np.int32)
    local, here = np.full(len(graph.ahead), -1, np.int32), np.full(len(loops.loop), -1, np.int32)
    passed = np.zeros(column.max() + 1)
    per_bin, furthest = (bins - 1) / excess_ms, detours.reach_ms(limit_ms, excess_ms)
    for block in range(begin, end):
        for place in range(block * blocks.ORIGINS, min((block + 1) * blocks.ORIGINS, len(origins))):
            count, _ = trees.grow(graph, origins[place], furthest, pad)
            if count == trees.FULL:
                return pairs, values, last, unreached, count
            settled += count
            order = trees.by_cost(count, pad)
            some = ends[first[place] : first[place + 1]]
            near = excess.within(graph, order, pad, place_of, some, limit_ms, ratio, per_bin, bins, per_ms)
            if len(near.node):
                closing = closers.closers(near, loops, local, here)
                weights, back = excess.ways(near, closing), shares.blank(near, 1)
                for number in range(len(near.node)):
                    place_of[near.node[number]] = number
                for pair in range(first[place], first[place + 1]):
                    if pad.cost_to[ends[pair]] <= limit_ms and ends[pair] != origins[place]:
                        number = place_of[ends[pair]]
                        places = shares.reached(near, back, number)
                        if _lie_on(near, places, column):
                            shares.single(near, closing, weights, back, number, places)
                            pairs, values, used = _sum(near, back, places, column, passed, pair, pairs, values, used)
                        shares.forget(near, back, places)
            trees.clear(order, pad)
        last[block - begin] = used
    return pairs[:used].copy(), values[:used].copy(), last, unreached, settled


@njit(cache=True, nogil=True)
def _lie_on(near, places, column):
    """Tell whether any arc into these places runs on a link asked for."""
    for place in places:
        for arc in range(near.first[place], near.first[place + 1]):
            if column[near.link[arc]] >= 0:
                return True
    return False


@njit(cache=True, nogil=True)
def _sum(near, back, places, column, passed, pair, pairs, values, used):
    """Append the passes of a pair over each link, either way; `passed` comes in and goes out as zero."""
    for place in places:
        for arc in range(near.first[place], near.first[place + 1]):
            if column[near.link[arc]] >= 0:
                passed[column[near.link[arc]]] += max(back.used[arc, 0], 0.0)
    for number in range(len(passed)):
        if passed[number] > 0.0:
            pairs, values, used = _note(pairs, values, used, pair, number, passed[number])
            passed[number] = 0.0
    return pairs, values, used
