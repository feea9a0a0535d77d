"""Does a campaign show what its plan says it will: power predicted from a history, against studies simulated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from movement.comparison import power
from movement.comparison.power import Spread
from movement.comparison.spread import two_parts
from movement.tables import Estimator, SpreadSource
from tests.benchmarks.effect_coverage import SEED, Found, intervals, share
from tests.benchmarks.effect_studies import Design, Studies, draw, stream
from tests.benchmarks.rows import Row

LIMIT = 5.0  # points that predicted and simulated power may lie apart
RISES_PCT = (10.0, 25.0, 50.0)
WEEKS = {1: (240, 604), 2: (240, 604), 4: (226, 590)}
HISTORY = Design(sites=12, treated=0, ratio=1.0)  # untouched sites, two weeks a year apart: what `plan` is given
OUTCOMES = {Estimator.OLS: "treated sites", Estimator.CONTROL_SPREAD: "screenline"}

_LINE = power.Design(Estimator.CONTROL_SPREAD, 1, 2, next_weeks=1, next_sites=3)


@dataclass(frozen=True)
class Case:
    """A test with its sites."""

    estimator: Estimator
    treated: int
    controls: int

    def __str__(self) -> str:
        return f"power, {OUTCOMES[self.estimator]} {self.treated}/{self.controls}"


CASES = (
    Case(Estimator.OLS, 2, 4),
    Case(Estimator.OLS, 3, 5),
    Case(Estimator.OLS, 4, 8),
    Case(Estimator.OLS, 6, 12),
    Case(Estimator.CONTROL_SPREAD, 1, 5),
    Case(Estimator.CONTROL_SPREAD, 1, 8),
    Case(Estimator.CONTROL_SPREAD, 1, 12),
    Case(Estimator.CONTROL_SPREAD, 3, 8),
)


def agreement(number: int, *, weeks: tuple[int, ...] = (1, 2, 4), cases: tuple[Case, ...] = CASES) -> Iterator[Row]:
    """Say of each design how far the power foreseen lies from that found, at the rise where it is off most."""
    spread = _spread(draw(HISTORY, max(number, 200), stream(SEED, "power", "history")))
    for case in cases:
        for length in weeks:
            yield from _row(case, length, spread, number)


def _row(case: Case, weeks: int, spread: Spread, number: int) -> Iterator[Row]:
    """Yield how far the power found lies from what `plan` prints: one figure, or for a total over sites two ends.

    The plan does not know whether a total strays as much as a single site, as it does on real counters, or less, as its
    sites stray apart; here they do.
    """
    design = Design(sites=case.treated + case.controls, treated=case.treated, days=7 * weeks, first_days=WEEKS[weeks])
    asked = power.Design(case.estimator, case.treated, case.controls, next_weeks=weeks, next_sites=design.sites)
    sd = spread.sd(asked)
    told: dict[str, list[float | None]] = {"": [None]}
    if case.estimator is Estimator.CONTROL_SPREAD and case.treated > 1:
        told = {" within both ends": [None, sd * _share_apart(design, number)], " as of one site": [None]}
    shown = {rise: _shown(design, rise, case, number) for rise in RISES_PCT}
    for how, units in told.items():
        off = {rise: _outside(shown[rise].value, rise, asked, sd, units) for rise in RISES_PCT}
        worst = max(off, key=lambda rise: abs(off[rise]))
        se, is_goal = shown[worst].se or 0.0, how != " as of one site"
        name = f"{case}, {weeks}+{weeks} w: foreseen{how} less found at +{worst:.0f} %"
        holds = not is_goal or abs(off[worst]) <= LIMIT + 2 * se
        yield Row(name, off[worst], "points", "-5-5" if is_goal else "none", holds, se)


def _outside(found: float, rise: float, asked: power.Design, sd: float, units: list[float | None]) -> float:
    """Return how far the power foreseen lies above what was found (below: negative); zero between its ends."""
    off = [100 * float(power.power(rise, asked, sd, unit_sd=unit)) - found for unit in units]
    return 0.0 if min(off) < 0 < max(off) else min(off, key=abs)


def _spread(history: Studies) -> Spread:
    """Take the two parts of the spread as the library does, averaged over many histories."""
    weekly = [
        np.log(history.after[:, days].mean(axis=1) / history.before[:, days].mean(axis=1))
        for days in (slice(0, 7), slice(7, 14))
    ]
    ratios = history.ratios()
    parts = [
        two_parts(float(ratios[at].var(ddof=1)), np.array([week[at] for week in weekly]), weeks=2)
        for at in range(len(ratios))
    ]
    lasting, week = np.sqrt(np.mean(parts, axis=0))
    return Spread(float(lasting), float(week), 1.0, 1.0, history.design.sites, SpreadSource.CAMPAIGNS)


def _share_apart(design: Design, number: int) -> float:
    """Return what `plan` reckons from the sites' shares of the total, as a mean over studies drawn apart."""
    counted = draw(design, number, stream(SEED, "power", "shares")).before.mean(axis=1)[:, : design.treated]
    each = [replace(_LINE, line_shares=tuple(row / row.sum())).share_apart for row in counted]
    return float(np.mean([share for share in each if share is not None]))


def _shown(design: Design, rise_pct: float, case: Case, number: int) -> Row:
    found = _found(replace(design, ratio=1 + rise_pct / 100), case.estimator, number, f"{rise_pct}")
    return share("", found.effect - found.half > 0)


def _found(design: Design, estimator: Estimator, number: int, what: str) -> Found:
    random = stream(SEED, "power", str(estimator), f"{design.treated}/{design.controls}", f"{design.days}", what)
    return intervals(draw(design, number, random))[OUTCOMES[estimator]]
