"""Ways by their excess over the shortest: weights of all walks in bins forwards, their use of links backwards."""

from __future__ import annotations

import numpy as np
from numba import njit

from movement.assignment import trees

_TOGETHER = 8  # kinds of trips taken back in one go
_MOST_EXPONENT = 700.0  # exp of more is no number


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
    top, until = _set_out(order, pad, kinds, ratio, per_bin, bins, to_node, from_node)
    for level in range(top, -1, -1):
        for place in range(until, 0, -1):
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
    """Give each node's trips to its ways within the tolerance; return the highest bin and the furthest place in use."""
    top, until = -1, 0
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
        top, until = max(top, most), place
    furthest = pad.cost_to[order[until]] + (top + 1) / per_bin  # no way goes past its end by more
    while until + 1 < len(order) and pad.cost_to[order[until + 1]] <= furthest:
        until += 1
    return top, until


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
