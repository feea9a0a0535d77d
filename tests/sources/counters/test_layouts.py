"""Layouts beside those of the demonstration study; fixtures written here after the vendors' published columns."""

import datetime as dt
import io
import json
import zipfile

import openpyxl
import pandas as pd
import pytest

from tests.sources.counters.test_folder import SHEET, TIDY, faults, notes, read, reported, say

TELRAAM = """instance_id,segment_id,date,interval,uptime,heavy,car,bike,pedestrian,heavy_lft,heavy_rgt,car_lft,car_rgt,\
bike_lft,bike_rgt,pedestrian_lft,pedestrian_rgt,v85
-1,9000001,2025-09-01T05:00:00.000Z,hourly,0.75,2,30.5,12,7.25,1,1,10.5,20,4,8,3.25,4,38.5
-1,9000001,2025-09-01T06:00:00.000Z,hourly,0.2,0,10,3,1,0,0,5,5,1,2,1,0,40
"""
VIVACITY = """UTC Datetime,Local Datetime,countlineId,countlineName,dataAvailabilityPercent,dataError,direction,\
Pedestrian,Cyclist,Car,E-Scooter
2025-09-01 05:00:00,2025-09-01 07:00:00,1234,Bro syd,100,false,clockwise,5,3,0,1
2025-09-01 05:00:00,2025-09-01 07:00:00,1234,Bro syd,100,false,anti_clockwise,4,NULL,0,0
2025-09-01 06:00:00,2025-09-01 08:00:00,1234,Bro syd,60,false,clockwise,9,1,0,0
2025-09-01 06:00:00,2025-09-01 08:00:00,1234,Bro syd,100,true,anti_clockwise,9,1,0,0
"""
MATRIX = """Tællested:;S1
Periode;03-09-2025 - 09-09-2025
Retning;ind
Art;Fodgængere
Kl.;man;tir;ons;tor;fre;lør;søn;Hverdag;Døgn
7-8;10;11;12;13;14;15;16;12;13
8-9;;21;22;23;24;25;26;22;23
I alt;10;32;34;36;38;40;42;34;36

Retning;ud
Kl.;man;tir;ons;tor;fre;lør;søn;Hverdag;Døgn
7-8;1;2;3;4;5;6;7;3;4
"""
VENDOR = """sites:
  "9000001": S1
  "1234": S2
"""


