"""Marks of assumptions in parameters, code and data in, one table of them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import movement
import pipelines
from movement import tables
from movement.publish import assumptions
from pipelines import stage

Find = Callable[..., list[dict[str, Any]]]
_FINDERS: dict[str, Find] = {
    ".geojson": assumptions.in_geojson,
    ".csv": assumptions.in_csv,
    ".yaml": assumptions.in_yaml,
    ".yml": assumptions.in_yaml,
}


@dataclass(frozen=True)
class Params:
    """Nothing to set."""


def run(params: Params) -> None:
    """Read every marked place, write the table."""
    rows = assumptions.in_params(stage.PARAMS_FILE.read_text(encoding="utf-8"), place=stage.PARAMS_FILE.as_posix())
    for code in (movement, pipelines):
        rows += _in_code(Path(str(code.__file__)).parent)
    for path in _data_files():
        rows += _FINDERS[path.suffix](path.read_text(encoding="utf-8-sig"), place=path.as_posix())
    tables.ASSUMPTIONS.write(assumptions.assumption_table(rows), stage.ASSUMPTIONS)


def _in_code(library: Path) -> list[dict[str, Any]]:
    """Read a package's own files, named from its root: the same wherever it is installed."""
    rows = []
    for path in sorted(library.rglob("*.py")):
        place = path.relative_to(library.parent).as_posix()
        rows += assumptions.in_code(path.read_text(encoding="utf-8"), place=place)
    return rows


def _data_files() -> Iterator[Path]:
    for folder in (stage.RAW_STUDY, stage.RAW_NETWORK, stage.RAW_SCENARIOS):
        yield from (path for path in sorted(folder.rglob("*")) if path.suffix in _FINDERS)


if __name__ == "__main__":
    stage.main("list_assumptions", run, Params)
