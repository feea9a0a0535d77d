"""Where links meet a barrier, each case drawn by hand: the barrier runs east-west through (0, 0)."""

import pytest

from movement import tables
from movement.network import barriers
from tests.network.world import barrier, links

WAY = [(-100, 0), (100, 0)]
ACROSS = [(0, -50), (0, 50)]
ROAD = {"link_class": "residential"}


def judged(link, piece):
    met = tables.CROSSINGS.check(barriers.crossings(links(("a", ACROSS, link)), barrier((*piece, WAY))))
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
        ({"crossing": "unmarked"}, ("trunk_road", 0), "cut", "same_level"),
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
    left = barriers.uncut(world, met.reset_index())
    assert left["link_id"].tolist() == ["east"]


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
    assert barriers.uncut(world, met)["link_id"].tolist() == ["a"]


def test_no_barrier_and_no_links():
    world = links(("a", ACROSS))
    none = tables.BARRIERS.empty().set_crs(world.crs)
    assert barriers.crossings(world, none).empty
    assert len(barriers.uncut(world, barriers.crossings(world, none))) == 1
    assert barriers.crossings(world.iloc[:0], barrier(("motorway", 0, WAY))).empty
