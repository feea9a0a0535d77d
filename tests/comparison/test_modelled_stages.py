"""The three modelled stages on the three-node network, worked by hand."""

import json
from dataclasses import asdict, fields, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from movement import tables
from movement.comparison.screenline_flows import through_nodes
from movement.publish import language
from movement.tables import LandUse, Mode
from pipelines import assign_flows, compare_modelled, estimate_demand, explain_flows, modelled, stage, ways
from tests.demand import world

STUDY = {"crs": world.CRS, "name_da": "x", "name_en": "x", "timezone": "Europe/Copenhagen"}


def run_all(folder, monkeypatch, given, volumes=None, rates=world.RATES):
    monkeypatch.chdir(folder)
    world.write(folder, given, volumes)
    estimate_demand.run(estimate_demand.Params(**asdict(rates), study=STUDY))
    given_rates = {"study": STUDY, "estimate_demand": asdict(rates)}
    assign_flows.run(assign_flows.Params(**given_rates))
    explain_flows.run(explain_flows.Params(**given_rates))
    limits = {"reach_min": 15, "reach_minutes": [5, 15], "reach_metres": [500]}
    compare_modelled.run(compare_modelled.Params(**limits, **given_rates))


def share(minutes, decay=0.1):
    return np.exp(-decay * minutes) / (1 + np.exp(-decay * minutes))


def flows(scenario_id="before", land_use="today", mode="walk"):
    found = tables.FLOWS.read(stage.FLOWS)
    wanted = {"scenario_id": scenario_id, "land_use": land_use, "mode": mode}
    return (
        found.loc[(found[list(wanted)] == pd.Series(wanted)).all(axis=1)].set_index("link_id")["flow_per_day"].to_dict()
    )


def screenline(**wanted):
    found = tables.SCREENLINE_FLOWS.read(stage.SCREENLINE_FLOWS)
    return found.loc[(found[list(wanted)] == pd.Series(wanted)).all(axis=1)].iloc[0]


def test_everyone_who_crosses_goes_round_and_then_straight_over(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False))
    assert flows() == pytest.approx({"round_w": 150 * share(15), "round_e": 150 * share(15)}, abs=1e-3)
    assert flows("bridge") == pytest.approx({"new": 150 * share(5)}, abs=1e-3)
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES).set_index(["mode", "link_id"])
    assert changes.loc[("walk", "new"), "flow_change"] == round(150 * share(5), 1)
    assert changes.loc[("walk", "round_e"), "flow_change"] == round(-150 * share(15), 1)
    assert set(changes["reference"]) == {"before"} and changes["change_low"].isna().all()
    row = screenline(scenario_id="bridge", mode="walk")
    assert row["change_before"] == row["change_distance"] == round(150 * (share(5) - share(15)), 1)
    assert row["change_quality"] == 0 and np.isnan(row["change_zero"]) and np.isnan(row["flow_low"])
    crossing = tables.CROSSING_FLOWS.read(stage.CROSSING_FLOWS).set_index(["scenario_id", "mode", "link_id"])[
        "flow_per_day"
    ]
    assert crossing["bridge", "walk", "new"] == round(150 * share(5), 1) and crossing["bridge", "walk", "round_e"] == 0


def test_trips_assigned_are_the_trips_demanded(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(through=40.0))
    trips = tables.TRIPS.read(stage.TRIPS)
    totals = trips.groupby(["scenario_id", "land_use", "mode"])["trips_per_day"].sum()
    assert totals.xs("walk", level="mode").to_numpy() == pytest.approx(150.0, abs=1e-3)
    assert totals.xs("cycle", level="mode").to_numpy() == pytest.approx(75.0 + 40.0, abs=1e-3)
    walked = trips.loc[(trips["scenario_id"] == "before") & (trips["land_use"] == "today") & (trips["mode"] == "walk")]
    metres = sum(flow * 600 for flow in flows().values())
    assert (walked["trips_per_day"] * walked["length_m"]).sum() == pytest.approx(metres, rel=1e-4)


