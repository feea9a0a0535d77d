"""The commands for people who draw: on the demonstration study's network, with GeoPackages as QGIS writes them."""

import shutil
import sqlite3
from contextlib import closing
from xml.dom import minidom

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import yaml
from shapely.geometry import LineString

from movement import cli
from pipelines import graph, stage


@pytest.fixture
def study(tmp_path, monkeypatch):
    for folder in (stage.RAW_STUDY, stage.RAW_NETWORK, stage.RAW_SCENARIOS, stage.RAW_TERRAIN):
        shutil.copytree(graph.HOUSE / folder, tmp_path / folder)
    shutil.copy(graph.HOUSE / stage.PARAMS_FILE, tmp_path / stage.PARAMS_FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *words):
    code = cli.main([*map(str, words), "--lang", "en"])
    told = capsys.readouterr()
    return code, told.out + told.err


def drawn(study, capsys, *rows, layer="links_added"):
    """Make a scenario and draw rows in it, as the template's columns take them."""
    if not (study / stage.RAW_SCENARIOS / "mine").exists():
        assert run(capsys, "scenario", "new", "mine")[0] == 0
    package = study / stage.RAW_SCENARIOS / "mine/mine.gpkg"
    empty = pyogrio.read_dataframe(package, layer=layer)
    plain = {"link_class": "path", "modes": "walk, cycle", "level": 0, "structure": "none", "is_lit": "yes"}
    plain |= {"cycle_oneway": "no", "has_steps": "no", "motor_per_day": 0, "link_id": "new"}
    told = [plain | row for row in rows]
    shapes = [row.pop("geometry") for row in told]
    frame = gpd.GeoDataFrame(
        pd.DataFrame(told).reindex(columns=empty.columns.drop("geometry")), geometry=shapes, crs=empty.crs
    )
    pyogrio.write_dataframe(frame, package, layer=layer, append=True)
    return pyogrio.read_dataframe(package, layer="links_today")


