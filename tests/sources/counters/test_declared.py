"""Tables described in counts.yaml, and the three descriptions that come with the program."""

import pandas as pd
import pytest

from tests.sources.counters.test_folder import DATA, faults, notes, read, reported

ZURICH = """FK_ZAEHLER,FK_STANDORT,DATUM,VELO_IN,VELO_OUT,FUSS_IN,FUSS_OUT,OST,NORD
Y1,1,2019-03-31T01:45,3,1,,,1000,2000
Y1,1,2019-03-31T03:00,4,,,,1000,2000
Y2,2,2019-03-31T03:00,,,7,0,1000,2000
"""
MELBOURNE = """ID,Date_Time,Year,Month,Mdate,Day,Time,Sensor_ID,Sensor_Name,Hourly_Counts
1,"November 01, 2019 05:00:00 PM",2019,November,1,Friday,17,4,Town Hall (West),300
2,"November 01, 2019 06:00:00 PM",2019,November,1,Friday,18,4,Town Hall (West),"1,200"
"""


def test_zurich_quarter_hours(folder):
    said = "files: {z.csv: {like: zurich}}\nsites: {'1': S1, '2': S2}\n"
    found = read(folder(z__csv=ZURICH, counts__yaml=said))
    assert reported(found.counts, station_id="S1", mode="cycle", direction="in") == [3, 4]
    assert reported(found.counts, station_id="S1", mode="cycle", direction="out") == [1, None]
    assert reported(found.counts, station_id="S2", mode="walk", direction="in") == [7]
    times = found.counts["t_start_utc"].drop_duplicates().sort_values()
    assert times.diff().max() == pd.Timedelta("15min")  # from 01:45 to 03:00 that night the clock jumps
    assert notes(found)["columns_left_out"]["names"] == "FK_ZAEHLER, OST, NORD"
    assert not len(found.refused)


def test_melbourne_hours_with_thousands_in_quotes_are_refused_and_not_1_2(folder):
    said = "files: {m.csv: {like: melbourne}}\nsites: {'4': S1}\n"
    found = read(folder(m__csv=MELBOURNE, counts__yaml=said), limit=60)
    assert reported(found.counts) == [300]
    assert found.counts["t_start_utc"].tolist() == [pd.Timestamp("2019-11-01 06:00Z")]
    assert found.refused["rule"].tolist() == ["number_ambiguous"]


def test_a_month_in_a_language_not_declared_is_refused_and_not_guessed(folder):
    table = "Aika;Laskuri\nke 1 marras 2014 00:00;5\nke 1 tammi 2014 00:00;6\n"
    said = "files: {a.csv: {layout: declared, mode: cycle, station: S1, interval_min: 60,"
    said += " columns: {date: Aika, count: Laskuri}}}\n"
    found = read(folder(a__csv=table, counts__yaml=said), limit=100)
    assert found.refused["rule"].tolist() == ["bad_date", "bad_date"]


def test_danish_month_names_need_no_declaration(folder):
    table = "dato,antal\n1. maj 2025,5\n2. okt 2025,6\n"
    said = "files: {a.csv: {layout: declared, mode: cycle, station: S1, interval_min: 1440,"
    said += " columns: {date: dato, count: antal}}}\n"
    found = read(folder(a__csv=table, counts__yaml=said))
    local = found.counts["t_start_utc"].dt.tz_convert("Europe/Copenhagen").dt.strftime("%d-%m").tolist()
    assert local == ["01-05", "02-10"]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("{like: zuerich}", "a.csv: like: zuerich"),
        ("{layout: declared, months: [a, b]}", "a.csv: months: ['a', 'b']"),
    ],
)
def test_words_counts_yaml_does_not_know_are_faults(folder, entry, value):
    found = faults(folder(a__csv=ZURICH, counts__yaml=f"files:\n  a.csv: {entry}\n"))
    assert [fault.value for fault in found] == [value]


def test_a_column_of_counts_takes_only_words_that_are_known(folder):
    entry = "{layout: declared, interval_min: 15, columns: {date: DATUM, station: FK_STANDORT, VELO_IN: {mod: cycle}}}"
    found = faults(folder(a__csv=ZURICH, counts__yaml=f"files:\n  a.csv: {entry}\n"))
    assert {(fault.rule, fault.value) for fault in found} == {
        ("column_unknown_word", "mod"),
        ("column_not_declared", "mode"),
    }


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_every_row_of_helsinki_is_kept_or_refused_with_its_reason(tmp_path):
    source = DATA / "counts-helsinki/Helsingin_pyorailijamaarat.csv"
    (tmp_path / source.name).write_bytes(source.read_bytes())
    header = source.read_text(encoding="utf-8-sig", errors="replace").splitlines()[0].split(";")
    names = [name.strip() for name in header[1:] if name.strip()]
    said = f"files:\n  {source.name}: {{like: helsinki}}\n"
    (tmp_path / "counts.yaml").write_text(said, encoding="utf-8")
    found = read(tmp_path, sites=frozenset(names))
    (file,) = found.files.to_dict("records")
    assert file["rows_read"] == file["rows_kept"] + file["rows_refused"]
    assert file["rows_read"] > 37_000
    assert len(found.counts) == file["rows_kept"] * len(names)
    assert set(found.refused["rule"]) <= {"impossible_local_time", "duplicate_row"}
