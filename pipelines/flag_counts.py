"""Counts as read in, the same rows with a flag each out; what people decided lies over the rules."""

from __future__ import annotations

from dataclasses import dataclass

from movement import study, tables
from movement.counts import layers, quality
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
    timezone = params.study["timezone"]
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    known = study.read_count_layers(stage.RAW_STUDY, stations=frozenset(sites["station_id"]))
    counts = layers.lay_over(flagged, known, timezone=timezone)
    tables.COUNTS.write(counts, stage.COUNTS)
    tables.FLAGS.write(layers.flag_stretches(counts, known, timezone=timezone), stage.FLAGS)
    tables.DEVICES.write(known.devices, stage.DEVICES)
    tables.CORRECTIONS.write(known.corrections, stage.CORRECTIONS)
    tables.DECISIONS.write(known.decisions, stage.DECISIONS)


if __name__ == "__main__":
    stage.main("flag_counts", run, Params)
