"""The picture of a scenario's check: named, to scale, and with the faults' own numbers."""

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from movement.publish.language import LANGUAGES, catalogue
from movement.publish.scenario_picture import bar_metres, draw


def lines(*shapes):
    return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:25832")


WORLD = {
    "today": lines(LineString([(0, 0), (400, 0)]), LineString([(0, 0), (0, 300)])),
    "barriers": lines(LineString([(200, -100), (200, 400)])),
    "changed": lines(),
    "added": lines(LineString([(0, 300), (400, 0)])),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_name_numbers_and_language_are_on_the_picture(tmp_path, language):
    def picture(name, **changes):
        said = {"wrong": {3: (200.0, 150.0)}, "title": "Broen", "text": catalogue(language)} | changes
        draw(tmp_path / name, WORLD, **said)
        return (tmp_path / name).read_bytes()

    plain = picture("a.png")
    assert plain[:4] == b"\x89PNG"
    assert picture("b.png") == plain
    assert picture("c.png", title="Tunnelen") != plain
    assert picture("d.png", wrong={1: (200.0, 150.0)}) != plain
    assert picture("e.png", wrong={}) != plain
    (other,) = set(LANGUAGES) - {language}
    assert picture("f.png", text=catalogue(other)) != plain


def test_nothing_drawn_yet_shows_the_network(tmp_path):
    draw(tmp_path / "a.png", WORLD | {"added": lines()}, wrong={}, title="x", text=catalogue("da"))
    assert (tmp_path / "a.png").exists()


@pytest.mark.parametrize(("most", "bar"), [(99.0, 50.0), (100.0, 100.0), (199.0, 100.0), (4_999.0, 2_000.0)])
def test_the_bar_is_a_round_length(most, bar):
    assert bar_metres(most) == bar
