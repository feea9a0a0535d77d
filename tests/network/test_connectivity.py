"""A street with everything wrong around it: an island with homes, an end just short, a double, a speck."""

import pandas as pd

from movement import tables
from movement.network import connectivity
from tests.network.world import links

WORLD = links(
    ("street", [(0, 0), (100, 0)]),
    ("more", [(100, 0), (200, 0)]),
    ("short", [(100, 50), (100, 54), (150, 54), (150, 4)]),
    ("short2", [(100, 50), (100, 0)]),
    ("bridge", [(120, 3), (120, 90)], {"level": 1}),
    ("double", [(100, 0), (0, 0)]),
    ("speck", [(200, 0), (200, 0.04)]),
    ("island", [(500, 500), (600, 500)]),
)
ZONES = pd.DataFrame({"zone_id": ["z", "y"], "land_use": "today", "residents": [40.0, 7.0]})
SNAPS = pd.DataFrame(
    {"kind": "zone", "land_use": "today", "item_id": ["z", "y"], "node_id": ["500.0 500.0", "0.0 0.0"]}
)


def report(net=WORLD):
    return tables.CONNECTIVITY.check(connectivity.connectivity(net, SNAPS, ZONES)).set_index(["kind", "item_id"])


def test_islands_have_their_links_and_residents():
    found = report().loc["island"]
    assert found.loc["island", ["links", "residents"]].tolist() == [1, 40.0]
    assert set(found.index) == {"island", "bridge"}


def test_an_end_just_short_of_a_link_of_its_level_is_named_with_its_distance():
    found = report().loc["dangling"]
    assert found["other_id"].to_dict() == {"150.0 4.0": "more"}  # the bridge passes above
    assert found["distance_m"].tolist() == [4.0]


def test_doubles_whichever_way_they_run_and_links_without_length():
    assert report().loc[("duplicate", "double"), "other_id"] == "street"
    assert "speck" in report().loc["zero_length"].index


def test_a_whole_network_has_nothing_to_report():
    assert report(links(("street", [(0, 0), (100, 0)]), ("more", [(100, 0), (200, 0)]))).empty
    assert report(links()).empty
