import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison import conclusions
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import RULES, apply_checks, conclude, holm, judge_family
from movement.comparison.effects import observed_effects
from movement.comparison.estimators import Interval
from movement.publish.language import catalogue
from tests.comparison.observed_world import ENDS, campaigns, daily, opened, screenlines, sites

T6 = 2.446912 / 1.943180  # t(6) at 97.5 over that at 95 %
D15 = float(np.log(1.15))


@pytest.mark.parametrize(
    ("effect", "half", "d", "wanted"),
    [
        (0.11, 0.10, None, "rise_shown"),
        (-0.11, 0.10, 15, "fall_shown"),
        (0.10, 0.10, None, "not_shown"),
        (0.0, T6 * D15 * 0.999, 15, "no_change_larger_shown"),
        (0.0, T6 * D15 * 1.001, 15, "not_shown"),
        (-0.02, T6 * (D15 - 0.02) * 0.999, 15, "no_change_larger_shown"),
        (-0.02, T6 * (D15 - 0.02) * 1.001, 15, "not_shown"),
        (0.0, 0.01, None, "not_shown"),
        (0.02, 0.01, 15, "rise_shown"),
    ],
)
def test_the_conclusion_follows_from_the_interval_at_both_ends_of_each_rule(effect, half, d, wanted):
    assert str(conclude(Interval(effect, half, 6), d)) == wanted


def test_holm_is_that_of_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = [0.012, 0.5, 0.001, 0.04, 0.012]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []


def effects(*rows):
    """Return EFFECTS with rows {column: value} over a plain secondary one."""
    plain = {
        "outcome": "kordon", "is_primary": False, "family": "secondary", "screenline_id": "snit", "mode": "all",
        "period": "all_day", "per": "day", "estimator": "control_spread", "effect_pct": 20.0, "effect_low": 5.0,
        "effect_high": 35.0, "p_value": 0.01, "treated": 1, "controls": 5, "sites": "S1", "control_sites": "K1, K2",
        "conclusion": "rise_shown",
    }  # fmt: skip
    made = [plain | {"outcome": f"outcome_{at}"} | row for at, row in enumerate(rows)]
    frame = pd.DataFrame([dict.fromkeys(tables.EFFECTS.columns) | row for row in made])
    return tables.EFFECTS.check(frame)


def test_secondary_outcomes_are_judged_together_and_others_by_themselves():
    rows = effects(
        {"p_value": 0.02}, {"p_value": 0.03}, {"p_value": 0.4, "conclusion": "not_shown"},
        {"p_value": 0.03, "family": "exploratory"}, {"p_value": 0.0001, "estimator": "naive"},
        {"p_value": 0.03, "family": "primary", "is_primary": True},
    )  # fmt: skip
    found = judge_family(rows, pd.Series(np.nan, index=rows.index))
    assert found["p_holm"].iloc[:3].tolist() == pytest.approx([0.06, 0.06, 0.4])
    assert found["p_holm"].iloc[3:].isna().all()
    assert found["conclusion"].tolist() == ["not_shown"] * 3 + ["rise_shown"] * 3
    assert found["reason"].tolist() == ["not_after_holm", "not_after_holm", None, None, None, None]


def test_no_larger_change_must_hold_after_holm_as_well():
    rows = effects(*[{"conclusion": "no_change_larger_shown", "p_value": 0.9}] * 2)
    for p, wanted in ((0.04, "not_shown"), (0.02, "no_change_larger_shown")):
        found = judge_family(rows, pd.Series([p, p], index=rows.index))
        assert set(found["conclusion"]) == {wanted}


def failed(check_id, sites=None, status="failed"):
    rows = [{"check_id": check_id, "status": status, "value": 1.0, "limit": 0.0, "detail": "E1", "sites": sites}]
    return tables.CHECKS.check(pd.DataFrame(rows))


@pytest.mark.parametrize("check_id", sorted(RULES))
@pytest.mark.parametrize("status", ["failed", "passed", "not_possible"])
def test_every_check_takes_what_the_table_says_and_only_where_it_failed(check_id, status):
    row = apply_checks(effects({"family": "primary"}), failed(check_id, "S1", status)).iloc[0]
    rule = str(RULES[check_id].consequence) if status == "failed" else "none"
    wanted = {
        "none": ("rise_shown", None, "attributable", None),
        "not_attributable": ("rise_shown", None, "not_attributable", check_id),
        "cannot_be_judged": ("cannot_be_judged", check_id, None, None),
    }[rule]
    said = row[["conclusion", "reason", "attribution", "attribution_reason"]]
    assert tuple(None if pd.isna(word) else word for word in said) == wanted
    assert pd.isna(row["effect_pct"]) == (rule == "cannot_be_judged")


def test_a_device_that_changed_elsewhere_takes_nothing_away():
    assert apply_checks(effects({}), failed("device_change", "T9")).iloc[0]["conclusion"] == "rise_shown"
    assert apply_checks(effects({}), failed("device_change", "T9, K2")).iloc[0]["conclusion"] == "cannot_be_judged"


