"""Placebos: the same estimator where nothing was done must show an effect no more often than it promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom

from movement.comparison.estimators import COVERAGE, against_controls, without_each
from movement.comparison.matched import (
    columns_of,
    comparable,
    log_ratios,
    match_total,
    matched_rows,
    with_role,
    without_before,
)
from movement.comparison.paired import MODES, Days, pair_spans
from movement.comparison.seen import Row, Seen, check_row
from movement.tables import Mode, Period, Role

# ASSUME: a number of placebos shown that chance makes in fewer than one study in twenty is too many
_LEVEL = 0.95
# ASSUME: fewer than five pairs of windows say nothing about how often
LEAST_PAIRS = 5
_ALL_DAY = str(Period.ALL_DAY)


def most_by_chance(placebos: int) -> int:
    """Return the largest number of placebos shown that chance explains (95 % quantile of a binomial at 5 %).

    Examples
    --------
    >>> [most_by_chance(n) for n in (5, 8, 20)]
    [1, 2, 3]
    """
    return int(binom.ppf(_LEVEL, placebos, 1 - COVERAGE))


def placebo_sites(seen: Seen) -> Row:
    """Take each control in turn as if it were treated, against the others."""
    ratios = seen.ratios(seen.primary) if len(seen.primary.on) else pd.Series(dtype=float)
    if len(ratios) <= seen.fewest:
        return check_row("placebo_sites", None, None, None)
    found = {name: against_controls(float(ratios[name]), others) for name, others in without_each(ratios)}
    shown = sorted(name for name, one in found.items() if abs(one.effect) > one.half)
    limit = most_by_chance(len(ratios))
    return check_row("placebo_sites", len(shown) <= limit, len(shown), limit, shown)


def placebo_dates(daily: pd.DataFrame, interventions: pd.DataFrame, seen: Seen) -> Row:
    """Compare permanent counters between dates without an opening, as far apart as the campaigns are.

    Windows follow each other without overlap; a pair with an intervention, or the opening of a new link, on a day
    from its first to its last takes no part. Not possible below five pairs or the controls needed.
    """
    own, controls = _permanent(seen)
    rows = daily[daily["station_id"].isin({*own, *controls}) & daily["is_valid"] & (daily["period"] == _ALL_DAY)]
    if not own or len(controls) < seen.fewest or rows.empty:
        return check_row("placebo_dates", None, None, None)
    places = seen.sites[seen.sites["station_id"].isin({*own, *controls})]
    opened = pd.concat([interventions["start_date"], seen.sites["valid_from"].dropna()])
    shown, judged = [], 0
    length, gap = seen.before[0][1] - seen.before[0][0], seen.after[0][0] - seen.before[0][0]
    for start in pd.date_range(
        rows["date"].min(), rows["date"].max() - gap - length, freq=length + pd.Timedelta(days=1)
    ):
        if opened.between(start, start + gap + length).any():
            continue
        spans = [(start, start + length)], [(start + gap, start + gap + length)]
        days = pair_spans(rows, places, spans, period=_ALL_DAY, modes=MODES["all"])
        is_shown = _is_shown(days, places, own, seen.fewest)
        judged += is_shown is not None
        shown += [f"{start:%Y-%m-%d}"] if is_shown else []
    if judged < LEAST_PAIRS:
        return check_row("placebo_dates", None, None, None)
    limit = most_by_chance(judged)
    return check_row("placebo_dates", len(shown) <= limit, len(shown), limit, shown)


def negative_control(seen: Seen) -> Row:
    """Paths along the barrier, that the link should not touch: their change must lie inside the controls' spread."""
    along = with_role(seen.sites, Role.ALONG_BARRIER)
    match = match_total(seen.days, seen.sites, along, "all", fewest_controls=seen.fewest)
    total = _log_total(seen.days, match.columns, match.on)
    ratios = seen.ratios(match) if match.reason is None else pd.Series(dtype=float)
    return _inside_spread("negative_control", total, ratios, seen.fewest, along)


def motor_unmoved(daily: pd.DataFrame, seen: Seen) -> Row:
    """Motor traffic at crossings and treated sites: a link for people on foot and by cycle should not move it."""
    modes = (str(Mode.MOTOR),)
    days = pair_spans(daily, seen.sites, (seen.before, seen.after), period=_ALL_DAY, modes=modes)
    crossed = [*with_role(seen.sites, Role.TREATED), *with_role(seen.sites, Role.OLD_CROSSING)]
    own = comparable(days, crossed, modes)
    named = set(with_role(seen.sites, Role.CONTROL)) - set(without_before(seen.sites, days.first_day))
    controls = comparable(days, named, modes)
    on = matched_rows(days, columns_of(days, [*own, *controls], modes))
    if not own or not controls or not len(on):
        return check_row("motor_unmoved", None, None, None, own)
    ratios = log_ratios(days, seen.sites, controls, modes, on=on)
    return _inside_spread("motor_unmoved", _log_total(days, columns_of(days, own, modes), on), ratios, seen.fewest, own)


def _inside_spread(check: str, total: float | None, ratios: pd.Series, fewest: int, detail: list[str]) -> Row:
    if total is None or len(ratios) < fewest:
        return check_row(check, None, None, None, detail)
    found = against_controls(total, ratios)
    inside = abs(found.effect) <= found.half
    edge = found.half if found.effect >= 0 else -found.half
    return check_row(check, inside, float(100 * np.expm1(found.effect)), float(100 * np.expm1(edge)), detail)


def _permanent(seen: Seen) -> tuple[list[str], list[str]]:
    """Permanent sites of the outcome, and permanent controls, that were there before."""
    there = seen.sites[seen.sites["is_permanent"].astype(bool)]
    names = set(there["station_id"]) - set(without_before(there, seen.first_day))
    controls = sorted(names & set(with_role(seen.sites, Role.CONTROL)))
    return sorted((names & set(seen.primary.columns.get_level_values(0))) - set(controls)), controls


def _is_shown(days: Days, places: pd.DataFrame, own: list[str], fewest: int) -> bool | None:
    match = match_total(days, places, own, "all", fewest_controls=fewest)
    total = _log_total(days, match.columns, match.on)
    if match.reason is not None or total is None:
        return None
    ratios = log_ratios(days, places, match.controls, match.modes, on=match.on)
    if len(ratios) < fewest:
        return None
    found = against_controls(total, ratios)
    return abs(found.effect) > found.half


def _log_total(days: Days, columns: pd.MultiIndex, on: pd.Index) -> float | None:
    before, after = (float(side.loc[on, columns].to_numpy().sum()) for side in (days.before, days.after))
    return float(np.log(after / before)) if before > 0 and after > 0 else None
