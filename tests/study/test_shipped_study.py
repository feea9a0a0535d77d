"""The shipped study keeps the promises made of it: distances, named places, crossings, screenlines, sites."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from movement import tables

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
LAYERS = {
    "barriers": tables.BARRIERS,
    "screenlines": tables.SCREENLINES,
    "areas": tables.AREAS,
    "zones": tables.ZONES,
    "attractions": tables.ATTRACTIONS,
    "gateways": tables.GATEWAYS,
    "sites": tables.SITES,
}
ROWS = {
    "through_trips": tables.THROUGH_TRIPS,
    "campaigns": tables.CAMPAIGNS,
    "interventions": tables.INTERVENTIONS,
    "events": tables.EVENTS,
    "weather": tables.WEATHER,
}
SITES = {
    *(f"S{i}" for i in range(1, 8)),
    *(f"T{i}" for i in range(1, 7)),
    *(f"O{i}" for i in range(1, 5)),
    *("N1", "N2"),
    *(f"K{i}" for i in range(1, 9)),
}
SHOPS = (715792, 6184554)
NORTHERN_BLOCKS = (715728, 6184835)
RINGBO = (716200, 6184620)
STATION = (716730, 6184950)
PLACES = {
    "Vadstrupvej crossing": (12.4437, 55.7574),
    "Ring 4 crossing": (12.4385, 55.7625),
    "Bagsværd Hovedgade crossing": (12.4350, 55.7640),
    "Skovbrynet crossing": (12.4330, 55.7652),
    "Klausdalsbrovej crossing": (12.4520, 55.7460),
    "cycle crossing south": (12.4289, 55.7675),
    "cycle crossing north": (12.4231, 55.7707),
    "shops": (12.43934, 55.75846),
    "estate": (12.43953, 55.75902),
    "sports ground": (12.43555, 55.75966),
    "moor": (12.43141, 55.75303),
    "business area": (12.45052, 55.75663),
    "Bagsværd station": (12.45456, 55.76159),
    "Skovbrynet station": (12.43373, 55.76516),
    "Bindeledet (road)": (12.4547, 55.7627),
    "lake": (12.45711, 55.77093),
}


def _read(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(RAW / name).to_crs(25832)


@pytest.fixture(scope="module")
def links() -> gpd.GeoDataFrame:
    return _read("network/sketch.geojson")


@pytest.fixture(scope="module")
def motorway() -> shapely.Geometry:
    barriers = _read("study/barriers.geojson")
    return shapely.union_all(barriers.geometry[barriers["kind"] == "motorway"])


def _end(link: shapely.LineString, at: int) -> tuple[float, float]:
    x, y = link.coords[at]
    return round(x, 1), round(y, 1)


def _graph(links: gpd.GeoDataFrame) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for link_id, line in zip(links["link_id"], links.geometry, strict=True):
        graph.add_edge(_end(line, 0), _end(line, -1), key=link_id, length=line.length)
    return graph


def _way(graph: nx.MultiGraph, start: tuple[float, float], end: tuple[float, float]) -> float:
    def node(place: tuple[float, float]) -> tuple[float, float]:
        return min(graph, key=lambda at: np.hypot(at[0] - place[0], at[1] - place[1]))

    return float(nx.dijkstra_path_length(graph, node(start), node(end), weight="length"))


def test_sketch_is_one_network_of_at_least_400_links(links: gpd.GeoDataFrame) -> None:
    assert len(links) >= 400
    assert links["link_id"].is_unique
    assert links.length.min() >= 2
    assert nx.is_connected(_graph(links))


@pytest.mark.parametrize("name", sorted(PLACES))
def test_named_place_lies_on_the_sketch(links: gpd.GeoDataFrame, name: str) -> None:
    place = gpd.GeoSeries([shapely.Point(PLACES[name])], crs=4326).to_crs(25832).iloc[0]
    assert links.distance(place).min() <= 50


def test_without_the_crossings_no_path_joins_the_sides(links: gpd.GeoDataFrame, motorway: shapely.Geometry) -> None:
    crossing = links.intersects(motorway)
    parts = list(nx.connected_components(_graph(links[~crossing])))
    assert crossing.sum() == 8
    assert len(parts) == 2
    station = min(parts[0] | parts[1], key=lambda at: np.hypot(at[0] - STATION[0], at[1] - STATION[1]))
    shops = min(parts[0] | parts[1], key=lambda at: np.hypot(at[0] - SHOPS[0], at[1] - SHOPS[1]))
    assert (station in parts[0]) != (shops in parts[0])


def test_crossing_links_are_on_another_level_than_the_barrier(links: gpd.GeoDataFrame) -> None:
    for piece in _read("study/barriers.geojson").itertuples():
        met = links[links.intersects(piece.geometry)]
        assert ((met["level"] != piece.level) | (met["crossing"] == "signals")).all(), piece.barrier_id


@pytest.mark.parametrize(
    ("start", "end", "lower"),
    [
        (SHOPS, STATION, 1153),
        (NORTHERN_BLOCKS, STATION, 1385),
        (NORTHERN_BLOCKS, RINGBO, 872),
    ],
)
def test_network_distance(
    links: gpd.GeoDataFrame, start: tuple[float, float], end: tuple[float, float], lower: float
) -> None:
    assert lower <= _way(_graph(links), start, end) <= 1.15 * lower


def test_city_link_shortens_as_measured(links: gpd.GeoDataFrame) -> None:
    added = _read("scenarios/byforbindelse/links_added.geojson")
    both = pd.concat([links, added], ignore_index=True)
    graph = _graph(_split_at_ends(both, added))
    assert _way(graph, NORTHERN_BLOCKS, STATION) == pytest.approx(1118, rel=0.05)
    assert _way(graph, NORTHERN_BLOCKS, RINGBO) == pytest.approx(566, rel=0.05)


def _split_at_ends(links: gpd.GeoDataFrame, added: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ends = [shapely.Point(line.coords[at]) for line in added.geometry for at in (0, -1)]
    rows = []
    for link_id, level, line in zip(links["link_id"], links["level"], links.geometry, strict=True):
        inside = {round(line.project(end), 1): end for end in ends if level == 0 and line.distance(end) < 0.5}
        cuts = [(at, end) for at, end in sorted(inside.items()) if 1 < at < line.length - 1]
        bounds = [(0.0, shapely.Point(line.coords[0])), *cuts, (line.length, shapely.Point(line.coords[-1]))]
        for i, ((_, start), (_, end)) in enumerate(pairwise(bounds)):
            middle = [p for p in line.coords[1:-1] if bounds[i][0] < line.project(shapely.Point(p)) < bounds[i + 1][0]]
            rows.append((f"{link_id}/{i}", shapely.LineString([start.coords[0], *middle, end.coords[0]])))
    return gpd.GeoDataFrame(rows, columns=["link_id", "geometry"], crs=links.crs)


def test_no_end_or_junction_nearly_meets_another_link(links: gpd.GeoDataFrame) -> None:
    graph = _graph(links)
    tree = shapely.STRtree(links.geometry)
    for node in (node for node, degree in graph.degree() if degree == 1):
        for i in tree.query(shapely.Point(node), predicate="dwithin", distance=5):
            line = links.geometry.iloc[i]
            assert node in (_end(line, 0), _end(line, -1)), f"{node} nearly meets {links['link_id'].iloc[i]}"


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_layer_has_the_columns_of_its_table(name: str) -> None:
    layer = gpd.read_file(RAW / "study" / f"{name}.geojson")
    optional = {"land_use", *tables.GROUP_COLUMNS.values()}  # one land use; groups where the area has them
    assert set(LAYERS[name].columns) - optional <= set(layer.columns)
    assert not layer.duplicated([key for key in LAYERS[name].key if key != "land_use"]).any()


@pytest.mark.parametrize("name", sorted(ROWS))
def test_csv_has_the_columns_of_its_table(name: str) -> None:
    rows = pd.read_csv(RAW / "study" / f"{name}.csv", sep=";")
    assert list(rows.columns) == list(ROWS[name].columns)
    assert not rows.duplicated(list(ROWS[name].key)).any()


def test_screenline_meets_each_crossing_once_and_never_c95(links: gpd.GeoDataFrame) -> None:
    lines = _read("study/screenlines.geojson").set_index("screenline_id")
    met = links[links.crosses(lines.geometry["snit"])]
    assert len(met) == 8
    assert set(met.intersection(lines.geometry["snit"]).geom_type) == {"Point"}
    assert not met["name"].fillna("").str.startswith("C95").any()
    assert lines.geometry["kordon"].is_ring
    assert not links[links.crosses(lines.geometry["kordon"])]["name"].fillna("").str.startswith("C95").any()


def test_sites_are_all_there_and_on_the_sketch(links: gpd.GeoDataFrame) -> None:
    sites = _read("study/sites.geojson").set_index("station_id")
    assert set(sites.index) == SITES
    on_sketch = sites[~sites.index.str.startswith("K") & (sites["role"] != "new_link")]
    assert on_sketch.geometry.map(lambda place: links.distance(place).min()).max() <= 30
    city_link = _read("scenarios/byforbindelse/links_added.geojson")
    assert city_link.distance(sites.geometry["S3"]).min() <= 5


def test_residents_sum_to_the_known_numbers() -> None:
    zones = gpd.read_file(RAW / "study/zones.geojson").set_index("zone_id")["residents"]
    blocks = zones[zones.index.str.startswith("blok_")]
    assert len(blocks) == 8
    assert blocks.sum() == 2810
    assert blocks.sum() + zones[zones.index.str.startswith("villaer_")].sum() == 4350


@pytest.mark.parametrize("path", sorted(RAW.glob("scenarios/*/links_added.geojson")), ids=lambda path: path.parent.name)
def test_ends_of_added_links_join(links: gpd.GeoDataFrame, path: Path) -> None:
    added = gpd.read_file(path).to_crs(25832)
    for i, line in enumerate(added.geometry):
        others = pd.concat([links.geometry, added.geometry.drop(index=i)])
        for at in (0, -1):
            assert others.distance(shapely.Point(line.coords[at])).min() <= 0.5, added["link_id"].iloc[i]


@pytest.mark.parametrize("path", sorted(RAW.glob("scenarios/*/links_changed.csv")), ids=lambda path: path.parent.name)
def test_changed_links_exist(links: gpd.GeoDataFrame, path: Path) -> None:
    assert set(pd.read_csv(path, sep=";")["link_id"]) <= set(links["link_id"])
