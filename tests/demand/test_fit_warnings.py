import numpy as np
import pytest
import statsmodels.api as sm

from movement.demand import fit_warnings
from movement.demand.fit_warnings import Doubt, FitWarning, Residuals

SITES = 16
EAST = np.arange(SITES) % 4 * 300.0
NORTH = np.arange(SITES) // 4 * 300.0
PLACES = np.column_stack([EAST, NORTH])
MEAN = 100.0 + 10.0 * np.arange(SITES)


def residuals(departures, parameters=2):
    """Counts that depart by so many standard deviations of 10 % from a model of a scale and a trend."""
    slopes = np.column_stack([MEAN, MEAN * np.linspace(-1, 1, SITES)])[:, :parameters]
    names = tuple(f"S{site:02d}" for site in range(SITES))
    return Residuals(names, MEAN * (1 + 0.1 * departures), MEAN, (0.1 * MEAN) ** 2, slopes)


def noise(seed):
    return np.random.default_rng(seed).standard_normal(SITES)


def test_the_f_test_is_that_of_added_variables_in_least_squares():
    departures, feature = noise(1), EAST / 100.0
    base = np.column_stack([np.ones(SITES), np.linspace(-1, 1, SITES)])
    small, large = (sm.OLS(departures, x).fit() for x in (base, np.column_stack([base, feature])))
    wanted = large.compare_f_test(small)[1]
    assert fit_warnings.follows(residuals(departures), feature[:, None]) == pytest.approx(wanted)


def test_a_feature_that_says_what_a_parameter_says_is_no_alarm():
    assert fit_warnings.follows(residuals(noise(1)), np.linspace(-3, 5, SITES)[:, None]) == 1.0
    assert fit_warnings.follows(residuals(noise(1)), np.ones((SITES, 1))) == 1.0


def test_what_departures_follow_is_found():
    assert fit_warnings.follows(residuals(noise(2) + EAST / 100.0), EAST[:, None]) < 1e-3


@pytest.mark.parametrize(
    "test",
    [
        lambda fit: fit_warnings.follows(fit, EAST[:, None]),
        lambda fit: fit_warnings.near_alike(fit, PLACES),
        lambda fit: fit_warnings.at_place(fit, PLACES)[0],
    ],
    ids=["follows", "near_alike", "at_place"],
)
def test_chance_alone_sounds_as_often_as_it_should(test):
    chances = np.array([test(residuals(noise(100 + seed))) for seed in range(120)])
    assert 0.04 <= np.mean(chances < 0.1) <= 0.18 and (chances > 0).all() and (chances <= 1).all()


def test_neighbours_that_depart_alike_are_found():
    alike = np.where(EAST > 450, 2.0, -2.0)
    assert fit_warnings.near_alike(residuals(0.3 * noise(3) + alike), PLACES) < 0.01


def test_what_is_missing_at_a_place_is_found_there():
    bump = 4 * np.exp(-(np.hypot(EAST - 600, NORTH - 300) ** 2) / 300.0**2)
    chance, site = fit_warnings.at_place(residuals(0.3 * noise(4) + bump), PLACES)
    assert chance < 0.01 and site == 6


def test_sites_at_one_spot_cannot_be_told_apart():
    together = np.zeros((SITES, 2))
    assert 0 < fit_warnings.near_alike(residuals(noise(5)), together) <= 1
    assert fit_warnings.at_place(residuals(noise(5)), together)[0] > 0.01


def test_a_perfect_fit_raises_nothing():
    found = fit_warnings.residual_warnings(
        residuals(np.zeros(SITES)), mean_cost_min=EAST, features={"x": NORTH}, places_m=PLACES
    )
    assert not list(found)


@pytest.mark.parametrize(("wape", "left_out", "is_said"), [(0.1, 0.3, True), (0.1, 0.2, False), (0.2, 0.39, False)])
def test_sites_left_out_missed_far_more_than_those_in_the_fit(wape, left_out, is_said):
    said = [FitWarning(Doubt.LEFT_OUT_ERROR_LARGE, value=left_out)] if is_said else []
    assert list(fit_warnings.left_out_warnings(wape=wape, left_out_wape=left_out)) == said


def test_notes_are_no_alarms():
    assert not FitWarning(Doubt.NOT_FITTED).is_alarm and FitWarning(Doubt.SITE_ERROR_LARGE).is_alarm
