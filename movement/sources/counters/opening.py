"""A file's bytes as tables of text cells: CSV, Excel, Parquet and JSON, each told by its content, never by its name."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException

from movement.sources.counters.sheet import Lines
from movement.tables import Fault, InputFaults

# Beyond these a file is no count file, and reading it would fill the memory of an office machine.
_LONGEST_LINE = 1_000_000
_LARGEST_UNPACKED = 400_000_000
# What openpyxl and the parsers under it let through when a workbook is not what it says.
_BROKEN = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, zlib.error, struct.error),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, EOFError, RuntimeError),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8_LETTER = re.compile(rb"[\xc3-\xc5][\x80-\xbf]|\xe2\x80[\x90-\xa6]")
_FORMULA = re.compile(rb"<f[ >/]")


def open_tables(path: Path, *, name: str) -> tuple[bytes, tuple[Lines, ...]]:
    """Read a file and cut it into tables of trimmed text cells.

    Parameters
    ----------
    path
        The file. CSV in UTF-8 (with or without BOM), UTF-16 or cp1252; XLSX or XLSM (macros are never run, formulas
        give the value last computed); Parquet; JSON with a list of records.
    name
        What faults and tables call it.

    Returns
    -------
    content, tables
        The bytes, and one table per file; of a workbook one per visible sheet with cells, named `name [sheet]` where
        there are several.

    Raises
    ------
    InputFaults
        If it is none of these, is broken, is too large to be counts, or mixes two encodings.
    """
    with path.open("rb") as file:
        head = file.read(_LONGEST_LINE)
        kind = _kind(head)
        if kind is _text and len(head) == _LONGEST_LINE and not re.search(rb"[\r\n]", head):
            raise InputFaults([Fault("line_too_long", name)])
        content = head + file.read()
    return content, kind(content, name)


def _kind(head: bytes) -> Any:
    if head.startswith(b"PK\x03\x04"):
        return _workbook
    if head.startswith(b"PAR1"):
        return _parquet
    return _json if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else _text


def _text(content: bytes, name: str) -> tuple[Lines, ...]:
    text = _decoded(content, name)
    if "\x00" in text or text.startswith("%PDF"):
        raise InputFaults([Fault("undecodable", name)])
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader]
    except csv.Error as wrong:
        raise InputFaults([Fault("broken_table", name, reader.line_num, str(wrong))]) from None
    return (_lines(name, delimiter, rows),)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-16" if content.startswith(_UTF16) else "utf-8-sig")
    except UnicodeDecodeError as wrong:
        start = wrong.start
    if _UTF8_LETTER.search(content):
        row = content.count(b"\n", 0, start) + 1
        line = content[content.rfind(b"\n", 0, start) + 1 : start + 40].split(b"\n")[0]
        raise InputFaults([Fault("mixed_encodings", name, row, line.decode("cp1252", errors="replace").strip()[:120])])
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise InputFaults([Fault("undecodable", name)]) from None


def _delimiter(text: str) -> str:
    head = text[:4000]
    return max(";\t,", key=head.count) if ";" not in head else ";"


def _lines(name: str, delimiter: str, rows: Iterable[tuple[int, tuple[str, ...]]]) -> Lines:
    return Lines(name, delimiter, tuple((line, cells) for line, cells in rows if any(cells)))


def _workbook(content: bytes, name: str) -> tuple[Lines, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
                raise InputFaults([Fault("unpacks_too_large", name)])
            sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
            has_formulas = any(_FORMULA.search(packed.read(part)) for part in sheets)
        values = _sheets(content, is_computed=True)
        formulas = _sheets(content, is_computed=False) if has_formulas else values
    except _BROKEN as wrong:
        raise InputFaults([Fault("broken_workbook", name, value=str(wrong)[:120])]) from None
    filled = {title: _filled(rows, formulas[title]) for title, rows in values.items()}
    used = {title: lines for title, lines in ((t, _lines(name, "", rows)) for t, rows in filled.items()) if lines.rows}
    if not used:
        raise InputFaults([Fault("no_rows", name)])
    if len(used) == 1:
        return tuple(used.values())
    return tuple(Lines(f"{name} [{title}]", "", lines.rows) for title, lines in used.items())


def _sheets(content: bytes, *, is_computed: bool) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=is_computed, keep_links=False)
    found = {}
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            sheet.reset_dimensions()  # vendors write wrong ones, which cut rows off
            found[sheet.title] = list(sheet.iter_rows(values_only=True))
    return found


def _filled(
    values: Sequence[tuple[Any, ...]], formulas: Sequence[tuple[Any, ...]]
) -> list[tuple[int, tuple[str, ...]]]:
    """Rows as text; a formula that was never computed stands as its own text, so that it is refused, not blank."""
    if values is formulas:
        return [(row, tuple(_cell(value) for value in cells)) for row, cells in enumerate(values, start=1)]
    return [
        (row, tuple(_cell(own if value is None else value) for value, own in zip(cells, raw, strict=False)))
        for row, (cells, raw) in enumerate(zip(values, formulas, strict=False), start=1)
    ]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        clock = value.time()
        return f"{value:%Y-%m-%d}" if clock == dt.time() and value.tzinfo is None else value.isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        hours, minutes = divmod(round(value.total_seconds() / 60), 60)
        return f"{hours:02d}:{minutes:02d}"
    if isinstance(value, dt.time):
        return f"{value:%H:%M:%S}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _parquet(content: bytes, name: str) -> tuple[Lines, ...]:
    try:
        table = pq.read_table(pa.BufferReader(content))
        columns = [column.to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as wrong:
        raise InputFaults([Fault("broken_parquet", name, value=str(wrong)[:120])]) from None
    header = (1, tuple(table.column_names))
    rows = [(row, tuple(_cell(value) for value in cells)) for row, cells in enumerate(zip(*columns, strict=True), 2)]
    return (_lines(name, "", [header, *rows]),)


def _json(content: bytes, name: str) -> tuple[Lines, ...]:
    """Lay records out as a table: a list of them, or the first list in an object, as Telraam's `report`."""
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as wrong:
        raise InputFaults([Fault("broken_json", name, value=str(wrong)[:120])]) from None
    lists = [said] if isinstance(said, list) else [value for value in said.values() if isinstance(value, list)]
    records = [record for record in (lists[0] if lists else []) if isinstance(record, dict)]
    keys = list(dict.fromkeys(str(key) for record in records for key in record if not isinstance(record[key], list)))
    rows = [(row, tuple(_cell(record.get(key)) for key in keys)) for row, record in enumerate(records, start=2)]
    return (_lines(name, "", [(1, tuple(keys)), *rows]),)
