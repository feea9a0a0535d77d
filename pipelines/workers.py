"""Worker processes asked for by environment variable, which no parameter, command or lock file of DVC sees."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line checks a number long before it needs the kernel
    from movement.assignment.blocks import Spread

WORKERS_ASKED = "MOVEMENT_WORKERS"  # how many processes; how `movement run --workers` reaches the stages
SCHEDULER = "MOVEMENT_SCHEDULER"  # address of a Dask scheduler that runs already


@contextmanager
def spreading() -> Iterator[Spread | None]:
    """Give what spreads blocks of origins over the workers asked for; None where none are.

    Raises
    ------
    InputFaults
        If the variables are wrong, Dask is not installed, or the scheduler cannot be reached.
    """
    if not asked():
        yield None
        return
    check()
    number, address = _from_environment()
    from movement.assignment import distributed  # here: most runs need no workers

    chosen = distributed.started(int(number), WORKERS_ASKED) if number else distributed.connected(address, SCHEDULER)
    with chosen as workers:
        yield workers


def asked() -> bool:
    """Tell whether the environment asks for workers."""
    return any(_from_environment())


def check(number: str | None = None) -> None:
    """Check what was asked for, before any stage runs.

    Parameters
    ----------
    number
        Of workers, as the user wrote it; as the environment has it where not given.

    Raises
    ------
    InputFaults
        If it is no whole number above zero, if a scheduler is named as well, or if Dask is not installed.
    """
    from movement.tables import Fault, InputFaults

    in_environment, address = _from_environment()
    written, named = (in_environment, WORKERS_ASKED) if number is None else (number, "--workers")
    if number is None and not written:
        written, named, address = "1", SCHEDULER, ""  # only the scheduler is named: nothing to compare it with
    faults = []
    if not written.isdecimal() or int(written) == 0:
        faults.append(Fault("workers_not_a_number", named, value=written))
    if address:
        faults.append(Fault("workers_and_scheduler", named, value=address))
    if faults:
        raise InputFaults(faults)
    if find_spec("distributed") is None:
        raise InputFaults([Fault("distributed_missing", named)])


def _from_environment() -> tuple[str, str]:
    """Return number of workers and address of a scheduler as written; empty where not."""
    return os.environ.get(WORKERS_ASKED, "").strip(), os.environ.get(SCHEDULER, "").strip()
