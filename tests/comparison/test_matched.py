import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from movement.comparison.matched import LEAST_DATES, match_total, pair_days
from movement.comparison.site_changes import site_changes
from movement.comparison.substitution import substitution
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control"), ("K4", "control")]
PLACES = sites(("S1", "old_crossing", {"modes": "walk"}), *CONTROLS)
STEADY = [(f"K{n}", "walk", 100, value) for n, value in ((1, 90), (2, 100), (3, 110), (4, 100))]


def estimate(counts, places=PLACES, **options):
    found = observed_effects(counts, places, screenlines(), campaigns(), **ENDS, fewest_controls=3, **options)
    return found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]


def matched(counts, places=PLACES, stations=("S1",)):
    days = pair_days(counts, places, campaigns(), period="all_day", **ENDS)
    return match_total(days, places, list(stations), "all", fewest_controls=3)


def days_of(value, *, lacking):
    return [np.nan if day in lacking else float(value) for day in range(14)]


def test_walkers_are_set_against_walkers_only_whatever_else_the_controls_counted():
    wheels = [(site, "cycle", 100, 400) for site, *_ in STEADY]
    alone, beside = daily(("S1", "walk", 100, 100), *STEADY), daily(("S1", "walk", 100, 100), *STEADY, *wheels)
    pd.testing.assert_series_equal(estimate(alone), estimate(beside))


def test_a_control_whose_other_mode_failed_still_serves_walkers():
    counts = daily(("S1", "walk", 100, 100), *STEADY, ("K1", "cycle", 100, None))
    assert estimate(counts)["controls"] == 4


def test_substitution_sets_walkers_against_walkers_only():
    wheels = [(site, "cycle", 100, 400) for site, *_ in STEADY]
    ends = ENDS | {"fewest_controls": 3}
    alone, beside = (
        substitution(daily(("S1", "walk", 100, 100), *more), PLACES, screenlines(), campaigns(), **ends)
        for more in (STEADY, [*STEADY, *wheels])
    )
    pd.testing.assert_frame_equal(alone, beside[beside["mode"] != "cycle"].reset_index(drop=True))


def test_a_site_of_walkers_changes_against_walkers_only():
    wheels = [(site, "cycle", 100, 400) for site, *_ in STEADY]
    found = site_changes(
        daily(("S1", "walk", 100, 100), *STEADY, *wheels), PLACES, campaigns(), **ENDS, fewest_controls=3
    )
    row = found[(found["station_id"] == "S1") & (found["mode"] == "all") & (found["day_type"] == "all")].iloc[0]
    assert row["effect_pct"] == pytest.approx(100 * np.expm1(-np.log([0.9, 1.0, 1.1, 1.0]).mean()), abs=0.01)


def test_one_bad_control_is_left_out_and_named_and_costs_no_date():
    bad = ("K4", "walk", 100, days_of(100, lacking=range(3, 14)))
    row = estimate(daily(("S1", "walk", 100, 150), *STEADY[:3], bad))
    assert (row["dates"], row["controls"], row["left_out"]) == (14, 3, "K4")


@pytest.mark.parametrize(("lacking", "controls", "dates"), [(range(2), 4, 12), (range(3), 3, 14)])
def test_a_control_needs_four_in_five_of_the_dates(lacking, controls, dates):
    match = matched(daily(("S1", "walk", 100, 150), *STEADY[:3], ("K4", "walk", 100, days_of(100, lacking=lacking))))
    assert (len(match.controls), len(match.on)) == (controls, dates)


def test_gaps_of_many_good_controls_do_not_eat_every_date():
    names = [f"K{n}" for n in range(1, 8)]
    gaps = [(name, "walk", 100, days_of(100, lacking=(2 * n, 2 * n + 1))) for n, name in enumerate(names)]
    match = matched(
        daily(("S1", "walk", 100, 150), *gaps), sites(("S1", "old_crossing"), *((n, "control") for n in names))
    )
    assert (match.reason, len(match.on)) == (None, 6)
    assert (len(match.controls), len(match.left_out)) == (4, 3)


@pytest.mark.parametrize(
    ("valid", "reason"), [(LEAST_DATES, None), (LEAST_DATES - 1, "too_few_dates"), (0, "no_matched_dates")]
)
def test_fewer_dates_than_a_counted_week_has_weekdays_cannot_be_judged(valid, reason):
    own = ("S1", "walk", 100, days_of(150, lacking=range(valid, 14)))
    row = estimate(daily(own, *STEADY))
    assert row["reason"] == reason
    assert (row["conclusion"] == "cannot_be_judged") is (reason is not None)


