"""A scenario after the run before it: only blocks with an origin that the change can touch are computed again."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from movement.assignment import blocks, detours, loading, trees, weighted
from movement.assignment.changed_arcs import Changes, add_block, touched
from movement.assignment.graph import limit_ms

Compute = Callable[[list[tuple[int, int]]], Iterable[blocks.BlockFlows]]

_CHUNKS_PER_THREAD = 4  # of what is computed; more would spend its time handing them out


@dataclass(frozen=True)
class Reloading:
    """A scenario's loading, and how many of its blocks were computed rather than taken over."""

    loading: loading.Loading
    computed: int
    blocks: int


def reload(
    change: Changes,
    trips_before: loading.Trips,
    trips_after: loading.Trips,
    done: loading.Loading,
    *,
    cut_off_min: float | None = None,
    tolerance: detours.Tolerance | None = None,
    bins: int = detours.BINS,
    spread: blocks.Spread | None = None,
) -> Reloading:
    """Load a scenario's trips, taking over from the run before what it leaves alone.

    Parameters
    ----------
    change
        What tells today's graph and the scenario's apart; `is_exact` without a tolerance.
    trips_before, trips_after
        Trips on each, in the kernel's order. Origins whose trips changed count as touched.
    done
        Today's loading, made with `keep_parts`.
    cut_off_min, tolerance, bins
        As `done` was made.
    spread
        Who computes, where it is not this process's threads; changes no flow.

    Returns
    -------
    reloading
        The same bytes as a full run. An origin is touched if an arc that goes lies on one of its cheapest ways (a tie
        included) that can lead on to where anybody goes within the cut-off, or one that comes does; with a tolerance,
        if either lies on any way within it.
    """
    after = change.after

    def compute(tasks: list[tuple[int, int]]) -> Iterable[blocks.BlockFlows]:
        if tolerance is None:
            return loading.compute(after, trips_after, tasks, cut_off_min=cut_off_min, spread=spread)
        limit = float(cut_off_min or 0)
        return detours.compute(
            after, trips_after, tasks, tolerance=tolerance, cut_off_min=limit, bins=bins, spread=spread
        )

    again = np.ones(len(trips_after.origin), dtype=bool)
    is_alike = trips_before.amount.shape[1] == trips_after.amount.shape[1]
    if is_alike and np.array_equal(change.node_at[trips_before.origin], trips_after.origin):
        again = _other_trips(change, trips_before, trips_after)
        is_end = np.zeros(len(after.node_ids), dtype=bool)
        is_end[trips_after.destination] = True
        again |= touched(change, trips_after.origin, is_end, *_bounds(cut_off_min, tolerance))
    start = np.zeros((len(after.link_ids), trips_after.amount.shape[1])), trips_after.off_network.copy()
    return _take_over(change, done, again, compute, *start)


def reload_weighted(
    change: Changes,
    demand_before: weighted.Demand,
    demand_after: weighted.Demand,
    done: loading.Loading,
    *,
    cut_off_min: float,
    spread: blocks.Spread | None = None,
) -> Reloading:
    """Do what `reload` does for weighted demand; a change of the weights themselves makes all origins touched."""

    def compute(tasks: list[tuple[int, int]]) -> Iterable[blocks.BlockFlows]:
        return weighted.compute(change.after, demand_after, tasks, cut_off_min=cut_off_min, spread=spread)

    again = np.ones(len(demand_after.origin), dtype=bool)
    if _same_demand(change, demand_before, demand_after):
        again = touched(change, demand_after.origin, demand_after.pull > 0, *_bounds(cut_off_min, None))
    return _take_over(change, done, again, compute, np.zeros((len(change.after.link_ids), 1)), np.zeros(1))


def _bounds(cut_off_min: float | None, tolerance: detours.Tolerance | None) -> tuple[int, int]:
    """Return how far trees reach and which slack an arc in use can have, both in milliseconds."""
    limit = limit_ms(cut_off_min)
    if tolerance is None:
        return limit, 0
    excess = tolerance.most_excess_ms(limit)
    around = 2 * detours.longest_loop_ms(
        excess
    )  # a loop that the change makes or breaks can begin where it does not lead
    return int(detours.reach_ms(limit, excess) + around), int(excess + around) + 1


