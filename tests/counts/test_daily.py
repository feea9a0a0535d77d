import pandas as pd
import pytest

from movement import tables
from movement.counts.daily import daily_totals
from tests.counts.test_quality import series

CAMPAIGNS = tables.CAMPAIGNS.check(
    pd.DataFrame(
        {
            "campaign_id": ["before"],
            "phase": "before",
            "start_date": pd.to_datetime(["2025-09-01"]),
            "end_date": pd.to_datetime(["2025-09-02"]),
            "residents_present": None,
            "homes_occupied": None,
            "attractions_closed": None,
            "source": None,
        }
    )
)


def totals(counts, hours=("07:30-09:00", "13:00-15:30"), holidays=frozenset(), light=None):
    found = daily_totals(
        counts,
        CAMPAIGNS,
        timezone="Europe/Copenhagen",
        valid_day_share=0.95,
        school_hours=hours,
        holidays=holidays,
        light=light,
    )
    return found.set_index(["period", "date"])


def test_both_directions_add_up_and_school_hours_are_left_out():
    ways = [series([1] * 96, start="2025-08-31 22:00", freq="15min", direction=way) for way in ("in", "out")]
    found = totals(pd.concat(ways, ignore_index=True))
    whole, outside = found.loc[("all_day", "2025-09-01")], found.loc[("outside_school", "2025-09-01")]
    assert (whole["count"], whole["valid_share"], whole["is_valid"]) == (192.0, 1.0, True)
    assert (outside["count"], outside["valid_share"]) == (192.0 - 2 * (6 + 10), 1.0)
    assert whole["campaign_id"] == "before"
    assert whole["day_type"] == "weekday"


def test_hours_that_touch_the_school_hours_are_left_out_whole():
    found = totals(series([1] * 24, start="2025-08-31 22:00"))
    assert found.loc[("outside_school", "2025-09-01"), "count"] == 24 - 2 - 3
    assert found.loc[("outside_school", "2025-09-01"), "valid_share"] == 1.0


@pytest.mark.parametrize(("blank", "is_valid"), [(4, True), (5, False)])
def test_a_day_is_valid_from_the_share_on(blank, is_valid):
    found = totals(series([None] * blank + [1] * (96 - blank), start="2025-08-31 22:00", freq="15min"))
    assert found.loc[("all_day", "2025-09-01"), "is_valid"] == is_valid
    assert found.loc[("all_day", "2025-09-01"), "count"] == 96 - blank


def test_a_direction_that_is_silent_all_day_makes_the_day_invalid():
    counts = pd.concat(
        [series([1] * 48, start="2025-08-31 22:00"), series([1] * 24, start="2025-08-31 22:00", direction="out")],
        ignore_index=True,
    )
    found = totals(counts)
    assert found.loc["all_day", "is_valid"].tolist() == [True, False]
    assert found.loc["all_day", "valid_share"].tolist() == [1.0, 0.5]


def test_the_day_of_the_autumn_night_wants_25_hours():
    found = totals(series([1] * 25, start="2025-10-25 22:00"))
    assert found.loc[("all_day", "2025-10-26"), "valid_share"] == 1.0
    single = totals(series([1, 1, 1, None, *[1] * 21], start="2025-10-25 22:00"))
    assert single.loc[("all_day", "2025-10-26"), "valid_share"] == 0.96


def test_a_daily_series_gives_all_day_only():
    counts = series([100, None], start="2025-08-31 22:00", freq="1D")
    found = totals(counts)
    assert found.index.get_level_values("period").unique().tolist() == ["all_day"]
    assert found["is_valid"].tolist() == [True, False]


def test_a_total_is_never_added_to_its_directions():
    ways = [
        series([n] * 24, start="2025-08-31 22:00", direction=way) for way, n in (("in", 1), ("out", 2), ("both", 3))
    ]
    found = totals(pd.concat(ways, ignore_index=True))
    assert found.loc[("all_day", "2025-09-01"), ["count", "valid_share"]].tolist() == [72.0, 1.0]


def test_holidays_are_weekend_and_nothing_gives_nothing():
    day = pd.Timestamp("2025-09-01").date()
    assert (
        totals(series([1] * 24, start="2025-08-31 22:00"), holidays=frozenset({day}))["day_type"].iloc[0] == "weekend"
    )
    assert len(totals(tables.COUNTS.empty())) == 0


def light(date="2025-09-01", start=6 * 60, end=20 * 60 + 15):
    return pd.DataFrame(
        {"date": pd.to_datetime([date]), "light_from_min": [float(start)], "light_to_min": [float(end)]}
    )


def test_of_an_hour_that_is_partly_dark_that_part_counts():
    """Dark are 00-06 and 20:15-24: six hours, three quarters of one, three hours."""
    found = totals(series([8] * 24, start="2025-08-31 22:00"), light=light()).loc[("dark", "2025-09-01")]
    assert (found["count"], found["valid_share"], found["is_valid"]) == (6 * 8 + 6 + 3 * 8, 1.0, True)


@pytest.mark.parametrize(("blank", "share"), [(12, 1.0), (3, 1 - 1 / 9.75)])
def test_a_blank_hour_costs_the_dark_only_where_it_is_dark(blank, share):
    hours = [None if hour == blank else 8 for hour in range(24)]
    found = totals(series(hours, start="2025-08-31 22:00"), light=light()).loc[("dark", "2025-09-01")]
    assert found["valid_share"] == pytest.approx(share, abs=1e-4)


def test_intervals_of_15_minutes_give_the_same_dark_as_hours():
    found = totals(series([2] * 96, start="2025-08-31 22:00", freq="15min"), light=light())
    assert found.loc[("dark", "2025-09-01"), "count"] == 78


def test_a_day_of_25_hours_has_an_hour_of_dark_more():
    found = totals(series([1] * 25, start="2025-10-25 22:00"), light=light("2025-10-26", 6 * 60, 18 * 60))
    assert found.loc[("dark", "2025-10-26"), ["count", "valid_share"]].tolist() == [13, 1.0]


def test_without_the_sun_there_is_no_dark():
    assert "dark" not in totals(series([1] * 24, start="2025-08-31 22:00")).index.get_level_values(0)
