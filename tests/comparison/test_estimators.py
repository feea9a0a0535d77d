from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.api import GLM, families

from movement.comparison import estimators
from movement.comparison.estimators import Interval

TREATED = pd.Series([0.20, 0.05, 0.31], index=["T1", "T2", "T3"])
CONTROLS = pd.Series([-0.10, 0.02, 0.07, -0.04, 0.11], index=["K1", "K2", "K3", "K4", "K5"])
LOGS = st.lists(st.floats(-1, 1), min_size=2, max_size=4)


def permuted_p(effect):
    """The p of an effect by going through every choice, the slow way."""
    values = np.concatenate([TREATED - effect, CONTROLS])

    def difference(rows):
        return abs(values[rows].mean() - np.delete(values, rows).mean())

    made = difference([0, 1, 2])
    return np.mean([difference(list(rows)) >= made - 1e-12 for rows in combinations(range(8), 3)])


def test_p_of_no_change_is_that_of_the_t_test():
    found = estimators.treated_against_controls(TREATED, CONTROLS)
    assert found.p_value() == pytest.approx(stats.ttest_ind(TREATED, CONTROLS).pvalue)


def test_the_interval_of_another_coverage_is_that_of_the_t_test():
    found = estimators.treated_against_controls(TREATED, CONTROLS)
    wanted = stats.ttest_ind(TREATED, CONTROLS).confidence_interval(0.9)
    assert found.effect + found.half_at(0.9) == pytest.approx(wanted.high)


@given(effect=st.floats(-0.5, 0.5), half=st.floats(0.01, 0.5), limit=st.floats(0.01, 0.5))
def test_equivalence_is_the_90_pct_interval_inside_the_limit(effect, half, limit):
    found = Interval(effect, half, 6)
    if abs(abs(effect) + found.half_at(0.9) - limit) > 1e-9:
        assert (found.p_equivalence(limit) <= 0.05) == (abs(effect) + found.half_at(0.9) <= limit)


def test_without_any_spread_p_is_0_or_1():
    assert Interval(0.1, 0.0, 3).p_value() == 0
    assert Interval(0.0, 0.0, 3).p_value() == 1


def test_welch_is_that_of_scipy():
    found, wanted = estimators.welch(TREATED, CONTROLS), stats.ttest_ind(TREATED, CONTROLS, equal_var=False)
    assert (found.effect + found.half, found.degrees_of_freedom) == pytest.approx(
        (wanted.confidence_interval().high, wanted.df)
    )
    assert estimators.welch(TREATED[:1], CONTROLS) is None
    assert estimators.welch(TREATED * 0, CONTROLS * 0).half == 0


def test_permutation_interval_holds_exactly_what_is_not_rejected():
    found = estimators.randomization(TREATED, CONTROLS)
    assert found.p_value == pytest.approx(permuted_p(0.0))
    assert found.smallest_p == pytest.approx(1 / 56)
    for end, outward in ((found.low, -1), (found.high, 1)):
        assert permuted_p(end - outward * 1e-6) > 0.05
        assert permuted_p(end + outward * 1e-6) <= 0.05


def test_permutation_of_one_among_eight_can_reject_nothing():
    found = estimators.randomization(TREATED[:1], pd.Series(np.linspace(-0.1, 0.1, 7)))
    assert (found.smallest_p, found.low, found.high) == (pytest.approx(1 / 8), None, None)
    assert found.p_value == pytest.approx(1 / 8)


def test_too_many_choices_are_drawn_and_give_the_same_each_time():
    treated, controls = pd.Series(np.linspace(0.0, 0.4, 9)), pd.Series(np.linspace(-0.2, 0.2, 12))
    first, second = (estimators.randomization(treated, controls) for _ in range(2))
    assert first == second
    assert first.smallest_p < 1e-5 < first.p_value
    assert first.low == pytest.approx(estimators.treated_against_controls(treated, controls).effect - 0.13, abs=0.04)


def test_poisson_on_sums_is_the_model_of_days_and_sites_and_its_jackknife():
    random = np.random.Generator(np.random.PCG64(7))
    sites, days = 6, 8
    people = random.poisson(
        random.lognormal(4, 0.5, sites) * random.lognormal(0, 0.3, (days, 1)) * np.ones((days, sites))
    )
    is_after, is_treated = np.arange(days) >= days // 2, np.arange(sites) < 2
    found = estimators.poisson_jackknife(
        people[~is_after].sum(axis=0).astype(float), people[is_after].sum(axis=0).astype(float), is_treated
    )

    def of_days(kept):
        day, site = (part.ravel() for part in np.meshgrid(np.arange(days), kept, indexing="ij"))
        own = (site[:, None] == kept).astype(float)
        dates = (day[:, None] == np.arange(1, days)).astype(float)
        design = np.column_stack([is_after[day] & is_treated[site], own, dates]).astype(float)
        return GLM(people[:, kept].ravel(), design, family=families.Poisson()).fit(tol=1e-12).params[0]

    whole = of_days(np.arange(sites))
    parts = np.array([of_days(np.delete(np.arange(sites), one)) for one in range(sites)])
    error = np.sqrt((sites - 1) / sites * ((parts - whole) ** 2).sum())
    assert found.effect == pytest.approx(whole, abs=1e-9)
    assert found.half == pytest.approx(stats.t.ppf(0.975, sites - 1) * error, abs=1e-8)


def test_poisson_takes_two_sites_on_each_side():
    one = np.array([True, False, False])
    assert estimators.poisson_jackknife(np.ones(3), np.ones(3), one) is None


@settings(max_examples=40, deadline=None)
@given(treated=LOGS, controls=LOGS)
def test_every_estimator_of_sites_gives_the_difference_of_means(treated, controls):
    own, others = pd.Series(treated), pd.Series(controls)
    wanted = pytest.approx(own.mean() - others.mean(), abs=1e-9)
    assert estimators.treated_against_controls(own, others).effect == wanted
    assert estimators.randomization(own, others).effect == wanted
    assert estimators.welch(own, others).effect == wanted


def test_one_treated_site_gives_the_same_by_regression_as_against_the_spread():
    by_regression = estimators.treated_against_controls(TREATED[:1], CONTROLS)
    against = estimators.against_controls(float(TREATED.iloc[0]), CONTROLS)
    assert (by_regression.effect, by_regression.half) == pytest.approx((against.effect, against.half))


def test_an_error_of_its_own_widens_the_interval():
    plain = Interval(0.1, float(stats.t.ppf(0.975, 4)) * 0.03, 4)
    assert plain.widened(0.04**2).standard_error() == pytest.approx(0.05)
    assert plain.widened(0.0).half == pytest.approx(plain.half)
