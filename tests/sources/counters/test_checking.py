"""`movement check`, as a planner with one file in hand meets it."""

import json
import shutil

import pandas as pd
import pytest

from movement import cli
from movement.sources.counters import check_file
from pipelines import graph, stage
from tests.sources.counters.test_folder import DATA, SHEET, SITES, TIDY

GAP = """Tællested;T1
Dato;Kl.;Fodgængere ind
22-09-2025;kl. 7-8;10
22-09-2025;kl. 8-9;
22-09-2025;kl. 12-13;4
"""


def one(path, sites=SITES):
    (table,) = check_file(path, sites=sites, timezone="Europe/Copenhagen", refused_rows_limit_pct=5.0)
    return table


def test_gaps_blanks_and_people_of_each_series(folder):
    (series,) = one(folder(a__csv=GAP) / "a.csv").series
    assert (series.intervals, series.blank, series.absent, series.longest_gap_min) == (3, 1, 3, 180)
    assert (series.station_id, series.mode, series.direction, series.interval_min) == ("T1", "walk", "in", 60)
    assert series.people == 14
    assert series.first_utc == pd.Timestamp("2025-09-22 05:00Z")


def test_a_file_of_an_unknown_site_is_understood_and_refused_at_once(folder):
    table = one(folder(a__csv=GAP.replace("T1", "T9")) / "a.csv")
    assert [fault.rule for fault in table.faults] == ["unknown_site"]
    assert table.series[0].station_id == "T9"


def test_without_a_study_every_site_is_accepted(folder):
    assert one(folder(a__csv=GAP) / "a.csv", sites=frozenset()).faults == ()


def test_counts_yaml_beside_the_file_holds(folder):
    said = "files: {'*.csv': {date_order: mdy}}\n"
    ambiguous = GAP.replace("22-09-2025", "03-04-2025")
    assert [fault.rule for fault in one(folder(a__csv=ambiguous) / "a.csv").faults] == ["ambiguous_date"]
    table = one(folder(counts__yaml=said) / "a.csv")
    assert table.series[0].first_utc == pd.Timestamp("2025-03-04 06:00Z")


@pytest.mark.parametrize(("language", "words"), [("da", "Filen kan bruges"), ("en", "The file can be used")])
def test_the_command_says_it_in_words_and_writes_nothing(folder, tmp_path, capsys, language, words):
    path = folder(a__csv=TIDY) / "a.csv"
    assert cli.main(["check", str(path), "--study", str(tmp_path / "none"), "--lang", language]) == 0
    said = capsys.readouterr().out
    assert words in said
    assert "S2" in said
    assert [item.name for item in tmp_path.iterdir()] == ["a.csv"]


def test_the_command_refuses_with_a_code_and_all_kinds_of_row_faults(folder, capsys):
    wrong = SHEET.replace("kl. 8-9", "kl. 27-28").replace("10,0", "1.034")
    path = folder(a__csv=wrong) / "a.csv"
    assert cli.main(["check", str(path), str(path), "--study", "none", "--lang", "en", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first == second
    assert [fault["rule"] for fault in first["refused_rows"]] == ["number_ambiguous", "bad_date"]
    assert [fault["rule"] for fault in first["faults"]] == ["too_many_refused"]


def test_a_file_that_is_not_there_is_named(capsys):
    assert cli.main(["check", "no such file.csv", "--lang", "da"]) == 2
    assert "no such file.csv" in capsys.readouterr().err


def test_sites_and_limits_of_the_study_hold(folder, tmp_path, capsys):
    study = tmp_path / "study"
    shutil.copytree(graph.HOUSE / stage.RAW_STUDY, study / stage.RAW_STUDY)
    shutil.copy(graph.HOUSE / stage.PARAMS_FILE, study)
    path = folder(a__csv=GAP.replace("T1", "T9")) / "a.csv"
    assert cli.main(["check", str(path), "--study", str(study), "--lang", "en"]) == 1
    assert 'no count site "T9"' in capsys.readouterr().out


def test_a_broken_study_is_said_in_words(folder, tmp_path, capsys):
    shutil.copy(graph.HOUSE / stage.PARAMS_FILE, tmp_path)
    (tmp_path / stage.RAW_STUDY).mkdir(parents=True)
    (tmp_path / stage.RAW_STUDY / "sites.geojson").write_text("{", encoding="utf-8")
    assert cli.main(["check", str(folder(a__csv=GAP) / "a.csv"), "--study", str(tmp_path), "--lang", "da"]) == 2
    assert "sites.geojson" in capsys.readouterr().err


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_a_month_of_muenster_has_the_gaps_its_rows_leave():
    series = one(DATA / "counts-muenster/100053305/2025-10.csv", sites=frozenset()).series
    assert {item.absent for item in series} == {4}
    assert {item.flagged for item in series} == {4}  # the autumn hour that stands there once
