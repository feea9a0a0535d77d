import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison.effects import observed_effects
from movement.comparison.robustness import robustness
from movement.tables import RobustMethod
from tests.comparison.observed_world import AFTER, BEFORE, ENDS, campaigns, daily, screenlines, sites

SERIES = [
    ("S1", "walk", 100, 130), ("T1", "walk", 100, 120), ("T2", "walk", 200, 260),
    ("K1", "walk", 100, 90), ("K2", "walk", 200, 200), ("K3", "walk", 100, 110), ("K4", "walk", 100, 104),
]  # fmt: skip
PLACES = sites(
    ("S1", "old_crossing"), ("T1", "treated"), ("T2", "treated"), *[(f"K{n}", "control") for n in (1, 2, 3, 4)]
)


def annex(counts=None, when=None, **options):
    counts, when = daily(*SERIES) if counts is None else counts, campaigns() if when is None else when
    found = robustness(counts, PLACES, screenlines(), when, **(ENDS | {"fewest_controls": 3} | options))
    return found.set_index(["outcome", "method"])


def correction(station, factor, error, start, end=None):
    row = {"correction_id": f"{station} {start}", "station_id": station, "mode": "walk", "start_date": start}
    row |= {"end_date": end, "factor": factor, "factor_se": error, "validation": "video", "source": ""}
    return tables.CORRECTIONS.conform(pd.DataFrame([row]))


