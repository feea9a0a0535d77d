"""Danish manual counts (tælleskema), as XLSX or CSV: decimal comma, dd-mm-yyyy, "kl. 7-8", per direction and mode.

Conventions: a row of headers with `Dato` and `Kl.` (or `Tid`, `Tidspunkt`, `Klokken`); above it, if wanted,
`Tællested;S1`, `Retning;ind` and `Udskrevet;01-10-2025` as rows of their own. The site may also be a column
(`Tællested`), the direction a column (`Retning`) or part of a header (`Cyklister ud`). `I alt` is a total, as a column
and as a row. Whether 03-04-2026 is in March or April the layout does not know: a spreadsheet set to English writes the
month first.
"""

from __future__ import annotations

import re

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.headers import station_in, understand
from movement.sources.counters.sheet import Lines, Sheet, split_by_length, wide_cells
from movement.sources.counters.words import direction_of, known_directions
from movement.tables import Fault, InputFaults

LAYOUT = "danish_sheet"
_DATE = ("dato",)
_CLOCK = ("kl.", "kl", "tid", "tidspunkt", "klokken", "klokkeslæt", "time", "tidsrum")
_SITE = ("tællested", "tællepunkt", "station", "sted")
_DIRECTION = ("retning",)
_EXPORTED = ("udskrevet", "eksporteret")
_ASIDE = ("ugedag", "dag", "bemærkninger", "bemærkning", "vejr", "tæller")
_TOTAL_ROW = re.compile(r"^(?:i ?alt|sum|total|døgn)\b", re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[.:](\d{2}))?")
_PREAMBLE_ROWS = 15


def recognises(lines: Lines) -> bool:
    """Whether the file is of this layout, by its header."""
    return _header_place(lines) is not None


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read a Danish sheet.

    Parameters
    ----------
    lines
        The file; `recognises` it.
    stations
        Sites and vendor ids the study knows, to find the site in a header.
    declaration
        What counts.yaml says of it.

    Raises
    ------
    InputFaults
        If the site, modes or directions are not known.
    """
    start = _header_place(lines)
    if start is None:
        first, cells = lines.rows[0]
        raise InputFaults([Fault("unknown_layout", lines.name, first, ";".join(cells)[:120])])
    row, header = lines.rows[start]
    places = {key: _place(header, words) for key, words in
              (("date", _DATE), ("clock", _CLOCK), ("site", _SITE), ("direction", _DIRECTION))}  # fmt: skip
    rows = lines.rows[start + 1 :]
    data = [item for item in rows if not any(_TOTAL_ROW.match(cell) for cell in item[1][:3])]
    body, refused = split_by_length(data, max(place for place, text in enumerate(header) if text) + 1)
    preamble = {cells[0].casefold().rstrip(":"): cells[1] for _, cells in lines.rows[:start] if len(cells) > 1}
    above = declaration.station or _first(preamble, _SITE)
    columns = understand(_placed(header, places, above, stations), file=lines.name, row=row, declaration=declaration)
    cells = wide_cells(
        body,
        [column.as_cells() for column in columns],
        when=[_when(found, places) for _, found in body],
        span_min=[_span(found[places["clock"]]) if places["clock"] >= 0 else 0 for _, found in body],
    )
    cells, undirected = _rowwise(cells, dict(body), places, _first(preamble, _DIRECTION), declaration)
    notes = [{"note": "total_rows", "rows": str(len(rows) - len(data))}] if len(rows) > len(data) else []
    notes += [{"note": "mopeds_with_cycles"}] if any("knallert" in name.casefold() for name in header) else []
    return Sheet(
        LAYOUT,
        cells,
        tuple(line for line, _ in data),
        (*refused, *undirected),
        exported=_first(preamble, _EXPORTED),
        notes=tuple(notes),
    )


def _header_place(lines: Lines) -> int | None:
    for place, (_, cells) in enumerate(lines.rows[:_PREAMBLE_ROWS]):
        words = {cell.casefold() for cell in cells}
        if words & set(_DATE) and words & set(_CLOCK):
            return place
    return None


def _place(header: tuple[str, ...], words: tuple[str, ...]) -> int:
    return next((place for place, text in enumerate(header) if text.casefold() in words), -1)


def _first(preamble: dict[str, str], words: tuple[str, ...]) -> str:
    return next((preamble[word] for word in words if word in preamble), "")


def _placed(
    header: tuple[str, ...], places: dict[str, int], above: str, stations: frozenset[str]
) -> list[tuple[int, str, str, str]]:
    placed = []
    for place, text in enumerate(header):
        if not text or place in places.values() or text.casefold() in _ASIDE:
            continue
        station, rest = station_in(text, stations)
        placed.append((place, text, station or above, rest))
    return placed


def _when(cells: tuple[str, ...], places: dict[str, int]) -> str:
    return f"{cells[places['date']]} {cells[places['clock']]}".strip()


def _span(clock: str) -> int:
    """Length of "kl. 7-8" or "7.15-7.30" in minutes; 0 where only the start is given."""
    found = _SPAN.search(clock)
    if not found:
        return 0
    hours, minutes, to_hours, to_minutes = (int(part or 0) for part in found.groups())
    return max((to_hours * 60 + to_minutes - hours * 60 - minutes) % 1440, 0)


def _rowwise(
    cells: pd.DataFrame,
    body: dict[int, tuple[str, ...]],
    places: dict[str, int],
    above: str,
    declaration: FileDeclaration,
) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Take site and direction from the rows where they are columns; rows whose direction is not known are refused."""
    if places["site"] >= 0:
        cells = cells.assign(station=cells["row"].map({line: found[places["site"]] for line, found in body.items()}))
    if places["direction"] < 0 and not above:
        return cells, []
    said = {line: found[places["direction"]] if places["direction"] >= 0 else above for line, found in body.items()}
    known = {text: direction_of(text) for text in set(said.values())}
    free = known_directions((name for direction, name in known.values() if not direction), declaration.directions) or {}
    meant = {text: direction or free.get(name, "") for text, (direction, name) in known.items()}
    unknown = [(line, text, "bad_direction") for line, text in said.items() if not meant[text]]
    directions = cells["row"].map({line: meant[text] for line, text in said.items()})
    directions = directions.where(cells["direction"] == "both", cells["direction"])  # a header's own word stands
    return cells.assign(direction=directions)[~cells["row"].isin([line for line, *_ in unknown])], unknown
