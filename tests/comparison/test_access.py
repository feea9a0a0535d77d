import numpy as np
import pandas as pd
import pytest

from movement.comparison import access

INF = np.inf


def test_the_estate_behind_the_motorway():
    zones = pd.DataFrame({"zone_id": ["w", "e"], "side": ["west", "east"], "residents": [100.0, 50.0]})
    attractions = pd.DataFrame({"attraction_id": ["shop_w", "shop_e"], "side": ["west", "east"]})
    found = access.access(
        zones,
        attractions,
        minutes_to_zones=np.array([[0.0, 15.0], [15.1, 0.0]]),
        minutes_to_attractions=np.array([[2.0, 17.0], [INF, 0.0]]),
        metres_to_attractions=np.array([[150.0, 1800.0], [INF, 0.0]]),
        straight_m=np.array([[100.0, 300.0], [300.0, 0.0]]),
        reach_min=15,
    )
    west, east = found.to_dict("records")
    assert west == {
        "zone_id": "w",
        "residents": 100.0,
        "people_within_15_min": 150.0,
        "attractions_within_15_min": 1,
        "detour_ratio_across": 6.0,
        "detour_ratio_along": 1.5,
        "cut_off_attractions": 0,
    }
    assert east["people_within_15_min"] == 50 and east["cut_off_attractions"] == 1
    assert np.isnan(east["detour_ratio_across"]) and np.isnan(east["detour_ratio_along"])


def test_a_zone_off_the_network_still_has_its_own_residents():
    zones = pd.DataFrame({"zone_id": ["w"], "side": [None], "residents": [9.0]})
    nothing = np.full((1, 0), INF)
    found = access.access(
        zones,
        pd.DataFrame({"side": pd.Series([], dtype=object)}),
        minutes_to_zones=np.array([[INF]]),
        minutes_to_attractions=nothing,
        metres_to_attractions=nothing,
        straight_m=nothing,
        reach_min=15,
    )
    assert found["people_within_15_min"].tolist() == [9.0]


def test_a_straight_line_of_no_length_is_named():
    with pytest.raises(ValueError, match=r"must be longer than zero: pair 1 has 0\.0 m"):
        access.detour_ratio(pd.Series([5.0, 5.0]), pd.Series([1.0, 0.0]))
