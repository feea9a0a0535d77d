"""The analysis plan beside the comparison: what is planned, what is exploratory, and what departs from the plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from movement import tables
from movement.comparison.effects import primary_screenline
from movement.comparison.outcomes import Case
from movement.plan.contents import FROZEN_FILE, PLAN_FILE, Plan, plan_table
from movement.plan.deviations import Found, Used, deviations
from movement.plan.frozen import Holding, Version, facts, holding, read_frozen
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
            )

        return of

    def asked_standing(self, outcome: str) -> Standing:
        """Say what an outcome of interviews or of people staying is by the plan; none has a mode of its own."""
        plan = self.held.version.plan if self.held.version else None
        return standing(plan, outcome=outcome, mode=plan.mode if plan else "all")

    def table(self) -> pd.DataFrame:
        """Return ANALYSIS_PLAN."""
        return plan_table(self.held.version.plan if self.held.version else None, facts(self.held, self.versions))


def read(folder: Path, study: Study, after_campaigns: Sequence[str]) -> Planned:
    """Read plan and frozen versions; a version holds if it was frozen before the first of the campaigns after."""
    plan, versions = read_plan(folder / PLAN_FILE), read_frozen(folder / FROZEN_FILE)
    rows = study.campaigns.loc[study.campaigns["campaign_id"].isin(after_campaigns)].sort_values("start_date")
    first = str(rows["campaign_id"].iloc[0]) if len(rows) else ""
    return Planned(plan, versions, holding(plan, versions, study.campaigns, after_campaign=first))


def departures(planned: Planned, study: Study, daily: pd.DataFrame, devices: pd.DataFrame, used: Used) -> pd.DataFrame:
    """Return PLAN_DEVIATIONS."""
    decisions = tables.DECISIONS.read(stage.DECISIONS)
    found = Found(study.sites, study.screenlines, study.campaigns, daily, devices, decisions)
    return deviations(planned.plan, planned.versions, planned.held, found, used)


def used(
    study: Study, *, before: str, after: str, fewest_controls: int, target_change_pct: float, valid_day_share: float
) -> Used:
    """Say what the comparison was run with."""
    line = primary_screenline(study.screenlines)
    return Used(before, after, line, fewest_controls, target_change_pct, 100 * valid_day_share)
