"""Where links meet a barrier, each case drawn by hand: the barrier runs east-west through (0, 0)."""

import pandas as pd
import pytest
from shapely.geometry import Polygon

from movement import tables
from movement.network import barriers
from movement.tables import InputFaults
from tests.network.world import CRS, barrier, links

WAY = [(-100, 0), (100, 0)]
ACROSS = [(0, -50), (0, 50)]
ROAD = {"link_class": "residential"}


def judged(link, piece):
    met = tables.CROSSINGS.check(
        barriers.crossings(links(("a", ACROSS, link)), barrier((*piece, WAY))).drop(columns="wall")
    )
    return met["status"].item(), met["reason"].item()


@pytest.mark.parametrize(
    ("link", "piece", "status", "reason"),
    [
        ({"level": 1, "structure": "bridge"}, ("motorway", 0), "carried", "link_above"),
        ({"level": -1, "structure": "tunnel"}, ("motorway", 0), "carried", "link_below"),
        (ROAD, ("motorway", 1), "carried", "link_below"),  # the motorway on a viaduct
        (ROAD, ("motorway", -1), "carried", "link_above"),  # the motorway in a tunnel
        ({"level": 1, "structure": "bridge"}, ("motorway", 2), "carried", "link_below"),
        ({"level": 1, "structure": "bridge"}, ("motorway", 1), "cut", "same_level"),
        (ROAD, ("motorway", 0), "cut", "same_level"),
        ({"crossing": "signals"}, ("motorway", 0), "cut", "same_level"),
        ({"crossing": "marked"}, ("rail", 0), "cut", "same_level"),
        (ROAD, ("water", 0), "cut", "same_level"),
        (ROAD, ("trunk_road", 0), "cut", "same_level"),
        ({"crossing": "unmarked"}, ("trunk_road", 0), "carried", "tagged_crossing"),
        ({"crossing": "level_crossing"}, ("rail", 0), "carried", "tagged_crossing"),
        ({"crossing": "level_crossing"}, ("motorway", 0), "cut", "same_level"),
        ({"crossing": "ford"}, ("water", 0), "carried", "tagged_crossing"),
        ({"crossing": "gate"}, ("fence", 0), "carried", "tagged_crossing"),
        ({"crossing": "ramp"}, ("bank", 0), "carried", "tagged_crossing"),
        ({"has_steps": True}, ("bank", 0), "carried", "stairs"),
        ({"has_steps": True}, ("fence", 0), "cut", "same_level"),
        ({"level": -1, "structure": "tunnel"}, ("building", 0), "carried", "link_below"),
        (ROAD, ("building", 0), "cut", "same_level"),
        ({"level": 2}, ("rail", 1), "carried", "link_above"),  # two layers that cross
        ({"crossing": "ramp"}, ("trunk_road", 0), "cut", "same_level"),
        ({"crossing": "signals"}, ("trunk_road", 0), "carried", "tagged_crossing"),
        ({"crossing": "marked"}, ("trunk_road", 0), "carried", "tagged_crossing"),
    ],
)
def test_what_becomes_of_a_link(link, piece, status, reason):
    assert judged(link, piece) == (status, reason)


def test_each_piece_has_its_own_level():
    """The same road is on the ground in the west and on a viaduct in the east."""
    line = barrier(("motorway", 0, [(-100, 0), (0, 0)]), ("motorway", 1, [(0, 0), (100, 0)]))
    world = links(("west", [(-50, -50), (-50, 50)]), ("east", [(50, -50), (50, 50)]))
    met = barriers.crossings(world, line).set_index("link_id")
    assert met["status"].to_dict() == {"west": "cut", "east": "carried"}
    left = barriers.cut(world, met.reset_index())
    assert left["link_id"].tolist() == ["west~1", "west~2", "east"]
    assert left["length_mm"].tolist() == [49_500, 49_500, 100_000]
    tables.LINKS.check(left)


def test_a_link_that_meets_it_twice_has_two_places():
    bow = [(-50, -50), (-50, 50), (50, 50), (50, -50)]
    line = barrier(("motorway", 1, [(-100, 0), (0, 0)]), ("motorway", 0, [(0, 0), (100, 0)]))
    met = tables.CROSSINGS.check(barriers.crossings(links(("bow", bow)), line))
    assert met["place"].tolist() == [1, 2]
    assert met["status"].tolist() == ["carried", "cut"]
    assert [round(x) for x in met.geometry.x] == [-50, 50]


