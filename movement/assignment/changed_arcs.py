"""Which arcs a scenario takes away and brings, whose ways they can touch, and how flows carry over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from movement.assignment import blocks, trees
from movement.assignment.graph import Graph

_MOST_ARCS = 2000  # beyond it, asking whose ways they touch takes longer than computing all
_Name = tuple[Any, Any, Any, int]  # tail, head, link, cost


@dataclass(frozen=True)
class Changes:
    """What tells two graphs apart; depends on no trips, so one serves all of a scenario's loadings.

    `gone`, `come`: arcs of `before` and of `after` that the other lacks; `is_part`: arcs among `come` that only cut an
    arc into parts of the same cost together; `link_at`: position in `after` of each link of `before`, -1 where it is
    gone or cut; `pieces`: positions in `after` of the parts of each link that was cut.
    """

    before: Graph
    after: Graph
    gone: trees.Integers
    come: trees.Integers
    is_part: NDArray[np.bool_]
    link_at: trees.Integers
    pieces: Mapping[int, tuple[int, ...]]


def changes(before: Graph, after: Graph, *, is_exact: bool) -> Changes:
    """Compare two graphs arc by arc.

    Parameters
    ----------
    before, after
        Graphs with the same names for the same nodes and links.
    is_exact
        Arcs cut into parts of the same cost together are no change: true of cheapest ways, not of excesses in bins.
    """
    link_at = _positions(after.link_ids, before.link_ids)
    arcs_before, arcs_after = _in_other_rows(before, after, link_at)
    one, other = _named(before, arcs_before), _named(after, arcs_after)
    gone = {arc: name for name, arc in one.items() if name not in other}
    come = {arc: name for name, arc in other.items() if name not in one}
    parts = _cut_into_parts(gone, come, before) if is_exact else {}
    pieces: dict[int, set[int]] = {}
    for arc, chain in parts.items():
        pieces.setdefault(int(before.link[arc]), set()).update(int(after.link[piece]) for piece in chain)
    link_at[list(pieces)] = -1
    part_arcs = [arc for chain in parts.values() for arc in chain]
    return Changes(
        before,
        after,
        np.array([arc for arc in gone if arc not in parts], dtype=np.int64),
        np.array(list(come), dtype=np.int64),
        np.isin(list(come), part_arcs),
        link_at,
        {link: tuple(sorted(found)) for link, found in pieces.items()},
    )


def _positions(index: pd.Index, names: pd.Index) -> trees.Integers:
    if index.equals(names):
        return np.arange(len(names))
    return np.asarray(index.get_indexer(names), dtype=np.int64)


def _in_other_rows(before: Graph, after: Graph, link_at: trees.Integers) -> tuple[trees.Integers, trees.Integers]:
    """Return the arcs of both graphs that stand in rows which are not the same in the other."""
    node_at = _positions(after.node_ids, before.node_ids)
    numbers, others = np.diff(before.first_arc), np.diff(after.first_arc)
    is_same = (node_at >= 0) & (numbers == others[node_at])
    arcs = np.flatnonzero(is_same[before.tail])
    twin = after.first_arc[node_at[before.tail[arcs]]] + arcs - before.first_arc[before.tail[arcs]]
    is_twin = node_at[before.head[arcs]] == after.head[twin]
    is_twin &= before.cost_ms[arcs] == after.cost_ms[twin]
    is_twin &= link_at[before.link[arcs]] == after.link[twin]
    is_same[before.tail[arcs[~is_twin]]] = False
    is_met = np.zeros(len(after.node_ids), dtype=bool)
    is_met[node_at[is_same]] = True
    return np.flatnonzero(~is_same[before.tail]), np.flatnonzero(~is_met[after.tail])


def _named(on: Graph, arcs: trees.Integers) -> dict[_Name, int]:
    """Return arcs by tail, head, link and cost."""
    columns = (on.node_ids[on.tail[arcs]], on.node_ids[on.head[arcs]], on.link_ids[on.link[arcs]], on.cost_ms[arcs])
    return {name: int(arc) for name, arc in zip(zip(*columns, strict=True), arcs, strict=True)}


def _cut_into_parts(gone: dict[int, _Name], come: dict[int, _Name], before: Graph) -> dict[int, list[int]]:
    """Find arcs that go and come back as a chain of the same cost over nodes that are new."""
    if len(gone) > _MOST_ARCS:
        return {}
    leaving: dict[Any, list[tuple[int, _Name]]] = {}
    for arc, name in come.items():
        leaving.setdefault(name[0], []).append((arc, name))
    chains = ((arc, _chain(name, leaving, before)) for arc, name in gone.items())
    return {arc: chain for arc, chain in chains if chain}


def _chain(name: _Name, leaving: dict[Any, list[tuple[int, _Name]]], before: Graph) -> list[int]:
    tail, end, _, cost = name
    waiting: list[tuple[Any, int, list[int]]] = [(tail, int(cost), [])]
    while waiting:
        node, left, chain = waiting.pop()
        for arc, (_, head, _, step) in leaving.get(node, []):
            if head == end and step == left and chain:
                return [*chain, arc]
            if step < left and head not in before.node_ids:
                waiting.append((head, left - int(step), [*chain, arc]))
    return []


def touched(change: Changes, origins: trees.Integers, limit: int, slack: int) -> NDArray[np.bool_]:
    """Tell which origins (positions in `after`) can have other ways.

    Parameters
    ----------
    change
        What tells the graphs apart.
    origins
        Nodes that are in both graphs.
    limit, slack
        How far ways reach, and which slack an arc in use can have, in milliseconds.
    """
    number = len(change.gone) + len(change.come)
    if number > _MOST_ARCS:
        return np.ones(len(origins), dtype=bool)
    there = change.before.place(change.after.node_ids[origins])
    goes = _in_use(change.before, there, change.gone, limit, slack).any(axis=0)
    comes = _in_use(change.after, origins, change.come, limit, slack)
    if slack == 0:
        comes = _lead_on(change, comes)
    return np.asarray(goes | comes[~change.is_part].any(axis=0))


def _in_use(on: Graph, origins: trees.Integers, arcs: trees.Integers, limit: int, slack: int) -> NDArray[np.bool_]:
    """Tell which arcs lie within the slack of which origin's tree: arcs x origins."""
    ends, place = np.unique(np.concatenate([on.tail[arcs], on.head[arcs]]), return_inverse=True)
    cost = costs_to(on, ends, origins, limit)
    to_tail, to_head = cost[place[: len(arcs)]], cost[place[len(arcs) :]]
    there = to_tail + on.cost_ms[arcs][:, None]
    return np.asarray((to_tail < trees.FAR) & (there <= limit) & (there - to_head <= slack))


