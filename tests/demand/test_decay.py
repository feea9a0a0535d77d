import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movement.demand.decay import Decay
from movement.publish import language
from movement.tables import DecayForm, InputFaults

TABLE = {"minutes": (5.0, 10.0, 20.0), "values": (1.0, 0.8, 0.2)}


@pytest.mark.parametrize(
    ("decay", "minutes", "weight"),
    [
        (Decay("exponential", 0.1), 0.0, 1.0),
        (Decay("exponential", 0.1), 10.0, np.exp(-1)),
        (Decay("exponential", 0.0), 55.0, 1.0),
        (Decay("power", 2.0), 4.0, 1 / 16),
        (Decay("power", 2.0), 1.0, 1.0),
        (Decay("power", 2.0), 0.0, 1.0),
        (Decay("table", **TABLE), 0.0, 1.0),
        (Decay("table", **TABLE), 7.5, 0.9),
        (Decay("table", **TABLE), 20.0, 0.2),
        (Decay("table", **TABLE), 20.001, 0.0),
        (Decay("table", minutes=(3.0,), values=(0.5,)), 3.0, 0.5),
        (Decay("exponential", 10.0), 1e300, 0.0),
        (Decay("power", 10.0), 1e308, 0.0),
        (Decay("exponential", 0.0), np.inf, 0.0),
        (Decay("power", 0.0), np.inf, 0.0),
        (Decay("table", **TABLE), np.inf, 0.0),
    ],
)
def test_weights_by_hand_and_at_both_ends(decay, minutes, weight):
    assert decay.of(np.array([minutes])).tolist() == pytest.approx([weight], abs=1e-300)


def test_a_matrix_keeps_its_shape():
    assert Decay("exponential", 0.1).of(np.zeros((2, 3))).tolist() == [[1.0] * 3] * 2
    assert Decay("exponential", 0.1).of(np.zeros(0)).shape == (0,)


@given(st.sampled_from(["exponential", "power"]), st.floats(0, 10), st.lists(st.floats(0, 1e308), min_size=2))
def test_more_time_never_weighs_more(form, rate, minutes):
    weight = Decay(form, rate).of(np.sort(minutes))
    assert np.isfinite(weight).all() and (np.diff(weight) <= 0).all() and weight.max() <= 1


@pytest.mark.parametrize("minutes", [-0.1, np.nan, -np.inf])
def test_a_time_that_is_none_is_named(minutes):
    with pytest.raises(ValueError, match=rf"zero or more, not {minutes}"):
        Decay("exponential", 0.1).of(np.array([1.0, minutes]))


@pytest.mark.parametrize("rate", [-0.01, 10.1, np.nan, np.inf, "fast", None])
@pytest.mark.parametrize("form", ["exponential", "power"])
def test_a_rate_out_of_range_is_named(form, rate):
    with pytest.raises(InputFaults) as found:
        Decay(form, rate)
    said = language.say_fault(language.catalogue("en"), found.value.faults[0])
    assert said == (
        f"params.yaml: decay ({form}) is {rate}. It must be a number from 0 to 10. Correct it in params.yaml."
    )


@pytest.mark.parametrize(
    ("minutes", "values"),
    [
        ((), ()),
        ((1.0, 2.0), (1.0,)),
        ((2.0, 2.0), (1.0, 0.5)),
        ((2.0, 1.0), (1.0, 0.5)),
        ((-1.0, 1.0), (1.0, 0.5)),
        ((1.0, 2.0), (1.0, -0.5)),
        ((1.0, 2.0), (0.0, 0.0)),
        ((1.0, np.inf), (1.0, 0.5)),
        ((1.0, 2.0), (np.nan, 0.5)),
    ],
)
def test_a_broken_table_is_named_with_its_rule(minutes, values):
    with pytest.raises(InputFaults) as found:
        Decay("table", minutes=minutes, values=values)
    said = language.say_fault(language.catalogue("en"), found.value.faults[0])
    assert f"the minutes {list(minutes)} and the values {list(values)}" in said and "minutes that rise" in said


def test_a_form_that_is_not_known_is_named_with_those_that_are():
    with pytest.raises(InputFaults, match=r"unknown_word: 'gaussian'.*exponential, power, table"):
        Decay("gaussian", 0.1)
    assert Decay(DecayForm.POWER, 1.0).of(np.array([2.0])).tolist() == [0.5]
