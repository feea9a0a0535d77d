"""Observed change between two campaigns: the screenline's total, the treated sites, the kordon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit
from statsmodels.regression.linear_model import OLS

from movement.comparison.matched import (
    MODES,
    Days,
    Match,
    columns_of,
    controls_reason,
    log_ratios,
    match_total,
    match_units,
    pair_days,
    window,
    with_role,
)
from movement.tables import EFFECTS, Fault, InputFaults, Period, Role

COVERAGE = 0.95
SCREENLINE_TOTAL = "screenline_total"
TREATED = "treated_sites"
KORDON = "kordon"
PER_RESIDENTS = "1000_residents"
# ASSUME: fewer than two controls have no spread, whatever the study asks for
LEAST_CONTROLS = 2


@dataclass(frozen=True)
class Interval:
    """Log effect with its 95 % interval."""

    effect: float
    half: float
    degrees_of_freedom: int | None


@dataclass(frozen=True)
class _Case:
    """What is compared: an outcome over sites, one mode, one part of the day, per day or per 1,000 residents."""

    outcome: str
    screenline_id: str | None
    is_primary: bool
    mode: str
    period: str
    per: str
    stations: tuple[str, ...]


def against_controls(total: float, controls: pd.Series) -> Interval:
    """Set one log ratio against the spread of the controls'.

    Parameters
    ----------
    total
        log(after/before) of the screenline.
    controls
        log(after/before) of each of n0 control sites, n0 >= 2.

    Returns
    -------
    interval
        Difference from the controls' mean -+ t(n0-1) * sd * sqrt(1 + 1/n0): the prediction interval of one new
        observation; a screenline is one treated unit.

    Examples
    --------
    >>> found = against_controls(0.2, pd.Series([-0.1, 0.0, 0.1]))
    >>> round(found.effect, 3), round(found.half, 3), found.degrees_of_freedom
    (0.2, 0.497, 2)
    """
    n0 = len(controls)
    half = stdtrit(n0 - 1, (1 + COVERAGE) / 2) * controls.std(ddof=1) * np.sqrt(1 + 1 / n0)
    return Interval(float(total - controls.mean()), float(half), n0 - 1)


def treated_against_controls(treated: pd.Series, controls: pd.Series) -> Interval:
    """Regress one log ratio per site on treated/control by least squares; t with S-2 degrees of freedom.

    Donald and Lang (2007), Bertrand, Duflo and Mullainathan (2004): the data collapsed to one number per site.
    """
    ratios = np.concatenate([treated.to_numpy(dtype=float), controls.to_numpy(dtype=float)])
    is_treated = np.repeat([1.0, 0.0], [len(treated), len(controls)])
    fit = OLS(ratios, np.column_stack([np.ones(len(ratios)), is_treated])).fit()
    freedom = len(ratios) - 2
    return Interval(float(fit.params[1]), float(stdtrit(freedom, (1 + COVERAGE) / 2) * fit.bse[1]), freedom)


def naive(before: float, after: float, *, shift: float = 0.0) -> Interval:
    """Compare two sums of counts as if each were one Poisson draw: far too sure, printed to be seen beside the rest."""
    half = ndtri((1 + COVERAGE) / 2) * np.sqrt(1 / before + 1 / after)
    return Interval(float(np.log(after / before) + shift), float(half), None)


def observed_effects(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: str,
    after_campaign: str,
    fewest_controls: int,
) -> pd.DataFrame:
    """Estimate every planned outcome; the primary one is the primary screenline's total over a whole day.

    Parameters
    ----------
    daily
        DAILY. Where it is empty nothing was observed and the result is empty.
    sites, screenlines, campaigns
        SITES, SCREENLINES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.
    fewest_controls
        Control sites below which nothing can be judged.

    Returns
    -------
    effects
        EFFECTS. Means of the treated sites are per site; those of a screenline are its total. Nothing is ever
        "no effect": an interval over zero is `not_shown`. A total without one of its sites is over what was counted
        in both campaigns, names what it lacks in `missing`, and is not judged.

    Raises
    ------
    InputFaults
        If a treated or control site has no before: it is a new link, or came into use later. If more than one
        screenline is primary.
    """
    if daily.empty:
        return EFFECTS.empty()
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    first = window(campaigns, before_campaign)
    if first is None or window(campaigns, after_campaign) is None:
        return EFFECTS.check(pd.DataFrame([_not_judged(_primary(screenlines, ()), "no_campaigns")]))
    residents = _residents(campaigns, **ends)
    rows: list[dict[str, object]] = []
    for period in (str(Period.ALL_DAY), str(Period.OUTSIDE_SCHOOL)):
        days = pair_days(daily, sites, campaigns, period=period, **ends)
        assert days is not None
        comparison = _Comparison(days, sites, max(fewest_controls, LEAST_CONTROLS))
        for case in _cases(days, sites, screenlines, period=period, per_residents=residents is not None):
            scale = residents if case.per == PER_RESIDENTS and residents is not None else (1.0, 1.0)
            rows += comparison.rows(case, scale)
    return EFFECTS.check(pd.DataFrame(rows).sort_values(list(EFFECTS.key), ignore_index=True))


@dataclass(frozen=True)
class _Comparison:
    days: Days
    sites: pd.DataFrame
    fewest_controls: int

    def rows(self, case: _Case, scale: tuple[float, float]) -> list[dict[str, object]]:
        """Return one row per estimator of the case; `scale` turns people into people per 1,000 residents."""
        if not case.stations:
            return [_not_judged(case, "no_screenline_sites")]
        choose = match_units if case.outcome == TREATED else match_total
        match = choose(self.days, self.sites, case.stations, case.mode, fewest_controls=self.fewest_controls)
        units = match.columns.get_level_values(0).nunique()
        means = self._means(match, scale, units=units if case.outcome == TREATED else 1)
        base = _not_judged(case, match.reason) | means | _matched(match, units)
        if match.reason == "no_matched_dates":
            return [base]
        if not (means["before_per_day"] and means["after_per_day"]):
            return [base | {"reason": "zero_counts"}]
        shift = float(np.log(scale[1] / scale[0]))
        if case.outcome == TREATED:
            return [self._treated(base, match, shift)]
        return [self._total(base, match), self._naive(base, match, shift)]

    def _means(self, match: Match, scale: tuple[float, float], *, units: int) -> dict[str, object]:
        """Mean per day before and after over the matched days; over a side's own valid days where none match."""
        found = []
        for side, factor in zip((self.days.before, self.days.after), scale, strict=True):
            rows = side.loc[match.on, match.columns] if len(match.on) else side[match.columns].dropna()
            found.append(float(rows.sum(axis=1).mean()) * factor / units if len(rows) else None)
        before, after = found
        return {
            "before_per_day": before,
            "after_per_day": after,
            "index": 100 * after / before if len(match.on) and before and after is not None else None,
        }

    def _ratios(self, stations: Iterable[str], match: Match) -> pd.Series:
        return log_ratios(self.days, self.sites, stations, match.modes, on=match.on)

    def _total(self, base: dict[str, object], match: Match) -> dict[str, object]:
        ratios = self._ratios(match.controls, match)
        reason = match.reason or controls_reason(len(ratios), self.fewest_controls)
        if reason:
            return base | {"reason": reason}
        return base | said(against_controls(_log_ratio(base), ratios)) | {"controls": len(ratios)}

    def _naive(self, base: dict[str, object], match: Match, shift: float) -> dict[str, object]:
        sides = (self.days.before, self.days.after)
        before, after = (float(side.loc[match.on, match.columns].to_numpy().sum()) for side in sides)
        row = base | {"estimator": "naive", "controls": 0, "left_out": None}
        if match.missing:
            return row
        return row | said(naive(before, after, shift=shift))

    def _treated(self, base: dict[str, object], match: Match, shift: float) -> dict[str, object]:
        treated = self._ratios(match.columns.get_level_values(0).unique(), match) + shift
        ratios = self._ratios(match.controls, match)
        reason = match.reason or controls_reason(len(ratios), self.fewest_controls)
        if reason or treated.empty:
            return base | {"reason": reason or "zero_counts"}
        counted = {"treated": len(treated), "controls": len(ratios)}
        return base | said(treated_against_controls(treated, ratios)) | counted