def test_twice_over_one_piece_is_two_places_on_the_line():
    bow = [(-50, -50), (-50, 50), (50, 50), (50, -50)]
    met = barriers.crossings(links(("bow", bow, {"level": 1})), barrier(("motorway", 0, WAY)))
    assert sorted(round(x) for x in met.geometry.x) == [-50, 50]


def test_a_link_that_does_not_meet_it_stays():
    world = links(("a", [(0, 10), (0, 50)]), ("b", ACROSS))
    met = barriers.crossings(world, barrier(("motorway", 0, WAY)))
    assert barriers.cut(world, met)["link_id"].tolist() == ["a", "b~1", "b~2"]


def test_no_barrier_and_no_links():
    world = links(("a", ACROSS))
    none = tables.BARRIERS.empty().set_crs(world.crs)
    assert barriers.crossings(world, none).empty
    assert len(barriers.cut(world, barriers.crossings(world, none))) == 1
    assert barriers.crossings(world.iloc[:0], barrier(("motorway", 0, WAY))).empty


LAKE = Polygon([(-20, -10), (20, -10), (20, 10), (-20, 10)])


def lake(level=0, kind="water"):
    return tables.BARRIERS.check(barrier((kind, level, WAY)).set_geometry([LAKE], crs=CRS))


def test_an_area_cuts_what_lies_in_it():
    world = links(("a", ACROSS), ("shore", [(-20, 10), (20, 10)]), ("pier", [(30, 0), (20, 0)]))
    met = tables.CROSSINGS.check(barriers.crossings(world, lake()).drop(columns="wall"))
    assert met["link_id"].tolist() == ["a"]  # what only touches the shore does not meet it
    left = barriers.cut(world, barriers.crossings(world, lake())).set_index("link_id")["length_mm"]
    assert left.to_dict() == {"a~1": 39_600, "a~2": 39_600, "shore": 40_000, "pier": 10_000}
    assert set(barriers.crossings(links(("a", ACROSS, {"level": 1})), lake())["status"]) == {"carried"}


def test_links_that_meet_on_the_barrier_do_not_meet_through_it():
    halves = links(("n", [(0, 50), (0, 0)]), ("s", [(0, 0), (0, -50)]))
    line = barrier(("motorway", 0, WAY))
    left = barriers.cut(halves, barriers.crossings(halves, line))
    assert left["link_id"].tolist() == ["n~1", "s~1"]
    assert not set(left["from_node_id"]) & set(left["to_node_id"])


def decided(*rows):
    told = [dict(zip(("link_id", "status", "reason", "decided_by"), row, strict=True)) for row in rows]
    return tables.BARRIER_DECISIONS.check(pd.DataFrame(told).assign(barrier_id="b"))


def test_a_row_overrules_the_rule_both_ways_and_says_who():
    world = links(("w7-0", ACROSS), ("b", [(9, -50), (9, 50)], {"level": 1}))
    rows = decided(("w7", "carried", "a bridge the map lacks", "MJ"), ("b", "cut", "closed at night", None))
    met = barriers.crossings(world, barrier(("motorway", 0, WAY)), rows).set_index("link_id")
    assert met["status"].to_dict() == {"w7-0": "carried", "b": "cut"}
    assert set(met["reason"]) == {"overruled"}
    assert met["note"].to_dict() == {"w7-0": "MJ, a bridge the map lacks", "b": "closed at night"}


def test_a_row_about_nothing_is_named():
    with pytest.raises(InputFaults) as found:
        barriers.crossings(links(("a", ACROSS)), barrier(("motorway", 0, WAY)), decided(("x", "carried", "?", None)))
    assert [(fault.rule, fault.row, fault.value) for fault in found.value.faults] == [("no_such_crossing", 2, "x")]


def test_spacing_and_longest_gap_are_of_the_whole_barrier():
    over = {"level": 1}
    world = links(
        ("w", [(-60, -9), (-60, 9)], over), ("w2", [(-55, -9), (-55, 9)], over), ("e", [(90, -9), (90, 9)], over)
    )
    line = barrier(("motorway", 0, [(-100, 0), (0, 0)]), ("motorway", 0, [(0, 0), (100, 0)]))
    met = tables.CROSSINGS.conform(barriers.crossings(world, line))
    (row,) = tables.BARRIER_SPACING.check(barriers.spacing(met, line, ["before"])).to_dict("records")
    assert (row["length_m"], row["crossings"], row["longest_gap_m"]) == (200, 2, 148)  # the pair lies at -57.5
    assert row["spacing_m"] == round((42.5**2 + 147.5**2 + 10**2) / 200)
    none = barriers.spacing(met, line, ["other"]).iloc[0]
    assert (none["crossings"], none["longest_gap_m"], none["spacing_m"]) == (0, 200, 200)