def test_whose_pace_is_below_1_comes_as_far_as_the_cut_off_after_it(tmp_path, monkeypatch):
    quick = replace(world.RATES, cut_off_walk_min=10, pace_ratio={"walk": {"adult": 0.5}})
    run_all(tmp_path, monkeypatch, world.inputs(planned=False), rates=quick)  # 15 minutes on the map, 7.5 felt
    assert flows() == pytest.approx({"round_w": 150 * share(7.5), "round_e": 150 * share(7.5)}, abs=1e-3)


def test_hours_by_the_clock_are_those_of_the_people_who_walk(tmp_path, monkeypatch):
    slow = replace(world.RATES, pace_ratio={"walk": {"adult": 1.5}})
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, through=40.0), rates=slow)
    travel = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"])
    walked, cycled = travel.loc[("before", "walk")], travel.loc[("before", "cycle")]
    minutes = 15 / 1200 * 1.5  # on a metre
    assert walked["person_hours"] == pytest.approx(walked["person_km"] * 1000 * minutes / 60, rel=0.01)
    assert cycled["person_hours"] == pytest.approx(cycled["person_km"] * 1000 / 240 / 60, rel=0.01)


def test_quality_is_what_distance_does_not_explain(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, traffic_min={"round_e": 10.0}))
    row = screenline(scenario_id="bridge", mode="walk")
    assert row["change_distance"] == round(150 * (share(5) - share(15)), 1)
    assert row["change_before"] == round(150 * (share(5) - share(25)), 1)
    assert row["change_quality"] == pytest.approx(row["change_before"] - row["change_distance"], abs=0.11)


def test_a_scenario_that_changes_nothing_gives_zero_everywhere(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(scenario_links=world.BEFORE_LINKS), world.volumes(COUNTED))
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES)
    assert set(zip(changes["scenario_id"], changes["land_use"], changes["reference"], strict=True)) == {
        ("bridge", "today", "before"),
        ("bridge", "planned", "zero_alternative"),
        ("zero_alternative", "planned", "before"),
    }
    assert (changes[["flow_change", "change_low", "change_high"]] == 0).all(axis=None)
    rows = tables.SCREENLINE_FLOWS.read(stage.SCREENLINE_FLOWS)
    assert (rows[["change_before", "change_distance", "change_quality"]] == 0).all(axis=None)
    assert (rows.loc[rows["land_use"] == "planned", "change_zero"] == 0).all()


def test_a_scenario_that_only_splits_a_link_gives_zero_everywhere(tmp_path, monkeypatch):
    monkeypatch.setitem(world.XY, "m", (250.0, 300.0))
    split = (("round_w", "w", "n", 600.0), ("round_e/1", "n", "m", 240.0), ("round_e/2", "m", "e", 360.0))
    run_all(tmp_path, monkeypatch, world.inputs(scenario_links=split, planned=False))
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES)
    assert (changes["flow_change"] == 0).all() and {"round_e/1", "round_e/2"} <= set(changes["link_id"])
    assert (changes["flow_before"] > 0).all()


def test_moving_one_home_changes_flows_by_its_trips(tmp_path, monkeypatch):
    given = world.inputs(moved=2.0)
    shops = given.attractions.loc[given.attractions["side"] == "east"]  # all shops and jobs east: only the west crosses
    given = replace(given, attractions=shops)
    run_all(tmp_path, monkeypatch, given)
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES).set_index(["scenario_id", "land_use", "mode", "link_id"])[
        "flow_change"
    ]
    assert changes["zero_alternative", "planned", "walk", "round_e"] == -2.0  # two people, one walking trip each
    assert changes["zero_alternative", "planned", "cycle", "round_e"] == -1.0
    row = screenline(scenario_id="bridge", land_use="planned", mode="walk")
    assert (row["change_before"], row["change_zero"]) == (-2.0, 0.0)


COUNTED = {
    ("S1", "walk"): 54.0,
    ("S2", "walk"): 60.0,
    ("S3", "walk"): 54.0,
    ("S4", "walk"): 60.0,
    ("S1", "cycle"): 70.0,
    ("S2", "cycle"): 90.0,
    ("S3", "cycle"): 70.0,
    ("S4", "cycle"): 90.0,
    ("K1", "walk"): 999.0,
}


