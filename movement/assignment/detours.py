"""Trips that tolerate a detour: a logit over every path's excess, up to a tolerance, without listing paths.

Along a path, what each arc adds to the excess over the shortest way is its slack, cost to its tail + its cost - cost to
its head; a path's excess is the sum. So the weight of all walks to a node by their excess, in bins, follows arc by arc,
for all destinations of an origin at once, and the flows follow backwards (the derivative of the weights). Walks that
turn on the spot are left out. Of the walks that would end with the last two arcs of a short loop, the share that has
just gone round it is left out, which is found forwards, whoever goes; so no walk weighs less than nothing and flows are
linear in trips, to rounding. Which arcs those took that go on is told by their last two arcs only. This, longer loops,
and loops that meet the way that led to them are the method's error, held against exact enumeration in the tests. Also,
0.2 to 0.35 % of trips pass their own end and come back, up to a ninth of one pair's with a logit, and 0.19 without
(450 pairs on street-like graphs of 600 nodes, at ratios from 1.15 to 1.4). Where both pavements of each street are
links of their own, the method is rough for short trips: 5.9 % walking pass their own end and come back, and flows of
cycle trips below 550 m differ by 21 to 47 % from listing (WAPE).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from movement.assignment import blocks, closers, excess, shares, trees
from movement.assignment.graph import MS_PER_MIN, Graph, limit_ms
from movement.assignment.loading import Loading, Trips, add_up, check_places, sort_trips

BINS = 10
_LONGEST_LOOP_MS = 5 * MS_PER_MIN


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
    if bins < 2:
        raise ValueError(f"an excess is cut into two steps at least; found {bins}")
    check_places(on, trips)
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
    local, here = np.full(len(graph.ahead), -1, np.int32), np.full(len(loops.loop), -1, np.int32)
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
            ends = destination[first_trip[place] : first_trip[place + 1]]
            near = excess.within(graph, order, pad, place_of, ends, limit_ms, ratio, per_bin, bins, per_ms)
            if len(near.node):
                closing = closers.closers(near, loops, local, here)
                shares.load(near, closing, pad, flows, pages, excess.ways(near, closing))
            trees.clear(order, pad)
        out_link, out_flow, used = trees.gather(flows, pages, out_link, out_flow, used)
        last[block - begin] = used
    return out_link[:used].copy(), out_flow[:used].copy(), last, unreached, settled
