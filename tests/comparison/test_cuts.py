import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from movement.comparison import cuts
from movement.comparison.cuts import Cut
from movement.tables import CutKind

MOTORWAY = Cut("motorway", CutKind.BARRIER, shapely.LineString([(0, 0), (100, 1000)]))
RING = Cut("ring", CutKind.KORDON, shapely.LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]))


def points(*xy):
    return shapely.points(np.array(xy, dtype=float))


def words(*given_words):
    return pd.Series(list(given_words), dtype=object)


def test_a_line_that_runs_north_has_an_east_and_a_west_side_and_none_beyond_its_ends():
    where = points((80, 500), (20, 500), (50, -40), (105, 1100), (50, 500))
    assert MOTORWAY.sides(where, words(*[None] * 5)).tolist() == ["east", "west", None, None, None]


def test_the_sides_do_not_depend_on_which_way_a_carriageway_was_drawn():
    both = shapely.MultiLineString([[(0, 0), (1000, 0)], [(1000, 20), (0, 20)]])
    ring_road = Cut("ring_road", CutKind.BARRIER, both)
    assert ring_road.sides(points((500, 90), (500, -90)), words(None, None)).tolist() == ["north", "south"]


def test_the_studys_words_go_before_the_compass():
    named = Cut("snit", CutKind.SNIT, MOTORWAY.line, has_words=True)
    assert named.sides(points((80, 500), (20, 500)), words("town", None)).tolist() == ["town", None]


def test_a_kordon_has_an_inside_and_four_directions():
    where = points((50, 50), (150, 50), (50, 150), (-50, 50), (50, -50))
    assert RING.sides(where, words(*[None] * 5)).tolist() == ["inside", *["outside"] * 4]
    assert RING.towards(where[1:]).tolist() == ["east", "north", "west", "south"]
    parts = dict(RING.stretches())
    assert set(parts) == {"all", "north", "east", "south", "west"}
    assert [parts[word].length for word in ("north", "east", "south", "west")] == [pytest.approx(100)] * 4


def test_a_kordon_of_two_places_is_no_ring():
    flat = Cut("flat", CutKind.KORDON, shapely.LineString([(0, 0), (100, 0), (0, 0)]))
    assert flat.ring is None and [name for name, _ in flat.stretches()] == ["all"]


def barriers(*rows):
    columns = {"barrier_id": [row[0] for row in rows], "kind": [row[1] for row in rows]}
    return gpd.GeoDataFrame(columns, geometry=[row[2] for row in rows], crs=25832)


def screenlines(*rows):
    columns = {"screenline_id": [row[0] for row in rows], "kind": [row[1] for row in rows]}
    return gpd.GeoDataFrame(columns, geometry=[row[2] for row in rows], crs=25832).assign(
        is_primary=[row[0] == "snit" for row in rows]
    )


def test_screenlines_and_roads_cut_but_lakes_and_fences_do_not():
    lake = shapely.Point(0, 0).buffer(50)
    found = cuts.cuts(
        screenlines(("ring", "kordon", RING.line), ("snit", "snit", MOTORWAY.line)),
        barriers(
            ("m", "motorway", shapely.LineString([(0, 0), (0, 10)])),
            ("m", "motorway", shapely.LineString([(0, 10), (0, 20)])),
            ("lake", "water", lake),
            ("hedge", "fence", MOTORWAY.line),
        ),
        has_words=True,
    )
    assert [(cut.cut_id, str(cut.kind), cut.has_words) for cut in found] == [
        ("snit", "snit", True),
        ("ring", "kordon", False),
        ("m", "barrier", False),
    ]
    assert found[2].line.equals(shapely.LineString([(0, 0), (0, 20)]))
    assert cuts.cuts(screenlines(), barriers(), has_words=True) == []


def test_two_crossings_of_a_kilometre():
    line = shapely.LineString([(0, 0), (0, 1000)])
    bridges = np.array([shapely.LineString([(-50, y), (50, y)]) for y in (200, 230, 700)])
    assert cuts.crossing_spacing(line, bridges) == {
        "length_m": 1000.0,
        "crossings": 2,  # 30 m apart is one
        "crossings_per_km": 2.0,
        "longest_gap_m": pytest.approx(485.0),
    }
    assert cuts.crossing_spacing(line, bridges[:0])["longest_gap_m"] == 1000.0


def test_a_crossing_of_both_carriageways_counts_once_and_per_km_of_each():
    both = shapely.MultiLineString([[(0, 0), (0, 1000)], [(15, 0), (15, 1000)]])
    found = cuts.crossing_spacing(both, np.array([shapely.LineString([(-50, 400), (50, 400)])]))
    assert (found["crossings"], found["crossings_per_km"], found["length_m"]) == (1, 1.0, 2000.0)
    assert found["longest_gap_m"] == pytest.approx(600.0)


def test_round_a_kordon_the_gap_over_its_first_place_is_one():
    bridges = np.array([shapely.LineString([(50, -20), (50, 20)]), shapely.LineString([(80, 50), (120, 50)])])
    assert cuts.crossing_spacing(RING.line, bridges)["longest_gap_m"] == pytest.approx(300.0)


def test_free_crossing_leads_over_the_cut_and_no_further_than_allowed():
    line = Cut("line", CutKind.BARRIER, shapely.LineString([(0, -500), (0, 500)]))
    found = cuts.free_crossings(points((-100, 0), (100, 0), (350, 0), (-100, 90), (100, 700)), line, longest_m=300)
    pairs = list(zip(found["start"], found["end"], strict=True))
    assert pairs == [(0, 1), (1, 3)]  # not along it, not too far, not past its end
    assert found["length_m"].tolist() == [200.0, pytest.approx(np.hypot(200, 90))]
    assert cuts.free_crossings(points((0, 0))[:0], line, longest_m=300).empty


def test_free_crossing_of_a_kordon_has_one_end_inside():
    found = cuts.free_crossings(points((50, 50), (150, 50), (-50, 50)), RING, longest_m=400)
    assert list(zip(found["start"], found["end"], strict=True)) == [(0, 1), (0, 2)]  # 1 to 2 goes in and out again


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=2, max_size=12, unique=True))
def test_free_crossings_are_all_pairs_that_meet_the_cut(xy):
    line = Cut("line", CutKind.BARRIER, shapely.LineString([(0, -100), (10, 100)]))
    where = points(*xy)
    found = cuts.free_crossings(where, line, longest_m=250)
    wanted = {
        (a, b)
        for a in range(len(xy))
        for b in range(a + 1, len(xy))
        if shapely.distance(where[a], where[b]) <= 250 and shapely.LineString([xy[a], xy[b]]).intersects(line.line)
    }
    assert set(zip(found["start"], found["end"], strict=True)) == wanted
