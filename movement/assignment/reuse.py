"""A scenario after the run before it: only blocks with an origin that the change can touch are computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from movement.assignment import blocks, detours, loading, weighted
from movement.assignment.changed_arcs import Changes, changes, through, touched
from movement.assignment.graph import Graph, limit_ms

Compute = Callable[[list[tuple[int, int]]], list[blocks.BlockFlows]]


@dataclass(frozen=True)
class Reloading:
    """A scenario's loading, and how many of its blocks were computed rather than taken over."""

    loading: loading.Loading
    computed: int
    blocks: int


def reload(
    before: Graph,
    after: Graph,
    trips_before: loading.Trips,
    trips_after: loading.Trips,
    done: loading.Loading,
    *,
    cut_off_min: float | None = None,
    tolerance: detours.Tolerance | None = None,
) -> Reloading:
    """Load a scenario's trips, taking over from the run before what it leaves alone.

    Parameters
    ----------
    before, after
        Today's graph and the scenario's.
    trips_before, trips_after
        Trips on each, in the kernel's order. Origins whose trips changed count as touched.
    done
        Today's loading, made with `keep_parts`.
    cut_off_min, tolerance
        As `done` was made.

    Returns
    -------
    reloading
        The same bytes as a full run. An origin is touched if an arc that goes lies on one of its cheapest ways, or one
        that comes does (a tie included); with a tolerance, if either lies on any way within it.
    """

    def compute(tasks: list[tuple[int, int]]) -> list[blocks.BlockFlows]:
        if tolerance is None:
            return loading.compute(after, trips_after, tasks, cut_off_min=cut_off_min)
        return detours.compute(after, trips_after, tasks, tolerance=tolerance, cut_off_min=float(cut_off_min or 0))

    change = changes(before, after, is_exact=tolerance is None)
    origins_before, origins_after = before.node_ids[trips_before.origin], after.node_ids[trips_after.origin]
    again = np.ones(len(trips_after.origin), dtype=bool)
    if origins_before.equals(origins_after):
        again = _other_trips(before, after, trips_before, trips_after)
        again |= touched(change, trips_after.origin, *_bounds(cut_off_min, tolerance))
    parts, computed = _take_over(change, done, again, compute)
    return Reloading(
        loading.add_up(after, trips_after, parts, keep_parts=True), computed, blocks.number(len(trips_after.origin))
    )


def reload_weighted(
    before: Graph,
    after: Graph,
    demand_before: weighted.Demand,
    demand_after: weighted.Demand,
    done: loading.Loading,
    *,
    cut_off_min: float,
) -> Reloading:
    """Do what `reload` does for weighted demand; a change of the weights themselves makes all origins touched."""

    def compute(tasks: list[tuple[int, int]]) -> list[blocks.BlockFlows]:
        return list(weighted.compute(after, demand_after, tasks, cut_off_min=cut_off_min))

    change = changes(before, after, is_exact=True)
    again = np.ones(len(demand_after.origin), dtype=bool)
    if _same_demand(before, after, demand_before, demand_after):
        again = touched(change, demand_after.origin, *_bounds(cut_off_min, None))
    parts, computed = _take_over(change, done, again, compute)
    whole = weighted.add_up(after, parts, keep_parts=True)
    return Reloading(whole, computed, blocks.number(len(demand_after.origin)))


def _bounds(cut_off_min: float | None, tolerance: detours.Tolerance | None) -> tuple[int, int]:
    """Return how far trees reach and which slack an arc in use can have, both in milliseconds."""
    limit = limit_ms(cut_off_min)
    if tolerance is None:
        return limit, 0
    return detours.reach_ms(limit, tolerance.ratio), int((tolerance.ratio - 1.0) * limit) + 1


def _take_over(
    change: Changes, done: loading.Loading, again: NDArray[np.bool_], compute: Compute
) -> tuple[list[blocks.BlockFlows], int]:
    """Compute the blocks with an origin in `again`, and lay the others' flows between them."""
    number = blocks.number(len(again))
    wanted = np.zeros(number, dtype=bool)
    wanted[np.flatnonzero(again) // blocks.ORIGINS] = True
    if wanted.all() or not done.parts:
        return compute(blocks.chunks(number, blocks.threads())), number
    tasks = _stretches(wanted)
    fresh = {begin + place: part.of(place) for (begin, end), part in zip(tasks, compute(tasks), strict=True)
             for place in range(end - begin)}  # fmt: skip
    old = through(change, blocks.joined(done.parts))
    return [fresh[block] if wanted[block] else old.of(block) for block in range(number)], int(wanted.sum())


def _stretches(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Cut the wanted blocks into chunks of neighbours."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    most = max(int(wanted.sum()) // (2 * blocks.threads()), 1)
    return [
        (first, min(first + most, int(end)))
        for begin, end in edges.reshape(-1, 2)
        for first in range(int(begin), int(end), most)
    ]


def _other_trips(
    before: Graph, after: Graph, trips_before: loading.Trips, trips_after: loading.Trips
) -> NDArray[np.bool_]:
    """Tell which origins go elsewhere, or in other numbers; both have the same origins."""
    ends = before.node_ids[trips_before.destination], after.node_ids[trips_after.destination]
    if np.array_equal(trips_before.first, trips_after.first) and ends[0].equals(ends[1]):
        rows = (trips_before.amount != trips_after.amount).any(axis=1)
        return np.asarray(np.bincount(np.repeat(np.arange(len(trips_after.origin)), np.diff(trips_after.first)),
                                      weights=rows, minlength=len(trips_after.origin)) > 0)  # fmt: skip
    found = np.ones(len(trips_after.origin), dtype=bool)
    for place in range(len(found)):
        one, other = (slice(trips.first[place], trips.first[place + 1]) for trips in (trips_before, trips_after))
        if one.stop - one.start == other.stop - other.start:
            same_ends = ends[0][one].equals(ends[1][other])
            found[place] = not (same_ends and np.array_equal(trips_before.amount[one], trips_after.amount[other]))
    return found


def _same_demand(before: Graph, after: Graph, one: weighted.Demand, other: weighted.Demand) -> bool:
    pulled = [on.node_ids[demand.pull > 0] for on, demand in ((before, one), (after, other))]
    return bool(
        before.node_ids[one.origin].equals(after.node_ids[other.origin])
        and pulled[0].equals(pulled[1])
        and np.array_equal(one.pull[one.pull > 0], other.pull[other.pull > 0])
        and np.array_equal(one.weight, other.weight)
        and np.array_equal(one.decay, other.decay)
        and (one.step_ms, one.is_constrained) == (other.step_ms, other.is_constrained)
    )