def workbook(**sheets):
    """Build an XLSX of these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_rows(*, clock="kl. 7-8", value=20):
    return [
        ["Tællested", "T1"],
        ["Dato", "Kl.", "Fodgængere ind", "Fodgængere ud"],
        [dt.datetime(2025, 9, 22), clock, 10, value],
        [dt.datetime(2025, 9, 22), "kl. 8-9", None, 0],
    ]


def test_telraam_keeps_fractions_and_flags_the_hours_it_slept(folder):
    found = read(folder(telraam__csv=TELRAAM, counts__yaml=VENDOR))
    assert found.files["layout"].tolist() == ["telraam"]
    counts = found.counts
    assert set(counts["direction"]) == {"in", "out"}
    first = counts[counts["t_start_utc"] == pd.Timestamp("2025-09-01 05:00Z")].set_index(["mode", "direction"])
    assert first["count"].to_dict() == {
        ("walk", "in"): 3.25,
        ("walk", "out"): 4,
        ("cycle", "in"): 4,
        ("cycle", "out"): 8,
        ("motor", "in"): 11.5,  # cars and heavy vehicles
        ("motor", "out"): 21,
    }
    asleep = counts[counts["t_start_utc"] == pd.Timestamp("2025-09-01 06:00Z")]
    assert set(asleep["flag"]) == {"low_uptime"}
    assert asleep["count"].isna().all()
    assert asleep["count_reported"].notna().all()
    assert set(counts["interval_min"]) == {60}
    assert set(counts["station_id"]) == {"S1"}


def test_telraam_json_of_the_api_is_the_same_as_its_csv(folder, tmp_path):
    table = pd.read_csv(io.StringIO(TELRAAM))
    records = [
        {key: value.item() if hasattr(value, "item") else value for key, value in row.items()}
        | {"car_speed_hist_0to70plus": [0.1, 0.9]}
        for row in table.to_dict("records")
    ]
    from_csv = read(folder(telraam__csv=TELRAAM, counts__yaml=VENDOR)).counts
    (tmp_path / "telraam.csv").unlink()
    from_json = read(folder(telraam__json=json.dumps({"status_code": 200, "report": records}))).counts
    pd.testing.assert_frame_equal(from_csv.drop(columns="source_file"), from_json.drop(columns="source_file"))


def test_vivacity_null_is_blank_and_hours_of_little_data_are_flagged(folder):
    found = read(folder(classified__csv=VIVACITY, counts__yaml=VENDOR))
    counts = found.counts
    assert reported(counts, mode="walk", direction="in") == [4, 9]  # anti_clockwise before clockwise, in order of name
    assert reported(counts, mode="cycle", direction="in") == [None, 1]
    assert reported(counts, mode="cycle", direction="out") == [3, 1]
    late = counts[counts["t_start_utc"] == pd.Timestamp("2025-09-01 06:00Z")]
    assert set(late["flag"]) == {"low_uptime"}
    assert set(counts["mode"]) == {"walk", "cycle", "motor"}
    assert notes(found)["classes_left_out"]["names"] == "E-Scooter"


def test_vivacity_class_that_is_not_known_is_refused_until_counts_yaml_says_what_it_is(folder):
    strange = VIVACITY.replace("E-Scooter", "Cargo bike")
    assert [fault.value for fault in faults(folder(a__csv=strange, counts__yaml=VENDOR))] == ["Cargo bike"]
    said = VENDOR + "files:\n  a.csv: {columns: {Cargo bike: cycle}}\n"
    assert reported(read(folder(counts__yaml=said)).counts, mode="cycle", direction="out") == [4, 1]


def test_week_matrix_puts_each_weekday_on_its_date_and_leaves_means_aside(folder):
    found = read(folder(matrix__csv=MATRIX))
    assert found.files["layout"].tolist() == ["week_matrix"]
    counts = found.counts
    assert len(counts) == 21
    day = counts.assign(date=counts["t_start_utc"].dt.tz_convert("Europe/Copenhagen").dt.date)
    first = day[(day["direction"] == "in") & (day["t_start_utc"].dt.hour == 5)].set_index("date")["count"]
    assert first[dt.date(2025, 9, 3)] == 12  # a Wednesday: the week begins there
    assert first[dt.date(2025, 9, 8)] == 10
    assert day.loc[day["date"] == dt.date(2025, 9, 8), "count_reported"].isna().sum() == 1
    assert reported(counts, direction="out") == [3, 4, 5, 6, 7, 1, 2]
    assert set(counts["mode"]) == {"walk"}


@pytest.mark.parametrize("period", ["01-09-2025 - 28-09-2025", "", "uge 60 2025"])
def test_week_matrix_of_several_weeks_or_none_is_refused(folder, period):
    found = faults(folder(matrix__csv=MATRIX.replace("03-09-2025 - 09-09-2025", period)))
    assert {fault.rule for fault in found} == {"matrix_week"}
    assert "Uge" in say(found[0])[0]


def test_week_matrix_of_five_days_has_no_weekend_and_refuses_numbers_there(folder):
    five = MATRIX.replace("03-09-2025 - 09-09-2025", "01-09-2025 - 05-09-2025")
    assert {fault.rule for fault in faults(folder(matrix__csv=five))} == {"matrix_week"}
    blank = five.replace("15;16;", ";;").replace("25;26;", ";;").replace("6;7;", ";;")
    counts = read(folder(matrix__csv=blank)).counts
    assert len(counts) == 15
    assert counts["t_start_utc"].max() < pd.Timestamp("2025-09-06", tz="Europe/Copenhagen")


def test_week_matrix_by_number_of_week(folder):
    counts = read(folder(matrix__csv=MATRIX.replace("Periode;03-09-2025 - 09-09-2025", "Uge;36;2025"))).counts
    assert counts["t_start_utc"].min() == pd.Timestamp("2025-09-01 05:00Z")


def test_a_workbook_is_read_as_the_same_sheet_saved_as_csv(folder, tmp_path):
    from_xlsx = read(folder(counts__xlsx=workbook(Ark1=sheet_rows()))).counts
    (tmp_path / "counts.xlsx").unlink()
    text = "Tællested;T1\nDato;Kl.;Fodgængere ind;Fodgængere ud\n22-09-2025;kl. 7-8;10;20\n22-09-2025;kl. 8-9;;0\n"
    from_csv = read(folder(counts__csv=text)).counts
    pd.testing.assert_frame_equal(from_xlsx.drop(columns="source_file"), from_csv.drop(columns="source_file"))


def test_each_sheet_of_a_workbook_is_a_file_of_its_own_and_others_are_named(folder):
    other = [[cell if cell != "T1" else "S1" for cell in row] for row in sheet_rows()]
    found = read(folder(book__xlsx=workbook(Nord=sheet_rows(), Syd=other, Noter=[["Regn tirsdag"]])))
    assert [name.rpartition("/")[2] for name in found.files["source_file"]] == ["book.xlsx [Nord]", "book.xlsx [Syd]"]
    assert set(found.counts["station_id"]) == {"T1", "S1"}
    assert notes(found)["sheets_left_out"]["names"].endswith("book.xlsx [Noter]")


def test_a_formula_never_computed_is_refused_and_not_blank(folder):
    found = read(folder(book__xlsx=workbook(Ark1=sheet_rows(value="=SUM(A1:A2)"))), limit=60)
    assert found.refused[["source_row", "value", "rule"]].to_numpy().tolist() == [[3, "=SUM(A1:A2)", "not_a_number"]]


def test_parquet_is_read_as_the_same_table_in_csv(folder, tmp_path):
    table = pd.read_csv(io.StringIO(TIDY)).assign(t_start=lambda t: pd.to_datetime(t["t_start"], utc=True))
    folder().joinpath("a.parquet").write_bytes(table.to_parquet(index=False))
    from_parquet = read(tmp_path).counts
    (tmp_path / "a.parquet").unlink()
    from_csv = read(folder(a__csv=TIDY)).counts
    pd.testing.assert_frame_equal(from_parquet.drop(columns="source_file"), from_csv.drop(columns="source_file"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_danish_letters_in_every_encoding_excel_writes(folder, encoding):
    assert reported(read(folder(a__csv=SHEET.encode(encoding))).counts, mode="walk", direction="in") == [10, None]


def zip_bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 401_000_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (SHEET.encode() + "22-09-2025;kl. 9-10;æ;1;1;1;4".encode("cp1252"), "mixed_encodings"),
        (b"1," * 600_000, "line_too_long"),
        (b"%PDF-1.7 Dato;Kl.", "undecodable"),
        (b"PK\x03\x04 not a workbook", "broken_workbook"),
        (workbook(Ark1=sheet_rows())[:-200], "broken_workbook"),
        (workbook(Ark1=[]), "no_rows"),
        (b"PAR1 not a table PAR1", "broken_parquet"),
        (b'{"report": [', "broken_json"),
        (b"[" * 100_000, "broken_json"),
        (b'{"report": {"date": 1}}', "unknown_layout"),
        (b'Dato;Kl.;"x\n1;2;3', "broken_table"),
    ],
)
def test_what_is_no_count_file_is_refused_in_words(folder, content, rule):
    (fault,) = faults(folder(a__csv=content))
    assert fault.rule == rule
    assert all("fault." not in line and "{" not in line.split(": ", 1)[0] for line in say(fault))


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(folder):
    (fault,) = faults(folder(a__xlsx=zip_bomb()))
    assert fault.rule == "unpacks_too_large"
