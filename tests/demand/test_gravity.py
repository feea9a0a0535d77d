import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.demand import gravity

E = np.exp


def test_each_pair_decays_by_its_own_time():
    trips, unmet = gravity.huff(
        np.array([[0.0, 10.0]]), productions=np.array([100.0]), weights=np.array([1.0, 1.0]), decay_per_min=0.1
    )
    assert trips[0, 1] == pytest.approx(100 * E(-1) / (1 + E(-1))) and unmet.tolist() == [0.0]


def test_two_weights_on_one_node_are_worth_their_sum():
    two, _ = gravity.huff(
        np.array([[5.0, 5.0, 9.0]]), productions=np.array([7.0]), weights=np.array([2.0, 3.0, 4.0]), decay_per_min=0.2
    )
    one, _ = gravity.huff(
        np.array([[5.0, 9.0]]), productions=np.array([7.0]), weights=np.array([5.0, 4.0]), decay_per_min=0.2
    )
    assert two[0, :2].sum() == pytest.approx(one[0, 0])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.one_of(st.floats(0, 60), st.just(np.inf)), min_size=3, max_size=3), min_size=1, max_size=5),
    st.lists(st.floats(0, 1000), min_size=3, max_size=3),
    st.floats(0.001, 0.5),
)
def test_every_trip_is_made_or_counted_as_unmet(minutes, weights, decay):
    produced = np.arange(1.0, len(minutes) + 1)
    trips, unmet = gravity.huff(np.array(minutes), productions=produced, weights=np.array(weights), decay_per_min=decay)
    np.testing.assert_allclose(trips.sum(axis=1) + unmet, produced, rtol=1e-9)
    assert np.all(np.isfinite(trips)) and np.all(trips[np.isinf(np.array(minutes))] == 0)


def local(minutes):
    return gravity.local_trips(
        np.array(minutes),
        residents=np.array([100.0, 10.0]),
        purposes=np.array(["work", "shopping"], dtype=object),
        weights=np.array([1.0, 1.0]),
        trips_per_resident_per_day=3.0,
        mode_share=0.2,
        purpose_shares={"work": 0.25, "shopping": 0.5, "school": 0.25},
        decay_per_min=0.1,
    )


def test_trips_are_residents_times_rate_times_mode_share_times_purpose_share():
    assert local([[1.0, 2.0], [3.0, 4.0]]).trips == pytest.approx(np.array([[15.0, 30.0], [1.5, 3.0]]))


def test_a_purpose_with_nothing_in_reach_is_unmet():
    found = local([[1.0, np.inf], [3.0, 4.0]]).unmet
    assert found.to_dict("list") == {"school": [15.0, 1.5], "shopping": [30.0, 0.0], "work": [0.0, 0.0]}


def test_the_trip_table_keeps_every_trip():
    one = local([[1.0, np.inf], [3.0, 4.0]])
    table = gravity.trip_table(
        one,
        np.array(["z1", "z2"], dtype=object),
        np.array(["a", "b"], dtype=object),
        np.array(["work", "shopping"], dtype=object),
        np.array([[1.0, np.inf], [3.0, 4.0]]),
        np.array([[80.0, np.inf], [240.0, 320.0]]),
        scale=2.0,
    )
    assert table["trips_per_day"].sum() == pytest.approx(2 * 110 * 3 * 0.2)
    lost = table.loc[table["destination_id"] == gravity.NOWHERE]
    assert lost["trips_per_day"].sum() == pytest.approx(2 * 46.5) and lost["impedance_min"].isna().all()


def test_through_trips_without_a_way_have_no_destination():
    rows = pd.DataFrame({"from_gateway_id": ["a", "a"], "to_gateway_id": ["b", "c"], "trips_per_day": [5.0, 7.0]})
    table = gravity.through_table(rows, np.array([3.0, np.inf]), np.array([700.0, np.inf]))
    assert table[["destination_id", "trips_per_day"]].to_numpy().tolist() == [["", 7.0], ["b", 5.0]]
