"""Links, nodes and heights of small networks."""

import pandas as pd

from movement import tables
from movement.network import build, grid
from tests.network.world import links, raw

L_SHAPE = (("a", [(0, 0), (30, 40)]), ("b", [(30.04, 40), (30, 100)]))


def test_ends_within_a_decimetre_are_one_node():
    made = links(*L_SHAPE)
    assert made["length_mm"].tolist() == [50_000, 60_000]
    assert made["to_node_id"][0] == made["from_node_id"][1] == "30.0 40.0"
    assert tables.NODES.check(build.nodes(made))["node_id"].tolist() == ["0.0 0.0", "30.0 100.0", "30.0 40.0"]


def test_links_that_cross_without_a_shared_end_do_not_join():
    made = links(("a", [(-10, 0), (10, 0)]), ("b", [(0, -10), (0, 10)], {"level": 1}))
    assert len(build.nodes(made)) == 4


def test_nodes_do_not_depend_on_the_order_of_links():
    assert build.nodes(links(*L_SHAPE)).equals(build.nodes(links(*L_SHAPE[::-1])))


def test_nothing_drawn_is_no_links():
    made = build.links(raw(), scenario_id="before")
    assert made.empty


def test_the_parts_of_a_link_add_up_to_the_millimetre():
    third = 100 / 3
    parts = links(
        ("s/1", [(0, 0), (third, 0)]), ("s/2", [(third, 0), (2 * third, 0)]), ("s/3", [(2 * third, 0), (100.0004, 0)])
    )
    made = build.with_lengths(
        parts.assign(parent_link_id="s", to_node_id=["a", "b", "c"], from_node_id=["o", "a", "b"])
    )
    assert made["length_mm"].tolist() == [33_333, 33_334, 33_333]


def test_grid_zones_are_metres_of_street_and_say_they_are_invented():
    made = links(("a", [(10, 10), (90, 10)]), ("b", [(90, 10), (150, 10)]), ("far", [(500, 500), (500, 520)]))
    zones, attractions = grid.grid_zones(made, size_m=100)
    tables.ATTRACTIONS.check(attractions)
    assert tables.ZONES.check(zones).set_index("zone_id")["residents"].to_dict() == {"x0y0": 80.0, "x1y0": 60.0}
    assert zones["source"].str.startswith("ASSUME invented").all()
    assert len(attractions) == 2 * attractions["purpose"].nunique()
    nodes = set(zip(build.nodes(made).geometry.x, build.nodes(made).geometry.y, strict=True))
    assert set(zip(zones.geometry.x, zones.geometry.y, strict=True)) <= nodes
    assert pd.Series(zones["zone_id"]).is_unique
