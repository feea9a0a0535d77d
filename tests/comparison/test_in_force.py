"""What was open in a campaign by pencil: one run, a sum of changes, or today's links; who was there."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from movement.comparison import in_force

CAMPAIGNS = pd.DataFrame(
    {
        "campaign_id": ["zero", "one"],
        "phase": ["before", "after"],
        "start_date": pd.to_datetime(["2025-09-01", "2026-09-01"]),
        "end_date": pd.to_datetime(["2025-09-14", "2026-09-14"]),
        "residents_present": [200.0, 150.0],
    }
)
BRIDGE, PATH, LIGHT = (frozenset({("added", name)}) for name in ("bridge", "path", "light"))
CONTENTS = {
    "bridge": BRIDGE,
    "path": PATH,
    "light": LIGHT,
    "whole": BRIDGE | PATH | LIGHT,
    "both": BRIDGE | PATH,
    "nothing": frozenset(),
}


def opened(*rows):
    table = pd.DataFrame(rows, columns=["scenario_id", "start_date", "end_date"])
    return table.assign(start_date=pd.to_datetime(table["start_date"]), end_date=pd.to_datetime(table["end_date"]))


def force(interventions, *, plans_from=None, contents=CONTENTS):
    scenarios = pd.DataFrame(
        {"scenario_id": ["zero"], "changes_land_use": [True], "start_date": [pd.to_datetime(plans_from)]}
    )
    (found,) = in_force.in_force(CAMPAIGNS, interventions, scenarios, contents)
    assert found.campaign_id == "one"
    return found


def made_of(*names, contents=CONTENTS):
    found = force(opened(*[(name, "2026-05-01", None) for name in names]), contents=contents)
    return str(found.basis), found.scenario_ids, dict(found.weights)


@pytest.mark.parametrize(
    ("start", "end", "scenario"),
    [
        ("2026-09-01", None, "bridge"),
        ("2026-09-02", None, "before"),
        ("2026-05-01", "2026-09-14", "bridge"),
        ("2026-05-01", "2026-09-13", "before"),
    ],
)
def test_a_scenario_stands_if_it_is_open_from_the_first_day_to_the_last(start, end, scenario):
    assert force(opened(("bridge", start, end))).scenario_ids == (scenario,)


@pytest.mark.parametrize(
    ("names", "basis", "scenarios"),
    [
        ((), "before_only", ("before",)),
        ((None,), "before_only", ("before",)),  # such as furniture on a square
        (("nothing",), "before_only", ("before",)),
        (("bridge",), "exact", ("bridge",)),
        (("bridge", "bridge"), "exact", ("bridge",)),
        (("bridge", "path"), "exact", ("both",)),
        (("path", "whole"), "exact", ("whole",)),  # the path is in it
        (("bridge", "path", "light"), "exact", ("whole",)),
    ],
)
def test_one_run_stands_where_it_holds_just_what_was_open(names, basis, scenarios):
    assert made_of(*names) == (basis, scenarios, {scenarios[0]: 1})


def test_without_such_a_run_the_changes_over_today_add_up():
    assert made_of("bridge", "light") == ("summed", ("bridge", "light"), {"before": -1, "bridge": 1, "light": 1})
    alone = {name: CONTENTS[name] for name in ("bridge", "path", "light")}
    three = ("bridge", "path", "light")
    assert made_of(*three, contents=alone) == ("summed", three, {"before": -2, "bridge": 1, "path": 1, "light": 1})


def test_what_another_scenario_holds_is_not_added_twice():
    assert made_of("bridge", "both", "light", contents={k: v for k, v in CONTENTS.items() if k != "whole"}) == (
        "summed", ("both", "light"), {"before": -1, "both": 1, "light": 1}
    )  # fmt: skip


def test_a_scenario_the_study_does_not_have_is_kept_so_that_its_missing_run_shows():
    assert made_of("tunnel") == ("exact", ("tunnel",), {"tunnel": 1})
    assert made_of("tunnel", "bridge")[1] == ("tunnel", "bridge")


def test_the_planned_land_use_stands_from_its_first_day_or_when_an_intervention_names_it():
    bridge = opened(("bridge", "2026-05-01", None))
    assert force(bridge, plans_from="2026-09-01").land_use == "planned"
    assert force(bridge, plans_from="2026-09-02").land_use == "today"
    named = force(opened(("zero", "2026-08-10", None)), contents=CONTENTS | {"zero": frozenset()})
    assert (named.land_use, named.scenario_ids) == ("planned", ("before",))


def test_residents_present_after_over_before():
    assert in_force.residents_ratio(CAMPAIGNS, "one") == 0.75
    for missing in (0, 1):
        unknown = CAMPAIGNS.assign(residents_present=CAMPAIGNS["residents_present"].where(CAMPAIGNS.index != missing))
        assert np.isnan(in_force.residents_ratio(unknown, "one"))
    nobody = CAMPAIGNS.assign(residents_present=[0.0, 10.0])
    assert np.isnan(in_force.residents_ratio(nobody, "one"))


ZONES = gpd.GeoDataFrame(
    {"side": ["west", "west", "east"], "residents": [200.0, 300.0, 400.0]},
    geometry=[Point(1, 1), Point(9, 9), Point(1, 9)],
)
RING = LineString([(0, 0), (5, 0), (5, 5), (0, 5), (0, 0)])


def lines(kind, shape=RING):
    return gpd.GeoDataFrame({"kind": [kind]}, geometry=[shape])


def test_those_away_are_missing_from_the_side_of_the_cordon():
    found = in_force.present_by_side(ZONES, lines("kordon"), 0.75)
    assert found.to_dict() == {"west": 0.9, "east": 1.0}  # 50 of the 200 inside are away, of 500 on that side


def test_without_number_cordon_or_homes_in_it_nobody_is_taken_out():
    assert in_force.present_by_side(ZONES, lines("kordon"), np.nan) is None
    assert in_force.present_by_side(ZONES, lines("snit"), 0.75) is None
    assert in_force.present_by_side(ZONES, lines("kordon", LineString([(0, 0), (5, 0), (5, 5)])), 0.75) is None
    assert in_force.present_by_side(ZONES.iloc[1:], lines("kordon"), 0.75) is None
