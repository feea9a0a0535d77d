"""How long the main job takes and how much memory; how near it comes to the known truth stands in `truth`.

`uv run python -m tests.benchmarks.main [--json FILE] [--cold]`; prints one row per goal, and a missed goal as missed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks.rows import Row, parser, tell

HOUSE = Path(__file__).resolve().parents[2]
SAMPLE_S = 0.05


def watched(command: list[str], folder: Path, env: dict[str, str] | None = None) -> tuple[float, float]:
    """Run a command; return seconds and the peak memory of its process tree in GB."""
    begin, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(command, cwd=folder, env=os.environ | (env or {}), stdout=subprocess.DEVNULL)
    done = threading.Event()

    def sample() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while not done.wait(SAMPLE_S):
            total = 0
            for one in [root, *root.children(recursive=True)]:
                try:
                    total += one.memory_info().rss
                except psutil.Error:
                    continue
            peak = max(peak, total / 1e9)

    watcher = threading.Thread(target=sample, daemon=True)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - begin
    done.set()
    watcher.join()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return seconds, peak


def clone(folder: Path) -> Path:
    """Put the committed project into an empty folder."""
    subprocess.run(["git", "clone", "--quiet", str(HOUSE), str(folder / "movement")], check=True)
    return folder / "movement"


def change_one_count_file(study: Path) -> None:
    """Add one person to one interval of an *after* file."""
    path = sorted((study / "data/raw/counts").glob("*after*.csv"))[0]
    head, _, last = path.read_bytes().rstrip(b"\r\n").rpartition(b"\n")
    stem, comma, number = last.rstrip(b"\r").rpartition(b";" if b";" in last else b",")
    path.write_bytes(head + b"\n" + stem + comma + str(int(number or b"0") + 1).encode() + b"\n")


def speed(*, is_cold: bool) -> Iterator[Row]:
    """Time set-up, main job, an idle run and a run after one changed count file, each in a fresh clone."""
    folder = Path(tempfile.mkdtemp())
    run = ["uv", "run", "movement", "run"]
    try:
        study = clone(folder)
        if is_cold:
            seconds, _ = watched(run, study, {"UV_CACHE_DIR": str(folder / "uv-cache")})
            yield Row("cold set-up and main job", seconds, "s", "<= 120", seconds <= 120)
            shutil.rmtree(study)
            study = clone(folder)
        subprocess.run(["uv", "sync", "--quiet"], cwd=study, check=True)
        seconds, peak = watched(run, study)
        yield Row("main job alone, kernels not yet compiled", seconds, "s", "<= 60", seconds <= 60)
        yield Row("peak memory of the main job", peak, "GB", "<= 1.5", peak <= 1.5)
        seconds, _ = watched(run, study)
        yield Row("a run with nothing to do", seconds, "s", "<= 3", seconds <= 3)
        change_one_count_file(study)
        seconds, _ = watched(run, study)
        yield Row("one changed count file", seconds, "s", "<= 25", seconds <= 25)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print every row; write them as JSON where asked."""
    options = parser()
    options.add_argument("--cold", action="store_true", help="also fetch every package anew")
    asked = options.parse_args()
    tell(speed(is_cold=asked.cold), asked.json)


if __name__ == "__main__":
    main()
