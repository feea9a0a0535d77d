import pandas as pd
import pytest

from movement.counts.daylight import light_of_days

COPENHAGEN = {"latitude": 55.68, "longitude": 12.57, "timezone": "Europe/Copenhagen"}


@pytest.mark.parametrize(
    ("date", "start", "end"),
    [
        ("2025-06-21", 3 * 60 + 26, 22 * 60 + 57),  # sunrise 04:25, sunset 21:58, almanac; twilight about an hour
        ("2025-12-21", 7 * 60 + 51, 16 * 60 + 25),  # 08:37, 15:38; about 46 minutes
    ],
)
def test_civil_twilight_in_copenhagen_within_ten_minutes_of_the_almanac(date, start, end):
    found = light_of_days(**COPENHAGEN, dates=[pd.Timestamp(date)]).iloc[0]
    assert found["light_from_min"] == pytest.approx(start, abs=10)
    assert found["light_to_min"] == pytest.approx(end, abs=10)


def test_the_clock_change_moves_light_by_an_hour():
    days = pd.to_datetime(["2025-10-25", "2025-10-26"])
    found = light_of_days(**COPENHAGEN, dates=days)
    assert found["light_from_min"].diff().iloc[1] == pytest.approx(-60, abs=4)


@pytest.mark.parametrize(("date", "wanted"), [("2025-06-21", (0, 1440)), ("2025-12-21", (720, 720))])
def test_far_north_it_is_light_all_day_or_never(date, wanted):
    found = light_of_days(78.2, 15.6, timezone="Europe/Oslo", dates=[pd.Timestamp(date)] * 2)
    assert [tuple(row) for row in found[["light_from_min", "light_to_min"]].to_numpy()] == [wanted]
