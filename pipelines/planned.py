"""The analysis plan beside the comparison: what is planned, what is exploratory, and what departs from the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from movement import tables
from movement.comparison.outcomes import Case, primary_screenline, sites_of_screenline
from movement.plan.contents import FROZEN_FILE, PLAN_FILE, Plan, plan_table
from movement.plan.deviations import Found, Used, deviations
from movement.plan.frozen import Holding, Version, facts, holding, read_frozen
from movement.plan.makeup import MakeUp, makeup, written
from movement.plan.read import read_plan
from movement.plan.standing import standing
from movement.tables import Standing, Study
from pipelines import stage


@dataclass(frozen=True)
class Planned:
    """The plan as it reads now, its frozen versions, and the one that holds for the comparison."""

    plan: Plan | None
    versions: Sequence[Version]
    held: Holding

    @property
    def mode(self) -> str:
        """The primary outcome's mode, of the plan that holds; where none does, of the plan as it reads now."""
        plan = self.held.version.plan if self.held.version else self.plan
        return plan.mode if plan else "all"

    @property
    def standing_of(self) -> Callable[[Case], Standing]:
        """Say what an outcome is by the plan that holds; exploratory where none does."""
        plan = self.held.version.plan if self.held.version else None

        def of(case: Case) -> Standing:
            return standing(
                plan,
                outcome=case.outcome,
                screenline_id=case.screenline_id,
                mode=case.mode,
                period=case.period,
                per=case.per,
                changed=self.held.changed,
            )

        return of

    def asked_standing(self, outcome: str) -> Standing:
        """Say what an outcome of interviews or of people staying is by the plan; none has a mode of its own."""
        plan = self.held.version.plan if self.held.version else None
        return standing(plan, outcome=outcome, mode=plan.mode if plan else "all", changed=self.held.changed)

    def table(self) -> pd.DataFrame:
        """Return ANALYSIS_PLAN."""
        version, frozen = self.held.version, facts(self.held, self.versions)
        made_of = written(version.makeup) if version and version.makeup else None
        return plan_table(version.plan if version else None, frozen, made_of)


def read(folder: Path, study: Study, *, before: Sequence[str], after: Sequence[str]) -> Planned:
    """Read plan and frozen versions, and which of them holds for all the campaigns compared."""
    plan, versions = read_plan(folder / PLAN_FILE), read_frozen(folder / FROZEN_FILE)
    ends = {"before_campaigns": before, "after_campaigns": after}
    return Planned(plan, versions, holding(plan, versions, study.campaigns, **ends, makeup=makeup_now(study)))


def makeup_now(study: Study) -> MakeUp:
    """Return which sites count for each screenline and what each site is, as the comparison takes them."""
    lines = study.screenlines["screenline_id"].astype(str)
    return makeup(study.sites, {line: sites_of_screenline(study.sites, line) for line in lines})


def departures(planned: Planned, study: Study, daily: pd.DataFrame, devices: pd.DataFrame, used: Used) -> pd.DataFrame:
    """Return PLAN_DEVIATIONS."""
    decisions = tables.DECISIONS.read(stage.DECISIONS)
    found = Found(study.sites, study.screenlines, study.campaigns, daily, devices, decisions, makeup_now(study))
    return deviations(planned.plan, planned.versions, planned.held, found, used)


def used(
    study: Study,
    *,
    before: Sequence[str],
    after: Sequence[str],
    fewest_controls: int,
    target_change_pct: float,
    valid_day_share: float,
) -> Used:
    """Say what the comparison was run with."""
    line = primary_screenline(study.screenlines)
    return Used(tuple(before), tuple(after), line, fewest_controls, target_change_pct, 100 * valid_day_share)
