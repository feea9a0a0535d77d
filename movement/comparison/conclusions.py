"""What an interval says, by rule: the conclusion, outcomes judged together, and what a failed check takes away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.comparison.estimators import EQUIVALENCE_COVERAGE, Interval
from movement.comparison.outcomes import listed, with_modes
from movement.tables import EFFECTS, Attribution, CheckStatus, Conclusion, Consequence, Standing

LEVEL = 0.05
SHOWN = (str(Conclusion.RISE_SHOWN), str(Conclusion.FALL_SHOWN))
_JUDGED = (*SHOWN, str(Conclusion.NO_CHANGE_LARGER_SHOWN), str(Conclusion.NOT_SHOWN))
# What a row no longer says once it cannot be judged
_NUMBERS = ("effect_pct", "effect_low", "effect_high", "p_value", "p_holm", "equivalence_low", "equivalence_high")


@dataclass(frozen=True)
class Rule:
    """What a failed check does to a conclusion.

    It is held to the outcomes that rest on a site, in a mode, that the check is about, their own or a control; with
    `all_own` to those whose own sites are all among them (`is_about`).
    """

    consequence: Consequence
    all_own: bool = False


# The one place that says what a failed check does; a check that is not here cannot be written (`consequence_of`).
RULES: Mapping[str, Rule] = {
    # what the outcome's own reason says already, or what only widens the interval
    "enough_controls": Rule(Consequence.NONE),
    "controls_left_out": Rule(Consequence.NONE),
    "whole_screenline": Rule(Consequence.NONE),
    "matched_days": Rule(Consequence.NONE),
    "valid_days": Rule(Consequence.NONE),
    "all_counted": Rule(Consequence.NONE),
    "control_types": Rule(Consequence.NONE),
    "same_weeks": Rule(Consequence.NONE),  # of the ISO week; the season has a check of its own
    "detectable_change": Rule(Consequence.NONE),
    # the change is there, but something else than the links can have made it
    "link_opened": Rule(Consequence.NOT_ATTRIBUTABLE, all_own=True),
    "other_intervention": Rule(Consequence.NOT_ATTRIBUTABLE),
    # of people per resident too: many who cross live elsewhere, and dividing by fewer makes a rise of nothing
    "residents_present": Rule(Consequence.NOT_ATTRIBUTABLE),
    "homes_occupied": Rule(Consequence.NOT_ATTRIBUTABLE),
    "growth_between": Rule(Consequence.NOT_ATTRIBUTABLE),
    "events_in_windows": Rule(Consequence.NOT_ATTRIBUTABLE),
    "before_in_construction": Rule(Consequence.NOT_ATTRIBUTABLE),
    "same_season": Rule(Consequence.NOT_ATTRIBUTABLE),
    "same_weekdays": Rule(Consequence.NOT_ATTRIBUTABLE),
    # shared weather cancels against controls of the same type; nature and leisure paths answer more to it than
    # commuting ones, so that what is left over can be the weather's
    "weather_balance": Rule(Consequence.NOT_ATTRIBUTABLE),
    "wet_days": Rule(Consequence.NOT_ATTRIBUTABLE),
    "pre_trend": Rule(Consequence.NOT_ATTRIBUTABLE),
    "negative_control": Rule(Consequence.NOT_ATTRIBUTABLE),
    "motor_unmoved": Rule(Consequence.NOT_ATTRIBUTABLE),
    "placebo_sites": Rule(Consequence.NOT_ATTRIBUTABLE),
    "placebo_dates": Rule(Consequence.NOT_ATTRIBUTABLE),
    # the number itself does not mean what it should
    "device_change": Rule(Consequence.CANNOT_BE_JUDGED),
    "controls_served": Rule(Consequence.CANNOT_BE_JUDGED),
}


def log_limit(smallest_effect_pct: float) -> float:
    """Return the smallest effect that matters as a log ratio, the same up and down.

    Examples
    --------
    >>> round(log_limit(15), 4)
    0.1398
    """
    return float(np.log1p(smallest_effect_pct / 100))


def conclude(found: Interval, smallest_effect_pct: float | None = None) -> Conclusion:
    """Say what one interval shows.

    Parameters
    ----------
    found
        Log effect with its 95 % interval.
    smallest_effect_pct
        Smallest effect that matters, d in %; None where none was set, and then nothing is ever equivalent.

    Returns
    -------
    conclusion
        A rise or fall is shown where the 95 % interval lies on one side of zero; else "no change larger than d" where
        the 90 % interval lies inside -+log(1 + d), which is two one-sided tests at 5 %; else not shown. Nothing is
        ever "no effect".
    """
    if abs(found.effect) > found.half:
        return Conclusion.RISE_SHOWN if found.effect > 0 else Conclusion.FALL_SHOWN
    limit = 0.0 if smallest_effect_pct is None else log_limit(smallest_effect_pct)
    is_equivalent = abs(found.effect) + found.half_at(EQUIVALENCE_COVERAGE) < limit
    return Conclusion.NO_CHANGE_LARGER_SHOWN if is_equivalent else Conclusion.NOT_SHOWN


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for being judged together (Holm 1979): the smallest times their number, and so on.

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.04, 0.01, 0.03])]
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    times = len(p_values) - np.arange(len(p_values))
    steps = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=float)[order] * times))
    adjusted = np.empty(len(p_values))
    adjusted[order] = steps
    return [float(p) for p in adjusted]


def judge_family(effects: pd.DataFrame, p_equivalence: pd.Series, *, others: Sequence[float] = ()) -> pd.DataFrame:
    """Judge the named secondary outcomes together: each must hold after Holm's correction within the family.

    Parameters
    ----------
    effects
        EFFECTS with each outcome judged by itself.
    p_equivalence
        p of a change of d or more, by row; NaN where there is none. Same index.
    others
        p of further outcomes of the family that stand elsewhere, such as what people asked say.

    Returns
    -------
    effects
        Same rows with `p_holm`; what does not hold becomes `not_shown`, reason `not_after_holm`.
    """
    rows = effects.index[
        (effects["family"] == str(Standing.SECONDARY))
        & (effects["estimator"] != "naive")
        & effects["conclusion"].isin(_JUDGED)
    ]
    if not len(rows):
        return effects.assign(p_holm=np.nan)
    own = effects.loc[rows, "p_value"].astype(float).tolist()
    together = pd.Series(holm([*own, *others])[: len(own)], index=rows)
    alike = pd.Series(holm(p_equivalence.loc[rows].fillna(1.0).tolist()), index=rows)
    said = effects.loc[rows, "conclusion"]
    falls = said.isin(SHOWN) & (together > LEVEL)
    falls |= (said == str(Conclusion.NO_CHANGE_LARGER_SHOWN)) & (alike > LEVEL)
    out = effects.assign(p_holm=together.reindex(effects.index))
    out.loc[rows[falls], ["conclusion", "reason"]] = [str(Conclusion.NOT_SHOWN), "not_after_holm"]
    return out


def consequence_of(check_id: str) -> Consequence:
    """Return what a failed check does to a conclusion."""
    return RULES[check_id].consequence


def apply_checks(effects: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """Take from each conclusion what the failed checks take, by `RULES`.

    Parameters
    ----------
    effects
        EFFECTS, each judged by its interval alone.
    checks
        CHECKS of the same campaigns.

    Returns
    -------
    effects
        EFFECTS, same rows. A failed check that makes the number meaningless turns the conclusion into
        `cannot_be_judged` with the check as its reason; one that offers another cause leaves what is shown (a change,
        or that there is none larger than d) shown and makes it `not_attributable`, with the checks named. Naive rows
        are left alone: they are a warning, no result.
    """
    failed = checks[checks["status"] == str(CheckStatus.FAILED)].sort_values("check_id")
    out = effects.assign(attribution=None, attribution_reason=None).astype(
        {"attribution": object, "attribution_reason": object, "reason": object}
    )
    for at in out.index[(out["estimator"] != "naive") & out["conclusion"].isin(_JUDGED)]:
        found = {str(row.check_id): RULES[str(row.check_id)] for row in failed.itertuples() if _bears(row, out.loc[at])}
        void = [check for check, rule in found.items() if rule.consequence == Consequence.CANNOT_BE_JUDGED]
        other = [check for check, rule in found.items() if rule.consequence == Consequence.NOT_ATTRIBUTABLE]
        if void:
            out.loc[at, ["conclusion", "reason"]] = [str(Conclusion.CANNOT_BE_JUDGED), void[0]]
            out.loc[at, list(_NUMBERS)] = np.nan
        elif out.loc[at, "conclusion"] != str(Conclusion.NOT_SHOWN):
            said = Attribution.NOT_ATTRIBUTABLE if other else Attribution.ATTRIBUTABLE
            out.loc[at, ["attribution", "attribution_reason"]] = [str(said), ", ".join(other) or None]
    return EFFECTS.check(out)


def is_about(
    check_id: str, named: Collection[str], *, own: Collection[str], controls: Collection[str], mode: str
) -> bool:
    """Tell whether a failed check is about an outcome: the one rule for whom a check touches.

    Parameters
    ----------
    check_id
        The check.
    named
        What it found something at, sites or sites with a mode ("K1 cycle"); none for everything.
    own, controls, mode
        Sites the outcome is of and those it is held against, and walk, cycle or all.

    Returns
    -------
    is_about
        True where nothing is named, or one of the sites in a mode of the outcome; with `Rule.all_own` where all own
        sites are named.
    """
    if not named:
        return True
    if RULES[check_id].all_own:
        return set(own) <= set(named)
    return not with_modes([*own, *controls], mode).isdisjoint(named)


def _bears(check: object, row: pd.Series) -> bool:
    own, controls = listed(row["sites"]), listed(row["control_sites"])
    named = listed(check.sites)  # type: ignore[attr-defined]
    return is_about(str(check.check_id), named, own=own, controls=controls, mode=str(row["mode"]))  # type: ignore[attr-defined]
