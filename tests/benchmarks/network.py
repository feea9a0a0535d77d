"""Extracts of three sizes made into networks, beside osmnx's own graph building; scenarios beside that.

`uv run python -m tests.benchmarks.network [--part small|middle|large]`; extracts are real ones laid side by side.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
from shapely.geometry import LineString

from tests.benchmarks.rows import Row, parser, tell

DATA = Path(__file__).resolve().parents[3] / "shared/data/osm"
CRS = "EPSG:25832"
PARTS = {
    "small": ("herrenberg-minimal.osm.pbf", 2),
    "middle": ("oslo-east-filtered.osm.pbf", 2),
    "large": ("oslo-east-filtered.osm.pbf", 10),
}
SCENARIO_GOAL = 0.1


def main() -> None:
    """Measure, print, write."""
    options = parser()
    options.add_argument("--part", choices=PARTS, action="append")
    options.add_argument("--one", nargs=2, help="measure one builder on one file, in a process of its own")
    found = options.parse_args()
    if found.one:
        print(json.dumps(BUILDERS[found.one[0]](Path(found.one[1]))))
        return
    tell(_rows(found.part or list(PARTS)), found.json)


def _rows(parts: list[str]) -> Iterator[Row]:
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            file = _tiled(*PARTS[part], Path(folder) / "tiled.osm.pbf")
            ours, theirs = _measured("ours", file), _measured("osmnx", _as_xml(file, Path(folder) / "tiled.osm"))
        size = f"{ours['links']:,.0f} links"
        yield Row(f"{size}: extract to network", ours["links"] / ours["seconds"], "/s", "none", True)
        yield Row(f"{size}: peak memory", ours["megabytes"] / 1000, "GB", "none", True)
        ratio = ours["seconds"] / theirs["seconds"]
        yield Row(f"{size}: time, as a share of osmnx's own building", ratio, "x", "<= 2", ratio <= 2)
        ratio = ours["megabytes"] / theirs["megabytes"]
        yield Row(f"{size}: memory, as a share of osmnx's", ratio, "x", "none", True)
        share = ours["scenario_seconds"] / ours["seconds"]
        goal = f"< {SCENARIO_GOAL}"
        yield Row(f"{size}: a scenario, as a share of the network's time", share, "x", goal, share < SCENARIO_GOAL)


def _tiled(name: str, copies: int, target: Path) -> Path:
    """Lay copies of an extract side by side, numbered anew."""
    numbers = {node.id: at for at, node in enumerate(osmium.FileProcessor(str(DATA / name), osmium.osm.NODE), start=1)}
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for copy in range(copies):
            for node in osmium.FileProcessor(str(DATA / name), osmium.osm.NODE):
                place = (node.location.lon + 0.2 * copy, node.location.lat)
                writer.add_node(node.replace(id=numbers[node.id] + copy * len(numbers), location=place))
        for copy in range(copies):
            for at, way in enumerate(osmium.FileProcessor(str(DATA / name), osmium.osm.WAY), start=1):
                nodes = [numbers[node.ref] + copy * len(numbers) for node in way.nodes if node.ref in numbers]
                writer.add_way(way.replace(id=at + copy * 10**6, nodes=nodes))
    return target


def _as_xml(file: Path, target: Path) -> Path:
    with osmium.BackReferenceWriter(str(target), ref_src=str(file), overwrite=True, remove_tags=False) as writer:
        for way in osmium.FileProcessor(str(file), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
            writer.add(way)
    return target


def _measured(builder: str, file: Path) -> dict[str, float]:
    asked = [sys.executable, "-m", "tests.benchmarks.network", "--one", builder, str(file)]
    answer = subprocess.run(asked, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _ours(file: Path) -> dict[str, float]:
    from movement.network import barriers, build, impedance, joining
    from movement.sources import openstreetmap
    from tests.network.world import WEIGHTS

    start = time.perf_counter()
    extract = openstreetmap.read_extract(file, crs=CRS, barrier_refs=["E 6", "E 18"], barrier_kinds=["rail"])

    def network(raw: pd.DataFrame, name: str) -> int:
        links = build.links(raw, scenario_id=name)
        links = barriers.cut(links, barriers.crossings(links, extract.barriers))
        build.nodes(links, extract.nodes)
        return len(impedance.impedances(links, WEIGHTS))

    network(extract.raw, "before")
    built = time.perf_counter()
    one, other = extract.raw.geometry.iloc[[0, 9]]
    line = LineString([one.coords[0], (one.coords[0][0] + 40, other.coords[-1][1] + 40), other.coords[-1]])
    new = extract.raw.iloc[[0]].assign(link_id="new", level=5, file="x").set_geometry([line], crs=CRS)
    rows = [
        {
            "link_id": extract.raw["link_id"].iloc[5],
            "attribute": "width_m",
            "value": "9",
            "source": "",
            "file": "x",
            "row": 2,
        }
    ]
    network(joining.apply(extract.raw, new, pd.DataFrame(rows), join_limit_m=0.5), "scenario")
    done = time.perf_counter()
    return _told(len(extract.raw), built - start) | {"scenario_seconds": done - built}


def _osmnx(file: Path) -> dict[str, float]:
    import osmnx

    start = time.perf_counter()
    graph = osmnx.graph_from_xml(file, simplify=True, retain_all=True)
    osmnx.graph_to_gdfs(graph)
    return _told(graph.number_of_edges(), time.perf_counter() - start)


def _told(links: int, seconds: float) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"links": float(links), "seconds": seconds, "megabytes": float(np.round(peak))}


BUILDERS = {"ours": _ours, "osmnx": _osmnx}

if __name__ == "__main__":
    main()
