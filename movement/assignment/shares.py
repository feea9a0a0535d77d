"""The use of arcs by all who go somewhere within the tolerance, backwards from where they go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from movement.assignment import trees

_ONE, _EIGHT = (0,), (0,) * 8  # columns taken back in one go: the number is part of the type, so that loops unroll
_PASS_OF_EIGHT = 4  # so many times as long as one column by itself, over the same bins, takes a go
_SAMPLE = 4


class Back(NamedTuple):
    """What is written on while columns are taken back; zero between two goes, so that it is made once an origin.

    What ways from each bin on are worth, by columns: `from_node`, and `from_arc`, to be added to its head's; `used`:
    what uses each arc. `reach`: the highest bin of each node still to be gone through, else -1; `found`, `waiting`:
    nodes in no order.
    """

    from_node: trees.Reals
    from_arc: trees.Reals
    used: trees.Reals
    reach: trees.Shorts
    found: trees.Shorts
    waiting: trees.Shorts


@njit(cache=True, nogil=True)
def blank(near, wide):
    """Make what columns are taken back on."""
    nodes = len(near.node)
    columns = np.zeros((near.at[-1], wide)), np.zeros((near.over[-1], wide)), np.zeros((len(near.tail), wide))
    return Back(*columns, np.full(nodes, -1, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int32))


@njit(cache=True, nogil=True)
def reached(near, back, end):
    """List the places on tolerated ways to one end, furthest first, and write how high their bins go."""
    reach, found, waiting, first = back.reach, back.found, back.waiting, near.first
    tail, step = near.tail, near.step
    reach[end], found[0], count = near.most[end], end, 1
    for level in range(near.most[end], -1, -1):
        left = 0
        for number in range(count):
            if reach[found[number]] == level:
                waiting[left] = found[number]
                left += 1
        while left > 0:
            left -= 1
            place = waiting[left]
            for arc in range(first[place], first[place + 1]):
                below, start = level - step[arc], tail[arc]
                if below <= reach[start]:
                    continue
                if reach[start] < 0:
                    found[count] = start
                    count += 1
                reach[start] = below
                if below == level:
                    waiting[left] = start
                    left += 1
    return -np.sort(-found[:count])


@njit(cache=True, nogil=True)
def set_out(near, to_node, from_node, end, column, amount):
    """Let some set out from an end to all their ways within the tolerance."""
    total, first, most = 0.0, near.at[end], near.most[end]
    for level in range(most + 1):
        total += to_node[first + level]
    for level in range(most + 1):
        from_node[first + level, column] = amount / total


@njit(cache=True, nogil=True)
def take_back(near, closing, weights, back, places, top, lanes):
    """Go back from where columns set out to the origin: `back.used` is what uses each arc, by columns."""
    # arrays are taken out of their tuples here, once: in the loops it would cost more than the sums
    _, over_arc, gone = weights
    first, at, over, tail, turn = near.first, near.at, near.over, near.tail, near.turn
    step, part, weight, closers, closer_at = near.step, near.part, near.weight, closing.first, closing.at
    before, from_node, from_arc, used, reach = closing.before, back.from_node, back.from_arc, back.used, back.reach
    worth, wide, loop, loop_step = np.empty(len(lanes)), len(lanes), closing.loop, closing.step
    for level in range(top, -1, -1):
        for place in places:
            if level > reach[place]:
                continue
            here = at[place] + level
            for arc in range(first[place], first[place + 1]):
                now, is_used = over[arc] + level, False
                ways_here = over_arc[now]
                for column in range(wide):
                    worth[column] = from_node[here, column] + from_arc[now, column] if ways_here > 0.0 else 0.0
                    is_used = is_used or worth[column] != 0.0
                    from_arc[now, column] = 0.0
                if not is_used:
                    continue
                for column in range(wide):
                    used[arc, column] += worth[column] * ways_here
                below, back_arc = level - step[arc], turn[arc]
                for later in range(2 if part[arc] > 0.0 and below > 0 else 1):
                    factor, there = weight[arc] * (part[arc] if later else 1.0 - part[arc]), below - later
                    for column in range(wide):
                        from_node[at[tail[arc]] + there, column] += worth[column] * factor
                    if back_arc >= 0:  # nobody turns on the spot
                        for column in range(wide):
                            from_arc[over[back_arc] + there, column] -= worth[column] * factor
                    for closer in range(closers[arc], closers[arc + 1]):
                        left = level - loop_step[loop[closer]]
                        less = factor * gone[closer_at[closer] + left] if left >= 0 else 0.0
                        if less > 0.0:
                            for column in range(wide):
                                from_arc[over[before[closer]] + there, column] -= worth[column] * less
            for column in range(wide):
                from_node[here, column] = 0.0


@njit(cache=True, nogil=True)
def load(near, closing, pad, flows, pages, weights):
    """Put what the nodes attract, `pad.carried`, on the links of its ways; `weights` are those of `excess.ways`.

    Columns are taken back together, or ends one by one, whichever is quicker: both give the same but for rounding.
    """
    kinds, number = np.empty(pad.carried.shape[1], np.int64), 0
    for kind in range(pad.carried.shape[1]):
        for place in range(len(near.node)):
            if near.most[place] >= 0 and pad.carried[near.node[place], kind] != 0.0:
                kinds[number] = kind
                number += 1
                break
    if number == 0:
        return
    ends, back = np.flatnonzero(near.most >= 0), blank(near, 1)
    if number > 1 and _is_quicker_one_by_one(near, back, ends, number):
        for end in ends:
            places = reached(near, back, end)
            single(near, closing, weights, back, end, places)
            _put_end(near, back, places, pad.carried[near.node[end]], kinds[:number], flows, pages)
            forget(near, back, places)
        return
    if number == 1:
        _load_some(near, closing, pad, flows, pages, weights, kinds[:1], _ONE)
        return
    for start in range(0, number, len(_EIGHT)):
        some = kinds[start : min(start + len(_EIGHT), number)]
        _load_some(near, closing, pad, flows, pages, weights, some, _EIGHT)


@njit(cache=True, nogil=True)
def _is_quicker_one_by_one(near, back, ends, kinds):
    """Estimate, from some of the ends, whether all need fewer bins gone through than the columns do together."""
    bins, sample = 0, ends[:: max(len(ends) // _SAMPLE, 1)]
    for end in sample:
        places = reached(near, back, end)
        for place in places:
            bins += (back.reach[place] + 1) * (near.first[place + 1] - near.first[place])
        forget(near, back, places)
    return bins * len(ends) < _PASS_OF_EIGHT * -(-kinds // len(_EIGHT)) * near.over[-1] * len(sample)


@njit(cache=True, nogil=True)
def _load_some(near, closing, pad, flows, pages, weights, kinds, lanes):
    back, places = blank(near, len(lanes)), np.arange(len(near.node) - 1, -1, -1)
    back.reach[:] = near.top
    for end in range(len(near.node)):
        if near.most[end] >= 0:
            for column in range(len(kinds)):
                set_out(near, weights[0], back.from_node, end, column, pad.carried[near.node[end], kinds[column]])
    take_back(near, closing, weights, back, places.astype(np.int32), near.top[0], lanes)
    _put(near, back, kinds, flows, pages)


@njit(cache=True, nogil=True)
def single(near, closing, weights, back, end, places):
    """Take one trip to one end back over the places that `reached` lists."""
    set_out(near, weights[0], back.from_node, end, 0, 1.0)
    take_back(near, closing, weights, back, places, near.most[end], _ONE)


@njit(cache=True, nogil=True)
def forget(near, back, places):
    """Make blank again what one end was taken back on."""
    first, reach, used = near.first, back.reach, back.used
    for place in places:
        reach[place] = -1
        used[first[place] : first[place + 1]] = 0.0


@njit(cache=True, nogil=True)
def _put_end(near, back, places, amount, kinds, flows, pages):
    first, links, used = near.first, near.link, back.used
    for place in places:
        for arc in range(first[place], first[place + 1]):
            if used[arc, 0] > 0.0:  # less is rounding
                link = links[arc]
                pages[link >> 6] = 1
                for kind in kinds:
                    flows[link, kind] += used[arc, 0] * amount[kind]


@njit(cache=True, nogil=True)
def _put(near, back, kinds, flows, pages):
    links, used = near.link, back.used
    for arc in range(len(links)):
        link = links[arc]
        for column in range(len(kinds)):
            if used[arc, column] > 0.0:  # less is rounding
                flows[link, kinds[column]] += used[arc, column]
                pages[link >> 6] = 1
