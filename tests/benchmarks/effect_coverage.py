"""Does the printed interval hold the truth as often as it says: ten designs, arrays straight into the estimators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.comparison import effects
from movement.comparison.chance import chance_excess
from movement.comparison.effects import Interval
from tests.benchmarks.effect_studies import Design, Reals, Studies, draw, stream
from tests.benchmarks.rows import Row

SEED = 20261122
SCENARIOS = {
    "A 2+2 weeks, 3 of 8": Design(),
    "B 2+2 weeks, 2 of 6": Design(sites=6, treated=2),
    "C 2+2 weeks, 4 of 12": Design(sites=12, treated=4),
    "D no drift": Design(drift_sd=0.0),
    "E after in another season": Design(first_days=(119, 399)),
    "F strong drift": Design(drift_sd=0.12),
    "I one treated of 8": Design(treated=1),
    "J treated grow 5 % a year": Design(trend=0.05),
    "K 1+1 week": Design(days=7),
    "L 4+4 weeks": Design(days=28, first_days=(226, 590)),
}
BIASED = "J treated grow 5 % a year"  # no controls take it away: shown, not judged


@dataclass(frozen=True)
class Found:
    """Log effects of many studies with the half width of their intervals."""

    effect: Reals
    half: Reals
    freedom: list[float | None]  # of t; None for the normal

    def holds(self, truth: float) -> npt.NDArray[np.bool_]:
        """Tell of each study whether its interval holds the truth (log)."""
        return np.asarray(np.abs(self.effect - truth) <= self.half)


def share(name: str, hits: npt.ArrayLike, *, least: float = 0.0, most: float = 100.0) -> Row:
    """Return a row of a share in %, judged with two Monte-Carlo standard errors to spare on either side.

    The standard error is that of two hits and two misses more (Agresti and Coull 1998), which is never 0.
    """
    tried = np.asarray(hits, dtype=bool)
    near = (tried.sum() + 2) / (len(tried) + 4)
    value, se = 100 * float(tried.mean()), 100 * float(np.sqrt(near * (1 - near) / (len(tried) + 4)))
    holds = least - 2 * se <= value <= most + 2 * se
    goal = {(True, True): "none", (True, False): f"<= {most:g}", (False, True): f">= {least:g}"}
    return Row(name, value, "%", goal.get((least == 0, most == 100), f"{least:g}-{most:g}"), holds, se)


def mean(name: str, values: npt.ArrayLike, unit: str, *, truth: float | None = None, is_log: bool = True) -> Row:
    """Return a row of a mean less its truth, which must lie within two Monte-Carlo standard errors of 0.

    Logs are given back in % (their mean is that of a factor); without a truth the mean itself is shown.
    """
    found = np.asarray(values, dtype=float)
    off, se = float(found.mean()) - (truth or 0.0), float(found.std(ddof=1) / np.sqrt(len(found)))
    holds = truth is None or abs(off) <= 2 * se
    shown = np.expm1(off) if is_log else off
    return Row(name, 100 * float(shown), unit, "none" if truth is None else "0", holds, 100 * se)


def median(name: str, values: npt.ArrayLike, unit: str) -> Row:
    """Return a row of a median, its standard error by the ranks one binomial standard deviation either side."""
    found = np.sort(np.asarray(values, dtype=float))
    steps, middle, last = max(round(np.sqrt(len(found)) / 2), 1), len(found) // 2, len(found) - 1
    se = float(found[min(middle + steps, last)] - found[max(middle - steps, 0)]) / 2
    return Row(name, float(np.median(found)), unit, "none", True, se)


def intervals(studies: Studies) -> dict[str, Found]:
    """Estimate every study by the library: treated sites, their total as a screenline, and the naive comparison."""
    treated = studies.design.treated
    ratios, totals = studies.ratios(), studies.total_ratios(treated)
    chance = sum(1 / side.sum(axis=1) for side in (studies.before, studies.after))
    sums = [side[:, :, :treated].sum(axis=(1, 2)) for side in (studies.before, studies.after)]
    rows = range(len(ratios))
    found = {
        "treated sites": [
            effects.treated_against_controls(pd.Series(ratios[at, :treated]), pd.Series(ratios[at, treated:])).widened(
                chance_excess(pd.Series(chance[at, :treated]), pd.Series(chance[at, treated:]))
            )
            for at in rows
        ],
        "screenline": [effects.against_controls(totals[at], pd.Series(ratios[at, treated:])) for at in rows],
        "naive": [effects.naive(float(sums[0][at]), float(sums[1][at])) for at in rows],
    }
    return {name: _stacked(each) for name, each in found.items()}


def _stacked(found: list[Interval]) -> Found:
    halves, freedom = np.array([one.half for one in found]), [one.degrees_of_freedom for one in found]
    return Found(np.array([one.effect for one in found]), halves, freedom)


def coverage(number: int) -> Iterator[Row]:
    """Say for every design how often each interval holds the true effect, how wide it is, and its bias."""
    for name, design in SCENARIOS.items():
        truth = float(np.log(design.ratio))
        found = intervals(draw(design, number, stream(SEED, "coverage", name)))
        is_judged = name != BIASED
        limits = {"treated sites": (93, 97), "screenline": (93, 100)} if is_judged else {}
        for outcome, one in found.items():
            least, most = limits.get(outcome, (0, 100))
            yield share(f"{name}: {outcome}, truth in interval", one.holds(truth), least=least, most=most)
        yield median(f"{name}: screenline, median half interval", 100 * np.expm1(found["screenline"].half), "%")
        for outcome in ("treated sites", "naive"):
            yield mean(f"{name}: {outcome}, bias", found[outcome].effect - truth, "%")
