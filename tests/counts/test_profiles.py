"""Hours, weekdays and the busiest hour of one site whose counts are known."""

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.counts.daily import daily_totals
from movement.counts.profiles import hourly, peaks, profiles
from tests.counts.test_notices import CAMPAIGN, rows

ZONE = "Europe/Copenhagen"


def world(days=14, *, start="2025-09-01", people=lambda date, hour, way: 10 if 7 <= hour < 19 else 0):
    """Two directions, every hour, from local midnight; both a campaign and the days beyond it."""
    local = pd.date_range(start, periods=24 * days, freq="1h", tz=ZONE)
    frames = []
    for way in ("in", "out"):
        n = [float(people(t.date(), t.hour, way)) for t in local]
        frame = pd.DataFrame(
            {"station_id": "S1", "mode": "walk", "direction": way, "t_start_utc": local.tz_convert("UTC")}
        )
        frames.append(frame.assign(interval_min=60, count_reported=n, count=n, flag="", source_file="a", source_row=2))
    counts = tables.COUNTS.check(pd.concat(frames, ignore_index=True))
    daily = daily_totals(
        counts, rows(tables.CAMPAIGNS, CAMPAIGN), timezone=ZONE, valid_day_share=0.95, school_hours=[], holidays=()
    )
    return counts, daily


def test_every_hour_has_its_mean_and_even_days_leave_no_doubt():
    counts, daily = world()
    hours = hourly(counts, daily, timezone=ZONE)
    found = profiles(hours, daily)
    both = found[(found["profile"] == "hour_weekday") & (found["direction"] == "both")].set_index("slot")
    assert both["people"].tolist() == [0.0] * 7 + [20.0] * 12 + [0.0] * 5
    assert both["valid_days"].unique().tolist() == [10]
    assert (both["people_low"] == both["people"]).all()
    week = found[found["profile"] == "weekday"]
    assert week["people"].tolist() == [240.0] * 7
    month = found[found["profile"] == "month"]
    assert month[["campaign_id", "slot", "people"]].to_numpy().tolist() == [["", 9, 240.0]]


def test_totals_of_hours_are_the_totals_of_days():
    counts, daily = world(people=lambda date, hour, way: hour + date.day)
    hours = hourly(counts, daily, timezone=ZONE)
    all_day = daily[daily["period"] == "all_day"]
    assert hours["people"].sum() == all_day["count"].sum() == counts["count"].sum()


def test_the_busiest_hour_and_the_share_going_in():
    counts, daily = world(people=lambda date, hour, way: (30 if hour == 16 else 1) * (3 if way == "in" else 1))
    found = peaks(hourly(counts, daily, timezone=ZONE)).iloc[0]
    assert (found["peak_hour"], found["people_per_hour"], found["valid_days"]) == (16, 120.0, 10)
    assert found["in_share"] == pytest.approx(0.75)
    assert (found["in_share_low"], found["in_share_high"]) == (0.75, 0.75)


def test_days_that_differ_have_an_interval_and_one_day_none():
    counts, daily = world(people=lambda date, hour, way: (10 if date.day % 2 else 14) if hour == 8 else 1)
    found = peaks(hourly(counts, daily, timezone=ZONE)).iloc[0]
    assert found["people_per_hour"] == 24.0  # five days of 20, five of 28
    half = 2.262 * np.std([20, 28] * 5, ddof=1) / np.sqrt(10)
    assert found["people_high"] - found["people_per_hour"] == pytest.approx(half, abs=0.05)
    counts, daily = world(days=1)
    assert np.isnan(peaks(hourly(counts, daily, timezone=ZONE)).iloc[0]["people_low"])


def test_a_day_that_is_not_valid_tells_nothing():
    counts, daily = world()
    counts.loc[counts.index[:8], "count"] = np.nan
    daily = daily_totals(
        counts, rows(tables.CAMPAIGNS, CAMPAIGN), timezone=ZONE, valid_day_share=0.95, school_hours=[], holidays=()
    )
    hours = hourly(counts, daily, timezone=ZONE)
    assert hours["date"].min() == pd.Timestamp("2025-09-02")
    assert peaks(hours).iloc[0]["valid_days"] == 9
