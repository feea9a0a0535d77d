import numpy as np
import pytest

from movement.assignment.detours import Tolerance, load_tolerant
from movement.assignment.loading import load
from movement.assignment.passages import passages
from tests.assignment.planar import streets
from tests.assignment.test_trees import both_ways, make

SQUARE = make(both_ways((0, 1, 5), (1, 3, 5), (0, 2, 5), (2, 3, 5), (3, 4, 5)))


def shares(on, pairs, links, **options):
    start, end = (on.place([f"n{pair[side]:02d}" for pair in pairs]) for side in (0, 1))
    return passages(on, start, end, on.link_ids.get_indexer(links), **options).toarray().tolist()


def test_half_of_the_trips_use_each_of_two_equal_ways_and_all_use_the_last_link():
    assert shares(SQUARE, [(0, 4), (3, 4), (4, 0)], ["l00", "l04"]) == [[0.5, 1.0], [0.0, 1.0], [0.5, 1.0]]


def test_pairs_off_the_network_beyond_the_cut_off_or_at_one_node_pass_nothing():
    assert shares(SQUARE, [(0, 77), (0, 4), (1, 1)], ["l04"], cut_off_min=10 / 60_000) == [[0.0]] * 3


def test_links_that_are_not_there_or_asked_for_twice():
    assert shares(SQUARE, [(0, 4)], ["l04", "none", "l04"]) == [[1.0, 0.0, 1.0]]


@pytest.mark.parametrize("tolerance", [None, Tolerance(1.2, 0.3)])
def test_shares_times_trips_are_the_flows(tolerance):
    on, random = streets(400, seed=6).graph(), np.random.default_rng(3)
    start, end, trips = random.integers(0, 400, 150), random.integers(0, 400, 150), random.exponential(4.0, (150, 1))
    links = random.choice(len(on.link_ids), 30, replace=False)
    found = passages(on, start, end, links, cut_off_min=9, tolerance=tolerance)
    if tolerance is None:
        flows = load(on, start, end, trips, cut_off_min=9).flows
    else:
        flows = load_tolerant(on, start, end, trips, tolerance=tolerance, cut_off_min=9).flows
    np.testing.assert_allclose((found.T @ trips)[:, 0], flows[links, 0], rtol=1e-9, atol=1e-12)