def test_counts_before_scale_the_flows_and_give_them_intervals(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, through=20.0), world.volumes(COUNTED))
    fitted = tables.CALIBRATION.read(stage.CALIBRATION).set_index(["mode", "parameter"])
    assert fitted.loc[("walk", "scale"), "is_fitted"] and not fitted.loc[("walk", "decay"), "is_fitted"]
    assert flows()["round_e"] == pytest.approx(57.0, rel=0.01)  # all sites see the same people: about their mean
    assert flows(mode="cycle")["round_e"] == pytest.approx(80.0, rel=0.02)
    assert flows(mode="cycle")["round_e"] == pytest.approx(
        20 + fitted.loc[("cycle", "scale"), "estimate"] * 75 * share(5), abs=0.01
    )  # through trips are not scaled
    fit = tables.FIT.read(stage.FIT).set_index(["station_id", "mode"])
    assert 57 < fit.loc[("S1", "walk"), "left_out_per_day"] < 60 and ("K1", "walk") not in fit.index
    row = screenline(scenario_id="before", mode="walk")
    assert row["flow_low"] < row["flow_per_day"] < row["flow_high"] < 70
    same = screenline(scenario_id="before", mode="all")
    assert (same["change_before"], same["change_before_low"], same["change_before_high"]) == (0, 0, 0)
    assert same["flow_per_day"] == pytest.approx(137.0, rel=0.02)
    assert len(tables.DRAWS.read(stage.DRAWS)["draw"].unique()) == world.RATES.draws


def test_more_parameters_than_the_sites_bear_are_refused_by_name(tmp_path, monkeypatch):
    asked = replace(world.RATES, fitted=["scale", "decay"])
    run_all(tmp_path, monkeypatch, world.inputs(planned=False), world.volumes(COUNTED), asked)
    row = tables.CALIBRATION.read(stage.CALIBRATION).set_index(["mode", "parameter"]).loc[("walk", "decay")]
    assert (row["refusal"], row["sites_needed"], row["estimate"]) == ("too_few_sites", 6, 0.1)


def test_better_access_makes_new_trips_and_they_are_told_from_rerouted_ones(tmp_path, monkeypatch):
    elastic = replace(world.RATES, participation_elasticity=0.2)
    run_all(tmp_path, monkeypatch, world.inputs(planned=False), rates=elastic)
    grown = (1 + np.exp(-0.5)) / (1 + np.exp(-1.5))  # access of either side, own and other's shop
    factor = grown / (0.8 * grown + 0.2)
    assert flows("bridge")["new"] == pytest.approx(150 * factor * share(5), abs=0.01)
    parts = tables.FLOW_PARTS.read(stage.FLOW_PARTS).set_index(["mode", "link_id"]).loc["walk"]
    assert parts.loc["new", "rerouted"] == pytest.approx(150 * share(15), abs=0.01)
    assert parts.loc["new", "redirected"] == pytest.approx(150 * (share(5) - share(15)), abs=0.01)
    assert parts.loc["new", "new"] == pytest.approx(150 * (factor - 1) * share(5), abs=0.01)
    assert parts.loc["round_e", "rerouted"] == pytest.approx(-150 * share(15), abs=0.01)
    row = screenline(scenario_id="bridge", mode="walk")
    assert row["change_rerouted"] == 0  # the same people cross, elsewhere
    assert row["change_redirected"] + row["change_new"] == pytest.approx(row["change_before"], abs=0.11)
    travel = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"])
    assert travel.loc[("before", "walk"), "trips_made"] == 150
    assert travel.loc[("bridge", "walk"), "trips_made"] == pytest.approx(150 * factor, abs=0.1)


def test_through_trips_without_a_way_are_counted_as_not_made(tmp_path, monkeypatch):
    given = world.inputs(planned=False, through=20.0)
    cut = (given.impedances["link_id"] == "round_e") & (given.impedances["scenario_id"] == "before")
    run_all(tmp_path, monkeypatch, replace(given, impedances=given.impedances.loc[~cut]))
    travel = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"])
    assert travel.loc[("before", "cycle"), ["trips_made", "trips_unmet"]].tolist() == [75.0, 20.0]
    assert travel.loc[("bridge", "cycle"), ["trips_made", "trips_unmet"]].tolist() == [95.0, 0.0]


