"""Trips that tolerate a detour: a logit over every path's excess, up to a tolerance, without listing paths.

Along a path, what each arc adds to the excess over the shortest way is its slack, cost to its tail + its cost - cost to
its head; a path's excess is the sum. So the weight of all walks to a node by their excess, in bins, follows arc by arc,
for all destinations of an origin at once, and the flows follow backwards (the derivative of the weights). Walks that
turn on the spot are left out; those that close a longer loop within the tolerance are not, which is the method's error,
held against exact enumeration in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from movement.assignment import blocks, trees
from movement.assignment.graph import MS_PER_MIN, Graph, limit_ms
from movement.assignment.loading import Loading, Trips, add_up, sort_trips

BINS = 12
_TOGETHER = 8  # kinds of trips taken back in one go
_MOST_EXPONENT = 700.0  # exp of more is no number


@dataclass(frozen=True)
class Tolerance:
    """How people choose among ways.

    `ratio`: no way is longer than this many times the shortest; `per_min`: a minute of excess makes a way
    exp(-`per_min`) times as likely, zero where all ways within the tolerance are alike; `most_min`: no way is more than
    this many minutes longer.
    """

    ratio: float
    per_min: float = 0.0
    most_min: float = math.inf

    def __post_init__(self) -> None:
        if not (1.0 < self.ratio <= 3.0 and 0.0 <= self.per_min < 1000.0 and self.most_min > 0.0):
            raise ValueError(f"a detour ratio lies above 1 and up to 3, its logit at 0 or above; found {self}")

    def most_excess_ms(self, limit_ms: int) -> float:
        """Return the largest excess of any way, when shortest ways are no longer than the limit."""
        return min((self.ratio - 1.0) * limit_ms, self.most_min * MS_PER_MIN)


def load_tolerant(
    on: Graph,
    from_node: trees.Integers,
    to_node: trees.Integers,
    trips: trees.Reals,
    *,
    tolerance: Tolerance,
    cut_off_min: float,
    bins: int = BINS,
    keep_parts: bool = False,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Loading:
    """Put trips on all ways within the tolerance.

    Parameters
    ----------
    on, from_node, to_node, trips, keep_parts, progress, spread
        As in `loading.load`.
    tolerance
        How people choose among ways.
    cut_off_min
        Longest shortest way, in minutes.
    bins
        Steps into which the largest excess is cut; more are slower and a little more exact.

    Returns
    -------
    loading
        As of `loading.load`.
    """
    ordered = sort_trips(from_node, to_node, trips)
    done = compute(
        on,
        ordered,
        blocks.tasks(len(ordered.origin), spread),
        tolerance=tolerance,
        cut_off_min=cut_off_min,
        bins=bins,
        progress=progress,
        spread=spread,
    )
    return add_up(on, ordered, done, keep_parts=keep_parts)


def compute(
    on: Graph,
    trips: Trips,
    tasks: Sequence[tuple[int, int]],
    *,
    tolerance: Tolerance,
    cut_off_min: float,
    bins: int = BINS,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Iterator[blocks.BlockFlows]:
    """Compute the flows of some blocks of origins, in order."""
    limit = limit_ms(cut_off_min)
    columns = (trips.origin, trips.first, trips.destination, trips.amount, limit)
    choice = (tolerance.ratio, tolerance.most_excess_ms(limit), tolerance.per_min / MS_PER_MIN, bins)
    work = blocks.Work(spread_blocks, on.arcs, len(on.link_ids), trips.amount.shape[1], (*columns, *choice))
    return blocks.compute(work, tasks, spread=spread, progress=progress)


@njit(cache=True, nogil=True)
def reach_ms(limit_ms, excess_ms):
    """Return how far from its origin a way within the tolerance can come: past its end by half of the excess."""
    return min(np.int64(limit_ms + excess_ms / 2.0), np.int64(trees.MOST_MS))


@njit(cache=True, nogil=True)
def spread_blocks(
    graph, pad, links, begin, end, origins, first_trip, destination, trips, limit_ms, ratio, excess_ms, per_ms, bins
):
    """Load blocks `begin` to `end`: the fields of BlockFlows, the last FULL where `pad` is too small."""
    kinds = trips.shape[1]
    flows, pages = pad.flows, pad.pages
    out_link, out_flow, used = np.empty(1024, np.int32), np.empty((1024, kinds)), 0
    last, unreached = np.zeros(end - begin, np.int64), np.zeros((end - begin, kinds))
    place_of, settled = np.zeros(len(pad.cost_to), np.int32), 0
    per_bin = (bins - 1) / excess_ms
    furthest = reach_ms(limit_ms, excess_ms)
    for block in range(begin, end):
        for place in range(block * blocks.ORIGINS, min((block + 1) * blocks.ORIGINS, len(origins))):
            count, _ = trees.grow(graph, origins[place], furthest, pad)
            if count == trees.FULL:
                return out_link, out_flow, last, unreached, count
            settled += count
            for trip in range(first_trip[place], first_trip[place + 1]):
                node = destination[trip]
                for kind in range(kinds):
                    if pad.cost_to[node] > limit_ms:
                        unreached[block - begin, kind] += trips[trip, kind]
                    else:
                        pad.carried[node, kind] += trips[trip, kind]
            order = trees.by_cost(count, pad)
            near = within(graph, order, pad, place_of, per_bin, bins, per_ms)
            to_node, over_arc = ways(order, near, bins)
            take_back(order, near, pad, ratio, per_bin, bins, to_node, over_arc, flows, pages)
            trees.clear(order, pad)
        out_link, out_flow, used = trees.gather(flows, pages, out_link, out_flow, used)
        last[block - begin] = used
    return out_link[:used].copy(), out_flow[:used].copy(), last, unreached, settled


@njit(cache=True, nogil=True)
def within(graph, order, pad, place_of, per_bin, bins, per_ms):
    """List the arcs whose slack is within the tolerance, by head in the order given.

    Returns
    -------
    first, tail, turn, step, part, weight, link
        First arc into each node; and of each arc: place of its tail, number of the arc back over the same link (-1:
        none), whole bins of slack, share that falls into the next bin, weight, and link. Weights carry the logit, and
        are tilted by the number of ways to each end, which cancels along a path and keeps numbers small.
    """
    first, tail, link, slack = _by_head(graph, order, pad, place_of, per_bin, bins)
    number = _log_ways(first, tail, order, pad)
    step, part, weight = np.empty(len(tail), np.int32), np.empty(len(tail)), np.empty(len(tail))
    turn = np.full(len(tail), -1, np.int32)
    for place in range(len(order)):
        for arc in range(first[place], first[place + 1]):
            start = tail[arc]
            step[arc] = np.int32(slack[arc])
            part[arc] = slack[arc] - step[arc]
            if step[arc] == 0 and pad.cost_to[order[start]] >= pad.cost_to[order[place]]:
                step[arc], part[arc] = 1, 0.0  # an arc that leads back costs a bin, so that bins can be gone through
            tilt = number[start] - number[place] - per_ms * slack[arc] / per_bin
            weight[arc] = np.exp(min(tilt, _MOST_EXPONENT))
            for back in range(first[start], first[start + 1]):
                if tail[back] == place and link[back] == link[arc]:
                    turn[arc] = back
    return first, tail, turn, step, part, weight, link


@njit(cache=True, nogil=True)
def _by_head(graph, order, pad, place_of, per_bin, bins):
    """List arcs with a slack below `bins` by the place of their head: first arc into each node, tail, link, slack."""
    nodes, most = len(order), 0
    for place in range(nodes):
        place_of[order[place]] = place
        most += graph.first[order[place] + 1] - graph.first[order[place]]
    from_place, to_place = np.empty(most, np.int32), np.empty(most, np.int32)
    on_link, excess = np.empty(most, np.int64), np.empty(most)
    first, used = np.zeros(nodes + 1, np.int32), 0
    for place in range(nodes):
        node = order[place]
        for arc in range(graph.first[node], graph.first[node + 1]):
            head, cost = graph.ahead[arc] & 0xFFFFFFFF, graph.ahead[arc] >> 32
            if pad.cost_to[head] == trees.FAR or head == order[0]:
                continue
            slack = (np.int64(pad.cost_to[node]) + cost - pad.cost_to[head]) * per_bin
            if slack < bins:
                from_place[used], to_place[used], excess[used] = place, place_of[head], slack
                on_link[used] = graph.behind[arc] >> 32
                first[to_place[used] + 1] += 1
                used += 1
    for place in range(nodes):
        first[place + 1] += first[place]
    free = first.copy()
    tail, link, slack_of = np.empty(used, np.int32), np.empty(used, np.int64), np.empty(used)
    for arc in range(used):
        here = free[to_place[arc]]
        free[to_place[arc]] += 1
        tail[here], link[here], slack_of[here] = from_place[arc], on_link[arc], excess[arc]
    return first, tail, link, slack_of


@njit(cache=True, nogil=True)
def _log_ways(first, tail, order, pad):
    """Return the logarithm of the number of ways to each node that never lead back."""
    number = np.zeros(len(order))
    for place in range(1, len(order)):
        most, total = -np.inf, 0.0
        for again in range(2):
            for arc in range(first[place], first[place + 1]):
                if pad.cost_to[order[tail[arc]]] < pad.cost_to[order[place]]:
                    if again:
                        total += np.exp(number[tail[arc]] - most)
                    else:
                        most = max(most, number[tail[arc]])
        number[place] = most + np.log(total)
    return number


@njit(cache=True, nogil=True)
def ways(order, near, bins):
    """Weigh all ways from the origin by their excess: bins x nodes, and bins x arcs for those that end with an arc."""
    first, tail, turn, step, part, weight, _ = near
    nodes, arcs = len(order), len(tail)
    to_node, over_arc = np.zeros((bins, nodes)), np.zeros((bins, arcs))
    to_node[0, 0] = 1.0
    for level in range(bins):
        for place in range(1, nodes):
            total = 0.0
            for arc in range(first[place], first[place + 1]):
                below = level - step[arc]
                if below < 0:
                    continue
                start, back, rest = tail[arc], turn[arc], part[arc]
                came = (1.0 - rest) * (to_node[below, start] - (over_arc[below, back] if back >= 0 else 0.0))
                if below > 0 and rest > 0.0:
                    came += rest * (to_node[below - 1, start] - (over_arc[below - 1, back] if back >= 0 else 0.0))
                if came > 0.0:
                    over_arc[level, arc] = came * weight[arc]
                    total += over_arc[level, arc]
            to_node[level, place] = total
    return to_node, over_arc


@njit(cache=True, nogil=True)
def take_back(order, near, pad, ratio, per_bin, bins, to_node, over_arc, flows, pages):
    """Give each arc, for what each node attracts, the share of its ways that lead over it; some kinds at once."""
    kinds = pad.carried.shape[1]
    some, number = np.empty(_TOGETHER, np.int64), 0
    for kind in range(kinds):
        for node in order[1:]:
            if pad.carried[node, kind] != 0.0:
                some[number] = kind
                number += 1
                break
        if number == _TOGETHER or (kind == kinds - 1 and number):
            _take_some_back(order, near, pad, some[:number], ratio, per_bin, bins, to_node, over_arc, flows, pages)
            number = 0


@njit(cache=True, nogil=True)
def _take_some_back(order, near, pad, kinds, ratio, per_bin, bins, to_node, over_arc, flows, pages):
    first, tail, turn, step, part, weight, link = near
    nodes, arcs, wide = len(order), len(tail), len(kinds)
    from_node, from_arc = np.zeros((bins, nodes, wide)), np.zeros((bins, arcs, wide))
    worth = np.empty(wide)
    top = -1
    for place in range(1, nodes):
        most = min(bins - 1, int((ratio - 1.0) * pad.cost_to[order[place]] * per_bin + 1e-9))
        is_wanted, total = False, 0.0
        for kind in kinds:
            is_wanted = is_wanted or pad.carried[order[place], kind] != 0.0
        if not is_wanted:
            continue
        for level in range(most + 1):
            total += to_node[level, place]
        for level in range(most + 1):
            for at in range(wide):
                from_node[level, place, at] = pad.carried[order[place], kinds[at]] / total
        top = max(top, most)
    for level in range(top, -1, -1):
        for place in range(nodes - 1, 0, -1):
            for arc in range(first[place], first[place + 1]):
                ways_here = over_arc[level, arc]
                if ways_here == 0.0:
                    continue
                is_used = False
                for at in range(wide):
                    worth[at] = from_node[level, place, at] + from_arc[level, arc, at]
                    is_used = is_used or worth[at] != 0.0
                if not is_used:
                    continue
                pages[link[arc] >> 6] = 1
                for at in range(wide):
                    flows[link[arc], kinds[at]] += worth[at] * ways_here
                below, start, back, rest = level - step[arc], tail[arc], turn[arc], part[arc]
                for later in range(2 if rest > 0.0 and below > 0 else 1):
                    factor = weight[arc] * (rest if later else 1.0 - rest)
                    for at in range(wide):
                        from_node[below - later, start, at] += worth[at] * factor
                    if back >= 0:
                        for at in range(wide):
                            from_arc[below - later, back, at] -= worth[at] * factor
