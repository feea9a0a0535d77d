"""Public Life Data Protocol: one table and a workbook, template and specification, and what we write is read again."""

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from movement import tables
from movement.publish.spreadsheets import Note, plain_workbook_bytes
from movement.sources.counters.public_life import tables_of
from tests.sources.counters.test_folder import faults, notes, read, reported, say

HEADER = (
    "agency_name,study_id,location_id,location_type,survey_id,survey_time_start,survey_time_stop,"
    "survey_representation,Survey_Surveor_Name,row_id,row_total,mode_pedestrian,mode_bicyclist,gender_female\n"
)
MOVING = (
    HEADER
    + """City,st,S1,line,a,20260901:0730,20260901:0740,absolute,Ann,1,3,2,1,1
City,st,S1,line,a,20260901:0730,20260901:0740,absolute,Ann,2,5,5,,2
City,st,S1,line,b,20260901:0830,20260901:0840,absolute,Ann,1,0,0,0,0
City,st,S1,line,c,20260901:0930,20260901:0940,relative,Ann,1,40,40,0,0
"""
)
STAYING = """location_id,location_type,survey_id,survey_time_start,row_id,row_total,\
posture_sitting_formal,posture_standing,activity_conversing
T1,area,x,20260901:1200,1,6,4,2,
T1,area,x,20260901:1200,2,1,,1,1
"""


def test_people_moving_are_added_up_by_survey_and_a_scaled_survey_is_no_count(folder):
    found = read(folder(moving__csv=MOVING), limit=30)
    assert reported(found.counts, mode="walk") == [7, 0]
    assert reported(found.counts, mode="cycle") == [1, 0]
    assert found.counts["t_start_utc"].min() == pd.Timestamp("2026-09-01 05:30Z")
    assert set(found.counts["interval_min"]) == {10}
    assert found.refused[["source_row", "rule"]].to_numpy().tolist() == [[5, "relative_survey"]]
    assert notes(found)["rows_of_surveys"]["rows"] == "3"
    row = found.files.iloc[0]
    assert (row["layout"], row["rows_read"], row["rows_kept"], row["rows_refused"]) == ("public_life", 4, 3, 1)


def test_a_total_that_is_not_its_parts_is_said(folder):
    found = read(folder(moving__csv=MOVING.replace(",1,3,2,1,1", ",1,9,2,1,1")), limit=30)
    assert reported(found.counts, mode="walk") == [7, 0]
    assert notes(found)["total_differs"]["rows"] == "1"


def test_people_staying_are_a_table_of_their_own(folder):
    found = read(folder(staying__csv=STAYING))
    assert found.counts.empty
    rows = found.staying[["source_row", "kind", "category", "people"]].to_numpy().tolist()
    assert [2, "total", "total", 6.0] in rows
    assert [2, "posture", "sitting_formal", 4.0] in rows
    assert [3, "activity", "conversing", 1.0] in rows
    assert len(rows) == 6  # two totals, four numbers; blanks are no zeros
    assert found.staying["t_utc"].unique().tolist() == [pd.Timestamp("2026-09-01 10:00Z")]


def test_a_workbook_with_a_sheet_per_table_is_put_together(folder):
    book = openpyxl.Workbook()
    book.active.title = "survey_context"
    for cells in (
        ["survey_id", "location_id", "survey_time_start", "survey_time_stop", "survey_representation", "survey_method"],
        ["a", "S1", "20260901:0730", "20260901:0745", "absolute", "drone "],
    ):
        book.active.append(cells)
    for title, column, numbers in (("mode", "mode_pedestrian", [4, 2]), ("gender", "gender_male", [1, 2])):
        sheet = book.create_sheet(title)
        sheet.append(["survey_id", "row_id", "row_total", column])
        for row, number in enumerate(numbers, start=1):
            sheet.append(["a", row, 3 + row, number])
    book.create_sheet("study").append(["study_id"])
    place = folder()
    book.save(place / "pldp.xlsx")
    found = read(place)
    assert reported(found.counts, mode="walk") == [6]
    assert found.counts["interval_min"].tolist() == [15]


def test_a_column_the_protocol_does_not_have_is_named(folder):
    (fault,) = faults(folder(moving__csv=MOVING.replace("gender_female", "shoes")))
    assert (fault.rule, fault.value, fault.row) == ("unknown_column", "shoes", 1)
    assert all("shoes" in text for text in say(fault))


