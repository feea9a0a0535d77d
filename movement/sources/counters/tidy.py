"""Tidy CSV: one count a row, with the columns station_id, mode, direction, t_start, interval_min, count.

`t_start` carries its UTC offset, or is local in the time zone of a column `timezone`, else of the study.
"""

from __future__ import annotations

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Lines, Sheet, split_by_length
from movement.sources.counters.tall import tall_sheet
from movement.tables import Fault, InputFaults

LAYOUT = "tidy"
_NEEDED = ("station_id", "mode", "t_start", "count")
_OWN = (*_NEEDED, "direction", "interval_min", "timezone")


def recognises(lines: Lines) -> bool:
    """Whether the file is of this layout, by its header."""
    return bool(lines.rows) and set(_NEEDED) <= set(lines.rows[0][1])


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read a tidy file.

    Raises
    ------
    InputFaults
        If it has columns that are not of the layout.
    """
    row, header = lines.rows[0]
    strange = [name for name in header if name and name not in _OWN]
    if strange:
        raise InputFaults([Fault("unknown_column", lines.name, row, name) for name in strange])
    body, refused = split_by_length(lines.rows[1:], len(header))
    places = {name: place for place, name in enumerate(header)}
    taken = {
        "station": places["station_id"],
        "mode": places["mode"],
        "when": places["t_start"],
        "value": places["count"],
        "direction": places.get("direction"),
        "span_min": places.get("interval_min"),
        "zone": places.get("timezone"),
    }
    return tall_sheet(LAYOUT, lines.rows[1:], body, refused, taken=taken, declaration=declaration)
