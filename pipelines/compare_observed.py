"""Daily counts of two phases in; effects with intervals, their annex, every site's change, substitution, checks out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks
from movement.comparison.effects import observed_effects
from movement.comparison.interviews import asked_results
from movement.comparison.outcomes import listed
from movement.comparison.paired import Campaigns
from movement.comparison.phases import phase_effects
from movement.comparison.robustness import OTHER_COUNTS, robustness
from movement.comparison.site_changes import site_changes
from movement.comparison.substitution import substitution
from movement.comparison.together import asked_in_family, counted_p, judge_asked
from movement.comparison.voided import phases_as_effects, void_robustness, void_site_changes
from movement.study import read_study
from movement.tables import Study
from pipelines import planned, stage


@dataclass(frozen=True)
class Params:
    """Which campaigns are compared, what is needed to judge, the change that matters, and who is a resident."""

    before_campaign: str
    after_campaign: str
    fewest_controls: int
    target_change_pct: float
    lives_here: list[str]
    study: dict[str, str]
    average_counts: dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """What is compared, and what is known of it."""

    params: Params
    study: Study
    daily: pd.DataFrame
    devices: pd.DataFrame
    corrections: pd.DataFrame
    planned: planned.Planned

    @property
    def where(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Sites, screenlines and campaigns."""
        return self.study.sites, self.study.screenlines, self.study.campaigns

    @property
    def ends(self) -> dict[str, Campaigns]:
        """Campaigns of both phases, for the functions that compare."""
        sides = (self.params.before_campaign, self.params.after_campaign)
        return dict(zip(("before_campaign", "after_campaign"), (tuple(listed(side)) for side in sides), strict=True))


def run(params: Params) -> None:
    """Read, compare and write."""
    study = read_study(stage.RAW_STUDY, crs=params.study["crs"])
    devices, corrections = tables.DEVICES.read(stage.DEVICES), tables.CORRECTIONS.read(stage.CORRECTIONS)
    before, after = listed(params.before_campaign), listed(params.after_campaign)
    plan = planned.read(stage.RAW_STUDY, study, before=before, after=after)
    known = Inputs(params, study, tables.DAILY.read(stage.DAILY), devices, corrections, plan)
    tables.ANALYSIS_PLAN.write(plan.table(), stage.ANALYSIS_PLAN)
    tables.PLAN_DEVIATIONS.write(_departures(known), stage.PLAN_DEVIATIONS)
    fewest = params.fewest_controls
    interviews, staying = tables.INTERVIEWS.read(stage.INTERVIEWS), tables.STAYING.read(stage.STAYING)
    effects, checks, asked = judged(known, _asked(known, interviews, staying))
    tables.EFFECTS.write(effects, stage.EFFECTS)
    tables.CHECKS.write(checks, stage.CHECKS)
    annex = _annex(known, tables.DAILY_VARIANTS.read(stage.DAILY_VARIANTS))
    tables.ROBUSTNESS.write(void_robustness(annex, effects, checks), stage.ROBUSTNESS)
    tables.PHASE_EFFECTS.write(phases_as_effects(_phases(known), effects, **known.ends), stage.PHASE_EFFECTS)
    tables.ASKED_RESULTS.write(asked, stage.ASKED_RESULTS)
    changes = site_changes(known.daily, study.sites, study.campaigns, **known.ends, fewest_controls=fewest)
    tables.SITE_CHANGES.write(void_site_changes(changes, checks), stage.SITE_CHANGES)
    split = substitution(known.daily, *known.where, **known.ends, fewest_controls=fewest)
    tables.SUBSTITUTION.write(split, stage.SUBSTITUTION)


def judged(known: Inputs, asked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return EFFECTS with what failed checks take away, CHECKS, and ASKED_RESULTS judged together with EFFECTS."""
    params, study = known.params, known.study
    shown = observed_effects(
        known.daily,
        *known.where,
        before_campaign=known.ends["before_campaign"],
        after_campaign=known.ends["after_campaign"],
        fewest_controls=params.fewest_controls,
        smallest_effect_pct=params.target_change_pct,
        events=study.events,
        corrections=known.corrections,
        primary_mode=known.planned.mode,
        standing_of=known.planned.standing_of,
        others=asked_in_family(asked).tolist(),
    )
    checks = run_checks(
        known.daily,
        *known.where,
        study.events,
        shown,
        before_campaign=known.ends["before_campaign"],
        after_campaign=known.ends["after_campaign"],
        fewest_controls=params.fewest_controls,
        target_change_pct=params.target_change_pct,
        interventions=study.interventions,
        devices=known.devices,
        corrections=known.corrections,
        weather=study.weather,
        primary_mode=known.planned.mode,
    )
    return apply_checks(shown, checks), checks, judge_asked(asked, counted_p(shown))


def _departures(known: Inputs) -> pd.DataFrame:
    params = known.params
    used = planned.used(
        known.study,
        before=listed(params.before_campaign),
        after=listed(params.after_campaign),
        fewest_controls=params.fewest_controls,
        target_change_pct=params.target_change_pct,
        valid_day_share=float(params.average_counts["valid_day_share"]),
    )
    return planned.departures(known.planned, known.study, known.daily, known.devices, used)


def _annex(known: Inputs, other: pd.DataFrame) -> pd.DataFrame:
    return robustness(
        known.daily,
        *known.where,
        before_campaign=known.ends["before_campaign"],
        after_campaign=known.ends["after_campaign"],
        fewest_controls=known.params.fewest_controls,
        corrections=known.corrections,
        variants={method: tables.DAILY.conform(other[other["variant"] == str(method)]) for method in OTHER_COUNTS},
        primary_mode=known.planned.mode,
    )


def _phases(known: Inputs) -> pd.DataFrame:
    return phase_effects(
        known.daily,
        *known.where,
        known.study.interventions,
        known.study.events,
        before_campaign=known.ends["before_campaign"],
        fewest_controls=known.params.fewest_controls,
        smallest_effect_pct=known.params.target_change_pct,
        devices=known.devices,
        corrections=known.corrections,
        weather=known.study.weather,
        primary_mode=known.planned.mode,
    )


def _asked(known: Inputs, interviews: pd.DataFrame, staying: pd.DataFrame) -> pd.DataFrame:
    return asked_results(
        interviews,
        staying,
        known.daily,
        *known.where,
        **known.ends,
        lives_here=known.params.lives_here,
        timezone=known.params.study["timezone"],
        standing_of=known.planned.asked_standing,
    )


if __name__ == "__main__":
    stage.main("compare_observed", run, Params)
