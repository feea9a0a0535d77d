"""What departs from the plan, case by case; and which results it makes exploratory."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from movement import study, tables
from movement.plan import contents, frozen, standing
from movement.plan.deviations import Used, deviations, moving_days
from movement.plan.read import read_plan
from movement.tables import Standing
from pipelines import graph, stage
from tests.comparison import observed_world
from tests.plan import world

PLAN = world.PLAN
VERSION = frozen.freeze(PLAN, [], today=world.FROZEN_ON, counted=[], campaigns=world.CAMPAIGNS)
SHIPPED = graph.HOUSE / stage.RAW_STUDY


def rows(*, plan=PLAN, versions=(VERSION,), used=world.USED, **found):
    study_found = world.found(**found)
    held = frozen.holding(plan, versions, study_found.campaigns, after_campaign=used.after_campaign)
    table = deviations(plan, list(versions), held, study_found, used)
    return [tuple(row) for row in table.astype(object).where(table.notna(), None).itertuples(index=False)]


def test_a_study_that_follows_its_plan_has_none():
    assert rows() == []


def with_role(station, role):
    sites = world.SITES
    return sites.assign(role=sites["role"].where(sites["station_id"] != station, role))


def moved(days):
    shift = pd.Timedelta(days=days)
    campaigns = world.CAMPAIGNS
    return campaigns.assign(start_date=campaigns["start_date"] + shift, end_date=campaigns["end_date"] + shift)


CASES = {
    "edited": (
        {"plan": replace(PLAN, smallest_effect_pct=10)},
        [("plan_edited", "primary.smallest_effect_pct", "15", "10")],
    ),
    "site added to the plan": (
        {"plan": replace(PLAN, controls={**PLAN.controls, "K4": "later"})},
        [("plan_edited", "controls.K4", None, "later")],
    ),
    "plan taken away": (
        {"plan": None, "used": world.USED},
        [("plan_edited", "controls.K1", "like T1", None)],
    ),
    "role": ({"sites": with_role("K1", "treated")}, [("site_role", "K1", "control", "treated")]),
    "site gone": (
        {"sites": world.SITES[world.SITES["station_id"] != "K1"]},
        [("site_missing", "K1", "control", None)],
    ),
    "site not planned": (
        {"sites": pd.concat([world.SITES, observed_world.sites(("K9", "control"))], ignore_index=True)},
        [("site_not_planned", "K9", None, "control")],
    ),
    "not counted": (
        {"daily": observed_world.daily(*world.SERIES[:-1], ("K3", "walk", 100, None))},
        [("site_not_counted", "K3 after", "after", None)],
    ),
    "target": ({"used": replace(world.USED, target_change_pct=20)}, [("target_changed", "", "15", "20")]),
    "controls needed": ({"used": replace(world.USED, fewest_controls=2)}, [("controls_needed", "", "3", "2")]),
    "valid days": ({"used": replace(world.USED, valid_day_share_pct=90)}, [("valid_day_share", "", "95", "90")]),
    "primary": (
        {"used": replace(world.USED, primary_screenline="kordon")},
        [("primary_screenline", "", "snit", "kordon")],
    ),
    "screenline gone": (
        {"screenlines": observed_world.screenlines()},
        [("screenline_missing", "kordon", "kordon", None)],
    ),
    "other device": (
        {"devices": world.devices(("K1", "a", "2025-08-01", "2026-01-01"), ("K1", "b", "2026-01-02", None))},
        [("device_changed", "K1", "a", "b")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_departure_is_named(name):
    given, wanted = CASES[name]
    found = rows(**given)
    assert found[: len(wanted)] == wanted
    assert len(found) == len(wanted) or name == "plan taken away"


def test_the_same_device_is_no_departure():
    assert rows(devices=world.devices(("K1", "a", "2025-08-01", None))) == []


def test_campaigns_outside_the_windows_and_in_excluded_weeks():
    found = rows(campaigns=moved(42))  # weeks 42-43
    assert ("outside_windows", "before", "36–37", "42, 43") in found
    assert ("excluded_week", "after", "7, 42", "42") in found
    assert ("follow_up_missing", "2026-08-31", "2026-08-31", None) in found


def test_a_campaign_over_easter():
    found = rows(campaigns=moved(-150))  # 4-17 April 2025, Good Friday is the 18th, Maundy Thursday the 17th
    assert ("excluded_day", "before", "easter", "2025-04-17") in found


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [  # Easter Sunday 5 April 2026
        ("easter", dt.date(2026, 4, 2), dt.date(2026, 4, 6)),
        ("ascension", dt.date(2026, 5, 14), dt.date(2026, 5, 17)),
        ("whitsun", dt.date(2026, 5, 23), dt.date(2026, 5, 25)),
    ],
)
def test_days_that_move_with_easter(name, first, last):
    days = moving_days([name], [2026])
    assert (min(days), max(days), len(days)) == (first, last, (last - first).days + 1)


def test_a_decision_made_after_the_freeze_is_named_and_one_before_is_not():
    decided = {"station_id": "K1", "mode": None, "use": False, "reason": "race", "decided_by": "MJ"}
    frame = pd.DataFrame(
        [
            decided | {"decision_id": name, "start": start, "end": start, "decided_on": pd.Timestamp(day)}
            for name, day in (("early", "2025-08-19"), ("late", "2026-10-01"))
            for start in [pd.Timestamp("2025-09-06")]
        ]
    )
    found = rows(decisions=tables.DECISIONS.check(frame))
    assert found == [("decided_later", "late", "2025-08-20", "K1: race (2026-10-01)")]


def test_other_campaigns_than_planned():
    other = world.CAMPAIGNS.replace({"campaign_id": {"after": "after2"}})
    found = rows(used=replace(world.USED, after_campaign="after2"), campaigns=other)
    assert found[0] == ("campaigns_compared", "", "before–after", "before–after2")


def test_why_no_plan_holds_is_the_first_row():
    assert rows(plan=None, versions=()) == [("no_plan", "", None, None)]
    assert rows(versions=()) == [("not_frozen", "", None, None)]
    late = frozen.freeze(PLAN, [], today=dt.date(2026, 10, 1), counted=["after"], campaigns=world.CAMPAIGNS)
    assert rows(versions=(late,)) == [("frozen_after_counts", "", None, "2026-10-01")]


def test_a_later_version_is_named():
    edited = replace(PLAN, smallest_effect_pct=20)
    late = frozen.freeze(edited, [VERSION], today=dt.date(2026, 10, 1), counted=["after"], campaigns=world.CAMPAIGNS)
    found = rows(plan=edited, versions=(VERSION, late))
    assert found == [
        ("frozen_again", "2", "2025-08-20", "2026-10-01"),
        ("plan_edited", "primary.smallest_effect_pct", "15", "20"),
    ]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"outcome": "screenline_total", "screenline_id": "snit"}, Standing.PRIMARY),
        ({"outcome": "screenline_total", "screenline_id": "snit", "mode": "walk"}, Standing.SECONDARY),
        ({"outcome": "screenline_total", "screenline_id": "snit", "mode": "cycle"}, Standing.EXPLORATORY),
        ({"outcome": "screenline_total", "screenline_id": "snit", "period": "outside_school"}, Standing.SECONDARY),
        ({"outcome": "screenline_total", "screenline_id": "snit", "per": "1000_residents"}, Standing.EXPLORATORY),
        ({"outcome": "kordon", "screenline_id": "kordon"}, Standing.SECONDARY),
        ({"outcome": "kordon", "screenline_id": "other"}, Standing.EXPLORATORY),
        ({"outcome": "kordon", "screenline_id": "kordon", "mode": "walk"}, Standing.EXPLORATORY),
        ({"outcome": "treated_sites"}, Standing.SECONDARY),
        ({"outcome": "treated_sites", "mode": "walk"}, Standing.SECONDARY),
        ({"outcome": "treated_sites", "mode": "walk", "period": "outside_school"}, Standing.EXPLORATORY),
        ({"outcome": "trips_not_made"}, Standing.EXPLORATORY),
        ({"outcome": "anything_new"}, Standing.EXPLORATORY),
    ],
)
def test_what_a_result_is_by_the_plan(asked, wanted):
    assert standing.standing(PLAN, **asked) == wanted
    assert standing.standing(None, **asked) == Standing.EXPLORATORY


def test_interviews_are_co_primary_only_where_the_plan_says_so():
    co = replace(PLAN, interviews_co_primary=True)
    assert standing.standing(co, outcome="trips_not_made") == Standing.PRIMARY


def test_a_plan_for_walkers_has_another_primary_result():
    walkers = replace(PLAN, modes=("walk",))
    line = {"outcome": "screenline_total", "screenline_id": "snit"}
    assert standing.standing(walkers, **line, mode="walk") == Standing.PRIMARY
    assert standing.standing(walkers, **line, mode="all") == Standing.EXPLORATORY


def test_the_shipped_study_holds_its_plan_and_is_named_a_demonstration():
    plan, versions = read_plan(SHIPPED / contents.PLAN_FILE), frozen.read_frozen(SHIPPED / contents.FROZEN_FILE)
    area = study.read_study(SHIPPED, crs="EPSG:25832")
    held = frozen.holding(plan, versions, area.campaigns, after_campaign="after")
    assert held.version is not None
    assert held.version.plan.is_demonstration and held.version.is_date_imagined
    assert held.version.plan.source.startswith("ASSUME demonstration")
    assert held.version.plan_sha256 == contents.sha256(contents.content(plan))
    found = world.found(
        sites=area.sites, screenlines=area.screenlines, campaigns=area.campaigns, daily=tables.DAILY.empty()
    )
    assert deviations(plan, versions, held, found, Used("before", "after", "snit", 3, 15, 95)).empty
    effects = pd.DataFrame(
        [
            ("screenline_total", "snit", "all", "all_day", "day"),
            ("treated_sites", None, "walk", "all_day", "day"),
            ("kordon", "kordon", "walk", "all_day", "day"),
        ],
        columns=["outcome", "screenline_id", "mode", "period", "per"],
    )
    assert standing.standings(effects, held).tolist() == ["primary", "secondary", "exploratory"]
    none = frozen.Holding(None, held.why_not)
    assert set(standing.standings(effects, none)) == {"exploratory"}


def test_the_plan_as_a_table():
    held = frozen.holding(PLAN, [VERSION], world.CAMPAIGNS, after_campaign="after")
    table = contents.plan_table(held.version.plan, frozen.facts(held, [VERSION])).set_index(["entry", "item"])
    assert table.loc[("frozen", "frozen_on"), "value"] == "2025-08-20"
    assert table.loc[("treated", "T1"), "reason"] == "fed by the link"
    assert table.loc[("windows", "autumn"), "value"] == "36, 37"
