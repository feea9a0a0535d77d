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

from movement.assignment.packed import AT_ONCE
from movement.assignment.packed import Arcs as Arcs  # others know it from here

Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]
Reals = NDArray[np.float64]

FAR = 2**31 - 1  # no way found
MOST_MS = FAR - 1
MOST_PATHS = 1e280  # beyond it, ways that meet at a node share alike: more could not be counted
FULL = -1  # the scratch is too small; the caller makes a larger one
_LOW = 0xFFFFFFFF
_WORDS = 8  # each of eight marks; so many are looked at together


class Scratch(NamedTuple):
    """What a thread writes on; between trees `cost_to` is FAR, `carried` zero and `ring` -1 everywhere.

    Between blocks `flows` and `pages` are zero: they are as long as the network, so one block must not make them anew.
    """

    cost_to: Shorts
    by_arc: Shorts
    settled: Shorts
    offers: Integers  # cost and node of what arcs lead to more cheaply
    over: Shorts  # the arc of each offer; between trees, whoever's
    waiting: Integers  # cost and node of each entry of a bucket
    after: Shorts  # next entry of the same bucket, or next free one
    free: Shorts  # first free entry
    ring: Shorts  # first entry of each bucket
    carried: Reals  # nodes x kinds
    paths: Reals  # number of cheapest paths, in trees with ties
    flows: Reals  # links x kinds, of the block
    pages: NDArray[np.uint8]  # marks of the groups of 64 links that may have flow; eight of them to a word


