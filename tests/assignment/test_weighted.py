import numpy as np
import pytest

from movement.assignment import weighted
from movement.assignment.loading import load
from movement.assignment.skims import skim
from tests.assignment.planar import streets

DECAY = np.exp(-0.15 * np.arange(0, 15 * 60 + 1) / 60)


def world(*, is_constrained, size=600):
    on = streets(size, seed=4).graph()
    random = np.random.default_rng(2)
    origin = np.sort(random.choice(size, 60, replace=False))
    pull = np.zeros(size)
    pull[random.choice(size, 90, replace=False)] = random.integers(1, 9, 90)
    return on, weighted.Demand(origin, random.uniform(1, 50, 60), pull, DECAY, 1000, is_constrained)


@pytest.mark.parametrize("is_constrained", [False, True])
def test_weights_give_the_flows_of_the_pairs_listed(is_constrained):
    on, demand = world(is_constrained=is_constrained)
    ends = np.flatnonzero(demand.pull)
    minutes = skim(on, demand.origin, ends, cut_off_min=15).impedance_min
    worth = demand.pull[ends] * np.interp(minutes * 60, np.arange(len(DECAY)), DECAY) * np.isfinite(minutes)
    share = worth / worth.sum(axis=1, keepdims=True) if is_constrained else worth
    rows, columns = np.nonzero(share)
    trips = (share * demand.weight[:, None])[rows, columns]
    listed = load(on, demand.origin[rows], ends[columns], trips[:, None], cut_off_min=15)
    found = weighted.load_weighted(on, demand, cut_off_min=15)
    np.testing.assert_allclose(found.flows, listed.flows, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(weighted.accessibility(on, demand, cut_off_min=15), worth.sum(axis=1), rtol=1e-12)


def test_who_reaches_nothing_with_pull_is_counted():
    on, demand = world(is_constrained=True)
    nothing = weighted.Demand(demand.origin, demand.weight, demand.pull * 0, DECAY, 1000, is_constrained=True)
    found = weighted.load_weighted(on, nothing, cut_off_min=15)
    assert found.unreached[0] == pytest.approx(demand.weight.sum()) and found.flows.sum() == 0


def test_without_splitting_one_of_the_equal_ways_takes_all():
    from tests.assignment.test_trees import both_ways, make

    square = make(both_ways((0, 1, 5), (1, 3, 5), (0, 2, 5), (2, 3, 5)))
    demand = weighted.Demand(np.array([0]), np.array([8.0]), np.array([0.0, 0, 0, 1.0]), np.ones(9), 1000)
    shared = weighted.load_weighted(square, demand, cut_off_min=1).flows[:, 0]
    alone = weighted.load_weighted(square, demand, cut_off_min=1, split_ties=False).flows[:, 0]
    assert shared.tolist() == [4.0] * 4 and sorted(alone) == [0.0, 0.0, 8.0, 8.0]


def test_the_decay_runs_straight_between_its_values_and_ends():
    from tests.assignment.test_trees import both_ways, make

    line = make(both_ways((0, 1, 1500), (1, 2, 1000)))
    demand = weighted.Demand(np.array([0]), np.array([1.0]), np.array([0.0, 1.0, 1.0]), np.array([4.0, 3.0, 1.0]), 1000)
    assert weighted.load_weighted(line, demand, cut_off_min=1).flows[:, 0].tolist() == [2.0, 0.0]