def _take_over(
    change: Changes,
    done: loading.Loading,
    again: NDArray[np.bool_],
    compute: Compute,
    flows: trees.Reals,
    unreached: trees.Reals,
) -> Reloading:
    """Compute the blocks with an origin in `again`; add them up in order with the others' flows between them."""
    number = blocks.number(len(again))
    wanted = np.zeros(number, dtype=bool)
    wanted[np.flatnonzero(again) // blocks.ORIGINS] = True
    if not done.parts:
        wanted[:] = True
    tasks = _stretches(wanted)
    fresh = _begun(compute(tasks))
    old = _stretches_of(done.parts, wanted)
    begins = {begin for begin, _ in tasks}
    block = 0
    while block < number:
        if block in begins:
            part = next(fresh)
            blocks.add(flows, unreached, part.link, part.flow, part.unreached)
        else:
            part = next(old)
            add_block(flows, unreached, change, part)
        block += len(part.last)
    return Reloading(loading.Loading(flows, unreached), int(wanted.sum()), number)


def _begun(parts: Iterable[blocks.BlockFlows]) -> Iterator[blocks.BlockFlows]:
    """Have the first part computed at once: what others compute the meantime need not wait for what is taken over."""
    rest = iter(parts)
    return chain(list(islice(rest, 1)), rest)


def _stretches(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Cut the wanted blocks into chunks of neighbours."""
    most = max(int(wanted.sum()) // (_CHUNKS_PER_THREAD * blocks.threads()), 1)
    return [(first, min(first + most, end)) for begin, end in _runs(wanted) for first in range(begin, end, most)]


def _stretches_of(parts: Sequence[blocks.BlockFlows], wanted: NDArray[np.bool_]) -> Iterator[blocks.BlockFlows]:
    """Yield the flows of the blocks that are not wanted anew, neighbours of one part together."""
    ends = np.cumsum([len(part.last) for part in parts])
    for begin, end in _runs(~wanted):
        while begin < end:
            place = bisect.bisect_right(ends, begin)
            start = int(ends[place]) - len(parts[place].last)
            most = min(end, int(ends[place]))
            yield parts[place].between(begin - start, most - start)
            begin = most


def _runs(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the stretches of marked places: first, and one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _other_trips(change: Changes, before: loading.Trips, after: loading.Trips) -> NDArray[np.bool_]:
    """Tell which origins go elsewhere, or in other numbers; both have the same origins."""
    ends = change.node_at[before.destination], after.destination
    if np.array_equal(before.first, after.first) and np.array_equal(*ends):
        rows = (before.amount != after.amount).any(axis=1)
        return np.asarray(np.bincount(np.repeat(np.arange(len(after.origin)), np.diff(after.first)),
                                      weights=rows, minlength=len(after.origin)) > 0)  # fmt: skip
    found = np.ones(len(after.origin), dtype=bool)
    for place in range(len(found)):
        one, other = (slice(trips.first[place], trips.first[place + 1]) for trips in (before, after))
        if one.stop - one.start == other.stop - other.start:
            same_ends = np.array_equal(ends[0][one], ends[1][other])
            found[place] = not (same_ends and np.array_equal(before.amount[one], after.amount[other]))
    return found


def _same_demand(change: Changes, one: weighted.Demand, other: weighted.Demand) -> bool:
    pulled, pulled_after = np.flatnonzero(one.pull > 0), np.flatnonzero(other.pull > 0)
    return bool(
        np.array_equal(change.node_at[one.origin], other.origin)
        and np.array_equal(change.node_at[pulled], pulled_after)
        and np.array_equal(one.pull[pulled], other.pull[pulled_after])
        and np.array_equal(one.weight, other.weight)
        and np.array_equal(one.decay, other.decay)
        and (one.step_ms, one.is_constrained) == (other.step_ms, other.is_constrained)
    )
