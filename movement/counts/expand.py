"""Average days: of the counted week, and over the year by factors.

For maps and reading, never for the before/after test, which uses raw window means.

Annual averages use same-date day-of-year factors of permanent sites of the mode (Hankey et al. 2014; measured in
counts-and-statistics A3: median error 8 % for seven days, 12 % with weekday x month factors), else assumed month and
weekday factors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.tables import VOLUMES, DayType, ErrorClass, Measure, Mode, Period, Role

_YEAR_DAYS = 365
_UNTOUCHED = (str(Role.CONTROL), str(Role.ALONG_BARRIER), str(Role.OTHER))  # by a new link
# ASSUME: a permanent site gives factors where it has valid days on three quarters of the year
_REFERENCE_SHARE = 0.75
# ASSUME: as A3's median errors of counts expanded by day-of-year factors, divided by 0.6745 to a standard error
_REFERENCE_SE = ((1, 0.24), (2, 0.18), (7, 0.12), (14, 0.10), (28, 0.09))
# ASSUME: as A3's median errors by day-of-week x month factors, divided by 0.6745
_PUBLISHED_SE = ((1, 0.37), (2, 0.28), (7, 0.18), (14, 0.13), (28, 0.10))
# ASSUME: month index from danish-practice section 7 (cycles Jan-Feb 65-75, May-June and Sep 115-125, July 80-90,
# Dec 70; walkers 85-110), midpoints, the months between by interpolation
_MONTH = {
    Mode.CYCLE: (0.70, 0.70, 0.88, 1.05, 1.20, 1.20, 0.85, 1.12, 1.20, 1.10, 0.95, 0.70),
    Mode.WALK: (0.88, 0.90, 0.97, 1.02, 1.08, 1.08, 0.92, 1.05, 1.08, 1.04, 0.98, 0.90),
    Mode.MOTOR: (0.92, 0.94, 0.98, 1.01, 1.04, 1.06, 0.95, 1.03, 1.05, 1.03, 1.01, 0.94),
}
# ASSUME: weekday and weekend day relative to the average day, seven days averaging 1
_WEEK = {
    Mode.CYCLE: {DayType.WEEKDAY: 1.15, DayType.WEEKEND: 0.625},
    Mode.WALK: {DayType.WEEKDAY: 1.03, DayType.WEEKEND: 0.925},
    Mode.MOTOR: {DayType.WEEKDAY: 1.08, DayType.WEEKEND: 0.80},
}


@dataclass(frozen=True)
class Estimate:
    """An average day with its standard error (NaN where one day was counted) and interval."""

    valid_days: int
    volume_per_day: float
    volume_se: float
    volume_low: float
    volume_high: float
    method: str

    @property
    def error_class(self) -> str | None:
        """Class of the relative standard error; None where it is not known."""
        if np.isnan(self.volume_se) or self.volume_per_day <= 0:
            return None
        share = self.volume_se / self.volume_per_day
        return str(ErrorClass.A if share <= 0.1 else ErrorClass.B if share <= 0.2 else ErrorClass.C)


def average_volumes(
    daily: pd.DataFrame, campaigns: pd.DataFrame, sites: pd.DataFrame, interventions: pd.DataFrame
) -> pd.DataFrame:
    """Average the valid days of each site, mode and campaign.

    Parameters
    ----------
    daily
        DAILY.
    campaigns
        CAMPAIGNS.
    sites
        SITES; the permanent ones give day-of-year factors.
    interventions
        INTERVENTIONS; at a site that a lasting one can touch, a year is not taken across its opening: a day of the
        year that is half before and half after is neither.

    Returns
    -------
    volumes
        VOLUMES; a measure without a valid day has no row.
    """
    days = daily[daily["is_valid"] & (daily["period"] == str(Period.ALL_DAY))]
    counted = days[days["campaign_id"].notna()]
    permanent = set(sites["station_id"][sites["is_permanent"]])
    untouched = set(sites["station_id"][sites["role"].isin(_UNTOUCHED)])
    openings = interventions.loc[~interventions["is_temporary"].astype(bool), "start_date"]
    rows = []
    phases = campaigns.set_index("campaign_id")
    for (mode, campaign), group in counted.groupby(["mode", "campaign_id"], sort=True):
        start, end = phases.loc[campaign, "start_date"], phases.loc[campaign, "end_date"]
        since, until = openings[openings <= start].max(), openings[openings > start].min()
        same = (days["date"] >= since) | pd.isna(since)
        same &= (days["date"] < until) | pd.isna(until)
        alike = days["station_id"].isin(untouched) | same
        reference = day_factors(
            days[(days["mode"] == mode) & days["station_id"].isin(permanent) & alike], start=start, end=end
        )
        for station, own in group.groupby("station_id", sort=True):
            keys = {
                "station_id": station,
                "mode": mode,
                "campaign_id": campaign,
                "phase": phases.loc[campaign, "phase"],
            }
            rows += [{**keys, **estimate} for estimate in _measures(own, str(station), Mode(mode), reference)]
    return VOLUMES.check(pd.DataFrame(rows, columns=list(VOLUMES.columns)))


def mean_day(counts: pd.Series) -> Estimate:
    """Average counted days, with the t interval of independent days; no interval from a single day.

    Examples
    --------
    >>> mean_day(pd.Series([90.0, 100.0, 110.0])).volume_per_day
    100.0
    """
    days = len(counts)
    mean = float(counts.mean())
    se = float(counts.std(ddof=1) / np.sqrt(days)) if days > 1 else np.nan
    half = float(stdtrit(days - 1, 0.975) * se) if days > 1 else np.nan
    return Estimate(days, mean, se, max(mean - half, 0.0) if days > 1 else np.nan, mean + half, "counted_mean")


def day_factors(days: pd.DataFrame, *, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Divide each permanent site's days by its average day over one year round the campaign.

    The year is the calendar year, or the 365 days from the campaign's first day, or up to its last, whichever the
    permanent sites cover best; where they cover none of these, the calendar year they cover best.

    Parameters
    ----------
    days
        Valid all-day rows of DAILY of permanent sites of one mode.
    start, end
        First and last day of the campaign.

    Returns
    -------
    factors
        Date x site, in the year chosen; only sites that cover enough of it. Empty where there are none.
    """
    year = pd.Timedelta(days=_YEAR_DAYS - 1)
    calendar = pd.Timestamp(start.year, 1, 1)
    windows = [(calendar, calendar + year), (start, start + year), (end - year, end)]
    table = days.set_index(["date", "station_id"])["count"].unstack("station_id")  # noqa: PD010 - keys are unique
    table = table.sort_index()
    within = _best_covered(table, windows)
    if within.empty:
        years = range(table.index.min().year, table.index.max().year + 1) if len(table) else ()
        within = _best_covered(table, [(pd.Timestamp(one, 1, 1), pd.Timestamp(one, 12, 31)) for one in years])
    means = within.mean()
    return within.loc[:, means > 0] / means[means > 0]


