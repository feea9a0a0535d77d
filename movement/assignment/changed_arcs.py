"""Which arcs a scenario takes away and brings, whose ways they can touch, and how flows carry over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.assignment import blocks, trees
from movement.assignment.graph import Graph

_MOST_ARCS = 2000  # beyond it, asking whose ways they touch takes longer than computing all
_KEY = ["tail", "head", "link", "cost"]


@dataclass(frozen=True)
class Changes:
    """What tells two graphs apart.

    `gone`, `come`: arcs of `before` and of `after` that the other lacks; `is_part`: arcs among `come` that only cut an
    arc into parts of the same cost together; `links`: for each link of `before` the links of `after` that carry its
    flow, as pairs of positions (none for a link that is gone).
    """

    before: Graph
    after: Graph
    gone: trees.Integers
    come: trees.Integers
    is_part: NDArray[np.bool_]
    links: pd.DataFrame


def changes(before: Graph, after: Graph, *, is_exact: bool) -> Changes:
    """Compare two graphs arc by arc.

    Parameters
    ----------
    before, after
        Graphs with the same names for the same nodes and links.
    is_exact
        Arcs cut into parts of the same cost together are no change: true of cheapest ways, not of excesses in bins.
    """
    one, other = _named(before), _named(after)
    both = one.merge(other, on=_KEY, how="outer", indicator=True, suffixes=("_before", "_after"))
    gone = both.loc[both["_merge"] == "left_only", "arc_before"].to_numpy(dtype=np.int64)
    come = both.loc[both["_merge"] == "right_only", "arc_after"].to_numpy(dtype=np.int64)
    gone, come = np.sort(gone), np.sort(come)
    same = pd.DataFrame(
        {"before": np.arange(len(before.link_ids)), "after": after.link_ids.get_indexer(before.link_ids)}
    )
    parts = _cut_into_parts(one.iloc[gone], other.iloc[come], before) if is_exact else []
    cut = {arc for arc, _ in parts}
    part_arcs = {arc for _, chain in parts for arc in chain}
    pieces = pd.DataFrame(
        {(before.link[arc], after.link[piece]) for arc, chain in parts for piece in chain},
        columns=["before", "after"], dtype=np.int64,
    )  # fmt: skip
    kept = same.loc[(same["after"] >= 0) & ~same["before"].isin(pieces["before"])]
    return Changes(
        before,
        after,
        np.array([arc for arc in gone if arc not in cut], dtype=np.int64),
        come,
        np.array([arc in part_arcs for arc in come], dtype=bool),
        pd.concat([kept, pieces.sort_values(["before", "after"])], ignore_index=True),
    )


def _named(on: Graph) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "tail": on.node_ids[on.tail],
            "head": on.node_ids[on.head],
            "link": on.link_ids[on.link],
            "cost": on.cost_ms,
            "arc": np.arange(len(on.head)),
        }
    )


def _cut_into_parts(gone: pd.DataFrame, come: pd.DataFrame, before: Graph) -> list[tuple[int, list[int]]]:
    """Find arcs that go and come back as a chain of the same cost over nodes that are new."""
    leaving = {tail: list(rows.itertuples(index=False)) for tail, rows in come.groupby("tail", sort=False)}
    found = []
    for arc in gone.itertuples(index=False) if len(gone) <= _MOST_ARCS else []:
        chain = _chain(arc, leaving, before)
        if chain:
            found.append((int(arc.arc), chain))
    return found


def _chain(arc: Any, leaving: dict[Any, list[Any]], before: Graph) -> list[int]:
    waiting: list[tuple[Any, int, list[int]]] = [(arc.tail, arc.cost, [])]
    while waiting:
        node, left, chain = waiting.pop()
        for step in leaving.get(node, []):
            if step.head == arc.head and step.cost == left and chain:
                return [*chain, int(step.arc)]
            if step.cost < left and step.head not in before.node_ids:
                waiting.append((step.head, left - step.cost, [*chain, int(step.arc)]))
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
    turned = on.reversed()
    pad = trees.scratch(turned, 1)
    out = np.full((len(ends), len(origins)), trees.FAR, dtype=np.int64)
    for row, end in enumerate(ends):
        count, _ = trees.grow(turned, end, limit, pad)
        while count == trees.FULL:
            pad = trees.wider(turned, pad)
            count, _ = trees.grow(turned, end, limit, pad)
        out[row] = pad.cost_to[origins]
        pad.cost_to[pad.settled[:count]] = trees.FAR
    return out


def through(change: Changes, flows: blocks.BlockFlows) -> blocks.BlockFlows:
    """Give the flows of blocks on `before` the link positions of `after`, part by part where a link was cut.

    Flows of a link that is gone are left out: nobody untouched uses it.
    """
    order = change.links.sort_values(["before", "after"], kind="stable")
    first = np.searchsorted(order["before"].to_numpy(), np.arange(len(change.before.link_ids) + 1))
    number = np.diff(first)[flows.link]
    ends = np.cumsum(number)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - number, number)
    link = order["after"].to_numpy()[np.repeat(first[flows.link], number) + within].astype(np.int32)
    last = np.concatenate([[0], ends])[flows.last]
    return blocks.BlockFlows(link, np.repeat(flows.flow, number, axis=0), last, flows.unreached, flows.settled)
