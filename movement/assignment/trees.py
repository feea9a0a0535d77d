"""The kernel's ground: shortest paths from one origin, and flows carried back over them.

Costs are whole milliseconds. Nodes wait in a ring of buckets (Dial 1969; Denardo and Fox 1979), label-correcting within
a bucket. What a tree carries is rounded to multiples of one power of two, small against its whole, so that adding is
exact: the order of nodes, arcs, threads or workers never shows in a result.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]
Reals = NDArray[np.float64]

FAR = 2**31 - 1  # no way found
MOST_MS = FAR - 1
FULL = -1  # the scratch is too small; the caller makes a larger one
_LOW = 0xFFFFFFFF
_BUCKETS_PER_ARC = 3


class Arcs(NamedTuple):
    """A graph as the kernel reads it: rows of arcs by tail node, two 32-bit numbers to an entry.

    `first`: nodes + 1; `ahead`: cost and head of each arc; `behind`: link and tail of each arc; `shift`: buckets are
    2**shift ms wide; `last`: their number less one.
    """

    first: Shorts
    ahead: Integers
    behind: Integers
    shift: int
    last: int


class Scratch(NamedTuple):
    """What a thread writes on; between trees `cost_to` is FAR, `carried` zero and `ring` -1 everywhere.

    Between blocks `flows` and `pages` are zero: they are as long as the network, so one block must not make them anew.
    """

    cost_to: Shorts
    by_arc: Shorts
    settled: Shorts
    waiting: Integers  # cost and node of each entry of a bucket
    after: Shorts  # next entry of the same bucket
    ring: Shorts  # first entry of each bucket
    carried: Reals  # nodes x kinds
    paths: Reals  # number of cheapest paths, in trees with ties
    flows: Reals  # links x kinds, of the block
    pages: NDArray[np.uint8]  # marks of the groups of 64 links that may have flow; eight of them to a word


def arcs(first: Integers, head: Integers, cost_ms: Integers, link: Integers) -> Arcs:
    """Pack a graph; a bucket is about a third of a usual arc wide, and the ring spans the longest arc."""
    tail = np.repeat(np.arange(len(first) - 1), np.diff(first))
    usual, longest = (float(np.median(cost_ms)), int(cost_ms.max())) if len(cost_ms) else (1.0, 1)
    shift = max(int(math.log2(max(usual / _BUCKETS_PER_ARC, 1.0))), (longest >> 16).bit_length())
    last = (1 << ((longest >> shift) + 2).bit_length()) - 1
    ahead = (cost_ms.astype(np.int64) << 32) | head.astype(np.int64)
    return Arcs(first.astype(np.int32), ahead, (link.astype(np.int64) << 32) | tail.astype(np.int64), shift, last)


def scratch(graph: Arcs, kinds: int, *, times: int = 1) -> Scratch:
    """Make room for trees that carry a number of kinds of trips; `times` the usual room for what waits."""
    nodes, links = len(graph.first) - 1, int(graph.behind.max(initial=-1) >> 32) + 1
    return Scratch(
        cost_to=np.full(nodes, FAR, np.int32),
        by_arc=np.zeros(nodes, np.int32),
        settled=np.zeros(times * (2 * nodes + 64), np.int32),
        waiting=np.zeros(times * (2 * nodes + 64), np.int64),
        after=np.zeros(times * (2 * nodes + 64), np.int32),
        ring=np.full(graph.last + 1, -1, np.int32),
        carried=np.zeros((nodes, kinds)),
        paths=np.zeros(nodes),
        flows=np.zeros((links, kinds)),
        pages=np.zeros(8 * ((links >> 9) + 1), np.uint8),
    )


def wider(graph: Arcs, pad: Scratch) -> Scratch:
    """Make new scratch with twice the room for what waits."""
    return scratch(graph, pad.carried.shape[1], times=2 * len(pad.settled) // (2 * len(pad.cost_to) + 64))


@njit(cache=True, nogil=True)
def grow(graph, origin, limit_ms, pad):
    """Settle all nodes within the limit.

    Returns
    -------
    count
        How many of `pad.settled` are used; FULL where it or the buckets are. A node stands there after the one before
        it on its path; one whose cost fell after it was taken stands twice, and its last place counts.
    ties
        Upper bound of the nodes that have several cheapest ways in; zero means none has.
    """
    first, ahead, shift, last = graph.first, graph.ahead, graph.shift, np.uint64(graph.last)
    cost_to, by_arc, settled, ring = pad.cost_to, pad.by_arc, pad.settled, pad.ring
    waiting, after, rooms = pad.waiting, pad.after, min(len(pad.waiting), len(pad.settled)) - 1
    count, free, used, left, ties = 0, -1, 1, 1, 0
    bucket = np.uint64(0)
    cost_to[origin] = 0
    by_arc[origin] = -1
    waiting[0], after[0], ring[0] = origin, -1, 0
    while left > 0:
        entry = ring[bucket & last]
        if entry < 0:
            bucket += np.uint64(1)
            continue
        taken = np.uint64(entry)  # unsigned numbers spare the check for places counted from the end
        ring[bucket & last] = after[taken]
        after[taken] = free
        free = entry
        left -= 1
        pair = waiting[taken]
        node, here = np.uint64(pair & _LOW), pair >> 32
        if cost_to[node] != here:  # an older, dearer entry
            continue
        if count >= rooms:
            return FULL, ties
        settled[count] = pair & _LOW
        count += 1
        for arc in range(np.uint64(first[node]), np.uint64(first[node + np.uint64(1)])):
            step = ahead[arc]
            there = here + (step >> 32)
            if there > limit_ms:
                continue
            head = np.uint64(step & _LOW)
            known = cost_to[head]
            if there < known:
                cost_to[head] = there
                by_arc[head] = arc
                if free >= 0:
                    entry = free
                    free = after[np.uint64(entry)]
                elif used > rooms:
                    return FULL, ties
                else:
                    entry = used
                    used += 1
                slot = np.uint64(there >> shift) & last
                waiting[np.uint64(entry)] = (there << 32) | (step & _LOW)
                after[np.uint64(entry)] = ring[slot]
                ring[slot] = entry
                left += 1
            elif there == known:
                ties += 1
    return count, ties


@njit(cache=True, nogil=True)
def by_cost(count, pad):
    """List the nodes of a tree once each, nearest first, by position where equally near."""
    keys, order, number = np.empty(count, np.int64), np.empty(count, np.int32), 0
    for place in range(count):
        node = np.int64(pad.settled[place])
        keys[place] = (np.int64(pad.cost_to[node]) << 32) | node
    keys.sort()
    for place in range(count):
        if place == 0 or keys[place] != keys[place - 1]:
            order[number] = keys[place] & _LOW
            number += 1
    return order[:number]


@njit(cache=True, nogil=True)
def tied(graph, count, pad):
    """List the nodes of a tree as `by_cost` if any has several cheapest ways in, else none.

    Where it lists them, `pad.paths` holds the number of cheapest paths to each.
    """
    order, is_tied = by_cost(count, pad), False
    for node in order:
        pad.paths[node] = 0.0
    pad.paths[order[0]] = 1.0
    for node in order:
        for arc in range(graph.first[node], graph.first[node + 1]):
            head, cost = graph.ahead[arc] & _LOW, graph.ahead[arc] >> 32
            if pad.cost_to[head] == pad.cost_to[node] + cost:
                is_tied = is_tied or pad.paths[head] > 0.0
                pad.paths[head] += pad.paths[node]
    return order if is_tied else order[:0]


@njit(cache=True, nogil=True)
def quantum(most, number):
    """Return the power of two of which `number` amounts up to `most` can be added in any order without rounding."""
    return math.ldexp(1.0, math.frexp(most * number)[1] - 52) if most > 0.0 else 0.0


@njit(cache=True, nogil=True)
def whole(amount, unit):
    """Round an amount to a multiple of the unit."""
    return np.rint(amount / unit) * unit if unit > 0.0 else amount


@njit(cache=True, nogil=True)
def carry_back(graph, count, pad, flows, pages):
    """Move what each node attracts towards the origin over the tree, and clear the scratch.

    `flows` (links x kinds) grows; `pages` marks the groups of 64 links that may have flow.
    """
    cost_to, by_arc, settled, carried, behind = pad.cost_to, pad.by_arc, pad.settled, pad.carried, graph.behind
    kinds = carried.shape[1]
    for place in range(count - 1, -1, -1):
        node = np.uint64(settled[place])
        cost_to[node] = FAR
        arc = by_arc[node]
        if arc < 0:
            for kind in range(kinds):
                carried[node, kind] = 0.0
            continue
        pair = behind[np.uint64(arc)]
        link, tail = np.uint64(pair >> 32), np.uint64(pair & _LOW)
        for kind in range(kinds):
            flow = carried[node, kind]
            if flow != 0.0:
                carried[node, kind] = 0.0
                carried[tail, kind] += flow
                flows[link, kind] += flow
                pages[link >> np.uint64(6)] = 1


@njit(cache=True, nogil=True)
def share_back(graph, order, units, pad, flows, pages):
    """Do what `carry_back` does for a tree with ties: all cheapest paths share alike (Brandes 2001).

    `order` is what `tied` lists; shares are rounded to `units` (one per kind), so that adding them is exact.
    """
    cost_to, paths, carried = pad.cost_to, pad.paths, pad.carried
    kinds = carried.shape[1]
    for node in order[::-1]:
        for arc in range(graph.first[node], graph.first[node + 1]):
            head, cost = graph.ahead[arc] & _LOW, graph.ahead[arc] >> 32
            if cost_to[head] != cost_to[node] + cost:
                continue
            link = graph.behind[arc] >> 32
            for kind in range(kinds):
                flow = carried[head, kind]
                if flow != 0.0:
                    flow = whole(flow * (paths[node] / paths[head]), units[kind])
                    flows[link, kind] += flow
                    carried[node, kind] += flow
                    pages[link >> 6] = 1
    clear(order, pad)


@njit(cache=True, nogil=True)
def clear(nodes, pad):
    """Forget a tree."""
    for node in nodes:
        pad.cost_to[node] = FAR
        for kind in range(pad.carried.shape[1]):
            pad.carried[node, kind] = 0.0


@njit(cache=True, nogil=True)
def gather(flows, pages, links, values, used):
    """Append the links of the marked pages that have flow to `links` and `values`; clear flows and marks.

    `pages` is a multiple of eight long.

    Returns
    -------
    links, values, used
        The same arrays, or wider copies, and how many entries they hold.
    """
    kinds, words = flows.shape[1], pages.view(np.uint64)
    for word in range(len(words)):
        if words[word] == 0:
            continue
        for page in range(word << 3, (word + 1) << 3):
            if pages[page] == 0:
                continue
            pages[page] = 0
            if used + 64 > len(links):
                wider_links, wider_values = np.empty(2 * used + 64, np.int32), np.empty((2 * used + 64, kinds))
                wider_links[:used], wider_values[:used] = links[:used], values[:used]
                links, values = wider_links, wider_values
            for link in range(page << 6, min((page + 1) << 6, len(flows))):
                has_flow = False
                for kind in range(kinds):
                    has_flow = has_flow or flows[link, kind] != 0.0
                if has_flow:
                    links[used] = link
                    for kind in range(kinds):
                        values[used, kind] = flows[link, kind]
                        flows[link, kind] = 0.0
                    used += 1
    return links, values, used
