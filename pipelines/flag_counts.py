"""Counts as read in, the same rows with a flag each out; what people decided lies over the rules. Notices beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import pandas as pd

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
    timezone = params.study["timezone"]
    campaigns = study.read_campaigns(stage.RAW_STUDY)
    flag = partial(quality.flag_counts, timezone=timezone, limits=limits_of(params), holidays=holidays)
    flagged = apart(read, _first_after(campaigns, timezone), flag)
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    known = study.read_count_layers(stage.RAW_STUDY, stations=frozenset(sites["station_id"]))
    counts = layers.lay_over(flagged, known, timezone=timezone)
    tables.COUNTS.write(counts, stage.COUNTS)
    tables.FLAGS.write(layers.flag_stretches(counts, known, timezone=timezone), stage.FLAGS)
    told = notices.list_notices(
        counts,
        campaigns,
        study.read_events(stage.RAW_STUDY),
        known,
        timezone=timezone,
        holidays=holidays,
    )
    tables.NOTICES.write(told, stage.NOTICES)
    tables.DEVICES.write(known.devices, stage.DEVICES)
    tables.CORRECTIONS.write(known.corrections, stage.CORRECTIONS)
    tables.DECISIONS.write(known.decisions, stage.DECISIONS)


def apart(
    counts: pd.DataFrame, moment: pd.Timestamp | None, flag: Callable[[pd.DataFrame], pd.DataFrame]
) -> pd.DataFrame:
    """Flag what was counted before a moment without looking at what came after it; same rows and index.

    So no count of the after phase says which count of the before phase the model is fitted to.
    """
    flagged = flag(counts)
    early = counts["t_start_utc"] < moment if moment is not None else pd.Series(False, index=counts.index)
    if not early.any() or early.all():
        return flagged
    return pd.concat([flag(counts[early]), flagged[~early]]).reindex(counts.index)


def _first_after(campaigns: pd.DataFrame, timezone: str) -> pd.Timestamp | None:
    starts = campaigns.loc[campaigns["phase"] == str(tables.Phase.AFTER), "start_date"]
    return None if starts.empty else starts.min().tz_localize(timezone).tz_convert("UTC")


if __name__ == "__main__":
    stage.main("flag_counts", run, Params)
