"""Both land uses go over a network in one pass, and each has its own flows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from movement.tables import Mode
from pipelines import modelled, ways
from tests.demand import world


def model_where_twice_as_many_live_as_planned():
    given = world.inputs()
    twice = given.zones["residents"].where(given.zones["land_use"] == "today", 2 * given.zones["residents"])
    return ways.Model(replace(given, zones=given.zones.assign(residents=twice)), world.RATES, Mode.WALK)


@pytest.mark.parametrize("ratio", [1.0, 1.3])
def test_land_uses_in_one_pass_have_the_flows_of_a_pass_each(ratio):
    values = modelled.Parameters({"scale": 1.0, "decay": 0.1, "detour": ratio, "through": 1.0})
    model = model_where_twice_as_many_live_as_planned()
    assert modelled.networks(model.inputs) == ["before", "bridge"]
    assert modelled.land_uses(model.inputs) == ["today", "planned"]
    for scenario_id in modelled.networks(model.inputs):
        together = model.link_flows_by_use(scenario_id, ["today", "planned"], values)
        assert together["today"].sum() > 0
        pd.testing.assert_series_equal(together["planned"], 2 * together["today"], rtol=1e-12)
        for land_use, flows in together.items():
            pd.testing.assert_series_equal(flows, model.link_flows(scenario_id, land_use, values), rtol=1e-12)


def test_columns_come_back_with_their_land_use_in_their_order():
    values = modelled.Parameters({"scale": 1.0, "decay": 0.1, "detour": 1.0, "through": 1.0})
    model = model_where_twice_as_many_live_as_planned()
    today = model.demand("before", "today", values).trips[:, None]
    planned = model.demand("before", "planned", values).trips[:, None]
    first, second = model.flows("before", {"today": today * [1.0, 3.0], "planned": planned}, 1.0)
    once = model.link_flows("before", "today", values).to_numpy()
    np.testing.assert_allclose(first, once[:, None] * [1.0, 3.0])
    np.testing.assert_allclose(second, once[:, None] * 2.0)
