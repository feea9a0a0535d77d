import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.assignment.detours import Tolerance, load_tolerant
from movement.assignment.graph import arrange, graph, limit_ms, with_costs
from movement.assignment.loading import load
from tests.assignment.test_trees import MINUTE, both_ways, make
from tests.demand import world

BOTH = world.links("before", (*world.BEFORE_LINKS, ("new", "w", "e", 400.0)))


def flows(net, terms, start="w", end="e", column="impedance_ms"):
    on = graph(net, terms, scenario_id="before", mode="walk")
    on = with_costs(on, terms.loc[terms["mode"] == "walk", column].to_numpy())
    done = load(on, on.place([start]), on.place([end]), np.array([[10.0, 1.0]]))
    return dict(zip(on.link_ids, done.flows.tolist(), strict=True)), done.unreached.tolist()


def test_several_kinds_of_trips_are_loaded_at_once():
    found, unreached = flows(BOTH, world.impedances(BOTH))
    assert found == {"new": [10.0, 1.0], "round_e": [0.0, 0.0], "round_w": [0.0, 0.0]} and unreached == [0.0, 0.0]


def test_felt_time_avoids_what_distance_takes():
    terms = world.impedances(BOTH, {"new": 11.0})
    assert flows(BOTH, terms)[0]["new"] == [0.0, 0.0]
    assert flows(BOTH, terms, column="distance_ms")[0]["new"] == [10.0, 1.0]


def test_a_closed_link_carries_nobody():
    closed = BOTH.assign(change=np.where(BOTH["link_id"] == "new", "closed", "unchanged"))
    assert flows(closed, world.impedances(BOTH))[0] == {"round_e": [10.0, 1.0], "round_w": [10.0, 1.0]}


def test_a_direction_without_impedance_is_not_open():
    terms = world.impedances(BOTH)
    one_way = terms.loc[(terms["link_id"] != "new") | terms["is_forward"]]
    assert flows(BOTH, one_way)[0]["new"] == [10.0, 1.0]
    assert flows(BOTH, one_way, "e", "w")[0]["new"] == [0.0, 0.0]


def test_a_place_cut_off_from_all_links_still_reaches_itself_only():
    terms = world.impedances(BOTH).loc[lambda rows: ~rows["link_id"].isin(["new", "round_e"])]
    assert flows(BOTH, terms, "e", "e")[1] == [0.0, 0.0]
    assert flows(BOTH, terms, "w", "e")[1] == [10.0, 1.0]


@pytest.mark.parametrize("cost", [np.nan, -1.0, 0.0, np.inf, 2.0**31])
def test_every_link_with_an_impossible_cost_is_named(cost):
    terms = world.impedances(BOTH)
    wrong = terms.assign(impedance_ms=terms["impedance_ms"].astype(float).where(terms["link_id"] == "new", cost))
    with pytest.raises(tables.InputFaults) as found:
        graph(BOTH, wrong, scenario_id="before", mode="walk")
    assert {fault.detail["link"] for fault in found.value.faults} == {"round_e", "round_w"}


def test_links_in_another_order_give_the_same_graph():
    mixed = BOTH.iloc[::-1], world.impedances(BOTH).sample(frac=1, random_state=3)
    one, other = (graph(*pair, scenario_id="before", mode="walk") for pair in (mixed, (BOTH, world.impedances(BOTH))))
    for name in ("node_ids", "link_ids", "first_arc", "head", "link", "cost_ms", "length_m"):
        assert list(getattr(one, name)) == list(getattr(other, name))


def test_the_cut_off_is_in_milliseconds_and_has_a_most():
    assert limit_ms(1.5) == 90_000 and limit_ms(None) == limit_ms(1e9) == 2**31 - 2


def test_scaling_trips_scales_flows():
    on = graph(BOTH, world.impedances(BOTH), scenario_id="before", mode="cycle")
    ends = on.place(["w", "n"]), on.place(["n", "e"])
    single, double = (load(on, *ends, factor * np.array([[3.0], [5.0]])).flows for factor in (1, 2))
    pd.testing.assert_frame_equal(pd.DataFrame(double), pd.DataFrame(2 * single))


@pytest.mark.parametrize(
    ("cost", "rule"),
    [
        (np.nan, "not_positive"),
        (-5.0, "not_positive"),
        (0.0, "not_positive"),
        (2.0**31, "too_large"),
        (1e30, "too_large"),
    ],
)
def test_other_costs_are_held_to_the_same_rule(cost, rule):
    on = graph(BOTH, world.impedances(BOTH), scenario_id="before", mode="walk")
    costs = np.full(len(on.source), 60_000.0)
    costs[0] = cost
    with pytest.raises(tables.InputFaults, match=f"cost_{rule}"):
        with_costs(on, costs)


def test_a_link_that_ends_where_it_begins_carries_nobody_and_stays():
    arcs = [*both_ways((0, 1, 10 * MINUTE), (1, 2, 10 * MINUTE)), (1, 1, MINUTE, 9), (1, 1, MINUTE, 9)]
    on, ten = make(arcs), np.array([[10.0]])
    ends = on.place(["n00"]), on.place(["n02"])
    tolerated = load_tolerant(on, *ends, ten, tolerance=Tolerance(1.2), cut_off_min=40)
    for done in (load(on, *ends, ten), tolerated):
        assert dict(zip(on.link_ids, done.flows[:, 0], strict=True)) == {"l00": 10.0, "l01": 10.0, "l09": 0.0}


def test_more_equal_ways_than_can_be_counted_still_share_all_trips():
    # 1,100 diamonds in a row: 2 to the power of 1,100 equal ways
    links = [
        pair for at in range(0, 3300, 3) for pair in ((at, at + 1), (at, at + 2), (at + 1, at + 3), (at + 2, at + 3))
    ]
    tail, head = np.array(links).T
    on = arrange(tail, head, np.arange(len(tail)), np.full(len(tail), 1000), np.ones(len(tail)))
    done = load(on, on.place([0]), on.place([3300]), np.array([[10.0]]))
    assert done.flows[:, 0] == pytest.approx(5.0)


@pytest.mark.parametrize("cut_off", [0.0, -1.0, np.nan, np.inf])
def test_a_cut_off_is_minutes_above_zero(cut_off):
    with pytest.raises(ValueError, match="minutes above zero"):
        limit_ms(cut_off)


def test_what_the_kernel_cannot_hold_is_refused():
    on = graph(BOTH, world.impedances(BOTH), scenario_id="before", mode="walk")
    with pytest.raises(ValueError, match="none at position 99"):
        load(on, np.array([0]), np.array([99]), np.array([[1.0]]))
    with pytest.raises(ValueError, match="finite"):
        load(on, np.zeros(20_000, int), np.ones(20_000, int), np.append(np.zeros(19_999), 1e305)[:, None])
    with pytest.raises(ValueError, match="two steps"):
        load_tolerant(
            on, np.array([0]), np.array([1]), np.ones((1, 1)), tolerance=Tolerance(1.2), cut_off_min=9, bins=1
        )
