import numpy as np
import pandas as pd
import pytest
from scipy import stats

from movement import tables
from movement.comparison.site_changes import site_changes
from tests.comparison.observed_world import ENDS, campaigns, daily, sites

WEEK = [100, 110, 90, 100, 100, 200, 220] * 2


def changes(counts, places):
    return site_changes(counts, places, campaigns(), **ENDS, fewest_controls=3).set_index(
        ["station_id", "mode", "day_type"]
    )


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


CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
SAME = [(f"K{n}", "walk", 100, value) for n, value in ((1, 108), (2, 110), (3, 112))]


@pytest.mark.parametrize(("after", "conclusion"), [(150, "rise_shown"), (110, "not_shown"), (80, "fall_shown")])
def test_a_change_is_shown_where_it_lies_outside_the_spread_of_the_controls(after, conclusion):
    """All days alike: every site's own intervals lie apart, and mean only that the weather of the year was better."""
    row = changes(daily(("T1", "walk", 100, after), *SAME), sites(("T1", "treated"), *CONTROLS))
    row = row.loc[("T1", "walk", "all")]
    logs = np.log([1.08, 1.10, 1.12])
    chance = 1 / (100 * 14) + 1 / (after * 14) - np.mean([1 / (100 * 14) + 1 / (n * 14) for n in (108, 110, 112)])
    half = stats.t.ppf(0.975, 2) * np.sqrt(logs.var(ddof=1) * 4 / 3 + max(chance, 0))
    assert row["conclusion"] == conclusion
    assert row["effect_low"] == pytest.approx(100 * np.expm1(np.log(after / 100) - logs.mean() - half), abs=0.01)
    assert row["index"] == pytest.approx(after)
    ends = after * np.exp([-half, half])
    assert [row["index_low"], row["index_high"]] == pytest.approx(ends, abs=0.06)


@pytest.mark.parametrize(
    ("series", "place", "reason"),
    [
        ([("T1", "walk", 100, 150), *SAME[:2]], {}, "too_few_controls"),
        ([("T1", "walk", 100, 150)], {}, "no_controls"),
        ([("T1", "walk", 100, 0), *SAME], {}, "zero_counts"),
        ([("T1", "walk", 100, None), *SAME], {}, "no_matched_dates"),
        ([("T1", "walk", 100, 150), *SAME], {"valid_from": pd.Timestamp("2025-09-03")}, "no_before"),
    ],
)
def test_what_cannot_be_set_against_controls_says_why(series, place, reason):
    found = changes(daily(*series), sites(("T1", "other", place), *CONTROLS)).loc[("T1", "walk", "all")]
    assert (found["conclusion"], found["reason"]) == ("cannot_be_judged", reason)


def test_four_weekend_days_are_too_few():
    found = changes(daily(("T1", "walk", 100, 150), *SAME), sites(("T1", "treated"), *CONTROLS))
    assert found.loc[("T1", "walk", "weekend"), "reason"] == "too_few_dates"


def test_a_control_is_set_against_the_others():
    many = [("K0", "walk", 100, 300), *SAME]
    found = changes(daily(*many), sites(("K0", "control"), *CONTROLS))
    assert found.loc[("K0", "walk", "all"), "conclusion"] == "rise_shown"


def test_nothing_counted_gives_no_rows():
    assert site_changes(tables.DAILY.empty(), sites(), campaigns(), **ENDS, fewest_controls=3).empty
    assert site_changes(
        daily(("T1", "walk", 1, 1)), sites(("T1", "treated")), tables.CAMPAIGNS.empty(), **ENDS, fewest_controls=3
    ).empty
