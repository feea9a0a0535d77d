import datetime as dt

import pandas as pd
import pytest

from movement.counts import calendar


@pytest.mark.parametrize(
    ("year", "day"), [(2023, (4, 9)), (2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))]
)
def test_easter_moves(year, day):
    assert dt.date(year, *day) in calendar.public_holidays("DK", years=[year])


def test_store_bededag_ended_after_2023():
    assert dt.date(2023, 5, 5) in calendar.public_holidays("DK", years=[2023])
    assert dt.date(2024, 4, 26) not in calendar.public_holidays("DK", years=[2024])
    assert len(calendar.public_holidays("DK", years=[2024])) == 10


def test_no_country_has_no_holidays_and_an_unknown_one_is_an_error():
    assert calendar.public_holidays("", years=[2026]) == {}
    with pytest.raises(ValueError, match="holidays of 'XX' are not known"):
        calendar.public_holidays("XX", years=[2026])


def test_days_of_the_dst_nights_have_23_and_25_hours():
    dates = pd.Series(pd.to_datetime(["2026-03-29", "2026-10-25", "2026-06-01"]))
    assert calendar.day_minutes(dates, timezone="Europe/Copenhagen").tolist() == [1380.0, 1500.0, 1440.0]


def test_local_dates_are_those_of_the_clock_on_the_wall():
    t = pd.Series(pd.to_datetime(["2026-06-01 22:00"], utc=True))
    assert calendar.local_dates(t, timezone="Europe/Copenhagen").tolist() == [pd.Timestamp("2026-06-02")]