def test_what_is_written_is_read_again_with_the_same_totals(folder):
    days = pd.date_range("2026-09-01", periods=3)
    frame = pd.DataFrame({"station_id": "S1", "period": "all_day", "date": days, "day_type": "weekday"})
    daily = pd.concat(
        [frame.assign(mode="walk", count=[10.0, 0.0, 30.0]), frame[:2].assign(mode="cycle", count=[1.0, 2.0])]
    ).assign(campaign_id=None, valid_share=1.0, is_valid=True)
    sites = gpd.GeoDataFrame(
        {"station_id": ["S1"], "name_da": ["Broen"], "name_en": ["Bridge"]}, geometry=[Point(12.4, 55.7)], crs=4326
    )
    written = tables_of(tables.DAILY.check(daily.reset_index(drop=True)), sites, study_id="Trial")
    note = Note("READ ME", ["Made up.", "Opdigtet."])  # a sheet that is no table does not stand in the way
    content = plain_workbook_bytes(written, note=note)
    assert content == plain_workbook_bytes(written, note=note)
    place = folder()
    (place / "public_life.xlsx").write_bytes(content)
    found = read(place)
    assert reported(found.counts, mode="walk") == [10, 0, 30]
    assert reported(found.counts, mode="cycle") == [1, 2, None]
    assert set(found.counts["interval_min"]) == {1440}
    assert written["survey_context"]["survey_representation"].unique().tolist() == ["absolute"]


INTERVIEWS = """Nr;Tællested;Dato;Kl.;Bor;Formål;Uden forbindelsen;Tryghed
1;S1;14-09-2026;16:05;Værebro;Indkøb;omvej;7
2;S1;14-09-2026;16:09;Bagsværd;;ikke;
3;S1;14-09-2026;16:12;;Natur;bil;11
4;S1;14-09-2026;16:20;Værebro;jagt;ikke;3
5;S1;14-09-2026;;Værebro;Skole;måske;3
"""


def test_interviews_are_read_and_an_answer_that_is_none_is_refused(folder):
    found = read(folder(stop__csv=INTERVIEWS), limit=80)
    assert found.interviews["source_row"].tolist() == [2, 3]
    assert found.interviews["purpose"].tolist() == ["shopping", None]
    assert found.interviews["without_link"].tolist() == ["other_route", "not_made"]
    assert found.interviews["tryghed"].tolist() == [7, pd.NA]
    assert found.interviews["lives_side"].tolist() == ["Værebro", "Bagsværd"]
    assert found.interviews["date"].unique().tolist() == [pd.Timestamp("2026-09-14")]
    assert found.refused[["source_row", "rule"]].to_numpy().tolist() == [
        [4, "bad_score"],
        [5, "bad_purpose"],
        [6, "bad_answer"],
    ]
    row = found.files.iloc[0]
    assert (row["layout"], row["rows_read"], row["rows_kept"], row["rows_refused"]) == ("stop_interviews", 5, 2, 3)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("S1;14-09-2026;16:05", "X9;14-09-2026;16:05", "unknown_site"),
        ("14-09-2026", "04-09-2026", "ambiguous_date"),
        ("Formål", "Hat", "unknown_column"),
    ],
)
def test_interviews_follow_the_rules_of_counts(folder, old, new, rule):
    found = faults(folder(stop__csv=INTERVIEWS.replace(old, new)), limit=80)
    assert {fault.rule for fault in found} == {rule}
    assert all("{" not in text for fault in found for text in say(fault))


def test_a_date_of_interviews_that_can_be_two_is_told_with_both(folder):
    """The first row's date is plain; the second can be 4 September or 9 April."""
    text = INTERVIEWS.replace("14-09-2026", "2026-09-14", 1).replace("14-09-2026", "04-09-2026")
    (fault,) = faults(folder(stop__csv=text), limit=80)
    danish, english = say(fault)
    assert fault.row == 3
    assert "kan være 2026-09-04 eller 2026-04-09" in danish
    assert "can be 2026-09-04 or 2026-04-09" in english


def test_a_file_that_writes_dates_both_ways_is_told_with_one_of_each(folder):
    text = INTERVIEWS.replace("14-09-2026", "09-15-2026", 1)
    (fault,) = faults(folder(stop__csv=text), limit=80)
    assert (fault.rule, fault.row) == ("dates_mixed", 3)
    danish, english = say(fault)
    assert 'snart dagen først ("14-09-2026' in danish
    assert "?" not in danish + english
