"""A scenario after the run before it gives the same bytes as a full run, and computes only what it must."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.assignment import blocks, detours, loading, weighted
from movement.assignment.changed_arcs import changes
from movement.assignment.graph import arrange
from movement.assignment.reuse import reload, reload_weighted
from tests.assignment.planar import streets

CUT_OFF = 8.0


def arcs_of(drawn):
    one, other = drawn.ends.T
    name = np.array([f"w{number}" for number in range(len(one))], dtype=object)
    there, back = (pd.DataFrame({"tail": a, "head": b, "link": name}) for a, b in ((one, other), (other, one)))
    return pd.concat([there.assign(cost=drawn.length_mm), back.assign(cost=drawn.length_mm)], ignore_index=True)


def make(arcs, points):
    nodes = pd.DataFrame(points, columns=["x", "y"])
    return arrange(
        *(arcs[name].to_numpy() for name in ("tail", "head", "link", "cost")), arcs["cost"] / 1000, nodes=nodes
    )


def cut(arcs, points, link):
    """Put a node into the middle of a link, as a designer's new link does where it joins."""
    here = arcs[arcs["link"] == link]
    middle, cost = len(points), int(here["cost"].iloc[0])
    parts = []
    for arc in here.itertuples():
        forward = arc.tail == here["tail"].iloc[0]
        first = cost // 3 if forward else cost - cost // 3
        names = (f"{link}/1", f"{link}/2") if forward else (f"{link}/2", f"{link}/1")
        parts += [(arc.tail, middle, names[0], first), (middle, arc.head, names[1], cost - first)]
    rest = arcs[arcs["link"] != link]
    ends = here.iloc[0]
    place = (2 * points[ends["tail"]] + points[ends["head"]]) / 3
    return pd.concat([rest, pd.DataFrame(parts, columns=list(arcs.columns))], ignore_index=True), np.vstack(
        [points, place]
    )


def with_link(arcs, one, other, cost):
    new = pd.DataFrame([(one, other, "new", cost), (other, one, "new", cost)], columns=list(arcs.columns))
    return pd.concat([arcs, new], ignore_index=True)


def sorted_trips(on, seed, size, rows=700):
    random = np.random.default_rng(seed)
    start, end = random.integers(0, size, rows), random.integers(0, size, rows)
    return loading.sort_trips(on.place(start), on.place(end), random.exponential(5.0, (rows, 2)))


def reloaded(before, after, size, *, seed=1, tolerance=None, rows=700):
    one, other = sorted_trips(before, seed, size, rows), sorted_trips(after, seed, size, rows)
    if tolerance is None:
        done = loading.load_sorted(before, one, cut_off_min=CUT_OFF, keep_parts=True)
        full = loading.load_sorted(after, other, cut_off_min=CUT_OFF)
    else:
        tasks = blocks.tasks(len(one.origin))
        parts = detours.compute(before, one, tasks, tolerance=tolerance, cut_off_min=CUT_OFF)
        done = loading.add_up(before, one, parts, keep_parts=True)
        full = loading.add_up(
            after, other, detours.compute(after, other, tasks, tolerance=tolerance, cut_off_min=CUT_OFF)
        )
    change = changes(before, after, is_exact=tolerance is None)
    return reload(change, one, other, done, cut_off_min=CUT_OFF, tolerance=tolerance), full


def same(found, full):
    return (
        found.loading.flows.tobytes() == full.flows.tobytes()
        and found.loading.unreached.tobytes() == full.unreached.tobytes()
        and found.computed <= found.blocks
    )


SIZE = 1500
DRAWN = streets(SIZE, seed=8)
ARCS = arcs_of(DRAWN)


def near_pair(points, apart=(150, 300)):
    away = np.hypot(*(points - points[40]).T)
    return 40, int(np.flatnonzero((away > apart[0]) & (away < apart[1]))[0])


