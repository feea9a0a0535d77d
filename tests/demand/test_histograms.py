import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from movement.demand import distribute, histograms
from movement.demand.choices import Choices
from movement.demand.decay import Decay
from tests.demand import fit_world

LINE = Decay("table", minutes=(0.0, 100.0), values=(100.0, 0.0))  # falls evenly: bins must be exact
DECAYS = [Decay("exponential", 0.02), Decay("exponential", 0.25), Decay("exponential", 0.5), Decay("power", 2.0)]


def exact(choices, shares, trips, groups):
    group = np.asarray(groups)[choices.purpose[choices.origin]]
    return np.stack([(shares @ np.where(group == number, trips, 0.0)) for number in range(max(groups) + 1)], axis=1)


def free_trips(choices, decay):
    return choices.produced[choices.origin] * choices.pull * decay.of(choices.cost_min)


def two_rows(costs):
    return Choices(
        np.array([0, 1]), np.array([0, 0]), np.array(costs), np.array([2.0, 2.0]), np.array([10.0, 5.0]),
        np.array([0, 1]), ("school", "work"), np.ones(1),
    )  # fmt: skip


def test_what_passes_by_hand():
    shares = sparse.csr_array(np.array([[1.0, 0.5], [0.0, 2.0]]))
    found = histograms.unconstrained(two_rows([3.01, 7.49]), [shares], [0, 1]).passes(LINE, 0)
    assert found == pytest.approx(np.array([[20 * 96.99, 0.5 * 10 * 92.51], [0.0, 2 * 10 * 92.51]]))


def test_purposes_of_one_group_are_one_column():
    shares = sparse.csr_array(np.array([[1.0, 0.5]]))
    found = histograms.unconstrained(two_rows([3.0, 7.0]), [shares], [0, 0]).passes(LINE, 0)
    assert found == pytest.approx(np.array([[20 * 97 + 5 * 93]]))


def test_the_yardstick_divides_each_purpose():
    shares = sparse.csr_array(np.array([[1.0, 0.5]]))
    yardstick = np.array([4.0, 0.0])
    found = histograms.unconstrained(two_rows([3.0, 7.0]), [shares], [0, 1], mean_access=yardstick).passes(LINE, 0)
    assert found == pytest.approx(np.array([[20 * 97 / 4, 0.0]]))


@pytest.mark.parametrize("decay", DECAYS)
def test_an_unconstrained_trial_is_within_a_thousandth_of_the_sum_over_rows(decay):
    world = fit_world.choices()
    shares = list(fit_world.shares(len(world.origin)).values())
    found = histograms.unconstrained(world, shares, [0, 1])
    for detour, one in enumerate(shares):
        wanted = exact(world, one, free_trips(world, decay), [0, 1])
        assert found.passes(decay, detour) == pytest.approx(wanted, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("decay", DECAYS)
def test_a_huff_trial_is_within_a_thousandth_of_the_sum_over_rows(decay):
    world = fit_world.choices()
    shares = list(fit_world.shares(len(world.origin)).values())
    found = histograms.origin_constrained(world, shares, [0, 1])
    wanted = exact(world, shares[2], distribute.origin_constrained(world, decay).trips, [0, 1])
    assert found.passes(decay, 2) == pytest.approx(wanted, rel=1e-3, abs=1e-9)


def test_a_redistributed_trial_is_the_sum_over_rows():
    world = fit_world.choices()
    shares = list(fit_world.shares(len(world.origin)).values())
    decay = Decay("exponential", 0.1)
    found = histograms.redistributed(
        world, shares, [0, 1], distribute=lambda tried: distribute.doubly_constrained(world, tried).trips
    )
    wanted = exact(world, shares[1], distribute.doubly_constrained(world, decay).trips, [0, 1])
    assert found.passes(decay, 1) == pytest.approx(wanted)


@pytest.mark.parametrize("form", [histograms.unconstrained, histograms.origin_constrained])
def test_every_detour_value_has_its_own_set(form):
    world = fit_world.choices()
    found = form(world, list(fit_world.shares(len(world.origin)).values()), [0, 1])
    every = found.every(DECAYS[0])
    assert every.shape == (5, 16, 2) and found.detours == 5
    assert all((every[at] == found.passes(DECAYS[0], at)).all() for at in range(5))
    assert not np.allclose(every[0], every[4])


@pytest.mark.parametrize("form", [histograms.unconstrained, histograms.origin_constrained])
def test_mean_minutes_of_those_who_pass(form):
    shares = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 1.0]]))
    found = form(two_rows([4.03, 9.07]), [shares], [0, 0])
    minutes = found.person_min(LINE, 0) / found.passes(LINE, 0)
    assert minutes[0, 0] == pytest.approx(4.03, abs=0.01) and 4.03 < minutes[1, 0] < 9.07


def test_an_origin_that_reaches_nothing_makes_no_trip():
    shares = sparse.csr_array(np.array([[1.0, 1.0]]))
    none = Decay("table", minutes=(0.0, 5.0), values=(1.0, 1.0))
    assert histograms.origin_constrained(two_rows([3.0, 7.0]), [shares], [0, 1]).passes(none, 0).tolist() == [
        [10.0, 0.0]
    ]


def test_without_rows_nothing_passes():
    nothing = np.zeros(0, dtype=np.int64)
    empty = Choices(nothing, nothing, np.zeros(0), np.zeros(0), np.zeros(0), nothing, ("work",), np.zeros(0))
    shares = [sparse.csr_array((3, 0))]
    assert histograms.unconstrained(empty, shares, [0]).passes(DECAYS[0], 0).tolist() == [[0.0]] * 3
    assert histograms.origin_constrained(empty, shares, [0]).passes(DECAYS[0], 0).tolist() == [[0.0]] * 3


def test_bins_rise_from_zero_beyond_the_greatest_cost():
    for most in (0.0, 0.5, 3.0, 60.0):
        centres = histograms.bin_centres(most)
        assert centres[0] == 0 and 1.0 in centres and centres[-1] >= most and (np.diff(centres) > 0).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 90), min_size=2, max_size=2), st.floats(0.001, 0.5))
def test_any_cost_and_rate_is_near_the_sum_over_rows(costs, rate):
    decay, shares = Decay("exponential", rate), sparse.csr_array(np.array([[1.0, 0.5]]))
    world = two_rows(costs)
    found = histograms.unconstrained(world, [shares], [0, 0]).passes(decay, 0)
    assert found == pytest.approx(exact(world, shares, free_trips(world, decay), [0, 0]), rel=1e-3)
