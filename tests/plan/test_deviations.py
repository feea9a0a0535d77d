"""What departs from the plan, case by case; and which results it makes exploratory."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from movement import study, tables
from movement.plan import contents, frozen, makeup, standing
from movement.plan.deviations import deviations, moving_days
from movement.plan.read import read_plan
from movement.tables import Standing
from pipelines import graph, planned, stage
from tests.comparison import observed_world
from tests.plan import world

PLAN = world.PLAN
KNOWN = {"campaigns": world.CAMPAIGNS, "makeup": world.MAKEUP}
VERSION = frozen.freeze(PLAN, [], today=world.FROZEN_ON, counted=[], **KNOWN)
SHIPPED = graph.HOUSE / stage.RAW_STUDY


def rows(*, plan=PLAN, versions=(VERSION,), used=world.USED, **found):
    study_found = world.found(**found)
    held = hold(plan, versions, study_found.campaigns, study_found.makeup, used)
    table = deviations(plan, list(versions), held, study_found, used)
    return [tuple(row) for row in table.astype(object).where(table.notna(), None).itertuples(index=False)]


def hold(plan, versions, campaigns, made, used=world.USED):
    ends = {"before_campaigns": used.before_campaigns, "after_campaigns": used.after_campaigns}
    return frozen.holding(plan, versions, campaigns, **ends, makeup=made)


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
    found = rows(used=replace(world.USED, after_campaigns=("after2",)), campaigns=other)
    assert found[:2] == [
        ("campaigns_not_planned", "", None, "2025-08-20"),
        ("campaigns_compared", "", "before–after", "before–after2"),
    ]


def test_every_campaign_compared_is_looked_at():
    more = world.CAMPAIGNS.iloc[[1]].assign(
        campaign_id="after2", start_date=pd.Timestamp("2027-02-15"), end_date=pd.Timestamp("2027-02-21")
    )
    used = replace(world.USED, after_campaigns=("after", "after2"))
    counted = [observed_world.daily(*world.SERIES)]  # week 7 of 2027: K3 is not counted
    for site in ("S1", "T1", "T2", "K1", "K2"):
        day = counted[0].iloc[[0]].assign(station_id=site, date=pd.Timestamp("2027-02-16"), campaign_id="after2")
        counted.append(day)
    found = rows(
        used=used,
        campaigns=pd.concat([world.CAMPAIGNS, more], ignore_index=True),
        daily=tables.DAILY.check(pd.concat(counted, ignore_index=True)),
        devices=world.devices(("K1", "a", "2025-08-01", "2026-12-31"), ("K1", "b", "2027-01-01", None)),
    )
    assert found == [
        ("campaigns_not_planned", "", None, "2025-08-20"),
        ("campaigns_compared", "", "before–after", "before–after, after2"),
        ("outside_windows", "after2", "36–37", "7"),
        ("excluded_week", "after2", "7, 42", "7"),
        ("site_not_counted", "K3 after2", "after2", None),
        ("device_changed", "K1", "a", "a, b"),
    ]


def test_a_plan_may_name_several_campaigns_and_one_not_compared_is_named():
    both = replace(PLAN, after_campaign="after, after2")
    version = frozen.freeze(both, [], today=world.FROZEN_ON, counted=[], **KNOWN)
    found = rows(plan=both, versions=(version,))
    assert found == [("campaigns_compared", "", "before–after, after2", "before–after")]


KORDON = ("screenline_changed", "kordon", None, "2025-08-20")


def remade(lines=None, **changed):
    """Return the world's make-up with other sites on its screenlines, or other columns of site T1."""
    sites = world.SITES.copy()
    for column, value in changed.items():
        sites.loc[sites["station_id"] == "T1", column] = value
    return makeup.makeup(sites, {"snit": ("S1",), "kordon": ("S1", "T1")} | (lines or {}))


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (remade(), []),
        (remade({"extra": ("S1", "T2")}), []),  # a screenline the plan does not name
        (remade({"kordon": ("T1", "S1")}), []),
        (remade({"kordon": ("S1",)}), [KORDON, ("screenline_sites", "kordon", "S1, T1", "S1")]),
        (remade({"kordon": ()}), [KORDON, ("screenline_sites", "kordon", "S1, T1", None)]),
        (remade(modes="walk"), [KORDON, ("site_modes", "T1", "cycle, walk", "walk")]),
        (remade(valid_from=pd.Timestamp("2026-01-01")), [("site_dates", "T1", "–", "2026-01-01–")]),
        (
            remade({"snit": ("S1", "T2")}),
            [("screenline_changed", "snit", None, "2025-08-20"), ("screenline_sites", "snit", "S1", "S1, T2")],
        ),
    ],
)
def test_what_screenlines_and_sites_are_made_of_is_held_against_the_plan(made, wanted):
    assert rows(makeup=made) == wanted


