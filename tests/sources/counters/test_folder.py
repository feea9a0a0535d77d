import json
from pathlib import Path

import pandas as pd
import pytest

from movement.publish import language
from movement.sources.counters import read_counts_folder
from movement.sources.counters.overlaps import _Settling
from movement.tables import InputFaults

SITES = frozenset({"S1", "S2", "T1"})
DATA = Path(__file__).resolve().parents[4] / "shared/data"

ECO = """Period,"September 22, 2025 - September 26, 2025",
,
Time,S1,S1 Fodgængere IN,S1 Fodgængere OUT,S1 Cyklister IN,S1 Cyklister OUT,
2025-09-22 00:00:00,10,1,2,3,4,
2025-09-22 00:15:00,0,0,0,0,0,
2025-09-22 00:30:00,,,,,,
2025-09-22 00:45:00,9,1,1,1,1,
"""
SHEET = """Tællested;T1
Udskrevet;01-10-2025
Dato;Kl.;Fodgængere ind;Fodgængere ud;Cykler og knallerter ind;Cykler og knallerter ud;I alt
22-09-2025;kl. 7-8;10,0;20;30;40;100
22-09-2025;kl. 8-9;;20;30;40;90
I alt;;10;40;60;80;190
"""
TIDY = """station_id,mode,direction,t_start,interval_min,count
S2,walk,in,2025-10-26T02:00:00+02:00,60,5
S2,walk,in,2025-10-26T02:00:00+01:00,60,6
S2,cycle,out,2025-10-26T03:00:00+01:00,60,
"""


def read(folder, sites=SITES, limit=5.0, timezone="Europe/Copenhagen"):
    return read_counts_folder(folder, sites=sites, timezone=timezone, refused_rows_limit_pct=limit)


def faults(folder, **kwargs):
    with pytest.raises(InputFaults) as found:
        read(folder, **kwargs)
    return found.value.faults


def say(fault):
    return [language.say_fault(language.catalogue(name), fault) for name in ("da", "en")]


def reported(counts, **keys):
    for key, value in keys.items():
        counts = counts[counts[key] == value]
    return [None if pd.isna(n) else int(n) for n in counts.sort_values("t_start_utc")["count_reported"]]


def notes(read, place=0):
    return {note["note"]: note for note in json.loads(read.files["note"].iloc[place])}


