import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks
from movement.comparison.effects import observed_effects
from movement.comparison.phases import phase_effects
from movement.comparison.robustness import robustness
from movement.comparison.site_changes import site_changes
from movement.comparison.voided import phases_as_effects, void_robustness, void_site_changes
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

STEADY = [(f"K{n}", "walk", 1000, value) for n, value in ((1, 990), (2, 1000), (3, 1010), (4, 1000))]
SERIES = [("S1", "walk", 1000, 1400), ("T1", "walk", 1000, 1400), ("T2", "walk", 1000, 1500), *STEADY]
PLACES = sites(
    ("S1", "old_crossing"), ("T1", "treated"), ("T2", "treated"), *[(f"K{n}", "control") for n in (1, 2, 3, 4)]
)
WHERE = (PLACES, screenlines(), campaigns())


def failed(check_id, named=None, status="failed"):
    row = dict.fromkeys(tables.CHECKS.columns) | {"check_id": check_id, "status": status}
    return tables.CHECKS.check(pd.DataFrame([row | {"sites": named, "detail": named}]))


def effects():
    return observed_effects(daily(*SERIES), *WHERE, **ENDS, fewest_controls=3)


def annex(checks):
    found = robustness(daily(*SERIES), *WHERE, **ENDS, fewest_controls=3)
    return void_robustness(found, effects(), checks).set_index(["outcome", "method"])


def changes(checks):
    found = site_changes(daily(*SERIES), PLACES, campaigns(), **ENDS, fewest_controls=3)
    found = void_site_changes(found, checks).set_index(["station_id", "mode", "day_type"])
    return found.xs("walk", level="mode").xs("all", level="day_type")


@pytest.mark.parametrize(("named", "voided"), [("S1", "screenline_total"), ("T1", "treated_sites"), ("K2", None)])
def test_the_annex_of_an_outcome_falls_with_it(named, voided):
    checks = failed("device_change", named)
    told, found = apply_checks(effects(), checks), annex(checks)
    for outcome in ("screenline_total", "treated_sites"):
        planned = found.loc[(outcome, "as_planned")]
        own = told[(told["outcome"] == outcome) & (told["mode"] == "all") & (told["estimator"] != "naive")].iloc[0]
        assert (planned["conclusion"], planned["reason"]) == (own["conclusion"], own["reason"])
        rows = found.loc[outcome].drop("naive")
        if voided in (outcome, None):
            assert set(rows["conclusion"]) == {"cannot_be_judged"}
            assert rows[["effect_pct", "effect_low", "effect_high", "p_value", "smallest_p"]].isna().all(axis=None)
        else:
            assert planned["conclusion"] == "rise_shown" and planned["effect_pct"] > 0
    assert found.loc[("screenline_total", "naive"), "effect_pct"] == pytest.approx(40)
    assert found.loc[("screenline_total", "poisson_cv3"), "reason"] == "one_treated_unit"


@pytest.mark.parametrize(("named", "left"), [("S1", {"T1", "T2"}), ("K2", set())])
def test_a_site_falls_with_its_counter_or_that_of_a_control(named, left):
    found, plain = changes(failed("device_change", named)), changes(failed("device_change", named, "passed"))
    own = found.loc[["S1", "T1", "T2"]]
    assert set(own.index[own["conclusion"] == "rise_shown"]) == left
    row = found.loc["S1"]
    assert (row["conclusion"], row["reason"]) == ("cannot_be_judged", "device_change")
    assert row[["effect_pct", "effect_low", "effect_high", "index_low", "index_high"]].isna().all()
    assert (row["before_per_day"], row["after_per_day"], row["index"]) == (1000, 1400, 140)
    assert plain.loc["S1", "conclusion"] == "rise_shown"


@pytest.mark.parametrize(
    ("named", "is_void"), [("S1 walk", True), ("K2 walk", True), ("S1 cycle", False), ("T1 walk", False)]
)
def test_a_site_and_its_annex_fall_with_the_counter_of_their_own_mode_only(named, is_void):
    checks = failed("device_change", named)
    assert (changes(checks).loc["S1", "conclusion"] == "cannot_be_judged") is is_void
    walkers = robustness(daily(*SERIES), *WHERE, **ENDS, fewest_controls=3, primary_mode="walk")
    found = void_robustness(walkers, effects(), checks).set_index(["outcome", "mode", "method"])
    planned = found.loc[("screenline_total", "walk", "as_planned")]
    assert (planned["reason"] == "device_change") is is_void


def test_a_check_about_no_site_in_particular_is_about_all():
    assert set(changes(failed("device_change"))["conclusion"]) == {"cannot_be_judged"}


@pytest.mark.parametrize("check", [failed("same_season"), failed("controls_left_out", "S1")])
def test_a_check_that_voids_nothing_takes_nothing_away(check):
    assert changes(check).loc["S1", "conclusion"] == "rise_shown"
    assert annex(check).loc[("screenline_total", "as_planned"), "conclusion"] == "rise_shown"


def test_the_phase_that_compares_the_same_campaigns_says_the_same():
    counts = daily(*SERIES)
    phases = phase_effects(
        counts, *WHERE, tables.INTERVENTIONS.empty(), tables.EVENTS.empty(), before_campaign="before", fewest_controls=3
    )
    told = effects()
    is_own = (told["outcome"] == "treated_sites") & (told["mode"] == "all")
    told.loc[is_own, ["conclusion", "reason"]] = ["not_shown", "not_after_holm"]
    told = apply_checks(told, failed("same_season"))
    found = phases_as_effects(phases, told, **ENDS).set_index("outcome")
    assert found.loc["treated_sites", "conclusion"] == "not_shown"
    assert found.loc["treated_sites", "reason"] == "not_after_holm"
    total = found.loc["screenline_total"]
    assert (total["attribution"], total["attribution_reason"]) == ("not_attributable", "same_season")
    assert total["effect_pct"] == told.loc[told["is_primary"], "effect_pct"].iloc[0]
    other = phases_as_effects(phases, told, before_campaign="before", after_campaign="another")
    pd.testing.assert_frame_equal(other, phases)


def test_of_every_check_that_is_run_the_sites_are_known():
    shown = effects()
    checks = run_checks(
        daily(*SERIES), *WHERE, tables.EVENTS.empty(), shown, **ENDS, fewest_controls=3, target_change_pct=15
    )
    assert changes(checks).loc["S1", "conclusion"] == "rise_shown"
