"""How the benchmark of flows times: every tool in a process of its own, medians, the machine as quiet as may be."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

HOUSE = Path(__file__).resolve().parents[2]
THREADS = 2
LEAST, MOST, ENOUGH_S, LONG_S = 5, 15, 3.0, 60.0
_QUIET_PERCENT, _PATIENCE_S = 20.0, 10.0


def timed(run: Callable[[], Any]) -> dict[str, Any]:
    """Call at least five times, or once where a call takes over a minute.

    Returns median seconds, by the clock and of all threads together; the first call's apart.
    """
    result, *first = _once(run)
    taken = [first] if first[0] > LONG_S else []
    while first[0] <= LONG_S and (
        len(taken) < LEAST or (len(taken) < MOST and sum(wall for wall, _ in taken) < ENOUGH_S)
    ):
        del result
        result, *seconds = _once(run)
        taken.append(seconds)
    wall, processor = np.median(taken, axis=0).tolist()
    return {"result": result, "first": first[0], "seconds": wall, "processor_seconds": processor, "runs": len(taken)}


def _once(run: Callable[[], Any]) -> tuple[Any, float, float]:
    begin, busy = time.perf_counter(), time.process_time()
    result = run()
    return result, time.perf_counter() - begin, time.process_time() - busy


def tell(found: dict[str, Any]) -> None:
    """Print what a measured process found as its last line; the peak memory of the process with it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    kept = {name: value for name, value in found.items() if name != "result"}
    print("\n" + json.dumps(kept | {"megabytes": peak}), flush=True)  # some peers leave their line unfinished


def measured(module: str, *asked: object, threads: int = THREADS, limit_s: float | None = None,
             env: dict[str, str] | None = None) -> dict[str, Any]:  # fmt: skip
    """Run a module in a process of its own; return what it printed, or `missing`: why there is nothing."""
    wait_for_quiet()
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, asked)]
    surroundings = os.environ | dict.fromkeys(names, str(threads)) | {"AEQ_SHOW_PROGRESS": "FALSE"} | (env or {})
    begin = time.perf_counter()
    try:
        with subprocess.Popen(command, cwd=HOUSE, env=surroundings, text=True, stdout=subprocess.PIPE) as process:
            try:
                answer, _ = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                return {"missing": f"not done in {limit_s:.0f} s"}
    except OSError as error:
        return {"missing": str(error)}
    lines = [line for line in answer.splitlines() if line.startswith("{")]
    if process.returncode or not lines:
        return {"missing": f"ended with {process.returncode}"}
    found: dict[str, Any] = json.loads(lines[-1])
    return found | {"process_seconds": time.perf_counter() - begin}


class FailedError(RuntimeError):
    """A process of our own came to nothing."""


def ours(work: str, folder: Path, radius_m: float, *asked: object, **options: Any) -> dict[str, Any]:
    """Measure our own code; raise `FailedError` where it came to nothing."""
    found = measured("assignment_ours", work, folder, radius_m, *asked, **options)
    if "missing" in found:
        raise FailedError(f"{work}: {found['missing']}")
    return found


def wait_for_quiet() -> None:
    """Wait, ten seconds at most, for others to leave the machine alone."""
    end = time.perf_counter() + _PATIENCE_S
    while psutil.cpu_percent(interval=1.0) > _QUIET_PERCENT and time.perf_counter() < end:
        pass
