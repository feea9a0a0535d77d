import numpy as np
import pandas as pd
import pytest
from scipy import stats

from movement.comparison.chance import chance_excess, chance_variance
from movement.comparison.effects import observed_effects
from movement.comparison.estimators import against_controls, treated_against_controls
from movement.comparison.paired import pair_days
from movement.comparison.site_changes import site_changes
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

CONTROLS = [(f"K{n}", "control") for n in (1, 2, 3)]
BUSY = [(f"K{n}", "walk", 1000, value) for n, value in ((1, 1100), (2, 1000), (3, 900))]
PLACES = sites(("T1", "treated"), ("T2", "treated"), *CONTROLS)


def variance(before, after, days=14):
    return 1 / (before * days) + 1 / (after * days)


def test_the_variance_of_a_few_people_is_that_of_the_delta_method():
    random = np.random.Generator(np.random.PCG64(3))
    drawn = np.log(random.poisson(140, 40_000) / random.poisson(280, 40_000))
    assert drawn.var() == pytest.approx(1 / 140 + 1 / 280, rel=0.03)
    days = pair_days(daily(("T1", "walk", 10, 20)), PLACES, campaigns(), period="all_day", **ENDS)
    assert chance_variance(days, ["T1"], ["walk"], on=days.before.index)["T1"] == pytest.approx(1 / 140 + 1 / 280)


def test_only_what_exceeds_the_controls_is_added():
    few, many = pd.Series([0.05]), pd.Series([0.01, 0.03])
    assert chance_excess(few, many) == pytest.approx(0.03)
    assert chance_excess(pd.Series([0.05, 0.001]), many) == pytest.approx(0.03 / 2 / 2)
    assert chance_excess(many, few) == 0
    assert chance_excess(few, pd.Series(dtype=float)) == 0


@pytest.mark.parametrize("after", [16, 200])
def test_a_site_few_people_pass_has_a_wider_interval_by_hand(after):
    row = site_changes(daily(("T1", "walk", 10, after), *BUSY), PLACES, campaigns(), **ENDS, fewest_controls=3)
    row = row.set_index(["station_id", "mode", "day_type"]).loc[("T1", "walk", "all")]
    logs = np.log([1.1, 1.0, 0.9])
    added = variance(10, after) - np.mean([variance(1000, value) for _, _, _, value in BUSY])
    half = stats.t.ppf(0.975, 2) * np.sqrt(logs.var(ddof=1) * 4 / 3 + added)
    assert row["effect_low"] == pytest.approx(100 * np.expm1(np.log(after / 10) - logs.mean() - half), abs=0.01)
    assert row["control_sites"] == "K1, K2, K3"


def test_treated_sites_share_what_is_added():
    own = ("T1", "walk", 10, 20), ("T2", "walk", 1000, 2000)
    found = observed_effects(daily(*own, *BUSY), PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    row = found[(found["outcome"] == "treated_sites") & (found["mode"] == "walk")].iloc[0]
    controls = np.mean([variance(1000, value) for _, _, _, value in BUSY])
    plain = treated_against_controls(pd.Series(np.log([2.0, 2.0])), pd.Series(np.log([1.1, 1.0, 0.9])))
    wide = plain.widened((variance(10, 20) - controls) / 2 / 2)  # the busy one strays no further than the controls
    assert row["effect_high"] == pytest.approx(100 * np.expm1(wide.effect + wide.half), abs=0.01)


@pytest.mark.parametrize("level", [13, 40, 400])
def test_in_null_studies_one_site_in_twenty_is_said_to_change_however_few_pass(level):
    """Eight controls near 400 people a day, drift of sd 0.07 in each campaign, 14 days."""
    random, told = np.random.Generator(np.random.PCG64(20261126)), {"plain": 0, "widened": 0}
    for _ in range(1000):
        base = np.concatenate([[level], random.lognormal(np.log(400), 0.5, 8)])
        people = random.poisson(14 * base * np.exp(random.normal(0, 0.07, (2, 9)))).astype(float)
        ratios, error = np.log(people[1] / people[0]), (1 / people).sum(axis=0)
        plain = against_controls(float(ratios[0]), pd.Series(ratios[1:]))
        wide = plain.widened(chance_excess(pd.Series(error[:1]), pd.Series(error[1:])))
        told["plain"] += abs(plain.effect) > plain.half
        told["widened"] += abs(wide.effect) > wide.half
    assert told["widened"] <= 50 + 2 * np.sqrt(1000 * 0.05 * 0.95)
    if level == 13:
        assert told["plain"] > 80