def test_a_template_opens_with_todays_network_and_styles(study, capsys):
    code, told = run(capsys, "scenario", "new", "mine")
    assert code == 0
    assert "links_added" in told
    package = study / stage.RAW_SCENARIOS / "mine/mine.gpkg"
    counts = {name: pyogrio.read_info(package, layer=name)["features"] for name, _ in pyogrio.list_layers(package)}
    assert counts["links_today"] > 300
    assert counts["links_added"] == counts["links_changed"] == counts["land_use"] == 0
    with closing(sqlite3.connect(package)) as open_package:
        styles = dict(open_package.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
    assert set(styles) == set(counts) - {"layer_styles"}
    for style in styles.values():
        minidom.parseString(style)
    assert 'value="gravel"' in styles["links_added"]
    code, told = run(capsys, "scenario", "check", "mine")
    assert (code, "nothing is drawn" in told) == (1, True)


@pytest.mark.parametrize(
    ("name", "said"), [("byforbindelse", "there already"), ("../x", "cannot be"), ("before", "cannot be")]
)
def test_a_name_that_is_taken_or_odd_is_refused(study, capsys, name, said):
    code, told = run(capsys, "scenario", "new", name)
    assert code == 1
    assert said in told


def test_a_drawn_link_is_told_in_plain_words_and_pictured(study, capsys):
    today = pyogrio.read_dataframe(study / stage.RAW_NETWORK / "sketch.geojson").to_crs("EPSG:25832")
    street = max(today.geometry, key=lambda line: line.length)
    other = today.geometry.iloc[0]
    middle = street.interpolate(0.5, normalized=True)
    drawn(
        study,
        capsys,
        {
            "geometry": LineString([middle, (middle.x, middle.y + 60), other.coords[0]]),
            "level": 1,
            "structure": "bridge",
        },
    )
    code, told = run(capsys, "scenario", "check", "mine")
    assert code == 0, told
    assert "start: splits" in told
    assert "end: joins the node of" in told
    assert (study / stage.PROCESSED / "scenario_checks/mine.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_wrong_names_end_distance_and_nearest_link(study, capsys):
    today = pyogrio.read_dataframe(study / stage.RAW_NETWORK / "sketch.geojson").to_crs("EPSG:25832")
    x, y = today.geometry.iloc[0].coords[0][:2]
    drawn(study, capsys, {"geometry": LineString([(x, y), (x + 3000, y + 9000)])})
    code, told = run(capsys, "scenario", "check", "mine")
    assert code == 1
    assert "1. " in told
    assert "mine.gpkg" in told
    assert "m from" in told or "distance" in told or " m" in told


def test_a_link_copied_and_edited_is_a_change_of_what_differs(study, capsys):
    assert run(capsys, "scenario", "new", "mine")[0] == 0
    package = study / stage.RAW_SCENARIOS / "mine/mine.gpkg"
    today = pyogrio.read_dataframe(package, layer="links_today")
    one = today[(today["is_lit"] == "no") & (today["surface"] == "gravel")].iloc[[0]]
    pyogrio.write_dataframe(one.assign(is_lit="yes", closed=None), package, layer="links_changed", append=True)
    code, told = run(capsys, "scenario", "check", "mine")
    assert code == 0, told
    changes = [line for line in told.splitlines() if line.startswith("Changed")]
    assert len(changes) == 1
    assert "is_lit no → yes" in changes[0]


def test_a_trial_has_dates_and_they_must_be_in_order(study, capsys):
    assert run(capsys, "scenario", "new", "mine")[0] == 0
    words = study / stage.RAW_SCENARIOS / "mine/scenario.yaml"
    said = yaml.safe_load(words.read_text(encoding="utf-8")) | {"start_date": "2027-09-01", "end_date": "2027-05-01"}
    words.write_text(yaml.safe_dump(said), encoding="utf-8")
    code, told = run(capsys, "scenario", "check", "mine")
    assert code == 1
    assert "2027-05-01" in told


def test_scenarios_that_disagree_are_named(study, capsys):
    for name, value in (("one", "yes"), ("two", "no")):
        folder = study / stage.RAW_SCENARIOS / name
        folder.mkdir()
        (folder / "scenario.yaml").write_text("name_da: a\nname_en: a\ntext_da: a\ntext_en: a\n")
        (folder / "links_changed.csv").write_text(f"link_id;attribute;value;source\nL0001;is_lit;{value};x\n")
    both = study / stage.RAW_SCENARIOS / "both"
    both.mkdir()
    (both / "scenario.yaml").write_text("name_da: a\nname_en: a\ntext_da: a\ntext_en: a\ncombines: [two, one]\n")
    code, told = run(capsys, "scenario", "check", "both")
    assert code == 1
    assert "one and two cannot both be: L0001 is_lit: yes / no" in told


def test_a_layer_converted_is_read_as_a_network(study, capsys, tmp_path):
    source = tmp_path / "roads.gpkg"
    lines = [
        LineString([(720_000, 6_180_000), (720_100, 6_180_000)]),
        LineString([(720_050, 6_179_950), (720_050, 6_180_050)]),
    ]
    gpd.GeoDataFrame({"type": ["Off. kommunevej", "Privat vej"]}, geometry=lines, crs="EPSG:25832").to_file(source)
    target = study / stage.RAW_NETWORK / "roads.geojson"
    code, told = run(capsys, "convert", "geofa_veje", source, "--to", target)
    assert (code, "4 rows" in told) == (0, True)
    assert "there already" in run(capsys, "convert", "geofa_veje", source, "--to", target)[1]
    assert "geodanmrk" in run(capsys, "convert", "geodanmrk", source, "--to", tmp_path / "x.gpkg")[1]


def test_fetching_offline_says_what_to_do(study, capsys):
    assert "more than one network" in run(capsys, "fetch", "osm", "--url", "http://127.0.0.1:9")[1]
    (study / stage.RAW_NETWORK / "sketch.geojson").unlink()
    code, told = run(capsys, "fetch", "osm", "--url", "http://127.0.0.1:9")
    assert code == 1
    assert "Geofabrik" in told
    assert not list((study / stage.RAW_NETWORK).glob("extract*"))
