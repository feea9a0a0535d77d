"""Flows and accessibility where demand is weights and a decay, without a list of pairs: for any number of nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from movement.assignment import blocks, trees
from movement.assignment.graph import MS_PER_MIN, Graph, limit_ms
from movement.assignment.loading import Loading, summed


@dataclass(frozen=True)
class Demand:
    """Demand between weighted nodes: origin weight x pull of the destination x decay of the cost between them.

    `origin`: positions, rising; `weight`: trips (or weight) of each origin; `pull`: of every node of the graph, zero
    for most; `decay`: its value every `step_ms` from zero on, straight between them and zero beyond the last;
    `is_constrained`: the trips of an origin are its weight, shared among what it reaches (Huff 1963), else the product.
    """

    origin: trees.Integers
    weight: trees.Reals
    pull: trees.Reals
    decay: trees.Reals
    step_ms: int
    is_constrained: bool = False

    def __post_init__(self) -> None:
        for name in ("weight", "pull", "decay"):
            values = getattr(self, name)
            if not (np.all(values >= 0) and np.isfinite(values.sum())):
                raise ValueError(f"{name} must be finite and not negative, and so must its sum")
        if np.any(np.diff(self.origin) <= 0):
            raise ValueError("origins must be positions of nodes in rising order, each once")
        if not np.isfinite(self.weight.max(initial=0.0) * self.pull.sum()):
            raise ValueError("weight times pull is too large to add up")


def load_weighted(
    on: Graph,
    demand: Demand,
    *,
    cut_off_min: float,
    split_ties: bool = True,
    keep_parts: bool = False,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Loading:
    """Put the trips of weighted origins on the cheapest paths to all they reach.

    Parameters
    ----------
    on, demand
        Graph and demand on it.
    cut_off_min
        Longest path, in minutes.
    split_ties
        Equal paths share alike; else one of them, the same in every run, takes all.
    keep_parts
        Keep the flows of each block.
    progress
        Is told blocks done and all.
    spread
        Who computes, where it is not this process's threads; changes no flow.

    Returns
    -------
    loading
        One kind. `unreached`: weight of constrained origins that reach nothing with pull.
    """
    tasks = blocks.tasks(len(demand.origin), spread)
    done = compute(on, demand, tasks, cut_off_min=cut_off_min, split_ties=split_ties, progress=progress, spread=spread)
    return summed(len(on.link_ids), np.zeros(1), done, keep_parts=keep_parts)


def compute(
    on: Graph,
    demand: Demand,
    tasks: Sequence[tuple[int, int]],
    *,
    cut_off_min: float,
    split_ties: bool = True,
    progress: blocks.Progress | None = None,
    spread: blocks.Spread | None = None,
) -> Iterator[blocks.BlockFlows]:
    """Compute some blocks of origins, in order."""
    columns = (demand.origin, demand.weight, demand.pull, demand.decay, float(demand.step_ms), demand.is_constrained)
    choice = (limit_ms(cut_off_min), split_ties)
    work = blocks.Work(weigh_blocks, on.arcs, len(on.link_ids), 1, (*columns, *choice))
    return blocks.compute(work, tasks, spread=spread, progress=progress)


def accessibility(on: Graph, demand: Demand, *, cut_off_min: float) -> trees.Reals:
    """Sum the pull each origin reaches, decayed with the cost of the way (Hansen 1959); weights are not used.

    Returns
    -------
    reached
        One value per origin, in order; the origin's own node counts with the decay of zero.
    """
    out = np.zeros(len(demand.origin))
    columns = (demand.origin, demand.pull, demand.decay, float(demand.step_ms), limit_ms(cut_off_min), out)

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        return (*blocks.nothing(end - begin, 1), reach_blocks(on.arcs, pad, begin, end, *columns))

    blocks.run(on.arcs, 1, len(demand.origin), one)
    return out


def decay_steps(decay_of_min: trees.Reals) -> tuple[trees.Reals, int]:
    """Return a decay given at every second from zero on in the form `Demand` takes it."""
    return np.ascontiguousarray(decay_of_min, dtype=np.float64), MS_PER_MIN // 60


@njit(cache=True, nogil=True)
def _decayed(decay, step_ms, cost):
    at = cost / step_ms
    low = int(at)
    if low + 1 >= len(decay):
        return decay[low] if low < len(decay) and at == low else 0.0
    return decay[low] + (at - low) * (decay[low + 1] - decay[low])


@njit(cache=True, nogil=True)
def weigh_blocks(graph, pad, links, begin, end, origins, weight, pull, decay, step_ms, is_constrained, limit_ms, split):
    """Load blocks of weighted origins: the fields of BlockFlows, the last one FULL where `pad` is too small."""
    out_link, out_flow, used = np.empty(1024, np.int32), np.empty((1024, 1)), 0
    last, unreached, units = np.zeros(end - begin, np.int64), np.zeros((end - begin, 1)), np.zeros(1)
    settled = 0
    for block in range(begin, end):
        for place in range(block * blocks.ORIGINS, min((block + 1) * blocks.ORIGINS, len(origins))):
            count, ties = trees.grow(graph, origins[place], limit_ms, pad)
            if count == trees.FULL:
                return out_link, out_flow, last, unreached, count
            settled += count
            total = attract(pad, count, pull, decay, step_ms, weight[place], is_constrained, units)
            if is_constrained and total == 0.0:
                unreached[block - begin, 0] += weight[place]
            trees.take_back(graph, count, ties if split else 0, units, pad)
        out_link, out_flow, used = trees.gather(pad.flows, pad.pages, out_link, out_flow, used)
        last[block - begin] = used
    return out_link[:used].copy(), out_flow[:used].copy(), last, unreached, settled


@njit(cache=True, nogil=True)
def attract(pad, count, pull, decay, step_ms, weight, is_constrained, units):
    """Set what each node of a tree attracts of one origin's weight; return the decayed pull of all together.

    Everything is rounded to a unit before it is added, so that no order shows; `units` takes the trips' unit.
    """
    carried, settled, cost_to, found = pad.carried, pad.settled, pad.cost_to, pad.over
    number, most, total = 0, 0.0, 0.0
    for place in range(count):
        node = np.uint64(settled[place])
        if pull[node] > 0.0 and carried[node, 0] == 0.0:  # a node can stand twice
            felt = pull[node] * _decayed(decay, step_ms, cost_to[node])
            if felt > 0.0:
                carried[node, 0] = felt
                found[number] = settled[place]
                number += 1
                most = max(most, felt)
    scale = weight
    if is_constrained:
        unit = trees.quantum(most, number)
        for node in found[:number]:
            total += trees.whole(carried[node, 0], unit)
        scale = weight / total if total > 0.0 else 0.0
    units[0] = trees.quantum(most * scale, number)
    for node in found[:number]:
        carried[node, 0] = trees.whole(carried[node, 0] * scale, units[0])
    return total


@njit(cache=True, nogil=True)
def reach_blocks(graph, pad, begin, end, origins, pull, decay, step_ms, limit_ms, out):
    """Write the accessibility of the origins of blocks `begin` to `end` to `out`; return nodes settled, or FULL."""
    settled = 0
    for place in range(begin * blocks.ORIGINS, min(end * blocks.ORIGINS, len(origins))):
        count, _ = trees.grow(graph, origins[place], limit_ms, pad)
        if count == trees.FULL:
            return count
        settled += count
        out[place] = 0.0
        for step in range(count):
            node = np.uint64(pad.settled[step])
            if pull[node] > 0.0 and pad.cost_to[node] != trees.FAR:  # a node can stand twice
                out[place] += pull[node] * _decayed(decay, step_ms, pad.cost_to[node])
            pad.cost_to[node] = trees.FAR
    return settled