def test_a_new_link_between_nodes_computes_few_blocks():
    before = make(ARCS, DRAWN.points)
    after = make(with_link(ARCS, *near_pair(DRAWN.points), 120_000), DRAWN.points)
    found, full = reloaded(before, after, SIZE)
    assert same(found, full) and 0 < found.computed < found.blocks / 2


def test_a_new_link_that_joins_in_the_middle_of_two_links_computes_few_blocks():
    before = make(ARCS, DRAWN.points)
    one, other = (ARCS.loc[ARCS["tail"] == node, "link"].iloc[0] for node in near_pair(DRAWN.points))
    arcs, points = cut(*cut(ARCS, DRAWN.points, one), other)
    length = int(1200 * np.hypot(*(points[-1] - points[-2])))
    found, full = reloaded(before, make(with_link(arcs, len(points) - 2, len(points) - 1, length), points), SIZE)
    assert same(found, full) and 0 < found.computed < found.blocks / 2


def test_cutting_links_and_changing_nothing_computes_nothing():
    arcs, points = cut(*cut(ARCS, DRAWN.points, "w7"), "w900")
    found, full = reloaded(make(ARCS, DRAWN.points), make(arcs, points), SIZE)
    assert same(found, full) and found.computed == 0


def test_a_new_way_that_is_just_as_long_is_a_tie_and_counts():
    before = make(ARCS, DRAWN.points)
    flows = loading.load_sorted(before, sorted_trips(before, 1, SIZE), cut_off_min=CUT_OFF).flows
    twin = ARCS[ARCS["link"] == before.link_ids[flows[:, 0].argmax()]]
    after = make(pd.concat([ARCS, twin.assign(link="twin")], ignore_index=True), DRAWN.points)
    found, full = reloaded(before, after, SIZE)
    assert same(found, full) and 0 < found.computed < found.blocks


@pytest.mark.parametrize("link", ["w3", "w400"])
def test_a_link_that_is_closed_or_slower(link):
    before = make(ARCS, DRAWN.points)
    slower = ARCS.assign(cost=ARCS["cost"] + 9000 * (ARCS["link"] == link))
    for arcs in (ARCS[ARCS["link"] != link], slower):
        found, full = reloaded(before, make(arcs, DRAWN.points), SIZE)
        assert same(found, full) and 0 < found.computed < found.blocks


@pytest.mark.parametrize("tolerance", [detours.Tolerance(1.15), detours.Tolerance(1.3, 0.5)])
def test_with_a_tolerance_all_within_it_count(tolerance):
    before = make(ARCS, DRAWN.points)
    after = make(with_link(ARCS, *near_pair(DRAWN.points), 120_000), DRAWN.points)
    found, full = reloaded(before, after, SIZE, tolerance=tolerance)
    assert same(found, full) and found.computed > 0
    far = make(with_link(ARCS, *near_pair(DRAWN.points), 900_000), DRAWN.points)
    found, full = reloaded(before, far, SIZE, tolerance=tolerance)
    assert same(found, full) and found.computed == 0


def test_origins_whose_trips_change_are_computed_again():
    before = make(ARCS, DRAWN.points)
    one = sorted_trips(before, 1, SIZE)
    amount = one.amount.copy()
    amount[5] += 1.0
    other = replace(one, amount=amount)
    done = loading.load_sorted(before, one, cut_off_min=CUT_OFF, keep_parts=True)
    found = reload(changes(before, before, is_exact=True), one, other, done, cut_off_min=CUT_OFF)
    assert found.computed == 1
    assert np.array_equal(found.loading.flows, loading.load_sorted(before, other, cut_off_min=CUT_OFF).flows)


