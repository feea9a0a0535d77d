"""Daily counts of two campaigns in; effects with intervals, every site's change, substitution and checks out."""

from __future__ import annotations

from dataclasses import dataclass

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from movement.comparison.site_changes import site_changes
from movement.comparison.substitution import substitution
from movement.study import read_study
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """Which campaigns are compared, what is needed to judge, and the change that matters."""

    before_campaign: str
    after_campaign: str
    fewest_controls: int
    target_change_pct: float
    study: dict[str, str]


def run(params: Params) -> None:
    """Read, compare and write."""
    study = read_study(stage.RAW_STUDY, crs=params.study["crs"])
    daily = tables.DAILY.read(stage.DAILY)
    where = (study.sites, study.screenlines, study.campaigns)
    ends = {"before_campaign": params.before_campaign, "after_campaign": params.after_campaign}
    fewest = params.fewest_controls
    effects = observed_effects(daily, *where, **ends, fewest_controls=fewest)
    checks = run_checks(
        daily, *where, study.events, effects, **ends, fewest_controls=fewest, target_change_pct=params.target_change_pct
    )
    tables.EFFECTS.write(effects, stage.EFFECTS)
    changes = site_changes(daily, study.sites, study.campaigns, **ends, fewest_controls=fewest)
    tables.SITE_CHANGES.write(changes, stage.SITE_CHANGES)
    tables.SUBSTITUTION.write(substitution(daily, *where, **ends, fewest_controls=fewest), stage.SUBSTITUTION)
    tables.CHECKS.write(checks, stage.CHECKS)


if __name__ == "__main__":
    stage.main("compare_observed", run, Params)
