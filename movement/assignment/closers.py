"""The short loops that tolerated ways from an origin can close, and what going round them costs and weighs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from movement.assignment import trees


class Closing(NamedTuple):
    """Which arc can close which loop.

    `first`: first closer of each arc, and one more. Of each closer: `loop`; `before`, the loop's arc before; `onward`,
    the arc back from where the loop goes on (-1: none); `at`, where the bins of its arc's head stand that ways can be
    in before they go round it. Of each loop:
    `step`, whole bins that going round costs at the least; `taps`, where the shares of that and each further bin stand
    in `tap` (weight of the loop's arcs in them).
    """

    first: trees.Shorts
    loop: trees.Shorts
    before: trees.Shorts
    onward: trees.Shorts
    at: trees.Integers
    step: trees.Shorts
    taps: trees.Integers
    tap: trees.Reals


@njit(cache=True, nogil=True)
def closers(near, loops, local, here):
    """List the closers of all arcs; loops that do not lie within the tolerance as a whole are left out.

    `local` (arcs of the graph) and `here` (closers of the graph) come in and go out as -1.
    """
    arcs, over, turn, whole = len(near.tail), near.over, near.turn, near.whole
    begins, arc_at, of_arc, loop_at, place_of = loops.first, loops.arc, loops.of_arc, loops.loop, loops.place
    for arc in range(arcs):
        local[whole[arc]] = arc
    wanted, most = _whole_loops(near, loops, local, here)
    step, taps, tap = _go_round(near, loops, local, wanted)
    first, at, used = np.zeros(arcs + 1, np.int32), np.zeros(most + 1, np.int64), 0
    loop, before, onward = np.empty(most, np.int32), np.empty(most, np.int32), np.full(most, -1, np.int32)
    for arc in range(arcs):
        for closer in range(of_arc[whole[arc]], of_arc[whole[arc] + 1]):
            item, here[closer] = here[closer], -1
            if item >= 0 and step[item] < over[arc + 1] - over[arc]:
                start, end, place = begins[loop_at[closer]], begins[loop_at[closer] + 1], place_of[closer]
                before[used] = local[arc_at[(place if place > start else end) - 1]]
                onward[used] = turn[local[arc_at[place + 1 if place + 1 < end else start]]]
                loop[used], at[used + 1] = item, at[used] + over[arc + 1] - over[arc] - step[item]
                used += 1
        first[arc + 1] = used
    for arc in range(arcs):
        local[whole[arc]] = -1
    return Closing(first, loop[:used], before[:used], onward[:used], at[: used + 1], step, taps, tap)


@njit(cache=True, nogil=True)
def _whole_loops(near, loops, local, here):
    """List the loops within the tolerance, mark their closers with their place in the list, and count their arcs."""
    whole, step, top = near.whole, near.step, near.top[0]
    begins, arc_at, of_arc, loop_at, place_of = loops.first, loops.arc, loops.of_arc, loops.loop, loops.place
    most, number, arcs = 0, 0, 0
    for arc in whole:
        most += of_arc[arc + 1] - of_arc[arc]
    wanted = np.empty(most, np.int64)
    for arc in whole:
        for closer in range(of_arc[arc], of_arc[arc + 1]):
            item, cost = loop_at[closer], 0
            if place_of[closer] != begins[item]:
                continue  # each loop once, where its first arc closes it
            for place in range(begins[item], begins[item + 1]):
                member = local[arc_at[place]]
                cost += step[member] if member >= 0 else top + 1
                if cost > top:
                    break
            if cost <= top:
                wanted[number] = item
                arcs += begins[item + 1] - begins[item]
                for place in range(begins[item], begins[item + 1]):
                    here[loops.closer[place]] = number
                number += 1
    return wanted[:number], arcs


@njit(cache=True, nogil=True)
def _go_round(near, loops, local, wanted):
    """Return what going round each loop costs at the least, and how its weight falls into bins from there on."""
    step, part, weight, top = near.step, near.part, near.weight, near.top[0]
    begins, arc_at = loops.first, loops.arc
    base, taps, longest = np.zeros(len(wanted), np.int32), np.zeros(len(wanted) + 1, np.int64), 1
    for item in wanted:
        longest += begins[item + 1] - begins[item] + 1
    tap = np.empty(longest)
    for number in range(len(wanted)):
        free, length = taps[number], 1
        tap[free] = 1.0
        for place in range(begins[wanted[number]], begins[wanted[number] + 1]):
            arc = local[arc_at[place]]
            tap[free + length] = 0.0
            for at in range(length, -1, -1):
                lower = tap[free + at - 1] * part[arc] if at else 0.0
                tap[free + at] = weight[arc] * (tap[free + at] * (1.0 - part[arc]) + lower)
            length += 1
            base[number] += step[arc]
        taps[number + 1] = free + min(length, top + 1 - base[number])
    return base, taps, tap
