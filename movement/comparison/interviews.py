"""What people asked and people staying tell: shares and means of both phases, and their change, by the design."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit
from scipy.stats import beta

from movement.comparison.conclusions import conclude
from movement.comparison.estimators import COVERAGE, Interval
from movement.comparison.outcomes import primary_screenline, sites_of_screenline
from movement.comparison.paired import Campaigns, Spans, windows
from movement.tables import ASKED_RESULTS, Conclusion, Mode, Period, PlannedOutcome, Standing, StayingKind, WithoutLink

FEWEST_PEOPLE = 5  # persons described by a survey; fewer are not shown
_SHARES = (str(PlannedOutcome.NON_RESIDENTS), str(PlannedOutcome.TRIPS_NOT_MADE))
_QUANTILE = (1 + COVERAGE) / 2

Row = dict[str, object]


@dataclass(frozen=True)
class Estimated:
    """A share or mean from clusters: people asked (or snapshots), the sum of what they said, estimate and variance.

    `sites`: where they were asked.
    """

    people: int
    total: float
    clusters: int
    estimate: float
    variance: float
    sites: frozenset[str] = frozenset()

    @property
    def degrees_of_freedom(self) -> int:
        """Clusters less one."""
        return self.clusters - 1


def clustered(values: pd.Series, clusters: pd.Series, weights: pd.Series | None = None) -> Estimated:
    """Estimate a mean from people asked in clusters.

    Parameters
    ----------
    values
        Answer of each person, 0 or 1 for a share; none blank.
    clusters
        Cluster of each, such as date and site; same index.
    weights
        How many people each stands for; all alike where none are given. Same index.

    Returns
    -------
    estimated
        Sum of w y over sum of w, with the variance k/(k-1) * sum over clusters of (sum of w (y - estimate))**2 over
        (sum of w)**2: Taylor linearisation of a ratio with clusters drawn with replacement (Cochran 1977, chapters
        2 and 9A). NaN variance below two clusters.

    Examples
    --------
    >>> found = clustered(pd.Series([1.0, 0.0, 1.0, 1.0]), pd.Series(["a", "a", "b", "b"]))
    >>> found.estimate, found.variance, found.clusters
    (0.75, 0.0625, 2)
    """
    weight = pd.Series(1.0, index=values.index) if weights is None else weights
    mean = float((weight * values).sum() / weight.sum())
    errors = (weight * (values - mean)).groupby(clusters).sum()
    k = len(errors)
    variance = k / (k - 1) * float((errors**2).sum()) / float(weight.sum()) ** 2 if k > 1 else float("nan")
    return Estimated(len(values), float(values.sum()), k, mean, variance)


def share_interval(found: Estimated) -> tuple[float, float]:
    """Return the 95 % interval of a share: Clopper-Pearson at the effective number of people.

    Korn and Graubard (1998): n* = p(1-p)/variance, times (t(n-1)/t(k-1))**2 for few clusters, at most n; always within
    0 and 1, and not empty where everybody answers the same.
    """
    n, p = found.people, found.estimate
    effective = p * (1 - p) / found.variance if found.variance > 0 else n
    effective = min(effective * (_t(n - 1) / _t(found.degrees_of_freedom)) ** 2, n)
    yes = p * effective
    low = 0.0 if yes <= 0 else float(beta.ppf(1 - _QUANTILE, yes, effective - yes + 1))
    high = 1.0 if yes >= effective else float(beta.ppf(_QUANTILE, yes + 1, effective - yes))
    return low, high


def asked_results(
    interviews: pd.DataFrame,
    staying: pd.DataFrame,
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    lives_here: Collection[str],
    timezone: str,
    standing_of: Callable[[str], Standing] = lambda outcome: Standing.EXPLORATORY,
) -> pd.DataFrame:
    """Compare what people asked say, and how many stay, between two phases.

    Parameters
    ----------
    interviews, staying
        INTERVIEWS, STAYING; those outside the campaigns' dates take no part.
    daily, sites, screenlines, campaigns
        DAILY, SITES, SCREENLINES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.
    lives_here
        Answers, in any case of letters, that mean a resident; any other answer is of a non-resident.
    timezone
        IANA name of the local date of people staying.
    standing_of
        What an outcome is by the plan; exploratory where none is given.

    Returns
    -------
    results
        ASKED_RESULTS: over the primary screenline the share of non-residents, of trips that would not have been made
        without the link, and the mean tryghed; at each site the people staying at a moment. Clusters are a date at a
        site. Where every site was counted in the phase, people asked there stand for all who passed it. Results that
        rest on fewer than five people, or on one to four of a kind, are not shown. There are no control sites: a
        change says that it is there, and nothing about why. Trips that would not have been made, asked after only, are
        a stated share (`_stated`), primary beside the counts where the plan says so, and never a rise. Each change is
        judged by itself; `together.judge_asked` judges the secondary ones.
    """
    spans = {"before": windows(campaigns, before_campaign), "after": windows(campaigns, after_campaign)}
    line = primary_screenline(screenlines)
    crossing = interviews[interviews["station_id"].isin(sites_of_screenline(sites, line))]
    rows: list[Row] = []
    for outcome, answers in _answers(crossing, lives_here).items():
        parts = {
            phase: _estimate(answers[_within(answers["date"], days)], _passing(daily, days))
            for phase, days in spans.items()
        }
        rows += _rows({"outcome": outcome, "place": line or ""}, parts)
    for station, people in _snapshots(staying, timezone).groupby("station_id"):
        parts = {phase: _estimate(people[_within(people["date"], days)], None) for phase, days in spans.items()}
        rows += _rows({"outcome": str(PlannedOutcome.STAYING), "place": str(station)}, parts)
    columns = list(ASKED_RESULTS.columns)
    found = pd.DataFrame([dict.fromkeys(columns) | row for row in rows], columns=columns)
    return ASKED_RESULTS.check(found.assign(family=[str(standing_of(outcome)) for outcome in found["outcome"]]))


def _answers(interviews: pd.DataFrame, lives_here: Collection[str]) -> Mapping[str, pd.DataFrame]:
    """Each outcome's answers as numbers, with date and site; blank answers left out."""
    here = {word.casefold() for word in lives_here}
    lives, without = interviews["lives_side"], interviews["without_link"]
    elsewhere = ~lives.fillna("").astype(str).str.strip().str.casefold().isin(here)
    values = {
        str(PlannedOutcome.NON_RESIDENTS): elsewhere.where(lives.notna()),
        str(PlannedOutcome.TRIPS_NOT_MADE): (without == str(WithoutLink.NOT_MADE)).where(without.notna()),
        str(PlannedOutcome.TRYGHED): interviews["tryghed"],
    }
    return {
        name: interviews[["station_id", "date"]].assign(value=said.astype("Float64")).dropna(subset="value")
        for name, said in values.items()
    }


