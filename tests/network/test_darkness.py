"""How dark it is, at places and times where anyone can tell."""

import pytest

from movement.network.darkness import dark_share

EVEN = [1.0] * 24
PLACE = {"latitude": 55.76, "longitude": 12.45, "timezone": "Europe/Copenhagen", "trips_by_hour": EVEN}


def test_midwinter_nights_are_long_and_midsummer_ones_short():
    """Copenhagen, civil twilight: from 16:20 to 7:50 on 21 December, from 23:00 to 3:20 on 21 June (almanac)."""
    assert dark_share(**PLACE, months=[12]) == pytest.approx(15.5 / 24, abs=0.03)
    assert dark_share(**PLACE, months=[6]) == pytest.approx(4.3 / 24, abs=0.05)


def test_noon_is_light_and_midnight_dark():
    assert dark_share(**PLACE, hours=[12]) == 0
    assert dark_share(**PLACE, hours=[0], months=[1, 2, 11, 12]) == 1


def test_trips_weigh_the_hours():
    by_day = dict(PLACE, trips_by_hour=[0.0] * 9 + [1.0] * 6 + [0.0] * 9)
    assert dark_share(**by_day) == 0
    assert dark_share(**dict(PLACE, trips_by_hour=[0.0] * 24)) == 0
