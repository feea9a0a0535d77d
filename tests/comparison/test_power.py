"""What a campaign can show: the planning table, true power by simulation, and what one more of each is worth."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies
from scipy import stats

from movement import tables
from movement.comparison import power, spread
from movement.comparison.checks import detectable_change_pct
from movement.comparison.effects import against_controls, treated_against_controls
from movement.tables import Estimator, SpreadSource, Variant
from tests.comparison import observed_world as world

ONE_SD = power.Spread(0.14, 0.0, 1.0, 1.0, 9, SpreadSource.CAMPAIGNS)  # no week's part: the sd is 0.14 however long


def ols(treated, controls, **more):
    return power.Design(
        Estimator.OLS, treated, controls, **({"next_weeks": 2, "next_sites": treated + controls} | more)
    )


def line(controls, **more):
    return power.Design(Estimator.CONTROL_SPREAD, 1, controls, **({"next_weeks": 2, "next_sites": controls + 7} | more))


@pytest.mark.parametrize(
    ("treated", "controls", "rises", "permutation"),
    [  # counts-and-statistics.md, B4: sd 0.10, 0.14, 0.165
        (1, 5, (50, 77, 96), 0.167),
        (1, 7, (43, 65, 81), 0.125),
        (2, 6, (32, 47, 57), 0.036),
        (3, 5, (28, 41, 50), 0.018),
        (4, 8, (21, 31, 37), 0.002),
        (6, 12, (16, 23, 28), 0.0001),
    ],
)
def test_the_planning_table_of_the_reference(treated, controls, rises, permutation):
    design = ols(treated, controls)
    found = [100 * math.expm1(power.detectable_log(design, sd)) for sd in (0.10, 0.14, 0.165)]
    assert found == pytest.approx(rises, abs=0.55)
    row = power.design_table([design], ONE_SD, target_pct=15).iloc[0]
    assert row["smallest_permutation_p"] == pytest.approx(permutation, abs=0.0005)
    assert row["detectable_rise_pct"] == pytest.approx(rises[1], abs=0.55)


def test_one_treated_site_and_a_screenline_are_the_same_test():
    assert line(7).freedom == ols(1, 7).freedom == 6
    assert power.detectable_log(line(7), 0.14) == power.detectable_log(ols(1, 7), 0.14)
    assert power.power(20, line(7), 0.14) == power.power(20, ols(1, 7), 0.14)


@pytest.mark.parametrize(
    "design", [line(4), line(8), ols(3, 5), ols(6, 12)], ids=["line 4", "line 8", "sites 3/5", "sites 6/12"]
)
def test_power_is_that_of_the_test_that_is_run(design):
    sd, rise, random, draws = 0.12, 25.0, np.random.default_rng(8), 100_000
    controls = random.normal(0, sd, (draws, design.controls))
    treated = random.normal(math.log1p(rise / 100), sd, (draws, design.treated))
    squares = sum(((side - side.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for side in (controls, treated))
    half = stats.t.ppf(0.975, design.freedom) * np.sqrt(squares / design.freedom) * design.leverage
    effect = treated.mean(axis=1) - controls.mean(axis=1)
    is_line = design.estimator is Estimator.CONTROL_SPREAD
    for row in range(20):  # the same test as the comparison's own
        spread_of, own = pd.Series(controls[row]), pd.Series(treated[row])
        found = against_controls(own[0], spread_of) if is_line else treated_against_controls(own, spread_of)
        assert (found.effect, found.half) == pytest.approx((effect[row], half[row]))
    foreseen = float(power.power(rise, design, sd))
    error = math.sqrt(foreseen * (1 - foreseen) / draws)
    assert float((effect > half).mean()) == pytest.approx(foreseen, abs=3 * error)


def test_a_total_that_strays_less_than_a_site_has_the_power_simulated_for_it():
    sd, unit_sd, random, draws = 0.12, 0.06, np.random.default_rng(9), 3000
    controls = random.normal(0, sd, (draws, 6))
    totals = random.normal(math.log1p(0.25), unit_sd, draws)
    half = stats.t.ppf(0.975, 5) * controls.std(axis=1, ddof=1) * math.sqrt(1 + 1 / 6)
    shown = float((totals - controls.mean(axis=1) > half).mean())
    foreseen = float(power.power(25, line(6), sd, unit_sd=unit_sd))
    assert shown == pytest.approx(foreseen, abs=3 * math.sqrt(foreseen * (1 - foreseen) / draws))
    assert foreseen != pytest.approx(float(power.power(25, line(6), sd)), abs=0.05)


def test_with_no_effect_a_rise_is_shown_in_one_of_forty():
    assert float(power.power(0, line(8), 0.14)) == pytest.approx(0.025, abs=1e-9)


def test_power_at_the_detectable_rise_is_80_pct():
    for controls, least in ((3, 0.76), (5, 0.785), (9, 0.795)):
        rise = 100 * math.expm1(power.detectable_log(line(controls), 0.14))
        assert least < float(power.power(rise, line(controls), 0.14)) < 0.805


@given(
    controls=strategies.lists(strategies.floats(-0.5, 0.5), min_size=3, max_size=20).filter(lambda c: np.std(c) > 1e-6)
)
def test_the_check_after_the_count_uses_the_same_formula(controls):
    ratios = pd.Series(controls)
    planned = 100 * math.expm1(power.detectable_log(line(len(ratios)), float(ratios.std(ddof=1))))
    assert detectable_change_pct(ratios) == pytest.approx(planned)


@pytest.mark.parametrize("controls", [2, 7])
def test_a_huge_rise_is_shown_for_certain_and_is_no_missing_number(controls):
    found = power.power([30.0, 60.0, 300.0], line(controls), 0.01)
    assert (np.diff(found) >= 0).all() and found[-1] == pytest.approx(1.0, abs=1e-6)


@given(controls=strategies.integers(2, 40), sd=strategies.floats(0.01, 0.4), rise=strategies.floats(1, 100))
def test_one_more_control_never_harms(controls, sd, rise):
    few, more = line(controls), line(controls + 1)
    assert power.detectable_log(more, sd) < power.detectable_log(few, sd)
    assert float(power.power(rise, more, sd)) >= float(power.power(rise, few, sd)) - 1e-9


def test_weeks_shrink_their_own_part_only():
    parts = power.Spread(0.1, 0.2, 1.0, 1.0, 9, SpreadSource.CAMPAIGNS)
    assert parts.sd(line(8, next_weeks=1)) == pytest.approx(math.sqrt(0.01 + 0.04))
    assert parts.sd(line(8, next_weeks=4)) == pytest.approx(math.sqrt(0.01 + 0.01))
    counted = line(8, next_weeks=2, before=power.Counted(1, 1))  # one week before, two after
    assert parts.sd(counted) == pytest.approx(math.sqrt(0.01 + 0.04 * (1 + 0.5) / 2))


def test_campaigns_take_drift_away_only_where_it_is_fleeting():
    parts = power.Spread(0.1, 0.0, 1.0, 1.0, 9, SpreadSource.CAMPAIGNS)
    two = {"before": power.Counted(2, 2), "after": power.Counted(1, 1)}
    assert parts.sd(line(8, **two)) == pytest.approx(0.1)
    assert parts.sd(line(8, **two, is_drift_fleeting=True)) == pytest.approx(0.1 * math.sqrt(0.5))


@pytest.mark.parametrize(
    ("design", "sides"),
    [
        (line(8), ((2, 1), (2, 1))),  # nothing counted: as long before as after
        (line(8, before=power.Counted(1, 1)), ((1, 1), (2, 1))),
        (line(8, before=power.Counted(1, 1), after=power.Counted(1, 1)), ((1, 1), (3, 2))),
        (line(8, before=power.Counted(1, 1), is_next_before=True), ((3, 2), (2, 1))),
    ],
)
def test_what_is_counted_once_the_next_campaign_is_done(design, sides):
    assert tuple((side.weeks, side.campaigns) for side in design.sides) == sides


def test_one_more_of_each_and_what_it_costs():
    asked = line(5, before=power.Counted(2, 1))
    table = power.design_table(power.designs_of(asked), power.DEFAULT_SPREAD, target_pct=15, price_per_site_week=1000)
    rows = table[table["variant"] != Variant.GRID].set_index("variant")
    least = rows["detectable_rise_pct"]
    assert least["one_control"] < least["asked"]
    assert least["one_week"] < least["asked"] < least["usual"]
    assert least["one_campaign_best"] < least["one_campaign"] < least["asked"]
    # 12 sites, 2 weeks after; the usual design has a week before and one after to count, one campaign more 2 and 2
    costs = {"asked": 24000, "one_control": 26000, "one_week": 36000, "usual": 24000, "one_campaign": 48000}
    assert rows.loc[list(costs), "cost"].to_dict() == costs
    campaigns = {"asked": 1, "one_week": 1, "usual": 2, "one_campaign": 2, "one_campaign_best": 2}
    assert rows.loc[list(campaigns), "campaigns_to_count"].to_dict() == campaigns
    assert (rows["cost"] == 1000 * rows["site_weeks"]).all()
    assert (rows["detectable_low"] < least).all() and (least < rows["detectable_high"]).all()


def test_a_campaign_before_is_paid_with_the_after_count_it_needs():
    nothing_counted, one_more = line(5), line(5, before=power.Counted(2, 1), is_next_before=True)
    table = power.design_table([nothing_counted], ONE_SD, target_pct=15, price_per_site_week=1000)
    assert table["cost"].tolist() == [48000]  # 12 sites, 2 weeks before and 2 after
    assert (nothing_counted.campaigns_to_count, one_more.campaigns_to_count, one_more.site_weeks) == (2, 2, 48)


def test_a_total_whose_sites_stray_apart_has_a_power_of_its_own():
    alone, three = line(8), line(8, line_shares=(1 / 3, 1 / 3, 1 / 3))
    most = line(8, line_shares=(200.0, 50.0, 50.0))  # people a day are shares as well
    assert three.share_apart == pytest.approx(1 / math.sqrt(3))
    assert most.share_apart == pytest.approx(math.sqrt(16 + 1 + 1) / 6)
    assert alone.share_apart is None and line(8, line_shares=(1.0,)).share_apart is None
    assert replace(ols(3, 8), line_shares=(0.5, 0.5)).share_apart is None
    table = power.design_table([replace(one, variant=v) for one, v in zip((alone, three, most), Variant, strict=False)],
                               ONE_SD, target_pct=50)  # fmt: skip
    assert (table["power_at_target"] == table["power_at_target"].iloc[0]).all()  # the one end: as a single site
    none, equal, unequal = table["power_at_target_apart"]
    assert pd.isna(none) and equal > unequal > table["power_at_target"].iloc[0]
    assert equal == pytest.approx(float(power.power(50, alone, 0.14, unit_sd=0.14 / math.sqrt(3))), abs=0.0005)


def test_a_design_without_two_controls_has_no_figures():
    table = power.design_table([line(1), ols(3, 0)], ONE_SD, target_pct=15)
    assert table["detectable_rise_pct"].isna().all()
    assert table["cost"].isna().all()
    assert power.power_curve([line(1)], ONE_SD, rises_pct=[0, 10]).empty


def test_the_curve_rises_with_the_effect():
    curve = power.power_curve([line(8)], ONE_SD, rises_pct=list(range(0, 101, 5)))
    assert curve["power"].is_monotonic_increasing
    assert 0.97 < curve["power"].iloc[-1] < 1


def test_interviews():
    assert power.share_half_width(100) == pytest.approx(9.8, abs=0.01)
    assert power.share_half_width(400) == pytest.approx(4.9, abs=0.01)


def test_spread_over_one_pair_is_the_sd_of_the_log_ratios():
    series = [("K1", "walk", 100, 110), ("K2", "walk", 200, 200), ("K3", "walk", 50, 45)]
    sites = world.sites(*((name, "control") for name, *_ in series))
    found = spread.spread_of_sites(
        world.daily(*series), sites, world.campaigns(), controls=["K1", "K2", "K3"], mode="walk"
    )
    wanted = np.log([1.1, 1.0, 0.9]).std(ddof=1)
    assert found.sd(line(3)) == pytest.approx(wanted)
    assert found.week_sd == 0  # every day is the same
    assert (found.source, found.sites, found.pairs) == (SpreadSource.CAMPAIGNS, 3, ("before–after",))
    assert found.low == pytest.approx(math.sqrt(2 / stats.chi2.ppf(0.975, 2)))
    assert found.high == pytest.approx(math.sqrt(2 / stats.chi2.ppf(0.025, 2)))


def test_what_only_one_week_had_is_the_weeks_part():
    swap = [*([110] * 7), *([90] * 7)]
    series = [("K1", "walk", 100, swap), ("K2", "walk", 100, swap[::-1]), ("K3", "walk", 100, 100)]
    sites = world.sites(*((name, "control") for name, *_ in series))
    found = spread.spread_of_sites(
        world.daily(*series), sites, world.campaigns(), controls=["K1", "K2", "K3"], mode="walk"
    )
    assert found.lasting_sd == 0
    assert found.sd(line(3)) == pytest.approx(0, abs=1e-9)  # over both weeks every site is as before


def test_without_enough_history_the_stated_default_stands():
    series = [("K1", "walk", 100, 110), ("K2", "walk", 200, 200)]
    sites = world.sites(("K1", "control"), ("K2", "control"))
    found = spread.spread_of_sites(world.daily(*series), sites, world.campaigns(), controls=["K1", "K2"])
    assert found is power.DEFAULT_SPREAD
    two_weeks = found.sd(line(8))
    assert (two_weeks * found.low, two_weeks * found.high) == pytest.approx((0.14, 0.165), abs=0.0005)
    none = spread.spread_of_sites(tables.DAILY.empty(), sites, world.campaigns(), controls=[])
    assert none is power.DEFAULT_SPREAD


def test_another_season_is_no_history():
    series = [(f"K{n}", "walk", 100, 100 + 10 * n) for n in range(3)]
    sites = world.sites(*((name, "control") for name, *_ in series))
    moved = world.campaigns()
    shift = pd.Series([pd.Timedelta(0), pd.Timedelta(days=-120)])
    moved = moved.assign(start_date=moved["start_date"] + shift, end_date=moved["end_date"] + shift)
    counted = world.daily(*series)
    counted.loc[counted["campaign_id"] == "after", "date"] -= pd.Timedelta(days=120)
    controls = sorted(sites["station_id"])
    assert spread.spread_of_sites(counted, sites, moved, controls=controls, mode="walk") is power.DEFAULT_SPREAD


def test_sites_that_count_all_the_time_give_placebo_pairs():
    random = np.random.default_rng(5)
    dates = pd.date_range("2024-09-02", periods=420)
    names = [f"K{n}" for n in range(6)]
    drift = np.where(np.arange(420) < 364, 0.0, 1.0)  # the second year strays by what a site has drawn
    strays = random.normal(0, 0.1, 6)
    frames = [
        pd.DataFrame({"station_id": name, "date": dates, "count": np.round(10000 * np.exp(stray * drift))})
        for name, stray in zip(names, strays, strict=True)
    ]
    days = pd.concat(frames, ignore_index=True).assign(
        mode="walk", period="all_day", day_type="weekday", campaign_id=None, valid_share=1.0, is_valid=True
    )
    sites = world.sites(*((name, "control") for name in names))
    found = spread.spread_of_sites(tables.DAILY.check(days), sites, world.campaigns(), controls=names, mode="walk")
    assert found.source is SpreadSource.PLACEBO
    assert len(found.pairs) == 4
    assert found.sd(line(6)) == pytest.approx(strays.std(ddof=1), rel=1e-3)
    assert found.high == pytest.approx(math.sqrt(5 / stats.chi2.ppf(0.025, 5)))  # one year's worth, not four


def test_spread_is_found_again_in_drawn_counts():
    names = [f"K{n + 1}" for n in range(8)]
    sites = world.sites(*((name, "control") for name in names))
    found = []
    for seed in range(60):
        series = world.drifting_counts(np.random.default_rng(seed), crossings=0, controls=8)
        one = spread.spread_of_sites(world.daily(*series), sites, world.campaigns(), controls=names, mode="walk")
        found.append((one.lasting_sd**2, one.sd(line(8)) ** 2))
    lasting, whole = np.sqrt(np.mean(found, axis=0))
    assert lasting == pytest.approx(0.07 * math.sqrt(2), rel=0.12)  # drift of 0.07 in each campaign
    assert lasting < whole < 0.13
