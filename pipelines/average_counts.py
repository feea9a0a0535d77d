"""Flagged counts in; daily totals, their coverage and average days per site, mode and campaign out."""

from __future__ import annotations

from dataclasses import dataclass

from movement import study, tables
from movement.counts import calendar, coverage, daily, expand, profiles
from movement.tables import Phase
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """What makes a day valid, hours left out, and where and when the study is."""

    valid_day_share: float
    school_hours: list[str]
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
        holidays=calendar.holidays_within(counts["t_start_utc"], country=params.study.get("holiday_country", "")),
    )
    volumes = expand.average_volumes(totals, campaigns, sites, study.read_interventions(stage.RAW_STUDY))
    tables.DAILY.write(totals, stage.DAILY)
    hours = profiles.hourly(counts, totals, timezone=params.study["timezone"])
    tables.PROFILES.write(profiles.profiles(hours, totals), stage.PROFILES)
    tables.PEAKS.write(profiles.peaks(hours), stage.PEAKS)
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


if __name__ == "__main__":
    stage.main("average_counts", run, Params)
