"""How far our flows are from those of peers that are exact, link by link; nothing is timed.

`python -m tests.benchmarks.assignment_checks PEER FOLDER RADIUS_M`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import dijkstra

from movement.assignment import weighted
from movement.assignment.graph import Graph
from movement.assignment.loading import load
from movement.assignment.skims import skim
from tests.benchmarks import assignment_timing
from tests.benchmarks.assignment_graphs import demand, read_graph
from tests.benchmarks.assignment_peers import Task, aequilibrae_flows, read_task

_EACH_MS = 10_000


def aequilibrae(task: Task, on: Graph) -> dict[str, float]:
    """Compare listed trips on all-or-nothing paths; tell how much flow hangs on ties, of which there must be none."""
    theirs = aequilibrae_flows(task)()
    trips = task.trips()
    row, column = np.nonzero(trips)
    start, end = on.place(task.places.origin[row]), on.place(task.places.destination[column])
    listed = load(on, start, end, trips[row, column][:, None]).flows[:, 0]
    asked = demand(on, task.places, task.radius_m)
    shared, alone = (
        weighted.load_weighted(on, asked, cut_off_min=task.radius_m / 60, split_ties=split).flows
        for split in (True, False)
    )
    return {"apart": _apart(on, listed, theirs), "ties": float(np.abs(shared - alone).max())}


def scipy(task: Task, on: Graph) -> dict[str, float]:
    """Compare distances from origins to all nodes, without a limit."""
    theirs = dijkstra(task.matrix * 1000, indices=task.places.origin)
    every = np.arange(len(task.points))
    ours = skim(on, on.place(task.places.origin), on.place(every)).impedance_min * 60_000
    return {"apart": float(np.nanmax(np.abs(ours - theirs) / np.maximum(theirs, 1)))}


def igraph(task: Task, on: Graph) -> dict[str, float]:
    """Compare one trip between all pairs within the radius, ties split."""
    import igraph as peer

    whole_mm = np.rint(task.length_m * 1000)
    theirs = peer.Graph(n=len(task.points), edges=task.ends.tolist()).edge_betweenness(
        directed=False, cutoff=task.radius_m * 1000, weights=whole_mm.tolist()
    )
    every, one = np.arange(len(on.node_ids)), np.ones(len(on.node_ids))
    even = weighted.Demand(every, one, one, np.ones(int(task.radius_m * 1000) // _EACH_MS + 2), _EACH_MS)
    ours = weighted.load_weighted(on, even, cut_off_min=task.radius_m / 60).flows[:, 0] / 2
    return {"apart": _apart(on, ours, np.array(theirs))}


def _apart(on: Graph, ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference of a link's flow as a share of it."""
    ours = ours[on.link_ids.get_indexer(np.arange(len(theirs)))]
    return float((np.abs(ours - theirs) / np.maximum(np.maximum(ours, theirs), 1e-300)).max())


CHECKS: dict[str, Callable[[Task, Graph], dict[str, float]]] = {
    check.__name__: check for check in (aequilibrae, scipy, igraph)
}


def main(peer: str, folder: str, radius_m: str) -> None:
    """Compare and tell."""
    logging.disable(logging.WARNING)
    try:
        found = CHECKS[peer](read_task(Path(folder), float(radius_m)), read_graph(Path(folder)))
    except ImportError as error:
        found = {"missing": str(error)}  # type: ignore[dict-item]
    assignment_timing.tell(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
