"""Simulated studies whose truth is known: the short version of `tests.benchmarks.effects`, same seed."""

from collections.abc import Iterable

import pytest

from tests.benchmarks import (
    effect_conclusions,
    effect_coverage,
    effect_demonstration,
    effect_library,
    effect_peer,
    effect_power,
    effect_rerouting,
)
from tests.benchmarks.rows import Row


def missed(rows: Iterable[Row]) -> list[str]:
    judged = [row for row in rows if row.goal != "none"]
    assert judged
    return [f"{row.name}: {row.value:.2f} +-{row.se} {row.unit}, goal {row.goal}" for row in judged if not row.holds]


def test_intervals_hold_the_truth_as_often_as_they_say():
    assert missed(effect_coverage.coverage(1000)) == []


def test_what_fails_is_seen_to_fail():
    rows = {row.name: row for row in effect_coverage.coverage(100)}
    biased = rows["J treated grow 5 % a year: treated sites, bias"]
    assert biased.value > 3
    assert all(row.value < 25 for name, row in rows.items() if name.endswith("naive, truth in interval"))
    assert not effect_coverage.share("", [True] * 80 + [False] * 20, least=93, most=97).holds


def test_a_rise_is_seldom_shown_where_there_is_none():
    assert missed(effect_conclusions.without_effect(500)) == []


def test_no_larger_change_is_seldom_shown_where_the_change_is_as_large():
    rows = list(effect_conclusions.no_larger_change(100))
    assert missed(rows) == []
    shown = {row.name: row.value for row in rows}
    assert shown["change none, 20 of 40, 4+4 weeks: treated sites, no larger shown"] > 50


def test_whole_studies_give_the_numbers_of_the_arrays():
    assert missed(effect_library.same_numbers(1, names=list(effect_coverage.SCENARIOS)[:3])) == []


def test_a_rise_that_a_school_makes_is_not_held_to_be_the_links():
    rows = list(effect_conclusions.school_moved(3, workers=1))
    assert missed(rows) == []
    shown = {row.name: row.value for row in rows}
    assert shown["school moved: treated sites, rise shown"] > 50
    assert shown["school moved: treated sites, attributable rise, school not in EVENTS"] > 50  # the link did open


def test_the_screenline_is_unbiased_whatever_is_rerouted():
    assert missed(effect_rerouting.unbiased(1000)) == []


def test_power_foreseen_is_power_found():
    assert missed(effect_power.agreement(400, weeks=(2,), cases=effect_power.CASES[1:5:3])) == []


def test_estimators_agree_with_an_independent_one():
    pytest.importorskip("diff_diff", reason="only the benchmark group has it")
    assert missed(effect_peer.agreement(5)) == []


def test_the_demonstration_holds_its_truth():
    assert missed(effect_demonstration.truth_found(3, workers=1)) == []