@pytest.mark.parametrize("sides", [(None, None), (50, None), (None, 50)])
def test_a_total_without_one_of_its_crossings_is_not_judged_and_says_which(sides):
    places = sites(("S1", "old_crossing"), ("S2", "old_crossing", {"modes": "walk"}), *CONTROLS)
    series = [("S1", "walk", 100, 150), *STEADY]
    row = estimate(daily(*series, *([("S2", "walk", *sides)] if any(sides) else [])), places)
    assert (row["conclusion"], row["reason"], row["missing"]) == ("cannot_be_judged", "partial_screenline", "S2 walk")
    assert (row["before_per_day"], row["after_per_day"], row["treated"]) == (100, 150, 1)


def test_not_even_the_naive_percentage_of_a_part_is_called_a_rise():
    places = sites(("S1", "old_crossing"), ("S2", "old_crossing", {"modes": "walk"}), *CONTROLS)
    found = observed_effects(
        daily(("S1", "walk", 100, 150), *STEADY), places, screenlines(), campaigns(), **ENDS, fewest_controls=3
    )
    assert set(found["conclusion"]) == {"cannot_be_judged"}
    assert found["effect_pct"].isna().all()


def test_a_crossing_out_of_use_or_of_another_mode_is_not_missing():
    places = sites(
        ("S1", "old_crossing"),
        ("S7", "old_crossing", {"modes": "cycle"}),
        ("S8", "old_crossing", {"valid_from": pd.Timestamp("2027-01-01")}),
        *CONTROLS,
    )
    assert matched(daily(("S1", "walk", 100, 150), *STEADY), places, ("S1", "S7", "S8")).missing == []


def test_a_treated_site_stays_with_the_modes_it_is_there_for_and_is_named_where_one_failed():
    walkers = {"modes": "walk"}
    places = sites(("T1", "treated"), ("T2", "treated", walkers), ("T3", "treated"), *CONTROLS)
    both = [(site, mode, before, after) for site, _, before, after in STEADY for mode in ("walk", "cycle")]
    own = [("T1", "walk", 100, 120), ("T1", "cycle", 100, 120), ("T2", "walk", 100, 110), ("T3", "walk", 100, 900)]
    found = observed_effects(daily(*own, *both), places, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    rows = found[found["outcome"] == "treated_sites"].set_index("mode")
    assert rows["treated"].to_dict() == {"all": 2, "cycle": 1, "walk": 3}
    assert rows["left_out"].to_dict() == {"all": "T3", "cycle": "T3", "walk": None}


@pytest.mark.parametrize("sides", [(100, 0), (0, 100), (0, 0)])
def test_a_control_that_counted_nobody_in_a_phase_is_left_out_and_named(sides):
    counts = daily(("S1", "walk", 100, 150), *STEADY[:3], ("K4", "walk", *sides))
    row = estimate(counts)
    assert (row["controls"], row["control_sites"], row["left_out"]) == (3, "K1, K2, K3", "K4")
    check = run_checks(
        counts, PLACES, screenlines(), campaigns(), tables.EVENTS.empty(), tables.EFFECTS.empty(), **ENDS,
        fewest_controls=3, target_change_pct=15,
    ).set_index("check_id").loc["controls_left_out"]  # fmt: skip
    assert (check["status"], check["detail"]) == ("failed", "K4")


def test_too_few_are_left_where_controls_counted_nobody():
    row = estimate(daily(("S1", "walk", 100, 150), *STEADY[:2], ("K3", "walk", 9, 0), ("K4", "walk", 0, 9)))
    assert (row["reason"], row["left_out"]) == ("too_few_controls", "K3, K4")


@pytest.mark.parametrize("site", ["T1", "T2"])
def test_a_treated_site_that_falls_to_nobody_is_not_left_out_of_a_rise(site):
    """T1 300 to 0, T2 to 130 and T3 to 135: without T1 the others would show a rise of a third."""
    places = sites(("T1", "treated"), ("T2", "treated"), ("T3", "treated"), *CONTROLS)
    own = {"T1": 300, "T2": 130, "T3": 135} | {site: 0}
    counts = daily(*[(name, "walk", 100, after) for name, after in own.items()], *STEADY)
    found = observed_effects(counts, places, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    row = found[(found["outcome"] == "treated_sites") & (found["mode"] == "walk")].iloc[0]
    assert (row["conclusion"], row["reason"], row["missing"]) == ("cannot_be_judged", "zero_counts", site)
    assert row["treated"] == 3 and pd.isna(row["effect_pct"])
