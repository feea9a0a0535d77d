import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.comparison import encounters

SHARES = pd.DataFrame({"weekday_morning": [1.2, 0.0], "weekend": [0.0, 2.1]}, index=["school", "leisure"])


def kinds(*rows):
    return pd.DataFrame(rows, columns=["link_id", "purpose", "side", "flow_per_day"])


def people(*rows, item="link_id"):
    return pd.DataFrame(rows, columns=[item, "side", "band", "people"])


def test_pupils_meet_in_the_morning_and_strollers_at_the_weekend():
    found = encounters.passing(
        kinds(
            ("a", "school", "west", 100.0),
            ("a", "leisure", "west", 10.0),
            ("a", "leisure", "east", 20.0),
            ("a", "through", "", 900.0),
        ),
        SHARES,
    ).set_index(["link_id", "side", "band"])["people"]
    assert found["a", "west", "all"] == 110 and found["a", "east", "all"] == 20
    assert found["a", "west", "weekday_morning"] == pytest.approx(120)
    assert found["a", "east", "weekday_morning"] == 0
    assert found["a", "east", "weekend"] == pytest.approx(42)
    assert set(found.index.get_level_values("side")) == {"east", "west"}


def test_three_hundred_and_a_hundred():
    found = encounters.meetings(people(("a", "west", "all", 300.0), ("a", "east", "all", 100.0)), "link_id")
    assert found.to_dict("records") == [
        {
            "link_id": "a", "side": "east", "other_side": "west", "band": "all", "people_side": 100.0,
            "people_other_side": 300.0, "product": 30_000.0, "balance": 0.75,
        }
    ]  # fmt: skip


def test_where_only_one_side_passes_nobody_meets():
    assert encounters.meetings(people(("a", "west", "all", 9.0), ("a", "east", "all", 0.0)), "link_id").empty
    assert encounters.meetings(people(("a", "west", "x", 9.0), ("a", "east", "y", 9.0)), "link_id").empty
    assert encounters.meetings(people(), "link_id").empty
    assert encounters.passing(kinds(), SHARES).empty


def test_both_sides_are_multiplied_within_a_draw():
    """Of east 2, 3, 4 and west 5, 4, 10: 10, 12 and 40, where the least times the most would be 8 to 40."""
    drawn = pd.DataFrame(
        [
            ("a", "east", "all", 2.0, 3.0, 4.0),
            ("a", "west", "all", 5.0, 4.0, 10.0),
            ("b", "east", "all", 9.0, 9.0, 9.0),
        ],
        columns=["link_id", "side", "band", "all", 0, 1],
    )
    found = encounters.product_intervals(drawn, "link_id")
    told = ["link_id", "side", "other_side", "band", "product_low", "product_high"]
    assert found[told].to_numpy().tolist() == [["a", "east", "west", "all", 10.0, 40.0]]
    assert encounters.product_intervals(drawn.iloc[:1], "link_id").empty
    rows = encounters.meetings(people(("a", "east", "all", 2.0), ("a", "west", "all", 4.9)), "link_id")
    both = encounters.with_intervals(rows, found, "link_id")
    assert both[["product", "product_low", "product_high"]].to_numpy().tolist() == [[9.8, 9.8, 40.0]]
    none = encounters.with_intervals(rows, found.iloc[:0], "link_id")
    assert none[["product_low", "product_high"]].isna().all(axis=None)


def test_draws_fall_on_the_parts_of_the_week_as_the_estimate_does():
    flows = kinds(("a", "school", "west", 100.0), ("a", "leisure", "west", 10.0), ("a", "through", "", 9.0))
    sums = flows.set_index(["link_id", "purpose", "side"]).rename(columns={"flow_per_day": "all"}).assign(**{"0": 0.0})
    found = encounters.in_bands(sums, SHARES)
    wanted = encounters.passing(flows, SHARES).set_index(["link_id", "side", "band"])["people"]
    pd.testing.assert_series_equal(found["all"].sort_index(), wanted.sort_index(), check_names=False)
    nodes = pd.DataFrame([("a", "v", "w")], columns=["link_id", "from_node_id", "to_node_id"])
    at = encounters.at_nodes(found.reset_index(), nodes, pd.Series(["v"])).set_index(["node_id", "side", "band"])
    assert at.loc[("v", "west", "all")].tolist() == [55.0, 0.0]


def test_of_three_sides_every_two_are_held_against_each_other():
    found = encounters.meetings(people(*(("a", side, "all", 2.0) for side in ("n", "s", "w"))), "link_id")
    assert list(zip(found["side"], found["other_side"], strict=True)) == [("n", "s"), ("n", "w"), ("s", "w")]


