"""Heights along links: a hill 10 m high, its top at x = 100, its foot at 0 and 200; a valley crossed by a bridge."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.network import build, terrain
from tests.network.world import links

BRIDGE = {"level": 1, "structure": "bridge"}


def hill(x, y):
    return np.maximum(10 - np.abs(np.asarray(x) - 100) / 10, 0.0)


def valley(x, y):
    """5 m deep between 50 and 150, rising 1 m over the 200 m."""
    return np.asarray(x) / 200 - np.where((np.asarray(x) > 50) & (np.asarray(x) < 150), 5.0, 0.0)


def climbed(net, sample):
    found = terrain.climbed(net, sample, spacing_m=10)
    tables.LINKS.check(found.links)
    return found.links.set_index("link_id")[["rise_m", "climb_m"]].T.to_dict("list"), found.unknown


def test_a_link_over_a_hill_climbs_though_its_ends_lie_level():
    made, unknown = climbed(
        links(("over", [(0, 0), (200, 0)]), ("up", [(0, 0), (100, 0)]), ("down", [(100, 0), (200, 0)])), hill
    )
    assert made == {"over": [0.0, 10.0], "up": [10.0, 10.0], "down": [-10.0, 0.0]}
    assert unknown.empty


def test_a_bridge_goes_straight_from_portal_to_portal_though_it_is_three_links():
    net = links(
        ("west", [(0, 0), (40, 0)]),
        ("b1", [(40, 0), (60, 0)], BRIDGE),
        ("b2", [(60, 0), (120, 0)], BRIDGE),
        ("b3", [(120, 0), (160, 0)], BRIDGE),
        ("east", [(160, 0), (200, 0)]),
        ("below", [(100, -50), (100, 50)]),
    )
    made, _ = climbed(net, valley)
    assert made["b1"] == [0.1, 0.1]
    assert made["b2"] == [0.3, 0.3]
    assert made["b3"] == [0.2, 0.2]
    assert made["below"] == [0.0, 0.0]


def test_a_tunnel_goes_through_the_hill():
    net = links(
        ("w", [(-20, 0), (0, 0)]),
        ("t", [(0, 0), (150, 0)], {"level": -1, "structure": "tunnel"}),
        ("e", [(150, 0), (200, 0)]),
    )
    assert climbed(net, hill)[0]["t"] == [5.0, 5.0]


def test_where_the_ground_is_not_known_nothing_is_made_up():
    def edge(x, y):
        return np.where(np.asarray(x) < 130, 1.0, np.nan)

    net = links(("in", [(0, 0), (120, 0)]), ("hole", [(120, 0), (140, 0), (120, 5)]), ("out", [(140, 0), (200, 0)]))
    made, unknown = climbed(net, edge)
    assert made["in"] == [0.0, 0.0]
    assert np.isnan(made["hole"]).all()
    assert unknown["link_id"].tolist() == ["hole", "out"]


@pytest.mark.parametrize("cuts", [(70,), (33.33, 34.5), (12.345, 100, 181.7)])
def test_the_parts_of_a_link_climb_as_much_as_the_whole(cuts):
    whole = terrain.climbed(links(("s", [(0, 0), (200, 0)])), hill, spacing_m=7).links
    bounds = [0.0, *cuts, 200.0]
    drawn = [(f"s/{n}", [(a, 0), (b, 0)]) for n, (a, b) in enumerate(pairwise(bounds), start=1)]
    parts = terrain.climbed(links(*drawn).assign(parent_link_id="s"), hill, spacing_m=7).links
    for name in ("rise_m", "climb_m"):
        assert parts[name].sum() == pytest.approx(whole[name].sum(), abs=1e-9)


def test_no_links_no_heights():
    assert climbed(build.links(links(), scenario_id="before"), hill)[0] == {}


def test_the_same_line_is_sampled_once_whatever_the_scenario():
    asked = []

    def count(x, y):
        asked.append(len(x))
        return hill(x, y)

    one = links(("s", [(0, 0), (200, 0)]))
    terrain.climbed(pd.concat([one, one.assign(scenario_id="other")], ignore_index=True), count, spacing_m=10)
    assert asked == [21]
