import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.assignment.detours import Tolerance, load_tolerant
from movement.assignment.loading import load
from movement.assignment.skims import skim
from tests.assignment import enumerated
from tests.assignment.planar import streets
from tests.assignment.test_trees import both_ways, make

MINUTE = 60_000


def tolerant(on, pairs, *, ratio=1.15, per_min=0.0, cut_off_min=20, **options):
    start, end = (on.place([f"n{pair[side]:02d}" for pair in pairs]) for side in (0, 1))
    trips = np.array([[float(amount)] for amount in pairs.values()])
    choice = Tolerance(ratio, per_min)
    done = load_tolerant(on, start, end, trips, tolerance=choice, cut_off_min=cut_off_min, **options)
    return dict(zip(on.link_ids, done.flows[:, 0], strict=True)), done.unreached.tolist()


def test_a_way_within_the_tolerance_takes_its_share_and_one_beyond_it_none():
    two = make(both_ways((0, 1, 10 * MINUTE), (0, 2, 5 * MINUTE), (2, 1, 6 * MINUTE)))
    shared, _ = tolerant(two, {(0, 1): 10})
    assert shared == pytest.approx({"l00": 5.0, "l01": 5.0, "l02": 5.0})
    alone, _ = tolerant(two, {(0, 1): 10}, ratio=1.05)
    assert alone == pytest.approx({"l00": 10.0, "l01": 0.0, "l02": 0.0})


def test_a_minute_of_excess_weighs_as_the_logit_says():
    two = make(both_ways((0, 1, 10 * MINUTE), (0, 2, 5 * MINUTE), (2, 1, 6 * MINUTE)))
    found, _ = tolerant(two, {(0, 1): 10}, per_min=np.log(3), bins=40)
    assert found["l00"] == pytest.approx(7.5, rel=0.01)


def test_no_way_is_longer_by_more_than_the_minutes_given():
    two = make(both_ways((0, 1, 30 * MINUTE), (0, 2, 15 * MINUTE), (2, 1, 17 * MINUTE)))
    start, end = (two.place([name]) for name in ("n00", "n01"))
    for most, alone in ((1.6, 10.0), (2.4, 5.0), (9.0, 5.0)):
        choice = Tolerance(1.2, most_min=most)
        flows = load_tolerant(two, start, end, np.array([[10.0]]), tolerance=choice, cut_off_min=40).flows[:, 0]
        assert flows[two.link_ids.get_loc("l00")] == pytest.approx(alone)


