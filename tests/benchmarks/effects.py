"""Do effects survive a hostile reader: coverage, false rises, rerouting, power, a peer, and the demonstration.

`uv run --group benchmark python -m tests.benchmarks.effects [--full] [--json FILE]`; prints every figure with its
Monte-Carlo standard error, and a missed goal as missed. Limits are meant +- two of them. The seed is never changed to
pass. With --full the rows are also written into effects_full.csv beside this file, which is committed.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import (
    effect_conclusions,
    effect_coverage,
    effect_demonstration,
    effect_library,
    effect_peer,
    effect_power,
    effect_rerouting,
)
from tests.benchmarks.rows import Row, parser, tell

TABLE = Path(__file__).with_name("effects_full.csv")


@dataclass(frozen=True)
class Size:
    """How many studies of each kind, the last through the library's own door; and seeds of the demonstration."""

    arrays: int
    alike: int
    same: int
    school: int
    rerouted: int
    power: int
    power_weeks: tuple[int, ...]
    seeds: int
    limit_s: int


FULL = Size(1000, 1000, 10, 400, 200, 1000, (1, 2, 4), 1000, 600)
SHORT = Size(1000, 300, 1, 10, 10, 400, (2,), 16, 60)


def rows(size: Size, *, workers: int) -> Iterator[Row]:
    """Yield every figure but the peer's."""
    begin, busy = time.perf_counter(), sum(os.times()[:4])
    yield from effect_coverage.coverage(size.arrays)
    yield from effect_library.same_numbers(size.same)
    yield from effect_conclusions.without_effect(size.arrays)
    yield from effect_conclusions.no_larger_change(size.alike)
    yield from effect_conclusions.school_moved(size.school, workers=workers)
    yield from effect_rerouting.unbiased(size.arrays)
    yield from effect_rerouting.by_table(size.rerouted, workers=workers)
    yield from effect_power.agreement(size.power, weeks=size.power_weeks)
    yield from effect_demonstration.same_days()
    yield from effect_demonstration.truth_found(size.seeds, workers=workers)
    seconds = time.perf_counter() - begin
    yield Row("the whole table", seconds, "s", f"<= {size.limit_s}", seconds <= size.limit_s)
    yield Row("the whole table, processor time of all processes", sum(os.times()[:4]) - busy, "s", "none", True)


def with_peer(size: Size, *, workers: int) -> Iterator[Row]:
    """Yield every figure."""
    yield from effect_peer.agreement(50)
    yield from rows(size, workers=workers)


def written(found: Iterable[Row]) -> Iterator[Row]:
    """Pass rows on, and write them down once all are there."""
    kept = []
    for row in found:
        kept.append(row)
        yield row
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["name", "value", "standard_error", "unit", "goal", "holds"])
        for row in kept:
            error = "" if row.se is None else f"{row.se:.2f}"
            table.writerow([row.name, f"{row.value:.2f}", error, row.unit, row.goal, "yes" if row.holds else "no"])


def main() -> None:
    """Print every row; write them as JSON where asked."""
    options = parser()
    options.add_argument("--full", action="store_true", help="as many studies as the goals are about, into the table")
    options.add_argument("--workers", type=int, default=2, metavar="N", help="processes (2)")
    asked = options.parse_args()
    found = with_peer(FULL if asked.full else SHORT, workers=asked.workers)
    tell(written(found) if asked.full else found, asked.json)


if __name__ == "__main__":
    main()
