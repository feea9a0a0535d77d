"""Counts as read in, the same rows with a flag each out; what people decided lies over the rules. Notices beside."""

from __future__ import annotations

from dataclasses import dataclass, fields

from movement import study, tables
from movement.counts import calendar, layers, notices, quality
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """Limits of the rules, and the study's time zone."""

    zero_run_expected: float
    stuck_equal_values: int
    chance: float
    spike_chance: float
    implausible_per_hour: float
    low_day_share: float
    study: dict[str, str]


def limits_of(params: Params) -> quality.Limits:
    """Return the limits of the rules."""
    return quality.Limits(**{field.name: getattr(params, field.name) for field in fields(quality.Limits)})


def run(params: Params) -> None:
    """Read, flag and write."""
    read = tables.COUNTS.read(stage.COUNTS_READ)
    holidays = calendar.holidays_within(read["t_start_utc"], country=params.study.get("holiday_country", ""))
    flagged = quality.flag_counts(read, timezone=params.study["timezone"], limits=limits_of(params), holidays=holidays)
    timezone = params.study["timezone"]
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    known = study.read_count_layers(stage.RAW_STUDY, stations=frozenset(sites["station_id"]))
    counts = layers.lay_over(flagged, known, timezone=timezone)
    tables.COUNTS.write(counts, stage.COUNTS)
    tables.FLAGS.write(layers.flag_stretches(counts, known, timezone=timezone), stage.FLAGS)
    told = notices.list_notices(
        counts,
        study.read_campaigns(stage.RAW_STUDY),
        study.read_events(stage.RAW_STUDY),
        known,
        timezone=timezone,
        holidays=holidays,
    )
    tables.NOTICES.write(told, stage.NOTICES)
    tables.DEVICES.write(known.devices, stage.DEVICES)
    tables.CORRECTIONS.write(known.corrections, stage.CORRECTIONS)
    tables.DECISIONS.write(known.decisions, stage.DECISIONS)


if __name__ == "__main__":
    stage.main("flag_counts", run, Params)
