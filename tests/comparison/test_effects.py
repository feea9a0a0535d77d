import numpy as np
import pandas as pd
import pytest
from scipy import stats

from movement import tables
from movement.comparison import effects
from tests.comparison.observed_world import ENDS, campaigns, daily, drifting_counts, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
SAME = [(f"K{n}", "walk", 100, value) for n, value in ((1, 90), (2, 100), (3, 110))]
EMPTIED = [(site, mode, before, 0) for site, mode, before, _ in SAME]


def estimate(counts, places, **options):
    lines = options.pop("screenlines", screenlines())
    when = options.pop("campaigns", campaigns())
    return effects.observed_effects(counts, places, lines, when, **(ENDS | {"fewest_controls": 3} | options))


def primary(found, estimator="control_spread"):
    row = found[found["is_primary"] & (found["estimator"] == estimator)]
    assert len(row) == 1
    return row.iloc[0]


def assert_finite(found):
    numbers = found.select_dtypes("float64").to_numpy()
    assert not np.isinf(numbers).any()
    judged = found[found["conclusion"] != "cannot_be_judged"]
    assert (
        judged[["effect_pct", "effect_low", "effect_high", "before_per_day", "after_per_day", "index"]]
        .notna()
        .all(axis=None)
    )


def test_screenline_total_against_three_controls_worked_by_hand():
    counts = daily(("S1", "walk", 60, 90), ("S2", "walk", 40, 60), *SAME)
    found = primary(estimate(counts, sites(("S1", "old_crossing"), ("S2", "old_crossing"), *CONTROLS)))
    logs = np.log([0.9, 1.0, 1.1])
    effect = np.log(1.5) - logs.mean()
    half = stats.t.ppf(0.975, 2) * logs.std(ddof=1) * np.sqrt(4 / 3)
    assert found["effect_pct"] == pytest.approx(100 * np.expm1(effect), abs=0.01)
    assert found["effect_low"] == pytest.approx(100 * np.expm1(effect - half), abs=0.01)
    assert found["effect_high"] == pytest.approx(100 * np.expm1(effect + half), abs=0.01)
    assert (found["before_per_day"], found["after_per_day"], found["index"]) == (100, 150, 150)
    assert (found["treated"], found["controls"], found["dates"], found["degrees_of_freedom"]) == (2, 3, 14, 2)
    assert found["conclusion"] == "not_shown"


def test_a_clear_rise_and_a_clear_fall_are_shown():
    near = [(f"K{n}", "walk", 100, value) for n, value in ((1, 99), (2, 100), (3, 101))]
    places = sites(("S1", "old_crossing"), *CONTROLS)
    for after, conclusion in ((150, "rise_shown"), (60, "fall_shown"), (100, "not_shown")):
        assert primary(estimate(daily(("S1", "walk", 100, after), *near), places))["conclusion"] == conclusion


def test_naive_percentage_stands_beside_with_its_poisson_interval():
    found = primary(estimate(daily(("S1", "walk", 100, 150), *SAME), sites(("S1", "old_crossing"), *CONTROLS)), "naive")
    assert found["effect_pct"] == pytest.approx(50)
    half = 1.959964 * np.sqrt(1 / 1400 + 1 / 2100)
    assert found["effect_low"] == pytest.approx(100 * np.expm1(np.log(1.5) - half), abs=0.01)
    told = found[["family", "conclusion", "reason"]].tolist()
    assert told == ["exploratory", "cannot_be_judged", "naive_is_no_result"]


def test_new_link_counts_as_nothing_before_it_opened():
    places = sites(
        ("S1", "old_crossing", {"modes": "walk"}),
        ("S3", "new_link", {"modes": "walk", "valid_from": pd.Timestamp("2026-05-01")}),
        *CONTROLS,
    )
    found = primary(estimate(daily(("S1", "walk", 100, 70), ("S3", "walk", None, 50), *SAME), places))
    assert (found["before_per_day"], found["after_per_day"], found["treated"]) == (100, 120, 2)


