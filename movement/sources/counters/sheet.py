"""What every layout hands on: the cells of one file, still as text, with the row they stand in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from movement.tables import Fault, InputFaults

# row: line in the file; when: local time, or a time with its UTC offset; zone: time zone where the file names one;
# span_min: length the row itself gives, 0 where it does not; is_total: only compared with its parts
CELLS = ("row", "station", "mode", "direction", "is_total", "when", "zone", "span_min", "value")


@dataclass(frozen=True)
class Lines:
    """A file as rows of trimmed cells, with the line each stands in (the first line is 1)."""

    name: str
    delimiter: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Sheet:
    """One file as its layout understands it.

    `cells` has the columns CELLS; `refused` holds (row, value, rule) of rows the layout itself cannot place;
    `orders` are the date orders the layout can hold; `exported` is the file's own export date, empty where it has none.
    """

    layout: str
    cells: pd.DataFrame
    rows: tuple[int, ...]
    refused: tuple[tuple[int, str, str], ...] = ()
    orders: tuple[str, ...] = ("dmy", "mdy")
    decimal: str = "."
    exported: str = ""
    notes: tuple[Mapping[str, str], ...] = field(default_factory=tuple)


def decode(content: bytes, *, name: str) -> Lines:
    """Decode a file as UTF-8 (with or without BOM) or cp1252 and cut it into cells.

    Raises
    ------
    InputFaults
        If it is neither, holds NUL bytes (UTF-16, spreadsheets, PDF) or broken quotes.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decode_cp1252(content, name=name)
    if "\x00" in text or text.startswith("%PDF"):
        raise InputFaults([Fault("undecodable", name)])
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader]
    except csv.Error as wrong:
        raise InputFaults([Fault("broken_table", name, reader.line_num, str(wrong))]) from None
    return Lines(name, delimiter, tuple((line, cells) for line, cells in rows if any(cells)))


def wide_cells(
    body: Sequence[tuple[int, tuple[str, ...]]],
    columns: Sequence[tuple[int, str, str, str, bool]],
    *,
    when: Sequence[str],
    span_min: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Turn a wide table into CELLS: one row per body row and column.

    Parameters
    ----------
    body
        Data rows with their lines.
    columns
        (position, station, mode, direction, is_total) of each column counted.
    when
        Text of each row's time.
    span_min
        Length of each row's interval in minutes, where the rows say.
    """
    lines = [line for line, _ in body]
    parts = [
        pd.DataFrame(
            {
                "row": lines,
                "station": station,
                "mode": mode,
                "direction": direction,
                "is_total": is_total,
                "when": list(when),
                "zone": "",
                "span_min": list(span_min) if span_min is not None else 0,
                "value": [cells[place] if place < len(cells) else "" for _, cells in body],
            }
        )
        for place, station, mode, direction, is_total in columns
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(CELLS))


def split_by_length(
    body: Sequence[tuple[int, tuple[str, ...]]], width: int
) -> tuple[list[tuple[int, tuple[str, ...]]], list[tuple[int, str, str]]]:
    """Part the rows that fit a header of `width` cells from those that are longer or too short, which are refused."""
    fitting, refused = [], []
    for line, cells in body:
        if len(cells) < width or any(cells[width:]):
            refused.append((line, str(len(cells)), "row_length"))
        else:
            fitting.append((line, cells))
    return fitting, refused


def _decode_cp1252(content: bytes, *, name: str) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise InputFaults([Fault("undecodable", name)]) from None


def _delimiter(text: str) -> str:
    head = text[:4000]
    return max(";\t,", key=head.count) if ";" not in head else ";"
