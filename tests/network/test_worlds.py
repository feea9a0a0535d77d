"""Worlds drawn by hand, whole: who gets where, and how far it is, each worked out on paper."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from movement.network import barriers, build, impedance
from tests.network.world import WEIGHTS, barrier, links

BRIDGE = {"level": 1, "structure": "bridge"}
WALL = [(-500, 0), (500, 0)]


def minutes(net, start, end, mode="walk"):
    """Return minutes of felt time between two places, infinite where there is no way."""
    costs = impedance.impedances(net, WEIGHTS)
    rows = costs[costs["mode"] == mode].merge(net, on="link_id", validate="many_to_one").sort_values("impedance_ms")
    tail = rows["from_node_id"].where(rows["is_forward"], rows["to_node_id"])
    head = rows["to_node_id"].where(rows["is_forward"], rows["from_node_id"])
    quickest = ~pd.DataFrame({"tail": tail, "head": head}).duplicated()  # of links between the same places
    rows, tail, head = rows[quickest], tail[quickest], head[quickest]
    ids = build.node_ids(np.array([start, end], dtype=float))
    nodes = pd.Index(pd.unique(np.concatenate([ids, tail, head])))
    graph = coo_array(
        (rows["impedance_ms"] / 60_000, (nodes.get_indexer(tail), nodes.get_indexer(head))), shape=(len(nodes),) * 2
    )
    return float(dijkstra(graph.tocsr(), indices=[0])[0, 1])


def over(world, *pieces):
    wall = barrier(*(pieces or [("motorway", 0, WALL)]))
    return barriers.cut(world, barriers.crossings(world, wall))


@pytest.mark.parametrize(
    ("link", "piece", "goes"),
    [
        (BRIDGE, ("motorway", 0), True),
        ({"level": -1, "structure": "tunnel"}, ("motorway", 0), True),  # road under
        ({}, ("motorway", -1), True),  # barrier in a tunnel below
        ({}, ("motorway", 1), True),  # barrier on a viaduct above
        ({}, ("motorway", 0), False),
        ({"crossing": "level_crossing"}, ("rail", 0), True),
        ({}, ("rail", 0), False),
    ],
)
def test_straight_over_or_not_at_all(link, piece, goes):
    world = links(("south", [(0, -100), (0, -50)]), ("over", [(0, -50), (0, 50)], link), ("north", [(0, 50), (0, 100)]))
    found = minutes(over(world, (*piece, WALL)), (0, -100), (0, 100))
    waits = 0.2 if link.get("crossing") else 0.0
    assert found == (pytest.approx(2.0 + waits) if goes else np.inf)


def test_a_river_with_one_ford_is_crossed_there_only():
    """Straight would be 200 m; by the ford 300 m east it is 100 + 300 + 100 + ... = 800 m."""
    world = links(
        ("path", [(0, -100), (0, 100)]),
        ("south", [(0, -100), (300, -100)]),
        ("ford", [(300, -100), (300, 100)], {"crossing": "ford"}),
        ("north", [(300, 100), (0, 100)]),
    )
    assert minutes(over(world, ("water", 0, WALL)), (0, -100), (0, 100)) == pytest.approx(8.0)


def test_layers_that_cross_do_not_join():
    """A bridge over a bridge over a street: three ways cross at one place, and nobody changes between them."""
    world = links(
        ("street", [(-100, -100), (100, 100)]),
        ("bridge", [(-100, 100), (100, -100)], BRIDGE),
        ("upper", [(0, -100), (0, 100)], {"level": 2, "structure": "bridge"}),
    )
    left = over(world, ("rail", 1, WALL))
    assert minutes(left, (-100, -100), (100, 100)) == pytest.approx(2 * 2**0.5, abs=1e-5)  # below the rail
    assert minutes(left, (0, -100), (0, 100)) == pytest.approx(2.0)  # above it
    assert minutes(left, (-100, 100), (100, -100)) == np.inf  # on its level
    assert minutes(left, (-100, -100), (0, 100)) == np.inf


def test_a_one_way_cycle_street_is_ridden_one_way_and_walked_both():
    world = links(
        ("one", [(0, 0), (200, 0)], {"cycle_oneway": True}), ("round", [(200, 0), (200, 300), (0, 300), (0, 0)])
    )
    assert minutes(world, (0, 0), (200, 0), "cycle") == pytest.approx(1.0)
    assert minutes(world, (200, 0), (0, 0), "cycle") == pytest.approx(4.0)
    assert minutes(world, (200, 0), (0, 0)) == pytest.approx(2.0)


def test_a_ramp_at_a_bridges_end_is_waited_at_once():
    """100 m to the slip road, 100 m over the bridge: 2 minutes and half a minute at the ramp, shared by both links."""
    half = {"crossing": "ramp"}
    world = links(("to", [(0, -100), (0, -50)], half), ("bridge", [(0, -50), (0, 100)], BRIDGE | half)).assign(
        waits=0.5
    )
    assert minutes(over(world), (0, -100), (0, 100)) == pytest.approx(2.5)
