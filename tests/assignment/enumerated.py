"""Detour-tolerant flows by listing every simple path: exact and slow, for the slack bins to be held against."""

import math

import numpy as np
from numba import njit

from movement.assignment import trees
from movement.assignment.graph import Graph, limit_ms


def flows(
    on: Graph,
    from_node,
    to_node,
    trips,
    *,
    ratio: float,
    per_min: float,
    cut_off_min: float,
    most_paths: int = 2_000_000,
):
    """Return link flows, number of paths, and pairs that had more than `most_paths`."""
    backwards, pad = on.turned, trees.scratch(on.arcs, 1)
    loaded, paths, cut = np.zeros(len(on.link_ids)), 0, 0
    limit = limit_ms(cut_off_min)
    for end in np.unique(to_node):
        rows = np.flatnonzero(to_node == end)
        done, capped = _to_one(
            on.arcs,
            backwards,
            pad,
            end,
            from_node[rows],
            trips[rows],
            limit,
            ratio,
            per_min / 60_000,
            most_paths,
            loaded,
        )
        paths, cut = paths + done, cut + capped
    return loaded, paths, cut


@njit(cache=True, nogil=True)
def _to_one(graph, backwards, pad, end, starts, trips, limit, ratio, per_ms, most_paths, loaded):  # noqa: C901  # one search
    count, _ = trees.grow(backwards, end, np.int64(limit * ratio), pad)
    on_path, using = np.zeros(len(pad.cost_to), np.uint8), np.zeros(len(loaded))
    node, arc, length = np.zeros(8192, np.int64), np.zeros(8192, np.int64), np.zeros(8192, np.int64)
    paths, capped = 0, 0
    for row in range(len(starts)):
        shortest = pad.cost_to[starts[row]]
        if shortest > limit or starts[row] == end:
            continue
        budget, total, number, depth = np.int64(shortest * ratio), 0.0, 0, 0
        node[0], arc[0], length[0], on_path[starts[row]] = starts[row], graph.first[starts[row]], 0, 1
        touched = []
        touched.append(0)
        while depth >= 0:
            here = node[depth]
            if here == end or arc[depth] >= graph.first[here + 1]:
                if here == end and number < most_paths:
                    share = math.exp(-per_ms * (length[depth] - shortest))
                    total += share
                    number += 1
                    for step in range(depth):
                        link = graph.behind[arc[step] - 1] >> 32
                        if using[link] == 0.0:
                            touched.append(link)
                        using[link] += share
                on_path[here] = 0
                depth -= 1
                continue
            step = arc[depth]
            arc[depth] += 1
            head, there = graph.ahead[step] & 0xFFFFFFFF, length[depth] + (graph.ahead[step] >> 32)
            if on_path[head] or pad.cost_to[head] == trees.FAR or there + pad.cost_to[head] > budget:
                continue
            depth += 1
            node[depth], arc[depth], length[depth], on_path[head] = head, graph.first[head], there, 1
        paths += number
        capped += number >= most_paths
        for link in touched:
            loaded[link] += using[link] * trips[row] / total
            using[link] = 0.0
    for place in range(count):
        pad.cost_to[pad.settled[place]] = trees.FAR
    return paths, capped
