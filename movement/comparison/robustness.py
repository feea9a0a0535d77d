"""The primary outcome and the treated sites by other estimators, without single sites or campaigns, on other counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from movement.comparison.conclusions import conclude
from movement.comparison.estimators import (
    Interval,
    against_controls,
    poisson_jackknife,
    randomization,
    treated_against_controls,
    welch,
    without_each,
)
from movement.comparison.matched import columns_of, with_role
from movement.comparison.measured import NAIVE_IS_NO_RESULT, Comparison, Measured, comparison_of
from movement.comparison.outcomes import TREATED, Case, primary_case
from movement.comparison.paired import Campaigns, campaign_ids, windows_reason
from movement.tables import ROBUSTNESS, Conclusion, RobustMethod, Role

OTHER_COUNTS = (RobustMethod.WITH_FLAGGED, RobustMethod.WITHOUT_CORRECTIONS)

Row = dict[str, object]


def robustness(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    fewest_controls: int,
    corrections: pd.DataFrame | None = None,
    variants: Mapping[RobustMethod, pd.DataFrame] | None = None,
    primary_mode: str = "all",
) -> pd.DataFrame:
    """Set the primary outcome's and the treated sites' estimate beside what else one could have done.

    Parameters
    ----------
    daily, sites, screenlines, campaigns
        DAILY, SITES, SCREENLINES, CAMPAIGNS.
    before_campaign, after_campaign, fewest_controls, corrections, primary_mode
        As of `effects.observed_effects`.
    variants
        DAILY by other rules: with flagged days in use, without correction factors. An empty one is a rule that
        changes nothing here.

    Returns
    -------
    robustness
        ROBUSTNESS. The first row of each outcome, `as_planned`, is the one in EFFECTS; a method that is not possible
        says why in `reason`. Of the rows without one control only the lowest and the highest effect stand, with the
        control named. Empty where nothing was counted or the phases cannot be compared.
    """
    ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    if daily.empty or windows_reason(campaigns, **ends) is not None:
        return ROBUSTNESS.empty()
    wanted = {"fewest_controls": fewest_controls, "corrections": corrections}
    asked = _Asked(sites, campaigns, wanted)
    rows: list[Row] = []
    for case in _two_cases(sites, screenlines, primary_mode):
        comparison = asked.compare(daily, **ends)
        found = comparison.measure(case)
        if case.outcome == TREATED and not len(found.match.columns):
            continue
        outcome = {"outcome": case.outcome, "screenline_id": case.screenline_id, "mode": case.mode}
        every = (*_estimators(comparison, found, case), *_campaigns_left_out(asked, daily, case, **ends))
        every = (*every, *_other_counts(asked, daily, case, variants or {}, found.factors, **ends))
        rows += [outcome | {"detail": "", "smallest_p": None, "effect_pct": None} | row for row in every]
    return ROBUSTNESS.check(pd.DataFrame(rows, columns=[*ROBUSTNESS.columns]))


@dataclass(frozen=True)
class _Asked:
    sites: pd.DataFrame
    campaigns: pd.DataFrame
    wanted: Mapping[str, object]

    def compare(self, daily: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns) -> Comparison:
        ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
        return comparison_of(daily, self.sites, self.campaigns, **ends, **self.wanted)  # type: ignore[arg-type]


def _two_cases(sites: pd.DataFrame, screenlines: pd.DataFrame, mode: str) -> Iterator[Case]:
    primary = primary_case(sites, screenlines, mode=mode)
    yield primary
    treated = tuple(with_role(sites, Role.TREATED))
    yield replace(primary, outcome=TREATED, screenline_id=None, is_primary=False, stations=treated)


def _estimators(comparison: Comparison, found: Measured, case: Case) -> Iterator[Row]:
    yield _said(RobustMethod.AS_PLANNED, found)
    yield _naive(comparison, found)
    if found.reason is not None:
        return
    is_total = case.outcome != TREATED
    yield _interval(RobustMethod.WELCH, welch(found.own, found.controls), "one_treated_unit")
    yield _permuted(found)
    fitted = None if is_total else _poisson(comparison, found)
    yield _interval(RobustMethod.POISSON_CV3, fitted, "one_treated_unit" if len(found.own) < 2 else "not_fitted")
    yield from _controls_left_out(found, comparison.fewest_controls)


def _controls_left_out(found: Measured, fewest: int) -> Iterator[Row]:
    """Yield the lowest and the highest effect that leaving out one control gives."""
    if len(found.controls) <= max(fewest, 2):
        yield _none(RobustMethod.WITHOUT_CONTROL_LOWEST, "too_few_controls")
        yield _none(RobustMethod.WITHOUT_CONTROL_HIGHEST, "too_few_controls")
        return
    estimate: Callable[[pd.Series], Interval] = (
        (lambda others: treated_against_controls(found.own, others))
        if found.base["outcome"] == TREATED
        else (lambda others: against_controls(float(found.own.iloc[0]), others))
    )
    each = {name: estimate(others).widened(found.variance) for name, others in without_each(found.controls)}
    ordered = sorted(each, key=lambda name: each[name].effect)
    yield _interval(RobustMethod.WITHOUT_CONTROL_LOWEST, each[ordered[0]]) | {"detail": ordered[0]}
    yield _interval(RobustMethod.WITHOUT_CONTROL_HIGHEST, each[ordered[-1]]) | {"detail": ordered[-1]}


def _campaigns_left_out(
    asked: _Asked, daily: pd.DataFrame, case: Case, *, before_campaign: Campaigns, after_campaign: Campaigns
) -> Iterator[Row]:
    """Yield the estimate without each campaign of a phase that has several."""
    before, after = campaign_ids(before_campaign), campaign_ids(after_campaign)
    fewer = [(one, _without(before, one), after) for one in before if len(before) > 1]
    fewer += [(one, before, _without(after, one)) for one in after if len(after) > 1]
    if not fewer:
        yield _none(RobustMethod.WITHOUT_CAMPAIGN, "one_campaign")
    for one, first, second in fewer:
        found = asked.compare(daily, before_campaign=first, after_campaign=second).measure(case)
        yield _said(RobustMethod.WITHOUT_CAMPAIGN, found) | {"detail": one}


def _without(names: tuple[str, ...], left_out: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != left_out)


def _other_counts(
    asked: _Asked,
    daily: pd.DataFrame,
    case: Case,
    variants: Mapping[RobustMethod, pd.DataFrame],
    factors: float,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
) -> Iterator[Row]:
    """Yield the estimate on counts by other rules: with flagged days, without corrections, without their errors."""
    ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    known = replace(asked, wanted={**asked.wanted, "corrections": None})
    for method in OTHER_COUNTS:
        counts = variants.get(method)
        if counts is None or counts.empty:
            yield _none(method, "nothing_to_vary")
            continue
        plain = (
            asked
            if method == RobustMethod.WITH_FLAGGED
            else replace(asked, wanted={**asked.wanted, "corrections": None})
        )
        yield _said(method, plain.compare(counts, **ends).measure(case))
    if factors > 0:
        known = replace(asked, wanted={**asked.wanted, "corrections": None})
        yield _said(RobustMethod.FACTORS_TAKEN_AS_KNOWN, known.compare(daily, **ends).measure(case))


def _poisson(comparison: Comparison, found: Measured) -> Interval | None:
    """Fit people counted at each site over the matched days; sites without a person in a phase take no part."""
    names = [*found.own.index, *found.controls.index]
    days, match = comparison.days, found.match
    columns = columns_of(days, names, match.modes)
    sums = [
        side.loc[match.on, columns].sum().groupby(level=0).sum().reindex(names) for side in (days.before, days.after)
    ]
    treated = np.array([name in found.own.index for name in names])
    return poisson_jackknife(sums[0].to_numpy(dtype=float), sums[1].to_numpy(dtype=float), treated)


def _permuted(found: Measured) -> Row:
    told = randomization(found.own, found.controls)
    half = {"effect_low": told.low, "effect_high": told.high}
    return {
        "method": str(RobustMethod.RANDOMIZATION),
        "effect_pct": 100 * np.expm1(told.effect),
        **{name: None if end is None else 100 * np.expm1(end) for name, end in half.items()},
        "p_value": told.p_value,
        "smallest_p": told.smallest_p,
        "conclusion": str(_permuted_conclusion(told.low, told.high)),
        "reason": None if told.low is not None else "permutation_cannot_reject",
    }


def _permuted_conclusion(low: float | None, high: float | None) -> Conclusion:
    if low is not None and low > 0:
        return Conclusion.RISE_SHOWN
    return Conclusion.FALL_SHOWN if high is not None and high < 0 else Conclusion.NOT_SHOWN


def _naive(comparison: Comparison, found: Measured) -> Row:
    """Return the percentage without controls, of the sums counted: named as what it is wherever days match."""
    if not len(found.match.on) or not (found.base["before_per_day"] and found.base["after_per_day"]):
        return _none(RobustMethod.NAIVE, found.reason or "zero_counts")
    return _interval(RobustMethod.NAIVE, comparison.without_controls(found.match)) | {
        "conclusion": str(Conclusion.CANNOT_BE_JUDGED),
        "reason": NAIVE_IS_NO_RESULT,
    }


def _said(method: RobustMethod, found: Measured) -> Row:
    return _none(method, found.reason) if found.reason else _interval(method, found.estimate())


def _interval(method: RobustMethod, found: Interval | None, reason: str | None = None) -> Row:
    if found is None:
        return _none(method, reason)
    ends = {"effect_low": found.effect - found.half, "effect_high": found.effect + found.half}
    return {
        "method": str(method),
        "effect_pct": 100 * np.expm1(found.effect),
        **{name: 100 * np.expm1(end) for name, end in ends.items()},
        "degrees_of_freedom": found.degrees_of_freedom,
        "p_value": found.p_value(),
        "conclusion": str(conclude(found)),
    }


def _none(method: RobustMethod, reason: str | None) -> Row:
    return {"method": str(method), "conclusion": str(Conclusion.CANNOT_BE_JUDGED), "reason": reason}
