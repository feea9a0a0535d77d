import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.assignment.graph import graph, limit_ms, with_costs
from movement.assignment.loading import load
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


@pytest.mark.parametrize("cost", [np.nan, -1.0, 0.0, np.inf])
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


@pytest.mark.parametrize("cost", [np.nan, -5.0, 0.0, np.inf])
def test_other_costs_are_held_to_the_same_rule(cost):
    on = graph(BOTH, world.impedances(BOTH), scenario_id="before", mode="walk")
    costs = np.full(len(on.source), 60_000.0)
    costs[0] = cost
    with pytest.raises(tables.InputFaults, match="cost_not_positive"):
        with_costs(on, costs)
