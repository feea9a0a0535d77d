"""The kernel against igraph and scipy, and the laws that hold whatever the network."""

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from movement.assignment import blocks, weighted
from movement.assignment.loading import load
from movement.assignment.skims import skim
from tests.assignment.planar import streets


def all_pairs(on, cut_off_min):
    nodes = np.arange(len(on.node_ids))
    even = weighted.Demand(nodes, np.ones(len(nodes)), np.ones(len(nodes)), np.ones(100_000), 10_000)
    return weighted.load_weighted(on, even, cut_off_min=cut_off_min)


@pytest.mark.parametrize(("size", "seed", "step"), [(400, 1, 1), (400, 2, 20_000), (1500, 3, 1)])
def test_all_pairs_within_a_cut_off_are_igraphs_edge_betweenness(size, seed, step):
    drawn = streets(size, seed=seed)
    length = np.maximum(drawn.length_mm // step, 1) * step  # coarse steps make ties
    drawn = type(drawn)(drawn.points, drawn.ends, length)
    on = drawn.graph()
    theirs = igraph.Graph(n=size, edges=drawn.ends.tolist()).edge_betweenness(
        directed=False, cutoff=600_000, weights=length.tolist()
    )
    ours = all_pairs(on, 10).flows[on.link_ids.get_indexer(np.arange(len(length))), 0] / 2
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_minutes_and_metres_are_scipys():
    drawn = streets(300, seed=5)
    on = drawn.graph()
    one, other = drawn.ends.T
    both = coo_array((drawn.length_mm, (one, other)), shape=(300, 300)).tocsr()
    theirs = dijkstra(both, directed=False)
    place = on.place(np.arange(300))
    found = skim(on, place, place)
    np.testing.assert_allclose(found.impedance_min * 60_000, theirs, rtol=1e-12)
    np.testing.assert_allclose(found.length_m * 1000, theirs, rtol=1e-12)


def some_trips(size, seed, rows, kinds=1):
    random = np.random.default_rng(seed)
    return random.integers(0, size, rows), random.integers(0, size, rows), random.exponential(9.0, (rows, kinds))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 120), st.integers(0, 10**6), st.integers(0, 40), st.floats(0.2, 20))
def test_who_sets_out_arrives_and_who_enters_a_node_leaves_it(size, seed, rows, cut_off):
    on = streets(max(size, 4), seed=seed).graph()
    start, end, trips = some_trips(len(on.node_ids), seed, rows)
    done = load(on, start, end, trips, cut_off_min=cut_off)
    reached = np.isfinite(skim(on, start, end, cut_off_min=cut_off).impedance_min.diagonal())
    assert done.unreached.sum() == pytest.approx(trips[~reached].sum())
    moved = reached & (start != end)
    ends = np.bincount(start[moved], trips[moved, 0], len(on.node_ids))
    ends += np.bincount(end[moved], trips[moved, 0], len(on.node_ids))
    at_node = np.zeros(len(on.node_ids))
    for node in range(len(on.node_ids)):
        for arc in range(on.first_arc[node], on.first_arc[node + 1]):
            at_node[node] += done.flows[on.link[arc], 0]
    through = at_node - ends  # twice the people who pass: each enters and leaves
    assert (through > -1e-9 * max(trips.sum(), 1)).all()
    lengths = np.zeros(len(on.link_ids))
    lengths[on.link] = on.cost_ms
    walked = (trips[moved, 0] * skim(on, start, end).impedance_min.diagonal()[moved]).sum() * 60_000
    assert (done.flows[:, 0] * lengths).sum() == pytest.approx(walked, rel=1e-12)


def test_the_same_bytes_whatever_the_threads(monkeypatch):
    on = streets(800, seed=9).graph()
    trips = some_trips(800, 4, 3000, kinds=2)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(blocks, "threads", lambda number=threads: number)
        found.append(load(on, *trips, cut_off_min=12))
    assert all(np.array_equal(found[0].flows, other.flows) for other in found[1:])
    assert all(np.array_equal(found[0].unreached, other.unreached) for other in found[1:])


def test_other_numbers_of_nodes_change_no_tree_in_its_last_digit():
    drawn = streets(500, seed=3)
    random = np.random.default_rng(1)
    names = random.permutation(500)
    renamed = type(drawn)(drawn.points[np.argsort(names)], names[drawn.ends], drawn.length_mm)
    on, other = drawn.graph(), renamed.graph()
    ends = random.integers(0, 500, 20)
    trips = random.exponential(5.0, (20, 1))
    one = load(on, np.full(20, on.place([7])[0]), on.place(ends), trips)
    two = load(other, np.full(20, other.place([names[7]])[0]), other.place(names[ends]), trips)
    back = other.link_ids.get_indexer(on.link_ids)
    assert np.array_equal(one.flows, two.flows[back])


def test_weights_that_overflow_are_refused():
    on = streets(10, seed=1).graph()
    with pytest.raises(ValueError, match="so must their sum"):
        load(on, np.array([0, 1]), np.array([1, 2]), np.array([[1e308], [1e308]]))
    with pytest.raises(ValueError, match="too large to add up"):
        weighted.Demand(np.array([0]), np.array([1e300]), np.full(10, 1e300), np.ones(2), 1000)


def test_progress_is_told_up_to_the_last_block():
    on = streets(200, seed=2).graph()
    seen = []
    load(on, *some_trips(200, 1, 900), progress=lambda done, whole: seen.append((done, whole)))
    assert seen[-1][0] == seen[-1][1] == -(-len(np.unique(some_trips(200, 1, 900)[0])) // blocks.ORIGINS)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
