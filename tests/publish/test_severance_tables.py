"""Severance, meeting places and school routes on the report's pages, and the map of school routes."""

import json
import re
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from movement import tables
from movement.publish import map_meetings, report, school_tables, severance_tables
from movement.publish.cells import NO_BREAK
from movement.publish.map_schools import Routes, schools_map
from movement.publish.report import words_in
from tests.publish import map_world
from tests.publish.world import LEVELS, SUMMARY, empty_world, facts, full_world, rows

RUNS = ("before", "bridge")
SIDE = {"land_use": "today", "cut_id": "line", "cut_kind": "snit", "side": "west", "towards": "all", "who": "walk"}


def severed_world():
    """Return the full world with one screenline: isolated and severely hindered before, a little after."""
    found = full_world()
    line = found["screenlines"]["screenline_id"].iloc[0]
    values = ((0.5, 0.5, 7.25, "severe"), (0.75, 0.2, 1.0, "slight"))
    names = ("isolation_index", "isolation_today", "hindrance_min", "hindrance")
    sides = [
        SIDE | {"cut_id": line, "scenario_id": run} | dict(zip(names, value, strict=True))
        for run, value in zip(RUNS, values, strict=True)
    ]
    few = {"who": "senior", "is_suppressed": True, "people": None, "isolation_today": None, "hindrance": None}
    found["severance_sides"] = rows(SUMMARY["severance_sides"], *sides, sides[0] | few)
    pupils = {"land_use": "today", "mode": "walk", "school_id": "skolen", "classes": "classes_0_3", "pupils": 40.0}
    pupils |= {"pupils_across": None, "pupils_beyond": 12.0, "limit_m": 2500.0, "length_m": 900.0, "ramps": 0.4}
    changes = ({"ramps_change": 0.0}, {"ramps": 0.0, "ramps_change": -0.4})
    found["school_pupils"] = rows(
        SUMMARY["school_pupils"],
        *[pupils | {"scenario_id": run} | more for run, more in zip(RUNS, changes, strict=True)],
    )
    place = {"scenario_id": "bridge", "land_use": "today", "node_id": "n", "side": "east", "other_side": "west"}
    place |= {"rank": 1, "street": "Broen", "people_side": 30.0, "people_other_side": 1234.0, "product": 37020.0}
    found["meeting_candidates"] = rows(
        SUMMARY["meeting_candidates"],
        place | {"band": "all"},
        place | {"band": "weekend", "is_suppressed": True, "people_side": None, "people_other_side": None},
    )
    return found


def cells(found, name, language="en"):
    shown = report._tables(found, words_in(found, language, "Europe/Copenhagen"))[name]
    return [list(row) for row in shown.rows]


@pytest.mark.parametrize(("language", "west", "severe"), [("da", "vest", "svær, 7,2"), ("en", "west", "severe, 7.2")])
def test_isolation_is_said_with_its_level_and_minutes(language, west, severe):
    found = severed_world()
    page = report.report_page(found, language=language, facts=facts())
    shown = page.replace(NO_BREAK, " ")
    assert severe in shown and west in shown
    assert 'id="figure-isolation"' in page and 'id="figure-schools"' in page
    assert "Pointmetoden" in page and "ASSUME" in page


def test_isolation_on_the_same_network_comes_first_then_that_against_todays():
    found = severed_world()
    before, bridge = (row[-1].replace(NO_BREAK, " ") for row in cells(found, "severance_sides"))
    assert before == "50% / 50% (severe, 7.2 min)" and bridge == "75% / 20% (slight, 1.0 min)"


def test_few_people_are_not_told():
    found = severed_world()
    assert [row[-1] for row in cells(found, "severance_groups")][-1] == "under 5"
    assert cells(found, "school_now")[0][3:5] == ["40", "hidden"]
    assert cells(found, "meeting_bands")[0][-1] == "hidden"
    assert cells(found, "meeting_places")[0][3] == f"east{NO_BREAK}30, west{NO_BREAK}1,250"  # rounded


def test_changes_stand_beside_the_figures_and_pupils_beyond_out_of_all():
    found = severed_world()
    assert "0.00 (\u22120.40)" in cells(found, "school_changes")[0]
    assert cells(found, "school_beyond")[0][-1] == "12 of 40"


def test_levels_are_said_with_the_limits_of_params():
    words = words_in(empty_world(), "en")
    said = severance_tables.levels(words, LEVELS | {"slight_min": 1.5})
    assert [one["limit"] for one in said] == [
        "from 0 to under 1.5 minutes", "from 1.5 to under 3 minutes", "from 3 to under 6 minutes", "6 minutes and more",
    ]  # fmt: skip


