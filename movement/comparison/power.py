"""What a count campaign can show: smallest detectable effect, power, what one more of each is worth, and the price."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtr, nctdtr, ndtri, stdtrit

from movement.tables import CAMPAIGN_DESIGNS, POWER_CURVE, Estimator, SpreadSource, Variant

COVERAGE = 0.95
POWER = 0.8
WEEKS_TRIED = (1, 2, 3, 4)
CONTROLS_MORE = (0, 2, 4, 8)
# ASSUME: the usual campaign is one week before and one week after
USUAL_WEEKS = 1


@dataclass(frozen=True)
class Spread:
    """How far log(after/before) of untouched sites strays from their mean, as a standard deviation in two parts.

    `lasting_sd` stays however long is counted; `week_sd` is of one week against one week and shrinks with weeks.
    `low` and `high` are factors to the ends of the 95 % interval, `sites` the most sites it rests on.
    """

    lasting_sd: float
    week_sd: float
    low: float
    high: float
    sites: int
    source: SpreadSource
    pairs: tuple[str, ...] = ()

    def sd(self, design: Design) -> float:
        """Return the between-site sd of a design's log ratios: l^2 + v^2 (1/weeks before + 1/weeks after) / 2."""
        before, after = design.sides
        weeks = (1 / before.weeks + 1 / after.weeks) / 2
        drawn = (1 / before.campaigns + 1 / after.campaigns) / 2 if design.is_drift_fleeting else 1.0
        return math.sqrt(self.lasting_sd**2 * drawn + self.week_sd**2 * weeks)


# ASSUME: 13 counters in Ottawa 2010-17 strayed by 0.14 (median) to 0.165 (root mean square) over two weeks a year
# apart and by 0.153 to 0.191 over one week; the middle of each, split as a lasting part and a weekly one
DEFAULT_SPREAD = Spread(0.1301, 0.1125, 0.918, 1.082, 13, SpreadSource.DEFAULT)
# ASSUME: where history has one week only, this part of a week's variance is the week's own, as in the default
WEEK_SHARE = 0.43


@dataclass(frozen=True)
class Counted:
    """Weeks and campaigns counted already, of one phase; none at first."""

    weeks: float = 0.0
    campaigns: int = 0


@dataclass(frozen=True)
class Design:
    """One way to count: the test, its sites, what is counted already, and the weeks of the next campaign.

    Where nothing is counted before, the next campaign is a before-count and the after-count is as long. With
    `is_next_before` it is one more before-count. `is_drift_fleeting` says that what strays between sites is drawn
    anew in each campaign, so that campaigns average it away: true in simulation, not on real counters, where more
    campaigns did not make the error smaller. `more_after` further after-campaigns follow, each as long as the next.
    `line_shares` are the shares of a screenline's total that its sites have; none for one site or other tests.
    """

    estimator: Estimator
    treated: int
    controls: int
    next_weeks: float
    next_sites: int
    before: Counted = Counted()
    after: Counted = Counted()
    is_next_before: bool = False
    is_drift_fleeting: bool = False
    variant: Variant = Variant.ASKED
    more_after: int = 0
    line_shares: tuple[float, ...] = ()

    @property
    def sides(self) -> tuple[Counted, Counted]:
        """What is counted before and after once the next campaign, and the after-counts it needs, are done."""
        before, after = self.before, self.after
        for _ in range(1 + self.more_after):
            after = _and(after, self.next_weeks)
        if self.is_next_before or not before.campaigns:
            before = _and(before, self.next_weeks)
        return before, after

    @property
    def campaigns_to_count(self) -> int:
        """Campaigns that are not counted yet, each as long as the next: two where a before-count is among them."""
        before, after = self.sides
        return before.campaigns - self.before.campaigns + after.campaigns - self.after.campaigns

    @property
    def site_weeks(self) -> float:
        """Sites times weeks of all campaigns that are not counted yet."""
        return self.next_sites * self.next_weeks * self.campaigns_to_count

    @property
    def share_apart(self) -> float | None:
        """Own spread over that of a single site, of a total whose sites stray apart: sqrt(sum of squared shares)."""
        if self.estimator is not Estimator.CONTROL_SPREAD or len(self.line_shares) < 2:
            return None
        return math.sqrt(sum(share**2 for share in self.line_shares) / sum(self.line_shares) ** 2)

    @property
    def freedom(self) -> int:
        """Degrees of freedom: n0-1 for a screenline, S-2 for treated sites."""
        return self.controls - 1 if self.estimator is Estimator.CONTROL_SPREAD else self.treated + self.controls - 2

    @property
    def can_be_judged(self) -> bool:
        """Two controls at least: one has no spread."""
        return self.controls >= 2 and self.treated >= 1 and self.freedom >= 1

    @property
    def leverage(self) -> float:
        """Standard error over the between-site sd: sqrt(1 + 1/n0) for a screenline, sqrt(1/T + 1/C) for sites."""
        treated = 1 if self.estimator is Estimator.CONTROL_SPREAD else self.treated
        return math.sqrt(1 / treated + 1 / self.controls)


