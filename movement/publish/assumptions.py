"""Everything assumed: the marks `ASSUME` in parameters, code and data, gathered into one table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import yaml

from movement.tables import ASSUMPTIONS

MARK = "ASSUME"
_MARKED = re.compile(rf"#\s*{MARK}:?\s*(?P<said>.*)$")
_KEY = re.compile(r"^\s*(?P<key>[\w\"'-]+):\s*(?P<value>.*)$")
_NAMED = re.compile(r"^\s*(?:def|class)\s+(?P<name>\w+)|^(?P<constant>[A-Z_][A-Z0-9_]*)\b[^=]*=")
_LEAST_IDS = 3


def assumption_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put rows under the contract; what is said twice of the same item stands once."""
    frame = pd.DataFrame(list(rows), columns=list(ASSUMPTIONS.columns))
    ordered = frame.drop_duplicates(list(ASSUMPTIONS.key)).sort_values(list(ASSUMPTIONS.key), ignore_index=True)
    return ASSUMPTIONS.check(ordered)


def in_params(text: str, *, place: str) -> list[dict[str, Any]]:
    """Find the marked keys of a parameter file, with section, key and value.

    A key that holds values tells them in one line (`adult 0.6, senior 0.4`); one that holds such keys has a row each.
    """
    lines, rows, section = text.splitlines(), [], ""
    for number, line in enumerate(lines):
        key = _KEY.match(line)
        if key and not line.startswith(" "):
            section = key["key"]
        marked = _MARKED.search(line)
        if marked and key:
            item = f"{section}.{key['key']}" if line.startswith(" ") else key["key"]
            own = _value(key["value"])
            values = {item: own} if own else _nested(lines[number:], item)
            rows += [_row(place, name, value or None, marked["said"]) for name, value in values.items()]
    return rows


def _value(written: str) -> str:
    return written[: written.index("#")].strip() if "#" in written else written.strip()


def _nested(lines: list[str], item: str) -> dict[str, str]:
    """Tell the keys below the first line, as far as they stand further in, by item."""
    depth, plain, found = _depth(lines[0]), [], {}
    for line in lines[1:]:
        key = _KEY.match(line)
        if line.strip() and _depth(line) <= depth:
            break
        if key and key["value"].startswith("{"):
            found[f"{item}.{key['key']}"] = _value(key["value"]).strip("{}").replace(": ", " ")
        elif key:
            plain.append(f"{key['key']} {_value(key['value'])}")
    return ({item: ", ".join(plain)} if plain or not found else {}) | found


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def in_code(text: str, *, place: str) -> list[dict[str, Any]]:
    """Find the marked comments of a Python file, each under the function or constant it stands in or above."""
    lines = text.splitlines()
    rows = []
    for number, line in enumerate(lines):
        marked = _MARKED.search(line)
        if marked is None or ('"' in line[: marked.start()] and line.count('"') % 2):
            continue
        said = [marked["said"].strip()]
        for more in lines[number + 1 :]:
            if not line.strip().startswith("#") or not more.strip().startswith("#") or MARK in more:
                break
            said.append(more.strip().lstrip("# "))
        rows.append(_row(place, _owner(lines, number), None, " ".join(said)))
    return rows


def _owner(lines: list[str], number: int) -> str:
    """Name the constant on or right below a line, else the function or class around it."""
    nearest = next((line for line in lines[number:] if not line.strip().startswith("#")), "")
    is_outside = not lines[number].startswith((" ", "\t"))
    named = _NAMED.match(nearest) if is_outside else None
    if named:
        return named["constant"] or named["name"]
    around = (_NAMED.match(line) for line in reversed(lines[: number + 1]))
    return next((found["name"] for found in around if found and found["name"]), "module")


def in_geojson(text: str, *, place: str) -> list[dict[str, Any]]:
    """Find the features whose source is marked; features of the same words stand in one row, with their number."""
    return _grouped(_sources(json.loads(text)), place=place)


def _sources(content: Any) -> list[tuple[str, str]]:  # JSON
    features = content.get("features", []) if isinstance(content, dict) else []
    return [_item(feature.get("properties") or {}, number) for number, feature in enumerate(features, start=1)]


def _item(properties: Mapping[str, Any], number: int) -> tuple[str, str]:
    ids = [str(value) for key, value in properties.items() if key.endswith("_id") and value]
    return (ids[0] if ids else str(number), str(properties.get("source") or ""))


def in_csv(text: str, *, place: str) -> list[dict[str, Any]]:
    """Find the rows of a `;` table whose source is marked."""
    rows = csv.DictReader(io.StringIO(text), delimiter=";")
    return _grouped([_item(row, number) for number, row in enumerate(rows, start=2)], place=place)


def in_yaml(text: str, *, place: str) -> list[dict[str, Any]]:
    """Find the marked source of a YAML file, and its marked comments."""
    content = yaml.safe_load(text)
    own = _grouped([_item(content, 1)], place=place) if isinstance(content, dict) else []
    return own + in_params(text, place=place)


def _grouped(sources: list[tuple[str, str]], *, place: str) -> list[dict[str, Any]]:
    marked = [(item, source) for item, source in sources if source.startswith(MARK)]
    numbers = Counter(source for _, source in marked)
    rows = []
    for source, number in sorted(numbers.items()):
        items = [item for item, said in marked if said == source]
        shown = ", ".join(items[:_LEAST_IDS]) + (" ..." if number > _LEAST_IDS else "")
        rows.append(_row(place, shown, str(number), source))
    return rows


def _row(place: str, item: str, value: str | None, said: str) -> dict[str, Any]:
    words = re.sub(rf"^{MARK}:?\s*", "", said.strip())
    return {"place": place, "item": item, "value": value, "assumption": words or MARK}