@pytest.mark.parametrize("is_constrained", [False, True])
def test_weighted_demand_too(is_constrained):
    before = make(ARCS, DRAWN.points)
    arcs, points = cut(ARCS, DRAWN.points, "w130")
    after = make(with_link(arcs, 40, len(points) - 1, 200_000), points)

    def demand(on):
        random = np.random.default_rng(5)
        homes, shops = random.choice(SIZE, 300, replace=False), random.choice(SIZE, 200, replace=False)
        pull = np.zeros(len(on.node_ids))
        pull[on.place(shops)] = random.integers(1, 9, 200)
        place = on.place(homes)
        order = np.argsort(place)
        weight = random.uniform(1, 9, 300)
        return weighted.Demand(place[order], weight[order], pull, np.exp(-np.arange(999) / 300), 1000, is_constrained)

    done = weighted.load_weighted(before, demand(before), cut_off_min=CUT_OFF, keep_parts=True)
    change = changes(before, after, is_exact=True)
    found = reload_weighted(change, demand(before), demand(after), done, cut_off_min=CUT_OFF)
    full = weighted.load_weighted(after, demand(after), cut_off_min=CUT_OFF)
    assert np.array_equal(found.loading.flows, full.flows) and found.computed < found.blocks


@pytest.mark.parametrize(("spare_ms", "computed"), [(-1, 0), (0, 1)])
def test_an_origin_counts_only_where_the_new_link_leads_somebody_anywhere_in_time(spare_ms, computed):
    limit = int(CUT_OFF * 60_000)
    rows = [(0, 1, "a", 60_000), (2, 3, "b", limit - 180_000 - spare_ms), (2, 4, "c", 1)]
    street = pd.DataFrame(rows, columns=["tail", "head", "link", "cost"])
    points = np.column_stack([np.arange(5) * 100.0, np.zeros(5)])
    new = pd.DataFrame([(1, 2, "new", 120_000)], columns=street.columns)
    before, after = (make(arcs, points) for arcs in (street, pd.concat([street, new], ignore_index=True)))
    one, other = (
        loading.sort_trips(on.place([0, 0]), on.place([1, 3]), np.ones((2, 1))) for on in (before, after)
    )  # nobody goes to nodes 2 and 4
    done = loading.load_sorted(before, one, cut_off_min=CUT_OFF, keep_parts=True)
    found = reload(changes(before, after, is_exact=True), one, other, done, cut_off_min=CUT_OFF)
    assert same(found, loading.load_sorted(after, other, cut_off_min=CUT_OFF)) and found.computed == computed


def two_ways(tail, head, link, cost):
    return [(tail, head, link, cost), (head, tail, link, cost)]


def in_a_row(rows):
    arcs = pd.DataFrame(rows, columns=list(ARCS.columns))
    place = np.arange(arcs[["tail", "head"]].max(axis=None) + 1 if rows else 0) * 100.0
    return make(arcs, np.column_stack([place, np.zeros(len(place))]))


NOT_ONLY_CUT = {
    "two links are cut at one node, where ways now lead from one into the other": (
        two_ways(0, 1, "w", 10) + two_ways(2, 3, "v", 10),
        two_ways(0, 4, "w1", 5) + two_ways(4, 1, "w2", 5) + two_ways(2, 4, "v1", 5) + two_ways(4, 3, "v2", 5),
    ),
    "both directions get links of their own": (
        two_ways(0, 3, "w", 10),
        [(0, 4, "f1", 5), (4, 3, "f2", 5), (3, 5, "b1", 5), (5, 0, "b2", 5)],
    ),
    "one direction is cut, the other keeps its link": (
        two_ways(0, 3, "w", 10),
        [(3, 0, "w", 10), (0, 4, "f1", 5), (4, 3, "f2", 5)],
    ),
    "two links beside each other become one, and share no more": (
        [(0, 1, "w", 10), (0, 1, "v", 10), (1, 3, "e", 5), (0, 2, "f", 10), (2, 3, "g", 5)],
        [(0, 4, "w1", 5), (4, 1, "w2", 5), (1, 3, "e", 5), (0, 2, "f", 10), (2, 3, "g", 5)],
    ),
    "a link is quicker, and as long as before only with a way there and back": (
        two_ways(0, 3, "w", 10),
        two_ways(0, 4, "w1", 4) + two_ways(4, 3, "w2", 4) + two_ways(4, 5, "spur", 1),
    ),
}


