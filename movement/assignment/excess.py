"""Ways by their excess over the shortest: which arcs they use, and the weights of all walks in bins, forwards."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from movement.assignment import trees

_MOST_EXPONENT = 700.0  # exp of more is no number
_LOW = 0xFFFFFFFF


class Near(NamedTuple):
    """What tolerated ways from an origin to where its trips go can use: nodes nearest first, arcs by their head.

    Of each node: `node`, its position in the graph; `top`, the highest bin that ways which come to it can be in and
    still arrive (-1: none are wanted); `most`, the highest bin in which ways may end there (-1: nobody goes there);
    `first`, its first arc, and one more; `at`, where its bins, 0 to `top`, stand among those of all nodes.
    Of each arc: `tail`; `turn`, the arc back over the same link (-1: none); whole bins of slack, `step`, and the share
    that falls into the next bin, `part`; `weight`; `link`; `whole`, its number in the graph; `over`, where the bins of
    its head stand among those of all arcs. Weights carry the logit, and are tilted by the number of ways to each end,
    which cancels along a path and keeps numbers small.
    """

    node: trees.Shorts
    top: trees.Shorts
    most: trees.Shorts
    first: trees.Shorts
    at: trees.Integers
    tail: trees.Shorts
    turn: trees.Shorts
    step: trees.Shorts
    part: trees.Reals
    weight: trees.Reals
    link: trees.Shorts
    whole: trees.Integers
    over: trees.Integers


@njit(cache=True, nogil=True)
def within(graph, order, pad, place_of, ends, limit_ms, ratio, per_bin, bins, per_ms):
    """List the nodes and arcs that lie on tolerated ways from the origin, `order[0]`, to some ends.

    Ends beyond the limit are left out, and so is the origin; no nodes where none is left.
    """
    furthest = -1.0
    for end in ends:
        if pad.cost_to[end] <= limit_ms and end != order[0]:
            furthest = max(furthest, pad.cost_to[end] + (_most(pad.cost_to[end], ratio, per_bin, bins) + 1) / per_bin)
    count = 0
    while count < len(order) and pad.cost_to[order[count]] <= furthest:
        place_of[order[count]] = count
        count += 1
    order = order[:count]
    top, most = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    for end in ends:
        if pad.cost_to[end] <= limit_ms and end != order[0]:
            most[place_of[end]] = top[place_of[end]] = _most(pad.cost_to[end], ratio, per_bin, bins)
    first, tail, whole, slack = _by_head(graph, order, pad, place_of, furthest, per_bin, bins)
    step, part = np.empty(len(tail), np.int32), np.empty(len(tail))
    for place in range(count):
        for arc in range(first[place], first[place + 1]):
            step[arc] = np.int32(slack[arc])
            part[arc] = slack[arc] - step[arc]
            if step[arc] == 0 and tail[arc] >= place:
                step[arc], part[arc] = 1, 0.0  # an arc that leads back costs a bin, so that bins can be gone through
    for level in range(bins - 1, -1, -1):
        for place in range(count - 1, -1, -1):
            if top[place] == level:
                for arc in range(first[place], first[place + 1]):
                    top[tail[arc]] = max(top[tail[arc]], level - step[arc])
    return _kept(graph, order, pad, top, most, first, tail, whole, slack, step, part, per_ms / per_bin)


@njit(cache=True, nogil=True)
def _most(cost_ms, ratio, per_bin, bins):
    """Return the highest bin that the excess of a way may be in, by the cost of the shortest."""
    return min(bins - 1, int((ratio - 1.0) * cost_ms * per_bin + 1e-9))


@njit(cache=True, nogil=True)
def _by_head(graph, order, pad, place_of, furthest, per_bin, bins):
    """List arcs with a slack below `bins` by the place of their head: first arc into each node, tail, number, slack."""
    nodes, most, starts, ahead, cost_to = len(order), 0, graph.first, graph.ahead, pad.cost_to
    for node in order:
        most += starts[node + 1] - starts[node]
    from_place, to_place = np.empty(most, np.int32), np.empty(most, np.int32)
    number, excess = np.empty(most, np.int64), np.empty(most)
    first, used = np.zeros(nodes + 1, np.int32), 0
    for place in range(nodes):
        node = order[place]
        for arc in range(starts[node], starts[node + 1]):
            head, cost = ahead[arc] & _LOW, ahead[arc] >> 32
            if cost_to[head] > furthest or head == order[0]:
                continue
            slack = (np.int64(cost_to[node]) + cost - cost_to[head]) * per_bin
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
def _kept(graph, order, pad, top, most, first, tail, whole, slack, step, part, per_slack):
    """Leave out the nodes that no wanted way comes to, and the arcs that none takes."""
    moved, nodes, arcs = np.full(len(order), -1, np.int32), 0, 0
    for place in range(len(order)):
        if top[place] >= 0:
            moved[place] = nodes
            nodes += 1
            for arc in range(first[place], first[place + 1]):
                arcs += top[tail[arc]] >= 0 and step[arc] <= top[place]
    near = Near(
        np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.zeros(nodes + 1, np.int32),
        np.zeros(nodes + 1, np.int64), np.empty(arcs, np.int32), np.full(arcs, -1, np.int32), np.empty(arcs, np.int32),
        np.empty(arcs), np.empty(arcs), np.empty(arcs, np.int32), np.empty(arcs, np.int64),
        np.zeros(arcs + 1, np.int64),
    )  # fmt: skip
    new_at, new_over, new_first = near.at, near.over, near.first
    new_tail, new_step, new_part, new_whole, weight = near.tail, near.step, near.part, near.whole, near.weight
    used = 0
    for old in range(len(order)):
        place = moved[old]
        if place < 0:
            continue
        near.node[place], near.top[place], near.most[place] = order[old], top[old], most[old]
        new_at[place + 1] = new_at[place] + top[old] + 1
        for arc in range(first[old], first[old + 1]):
            if top[tail[arc]] >= 0 and step[arc] <= top[old]:
                new_tail[used], new_step[used], new_part[used] = moved[tail[arc]], step[arc], part[arc]
                new_whole[used], weight[used] = whole[arc], -per_slack * slack[arc]
                new_over[used + 1] = new_over[used] + top[old] + 1
                used += 1
        new_first[place + 1] = used
    near.link[:] = graph.behind[new_whole] >> 32
    _weigh(near, pad)
    return near


@njit(cache=True, nogil=True)
def _weigh(near, pad):
    """Make weights of the logarithms that stand in their place, and find the arc back of each."""
    number, cost = np.zeros(len(near.node)), pad.cost_to[near.node]
    first, tail, turn, weight, link = near.first, near.tail, near.turn, near.weight, near.link
    for place in range(1, len(cost)):
        most, total = -np.inf, 0.0
        for again in range(2):
            for arc in range(first[place], first[place + 1]):
                if cost[tail[arc]] < cost[place]:
                    if again:
                        total += np.exp(number[tail[arc]] - most)
                    else:
                        most = max(most, number[tail[arc]])
        number[place] = most + np.log(total)
    for place in range(1, len(cost)):
        for arc in range(first[place], first[place + 1]):
            start = tail[arc]
            weight[arc] = np.exp(min(weight[arc] + number[start] - number[place], _MOST_EXPONENT))
            for back in range(first[start], first[start + 1]):
                if tail[back] == place and link[back] == link[arc]:
                    turn[arc] = back


@njit(cache=True, nogil=True)
def ways(near, closing):
    """Weigh all ways from the origin by their excess.

    Returns
    -------
    to_node, over_arc, gone
        By bin: weights of ways to each node (as `near.at` has them) and of those that end with each arc (`near.over`);
        and, of those that would end with the last two arcs of a loop, the share left out because they have just gone
        round it (`closing.at`). So every way has a weight of zero or more, the same whoever goes it.
    """
    # arrays are taken out of their tuples here, once: in the loops it would cost more than the sums
    top, first, at, over, tail, turn = near.top, near.first, near.at, near.over, near.tail, near.turn
    step, part, weight, closers, closer_at = near.step, near.part, near.weight, closing.first, closing.at
    loop, onward, before, taps, tap = closing.loop, closing.onward, closing.before, closing.taps, closing.tap
    loop_step, to_node, over_arc = closing.step, np.zeros(at[-1]), np.zeros(over[-1])
    to_loop, gone = np.zeros(closer_at[-1]), np.zeros(closer_at[-1])
    to_node[0] = 1.0
    for level in range(top[0] + 1):
        for place in range(1, len(top)):
            if level > top[place]:
                continue
            total = 0.0
            for arc in range(first[place], first[place + 1]):
                below = level - step[arc]
                if below < 0:
                    continue
                back, here, whole, rest = turn[arc], at[tail[arc]] + below, 1.0 - part[arc], part[arc]
                came = whole * (to_node[here] - (over_arc[over[back] + below] if back >= 0 else 0.0))
                if below > 0 and rest > 0.0:
                    came += rest * (to_node[here - 1] - (over_arc[over[back] + below - 1] if back >= 0 else 0.0))
                if came <= 0.0:
                    continue
                for closer in range(closers[arc], closers[arc + 1]):
                    round_it, left = 0.0, level - loop_step[loop[closer]]
                    if left < 0:
                        continue
                    start, end = taps[loop[closer]], taps[loop[closer] + 1]
                    for share in range(start, min(end, start + left + 1)):
                        round_it += tap[share] * to_loop[closer_at[closer] + left + start - share]
                    if round_it <= 0.0:
                        continue
                    there = over[before[closer]] + below
                    by_it = whole * over_arc[there] + (rest * over_arc[there - 1] if below > 0 else 0.0)
                    if by_it <= 0.0:
                        continue
                    still = 1.0  # of the same two arcs, after the loops before
                    for sooner in range(closers[arc], closer):
                        if before[sooner] == before[closer] and level >= loop_step[loop[sooner]]:
                            still -= gone[closer_at[sooner] + level - loop_step[loop[sooner]]]
                    share_gone = min(round_it / (by_it * weight[arc]), max(still, 0.0))
                    gone[closer_at[closer] + left] = share_gone
                    came -= share_gone * by_it
                if came > 0.0:
                    over_arc[over[arc] + level] = came * weight[arc]
                    total += came * weight[arc]
            to_node[at[place] + level] = total
            for arc in range(first[place], first[place + 1]):
                for closer in range(closers[arc], closers[arc + 1]):
                    if level > top[place] - loop_step[loop[closer]]:
                        continue
                    back = onward[closer]
                    came = total - over_arc[over[arc] + level] - (over_arc[over[back] + level] if back >= 0 else 0.0)
                    to_loop[closer_at[closer] + level] = max(came, 0.0)
    return to_node, over_arc, gone
