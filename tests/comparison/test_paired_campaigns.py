"""Which campaigns can be compared: named twice, sharing days, in any order."""

from itertools import permutations

import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from movement.comparison.paired import campaign_ids, windows_reason
from movement.comparison.robustness import robustness
from movement.comparison.site_changes import site_changes
from movement.comparison.substitution import substitution
from movement.publish.language import catalogue
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

SERIES = [
    ("S1", "walk", 100, 150), ("T1", "walk", 100, 120), ("T2", "walk", 100, 125),
    ("K1", "walk", 100, 90), ("K2", "walk", 100, 100), ("K3", "walk", 100, 110),
]  # fmt: skip
PLACES = sites(("S1", "old_crossing"), ("T1", "treated"), ("T2", "treated"), *[(f"K{n}", "control") for n in (1, 2, 3)])
TWICE = {"before_campaign": ("before", "before"), "after_campaign": ("after",)}


def spans(*rows):
    """Campaigns (name, phase, first day, last day)."""
    columns = ["campaign_id", "phase", "start_date", "end_date"]
    frame = pd.DataFrame(rows, columns=columns)
    dates = {name: pd.to_datetime(frame[name]) for name in columns[2:]}
    return tables.CAMPAIGNS.conform(frame.assign(**dates).reindex(columns=list(tables.CAMPAIGNS.columns)))


BEFORE = ("b1", "before", "2025-09-01", "2025-09-14")
AFTER = ("a1", "after", "2026-08-31", "2026-09-13")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("a2", "after", "2026-09-14", "2026-09-27"), None),  # the day after
        (("a2", "after", "2026-09-13", "2026-09-26"), "campaigns_overlap"),  # the last day
        (("a2", "after", "2026-09-01", "2026-09-02"), "campaigns_overlap"),  # inside
        (("a2", "after", "2026-08-31", "2026-09-13"), "campaigns_overlap"),  # the same days by another name
        (("a2", "after", "2025-09-14", "2025-09-27"), "windows_overlap"),  # begins before the before ends
    ],
)
def test_campaigns_of_a_phase_share_no_day(more, reason):
    when = spans(BEFORE, AFTER, more)
    for order in permutations(("a1", "a2")):
        assert windows_reason(when, before_campaign="b1", after_campaign=order) == reason
    early = spans(AFTER, BEFORE, ("b2", "before", "2025-09-10", "2025-09-20"))
    assert windows_reason(early, before_campaign=("b1", "b2"), after_campaign="a1") == "campaigns_overlap"


def test_a_long_campaign_around_two_short_ones_is_found():
    when = spans(BEFORE, ("a1", "after", "2026-08-01", "2026-08-31"), ("a2", "after", "2026-08-03", "2026-08-04"))
    when = pd.concat([when, spans(("a3", "after", "2026-08-20", "2026-08-21"))], ignore_index=True)
    asked = {"before_campaign": "b1", "after_campaign": ("a3", "a1", "a2")}
    assert windows_reason(when, **asked) == "campaigns_overlap"
    assert windows_reason(when, **(asked | {"after_campaign": ("a3", "a2")})) is None


def test_a_campaign_named_twice_counts_once():
    assert campaign_ids(("after", "before", "after")) == ("after", "before")
    asked = (daily(*SERIES), PLACES, screenlines(), campaigns())
    once, twice = (observed_effects(*asked, **ends, fewest_controls=3) for ends in (ENDS, TWICE))
    pd.testing.assert_frame_equal(once, twice)
    once, twice = (robustness(*asked, **ends, fewest_controls=3) for ends in (ENDS, TWICE))
    pd.testing.assert_frame_equal(once, twice)
    assert "one_campaign" in set(twice["reason"])


def test_campaigns_that_share_days_cannot_be_judged_and_say_why_and_what_mends_it():
    more = campaigns().iloc[[1]].assign(campaign_id="again", start_date=pd.Timestamp("2026-09-07"))
    when = pd.concat([campaigns(), more.assign(end_date=pd.Timestamp("2026-09-20"))], ignore_index=True)
    ends = {"before_campaign": ("before",), "after_campaign": ("after", "again")}
    asked = (daily(*SERIES), PLACES, screenlines(), when)
    shown = observed_effects(*asked, **ends, fewest_controls=3)
    assert shown[["conclusion", "reason"]].to_numpy().tolist() == [["cannot_be_judged", "campaigns_overlap"]]
    checks = run_checks(*asked, tables.EVENTS.empty(), shown, **ends, fewest_controls=3, target_change_pct=15)
    assert checks.empty
    assert robustness(*asked, **ends, fewest_controls=3).empty
    assert site_changes(daily(*SERIES), PLACES, when, **ends, fewest_controls=3).empty
    assert substitution(*asked, **ends, fewest_controls=3)["reason"].tolist() == ["campaigns_overlap"]
    for language in ("da", "en"):
        assert {"reason.campaigns_overlap", "mend.campaigns_overlap"} <= set(catalogue(language).keys())
