"""Whatever a file holds: it is read, or refused in words. Never a traceback, a hang or a silently wrong number.

Cases that broke something stand as examples.
"""

import io
import json
import os
import re
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from movement.publish import language
from movement.sources.counters import check_file
from movement.sources.counters.archive import open_archive
from movement.tables import Fault, InputFaults
from tests.sources.counters.test_folder import ECO, SHEET, SITES, TIDY
from tests.sources.counters.test_layouts import MATRIX, TELRAAM, VIVACITY, sheet_rows, workbook
from tests.sources.counters.test_public_life import INTERVIEWS, MOVING, STAYING

TEXTS = (ECO, SHEET, TIDY, TELRAAM, VIVACITY, MATRIX, MOVING, STAYING, INTERVIEWS)
REPORT = json.dumps({"report": pd.read_csv(io.StringIO(TELRAAM)).astype(object).to_dict("records")}, default=str)
BYTES = (*(text.encode() for text in TEXTS), workbook(Ark1=sheet_rows()), REPORT.encode())
NASTY = st.sampled_from(
    [b"\x00", b'"', b";", b",", b"\n", b"\r", b"\xff", b"=cmd()", b"../../x", b"\xc3", b"-1", b"1e999", b"nan",
     b"9" * 40, b"<f>", b"[", b"{", b"\xef\xbb\xbf", b"%PDF", b"Dato", b"man;tir;ons;tor;fre", b"2025-13-45 25:61"]
)  # fmt: skip
# FUZZ=2000 in the environment looks longer
CALM = settings(
    max_examples=int(os.environ.get("FUZZ", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def checked(path, content):
    path.write_bytes(content)
    return check_file(path, sites=SITES, timezone="Europe/Copenhagen", refused_rows_limit_pct=100.0)


def say_all(tables):
    for name in language.LANGUAGES:
        text = language.catalogue(name)
        for table in tables:
            for fault in (*table.faults, *table.refused_rows):
                assert f"fault.{fault.rule}" in text
                assert language.say_fault(text, fault)
            for note in table.notes:
                assert text(f"note.{note['note']}", **note)


@st.composite
def spoiled(draw):
    """Cut, repeat, overwrite or lengthen a good file at any place."""
    content = draw(st.sampled_from(BYTES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = draw(st.integers(start, min(len(content), start + 40)))
        content = content[:start] + draw(NASTY | st.binary(max_size=6)) + content[stop:]
    return content


@CALM
@given(content=spoiled() | st.binary(max_size=300))
@example(content=b"Dato;Kl.\n")
@example(content=b"Time\nPeriod")
@example(content=b"man;tir;ons;tor;fre\n7-8;1;2\n")
@example(content=b'{"report": [1, 2, {"a": {"b": []}}]}')
@example(content=b"PAR1")
@example(content=STAYING.replace("posture_sitting_formal,", 'posture_"', 1).encode())
@example(content=SHEET.replace("22-09-2025", "31-12-9999").encode())
@example(content=TIDY.replace("2025-10-26", "0001-01-01").encode())
def test_a_spoiled_file_is_read_or_refused_in_words(tmp_path, content):
    say_all(checked(tmp_path / "counts.csv", content))


@CALM
@given(content=spoiled() | st.binary(max_size=300))
@example(content=TIDY.encode("utf-16"))
@example(content=TIDY.replace("2025-10-26", "0001-01-01").encode())
@example(content=b"PAR1")
@example(content=b"")
def test_a_spoiled_archive_is_read_or_refused_in_words(tmp_path, content):
    path = tmp_path / "archive.csv"
    path.write_bytes(content)
    try:
        found = open_archive([path], tmp_path / "a.duckdb", sites=frozenset(), timezone="Europe/Copenhagen")
    except InputFaults as wrong:
        faults = wrong.faults
    else:
        assert sum(len(rows) for rows in found.sites()) == found.rows_kept == found.rows_read - len(found.refused)
        found.connection.close()
        faults = [Fault(row.rule, row.source_file, row.source_row, row.value) for row in found.refused.itertuples()]
    for name in language.LANGUAGES:
        for fault in faults:
            assert f"fault.{fault.rule}" in language.catalogue(name)
            assert language.say_fault(language.catalogue(name), fault)


def meant(text):
    """Return what a number can only mean; a text that could mean another is an error here."""
    bare = text.translate(str.maketrans("\u2212", "-", " \u00a0\u202f"))
    grouped = re.fullmatch(r"(?:\+?|-(?=[0.,]+$))(\d{1,3}(?:([.,])\d{3})+)(?!\2)[.,]0+", bare)
    plain = re.fullmatch(r"(?:\+?(\d+)|-0+)(?:(?:(?<=\d{4})|(?!.\d{3}$))[.,]0+)?", bare)
    return int(re.sub("[.,]", "", grouped[1] if grouped else plain[1] or "0"))


@CALM
@given(text=st.text(max_size=12) | st.from_regex(r"\A-?[0-9]{1,4}([.,][0-9]{1,3}){0,2}\Z"))
@example(text="1.034")
@example(text="1,034")
@example(text="12,0")
@example(text="１２")
@example(text="²")
@example(text="1 034")
@example(text="=1+1")
@example(text="-0")
@example(text="1.034,00")
@example(text="0000.000")
@example(text="-0.000,0")
def test_a_number_is_what_stands_there_or_is_refused(tmp_path, text):
    if any(mark in text for mark in ';"\n\r\x00\x1c\x1d\x1e\x85\u2028\u2029') or text.startswith("%PDF"):
        return  # other cells, not another number
    sheet = f"Tællested;T1\nDato;Kl.;Fodgængere ind\n22-09-2025;kl. 7-8;{text}\n22-09-2025;kl. 8-9;5\n"
    try:
        content = sheet.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair cannot stand in a file
    (table,) = checked(tmp_path / "counts.csv", content)
    people = table.series[0].people - 5
    if table.refused_rows:
        assert [fault.row for fault in table.refused_rows] == [3]
        assert people == 0
    elif not text.strip():
        assert table.series[0].blank == 1
    else:
        assert people == meant(text)


def workbook_with(name, change):
    """Rewrite one part of a workbook."""
    source, content = io.BytesIO(workbook(Ark1=sheet_rows())), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part, change(data) if part.filename == name else data)
    return content.getvalue()


def broken_stream():
    """Spoil the packed bytes of the sheet, but nothing that says how long they are."""
    content = bytearray(workbook(Ark1=sheet_rows()))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as packed:
        start = packed.getinfo(SHEET_PART).header_offset + 30 + len(SHEET_PART)
    content[start : start + 30] = bytes(255 - byte for byte in content[start : start + 30])
    return bytes(content)


SHEET_PART = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "content",
    [
        broken_stream(),
        workbook_with(SHEET_PART, lambda data: data[:-30]),
        workbook_with(SHEET_PART, lambda data: b""),
        workbook_with(SHEET_PART, lambda data: data.replace(b'r="A3"', b'r="ZZZZZ3"')),
        workbook_with(SHEET_PART, lambda data: data.replace(b"<v>10</v>", b"<v>ten</v>")),
        workbook_with(SHEET_PART, lambda data: data.replace(b't="s"', b't="nonsense"')),
        workbook_with("xl/workbook.xml", lambda data: b"<workbook/>"),
        workbook_with("[Content_Types].xml", lambda data: b"<Types/>"),
        workbook_with(
            SHEET_PART,
            lambda data: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
                b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c + 1, *([c] * 8)) for c in range(97, 115)
            ) + b"]><x>&s;</x>",
        ),
    ],
)  # fmt: skip
def test_a_spoiled_workbook_is_read_or_refused_in_words(tmp_path, content):
    say_all(checked(tmp_path / "counts.xlsx", content))


def test_macros_are_not_run_and_do_not_hinder(tmp_path):
    source = io.BytesIO(workbook(Ark1=sheet_rows()))
    with zipfile.ZipFile(source, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"Sub Auto_Open")
    (table,) = checked(tmp_path / "counts.xlsm", source.getvalue())
    assert table.rows_read == 2
    assert table.faults == ()
