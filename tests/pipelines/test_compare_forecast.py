"""The stage on the three-node network with flows by hand: sums of changes, one run, no run, residents away."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString

from movement import tables
from pipelines import compare_forecast, stage
from tests.demand import world
from tests.publish.world import rows

PARAMS = compare_forecast.Params({"crs": world.CRS}, site_drift_sd=0.15)
FLOWS = {  # people on round_e, which S1 and S3 count, and on round_w, which S2 and S4 count
    "before": (100.0, 50.0),
    "light": (100.0, 60.0),
    "path": (130.0, 50.0),
    "both": (150.0, 70.0),
}
WORDS = "name_da: x\nname_en: x\ntext_da: x\ntext_en: x\n"
CHANGES = {"light": "round_w;is_lit;no;x", "path": "round_e;surface;gravel;x"}


def write(folder, monkeypatch, *, runs=("before", "light", "path"), present=("", ""), modes=("walk",)):
    """Write a study in which a light and a path open between the campaigns; S4 is counted after only."""
    monkeypatch.chdir(folder)
    before = {(site, "walk"): people for site, people in (("S1", 90.0), ("S2", 55.0), ("S3", 90.0), ("K1", 9.0))}
    after = {(site, mode): 120.0 for site in ("S1", "S2", "S4", "K1") for mode in modes}
    counts = [
        world.volumes(counted).assign(campaign_id=name, phase=name)
        for name, counted in (("before", before), ("after", after))
    ]
    world.write(folder, world.inputs(planned=False))
    tables.VOLUMES.write(pd.concat(counts, ignore_index=True), stage.VOLUMES)
    nets = pd.concat([world.links(name, world.BEFORE_LINKS) for name in FLOWS], ignore_index=True)
    tables.LINKS.write(gpd.GeoDataFrame(nets, crs=world.CRS), stage.LINKS)
    _write_model(runs)
    _write_study(present)


def _write_model(runs):
    flows = [
        {"scenario_id": name, "land_use": "today", "mode": "walk", "link_id": link, "flow_per_day": people}
        for name in runs
        for link, people in zip(("round_e", "round_w"), FLOWS[name], strict=True)
    ]
    of_kind = [row | {"purpose": "work", "side": "west"} for row in flows]
    drawn = [
        row | {"draw": n, "flow_per_day": row["flow_per_day"] * by} for row in flows for n, by in ((0, 0.9), (1, 1.1))
    ]
    fit = [{"station_id": site, "mode": "walk", "left_out_per_day": 90.0} for site in ("S1", "S2", "S3")]
    goodness = {"mode": "walk", "distribution": "origin_constrained", "decay_form": "exponential", "sites": 9}
    for table, entries, path in (
        (tables.FLOWS, flows, stage.FLOWS),
        (tables.FLOW_KINDS, of_kind, stage.FLOW_KINDS),
        (tables.DRAWN_FLOWS, drawn, stage.DRAWN_FLOWS),
        (tables.FIT, fit, stage.FIT),
        (tables.GOODNESS, [goodness | {"site_error": 0.1}], stage.GOODNESS),
        (tables.CALIBRATION, [{"mode": "walk", "parameter": "scale", "is_fitted": True}], stage.CALIBRATION),
    ):
        table.write(rows(table, *entries), path)


def _write_study(present):
    raw, scenarios = stage.RAW_STUDY, stage.RAW_SCENARIOS
    (raw / "campaigns.csv").write_text(
        "campaign_id;phase;start_date;end_date;residents_present;source\n"
        f"before;before;2025-09-01;2025-09-14;{present[0]};x\nafter;after;2026-09-01;2026-09-14;{present[1]};x\n"
    )
    (raw / "interventions.csv").write_text(
        "intervention_id;name_da;name_en;scenario_id;start_date;is_temporary;source\n"
        "a;x;x;light;2026-05-01;no;x\nb;x;x;path;2026-06-01;no;x\n"
    )
    ring = LineString([(-50, -50), (50, -50), (50, 50), (-50, 50), (-50, -50)])  # round the 100 residents west
    names = {"screenline_id": ["ring"], "kind": ["kordon"], "is_primary": [False], "name_da": ["x"], "name_en": ["x"]}
    line = gpd.GeoDataFrame(names | {"source": ["x"]}, geometry=[ring], crs=world.CRS)
    line.to_crs(4326).to_file(raw / "screenlines.geojson")
    for name, change in CHANGES.items():
        (scenarios / name).mkdir(parents=True)
        (scenarios / name / "scenario.yaml").write_text(WORDS)
        (scenarios / name / "links_changed.csv").write_text(f"link_id;attribute;value;source\n{change}\n")


def found():
    compare_forecast.run(PARAMS)
    table = tables.FORECAST.read(stage.FORECAST)
    return table.set_index(["station_id", "mode"])


def test_two_links_open_at_once_are_added_up(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch)
    table = found()
    assert table["forecast_per_day"].to_dict() == {("S1", "walk"): 130.0, ("S2", "walk"): 60.0, ("S4", "walk"): 60.0}
    assert set(table["scenario_ids"]) == {"light,path"} and set(table["basis"]) == {"summed"}
    assert table["is_fitted"].to_dict() == {("S1", "walk"): True, ("S2", "walk"): True, ("S4", "walk"): False}
    assert table.loc[("S1", "walk"), "counted_before_per_day"] == 90.0
    assert pd.isna(table.loc[("S4", "walk"), "counted_before_per_day"])
    assert table["is_inside"].to_dict() == {("S1", "walk"): True, ("S2", "walk"): False, ("S4", "walk"): False}
    assert table["present_share"].isna().all() and table["not_forecast"].isna().all()
    pivoted = table["pivoted_per_day"].droplevel("mode")
    assert pivoted["S1"] == 117 and pivoted["S2"] == 66  # 90 x 130 / 100, and 55 x 60 / 50
    assert pd.isna(pivoted["S4"])  # not counted before
    assert table["is_pivoted_inside"].droplevel("mode").to_dict() == {"S1": True, "S2": False, "S4": False}


def test_a_scenario_that_combines_them_is_taken_instead(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch, runs=tuple(FLOWS))
    (stage.RAW_SCENARIOS / "both").mkdir()
    (stage.RAW_SCENARIOS / "both" / "scenario.yaml").write_text(f"{WORDS}combines: [path, light]\n")
    table = found()
    assert table["forecast_per_day"].to_list() == [150.0, 70.0, 70.0]
    assert set(table["scenario_ids"]) == {"both"} and set(table["basis"]) == {"exact"}


def test_without_a_run_there_is_no_forecast_rather_than_nobody(tmp_path, monkeypatch):
    write(tmp_path, monkeypatch, runs=("before", "light"), modes=("walk", "motor"))
    table = found()
    assert table[["forecast_per_day", "pivoted_per_day"]].isna().all(axis=None)
    assert not table[["is_inside", "is_pivoted_inside"]].any(axis=None)
    assert set(table.xs("walk", level="mode")["not_forecast"]) == {"no_run"}
    assert set(table.xs("motor", level="mode")["not_forecast"]) == {"mode_not_modelled"}
    assert table["counted_per_day"].eq(120.0).all()


@pytest.mark.parametrize(("present", "share"), [(("100", "50"), 0.5), (("100", "100"), 1.0)])
def test_residents_away_are_taken_out_of_the_side_they_live_on(tmp_path, monkeypatch, present, share):
    write(tmp_path, monkeypatch, present=present)
    table = found()
    assert table["forecast_per_day"].to_list() == [130.0 * share, 60.0 * share, 60.0 * share]
    assert table["present_share"].eq(share).all()
    assert table["pivoted_per_day"].dropna().to_list() == [117.0 * share, 66.0 * share]