def test_a_version_without_make_up_says_so():
    old = replace(VERSION, makeup=None)
    assert rows(versions=(old,), makeup=remade({"snit": ()})) == [("makeup_not_recorded", "", None, "2025-08-20")]


def test_why_no_plan_holds_is_the_first_row():
    assert rows(plan=None, versions=()) == [("no_plan", "", None, None)]
    assert rows(versions=()) == [("not_frozen", "", None, None)]
    late = frozen.freeze(PLAN, [], today=dt.date(2026, 10, 1), counted=["after"], **KNOWN)
    assert rows(versions=(late,)) == [("frozen_after_counts", "", None, "2026-10-01")]


def test_a_follow_up_seen_before_the_plan_for_a_later_one_is_named():
    later = replace(PLAN, after_campaign="after2", follow_ups=(dt.date(2026, 8, 31), dt.date(2027, 8, 30)))
    more = world.CAMPAIGNS.iloc[[1]].assign(
        campaign_id="after2", start_date=pd.Timestamp("2027-09-06"), end_date=pd.Timestamp("2027-09-19")
    )
    campaigns = pd.concat([world.CAMPAIGNS, more], ignore_index=True)
    used = replace(world.USED, after_campaigns=("after2",))
    seen = ("follow_up_seen", "after", "2027-03-01", "2026-08-31")
    for counted in (["after", "before"], []):  # by its counts, or as it had begun
        version = frozen.freeze(later, [], today=dt.date(2027, 3, 1), counted=counted, **KNOWN)
        assert rows(plan=later, versions=(version,), used=used, campaigns=campaigns) == [seen]
    early = frozen.freeze(later, [], today=world.FROZEN_ON, counted=[], **KNOWN)
    assert rows(plan=later, versions=(early,), used=used, campaigns=campaigns) == []
    baseline = replace(
        later, before_campaign="after"
    )  # compared as the before, as planned: nothing was looked at first
    version = frozen.freeze(baseline, [], today=dt.date(2027, 3, 1), counted=["after"], **KNOWN)
    used = replace(used, before_campaigns=("after",))
    assert rows(plan=baseline, versions=(version,), used=used, campaigns=campaigns) == []


def test_a_later_version_is_named():
    edited = replace(PLAN, smallest_effect_pct=20)
    late = frozen.freeze(edited, [VERSION], today=dt.date(2026, 10, 1), counted=["after"], **KNOWN)
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


@pytest.mark.parametrize(
    ("asked", "wanted", "of_kordon"),
    [
        ({"outcome": "screenline_total", "screenline_id": "snit"}, "exploratory", "primary"),
        ({"outcome": "screenline_total", "screenline_id": "snit", "mode": "walk"}, "exploratory", "secondary"),
        ({"outcome": "kordon", "screenline_id": "kordon"}, "secondary", "exploratory"),
        ({"outcome": "treated_sites"}, "secondary", "secondary"),
        ({"outcome": "trips_not_made"}, "exploratory", "primary"),  # of people over the primary screenline
        ({"outcome": "staying"}, "secondary", "secondary"),
    ],
)
def test_over_a_screenline_that_was_changed_all_is_exploratory_and_nothing_else(asked, wanted, of_kordon):
    plan = replace(PLAN, interviews_co_primary=True, secondary=(*PLAN.secondary, "staying"))
    assert standing.standing(plan, **asked, changed=("snit",)) == wanted
    assert standing.standing(plan, **asked, changed=("kordon",)) == of_kordon


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
    made = planned.makeup_now(area)
    held = hold(plan, versions, area.campaigns, made)
    assert held.version is not None
    assert held.version.plan.is_demonstration and held.version.is_date_imagined
    assert held.version.plan.source.startswith("ASSUME demonstration")
    assert held.version.plan_sha256 == contents.sha256(contents.content(plan))
    found = world.found(
        sites=area.sites,
        screenlines=area.screenlines,
        campaigns=area.campaigns,
        daily=tables.DAILY.empty(),
        makeup=made,
    )
    assert deviations(plan, versions, held, found, world.USED).empty
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
    held = hold(PLAN, [VERSION], world.CAMPAIGNS, world.MAKEUP)
    table = contents.plan_table(held.version.plan, frozen.facts(held, [VERSION])).set_index(["entry", "item"])
    assert table.loc[("frozen", "frozen_on"), "value"] == "2025-08-20"
    assert table.loc[("treated", "T1"), "reason"] == "fed by the link"
    assert table.loc[("windows", "autumn"), "value"] == "36, 37"
