"""Eco-Counter CSV: a preamble with a `Time` row (Eco-Visio), or `<id> (<name>)` columns with `-status` columns beside.

Layouts as in the files of dvrpc/traffic-counts and of the city of Münster. The first column of a site is its total,
the others its parts; headers change in a site's life (renamed, channels added), so every file's own header is read.
Conventions: a header of an Eco-Visio export begins with the site, then mode and direction in words
(`S1 Fodgængere IN`); a site's channels without a mode take `mode` of counts.yaml.
"""

from __future__ import annotations

import re

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.headers import station_in, understand
from movement.sources.counters.sheet import Lines, Sheet, split_by_length, wide_cells
from movement.tables import Fault, InputFaults

LAYOUT = "eco_counter"
_CHANNEL = re.compile(r"^(\d+) \((.*)\)$")
_STATUS = re.compile(r"^\d+-status$")
_TIME = ("time", "datetime")
_EXPORTED = ("exported", "export date", "extraction date")
_PREAMBLE_ROWS = 12


def recognises(lines: Lines) -> bool:
    """Whether the file is of this layout, by its header."""
    return _header_place(lines) is not None


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read an Eco-Counter file.

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
        If the modes or directions of its columns are not known.
    """
    start = _header_place(lines)
    if start is None:
        first, cells = lines.rows[0]
        raise InputFaults([Fault("unknown_layout", lines.name, first, ";".join(cells)[:120])])
    row, header = lines.rows[start]
    used = [(place, text) for place, text in enumerate(header) if place and text and not _STATUS.match(text)]
    width = max((place for place, text in enumerate(header) if text), default=0) + 1
    body, refused = split_by_length(lines.rows[start + 1 :], width)
    silent = _silent_channels(body, [place for place, _ in used])
    placed = _channels(used) if _CHANNEL.match(used[0][1]) else _named(used, stations, declaration)
    columns = understand(
        [column for column in placed if column[0] not in silent], file=lines.name, row=row, declaration=declaration
    )
    preamble = {cells[0].casefold(): cells[1] for _, cells in lines.rows[:start] if len(cells) > 1 and cells[0]}
    directions = sorted({f"{c.name}={c.direction}" for c in columns if c.name})
    notes = [{"note": "directions_named", "names": ", ".join(directions)}] if directions else []
    notes += [{"note": "silent_channels", "names": ", ".join(header[place] for place in silent)}] if silent else []
    return Sheet(
        LAYOUT,
        wide_cells(body, [column.as_cells() for column in columns], when=[cells[0] for _, cells in body]),
        tuple(line for line, _ in lines.rows[start + 1 :]),
        tuple(refused),
        exported=next((preamble[word] for word in _EXPORTED if word in preamble), ""),
        columns=tuple(text for _, text in used),
        notes=tuple(notes),
    )


def _header_place(lines: Lines) -> int | None:
    for place, (_, cells) in enumerate(lines.rows[:_PREAMBLE_ROWS]):
        if cells[0].casefold() not in _TIME or len(cells) < 2:
            continue
        has_preamble = any(first[0].casefold().startswith("period") for _, first in lines.rows[:place])
        return place if has_preamble or _CHANNEL.match(cells[1]) else None
    return None


def _silent_channels(body: list[tuple[int, tuple[str, ...]]], places: list[int]) -> list[int]:
    """Columns blank from first to last row: channels out of use. None where nothing at all was counted."""
    silent = [place for place in places if not any(cells[place] for _, cells in body)]
    return silent if len(silent) < len(places) else []


def _channels(used: list[tuple[int, str]]) -> list[tuple[int, str, str, str]]:
    """`<id> (<name>)`: the first id is the site's, and its name begins the name of every channel."""
    named = [(place, header, _CHANNEL.match(header)) for place, header in used]
    first = named[0][2]
    station, site_name = (first.group(1), first.group(2)) if first else ("", "")
    return [
        (place, header, station, (found.group(2) if found else header).removeprefix(site_name))
        for place, header, found in named
    ]


def _named(
    used: list[tuple[int, str]], stations: frozenset[str], declaration: FileDeclaration
) -> list[tuple[int, str, str, str]]:
    total = used[0][1]  # names the site where the study does not know it: the fault then says so
    placed = []
    for place, header in used:
        station, rest = station_in(header, stations)
        if not station and declaration.station:
            station, rest = declaration.station, station_in(header, [total])[1]
        if not station:
            station, rest = station_in(header, [total])
        placed.append((place, header, station or header, rest))
    return placed