def _matched(match: Match, units: int) -> dict[str, object]:
    return {
        "treated": units,
        "controls": len(match.controls),
        "dates": len(match.on),
        "missing": ", ".join(match.missing) or None,
        "left_out": ", ".join(match.left_out) or None,
    }


def _cases(
    days: Days, sites: pd.DataFrame, screenlines: pd.DataFrame, *, period: str, per_residents: bool
) -> Iterator[_Case]:
    """Yield the primary outcome first (even where it has no sites), then the named secondary ones."""
    all_day = period == Period.ALL_DAY
    seen = set(days.before.columns.get_level_values(0))
    primary = _primary(screenlines, sites_of_screenline(sites, _primary(screenlines, ()).screenline_id))
    if all_day and not seen.intersection(primary.stations):
        yield replace(primary, stations=())
    elif not all_day and days.after.dropna(how="all").empty:
        return
    for case in _plain_cases(sites, screenlines, primary):
        stations = tuple(sorted(case.stations))
        for mode in MODES if all_day else ("all",):
            if not len(columns_of(days, stations, MODES[mode])):
                continue
            is_primary = case.is_primary and all_day and mode == "all"
            now = replace(case, mode=mode, period=period, is_primary=is_primary)
            yield now
            if per_residents and all_day and mode == "all":
                yield replace(now, per=PER_RESIDENTS, is_primary=False)


