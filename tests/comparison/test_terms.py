import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movement.comparison.terms import share_among_terms, subsets


def test_two_terms_that_only_work_together_share_alike():
    change = {frozenset(): np.array([1.0]), frozenset("a"): np.array([1.0]), frozenset("b"): np.array([1.0])}
    change |= {frozenset("ab"): np.array([5.0])}
    parts = share_among_terms(change, ["a", "b"])
    assert {name: float(part[0]) for name, part in parts.items()} == {"distance": 1.0, "a": 2.0, "b": 2.0}


def test_without_terms_all_is_distance():
    assert share_among_terms({frozenset(): np.array([4.0])}, []) == {"distance": np.array([4.0])}


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_the_parts_add_up_and_a_term_without_effect_has_none(number, seed):
    terms, random = [f"t{n}" for n in range(number)], np.random.default_rng(seed)
    idle = terms[seed % number]
    base = {chosen: random.normal(size=3) for chosen in subsets([t for t in terms if t != idle])}
    change = {chosen: base[chosen - {idle}] for chosen in subsets(terms)}
    parts = share_among_terms(change, terms)
    assert sum(parts.values()) == pytest.approx(change[frozenset(terms)])
    assert parts[idle] == pytest.approx(0.0)
