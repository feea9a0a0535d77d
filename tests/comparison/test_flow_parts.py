"""What changes are made of, who crosses and whose trips are not made, with intervals, on the three-node network."""

from dataclasses import replace

import numpy as np
import pytest

from movement import tables
from movement.publish import language
from pipelines import compare_modelled, crossings, stage
from tests.comparison.test_modelled_stages import COUNTED, STUDY, run_all, screenline, share
from tests.demand import world

CLOSED = (("round_w", "w", "n", 600.0),)  # the way round is broken in the middle
PARTS = ["rerouted", "redirected", "new", "lost"]


def part_rows(mode="walk"):
    return tables.FLOW_PARTS.read(stage.FLOW_PARTS).set_index(["mode", "link_id"]).loc[mode][PARTS]


def test_trips_that_find_no_destination_any_more_are_lost_and_not_rerouted(tmp_path, monkeypatch):
    given = world.inputs(planned=False, scenario_links=CLOSED, through=20.0)
    east = given.attractions.loc[given.attractions["side"] == "east"]
    run_all(tmp_path, monkeypatch, replace(given, attractions=east))
    assert part_rows().loc["round_e"].tolist() == [0.0, 0.0, 0.0, 100.0]  # all from the west; the east stays at home
    assert part_rows("cycle").loc["round_w"].tolist() == [0.0, 0.0, 0.0, 50.0 + 20.0]  # and through trips
    assert screenline(scenario_id="bridge", mode="walk")[["change_before", "change_lost"]].tolist() == [-100.0, 100.0]


def test_trips_whose_destination_is_cut_off_and_that_go_elsewhere_are_redirected(tmp_path, monkeypatch):
    monkeypatch.setitem(world.XY, "m", (300.0, 100.0))
    stub = ("stub", "e", "m", 100.0)  # so that the east's homes join the network
    run_all(tmp_path, monkeypatch, world.inputs(planned=False, scenario_links=(*CLOSED, stub)))
    assert part_rows().loc["round_e"].tolist() == pytest.approx([0.0, -150 * share(15), 0.0, 0.0], abs=0.001)


@pytest.mark.parametrize("links", [CLOSED, (*world.BEFORE_LINKS, ("new", "w", "e", 400.0))])
def test_parts_of_the_estimate_and_of_each_draw_add_up_to_the_change(tmp_path, monkeypatch, links):
    given = world.inputs(planned=False, through=9.0, scenario_links=links, traffic_min={"round_w": 1.0})
    rates = replace(world.RATES, participation_elasticity=0.3, through_sd=0.2)
    run_all(tmp_path, monkeypatch, given, world.volumes(COUNTED), rates)
    keys = ["mode", "link_id"]
    parts = tables.FLOW_PARTS.read(stage.FLOW_PARTS).set_index(keys)
    whole = tables.FLOWS.read(stage.FLOWS).set_index(["scenario_id", *keys])["flow_per_day"]
    drawn_parts = tables.DRAWN_PARTS.read(stage.DRAWN_PARTS).set_index([*keys, "draw"])
    drawn = tables.DRAWN_FLOWS.read(stage.DRAWN_FLOWS).set_index(["scenario_id", *keys, "draw"])["flow_per_day"]
    for made, flows_of in ((parts, whole), (drawn_parts, drawn)):
        wide = flows_of.unstack("scenario_id").reindex(columns=["before", "bridge"]).fillna(0.0)  # keys are unique
        change = (wide["bridge"] - wide["before"]).reindex(made.index)
        summed = made[["rerouted", "redirected", "new"]].sum(axis=1) - made["lost"]
        assert len(made) and summed.to_numpy() == pytest.approx(change.to_numpy(), abs=0.005)
    assert set(drawn_parts.index.get_level_values("link_id")) <= {"round_e", "new"}  # what meets the screenline
    row = screenline(scenario_id="bridge", mode="all")
    for name in PARTS:
        assert row[f"change_{name}_low"] <= row[f"change_{name}"] <= row[f"change_{name}_high"]
    moved = "change_lost" if links is CLOSED else "change_new"  # with access falling, trips are given up
    assert 0 < row[f"{moved}_low"] < row[f"{moved}_high"]


