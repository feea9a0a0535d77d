"""The worker's side of `distributed`: work it holds, and chunks of it computed when asked for."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import numba
import numpy as np
from distributed import Worker, WorkerPlugin, get_worker

from movement.assignment import blocks


class NotHeldError(Exception):
    """The worker was never sent the work; who asked sends it again."""


class OtherCodeError(Exception):
    """The worker's program differs from the one that asks, so its flows might."""


class HeldWork(WorkerPlugin):
    """Work on a worker. Dask gives it to every worker, also to those that come later or start again."""

    def __init__(self, work: blocks.Work, mark: str) -> None:
        self.work, self.mark = work, mark

    def setup(self, worker: Worker) -> None:  # noqa: D102  # Dask's name and arguments
        self.compute = blocks.on_scratch(self.work)


def compute(name: str, begin: int, end: int) -> blocks.BlockFlows:
    """Compute the blocks `begin` to `end` of the work held under a name.

    Raises
    ------
    NotHeldError
        If this worker holds no such work.
    OtherCodeError
        If the work was sent by another version of the program.
    """
    held = get_worker().plugins.get(name)
    if not isinstance(held, HeldWork):
        raise NotHeldError(name)
    if held.mark != code_mark():
        raise OtherCodeError(code_mark())
    return held.compute(begin, end)


@cache
def code_mark() -> str:
    """Return a mark of all that flows come from: this room's code and the libraries that compile and add."""
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_text(encoding="utf-8").encode())
    return digest.hexdigest()
