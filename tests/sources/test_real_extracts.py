"""Real extracts: every tag accounted for; walking distances beside pyosmium and scipy, no code of ours among them."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import osmium
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from movement.network import barriers, build
from movement.sources import openstreetmap

EXTRACTS = {
    "oslo-east-filtered.osm.pbf": "EPSG:25832",
    "herrenberg-minimal.osm.pbf": "EPSG:25832",
    "seattle-i5-exit-ramp.osm": "EPSG:32610",
}


@pytest.fixture(scope="module", params=EXTRACTS)
def real(request, shared_data):
    path = shared_data / "osm" / request.param
    kinds = ["motorway", "rail"]
    return path, openstreetmap.read_extract(path, crs=EXTRACTS[request.param], barrier_refs=[], barrier_kinds=kinds)


def ways_of(path):
    return [
        (way.id, {tag.k: tag.v for tag in way.tags}, [node.ref for node in way.nodes])
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    ]


def may_walk(tags):
    """Write the rule down once more, in other words."""
    if tags.get("motorroad") == "yes" or tags["highway"] in (
        *("motorway", "motorway_link", "construction", "proposed", "platform", "elevator", "corridor"),
        *("emergency_access", "raceway"),
    ):
        return False
    foot = tags.get("foot", tags.get("access", "yes"))
    return foot not in ("no", "private", "use_sidepath", "dismount")


def test_each_tag_of_each_way_is_on_its_links_and_nowhere_else(real):
    """Lost are tags of ways nobody may use; a way is cut into links, and each of them carries all of its tags."""
    path, extract = real
    ids = extract.raw["link_id"].str.extract(r"w(\d+)-")[0].astype(int)
    told = dict(zip(ids, extract.raw["tags"], strict=True))
    assert (extract.raw["tags"] == ids.map(told)).all()
    before, after, unused = Counter(), Counter(), Counter()
    for number, tags, _ in ways_of(path):
        own = {(k, v) for k, v in tags.items() if k in openstreetmap.WAY_TAGS}
        before.update(own)
        if number in told:
            after.update(json.loads(told[number]).items())
        else:
            unused.update(own)
    assert after + unused == before
    kept = {tag: after[tag] for tag in after if tag[0] in ("bridge", "steps", "lit", "surface", "crossing")}
    assert sum(kept.values()) > 30


def test_ways_that_carry_nobody_are_the_only_ones_missing(real):
    path, extract = real
    there = set(extract.raw["link_id"].str.extract(r"w(\d+)-")[0].astype(int))
    for number, tags, nodes in ways_of(path):
        if number not in there and len(set(nodes)) > 1:
            cycle = tags.get("bicycle") in ("yes", "designated", "permissive", "destination", "official")
            nobody = may_walk(tags | {"foot": "yes"}) is False  # the kind of way, whatever else is said
            assert nobody or not (may_walk(tags) or cycle), (number, tags)


def test_tags_of_nodes_end_links(real):
    """A crossing, barrier or ford within a way people use is the end of a link."""
    path, extract = real
    used = {number: nodes for number, tags, nodes in ways_of(path) if may_walk(tags)}
    on_ways = {ref for nodes in used.values() for ref in nodes}
    crs = extract.raw.crs
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    ends = set(build.node_ids(build.end_points(extract.raw).reshape(-1, 2)))
    missing = []
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("crossing", "barrier")
    ):
        if node.id in on_ways and node.location.valid():
            xy = np.array([to_metres.transform(node.lon, node.lat)])
            if not set(build.node_ids(xy)) & ends:
                missing.append(node.id)
    shut = extract.nodes["tags"].str.contains('"barrier"').sum()
    assert len(missing) <= shut  # a gap lies before a gate that nobody passes
    assert extract.nodes["tags"].str.contains('"crossing"').sum() > 5


def reference(path):
    """Walking network straight from the file: every node of every way, metres on the sphere."""
    places, gates, edges = {}, set(), []
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE):
        places[node.id] = (node.lon, node.lat)
        own = node.tags.get("foot")
        closed = node.tags.get("access") in ("no", "private") or node.tags.get("barrier") in (
            *("fence", "wall", "hedge", "city_wall", "guard_rail", "ditch"),
        )
        let_in = own in ("yes", "designated", "permissive", "destination", "official")
        if "barrier" in node.tags and not let_in and (own in ("no", "private") or closed):
            gates.add(node.id)
    for number, tags, nodes in ways_of(path):
        if may_walk(tags):
            for at, (a, b) in enumerate(pairwise(nodes)):
                if a != b and a in places and b in places:
                    shut = tuple((number, at, end) if node in gates else node for end, node in enumerate((a, b)))
                    edges.append((*shut, a, b))
    names = {name: at for at, name in enumerate(dict.fromkeys(end for edge in edges for end in edge[:2]))}
    lonlat = np.radians(np.array([[places[a], places[b]] for *_, a, b in edges]))
    (lon1, lat1), (lon2, lat2) = lonlat[:, 0].T, lonlat[:, 1].T
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    metres = 2 * 6_371_008.8 * np.arcsin(np.sqrt(half))
    i, j = (np.array([names[edge[end]] for edge in edges]) for end in (0, 1))
    return names, places, i, j, metres


def shortest(i, j, metres, size):
    order = np.lexsort((metres, j, i))  # of two edges between the same nodes the shorter one
    i, j, metres = i[order], j[order], metres[order]
    keep = np.append(True, (np.diff(i) != 0) | (np.diff(j) != 0))
    return coo_array((metres[keep], (i[keep], j[keep])), shape=(size, size)).tocsr()


def graph_of(i, j, metres, size):
    return shortest(np.concatenate([i, j]), np.concatenate([j, i]), np.tile(np.maximum(metres, 1e-6), 2), size)


def test_walking_distances_are_those_of_pyosmium_and_scipy(real):
    """1,000 random pairs; UTM and the sphere differ by up to 0.4 %, taken out by one factor for the whole extract."""
    path, extract = real
    names, places, i, j, metres = reference(path)
    raw_graph = graph_of(i, j, metres, len(names))
    links = build.links(extract.raw, scenario_id="before")
    links = links[links["allows_walk"]]
    ends = {name: at for at, name in enumerate(dict.fromkeys([*links["from_node_id"], *links["to_node_id"]]))}
    a, b = (links[name].map(ends).to_numpy() for name in ("from_node_id", "to_node_id"))
    our_graph = graph_of(a, b, links["length_mm"].to_numpy(dtype=float) / 1000, len(ends))

    to_metres = Transformer.from_crs("EPSG:4326", links.crs, always_xy=True)
    refs = [name for name in names if not isinstance(name, tuple)]
    xy = np.column_stack(to_metres.transform(*np.array([places[ref] for ref in refs]).T))
    ids = build.node_ids(xy)
    both = [(names[ref], ends[node]) for ref, node in zip(refs, ids, strict=True) if node in ends]
    part = connected_components(raw_graph, directed=False)[1]
    largest = np.bincount(part).argmax()
    both = [pair for pair in both if part[pair[0]] == largest]
    chance = np.random.default_rng(4)
    starts = [both[at] for at in chance.choice(len(both), 40, replace=False)]
    goals = [both[at] for at in chance.choice(len(both), 25, replace=False)]
    theirs = dijkstra(raw_graph, indices=[s[0] for s in starts])[:, [g[0] for g in goals]]
    ours = dijkstra(our_graph, indices=[s[1] for s in starts])[:, [g[1] for g in goals]]
    pairs = theirs > 1
    assert pairs.sum() > 950
    ratio = ours[pairs] / theirs[pairs]
    off = np.abs(ratio / np.median(ratio) - 1)
    assert abs(np.median(ratio) - 1) < 0.005
    print(f"{path.name}: {pairs.sum()} pairs, median {np.median(ratio):.5f}, worst {off.max():.5f}")
    assert off.max() < 0.005


def test_nobody_walks_or_cycles_on_a_motorway(real):
    _, extract = real
    assert not extract.raw["tags"].str.contains('"highway": "motorway').any()


def test_herrenbergs_rail_is_crossed_only_by_bridges_and_tunnels(shared_data):
    path = shared_data / "osm/herrenberg-minimal.osm.pbf"
    extract = openstreetmap.read_extract(path, crs="EPSG:25832", barrier_refs=[], barrier_kinds=["rail"])
    links = build.links(extract.raw, scenario_id="before")
    met = barriers.crossings(links, extract.barriers)
    carried = met[met["status"] == "carried"]
    assert len(carried) >= 10
    assert set(carried["reason"]) == {"link_above", "link_below"}
    built = links.set_index("link_id")["structure"]
    lifted = (built.reindex(carried["link_id"]) != "none").to_numpy() | (carried["barrier_level"] != 0).to_numpy()
    assert lifted.all()


def test_every_foot_bridge_over_e6_and_e18_in_oslo_is_a_crossing(shared_data):
    """Found by shapely on the file's own ways, not by our reader."""
    path = shared_data / "osm/oslo-east-filtered.osm.pbf"
    extract = openstreetmap.read_extract(path, crs="EPSG:25832", barrier_refs=["E 6", "E 18"])
    links = build.links(extract.raw, scenario_id="before")
    met = barriers.crossings(links, extract.barriers)
    carried = set(met.loc[met["status"] == "carried", "link_id"].str.extract(r"w(\d+)-")[0].astype(int))
    factory = osmium.geom.WKTFactory()
    roads, bridges = [], {}
    for way in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("highway")):
        if not way.is_way():
            continue
        refs = {ref.strip() for ref in way.tags.get("ref", "").split(";")}
        line = shapely.from_wkt(factory.create_linestring(way)) if len(way.nodes) > 1 else None
        if refs & {"E 6", "E 18"} and "tunnel" not in way.tags and "bridge" not in way.tags:
            roads.append(line)
        elif way.tags.get("bridge", "no") != "no" and may_walk({tag.k: tag.v for tag in way.tags}):
            bridges |= {way.id: line} if way.tags["highway"] in ("footway", "cycleway", "path") else {}
    road = shapely.union_all(roads)
    over = {number for number, line in bridges.items() if line.crosses(road)}
    assert len(over) >= 5
    assert over <= carried
