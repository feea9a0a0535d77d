import numpy as np

from movement.assignment.loops import loops
from tests.assignment.test_trees import both_ways, make

SQUARE_WITH_TAIL = make(both_ways((0, 1, 4), (1, 2, 5), (2, 3, 6), (3, 0, 7), (3, 4, 1)))


def listed(on, most):
    found = loops(on.arcs, most)
    names = [
        tuple(on.node_ids[on.tail[found.arc[place]]] for place in range(*found.first[number : number + 2]))
        for number in range(len(found.first) - 1)
    ]
    return dict(zip(names, found.cost_ms.tolist(), strict=True)), found


def test_a_block_is_listed_in_both_directions_and_turning_on_the_spot_is_none():
    names, found = listed(SQUARE_WITH_TAIL, 22)
    assert len(names) == 2 and set(names.values()) == {22}
    assert {frozenset(name) for name in names} == {frozenset({"n00", "n01", "n02", "n03"})}
    member = found.loop[found.of_arc[found.arc[0]] : found.of_arc[found.arc[0] + 1]]
    assert member.tolist() == [0]


def test_a_loop_just_too_long_is_left_out():
    assert listed(SQUARE_WITH_TAIL, 21)[0] == {}


def test_two_links_between_the_same_nodes_make_a_loop():
    assert set(listed(make(both_ways((0, 1, 3), (0, 1, 4))), 9)[0].values()) == {7}


def test_a_loop_with_a_link_across_it_is_listed_beside_its_two_halves():
    halved = make(both_ways((0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (0, 2, 4)))
    names, _ = listed(halved, 99)
    halves = {frozenset({"n00", "n01", "n02"}), frozenset({"n00", "n02", "n03"})}
    assert {frozenset(name) for name in names} == halves | {frozenset({"n00", "n01", "n02", "n03"})}


def test_where_there_are_too_many_the_longer_ones_are_left_out():
    names = [(a, b, 10 + abs(a - b)) for a in range(7) for b in range(a)]
    ladder = make(
        both_ways(*names, *[(n, n + 1, 10 + n) for n in range(7, 60)], *[(n, n + 10, 30) for n in range(7, 50)])
    )
    found = loops(ladder.arcs, 10_000)
    starts = np.array(
        [ladder.tail[found.arc[found.first[n] : found.first[n + 1]]].min() for n in range(len(found.first) - 1)]
    )
    assert 0 < np.bincount(starts).max() <= 24
