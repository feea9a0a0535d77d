import pandas as pd
import pytest

from movement.comparison import intervals


def test_estimate_and_draws_are_laid_out_with_zeros():
    drawn = pd.DataFrame({"link_id": ["a", "b", "b"], "draw": [1, 0, 1], "flow_per_day": [3.0, 4.0, 5.0]})
    found = intervals.with_draws(pd.Series({"a": 2.0, "c": 9.0}), drawn)
    assert found.to_dict("index") == {
        "a": {"all": 2.0, 0: 0.0, 1: 3.0},
        "b": {"all": 0.0, 0: 4.0, 1: 5.0},
        "c": {"all": 9.0, 0: 0.0, 1: 0.0},
    }
    assert list(found) == ["all", 0, 1]


def test_the_interval_by_hand():
    draws = {number: [float(number)] for number in range(60)}
    found = intervals.spread(pd.DataFrame({"all": [30.0]} | draws)).iloc[0]
    place = 0.025 * (60 + 1 / 3) + 1 / 3  # Hyndman and Fan 8, counted from one
    assert found.tolist() == pytest.approx([place - 1, 59 - (place - 1)])


def test_draws_on_one_side_give_a_lopsided_interval_that_holds_the_estimate():
    found = intervals.spread(pd.DataFrame({"all": [10.0], 0: [12.0], 1: [13.0]})).iloc[0]
    assert found.tolist() == [10.0, 13.0]


def test_the_low_end_stops_at_the_least_value():
    assert intervals.spread(pd.DataFrame({"all": [1.0], 0: [0.0], 1: [2.0]}), least=0.0)["low"].tolist() == [0.0]


def test_without_draws_there_is_no_interval():
    assert intervals.spread(pd.DataFrame({"all": [1.0]})).isna().all(axis=None)


def test_both_modes_together_pair_their_draws():
    walk = pd.DataFrame({"all": [1.0], 0: [2.0]}, index=["a"])
    cycle = pd.DataFrame({"all": [10.0], 0: [20.0]}, index=["b"])
    assert intervals.together(walk, cycle).to_dict("split")["data"] == [[1.0, 2.0], [10.0, 20.0]]


def test_a_mode_that_is_not_fitted_leaves_the_sum_without_interval():
    walk, cycle = pd.DataFrame({"all": [1.0]}, index=["a"]), pd.DataFrame({"all": [1.0], 0: [2.0]}, index=["a"])
    assert list(intervals.together(walk, cycle)) == ["all"]