def test_without_any_the_sections_say_so():
    page = report.report_page(empty_world(), language="en", facts=facts())
    assert 'id="severance"' in page and 'id="meetings"' in page and 'id="schools"' in page
    assert 'id="figure-isolation"' not in page


LINKS = (("S1", 12.0, "ramp"), ("S2", None, "unlit"), ("N", 60.0, "nothing"))


def routes(*, is_empty=False):
    key = {"land_use": "today", "mode": "walk", "school_id": "skolen"}
    passed = [
        key | {"scenario_id": run, "link_id": link, "pupils": pupils or 1.0, "meets": meets}
        for run in RUNS
        for link, pupils, meets in LINKS
        if run == "bridge" or link != "N"
    ]
    frame = rows(tables.SCHOOL_LINKS, *passed)
    frame = frame.assign(pupils=frame["pupils"].mask(frame["pupils"] < 5))
    links = gpd.GeoDataFrame(
        {"link_id": [link for link, *_ in LINKS], "name": "Vej", "badge": [None, None, "A"]},
        geometry=[LineString([(720_000 + 9 * n, 6_180_000), (720_000 + 9 * n, 6_180_090)]) for n in range(3)],
        crs=map_world.CRS,
    )
    school = {"attraction_id": "skolen", "land_use": "today", "name_da": "Skolen", "name_en": "The <school>"}
    schools = gpd.GeoDataFrame([school], geometry=[Point(720_000, 6_180_000)], crs=map_world.CRS)
    scenarios = pd.DataFrame({"scenario_id": RUNS, "name_da": ["Dagens net", "Broen"], "name_en": ["Today", "Bridge"]})
    means = severed_world()["school_pupils"]
    if is_empty:
        return Routes(frame.iloc[:0], means.iloc[:0], links, schools, scenarios)
    return Routes(frame, means, links, schools, scenarios)


def drawn(given, language="en"):
    streets = given.links.loc[given.links["link_id"] != "N"]
    around = map_world.surroundings()
    around = type(around)(**(vars(around) | {"streets": streets}))
    html = schools_map(given, around, language=language)
    assert html == schools_map(given, around, language=language)
    return html, json.loads(re.search(r'id="map-data">(.*?)</script>', html, re.DOTALL).group(1))


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_map_draws_each_route_by_what_pupils_meet_there(language):
    html, data = drawn(routes(), language)
    assert [view["id"] for view in data["views"]] == ["today.skolen before walk", "today.skolen bridge walk"]
    ramp, unlit = data["views"][0]["rows"]
    assert (ramp[0], ramp[2], data["meets"][ramp[3]]) == (0, 10, data["meets"][0])
    assert unlit[2] is None and ramp[1] > unlit[1]  # few are not told; the worst is drawn last
    assert data["streets"] == 2 and len(data["lines"]) == 3  # what a scenario adds is no street of today
    assert (
        data["change_styles"][str(ramp[1])]["line"]["weight"] > data["change_styles"][str(unlit[1])]["line"]["weight"]
    )
    assert "0" in data["dots"] and "3" not in data["dots"]
    assert "schools.html" in html and "<school>" not in html


def test_a_study_without_pupils_has_a_map_that_says_so():
    html, data = drawn(routes(is_empty=True))
    assert "No school routes are modelled" in html and data["views"] == []


def test_a_product_stands_with_its_interval_where_it_has_one():
    words = words_in(empty_world(), "en")
    row = SimpleNamespace(product=1234.0, product_low=901.0, product_high=1602.0)
    assert school_tables._product(words, row).replace(NO_BREAK, " ") == "1,250 (900 to 1,600)"
    assert (
        school_tables._product(words, SimpleNamespace(product=1234.0, product_low=None, product_high=None)) == "1,250"
    )


def test_meeting_places_are_marked_on_the_change_map():
    place = {"scenario_id": "bridge", "land_use": "today", "side": "east", "other_side": "west", "rank": 1}
    place |= {"street": "Broen", "people_side": 12.0, "people_other_side": 33.0, "balance": 0.78}
    frame = rows(tables.MEETING_PLACES, place | {"band": "all"}).set_crs(map_world.CRS, allow_override=True)
    marks = map_meetings.meeting_marks(frame, "bridge", words_in(empty_world(), "en"))
    assert marks[0]["name"] == "Possible meeting place no. 1: Broen"
    assert [row[1] for row in marks[0]["rows"]] == ["10", "35", "0.78"]
    assert map_meetings.meeting_marks(frame, "other", words_in(empty_world(), "en")) == []
    panel = {"legends": [{"rows": []}], "has_sites": False}
    data, shown = map_meetings.with_marks(
        {"sites": [], "symbols": {}}, panel, marks, words_in(empty_world(), "en").text
    )
    assert data["sites"] == marks and shown["has_sites"] and len(shown["legends"][0]["rows"]) == 1