def scratch(graph: Arcs, kinds: int, *, times: int = 1) -> Scratch:
    """Make room for trees that carry a number of kinds of trips; `times` the usual room for what waits."""
    nodes, links = len(graph.first) - 1, graph.links
    rooms = times * (2 * nodes + 64)
    return Scratch(
        cost_to=np.full(nodes, FAR, np.int32),
        by_arc=np.zeros(nodes, np.int32),
        settled=np.zeros(rooms, np.int32),
        offers=np.zeros(rooms, np.int64),
        over=np.zeros(rooms, np.int32),
        waiting=np.zeros(rooms, np.int64),
        after=np.append(np.arange(1, rooms, dtype=np.int32), np.int32(-1)),
        free=np.zeros(1, np.int32),
        ring=np.full(graph.last + 1, -1, np.int32),
        carried=np.zeros((nodes, kinds)),
        paths=np.zeros(nodes),
        flows=np.zeros((links, kinds)),
        pages=np.zeros(-(-links // (64 * 8 * _WORDS)) * 8 * _WORDS, np.uint8),
    )


def fits(graph: Arcs, kinds: int, pad: Scratch) -> bool:
    """Tell whether scratch made for another graph has room for this one."""
    has_nodes, has_links = len(pad.cost_to) >= len(graph.first) - 1, len(pad.flows) >= graph.links
    return has_nodes and has_links and pad.carried.shape[1] == kinds and len(pad.ring) > graph.last


def wider(graph: Arcs, pad: Scratch) -> Scratch:
    """Make new scratch with twice the room for what waits."""
    return scratch(graph, pad.carried.shape[1], times=2 * len(pad.settled) // (2 * len(pad.cost_to) + 64))


@njit(cache=True, nogil=True)
def grow(graph, origin, limit_ms, pad):
    """Settle all nodes within the limit.

    A bucket is emptied at once: first all its nodes ask along their arcs, then what they found waits for its turn. So
    the question that cannot be foreseen, whether an arc leads on, is answered without a jump.

    Returns
    -------
    count
        How many of `pad.settled` are used; FULL where the scratch is too small. A node stands there after the one
        before it on its path; one whose cost fell after it was taken stands twice, and its last place counts.
    ties
        Upper bound of the nodes that have several cheapest ways in; zero means none has.
    """
    first, last, ring, after, waiting = graph.first, np.uint64(graph.last), pad.ring, pad.after, pad.waiting
    cost_to, settled, rooms = pad.cost_to, pad.settled, np.uint64(len(pad.waiting))
    bucket, count, left, free, ties = np.uint64(0), np.uint64(0), np.uint64(1), pad.free[0], 0
    ring[0], waiting[free] = free, origin
    free, after[ring[0]] = after[free], -1
    cost_to[origin], pad.by_arc[origin] = 0, -1
    while left > 0:  # unsigned numbers spare the check for places counted from the end
        entry = ring[bucket & last]
        if entry < 0:
            bucket += np.uint64(1)
            continue
        ring[bucket & last] = -1
        found = np.uint64(0)
        while entry >= 0:
            taken = np.uint64(entry)
            after[taken], free, entry = free, entry, after[taken]
            left -= np.uint64(1)
            pair = waiting[taken]
            node = np.uint64(pair & _LOW)
            if cost_to[node] != pair >> 32:  # an older, dearer entry
                continue
            begin, end = np.uint64(first[node]), np.uint64(first[node + np.uint64(1)])
            if max(count, found + (end - begin) + np.uint64(AT_ONCE)) >= rooms:
                return FULL, ties
            settled[count] = pair & _LOW
            count += np.uint64(1)
            found, ties = _ask(graph.ahead, begin, end, pair >> 32, limit_ms, pad, found, ties)
        if left + found > rooms:
            return FULL, ties
        free, left, ties = _let_wait(found, graph.shift, last, pad, free, left, ties)
    pad.free[0] = free
    return np.int64(count), ties


@njit(cache=True, nogil=True)
def _ask(ahead, begin, end, here, limit_ms, pad, found, ties):
    """Note the arcs of a node that lead on more cheaply; each is written, and the next written over it if it does not.

    `AT_ONCE` arcs are looked at whether the node has them or not, so that few nodes need a loop.
    """
    cost_to, offers, over = pad.cost_to, pad.offers, pad.over
    for more in range(AT_ONCE):
        arc = begin + np.uint64(more)
        step = ahead[arc]
        there, known = here + (step >> 32), np.int64(cost_to[np.uint64(step & _LOW)])
        offers[found], over[found] = (there << 32) | (step & _LOW), arc
        found += np.uint64((there < known) & (there <= limit_ms) & (arc < end))
        ties += (there == known) & (arc < end)
    for arc in range(begin + np.uint64(AT_ONCE), end):
        step = ahead[arc]
        there, known = here + (step >> 32), np.int64(cost_to[np.uint64(step & _LOW)])
        offers[found], over[found] = (there << 32) | (step & _LOW), arc
        found += np.uint64((there < known) & (there <= limit_ms))
        ties += there == known
    return found, ties


@njit(cache=True, nogil=True)
def _let_wait(found, shift, last, pad, free, left, ties):
    """Put into buckets what arcs offer, where nothing better came before."""
    cost_to, by_arc, waiting, after, ring = pad.cost_to, pad.by_arc, pad.waiting, pad.after, pad.ring
    for place in range(found):
        pair = pad.offers[place]
        there, head = pair >> 32, np.uint64(pair & _LOW)
        known = cost_to[head]
        if there < known:
            cost_to[head], by_arc[head] = there, pad.over[place]
            slot, entry = np.uint64(there >> shift) & last, np.uint64(free)
            waiting[entry] = pair
            free, after[entry], ring[slot] = after[entry], ring[slot], free
            left += np.uint64(1)
        elif there == known:
            ties += 1
    return free, left, ties


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
                pad.paths[head] += min(pad.paths[node], MOST_PATHS)
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
def take_back(graph, count, ties, units, pad):
    """Put what a tree attracts on its links, on all cheapest ways alike where `ties` says there may be several."""
    order = tied(graph, count, pad) if ties else pad.settled[:0]
    if len(order):
        share_back(graph, order, units, pad, pad.flows, pad.pages)
    else:
        carry_back(graph, count, pad, pad.flows, pad.pages)


@njit(cache=True, nogil=True)
def carry_back(graph, count, pad, flows, pages):
    """Move what each node attracts towards the origin over the tree, and clear the scratch.

    `flows` (links x kinds) grows; `pages` marks the groups of 64 links that may have flow.
    """
    cost_to, by_arc, settled, carried, behind = pad.cost_to, pad.by_arc, pad.settled, pad.carried, graph.behind
    kinds = carried.shape[1]
    if kinds == 1:
        carry_one_back(behind, count, cost_to, by_arc, settled, carried.ravel(), flows.ravel(), pages)
        return
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
def carry_one_back(behind, count, cost_to, by_arc, settled, carried, flows, pages):
    """Do what `carry_back` does for one kind: moving nothing is cheaper than asking whether there is something."""
    for place in range(count - 1, 0, -1):
        node = np.uint64(settled[place])
        pair, flow = behind[np.uint64(by_arc[node])], carried[node]
        link = np.uint64(pair >> 32)
        cost_to[node], carried[node] = FAR, 0.0
        carried[np.uint64(pair & _LOW)] += flow
        flows[link] += flow
        pages[link >> np.uint64(6)] = 1
    cost_to[settled[0]], carried[settled[0]] = FAR, 0.0


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
                    flow = whole(flow * (min(paths[node], MOST_PATHS) / paths[head]), units[kind])
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

    `pages` is a multiple of 8 * _WORDS long.

    Returns
    -------
    links, values, used
        The same arrays, or wider copies, and how many entries they hold.
    """
    kinds, words = flows.shape[1], pages.view(np.uint64)
    for word in _marked(words):
        for page in range(word << 3, (word + 1) << 3):
            if pages[page] == 0:
                continue
            pages[page] = 0
            if used + 64 > len(links):
                links, values = _wider_entries(links, values, used)
            begin, end = page << 6, min((page + 1) << 6, len(flows))
            if kinds == 1:
                used = _gather_one(flows, begin, end, links, values, used)
                continue
            for link in range(begin, end):
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


@njit(cache=True, nogil=True)
def _marked(words):
    """List the words that hold a mark; several are asked at once, since in a large network most hold none."""
    for some in range(0, len(words), _WORDS):
        any_mark = np.uint64(0)
        for word in range(some, some + _WORDS):
            any_mark |= words[word]
        for word in range(some, some + _WORDS if any_mark else some):
            if words[word]:
                yield word


@njit(cache=True, nogil=True)
def _gather_one(flows, begin, end, links, values, used):
    """Gather a page of one kind: every link is written, and the next written over it where it has no flow."""
    at = np.uint64(used)
    for link in range(np.uint64(begin), np.uint64(end)):
        flow = flows[link, 0]
        links[at], values[at, 0] = link, flow
        flows[link, 0] = 0.0
        at += np.uint64(flow != 0.0)
    return np.int64(at)


@njit(cache=True, nogil=True)
def _wider_entries(links, values, used):
    wider_links, wider_values = np.empty(2 * used + 64, np.int32), np.empty((2 * used + 64, values.shape[1]))
    wider_links[:used], wider_values[:used] = links[:used], values[:used]
    return wider_links, wider_values
