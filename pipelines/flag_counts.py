"""Counts as read in, the same rows with a flag each out."""

from __future__ import annotations

from dataclasses import dataclass

from movement import tables
from movement.counts import quality
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """Limits of the rules, and the study's time zone."""

    zero_run_expected: float
    stuck_equal_values: int
    stuck_least_count: int
    study: dict[str, str]


def run(params: Params) -> None:
    """Read, flag and write."""
    flagged = quality.flag_counts(
        tables.COUNTS.read(stage.COUNTS_READ),
        timezone=params.study["timezone"],
        zero_run_expected=params.zero_run_expected,
        stuck_equal_values=params.stuck_equal_values,
        stuck_least_count=params.stuck_least_count,
    )
    tables.COUNTS.write(flagged, stage.COUNTS)


if __name__ == "__main__":
    stage.main("flag_counts", run, Params)
