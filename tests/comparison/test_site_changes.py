import numpy as np
import pandas as pd
import pytest
from scipy import stats

from movement import tables
from movement.comparison.site_changes import site_changes
from tests.comparison.observed_world import ENDS, campaigns, daily, sites

WEEK = [100, 110, 90, 100, 100, 200, 220] * 2


def changes(counts, places):
    return site_changes(counts, places, campaigns(), **ENDS).set_index(["station_id", "mode", "day_type"])


def test_weekdays_and_weekends_apart_with_the_interval_of_the_mean():
    found = changes(daily(("T1", "walk", WEEK, [2 * n for n in WEEK])), sites(("T1", "treated")))
    weekday = found.loc[("T1", "walk", "weekday")]
    days = np.array([100, 110, 90, 100, 100] * 2)
    half = stats.t.ppf(0.975, 9) * days.std(ddof=1) / np.sqrt(10)
    assert (weekday["before_per_day"], weekday["days_before"], weekday["index"]) == (100, 10, 200)
    assert weekday["before_low"] == pytest.approx(100 - half, abs=0.05)
    assert found.loc[("T1", "all", "weekend"), "before_per_day"] == 210


def test_a_lost_saturday_is_lost_on_both_sides():
    lost = [float(n) for n in WEEK]
    lost[5] = np.nan
    found = changes(daily(("T1", "walk", WEEK, lost)), sites(("T1", "treated")))
    assert found.loc[("T1", "walk", "all"), ["days_before", "days_after", "index"]].tolist() == [13, 13, 100]


def test_a_new_link_has_an_after_and_no_index():
    opened = {"valid_from": pd.Timestamp("2026-05-01")}
    found = changes(daily(("S3", "cycle", None, 300)), sites(("S3", "new_link", opened)))
    row = found.loc[("S3", "cycle", "all")]
    assert (row["after_per_day"], row["days_before"], row["days_after"]) == (300, 0, 14)
    assert row[["before_per_day", "index"]].isna().all()


def test_both_modes_together_are_the_days_on_which_both_are_valid():
    short = [50.0] * 13 + [np.nan]
    found = changes(daily(("T1", "walk", 100, 100), ("T1", "cycle", 50, short)), sites(("T1", "treated")))
    assert found.loc[("T1", "all", "all"), ["before_per_day", "days_after"]].tolist() == [150, 13]


def test_nothing_counted_gives_no_rows():
    assert site_changes(tables.DAILY.empty(), sites(), campaigns(), **ENDS).empty
    assert site_changes(daily(("T1", "walk", 1, 1)), sites(("T1", "treated")), tables.CAMPAIGNS.empty(), **ENDS).empty
