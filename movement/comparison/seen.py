"""What the checks look at: two phases matched once, with what else the study knows of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from movement.comparison.matched import Match, log_ratios
from movement.comparison.paired import Days, Spans
from movement.tables import CheckStatus

Row = dict[str, object]


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

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the before phase."""
        return self.before[0][0]

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the after phase."""
        return max(end for _, end in self.after)

    @property
    def used(self) -> set[str]:
        """Sites of the outcome and its controls."""
        return set(self.primary.columns.get_level_values(0)) | set(self.primary.controls)

    def ratios(self, match: Match) -> pd.Series:
        """Log ratios of the match's controls over its dates and modes."""
        return log_ratios(self.days, self.sites, match.controls, match.modes, on=match.on)


def check_row(
    check: str, passed: bool | None, value: float | None, limit: float | None, detail: Iterable[str] = ()
) -> Row:
    """Return a row of CHECKS; `passed` is None where the check is not possible."""
    status = CheckStatus.NOT_POSSIBLE if passed is None else CheckStatus.PASSED if passed else CheckStatus.FAILED
    words = ", ".join(detail)
    return {"check_id": check, "status": str(status), "value": value, "limit": limit, "detail": words or None}


def touches(starts: pd.Series, ends: pd.Series, spans: Spans) -> pd.Series:
    """Tell of each stretch of time, open where it has no end, whether it touches one of the campaigns; same index."""
    last, found = ends.fillna(pd.Timestamp.max), pd.Series(False, index=starts.index)
    for first_day, last_day in spans:
        found |= (starts <= last_day) & (last >= first_day)
    return found
