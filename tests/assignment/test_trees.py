import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.assignment.graph import Graph, arrange
from movement.assignment.loading import load
from movement.assignment.skims import skim
from tests.assignment import oracle

MINUTE = 60_000


def make(arcs: list[tuple[int, int, int, int]]) -> Graph:
    tail, head, cost, link = (np.array(column) for column in zip(*arcs, strict=True))
    names = np.array([f"n{node:02d}" for node in range(100)], dtype=object)
    return arrange(names[tail], names[head], np.array([f"l{one:02d}" for one in link], dtype=object), cost, cost * 1.0)


def both_ways(*links: tuple[int, int, int]) -> list[tuple[int, int, int, int]]:
    return [arc for n, (a, b, cost) in enumerate(links) for arc in ((a, b, cost, n), (b, a, cost, n))]


def load_pairs(on: Graph, trips: dict[tuple[int, int], float], limit: int = 10**9) -> tuple[dict[str, float], float]:
    start = on.place([f"n{a:02d}" for a, _ in trips])
    end = on.place([f"n{b:02d}" for _, b in trips])
    done = load(on, start, end, np.array([[amount] for amount in trips.values()]), cut_off_min=limit / MINUTE)
    return dict(zip(on.link_ids, done.flows[:, 0], strict=True)), float(done.unreached[0])


def test_two_equal_ways_round_a_block_share_the_trips():
    square = make(both_ways((0, 1, 5), (1, 3, 5), (0, 2, 5), (2, 3, 5)))
    flows, _ = load_pairs(square, {(0, 3): 10.0})
    assert flows == {"l00": 5.0, "l01": 5.0, "l02": 5.0, "l03": 5.0}


def test_three_equal_paths_over_two_first_links_split_two_to_one():
    ladder = make(both_ways((0, 1, 1), (0, 2, 1), (1, 3, 1), (2, 3, 1), (2, 4, 1), (3, 5, 1), (4, 5, 1)))
    flows, _ = load_pairs(ladder, {(0, 5): 9.0})
    assert flows["l00"] == pytest.approx(3.0) and flows["l01"] == pytest.approx(6.0)


def test_parallel_links_of_equal_cost_share_the_trips():
    flows, _ = load_pairs(make(both_ways((0, 1, 7), (0, 1, 7))), {(0, 1): 4.0})
    assert flows == {"l00": 2.0, "l01": 2.0}


def test_a_one_way_link_is_not_used_against_its_direction():
    arcs = [(0, 1, 1, 0), *[(a, b, c, link + 1) for a, b, c, link in both_ways((0, 2, 5), (2, 1, 5))]]
    assert load_pairs(make(arcs), {(0, 1): 1.0})[0]["l00"] == 1.0
    assert load_pairs(make(arcs), {(1, 0): 1.0})[0]["l00"] == 0.0


def test_trips_beyond_the_cut_off_or_off_the_network_are_counted():
    line = make(both_ways((0, 1, 10), (1, 2, 10)))
    flows, unreached = load_pairs(line, {(0, 1): 3.0, (0, 2): 4.0, (0, 77): 5.0}, limit=15)
    assert flows == {"l00": 3.0, "l01": 0.0} and unreached == 9.0


def test_negative_trips_are_named():
    line = make(both_ways((0, 1, 10)))
    with pytest.raises(ValueError, match=r"must be finite and not negative, .*found \[-1"):
        load_pairs(line, {(0, 1): -1.0})


def test_a_trip_within_one_node_loads_nothing():
    flows, unreached = load_pairs(make(both_ways((0, 1, 10))), {(0, 0): 3.0})
    assert flows == {"l00": 0.0} and unreached == 0


def test_skim_gives_minutes_and_metres_and_infinity():
    line = make(both_ways((0, 1, 30_000), (1, 2, 90_000), (3, 4, 1)))
    found = skim(line, line.place(["n00", "n77"]), line.place(["n02", "n00", "n03", "n77"]))
    np.testing.assert_allclose(found.impedance_min, [[2.0, 0.0, np.inf, np.inf], [np.inf] * 4])
    np.testing.assert_allclose(found.length_m, [[120_000.0, 0.0, np.inf, np.inf], [np.inf] * 4])


def test_an_empty_network_reaches_nothing():
    nothing = arrange(*[np.array([], dtype=object)] * 3, np.array([]), np.array([]))
    done = load(nothing, nothing.place(["a"]), nothing.place(["b"]), np.array([[2.0]]))
    assert done.flows.shape == (0, 1) and done.unreached.tolist() == [2.0]
    assert np.isinf(skim(nothing, nothing.place(["a"]), nothing.place(["b"])).impedance_min).all()


links = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 6)), min_size=1, max_size=16)
demand = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(0, 20).map(float), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(links, demand, st.integers(1, 20), st.booleans())
def test_the_kernel_equals_the_plain_version(drawn, trips, limit, one_way):
    arcs = both_ways(*drawn)[:: 2 if one_way else 1]
    flows, unreached = load_pairs(make(arcs), trips, limit)
    wanted, missing = oracle.flows(arcs, trips, limit)
    present = {node for arc in arcs for node in arc[:2]}
    inside = {pair: n for pair, n in trips.items() if set(pair) <= present}
    wanted, missing = oracle.flows(arcs, inside, limit)
    missing += sum(n for pair, n in trips.items() if pair not in inside)
    assert unreached == pytest.approx(float(missing))
    assert flows == pytest.approx({name: float(wanted.get(int(name[1:]), 0)) for name in flows}, rel=1e-12, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(links, demand, st.permutations(range(8)))
def test_other_node_numbers_and_the_way_back_give_the_same_flows(drawn, trips, new):
    arcs = both_ways(*drawn)
    plain, missing = load_pairs(make(arcs), trips)
    renamed = [(new[a], new[b], cost, link) for a, b, cost, link in arcs]
    other, other_missing = load_pairs(make(renamed), {(new[a], new[b]): n for (a, b), n in trips.items()})
    back, _ = load_pairs(make(arcs), {(b, a): n for (a, b), n in trips.items()})
    assert other == pytest.approx(plain, rel=1e-12, abs=1e-12) and other_missing == missing
    assert back == pytest.approx(plain, rel=1e-12, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(links, demand)
def test_flow_times_cost_is_what_the_trips_travel(drawn, trips):
    on = make(both_ways(*drawn))
    flows, _ = load_pairs(on, trips)
    start, end = on.place([f"n{a:02d}" for a, _ in trips]), on.place([f"n{b:02d}" for _, b in trips])
    way = skim(on, start, end).length_m.diagonal()
    travelled = sum(n * metres for n, metres in zip(trips.values(), way, strict=True) if np.isfinite(metres))
    cost = {f"l{n:02d}": price for n, (_, _, price) in enumerate(drawn)}
    assert sum(flow * cost[name] for name, flow in flows.items()) == pytest.approx(travelled)
