import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import t

from movement.demand import likelihood


@pytest.mark.parametrize(
    ("counted", "modelled", "se", "error"),
    [(120.0, 100.0, 5.0, 0.2), (0.0, 30.0, 2.0, 0.1), (300.0, 20.0, 10.0, 0.5), (50.0, 80.0, 4.0, 1e-4)],
)
def test_the_deviance_is_twice_the_integral_of_the_departure_over_the_variance(counted, modelled, se, error):
    wanted = 2 * quad(lambda m: (counted - m) / (se**2 + (error * m) ** 2), modelled, counted)[0]
    assert likelihood.site_deviance(counted, modelled, se, error) == pytest.approx(wanted, rel=1e-6)


def test_without_site_error_it_is_the_square_in_standard_errors():
    assert likelihood.site_deviance(110.0, 100.0, 5.0, 0.0) == 4.0


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1e5), st.floats(1e-9, 1e5), st.floats(0.01, 1e3), st.floats(0, 3))
def test_it_is_never_below_zero_nor_no_number(counted, modelled, se, error):
    found = likelihood.site_deviance(counted, modelled, se, error)
    assert np.isfinite(found) and found >= 0
    assert likelihood.site_deviance(counted, counted, se, error) == pytest.approx(0, abs=1e-9)


def test_the_site_error_makes_the_statistic_its_degrees_of_freedom():
    counted, modelled, se = (
        np.array([130.0, 70.0, 95.0, 210.0]),
        np.array([100.0, 100.0, 100.0, 200.0]),
        np.full(4, 4.0),
    )
    error = likelihood.site_error(counted, modelled, se, parameters=1)
    assert np.sum((counted - modelled) ** 2 / (se**2 + (error * modelled) ** 2)) == pytest.approx(3)


def test_counts_as_sure_as_they_say_leave_no_site_error():
    assert likelihood.site_error(np.array([101.0, 99.0, 100.0]), np.full(3, 100.0), np.full(3, 2.0), parameters=1) == 0


def test_no_degree_of_freedom_leaves_no_site_error():
    assert likelihood.site_error(np.array([150.0]), np.array([100.0]), np.array([1.0]), parameters=1) == 0


def test_a_count_without_a_standard_error_is_a_day_of_poisson():
    counted, said = np.array([100.0, 0.0, 100.0, 1000.0]), np.array([np.nan, 0.0, 7.0, 1e-9])
    assert likelihood.usable_se(counted, said).tolist() == [10.0, 1.0, 7.0, 1.0]


def test_the_cut_is_students_t_squared():
    assert likelihood.cut(16, 4) == pytest.approx(t.ppf(0.975, 12) ** 2)
    assert likelihood.cut(10_000, 1) == pytest.approx(3.8415, abs=3e-3)
    with pytest.raises(ValueError, match="3 sites cannot bound 3"):
        likelihood.cut(3, 3)


def test_measures_of_fit_by_hand():
    modelled, counted = np.array([120.0, 80.0, 0.0]), np.array([100.0, 100.0, 0.0])
    assert likelihood.geh(modelled, counted) == pytest.approx([np.sqrt(800 / 220), np.sqrt(800 / 180), 0.0])
    assert likelihood.wape(modelled, counted) == pytest.approx(0.2)
    assert likelihood.bias(modelled, counted) == 0.0
    assert likelihood.r_squared(modelled, counted) == pytest.approx(1 - 800 / (2 * 100**2 - 3 * (200 / 3) ** 2))


def test_measures_of_fit_without_people_are_none():
    nobody = np.zeros(2)
    assert np.isnan(
        [likelihood.wape(nobody, nobody), likelihood.bias(nobody, nobody), likelihood.r_squared(nobody, nobody)]
    ).all()
    assert np.isnan(likelihood.r_squared(np.zeros(0), np.zeros(0)))
