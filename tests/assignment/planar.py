"""Street-like planar graphs for tests and benchmarks: jittered points, their spanning tree, and short links between."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

from movement.assignment.graph import Graph, arrange

MEAN_LINK_M = 60.0


@dataclass(frozen=True)
class Streets:
    """Points (metres), links as pairs of points, and lengths in whole millimetres."""

    points: np.ndarray
    ends: np.ndarray
    length_mm: np.ndarray

    def graph(self, *, without: tuple[int, ...] = (), prefix: str = "") -> Graph:
        """Both ways along each link; a millisecond a millimetre, so that 1 minute is 60 m."""
        kept = np.setdiff1d(np.arange(len(self.ends)), without)
        one, other, mm = self.ends[kept, 0], self.ends[kept, 1], self.length_mm[kept]
        names = np.concatenate([kept, kept])
        nodes = pd.DataFrame(self.points, columns=["x", "y"], index=pd.RangeIndex(len(self.points)))
        tail, head = np.concatenate([one, other]), np.concatenate([other, one])
        both = np.concatenate([mm, mm])
        link = np.array([f"{prefix}{name}" for name in names], dtype=object) if prefix else names
        return arrange(tail, head, link, both, both / 1000, nodes=nodes)


def streets(nodes: int, *, seed: int, links_per_node: float = 1.3) -> Streets:
    """Draw streets; every node is reached from every other."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(nodes)))
    cells = random.permutation(side * side)[:nodes]
    points = np.stack([cells % side, cells // side], axis=1) + random.uniform(-0.4, 0.4, (nodes, 2))
    corners = Delaunay(points).simplices
    ends = np.unique(
        np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0
    )
    straight = np.hypot(*(points[ends[:, 0]] - points[ends[:, 1]]).T)
    tree = minimum_spanning_tree(coo_array((straight, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))).tocoo()
    key = ends[:, 0].astype(np.int64) * nodes + ends[:, 1]
    first, second = np.minimum(tree.row, tree.col), np.maximum(tree.row, tree.col)
    in_tree = np.isin(key, first.astype(np.int64) * nodes + second)
    spare = np.flatnonzero(~in_tree & (straight < 2.0))
    more = max(int(links_per_node * nodes) - int(in_tree.sum()), 0)
    chosen = spare[np.argsort(random.exponential(size=len(spare)) * straight[spare] ** 2)[:more]]
    kept = np.sort(np.concatenate([np.flatnonzero(in_tree), chosen]))
    scale = MEAN_LINK_M / straight[kept].mean()
    bends = 1 + 0.15 * random.random(len(kept))
    return Streets(points * scale, ends[kept], np.rint(straight[kept] * scale * bends * 1000).astype(np.int64))
