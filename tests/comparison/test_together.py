import pandas as pd
import pytest

from movement import tables
from movement.comparison.conclusions import judge_family
from movement.comparison.together import asked_in_family, counted_p, judge_asked
from tests.comparison.test_conclusions import effects


def asked(*rows):
    """Return ASKED_RESULTS with changes {column: value} over a plain secondary one, each at a place of its own."""
    plain = {
        "outcome": "staying",
        "phase": "change",
        "family": "secondary",
        "p_value": 0.03,
        "conclusion": "rise_shown",
    }
    made = [plain | {"place": f"T{at}"} | row for at, row in enumerate(rows)]
    return tables.ASKED_RESULTS.check(pd.DataFrame([dict.fromkeys(tables.ASKED_RESULTS.columns) | row for row in made]))


def test_what_was_asked_and_what_was_counted_are_one_family():
    """p of 0.001, 0.02 and 0.5 counted and of 0.02 asked: 4 * 0.001, 3 * 0.02, 0.5; counted alone 2 * 0.02 holds."""
    counted = effects({"p_value": 0.001}, {"p_value": 0.02}, {"p_value": 0.5, "conclusion": "not_shown"})
    none = pd.Series(float("nan"), index=counted.index)
    told = asked({"p_value": 0.02}, {"p_value": 0.0001, "family": "exploratory"}, {"family": "primary"})
    alone = judge_family(counted, none)
    both = judge_family(counted, none, others=asked_in_family(told).tolist())
    assert alone["p_holm"].tolist() == pytest.approx([0.003, 0.04, 0.5])
    assert both["p_holm"].tolist() == pytest.approx([0.004, 0.06, 0.5])
    assert both["conclusion"].tolist() == ["rise_shown", "not_shown", "not_shown"]
    found = judge_asked(told, counted_p(both))
    assert found["p_holm"].fillna(-1).tolist() == pytest.approx([0.06, -1, -1])
    assert found["conclusion"].tolist() == ["not_shown", "rise_shown", "rise_shown"]
    assert found["reason"].fillna("").tolist() == ["not_after_holm", "", ""]


def test_what_holds_together_stays_shown():
    found = judge_asked(asked({"p_value": 0.01}, {"p_value": 0.02, "conclusion": "fall_shown"}), [])
    assert found["conclusion"].tolist() == ["rise_shown", "fall_shown"]
    assert found["p_holm"].tolist() == pytest.approx([0.02, 0.02])


def test_a_phase_by_itself_and_a_change_without_p_are_not_in_the_family():
    rows = asked({"phase": "after", "conclusion": None}, {"p_value": None, "conclusion": "cannot_be_judged"})
    assert asked_in_family(rows).empty
    assert judge_asked(rows, [0.01])["p_holm"].isna().all()
    assert judge_asked(tables.ASKED_RESULTS.empty(), [0.01]).empty
