"""One answer to one question: what the checks take from EFFECTS is taken from its annex, its sites and its phases."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from movement.comparison.conclusions import consequence_of, is_about
from movement.comparison.outcomes import PER_DAY, TREATED, listed
from movement.comparison.paired import Campaigns, campaign_ids
from movement.tables import (
    PHASE_EFFECTS,
    ROBUSTNESS,
    SITE_CHANGES,
    CheckStatus,
    Conclusion,
    Consequence,
    Period,
    RobustMethod,
)

__all__ = ["phases_as_effects", "void_robustness", "void_site_changes"]

_VOID = str(Conclusion.CANNOT_BE_JUDGED)
_NAIVE = "naive"
# What a voided row no longer says: as in conclusions.apply_checks, the counts themselves stay
_ANNEX_NUMBERS = ("effect_pct", "effect_low", "effect_high", "degrees_of_freedom", "p_value", "smallest_p")
_SITE_NUMBERS = ("effect_pct", "effect_low", "effect_high", "index_low", "index_high")


def void_robustness(robustness: pd.DataFrame, effects: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """Take from the annex what failed checks take from the outcome it is about.

    Parameters
    ----------
    robustness
        ROBUSTNESS.
    effects, checks
        EFFECTS and CHECKS of the same campaigns; EFFECTS says which sites an outcome rests on.

    Returns
    -------
    robustness
        Same rows. Where a failed check that voids names a site the outcome or its controls have, every judged row of
        the outcome cannot be judged, with the check as its reason and no number; a row that left the site out too:
        another choice of sites does not mend what the plan's own result suffers from. The naive row stays.
    """
    keys = ["outcome", "screenline_id", "mode"]
    own = _judged_by_day(effects)
    used = {
        _key(row): (listed(sites), listed(controls))
        for row, sites, controls in zip(
            own[keys].itertuples(index=False), own["sites"], own["control_sites"], strict=True
        )
    }
    voiding = dict(_voiding(checks))
    reasons = [
        None if method == str(RobustMethod.NAIVE) else _reason(voiding, *used.get(_key(row), ([], [])), str(mode))
        for row, method, mode in zip(
            robustness[keys].itertuples(index=False), robustness["method"], robustness["mode"], strict=True
        )
    ]
    return ROBUSTNESS.check(_voided(robustness, reasons, _ANNEX_NUMBERS))


def void_site_changes(changes: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """Take from a site's change what failed checks take: those that name it or a control it is set against.

    Parameters
    ----------
    changes
        SITE_CHANGES.
    checks
        CHECKS of the same campaigns.

    Returns
    -------
    changes
        Same rows; what a site counted, and its index, stand, the index without its interval.
    """
    voiding = dict(_voiding(checks))
    used = zip(changes["station_id"], changes["control_sites"], changes["mode"], strict=True)
    reasons = [_reason(voiding, [str(site)], listed(controls), str(mode)) for site, controls, mode in used]
    return SITE_CHANGES.check(_voided(changes, reasons, _SITE_NUMBERS))


def phases_as_effects(
    phases: pd.DataFrame, effects: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns
) -> pd.DataFrame:
    """Give the study's phase that compares the same campaigns as EFFECTS the same numbers and the same conclusion.

    Parameters
    ----------
    phases
        PHASE_EFFECTS.
    effects
        EFFECTS after its checks.
    before_campaign, after_campaign
        Campaigns that EFFECTS compares.

    Returns
    -------
    phases
        Same rows. One estimate must not be said to show a rise in one table and nothing in another because one was
        judged with other outcomes (Holm) and one by itself; EFFECTS holds. Doubts about the before stay.
    """
    sides = {"before_campaigns": before_campaign, "after_campaigns": after_campaign}
    is_same = phases["intervention_id"].fillna("").astype(str) == ""
    for column, campaigns in sides.items():
        is_same &= phases[column] == ", ".join(campaign_ids(campaigns))
    own = _judged_by_day(effects)
    mode = own.loc[own["is_primary"].astype(bool), "mode"]
    own = own[own["mode"].isin(mode) & (own["is_primary"].astype(bool) | (own["outcome"] == TREATED))]
    told = own.drop_duplicates("outcome").set_index("outcome")
    shared = [column for column in PHASE_EFFECTS.columns if column in told.columns]
    out = phases.astype({column: object for column in shared})
    for at in out.index[is_same & out["outcome"].isin(told.index)]:
        out.loc[at, shared] = told.loc[str(out.loc[at, "outcome"]), shared].to_numpy(dtype=object)
    return PHASE_EFFECTS.check(out)


def _judged_by_day(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows of whole days, people per day, against the controls."""
    whole = (effects["period"] == str(Period.ALL_DAY)) & (effects["per"] == PER_DAY)
    return effects[whole & (effects["estimator"] != _NAIVE)]


def _voiding(checks: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Yield each failed check that makes numbers meaningless, in order of name, with its sites (none: all of them)."""
    failed = checks[checks["status"] == str(CheckStatus.FAILED)].sort_values("check_id")
    for check, sites in zip(failed["check_id"].astype(str), failed["sites"], strict=True):
        if consequence_of(check) == Consequence.CANNOT_BE_JUDGED:
            yield check, listed(sites)


def _reason(voiding: dict[str, list[str]], own: list[str], controls: list[str], mode: str) -> str | None:
    return next(
        (check for check, named in voiding.items() if is_about(check, named, own=own, controls=controls, mode=mode)),
        None,
    )


def _voided(rows: pd.DataFrame, reasons: list[str | None], numbers: Collection[str]) -> pd.DataFrame:
    why = pd.Series(reasons, index=rows.index, dtype=object)
    is_void = why.notna() & (rows["conclusion"] != _VOID)
    blank = {name: rows[name].mask(is_void, np.nan if rows[name].dtype.kind == "f" else pd.NA) for name in numbers}
    return rows.assign(
        **blank,
        conclusion=rows["conclusion"].mask(is_void, _VOID),
        reason=rows["reason"].astype(object).where(~is_void, why),
    )


def _key(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple("" if pd.isna(value) else str(value) for value in row)
