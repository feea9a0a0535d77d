"""How fast flows are beside every peer, in one run, and whether they are the same flows.

`uv run --group benchmark python -m tests.benchmarks.assignment [--json FILE] [--part NAME ...] [--origins N]`

Graphs are made here; every tool is timed in a process of its own, called its fastest documented way, with two threads
where it has them; nodes lie in the same spatial order for all. Ratios are of medians of at least five runs. Rows
without a goal are information. A peer that is not installed, or not done in four minutes with its set-up, is said to be
left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.assignment_timing import HOUSE, FailedError, measured, ours
from tests.benchmarks.rows import Row, parser, tell

PEERS = ("cityseer", "aequilibrae", "pandana", "igraph", "scipy")
PATIENCE_S = 240.0
AGREES = 1e-5
# cityseer takes ways within 1e-4 of the shortest for ties (TIE_EPSILON) and keeps 32-bit lengths
CITYSEER_AGREES = 1e-4
EVERYWHERE = 1e9
ROUNDS = 3
Rows = Iterator[Row]


@dataclass(frozen=True)
class Bench:
    """Where graphs lie, each made when first asked for, and how many origins of the country to compute (0: all)."""

    folder: Path
    origins: int = 0
    made: dict[str, dict[str, float]] = field(default_factory=dict)

    def graph(self, kind: str, nodes: int, places: float, window_m: float = EVERYWHERE) -> Path:
        """Return the folder of a graph with its demand."""
        folder = self.folder / f"{kind}-{nodes}-{places:g}"
        if folder.name not in self.made:
            folder.mkdir()
            asked = [sys.executable, "-m", "tests.benchmarks.assignment_graphs", kind, nodes, folder, places, window_m]
            answer = subprocess.run([*map(str, asked)], check=True, cwd=HOUSE, capture_output=True, text=True)
            self.made[folder.name] = json.loads(answer.stdout.splitlines()[-1])
        return folder

    def small(self) -> Path:
        """5 k nodes, 500 origins and destinations."""
        return self.graph("planar", 5_000, 500)

    def middle(self) -> Path:
        """50 k nodes, 2,000 origins and destinations."""
        return self.graph("planar", 50_000, 2_000)


def small(bench: Bench) -> Rows:
    """Weighted flows in a district."""
    peers = Peers("5 k, 1.2 km", bench.small(), 1200.0)
    found = ours("flows", peers.folder, peers.radius_m)
    for _ in range(ROUNDS - 1):  # in turns, since what takes milliseconds feels all else that runs on the machine
        peers.again()
        found = _better(found, ours("flows", peers.folder, peers.radius_m))
    yield from peers.rows()
    yield from peers.against(found, "", 4)


def middle(bench: Bench) -> Rows:
    """Weighted flows in a town, ties split or not."""
    peers = Peers("50 k, 3 km", bench.middle(), 3000.0)
    yield from peers.rows()
    yield from peers.against(ours("flows", peers.folder, peers.radius_m, "split"), ", ties split", 6)
    yield from peers.against(ours("flows", peers.folder, peers.radius_m, "alone"), ", not split", 8)


def large(bench: Bench) -> Rows:
    """Weighted flows in the middle of a region."""
    peers = Peers("500 k, 1.2 km", bench.graph("planar", 500_000, 2_000, 15_000.0), 1200.0)
    yield from peers.rows()
    found = ours("flows", peers.folder, peers.radius_m)
    yield from peers.against(found, "", 15)
    peak = found["megabytes"]
    yield Row("500 k, 1.2 km: our peak memory", peak, "MB", "< 500", peak < 500)


class Peers:
    """What the peers took for one graph and radius."""

    def __init__(self, name: str, folder: Path, radius_m: float) -> None:
        self.name, self.folder, self.radius_m = name, folder, radius_m
        self.found = {peer: self.measured(peer) for peer in PEERS}

    def measured(self, peer: str) -> dict[str, Any]:
        """Measure one peer."""
        return measured("assignment_peers", peer, self.folder, self.radius_m, limit_s=PATIENCE_S)

    def again(self) -> None:
        """Measure all once more and keep each one's better median."""
        for peer, found in self.found.items():
            if "missing" not in found:
                self.found[peer] = _better(found, self.measured(peer))

    def rows(self) -> Rows:
        """Tell each peer's time and set-up, or why there is none."""
        for peer, found in self.found.items():
            if "missing" in found:
                yield _told(f"{self.name}: {peer} left out: {found['missing']}", 0, "")
                continue
            yield _told(f"{self.name}: {peer}, median of {found['runs']}", 1000 * found["seconds"], "ms")
            yield _told(f"{self.name}: {peer}, set-up", found["set_up"], "s")
            yield _told(f"{self.name}: {peer}, peak memory", found["megabytes"], "MB")

    def against(self, mine: dict[str, Any], how: str, goal: float) -> Rows:
        """Tell our time beside the fastest peer's, and that all found the same flows."""
        there = {peer: found for peer, found in self.found.items() if "missing" not in found}
        yield _told(f"{self.name}{how}: ours, median of {mine['runs']}", 1000 * mine["seconds"], "ms")
        if not there:
            yield Row(f"{self.name}{how}: no peer to compare with", float("nan"), "x", f">= {goal:g}", False)
            return
        apart = {peer: self._apart(peer, mine) for peer in there}
        others = max((share for peer, share in apart.items() if peer != "cityseer"), default=0.0)
        agree = others <= AGREES and apart.get("cityseer", 0.0) <= CITYSEER_AGREES
        yield Row(f"{self.name}{how}: sums of flow apart, at most", 1e6 * others, "e-6", "<= 10", others <= AGREES)
        if "cityseer" in apart:
            share = apart["cityseer"]
            limit = f"<= {1e6 * CITYSEER_AGREES:.0f}"
            yield Row(f"{self.name}{how}: cityseer's sum apart", 1e6 * share, "e-6", limit, share <= CITYSEER_AGREES)
        fastest = min(there, key=lambda peer: there[peer]["seconds"])
        busy = there[fastest]["processor_seconds"] / mine["processor_seconds"]
        yield _told(f"{self.name}{how}: the same in seconds of all threads", busy, "x")
        ratio = there[fastest]["seconds"] / mine["seconds"]
        name = f"{self.name}{how}: faster than the fastest peer ({fastest})"
        yield Row(name, ratio, "x", f">= {goal:g}", agree and ratio >= goal)

    def _apart(self, peer: str, mine: dict[str, Any]) -> float:
        own = mine["passing" if peer == "cityseer" else "total"]
        return abs(float(self.found[peer]["total"]) / float(own) - 1)