def _snapshots(staying: pd.DataFrame, timezone: str) -> pd.DataFrame:
    totals = staying[(staying["kind"] == str(StayingKind.TOTAL)) & staying["people"].notna()]
    dates = totals["t_utc"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    return totals[["station_id"]].assign(date=dates, value=totals["people"])


def _within(dates: pd.Series, spans: Spans) -> pd.Series:
    inside = pd.Series(False, index=dates.index)
    for start, end in spans:
        inside |= dates.between(start, end)
    return inside


def _passing(daily: pd.DataFrame, spans: Spans) -> pd.Series:
    """People walking and cycling on a mean valid day at each site in a phase."""
    rows = daily[daily["is_valid"] & (daily["period"] == str(Period.ALL_DAY)) & (daily["mode"] != str(Mode.MOTOR))]
    rows = rows[_within(rows["date"], spans)]
    return rows.groupby(["station_id", "mode"])["count"].mean().groupby("station_id").sum()


def _estimate(answers: pd.DataFrame, passing: pd.Series | None) -> Estimated | None:
    if answers.empty:
        return None
    values = answers["value"].astype(float)
    clusters = answers["station_id"].astype(str) + answers["date"].astype(str)
    per_person = None
    if passing is not None and set(answers["station_id"]) <= set(passing.index[passing > 0]):
        asked = answers.groupby("station_id")["value"].transform("size")
        per_person = answers["station_id"].map(passing).astype(float) / asked.astype(float)
    return replace(clustered(values, clusters, per_person), sites=frozenset(answers["station_id"].astype(str)))


def _rows(label: Row, parts: Mapping[str, Estimated | None]) -> Iterator[Row]:
    """Yield a row for each phase in which anybody was asked, and one for the change where there are two."""
    outcome, told = str(label["outcome"]), {phase: found for phase, found in parts.items() if found is not None}
    few = {phase for phase, found in told.items() if _is_few(found, outcome)}
    is_stated = outcome == PlannedOutcome.TRIPS_NOT_MADE and set(told) == {"after"}
    for phase, found in told.items():
        said = _stated(found) if is_stated else _said(found, outcome)
        yield label | {"phase": phase} | (_FEW if phase in few else said)
    if len(told) == len(parts):
        yield label | {"phase": "change"} | (_FEW if few else _change(told["before"], told["after"], outcome))


_FEW: Row = {"conclusion": str(Conclusion.CANNOT_BE_JUDGED), "reason": "few_people"}


def _is_few(found: Estimated, outcome: str) -> bool:
    """Whether somebody could be known from the number: fewer than five people asked, staying, or of one answer."""
    if outcome == PlannedOutcome.STAYING:
        return 0 < found.total < FEWEST_PEOPLE
    parts = (found.total, found.people - found.total) if outcome in _SHARES else ()
    return found.people < FEWEST_PEOPLE or any(0 < part < FEWEST_PEOPLE for part in parts)


def _said(found: Estimated, outcome: str) -> Row:
    times = 100 if outcome in _SHARES else 1
    row: Row = {"people": found.people, "clusters": found.clusters, "estimate": times * found.estimate}
    row["sites"] = ", ".join(sorted(found.sites))
    if found.clusters < 2:
        return row | {"reason": "one_cluster"}
    if outcome in _SHARES:
        low, high = share_interval(found)
    else:
        half = _t(found.degrees_of_freedom) * float(np.sqrt(_variance(found, outcome)))
        low, high = max(found.estimate - half, 0.0), found.estimate + half
    return row | {"low": times * low, "high": times * high, "degrees_of_freedom": found.degrees_of_freedom}


def _change(before: Estimated, after: Estimated, outcome: str) -> Row:
    times = 100 if outcome in _SHARES else 1
    counted = {"people": before.people + after.people, "clusters": before.clusters + after.clusters}
    row: Row = {**counted, "estimate": times * (after.estimate - before.estimate)}
    row["sites"] = ", ".join(sorted(before.sites | after.sites))
    if min(before.clusters, after.clusters) < 2:
        return row | {"conclusion": str(Conclusion.CANNOT_BE_JUDGED), "reason": "one_cluster"}
    freedom = before.clusters + after.clusters - 2
    half = float(_t(freedom) * np.sqrt(_variance(before, outcome) + _variance(after, outcome)))
    found = Interval(after.estimate - before.estimate, half, freedom)
    ends = {"low": times * (found.effect - half), "high": times * (found.effect + half)}
    judged = {"p_value": found.p_value(), "conclusion": str(conclude(found))}
    return row | ends | {"degrees_of_freedom": freedom} | judged


def _stated(after: Estimated) -> Row:
    """Say a share of trips that would not have been made, where nobody was asked before: stated, and no change.

    The share before is zero by what the question means, but an interval above that zero shows nothing: it lies there as
    soon as anybody answers so, whatever happened to the number of trips. People say what they would have done, not what
    they did (hypothetical bias: stated diversion is no observed one), those who no longer cross are not asked, and
    nobody is asked at the control sites. What the answers give is how large a part of those who cross says so, with its
    design-based interval: it has no p, takes no part in Holm's family, and a rise or fall is for the counts to show.
    Answers of one day at one site have no interval and are not judged.
    """
    said = _said(after, str(PlannedOutcome.TRIPS_NOT_MADE))
    is_judged = after.clusters >= 2
    return said | {"conclusion": str(Conclusion.STATED_SHARE if is_judged else Conclusion.CANNOT_BE_JUDGED)}


def _variance(found: Estimated, outcome: str) -> float:
    """Variance of an estimate, no less than chance alone gives where all clusters happen to say the same.

    Of a share: of one more yes and one more no (Agresti and Coull 1998). Of a score: of its rounding, 1/12. Of people
    staying: of Poisson counts.
    """
    if outcome in _SHARES:
        share = (found.total + 1) / (found.people + 2)
        least = 0.0 if found.variance > 0 else share * (1 - share)
    else:
        least = found.estimate if outcome == PlannedOutcome.STAYING else 1 / 12
    return max(found.variance, least / found.people)


def _t(freedom: int) -> float:
    return float(stdtrit(freedom, _QUANTILE))
