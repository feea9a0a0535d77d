"""Felt minutes of links of 200 m: 2 minutes on foot, 1 by cycle, and what each quality adds."""

import pytest

from movement import tables
from movement.network import impedance
from movement.tables import Mode
from tests.network.world import WEIGHTS, links

STREET = [(0, 0), (200, 0)]


def felt(link, *, rise_m=0.0):
    made = impedance.impedances(links(("a", STREET, link)).assign(rise_m=rise_m), WEIGHTS)
    return tables.IMPEDANCES.check(made).set_index(["mode", "is_forward"])


def test_a_plain_link_is_its_length_at_the_modes_speed():
    made = felt({})
    assert made["impedance_min"].to_dict() == {
        ("walk", True): 2.0,
        ("walk", False): 2.0,
        ("cycle", True): 1.0,
        ("cycle", False): 1.0,
    }


@pytest.mark.parametrize(
    ("link", "term", "walk", "cycle"),
    [
        ({"surface": "gravel"}, "surface_min", 0.2, 0.5),
        ({"surface": "unknown"}, "surface_min", 0.0, 0.0),
        ({"crossing": "signals"}, "crossing_min", 0.25, 0.25),
        ({"crossing": "ramp"}, "crossing_min", 0.5, 0.5),
        ({"crossing": "unmarked"}, "crossing_min", 0.1, 0.1),
        ({"motor_per_day": 5000.0}, "traffic_min", 0.4, 0.2),
        ({"motor_per_day": 90000.0}, "traffic_min", 1.2, 0.6),
        ({"is_lit": False}, "darkness_min", 0.4, 0.2),
    ],
)
def test_a_quality_adds_to_its_own_term_alone(link, term, walk, cycle):
    made = felt(link)
    assert made.loc[(Mode.WALK, True), term] == pytest.approx(walk)
    assert made.loc[(Mode.CYCLE, True), term] == pytest.approx(cycle)
    rest = made[[name for name in impedance.TERMS if name not in (term, "distance_min")]]
    assert (rest == 0).all(axis=None)
    assert made["impedance_min"].to_numpy() == pytest.approx((made["distance_min"] + made[term]).to_numpy())


def test_uphill_is_slower_than_downhill():
    made = felt({}, rise_m=10)  # 5 %: Tobler exp(3.5 x 0.05) = 1.191 up, exp(-3.5 x 0.05) = 0.839 down
    assert made.loc[(Mode.WALK, True), "slope_min"] == pytest.approx(2 * 0.19125, abs=1e-4)
    assert made.loc[(Mode.WALK, False), "slope_min"] == pytest.approx(2 * -0.16054, abs=1e-4)
    assert made.loc[(Mode.CYCLE, True), "slope_min"] > 0 > made.loc[(Mode.CYCLE, False), "slope_min"]


def test_stairs_cost_their_rise_and_cycles_are_carried():
    made = felt({"has_steps": True}, rise_m=90)
    assert made.loc[(Mode.WALK, True), "stairs_min"] == pytest.approx(3.0)
    assert made.loc[(Mode.CYCLE, False), "stairs_min"] == pytest.approx(4.0)
    assert (made["slope_min"] == 0).all()


@pytest.mark.parametrize(
    ("link", "rows"),
    [
        ({"allows_cycle": False}, {("walk", True), ("walk", False)}),
        ({"cycle_oneway": True}, {("walk", True), ("walk", False), ("cycle", True)}),
        ({"allows_walk": False, "cycle_oneway": True}, {("cycle", True)}),
    ],
)
def test_only_who_may_go_has_a_row(link, rows):
    assert set(felt(link).index) == rows


@pytest.mark.parametrize("rise", [-100.0, -10, 0, 10, 100])
def test_felt_time_is_never_zero_or_less(rise):
    assert (felt({}, rise_m=rise)["impedance_min"] > 0).all()


def test_no_links_no_rows():
    assert tables.IMPEDANCES.check(impedance.impedances(links(), WEIGHTS)).empty
