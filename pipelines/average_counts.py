"""Flagged counts in; daily totals, their coverage and average days per site, mode and campaign out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from movement import study, tables
from movement.counts import calendar, coverage, daily, expand
from movement.tables import Fault, InputFaults, Phase
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """What makes a day valid, hours left out, holidays, and where and when the study is."""

    valid_day_share: float
    school_hours: list[str]
    holiday_country: str
    study: dict[str, str]


def run(params: Params) -> None:
    """Read, total, average and write."""
    counts = tables.COUNTS.read(stage.COUNTS)
    campaigns = study.read_campaigns(stage.RAW_STUDY)
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    totals = daily.daily_totals(
        counts,
        campaigns,
        timezone=params.study["timezone"],
        valid_day_share=params.valid_day_share,
        school_hours=params.school_hours,
        holidays=_holidays(params.holiday_country, counts["t_start_utc"]),
    )
    volumes = expand.average_volumes(totals, campaigns, sites)
    tables.DAILY.write(totals, stage.DAILY)
    permanent = frozenset(sites["station_id"][sites["is_permanent"]])
    covered = coverage.daily_coverage(
        counts,
        campaigns,
        permanent=permanent,
        valid_day_share=params.valid_day_share,
        timezone=params.study["timezone"],
    )
    tables.COVERAGE.write(covered, stage.COVERAGE)
    tables.VOLUMES.write(volumes, stage.VOLUMES)
    tables.VOLUMES.write(volumes[volumes["phase"] == str(Phase.BEFORE)], stage.VOLUMES_BEFORE)


def _holidays(country: str, t_utc: pd.Series) -> frozenset[dt.date]:
    if country not in calendar.COUNTRIES:
        raise InputFaults([Fault("holiday_country", stage.PARAMS_FILE.as_posix(), value=country)])
    years = range(t_utc.min().year, t_utc.max().year + 2) if len(t_utc) else range(0)
    return calendar.public_holidays(country, years=years)


if __name__ == "__main__":
    stage.main("average_counts", run, Params)
