"""Blocks of origins spread over worker processes, here or on other machines, with Dask; an optional extra.

Every worker is sent graph and trips once (Dask sends them again to one that starts anew), then computes chunks of
blocks. Chunks come back in order, so flows are the same bytes for any number of workers. What a worker that dies had
under way, or had not handed on, another computes again. `distributed` is imported when workers are asked for.
"""

from __future__ import annotations

import logging
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn

from movement.assignment import blocks
from movement.tables import Fault, InputFaults

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOPBACK = "127.0.0.1"
_AHEAD = 3  # chunks under way or waiting to be handed on, for each thread
_TIMES = 3  # a chunk is sent again; each time Dask itself tries it on several workers
_CONNECT_S = 10
_PATIENCE_S = 60
_AGAIN_S = 1
_GONE = (OSError, CancelledError, RuntimeError)  # what Dask raises where there is no connection any more


@dataclass(frozen=True)
class Workers:
    """Worker processes that compute chunks of blocks; a `blocks.Spread`.

    `name`: how users asked for them; `patience_s`: how long to wait for a worker when there is none.
    """

    client: Client
    name: str
    patience_s: float = _PATIENCE_S

    @property
    def threads(self) -> int:
        """Threads of all workers there are now, at least one."""
        try:
            return max(int(sum(self.client.nthreads().values())), 1)
        except _GONE:
            _refuse("scheduler_lost", self.name)

    def __call__(
        self, work: blocks.Work, tasks: Sequence[tuple[int, int]], *, progress: blocks.Progress | None = None
    ) -> Iterator[blocks.BlockFlows]:
        """Compute chunks of blocks on the workers and yield them in order.

        Parameters
        ----------
        work, tasks
            What to compute, and its chunks.
        progress
            Is told blocks done and all.

        Raises
        ------
        InputFaults
            If a chunk ends every worker it is sent to; if there is no worker, or no scheduler, any more; if a worker
            runs another version of the program.
        """
        sent = _Sent(self, work)
        waiting: deque[Future[Any]] = deque()
        try:
            sent.send()
            for place, task in enumerate(tasks):
                upto = min(place + _AHEAD * self.threads, len(tasks))
                waiting.extend(sent.ask(ahead) for ahead in tasks[place + len(waiting) : upto])
                done = sent.outcome(waiting.popleft() if waiting else sent.ask(task), task)
                if progress is not None:
                    progress(task[1], tasks[-1][1])
                yield done
        finally:
            sent.forget(list(waiting))


@dataclass(frozen=True)
class _Sent:
    """Work that the workers of one call hold, under a name of its own."""

    workers: Workers
    work: blocks.Work
    name: str = field(default_factory=lambda: f"movement-{uuid.uuid4().hex}")

    def send(self) -> None:
        """Give the work to all workers, and to those that come later."""
        from movement.assignment import held

        plugin = held.HeldWork(self.work, held.code_mark())
        for left in reversed(range(_TIMES)):
            try:
                self.workers.client.register_plugin(plugin, name=self.name)
            except _GONE:  # a worker, or the scheduler, is gone
                if not left:
                    _refuse("scheduler_lost", self.workers.name)
                time.sleep(_AGAIN_S)
            except (ImportError, AttributeError):  # what the worker has by these names is another program
                _refuse("workers_other_version", self.workers.name)
            else:
                return

    def ask(self, task: tuple[int, int]) -> Future[Any]:
        """Put a chunk on the list of what to compute."""
        from movement.assignment import held

        if self.workers.client.status == "closed":
            _refuse("scheduler_lost", self.workers.name)
        return self.workers.client.submit(held.compute, self.name, *task, pure=False)

    def outcome(self, future: Future[Any], task: tuple[int, int]) -> blocks.BlockFlows:
        """Wait for a chunk, and ask for it again where it is lost."""
        from distributed import KilledWorker

        from movement.assignment import held

        rule = ""
        for _ in range(_TIMES):
            try:
                return self._finished(future)
            except held.OtherCodeError:
                _refuse("workers_other_version", self.workers.name)
            except held.NotHeldError:
                rule = "workers_lost"
                self.send()
            except KilledWorker:
                rule = "workers_lost"
            except _GONE:
                if future.status == "error":  # the chunk's own
                    raise
                rule = "scheduler_lost"
                time.sleep(_AGAIN_S)
            future = self.ask(task)
        _refuse(rule, self.workers.name)

    def _finished(self, future: Future[Any]) -> blocks.BlockFlows:
        patience = self.workers.patience_s
        while True:
            try:
                done: blocks.BlockFlows = future.result(timeout=patience)
            except TimeoutError:
                if future.done():
                    raise
                _wait_for_one(self.workers.client, self.workers.name, patience)
            else:
                return done

    def forget(self, futures: list[Future[Any]]) -> None:
        """Drop what is under way and let the workers forget the work; those that are gone have."""
        with suppress(*_GONE, ValueError):
            if self.workers.client.status != "running":
                return
            self.workers.client.cancel(futures)
            self.workers.client.unregister_worker_plugin(self.name)


@contextmanager
def started(number: int, name: str) -> Iterator[Workers]:
    """Start worker processes on this machine, which share its threads, and end them.

    Parameters
    ----------
    number
        Of processes, at least one.
    name
        How the user asked for them, for messages.

    Raises
    ------
    InputFaults
        If Dask is not installed.
    """
    _check_installed(name)
    from distributed import Client, LocalCluster

    threads = max(blocks.threads() // number, 1)
    with (
        tempfile.TemporaryDirectory(prefix="movement-workers-", ignore_cleanup_errors=True) as folder,
        LocalCluster(
            n_workers=number,
            threads_per_worker=threads,
            processes=True,
            host=_LOOPBACK,
            dashboard_address=f"{_LOOPBACK}:0",  # no dashboard, yet Dask opens the port: any free one
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,  # a chunk's memory does not grow with the study; Dask's limit would end workers at a guess
            silence_logs=logging.CRITICAL,  # a worker that dies is no news for the user: its work is done again
            env={"NUMBA_NUM_THREADS": str(threads)},
            local_directory=folder,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield Workers(client, name)


@contextmanager
def connected(address: str, name: str) -> Iterator[Workers]:
    """Use the workers of a scheduler that runs already, and leave them running.

    Parameters
    ----------
    address
        Such as `tcp://10.0.0.5:8786`.
    name
        How the user gave it, for messages.

    Raises
    ------
    InputFaults
        If Dask is not installed, nothing answers at the address, or no worker comes.
    """
    _check_installed(name)
    from distributed import Client

    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError):
        _refuse("scheduler_unreachable", name, value=address)
    with client:
        _wait_for_one(client, name, _PATIENCE_S)
        yield Workers(client, name)


def _wait_for_one(client: Client, name: str, patience_s: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience_s)
    except TimeoutError:
        _refuse("workers_none", name, value=f"{patience_s:.0f}")
    except _GONE:
        _refuse("scheduler_lost", name)


def _check_installed(name: str) -> None:
    if find_spec("distributed") is None:
        _refuse("distributed_missing", name)


def _refuse(rule: str, name: str, *, value: str = "") -> NoReturn:
    raise InputFaults([Fault(rule, name, value=value)]) from None
