"""Flagged counts in; daily totals (also by other rules), coverage and average days per site, mode and campaign out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import pandas as pd
import shapely

from movement import study, tables
from movement.counts import calendar, clock_change, coverage, daily, daylight, expand, layers, profiles
from movement.tables import CountLayers, Period, Phase, RobustMethod
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
    timezone = params.study["timezone"]
    add_up = partial(
        daily.daily_totals,
        campaigns=campaigns,
        timezone=timezone,
        valid_day_share=params.valid_day_share,
        school_hours=params.school_hours,
        holidays=calendar.holidays_within(counts["t_start_utc"], country=params.study.get("holiday_country", "")),
    )
    light = _light(counts, sites, timezone)
    totals = add_up(counts, light=light)
    tables.DAILY_VARIANTS.write(_variants(counts, campaigns, add_up, timezone), stage.DAILY_VARIANTS)
    volumes = expand.average_volumes(totals, campaigns, sites, study.read_interventions(stage.RAW_STUDY))
    tables.DAILY.write(totals, stage.DAILY)
    hours = profiles.hourly(counts, totals, timezone=timezone)
    tables.PROFILES.write(profiles.profiles(hours, totals), stage.PROFILES)
    tables.PEAKS.write(profiles.peaks(hours), stage.PEAKS)
    permanent = frozenset(sites["station_id"][sites["is_permanent"]])
    nights = tables.CLOCK_CHANGES.empty()
    if light is not None:
        nights = clock_change.clock_changes(counts, light, timezone=timezone, stations=permanent)
    tables.CLOCK_CHANGES.write(nights, stage.CLOCK_CHANGES)
    covered = coverage.daily_coverage(
        counts,
        campaigns,
        permanent=permanent,
        valid_day_share=params.valid_day_share,
        timezone=timezone,
    )
    tables.COVERAGE.write(covered, stage.COVERAGE)
    tables.VOLUMES.write(volumes, stage.VOLUMES)
    tables.VOLUMES.write(volumes[volumes["phase"] == str(Phase.BEFORE)], stage.VOLUMES_BEFORE)


def _light(counts: pd.DataFrame, sites: gpd.GeoDataFrame, timezone: str) -> pd.DataFrame | None:
    """When it is light amid the count sites, on the dates counted; None where there are none."""
    if counts.empty or sites.empty:
        return None
    middle = gpd.GeoSeries([shapely.box(*sites.total_bounds).centroid], crs=sites.crs).to_crs("EPSG:4326").iloc[0]
    dates = calendar.local_dates(counts["t_start_utc"], timezone=timezone).unique()
    return daylight.light_of_days(middle.y, middle.x, timezone=timezone, dates=dates)


def _variants(
    counts: pd.DataFrame, campaigns: pd.DataFrame, add_up: Callable[[pd.DataFrame], pd.DataFrame], timezone: str
) -> pd.DataFrame:
    """Total the campaigns' days by other rules, each where it changes anything: with flags ignored, uncorrected."""
    corrections = tables.CORRECTIONS.read(stage.CORRECTIONS)
    known = CountLayers(tables.DEVICES.empty(), corrections, tables.DECISIONS.empty())
    dates = calendar.local_dates(counts["t_start_utc"], timezone=timezone)
    inside = counts[daily.campaign_of(dates, campaigns).notna()]
    made = {
        RobustMethod.WITH_FLAGGED: layers.with_flagged(inside, known, timezone=timezone),
        RobustMethod.WITHOUT_CORRECTIONS: layers.without_corrections(inside),
    }
    parts = []
    for variant, changed in made.items():
        if not changed["count"].equals(inside["count"]):
            whole = add_up(changed)
            parts.append(whole[whole["period"] == str(Period.ALL_DAY)].assign(variant=str(variant)))
    return tables.DAILY_VARIANTS.joined(parts)


if __name__ == "__main__":
    stage.main("average_counts", run, Params)
