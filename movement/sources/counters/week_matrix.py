"""The consultants' matrix: hours down, Monday to Sunday across, one block per direction and kind of road user.

    Tællested;S1
    Periode;01-09-2025 - 07-09-2025
    Retning;mod byen
    Art;Cykler og knallerter
    Kl.;man;tir;ons;tor;fre;lør;søn;Hverdag;Døgn
    0-1;3;2;4;1;2;9;8;2;4
    ...
    I alt;...

What stands above a block stays in force for the next one until it is said again. A matrix of one week holds counts; one
of several weeks holds means, which belong to no date and are refused. Weekday means and totals are only set aside.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import CELLS, Lines, Sheet, wide_cells
from movement.sources.counters.times import local_times
from movement.sources.counters.words import direction_of, known_directions, mode_of
from movement.tables import Fault, InputFaults

LAYOUT = "week_matrix"
_DAYS = (
    ("man", "mandag", "mon", "monday"),
    ("tir", "tirsdag", "tirs", "tue", "tuesday"),
    ("ons", "onsdag", "wed", "wednesday"),
    ("tor", "torsdag", "tors", "thu", "thursday"),
    ("fre", "fredag", "fri", "friday"),
    ("lør", "lørdag", "sat", "saturday"),
    ("søn", "søndag", "sun", "sunday"),
)
_DAY = {word: day for day, words in enumerate(_DAYS) for word in words}
_SITE = ("tællested", "tællepunkt", "snit", "station", "sted", "site")
_WAY = ("retning", "direction")
_KIND = ("art", "type", "køretøjsart", "køretøjstype", "trafikant", "trafikantart", "mode", "class")
_PERIOD = ("periode", "uge", "dato", "tælleperiode", "period", "week")
_HOURS = re.compile(r"^(?:kl\.? *)?(\d{1,2})(?:[.:](\d{2}))? *[-–] *(\d{1,2})(?:[.:](\d{2}))?$", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_WEEK = re.compile(r"(?:uge|week)?\s*(\d{1,2})\D+(\d{4})", re.IGNORECASE)


@dataclass(frozen=True)
class _Block:
    """One table of hours by days and what stands above it."""

    said: Mapping[str, str]
    row: int
    header: tuple[str, ...]
    body: tuple[tuple[int, tuple[str, ...]], ...]


def recognises(lines: Lines) -> bool:
    """Whether the file has a header of weekdays."""
    return any(_is_header(cells) for _, cells in lines.rows[:40])


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read every block of a matrix.

    Raises
    ------
    InputFaults
        If the week, the mode or the direction of a block is not said, or it covers more than one week.
    """
    blocks = list(_blocks(lines))
    names = {_way(block, declaration)[1] for block in blocks} - {""}
    free = known_directions(names, declaration.directions)
    faults, parts = [], []
    for block in blocks:
        span = _span_of(block, declaration)
        outside = span is not None and _has_numbers_outside(block, span)
        mode = declaration.mode or mode_of(block.said.get("kind", ""))[0]
        way, name = _way(block, declaration)
        way = way or (free or {}).get(name, "both" if not name else "")
        for rule, value, is_wrong in (
            ("matrix_week", block.said.get("period", ""), span is None or outside),
            ("mode_unknown", block.said.get("kind", ""), not mode),
            ("direction_unknown", name, not way),
        ):
            if is_wrong:
                faults.append(Fault(rule, lines.name, block.row, value))
        if span is not None and mode and way:
            parts.append(_cells(block, span, declaration.station or block.said.get("site", ""), mode, way))
    if faults:
        raise InputFaults(faults)
    return Sheet(
        LAYOUT,
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CELLS)),
        tuple(row for block in blocks for row, _ in block.body),
        orders=("dmy",),
        notes=({"note": "matrix_blocks", "blocks": str(len(blocks))},),
    )


def _is_header(cells: Sequence[str]) -> bool:
    return sum(cell.casefold().rstrip(".") in _DAY for cell in cells) >= 5


