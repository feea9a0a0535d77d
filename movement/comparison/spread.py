"""How far sites that nothing was done to stray from each other between two campaigns, from the study's own history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtri

from movement.comparison.matched import (
    CONTROL_DATES_SHARE,
    LEAST_DATES,
    MODES,
    Days,
    columns_of,
    comparable,
    log_ratios,
    matched_rows,
    pair_days,
)
from movement.comparison.power import COVERAGE, DEFAULT_SPREAD, WEEK_SHARE, Spread
from movement.tables import CAMPAIGNS, Period, Phase, SpreadSource

# ASSUME: three sites, two degrees of freedom, are the fewest a spread is taken from
LEAST_SITES = 3
_YEAR_DAYS = 364  # 52 weeks: the same weekday, and the same ISO week but in years of 53
_WEEK_DAYS = 7


@dataclass(frozen=True)
class _Pair:
    """Variance between sites over one pair of campaigns, in its two parts."""

    name: str
    lasting: float
    week: float
    freedom: int


def spread_of_sites(
    daily: pd.DataFrame, sites: pd.DataFrame, campaigns: pd.DataFrame, *, controls: Iterable[str], mode: str = "all"
) -> Spread:
    """Take the spread from control sites over every pair of campaigns in the same weeks; else from placebo pairs.

    Parameters
    ----------
    daily, sites, campaigns
        DAILY, SITES, CAMPAIGNS.
    controls
        Sites that nothing was done to. Those that lack a mode or too many dates in a pair take no part in it.
    mode
        walk, cycle or all.

    Returns
    -------
    spread
        Variances weighted by degrees of freedom. Without a pair of campaigns: two weeks a year apart at sites that
        count all the time, as often as they fit. Without either: the stated default.
    """
    named = sorted(controls)
    found = [pair for pair in _campaign_pairs(campaigns) if len(daily)]
    parts = list(_measured(daily, sites, found, named, mode))
    source = SpreadSource.CAMPAIGNS
    if not parts:
        parts = list(_measured(daily, sites, list(_placebo_pairs(daily, named)), named, mode))
        source = SpreadSource.PLACEBO
    if not parts:
        return DEFAULT_SPREAD
    freedom = np.array([part.freedom for part in parts])
    lasting, week = (np.average([getattr(part, name) for part in parts], weights=freedom) for name in _PARTS)
    # ASSUME: windows of one year share their drift, so placebo pairs are worth one pair's degrees of freedom
    total = int(freedom.max()) if source is SpreadSource.PLACEBO else int(freedom.sum())
    tail = (1 - COVERAGE) / 2
    low, high = (float(np.sqrt(total / chdtri(total, side))) for side in (tail, 1 - tail))
    names = tuple(part.name for part in parts)
    return Spread(float(lasting**0.5), float(week**0.5), low, high, int(freedom.max()) + 1, source, names)


_PARTS = ("lasting", "week")


def _campaign_pairs(campaigns: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield neighbouring campaigns that began in the same week of the year, one ISO week apart at most."""
    whole = campaigns[campaigns["phase"] != str(Phase.CONSTRUCTION)].sort_values("start_date")
    used: set[str] = set()
    for first, second in combinations(range(len(whole)), 2):
        pair = whole.iloc[[first, second]]
        apart = (pair["start_date"].iloc[1] - pair["start_date"].iloc[0]).days
        years = round(apart / _YEAR_DAYS)
        first_id = str(pair["campaign_id"].iloc[0])
        if years >= 1 and abs(apart - years * _YEAR_DAYS) <= _WEEK_DAYS and first_id not in used:
            used.add(first_id)
            yield pair


