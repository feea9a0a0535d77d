"""Small layers as Danish planners hold them, and the official roads of Gladsaxe."""

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, Point

from movement import tables
from movement.network import barriers, build, connectivity
from movement.sources import column_maps, noding, sketch
from movement.tables import InputFaults

CRS = "EPSG:25832"
E, N = 720_000, 6_180_000


def line(*points):
    return LineString([(E + x, N + y) for x, y in points])


def written(tmp_path, rows, shapes, name="layer.gpkg", crs=CRS):
    path = tmp_path / name
    gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS).to_crs(crs).to_file(path)
    return path


ROADS = {
    "id_lokalid": ["a", "b", "c", "d", "e"],
    "vejkategori": ["Mellem vej", "Hovedrute", "Mindre sti", "Cykelsti langs vej", "Lille vej"],
    "trafikart": ["Alle trafikarter", "Motorvej", "Gående", "Cykel", "Alle trafikarter"],
    "niveau": [0, 1, 0, 0, 0],
    "overflade": ["Befæstet", "Befæstet", "Ubefæstet", "Ukendt", None],
    "status": ["Anlagt", "Anlagt", "Anlagt", "Anlagt", "Nedlagt"],
}
SHAPES = [line((0, n), (100, n)) for n in range(5)]


@pytest.mark.parametrize(
    ("name", "crs"), [("roads.gpkg", CRS), ("roads.shp", "EPSG:4326"), ("roads.geojson", "EPSG:4326")]
)
def test_geodanmark_in_any_format_and_crs(tmp_path, name, crs):
    made = column_maps.read_mapped(
        written(tmp_path, ROADS, SHAPES, name, crs), column_maps.READY["geodanmark"], crs=CRS
    )
    assert made["link_id"].tolist() == ["a", "b", "c", "d"]
    assert made["modes"].tolist() == ["walk, cycle", "", "walk", "cycle"]
    assert made["link_class"].tolist() == ["residential", "trunk", "path", "cycleway"]
    assert made["surface"].tolist() == ["paved", "paved", "gravel", "unknown"]
    assert made["level"].astype(int).tolist() == [0, 1, 0, 0]
    assert made.length.round(1).tolist() == [100.0] * 4
    path = tmp_path / "network.geojson"
    made.to_file(path)
    raw = sketch.read_sketch(path, crs=CRS)
    assert tables.LINKS.check(build.links(raw, scenario_id="before"))["allows_walk"].tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_a_line_of_several_parts_becomes_several_links(tmp_path):
    path = written(tmp_path, {name: values[:1] for name, values in ROADS.items()}, [MultiLineString(SHAPES[:2])])
    made = column_maps.read_mapped(path, column_maps.READY["geodanmark"], crs=CRS)
    assert made["link_id"].tolist() == ["a", "a.1"]


def test_ones_own_map(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        "makes: links\ncolumns:\n  name: {column: NAVN}\n  is_lit: {column: lys, words: {ja: 'yes'}, otherwise: 'no'}\n"
    )
    layer = written(tmp_path, {"navn": ["Engstien", "Åstien"], "lys": ["Ja", "nej"]}, SHAPES[:2])
    made = column_maps.read_mapped(layer, column_maps.read_map(str(path)), crs=CRS)
    assert made[["link_id", "name", "is_lit"]].to_numpy().tolist() == [
        ["L1", "Engstien", "yes"],
        ["L2", "Åstien", "no"],
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("makes: links\ncolumns: {colour: red}", "unknown_word"),
        ("makes: trees\ncolumns: {}", "unknown_word"),
        ("[1", "unreadable_table"),
        ("makes: links\nfoo: 1", "unreadable_table"),
    ],
)
def test_a_wrong_map_is_named(tmp_path, text, rule):
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(InputFaults) as found:
        column_maps.read_map(str(path))
    assert [fault.rule for fault in found.value.faults] == [rule]


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path):
    path = written(tmp_path, {"id": ["a"]}, SHAPES[:1])
    with pytest.raises(InputFaults) as found:
        column_maps.read_mapped(path, column_maps.READY["geodanmark"], crs=CRS)
    (fault,) = found.value.faults
    assert (fault.rule, fault.detail["columns"]) == ("mapped_column_missing", "id")
    with pytest.raises(InputFaults, match="unknown_column_map"):
        column_maps.read_map("geodanmrk")


