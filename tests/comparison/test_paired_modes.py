"""A plan for people walking only: its checks and phases look at them, and not at those who cycle."""

import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from movement.comparison.phases import phase_effects
from tests.comparison.observed_world import BEFORE, ENDS, campaigns, daily, screenlines, sites

WALK = [("S1", "walk", 100, 120), ("K1", "walk", 100, 99), ("K2", "walk", 100, 100), ("K3", "walk", 100, 101)]
CYCLE = [("S1", "cycle", 900, 300), ("K1", "cycle", 900, 450), ("K2", "cycle", 900, 900), ("K3", "cycle", 900, 1800)]
PLACES = sites(("S1", "old_crossing"), ("K1", "control"), ("K2", "control"), ("K3", "control"))


def checked(counts, when, mode, places=PLACES):
    asked = (counts, places, screenlines(), when)
    shown = observed_effects(*asked, **ENDS, fewest_controls=3, primary_mode=mode)
    known = {"fewest_controls": 3, "target_change_pct": 15, "primary_mode": mode}
    return run_checks(*asked, tables.EVENTS.empty(), shown, **ENDS, **known).set_index("check_id")


def test_the_detectable_change_is_of_the_mode():
    walk, both = (checked(daily(*WALK, *CYCLE), campaigns(), mode) for mode in ("walk", "all"))
    assert walk.loc["detectable_change", "status"] == "passed"  # controls stray by 1 %
    assert both.loc["detectable_change", "status"] == "failed"  # by half and double
    assert walk.loc["detectable_change", "value"] == pytest.approx(
        100 * (2.718281828 ** ((4.302653 + 1.060660) * 0.0100003 * (4 / 3) ** 0.5) - 1), abs=0.01
    )


def test_a_mode_that_was_not_counted_matters_only_where_it_is_compared():
    counts = daily(*WALK, *CYCLE, ("S2", "walk", 100, 120))  # nobody counted cycles at S2
    places = pd.concat([PLACES, sites(("S2", "old_crossing"))], ignore_index=True)
    walk, both = (checked(counts, campaigns(), mode, places).loc["whole_screenline"] for mode in ("walk", "all"))
    assert walk["status"] == "passed"
    assert (both["status"], both["detail"]) == ("failed", "S2 cycle")


def test_the_trend_before_is_of_the_mode():
    """A year earlier as many walked at S1, and three times as many cycled; the controls strayed by 1 %."""
    counts = daily(*WALK, *[(site, "cycle", 900, 900) for site in ("S1", "K1", "K2", "K3")])
    year = pd.Timedelta(days=364)
    own = counts[counts["campaign_id"] == "before"]
    times = own["station_id"].map({"S1": 1.0, "K1": 0.99, "K2": 1.0, "K3": 1.01})
    times = times.mask((own["station_id"] == "S1") & (own["mode"] == "cycle"), 3.0)
    earlier = own.assign(date=own["date"] - year, campaign_id="earlier", count=own["count"] * times)
    row = campaigns().iloc[[0]].assign(campaign_id="earlier", start_date=BEFORE - year)
    when = pd.concat([row.assign(end_date=row["end_date"] - year), campaigns()], ignore_index=True)
    counts = tables.DAILY.check(pd.concat([counts, earlier], ignore_index=True))
    assert checked(counts, when, "walk").loc["pre_trend", "status"] == "passed"
    assert checked(counts, when, "all").loc["pre_trend", "status"] == "failed"


@pytest.mark.parametrize(("mode", "before", "after"), [("walk", 100, 120), ("cycle", 900, 300), ("all", 1000, 420)])
def test_phases_are_of_the_mode(mode, before, after):
    asked = (daily(*WALK, *CYCLE), PLACES, screenlines(), campaigns(), tables.INTERVENTIONS.empty())
    known = {"before_campaign": "before", "fewest_controls": 3, "primary_mode": mode}
    row = phase_effects(*asked, tables.EVENTS.empty(), **known).iloc[0]
    assert (row["outcome"], row["before_per_day"], row["after_per_day"]) == ("screenline_total", before, after)
