"""The pages say what the tables say: classes, signs, badges, words; and nothing where there is nothing."""

import json
import re
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from movement import tables
from movement.publish.map import change_map, modelled, swipe_map
from movement.publish.map_layers import (
    ALONG_CLASS,
    ChangeScale,
    FlowScale,
    links_along,
    part_rows,
    rounded,
    step_coordinates,
)
from movement.publish.map_network import network_map
from movement.publish.map_observed import observed_map

from . import map_world as world


def flows(changes=None, **options):
    return modelled(
        world.changes() if changes is None else changes,
        world.SCENARIO["scenario_id"],
        world.surroundings(**options),
        flow_parts=world.flow_parts(),
        change_scale=world.CHANGE_SCALE,
        flow_scale=world.FLOW_SCALE,
        largest_changes=12,
    )


def change_page(changes=None, *, language="en", **options):
    around = world.surroundings(**options)
    return change_map(flows(changes, **options), world.screenline_flows(), world.SCENARIO, around, language=language)


def swipe_page(changes=None, *, language="en", **options):
    return swipe_map(flows(changes, **options), world.SCENARIO, world.surroundings(**options), language=language)


def data_of(html):
    return json.loads(re.search(r'id="map-data">(.*?)</script>', html, re.DOTALL).group(1))


@pytest.mark.parametrize("language", ["da", "en"])
def test_same_tables_same_bytes(language):
    assert change_page(language=language) == change_page(language=language)
    assert swipe_page(language=language) == swipe_page(language=language)


def test_a_view_draws_each_link_by_its_class():
    rows = {row[0]: row for row in data_of(change_page())["views"][0]["rows"]}
    assert rows[0] == [0, -3, 2, 2, 500, 300, -200, -250, -150]
    assert rows[1] == [1, 0, 2, 2, 400, 430, 30, -5, 65]  # the interval includes 0
    assert rows[3] == [3, 3, None, 2, 0, 190, 190, 100, 280]
    assert 2 not in rows  # nobody goes there


def named(*names):
    """Return links side by side, 200 m apart, with these names."""
    return gpd.GeoDataFrame({"name": names}, geometry=[world.line(at) for at in range(len(names))], crs=world.CRS)


def counted_along(*metres_east):
    """Return sites beside the links, halfway along them, the first a control site and the rest along the barrier."""
    places = [Point(world.EAST + east, world.NORTH + 200) for east in metres_east]
    roles = ["control", *["along_barrier"] * (len(places) - 1)]
    return gpd.GeoDataFrame({"role": roles}, geometry=places, crs=world.CRS)


@pytest.mark.parametrize(("names", "metres_east", "along"), [
    (("C95", "Skovvej", "C95", None), (200,), [False] * 4),  # a control site is not along the barrier
    (("C95", "Skovvej", "C95", None), (200, 10), [True, False, True, False]),  # all links of the name
    (("C95", "Skovvej", "C95", None), (200, 600), [False, False, False, True]),  # without a name, itself alone
    ((None, "Skovvej", "C95", None), (200, 600), [False, False, False, True]),
    (("C95", "Skovvej", "C95", None), (200, 660), [False] * 4),  # 60 m from the nearest link
    ((), (200, 10), []),
])  # fmt: skip
def test_what_runs_along_a_barrier_is_known_by_its_count_site(names, metres_east, along):
    assert links_along(named(*names), counted_along(*metres_east)).tolist() == along


def test_what_runs_along_a_barrier_is_drawn_thin_on_both_sides_and_the_legend_says_so():
    rows = {row[0]: row for row in data_of(swipe_page())["views"][0]["rows"]}
    assert rows[0][2:4] == [2, 2]
    assert "along the barrier, of any size" not in swipe_page()
    around = world.surroundings()
    sites = around.study.sites.assign(role=["along_barrier", "control"])  # the first lies on Skovvej
    along = replace(around, study=replace(around.study, sites=sites))
    scales = {"change_scale": world.CHANGE_SCALE, "flow_scale": world.FLOW_SCALE, "flow_parts": world.flow_parts()}
    drawn = modelled(world.changes(), "bridge", along, largest_changes=12, **scales)
    page = swipe_map(drawn, world.SCENARIO, along, language="en")
    rows = {row[0]: row for row in data_of(page)["views"][0]["rows"]}
    assert rows[0][2:] == [ALONG_CLASS, ALONG_CLASS, 500, 300, -200, -250, -150]
    assert rows[1][2:4] == [2, 2]
    assert data_of(page)["flow_styles"][str(ALONG_CLASS)]["line"]["weight"] < 3
    assert "along the barrier, of any size" in page