def test_through_trips_that_are_only_assumed_widen_the_intervals(tmp_path, monkeypatch):
    given = world.inputs(planned=False, through=30.0)
    run_all(tmp_path, monkeypatch, given, world.volumes(COUNTED), replace(world.RATES, through_sd=0.3, draws=100))
    drawn = tables.DRAWS.read(stage.DRAWS).set_index(["mode", "parameter"]).loc[("cycle", "through"), "value"]
    assert drawn.mean() == pytest.approx(1.0, abs=0.05) and np.log(drawn).std() == pytest.approx(0.3, abs=0.05)
    row = screenline(scenario_id="before", mode="cycle")
    assert row["flow_high"] - row["flow_low"] > 45  # 32 of the fit alone, four standard deviations of 30 through trips


@pytest.mark.parametrize(
    ("name", "value"),
    [("draws", "many"), ("draws", 2.5), ("cut_off_walk_min", None), ("detours_tried", [1.0, "x"]), ("decay_tried", [])],
)
def test_a_rate_that_is_no_number_is_named(name, value):
    with pytest.raises(tables.InputFaults, match="rate_out_of_range"):
        modelled.Rates(**asdict(world.RATES) | {name: value})


def test_distance_and_hours_are_flows_times_links(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, traffic_min={"round_e": 10.0}))
    row = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"]).loc[("bridge", "walk")]
    assert row["person_km"] == pytest.approx(150 * share(5) * 0.4, abs=0.06)
    assert row["person_hours"] == pytest.approx(150 * share(5) * 5 / 60, abs=0.06)  # by the clock: no traffic felt


def test_each_term_takes_its_part_of_the_change(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, traffic_min={"round_e": 10.0}))
    terms = tables.SCREENLINE_TERMS.read(stage.SCREENLINE_TERMS)
    own = terms.loc[(terms["scenario_id"] == "bridge") & (terms["mode"] == "walk")].set_index("term")["flow_change"]
    assert own["distance"] == round(150 * (share(5) - share(15)), 1)
    assert own["traffic"] == pytest.approx(150 * (share(15) - share(25)), abs=0.06)


def test_who_crosses_is_listed_by_pair_purpose_and_group(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, through=20.0))
    found = tables.CROSSING_TRIPS.read(stage.CROSSING_TRIPS)
    sums = found.groupby(["scenario_id", "mode", "link_id"])["trips_per_day"].sum()
    assert sums["before", "walk", "round_e"] == pytest.approx(150 * share(15), abs=0.01)
    assert sums["bridge", "cycle", "new"] == pytest.approx(75 * share(5 / 3) + 20, abs=0.01)
    pair = found.loc[(found["scenario_id"] == "bridge") & (found["mode"] == "walk") & (found["purpose"] == "work")]
    assert set(zip(pair["origin_id"], pair["destination_id"], pair["group"], strict=True)) == {
        ("home_w", "work_e", "adult"),
        ("home_e", "work_w", "adult"),
    }


def test_flows_by_purpose_side_and_band_add_up(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, through=20.0))
    kinds = tables.FLOW_KINDS.read(stage.FLOW_KINDS)
    keys = ["scenario_id", "mode", "link_id"]
    sums = kinds.groupby(keys)["flow_per_day"].sum()
    whole = tables.FLOWS.read(stage.FLOWS).set_index(keys)["flow_per_day"]
    assert sums.to_dict() == pytest.approx(whole.to_dict(), abs=0.005)
    sides = kinds.loc[(kinds["scenario_id"] == "bridge") & (kinds["mode"] == "walk")].groupby("side")["flow_per_day"]
    assert sides.sum().to_dict() == pytest.approx({"west": 100 * share(5), "east": 50 * share(5)}, abs=0.01)
    bands = tables.BAND_FLOWS.read(stage.BAND_FLOWS).set_index([*keys, "band"])["flow_per_day"]
    assert bands["bridge", "walk", "new", "weekday_morning"] == pytest.approx(
        whole["bridge", "walk", "new"] * 7 / 5, abs=0.01
    )


