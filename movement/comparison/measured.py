"""One outcome measured over two phases: matched with its controls, estimated, and said by rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from movement.comparison.chance import chance_excess, chance_variance
from movement.comparison.conclusions import conclude, log_limit
from movement.comparison.corrected import correction_variance
from movement.comparison.estimators import (
    EQUIVALENCE_COVERAGE,
    Interval,
    against_controls,
    naive,
    treated_against_controls,
)
from movement.comparison.matched import (
    LEAST_DATES,
    Match,
    controls_reason,
    log_ratios,
    match_total,
    match_units,
    silent_sites,
    with_role,
    without_before,
)
from movement.comparison.outcomes import TREATED, Case, with_non_school_days
from movement.comparison.paired import Campaigns, Days, pair_days
from movement.tables import CORRECTIONS, EVENTS, Conclusion, Period, Role, Standing

# ASSUME: fewer than two controls have no spread, whatever the study asks for
LEAST_CONTROLS = 2
# ASSUME: two weekends are the fewest days without school a change is judged on
LEAST_FREE_DATES = 4
# ASSUME: log changes of people never agree to twelve digits at every control; such ones are one series, copied
_ALIKE = 1e-12
NAIVE_IS_NO_RESULT = "naive_is_no_result"  # why the naive percentage concludes nothing

Row = dict[str, object]


def comparison_of(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    period: str = str(Period.ALL_DAY),
    fewest_controls: int,
    smallest_effect_pct: float | None = None,
    events: pd.DataFrame | None = None,
    corrections: pd.DataFrame | None = None,
) -> Comparison:
    """Lay two phases side by side for one part of the day; arguments as of `observed_effects`.

    Raises
    ------
    ValueError
        If the phases cannot be compared: ask `windows_reason` first.
    """
    is_free = period == Period.NON_SCHOOL_DAYS
    known = with_non_school_days(daily, EVENTS.empty() if events is None else events) if is_free else daily
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(known, sites, campaigns, period=period, **ends)
    if days is None:
        raise ValueError(f"{before_campaign} and {after_campaign} cannot be compared")
    return Comparison(
        days,
        sites,
        max(fewest_controls, LEAST_CONTROLS),
        LEAST_FREE_DATES if is_free else LEAST_DATES,
        smallest_effect_pct,
        CORRECTIONS.empty() if corrections is None else corrections,
    )


@dataclass(frozen=True)
class Measured:
    """What an outcome's estimators work on: log ratios of its own (one for a total) and of its controls.

    `base` is its row without an estimate, `factors` what correction factors add to the variance of the log effect,
    `chance` what own counts smaller than the controls' add to it, and `reason` why it cannot be judged.
    """

    base: Row
    match: Match
    reason: str | None
    own: pd.Series
    controls: pd.Series
    factors: float
    chance: float = 0.0

    @property
    def variance(self) -> float:
        """What is added to the variance of the log effect."""
        return self.factors + self.chance

    def estimate(self) -> Interval:
        """Estimate the log effect against the controls."""
        if self.base["outcome"] == TREATED:
            return treated_against_controls(self.own, self.controls).widened(self.variance)
        return against_controls(float(self.own.iloc[0]), self.controls).widened(self.variance)


@dataclass(frozen=True)
class Comparison:
    """Two phases side by side, and what is needed to judge."""

    days: Days
    sites: pd.DataFrame
    fewest_controls: int
    least_dates: int = LEAST_DATES
    smallest_effect_pct: float | None = None
    corrections: pd.DataFrame = field(default_factory=CORRECTIONS.empty)

    def rows(self, case: Case, scale: tuple[float, float] = (1.0, 1.0)) -> list[Row]:
        """Return one row per estimator of the case; `scale` turns people into people per 1,000 residents."""
        found = self.measure(case, scale)
        if found.reason is None:
            estimated = found.base | said(found.estimate(), self.smallest_effect_pct)
        else:
            estimated = found.base | {"reason": found.reason}
        if case.outcome == TREATED or not (found.base["before_per_day"] and found.base["after_per_day"]):
            return [estimated]
        return [estimated] + ([] if found.match.reason == "no_matched_dates" else [self._naive(found, scale)])

    def measure(self, case: Case, scale: tuple[float, float] = (1.0, 1.0)) -> Measured:
        """Match the case with its controls and take the log ratios, or say why it cannot be judged."""
        choose = match_units if case.outcome == TREATED else match_total
        wanted = {"fewest_controls": self.fewest_controls, "least_dates": self.least_dates}
        match = choose(self.days, self.sites, case.stations, case.mode, **wanted)
        units = match.columns.get_level_values(0).nunique()
        means = self._means(match, scale, units=units if case.outcome == TREATED else 1)
        base = not_judged(case, None) | means | _matched(match, units)
        base["smallest_effect_pct"] = self.smallest_effect_pct
        reason, named = self._reason(case, match, means)
        none = pd.Series(dtype=float)
        if reason is not None:
            return Measured(base | ({"missing": named} if named else {}), match, reason, none, none, 0.0)
        shift = float(np.log(scale[1] / scale[0]))
        own = self._own(case, match, base, shift)
        controls = self._ratios(match.controls, match)
        reason = controls_reason(len(controls), self.fewest_controls) or ("zero_counts" if own.empty else None)
        reason = reason or ("controls_alike" if np.ptp(controls) <= _ALIKE else None)
        counted = {"controls": len(controls), "control_sites": ", ".join(controls.index) or None}
        if case.outcome == TREATED and len(own):
            counted |= {"treated": len(own), "sites": ", ".join(own.index)}
        added = self._factors(case, match, own, controls), self._chance(case, match)
        return Measured(base | counted, match, reason, own, controls, *added)

    def _reason(self, case: Case, match: Match, means: Row) -> tuple[str | None, str | None]:
        """Why the case cannot be judged whatever its numbers, and the sites at fault."""
        both = sorted(set(case.stations) & set(with_role(self.sites, Role.CONTROL)))
        late = sorted(set(case.stations) & set(without_before(self.sites, self.days.first_day)))
        if not case.stations:
            return "no_screenline_sites", None
        if means["before_per_day"] is None and means["after_per_day"] is None:
            return "no_valid_days", None
        if both:
            return "treated_and_control", ", ".join(both)
        if case.outcome == TREATED and late:
            return "new_link_as_unit", ", ".join(late)
        if match.reason == "no_matched_dates":
            return match.reason, None
        silent = self._silent(match) if case.outcome == TREATED else []
        is_empty = bool(silent) or not (means["before_per_day"] and means["after_per_day"])
        return ("zero_counts" if is_empty else match.reason), ", ".join(silent) or None

    def _silent(self, match: Match) -> list[str]:
        """Sites measured that counted nobody in one of the phases."""
        return silent_sites(self.days, match.columns.get_level_values(0).unique(), match.modes, on=match.on)

    def _own(self, case: Case, match: Match, base: Row, shift: float) -> pd.Series:
        if case.outcome == TREATED:
            return self._ratios(match.columns.get_level_values(0).unique(), match) + shift
        ratio = float(np.log(float(str(base["after_per_day"])) / float(str(base["before_per_day"]))))
        return pd.Series([ratio], index=[str(case.screenline_id)])

    def _chance(self, case: Case, match: Match) -> float:
        """Variance that few people give the mean of own log ratios beyond what the controls' spread holds.

        A total is left to the controls' spread: it is of many people, and prediction takes it for one more site.
        """
        if case.outcome != TREATED:
            return 0.0
        sides = (match.columns.get_level_values(0).unique(), match.controls)
        return chance_excess(*(chance_variance(self.days, side, match.modes, on=match.on) for side in sides))

    def _factors(self, case: Case, match: Match, own: pd.Series, controls: pd.Series) -> float:
        """Variance that correction factors give the difference of the means of own and control log ratios."""
        if self.corrections.empty or own.empty or controls.empty:
            return 0.0

        def of(columns: pd.MultiIndex) -> float:
            return correction_variance(self.days, columns, match.on, self.corrections)

        def of_sites(names: Iterable[object]) -> float:
            every = self.days.before.columns
            parts = [every[[site == name and mode in match.modes for site, mode in every]] for name in names]
            return sum(of(part) for part in parts) / max(len(parts), 1) ** 2

        return (of_sites(own.index) if case.outcome == TREATED else of(match.columns)) + of_sites(controls.index)

    def _means(self, match: Match, scale: tuple[float, float], *, units: int) -> Row:
        """Mean per day before and after over the matched days; over a side's own valid days where none match."""
        found = []
        for side, factor in zip((self.days.before, self.days.after), scale, strict=True):
            rows = side.loc[match.on, match.columns] if len(match.on) else side[match.columns].dropna()
            found.append(float(rows.sum(axis=1).mean()) * factor / units if rows.size else None)
        before, after = found
        has_index = len(match.on) and before and after is not None
        index = 100 * after / before if has_index and before and after is not None else None
        return {"before_per_day": before, "after_per_day": after, "index": index}

    def _ratios(self, stations: Iterable[str], match: Match) -> pd.Series:
        return log_ratios(self.days, self.sites, stations, match.modes, on=match.on)

    def without_controls(self, match: Match, *, shift: float = 0.0) -> Interval:
        """Compare the sums counted before and after as if they were two draws: the naive percentage."""
        sides = ((self.days.before, self.days.starts_before), (self.days.after, self.days.starts_after))
        campaigns = [max(len(starts), 1) for _, starts in sides]
        before, after = (
            float(side.loc[match.on, match.columns].to_numpy().sum()) * times
            for (side, _), times in zip(sides, campaigns, strict=True)
        )
        return naive(before, after, shift=shift + float(np.log(campaigns[0] / campaigns[1])))

    def _naive(self, found: Measured, scale: tuple[float, float]) -> Row:
        """Return the naive percentage: numbers to be seen beside the rest, never a conclusion."""
        row = found.base | {"estimator": "naive", "controls": 0, "control_sites": None, "left_out": None}
        row |= {"family": str(Standing.EXPLORATORY)}
        if found.match.missing:
            return row | {"reason": found.match.reason}
        numbers = said(self.without_controls(found.match, shift=float(np.log(scale[1] / scale[0]))))
        return row | numbers | {"conclusion": str(Conclusion.CANNOT_BE_JUDGED), "reason": NAIVE_IS_NO_RESULT}


