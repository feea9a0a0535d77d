"""What tells two graphs apart is found wherever names come and go."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.assignment import changed_arcs, packed
from tests.assignment.test_trees import both_ways, make

names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


@settings(max_examples=200, deadline=None)
@given(names, names)
def test_names_are_found_where_they_stand(here, there):
    found = changed_arcs._positions(pd.Index(here, dtype=object), pd.Index(there, dtype=object))
    assert found.tolist() == [here.index(name) if name in here else -1 for name in there]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 6)), min_size=1, max_size=16))
def test_turned_arcs_run_the_other_way_at_the_same_cost(drawn):
    on = make([(a, b, cost, link) for link, (a, b, cost) in enumerate(drawn)])
    there, back = _arcs(on.arcs), _arcs(on.turned)
    assert there == sorted(zip(on.tail, on.head, on.cost_ms, on.link, strict=True))
    assert back == sorted((head, tail, cost, link) for tail, head, cost, link in there)


def _arcs(graph: packed.Arcs):
    found = []
    for node in range(len(graph.first) - 1):
        for arc in range(graph.first[node], graph.first[node + 1]):
            assert graph.behind[arc] & 0xFFFFFFFF == node
            found.append((node, graph.ahead[arc] & 0xFFFFFFFF, graph.ahead[arc] >> 32, graph.behind[arc] >> 32))
    return sorted(found)


def test_costs_to_ends_are_those_of_ways_from_origins():
    on = make([(0, 1, 5, 0), (1, 2, 7, 1), *both_ways((2, 3, 1))[:1]])
    ends, origins = on.place(["n02", "n00"]), on.place(["n00", "n01", "n02"])
    far = changed_arcs.trees.FAR
    assert changed_arcs.costs_to(on, ends, origins, 100).tolist() == [[12, 7, 0], [0, far, far]]
    assert changed_arcs.costs_to(on, ends, origins, 10).tolist() == [[far, 7, 0], [0, far, far]]
    assert changed_arcs.costs_to(on, np.zeros(0, np.int64), origins, 10).shape == (0, 3)
