"""Blocks of origins: the unit in which flows are computed, kept, sent and added up, always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pkgutil import resolve_name
from typing import Any, Protocol

import numpy as np
from numba import config, njit
from numba.core.errors import NumbaError

from movement.assignment import trees
from movement.assignment.packed import Arcs
from movement.tables import Fault, InputFaults

ORIGINS = 4  # origins of a block; part of a flow's last digits, so fixed
_CHUNKS_PER_THREAD = 8
_FEW_CHUNKS, _FEW_BLOCKS = 3, 16  # where work is small, what comes with each chunk shows: larger ones, fewer per thread
_MOST_BLOCKS = 128  # of a chunk: what one call of the kernel computes
_MOST_KEPT = 100_000  # nodes of a graph for which scratch is kept from call to call
_idle: list[trees.Scratch] = []  # clean; taken and given back by one thread at a time

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

    def between(self, begin: int, end: int) -> BlockFlows:
        """Return the flows of some of the blocks."""
        start = int(self.last[begin - 1]) if begin else 0
        part = slice(start, int(self.last[end - 1]))
        return BlockFlows(self.link[part], self.flow[part], self.last[begin:end] - start, self.unreached[begin:end], 0)


@dataclass(frozen=True)
class Work:
    """What there is to compute: a kernel and what it reads, the same for all blocks; other processes can be sent it.

    `kernel` takes graph, scratch, number of links, first and last block, and `columns`, and returns the fields of
    BlockFlows; `kinds`: of trips.
    """

    kernel: Callable[..., tuple[Any, ...]]
    graph: Arcs
    links: int
    kinds: int
    columns: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the kernel by its name, so that who receives it takes the one compiled there."""
        name = f"{self.kernel.__module__}:{self.kernel.__name__}"
        return _received, (name, self.graph, self.links, self.kinds, self.columns)


class Spread(Protocol):
    """How work is spread over more than this process; flows come back in order and are the same bytes.

    `threads`: how many compute, all together.
    """

    @property
    def threads(self) -> int: ...  # noqa: D102  # said above

    def __call__(  # noqa: D102
        self, work: Work, tasks: Sequence[tuple[int, int]], *, progress: Progress | None = None
    ) -> Iterator[BlockFlows]: ...


