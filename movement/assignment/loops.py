"""Short loops of a graph, so that ways which close one can be told from ways that do not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from movement.assignment import trees

_MOST_OF_A_NODE = 24  # loops that begin at one node; where there are more, only the shorter ones are listed
_SHORTER = 0.75
_DEEPEST = 64
_LOW = 0xFFFFFFFF


class Loops(NamedTuple):
    """Directed loops that visit no node twice.

    `first`: where each loop's arcs start in `arc`, and one more; `cost_ms` of each; `of_arc`, `loop`: the loops that
    each arc belongs to and so can close, `of_arc[a]` to `of_arc[a + 1]` of `loop`; `place`: where each of these stands
    in `arc`, and `closer` the other way round.
    """

    first: trees.Integers
    arc: trees.Integers
    cost_ms: trees.Integers
    of_arc: trees.Integers
    loop: trees.Integers
    place: trees.Integers
    closer: trees.Integers


def loops(graph: trees.Arcs, most_ms: float) -> Loops:
    """List the loops up to a length; turning on the spot is none.

    Where more than 24 begin at one node (the first of its nodes), the longer ones of that node are left out.
    """
    first, arc = _list_loops(graph, np.int64(most_ms))
    cost = np.add.reduceat(graph.ahead[arc] >> 32, first[:-1]) if len(arc) else np.zeros(0, np.int64)
    number = np.repeat(np.arange(len(first) - 1), np.diff(first))
    order = np.argsort(arc, kind="stable")
    of_arc = np.concatenate([[0], np.cumsum(np.bincount(arc, minlength=len(graph.ahead)))]).astype(np.int64)
    closer = np.empty(len(order), np.int64)
    closer[order] = np.arange(len(order))
    return Loops(first, arc, cost.astype(np.int64), of_arc, number[order], order, closer)


@njit(cache=True, nogil=True)
def _list_loops(graph, most_ms):
    first, arcs = [np.int64(0)], [np.int64(0)]
    arcs.pop()
    on_path = np.zeros(len(graph.first) - 1, np.uint8)
    path, spent = np.zeros(_DEEPEST + 1, np.int64), np.zeros(_DEEPEST + 1, np.int64)
    for start in range(len(graph.first) - 1):
        bound, number, ends = most_ms, len(first), len(arcs)
        while not _loops_from(graph, start, bound, on_path, path, spent, first, arcs, number):
            bound = np.int64(bound * _SHORTER)
            while len(first) > number:
                first.pop()
            while len(arcs) > ends:
                arcs.pop()
    return np.array(first), np.array(arcs)


@njit(cache=True, nogil=True)
def _loops_from(graph, start, bound, on_path, path, spent, first, arcs, number):
    """Append the loops whose first node is `start`; False where there are too many."""
    depth = 0
    node = np.int64(start)
    path[0], spent[0] = graph.first[start], 0
    nodes = np.zeros(_DEEPEST + 1, np.int64)
    nodes[0] = start
    steps = 0
    while depth >= 0:
        node, arc = nodes[depth], path[depth]
        if arc >= graph.first[node + 1]:
            on_path[node] = 0
            depth -= 1
            continue
        path[depth] += 1
        head, there = graph.ahead[arc] & _LOW, spent[depth] + (graph.ahead[arc] >> 32)
        if there > bound or head < start:
            continue
        steps += 1
        if steps > 200 * _MOST_OF_A_NODE or len(first) - number > _MOST_OF_A_NODE:
            for place in range(depth + 1):
                on_path[nodes[place]] = 0
            return False
        if head == start:
            is_turn = depth == 1 and graph.behind[path[0] - 1] >> 32 == graph.behind[arc] >> 32
            if depth > 0 and not is_turn:
                for place in range(depth):
                    arcs.append(path[place] - 1)
                arcs.append(arc)
                first.append(np.int64(len(arcs)))
        elif on_path[head] == 0 and depth + 1 < _DEEPEST:
            on_path[head] = 1
            depth += 1
            nodes[depth], path[depth], spent[depth] = head, graph.first[head], there
    return True
