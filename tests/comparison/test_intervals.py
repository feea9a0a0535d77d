import numpy as np
import pandas as pd
import pytest

from movement.comparison import intervals

CALIBRATION = pd.DataFrame(
    {"replicate": ["S2", "all", "S1"], "decay_per_min": [0.2, 0.1, 0.1], "scale": [4.0, 2.0, 3.0], "is_fitted": True}
)


def test_a_replicate_is_through_trips_and_scaled_local_trips_of_its_decay():
    units = pd.DataFrame({-1.0: [100.0], 0.1: [10.0], 0.2: [5.0]}, index=["l1"])
    flows = intervals.replicate(units, CALIBRATION)
    assert list(flows) == ["all", "S1", "S2"] and flows.loc["l1"].tolist() == [120.0, 130.0, 120.0]


def test_units_are_laid_out_with_zeros():
    rows = pd.DataFrame({"link_id": ["a", "b"], "decay_per_min": [0.1, -1.0], "unit_flow_per_day": [3.0, 4.0]})
    assert intervals.units_of(rows).to_dict() == {-1.0: {"a": 0.0, "b": 4.0}, 0.1: {"a": 3.0, "b": 0.0}}


def test_the_interval_by_hand():
    found = intervals.jackknife(pd.DataFrame({"all": [10.0], "a": [8.0], "b": [10.0], "c": [12.0]}))
    half = 4.302653 * np.sqrt(2 / 3 * 8)
    assert found.iloc[0].tolist() == pytest.approx([10 - half, 10 + half], abs=1e-5)


def test_the_low_end_stops_at_the_least_value():
    assert intervals.jackknife(pd.DataFrame({"all": [1.0], "a": [0.0], "b": [2.0]}), least=0.0)["low"].tolist() == [0.0]


def test_without_replicates_there_is_no_interval():
    assert intervals.jackknife(pd.DataFrame({"all": [1.0]})).isna().all(axis=None)


def test_both_modes_together_pair_their_replicates_by_site():
    walk = pd.DataFrame({"all": [1.0], "S1": [2.0]}, index=["a"])
    cycle = pd.DataFrame({"all": [10.0], "S1": [20.0], "S2": [30.0]}, index=["b"])
    both = intervals.together(walk, cycle)
    assert both.to_dict("split")["data"] == [[1.0, 2.0, 1.0], [10.0, 20.0, 30.0]] and list(both) == ["all", "S1", "S2"]


def test_a_mode_that_is_not_fitted_leaves_the_sum_without_interval():
    walk, cycle = (
        pd.DataFrame({"all": [1.0]}, index=["a"]),
        pd.DataFrame({"all": [1.0], "S1": [2.0], "S2": [3.0]}, index=["a"]),
    )
    assert list(intervals.together(walk, cycle)) == ["all"]
