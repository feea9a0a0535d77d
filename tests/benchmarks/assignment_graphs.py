"""Graphs and demand for the benchmark of flows, made once and kept as files, so that no measured process makes any.

`python -m tests.benchmarks.assignment_graphs KIND NODES FOLDER PLACES WINDOW_M` writes `streets.npz` (what peers read),
`graph.npz` (our finished graph) and `demand.npz`, and prints how long our graph took. Nodes lie in spatial order in all
of them, so that peers have the same good of it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from movement.assignment.graph import Graph, hilbert
from movement.assignment.weighted import Demand
from tests.assignment.planar import MEAN_LINK_M, Streets, streets

SEED = 7
DECAY_PER_M = 0.002
_LINKS_PER_NODE = 1.3
_JITTER = 0.3


@dataclass(frozen=True)
class Places:
    """Weighted origins and destinations, by number of the node."""

    origin: np.ndarray
    weight: np.ndarray
    destination: np.ndarray
    pull: np.ndarray


def make(kind: str, nodes: int, folder: Path, *, places: float, window_m: float) -> dict[str, float]:
    """Draw streets and demand and write them.

    `kind`: `planar` as in the tests, or `grid`, which takes no memory to speak of; `places`: how many origins, and as
    many destinations, or their share of nodes where below 1; `window_m`: side of the square in the middle they lie in.
    """
    drawn = in_order({"planar": lambda: streets(nodes, seed=SEED), "grid": lambda: grid(nodes, seed=SEED)}[kind]())
    np.savez(folder / "streets.npz", points=drawn.points, ends=drawn.ends, length_mm=drawn.length_mm)
    begin = time.perf_counter()
    on = drawn.graph()
    seconds = time.perf_counter() - begin
    write_graph(on, folder / "graph.npz")
    found = draw_places(drawn.points, round(places * nodes) if places < 1 else int(places), window_m)
    np.savez(folder / "demand.npz", **vars(found))
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def in_order(drawn: Streets) -> Streets:
    """Number nodes along the Hilbert curve."""
    order = np.argsort(hilbert(*drawn.points.T), kind="stable")
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    return Streets(drawn.points[order], number[drawn.ends], drawn.length_mm)


def grid(nodes: int, *, seed: int) -> Streets:
    """Draw a jittered grid of which a part of the links is dropped; a few nodes are cut off."""
    random = np.random.default_rng(seed)
    side = int(np.sqrt(nodes))
    number = np.arange(side * side).reshape(side, side)
    ends = np.concatenate([np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
                           np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)])  # fmt: skip
    ends = ends[random.random(len(ends)) < _LINKS_PER_NODE / 2]
    points = np.stack([number.ravel() % side, number.ravel() // side], axis=1) + random.uniform(
        -_JITTER, _JITTER, (side * side, 2)
    )
    straight = np.hypot(*(points[ends[:, 0]] - points[ends[:, 1]]).T)
    scale = MEAN_LINK_M / straight.mean()
    bends = 1 + 0.15 * random.random(len(ends))
    return Streets(points * scale, ends, np.rint(straight * scale * bends * 1000).astype(np.int64))


def draw_places(points: np.ndarray, number: int, window_m: float) -> Places:
    """Draw weighted nodes in the square in the middle."""
    random = np.random.default_rng(SEED + 1)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    inside = np.flatnonzero((np.abs(points - middle) <= window_m / 2).all(axis=1))
    origin, destination = (np.sort(random.choice(inside, number, replace=False)) for _ in range(2))
    return Places(origin, random.integers(1, 50, number) * 1.0, destination, random.integers(1, 20, number) * 1.0)


def write_graph(on: Graph, file: Path) -> None:
    """Write our finished graph."""
    np.savez(file, **{field.name: getattr(on, field.name) for field in fields(on)})


def read_graph(folder: Path) -> Graph:
    """Read our finished graph."""
    with np.load(folder / "graph.npz") as kept:
        columns = {name: kept[name] for name in kept.files}
    ids = {name: pd.Index(columns.pop(name)) for name in ("node_ids", "link_ids")}
    return Graph(**ids, **columns)


def read_streets(folder: Path) -> Streets:
    """Read what peers read."""
    with np.load(folder / "streets.npz") as kept:
        return Streets(kept["points"], kept["ends"], kept["length_mm"])


def read_places(folder: Path) -> Places:
    """Read origins and destinations."""
    with np.load(folder / "demand.npz") as kept:
        return Places(**{name: kept[name] for name in kept.files})


def demand(on: Graph, places: Places, radius_m: float, *, per_m: float = DECAY_PER_M) -> Demand:
    """Give places the form ours takes; straight between the decay's values a metre apart it is exact to 5e-7."""
    at = on.place(places.origin)
    order = np.argsort(at)
    pull = np.zeros(len(on.node_ids))
    pull[on.place(places.destination)] = places.pull
    return Demand(at[order], places.weight[order], pull, np.exp(-per_m * np.arange(radius_m + 2)), 1000)


if __name__ == "__main__":
    told = make(
        sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), places=float(sys.argv[4]), window_m=float(sys.argv[5])
    )
    print(json.dumps(told))