def test_nobody_turns_on_the_spot():
    spur = make(both_ways((0, 1, 10 * MINUTE), (1, 2, MINUTE // 2)))
    assert tolerant(spur, {(0, 1): 4})[0] == {"l00": 4.0, "l01": 0.0}


def test_nobody_goes_round_a_block_to_come_back():
    # 0 - 1 - 2, and a block 1 - 3 - 4 - 1 beside the way: going round it costs 3 minutes of 20
    block = [(1, 3, MINUTE), (3, 4, MINUTE), (4, 1, MINUTE)]
    way = make(both_ways((0, 1, 10 * MINUTE), (1, 2, 10 * MINUTE), *block))
    found, _ = tolerant(way, {(0, 2): 6}, cut_off_min=30)
    assert found == pytest.approx({"l00": 6.0, "l01": 6.0, "l02": 0.0, "l03": 0.0, "l04": 0.0}, abs=1e-9)


def test_two_sides_of_a_bridge_are_not_crossed_there_and_back_again():
    # two ends, each with a link between its corners; north and south side of the bridge
    bridge = [(1, 2, MINUTE), (3, 4, MINUTE), (1, 3, MINUTE // 4), (2, 4, MINUTE // 4)]
    on = make(both_ways((0, 1, 10 * MINUTE), (2, 5, 10 * MINUTE), *bridge))
    found, _ = tolerant(on, {(0, 5): 8}, ratio=1.2, cut_off_min=30, bins=30)
    assert found["l02"] + found["l03"] == pytest.approx(8.0, rel=0.01)
    assert found["l02"] == pytest.approx(4.0, rel=0.02)  # over the north side, or round by the south side


def test_a_bridge_whose_sides_meet_in_the_middle_is_crossed_once_too():
    # 1-2-3 is the north side, 4-5-6 the south side, joined at both ends and in the middle; only simple ways are taken
    sides = [(a, b, MINUTE // 2) for a, b in ((1, 2), (2, 3), (4, 5), (5, 6))]
    joined = [(a, b, MINUTE // 4) for a, b in ((1, 4), (2, 5), (3, 6))]
    on = make(both_ways((0, 1, 10 * MINUTE), (3, 7, 10 * MINUTE), *sides, *joined))
    found, _ = tolerant(on, {(0, 7): 8}, ratio=1.2, cut_off_min=30)
    assert found == pytest.approx(dict.fromkeys(found, 4.0) | {"l00": 8.0, "l01": 8.0})


def test_trips_beyond_the_cut_off_are_counted():
    line = make(both_ways((0, 1, 10 * MINUTE), (1, 2, 15 * MINUTE)))
    assert tolerant(line, {(0, 1): 3, (0, 2): 4, (0, 77): 5})[1] == [9.0]


@pytest.mark.parametrize(("ratio", "per_min"), [(1.0, 0.0), (0.9, 0.0), (3.5, 0.0), (1.2, -0.1), (np.nan, 0.0)])
def test_an_impossible_tolerance_is_refused(ratio, per_min):
    with pytest.raises(ValueError, match="a detour ratio lies above 1"):
        Tolerance(ratio, per_min)


@pytest.mark.parametrize(("metres", "origins", "per_min", "limit"), [
    (1200, 500, 0.0, 0.015), (1200, 500, 0.6, 0.015), (2400, 4, 0.0, 0.04), (2400, 4, 0.6, 0.04),
])  # fmt: skip
def test_bins_come_near_all_paths_listed(metres, origins, per_min, limit):
    on, minutes = streets(5000, seed=7).graph(), metres / 60
    random = np.random.default_rng(11)
    start, end = np.sort(random.choice(5000, origins, replace=False)), np.sort(random.choice(5000, 500, replace=False))
    away = skim(on, start, end, cut_off_min=minutes).impedance_min
    row, column = np.nonzero(np.isfinite(away) & (away > 0))
    trips = random.integers(1, 50, len(row)) * np.exp(-0.12 * away[row, column])
    exact, paths, cut = enumerated.flows(
        on, start[row], end[column], trips, ratio=1.15, per_min=per_min, cut_off_min=minutes
    )
    found = load_tolerant(
        on, start[row], end[column], trips[:, None], tolerance=Tolerance(1.15, per_min), cut_off_min=minutes
    ).flows[:, 0]
    assert cut == 0 and paths > 10_000
    assert np.abs(found - exact).sum() / exact.sum() <= limit


@settings(max_examples=20, deadline=None)
@given(st.integers(4, 80), st.integers(0, 10**6), st.floats(1.01, 1.6), st.floats(0, 2))
def test_tolerant_trips_leave_and_arrive_whole_and_walk_no_less(size, seed, ratio, per_min):
    on = streets(size, seed=seed).graph()
    random = np.random.default_rng(seed)
    start, end = random.integers(0, size, 12), random.integers(0, size, 12)
    trips = random.exponential(5.0, (12, 2))
    found = load_tolerant(on, start, end, trips, tolerance=Tolerance(ratio, per_min), cut_off_min=15)
    least = load(on, start, end, trips, cut_off_min=15)
    assert np.isfinite(found.flows).all() and (found.flows >= 0).all()
    np.testing.assert_allclose(found.unreached, least.unreached)
    lengths = np.zeros(len(on.link_ids))
    lengths[on.link] = on.cost_ms
    walked, shortest = (lengths @ one.flows for one in (found, least))
    assert (walked >= shortest * (1 - 1e-9)).all() and (walked <= shortest * ratio * 1.001 + 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(4, 80), st.integers(0, 10**6), st.floats(1.01, 1.6), st.floats(0, 2), st.integers(2, 30))
def test_kinds_of_trips_add_up(size, seed, ratio, per_min, kinds):
    on, random = streets(size, seed=seed, links_per_node=1.5).graph(), np.random.default_rng(seed)
    start, end = np.repeat(random.integers(0, size, 3), 8), random.integers(0, size, 24)
    trips = random.exponential(5.0, (24, kinds)) * (random.random((24, kinds)) < 0.5)

    def load_some(columns):
        choice = Tolerance(ratio, per_min)
        return load_tolerant(on, start, end, columns, tolerance=choice, cut_off_min=15, bins=14).flows

    together = load_some(trips)
    apart = np.concatenate([load_some(trips[:, [kind]]) for kind in range(kinds)], axis=1)
    np.testing.assert_allclose(together, apart, rtol=0, atol=1e-9)
    np.testing.assert_allclose(together.sum(axis=1), load_some(trips.sum(axis=1, keepdims=True))[:, 0], atol=1e-9)


def test_kinds_add_up_where_ways_go_round_many_blocks():
    on, random = streets(1500, seed=7).graph(), np.random.default_rng(2)
    start, end = random.integers(0, 1500, (2, 300))
    trips = random.exponential(5.0, (300, 2)) * (random.random((300, 2)) < 0.5)
    one, other, both, summed = (
        load_tolerant(on, start, end, columns, tolerance=Tolerance(1.4, 0.8), cut_off_min=30, bins=21).flows
        for columns in (trips[:, :1], trips[:, 1:], trips, trips.sum(axis=1, keepdims=True))
    )
    np.testing.assert_allclose(both, np.concatenate([one, other], axis=1), rtol=0, atol=1e-9)
    np.testing.assert_allclose(one + other, summed, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_who_set_out_leave_and_nearly_all_arrive_once(seed):
    on, choice, passed = streets(600, seed=seed).graph(), Tolerance(1.2, 0.8), []
    for start, end in np.random.default_rng(seed).integers(0, 600, (60, 2)):
        ends = np.array([start]), np.array([end])
        flows = load_tolerant(on, *ends, np.array([[1.0]]), tolerance=choice, cut_off_min=40).flows[:, 0]
        if flows.sum() == 0:
            continue  # both ends at one node
        left, came = (flows[on.link[on.first_arc[node] : on.first_arc[node + 1]]].sum() for node in (start, end))
        assert left == pytest.approx(1.0, abs=1e-9)
        passed.append((came - 1.0) / 2)  # who goes past the end comes into it, out and into it again
    assert len(passed) > 50 and min(passed) > -1e-9 and np.mean(passed) < 0.006


def test_many_ways_do_not_overflow():
    side = 24
    grid = [(a, b, 1000 + (a * 7 + b * 3) % 5) for a, b in lattice(side)]
    on = make_numbered(both_ways(*grid))
    found = load_tolerant(
        on, np.array([on.place([0])[0]]), np.array([on.place([side * side - 1])[0]]), np.array([[1.0]]),
        tolerance=Tolerance(1.5), cut_off_min=2,
    )  # fmt: skip
    at_start = sum(found.flows[on.link[arc], 0] for arc in range(on.first_arc[0], on.first_arc[1]))
    assert at_start == pytest.approx(1.0, rel=1e-6)


def lattice(side):
    for row in range(side):
        for column in range(side):
            here = row * side + column
            if column + 1 < side:
                yield here, here + 1
            if row + 1 < side:
                yield here, here + side


def make_numbered(arcs):
    from movement.assignment.graph import arrange

    tail, head, cost, link = (np.array(column) for column in zip(*arcs, strict=True))
    return arrange(tail, head, link, cost, cost * 1.0)
