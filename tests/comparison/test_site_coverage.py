"""A screenline of two crossings and two streets that change: what proposed sites see of them."""

import pandas as pd

from movement import tables
from movement.comparison.site_coverage import sites_to_count
from tests.comparison import observed_world as world

SITES = world.sites(
    ("S1", "old_crossing"),
    ("S2", "old_crossing", {"site_type": "cycle"}),
    ("T1", "treated"),
    ("K1", "control"),
    ("K2", "control"),
    ("K3", "control", {"site_type": "cycle"}),
)
SNAPS = pd.DataFrame(
    {
        "kind": "site",
        "land_use": "today",
        "item_id": ["S1", "S2", "T1", "K1", "K2", "K3"],
        "node_id": "n",
        "link_id": ["bridge", "tunnel_way", "path/2", None, None, None],
        "distance_m": 1.0,
    }
)
FLOWS = pd.DataFrame(
    [
        ("bridge", "Bridge", "walk", 200.0),
        ("bridge", "Bridge", "cycle", 400.0),
        ("tunnel", "Tunnel", "walk", 300.0),
        ("ford", None, "walk", 100.0),
    ],
    columns=["link_id", "name", "mode", "flow_per_day"],
).assign(scenario_id="link", land_use="today", screenline_id="snit", badge=None, flow_low=None, flow_high=None)
CHANGES = pd.DataFrame(
    [("path/1", "Path", 50.0), ("path/2", "Path", -90.0), ("tunnel_way", "Tunnel", 10.0), ("new", None, 100.0)],
    columns=["link_id", "name", "flow_change"],
).assign(scenario_id="link", land_use="today", reference="before", mode="all")


def rows(stations, advice, **more):
    asked = {"stations": stations, "screenline_id": "snit", "scenario_id": "link"} | more
    found = sites_to_count(FLOWS, CHANGES, SNAPS, SITES, **asked)
    return found[found["advice"] == advice].set_index("item")


def test_crossings_by_size_with_the_sites_that_count_them():
    found = rows(["S1", "S2"], "crossing")
    assert found["amount"].to_dict() == {"bridge": 600, "tunnel": 300, "ford": 100}
    assert found["share_pct"].tolist() == [60, 30, 10]
    assert found["station_ids"].tolist() == ["S1", "S2", None]  # S2 stands on another link of the same name
    assert found["is_covered"].tolist() == [True, True, False]


def test_a_site_not_proposed_is_named_but_does_not_cover():
    found = rows(["S1"], "crossing").loc["tunnel"]
    assert (found["station_ids"], found["is_covered"]) == ("S2", False)


def test_streets_by_their_largest_change():
    found = rows(["T1"], "change")
    assert found["amount"].to_dict() == {"new": 100, "Path": -90, "Tunnel": 10}
    assert found["share_pct"].tolist() == [50, 45, 5]
    assert found["is_covered"].tolist() == [False, True, False]


def test_each_kind_wants_two_controls_of_its_own():
    found = rows(["S1", "S2", "T1", "K1", "K2", "K3"], "control_type")
    assert found["amount"].to_dict() == {"everyday": 2, "cycle": 1}
    assert found["is_covered"].to_dict() == {"everyday": True, "cycle": False}
    assert found["station_ids"].to_dict() == {"everyday": "K1, K2", "cycle": "K3"}


def test_without_a_model_only_the_kinds_are_told():
    empty = (tables.CROSSING_FLOWS.empty(), tables.FLOW_CHANGES.empty(), tables.SNAPS.empty())
    found = sites_to_count(*empty, SITES, stations=["S1", "K1"], screenline_id="snit", scenario_id="link")
    assert found["advice"].tolist() == ["control_type"]
