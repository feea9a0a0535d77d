"""The peers of the benchmark of flows, each called the fastest way its documentation shows.

`python -m tests.benchmarks.assignment_peers PEER FOLDER RADIUS_M`: times weighted flows on cheapest paths. A
peer that is not installed is told as missing. Each peer is a function of a task that sets up and returns what is to
be timed; what that returns is the flow per link, but for cityseer, which counts who passes each node.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from tests.benchmarks import assignment_timing
from tests.benchmarks.assignment_graphs import DECAY_PER_M, Places, read_places, read_streets

_CELLS = 2e7  # of a dense table of distances at a time
Run = Callable[[], np.ndarray]


@dataclass(frozen=True)
class Task:
    """Streets, demand and radius, as any tool can take them."""

    points: np.ndarray
    ends: np.ndarray
    length_m: np.ndarray
    places: Places
    radius_m: float

    @cached_property
    def matrix(self) -> csr_array:
        one, other = self.ends.T
        both = np.concatenate([one, other]), np.concatenate([other, one])
        size = (len(self.points), len(self.points))
        return coo_array((np.concatenate([self.length_m, self.length_m]), both), shape=size).tocsr()

    @cached_property
    def near(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (places among origins and destinations) whose straight line is within the radius."""
        trees = [cKDTree(self.points[ends]) for ends in (self.places.origin, self.places.destination)]
        found = trees[0].query_ball_tree(trees[1], self.radius_m)
        number = np.array([len(ends) for ends in found])
        return np.repeat(np.arange(len(found)), number), np.concatenate([np.sort(ends) for ends in found]).astype(int)

    @cached_property
    def of_pair(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Link between neighbouring nodes."""
        key = self.ends.min(axis=1) * len(self.points) + self.ends.max(axis=1)
        order = np.argsort(key)
        sorted_keys = key[order]

        def link(one: np.ndarray, other: np.ndarray) -> np.ndarray:
            wanted = np.minimum(one, other).astype(np.int64) * len(self.points) + np.maximum(one, other)
            return np.asarray(order[np.searchsorted(sorted_keys, wanted)])

        return link

    def trips(self) -> np.ndarray:
        """Trips of every origin to every destination; zero beyond the radius and from a node to itself."""
        size, places = max(1, int(_CELLS / len(self.points))), self.places
        trips = np.zeros((len(places.origin), len(places.destination)))
        for begin in range(0, len(trips), size):
            part = slice(begin, begin + size)
            away = dijkstra(self.matrix, indices=places.origin[part], limit=self.radius_m)[:, places.destination]
            trips[part] = places.weight[part, None] * places.pull * np.exp(-DECAY_PER_M * away)
        trips[places.origin[:, None] == places.destination] = 0.0
        return trips


def scipy_flows(task: Task) -> Run:
    """Distances and predecessors of a batch of origins, carried back level by level; one thread."""
    nodes, places = len(task.points), task.places
    pull, size = np.zeros(nodes), max(1, min(64, int(_CELLS / nodes)))
    pull[places.destination] = places.pull
    link_of, matrix = task.of_pair, task.matrix
    place = np.zeros(size * nodes, np.int32)

    def batch(begin: int) -> tuple[np.ndarray, np.ndarray]:
        origins = places.origin[begin : begin + size]
        away, before = dijkstra(matrix, indices=origins, limit=task.radius_m, return_predecessors=True)
        reached = np.flatnonzero(np.isfinite(away))
        row, node = np.divmod(reached, nodes)
        back = before.ravel()[reached]
        is_origin = back < 0
        place[reached] = np.arange(len(reached))
        parent = place[row * nodes + np.maximum(back, 0)]
        flow = places.weight[begin + row] * pull[node] * np.exp(-DECAY_PER_M * away.ravel()[reached])
        for level in _levels(parent, is_origin):
            np.add.at(flow, parent[level], flow[level])
        moving = ~is_origin & (flow > 0)
        return link_of(node[moving], back[moving]), flow[moving]

    def run() -> np.ndarray:
        flows = np.zeros(len(task.ends))
        for begin in range(0, len(places.origin), size):
            link, flow = batch(begin)
            flows += np.bincount(link, flow, len(flows))
        return flows

    return run


def _levels(parent: np.ndarray, is_origin: np.ndarray) -> list[np.ndarray]:
    """List the nodes of trees by their depth, deepest first, without the roots."""
    depth = np.zeros(len(parent), np.int32)
    moving = np.flatnonzero(~is_origin)
    above = parent[moving]
    while len(moving):
        depth[moving] += 1
        on = ~is_origin[above]
        moving, above = moving[on], parent[above[on]]
    order = np.argsort(depth, kind="stable")
    return np.split(order, np.cumsum(np.bincount(depth))[:-1])[:0:-1]


def cityseer_flows(task: Task) -> Run:
    """Betweenness of a matrix of trips, with the decay as its expression; threads of its own."""
    from cityseer import rustalgos

    net = rustalgos.graph.NetworkStructure()
    for number, (x, y) in enumerate(task.points.tolist()):
        net.add_street_node(number, x, y, True, 1.0)
    straight = np.hypot(*(task.points[task.ends[:, 0]] - task.points[task.ends[:, 1]]).T)
    for (one, other), factor in zip(task.ends.tolist(), (task.length_m / straight).tolist(), strict=True):
        (x, y), (u, v) = task.points[one].tolist(), task.points[other].tolist()
        net.add_street_edge(one, other, 0, one, other, f"LINESTRING({x} {y}, {u} {v})", imp_factor=factor)
        net.add_street_edge(other, one, 0, other, one, f"LINESTRING({u} {v}, {x} {y})", imp_factor=factor)
    start, end = task.near
    places = task.places
    trips = rustalgos.centrality.OdMatrix(
        places.origin[start].tolist(),
        places.destination[end].tolist(),
        (places.weight[start] * places.pull[end]).tolist(),
    )
    radius, decay = int(task.radius_m), [("flow", f"exp(-{DECAY_PER_M} * c)")]

    def run() -> np.ndarray:
        found = net.betweenness_od_shortest(trips, [radius], betweenness_exprs=decay, speed_m_s=1.0, pbar_disabled=True)
        return np.asarray(found.metrics["flow"][radius])

    return run


def pandana_flows(task: Task) -> Run:
    """Paths of all pairs near each other over its contraction hierarchy, in one call; threads of its own."""
    import pandana

    net = pandana.Network(
        pd.Series(task.points[:, 0]), pd.Series(task.points[:, 1]), pd.Series(task.ends[:, 0]),
        pd.Series(task.ends[:, 1]), pd.DataFrame({"length_m": task.length_m}), twoway=True,
    )  # fmt: skip
    start, end = task.near
    places, link_of = task.places, task.of_pair
    from_node, to_node = places.origin[start], places.destination[end]
    worth = places.weight[start] * places.pull[end]

    def run() -> np.ndarray:
        paths = net.shortest_paths(from_node, to_node)
        number = np.fromiter(map(len, paths), int, len(paths))
        node, pair = np.concatenate(paths).astype(np.int64), np.repeat(np.arange(len(paths)), number)
        steps = np.flatnonzero(pair[1:] == pair[:-1])
        link, pair = link_of(node[steps], node[steps + 1]), pair[steps]
        away = np.bincount(pair, task.length_m[link], len(paths))
        flow = worth * np.exp(-DECAY_PER_M * away) * (away <= task.radius_m)
        return np.bincount(link, flow[pair], len(task.ends))

    return run


def igraph_flows(task: Task) -> Run:
    """Paths of an origin to the destinations near it, an origin a call; one thread."""
    import igraph

    net = igraph.Graph(n=len(task.points), edges=task.ends.tolist())
    net.es["length_m"] = task.length_m
    start, end = task.near
    first = np.searchsorted(start, np.arange(len(task.places.origin) + 1))
    near = [end[first[at] : first[at + 1]] for at in range(len(task.places.origin))]
    places = task.places
    ends = [places.destination[some].tolist() for some in near]

    def run() -> np.ndarray:
        flows = np.zeros(len(task.ends))
        for at, origin in enumerate(places.origin.tolist()):
            paths = net.get_shortest_paths(origin, to=ends[at], weights="length_m", output="epath")
            number = np.fromiter(map(len, paths), int, len(paths))
            if number.sum() == 0:
                continue
            link, pair = np.concatenate(paths).astype(np.int64), np.repeat(np.arange(len(paths)), number)
            away = np.bincount(pair, task.length_m[link], len(paths))
            flow = places.weight[at] * places.pull[near[at]] * np.exp(-DECAY_PER_M * away) * (away <= task.radius_m)
            flows += np.bincount(link, flow[pair], len(flows))
        return flows

    return run


def aequilibrae_flows(task: Task) -> Run:
    """All-or-nothing of a matrix of trips that is computed before and not counted; threads of its own."""
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph
    from aequilibrae.paths.all_or_nothing import allOrNothing
    from aequilibrae.paths.results import AssignmentResults

    places = task.places
    zones = np.unique(np.concatenate([places.origin, places.destination]))
    net = Graph()
    net.network = pd.DataFrame(
        {"link_id": np.arange(1, len(task.ends) + 1), "a_node": task.ends[:, 0] + 1, "b_node": task.ends[:, 1] + 1,
         "direction": 0, "distance_ab": task.length_m, "distance_ba": task.length_m}
    )  # fmt: skip
    net.mode = "w"
    net.prepare_graph((zones + 1).astype(np.int64))
    net.set_graph("distance")
    net.set_blocked_centroid_flows(False)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=len(zones), matrix_names=["trips"], memory_only=True)
    matrix.index[:] = zones + 1
    table = np.zeros((len(zones), len(zones)))
    table[np.ix_(np.searchsorted(zones, places.origin), np.searchsorted(zones, places.destination))] = task.trips()
    matrix.matrices[:, :, 0] = table
    matrix.computational_view(["trips"])
    results = AssignmentResults()
    results.set_cores(assignment_timing.THREADS)
    results.prepare(net, matrix)

    def run() -> np.ndarray:
        results.reset()
        allOrNothing("trips", matrix, net, results).execute()
        return np.asarray(results.get_load_results()["trips_tot"])

    return run


def pandana_reach(task: Task, *, is_precomputed: bool = False) -> Run:
    """Sum of what is reached from every node; the only decay it has is exp(-d / radius)."""
    import pandana

    net = pandana.Network(
        pd.Series(task.points[:, 0]), pd.Series(task.points[:, 1]), pd.Series(task.ends[:, 0]),
        pd.Series(task.ends[:, 1]), pd.DataFrame({"length_m": task.length_m}), twoway=True,
    )  # fmt: skip
    net.set(pd.Series(task.places.destination), variable=pd.Series(task.places.pull), name="pull")
    if is_precomputed:
        net.precompute(task.radius_m)
    return lambda: np.asarray(net.aggregate(task.radius_m, type="sum", decay="exp", name="pull"))


def pandana_reach_again(task: Task) -> Run:
    """Do what `pandana_reach` does after storing what each node reaches, which is set-up then."""
    return pandana_reach(task, is_precomputed=True)


FLOWS = {"cityseer": cityseer_flows, "aequilibrae": aequilibrae_flows, "pandana": pandana_flows,
         "igraph": igraph_flows, "scipy": scipy_flows}  # fmt: skip
_RUNS = FLOWS | {"reach": pandana_reach, "reach_again": pandana_reach_again}


def read_task(folder: Path, radius_m: float) -> Task:
    """Read what a peer needs."""
    drawn = read_streets(folder)
    return Task(drawn.points, drawn.ends, drawn.length_mm / 1000, read_places(folder), radius_m)


def main(peer: str, folder: str, radius_m: str) -> None:
    """Set up, time, and tell the total that all tools must agree on."""
    logging.disable(logging.WARNING)
    task = read_task(Path(folder), float(radius_m))
    begin = time.perf_counter()
    try:
        run = _RUNS[peer](task)
    except ImportError as error:
        return assignment_timing.tell({"missing": str(error)})
    found = {"set_up": time.perf_counter() - begin} | assignment_timing.timed(run)
    by_link = peer in FLOWS and peer != "cityseer"
    total = float((found["result"] * task.length_m).sum() if by_link else np.nansum(found["result"]))
    return assignment_timing.tell(found | {"total": total})


if __name__ == "__main__":
    main(*sys.argv[1:])