def test_an_absent_or_empty_folder_gives_empty_tables(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        found = read(folder)
        assert len(found.counts) == len(found.refused) == len(found.files) == 0


def test_eco_counter_keeps_the_parts_and_only_compares_the_total(folder):
    found = read(folder(eco__csv=ECO))
    assert found.files["layout"].tolist() == ["eco_counter"]
    assert set(found.counts["direction"]) == {"in", "out"}
    assert reported(found.counts, mode="walk", direction="out") == [2, 0, None, 1]
    assert reported(found.counts, mode="cycle", direction="in") == [3, 0, None, 1]
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2025-09-21 22:00", tz="UTC")
    assert set(found.counts["interval_min"]) == {15}
    assert notes(found)["total_differs"] == {"note": "total_differs", "rows": "1", "first_row": "7"}


def test_eco_counter_of_2025_with_bom_crlf_and_one_direction(folder):
    text = 'Period,"August 14, 2025 12:58 PM -> September 8, 2025 12:59 PM"\r\n,\r\nTime,S1,S1 3010_IN\r\n'
    text += '"Aug 14, 2025 1:00 PM",2,2\r\n"Aug 14, 2025 1:15 PM",0,0\r\n'
    with_mode = "files: {eco.csv: {mode: cycle}}"
    found = read(folder(eco__csv=b"\xef\xbb\xbf" + text.encode(), counts__yaml=with_mode))
    assert reported(found.counts, mode="cycle", direction="in") == [2, 0]
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2025-08-14 11:00", tz="UTC")


def test_a_total_alone_is_kept_as_both(folder):
    text = "Period,x\nTime,S1\n2025-09-22 00:00:00,4\n2025-09-22 01:00:00,5\n"
    found = read(folder(eco__csv=text, counts__yaml="files: {eco.csv: {mode: walk}}"))
    assert reported(found.counts, direction="both", mode="walk") == [4, 5]


def test_a_column_without_a_mode_is_a_fault_that_says_what_to_write(folder):
    (fault,) = faults(folder(eco__csv="Period,x\nTime,S1\n2025-09-22 00:00:00,4\n2025-09-22 01:00:00,5\n"))
    danish, english = say(fault)
    assert "Skriv mode: walk, cycle eller motor" in danish
    assert "Write mode: walk, cycle or motor" in english


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-8"])
def test_danish_sheet_in_every_encoding(folder, encoding):
    found = read(folder(ark__csv=SHEET.encode(encoding)))
    assert found.files["layout"].tolist() == ["danish_sheet"]
    assert reported(found.counts, mode="walk", direction="in") == [10, None]
    assert reported(found.counts, mode="cycle", direction="out") == [40, 40]
    assert set(found.counts["interval_min"]) == {60}
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2025-09-22 05:00", tz="UTC")
    assert found.files["rows_read"].tolist() == [2]
    assert "total_rows" in notes(found)


def test_danish_sheet_with_a_direction_column_of_free_names(folder):
    text = "Tællested;Dato;Kl.;Retning;Gående\nT1;22-09-2025;7-8;mod nord;3\nT1;22-09-2025;7-8;mod syd;4\n"
    found = read(folder(ark__csv=text))
    assert reported(found.counts, direction="in") == [3]
    assert reported(found.counts, direction="out") == [4]


def test_ambiguous_dates_are_refused_in_both_languages(folder):
    (fault,) = faults(folder(ark__csv=SHEET.replace("22-09-2025", "03-04-2026")))
    danish, english = say(fault)
    assert fault.row == 4
    assert '"03-04-2026 kl. 7-8" kan være 2026-04-03 eller 2026-03-04.' in danish
    assert "Skriv i filens afsnit i counts.yaml" in danish
    assert '"03-04-2026 kl. 7-8" can be 2026-04-03 or 2026-03-04.' in english
    assert "Nothing was read from this file." in english


def test_counts_yaml_or_a_day_above_twelve_decides_the_dates(folder):
    text = SHEET.replace("22-09-2025;kl. 7-8", "03-04-2026;kl. 7-8").replace("22-09-2025;kl. 8-9", "03-04-2026;kl. 8-9")
    found = read(folder(ark__csv=text, counts__yaml="files: {ark.csv: {date_order: mdy}}"))
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2026-03-04 06:00", tz="UTC")
    mixed = text.replace("03-04-2026;kl. 8-9", "13-04-2026;kl. 8-9")
    found = read(folder(ark__csv=mixed, counts__yaml=""))
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2026-04-03 05:00", tz="UTC")


def test_tidy_with_offsets_tells_the_two_hours_of_the_autumn_night_apart(folder):
    found = read(folder(tidy__csv=TIDY))
    assert reported(found.counts, mode="walk") == [5, 6]
    assert found.counts["flag"].tolist() == ["", "", ""]
    assert reported(found.counts, mode="cycle") == [None]


def test_tidy_with_a_time_zone_column(folder):
    text = (
        "station_id;mode;direction;t_start;timezone;interval_min;count\nS1;cycle;;2025-07-01 00:00;Europe/London;60;7\n"
    )
    found = read(folder(tidy__csv=text))
    assert found.counts["t_start_utc"].tolist() == [pd.Timestamp("2025-06-30 23:00", tz="UTC")]
    assert found.counts["direction"].tolist() == ["both"]


def test_two_copies_of_the_autumn_hour_are_taken_in_file_order(folder):
    hours = ["01:00", "02:00", "02:00", "03:00"]
    text = "Period,x\nTime,S1 Fodgængere\n" + "".join(f"2025-10-26 {hour},{n}\n" for n, hour in enumerate(hours))
    found = read(folder(eco__csv=text))
    assert reported(found.counts) == [0, 1, 2, 3]
    steps = found.counts.sort_values("t_start_utc")["t_start_utc"].diff().dropna()
    assert set(steps) == {pd.Timedelta(hours=1)}
    assert set(found.counts["flag"]) == {""}


def test_a_single_copy_of_the_autumn_hour_is_kept_and_flagged(folder):
    hours = ["01:00", "02:00", "03:00", "04:00"]
    text = "Period,x\nTime,S1 Fodgængere\n" + "".join(f"2025-10-26 {hour},{n}\n" for n, hour in enumerate(hours))
    found = read(folder(eco__csv=text))
    assert found.counts.set_index("source_row")["flag"].to_dict() == {3: "", 4: "dst_ambiguous", 5: "", 6: ""}
    assert reported(found.counts, flag="dst_ambiguous") == [1]
    assert found.counts.loc[found.counts["flag"] != "", "count"].isna().all()


def test_the_hour_missing_in_the_spring_night_is_fine_and_an_impossible_one_is_refused(folder):
    def text(hours):
        return "Period,x\nTime,S1 Fodgængere\n" + "".join(f"2026-03-29 {hour},4\n" for hour in hours)

    assert len(read(folder(eco__csv=text(["00:00", "01:00", "03:00", "04:00"]))).refused) == 0
    found = read(folder(eco__csv=text(["00:00", "01:00", "02:00", "03:00", "04:00"])), limit=50)
    assert found.refused[["source_row", "value", "rule"]].to_numpy().tolist() == [
        [5, "2026-03-29 02:00", "impossible_local_time"]
    ]


@pytest.mark.parametrize(
    ("value", "rule"),
    [("mange", "not_a_number"), ("-3", "negative"), ("1.034", "number_ambiguous"), ("2,5", "not_whole")],
)
def test_a_row_at_fault_is_listed_and_the_run_goes_on(folder, value, rule):
    text = SHEET.replace("22-09-2025;kl. 8-9;;", f"22-09-2025;kl. 8-9;{value};")
    found = read(folder(ark__csv=text), limit=50)
    assert found.refused[["source_row", "value", "rule"]].to_numpy().tolist() == [[5, value, rule]]
    assert found.files[["rows_read", "rows_kept", "rows_refused"]].to_numpy().tolist() == [[2, 1, 1]]
    assert set(found.counts["source_row"]) == {4}
    for name in ("da", "en"):
        assert f"fault.{rule}" in language.catalogue(name)


def test_bad_date_row_length_and_duplicate_row_are_refused(folder):
    more = "2025-09-31 01:00:00,1,1,0,0,0,\n2025-09-22 01:15:00,1\n2025-09-22 00:00:00,10,1,2,3,4,\n"
    found = read(folder(eco__csv=ECO + more), limit=50)
    assert found.refused[["source_row", "rule"]].to_numpy().tolist() == [
        [8, "bad_date"],
        [9, "row_length"],
        [10, "duplicate_row"],
    ]


def test_more_than_the_limit_of_refused_rows_is_a_fault_of_the_file(folder):
    rows = "".join(f"2025-09-22 {hour:02d}:00:00,{'x' if hour < 2 else 1}\n" for hour in range(20))
    (fault,) = faults(folder(eco__csv="Period,x\nTime,S1 Fodgængere\n" + rows))
    assert "2 af 20 rækker kan ikke læses, mere end de tilladte 5 %" in say(fault)[0]
    assert "2 of 20 rows cannot be read, more than the 5 % allowed" in say(fault)[1]
    assert len(read(folder(), limit=10.0).refused) == 2


def test_all_faults_come_at_once_and_name_the_file(folder):
    found = faults(
        folder(
            a__csv=ECO.replace("S1", "S9"),
            b__csv="hello,there\n1,2\n",
            c__csv=b"\x81\x00\x8d",
            d__csv="",
        )
    )
    assert [(fault.file, fault.rule) for fault in found] == [
        ("a.csv", "unknown_site"),
        ("b.csv", "unknown_layout"),
        ("c.csv", "undecodable"),
        ("d.csv", "unknown_layout"),
    ]
    assert "S9" in say(found[0])[0]
    assert all("fault." not in line and "{" not in line for fault in found for line in say(fault))


def test_counts_yaml_that_names_missing_files_or_unknown_words_is_a_fault(folder):
    text = "files: {gone.csv: {mode: walk}, a.csv: {colour: red}}\nskip: {lost.csv: broken}\n"
    found = faults(folder(a__csv=ECO, counts__yaml=text))
    assert [(fault.rule, fault.value) for fault in found] == [
        ("counts_yaml_unknown", "a.csv: colour"),
        ("count_file_missing", "gone.csv"),
        ("count_file_missing", "lost.csv"),
    ]


def test_a_skipped_file_is_listed_and_not_read(folder):
    found = read(folder(a__csv=ECO, bad__csv="rubbish", counts__yaml="skip: {bad.csv: ødelagt}\nis_synthetic: true\n"))
    assert found.files[["source_file", "skipped", "is_synthetic"]].to_numpy().tolist() == [
        ["a.csv", False, True],
        ["bad.csv", True, True],
    ]
    assert notes(found, 1)["skipped"]["reason"] == "ødelagt"


def test_vendor_ids_become_sites(folder):
    found = read(folder(a__csv=ECO.replace("S1", "13-4175"), counts__yaml='sites: {"13-4175": S1}'))
    assert set(found.counts["station_id"]) == {"S1"}


def test_equal_values_in_two_files_are_accepted_and_noted(folder):
    found = read(folder(a__csv=ECO, b__csv=ECO))
    assert not found.counts.duplicated(["station_id", "mode", "direction", "t_start_utc"]).any()
    assert set(found.counts["source_file"]) == {"a.csv"}
    assert notes(found)["same_hours"] == {"note": "same_hours", "file": "b.csv", "hours": "16", "changed": "0"}


def test_different_values_in_two_files_need_a_word(folder):
    later = ECO.replace("00:00:00,10,1,2", "00:00:00,11,2,2")
    (fault,) = faults(folder(a__csv=ECO, b__csv=later))
    assert fault.rule == "same_hours_differ"
    assert fault.file == "a.csv"
    assert "b.csv" in say(fault)[0]
    assert "replaces:" in say(fault)[1]
    found = read(folder(counts__yaml="replaces: {b.csv: a.csv}"))
    assert reported(found.counts, mode="walk", direction="in")[0] == 2
    assert notes(found, 1)["same_hours"]["changed"] == "1"


def tidy(*rows):
    """Rows (site, direction, local start, minutes, people) of people walking, as a tidy file."""
    said = [",".join(map(str, (site, "walk", *rest))) for site, *rest in rows]
    return "\n".join(["station_id,mode,direction,t_start,interval_min,count", *said, ""])


WAYS = tidy(
    ("T1", "in", "2025-09-01T07:00", 60, 30), ("T1", "out", "2025-09-01T07:00", 60, 10),
    ("T1", "in", "2025-09-01T08:00", 60, 20), ("T1", "out", "2025-09-01T08:00", 60, 5),
    ("T1", "in", "2025-09-03T08:00", 60, 4), ("T1", "out", "2025-09-03T08:00", 60, 3),
)  # fmt: skip
SUMS = tidy(("T1", "both", "2025-09-01T07:00", 60, 41), ("T1", "both", "2025-09-02T07:00", 60, 12))


def test_both_directions_together_and_by_direction_in_two_files_need_a_word(folder):
    (fault,) = faults(folder(a__csv=WAYS, b__csv=SUMS))
    assert (fault.rule, fault.file, fault.row, fault.value) == ("same_days_otherwise", "a.csv", 2, "T1 walk")
    assert fault.detail == {
        "other": "b.csv", "other_row": "2", "days": "1", "ways": "in, out", "minutes": "60",
        "other_ways": "both", "other_minutes": "60", "here": "a.csv", "there": "b.csv",
    }  # fmt: skip
    assert all("b.csv" in line and "replaces:" in line and "{" not in line for line in say(fault))


def test_the_file_that_replaces_it_keeps_the_days_both_have_and_the_other_its_own(folder):
    found = read(folder(a__csv=WAYS, b__csv=SUMS, counts__yaml="replaces: {b.csv: a.csv}"))
    kept = found.counts.groupby("source_file")["count_reported"].sum()
    assert kept.to_dict() == {"a.csv": 4 + 3, "b.csv": 41 + 12}  # of 1 September the total alone
    said = {"note": "same_days_otherwise", "file": "a.csv", "rows": "4", "about": "T1 walk"}
    assert notes(found, 1)["same_days_otherwise"] == said
    found = read(folder(counts__yaml="replaces: {a.csv: [b.csv]}"))
    kept = found.counts.groupby("source_file")["count_reported"].sum()
    assert kept.to_dict() == {"a.csv": 30 + 10 + 20 + 5 + 4 + 3, "b.csv": 12}


def test_directions_and_total_of_one_day_clash_though_no_hour_is_in_both(folder):
    """Days are added up from directions where there are any: the total's afternoon would be lost."""
    (fault,) = faults(folder(a__csv=WAYS, b__csv=tidy(("T1", "both", "2025-09-03T15:00", 60, 9))))
    assert (fault.rule, fault.row, fault.detail["days"]) == ("same_days_otherwise", 6, "1")
    assert len(read(folder(b__csv=tidy(("T1", "both", "2025-09-04T15:00", 60, 9)))).counts) == 7
    assert len(read(folder(b__csv=tidy(("S1", "both", "2025-09-03T15:00", 60, 9)))).counts) == 7


@pytest.mark.parametrize(
    ("start", "minutes", "rows_lost"),
    [("07:15", 15, 1), ("07:45", 30, 2), ("06:45", 15, 0), ("09:00", 15, 0), ("00:00", 1440, 2)],
)
def test_hours_and_their_quarters_in_two_files_need_a_word(folder, start, minutes, rows_lost):
    quarter = tidy(("T1", "in", f"2025-09-01T{start}", minutes, 8))
    made = folder(a__csv=WAYS, b__csv=quarter)
    if not rows_lost:
        assert len(read(made).counts) == 7
        return
    (fault,) = faults(made)
    assert (fault.rule, fault.detail["minutes"]) == ("same_days_otherwise", "60")
    assert fault.detail["other_minutes"] == str(minutes)
    found = read(folder(counts__yaml="replaces: {b.csv: a.csv}"))
    assert len(found.counts) == 7 - rows_lost
    assert notes(found, 1)["same_days_otherwise"]["rows"] == str(rows_lost)


def test_a_file_with_directions_and_their_sum_says_so(folder):
    found = read(folder(a__csv=WAYS + SUMS.split("\n", 1)[1]))
    assert notes(found)["both_beside_ways"] == {"note": "both_beside_ways", "rows": "1", "first_row": "8"}


def test_one_file_may_replace_several_and_the_sheets_of_a_workbook(folder):
    one, other = tidy(("T1", "in", "2025-09-01T07:00", 60, 3)), tidy(("T1", "out", "2025-09-01T07:00", 60, 4))
    made = folder(a__csv=one, b__csv=other, c__csv=SUMS)
    assert [fault.detail["other"] for fault in faults(made)] == ["c.csv", "c.csv"]
    found = read(folder(counts__yaml="replaces: {c.csv: [a.csv, b.csv]}"))
    assert found.counts["count_reported"].tolist() == [41, 12]
    known = _Settling({}, {"new.xlsx": frozenset({"old.csv"})})
    assert known.newer("new.xlsx [uge 36]", "old.csv") == known.newer("old.csv", "new.xlsx [uge 36]")
    assert known.newer("new.xlsx [uge 36]", "other.csv") is None


def test_the_later_export_wins_by_the_files_own_date(folder):
    later = SHEET.replace("01-10-2025", "15-10-2025").replace("10,0;20", "11,0;20")
    found = read(folder(z__csv=SHEET, a__csv=later))
    assert reported(found.counts, mode="walk", direction="in")[0] == 11
    assert set(found.counts["source_file"]) == {"a.csv"}


@pytest.mark.skipif(not DATA.exists(), reason="shared data not there")
@pytest.mark.parametrize(
    ("station", "month"), [("300037926", "2025-10"), ("100053305", "2026-03"), ("300037926", "2025-01")]
)
def test_every_row_of_a_real_month_is_in_counts_or_refused(folder, station, month):
    content = (DATA / f"counts-muenster/{station}/{month}.csv").read_bytes()
    found = read(folder(month__csv=content), sites=frozenset({station}), timezone="Europe/Berlin")
    lines = set(range(2, content.decode().count("\n") + 1))
    assert set(found.counts["source_row"]) | set(found.refused["source_row"]) == lines
    frame = pd.read_csv(DATA / f"counts-muenster/{station}/{month}.csv")
    total = frame[next(name for name in frame if name.startswith(station))].sum()
    assert found.counts["count_reported"].sum() == total
    assert set(found.counts["mode"]) == {"cycle"}
    assert (found.counts["flag"] == "dst_ambiguous").sum() == (8 if month == "2025-10" else 0)


@pytest.mark.skipif(not DATA.exists(), reason="shared data not there")
def test_basels_daily_series_through_a_declaration(folder):
    path = DATA / "counts-basel-zurich/basel/StationDailyTimeSeries-Foot.csv"
    declared = """files:
  "basel*.csv":
    layout: declared
    columns: {date: date, station: station, count: count}
    mode: walk
    interval_min: 1440
    timezone: Europe/Zurich
"""
    frame = pd.read_csv(path)
    sites = frozenset(frame["station"].astype(str))
    found = read(
        folder(basel_foot__csv=path.read_bytes(), counts__yaml=declared), sites=sites, timezone="Europe/Zurich"
    )
    assert len(found.counts) == len(frame)
    assert set(found.counts["direction"]) == {"both"}  # the number after _ in an id is a weekday
    assert set(found.counts["interval_min"]) == {1440}
    first = found.counts[(found.counts["station_id"] == "803")]["t_start_utc"].min()
    assert first == pd.Timestamp("2019-12-31 23:00", tz="UTC")
    bridges = declared + "    other_sites: leave_out\n"
    found = read(folder(counts__yaml=bridges), sites=frozenset({"803", "812", "815"}), timezone="Europe/Zurich")
    assert set(found.counts["station_id"]) == {"803", "812", "815"}
    assert "sites_left_out" in notes(found)


@pytest.mark.parametrize(
    "text",
    [
        SHEET.replace(";Fodgængere ud;", ";Fodgængere\nud;"),
        TIDY.replace("walk", "walkk~").replace(",in,", ",sideways,"),
        "station_id,mode,direction,t_start,interval_min,count\nS2,walk,in,2025-10-26T02:00:00=cmd(),60,\n",
    ],
)
def test_a_file_of_refused_rows_only_is_a_fault_not_a_traceback(folder, text):
    assert [fault.rule for fault in faults(folder(a__csv=text))] == ["too_many_refused"]


@pytest.mark.skipif(not DATA.exists(), reason="shared data not there")
def test_a_header_that_changes_in_a_stations_life_is_followed(tmp_path):
    station = DATA / "counts-muenster/300037926"
    for month in ("2025-05", "2025-06", "2025-08"):  # renamed in June, channels gone in August
        (tmp_path / f"{month}.csv").write_bytes((station / f"{month}.csv").read_bytes())
    found = read(tmp_path, sites=frozenset({"300037926"}), timezone="Europe/Berlin")
    by_way = found.counts.assign(n=found.counts["count_reported"].astype("float64"))
    shares = by_way.pivot_table(index="source_file", columns="direction", values="n", aggfunc="sum")
    assert ((shares["in"] / shares.sum(axis=1)).between(0.4, 0.6)).all()
    said = [{note["note"]: note for note in json.loads(text or "[]")} for text in found.files["note"]]
    assert "header_changed" not in said[0]
    assert said[1]["header_changed"]["file"] == "2025-05.csv"
    assert "Bike" in said[1]["header_changed"]["gone"] + said[1]["header_changed"]["new"]
    assert "Fahrräder" in said[1]["header_changed"]["gone"] + said[1]["header_changed"]["new"]


MULTI = """Period,"September 22, 2025 - September 26, 2025",
,
Time,S1,S1 Pedestrian IN,S1 Pedestrian OUT,S1 Bike IN,S1 Bike OUT,S2,S2 Pedestrian IN,S2 Pedestrian OUT,
"Sep 22, 2025 1:00 PM",10,1,2,3,4,30,10,20,
"Sep 22, 2025 2:00 PM",,,,,,0,0,0,
"""


def test_an_export_of_several_sites_keeps_each_site_and_its_total_apart(folder):
    found = read(folder(multi__csv=MULTI.replace("\n", "\r\n")))
    assert reported(found.counts, station_id="S1", mode="walk", direction="out") == [2, None]
    assert reported(found.counts, station_id="S1", mode="cycle", direction="in") == [3, None]
    assert reported(found.counts, station_id="S2", mode="walk", direction="out") == [20, 0]
    assert set(found.counts["mode"][found.counts["station_id"] == "S2"]) == {"walk"}
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2025-09-22 11:00Z")
    assert found.files["note"].tolist() == [None]  # every total is the sum of its own site's parts
    wrong = read(folder(multi__csv=MULTI.replace(",30,10,20", ",31,10,20")))
    assert notes(wrong)["total_differs"]["rows"] == "1"


def test_cycles_and_mopeds_in_one_class_are_said(folder):
    assert "mopeds_with_cycles" in notes(read(folder(a__csv=SHEET)))


def test_counts_later_than_their_export_are_flagged_and_kept(folder):
    late = SHEET.replace("01-10-2025", "21-09-2025")
    found = read(folder(a__csv=late))
    assert set(found.counts["flag"][found.counts["count_reported"].notna()]) == {"after_export"}
    assert set(read(folder(a__csv=SHEET)).counts["flag"]) == {""}
    own = read_counts_folder(
        folder(a__csv=SHEET.replace("Udskrevet;01-10-2025\n", "")),
        sites=SITES, timezone="Europe/Copenhagen", refused_rows_limit_pct=5, data_until="2025-09-21",
    )  # fmt: skip
    assert set(own.counts["flag"][own.counts["count_reported"].notna()]) == {"after_export"}


def test_the_advice_about_two_files_can_be_copied_into_counts_yaml_as_it_stands(folder, tmp_path, monkeypatch):
    """counts.yaml calls files as they lie in its folder, not by the path that the message begins with."""
    other = TIDY.replace(",5\n", ",6\n", 1)
    folder(a__csv=TIDY, b__csv=other)
    monkeypatch.chdir(tmp_path.parent)
    here = type(tmp_path)(tmp_path.name)
    (fault,) = faults(here)
    for said in say(fault):
        lines = said.splitlines()
        assert lines[1:3] == ["replaces:", '  "a.csv": "b.csv"']
        (tmp_path / "counts.yaml").write_text("\n".join(lines[1:3]), encoding="utf-8")
        assert set(read(here).counts["source_file"]) == {f"{here}/a.csv"}
        (tmp_path / "counts.yaml").unlink()


def test_the_example_of_a_described_layout_can_be_copied_and_reads(folder, tmp_path):
    """An unknown file is answered with an entry for counts.yaml; with the file's name and headings it is enough."""
    rows = "14-09-2026;07:00;5;2\n14-09-2026;08:00;7;4\n"
    for place, header in enumerate(("Dato;Kl.;Gående;Cyklister\n", "Date;Time;Walkers;Cyclists\n")):
        text = header + rows
        (tmp_path / "counts.yaml").unlink(missing_ok=True)
        (fault,) = faults(folder(x__csv="hello;there\n1;2\n"))
        said = say(fault)[place]
        entry = said[said.index("files:") : said.rindex("\n")].replace("minfil", "x").replace("myfile", "x")
        found = read(folder(x__csv=text, counts__yaml=entry))
        assert reported(found.counts, mode="walk") == [5, 7]
        assert reported(found.counts, mode="cycle") == [2, 4]