def test_the_first_row_is_what_effects_says_and_the_naive_one_stands_beside():
    found = annex()
    shown = observed_effects(daily(*SERIES), PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    shown = shown[(shown["mode"] == "all") & (shown["period"] == "all_day")].set_index(["outcome", "estimator"])
    for outcome, estimator in (("screenline_total", "control_spread"), ("treated_sites", "ols")):
        for column in ("effect_pct", "effect_low", "effect_high", "p_value"):
            assert found.loc[(outcome, "as_planned"), column] == shown.loc[(outcome, estimator), column]
    assert found.loc[("screenline_total", "naive"), "effect_pct"] == pytest.approx(30)
    assert found.loc[("treated_sites", "naive"), "effect_pct"] == pytest.approx(26.67, abs=0.01)
    naive = found.xs("naive", level="method")
    assert set(zip(naive["conclusion"], naive["reason"], strict=True)) == {("cannot_be_judged", "naive_is_no_result")}


def test_every_method_has_its_row_or_says_why_not():
    found = annex()
    methods = set(RobustMethod) - {RobustMethod.FACTORS_TAKEN_AS_KNOWN}
    assert {outcome: set(rows.index.get_level_values(1)) for outcome, rows in found.groupby(level=0)} == {
        outcome: {str(method) for method in methods} for outcome in ("screenline_total", "treated_sites")
    }
    assert found.loc[found["effect_pct"].isna(), "reason"].notna().all()
    assert found.loc[("screenline_total", "poisson_cv3"), "reason"] == "one_treated_unit"
    assert found.loc[("treated_sites", "poisson_cv3"), "effect_pct"] == pytest.approx(
        100 * (380 / 300 / (504 / 500) - 1), abs=0.01
    )
    assert found.loc[("treated_sites", "randomization"), "smallest_p"] == pytest.approx(1 / 15, abs=1e-5)


def test_leaving_out_a_control_names_it_and_gives_both_ends():
    found = annex().loc["treated_sites"]
    own, others = np.log([1.2, 1.3]).mean(), np.log([0.9, 1.0, 1.1, 1.04])
    assert found.loc["without_control_lowest", "detail"] == "K1"
    assert found.loc["without_control_highest", "detail"] == "K3"
    assert found.loc["without_control_lowest", "effect_pct"] == pytest.approx(
        100 * np.expm1(own - others[1:].mean()), abs=0.01
    )
    three = PLACES[PLACES["station_id"] != "K4"]
    few = robustness(daily(*SERIES), three, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    assert set(few.loc[few["method"].str.startswith("without_control"), "reason"]) == {"too_few_controls"}


def test_other_counts_give_other_rows():
    flagged = daily(("S1", "walk", 100, 200), *SERIES[1:])
    found = annex(variants={RobustMethod.WITH_FLAGGED: flagged, RobustMethod.WITHOUT_CORRECTIONS: flagged.iloc[:0]})
    row = found.loc[("screenline_total", "with_flagged")]
    assert row["effect_pct"] > found.loc[("screenline_total", "as_planned"), "effect_pct"]
    assert found.loc[("screenline_total", "without_corrections"), "reason"] == "nothing_to_vary"


def two_campaigns_each():
    """Return two weeks of autumn and two of spring, before and after; spring counts twice as many."""
    when, shift = campaigns(), pd.Timedelta(days=-112)
    spring = when.assign(
        campaign_id=when["campaign_id"] + "_spring",
        start_date=when["start_date"] + shift,
        end_date=when["end_date"] + shift,
    )
    counts = daily(*SERIES)
    rise = np.where((counts["station_id"] == "S1") & (counts["date"] >= AFTER), 1.2, 1.0)
    other = counts.assign(date=counts["date"] + shift, count=2 * counts["count"] * rise)
    return pd.concat([when, spring], ignore_index=True), tables.DAILY.check(
        pd.concat([counts, other], ignore_index=True)
    )


def test_campaigns_of_a_phase_are_averaged_first_and_left_out_one_at_a_time():
    when, counts = two_campaigns_each()
    pairs = {"before_campaign": ("before", "before_spring"), "after_campaign": ("after_spring", "after")}
    found = observed_effects(counts, PLACES, screenlines(), when, **pairs, fewest_controls=3)
    row = found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]
    assert (row["before_per_day"], row["after_per_day"]) == (150, pytest.approx((130 + 2 * 130 * 1.2) / 2))
    assert (row["degrees_of_freedom"], row["dates"], row["controls"]) == (3, 14, 4)
    naive = found[found["is_primary"] & (found["estimator"] == "naive")].iloc[0]
    half = 1.959964 * np.sqrt(1 / (150 * 28) + 1 / (221 * 28))
    assert naive["effect_high"] == pytest.approx(100 * np.expm1(np.log(221 / 150) + half), abs=0.01)
    annexed = robustness(counts, PLACES, screenlines(), when, **pairs, fewest_controls=3)
    left_out = annexed[(annexed["method"] == "without_campaign") & (annexed["outcome"] == "screenline_total")]
    assert set(left_out["detail"]) == {"before", "before_spring", "after", "after_spring"}
    assert left_out["effect_pct"].notna().all()


def test_the_error_of_a_factor_that_holds_after_only_enters_the_interval():
    known = correction("S1", 1.25, 0.05, AFTER)
    plain = annex().loc["screenline_total"]
    found = annex(corrections=known).loc["screenline_total"]

    def half(rows, method):
        row = rows.loc[method]
        return np.log1p(row["effect_high"] / 100) - np.log1p(row["effect_pct"] / 100)

    t3 = 3.182446
    wanted = np.hypot(half(plain, "as_planned"), t3 * 0.04)
    assert half(found, "as_planned") == pytest.approx(wanted, abs=2e-4)
    assert half(found, "factors_taken_as_known") == pytest.approx(half(plain, "as_planned"), abs=2e-4)
    control = annex(corrections=correction("K1", 1.25, 0.05, AFTER)).loc["screenline_total"]
    assert half(control, "as_planned") == pytest.approx(np.hypot(half(plain, "as_planned"), t3 * 0.04 / 4), abs=2e-4)


def test_a_factor_that_holds_in_both_phases_adds_nothing():
    both = correction("S1", 1.25, 0.05, BEFORE)
    assert annex(corrections=both).loc[("screenline_total", "as_planned"), "effect_high"] == pytest.approx(
        annex().loc[("screenline_total", "as_planned"), "effect_high"]
    )


def test_the_treated_sites_share_the_error_of_one_factor():
    known = correction("T1", 0.8, 0.08, AFTER)
    plain, found = (annex(**more).loc[("treated_sites", "as_planned")] for more in ({}, {"corrections": known}))
    halves = [np.log1p(row["effect_high"] / 100) - np.log1p(row["effect_pct"] / 100) for row in (plain, found)]
    assert halves[1] == pytest.approx(np.hypot(halves[0], 2.776445 * 0.1 / 2), abs=2e-4)