def test_total_is_not_taken_without_a_new_link_that_was_not_counted():
    opened = {"modes": "walk", "valid_from": pd.Timestamp("2026-05-01")}
    places = sites(("S1", "old_crossing"), ("S3", "new_link", opened), *CONTROLS)
    found = primary(estimate(daily(("S1", "walk", 100, 70), *SAME), places))
    assert (found["conclusion"], found["reason"]) == ("cannot_be_judged", "partial_screenline")
    assert found["missing"] == "S3 walk"


def test_controls_without_cycling_are_no_controls_of_walking_and_cycling():
    counts = daily(("S1", "walk", 100, 150), ("S1", "cycle", 300, 450), *SAME)
    found = estimate(counts, sites(("S1", "old_crossing"), *CONTROLS))
    assert (primary(found)["conclusion"], primary(found)["reason"]) == ("cannot_be_judged", "no_controls")
    walking = found[(found["mode"] == "walk") & (found["estimator"] == "control_spread")].iloc[0]
    assert (walking["controls"], walking["conclusion"]) == (3, "not_shown")


def test_a_date_that_one_site_lacks_is_dropped_for_all():
    gap = [100.0] * 14
    gap[3] = np.nan
    wild = [100.0] * 14
    wild[3] = 5000.0
    counts = daily(("S1", "walk", wild, 100), ("S2", "walk", 50, 50), ("K1", "walk", 100, gap), *SAME[1:])
    found = primary(estimate(counts, sites(("S1", "old_crossing"), ("S2", "old_crossing"), *CONTROLS)))
    assert found["dates"] == 13
    assert found["before_per_day"] == 150


def test_all_is_walking_and_cycling_together_and_each_mode_is_secondary():
    counts = daily(
        ("S1", "walk", 100, 100), ("S1", "cycle", 50, 100), *SAME, *[(k, "cycle", b, a) for k, _, b, a in SAME]
    )
    found = estimate(counts, sites(("S1", "old_crossing"), *CONTROLS))
    assert primary(found)["before_per_day"] == 150
    spread = found[(found["estimator"] == "control_spread") & (found["outcome"] == "screenline_total")]
    assert dict(zip(spread["mode"], spread["index"], strict=True)) == pytest.approx(
        {"all": 133.3, "cycle": 200, "walk": 100}
    )
    assert_finite(found)