def test_people_who_walk_with_limits_go_where_they_can(tmp_path, monkeypatch):
    given = world.inputs(planned=False)
    steps = (given.impedances["link_id"] == "new") & (given.impedances["mode"] == "walk_limited")
    shares = dict.fromkeys(world.GROUPS, 0.0) | {"adult": 0.6, "walk_limited": 0.4}
    run_all(
        tmp_path,
        monkeypatch,
        replace(given, impedances=given.impedances.loc[~steps]),
        rates=replace(world.RATES, group_shares=shares),
    )
    found = flows("bridge")
    assert found["new"] == pytest.approx(0.6 * 150 * share(5), abs=0.01)
    assert found["round_e"] == pytest.approx(0.4 * 150 * share(15), abs=0.01)


@pytest.mark.parametrize("ratio", [1.0, 1.3])
def test_a_scenario_that_takes_over_blocks_of_before_gives_the_flows_of_a_full_run(monkeypatch, ratio):
    values = modelled.Parameters({"scale": 1.0, "decay": 0.1, "detour": ratio, "through": 1.0})
    full = ways.Model(world.inputs(), world.RATES, Mode.WALK)
    wanted = [full.link_flows(*run, values) for run in modelled.runs(full.inputs)]
    monkeypatch.setattr(ways, "_FEW_BLOCKS", 0)
    taken = ways.Model(world.inputs(), world.RATES, Mode.WALK)
    for run, flows in zip(modelled.runs(taken.inputs), wanted, strict=True):
        pd.testing.assert_series_equal(taken.link_flows(*run, values), flows, check_exact=True)
    assert taken._kept


@pytest.mark.parametrize("form", ["unconstrained", "doubly_constrained"])
def test_the_other_distributions_run_through_all_stages(tmp_path, monkeypatch, form):
    run_all(tmp_path, monkeypatch, world.inputs(through=5.0), rates=replace(world.RATES, distribution=form))
    made = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "land_use", "mode"])["trips_made"]
    assert made["before", "today", "walk"] == pytest.approx(150, abs=0.1)
    assert (made > 0).all() and tables.FLOWS.read(stage.FLOWS)["flow_per_day"].notna().all()
    if form == "unconstrained":
        assert made["bridge", "today", "walk"] > 160  # nearer shops draw more


def test_access_counts_what_is_within_reach(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, traffic_min={"round_w": 0.5}))
    found = tables.ACCESS.read(stage.ACCESS).set_index(["scenario_id", "zone_id", "mode"])
    assert found.loc[("before", "home_w", "walk"), "people_within_15_min"] == 100
    assert found.loc[("bridge", "home_w", "walk"), "people_within_15_min"] == 150
    assert found.loc[("before", "home_w", "walk"), "attractions_within_15_min"] == 2
    assert found.loc[("before", "home_w", "walk"), "detour_ratio_across"] == 3.0
    assert found.loc[("bridge", "home_w", "walk"), "detour_ratio_across"] == 1.0
    assert found["cut_off_attractions"].eq(0).all() and found["detour_ratio_along"].isna().all()


def test_trips_cut_off_are_counted_before_and_made_after(tmp_path, monkeypatch):
    given = world.inputs(planned=False)
    cut = given.impedances.loc[
        (given.impedances["link_id"] != "round_e") | (given.impedances["scenario_id"] != "before")
    ]
    east = given.attractions.loc[given.attractions["side"] == "east"]
    run_all(tmp_path, monkeypatch, replace(given, impedances=cut, attractions=east))
    trips = tables.TRIPS.read(stage.TRIPS)
    lost = trips.loc[trips["destination_id"] == ""].groupby(["scenario_id", "mode"])["trips_per_day"].sum()
    assert lost.to_dict() == {("before", "walk"): 100.0, ("before", "cycle"): 50.0}
    found = tables.ACCESS.read(stage.ACCESS).set_index(["scenario_id", "zone_id", "mode"])["cut_off_attractions"]
    assert found["before", "home_w", "walk"] == 2 and found["bridge", "home_w", "walk"] == 0