def _lead_on(change: Changes, in_use: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep arcs into new nodes only where a way goes on from there to a node of before; nobody ends at a new one."""
    tail, head = change.after.tail[change.come], change.after.head[change.come]
    is_new = change.before.node_ids.get_indexer(change.after.node_ids[head]) < 0
    leads: NDArray[np.bool_] = in_use & ~is_new[:, None]
    for _ in range(len(head)):
        more = leads.copy()
        for arc in np.flatnonzero(is_new):
            onward = leads[tail == head[arc]]
            more[arc] |= in_use[arc] & onward.any(axis=0)
        if np.array_equal(more, leads):
            break
        leads = more
    return leads


def costs_to(on: Graph, ends: trees.Integers, origins: trees.Integers, limit: int) -> trees.Integers:
    """Return the cost from origins to ends (ends x origins, ms); FAR where there is no way within the limit."""
    pad = trees.scratch(on.turned, 1)
    out = np.full((len(ends), len(origins)), trees.FAR, dtype=np.int64)
    for row, end in enumerate(ends):
        count, _ = trees.grow(on.turned, end, limit, pad)
        while count == trees.FULL:
            pad = trees.wider(on.turned, pad)
            count, _ = trees.grow(on.turned, end, limit, pad)
        out[row] = pad.cost_to[origins]
        pad.cost_to[pad.settled[:count]] = trees.FAR
    return out


@njit(cache=True, nogil=True)
def add_through(total, link_at, link, flow):
    """Add entries on links of before to a total on links of after; return the entries on links that were cut."""
    left = np.zeros(len(link), np.bool_)
    for place in range(len(link)):
        at = link_at[link[place]]
        if at < 0:
            left[place] = True
            continue
        for kind in range(flow.shape[1]):
            total[at, kind] += flow[place, kind]
    return np.flatnonzero(left)


def add_block(total: trees.Reals, change: Changes, part: blocks.BlockFlows) -> None:
    """Add the flows of blocks on `before` to a total on the links of `after`, on each part of a link that was cut.

    Flows of a link that is gone are left out: nobody untouched uses it.
    """
    for place in add_through(total, change.link_at, part.link, part.flow):
        for piece in change.pieces.get(int(part.link[place]), ()):
            total[piece] += part.flow[place]