def number(origins: int) -> int:
    """Return how many blocks a number of origins makes."""
    return -(-origins // ORIGINS)


def chunks(blocks: int, threads: int) -> list[tuple[int, int]]:
    """Cut blocks into chunks of consecutive ones; what a chunk is changes no flow."""
    fewer = min(-(-blocks // (threads * _FEW_CHUNKS)), _FEW_BLOCKS)
    size = min(max(-(-blocks // (threads * _CHUNKS_PER_THREAD)), fewer, 1), _MOST_BLOCKS)
    return [(begin, min(begin + size, blocks)) for begin in range(0, blocks, size)]


def tasks(origins: int, spread: Spread | None = None) -> list[tuple[int, int]]:
    """Cut all blocks of a number of origins into chunks for who computes them."""
    return chunks(number(origins), threads() if spread is None else spread.threads)


def compute(
    work: Work,
    tasks: Sequence[tuple[int, int]],
    *,
    spread: Spread | None = None,
    progress: Progress | None = None,
) -> Iterator[BlockFlows]:
    """Compute chunks of blocks, on this process's threads or as they are spread, and yield them in order."""
    if spread is not None:
        return spread(work, tasks, progress=progress)
    return in_order(tasks, on_scratch(work), progress=progress)


def on_scratch(work: Work) -> Callable[[int, int], BlockFlows]:
    """Return what computes chunks of some work, each thread on scratch of its own."""

    def one(pad: trees.Scratch, begin: int, end: int) -> tuple[Any, ...]:
        return work.kernel(work.graph, pad, work.links, begin, end, *work.columns)

    return with_scratch(work.graph, work.kinds, one)


def in_order(
    tasks: Sequence[tuple[int, int]], compute: Callable[[int, int], BlockFlows], *, progress: Progress | None = None
) -> Iterator[BlockFlows]:
    """Compute chunks of blocks on all threads and yield them in order; `progress` is told blocks done and all.

    The thread that asks computes too: what no other has begun while it waits for the next in order.
    """
    shared = threads() > 1 and len(tasks) > 1
    parts = _shared(tasks, compute, threads()) if shared else (compute(*task) for task in tasks)
    for task, part in zip(tasks, parts, strict=True):
        if progress is not None:
            progress(task[1], tasks[-1][1])
        yield part


def _shared(
    tasks: Sequence[tuple[int, int]], compute: Callable[[int, int], BlockFlows], threads: int
) -> Iterator[BlockFlows]:
    """Compute chunks on the pool and on the thread that asks, which takes what the pool has not begun."""
    pool, ahead = _pool(threads - 1), 4 * threads
    asked = [pool.submit(compute, *task) for task in tasks[:ahead]]
    own: dict[int, BlockFlows] = {}
    free = 0  # all chunks before it are begun
    try:
        for place in range(len(tasks)):
            free = max(free, place)
            while not asked[place].done() and free < len(asked):
                if asked[free].cancel():
                    own[free] = compute(*tasks[free])
                free += 1
            yield own.pop(place) if place in own else asked[place].result()
            asked[place] = None  # type: ignore[call-overload]  # let go of what was added up
            if place + ahead < len(tasks):
                asked.append(pool.submit(compute, *tasks[place + ahead]))
    finally:
        for future in asked[free:]:
            if future is not None:
                future.cancel()


def with_scratch(
    graph: Arcs, kinds: int, compute: Callable[[trees.Scratch, int, int], tuple[Any, ...]]
) -> Callable[[int, int], BlockFlows]:
    """Let a kernel compute chunks, each thread on scratch of its own, which is made anew where it is too small.

    `compute` returns the fields of BlockFlows; the last one is FULL where the scratch was too small.

    Raises
    ------
    InputFaults
        If numba does not compile: there is no slow way beside it.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]  # set when numba is imported
        raise InputFaults([Fault("kernel_not_compiled", value="NUMBA_DISABLE_JIT")])
    idle = _idle if len(graph.first) <= _MOST_KEPT else []

    def one(begin: int, end: int) -> BlockFlows:
        pad = _taken(idle, graph, kinds)
        while True:
            try:
                done = BlockFlows(*compute(pad, begin, end))
            except NumbaError as broken:
                raise InputFaults([Fault("kernel_not_compiled", value=str(broken)[:200])]) from broken
            if done.settled != trees.FULL:
                idle.append(pad)  # clean again
                return done
            pad = trees.wider(graph, pad)

    return one


def _taken(idle: list[trees.Scratch], graph: Arcs, kinds: int) -> trees.Scratch:
    """Take scratch that nobody uses, or make some."""
    while idle:
        pad = idle.pop()
        if trees.fits(graph, kinds, pad):
            return pad
    return trees.scratch(graph, kinds)


def run(graph: Arcs, kinds: int, origins: int, compute: Callable[[trees.Scratch, int, int], tuple[Any, ...]]) -> None:
    """Compute all blocks of a number of origins for what the kernel writes elsewhere."""
    for _ in in_order(chunks(number(origins), threads()), with_scratch(graph, kinds, compute)):
        pass


def beside(work: Callable[[], Any]) -> Callable[[], Any]:
    """Begin some work on another thread, if there is one; return what waits for it, or does it where none began."""
    if threads() == 1:
        return work
    asked = _pool(threads() - 1).submit(work)
    return lambda: work() if asked.cancel() else asked.result()


def nothing(count: int, kinds: int) -> tuple[trees.Shorts, trees.Reals, trees.Integers, trees.Reals]:
    """Return the flows of blocks that load no link: the fields of BlockFlows but for `settled`."""
    no_flow = np.zeros((0, kinds))
    return np.zeros(0, np.int32), no_flow, np.zeros(count, np.int64), np.zeros((count, kinds))


def threads() -> int:
    """Return how many threads compute: NUMBA_NUM_THREADS where it is set, else the machine's cores."""
    return int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # set when numba is imported


def _received(name: str, graph: Arcs, links: int, kinds: int, columns: tuple[Any, ...]) -> Work:
    return Work(resolve_name(name), graph, links, kinds, columns)


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="movement-trees")


@njit(cache=True, nogil=True)
def add(total, unreached, link, flow, missed):
    """Add entries to a total (links x kinds), and trips without a path to theirs, one after the other."""
    for place in range(len(link)):
        for kind in range(flow.shape[1]):
            total[link[place], kind] += flow[place, kind]
    for block in range(len(missed)):
        for kind in range(flow.shape[1]):
            unreached[kind] += missed[block, kind]
