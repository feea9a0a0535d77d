"""Felt time of links of 200 m: 2 minutes on foot, 1 by cycle, 4 with limits, and what each quality adds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movement import tables
from movement.network import impedance
from movement.tables import InputFaults, Mode
from tests.network.world import WEIGHTS, links

STREET = [(0, 0), (200, 0)]
MINUTE = 60_000


def felt(link, *, rise_m=0.0, climb_m=None, weights=WEIGHTS, **more):
    climb_m = max(rise_m, 0.0) if climb_m is None else climb_m
    drawn = links(("a", STREET, link)).assign(rise_m=rise_m, climb_m=climb_m, **more)
    made = impedance.impedances(drawn, weights)
    return tables.IMPEDANCES.check(made).set_index(["mode", "is_forward"])


def test_a_plain_link_is_its_length_at_the_travellers_speed():
    both = {"walk": 2 * MINUTE, "cycle": MINUTE, "walk_limited": 4 * MINUTE}
    assert felt({})["impedance_ms"].to_dict() == {(who, way): ms for who, ms in both.items() for way in (True, False)}


@pytest.mark.parametrize(
    ("link", "term", "walk", "cycle"),
    [
        ({"surface": "gravel"}, "surface", 0.2, 0.5),
        ({"surface": "unknown"}, "surface", 0.0, 0.0),
        ({"crossing": "signals"}, "crossing", 0.25, 0.25),
        ({"crossing": "ramp"}, "crossing", 0.5, 0.5),
        ({"crossing": "unmarked"}, "crossing", 0.1, 0.1),
        ({"crossing": "marked"}, "crossing", 0.0, 0.0),
        ({"crossing": "level_crossing"}, "crossing", 0.2, 0.2),
        ({"motor_per_day": 5000.0}, "traffic", 0.4, 0.2),
        ({"motor_per_day": 90000.0}, "traffic", 1.2, 0.6),
        ({"is_lit": False}, "darkness", 0.4, 0.2),
    ],
)
def test_a_quality_adds_to_its_own_term_alone(link, term, walk, cycle):
    made = felt(link)
    assert made.loc[(Mode.WALK, True), f"{term}_ms"] == walk * MINUTE
    assert made.loc[(Mode.CYCLE, True), f"{term}_ms"] == cycle * MINUTE
    rest = made[[f"{name}_ms" for name in impedance.TERMS if name not in (term, "distance")]]
    assert (rest == 0).all(axis=None)
    assert (made["impedance_ms"] == made["distance_ms"] + made[f"{term}_ms"]).all()


@pytest.mark.parametrize(
    ("speed", "heavy", "walk"),
    [(50.0, 5.0, 0.4), (70.0, 5.0, 0.48), (30.0, None, 0.32), (None, 15.0, 0.48), (50.0, 0.0, 0.36)],
)
def test_fast_and_heavy_traffic_is_felt_more(speed, heavy, walk):
    made = felt({"motor_per_day": 5000.0}, speed_kmh=speed, heavy_pct=heavy)
    assert made.loc[("walk", True), "traffic_ms"] == round(walk * MINUTE)


def test_half_a_wait_is_shared_with_the_next_link():
    assert felt({"crossing": "signals"}, waits=0.5).loc[("walk", True), "crossing_ms"] == 7500


def test_green_takes_off_its_share():
    assert felt({}, green_share=0.5).loc[("walk", True), "nature_ms"] == -0.05 * 2 * MINUTE


def test_uphill_is_slower_than_downhill():
    made = felt({}, rise_m=10)  # 5 %: Tobler exp(3.5 x 0.05) = 1.191 up, exp(-3.5 x 0.05) = 0.839 down
    assert made.loc[(Mode.WALK, True), "slope_ms"] == pytest.approx(2 * 0.19125 * MINUTE, abs=2)
    assert made.loc[(Mode.WALK, False), "slope_ms"] == pytest.approx(2 * -0.16054 * MINUTE, abs=2)
    assert made.loc[(Mode.CYCLE, True), "slope_ms"] > 0 > made.loc[(Mode.CYCLE, False), "slope_ms"]


def test_over_a_hill_is_up_and_down_though_the_ends_lie_level():
    """5 m up and 5 m down: half the way at 5 % up, half at 5 % down."""
    made = felt({}, rise_m=0.0, climb_m=5.0)
    assert made.loc[("walk", True), "slope_ms"] == pytest.approx((0.19125 - 0.16054) * MINUTE, abs=2)
    assert made.loc[("walk", True), "slope_ms"] == made.loc[("walk", False), "slope_ms"]


def test_stairs_cost_their_rise_and_cycles_are_carried():
    made = felt({"has_steps": True}, rise_m=90)
    assert made.loc[(Mode.WALK, True), "stairs_ms"] == 3.0 * MINUTE
    assert made.loc[(Mode.CYCLE, False), "stairs_ms"] == 4.0 * MINUTE
    assert (made["slope_ms"] == 0).all()


WALKS = {("walk", True), ("walk", False)}
LIMITED = {("walk_limited", True), ("walk_limited", False)}


@pytest.mark.parametrize(
    ("link", "rows"),
    [
        ({"allows_cycle": False}, WALKS | LIMITED),
        ({"cycle_oneway": True}, WALKS | LIMITED | {("cycle", True)}),
        ({"allows_walk": False, "cycle_oneway": True}, {("cycle", True)}),
        ({"has_steps": True, "allows_cycle": False}, WALKS),
    ],
)
def test_only_who_may_go_has_a_row(link, rows):
    assert set(felt(link).index) == rows


@pytest.mark.parametrize(("rise", "goes"), [(15.9, True), (16.1, False), (-16.1, False)])
def test_who_walks_with_limits_takes_no_steep_way(rise, goes):
    assert (("walk_limited", True) in felt({}, rise_m=rise).index) == goes


@given(
    rise=st.floats(-150, 150),
    more=st.floats(0, 50),
    link=st.fixed_dictionaries({"is_lit": st.booleans(), "surface": st.sampled_from(["paved", "gravel"])}),
    green=st.floats(0, 1),
)
def test_felt_time_is_the_sum_of_its_terms_and_never_zero_or_less(rise, more, link, green):
    made = felt(link, rise_m=rise, climb_m=max(rise, 0) + more, green_share=green)
    assert (made["impedance_ms"] > 0).all()
    assert (made[[f"{term}_ms" for term in impedance.TERMS]].sum(axis=1) == made["impedance_ms"]).all()


@pytest.mark.parametrize("term", impedance.SWITCHABLE)
def test_a_term_switched_off_is_nothing_and_the_others_stay(term):
    link = {
        "is_lit": False,
        "surface": "gravel",
        "crossing": "signals",
        "motor_per_day": 900.0,
        "has_steps": term == "stairs",
    }
    usual, without = (
        felt(link, rise_m=4, green_share=1.0, weights=replace(WEIGHTS, switched_off=off)) for off in ((), (term,))
    )
    assert (usual[f"{term}_ms"] != 0).all()
    assert (without[f"{term}_ms"] == 0).all()
    others = [f"{name}_ms" for name in impedance.TERMS if name != term]
    assert usual[others].equals(without[others])


def test_a_term_nobody_knows_cannot_be_switched_off():
    with pytest.raises(InputFaults) as found:
        replace(WEIGHTS, switched_off=("noise",), nature_share=0.9)
    assert [fault.rule for fault in found.value.faults] == ["unknown_word", "rate_out_of_range"]


@pytest.mark.parametrize("weights", [{"walk_speed_kmh": 1e-9}, {"stairs_s_per_m_rise": -100.0}])
def test_a_cost_that_cannot_be_is_refused_with_its_link(weights):
    with pytest.raises(InputFaults) as found:
        felt({"has_steps": True}, rise_m=90, weights=replace(WEIGHTS, **weights))
    assert {(fault.rule, fault.detail["link"]) for fault in found.value.faults} == {("cost_out_of_range", "a")}


def test_no_links_no_rows():
    assert tables.IMPEDANCES.check(impedance.impedances(links(), WEIGHTS)).empty
