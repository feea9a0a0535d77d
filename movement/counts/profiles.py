"""How people spread over the hours, the week and the year at a site, and which way they go, with intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.counts.calendar import local_dates, local_minutes
from movement.counts.daily import without_totals
from movement.counts.expand import mean_day
from movement.tables import PEAKS, PROFILES, DayType, Period, Profile

_SITE = ["station_id", "mode"]
_HOURS = {str(DayType.WEEKDAY): Profile.HOUR_WEEKDAY, str(DayType.WEEKEND): Profile.HOUR_WEEKEND}
_LEAST_MONTH_DAYS = 7


def hourly(counts: pd.DataFrame, daily: pd.DataFrame, *, timezone: str) -> pd.DataFrame:
    """Add up the used counts of valid days by local hour and direction.

    Parameters
    ----------
    counts
        COUNTS with flags; intervals of an hour or less.
    daily
        DAILY, whose valid days are taken.
    timezone
        IANA name of the local hour.

    Returns
    -------
    hours
        station_id, mode, direction, date, hour, people, day_type, campaign_id; hours that are not whole are left out.
    """
    rows = counts[counts["interval_min"] <= 60]
    rows = without_totals(rows.assign(date=local_dates(rows["t_start_utc"], timezone=timezone)))
    rows = rows.assign(hour=local_minutes(rows["t_start_utc"], timezone=timezone) // 60)
    rows = rows.assign(used_min=rows["interval_min"].where(rows["count"].notna(), 0))
    hours = rows.groupby([*_SITE, "direction", "date", "hour"], as_index=False).agg(
        people=("count", "sum"), used_min=("used_min", "sum")
    )
    valid = daily[daily["is_valid"] & (daily["period"] == str(Period.ALL_DAY))]
    whole = hours[hours["used_min"] >= 60].drop(columns="used_min")
    return whole.merge(valid[[*_SITE, "date", "day_type", "campaign_id"]], on=[*_SITE, "date"], validate="many_to_one")


def profiles(hours: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """Average each hour of a weekday and a weekend day, each weekday, and each month.

    Hours and weekdays are of a campaign; months are of all valid days of sites that counted on seven or more of
    them.

    Parameters
    ----------
    hours
        From `hourly`.
    daily
        DAILY.

    Returns
    -------
    profiles
        PROFILES; intervals are of days as independent (t), none from a single day.
    """
    valid = daily[daily["is_valid"] & (daily["period"] == str(Period.ALL_DAY))]
    of_hours = hours.dropna(subset="campaign_id").rename(columns={"hour": "slot"})
    both = of_hours.groupby([*_SITE, "campaign_id", "day_type", "date", "slot"], as_index=False)["people"].sum()
    both = both.assign(direction="both")
    by_hour = pd.concat([of_hours[of_hours["direction"] != "both"], both], ignore_index=True)
    by_hour = by_hour.assign(profile=by_hour["day_type"].map(_HOURS))
    days = valid.dropna(subset="campaign_id").assign(profile=str(Profile.WEEKDAY), direction="both")
    by_weekday = days.assign(slot=days["date"].dt.dayofweek, people=days["count"])
    by_month = valid.assign(
        profile=str(Profile.MONTH), direction="both", campaign_id="", slot=valid["date"].dt.month, people=valid["count"]
    )
    keys = [*_SITE, "campaign_id", "profile", "direction", "slot"]
    every = pd.concat([part[[*keys, "people"]] for part in (by_hour, by_weekday, by_month)], ignore_index=True)
    found = every.groupby(keys)["people"].agg(["size", "mean", "std"]).reset_index()
    found = found[(found["profile"] != str(Profile.MONTH)) | (found["size"] >= _LEAST_MONTH_DAYS)]
    return PROFILES.check(_with_interval(found).sort_values(keys, ignore_index=True)[list(PROFILES.columns)])


def peaks(hours: pd.DataFrame) -> pd.DataFrame:
    """Find the busiest hour of a weekday at each site in each campaign, and the share of people going in.

    Parameters
    ----------
    hours
        From `hourly`.

    Returns
    -------
    peaks
        PEAKS. The busiest hour is the one with the highest mean over weekdays; the share is the mean over days.
    """
    rows = list(_peaks(hours[(hours["day_type"] == str(DayType.WEEKDAY)) & hours["campaign_id"].notna()]))
    return PEAKS.check(pd.DataFrame(rows, columns=list(PEAKS.columns)))


def _peaks(hours: pd.DataFrame) -> Iterator[dict[str, object]]:
    for (station, mode, campaign), own in hours.groupby([*_SITE, "campaign_id"], sort=True):
        table = own.groupby(["date", "hour"])["people"].sum().unstack("hour")  # noqa: PD010 - keys are unique
        whole = table.dropna(axis=1)
        if whole.empty:
            continue
        hour = int(whole.mean().idxmax())
        busiest = mean_day(whole[hour])
        ways = own.groupby(["date", "direction"])["people"].sum().unstack("direction")  # noqa: PD010
        share = mean_day((ways["in"] / ways.sum(axis=1)).dropna()) if {"in", "out"} <= set(ways) else None
        yield {
            "station_id": station,
            "mode": mode,
            "campaign_id": campaign,
            "valid_days": busiest.valid_days,
            "peak_hour": hour,
            "people_per_hour": busiest.volume_per_day,
            "people_low": busiest.volume_low,
            "people_high": busiest.volume_high,
            "in_share": share.volume_per_day if share else np.nan,
            "in_share_low": share.volume_low if share else np.nan,
            "in_share_high": min(share.volume_high, 1.0) if share else np.nan,
        }


def _with_interval(found: pd.DataFrame) -> pd.DataFrame:
    days = found["size"].to_numpy()
    with np.errstate(invalid="ignore"):
        half = np.where(days > 1, stdtrit(np.maximum(days - 1, 1), 0.975) * found["std"] / np.sqrt(days), np.nan)
    return found.assign(
        valid_days=days,
        people=found["mean"],
        people_low=np.maximum(found["mean"] - half, 0.0),
        people_high=found["mean"] + half,
    )
