"""Which arcs a scenario takes away and brings, whose ways they can touch, and how flows carry over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from movement.assignment import blocks, trees
from movement.assignment.graph import Graph

_MOST_ARCS = 2000  # beyond it, asking whose ways they touch takes longer than computing all
_MOST_STEPS = 1000  # to find a chain: one that a link was cut into takes few
_FIRST_LOOK, _FURTHER = 8, 4  # buckets within which the nearest end is looked for first, and how much wider then
_Name = tuple[Any, Any, Any, int]  # tail, head, link, cost


@dataclass(frozen=True)
class Changes:
    """What tells two graphs apart; depends on no trips, so one serves all of a scenario's loadings.

    `gone`, `come`: arcs of `before` and of `after` that the other lacks; `is_part`: arcs among `come` that only cut an
    arc into parts of the same cost together; `node_at`, `link_at`: position in `after` of each node and link of
    `before`, -1 where it is gone, or a link cut; `node_before`: the other way round; `pieces`: positions in `after` of
    the parts of each link that was cut.
    """

    before: Graph
    after: Graph
    gone: trees.Integers
    come: trees.Integers
    is_part: NDArray[np.bool_]
    node_at: trees.Integers
    node_before: trees.Integers
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
    packed = blocks.beside(lambda: after.turned)  # both forms are wanted by whom the changes touch
    node_at, link_at = _positions(after.node_ids, before.node_ids), _positions(after.link_ids, before.link_ids)
    rows, rows_after = ((on.first_arc, on.head, on.cost_ms, on.link) for on in (before, after))
    is_other, is_met, node_before = _other_rows(rows, rows_after, node_at, link_at)
    one, other = (_named(on, is_odd) for on, is_odd in ((before, is_other), (after, ~is_met)))
    gone = {arc: name for name, arc in one.items() if name not in other}
    come = {arc: name for name, arc in other.items() if name not in one}
    parts = _cut_into_parts(gone, come, before, after) if is_exact else {}
    pieces: dict[int, set[int]] = {}
    for arc, steps in parts.items():
        pieces.setdefault(int(before.link[arc]), set()).update(after.link[steps].tolist())
    link_at[list(pieces)] = -1
    packed()
    part_arcs = list(chain.from_iterable(parts.values()))
    return Changes(
        before,
        after,
        np.array([arc for arc in gone if arc not in parts], dtype=np.int64),
        np.array(list(come), dtype=np.int64),
        np.isin(list(come), part_arcs),
        node_at,
        node_before,
        link_at,
        {link: tuple(sorted(found)) for link, found in pieces.items()},
    )


def _positions(index: pd.Index, names: pd.Index) -> trees.Integers:
    """Return where names stand in an index, -1 where they do not; what both begin and end with needs no search."""
    here, there = index.to_numpy(), names.to_numpy()
    if np.array_equal(here, there):
        return np.arange(len(there))
    most = min(len(here), len(there))
    head = _alike(here[:most], there[:most])
    tail = _alike(here[len(here) - most + head :][::-1], there[len(there) - most + head :][::-1])
    place = np.arange(len(there))
    place[len(there) - tail :] += len(here) - len(there)
    middle = slice(head, len(there) - tail)
    found = pd.Index(here[head : len(here) - tail]).get_indexer(pd.Index(there[middle]))
    place[middle] = np.where(found < 0, -1, found + head)
    return place


def _alike(one: NDArray[Any], other: NDArray[Any]) -> int:
    """Return how many entries are the same from the first on."""
    is_other = one != other
    first = int(np.argmax(is_other)) if len(one) else 0
    return first if len(one) and is_other[first] else len(one)


@njit(cache=True, nogil=True)
def _other_rows(before, after, node_at, link_at):
    """Tell which rows of before are not the same after, which of after are met by one of before, and by which."""
    (first, head, cost, link), (first_after, head_after, cost_after, link_after) = before, after
    is_other, is_met = np.ones(len(first) - 1, np.bool_), np.zeros(len(first_after) - 1, np.bool_)
    node_before = np.full(len(is_met), -1, np.int64)
    for node in range(len(is_other)):
        if node_at[node] < 0:
            continue
        at = np.uint64(node_at[node])
        node_before[at] = node
        begin, end = np.uint64(first[node]), np.uint64(first[node + 1])
        twin = np.uint64(first_after[at])
        is_same = np.uint64(first_after[at + np.uint64(1)]) - twin == end - begin
        for arc in range(begin, end if is_same else begin):
            is_same &= cost[arc] == cost_after[twin]
            is_same &= node_at[np.uint64(head[arc])] == head_after[twin]
            is_same &= link_at[np.uint64(link[arc])] == link_after[twin]
            twin += np.uint64(1)
        is_other[node], is_met[at] = not is_same, is_same
    return is_other, is_met, node_before


def _tails(on: Graph, arcs: trees.Integers) -> trees.Integers:
    return np.asarray(np.searchsorted(on.first_arc, arcs, side="right") - 1, dtype=np.int64)


def _named(on: Graph, is_odd: NDArray[np.bool_]) -> dict[_Name, int]:
    """Return the arcs that leave some nodes by tail, head, link and cost."""
    rows = [np.arange(*on.first_arc[node : node + 2]) for node in np.flatnonzero(is_odd)]
    arcs = np.concatenate([np.zeros(0, np.int64), *rows])
    nodes, links = on.node_ids.to_numpy(), on.link_ids.to_numpy()
    columns = (nodes[_tails(on, arcs)], nodes[on.head[arcs]], links[on.link[arcs]], on.cost_ms[arcs])
    return dict(zip(zip(*(column.tolist() for column in columns), strict=True), arcs.tolist(), strict=True))


def _cut_into_parts(
    gone: dict[int, _Name], come: dict[int, _Name], before: Graph, after: Graph
) -> dict[int, list[int]]:
    """Find the arcs of links that go and come back in parts: chains of the same cost over new nodes.

    All arcs of a link go, and come back over the same parts. Parts and new nodes are of one link alone: where two meet,
    ways lead from one into the other.
    """
    if not gone or len(gone) > _MOST_ARCS:
        return {}
    leaving: dict[Any, list[tuple[int, _Name]]] = {}
    for arc, name in come.items():
        leaving.setdefault(name[0], []).append((arc, name))
    chains = {arc: _chain(name, leaving, before) for arc, name in gone.items()}
    arcs_of: dict[int, list[int]] = {}
    for arc in gone:
        arcs_of.setdefault(int(before.link[arc]), []).append(arc)
    number, own = np.bincount(before.link), {}
    for link, arcs in arcs_of.items():
        parts = {frozenset(after.link[chains[arc]].tolist()) for arc in arcs}
        if len(arcs) == number[link] and len(parts) == 1 and all(chains[arc] for arc in arcs):
            nodes = {int(after.head[step]) for arc in arcs for step in chains[arc][:-1]}
            own[link] = [*(("link", part) for part in parts.pop()), *(("node", node) for node in nodes)]
    times = Counter(chain.from_iterable(own.values()))
    return {arc: chains[arc] for link in own if all(times[one] == 1 for one in own[link]) for arc in arcs_of[link]}


def _chain(name: _Name, leaving: dict[Any, list[tuple[int, _Name]]], before: Graph) -> list[int]:
    """Return the arcs of a way of the same cost over new nodes, each passed once; none where none is soon found."""
    tail, end, _, cost = name
    waiting: list[tuple[tuple[Any, ...], int, list[int]]] = [((tail,), int(cost), [])]
    for _step in range(_MOST_STEPS):
        if not waiting:
            break
        nodes, left, arcs = waiting.pop()
        for arc, (_, head, _, step) in leaving.get(nodes[-1], []):
            if head == end and step == left and arcs:
                return [*arcs, arc]
            if step < left and head not in nodes and head not in before.node_ids:
                waiting.append(((*nodes, head), left - int(step), [*arcs, arc]))
    return []


def touched(
    change: Changes, origins: trees.Integers, is_end: NDArray[np.bool_], limit: int, slack: int
) -> NDArray[np.bool_]:
    """Tell which origins (positions in `after`) can have other ways.

    Parameters
    ----------
    change
        What tells the graphs apart.
    origins
        Nodes that are in both graphs.
    is_end
        Which nodes of `after` anybody goes to; not asked with a slack, whose ways may turn back.
    limit, slack
        How far ways reach, and which slack an arc in use can have, in milliseconds.
    """
    number = len(change.gone) + len(change.come)
    if number > _MOST_ARCS:
        return np.ones(len(origins), dtype=bool)
    there = change.node_before[origins]
    was_end = np.zeros(len(change.node_at), dtype=bool)
    was_end[change.node_at >= 0] = is_end[change.node_at[change.node_at >= 0]]
    goes = _in_use(change.before, there, change.gone, was_end, limit, slack).any(axis=0)
    comes = _in_use(change.after, origins, change.come, is_end, limit, slack)
    if slack == 0:
        comes = _lead_on(change, comes)
    return np.asarray(goes | comes[~change.is_part].any(axis=0))


def _in_use(
    on: Graph, origins: trees.Integers, arcs: trees.Integers, is_end: NDArray[np.bool_], limit: int, slack: int
) -> NDArray[np.bool_]:
    """Tell which arcs lie within the slack of which origin's tree and, without one, lead to an end in time.

    Returns
    -------
    in_use
        arcs x origins.
    """
    ends, place = np.unique(np.concatenate([_tails(on, arcs), on.head[arcs]]), return_inverse=True)
    cost = costs_to(on, ends, origins, limit)
    to_tail, to_head = cost[place[: len(arcs)]], cost[place[len(arcs) :]]
    there = to_tail + on.cost_ms[arcs][:, None]
    onward = _onward(on, arcs, is_end, limit) if slack == 0 else np.zeros_like(arcs)
    return np.asarray((to_tail < trees.FAR) & (there <= limit - onward[:, None]) & (there - to_head <= slack))


def _onward(on: Graph, arcs: trees.Integers, is_end: NDArray[np.bool_], limit: int) -> trees.Integers:
    """Return the cost from arcs' heads to the nearest end, by ways that do not pass the arc's own tail; FAR if none."""
    out = np.zeros(len(arcs), dtype=np.int64)
    tail, head = _tails(on, arcs), on.head[arcs]

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        part = slice(begin, end)
        return (*blocks.nothing(0, 1), _nearest(on.arcs, pad, tail[part], head[part], is_end, limit, out[part]))

    if len(arcs):
        blocks.with_scratch(on.arcs, 1, one)(0, len(arcs))
    return out


@njit(cache=True, nogil=True)
def _nearest(graph, pad, tails, heads, is_end, limit, out):
    """Do what `_onward` says, row by row; return FULL where the scratch is too small."""
    for row in range(len(heads)):
        radius, out[row] = min(_FIRST_LOOK << graph.shift, limit), 0 if is_end[heads[row]] else trees.FAR
        while out[row] == trees.FAR:
            pad.cost_to[tails[row]] = 0  # closed: no way there is cheaper
            count, _ = trees.grow(graph, heads[row], radius, pad)
            pad.cost_to[tails[row]] = trees.FAR
            if count == trees.FULL:
                return count
            for node in pad.settled[:count]:
                if is_end[node]:
                    out[row] = min(out[row], pad.cost_to[node])
            trees.clear(pad.settled[:count], pad)
            if radius == limit:
                break
            radius = min(_FURTHER * radius, limit)
    return 0


def _lead_on(change: Changes, in_use: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep arcs into new nodes only where a way goes on from there to a node of before.

    Who ends at a new node has other trips, and is computed for that.
    """
    tail, head = _tails(change.after, change.come), change.after.head[change.come]
    is_new = change.node_before[head] < 0
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
    out = np.full((len(ends), len(origins)), trees.FAR, dtype=np.int64)

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        return (*blocks.nothing(0, 1), _costs_from(on.turned, pad, ends[begin:end], origins, limit, out[begin:end]))

    if len(ends):
        blocks.with_scratch(on.turned, 1, one)(0, len(ends))
    return out