def detectable_log(design: Design, sd: float) -> float:
    """Return the smallest log effect shown with 80 % power: (t(.975) + t(.8)) * sd * leverage.

    The usual planning formula; its true power (`power`) is 0.79-0.80 from four degrees of freedom on, 0.77 with two.

    Examples
    --------
    Three treated and five control sites, sd 0.14: a rise of 41 %.

    >>> three_five = Design(Estimator.OLS, treated=3, controls=5, next_weeks=2, next_sites=8)
    >>> round(100 * math.expm1(detectable_log(three_five, 0.14)))
    41
    """
    quantiles = stdtrit(design.freedom, (1 + COVERAGE) / 2) + stdtrit(design.freedom, POWER)
    return float(quantiles * sd * design.leverage)


def power(
    rise_pct: npt.ArrayLike, design: Design, sd: float, *, unit_sd: float | None = None
) -> npt.NDArray[np.float64]:
    """Return the probability that a true rise (or fall) is shown, by the noncentral t of the test that is run.

    Parameters
    ----------
    rise_pct
        True change in %, above -100; any shape.
    design
        Test and sites, with at least one degree of freedom.
    sd
        Between-site sd of the controls' log ratios.
    unit_sd
        The screenline's own sd; None for the controls'. A total over several sites that stray apart from each other
        strays less (sd * sqrt(sum of squared shares)); on real counters totals strayed as much as single sites.

    Returns
    -------
    power
        Same shape. The interval's own side only: a rise shown where there is a fall is no power.

    Notes
    -----
    With k the ratio of the estimate's true standard error to the one the test assumes, T/k is noncentral t with
    n0-1 degrees of freedom and noncentrality effect / true standard error; k is 1 where `unit_sd` is None.
    """
    effect = np.abs(np.log1p(np.asarray(rise_pct, dtype=float) / 100))
    assumed = sd * design.leverage
    true = assumed if unit_sd is None else math.sqrt(unit_sd**2 + sd**2 / design.controls)
    limit = stdtrit(design.freedom, (1 + COVERAGE) / 2) * assumed / true
    away = effect / true
    found: npt.NDArray[np.float64] = 1 - np.asarray(nctdtr(design.freedom, away, limit))
    # scipy has no value beyond a noncentrality of about 38; there the estimate is as good as fixed beside its spread
    return np.where(np.isnan(found), chdtr(design.freedom, design.freedom * (away / limit) ** 2), found)


def _and(counted: Counted, weeks: float) -> Counted:
    return Counted(counted.weeks + weeks, counted.campaigns + 1)