@pytest.mark.parametrize("case", NOT_ONLY_CUT)
def test_links_that_are_not_only_cut_into_parts_of_their_own(case):
    before, after = map(in_a_row, NOT_ONLY_CUT[case])
    one, other = (
        loading.sort_trips(on.place([0, 3]), on.place([3, 0]), np.array([[1.0], [2.0]])) for on in (before, after)
    )
    done = loading.load_sorted(before, one, keep_parts=True)
    assert same(reload(changes(before, after, is_exact=True), one, other, done), loading.load_sorted(after, other))


def test_a_street_that_takes_longer_and_new_paths_beside_it_are_told_apart_at_once():
    side = 6
    place = 2 + np.arange(side**2).reshape(side, side)
    paths = [*zip(place[:, :-1].ravel(), place[:, 1:].ravel()), *zip(place[:-1].ravel(), place[1:].ravel())]  # noqa: B905
    new = [row for tail, head in [(0, 2), *paths] for row in two_ways(int(tail), int(head), f"p{tail}-{head}", 5000)]
    before, after = in_a_row(two_ways(0, 1, "w", 120_000)), in_a_row(two_ways(0, 1, "w", 120_001) + new)
    found = changes(before, after, is_exact=True)
    assert len(found.gone) == 2 and len(found.come) == 2 + len(new) and not found.pieces


def test_a_graph_without_nodes_has_nothing_to_compute():
    before, after = in_a_row(two_ways(0, 1, "w", 10)), in_a_row([])
    none = loading.sort_trips(np.array([-1]), np.array([-1]), np.ones((1, 1)))
    done = loading.load_sorted(before, none, keep_parts=True)
    assert same(reload(changes(before, after, is_exact=True), none, none, done), loading.load_sorted(after, none))


def test_a_new_link_to_nowhere_computes_nothing():
    before = make(ARCS, DRAWN.points)
    points = np.vstack([DRAWN.points, DRAWN.points[40] + 1.0])
    found, full = reloaded(before, make(with_link(ARCS, 40, SIZE, 1000), points), SIZE)
    assert same(found, full) and found.computed == 0


def test_trips_in_more_columns_are_all_computed():
    before = make(ARCS, DRAWN.points)
    one = sorted_trips(before, 1, SIZE)
    other = replace(one, amount=np.hstack([one.amount] * 2), off_network=np.tile(one.off_network, 2))
    done = loading.load_sorted(before, one, cut_off_min=CUT_OFF, keep_parts=True)
    found = reload(changes(before, before, is_exact=True), one, other, done, cut_off_min=CUT_OFF)
    assert same(found, loading.load_sorted(before, other, cut_off_min=CUT_OFF)) and found.computed == found.blocks


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 400_000), st.booleans(), st.booleans(), st.sampled_from([20, 700]))
def test_any_change_gives_the_bytes_of_a_full_run(seed, length, is_coarse, is_closing, rows):
    drawn = streets(150, seed=seed)
    if is_coarse:
        drawn = type(drawn)(drawn.points, drawn.ends, np.maximum(drawn.length_mm // 30_000, 1) * 30_000)  # ties
    arcs, random = arcs_of(drawn), np.random.default_rng(seed)
    before = make(arcs, drawn.points)
    after, points = cut(arcs, drawn.points, f"w{random.integers(len(drawn.ends))}")
    after = with_link(after, len(points) - 1, int(random.integers(150)), length)
    if is_closing:
        after = after[after["link"] != "w0"]
    assert same(*reloaded(before, make(after, points), 150, seed=seed, rows=rows))
