"""Placebos: the same estimator where nothing was done must not show an effect that chance does not explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.estimators import Interval, against_controls, without_each
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

# ASSUME: a placebo so large that chance makes one such among them all in less than one study in twenty is too large
_LEVEL = 0.05
# ASSUME: fewer than five pairs of windows say too little of how the counters drift
LEAST_PAIRS = 5
_ALIKE = 1e-12
_ALL_DAY = str(Period.ALL_DAY)


def largest_by_chance(placebos: int, degrees_of_freedom: float) -> float:
    """Return the largest |t| among so many placebos that chance explains: t(1 - 0.05/(2n)).

    Bonferroni: the chance that any of them is larger is at most 5 %, however they hang together.

    Examples
    --------
    >>> [round(largest_by_chance(n, n - 2), 2) for n in (4, 8, 20)]
    [8.86, 4.12, 3.51]
    """
    return float(stdtrit(degrees_of_freedom, 1 - _LEVEL / (2 * placebos)))


def placebo_sites(seen: Seen) -> Row:
    """Take each control in turn as if it were treated, against the others: the largest |t| of them, and its site.

    The test of Grubbs (1969, Technometrics 11:1-21) for one outlier among n, with t(1 - 0.05/(2n), n-2): his
    (x - mean)/sd grows with the t of an observation against the others.
    """
    ratios = seen.ratios(seen.primary) if len(seen.primary.on) else pd.Series(dtype=float)
    if len(ratios) <= seen.fewest:
        return check_row("placebo_sites", None, None, None)
    found = {name: against_controls(float(ratios[name]), others) for name, others in without_each(ratios)}
    return _largest("placebo_sites", found)


def _largest(check: str, found: Mapping[str, Interval]) -> Row:
    """Hold the placebo furthest out to what chance gives of so many; not possible where one has no spread at all."""
    if any(one.standard_error() <= _ALIKE for one in found.values()):
        return check_row(check, None, None, None)
    name = min(found, key=lambda one: found[one].p_value())
    furthest = found[name]
    t = abs(furthest.effect) / furthest.standard_error()
    limit = largest_by_chance(len(found), float(furthest.degrees_of_freedom or np.inf))
    return check_row(check, t <= limit, t, limit, [name])


def placebo_dates(daily: pd.DataFrame, interventions: pd.DataFrame, seen: Seen) -> Row:
    """Compare permanent counters between dates without an opening, as far apart as the campaigns are.

    Windows follow each other without overlap; a pair with an intervention, or the opening of a new link, on a day
    from its first to its last takes no part. Not possible below five pairs or the controls needed. The largest |t|
    is held to what chance gives of so many, with the first day of its pair: pairs a few weeks apart share nearly all
    of a drift that lasts, so that counting those shown as if they were independent fails too often.
    """
    own, controls = _permanent(seen)
    rows = daily[daily["station_id"].isin({*own, *controls}) & daily["is_valid"] & (daily["period"] == _ALL_DAY)]
    if not own or len(controls) < seen.fewest or rows.empty:
        return check_row("placebo_dates", None, None, None)
    places = seen.sites[seen.sites["station_id"].isin({*own, *controls})]
    opened = pd.concat([interventions["start_date"], seen.sites["valid_from"].dropna()])
    found: dict[str, Interval] = {}
    length, gap = seen.before[0][1] - seen.before[0][0], seen.after[0][0] - seen.before[0][0]
    for start in pd.date_range(
        rows["date"].min(), rows["date"].max() - gap - length, freq=length + pd.Timedelta(days=1)
    ):
        if opened.between(start, start + gap + length).any():
            continue
        spans = [(start, start + length)], [(start + gap, start + gap + length)]
        days = pair_spans(rows, places, spans, period=_ALL_DAY, modes=MODES[seen.mode])
        told = _placebo(days, places, own, seen.mode, seen.fewest)
        if told is not None:
            found[f"{start:%Y-%m-%d}"] = told
    if len(found) < LEAST_PAIRS:
        return check_row("placebo_dates", None, None, None)
    return _largest("placebo_dates", found)


def negative_control(seen: Seen) -> Row:
    """Paths along the barrier, that the link should not touch: their change must lie inside the controls' spread."""
    along = with_role(seen.sites, Role.ALONG_BARRIER)
    match = match_total(seen.days, seen.sites, along, seen.mode, fewest_controls=seen.fewest)
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
    return inside_interval(check, against_controls(total, ratios), detail)


def inside_interval(check: str, found: Interval, detail: Iterable[str] = ()) -> Row:
    """Hold an effect to half the width of its own interval, on its side of zero; both in %."""
    inside = abs(found.effect) <= found.half
    edge = found.half if found.effect >= 0 else -found.half
    return check_row(check, inside, float(100 * np.expm1(found.effect)), float(100 * np.expm1(edge)), detail)


def _permanent(seen: Seen) -> tuple[list[str], list[str]]:
    """Permanent sites of the outcome, and permanent controls, that were there before."""
    there = seen.sites[seen.sites["is_permanent"].astype(bool)]
    names = set(there["station_id"]) - set(without_before(there, seen.first_day))
    controls = sorted(names & set(with_role(seen.sites, Role.CONTROL)))
    return sorted((names & set(seen.primary.columns.get_level_values(0))) - set(controls)), controls


def _placebo(days: Days, places: pd.DataFrame, own: list[str], mode: str, fewest: int) -> Interval | None:
    match = match_total(days, places, own, mode, fewest_controls=fewest)
    total = _log_total(days, match.columns, match.on)
    if match.reason is not None or total is None:
        return None
    ratios = log_ratios(days, places, match.controls, match.modes, on=match.on)
    if len(ratios) < fewest:
        return None
    return against_controls(total, ratios)


def _log_total(days: Days, columns: pd.MultiIndex, on: pd.Index) -> float | None:
    before, after = (float(side.loc[on, columns].to_numpy().sum()) for side in (days.before, days.after))
    return float(np.log(after / before)) if before > 0 and after > 0 else None
