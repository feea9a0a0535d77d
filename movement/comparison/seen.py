"""What the checks look at: two phases matched once, with what else the study knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from movement.comparison.matched import Match, log_ratios
from movement.comparison.paired import Days, Spans
from movement.tables import CheckStatus

Row = dict[str, object]
# ASSUME: what covers one day more of one phase than of the other (a first or last day) moves no mean that matters
MOST_DAYS_APART = 1
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Seen:
    """Two phases, matched for the primary outcome (the treated sites where there is no screenline)."""

    days: Days
    sites: pd.DataFrame
    campaigns: pd.DataFrame  # those compared only
    before: Spans
    after: Spans
    primary: Match
    has_line: bool
    fewest: int
    mode: str = "all"  # of the primary outcome

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the before phase."""
        return self.before[0][0]

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the after phase."""
        return max(end for _, end in self.after)

    @property
    def counted(self) -> set[str]:
        """Every site counted in one of the phases, whatever outcome it is for."""
        return set(self.days.before.columns.get_level_values(0))

    def ratios(self, match: Match) -> pd.Series:
        """Log ratios of the match's controls over its dates and modes."""
        return log_ratios(self.days, self.sites, match.controls, match.modes, on=match.on)


def check_row(
    check: str,
    passed: bool | None,
    value: float | None,
    limit: float | None,
    detail: Iterable[str] = (),
    sites: Iterable[str] = (),
) -> Row:
    """Return a row of CHECKS; `passed` is None where the check is not possible, no `sites` are all of them."""
    status = CheckStatus.NOT_POSSIBLE if passed is None else CheckStatus.PASSED if passed else CheckStatus.FAILED
    found: Row = {"check_id": check, "status": str(status), "value": value, "limit": limit}
    return found | {"detail": ", ".join(detail) or None, "sites": ", ".join(sites) or None}


def share_covered(starts: pd.Series, ends: pd.Series, spans: Spans) -> pd.Series:
    """Return the share of a phase's days that each stretch of time covers, open where it has no end; same index.

    Examples
    --------
    >>> first, seventh, last = pd.to_datetime(["2026-09-01", "2026-09-07", "2026-09-08"])
    >>> share_covered(pd.Series([seventh]), pd.Series([pd.NaT]), [(first, last)]).tolist()
    [0.25]
    """
    found = pd.Series(0.0, index=starts.index)
    for first_day, last_day in spans:
        last = pd.to_datetime(ends).fillna(last_day).clip(upper=last_day)
        found += ((last - starts.clip(lower=first_day)).dt.days + 1).clip(lower=0)
    return found / days_of(spans)


def share_moved(starts: pd.Series, ends: pd.Series, before: Spans, after: Spans) -> pd.Series:
    """Return by how much more of the after phase's days each stretch covers; 0 within one day's share; same index."""
    moved = share_covered(starts, ends, after) - share_covered(starts, ends, before)
    one_day = MOST_DAYS_APART / min(days_of(before), days_of(after))
    return moved.where(moved.abs() > one_day + _ROUNDING, 0.0)


def days_of(spans: Spans) -> int:
    """Return the number of days of a phase's campaigns together."""
    return sum((last - first).days + 1 for first, last in spans)


def touches(starts: pd.Series, ends: pd.Series, spans: Spans) -> pd.Series:
    """Tell of each stretch of time, open where it has no end, whether it touches one of the campaigns; same index."""
    last, found = ends.fillna(pd.Timestamp.max), pd.Series(False, index=starts.index)
    for first_day, last_day in spans:
        found |= (starts <= last_day) & (last >= first_day)
    return found
