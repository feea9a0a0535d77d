"""Freezing: each version kept, altered ones found, and only what was frozen before the counts holds."""

import datetime as dt
import json
from dataclasses import replace

import pandas as pd
import pytest

from movement.plan import contents, frozen, makeup
from movement.tables import InputFaults, NoPlan
from tests.comparison import observed_world
from tests.plan import world

PLAN, CAMPAIGNS = world.PLAN, world.CAMPAIGNS
EDITED = replace(PLAN, smallest_effect_pct=20)


def freeze(plan=PLAN, versions=(), *, today=world.FROZEN_ON, counted=(), **more):
    known = {"campaigns": CAMPAIGNS, "makeup": world.MAKEUP}
    return frozen.freeze(plan, versions, today=today, counted=counted, **(known | more))


def holding(*versions, plan=PLAN, campaigns=CAMPAIGNS, **more):
    return frozen.holding(plan, versions, campaigns, **(world.ENDS | {"makeup": world.MAKEUP} | more))


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


DEMONSTRATION = replace(PLAN, is_demonstration=True)
SECOND = pd.concat([CAMPAIGNS, CAMPAIGNS.iloc[[1]].assign(campaign_id="after2", start_date=pd.Timestamp("2027-08-30"))])


def test_a_made_up_date_holds_only_while_the_plan_says_demonstration():
    version = freeze(DEMONSTRATION, is_date_imagined=True)
    assert holding(version, plan=DEMONSTRATION).version is version
    assert holding(version, plan=PLAN) == frozen.Holding(None, NoPlan.DATE_IMAGINED)
    assert holding(version, plan=None).why_not is NoPlan.DATE_IMAGINED
    real = freeze(PLAN, [version], today=dt.date(2025, 9, 1))
    assert holding(version, real).version is real


def test_every_campaign_compared_must_be_uncounted_when_it_was_frozen():
    both = replace(PLAN, after_campaign="after, after2")
    late = freeze(both, today=dt.date(2025, 8, 20), counted=["after2"])
    ends = {"after_campaigns": ("after", "after2"), "campaigns": SECOND}
    assert late.after_counts_existed
    assert holding(late, plan=both, **ends).why_not is NoPlan.FROZEN_AFTER_COUNTS
    assert holding(freeze(both), plan=both, **ends).why_not is None
    assert holding(freeze(both), plan=both).why_not is None  # the second is not counted yet


def test_a_record_of_counts_is_read_whatever_the_campaign_is_called_now():
    version = freeze(today=dt.date(2025, 8, 20), counted=["after"])
    other = {"campaigns": SECOND[SECOND["campaign_id"] != "after"], "after_campaigns": ("after2",)}
    assert holding(version, **other).why_not is NoPlan.FROZEN_AFTER_COUNTS


def test_a_follow_up_planned_once_the_first_after_was_counted_holds_for_the_follow_up():
    follow_up = replace(PLAN, after_campaign="after2")
    version = freeze(follow_up, today=dt.date(2027, 3, 1), counted=["after", "before"])
    ends = {"after_campaigns": ("after2",), "campaigns": SECOND}
    assert version.after_counts_existed
    assert holding(version, plan=follow_up, **ends).version is version
    assert holding(version, plan=follow_up).why_not is NoPlan.FROZEN_AFTER_COUNTS


@pytest.mark.parametrize("ends", [{"after_campaigns": ("after", "after2")}, {"before_campaigns": ("old", "before")}])
def test_a_campaign_compared_that_is_not_planned_makes_all_exploratory(ends):
    version = freeze()
    held = holding(version, campaigns=SECOND, **ends)
    assert held == frozen.Holding(None, NoPlan.CAMPAIGNS_NOT_PLANNED)
    assert held.told([version]) is version


def made(*rows, lines=("snit",)):
    """Return the make-up of sites (name, role, modes), all of them on these screenlines."""
    places = observed_world.sites(*((name, role, {"modes": modes}) for name, role, modes in rows))
    return makeup.makeup(places, {line: [name for name, *_ in rows] for line in lines})


BOTH = [("S1", "old_crossing", "walk,cycle"), ("S2", "old_crossing", "walk, cycle")]