def test_treated_sites_are_the_difference_of_mean_log_ratios_with_the_pooled_interval():
    treated = [("T1", "walk", 100, 120), ("T2", "walk", 100, 140)]
    places = sites(("T1", "treated"), ("T2", "treated"), *CONTROLS)
    found = estimate(daily(*treated, *SAME), places)
    row = found[(found["outcome"] == "treated_sites") & (found["mode"] == "all")].iloc[0]
    own, others = np.log([1.2, 1.4]), np.log([0.9, 1.0, 1.1])
    pooled = np.sqrt((((own - own.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum()) / 3)
    half = stats.t.ppf(0.975, 3) * pooled * np.sqrt(1 / 2 + 1 / 3)
    effect = own.mean() - others.mean()
    assert row["effect_pct"] == pytest.approx(100 * np.expm1(effect), abs=0.01)
    assert row["effect_high"] == pytest.approx(100 * np.expm1(effect + half), abs=0.01)
    assert (row["estimator"], row["degrees_of_freedom"], row["before_per_day"]) == ("ols", 3, 100)


def test_a_new_link_is_no_treated_site():
    late = {"valid_from": pd.Timestamp("2025-09-03")}
    places = sites(("T1", "treated"), ("T2", "treated", late), *CONTROLS)
    found = estimate(daily(("T1", "walk", 100, 120), ("T2", "walk", 100, 120), *SAME), places)
    row = found[found["outcome"] == "treated_sites"].iloc[0]
    assert (row["conclusion"], row["reason"], row["missing"]) == ("cannot_be_judged", "new_link_as_unit", "T2")
    assert_finite(found)


def test_a_control_that_came_later_takes_no_part_and_is_named():
    late = {"valid_from": pd.Timestamp("2025-09-03")}
    places = sites(("S1", "old_crossing"), ("K4", "control", late), *CONTROLS)
    found = primary(estimate(daily(("S1", "walk", 100, 120), ("K4", "walk", 100, 900), *SAME), places))
    assert (found["conclusion"], found["controls"], found["left_out"]) == ("not_shown", 3, "K4")


def test_kordon_outside_school_and_residents_are_named_secondary():
    around = {"screenline_ids": "snit, ring"}
    places = sites(("S1", "old_crossing", around), ("O1", "cordon", {"screenline_ids": "ring"}), *CONTROLS)
    series = [("S1", "walk", 100, 90), ("O1", "walk", 100, 100), *SAME]
    counts = pd.concat([daily(*series), daily(*series, period="outside_school")], ignore_index=True)
    found = estimate(
        counts, places, screenlines=screenlines(("ring", "kordon", False)), campaigns=campaigns(residents=(1000, 800))
    )
    keys = set(zip(found["outcome"], found["period"], found["per"], strict=True))
    assert {("kordon", "all_day", "day"), ("screenline_total", "outside_school", "day")} <= keys
    assert ("screenline_total", "all_day", "1000_residents") in keys
    per = found[(found["per"] == "1000_residents") & (found["outcome"] == "screenline_total")]
    assert set(per["before_per_day"]) == {100}
    assert set(per["after_per_day"]) == {112.5}
    assert per.loc[per["estimator"] == "naive", "effect_pct"].item() == pytest.approx(12.5)
    assert found["is_primary"].sum() == 2
    assert_finite(found)


@pytest.mark.parametrize(
    ("counts", "places", "options", "reason"),
    [
        (daily(("S1", "walk", 100, 150)), sites(("S1", "old_crossing")), {}, "no_controls"),
        (daily(("S1", "walk", 100, 150), *SAME[:2]), sites(("S1", "old_crossing"), *CONTROLS), {}, "too_few_controls"),
        (daily(("S1", "walk", 0, 150), *SAME), sites(("S1", "old_crossing"), *CONTROLS), {}, "zero_counts"),
        (daily(("S1", "walk", 100, None), *SAME), sites(("S1", "old_crossing"), *CONTROLS), {}, "no_matched_dates"),
        (daily(*SAME), sites(*CONTROLS), {}, "no_screenline_sites"),
        (daily(*SAME), sites(*CONTROLS), {"screenlines": screenlines().iloc[:0]}, "no_screenline_sites"),
        (daily(*SAME), sites(*CONTROLS), {"after_campaign": "later"}, "no_campaigns"),
        (daily(("S1", "walk", 100, 150), *EMPTIED), sites(("S1", "old_crossing"), *CONTROLS), {}, "no_controls"),
    ],
)
def test_what_cannot_be_judged_says_why(counts, places, options, reason):
    found = estimate(counts, places, **options)
    row = primary(found)
    assert (row["conclusion"], row["reason"]) == ("cannot_be_judged", reason)
    assert np.isnan(row["effect_pct"])
    assert_finite(found)


def test_baseline_alone_still_says_how_many_there_were():
    found = primary(estimate(daily(("S1", "walk", 100, None), *SAME), sites(("S1", "old_crossing"), *CONTROLS)))
    assert found["before_per_day"] == 100
    assert np.isnan(found["after_per_day"])


def test_nothing_counted_gives_no_rows():
    assert estimate(tables.DAILY.empty(), sites(*CONTROLS)).empty
    assert estimate(tables.DAILY.empty(), tables.SITES.empty()).empty


def test_arguments_are_left_as_they_were():
    counts, places = daily(("S1", "walk", 100, 150), *SAME), sites(("S1", "old_crossing"), *CONTROLS)
    copies = counts.copy(), places.copy()
    estimate(counts, places)
    pd.testing.assert_frame_equal(counts, copies[0])
    pd.testing.assert_frame_equal(places, copies[1])


def of_drawn(series, crossings):
    """Set the total of the first sites drawn against the others, from the days as they were drawn."""
    before, after = (np.array([site[side] for site in series]) for side in (2, 3))
    total = np.log(after[:crossings].sum() / before[:crossings].sum())
    controls = np.log(after[crossings:].mean(axis=1) / before[crossings:].mean(axis=1))
    naive = effects.naive(before[:crossings].sum(), after[:crossings].sum())
    return effects.against_controls(total, pd.Series(controls)), naive


@pytest.mark.parametrize("rise", [0.0, 0.25])
@pytest.mark.parametrize(("crossings", "least", "most"), [(1, 0.92, 0.98), (6, 0.92, 1.0)])
def test_the_interval_covers_the_truth_in_400_drifting_worlds(rise, crossings, least, most):
    """One crossing drifts as one control does; a total over six drifts less, so its interval errs on the safe side."""
    random = np.random.Generator(np.random.PCG64(2026))
    truth = np.log1p(rise)
    found = [
        of_drawn(drifting_counts(random, crossings=crossings, controls=8, rise=rise), crossings) for _ in range(400)
    ]
    covered, naive_covered = (np.mean([abs(pair[i].effect - truth) <= pair[i].half for pair in found]) for i in (0, 1))
    drawn = np.array([pair[0].effect for pair in found])
    assert least <= covered <= most
    assert naive_covered < 0.35
    assert drawn.mean() == pytest.approx(truth, abs=2.5 * drawn.std() / np.sqrt(400))


def test_a_drifting_world_through_every_step_is_the_same_number():
    random = np.random.Generator(np.random.PCG64(2026))
    series = drifting_counts(random, crossings=2, controls=3, rise=0.25)
    found = primary(estimate(daily(*series), sites(("S1", "old_crossing"), ("S2", "old_crossing"), *CONTROLS)))
    wanted = of_drawn(series, 2)[0]
    assert found["effect_low"] == pytest.approx(100 * np.expm1(wanted.effect - wanted.half), abs=0.01)
    assert found["effect_pct"] == pytest.approx(100 * np.expm1(wanted.effect), abs=0.01)


def test_a_year_of_nothing_new_over_the_rhine_is_not_shown(shared_data):
    """Basel: three bridges against eleven counters elsewhere, two weeks of September 2020 and 2021."""
    raw = pd.read_csv(shared_data / "counts-basel-zurich/basel/StationDailyTimeSeries-Foot.csv", dtype={"station": str})
    dates = pd.to_datetime(raw["date"])
    counts = tables.DAILY.check(
        pd.DataFrame({"station_id": raw["station"], "mode": "walk", "period": "all_day", "date": dates})
        .assign(day_type="weekday", campaign_id=None, count=raw["count"], valid_share=1.0, is_valid=True)
    )  # fmt: skip
    roles = dict.fromkeys(sorted(set(raw["station"])), "control")
    roles |= dict.fromkeys(("803", "812", "815"), "old_crossing") | dict.fromkeys(("911", "916"), "other")
    when = campaigns().assign(
        start_date=pd.to_datetime(["2020-09-07", "2021-09-06"]), end_date=pd.to_datetime(["2020-09-20", "2021-09-19"])
    )
    found = primary(estimate(counts, sites(*roles.items()), campaigns=tables.CAMPAIGNS.conform(when)))
    assert (found["conclusion"], found["dates"], found["controls"]) == ("not_shown", 14, 11)
    assert found["effect_low"] < 0 < found["effect_high"]


def test_a_screenline_nobody_counted_is_blank_and_not_zero():
    found = primary(estimate(daily(*SAME), sites(("S1", "old_crossing"), *CONTROLS)))
    assert pd.isna(found["before_per_day"]) and pd.isna(found["after_per_day"])
    assert found["conclusion"] == "cannot_be_judged"