def test_the_map_opens_on_the_comparison_the_front_page_says():
    """The front page compares with the future without the project where homes are planned, else with today."""
    today = world.changes()
    planned = today.assign(land_use="planned", reference="zero_alternative")
    both = pd.concat([today, planned], ignore_index=True)
    data = data_of(change_page(both))
    assert [view["id"] for view in data["views"]][::3] == ["zero_alternative.planned all", "before.today all"]
    assert [view["sides"] for view in data["views"]][::3] == [
        ["Without the project", "With the project"],
        ["Before", "After"],
    ]
    assert data_of(change_page())["views"][0]["id"] == "before.today all"
    assert "compared with: today" in change_page()


def test_what_a_change_is_made_of_goes_with_its_view():
    views = {view["id"]: view["parts"] for view in data_of(change_page())["views"]}
    assert views["before.today all"] == {"0": [-210, 5, 0], "3": [160, 20, 5]}  # link 2 has nothing that rounds to 5
    assert views["before.today walk"] == {}
    assert data_of(change_page(language="da"))["words"]["parts"][2] == "Heraf nye ture"


def test_a_change_of_land_use_is_not_split():
    planned = world.changes().assign(land_use="planned")
    assert all(view["parts"] == {} for view in data_of(change_page(planned))["views"])


def test_decreases_are_dashed_and_increases_are_not():
    styles = world.CHANGE_SCALE.styles
    assert all(("dashArray" in styles[k]["line"]) == (k < 0) for k in styles)
    assert styles[3]["line"]["weight"] == styles[-3]["line"]["weight"] > styles[1]["line"]["weight"]


def test_an_unchanged_scenario_is_grey_all_over():
    same = [(*row[:3], "unchanged", 400.0, 400.0, 0.0, 0.0) for row in world.LINKS]
    data = data_of(change_page(world.changes(same)))
    assert {row[1] for view in data["views"] for row in view["rows"]} == {0}
    assert data["changed"] == []


def test_before_and_after_share_one_scale_and_the_legend_shows_its_widths():
    html = change_page()
    for style in [*world.CHANGE_SCALE.styles.values(), *world.FLOW_SCALE.styles.values()]:
        assert f'stroke="{style["line"]["color"]}" stroke-width="{style["line"]["weight"]:g}"' in html


def test_a_new_link_has_letter_legend_row_and_place_in_the_table():
    html = change_page()
    assert [badge["letter"] for badge in data_of(html)["badges"]] == ["A"]
    assert "new: Ny stibro" in html
    table = html[html.index('<details class="largest"') :]
    assert table.index("Skovvej") < table.index("Ny stibro")  # 200 before 187
    assert "+190" in table


def test_words_of_the_screenline_and_the_model():
    html = change_page()
    assert "The cut, people walking and cycling:" in html
    assert "+15 per week-average day" in html
    assert "to about 920 in all. 95% interval \u221240 to +95." in html
    assert "hand-drawn sketch" in html


def test_simulated_counts_are_said_on_every_page():
    assert "Demonstration data" in change_page(is_synthetic=True)
    assert "Demonstrationsdata" in change_page(is_synthetic=True, language="da")
    assert "Demonstration data" not in change_page()