def test_who_crosses_has_intervals_that_keep_the_totals(tmp_path, monkeypatch):
    shares = dict.fromkeys(world.GROUPS, 0.0) | {"adult": 0.6, "senior": 0.4}
    given = world.inputs(planned=False, through=20.0)
    run_all(tmp_path, monkeypatch, given, world.volumes(COUNTED), replace(world.RATES, group_shares=shares))
    found = tables.CROSSING_KINDS.read(stage.CROSSING_KINDS).set_index(["scenario_id", "mode", "link_id", "family"])
    flow = tables.CROSSING_FLOWS.read(stage.CROSSING_FLOWS).set_index(["scenario_id", "mode", "link_id"])
    purposes = found.loc[("bridge", "cycle", "new", "purpose")].set_index("kind")
    assert purposes["trips_per_day"].sum() == pytest.approx(
        flow.loc[("bridge", "cycle", "new"), "flow_per_day"], abs=0.2
    )
    assert purposes.loc["through", "trips_per_day"] == 20 and set(purposes.index) == {"shopping", "work", "through"}
    groups = found.loc[("bridge", "walk", "new", "group")].set_index("kind")
    assert groups.loc["adult", "trips_per_day"] == pytest.approx(groups.loc["senior", "trips_per_day"] * 1.5, abs=0.2)
    assert groups.loc["child_over_10", "trips_per_day"] == 0  # told, so that no absence tells of few people
    assert groups.loc["adult", "trips_per_day_low"] < groups.loc["adult", "trips_per_day"]
    morning = found.loc[[("bridge", "walk", "new", "band")]].set_index("kind").loc["weekday_morning"]
    ends = flow.loc[("bridge", "walk", "new"), ["flow_per_day", "flow_low", "flow_high"]].to_numpy(dtype=float)
    assert morning[["trips_per_day", "trips_per_day_low", "trips_per_day_high"]].tolist() == pytest.approx(
        (ends * 7 / 5).tolist(), abs=0.2
    )
    both = found.loc[("bridge", "all", "new", "group")].set_index("kind")["trips_per_day"]
    apart = [
        found.loc[("bridge", mode, "new", "group")].set_index("kind")["trips_per_day"] for mode in ("walk", "cycle")
    ]
    assert both["adult"] == pytest.approx(sum(one["adult"] for one in apart), abs=0.2)


def test_trips_too_little_to_be_listed_are_taken_together(tmp_path, monkeypatch):
    monkeypatch.setattr(crossings, "_LEAST_FLOW", 14.0)
    run_all(tmp_path, monkeypatch, world.inputs(planned=False))
    found = tables.CROSSING_TRIPS.read(stage.CROSSING_TRIPS)
    own = found.loc[(found["scenario_id"] == "before") & (found["mode"] == "walk") & (found["purpose"] == "shopping")]
    west, east = (0.75 * people * share(15) for people in (100, 50))
    assert max(west, east) < 14 < west + east
    assert own[["origin_id", "destination_id"]].to_numpy().tolist() == [["", ""]]
    assert own["trips_per_day"].squeeze() == pytest.approx(west + east, abs=0.001)


def test_a_wider_interval_holds_how_far_places_depart_from_the_model(tmp_path, monkeypatch):
    run_all(tmp_path, monkeypatch, world.inputs(planned=False), world.volumes(COUNTED))
    row = tables.CROSSING_FLOWS.read(stage.CROSSING_FLOWS).set_index(["scenario_id", "mode", "link_id"])
    row = row.loc[("before", "cycle", "round_e")]
    error = tables.GOODNESS.read(stage.GOODNESS).set_index("mode").loc["cycle", "site_error"]
    assert error > 0.05  # sites that should see the same count 70 and 90
    assert row["prediction_low"] < row["flow_low"] < row["flow_high"] < row["prediction_high"]
    assert row["prediction_high"] / row["flow_per_day"] > np.exp(2 * error)