def _plain_cases(sites: pd.DataFrame, screenlines: pd.DataFrame, primary: _Case) -> Iterator[_Case]:
    for line in screenlines.sort_values("screenline_id").itertuples():
        outcome = KORDON if line.kind == KORDON else SCREENLINE_TOTAL
        stations = sites_of_screenline(sites, line.screenline_id)
        is_primary = primary.screenline_id == line.screenline_id
        yield replace(
            primary, outcome=outcome, screenline_id=line.screenline_id, is_primary=is_primary, stations=stations
        )
    treated = tuple(with_role(sites, Role.TREATED))
    yield replace(primary, outcome=TREATED, screenline_id=None, is_primary=False, stations=treated)


def sites_of_screenline(sites: pd.DataFrame, screenline_id: str | None) -> tuple[str, ...]:
    """Return the sites that count for a screenline, new links among them, in order of name."""
    asked = sites["screenline_ids"].fillna("").str.split(",")
    inside = [screenline_id in [part.strip() for part in parts] for parts in asked]
    return tuple(sorted(sites.loc[inside, "station_id"].astype(str)))


def primary_screenline(screenlines: pd.DataFrame) -> str | None:
    """Return the plan's primary screenline, None where there is none.

    Raises
    ------
    InputFaults
        If more than one is marked primary: which one was meant cannot be chosen after the counts are seen.
    """
    lines = sorted(screenlines.loc[screenlines["is_primary"].astype(bool), "screenline_id"].astype(str))
    if len(lines) > 1:
        raise InputFaults([Fault("several_primary_screenlines", "screenlines.geojson", value=", ".join(lines))])
    return lines[0] if lines else None


def _primary(screenlines: pd.DataFrame, stations: tuple[str, ...]) -> _Case:
    line = primary_screenline(screenlines)
    return _Case(SCREENLINE_TOTAL, line, True, "all", str(Period.ALL_DAY), "day", stations)


def _residents(campaigns: pd.DataFrame, *, before_campaign: str, after_campaign: str) -> tuple[float, float] | None:
    """Factors that turn people per day into people per 1,000 residents present, before and after."""
    present = campaigns.set_index("campaign_id")["residents_present"].reindex([before_campaign, after_campaign])
    if not (present > 0).all():
        return None
    before, after = (1000 / float(value) for value in present)
    return before, after


def residents_change_pct(campaigns: pd.DataFrame, *, before_campaign: str, after_campaign: str) -> float | None:
    """Return the change in residents present between two campaigns in %, None where one of them does not say."""
    factors = _residents(campaigns, before_campaign=before_campaign, after_campaign=after_campaign)
    return None if factors is None else 100 * (factors[0] / factors[1] - 1)


def _log_ratio(base: dict[str, object]) -> float:
    return float(np.log(float(str(base["after_per_day"])) / float(str(base["before_per_day"]))))


def said(found: Interval) -> dict[str, object]:
    """Return effect, interval and conclusion by rule: shown where the interval lies on one side of zero."""
    low, high = found.effect - found.half, found.effect + found.half
    conclusion = "rise_shown" if low > 0 else "fall_shown" if high < 0 else "not_shown"
    return {
        "effect_pct": 100 * np.expm1(found.effect),
        "effect_low": 100 * np.expm1(low),
        "effect_high": 100 * np.expm1(high),
        "degrees_of_freedom": found.degrees_of_freedom,
        "conclusion": conclusion,
        "reason": None,
    }


def _not_judged(case: _Case, reason: str | None) -> dict[str, object]:
    return {
        "outcome": case.outcome,
        "is_primary": case.is_primary,
        "screenline_id": case.screenline_id,
        "mode": case.mode,
        "period": case.period,
        "per": case.per,
        "estimator": "ols" if case.outcome == TREATED else "control_spread",
        "before_per_day": None,
        "after_per_day": None,
        "index": None,
        "effect_pct": None,
        "effect_low": None,
        "effect_high": None,
        "degrees_of_freedom": None,
        "treated": len(case.stations),
        "controls": 0,
        "dates": None,
        "missing": None,
        "left_out": None,
        "conclusion": "cannot_be_judged",
        "reason": reason,
    }