def test_homes_of_bbr_become_zones_of_a_hectare(tmp_path):
    homes = [Point(E + 10, N + 10), Point(E + 30, N + 10), Point(E + 150, N + 10), Point(E + 20, N + 20)]
    path = written(tmp_path, {"enh023Boligtype": ["1", "1", "1", None]}, homes)
    made = column_maps.read_mapped(path, column_maps.READY["bbr_homes"], crs=CRS)
    assert made["residents"].round(1).tolist() == [4.2, 2.1]
    assert [round(x - E) for x in made.geometry.x] == [20, 150]


def test_cells_of_statistics_denmark_lie_where_their_names_say(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text("ddkncelle100m;personer\n100m_61741_7243;57\n100m_61742_7243;12\n", encoding="utf-8")
    made = column_maps.read_mapped(path, column_maps.READY["dst_100m"], crs=CRS)
    assert made["residents"].tolist() == [57, 12]
    assert (made.geometry.x[0], made.geometry.y[0]) == (724_350, 6_174_150)
    path.write_text("ddkncelle100m;personer\n1km_6174_724;57\n", encoding="utf-8")
    with pytest.raises(InputFaults, match="no_cell"):
        column_maps.read_mapped(path, column_maps.READY["dst_100m"], crs=CRS)


def test_stops_of_gtfs_become_attractions(tmp_path):
    path = tmp_path / "stops.txt"
    path.write_text("stop_id,stop_name,stop_lat,stop_lon\n1,Bagergade,55.75,12.44\n", encoding="utf-8")
    made = column_maps.read_mapped(path, column_maps.READY["gtfs_stops"], crs=CRS)
    assert made[["attraction_id", "name_da", "purpose"]].to_numpy().tolist() == [["1", "Bagergade", "station"]]
    assert 710_000 < made.geometry.x[0] < 720_000


def test_lines_join_where_they_cross_on_one_level_and_nowhere_else():
    drawn = gpd.GeoDataFrame(
        {"link_id": ["a", "b", "bridge"], "level": [0, 0, 1]},
        geometry=[line((0, 0), (100, 0)), line((50, -50), (50, 50)), line((70, -50), (70, 50))],
        crs=CRS,
    )
    made = noding.joined_at_crossings(drawn)
    assert made["link_id"].tolist() == ["a.1", "a.2", "b.1", "b.2", "bridge"]
    assert made.length.tolist() == [50.0, 50.0, 50.0, 50.0, 100.0]


def test_no_path_uses_or_joins_gladsaxes_motorway(shared_data):
    """The official layer has no names, levels or nodes; its longest state road is the motorway."""
    path = shared_data / "geofa-gladsaxe/0159/linestring/vej_myndighed.gpkg"
    official = gpd.read_file(path).to_crs(CRS)
    longest = official.loc[[official.length.idxmax()]]
    assert round(longest.length.item()) == 6996
    motorway = tables.BARRIERS.check(
        longest.assign(barrier_id="m", piece=0, kind="motorway", level=0, name_da="m", name_en="m", source=None)
    )
    mapped = column_maps.read_mapped(path, column_maps.READY["geofa_veje"], crs=CRS)
    lines = noding.joined_at_crossings(noding.without_barriers(mapped, motorway))
    folder_free = lines.assign(
        **{name: False for name in ("cycle_oneway", "has_steps")},
        allows_walk=True,
        allows_cycle=True,
        is_lit=True,
        level=0,
    ).drop(columns="modes")
    links = build.links(folder_free, scenario_id="before")
    met = barriers.crossings(links, motorway)
    left = tables.LINKS.check(barriers.cut(links, met))
    assert set(met["status"]) == {"cut"}
    assert len(met) >= 5  # bridges the layer does not tell from junctions: a row each for the planner to overrule
    line_of_motorway = motorway.geometry.item()
    assert left.distance(line_of_motorway).min() > 0.15  # nothing ends on it, nor on one node from both sides
    assert shapely.length(shapely.intersection(left.geometry.to_numpy(), line_of_motorway.buffer(0.1))).sum() == 0
    naive = noding.joined_at_crossings(mapped)
    assert naive.distance(line_of_motorway).min() == 0  # what a naive noding would have let people do
    assert len(connectivity.connectivity(left, *empty_places())) > 0


def empty_places():
    return tables.SNAPS.empty(), tables.ZONES.empty()
