"""What the columns of a wide count table mean: site, mode, direction, and which are totals of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.words import direction_of, known_directions, mode_of
from movement.tables import Fault, InputFaults


@dataclass(frozen=True)
class CountColumn:
    """One column that counts; `name` is a direction in the vendor's words where ours does not know it."""

    place: int
    header: str
    station: str
    mode: str
    direction: str
    name: str = ""
    is_total: bool = False

    def as_cells(self) -> tuple[int, str, str, str, bool]:
        """Return what `wide_cells` asks for."""
        return self.place, self.station, self.mode, self.direction, self.is_total


def station_in(header: str, stations: Iterable[str]) -> tuple[str, str]:
    """Find the longest known site that a header begins with; the site (empty where none) and what is left.

    Examples
    --------
    >>> station_in("S12 Cyklister IN", ["S1", "S12"])
    ('S12', 'Cyklister IN')
    """
    for station in sorted(stations, key=lambda word: (-len(word), word)):
        rest = header[len(station) :]
        if header.casefold().startswith(station.casefold()) and not rest[:1].isalnum():
            return station, rest.strip()
    return "", header


def understand(
    columns: Sequence[tuple[int, str, str, str]], *, file: str, row: int, declaration: FileDeclaration
) -> tuple[CountColumn, ...]:
    """Give each column its mode and direction, and set the totals apart from their parts.

    Parameters
    ----------
    columns
        (position, header, station, text that is left of the header without the station).
    file, row
        Where the header stands, for faults.
    declaration
        What counts.yaml says of the file; its `columns` may give mode, direction or station of a header.

    Raises
    ------
    InputFaults
        If a mode or a direction is not known, each with its header.
    """
    found = [_one(column, declaration) for column in columns]
    names = {
        station: known_directions(
            (c.name for c in found if c.station == station and not c.direction), declaration.directions
        )
        for station in dict.fromkeys(c.station for c in found)
    }
    faults = [
        Fault("direction_unknown", file, row, column.header)
        for column in found
        if column.name and not column.direction and names[column.station] is None
    ]
    if faults:
        raise InputFaults(faults)
    named = [
        replace(c, direction=c.direction or ((names[c.station] or {})[c.name] if c.name else "both")) for c in found
    ]
    settled = [_with_total(column, named, declaration) for column in named]
    faults = [Fault("mode_unknown", file, row, c.header) for c in settled if not c.mode and not c.is_total]
    if faults:
        raise InputFaults(faults)
    return tuple(settled)


def _one(column: tuple[int, str, str, str], declaration: FileDeclaration) -> CountColumn:
    place, header, station, text = column
    mode, rest = mode_of(text)
    direction, name = direction_of(rest)
    said = declaration.columns.get(header)
    said = said if isinstance(said, dict) else {}
    direction = str(said.get("direction", direction))
    return CountColumn(
        place,
        header,
        str(said.get("station", station)),
        str(said.get("mode", mode)),
        direction,
        "" if direction else name,
    )


def _with_total(column: CountColumn, columns: Sequence[CountColumn], declaration: FileDeclaration) -> CountColumn:
    """Mark a total whose parts stand beside it; a column without a mode takes the file's."""
    others = [c for c in columns if c.station == column.station and c.place != column.place]
    if column.direction == "both":
        parts = [c for c in others if c.direction != "both" and c.mode == column.mode]
        if parts or (not column.mode and others):
            return replace(column, is_total=True)
    return replace(column, mode=column.mode or declaration.mode)