def country(bench: Bench) -> Rows:
    """Flows of a whole country beside those of a region, as many people to a node in both."""
    region, land = (bench.graph("grid", nodes, 0.2) for nodes in (500_000, 5_000_000))
    first, many, last = (
        ours("country", graph, 1200.0, origins) for graph, origins in ((region, 0), (land, bench.origins), (region, 0))
    )
    few = _better(first, last)
    for name, found, folder in (("500 k", few, region), ("5 M", many, land)):
        made = bench.made[folder.name]
        yield _told(f"{name} nodes: graph put in order, apart", made["seconds"], "s")
        yield _told(f"{name} nodes, {found['origins']:,} origins: median of {found['runs']}", found["seconds"], "s")
    one, other = (found["seconds"] / found["origins"] for found in (few, many))
    name = f"5 M nodes, {many['origins']:,} origins: time per origin beside 500 k"
    yield Row(name, other / one, "x", "<= 1.3", other <= 1.3 * one)
    busy = many["processor_seconds"] / many["origins"] / few["processor_seconds"] * few["origins"]
    yield _told("5 M nodes: the same in seconds of all threads", busy, "x")
    peak = many["megabytes"] / 1000
    yield Row("5 M nodes, 1.2 km: peak memory", peak, "GB", "< 6", peak < 6)


def settled(bench: Bench) -> Rows:
    """Nodes settled by one core, flows put on links and all."""
    found = ours("settled", bench.middle(), 3000.0, threads=1)
    rate = found["settled"] / found["seconds"] / 1e6
    yield Row("50 k, 3 km: million nodes settled a second and core", rate, "M/s", ">= 20", rate >= 20)
    busy = found["settled"] / found["processor_seconds"] / 1e6
    yield _told("50 k, 3 km: the same by the processor's own seconds", busy, "M/s")


def reach(bench: Bench) -> Rows:
    """Accessibility of every node beside pandana's."""
    mine = ours("reach", bench.middle(), 1200.0)
    yield _told("50 k, 1.2 km, accessibility: ours", 1000 * mine["seconds"], "ms")
    for peer, name in (("reach", "pandana"), ("reach_again", "pandana after precompute")):
        found = measured("assignment_peers", peer, bench.middle(), 1200.0, limit_s=PATIENCE_S)
        if "missing" in found:
            yield _told(f"50 k, 1.2 km, accessibility: {name} left out: {found['missing']}", 0, "")
            continue
        yield _told(f"50 k, 1.2 km, accessibility: {name}", 1000 * found["seconds"], "ms")
        yield _told(f"50 k, 1.2 km, accessibility: {name}, set-up", found["set_up"], "s")
        apart, ratio = abs(found["total"] / mine["total"] - 1), found["seconds"] / mine["seconds"]
        yield Row(f"50 k, 1.2 km, accessibility: {name}, apart", 1e6 * apart, "e-6", "<= 10", apart <= AGREES)
        is_goal = peer == "reach"  # what is precomputed is most of the work, for one radius, and kept in memory
        name = f"50 k, 1.2 km, accessibility: faster than {name}"
        yield Row(name, ratio, "x", ">= 2" if is_goal else "none", not is_goal or (apart <= AGREES and ratio >= 2))