def _blocks(lines: Lines) -> Iterator[_Block]:
    said: dict[str, str] = {}
    header: tuple[int, tuple[str, ...]] | None = None
    body: list[tuple[int, tuple[str, ...]]] = []
    for row, cells in lines.rows:
        first = next((cell for cell in cells if cell), "")
        if header is not None and _HOURS.match(cells[0]):
            body.append((row, cells))
            continue
        if header is not None and body and not first.casefold().startswith(("i alt", "døgn", "sum", "total")):
            yield _Block(dict(said), header[0], header[1], tuple(body))
            header, body = None, []
        if _is_header(cells):
            header = (row, cells)
        elif header is None:
            said |= _said(cells)
    if header is not None:
        yield _Block(dict(said), header[0], header[1], tuple(body))


def _said(cells: tuple[str, ...]) -> dict[str, str]:
    words = [part.strip() for cell in cells for part in cell.split(":", 1) if part.strip()]
    if len(words) < 2:
        return {}
    key = words[0].casefold()
    for name, known in (("site", _SITE), ("way", _WAY), ("kind", _KIND), ("period", _PERIOD)):
        if key in known:
            return {name: " ".join(words[1:] if name != "period" else words)}
    return {}


def _way(block: _Block, declaration: FileDeclaration) -> tuple[str, str]:
    text = block.said.get("way", "")
    return (str(declaration.directions[text]), text) if text in declaration.directions else direction_of(text)


def _span_of(block: _Block, declaration: FileDeclaration) -> tuple[dt.date, dt.date] | None:
    """First and last day of the block; None where they are not said or more than seven days apart."""
    text = block.said.get("period", "")
    dates = _DATE.findall(text)
    if len(dates) == 2:
        spans = [
            [local_times(pd.Series([date]), order=order)[0] for date in dates]
            for order in ([declaration.date_order] if declaration.date_order else ["dmy", "mdy"])
        ]
        weeks = [s for s in spans if pd.notna(s[0]) and pd.notna(s[1]) and 0 <= (s[1] - s[0]).days < 7]
        return (weeks[0][0].date(), weeks[0][1].date()) if len(weeks) == 1 else None
    found = _WEEK.search(text) if not dates else None
    try:
        monday = dt.date.fromisocalendar(int(found[2]), int(found[1]), 1) if found else None
    except ValueError:
        return None
    return (monday, monday + dt.timedelta(days=6)) if monday else None


def _dates(block: _Block, first: dt.date) -> dict[int, dt.date]:
    """Date of each column of a weekday, counted from the first day on."""
    days = {place: _DAY.get(title.casefold().rstrip(".")) for place, title in enumerate(block.header)}
    return {
        place: first + dt.timedelta(days=(day - first.weekday()) % 7) for place, day in days.items() if day is not None
    }


def _has_numbers_outside(block: _Block, span: tuple[dt.date, dt.date]) -> bool:
    late = [place for place, date in _dates(block, span[0]).items() if date > span[1]]
    return any(place < len(cells) and cells[place] for _, cells in block.body for place in late)


def _cells(block: _Block, span: tuple[dt.date, dt.date], station: str, mode: str, way: str) -> pd.DataFrame:
    spans = [_span(cells[0]) for _, cells in block.body]
    parts = [
        wide_cells(
            block.body,
            [(place, station, mode, way, False)],
            when=[f"{date.isoformat()} {start // 60:02d}:{start % 60:02d}" for start, _ in spans],
            span_min=[length for _, length in spans],
        )
        for place, date in _dates(block, span[0]).items()
        if date <= span[1]
    ]
    return pd.concat(parts, ignore_index=True)


def _span(text: str) -> tuple[int, int]:
    found = _HOURS.match(text)
    hours, minutes, to_hours, to_minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    start = hours * 60 + minutes
    return start, (to_hours * 60 + to_minutes - start) % 1440
