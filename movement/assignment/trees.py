"""The kernel: shortest paths from one origin after the other, and flows carried back over them."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]

UNREACHED = np.int64(-1)
MOST_MS = 2**31 - 1  # a cost and a node share one 64-bit heap entry


@njit(cache=True, nogil=True, inline="always")
def _push(heap, size, entry):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    place = size
    while place > 0:
        parent = (place - 1) >> 2
        if heap[parent] <= entry:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = entry
    return size + 1


@njit(cache=True, nogil=True, inline="always")
def _pop(heap, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    top = heap[0]
    size -= 1
    last = heap[size]
    place = 0
    while 4 * place + 1 < size:
        child = 4 * place + 1
        for other in range(child + 1, min(4 * place + 5, size)):
            if heap[other] < heap[child]:
                child = other
        if heap[child] >= last:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = last
    return top, size


@njit(cache=True, nogil=True)
def _grow(first_arc, head, cost_ms, origin, limit_ms, cost_to, paths, heap, settled):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Settle all nodes within the limit, nearest first; `cost_to` must come in as UNREACHED everywhere."""
    count = 0
    cost_to[origin] = 0
    paths[origin] = 1.0
    size = _push(heap, 0, np.int64(origin))
    while size > 0:
        entry, size = _pop(heap, size)
        node = entry & 0xFFFFFFFF
        here = entry >> 32
        if here != cost_to[node]:  # an older, dearer entry
            continue
        settled[count] = node
        count += 1
        for arc in range(first_arc[node], first_arc[node + 1]):
            there = here + cost_ms[arc]
            if there > limit_ms:
                continue
            after = head[arc]
            known = cost_to[after]
            if known == UNREACHED or there < known:
                cost_to[after] = there
                paths[after] = paths[node]
                size = _push(heap, size, (there << 32) | np.int64(after))
            elif there == known:
                paths[after] += paths[node]
    return count


@njit(cache=True, nogil=True)
def _carry_back(first_arc, head, link, cost_ms, settled, count, cost_to, paths, carried, flows):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Move what each node attracts back towards the origin, farthest node first (Brandes 2001)."""
    kinds = carried.shape[1]
    for place in range(count - 1, -1, -1):
        node = settled[place]
        for arc in range(first_arc[node], first_arc[node + 1]):
            after = head[arc]
            if cost_to[after] != cost_to[node] + cost_ms[arc]:
                continue
            share = paths[node] / paths[after]
            for kind in range(kinds):
                flow = carried[after, kind] * share
                flows[link[arc], kind] += flow
                carried[node, kind] += flow


@njit(cache=True, nogil=True)
def load_trees(first_arc, head, link, cost_ms, links, origins, first_trip, destination, trips, limit_ms):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Load several kinds of trips on the shortest paths of each origin, ties split over all shortest paths.

    Parameters
    ----------
    first_arc, head, link, cost_ms
        Arcs in rows by tail node: `first_arc` has one entry per node and one more; positive whole milliseconds.
    links
        Number of links.
    origins, first_trip, destination, trips
        Origin nodes; where each one's trips start; destination node and amounts (trips x kinds).
    limit_ms
        No path beyond it.

    Returns
    -------
    flows
        Links x kinds.
    unreached
        Trips that found no path, per kind.
    """
    nodes, kinds = len(first_arc) - 1, trips.shape[1]
    flows, unreached = np.zeros((links, kinds)), np.zeros(kinds)
    cost_to, paths = np.full(nodes, UNREACHED), np.zeros(nodes)
    heap, settled = np.zeros(len(head) + 2, np.int64), np.zeros(nodes + 1, np.int64)
    carried = np.zeros((nodes, kinds))
    for place in range(len(origins)):
        count = _grow(first_arc, head, cost_ms, origins[place], limit_ms, cost_to, paths, heap, settled)
        for trip in range(first_trip[place], first_trip[place + 1]):
            node = destination[trip]
            for kind in range(kinds):
                if cost_to[node] == UNREACHED:
                    unreached[kind] += trips[trip, kind]
                else:
                    carried[node, kind] += trips[trip, kind]
        _carry_back(first_arc, head, link, cost_ms, settled, count, cost_to, paths, carried, flows)
        for step in range(count):
            cost_to[settled[step]] = UNREACHED
            carried[settled[step], :] = 0.0
    return flows, unreached


@njit(cache=True, nogil=True)
def skim_trees(first_arc, head, cost_ms, length_m, origins, targets, limit_ms):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Measure the cheapest path from each origin to each target: milliseconds and metres.

    Arguments as in `load_trees`; `length_m` per arc, `targets` are nodes.

    Returns
    -------
    cost
        Origins x targets, UNREACHED where there is no path within the limit.
    length
        Metres of that path, of the shortest among equal ones; infinite where there is none.
    """
    nodes = len(first_arc) - 1
    cost, length = np.full((len(origins), len(targets)), UNREACHED), np.full((len(origins), len(targets)), np.inf)
    cost_to, paths, way = np.full(nodes, UNREACHED), np.zeros(nodes), np.full(nodes, np.inf)
    heap, settled = np.zeros(len(head) + 2, np.int64), np.zeros(nodes + 1, np.int64)
    for place in range(len(origins)):
        count = _grow(first_arc, head, cost_ms, origins[place], limit_ms, cost_to, paths, heap, settled)
        way[origins[place]] = 0.0
        for step in range(count):
            node = settled[step]
            for arc in range(first_arc[node], first_arc[node + 1]):
                after = head[arc]
                if cost_to[after] == cost_to[node] + cost_ms[arc]:
                    way[after] = min(way[after], way[node] + length_m[arc])
        for target in range(len(targets)):
            cost[place, target] = cost_to[targets[target]]
            length[place, target] = way[targets[target]]
        for step in range(count):
            cost_to[settled[step]] = UNREACHED
            way[settled[step]] = np.inf
    return cost, length
