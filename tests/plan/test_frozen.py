"""Freezing: each version kept, altered ones found, and only what was frozen before the counts holds."""

import datetime as dt
import json
from dataclasses import replace

import pandas as pd
import pytest

from movement.plan import frozen
from movement.tables import InputFaults, NoPlan
from tests.plan import world

PLAN, CAMPAIGNS = world.PLAN, world.CAMPAIGNS
EDITED = replace(PLAN, smallest_effect_pct=20)


def freeze(plan=PLAN, versions=(), *, today=world.FROZEN_ON, counted=(), **more):
    return frozen.freeze(plan, versions, today=today, counted=counted, campaigns=CAMPAIGNS, **more)


def holding(*versions, plan=PLAN):
    return frozen.holding(plan, versions, CAMPAIGNS, after_campaign="after")


def test_a_plan_frozen_in_time_holds():
    version = freeze()
    assert (version.number, version.after_counts_existed, version.is_intact) == (1, False, True)
    assert holding(version) == frozen.Holding(version, None)


def test_the_before_count_may_be_there_already():
    version = freeze(today=dt.date(2026, 1, 1), counted=["before"])
    assert version.after_counts_existed is False
    assert holding(version).version is version


def test_a_plan_frozen_after_the_counts_is_marked_and_does_not_hold():
    version = freeze(today=dt.date(2026, 10, 1), counted=["after", "before"])
    assert version.after_counts_existed is True
    assert holding(version) == frozen.Holding(None, NoPlan.FROZEN_AFTER_COUNTS)


def test_a_date_on_or_after_the_first_day_does_not_hold_whatever_was_counted():
    assert holding(freeze(today=dt.date(2026, 8, 31))).why_not is NoPlan.FROZEN_AFTER_COUNTS
    assert holding(freeze(today=dt.date(2026, 8, 30))).why_not is None


def test_without_plan_or_frozen_plan_nothing_holds():
    assert holding(plan=None).why_not is NoPlan.NO_PLAN
    assert holding().why_not is NoPlan.NOT_FROZEN


def test_a_second_freeze_is_a_new_version_and_the_first_stays(tmp_path):
    first = freeze()
    second = freeze(EDITED, [first], today=dt.date(2026, 3, 1), counted=["before"])
    late = freeze(PLAN, [first, second], today=dt.date(2026, 12, 1), counted=["after", "before"])
    assert [version.number for version in (first, second, late)] == [1, 2, 3]
    assert holding(first, second, late).version == second  # the last one before the counts
    path = tmp_path / "frozen.json"
    frozen.write_frozen([first, second, late], path)
    again = frozen.read_frozen(path)
    assert [(one.sha256, one.is_intact) for one in again] == [(one.sha256, True) for one in (first, second, late)]
    assert again[1].plan.smallest_effect_pct == 20


def test_the_same_plan_is_not_frozen_twice():
    with pytest.raises(InputFaults, match="plan_frozen_already"):
        freeze(PLAN, [freeze()], today=dt.date(2026, 1, 1))


def test_a_date_before_the_last_version_is_refused():
    with pytest.raises(InputFaults, match="plan_date_before_last"):
        freeze(EDITED, [freeze()], today=dt.date(2025, 8, 1))


def test_only_a_demonstration_may_make_its_date_up():
    with pytest.raises(InputFaults, match="plan_date_imagined"):
        freeze(is_date_imagined=True)
    assert freeze(replace(PLAN, is_demonstration=True), is_date_imagined=True).is_date_imagined


@pytest.mark.parametrize("key", ["frozen_on", "campaigns_counted", "after_counts_existed", "plan", "version"])
def test_a_version_altered_by_hand_does_not_hold(tmp_path, key):
    path = tmp_path / "frozen.json"
    frozen.write_frozen([freeze(today=dt.date(2026, 10, 1), counted=["after"])], path)
    said = json.loads(path.read_text())
    new = {"frozen_on": "2025-08-20", "campaigns_counted": [], "after_counts_existed": False, "version": 7}
    said["versions"][0][key] = new.get(key) if key != "plan" else said["versions"][0]["plan"] | {"source": "other"}
    path.write_text(json.dumps(said))
    versions = frozen.read_frozen(path)
    assert versions[0].is_intact is False
    assert holding(*versions).why_not is NoPlan.FROZEN_ALTERED


def test_taking_a_version_away_breaks_the_next():
    first = freeze()
    second = freeze(EDITED, [first], today=dt.date(2026, 3, 1))
    path_of_one = frozen._version(frozen._said(second), [])
    assert second.is_intact and not path_of_one.is_intact


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"versions": [{"version": 1}]}', '{"versions": 3}'])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, text):
    path = tmp_path / "frozen.json"
    path.write_text(text)
    with pytest.raises(InputFaults, match="frozen_unreadable"):
        frozen.read_frozen(path)


def test_line_ends_do_not_break_the_hash(tmp_path):
    path = tmp_path / "frozen.json"
    frozen.write_frozen([freeze()], path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert frozen.read_frozen(path)[0].is_intact


@pytest.mark.parametrize(
    ("today", "dates", "counted"),
    [
        ("2025-08-20", [], []),
        ("2025-09-01", [], ["before"]),
        ("2025-08-20", ["2025-09-14"], ["before"]),
        ("2025-08-20", ["2025-09-15"], []),  # a permanent counter between the campaigns
        ("2026-08-20", ["2026-09-13"], ["after", "before"]),
    ],
)
def test_a_campaign_is_counted_once_it_began_or_has_counts(today, dates, counted):
    days = pd.Series(pd.to_datetime(dates))
    assert frozen.campaigns_counted(CAMPAIGNS, days, today=dt.date.fromisoformat(today)) == counted


def test_facts_for_the_report():
    version = freeze()
    told = frozen.facts(holding(version), [version])
    assert (told["frozen_on"], told["after_counts_existed"], told["sha256"]) == ("2025-08-20", "no", version.sha256)
    assert frozen.facts(holding(), []) == {"versions": "0", "why_not": "not_frozen"}
