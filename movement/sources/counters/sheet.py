"""What every layout hands on: the cells of one file, still as text, with the row they stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

# row: line in the file; when: local time, or a time with its UTC offset; zone: time zone where the file names one;
# span_min: length the row itself gives, 0 where it does not; is_total: only compared with its parts
CELLS = ("row", "station", "mode", "direction", "is_total", "when", "zone", "span_min", "value")


@dataclass(frozen=True)
class Lines:
    """A table as rows of trimmed cells, with the line each stands in (the first line is 1).

    `delimiter` is empty where the file is no text.
    """

    name: str
    delimiter: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Sheet:
    """One file as its layout understands it.

    `cells` has the columns CELLS; `refused` holds (row, value, rule) of rows the layout itself cannot place;
    `orders` are the date orders the layout can hold; `exported` is the file's own export date, empty where it has none.
    `flags` gives rows the file itself calls unsure their flag; `more` holds rows that are no counts by interval
    (interviews, staying), still as text. `is_whole` is False where the device reports fractions.
    """

    layout: str
    cells: pd.DataFrame
    rows: tuple[int, ...]
    refused: tuple[tuple[int, str, str], ...] = ()
    orders: tuple[str, ...] = ("dmy", "mdy")
    decimal: str = ""  # mark the layout always writes; empty where it depends on who saved the file
    exported: str = ""
    is_whole: bool = True
    columns: tuple[str, ...] = ()  # headers that count, where the layout leaves them to who set the device up
    flags: Mapping[int, str] = field(default_factory=dict)
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    notes: tuple[Mapping[str, str], ...] = field(default_factory=tuple)


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
    """Part the rows that fit a header of `width` cells from those that are longer or too short, which are refused.

    Empty cells beyond the header are dropped.
    """
    fitting, refused = [], []
    for line, cells in body:
        if len(cells) < width or any(cells[width:]):
            refused.append((line, str(len(cells)), "row_length"))
        else:
            fitting.append((line, cells[:width]))
    return fitting, refused
