"""What each result is by the plan: primary, secondary, or exploratory, by rule and not by goodwill."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from movement.plan.contents import PER_RESIDENTS, Plan
from movement.plan.frozen import Holding
from movement.tables import Period, PlannedOutcome, Standing

_TOTALS = (str(PlannedOutcome.SCREENLINE_TOTAL), str(PlannedOutcome.KORDON))
# Of those who pass the primary screenline, though their results do not name it
_OVER_PRIMARY = (
    str(PlannedOutcome.SUBSTITUTION),
    str(PlannedOutcome.NON_RESIDENTS),
    str(PlannedOutcome.TRIPS_NOT_MADE),
    str(PlannedOutcome.TRYGHED),
)


def standing(
    plan: Plan | None,
    *,
    outcome: str,
    screenline_id: str | None = None,
    mode: str = "all",
    period: str = Period.ALL_DAY,
    per: str = "day",
    changed: Collection[str] = (),
) -> Standing:
    """Return what one result is by a plan that holds.

    Parameters
    ----------
    plan
        The plan of the version that holds; None where none does: everything is exploratory.
    outcome, screenline_id, mode, period, per
        As in EFFECTS. Results without modes or parts of the day leave those as they are.
    changed
        Screenlines for which the plan does not hold, as they were made up otherwise later (`frozen.Holding`).

    Returns
    -------
    standing
        Primary: the primary screenline's total of the planned modes over the whole day. Secondary: every way in which
        the result departs from that stands together in one entry of `secondary` (`kordon`, `treated_sites walk`).
        With interviews as co-primary, trips that would not have been made are primary too. What is counted or asked
        over a screenline for which the plan does not hold is exploratory; so is all where no plan holds.
    """
    if plan is None or _line_of(plan, outcome, screenline_id) in changed:
        return Standing.EXPLORATORY
    if outcome == PlannedOutcome.TRIPS_NOT_MADE and plan.interviews_co_primary:
        return Standing.PRIMARY
    departs = [
        *([] if mode == plan.mode else [mode]),
        *([] if str(period) == Period.ALL_DAY else [str(period)]),
        *([] if per == "day" else [PER_RESIDENTS]),
    ]
    is_primary = outcome in _TOTALS and screenline_id == plan.primary_screenline
    if is_primary and not departs:
        return Standing.PRIMARY
    names = [[]] if is_primary else _names(plan, outcome, screenline_id)
    asked = {" ".join(sorted([*name, *departs])) for name in names}
    return Standing.SECONDARY if asked & set(plan.secondary) else Standing.EXPLORATORY


def _line_of(plan: Plan, outcome: str, screenline_id: str | None) -> str | None:
    if outcome in _TOTALS:
        return screenline_id
    return plan.primary_screenline if outcome in _OVER_PRIMARY else None


def _names(plan: Plan, outcome: str, screenline_id: str | None) -> list[list[str]]:
    """Return the ways an outcome may be named: by its kind, or by its screenline where the plan has it."""
    if screenline_id is None or outcome not in _TOTALS:
        return [[outcome]]
    return [[outcome], [screenline_id]] if screenline_id in plan.screenlines else []


def standings(effects: pd.DataFrame, held: Holding) -> pd.Series:
    """Return the standing of every row of EFFECTS, same index.

    The estimator has no part in it: which rows are robustness or naive is for who made them to say.
    """
    plan = held.version.plan if held.version else None
    found = [
        str(
            standing(
                plan,
                outcome=str(row.outcome),
                screenline_id=str(row.screenline_id) if isinstance(row.screenline_id, str) else None,
                mode=str(row.mode),
                period=str(row.period),
                per=str(row.per),
                changed=held.changed,
            )
        )
        for row in effects.itertuples()
    ]
    return pd.Series(found, index=effects.index, dtype=object, name="standing")