@settings(deadline=None)
@given(st.floats(0.01, 1e5), st.floats(0.01, 1e5))
def test_balance_is_one_only_for_equals(a, b):
    found = encounters.meetings(people(("l", "e", "all", a), ("l", "w", "all", b)), "link_id").iloc[0]
    assert 0 <= found["balance"] <= 1 + 1e-12
    assert (found["balance"] > 1 - 1e-9) == (abs(a - b) < 1e-4 * (a + b))


XY = {"west": (0, 0), "mid": (100, 0), "east": (200, 0), "side": (100, 80), "far": (400, 0)}


def links(*rows):
    frame = pd.DataFrame(rows, columns=["link_id", "from_node_id", "to_node_id", "name", "change"])
    shapes = [
        shapely.LineString([XY[a], XY[b]]) for a, b in zip(frame["from_node_id"], frame["to_node_id"], strict=True)
    ]
    return gpd.GeoDataFrame(frame.assign(allows_walk=True, allows_cycle=False), geometry=shapes, crs=25832)


NET = links(
    ("old", "west", "mid", "Street", "unchanged"),
    ("new", "mid", "east", "Bridge", "added"),
    ("lane", "mid", "side", None, "unchanged"),
    ("end", "east", "far", None, "unchanged"),
    ("shut", "east", "side", None, "closed"),
)


def named(name, *rows):
    return gpd.GeoDataFrame(
        {name: [row[0] for row in rows]}, geometry=[shapely.Point(row[1]) for row in rows], crs=25832
    )


def test_candidates_lie_where_links_meet_or_something_is_near():
    shops, sites = named("attraction_id", ("shop", (210, 0)), ("afar", (900, 0))), named("station_id", ("T2", (100, 5)))
    found = encounters.candidates(NET, shops, sites, near_m=30).set_index("node_id")
    assert found.loc["mid", ["street", "station_id"]].tolist() == ["Bridge, Street", "T2"]
    assert found.loc["east", "attraction_id"] == "shop"
    assert set(encounters.candidates(NET, shops.iloc[:0], sites.iloc[:0], near_m=30)["node_id"]) == {"mid"}
    unchanged = NET.assign(change="unchanged")
    assert encounters.candidates(unchanged, shops, sites, near_m=30).empty


def test_who_passes_a_place_is_counted_once():
    """60 go from west over the bridge to the far end: they pass mid and east, and begin at west."""
    walked = people(*((link, "w", "all", 60.0) for link in ("old", "new", "end")))
    found = encounters.at_nodes(walked, NET, pd.Series(["mid", "east", "west"])).set_index("node_id")["people"]
    assert found.to_dict() == {"mid": 60.0, "east": 60.0, "west": 30.0}


def test_places_are_ranked_by_those_who_could_meet_and_held_against_before():
    places = encounters.candidates(NET, named("attraction_id", ("shop", (200, 0))), named("station_id"), near_m=30)
    after = encounters.meetings(
        people(
            ("mid", "e", "all", 10.0), ("mid", "w", "all", 10.0), ("east", "e", "all", 50.0), ("east", "w", "all", 4.0),
            item="node_id",
        ),
        "node_id",
    )  # fmt: skip
    before = encounters.meetings(people(("mid", "e", "all", 1.0), ("mid", "w", "all", 8.0), item="node_id"), "node_id")
    found = encounters.meeting_places(places, after, before)
    assert found[["node_id", "rank", "product", "product_before"]].to_numpy().tolist() == [
        ["east", 1, 200.0, 0.0],
        ["mid", 2, 100.0, 8.0],
    ]
    assert isinstance(found, gpd.GeoDataFrame)
    assert encounters.meeting_places(places, after.iloc[:0], before).empty


def test_staying_is_averaged_over_the_snapshots_of_each_phase():
    def moment(day):
        return pd.Timestamp(f"2025-09-{day:02d}T10:00", tz="UTC")

    seen = pd.DataFrame(
        [
            ("T2", moment(2), "total", 4.0), ("T2", moment(3), "total", 6.0), ("T2", moment(3), "age", 99.0),
            ("T2", moment(4), "total", np.nan), ("T2", moment(12), "total", 20.0), ("T9", moment(30), "total", 7.0),
        ],
        columns=["station_id", "t_utc", "kind", "people"],
    )  # fmt: skip
    phases = [
        ("before", moment(1), moment(8)),
        ("after", moment(10), moment(20)),
        ("construction", moment(9), moment(9)),
    ]
    found = encounters.staying_means(seen, phases).set_index("station_id")
    assert found.loc["T2"].tolist() == [5.0, 20.0] and "T9" not in found.index
    assert encounters.staying_means(seen.iloc[:0], phases).empty