def detours(bench: Bench) -> Rows:
    """Detour-tolerant flows beside the listing of all paths, on one thread both."""
    for metres, origins, goal, wape in ((2400.0, 60, 10.0, 0.04), (1200.0, 500, 0.5, 0.015)):
        found = ours("tolerant", bench.small(), metres, origins, threads=1)
        name = f"5 k, {metres / 1000:g} km, ratio 1.15, {origins} origins"
        yield _told(f"{name}: paths that the listing finds", found["paths"], "paths")
        yield _told(f"{name}: ours", 1000 * found["seconds"], "ms")
        ratio, error = found["exact_seconds"] / found["seconds"], found["wape"]
        yield Row(f"{name}: faster than listing", ratio, "x", f">= {goal:g}", found["cut"] == 0 and ratio >= goal)
        yield Row(f"{name}: error (WAPE)", 100 * error, "%", f"<= {100 * wape:g}", error <= wape)
        yield _told(f"{name}: the same, worst tenth of origins alone", 100 * found["worst"], "%")


def scenario(bench: Bench) -> Rows:
    """Scenarios after the run before them."""
    for origins, every, goal in ((2_000, 1, 8.0), (10_000, 4, 0.0), (50_000, 8, 0.0)):
        found = ours("scenario", bench.middle(), 3000.0, origins, every)
        many = found["scenarios"]
        name = f"50 k, 3 km, a link through a wall, {origins:,} origins"
        yield _told(f"{name}: the full run, mean of {many:.0f} places", 1000 * found["full_seconds"] / many, "ms")
        yield _told(f"{name}: blocks computed", 100 * found["computed"] / found["blocks"], "%")
        yield Row(f"{name}: same bytes", found["same"], "", "1", found["same"] == 1.0)
        told, ratio = f">= {goal:g}" if goal else "none", found["ratio"]
        yield Row(f"{name}: faster than a full run, from graphs just made, median", ratio, "x", told, ratio >= goal)
        yield _told(f"{name}: the same, the place where it gains least", found["least"], "x")
        yield _told(f"{name}: the same in seconds of all threads, median", found["busy"], "x")
        yield _told(f"{name}: the same, its changes known from another loading, median", found["more"], "x")


def right(bench: Bench) -> Rows:
    """Link flows and distances beside exact peers'."""
    for peer, what, limit in (("aequilibrae", "link flows, no ties", 1e-9), ("scipy", "distances", 1e-12),
                              ("igraph", "all-pairs link betweenness, 1.2 km", 1e-12)):  # fmt: skip
        found = measured("assignment_checks", peer, bench.small(), 1200.0, limit_s=PATIENCE_S)
        if "missing" in found:
            yield _told(f"{peer} left out: {found['missing']}", 0, "")
            continue
        holds = found["apart"] <= limit and found.get("ties", 0.0) == 0.0
        yield Row(f"5 k, {what}: furthest from {peer}", found["apart"] / limit, f"{limit:.0e}", "<= 1", holds)


def compiling(bench: Bench) -> Rows:
    """Seconds to compile the kernels once, and to start when that is done."""
    with tempfile.TemporaryDirectory() as cache:
        where = {"NUMBA_CACHE_DIR": cache}
        cold, warm = (ours("flows", bench.small(), 1200.0, env=where) for _ in range(2))
    yield _told("kernels compiled, nothing in the cache: the first flows", cold["first"], "s")
    yield _told("kernels in the cache: the first flows", warm["first"], "s")


def _better(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return other if float(other.get("seconds", "inf")) < float(one["seconds"]) else one


def _told(name: str, value: float, unit: str) -> Row:
    return Row(name, value, unit, "none", True)


PARTS: dict[str, Callable[[Bench], Rows]] = {
    "right": right, "small": small, "middle": middle, "large": large, "country": country, "settled": settled,
    "reach": reach, "detours": detours, "scenario": scenario, "compile": compiling,
}  # fmt: skip


def rows(parts: list[str], origins: int) -> Rows:
    """Run parts one after the other; one of ours that fails is a missed goal, not the end."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), origins)
        for part in parts:
            yield _told(f"{part}: load of the machine before it", os.getloadavg()[0], "")
            try:
                yield from PARTS[part](bench)
            except FailedError as failure:
                yield Row(f"{part}: {failure}", float("nan"), "", "to run", False)


def main() -> None:
    """Print every row; write them as JSON where asked."""
    options = parser()
    options.add_argument("--part", choices=PARTS, action="append", help="only this part; all by default")
    options.add_argument("--origins", type=int, default=0, help="of the country: how many, side by side; 0 for all")
    asked = options.parse_args()
    tell(rows(asked.part or list(PARTS), asked.origins), asked.json)


if __name__ == "__main__":
    main()