@pytest.mark.parametrize(
    ("about", "said"), [("T9", "attributable"), ("S1", "not_attributable"), ("K2, T9", "not_attributable"),
                        (None, "not_attributable")],
)  # fmt: skip
@pytest.mark.parametrize("check_id", ["events_in_windows", "before_in_construction", "growth_between"])
def test_an_event_takes_from_the_outcomes_at_its_sites_or_their_controls(check_id, about, said):
    assert apply_checks(effects({}), failed(check_id, about)).iloc[0]["attribution"] == said


@pytest.mark.parametrize("site", ["S1", "K2"])
def test_a_counter_of_cycles_takes_nothing_from_people_walking(site):
    rows = effects({"mode": "walk"}, {"mode": "cycle"}, {"mode": "all"}, {"mode": "cycle", "sites": "S9"})
    found = apply_checks(rows, failed("device_change", f"{site} cycle"))
    left = ["rise_shown", "cannot_be_judged", "cannot_be_judged", "rise_shown" if site == "S1" else "cannot_be_judged"]
    assert found["conclusion"].tolist() == left
    both = apply_checks(rows, failed("device_change", f"{site} cycle, {site} walk"))
    assert both["conclusion"].tolist()[:3] == ["cannot_be_judged"] * 3


def test_a_link_at_one_site_of_an_outcome_is_enough_for_it():
    rows = effects({"sites": "S1, S2"}, {"sites": "S2"}, {"sites": "S3", "control_sites": "S2"})
    found = apply_checks(rows, failed("link_opened", "S2"))
    assert found["attribution"].tolist() == ["attributable", "not_attributable", "attributable"]
    assert set(apply_checks(rows, failed("link_opened"))["attribution"]) == {"not_attributable"}


@pytest.mark.parametrize("check_id", ["residents_present", "homes_occupied"])
def test_residents_who_moved_can_make_a_change_per_resident_too(check_id):
    found = apply_checks(effects({}, {"per": "1000_residents"}), failed(check_id))
    assert found["attribution"].tolist() == ["not_attributable", "not_attributable"]


@pytest.mark.parametrize("conclusion", ["not_shown", "cannot_be_judged"])
def test_what_shows_nothing_is_attributed_to_nothing(conclusion):
    found = apply_checks(effects({"conclusion": conclusion, "reason": None}), failed("growth_between")).iloc[0]
    assert (found["conclusion"], found["attribution"]) == (conclusion, None)


def test_no_larger_change_that_something_else_can_hide_is_not_attributable():
    found = apply_checks(effects({"conclusion": "no_change_larger_shown"}), failed("growth_between")).iloc[0]
    assert (found["conclusion"], found["attribution"]) == ("no_change_larger_shown", "not_attributable")


def test_a_school_that_moves_makes_a_shown_rise_not_attributable_from_end_to_end():
    series = [("S1", "walk", 100, 150), *[(f"K{n}", "walk", 100, value) for n, value in ((1, 99), (2, 100), (3, 101))]]
    places, when = sites(("S1", "old_crossing"), *[(f"K{n}", "control") for n in (1, 2, 3)]), campaigns()
    row = {"event_id": "school", "name_da": "", "name_en": "", "kind": "land_use", "start_date": "2026-08-01"}
    moved = tables.EVENTS.conform(pd.DataFrame([row | {"end_date": None, "station_ids": None, "source": ""}]))
    shown = observed_effects(daily(*series), places, screenlines(), when, **ENDS, fewest_controls=3)
    for events, said in ((moved, "not_attributable"), (tables.EVENTS.empty(), "attributable")):
        checks = run_checks(
            daily(*series), places, screenlines(), when, events, shown, **ENDS, fewest_controls=3,
            target_change_pct=15, interventions=opened("2026-05-01"),
        )  # fmt: skip
        found = apply_checks(shown, checks)
        primary = found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]
        assert (primary["conclusion"], primary["attribution"]) == ("rise_shown", said)
        assert set(checks["check_id"]) == set(RULES)
        assert found.loc[found["estimator"] == "naive", "attribution"].isna().all()


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_rule_word_and_check_is_worded(language):
    keys = catalogue(language).keys()
    words = [f"conclusion.{word}" for word in tables.Conclusion]
    kinds = {"attribution": tables.Attribution, "consequence": tables.Consequence, "period": tables.Period}
    kinds["robust_method"] = tables.RobustMethod
    words += [f"{kind}.{word}" for kind, every in kinds.items() for word in every]
    words += [f"check.{check}.{part}" for check in RULES for part in ("title", "text")]
    void = [check for check, rule in RULES.items() if rule.consequence == conclusions.Consequence.CANNOT_BE_JUDGED]
    words += [f"{kind}.{check}" for check in void for kind in ("reason", "mend")]
    assert [word for word in words if word not in keys] == []
