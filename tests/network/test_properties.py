"""What holds for any network: a grid of streets with random lengths, random links added and closed."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from movement.network import build, impedance, joining
from tests.network.world import NO_CHANGES, WEIGHTS, added, changes, raw

SIZE = 4
CALM = settings(max_examples=40, deadline=None)
# whether each street of the grid is lit, gravel, has signals
QUALITIES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["paved", "gravel"]), st.sampled_from([None, "signals"])),
    min_size=2 * SIZE * (SIZE - 1),
    max_size=2 * SIZE * (SIZE - 1),
)
PLACES = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1))
PAIRS = st.lists(st.tuples(PLACES, PLACES).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=3, unique=True)


def corner(place):
    return 100.0 * place[0], 100.0 * place[1]


def streets(qualities):
    ends = [((i, j), (i + 1, j)) for i in range(SIZE - 1) for j in range(SIZE)]
    ends += [((i, j), (i, j + 1)) for i in range(SIZE) for j in range(SIZE - 1)]
    return raw(
        *(
            (f"s{n}", [corner(a), corner(b)], {"is_lit": lit, "surface": surface, "crossing": crossing})
            for n, ((a, b), (lit, surface, crossing)) in enumerate(zip(ends, qualities, strict=True))
        )
    )


def bridges(pairs):
    """Links high above the streets, each on a level of its own, so that they meet only at their ends."""
    return added(
        *(
            (
                f"n{n}",
                [corner(a), (corner(a)[0] + 7.0, corner(a)[1] + 3.0 + n), corner(b)],
                {"level": n + 1, "structure": "bridge"},
            )
            for n, (a, b) in enumerate(pairs)
        )
    )


def felt(raw_links):
    """Return milliseconds between the corners of the grid, on foot."""
    links = build.links(raw_links, scenario_id="x")
    costs = impedance.impedances(links[links["change"] != "closed"], WEIGHTS)
    rows = costs[costs["mode"] == "walk"].merge(links, on=["scenario_id", "link_id"], validate="many_to_one")
    start = rows["from_node_id"].where(rows["is_forward"], rows["to_node_id"])
    end = rows["to_node_id"].where(rows["is_forward"], rows["from_node_id"])
    corners = [build.node_ids(np.array([corner((i, j))]))[0] for i in range(SIZE) for j in range(SIZE)]
    nodes = pd.Index(pd.unique(np.concatenate([corners, start, end])))
    i, j, ms = nodes.get_indexer(start), nodes.get_indexer(end), rows["impedance_ms"].to_numpy(dtype=float)
    order = np.lexsort((ms, j, i))
    i, j, ms = i[order], j[order], ms[order]
    first = np.append(True, (np.diff(i) != 0) | (np.diff(j) != 0))
    graph = coo_array((ms[first], (i[first], j[first])), shape=(len(nodes), len(nodes)))
    return dijkstra(graph.tocsr(), indices=np.arange(len(corners)))[:, : len(corners)]


@CALM
@given(qualities=QUALITIES, pairs=PAIRS)
def test_adding_a_link_never_lengthens_a_way(qualities, pairs):
    today = streets(qualities)
    after = joining.apply(today, bridges(pairs), NO_CHANGES, join_limit_m=0.5)
    assert (felt(after) <= felt(today)).all()


@CALM
@given(
    qualities=QUALITIES, closed=st.lists(st.integers(0, 2 * SIZE * (SIZE - 1) - 1), min_size=1, max_size=4, unique=True)
)
def test_closing_a_link_never_shortens_a_way(qualities, closed):
    today = streets(qualities)
    rows = changes(*((f"s{n}", "closed", "yes") for n in closed))
    after = joining.apply(today, added(), rows, join_limit_m=0.5)
    assert (felt(after) >= felt(today)).all()


@CALM
@given(qualities=QUALITIES, pairs=PAIRS)
def test_adding_and_taking_away_again_is_todays_network(qualities, pairs):
    today = streets(qualities)
    after = joining.apply(today, bridges(pairs), NO_CHANGES, join_limit_m=0.5)
    again = after[after["change"] != "added"]
    assert (felt(again) == felt(today)).all()
    assert sorted(again["link_id"]) == sorted(today["link_id"])


@CALM
@given(qualities=QUALITIES, along=st.lists(st.floats(1.0, 99.0), min_size=1, max_size=3), street=st.integers(0, 20))
def test_splitting_changes_no_felt_time(qualities, along, street):
    """Dead ends that leave the middle of a street split it, and nothing else changes."""
    today = streets(qualities)
    line = today.geometry.iloc[street]
    stubs = []
    for n, metres in enumerate(along):
        at = line.interpolate(metres)
        stubs.append(
            (f"n{n}", [(at.x, at.y), (at.x - 3000.0 - n, at.y - 5000.0), (-100.0 * n - 40, -50.0)], {"level": n + 1})
        )
    lone = raw(*((f"far{n}", [(-100.0 * n - 40, -50.0), (-100.0 * n - 70, -90.0)]) for n in range(len(along))))
    whole = pd.concat([today, lone], ignore_index=True)
    after = joining.apply(whole, added(*stubs), NO_CHANGES, join_limit_m=0.5)
    assert (after["parent_link_id"] == f"s{street}").sum() >= 2
    assert (felt(after) == felt(whole)).all()


@CALM
@given(qualities=QUALITIES, pairs=PAIRS, order=st.randoms(use_true_random=False))
def test_the_order_of_features_does_not_matter(qualities, pairs, order):
    today, new = streets(qualities), bridges(pairs)
    other_today, other_new = (frame.iloc[order.sample(range(len(frame)), len(frame))] for frame in (today, new))
    one = joining.apply(today, new, NO_CHANGES, join_limit_m=0.5)
    other = joining.apply(
        other_today.reset_index(drop=True), other_new.reset_index(drop=True), NO_CHANGES, join_limit_m=0.5
    )
    assert (felt(one) == felt(other)).all()
    columns = ["link_id", "parent_link_id", "change", "is_lit"]
    assert one.sort_values("link_id")[columns].to_csv(index=False) == other.sort_values("link_id")[columns].to_csv(
        index=False
    )