@pytest.mark.parametrize(
    ("rows", "changed"),
    [
        (BOTH, ()),
        (BOTH[::-1], ()),
        ([BOTH[0], ("S2", "old_crossing", "cycle,motor,walk")], ()),  # motor traffic is never part of it
        (BOTH[:1], ("snit",)),
        ([*BOTH, ("S3", "old_crossing", "walk")], ("snit",)),
        ([BOTH[0], ("S2", "new_link", "walk,cycle")], ("snit",)),
        ([BOTH[0], ("S2", "old_crossing", "walk")], ("snit",)),
    ],
)
def test_for_a_screenline_made_up_otherwise_the_plan_does_not_hold(rows, changed):
    version = freeze(makeup=made(*BOTH))
    held = holding(version, makeup=made(*rows))
    assert (held.version, held.why_not, held.changed) == (version, None, changed)
    told = {"changed_screenlines": "snit"} if changed else {}
    assert {key: value for key, value in frozen.facts(held, [version]).items() if key == "changed_screenlines"} == told


def test_each_screenline_of_the_plan_is_held_against_its_own_sites():
    version = freeze(makeup=made(*BOTH, lines=("snit", "kordon", "other")))  # of which the plan names two
    now = makeup.MakeUp({"snit": ("S1", "S2"), "kordon": ("S1",), "other": ("S2",)}, made(*BOTH).sites)
    assert holding(version, makeup=now).changed == ("kordon",)
    assert holding(version, makeup=replace(now, screenlines={})).changed == ("kordon", "snit")


def test_of_a_plan_for_walkers_only_their_sites_and_modes_matter():
    walkers = replace(PLAN, modes=("walk",))
    version = freeze(walkers, makeup=made(*BOTH))
    assert not holding(version, plan=walkers, makeup=made(BOTH[0], ("S2", "old_crossing", "walk"))).changed


def test_another_make_up_may_be_frozen_again_before_the_counts():
    first = freeze(makeup=made(*BOTH))
    with pytest.raises(InputFaults, match="plan_frozen_already"):
        freeze(PLAN, [first], makeup=made(*BOTH), today=dt.date(2026, 3, 1))
    second = freeze(PLAN, [first], makeup=made(*BOTH[:1]), today=dt.date(2026, 3, 1))
    assert holding(first, second, makeup=made(*BOTH[:1])).version is second
    held = holding(first, second, makeup=made(*BOTH))
    assert (held.version, held.changed) == (second, ("snit",))


def test_the_make_up_is_kept_and_hashed(tmp_path):
    path = tmp_path / "frozen.json"
    frozen.write_frozen([freeze()], path)
    said = json.loads(path.read_text())
    assert said["versions"][0]["makeup"]["screenlines"] == {"kordon": ["S1", "T1"], "snit": ["S1"]}
    assert sorted(said["versions"][0]["makeup"]["sites"]) == ["K1", "K2", "K3", "S1", "T1", "T2"]
    assert frozen.read_frozen(path)[0] == freeze()
    said["versions"][0]["makeup"]["screenlines"]["snit"] = []
    path.write_text(json.dumps(said))
    assert holding(*frozen.read_frozen(path)).why_not is NoPlan.FROZEN_ALTERED
    del said["versions"][0]["makeup"]
    path.write_text(json.dumps(said))
    assert holding(*frozen.read_frozen(path)).why_not is NoPlan.FROZEN_ALTERED
    said["versions"][0]["makeup"] = {"screenlines": {"snit": ["S9"]}, "sites": {}}
    path.write_text(json.dumps(said))
    with pytest.raises(InputFaults, match="frozen_unreadable"):
        frozen.read_frozen(path)


def test_a_file_from_before_the_make_up_was_recorded_is_still_read_and_holds(tmp_path):
    path = tmp_path / "frozen.json"
    path.write_text(json.dumps({"versions": [old_version()]}))
    version = frozen.read_frozen(path)[0]
    assert (version.is_intact, version.makeup) == (True, None)
    assert holding(version, makeup=made(*BOTH)).version is version
    frozen.write_frozen([version], path)
    assert json.loads(path.read_text())["versions"][0] == old_version()


def old_version():
    """Return a version as it was written before the make-up was recorded: hashed without it."""
    plan = contents.content(PLAN)
    hashed = {
        "version": 1, "frozen_on": "2025-08-20", "is_date_imagined": False, "campaigns_counted": [],
        "after_counts_existed": False, "plan": plan, "previous_sha256": "",
    }  # fmt: skip
    return hashed | {"plan_sha256": contents.sha256(plan), "sha256": contents.sha256(hashed)}


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