def test_a_name_cannot_end_the_script_it_stands_in():
    html = change_page()
    assert data_of(html)["names"][1] == ["Engvej </script>", ""]
    assert "Engvej </script>" not in html


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_study_without_anything_still_gives_pages_that_say_so(language):
    nothing = tables.FLOW_CHANGES.empty().set_crs(world.CRS)
    html = change_page(nothing, language=language, is_empty=True)
    assert ("no network" if language == "en" else "intet vejnet") in html
    around = world.surroundings(is_empty=True)
    swipe_page(nothing, language=language, is_empty=True)
    observed = observed_map(
        tables.SITE_CHANGES.empty(), world.site_days(), around, language=language, change_scale=world.CHANGE_SCALE
    )
    assert ("Nothing has been observed" if language == "en" else "Der er intet talt endnu") in observed
    network = network_map(*world.network(is_empty=True), around, language=language)
    assert ("Today 0 links" if language == "en" else "I dag krydser 0 strækninger") in network


def test_the_network_page_tells_each_crossing_its_reason_and_what_hangs_apart():
    html = network_map(*world.network(), world.surroundings(), language="en")
    marks = {site["name"]: site for site in data_of(html)["sites"]}
    assert {name: mark["symbol"] for name, mark in marks.items()} == {
        "Skovvej": "above",
        "Engvej </script>": "cut",
        "Unnamed path": "crossing",
        "Ny stibro": "planned",
        "Island": "gap",
    }
    assert ["Why", "same level and no crossing"] in marks["Engvej </script>"]["rows"]
    assert ["Decided by", "MJ, a stile"] in marks["Unnamed path"]["rows"]
    assert ["Residents", "120"] in marks["Island"]["rows"]
    assert "Today 2 links cross a barrier and 1 are cut." in html
    assert "Engvej </script>" not in html
    assert html == network_map(*world.network(), world.surroundings(), language="en")


def test_observed_page_shows_counts_with_intervals_and_no_model():
    html = observed_map(
        world.site_changes(), world.site_days(), world.surroundings(), language="en", change_scale=world.CHANGE_SCALE
    )
    sites = {site["name"]: site for site in data_of(html)["sites"]}
    assert sites["The tunnel"]["symbol"] == "rise"
    assert sites["The square"]["symbol"] == "unclear"
    assert ["Before", "500 (450\u2013550)"] in sites["The tunnel"]["rows"]
    assert any("140 (115\u2013169)" in row for row in sites["The tunnel"]["rows"])
    assert sites["The tunnel"]["page"] == {"href": "sites.html#S1", "text": "All about this count site"}
    assert sum("<svg" in picture for site in sites.values() for picture in site["pictures"]) == 1
    assert "control" in html
    assert "in the model" not in html


def test_coordinates_are_steps_of_a_hundred_thousandth_of_a_degree():
    steps = step_coordinates(world.changes().geometry.iloc[:1])[0]
    back = world.changes().geometry.iloc[:1].to_crs("EPSG:4326").iloc[0].coords
    assert steps[0] == round(back[0][1] * 1e5)
    assert steps[1] + steps[3] == round(back[1][0] * 1e5)


@pytest.mark.parametrize(
    ("value", "shown"), [(2.4, 0), (2.5, 5), (-12.0, -10), (187.0, 190), (1234.0, 1250), (45_678.0, 45_700)]
)
def test_numbers_are_rounded_to_what_they_are_worth(value, shown):
    assert rounded(value) == shown


def test_break_belongs_to_the_class_above_and_an_empty_interval_decides_nothing():
    change, none = pd.Series([19.9, 20.0, 150.0, -50.0]), pd.Series([float("nan")] * 4)
    assert world.CHANGE_SCALE.classes(change, none, none).tolist() == [0, 1, 3, -2]


def test_scales_need_colours_that_fit_their_breaks():
    with pytest.raises(ValueError, match="as many colours each way"):
        ChangeScale(breaks=(1.0,), increase_colours=(), decrease_colours=("#000000",), no_change_colour="#bdbdbd")
    with pytest.raises(ValueError, match="one colour more"):
        FlowScale(breaks=(1.0,), colours=("#000000",))


def test_trips_no_longer_made_are_shown_as_a_fall_and_only_where_there_are_any():
    parts = world.flow_parts().assign(lost=[20.0, 0.0, 0.0])
    lines = pd.DataFrame({"link_id": ["1", "N1"], "line": [0, 3]})
    assert part_rows(parts, lines) == {0: [-210, 5, 0, -20], 3: [160, 20, 5]}
