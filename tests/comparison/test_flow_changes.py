import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from movement.comparison.flow_changes import flow_changes, union_of_links


def network(*drawn, **columns):
    rows = [
        {
            "link_id": name,
            "parent_link_id": name.split("/")[0],
            "name": None,
            "badge": None,
            "change": "unchanged",
            "allows_walk": True,
            "allows_cycle": name != "path",
            "geometry": LineString([(start, 0), (end, 0)]),
        }
        for name, start, end in drawn
    ]
    return gpd.GeoDataFrame(rows, crs="EPSG:25832").assign(**columns)


def runs(**flows):
    frame = pd.DataFrame({"all": pd.Series(flows, dtype=float)})
    return {"walk": frame, "cycle": frame, "all": frame * 2}


def changes(before, after, first, second):
    found = flow_changes(union_of_links(before, after), first, second)
    return found.loc[found["mode"] == "all"].set_index("link_id")[["flow_before", "flow_after", "flow_change"]]


def test_a_link_that_is_only_split_changes_nothing():
    before, after = network(("a", 0, 100)), network(("a/1", 0, 40), ("a/2", 40, 100))
    found = changes(before, after, runs(a=7), runs(**{"a/1": 7, "a/2": 7}))
    assert found.to_dict("index") == {
        part: {"flow_before": 14, "flow_after": 14, "flow_change": 0} for part in ("a/1", "a/2")
    }


def test_the_other_way_round_too():
    before, after = network(("a/1", 0, 40), ("a/2", 40, 100)), network(("a", 0, 100))
    found = changes(before, after, runs(**{"a/1": 7, "a/2": 5}), runs(a=7))
    assert found["flow_change"].to_dict() == {"a/1": 0, "a/2": 4}


def test_links_split_at_different_places_meet_part_by_part():
    before = network(("a/1", 0, 40), ("a/2", 40, 100))
    after = network(("a/1", 0, 10), ("a/2", 10, 40), ("a/3", 40, 100))
    found = changes(before, after, runs(**{"a/1": 1, "a/2": 2}), runs(**{"a/1": 1, "a/2": 1, "a/3": 2}))
    assert found["flow_change"].to_dict() == {"a/1": 0, "a/2": 0, "a/3": 0}


def test_a_link_in_one_network_only_has_no_flow_in_the_other():
    before, after = network(("old", 0, 1)), network(("new", 0, 1), change="added", badge="A")
    pairs = union_of_links(before, after).set_index("link_id")
    assert pairs["change"].to_dict() == {"new": "added", "old": "closed"} and pairs.loc["new", "badge"] == "A"
    found = changes(before, after, runs(old=3), runs(new=4))
    assert found["flow_change"].to_dict() == {"new": 8, "old": -6}


def test_a_link_stands_only_under_modes_it_is_open_to():
    net = network(("path", 0, 1))
    found = flow_changes(union_of_links(net, net), runs(path=1), runs(path=1))
    assert set(found["mode"]) == {"walk", "all"}


def test_a_link_with_no_flow_in_either_stays_with_zeros():
    net = network(("a", 0, 1))
    assert changes(net, net, runs(), runs()).to_numpy().tolist() == [[0, 0, 0]]