def _best_covered(table: pd.DataFrame, windows: list[tuple[pd.Timestamp, pd.Timestamp]]) -> pd.DataFrame:
    """Cut out the window with most days, and of it the sites that cover enough."""
    parts = [table.loc[first:last] for first, last in windows] or [table.iloc[:0]]
    within = max(parts, key=lambda part: int(part.notna().to_numpy().sum()))
    return within.loc[:, within.notna().sum() >= _REFERENCE_SHARE * _YEAR_DAYS]


def expand_by_reference(own: pd.Series, factors: pd.DataFrame) -> Estimate | None:
    """Divide a short count by what the same dates are of the year at permanent sites.

    The standard error joins the spread of the site's days about the factors with the spread of the permanent sites
    against each other (three or more), which is how far one more site may lie from them; else A3's error.

    Parameters
    ----------
    own
        Counts by date.
    factors
        From `day_factors`, without the site itself.

    Returns
    -------
    estimate
        None where no date has a factor.
    """
    same = factors.reindex(own.index).dropna(how="all")
    if same.empty or same.shape[1] == 0:
        return None
    counts, mean_factor = own.loc[same.index], same.mean(axis=1)
    annual = float(counts.sum() / mean_factor.sum())
    days, sites = len(same), same.shape[1]
    within = float((counts / mean_factor).std(ddof=1) / annual / np.sqrt(days)) if days > 1 and annual > 0 else 0.0
    if sites >= 3:
        each = (same.sum() / mean_factor.where(same.notna().any(axis=1)).sum()).to_numpy()
        between, quantile = float(each.std(ddof=1) * np.sqrt(1 + 1 / sites)), float(stdtrit(sites - 1, 0.975))
    else:
        between, quantile = _by_days(days, _REFERENCE_SE), 1.96
    return _with_error(annual, np.hypot(within, between), quantile, days, "reference_factors")


