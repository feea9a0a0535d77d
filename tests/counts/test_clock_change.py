import numpy as np
import pandas as pd
import pytest

from movement.counts.clock_change import clock_changes
from tests.counts.test_quality import series

ZONE = "Europe/Copenhagen"
DATES = pd.date_range("2025-10-01", "2025-11-20")
CHANGE = pd.Timestamp("2025-10-26")


def light(dates=DATES):
    """Light from 7 to 19 until the change, from 6 to 17 after: 17 and 18 turn dark, 6 turns light."""
    is_after = dates >= CHANGE
    ends = {"light_from_min": np.where(is_after, 360.0, 420.0), "light_to_min": np.where(is_after, 1020.0, 1140.0)}
    return pd.DataFrame({"date": dates} | ends)


def counts(hourly):
    """One counter whose people by local hour are given by date."""
    utc = pd.date_range("2025-09-30 22:00", "2025-11-20 22:00", freq="1h", tz="UTC")
    local = utc.tz_convert(ZONE)
    people = [hourly(stamp.hour, stamp.tz_localize(None).normalize() > CHANGE) for stamp in local]
    return series(people, start="2025-09-30 22:00")


def steady(hour, is_after):
    del is_after
    return 40 if hour in (6, 17, 18) else 30


def shun_the_dark(hour, is_after):
    weather = 2 if is_after else 1
    dark = hour in (17, 18) if is_after else hour == 6
    return weather * (20 if dark else 40)


def found(hourly, stations=("S1",), known=None):
    known = light() if known is None else known
    return clock_changes(counts(hourly), known, timezone=ZONE, stations=stations).set_index("hour")


def test_hours_that_turn_dark_or_light_are_found_and_nothing_else():
    rows = found(steady)
    assert rows.index.tolist() == [6, 17, 18]
    assert rows["ratio"].tolist() == pytest.approx([1, 1, 1])
    assert rows["days_light"].tolist() == [14, 14, 14]
    assert set(rows["change_date"]) == {CHANGE}


def test_people_who_shun_the_dark_halve_the_hour_whatever_the_weather_does():
    rows = found(shun_the_dark)
    assert rows["ratio"].tolist() == pytest.approx([0.5] * 3, abs=0.01)
    assert rows.loc[17, ["people_light", "people_dark"]].tolist() == [40, 40]
    assert rows.loc[6, ["people_light", "people_dark"]].tolist() == [80, 20]


def test_the_interval_is_that_of_welch_over_days():
    random = np.random.Generator(np.random.PCG64(1))
    rows = found(lambda hour, is_after: int(random.poisson(40)))
    assert ((rows["ratio_low"] < 1) & (rows["ratio_high"] > 1)).all()
    assert (rows["ratio_high"] / rows["ratio_low"]).between(1.1, 1.6).all()


def test_too_few_people_counters_that_move_and_dates_without_the_sun_tell_nothing():
    assert found(lambda hour, is_after: 2).empty
    assert found(steady, stations=()).empty
    assert found(steady, known=light(DATES[:30])).empty
