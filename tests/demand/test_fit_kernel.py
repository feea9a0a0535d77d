import numpy as np
import pytest
from scipy.optimize import minimize

from movement.demand import fit_kernel, histograms
from movement.demand.decay import Decay
from tests.demand import fit_world

WORLD = fit_world.choices()
PASSING = histograms.origin_constrained(WORLD, list(fit_world.shares(len(WORLD.origin)).values()), [0, 1])
RATES = np.geomspace(0.01, 1.0, 61)
LOGS = np.log(np.stack([PASSING.every(Decay("exponential", rate)) for rate in RATES], axis=1))
SE, USED = np.full(16, 5.0), np.ones(16, dtype=bool)
THROUGH = np.where(np.arange(16) % 3 == 0, 150.0, 0.0)


def units(rate, detour):
    return PASSING.passes(Decay("exponential", rate), detour)


def deviance(counted, logs, rate, detour, error):
    mean = np.empty(16)
    fit_kernel.means(units(rate, detour), THROUGH, np.asarray(logs, dtype=float), mean)
    return fit_kernel.deviance(counted, mean, SE, error, USED)


def noisy(seed):
    mean = np.empty(16)
    fit_kernel.means(units(0.15, 2), THROUGH, np.log([1.4, 0.7, 1.2]), mean)
    return mean * np.random.default_rng(seed).lognormal(0, 0.2, 16)


@pytest.mark.parametrize("place", [0.0, 0.4, 17.0, 31.5, 59.9, 60.0])
def test_between_two_decays_what_passes_is_read_to_five_digits(place):
    out = np.empty((16, 2))
    fit_kernel.between(LOGS[1], place, out)
    rate = RATES[0] * (RATES[-1] / RATES[0]) ** (place / 60)
    assert out == pytest.approx(units(rate, 1), rel=1e-4)


def test_slopes_are_those_of_the_means():
    logs, step = np.array([0.3, -0.2, 0.1]), 1e-6
    slope, near, far = np.empty((16, 3)), np.empty(16), np.empty(16)
    fit_kernel.slopes(units(0.1, 0), THROUGH, logs, slope)
    for factor in range(3):
        fit_kernel.means(units(0.1, 0), THROUGH, logs - step * np.eye(3)[factor], near)
        fit_kernel.means(units(0.1, 0), THROUGH, logs + step * np.eye(3)[factor], far)
        assert slope[:, factor] == pytest.approx((far - near) / (2 * step), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("error", [0.0, 0.2])
def test_scipy_finds_nothing_better(seed, error):
    counted, wide = noisy(seed), np.full(3, 3.0)
    best, places, logs = fit_kernel.search(LOGS, THROUGH, counted, SE, USED, error, np.zeros(3), -wide, wide, 0.0, 60.0)
    for detour in (0, 3):
        found = [
            minimize(
                lambda x, detour=detour: deviance(
                    counted, np.clip(x[:3], -3, 3), np.exp(np.clip(x[3], *np.log(RATES[[0, -1]]))), detour, error
                ),
                [0.0, 0.0, 0.0, start],
                method="Nelder-Mead",
                options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-7, "fatol": 1e-9},
            ).fun
            for start in (np.log(0.05), np.log(0.3))
        ]
        assert best[detour] <= min(found) * (1 + 1e-4) + 1e-6
        rate = RATES[0] * 100 ** (places[detour] / 60)
        assert deviance(counted, logs[detour], rate, detour, error) == pytest.approx(best[detour], rel=1e-3)


def test_held_factors_stay_and_a_bound_stops():
    counted, low = noisy(1), np.array([0.5, 0.0, 0.0])
    _, _, logs = fit_kernel.search(
        LOGS, THROUGH, counted, SE, USED, 0.2, np.zeros(3), low, np.array([3.0, 0.0, 0.0]), 20.0, 20.0
    )
    assert (logs[:, 1:] == 0).all() and (logs[:, 0] >= 0.5).all()


def test_a_site_left_out_has_no_say():
    counted, wide = noisy(2), np.full(3, 3.0)
    wild, used = counted.copy(), USED.copy()
    wild[4], used[4] = 1e6, False
    one, other = (
        fit_kernel.search(LOGS, THROUGH, c, SE, used, 0.2, np.zeros(3), -wide, wide, 0.0, 60.0) for c in (counted, wild)
    )
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