def test_why_and_whose_trips_are_not_made(tmp_path, monkeypatch):
    given = world.inputs(planned=False)
    east = given.attractions.loc[given.attractions["side"] == "east"]
    limited = (given.impedances["link_id"] == "round_e") & (given.impedances["mode"] == "walk_limited")
    shares = dict.fromkeys(world.GROUPS, 0.0) | {"adult": 0.6, "walk_limited": 0.4}
    run_all(
        tmp_path,
        monkeypatch,
        replace(given, attractions=east, impedances=given.impedances.loc[~limited]),
        rates=replace(world.RATES, group_shares=shares, cut_off_walk_min=10),
    )
    travel = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"])
    unmet = ["trips_unmet", "trips_no_way", "trips_too_far"]
    assert travel.loc[("before", "walk"), unmet].tolist() == [100.0, 40.0, 60.0]  # 15 minutes; steps on the way round
    assert travel.loc[("before", "all"), unmet].tolist() == [100.0, 40.0, 60.0]
    assert travel.loc[("bridge", "walk"), [*unmet, "change_unmet"]].tolist() == [0.0, 0.0, 0.0, -100.0]
    whose = tables.UNMET.read(stage.UNMET).set_index(["scenario_id", "mode", "group"])[unmet]
    assert whose.loc[("before", "walk", "adult")].tolist() == [60.0, 0.0, 60.0]
    assert whose.loc[("before", "walk", "walk_limited")].tolist() == [40.0, 40.0, 0.0]
    assert set(whose.index.get_level_values("scenario_id")) == {"before"}


def test_trips_made_and_not_made_have_the_interval_of_the_scale(tmp_path, monkeypatch):
    given = world.inputs(planned=False)
    east = given.attractions.loc[given.attractions["side"] == "east"]
    rates = replace(world.RATES, cut_off_walk_min=16)
    cut = (given.impedances["link_id"] == "round_w") & (given.impedances["scenario_id"] == "bridge")
    far = given.impedances.assign(
        impedance_ms=given.impedances["impedance_ms"] + np.where(given.impedances["link_id"] == "new", 1_200_000, 0),
        traffic_ms=given.impedances["traffic_ms"] + np.where(given.impedances["link_id"] == "new", 1_200_000, 0),
    )
    run_all(
        tmp_path, monkeypatch, replace(given, attractions=east, impedances=far.loc[~cut]), world.volumes(COUNTED), rates
    )
    travel = tables.TRAVEL.read(stage.TRAVEL).set_index(["scenario_id", "mode"])
    before, after = travel.loc[("before", "walk")], travel.loc[("bridge", "walk")]
    assert before["trips_made_low"] < before["trips_made"] < before["trips_made_high"]
    assert (before["trips_unmet"], before["trips_unmet_low"]) == (0.0, 0.0)
    assert after["trips_too_far"] == pytest.approx(before["trips_made"] * 100 / 150, abs=0.1)  # all of the west
    assert after["trips_unmet_low"] < after["trips_unmet"] < after["trips_unmet_high"]
    assert after["change_made"] == pytest.approx(-after["change_unmet"], abs=0.1)
    assert after["change_made_low"] < after["change_made"] < after["change_made_high"] < 0


@pytest.mark.parametrize("limit", [7.5, 0, "ten", float("inf")])
def test_a_limit_of_reach_that_is_no_whole_number_is_named(limit):
    limits = {"reach_min": 15, "reach_minutes": [5, limit], "reach_metres": [500]}
    with pytest.raises(tables.InputFaults, match="limit_not_whole") as found:
        compare_modelled.Params(**limits, study=STUDY, estimate_demand={})
    for name in language.LANGUAGES:
        said = language.say_fault(language.catalogue(name), found.value.faults[0])
        assert "reach_minutes" in said and str(limit) in said
