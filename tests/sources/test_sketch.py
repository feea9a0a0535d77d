"""Networks drawn by hand: read whole, or refused with every fault at once."""

import json

import pytest

from movement import tables
from movement.network import build
from movement.publish.language import catalogue, say_fault
from movement.sources import sketch
from movement.tables import InputFaults

CRS = "EPSG:25832"
LINE = {"type": "LineString", "coordinates": [[12.44, 55.76], [12.45, 55.76]]}
PATH = {
    "link_id": "a",
    "name": "Æblestien",
    "link_class": "path",
    "modes": "walk,cycle",
    "cycle_oneway": False,
    "level": 0,
    "structure": "none",
    "is_lit": True,
    "surface": "gravel",
    "has_steps": False,
    "crossing": None,
    "width_m": 2.5,
    "motor_per_day": 0,
    "source": "ASSUME",
}


def drawn(folder, *features, geometry=LINE):
    shapes = [{"type": "Feature", "properties": given, "geometry": geometry} for given in features]
    path = folder / "sketch.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), encoding="utf-8")
    return path


def test_a_drawn_path_becomes_a_link(tmp_path):
    raw = sketch.read_sketch(drawn(tmp_path, PATH), crs=CRS)
    link = tables.LINKS.check(build.links(raw, scenario_id="before")).iloc[0]
    assert (link["link_id"], link["name"], link["surface"]) == ("a", "Æblestien", "gravel")
    assert link["allows_walk"]
    assert link["allows_cycle"]
    assert 620_000 < link["length_mm"] < 630_000


@pytest.mark.parametrize(
    ("modes", "walk", "cycle"), [("walk", 1, 0), ("cycle", 0, 1), ("", 0, 0), (None, 0, 0), ("cycle, walk", 1, 1)]
)
def test_modes(tmp_path, modes, walk, cycle):
    raw = sketch.read_sketch(drawn(tmp_path, PATH | {"modes": modes}, PATH | {"link_id": "b"}), crs=CRS)
    assert (raw["allows_walk"][0], raw["allows_cycle"][0]) == (walk, cycle)


def test_blanks_mean_what_is_usual(tmp_path):
    blank = dict.fromkeys(("name", "level", "is_lit", "surface", "crossing", "width_m", "motor_per_day", "source"))
    raw = sketch.read_sketch(drawn(tmp_path, PATH | blank, PATH | {"link_id": "b"}), crs=CRS)
    link = tables.LINKS.check(build.links(raw, scenario_id="before")).iloc[0]
    assert (link["level"], link["is_lit"], link["surface"], link["motor_per_day"]) == (0, False, "unknown", 0)
    assert link["crossing"] is None


@pytest.mark.parametrize(
    ("change", "rule", "value"),
    [
        ({"modes": "walk,horse"}, "unknown_word", "walk,horse"),
        ({"structure": "viaduct"}, "unknown_word", "viaduct"),
        ({"surface": "asphalt"}, "unknown_word", "asphalt"),
        ({"crossing": "zebra"}, "unknown_word", "zebra"),
        ({"level": "up"}, "no_number", "up"),
        ({"motor_per_day": "many"}, "no_number", "many"),
        ({"is_lit": "perhaps"}, "no_yes_no", "perhaps"),
        ({"link_id": None}, "value_missing", ""),
        ({"link_class": ""}, "value_missing", ""),
        ({"link_id": "b"}, "id_twice", "b"),
    ],
)
def test_a_fault_names_file_feature_and_rule(tmp_path, change, rule, value):
    with pytest.raises(InputFaults) as found:
        sketch.read_sketch(drawn(tmp_path, PATH | {"link_id": "b"}, PATH | change), crs=CRS)
    assert [(fault.rule, fault.row, fault.value) for fault in found.value.faults] == [(rule, 2, value)]


def test_a_column_that_is_missing(tmp_path):
    short = {name: value for name, value in PATH.items() if name not in ("modes", "level")}
    with pytest.raises(InputFaults) as found:
        sketch.read_sketch(drawn(tmp_path, short), crs=CRS)
    assert {fault.value for fault in found.value.faults} == {"modes", "level"}


def test_points_are_no_links(tmp_path):
    with pytest.raises(InputFaults) as found:
        sketch.read_sketch(drawn(tmp_path, PATH, geometry={"type": "Point", "coordinates": [12, 55]}), crs=CRS)
    assert [(fault.rule, fault.value) for fault in found.value.faults] == [("wrong_geometry", "Point")]


def test_a_missing_column_is_told_with_what_may_stand_in_it(tmp_path):
    lacking = {name: value for name, value in PATH.items() if name not in ("surface", "is_lit", "link_class")}
    with pytest.raises(InputFaults) as refused:
        sketch.read_sketch(drawn(tmp_path, lacking), crs=CRS)
    said = {fault.value: say_fault(catalogue("da"), fault) for fault in refused.value.faults}
    assert "paved, gravel, ground, unknown" in said["surface"]
    assert "skriv i hver række yes, no" in said["is_lit"]
    assert "skriv i hver række …" in said["link_class"]
    assert all("link_id, name, link_class, modes, cycle_oneway, level" in line for line in said.values())