def designs_of(asked: Design) -> Iterator[Design]:
    """Yield the design asked about, the usual one, one more of each, and a grid of weeks and controls."""
    yield asked
    usual = replace(asked, before=Counted(), after=Counted(), is_next_before=False)
    yield replace(usual, next_weeks=USUAL_WEEKS, variant=Variant.USUAL)
    yield _more_controls(asked, 1, Variant.ONE_CONTROL)
    yield replace(asked, next_weeks=asked.next_weeks + 1, variant=Variant.ONE_WEEK)
    more = replace(asked, more_after=asked.more_after + 1)
    yield replace(more, variant=Variant.ONE_CAMPAIGN)
    yield replace(more, is_drift_fleeting=True, variant=Variant.ONE_CAMPAIGN_BEST)
    for weeks in WEEKS_TRIED:
        for extra in CONTROLS_MORE:
            yield replace(_more_controls(asked, extra, Variant.GRID), next_weeks=weeks)


def _more_controls(design: Design, extra: int, variant: Variant) -> Design:
    return replace(design, controls=design.controls + extra, next_sites=design.next_sites + extra, variant=variant)


def design_table(
    designs: Iterable[Design], spread: Spread, *, target_pct: float, price_per_site_week: float | None = None
) -> pd.DataFrame:
    """Say of each design what it can show, and what the campaigns that are not counted yet cost.

    Parameters
    ----------
    designs
        Designs, such as those of `designs_of`.
    spread
        From `spread_of_sites`.
    target_pct
        Smallest rise that matters.
    price_per_site_week
        Price of one site for one week; None where it is not known.

    Returns
    -------
    table
        CAMPAIGN_DESIGNS; a design that cannot be judged (fewer than two controls) has no figures.
    """
    rows = [
        _of_sites(design)
        | (_figures(design, spread, target_pct) if design.can_be_judged else {})
        | {"cost": None if price_per_site_week is None else price_per_site_week * design.site_weeks}
        for design in designs
    ]
    return CAMPAIGN_DESIGNS.check(pd.DataFrame(rows, columns=list(CAMPAIGN_DESIGNS.columns)))


def _of_sites(design: Design) -> dict[str, object]:
    before, after = design.sides
    return {
        "estimator": str(design.estimator),
        "variant": str(design.variant),
        "treated": design.treated,
        "controls": design.controls,
        "next_weeks": design.next_weeks,
        "weeks_before": before.weeks,
        "weeks_after": after.weeks,
        "campaigns_to_count": design.campaigns_to_count,
        "site_weeks": design.site_weeks,
    }


def _figures(design: Design, spread: Spread, target_pct: float) -> dict[str, object]:
    sd, apart = spread.sd(design), design.share_apart
    rises = [100 * math.expm1(detectable_log(design, sd * factor)) for factor in (1.0, spread.low, spread.high)]
    return {
        "detectable_rise_pct": rises[0],
        "detectable_low": rises[1],
        "detectable_high": rises[2],
        "between_site_sd": sd,
        "power_at_target": float(power(target_pct, design, sd)),
        "power_at_target_apart": None if apart is None else float(power(target_pct, design, sd, unit_sd=sd * apart)),
        "smallest_permutation_p": 1 / math.comb(design.treated + design.controls, design.treated),
    }


def power_curve(designs: Iterable[Design], spread: Spread, *, rises_pct: Sequence[float]) -> pd.DataFrame:
    """Compute the power of each design that can be judged at each true rise; POWER_CURVE."""
    parts = [
        pd.DataFrame(
            {
                "estimator": str(design.estimator),
                "variant": str(design.variant),
                "rise_pct": list(rises_pct),
                "power": power(rises_pct, design, spread.sd(design)),
            }
        )
        for design in designs
        if design.can_be_judged
    ]
    return POWER_CURVE.check(POWER_CURVE.joined(parts))


def share_half_width(interviews: int, *, share: float = 0.5) -> float:
    """Return the half-width in points of the 95 % interval of a share among people asked at random.

    ASSUME: people asked are as good as drawn at random over the hours; asked in clumps they tell less.

    Examples
    --------
    >>> round(share_half_width(400), 1)
    4.9
    """
    return float(100 * ndtri((1 + COVERAGE) / 2) * math.sqrt(share * (1 - share) / interviews))