def _placebo_pairs(daily: pd.DataFrame, controls: list[str], *, weeks: int = 2) -> Iterator[pd.DataFrame]:
    """Yield windows side by side that many sites counted twice, a year apart, as campaigns."""
    dates = daily.loc[daily["station_id"].isin(controls) & daily["is_valid"], "date"]
    if dates.empty:
        return
    length = pd.Timedelta(days=weeks * _WEEK_DAYS - 1)
    last = dates.max() - pd.Timedelta(days=_YEAR_DAYS) - length
    for start in pd.date_range(dates.min(), last, freq=f"{weeks * _WEEK_DAYS}D"):
        starts = [start, start + pd.Timedelta(days=_YEAR_DAYS)]
        yield CAMPAIGNS.conform(
            pd.DataFrame(
                {
                    "campaign_id": [f"{day:%Y-%m-%d}" for day in starts],
                    "phase": str(Phase.BEFORE),
                    "start_date": starts,
                    "end_date": [day + length for day in starts],
                },
            ).reindex(columns=list(CAMPAIGNS.columns))
        )


def _measured(
    daily: pd.DataFrame, sites: pd.DataFrame, pairs: Iterable[pd.DataFrame], controls: list[str], mode: str
) -> Iterator[_Pair]:
    own = daily[daily["station_id"].isin(controls)]
    for pair in pairs:
        before, after = pair["campaign_id"]
        ends = {"before_campaign": before, "after_campaign": after}
        days = pair_days(own, sites.iloc[:0], pair, period=str(Period.ALL_DAY), **ends)
        kept = [] if days is None else _well_counted(days, comparable(days, controls, MODES[mode]), mode)
        if days is not None and len(kept) >= LEAST_SITES:
            found = _of_pair(days, sites, kept, mode, f"{before}\u2013{after}")
            if found is not None:
                yield found


def _well_counted(days: Days, stations: list[str], mode: str) -> list[str]:
    least = CONTROL_DATES_SHARE * len(days.before)
    return [site for site in stations if len(matched_rows(days, columns_of(days, [site], MODES[mode]))) >= least]


def _of_pair(days: Days, sites: pd.DataFrame, stations: list[str], mode: str, name: str) -> _Pair | None:
    on = matched_rows(days, columns_of(days, stations, MODES[mode]))
    if len(on) < LEAST_DATES:
        return None
    ratios = log_ratios(days, sites, stations, MODES[mode], on=on)
    by_week = [on[on // _WEEK_DAYS == week] for week in np.unique(on // _WEEK_DAYS)]
    weekly = pd.DataFrame(
        [log_ratios(days, sites, stations, MODES[mode], on=rows) for rows in by_week if len(rows) >= LEAST_DATES]
    ).dropna(axis=1)
    if len(ratios) < LEAST_SITES:
        return None
    lasting, week = two_parts(float(ratios.var(ddof=1)), weekly.to_numpy(), weeks=len(on) / _WEEK_DAYS)
    return _Pair(name, lasting, week, len(ratios) - 1)


def two_parts(variance: float, weekly: npt.NDArray[np.float64], *, weeks: float) -> tuple[float, float]:
    """Split the variance between sites into what lasts and what a week adds.

    Parameters
    ----------
    variance
        Of the sites' log ratios over all weeks together.
    weekly
        Log ratio of each week (rows) and site; at least two of each, else the default share is the week's.
    weeks
        Weeks the ratios rest on.

    Returns
    -------
    lasting, week
        Variances with lasting + week / weeks = variance; the week's is what is left of `weekly` after the means of
        sites and weeks are taken out, and never more than there is.

    Examples
    --------
    Two sites that swap places from week to week: all of it is the weeks' own.

    >>> two_parts(0.01, np.array([[0.1, -0.1], [-0.1, 0.1]]), weeks=2)
    (0.0, 0.02)
    """
    rows, columns = weekly.shape if weekly.ndim == 2 else (0, 0)
    if rows < 2 or columns < 2:
        # one week: w / weeks = share of the variance of one week
        at_one = variance / (1 - WEEK_SHARE + WEEK_SHARE / weeks)
        return at_one * (1 - WEEK_SHARE), at_one * WEEK_SHARE
    left = weekly - weekly.mean(axis=0) - weekly.mean(axis=1, keepdims=True) + weekly.mean()
    week = min(float((left**2).sum()) / ((rows - 1) * (columns - 1)), variance * weeks)
    return variance - week / weeks, week