def _matched(match: Match, units: int) -> Row:
    return {
        "treated": units,
        "controls": len(match.controls),
        "dates": len(match.on),
        "sites": ", ".join(sorted(set(match.columns.get_level_values(0)))) or None,
        "control_sites": ", ".join(match.controls) or None,
        "missing": ", ".join(match.missing) or None,
        "left_out": ", ".join(match.left_out) or None,
    }


def said(found: Interval, smallest_effect_pct: float | None = None) -> Row:
    """Return effect, intervals, p and conclusion by rule (`conclusions.conclude`); log ratios become per cent."""
    half = found.half_at(EQUIVALENCE_COVERAGE)
    limit = None if smallest_effect_pct is None else log_limit(smallest_effect_pct)
    return {
        "effect_pct": 100 * np.expm1(found.effect),
        "effect_low": 100 * np.expm1(found.effect - found.half),
        "effect_high": 100 * np.expm1(found.effect + found.half),
        "degrees_of_freedom": found.degrees_of_freedom,
        "p_value": found.p_value(),
        "equivalence_low": 100 * np.expm1(found.effect - half),
        "equivalence_high": 100 * np.expm1(found.effect + half),
        "p_equivalence": None if limit is None else found.p_equivalence(limit),
        "conclusion": str(conclude(found, smallest_effect_pct)),
        "reason": None,
    }


def not_judged(case: Case, reason: str | None) -> Row:
    """Return the case's row of EFFECTS without a number, with the reason why."""
    numbers = ("before_per_day", "after_per_day", "index", "effect_pct", "effect_low", "effect_high", "p_value")
    more = ("p_holm", "p_equivalence", "equivalence_low", "equivalence_high", "degrees_of_freedom", "dates")
    texts = ("sites", "control_sites", "missing", "left_out", "attribution", "attribution_reason")
    return {
        **dict.fromkeys((*numbers, *more, *texts, "smallest_effect_pct")),
        "outcome": case.outcome,
        "is_primary": case.is_primary,
        "family": "primary" if case.is_primary else "exploratory",
        "screenline_id": case.screenline_id,
        "mode": case.mode,
        "period": case.period,
        "per": case.per,
        "estimator": "ols" if case.outcome == TREATED else "control_spread",
        "treated": len(case.stations),
        "controls": 0,
        "conclusion": "cannot_be_judged",
        "reason": reason,
    }
