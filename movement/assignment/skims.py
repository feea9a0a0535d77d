"""How long the way is between nodes: minutes and metres, all origins to all targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from movement.assignment import blocks, trees
from movement.assignment.graph import MS_PER_MIN, Graph, limit_ms


@dataclass(frozen=True)
class Skim:
    """Minutes and metres, origins x targets; infinite where there is no way within the cut-off."""

    impedance_min: trees.Reals
    length_m: trees.Reals


def skim(on: Graph, origins: trees.Integers, targets: trees.Integers, *, cut_off_min: float | None = None) -> Skim:
    """Measure the cheapest way from each origin to each target.

    Parameters
    ----------
    on
        Graph.
    origins, targets
        Positions of nodes; -1 (off the network) is reached by nothing.
    cut_off_min
        Longest way looked for, in minutes; none where not given.

    Returns
    -------
    skim
        Metres are those of the cheapest way, of the shortest among equally cheap ones.
    """
    rows, columns = origins >= 0, targets >= 0
    from_nodes, row = np.unique(origins[rows], return_inverse=True)
    to_nodes, column = np.unique(targets[columns], return_inverse=True)
    shape = (len(from_nodes), len(to_nodes))
    cost, metres = np.full(shape, trees.FAR, np.int32), np.full(shape, np.inf)
    limit = limit_ms(cut_off_min)

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        settled = skim_rows(on.arcs, pad, begin, end, from_nodes, to_nodes, on.length_m, limit, cost, metres)
        return (*blocks.nothing(end - begin, 1), settled)

    blocks.run(on.arcs, 1, len(from_nodes), one)
    where, pairs = np.ix_(rows, columns), np.ix_(row, column)
    impedance_min, length_m = (np.full((len(origins), len(targets)), np.inf) for _ in range(2))
    impedance_min[where] = np.where(cost == trees.FAR, np.inf, cost / MS_PER_MIN)[pairs]
    length_m[where] = metres[pairs]
    return Skim(impedance_min, length_m)


@njit(cache=True, nogil=True)
def skim_rows(graph, pad, begin, end, origins, targets, length_m, limit_ms, cost, metres):
    """Write the rows of blocks `begin` to `end` to `cost` (ms) and `metres`; return nodes settled, or FULL."""
    settled = 0
    for row in range(begin * blocks.ORIGINS, min(end * blocks.ORIGINS, len(origins))):
        count, _ = trees.grow(graph, origins[row], limit_ms, pad)
        if count == trees.FULL:
            return count
        settled += count
        order = trees.by_cost(count, pad)
        walked = pad.paths
        for node in order:
            walked[node] = np.inf
        walked[origins[row]] = 0.0
        for node in order:
            for arc in range(graph.first[node], graph.first[node + 1]):
                head, step = graph.ahead[arc] & 0xFFFFFFFF, graph.ahead[arc] >> 32
                if pad.cost_to[head] == pad.cost_to[node] + step:
                    walked[head] = min(walked[head], walked[node] + length_m[arc])
        for column in range(len(targets)):
            cost[row, column] = pad.cost_to[targets[column]]
            if cost[row, column] != trees.FAR:
                metres[row, column] = walked[targets[column]]
        trees.clear(order, pad)
    return settled