def test_the_same_input_gives_the_same_bytes(tmp_path, monkeypatch):
    outputs = (
        stage.CALIBRATION,
        stage.FIT,
        stage.TRIPS,
        stage.FLOWS,
        stage.GOODNESS,
        stage.FIT_WARNINGS,
        stage.DRAWS,
        stage.DRAWN_FLOWS,
        stage.FLOW_KINDS,
        stage.BAND_FLOWS,
        stage.FLOW_PARTS,
        stage.FLOW_TERMS,
        stage.TRAVEL,
        stage.UNMET,
        stage.CROSSING_TRIPS,
        stage.CROSSING_KINDS,
        stage.DRAWN_PARTS,
        stage.SCREENLINE_TERMS,
        stage.REACH,
        stage.FLOW_CHANGES,
        stage.SCREENLINE_FLOWS,
        stage.CROSSING_FLOWS,
        stage.ACCESS,
    )
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run_all(tmp_path / name, monkeypatch, world.inputs(through=9.0), world.volumes(COUNTED))
        written.append([path.read_bytes() for path in outputs])
    assert written[0] == written[1]


@pytest.mark.parametrize("empty", ["everything", "land use", "network"])
def test_an_empty_study_gives_empty_tables(tmp_path, monkeypatch, empty):
    made = world.inputs()
    given = {field.name: getattr(made, field.name) for field in fields(made) if field.init}
    if empty != "land use":
        given |= {name: given[name].iloc[:0] for name in ("links", "impedances", "snaps", "scenarios")}
    if empty != "network":
        given |= {name: given[name].iloc[:0] for name in ("zones", "attractions")}
    run_all(tmp_path, monkeypatch, modelled.Inputs(**given))
    assert tables.FLOWS.read(stage.FLOWS).empty and tables.TRIPS.read(stage.TRIPS).empty
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES)
    assert changes["flow_change"].eq(0).all() and changes.crs == world.CRS


def test_flows_of_given_parameters_for_the_simulation():
    values = modelled.Parameters({"scale": 1.5, "decay": 0.07, "detour": 1.0, "through": 1.0})
    found = ways.Model(world.inputs(), world.RATES, Mode.WALK).link_flows("before", LandUse.TODAY, values)
    assert found.to_dict() == pytest.approx(dict.fromkeys(("round_e", "round_w"), 1.5 * 150 * share(15, 0.07)))
    json.dumps(found.to_dict())


def test_all_faults_in_the_rates_are_named_at_once():
    wrong = asdict(world.RATES) | {
        "distribution": "even",
        "cut_off_cycle_min": float("nan"),
        "detours_tried": [1.1, 9.0],
        "trips_per_person_per_day": dict.fromkeys(world.GROUPS, -1.0),
    }
    with pytest.raises(tables.InputFaults) as found:
        modelled.Rates(**wrong)
    faults = found.value.faults
    assert [(fault.rule, fault.value) for fault in faults[:3]] == [
        ("rate_out_of_range", "nan"),
        ("rate_out_of_range", "9.0"),
        ("unknown_word", "even"),
    ]
    assert len(faults) == 3 + len(world.GROUPS)
    for name in language.LANGUAGES:
        text = language.catalogue(name)
        said = [language.say_fault(text, fault) for fault in faults]
        assert "cut_off_cycle_min" in said[0] and "detours_tried" in said[1] and "even" in said[2] and "-1" in said[3]


def test_a_cost_that_is_no_time_is_named(tmp_path, monkeypatch):
    given = world.inputs()
    wrong = given.impedances.assign(
        impedance_ms=given.impedances["impedance_ms"].astype(float).where(given.impedances["link_id"] != "new")
    )
    with pytest.raises(tables.InputFaults, match=r"cost_not_positive: 'nan' \{'link': 'new'\}"):
        ways.Model(replace(given, impedances=wrong), world.RATES, Mode.WALK).ways("bridge", "today")


@pytest.mark.parametrize(("x", "nodes"), [(0.0, ["n"]), (100.0, [])])
def test_a_screenline_through_a_node_is_named(x, nodes):
    links = world.links("before", world.BEFORE_LINKS)
    at = dict(zip(("w", "n", "e"), (world.XY["w"], world.XY["n"], world.XY["e"]), strict=True))
    line = shapely.LineString([(at["n"][0] + x, at["n"][1] - 999), (at["n"][0] + x, at["n"][1] + 999)])
    lines = gpd.GeoDataFrame({"screenline_id": ["snit"]}, geometry=[line], crs=world.CRS)
    faults = through_nodes(links, lines, file="screenlines.geojson")
    assert [(fault.rule, fault.value, fault.detail["node"]) for fault in faults] == [
        ("screenline_through_node", "snit", node) for node in nodes
    ]
