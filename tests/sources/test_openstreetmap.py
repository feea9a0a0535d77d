"""A small extract drawn by hand: a trunk road along the equator, streets and paths over it; then real ones."""

import osmnx as ox
import pytest

from movement import tables
from movement.network import barriers, build
from movement.sources import openstreetmap
from movement.tables import InputFaults

CRS = "EPSG:32631"
STEP = 0.0001  # degrees; 11 m
# id: (x, y, tags), a grid of columns; row 0 is the trunk road
NODES = {column * 10 + row: (column, row - 1, {}) for column in range(1, 9) for row in (0, 1, 2)}
NODES[21] = (2, 0, {"highway": "crossing", "crossing": "traffic_signals"})
NODES[32] = (3, 1, {"highway": "crossing"})  # a crossing of another street, not of the trunk road
TRUNK = {"highway": "trunk", "ref": "Rv 4; E 18"}
WAYS = {
    1: ([11, 21, 31, 41, 51, 61], TRUNK),
    2: ([61, 71, 81], TRUNK | {"tunnel": "yes", "layer": "-1"}),
    10: ([20, 21, 22], {"highway": "footway"}),  # at signals
    11: ([30, 31, 32], {"highway": "residential"}),  # untagged
    12: (
        [40, 42],
        {"highway": "footway", "bridge": "yes", "layer": "1", "lit": "yes", "surface": "asphalt", "width": "3"},
    ),
    13: ([50, 52], {"highway": "path", "tunnel": "culvert", "layer": "-1", "surface": "gravel"}),
    14: ([70, 72], {"highway": "cycleway", "oneway": "yes", "foot": "no"}),  # over the road's tunnel
    15: ([22, 32], {"highway": "motorway_link"}),
    16: ([32, 42], {"highway": "trunk", "motorroad": "yes"}),
    17: ([42, 52], {"highway": "footway", "access": "private"}),
    18: ([52, 62], {"highway": "steps"}),
    19: ([62, 72], {"highway": "footway", "bicycle": "designated"}),
    20: ([72, 82], {"highway": "service", "access": "private", "foot": "yes"}),
}


def write(path, *, offset=0.0):
    def tags(given):
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in given.items())

    nodes = "".join(
        f'<node id="{i}" version="1" lon="{3 + x * STEP}" lat="{y * STEP + offset}">{tags(t)}</node>'
        for i, (x, y, t) in NODES.items()
    )
    ways = "".join(
        f'<way id="{i}" version="1">' + "".join(f'<nd ref="{n}"/>' for n in ends) + tags(t) + "</way>"
        for i, (ends, t) in WAYS.items()
    )
    path.write_text(f'<osm version="0.6">{nodes}{ways}</osm>', encoding="utf-8")
    return path


@pytest.fixture
def extract(tmp_path):
    return openstreetmap.read_extract(write(tmp_path / "small.osm"), crs=CRS, barrier_refs=["E 18"])


def of_way(extract, number):
    return extract.raw[extract.raw["link_id"].str.startswith(f"w{number}-")]


def test_who_may_use_what(extract):
    def modes(number):
        link = of_way(extract, number).iloc[0]
        return bool(link["allows_walk"]), bool(link["allows_cycle"])

    for nobody in (1, 2, 15, 16, 17):
        assert of_way(extract, nobody).empty, nobody
    assert modes(11) == (True, True)
    assert modes(12) == (True, False)
    assert modes(14) == (False, True)
    assert modes(18) == (True, False)
    assert modes(19) == (True, True)
    assert modes(20) == (True, False)


def test_tags_are_kept(extract):
    bridge, tunnel = of_way(extract, 12).iloc[0], of_way(extract, 13).iloc[0]
    assert (bridge["level"], bridge["structure"], bridge["width_m"]) == (1, "bridge", 3)
    assert (bridge["is_lit"], bridge["surface"]) == (True, "paved")
    assert (tunnel["level"], tunnel["structure"], tunnel["surface"]) == (-1, "tunnel", "gravel")
    assert not tunnel["is_lit"]
    assert of_way(extract, 18)["has_steps"].all()
    assert of_way(extract, 14)["cycle_oneway"].all()
    assert of_way(extract, 11)["is_lit"].all()


def test_the_barrier_is_known_by_one_of_its_refs_and_has_levels(extract):
    pieces = tables.BARRIERS.check(extract.barriers)
    assert set(pieces["barrier_id"]) == {"E 18"}
    assert set(pieces["level"]) == {0, -1}
    assert set(pieces["kind"]) == {"trunk_road"}


def test_what_crosses_is_judged_where_it_meets_the_road(extract):
    links = build.links(extract.raw, scenario_id="before")
    met = barriers.crossings(links, extract.barriers)
    found = met.groupby(met["link_id"].str.split("-").str[0])["reason"].agg(set).to_dict()
    assert found == {
        "w10": {"tagged_crossing"},
        "w11": {"same_level"},  # the crossing at its far end is another street's
        "w12": {"link_above"},
        "w13": {"link_below"},
        "w14": {"link_above"},
    }


