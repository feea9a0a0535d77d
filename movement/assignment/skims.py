"""How long the way is between nodes: minutes and metres, all origins to all targets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from movement.assignment import trees
from movement.assignment.loading import MS_PER_MIN, Graph, limit_ms


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
    cost, metres = trees.skim_trees(
        on.first_arc,
        on.head,
        on.cost_ms,
        on.length_m,
        from_nodes.astype(np.int64),
        to_nodes.astype(np.int64),
        limit_ms(cut_off_min),
    )
    minutes = np.where(cost == trees.UNREACHED, np.inf, cost / MS_PER_MIN)
    shape = (len(origins), len(targets))
    impedance_min, length_m = np.full(shape, np.inf), np.full(shape, np.inf)
    where, pairs = np.ix_(rows, columns), np.ix_(row, column)
    impedance_min[where] = minutes[pairs]
    length_m[where] = metres[pairs]
    return Skim(impedance_min, length_m)
