"""Whole studies through the library's own door: the same numbers as from arrays; and several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import numpy as np

from movement.comparison.effects import observed_effects
from tests.benchmarks import effect_studies as studies
from tests.benchmarks.effect_coverage import SCENARIOS, SEED, intervals
from tests.benchmarks.effect_studies import Design, stream
from tests.benchmarks.rows import Row

CHUNK = 5  # studies drawn together
Job = TypeVar("Job")
Result = TypeVar("Result")


def spread_out(task: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int) -> list[Result]:
    """Do each job, in order, on so many processes."""
    if workers == 1:
        return [task(job) for job in jobs]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(task, jobs, chunksize=4))


def same_numbers(each: int, *, names: Sequence[str] = tuple(SCENARIOS)) -> Iterator[Row]:
    """Compare effect and both ends of the interval, in %, of both doors: frames of days, and log ratios."""
    off = [_apart(name, SCENARIOS[name], each) for name in names]
    name = f"frames and arrays furthest apart, {each * len(off)} studies"
    yield Row(name, max(off), "points", "<= 0.005", max(off) <= 0.005 + 1e-9)  # EFFECTS has two decimals


def _apart(name: str, design: Design, each: int) -> float:
    drawn = studies.draw(design, each, stream(SEED, "same", name))
    arrays, given = intervals(drawn), studies.frames(design, role="treated")
    off = 0.0
    for at in range(each):
        found = observed_effects(
            studies.daily(drawn, at), given.sites, given.screenlines, given.campaigns,
            **studies.ENDS, fewest_controls=studies.FEWEST,
        )  # fmt: skip
        for outcome, estimator in (("screenline", "control_spread"), ("naive", "naive"), ("treated sites", "ols")):
            row = found[(found["estimator"] == estimator) & (found["mode"] == "all") & (found["period"] == "all_day")]
            one = arrays[outcome]
            ends = one.effect[at] + np.array([0, -1, 1]) * one.half[at]
            shown = row[["effect_pct", "effect_low", "effect_high"]].to_numpy(dtype=float)[0]
            off = max(off, float(np.abs(shown - 100 * np.expm1(ends)).max()))
    return off
