import pandas as pd
import pytest

from movement import tables
from movement.comparison.effects import observed_effects
from movement.comparison.outcomes import with_non_school_days
from movement.tables import Standing
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
SAME = [(f"K{n}", "walk", 100, value) for n, value in ((1, 90), (2, 100), (3, 110))]
PLACES = sites(("S1", "old_crossing"), ("T1", "treated"), *CONTROLS)
COUNTS = daily(("S1", "walk", 100, 110), ("T1", "walk", 100, 110), *SAME)


def holiday(start, end, stations=None):
    row = {"event_id": "ferie", "name_da": "", "name_en": "", "kind": "holiday", "start_date": start, "end_date": end}
    return tables.EVENTS.conform(pd.DataFrame([row | {"station_ids": stations, "source": ""}]))


def test_days_without_school_are_weekends_and_school_holidays_at_the_sites_named():
    found = with_non_school_days(COUNTS, holiday("2025-09-01", "2025-09-02", "S1"))
    free = found[(found["period"] == "non_school_days") & (found["date"] < "2025-10-01")]
    assert free.groupby("station_id").size().to_dict() == {"K1": 4, "K2": 4, "K3": 4, "S1": 6, "T1": 4}
    assert len(found) - len(COUNTS) == len(found[found["period"] == "non_school_days"])


def test_two_weekends_are_enough_days_without_school():
    found = observed_effects(COUNTS, PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    row = found[(found["period"] == "non_school_days") & (found["estimator"] == "control_spread")].iloc[0]
    assert (row["dates"], row["conclusion"], row["family"]) == (4, "not_shown", "secondary")


@pytest.mark.parametrize("with_plan", [False, True])
def test_what_the_plan_does_not_name_is_exploratory(with_plan):
    def by_plan(case):
        return Standing.SECONDARY if case.outcome == "kordon" else Standing.EXPLORATORY

    found = observed_effects(
        COUNTS,
        PLACES,
        screenlines(),
        campaigns(),
        **ENDS,
        fewest_controls=3,
        standing_of=by_plan if with_plan else None,
    ).set_index(["outcome", "mode", "period", "estimator"])["family"]
    wanted = {
        ("screenline_total", "all", "all_day", "control_spread"): "primary",
        ("treated_sites", "all", "all_day", "ols"): "secondary",
        ("screenline_total", "walk", "all_day", "control_spread"): "secondary",
        ("treated_sites", "walk", "all_day", "ols"): "exploratory",
    }
    assert {key: found[key] for key in wanted} == (dict.fromkeys(wanted, "exploratory") if with_plan else wanted)


def test_another_screenline_is_not_the_one_the_plan_named():
    lines = screenlines(("another", "snit", False))
    places = PLACES.assign(screenline_ids=["snit,another", None, None, None, None])
    found = observed_effects(COUNTS, places, lines, campaigns(), **ENDS, fewest_controls=3)
    walking = found[(found["mode"] == "walk") & (found["estimator"] == "control_spread")]
    assert walking.set_index("screenline_id")["family"].to_dict() == {"snit": "secondary", "another": "exploratory"}


def test_the_primary_outcome_can_be_of_one_mode():
    found = observed_effects(COUNTS, PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3, primary_mode="walk")
    assert set(found.loc[found["is_primary"], "mode"]) == {"walk"}
    assert found["is_primary"].sum() == 2