@pytest.mark.parametrize(
    ("tags", "is_oneway"),
    [
        ({}, False),
        ({"oneway": "yes"}, True),
        ({"oneway": "-1"}, True),
        ({"oneway": "yes", "oneway:bicycle": "no"}, False),
        ({"oneway": "yes", "cycleway": "opposite"}, False),
        ({"oneway": "yes", "cycleway:left": "opposite_lane"}, False),
        ({"oneway:bicycle": "yes"}, True),
        ({"junction": "roundabout"}, True),
    ],
)
def test_cycles_go_one_way_where_tagged_and_people_both(tmp_path, monkeypatch, tags, is_oneway):
    monkeypatch.setitem(WAYS, 11, ([30, 31, 32], {"highway": "residential"} | tags))
    read = openstreetmap.read_extract(write(tmp_path / "one.osm"), crs=CRS, barrier_refs=[])
    link = of_way(read, 11)
    assert set(link["cycle_oneway"]) == {is_oneway}
    assert link["allows_walk"].all()
    if tags.get("oneway") == "-1":  # drawn northwards, ridden southwards
        assert link.geometry.iloc[0].coords[0][1] > link.geometry.iloc[0].coords[-1][1]


def reached(raw, mode):
    """Whether one gets from the south end of way 12 to its north end."""
    links = build.links(raw, scenario_id="before")
    links = links[links[f"allows_{mode}"] & links["link_id"].str.startswith("w12-")]
    return len(set(links["from_node_id"]) & set(links["to_node_id"])) > 0 and len(links) == 2


@pytest.mark.parametrize(
    ("gate", "walks", "cycles"),
    [
        ({"barrier": "bollard"}, True, True),
        ({"barrier": "gate"}, True, True),
        ({"barrier": "gate", "access": "private"}, False, False),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, True, False),
        ({"barrier": "cycle_barrier", "bicycle": "no"}, True, False),
        ({"barrier": "fence"}, False, False),
    ],
)
def test_a_gate_lets_through_whom_it_says(tmp_path, monkeypatch, gate, walks, cycles):
    monkeypatch.setitem(NODES, 41, (4, 0, gate))
    monkeypatch.setitem(WAYS, 1, ([11, 21, 31], TRUNK))
    monkeypatch.setitem(WAYS, 12, ([40, 41, 42], {"highway": "path"}))
    read = openstreetmap.read_extract(write(tmp_path / "gate.osm"), crs=CRS, barrier_refs=[])
    assert (reached(read.raw, "walk"), reached(read.raw, "cycle")) == (walks, cycles)


def test_a_wait_at_a_node_is_half_each_links(extract):
    halves = of_way(extract, 10)
    assert halves["crossing"].tolist() == ["signals", "signals"]
    assert halves["waits"].tolist() == [0.5, 0.5]


def test_the_settings_of_osmnx_are_as_they_were(tmp_path):
    def kept():
        return list(ox.settings.useful_tags_way), list(ox.settings.useful_tags_node), ox.settings.all_oneway

    before = kept()
    openstreetmap.read_extract(write(tmp_path / "small.osm"), crs=CRS, barrier_refs=[])
    assert kept() == before


def test_the_same_extract_gives_the_same_links(tmp_path, extract):
    again = openstreetmap.read_extract(write(tmp_path / "again.osm"), crs=CRS, barrier_refs=["E 18"])
    assert again.raw.equals(extract.raw)


@pytest.mark.parametrize("text", ["not xml", "<osm version='0.6'></osm>"])
def test_what_is_no_extract_is_a_fault(tmp_path, text):
    path = tmp_path / "bad.osm"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFaults) as found:
        openstreetmap.read_extract(path, crs=CRS, barrier_refs=[])
    assert [fault.rule for fault in found.value.faults] == ["unreadable_extract"]


def links_of(folder, name, crs, refs):
    found = openstreetmap.read_extract(folder / "osm" / name, crs=crs, barrier_refs=refs)
    links = tables.LINKS.check(build.links(found.raw, scenario_id="before"))
    assert links["link_id"].is_unique
    assert not links["link_class"].str.startswith("motorway").any()
    assert (links["allows_walk"] | links["allows_cycle"]).all()
    return links, tables.BARRIERS.check(found.barriers)


def test_seattle_everything_passes_under_the_motorways_viaduct(shared_data):
    links, walls = links_of(shared_data, "seattle-i5-exit-ramp.osm", "EPSG:32610", ["I 5"])
    met = barriers.crossings(links, walls)
    assert set(walls["level"]) == {3}
    assert set(met["reason"]) == {"link_below"}
    assert "Burke-Gilman Trail" in set(met["name"])


def test_herrenberg_has_paths_stairs_and_tunnels(shared_data):
    links, walls = links_of(shared_data, "herrenberg-minimal.osm.pbf", "EPSG:25832", [])
    assert walls.empty
    assert len(links) > 2000
    assert links["has_steps"].sum() > 50
    assert (links["structure"] == "tunnel").sum() > 10


def test_oslo_foot_bridges_are_carried_and_ground_above_tunnels_is_not_cut(shared_data):
    links, walls = links_of(shared_data, "oslo-east-filtered.osm.pbf", "EPSG:25832", ["E 6", "E 18"])
    met = barriers.crossings(links, walls).merge(
        links[["link_id", "structure"]], on="link_id", validate="many_to_one", how="left"
    )
    assert set(met["barrier_id"]) == {"E 6", "E 18"}
    on_ground = met[met["barrier_level"] == 0]
    bridges = on_ground[(on_ground["structure"] == "bridge") & (on_ground["link_level"] > 0)]
    assert len(bridges) > 5
    assert (bridges["status"] == "carried").all()
    over_tunnel = met[(met["barrier_level"] < 0) & (met["link_level"] == 0)]
    assert len(over_tunnel) > 10
    assert (over_tunnel["reason"] == "link_above").all()
    assert set(met["status"]) == {"carried", "cut"}
    lost = met[met["status"] == "cut"]
    left = barriers.cut(links, met)
    assert not set(left["link_id"]) & set(lost["link_id"])