@njit(cache=True, nogil=True)
def _costs_from(graph, pad, ends, origins, limit, out):
    """Write the cost from ends to origins (ends x origins); return FULL where the scratch is too small."""
    for row in range(len(ends)):
        count, _ = trees.grow(graph, ends[row], limit, pad)
        if count == trees.FULL:
            return count
        for place in range(len(origins)):
            out[row, place] = pad.cost_to[origins[place]]
        trees.clear(pad.settled[:count], pad)
    return 0


@njit(cache=True, nogil=True)
def add_through(total, unreached, link_at, link, flow, missed):
    """Do what `blocks.add` does for entries on links of before; return those on links that were cut or are gone."""
    blocks.add(total, unreached, link[:0], flow[:0], missed)
    left, number, kinds = np.empty(len(link), np.int64), 0, flow.shape[1]
    totals, flows = total.ravel(), flow.ravel()
    for place in range(np.uint64(len(link))):
        at = link_at[np.uint64(link[place])]
        if at < 0:
            left[number] = place
            number += 1
        elif kinds == 1:
            totals[np.uint64(at)] += flows[place]
        else:
            for kind in range(kinds):
                total[np.uint64(at), kind] += flow[place, kind]
    return left[:number]


def add_block(total: trees.Reals, unreached: trees.Reals, change: Changes, part: blocks.BlockFlows) -> None:
    """Add the flows of blocks on `before` to a total on the links of `after`, on each part of a link that was cut.

    Flows of a link that is gone are left out: nobody untouched uses it. Trips without a path are added to theirs.
    """
    for place in add_through(total, unreached, change.link_at, part.link, part.flow, part.unreached):
        for piece in change.pieces.get(int(part.link[place]), ()):
            total[piece] += part.flow[place]
