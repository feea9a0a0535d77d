"""The shipped demonstration counts: made again byte for byte, read without a fault, and the truth found again."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from movement import study, tables
from movement.simulate import files, world
from movement.sources.counters import read_counts_folder
from pipelines import graph, simulate_counts, stage

SHIPPED = graph.HOUSE / stage.RAW_COUNTS
WEATHER = stage.RAW_STUDY / "weather.csv"
CPH = "Europe/Copenhagen"
DAYS = pd.date_range("2025-10-20", "2025-11-02")  # with the autumn night
CALM = world.Truth(shared_shock_sd=0, own_shock_sd=0, drift_sd=0, rain_loss=0)


@pytest.fixture(scope="module")
def truth():
    return json.loads((SHIPPED / "truth.json").read_text(encoding="utf-8"))


def test_written_again_every_byte_is_the_same(truth, tmp_path, monkeypatch):
    for folder in (stage.RAW_STUDY, stage.RAW_NETWORK, stage.RAW_SCENARIOS, stage.RAW_TERRAIN):
        shutil.copytree(graph.HOUSE / folder, tmp_path / folder)
    (tmp_path / WEATHER).unlink()
    shutil.copy(graph.HOUSE / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    simulate_counts.run(seed=truth["seed"])
    made = {path.name: path.read_bytes() for path in (tmp_path / stage.RAW_COUNTS).iterdir()}
    shipped = {path.name: path.read_bytes() for path in SHIPPED.iterdir() if not path.name.startswith(".")}
    assert made.keys() == shipped.keys()
    assert [name for name in made if made[name] != shipped[name]] == []
    assert sum(map(len, made.values())) < 6_000_000
    assert (tmp_path / WEATHER).read_bytes() == (graph.HOUSE / WEATHER).read_bytes()


def test_all_files_are_read_and_only_the_bad_cells_refused(truth):
    sites = json.loads((graph.HOUSE / stage.RAW_STUDY / "sites.geojson").read_text(encoding="utf-8"))["features"]
    known = frozenset(site["properties"]["station_id"] for site in sites)
    read = read_counts_folder(SHIPPED, sites=known, timezone=CPH, refused_rows_limit_pct=5)
    assert set(read.files["layout"]) == {"tidy", "eco_counter", "danish_sheet", "stop_interviews"}
    assert read.files["is_synthetic"].all()
    counts = read.files.loc[read.files["layout"] != "stop_interviews", "station_ids"]
    assert set(",".join(counts).split(",")) == known
    assert read.interviews["station_id"].value_counts().to_dict() == {"S1": 168, "S2": 168, "S3": 84}
    bad = {(fault["file"], fault["first_row"]) for fault in truth["faults"] if fault["kind"] in files.BAD_CELLS}
    bad |= {
        (fault["file"], fault["first_row"])
        for fault in truth["faults"]
        if fault["kind"] == "dst_one_copy" and int(fault["first_row"]) > 3000  # the hour that does not exist in spring
    }
    found = set(zip(read.refused["source_file"].str.split("/").str[-1], read.refused["source_row"], strict=True))
    assert found == bad


def test_people_asked_say_what_the_truth_is(truth):
    """Over seeds, as one study asks few: the link's users alone are asked what they would do without it."""
    dates = pd.date_range("2026-08-31", "2026-09-13")
    said = pd.concat(
        [world.asked("S3", "new_link", dates, is_after=True, truth=world.Truth(), seed=seed) for seed in range(60)]
    )
    assert len(said) == 60 * 6 * world.ASKED_A_DAY
    known = truth["asked"]
    assert 100 * (1 - said["lives_here"].dropna().mean()) == pytest.approx(known["non_residents_pct new_link"], abs=2)
    assert 100 * (1 - said["is_rerouted"].dropna().mean()) == pytest.approx(known["trips_not_made_pct new_link"], abs=2)
    assert said["tryghed"].dropna().mean() == pytest.approx(known["tryghed after"], abs=0.1)
    assert said["purpose"].isna().mean() == pytest.approx(world.NO_ANSWER, abs=0.01)
    old = world.asked("S1", "old_crossing", dates, is_after=True, truth=world.Truth(), seed=1)
    assert old["is_rerouted"].isna().all()


def test_every_kind_of_fault_is_there(truth):
    kinds = {fault["kind"] for fault in truth["faults"]}
    assert {"gap", "stuck", "duplicated_day", "blank", "dst_two_copies", "dst_one_copy"} <= kinds
    assert kinds & set(files.BAD_CELLS)


def test_link_takes_its_share_and_the_net_rise_is_what_is_left(truth):
    assert truth["setting"]["net_rise"] == pytest.approx(0.12)
    assert truth["screenline_change_pct"]["link_alone"] == pytest.approx(12, abs=0.2)


