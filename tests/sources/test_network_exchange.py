"""Networks in from Overpass and out as GMNS; what is under construction, opened as a scenario."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pandas as pd
import pytest

from movement.network import build
from movement.sources import gmns, openstreetmap, overpass, planned_ways, sketch
from movement.tables import InputFaults
from tests.network.world import links
from tests.sources.test_openstreetmap import write

CRS = "EPSG:25832"


@pytest.fixture
def server():
    """Answer as Overpass does, on loopback."""
    asked, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            asked.append((self.path, parse_qs(self.rfile.read(length).decode())["data"][0]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answers.pop(0))

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/api", asked, answers
    running.shutdown()
    thread.join()
    running.server_close()


def test_an_extract_is_fetched_with_date_query_and_licence(tmp_path, server):
    url, asked, answers = server
    content = write(tmp_path / "small.osm").read_bytes()
    answers.append(content)
    path = overpass.fetch(tmp_path / "network", (2.9, -0.1, 3.1, 0.1), url=url)
    assert gzip.decompress(path.read_bytes()) == content
    assert asked[0][0] == "/api/interpreter"
    assert 'way["highway"](-0.100000,2.900000,0.100000,3.100000);' in asked[0][1]
    told = path.with_name("extract.txt").read_text(encoding="utf-8")
    assert "ODbL" in told
    assert asked[0][1] in told
    read = openstreetmap.read_extract(path, crs="EPSG:32631", barrier_refs=["E 18"])
    plain = openstreetmap.read_extract(tmp_path / "small.osm", crs="EPSG:32631", barrier_refs=["E 18"])
    assert read.raw.equals(plain.raw)


def test_an_odd_answer_leaves_the_old_extract(tmp_path, server):
    url, _, answers = server
    (tmp_path / "extract.osm.gz").write_bytes(b"old")
    answers.append(b"<html>too many requests</html>")
    with pytest.raises(InputFaults) as found:
        overpass.fetch(tmp_path, (2.9, -0.1, 3.1, 0.1), url=url)
    assert [fault.rule for fault in found.value.faults] == ["overpass_odd"]
    assert (tmp_path / "extract.osm.gz").read_bytes() == b"old"


def test_gmns_says_the_same_network(tmp_path):
    net = links(
        ("a", [(700_000, 6_180_000), (700_100, 6_180_000)]),
        ("b", [(700_100, 6_180_000), (700_100, 6_180_050)], {"allows_walk": False, "cycle_oneway": True}),
    )
    net = pd.concat([net, links(("c", [(0, 0), (9, 9)])).assign(change="closed")], ignore_index=True)
    node_file, link_file = gmns.write_gmns(tmp_path, net, build.nodes(net))
    nodes, rows = pd.read_csv(node_file), pd.read_csv(link_file)
    assert {"node_id", "x_coord", "y_coord"} <= set(nodes)
    assert {"link_id", "from_node_id", "to_node_id", "directed"} <= set(rows)
    assert rows["length"].tolist() == [100.0, 50.0]
    assert rows["directed"].tolist() == [0, 1]
    assert rows["allowed_uses"].tolist() == ["walk,bike", "bike"]
    assert set(rows["from_node_id"]) | set(rows["to_node_id"]) == set(nodes["node_id"])
    assert 11 < nodes["x_coord"].min() < 13


def test_planned_ways_come_with_all_that_belong_together(shared_data):
    planned = planned_ways.planned_links(shared_data / "osm/oslo-east-filtered.osm.pbf", crs=CRS)
    assert set(planned["stage"]) == {"construction", "proposed"}
    sizes = planned.groupby("group").size()
    assert sizes.max() >= 3
    whole = planned[planned["group"] == sizes.idxmax()]
    assert whole["link_class"].nunique() + whole["structure"].nunique() > 2
    assert set(sketch.COLUMNS) <= set(planned.columns)


def test_a_group_holds_ways_of_both_tags_and_what_only_cars_will_use_binds_it(tmp_path):
    path = tmp_path / "planned.osm"
    nodes = "".join(f'<node id="{n}" version="1" lon="{12.4 + n / 1000}" lat="55.7"/>' for n in range(1, 8))
    ways = (
        (1, (1, 2), {"highway": "construction", "construction": "footway", "bridge": "yes"}),
        (2, (2, 3), {"highway": "proposed", "proposed": "cycleway"}),
        (3, (3, 4), {"highway": "construction", "construction": "motorway"}),
        (4, (4, 5), {"proposed:highway": "path"}),
        (5, (6, 7), {"highway": "construction", "construction": "path"}),
        (6, (5, 6), {"highway": "footway"}),
        (7, (1, 3, 7), {"highway": "construction", "construction": "path"}),  # through a node of two others
    )
    told = "".join(
        f'<way id="{n}" version="1">' + "".join(f'<nd ref="{ref}"/>' for ref in refs)
        + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()) + "</way>"
        for n, refs, tags in ways
    )  # fmt: skip
    path.write_text(f'<osm version="0.6">{nodes}{told}</osm>', encoding="utf-8")
    planned = planned_ways.planned_links(path, crs=CRS).set_index("link_id")
    assert set(planned.index) == {"w1", "w2", "w4", "w5", "w7-1", "w7-2"}
    groups = planned["group"].to_dict()
    assert len({groups["w1"], groups["w2"], groups["w4"]}) == 1
    assert groups["w7-1"] == groups["w1"] == groups["w5"]  # way 7 ends where way 5 does
    assert planned.loc["w1", ["level", "structure"]].tolist() == [1, "bridge"]
