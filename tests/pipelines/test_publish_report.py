"""The stage on a study in which every table is empty: whole pages, the same bytes twice; means by hand."""

import io

import openpyxl
import pandas as pd

from movement import tables
from movement.publish import summed_severance, summed_tables
from pipelines import catalogue_tables, list_assumptions, publish_report, stage
from tests.publish.world import rows

NAMES = {"name_da": "Prøveby", "name_en": "Trial Town", "crs": "EPSG:25832", "timezone": "Europe/Copenhagen"}
LIMITS = (
    {"reach_min": 15},
    {"free_crossing_m": 400, "slight_min": 1, "moderate_min": 3, "severe_min": 6, "main_road_per_day": 5000},
)


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_a_study_without_anything_gives_whole_pages_twice_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path, table in catalogue_tables.TABLES.items():
        frame = table.empty()
        table.write(frame.set_crs("EPSG:25832") if table.geometry else frame, path)
    stage.PARAMS_FILE.write_text("rate: 3 # ASSUME: ours\n", encoding="utf-8")
    list_assumptions.run(list_assumptions.Params())
    publish_report.run(publish_report.Params(NAMES, "da", *LIMITS))
    first = content(stage.DRAFT_REPORTS)
    publish_report.run(publish_report.Params(NAMES, "da", *LIMITS))
    assert content(stage.DRAFT_REPORTS) == first
    assert {
        "index.html",
        "da/report.html",
        "en/report.html",
        "tables/effects.csv",
        "tables/report_tables.xlsx",
    } <= first.keys()
    assert {f"tables/{table.name}.csv" for table in (*summed_tables.SUMMED, *summed_severance.SUMMED)} <= first.keys()
    inside = {f"tables/{name}.csv" for name in ("crossing_trips", "school_ways", "encounters")}
    assert not inside & first.keys()  # single groups between single places stay inside
    sheets = openpyxl.load_workbook(io.BytesIO(first["tables/report_tables.xlsx"]), read_only=True).sheetnames
    assert {table.name for table in summed_tables.SUMMED} <= set(sheets)
    assert {path.name for path in stage.DRAFT_REPORTS.parent.iterdir()} == {stage.DRAFT_REPORTS.name}
    assert "There are no counts after to hold the forecast against." in first["en/report.html"].decode()
    assert "Nothing was observed" in first["en/report.html"].decode()
    assert str(tmp_path).encode() not in b"".join(first.values())


def test_a_demonstration_says_so_in_every_workbook_and_beside_the_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path, table in catalogue_tables.TABLES.items():
        frame = table.empty()
        table.write(frame.set_crs("EPSG:25832") if table.geometry else frame, path)
    made = {"source_file": "a.csv", "layout": "tidy", "is_synthetic": True, "skipped": False}
    tables.COUNT_FILES.write(rows(tables.COUNT_FILES, made), stage.COUNT_FILES)
    stage.PARAMS_FILE.write_text("rate: 3 # ASSUME: ours\n", encoding="utf-8")
    list_assumptions.run(list_assumptions.Params())
    publish_report.run(publish_report.Params(NAMES, "da", *LIMITS))
    folder = stage.DRAFT_REPORTS / "tables"
    for name in ("report_tables.xlsx", "public_life.xlsx"):
        first = openpyxl.load_workbook(folder / name, read_only=True).worksheets[0]
        said = [row[0].split(".")[0] for row in first.iter_rows(values_only=True)]
        assert said == ["Demonstrationsdata", "Demonstration data"]
    beside = (folder / "README.txt").read_text(encoding="utf-8-sig")
    assert beside.startswith("Demonstrationsdata. Tællingerne er helt eller delvis simulerede")
    written = {path.name for path in folder.iterdir()} - {"README.txt"}
    for name in written:
        assert beside.count(f"\n{name}: ") == 2, name


def test_access_is_averaged_over_residents():
    run = {
        "scenario_id": "before",
        "land_use": "today",
        "mode": "walk",
        "attractions_within_15_min": 1,
        "cut_off_attractions": 0,
    }
    zones = [
        run
        | {
            "zone_id": "a",
            "residents": 300.0,
            "people_within_15_min": 100.0,
            "detour_ratio_across": 2.0,
            "detour_ratio_along": 1.0,
        },
        run
        | {
            "zone_id": "b",
            "residents": 100.0,
            "people_within_15_min": 500.0,
            "detour_ratio_across": None,
            "detour_ratio_along": 1.4,
        },
    ]
    means = publish_report.access_means(tables.ACCESS.check(pd.DataFrame(zones))).squeeze()
    assert means["residents"] == 400
    assert means["people_within_15_min"] == 200  # (300 x 100 + 100 x 500) / 400
    assert means["detour_ratio_across"] == 2.0  # only the zone that has one
    assert means["detour_ratio_along"] == 1.1
