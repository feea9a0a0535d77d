"""Whatever comes in, the conclusion is a word, the reason a key with what mends it, and no number a NaN by accident."""

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison import robustness
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks
from movement.comparison.effects import observed_effects
from movement.comparison.site_changes import site_changes
from movement.comparison.substitution import substitution
from movement.publish.language import catalogue
from tests.comparison.observed_world import AFTER, BEFORE, ENDS, campaigns, daily, screenlines, sites

SAME = [(f"K{n}", "walk", 100, value) for n, value in ((1, 90), (2, 100), (3, 110))]
CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
PLACES = sites(("S1", "old_crossing"), ("T1", "treated"), *CONTROLS)
RISE = [("S1", "walk", 100, 150), ("T1", "walk", 100, 120)]
LATE = {"valid_from": pd.Timestamp("2026-05-01"), "modes": "walk"}


def flagged():
    return daily(*RISE, *SAME).assign(is_valid=False, valid_share=0.0, count=0.0)


def overlapping():
    return tables.CAMPAIGNS.conform(campaigns().assign(start_date=[BEFORE, BEFORE + pd.Timedelta(days=7)]))


def backwards():
    when = campaigns()
    return tables.CAMPAIGNS.conform(
        when.assign(start_date=[AFTER, BEFORE], end_date=when["end_date"].iloc[::-1].to_numpy())
    )


CASES = {
    "no controls": (daily(*RISE), PLACES, campaigns(), "no_controls"),
    "no control site in the plan": (daily(*RISE), PLACES[PLACES["role"] != "control"], campaigns(), "no_controls"),
    "one site": (daily(RISE[0]), sites(("S1", "old_crossing")), campaigns(), "no_controls"),
    "one control": (daily(*RISE, SAME[0]), PLACES, campaigns(), "too_few_controls"),
    "no campaign of that name": (daily(*RISE, *SAME), PLACES, campaigns().iloc[:1], "no_campaigns"),
    "nothing counted after": (
        daily(("S1", "walk", 100, None), *[(*one[:3], None) for one in SAME]), PLACES, campaigns(), "no_matched_dates",
    ),
    "all days flagged": (flagged(), PLACES, campaigns(), "no_valid_days"),
    "the crossing never counted": (daily(*SAME), PLACES, campaigns(), "no_valid_days"),
    "zero counts after": (daily(("S1", "walk", 100, 0), *SAME), PLACES, campaigns(), "zero_counts"),
    "zero counts everywhere": (
        daily(("S1", "walk", 0, 0), *[(*one[:2], 0, 0) for one in SAME]), PLACES, campaigns(), "zero_counts",
    ),
    "a control that is on the screenline": (
        daily(*RISE, *SAME), PLACES.assign(screenline_ids=["snit", None, "snit", None, None]), campaigns(),
        "treated_and_control",
    ),
    "a site with two roles": (
        daily(*RISE, *SAME), pd.concat([PLACES, sites(("S1", "control"))], ignore_index=True), campaigns(),
        "treated_and_control",
    ),
    "windows that overlap": (daily(*RISE, *SAME), PLACES, overlapping(), "windows_overlap"),
    "after comes first": (daily(*RISE, *SAME), PLACES, backwards(), "windows_overlap"),
    "no screenline": (daily(*SAME), sites(*CONTROLS), campaigns(), "no_screenline_sites"),
    "an after of three days": (
        daily(("S1", "walk", 100, [150.0] * 3), *SAME), PLACES, campaigns(), "too_few_dates",
    ),
    "half a screenline": (
        daily(*RISE, *SAME), pd.concat([PLACES, sites(("S2", "old_crossing"))], ignore_index=True), campaigns(),
        "partial_screenline",
    ),
}  # fmt: skip


def assert_whole(frame):
    """No number is infinite, none is NaN where the row is judged."""
    assert not np.isinf(frame.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)).any()
    if "effect_pct" in frame and len(frame):
        judged = frame[frame["conclusion"] != "cannot_be_judged"]
        assert judged["effect_pct"].notna().all()
        assert frame.loc[frame["conclusion"] == "cannot_be_judged", "reason"].notna().all()


@pytest.mark.parametrize("name", CASES)
def test_it_cannot_be_judged_and_says_why_and_what_mends_it(name):
    counts, places, when, reason = CASES[name]
    asked = (counts, places, screenlines(), when)
    shown = observed_effects(*asked, **ENDS, fewest_controls=3, smallest_effect_pct=15)
    checks = run_checks(*asked, tables.EVENTS.empty(), shown, **ENDS, fewest_controls=3, target_change_pct=15)
    found = apply_checks(shown, checks)
    row = found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]
    assert (row["conclusion"], row["reason"]) == ("cannot_be_judged", reason)
    assert pd.isna(row["effect_pct"])
    for language in ("da", "en"):
        assert {f"reason.{reason}", f"mend.{reason}"} <= set(catalogue(language).keys())
    annex = robustness.robustness(*asked, **ENDS, fewest_controls=3)
    if name != "a site with two roles":  # the study's reader refuses an id that stands twice
        assert_whole(site_changes(counts, places, when, **ENDS, fewest_controls=3))
        assert_whole(substitution(*asked, **ENDS, fewest_controls=3))
    for frame in (found, annex):
        assert_whole(frame)


def test_a_new_link_among_the_treated_sites_is_named_and_not_regressed():
    places = sites(("S1", "old_crossing"), ("T1", "treated", LATE), *CONTROLS)
    shown = observed_effects(daily(*RISE, *SAME), places, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    treated = shown[shown["outcome"] == "treated_sites"]
    assert set(treated["reason"]) == {"new_link_as_unit"}
    assert shown.loc[shown["is_primary"], "conclusion"].tolist() == ["not_shown", "cannot_be_judged"]
    annex = robustness.robustness(daily(*RISE, *SAME), places, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    assert_whole(annex)
    assert "new_link_as_unit" in set(annex.loc[annex["outcome"] == "treated_sites", "reason"])


def test_every_other_reason_is_worded():
    words = ("not_after_holm", "one_treated_unit", "not_fitted", "one_campaign", "nothing_to_vary", "no_before")
    for language in ("da", "en"):
        keys = catalogue(language).keys()
        assert [word for word in (*words, "permutation_cannot_reject") if f"reason.{word}" not in keys] == []