def row(**changes):
    plain = {"station_id": "A", "mode": "walk", "role": "control", "kind": "everyday", "before": 480.0, "after": 480.0}
    frame = pd.DataFrame([plain | {"residents_share": 0.0, "school": 0.0} | changes])
    return next(frame.itertuples())


def test_a_mean_week_in_september_is_the_mean_asked_for():
    days = world.day_means(row(), pd.date_range("2025-09-01", periods=7), frozenset(), truth=CALM, seed=1)
    assert days.mean() == pytest.approx(480)
    assert days[5] < days[0]


def test_school_is_added_on_school_days_and_in_school_hours_only():
    dates = pd.date_range("2026-08-31", periods=7)
    hours = world.hour_means(row(school=100.0), np.zeros(7), dates, frozenset(), truth=world.Truth())
    assert hours.sum(axis=1).tolist() == [100] * 5 + [0, 0]
    assert np.flatnonzero(hours[0]).tolist() == list(world.SCHOOL_HOURS)


def test_draws_of_one_site_do_not_depend_on_another():
    means = np.full((2, 24), 5.0)
    first = world.draw(row(), means, truth=world.Truth(), seed=3, what="x")
    world.draw(row(station_id="B"), means, truth=world.Truth(), seed=3, what="x")
    assert (world.draw(row(), means, truth=world.Truth(), seed=3, what="x") == first).all()
    assert not (world.draw(row(), means, truth=world.Truth(), seed=4, what="x") == first).all()


def test_made_up_weather_says_so_and_tells_the_shocks_of_the_counts(truth):
    """Without other noise a site's days differ by the shared shock alone: fewer on wet days, more on warm ones."""
    shipped = study.read_weather(graph.HOUSE / stage.RAW_STUDY).set_index("date")
    assert shipped["source"].str.startswith("ASSUME").all()
    dates = pd.date_range("2025-09-01", "2025-09-30")
    quiet = world.Truth(own_shock_sd=0, drift_sd=0)
    ratio = np.log(world.day_means(row(), dates, frozenset(), truth=quiet, seed=truth["seed"]))
    ratio -= np.log(world.day_means(row(), dates, frozenset(), truth=CALM, seed=truth["seed"]))
    told = world.weather(dates, truth=world.Truth(), seed=truth["seed"])
    assert told["temperature_c"].tolist() == shipped.loc[dates, "temperature_c"].tolist()
    is_wet = told["precipitation_mm"] >= 1
    assert (told["precipitation_mm"] > 0).tolist() == is_wet.tolist()
    dry = ratio - np.where(is_wet, np.log(1 - quiet.rain_loss), 0.0)
    assert np.corrcoef(dry, told["temperature_c"])[0, 1] > 0.8
    assert dry.std() < 0.8 * ratio.std()  # rain is a good part of what the days differ by


@pytest.mark.parametrize(("source", "is_kept"), [("DMI 06180", True), ("ASSUME guessed", False)])
def test_weather_that_was_measured_is_never_written_over(tmp_path, monkeypatch, source, is_kept):
    monkeypatch.chdir(tmp_path)
    stage.RAW_STUDY.mkdir(parents=True)
    WEATHER.write_text(f"date;temperature_c;precipitation_mm;source\n2025-09-01;15;0;{source}\n", encoding="utf-8")
    known = study.read_weather(stage.RAW_STUDY)
    simulate_counts.write_weather(known, tables.WEATHER.empty())
    assert study.read_weather(stage.RAW_STUDY).equals(known) == is_kept


@pytest.mark.parametrize(("faults", "hours"), [({}, 25), ({"one_copy": "yes"}, 24)])
def test_autumn_night_as_two_vendors_write_it(tmp_path, faults, hours):
    counts = {"walk": np.ones((len(DAYS), 24, 2), dtype=np.int64)}
    made = files.counter_export("a.csv", "A", DAYS, counts, timezone=CPH, faults=faults)
    (tmp_path / "a.csv").write_bytes(made.content)
    read = read_counts_folder(tmp_path, sites=frozenset("A"), timezone=CPH, refused_rows_limit_pct=0).counts
    night = read[read["t_start_utc"].dt.tz_convert(CPH).dt.date == pd.Timestamp("2025-10-26").date()]
    assert len(night) == 2 * hours
    assert (night["flag"] == "dst_ambiguous").sum() == (2 if faults else 0)


def test_fault_rows_point_at_the_cell(tmp_path):
    counts = {"walk": np.ones((3, 24, 2), dtype=np.int64)}
    made = files.danish_sheet("a.csv", "A", DAYS[:3], counts, bad_cell="words", encoding="cp1252")
    (fault,) = made.faults
    assert "ca. 10" in made.content.decode("cp1252").splitlines()[fault.first_row - 1]
