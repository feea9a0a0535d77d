"""CSV and workbook: the table's numbers, the same bytes twice, and no formula that runs."""

import io

import openpyxl
import pandas as pd
import pytest

from movement import tables
from movement.publish import read_me
from movement.publish.column_words import column_name, unit_name
from movement.publish.language import LANGUAGES, catalogue
from movement.publish.spreadsheets import Note, csv_bytes, neutral, plain_workbook_bytes, workbook_bytes
from pipelines import publish_report
from tests.publish.world import full_world

HEADINGS = ["table", "is", "column", "name", "means", "unit", "file"]


def book(**options):
    found = full_world()
    frames = {
        table.name: (table, found[table.name]) for table in (tables.EFFECTS, tables.ASSUMPTIONS, tables.COUNT_FILES)
    }
    said = {"text": catalogue("da")} | options
    return workbook_bytes(frames, contents="columns", column_headings=HEADINGS, **said)


def test_the_workbook_has_the_tables_numbers_and_explains_each_column():
    opened = openpyxl.load_workbook(io.BytesIO(book()))
    assert opened.sheetnames == ["columns", "effects", "assumptions", "count_files"]
    heading, *cells = opened["effects"].iter_rows(values_only=True)
    effects = full_world()["effects"]
    place = heading.index("effect_pct")
    assert [row[place] for row in cells] == effects["effect_pct"].tolist()
    explained = {(row[0], row[2]) for row in opened["columns"].iter_rows(min_row=2, values_only=True)}
    assert ("effects", "effect_pct") in explained


def test_a_note_is_the_first_sheet_and_the_tables_are_as_without():
    note = Note("READ ME", ["Made up.", "Opdigtet."])
    opened = openpyxl.load_workbook(io.BytesIO(book(note=note)))
    assert opened.sheetnames == ["READ ME", "columns", "effects", "assumptions", "count_files"]
    assert [row[0] for row in opened["READ ME"].iter_rows(values_only=True)] == ["Made up.", "Opdigtet."]
    plain = openpyxl.load_workbook(io.BytesIO(plain_workbook_bytes({"study": pd.DataFrame({"a": [1]})}, note=note)))
    assert plain.sheetnames == ["READ ME", "study"] and plain["study"]["A2"].value == 1


def test_the_text_beside_tables_says_first_that_counts_are_made_up_only_where_they_are():
    files = {"effects.csv": "table.effects"}
    for is_synthetic in (True, False):
        text = read_me.read_me(files, is_synthetic=is_synthetic).decode("utf-8-sig")
        assert text.startswith("Demonstrationsdata.") == ("Demonstration data." in text) == is_synthetic
        assert text.count("effects.csv: ") == 2 and "\n" not in text.replace("\r\n", "")


def test_a_long_table_stands_in_its_own_file_which_is_named():
    opened = openpyxl.load_workbook(io.BytesIO(book(most_rows=len(full_world()["effects"]) - 1)))
    assert "effects" not in opened.sheetnames
    files = {row[0]: row[6] for row in opened["columns"].iter_rows(min_row=2, values_only=True)}
    assert files == {"effects": "effects.csv", "assumptions": None, "count_files": None}


def test_two_workbooks_are_equal_byte_for_byte():
    assert book() == book()


def test_text_that_looks_like_a_formula_stays_text():
    sheet = openpyxl.load_workbook(io.BytesIO(book()))["assumptions"]
    cell = sheet["D2"]
    assert (cell.value, cell.data_type) == ("=cmd()", "s")
    assert "'=cmd()" in csv_bytes(tables.ASSUMPTIONS, full_world()["assumptions"]).decode("utf-8-sig")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["plain", "", "2 = 2"])
def test_plain_text_stays(text):
    assert neutral(text) == text


def test_csv_opens_in_a_danish_excel():
    raw = csv_bytes(tables.EFFECTS, full_world()["effects"])
    assert raw.startswith(b"\xef\xbb\xbf")
    first, second = raw.decode("utf-8-sig").split("\r\n")[:2]
    assert first.split(";") == list(tables.EFFECTS.columns)
    assert ";1234,4;" in second
    assert ";yes;" in second


def test_each_column_is_explained_with_a_name_and_unit_in_the_readers_language():
    rows = openpyxl.load_workbook(io.BytesIO(book()))["columns"].iter_rows(min_row=2, values_only=True)
    said = {(row[0], row[2]): (row[3], row[5]) for row in rows}
    assert said["effects", "before_per_day"] == ("personer pr. optalt døgn før", "personer/døgn")
    assert said["effects", "effect_low"] == ("effekt, nedre grænse", "%")
    assert said["count_files", "first_utc"] == ("første interval begynder (UTC, ikke dansk tid)", None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_published_column_and_unit_has_words(language):
    text = catalogue(language)
    for table in publish_report.WRITTEN:
        for name, column in table.columns.items():
            assert column_name(text, name).strip()
            assert bool(unit_name(text, column.unit)) == bool(column.unit)
