"""Blocks of origins: the unit in which flows are computed, kept, sent and added up, always in the same order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numba import config, njit

from movement.assignment import trees

ORIGINS = 16  # origins of a block; part of a flow's last digits, so fixed
_CHUNKS_PER_THREAD = 8
_MOST_BLOCKS = 64  # of a chunk: what one call of the kernel computes

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BlockFlows:
    """What some consecutive blocks put on links.

    `link`, `flow` (entries x kinds): the links each block loads, block after block; `last`: where each block's entries
    end; `unreached`: trips that found no path, blocks x kinds; `settled`: nodes settled in all trees.
    """

    link: trees.Shorts
    flow: trees.Reals
    last: trees.Integers
    unreached: trees.Reals
    settled: int

    def of(self, block: int) -> BlockFlows:
        """Return one of the blocks."""
        begin, end = (int(self.last[block - 1]) if block else 0), int(self.last[block])
        part = slice(begin, end)
        return BlockFlows(
            self.link[part], self.flow[part], np.array([end - begin]), self.unreached[block : block + 1], 0
        )


def joined(parts: Sequence[BlockFlows]) -> BlockFlows:
    """Put chunks of consecutive blocks together."""
    offset = np.concatenate([[0], np.cumsum([len(part.link) for part in parts])])
    return BlockFlows(
        np.concatenate([part.link for part in parts]),
        np.concatenate([part.flow for part in parts]),
        np.concatenate([part.last + start for part, start in zip(parts, offset[:-1], strict=True)]),
        np.concatenate([part.unreached for part in parts]),
        sum(part.settled for part in parts),
    )


def number(origins: int) -> int:
    """Return how many blocks a number of origins makes."""
    return -(-origins // ORIGINS)


def chunks(blocks: int, threads: int) -> list[tuple[int, int]]:
    """Cut blocks into chunks of consecutive ones; what a chunk is changes no flow."""
    size = min(max(-(-blocks // (threads * _CHUNKS_PER_THREAD)), 1), _MOST_BLOCKS)
    return [(begin, min(begin + size, blocks)) for begin in range(0, blocks, size)]


def in_order(
    tasks: Sequence[tuple[int, int]], compute: Callable[[int, int], BlockFlows], *, progress: Progress | None = None
) -> Iterator[BlockFlows]:
    """Compute chunks of blocks on all threads and yield them in order; `progress` is told blocks done and all."""
    total = tasks[-1][1] if tasks else 0
    pool = _pool(threads())
    ahead = 4 * threads()
    waiting = [pool.submit(compute, *task) for task in tasks[:ahead]] if len(tasks) > 1 else []
    for place, task in enumerate(tasks):
        if not waiting:
            done = compute(*task)
        else:
            done = waiting[place].result()
            waiting[place] = None  # type: ignore[call-overload]  # let go of what was added up
            if place + ahead < len(tasks):
                waiting.append(pool.submit(compute, *tasks[place + ahead]))
        if progress is not None:
            progress(task[1], total)
        yield done


def with_scratch(
    graph: trees.Arcs, kinds: int, compute: Callable[[trees.Scratch, int, int], tuple[Any, ...]]
) -> Callable[[int, int], BlockFlows]:
    """Let a kernel compute chunks, each thread on scratch of its own, which is made anew where it is too small.

    `compute` returns the fields of BlockFlows; the last one is FULL where the scratch was too small.
    """
    own = threading.local()

    def one(begin: int, end: int) -> BlockFlows:
        while True:
            pad = getattr(own, "pad", None) or trees.scratch(graph, kinds)
            own.pad = pad
            done = BlockFlows(*compute(pad, begin, end))
            if done.settled != trees.FULL:
                return done
            own.pad = trees.wider(graph, pad)

    return one


def run(
    graph: trees.Arcs, kinds: int, origins: int, compute: Callable[[trees.Scratch, int, int], tuple[Any, ...]]
) -> None:
    """Compute all blocks of a number of origins for what the kernel writes elsewhere."""
    for _ in in_order(chunks(number(origins), threads()), with_scratch(graph, kinds, compute)):
        pass


def nothing(count: int, kinds: int) -> tuple[trees.Shorts, trees.Reals, trees.Integers, trees.Reals]:
    """Return the flows of blocks that load no link: the fields of BlockFlows but for `settled`."""
    no_flow = np.zeros((0, kinds))
    return np.zeros(0, np.int32), no_flow, np.zeros(count, np.int64), np.zeros((count, kinds))


def threads() -> int:
    """Return how many threads compute: NUMBA_NUM_THREADS where it is set, else the machine's cores."""
    return int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # set when numba is imported


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="movement-trees")


@njit(cache=True, nogil=True)
def add(total, link, flow):
    """Add entries to a total (links x kinds), one after the other."""
    for place in range(len(link)):
        for kind in range(flow.shape[1]):
            total[link[place], kind] += flow[place, kind]
