"""The plan beside the comparison: its mode goes everywhere, and what it holds is said in the answer."""

from dataclasses import replace

import pytest

from movement import tables
from movement.comparison.outcomes import listed
from movement.plan import frozen
from movement.publish.answer import answer_sentence
from movement.publish.cells import Words
from movement.publish.language import catalogue
from movement.tables import NoPlan
from pipelines import compare_observed, planned
from tests.comparison import observed_world
from tests.plan import world
from tests.publish import map_world

CONTROLS = [("K1", 99), ("K2", 100), ("K3", 101)]
COUNTS = observed_world.daily(
    ("S1", "walk", 100, 150), ("S1", "cycle", 900, 900), ("T1", "walk", 100, 110), ("T2", "walk", 100, 115),
    *[(site, "walk", 100, after) for site, after in CONTROLS], *[(site, "cycle", 900, 9 * n) for site, n in CONTROLS],
)  # fmt: skip
PARAMS = compare_observed.Params(
    before_campaign="before",
    after_campaign="after",
    fewest_controls=3,
    target_change_pct=15,
    lives_here=[],
    study={"crs": "EPSG:25832", "timezone": "Europe/Copenhagen"},
    average_counts={"valid_day_share": 0.95},
)
STUDY = replace(
    map_world.study(is_empty=True),
    sites=world.SITES,
    screenlines=observed_world.screenlines(("kordon", "kordon", False)),
    campaigns=world.CAMPAIGNS,
)


def inputs(plan, study=STUDY, frozen_as=None, **changed):
    params = replace(PARAMS, **changed)
    made = planned.makeup_now(STUDY)
    known = {"today": world.FROZEN_ON, "counted": [], "campaigns": STUDY.campaigns, "makeup": made}
    versions = [frozen.freeze(frozen_as or plan, [], **known)]
    ends = {"before_campaigns": listed(params.before_campaign), "after_campaigns": listed(params.after_campaign)}
    held = frozen.holding(plan, versions, study.campaigns, **ends, makeup=planned.makeup_now(study))
    of_plan = planned.Planned(plan, versions, held)
    nothing = tables.DEVICES.empty(), tables.CORRECTIONS.empty()
    return compare_observed.Inputs(params, study, COUNTS, *nothing, of_plan)


def primary(known):
    effects = compare_observed.judged(known, tables.ASKED_RESULTS.empty())[0]
    return effects[effects["is_primary"] & (effects["estimator"] == "control_spread")].iloc[0]


@pytest.mark.parametrize(
    ("modes", "mode", "before", "after"),
    [(("walk",), "walk", 100, 150), (("cycle",), "cycle", 900, 900), (("walk", "cycle"), "all", 1000, 1050)],
)
def test_the_plans_mode_is_the_primary_outcome_everywhere(modes, mode, before, after):
    known = inputs(replace(world.PLAN, modes=modes))
    row = primary(known)
    assert (row["mode"], row["before_per_day"], row["after_per_day"]) == (mode, before, after)
    assert row["family"] == "primary"
    annex = compare_observed._annex(known, tables.DAILY_VARIANTS.empty())
    assert set(annex.loc[annex["outcome"] == "screenline_total", "mode"]) == {mode}
    phases = compare_observed._phases(known)
    assert phases.loc[phases["outcome"] == "screenline_total", "before_per_day"].tolist() == [before]
    found = {"effects": compare_observed.judged(known, tables.ASKED_RESULTS.empty())[0]}
    for language in ("da", "en"):
        words = Words(catalogue(language), {})
        said = answer_sentence(found, words)
        others = [words.word("mode", other) for other in ("walk", "cycle", "all") if other != mode]
        assert f"{words.number(after)} {words.word('mode', mode)} p" in said  # per day, pr. døgn
        assert not any(f"{words.number(after)} {other} p" in said for other in others)


def test_where_no_plan_holds_the_mode_is_what_the_plan_says_now():
    walkers = replace(world.PLAN, modes=("walk",))
    known = inputs(walkers, frozen_as=world.PLAN)
    assert known.planned.mode == "all"  # the frozen plan holds, whatever was written later
    late = planned.Planned(walkers, [], frozen.Holding(None, NoPlan.NOT_FROZEN))
    assert late.mode == "walk"
    assert planned.Planned(None, [], frozen.Holding(None, NoPlan.NO_PLAN)).mode == "all"


def test_sites_taken_off_the_primary_screenline_after_the_freeze_make_it_exploratory():
    without = STUDY.sites.assign(screenline_ids=None)
    for sites in (without, STUDY.sites.assign(role=STUDY.sites["role"].replace("old_crossing", "along_barrier"))):
        known = inputs(world.PLAN, study=replace(STUDY, sites=sites))
        assert known.planned.held.changed == ("snit",)
        assert primary(known)["family"] == "exploratory"
        effects = compare_observed.judged(known, tables.ASKED_RESULTS.empty())[0]
        assert set(effects.loc[effects["outcome"] == "treated_sites", "family"]) == {"secondary", "exploratory"}
        assert known.planned.asked_standing("trips_not_made") == "exploratory"
    assert primary(inputs(world.PLAN))["family"] == "primary"


def test_an_unplanned_second_campaign_makes_it_exploratory_and_one_named_twice_does_not():
    row = primary(inputs(world.PLAN, after_campaign="after, after2"))  # which is not in campaigns.csv
    assert (row["family"], row["reason"]) == ("exploratory", "no_campaigns")
    assert primary(inputs(world.PLAN, after_campaign="after, after"))["family"] == "primary"
