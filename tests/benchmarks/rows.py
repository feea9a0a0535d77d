"""One way for all benchmarks to print what was measured, and a missed goal as missed."""

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured figure and its goal; a figure of random draws with its Monte-Carlo standard error."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool
    se: float | None = None


def parser() -> argparse.ArgumentParser:
    """Return the options every benchmark has."""
    options = argparse.ArgumentParser()
    options.add_argument("--json", type=Path, metavar="FILE", help="also write the rows as JSON")
    return options


def tell(rows: Iterable[Row], file: Path | None) -> None:
    """Print every row; write them as JSON where asked."""
    found = []
    for row in rows:
        found.append({name: value for name, value in asdict(row).items() if value is not None})
        verdict = "holds" if row.holds else "MISSED"
        error = "" if row.se is None else f"+-{row.se:.2f}"
        print(f"{row.name:62} {row.value:9.2f} {error:8}{row.unit:6} goal {row.goal:12} {verdict}", flush=True)
    if file:
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
