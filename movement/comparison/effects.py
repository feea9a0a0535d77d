"""Observed change between two phases: the screenline's total, the treated sites, the kordon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from movement.comparison.conclusions import judge_family
from movement.comparison.estimators import (
    COVERAGE,
    Interval,
    against_controls,
    naive,
    treated_against_controls,
)
from movement.comparison.measured import LEAST_CONTROLS, Row, comparison_of, not_judged, said
from movement.comparison.outcomes import (
    KORDON,
    PER_RESIDENTS,
    SCREENLINE_TOTAL,
    TREATED,
    Case,
    cases,
    primary_case,
    primary_screenline,
    sites_of_screenline,
    usual_standing,
)
from movement.comparison.paired import Campaigns, campaign_ids, windows_reason
from movement.tables import EFFECTS, Period, Standing

__all__ = [
    "COVERAGE",
    "KORDON",
    "LEAST_CONTROLS",
    "SCREENLINE_TOTAL",
    "TREATED",
    "Interval",
    "against_controls",
    "naive",
    "observed_effects",
    "primary_screenline",
    "residents_change_pct",
    "said",
    "sites_of_screenline",
    "treated_against_controls",
]


def observed_effects(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    fewest_controls: int,
    smallest_effect_pct: float | None = None,
    events: pd.DataFrame | None = None,
    corrections: pd.DataFrame | None = None,
    primary_mode: str = "all",
    standing_of: Callable[[Case], Standing] | None = None,
    others: Sequence[float] = (),
) -> pd.DataFrame:
    """Estimate every outcome; the primary one is the primary screenline's total over a whole day.

    Parameters
    ----------
    daily
        DAILY. Where it is empty nothing was observed and the result is empty.
    sites, screenlines, campaigns
        SITES, SCREENLINES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared; several of a phase are averaged first, then each site has one difference.
    fewest_controls
        Control sites below which nothing can be judged.
    smallest_effect_pct
        Smallest effect that matters, %; without it "no change larger than" is never shown.
    events
        EVENTS, of which school holidays are days without school.
    corrections
        CORRECTIONS, whose standard errors widen the intervals.
    primary_mode
        Mode of the primary outcome: walk, cycle or all.
    standing_of
        What an outcome is by the plan; the secondary ones are judged together (Holm). Without it
        `outcomes.usual_standing`.
    others
        p of secondary outcomes that were asked, not counted: of the same family (`together`).

    Returns
    -------
    effects
        EFFECTS. Means of the treated sites are per site; those of a screenline are its total. Nothing is ever
        "no effect". A total without one of its sites is over what was counted in both campaigns, names what it lacks
        in `missing`, and is not judged; a treated site whose counts are zero in a phase is named there as well, and
        the treated sites are not judged. What cannot be judged says why in `reason`. The naive percentage is
        exploratory and concludes nothing. Attribution is left to `conclusions.apply_checks`.

    Raises
    ------
    InputFaults
        If more than one screenline is primary.
    """
    if daily.empty:
        return EFFECTS.empty()
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    reason = windows_reason(campaigns, **ends)
    standing = standing_of or partial(usual_standing, primary_line=primary_screenline(screenlines))
    if reason is not None:
        primary = primary_case(sites, screenlines, mode=primary_mode)
        return EFFECTS.check(pd.DataFrame([not_judged(primary, reason) | {"family": str(standing(primary))}]))
    residents = _residents(campaigns, **ends)
    rows: list[Row] = []
    sites, screenlines = pd.DataFrame(sites), pd.DataFrame(screenlines)  # without their shapes, which only cost time
    for period in _periods(daily):
        comparison = comparison_of(
            daily,
            sites,
            campaigns,
            **ends,
            period=period,
            fewest_controls=fewest_controls,
            smallest_effect_pct=smallest_effect_pct,
            events=events,
            corrections=corrections,
        )
        where = (comparison.days, sites, screenlines)
        has_residents = residents is not None
        for case in cases(*where, period=period, per_residents=has_residents, primary_mode=primary_mode):
            scale = residents if case.per == PER_RESIDENTS and residents is not None else (1.0, 1.0)
            family = {"family": str(standing(case))}
            rows += [row if row["estimator"] == "naive" else row | family for row in comparison.rows(case, scale)]
    effects = pd.DataFrame(rows).sort_values(list(EFFECTS.key), ignore_index=True)
    return EFFECTS.check(judge_family(effects, effects["p_equivalence"], others=others))


def _periods(daily: pd.DataFrame) -> list[str]:
    """Return the parts of the day that were counted, the whole day first; days without school are made of it."""
    counted = {str(Period.NON_SCHOOL_DAYS), *daily["period"].unique()}
    return [str(Period.ALL_DAY), *(str(period) for period in list(Period)[1:] if period in counted)]


def _residents(
    campaigns: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns
) -> tuple[float, float] | None:
    """Factors that turn people per day into people per 1,000 residents present, before and after."""
    present = campaigns.drop_duplicates("campaign_id").set_index("campaign_id")["residents_present"]
    sides = [present.reindex(campaign_ids(side)) for side in (before_campaign, after_campaign)]
    if not all(len(side) and (side > 0).all() for side in sides):
        return None
    before, after = (1000 / float(side.mean()) for side in sides)
    return before, after


def residents_change_pct(
    campaigns: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns
) -> float | None:
    """Return the change in residents present between two phases in %, None where a campaign does not say."""
    factors = _residents(campaigns, before_campaign=before_campaign, after_campaign=after_campaign)
    return None if factors is None else 100 * (factors[0] / factors[1] - 1)
