"""Any other table, through its declaration in counts.yaml.

`columns` says which header holds what: date, time, station, mode, direction, count, interval_min or timezone. What no
column holds is said for the whole file: `station`, `mode`, `interval_min`, `timezone`.
"""

from __future__ import annotations

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


def recognises(lines: Lines) -> bool:
    """Never by content: only counts.yaml makes a file one of this layout."""
    return False


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read a file as counts.yaml declares it.

    Raises
    ------
    InputFaults
        If the declaration names columns the file does not have, or leaves out what must be known.
    """
    if not lines.rows:
        raise InputFaults([Fault("unknown_layout", lines.name)])
    row, header = lines.rows[0]
    faults = [
        Fault("column_unknown_word", lines.name, value=word) for word in declaration.columns if word not in _WORDS
    ]
    faults += [
        Fault("column_missing", lines.name, row, str(name))
        for name in declaration.columns.values()
        if name not in header
    ]
    faults += [
        Fault("column_not_declared", lines.name, value=word)
        for word in ("date", "count", "station", "mode")
        if word not in declaration.columns and not getattr(declaration, word, "")
    ]
    if faults:
        raise InputFaults(faults)
    body, refused = split_by_length(lines.rows[1:], len(header))
    taken = {_WORDS[word]: header.index(str(name)) for word, name in declaration.columns.items()}
    return tall_sheet(LAYOUT, lines.rows[1:], body, refused, taken=taken, declaration=declaration)
