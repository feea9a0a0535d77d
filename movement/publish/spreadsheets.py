"""The report's tables for a spreadsheet: CSV as a Danish Excel opens it, and one workbook; same input, same bytes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from movement.publish.column_words import column_name, unit_name
from movement.publish.language import Catalogue
from movement.tables import Table

LONGEST_SHEET_NAME = 31
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP file can say
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MOST_ROWS = 1_048_575  # of a sheet, below its heading
# Rows above which a table stands in its CSV file only: a workbook is packed without compression, whose bytes differ
# between machines, and a mail takes some 10 MB
MOST_IN_WORKBOOK = 3_000


@dataclass(frozen=True)
class Note:
    """A sheet with a few lines of text, that says what holds for the whole workbook."""

    sheet: str
    lines: Sequence[str]


def csv_bytes(table: Table, frame: pd.DataFrame) -> bytes:
    """Write a table's plain columns as CSV: `;`, decimal comma, UTF-8 with byte order mark, Windows line ends.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    plain = frame[list(table.columns)].copy()
    for name, column in table.columns.items():
        plain[name] = _as_text(plain[name], column.kind)
    text = plain.to_csv(sep=";", index=False, decimal=",", lineterminator="\r\n", encoding="utf-8")
    return b"\xef\xbb\xbf" + str(text).encode("utf-8")


def _as_text(values: pd.Series, kind: str) -> pd.Series:
    if kind == "text":
        return values.map(neutral, na_action="ignore")
    if kind == "date":
        return values.dt.strftime("%Y-%m-%d")
    if kind == "utc":
        return values.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "yes_no":
        return values.map({True: "yes", False: "no"})
    return values


def neutral(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def workbook_bytes(
    frames: Mapping[str, tuple[Table, pd.DataFrame]],
    *,
    contents: str,
    column_headings: list[str],
    text: Catalogue,
    most_rows: int = MOST_IN_WORKBOOK,
    note: Note | None = None,
) -> bytes:
    """Write tables into one workbook: a sheet that explains every column, then a sheet per table that is not too long.

    Parameters
    ----------
    frames
        Contract and rows of each table, by sheet name (at most 31 letters).
    contents
        Name of the sheet of explanations.
    column_headings
        Headings of that sheet: table, what it is, column, its name in the reader's language, meaning, unit, and the
        file its rows are in.
    text
        In which columns and units are named.
    most_rows
        Rows above which a table has no sheet: its CSV file is named instead.
    note
        A sheet that comes first.

    Returns
    -------
    xlsx
        The file; equal input gives equal bytes (all times in it are fixed).
    """
    book = _book(note)
    own = {name: one for name, one in frames.items() if len(one[1]) <= most_rows}
    _write_sheet(book, contents, column_headings, _explanations(frames, own, text))
    for name, (table, frame) in own.items():
        rows = (tuple(row) for row in frame[list(table.columns)].itertuples(index=False, name=None))
        _write_sheet(book, name, list(table.columns), rows)
    return _packed(book)


def plain_workbook_bytes(frames: Mapping[str, pd.DataFrame], *, note: Note | None = None) -> bytes:
    """Write frames into one workbook, a sheet each, the note first; equal input gives equal bytes."""
    book = _book(note)
    for name, frame in frames.items():
        rows = (tuple(row) for row in frame.head(_MOST_ROWS).itertuples(index=False, name=None))
        _write_sheet(book, name, list(frame.columns), rows)
    return _packed(book)


def _book(note: Note | None) -> Workbook:
    book = Workbook(write_only=True)
    if note is not None:
        _write_sheet(book, note.sheet, note.lines[:1], ([line] for line in note.lines[1:]))
    return book


def _packed(book: Workbook) -> bytes:
    fixed = dt.datetime(*_EPOCH)
    book.properties.created = book.properties.modified = fixed
    book.properties.creator = "movement"
    buffer = io.BytesIO()
    book.save(buffer)
    return _same_every_time(buffer.getvalue(), fixed)


def _explanations(
    frames: Mapping[str, tuple[Table, pd.DataFrame]], own: Collection[str], text: Catalogue
) -> list[tuple[str, ...]]:
    """Explain every column: its contract's words are English, the names and units are the reader's."""
    rows: list[tuple[str, ...]] = []
    for name, (table, _) in frames.items():
        where = "" if name in own else f"{name}.csv"
        for column, entry in table.columns.items():
            said = (column_name(text, column), entry.meaning, unit_name(text, entry.unit))
            rows.append((name, text(f"table.{table.name}"), column, *said, where))
    return rows


def _write_sheet(book: Workbook, name: str, headings: Sequence[str], rows: Any) -> None:  # rows of cells
    sheet = book.create_sheet(name[:LONGEST_SHEET_NAME])
    sheet.freeze_panes = "A2"
    for place, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = min(60, max(14, len(heading) + 2))
    sheet.append([_heading(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _heading(sheet: Any, heading: str) -> WriteOnlyCell:  # openpyxl has no type for it
    cell = WriteOnlyCell(sheet, value=heading)
    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


def _cell(sheet: Any, value: Any) -> Any:  # a value of any column
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_localize(None).to_pydatetime()
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"  # text stays text, also where it begins with =
        return cell
    return value.item() if hasattr(value, "item") else value


def _same_every_time(xlsx: bytes, moment: dt.datetime) -> bytes:
    """Pack the workbook's parts again in order of name, with fixed times."""
    source, target = zipfile.ZipFile(io.BytesIO(xlsx)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _with_fixed_times(content, moment)
            packed.writestr(zipfile.ZipInfo(name, date_time=_EPOCH), content)
    return target.getvalue()


def _with_fixed_times(core: bytes, moment: dt.datetime) -> bytes:
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>" + stamp, core)
