"""Trips that tolerate a detour: a logit over every path's excess, up to a tolerance, without listing paths.

Along a path, what each arc adds to the excess over the shortest way is its slack, cost to its tail + its cost - cost to
its head; a path's excess is the sum. So the weight of all walks to a node by their excess, in bins, follows arc by arc,
for all destinations of an origin at once, and the flows follow backwards (the derivative of the weights). Walks that
turn on the spot are left out, and a walk that closes a short loop is taken out where it closes it. Longer loops, and
loops that meet the way that led to them, are the method's error, held against exact enumeration in the tests.
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

BINS = 10
_TOGETHER = 8  # kinds of trips taken back in one go
_LONGEST_LOOP_MS = 4 * MS_PER_MIN
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
    excess = tolerance.most_excess_ms(limit)
    choice = (tolerance.ratio, excess, tolerance.per_min / MS_PER_MIN, bins, on.loops(longest_loop_ms(excess)))
    work = blocks.Work(spread_blocks, on.arcs, len(on.link_ids), trips.amount.shape[1], (*columns, *choice))
    return blocks.compute(work, tasks, spread=spread, progress=progress)


def longest_loop_ms(excess_ms: float) -> float:
    """Return the longest loop taken out of ways of some excess."""
    return min(excess_ms, _LONGEST_LOOP_MS)


@njit(cache=True, nogil=True)
def reach_ms(limit_ms, excess_ms):
    """Return how far from its origin a way within the tolerance can come: past its end by half of the excess."""
    return min(np.int64(limit_ms + excess_ms / 2.0), np.int64(trees.MOST_MS))


@njit(cache=True, nogil=True)
def spread_blocks(
    graph,
    pad,
    links,
    begin,
    end,
    origins,
    first_trip,
    destination,
    trips,
    limit_ms,
    ratio,
    excess_ms,
    per_ms,
    bins,
    loops,
):
    """Load blocks `begin` to `end`: the fields of BlockFlows, the last FULL where `pad` is too small."""
    kinds = trips.shape[1]
    flows, pages = pad.flows, pad.pages
    out_link, out_flow, used = np.empty(1024, np.int32), np.empty((1024, kinds)), 0
    last, unreached = np.zeros(end - begin, np.int64), np.zeros((end - begin, kinds))
    place_of, settled = np.zeros(len(pad.cost_to), np.int32), 0
    local, seen = np.full(len(graph.ahead), -1, np.int32), np.full(len(loops.first), -1, np.int32)
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
            closing = closers(near, loops, local, seen, bins)
            to_node, over_arc = ways(order, near, closing, bins)
            take_back(order, near, closing, pad, ratio, per_bin, bins, to_node, over_arc, flows, pages)
            trees.clear(order, pad)
        out_link, out_flow, used = trees.gather(flows, pages, out_link, out_flow, used)
        last[block - begin] = used
    return out_link[:used].copy(), out_flow[:used].copy(), last, unreached, settled


@njit(cache=True, nogil=True)
def within(graph, order, pad, place_of, per_bin, bins, per_ms):
    """List the arcs whose slack is within the tolerance, by head in the order given.

    Returns
    -------
    first, tail, turn, step, part, weight, link, whole
        First arc into each node; and of each arc: place of its tail, number of the arc back over the same link (-1:
        none), whole bins of slack, share that falls into the next bin, weight, link, and number in the graph. Weights
        carry the logit, and are tilted by the number of ways to each end, which cancels along a path and keeps numbers
        small.
    """
    first, tail, whole, slack = _by_head(graph, order, pad, place_of, per_bin, bins)
    link = graph.behind[whole] >> 32
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
    return first, tail, turn, step, part, weight, link, whole


@njit(cache=True, nogil=True)
def _by_head(graph, order, pad, place_of, per_bin, bins):
    """List arcs with a slack below `bins` by the place of their head: first arc into each node, tail, number, slack."""
    nodes, most = len(order), 0
    for place in range(nodes):
        place_of[order[place]] = place
        most += graph.first[order[place] + 1] - graph.first[order[place]]
    from_place, to_place = np.empty(most, np.int32), np.empty(most, np.int32)
    number, excess = np.empty(most, np.int64), np.empty(most)
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
                number[used] = arc
                first[to_place[used] + 1] += 1
                used += 1
    for place in range(nodes):
        first[place + 1] += first[place]
    free = first.copy()
    tail, whole, slack_of = np.empty(used, np.int32), np.empty(used, np.int64), np.empty(used)
    for arc in range(used):
        here = free[to_place[arc]]
        free[to_place[arc]] += 1
        tail[here], whole[here], slack_of[here] = from_place[arc], number[arc], excess[arc]
    return first, tail, whole, slack_of


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
def closers(near, loops, local, seen, bins):
    """List, for each arc, the loops it can close.

    `local` (arcs of the graph) and `seen` (loops) come in and go out as -1.

    Returns
    -------
    first, loop, onward, step, taps, tap, begin, members
        First closer of each arc; of each closer: its loop, and the number of the arc back from where the loop goes on
        (-1: none). Of each loop: whole bins that going round costs at the least, where its shares of that and each
        further bin stand in `tap` (weight of the loop's arcs in them), and where its arcs stand in `members`. A loop
        that does not lie within the tolerance as a whole is left out.
    """
    turn, whole = near[2], near[7]
    arcs, most = len(whole), 0
    for arc in range(arcs):
        local[whole[arc]] = arc
        most += loops.of_arc[whole[arc] + 1] - loops.of_arc[whole[arc]]
    first, loop, onward = np.zeros(arcs + 1, np.int32), np.empty(most, np.int32), np.empty(most, np.int32)
    step, number, used = np.empty(most, np.int32), 0, 0
    taps, begin = np.zeros(most + 1, np.int64), np.zeros(most + 1, np.int64)
    tap, members = np.empty(2 * len(loops.arc) + 1), np.empty(len(loops.arc) + 1, np.int32)
    for arc in range(arcs):
        for at in range(loops.of_arc[whole[arc]], loops.of_arc[whole[arc] + 1]):
            item = loops.loop[at]
            if seen[item] == -1:
                seen[item] = -2
                if _go_round(loops, item, near, local, bins, number, step, taps, tap, begin, members):
                    seen[item] = number
                    number += 1
            if seen[item] >= 0:
                start, end = loops.first[item], loops.first[item + 1]
                for place in range(start, end):
                    if loops.arc[place] == whole[arc]:
                        following = loops.arc[place + 1 if place + 1 < end else start]
                        loop[used], onward[used] = seen[item], turn[local[following]]
                used += 1
        first[arc + 1] = used
    for arc in range(arcs):
        local[whole[arc]] = -1
        for at in range(loops.of_arc[whole[arc]], loops.of_arc[whole[arc] + 1]):
            seen[loops.loop[at]] = -1
    return first, loop, onward, step, taps, tap, begin, members


@njit(cache=True, nogil=True)
def _go_round(loops, item, near, local, bins, number, step, taps, tap, begin, members):
    """Write what going round a loop costs and weighs; False where it does not lie within the tolerance."""
    base, length, free = 0, 1, taps[number]
    for place in range(loops.first[item], loops.first[item + 1]):
        member = local[loops.arc[place]]
        base += near[3][member] if member >= 0 else bins
        if base >= bins:
            return False
        members[begin[number] + place - loops.first[item]] = member
    tap[free] = 1.0
    for place in range(loops.first[item], loops.first[item + 1]):
        member = local[loops.arc[place]]
        part, weight = near[4][member], near[5][member]
        tap[free + length] = 0.0
        for at in range(length, -1, -1):
            tap[free + at] = weight * (tap[free + at] * (1.0 - part) + (tap[free + at - 1] * part if at else 0.0))
        length += 1
    step[number] = base
    taps[number + 1] = free + min(length, bins - base)
    begin[number + 1] = begin[number] + loops.first[item + 1] - loops.first[item]
    return True


@njit(cache=True, nogil=True)
def _entered(to_node, over_arc, level, place, arc, onward):
    """Return the weight of ways that come to a loop at a node: by none of the two links that the loop has there."""
    came = to_node[level, place] - over_arc[level, arc] - (over_arc[level, onward] if onward >= 0 else 0.0)
    return max(came, 0.0)


@njit(cache=True, nogil=True)
def ways(order, near, closing, bins):
    """Weigh all ways from the origin by their excess: bins x nodes, and bins x arcs for those that end with an arc."""
    first, tail, turn, step, part, weight = near[0], near[1], near[2], near[3], near[4], near[5]
    of_arc, loop, onward, loop_step, taps, tap = closing[0], closing[1], closing[2], closing[3], closing[4], closing[5]
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
                came *= weight[arc]
                if came <= 0.0:
                    continue
                for closer in range(of_arc[arc], of_arc[arc + 1]):
                    item = loop[closer]
                    for at in range(taps[item], taps[item + 1]):
                        below = level - loop_step[item] - at + taps[item]
                        if below < 0:
                            break
                        came -= tap[at] * _entered(to_node, over_arc, below, place, arc, onward[closer])
                if came > 0.0:
                    over_arc[level, arc] = came
                    total += came
            to_node[level, place] = total
    return to_node, over_arc


@njit(cache=True, nogil=True)
def take_back(order, near, closing, pad, ratio, per_bin, bins, to_node, over_arc, flows, pages):
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
            _take_some_back(
                order, near, closing, pad, some[:number], ratio, per_bin, bins, to_node, over_arc, flows, pages
            )
            number = 0


@njit(cache=True, nogil=True)
def _take_some_back(order, near, closing, pad, kinds, ratio, per_bin, bins, to_node, over_arc, flows, pages):
    first, tail, turn, step, part, weight, link = near[0], near[1], near[2], near[3], near[4], near[5], near[6]
    nodes, arcs, wide = len(order), len(tail), len(kinds)
    from_node, from_arc = np.zeros((bins, nodes, wide)), np.zeros((bins, arcs, wide))
    used, closed = np.zeros((arcs, wide)), np.zeros((len(closing[1]), wide))
    worth = np.empty(wide)
    top = _set_out(order, pad, kinds, ratio, per_bin, bins, to_node, from_node)
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
                for at in range(wide):
                    used[arc, at] += worth[at] * ways_here
                below, start, back, rest = level - step[arc], tail[arc], turn[arc], part[arc]
                for later in range(2 if rest > 0.0 and below > 0 else 1):
                    factor = weight[arc] * (rest if later else 1.0 - rest)
                    for at in range(wide):
                        from_node[below - later, start, at] += worth[at] * factor
                    if back >= 0:
                        for at in range(wide):
                            from_arc[below - later, back, at] -= worth[at] * factor
                if closing[0][arc] < closing[0][arc + 1]:
                    _close_back(closing, worth, level, place, arc, to_node, over_arc, from_node, from_arc, closed)
    _use(link, closing, used, closed, kinds, flows, pages)


@njit(cache=True, nogil=True)
def _set_out(order, pad, kinds, ratio, per_bin, bins, to_node, from_node):
    """Give each node's trips to its ways within the tolerance; return the highest bin in use, -1 for none."""
    top = -1
    for place in range(1, len(order)):
        most = min(bins - 1, int((ratio - 1.0) * pad.cost_to[order[place]] * per_bin + 1e-9))
        is_wanted, total = False, 0.0
        for kind in kinds:
            is_wanted = is_wanted or pad.carried[order[place], kind] != 0.0
        if not is_wanted:
            continue
        for level in range(most + 1):
            total += to_node[level, place]
        for level in range(most + 1):
            for at in range(len(kinds)):
                from_node[level, place, at] = pad.carried[order[place], kinds[at]] / total
        top = max(top, most)
    return top


@njit(cache=True, nogil=True)
def _close_back(closing, worth, level, place, arc, to_node, over_arc, from_node, from_arc, closed):
    """Take what closed a loop with an arc off the ways that came to the loop, and note it for the loop's other arcs."""
    of_arc, loop, onward, step, taps, tap = closing[0], closing[1], closing[2], closing[3], closing[4], closing[5]
    for closer in range(of_arc[arc], of_arc[arc + 1]):
        back, item = onward[closer], loop[closer]
        for tap_at in range(taps[item], taps[item + 1]):
            below, factor = level - step[item] - tap_at + taps[item], tap[tap_at]
            if below < 0:
                break
            came = _entered(to_node, over_arc, below, place, arc, back)
            if came == 0.0 or factor == 0.0:
                continue
            for at in range(len(worth)):
                closed[closer, at] += worth[at] * factor * came
                from_node[below, place, at] -= worth[at] * factor
                from_arc[below, arc, at] += worth[at] * factor
                if back >= 0:
                    from_arc[below, back, at] += worth[at] * factor


@njit(cache=True, nogil=True)
def _use(link, closing, used, closed, kinds, flows, pages):
    """Put the use of arcs on links, less what went round a loop that was taken out; never below zero."""
    of_arc, loop, begin, members = closing[0], closing[1], closing[6], closing[7]
    for arc in range(len(link)):
        for closer in range(of_arc[arc], of_arc[arc + 1]):
            for member in members[begin[loop[closer]] : begin[loop[closer] + 1]]:
                if member != arc:
                    for at in range(len(kinds)):
                        used[member, at] -= closed[closer, at]
    for arc in range(len(link)):
        for at in range(len(kinds)):
            if used[arc, at] > 0.0:
                flows[link[arc], kinds[at]] += used[arc, at]
                pages[link[arc] >> 6] = 1
