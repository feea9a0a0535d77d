"""What the benchmark of flows measures of our own code, each in a process of its own.

`python -m tests.benchmarks.assignment_ours WORK FOLDER RADIUS_M [ARGUMENT]`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from movement.assignment import blocks, detours, loading, weighted
from movement.assignment.changed_arcs import changes
from movement.assignment.graph import Graph
from movement.assignment.reuse import Reloading, reload_weighted
from movement.assignment.skims import skim
from tests.assignment import enumerated
from tests.benchmarks import assignment_timing
from tests.benchmarks.assignment_graphs import (
    DECAY_PER_M,
    SEED,
    Places,
    demand,
    draw_places,
    read_graph,
    read_places,
    read_streets,
)
from tests.benchmarks.assignment_timing import MOST, timed

METRES_A_MINUTE = 60.0  # a millimetre is a millisecond
RATIO = 1.15
_GROUPS = 10
_WALL_M, _GAP_M, _NEW_M = 3000.0, 1500.0, 1000.0
_TOLD_EVERY_S = 10.0
Found = dict[str, Any]


def flows(folder: Path, radius_m: float, how: str = "split") -> Found:
    """Time flows of weighted origins; tell the sums that peers must agree on."""
    on = read_graph(folder)
    asked = demand(on, read_places(folder), radius_m)
    minutes, is_split = radius_m / METRES_A_MINUTE, how == "split"
    found = timed(lambda: weighted.load_weighted(on, asked, cut_off_min=minutes, split_ties=is_split))
    flow = found["result"].flows[:, 0]
    own = asked.weight * asked.pull[asked.origin]
    trips = float((asked.weight * weighted.accessibility(on, asked, cut_off_min=minutes)).sum() - own.sum())
    return found | {"total": float((flow * link_lengths(on)).sum()), "passing": float(flow.sum()) - trips}


def reach(folder: Path, radius_m: float) -> Found:
    """Time the accessibility of every node, with the one decay pandana has."""
    on = read_graph(folder)
    asked = demand(on, read_places(folder), radius_m, per_m=1 / radius_m)
    every = replace(asked, origin=np.arange(len(on.node_ids)), weight=np.ones(len(on.node_ids)))
    found = timed(lambda: weighted.accessibility(on, every, cut_off_min=radius_m / METRES_A_MINUTE))
    return found | {"total": float(found["result"].sum())}


def settled(folder: Path, radius_m: float) -> Found:
    """Time flows, and count the nodes within the radius of all origins, each once per origin."""
    on = read_graph(folder)
    asked, minutes = demand(on, read_places(folder), radius_m), radius_m / METRES_A_MINUTE
    found = timed(lambda: weighted.load_weighted(on, asked, cut_off_min=minutes))
    even = replace(asked, pull=np.ones(len(on.node_ids)), decay=np.ones(len(asked.decay)))
    return found | {"settled": float(weighted.accessibility(on, even, cut_off_min=minutes).sum())}


def country(folder: Path, radius_m: float, origins: str = "0") -> Found:
    """Time flows once per call with progress shown; `origins`: how many, one beside the other, 0 for all there are."""
    on = read_graph(folder)
    asked = demand(on, read_places(folder), radius_m)
    part = slice(0, int(origins) or len(asked.origin))
    asked = replace(asked, origin=asked.origin[part], weight=asked.weight[part])
    minutes = radius_m / METRES_A_MINUTE
    few = replace(asked, origin=asked.origin[:64], weight=asked.weight[:64])
    weighted.load_weighted(on, few, cut_off_min=minutes)  # kernels compiled, arcs packed
    found = timed(lambda: weighted.load_weighted(on, asked, cut_off_min=minutes, progress=time_left()))
    return found | {"origins": len(asked.origin), "nodes": len(on.node_ids)}


def time_left() -> Callable[[int, int], None]:
    """Print, every ten seconds, how far the work is and how long it will take."""
    begin = told = time.perf_counter()

    def tell(done: int, whole: int) -> None:
        nonlocal told
        now = time.perf_counter()
        if now - told >= _TOLD_EVERY_S or done == whole:
            told, left = now, (now - begin) * (whole - done) / done
            print(
                f"    {done * blocks.ORIGINS:,} of {whole * blocks.ORIGINS:,} origins, {left:.0f} s left",
                file=sys.stderr,
            )

    return tell


def tolerant(folder: Path, radius_m: float, origins: str) -> Found:
    """Time detour-tolerant flows of a gravity demand and the listing of all their paths; tell how far apart."""
    on, places = read_graph(folder), read_places(folder)
    picked = np.sort(np.random.default_rng(SEED).choice(len(places.origin), int(origins), replace=False))
    start, end, minutes = on.place(places.origin[picked]), on.place(places.destination), radius_m / METRES_A_MINUTE
    metres = METRES_A_MINUTE * skim(on, start, end, cut_off_min=minutes).impedance_min
    row, column = np.nonzero(np.isfinite(metres) & (metres > 0))
    trips = places.weight[picked][row] * places.pull[column] * np.exp(-DECAY_PER_M * metres[row, column])
    from_node, to_node, choice = start[row], end[column], detours.Tolerance(RATIO)
    ours = timed(
        lambda: detours.load_tolerant(on, from_node, to_node, trips[:, None], tolerance=choice, cut_off_min=minutes)
    )
    # listing goes by the end of trips; costs are alike both ways, so it may go by whichever ends are fewer
    few, many = (to_node, from_node) if len(end) <= len(start) else (from_node, to_node)
    theirs = timed(lambda: enumerated.flows(on, many, few, trips, ratio=RATIO, per_min=0.0, cut_off_min=minutes))
    exact, paths, cut = theirs["result"]
    apart = float(np.abs(ours["result"].flows[:, 0] - exact).sum() / exact.sum())
    worst = 0.0
    for some in np.array_split(start, _GROUPS):
        here = np.isin(from_node, some)
        mine = detours.load_tolerant(
            on, from_node[here], to_node[here], trips[here, None], tolerance=choice, cut_off_min=minutes
        ).flows[:, 0]
        listed, _, _ = enumerated.flows(
            on, many[here], few[here], trips[here], ratio=RATIO, per_min=0.0, cut_off_min=minutes
        )
        worst = max(worst, float(np.abs(mine - listed).sum() / listed.sum()))
    return ours | {"exact_seconds": theirs["seconds"], "wape": apart, "worst": worst, "paths": paths, "cut": cut}


def scenario(folder: Path, radius_m: float, origins: str, every: str) -> Found:
    """Time scenarios after the run before them, and their full runs; tell whether both give the same bytes.

    Each scenario opens one of the links through a wall, those that lie in the middle in turn. Both ways begin with its
    graph and demand as just made, and end with the sum of its flows: packing the graph is in both, finding what changed
    and whom it touches in the scenario's. Seconds are of all scenarios together, ratios the median of each's.

    `origins`: how many, and as many destinations, drawn anew; `every`: how many links further the next scenario's lies.
    """
    before, scenarios = wall(folder)
    places = draw_places(read_streets(folder).points, int(origins), np.inf)
    one = demand(before, places, radius_m)
    done = weighted.load_weighted(before, one, cut_off_min=radius_m / METRES_A_MINUTE, keep_parts=True)
    found = pd.DataFrame([_reused(before, after, one, done, places, radius_m) for after in scenarios[:: int(every)]])
    ratio = found["full_seconds"] / found["seconds"]
    busy, more = (found["full_processor_seconds"] / found["processor_seconds"], found["full_seconds"] / found["known"])
    sums: Found = found.sum().to_dict()
    return sums | {
        "ratio": ratio.median(), "least": ratio.min(), "busy": busy.median(), "more": more.median(),
        "same": float(found["same"].all()), "scenarios": len(found), "result": None,
    }  # fmt: skip


def _reused(
    before: Graph, after: Graph, one: weighted.Demand, done: loading.Loading, places: Places, radius_m: float
) -> Found:
    other, minutes = demand(after, places, radius_m), radius_m / METRES_A_MINUTE
    made = iter([unused(after) for _ in range(2 * (MOST + 1))])

    def anew() -> Reloading:
        return reload_weighted(changes(before, next(made), is_exact=True), one, other, done, cut_off_min=minutes)

    full = timed(lambda: weighted.load_weighted(next(made), other, cut_off_min=minutes))
    again, known = timed(anew), changes(before, after, is_exact=True)
    more = timed(lambda: reload_weighted(known, one, other, done, cut_off_min=minutes))
    found = again["result"]
    return {
        "seconds": again["seconds"],
        "processor_seconds": again["processor_seconds"],
        "full_seconds": full["seconds"],
        "full_processor_seconds": full["processor_seconds"],
        "known": more["seconds"],
        "computed": found.computed,
        "blocks": found.blocks,
        "same": full["result"].flows.tobytes() == found.loading.flows.tobytes(),
    }


def unused(on: Graph) -> Graph:
    """Return a graph as one is just made: nothing packed, turned or looked up in it yet."""
    names = {name: pd.Index(getattr(on, name).to_numpy().copy()) for name in ("node_ids", "link_ids")}
    return replace(on, **names)


def wall(folder: Path) -> tuple[Graph, list[Graph]]:
    """Return a graph cut by a wall with two ways across, and it with one link between these two open again, each."""
    drawn = read_streets(folder)
    middle = (drawn.points.min(axis=0) + drawn.points.max(axis=0)) / 2
    side = drawn.points[drawn.ends, 0] - middle[0]
    up = drawn.points[drawn.ends, 1].mean(axis=1) - middle[1]
    across = np.flatnonzero((side[:, 0] * side[:, 1] < 0) & (np.abs(up) < _WALL_M))
    kept = across[np.argsort(np.abs(np.abs(up[across]) - _GAP_M))[:2]]
    walled = np.setdiff1d(across, kept)
    opened = walled[np.abs(up[walled]) < _NEW_M]
    return drawn.graph(without=tuple(walled)), [drawn.graph(without=tuple(walled[walled != new])) for new in opened]


def link_lengths(on: Graph) -> np.ndarray:
    """Return the length of each link in metres."""
    length = np.zeros(len(on.link_ids))
    length[on.link] = on.length_m
    return length


WORKS: dict[str, Callable[..., Found]] = {
    work.__name__: work for work in (flows, reach, settled, country, tolerant, scenario)
}

if __name__ == "__main__":
    assignment_timing.tell(WORKS[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:]))