def expand_by_month(own: pd.Series, factors: pd.DataFrame) -> Estimate | None:
    """Divide a short count by the month and weekday factors of permanent sites, of the same or another year.

    Parameters
    ----------
    own
        Counts by date.
    factors
        From `day_factors`; its dates may lie in another year.

    Returns
    -------
    estimate
        None where no day of these months and weekdays has a factor.
    """
    if factors.empty:
        return None
    mean = factors.mean(axis=1)
    kinds = mean.groupby([mean.index.month, mean.index.day_of_week]).mean()
    same = pd.MultiIndex.from_arrays([own.index.month, own.index.day_of_week])
    known = kinds.reindex(same).to_numpy()
    counted = own[np.isfinite(known)]
    if counted.empty:
        return None
    annual = float(counted.sum() / known[np.isfinite(known)].sum())
    return _with_error(annual, _by_days(len(counted), _PUBLISHED_SE), 1.96, len(counted), "month_weekday_factors")


def expand_by_published(own: pd.DataFrame, mode: Mode) -> Estimate:
    """Divide a short count by assumed month and weekday factors.

    Parameters
    ----------
    own
        Days with `date`, `day_type` and `count`.
    """
    months = own["date"].dt.month.map(dict(enumerate(_MONTH[mode], start=1)))
    weekdays = own["day_type"].map({str(kind): factor for kind, factor in _WEEK[mode].items()})
    annual = float(own["count"].sum() / (months * weekdays).sum())
    return _with_error(annual, _by_days(len(own), _PUBLISHED_SE), 1.96, len(own), "published_factors")


def _measures(own: pd.DataFrame, station: str, mode: Mode, reference: pd.DataFrame) -> Iterable[Mapping[str, object]]:
    for measure, kind in ((Measure.WEEKDAY, DayType.WEEKDAY), (Measure.WEEKEND, DayType.WEEKEND)):
        counts = own["count"][own["day_type"] == str(kind)]
        if len(counts):
            yield _row(measure, mean_day(counts))
    yield _row(Measure.ANNUAL, _annual(own, station, mode, reference))


def _row(measure: Measure, estimate: Estimate) -> Mapping[str, object]:
    return {"measure": str(measure), "error_class": estimate.error_class} | vars(estimate)


def _annual(own: pd.DataFrame, station: str, mode: Mode, reference: pd.DataFrame) -> Estimate:
    by_date = own.set_index("date")["count"]
    if station in reference and reference[station].reindex(by_date.index).notna().any():
        return _counted_year(by_date, reference[station].dropna())
    others = reference.drop(columns=station, errors="ignore")
    expanded = expand_by_reference(by_date, others) or expand_by_month(by_date, others)
    return expanded or expand_by_published(own, mode)


def _counted_year(own: pd.Series, factors: pd.Series) -> Estimate:
    """Annual average of a site that counted the year itself: a day divided by its own factor is the year's mean."""
    day = factors.index.intersection(own.index)[factors.loc[factors.index.intersection(own.index)].argmax()]
    mean = float(own[day] / factors[day])
    spread = float(factors.std(ddof=1) / np.sqrt(len(factors)))
    return _with_error(mean, spread, 1.96, len(factors), "counted_mean")


def _with_error(volume: float, relative_se: float, quantile: float, days: int, method: str) -> Estimate:
    se = volume * float(relative_se)
    return Estimate(days, volume, se, max(volume - quantile * se, 0.0), volume + quantile * se, method)


def _by_days(days: int, table: Iterable[tuple[int, float]]) -> float:
    """Error at a number of days, interpolated on the logarithm of days."""
    at, error = zip(*table, strict=True)
    return float(np.interp(np.log(days), np.log(at), error))
