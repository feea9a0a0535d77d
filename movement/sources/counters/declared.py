"""Any other table, through its declaration in counts.yaml.

`columns` says which header holds what: `date: Dato` for date, time, station, mode, direction, count, interval_min and
timezone. A table with several columns of counts has instead one entry per column, `VELO_IN: {mode: cycle, direction:
in}`, with station, mode, direction and `is_total`; where each remaining column is a site, `other_columns: station`.
What no column holds is said for the whole file: `station`, `mode`, `interval_min`, `timezone`. Declarations that are
known already lie in `known/` and are taken over by `like: zurich`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Lines, Sheet, split_by_length
from movement.sources.counters.tall import tall_sheet
from movement.tables import Fault, InputFaults

LAYOUT = "declared"
_WORDS = {
    "date": "when",
    "time": "clock",
    "station": "station",
    "mode": "mode",
    "direction": "direction",
    "count": "value",
    "interval_min": "span_min",
    "timezone": "zone",
}
_OF_COLUMN = {"station", "mode", "direction", "is_total"}


def recognises(lines: Lines) -> bool:
    """Never by content: only counts.yaml makes a file one of this layout."""
    return False


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read a file as counts.yaml declares it; columns it does not name are left out and noted.

    Raises
    ------
    InputFaults
        If the declaration names columns the file does not have, or leaves out what must be known.
    """
    if not lines.rows:
        raise InputFaults([Fault("no_rows", lines.name)])
    row, header = lines.rows[0]
    roles = {word: str(name) for word, name in declaration.columns.items() if not isinstance(name, dict)}
    counted: dict[str, Mapping[str, object]] = {
        name: said for name, said in declaration.columns.items() if isinstance(said, dict)
    }
    if declaration.other_columns == "station":
        others = [name for name in header if name and name not in counted and name not in roles.values()]
        counted |= {name: {"station": name} for name in others}
    _refuse_gaps(roles, counted, lines.name, row, header, declaration)
    width = max(place for place, name in enumerate(header) if name) + 1
    body, refused = split_by_length(lines.rows[1:], width)
    taken: dict[str, int | None] = {_WORDS[word]: header.index(name) for word, name in roles.items()}
    whole: Mapping[str, Mapping[str, object]] = {roles["count"]: {}} if "count" in roles else counted
    sheets = []
    for name, said in whole.items():
        station, mode = (str(said.get(word, getattr(declaration, word))) for word in ("station", "mode"))
        sheet = tall_sheet(
            LAYOUT,
            lines.rows[1:],
            body,
            refused,
            taken=taken | {"value": header.index(name)},
            declaration=replace(declaration, station=station, mode=mode),
        )
        direction = {"direction": str(said["direction"])} if "direction" in said else {}
        sheets.append(replace(sheet, cells=sheet.cells.assign(is_total=bool(said.get("is_total", False)), **direction)))
    left_out = [name for name in header if name and name not in whole and name not in roles.values()]
    return replace(
        sheets[0],
        cells=pd.concat([sheet.cells for sheet in sheets], ignore_index=True),
        refused=tuple(dict.fromkeys(item for sheet in sheets for item in sheet.refused)),
        notes=({"note": "columns_left_out", "names": ", ".join(left_out)},) if left_out else (),
    )


def _refuse_gaps(
    roles: Mapping[str, str],
    counted: Mapping[str, Mapping[str, object]],
    file: str,
    row: int,
    header: tuple[str, ...],
    declaration: FileDeclaration,
) -> None:
    words = [word for word in roles if word not in _WORDS]
    words += [str(word) for said in counted.values() for word in said if word not in _OF_COLUMN]
    faults = [Fault("column_unknown_word", file, value=word) for word in words]
    named = [*roles.values(), *counted]
    columns = {"columns": ", ".join(name for name in header if name)}
    faults += [Fault("column_missing", file, row, name, columns) for name in named if name not in header]
    has = {word: word in roles or bool(getattr(declaration, word, "")) for word in ("date", "station", "mode")}
    for word in ("station", "mode"):
        has[word] = has[word] or (bool(counted) and all(word in said for said in counted.values()))
    has["count"] = "count" in roles or bool(counted)
    faults += [Fault("column_not_declared", file, row, word, columns) for word, known in has.items() if not known]
    if faults:
        raise InputFaults(faults)
