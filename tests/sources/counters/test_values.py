import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.sources.counters.times import decide_order
from movement.sources.counters.values import counts_of


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.just(""), st.integers(0, 9999).map(str)), min_size=1, max_size=20), st.sampled_from(",."))
def test_blank_is_never_zero_and_zero_never_blank(texts, decimal):
    found = counts_of(pd.Series(texts, dtype=object), decimal=decimal)
    assert found["n"].isna().tolist() == [text == "" for text in texts]
    assert found["n"].dropna().tolist() == [float(text) for text in texts if text]
    assert (found["rule"] == "").all()


@pytest.mark.parametrize(
    ("text", "said", "number", "rule"),
    [
        ("12,0", {}, 12.0, ""),
        ("1.034,0", {}, 1034.0, ""),
        ("1,034.0", {}, 1034.0, ""),
        ("1 034", {}, 1034.0, ""),
        ("1.034", {}, None, "number_ambiguous"),
        ("1,000", {}, None, "number_ambiguous"),
        ("1.034.567", {}, None, "number_ambiguous"),
        ("1.034", {"thousands": "."}, 1034.0, ""),
        ("1,034", {"thousands": "."}, None, "not_whole"),
        ("1.034", {"decimal": ","}, None, "number_ambiguous"),
        ("1.034", {"decimal": ".", "is_whole": False}, 1.034, ""),
        ("1,000", {"decimal": ","}, 1.0, ""),
        ("-1", {}, None, "negative"),
        ("0,5", {}, None, "not_whole"),
        ("NA", {}, None, "not_a_number"),
        ("1e9", {}, None, "not_a_number"),
        ("\u00b2", {}, None, "not_a_number"),
    ],
)
def test_numbers(text, said, number, rule):
    found = counts_of(pd.Series([text]), **said).iloc[0]
    assert found["rule"] == rule
    assert pd.isna(found["n"]) if number is None else found["n"] == number


@pytest.mark.parametrize(
    ("texts", "declared", "orders", "order"),
    [
        (["03-04-2026"], "", ("dmy", "mdy"), None),
        (["03-04-2026"], "mdy", ("dmy", "mdy"), "mdy"),
        (["03-04-2026", "13-04-2026"], "", ("dmy", "mdy"), "dmy"),
        (["03/04/2026", "03/13/2026"], "", ("dmy", "mdy"), "mdy"),
        (["13/04/2026", "03/13/2026"], "", ("dmy", "mdy"), None),
        (["03-04-2026"], "", ("dmy",), "dmy"),
        (["2026-04-03"], "", ("dmy", "mdy"), "ymd"),
    ],
)
def test_date_order(texts, declared, orders, order):
    assert decide_order(texts, declared=declared, orders=orders) == order
