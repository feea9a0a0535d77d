"""Every site's own mean day in two campaigns, with its interval and index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.chance import chance_excess, chance_variance
from movement.comparison.effects import LEAST_CONTROLS, against_controls, said
from movement.comparison.matched import (
    LEAST_DATES,
    MODES,
    Days,
    Match,
    columns_of,
    controls_reason,
    log_ratios,
    match_total,
    matched_rows,
    pair_days,
    window,
)
from movement.comparison.paired import Campaigns
from movement.tables import SITE_CHANGES, DayType, Period, Role

COVERAGE = 0.95
DAY_TYPES = (str(DayType.WEEKDAY), str(DayType.WEEKEND), "all")


def site_changes(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    fewest_controls: int,
) -> pd.DataFrame:
    """Average each site's valid days before and after, by kind of day, and say whether the change stands out.

    Days are matched by their distance from the campaign's start, so that each weekday weighs the same on both sides;
    a site counted in one campaign only (a new link) has all its valid days of that one, and no index.

    Parameters
    ----------
    daily, sites, campaigns
        DAILY, SITES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.
    fewest_controls
        Control sites below which no change is judged.

    Returns
    -------
    changes
        SITE_CHANGES; intervals are mean -+ t(n-1) * sd / sqrt(n) over days, empty below two days. They say how even the
        days were, not how sites drift by themselves: the conclusion is the site's log ratio against the spread of the
        controls (t, n0-1; a control against the others), over the dates that they have as well, widened where fewer
        people pass the site than the controls (`chance.chance_excess`). All of it is exploratory: no site is named in
        the plan, and nothing is corrected for their number, so that of twenty sites one is said to change by chance. In
        4,000 simulated studies without an effect (eight controls of about 400 people a day, drift of sd 0.07 in each
        campaign) a site of 13, 40 and 400 a day was said to change in 2.5, 3.6 and 5.6 % (10.8, 6.4 and 5.6 % without
        widening). A site or kind of day that cannot be set against them cannot be judged.
    """
    known = sites[sites["role"] != str(Role.NEW_LINK)]
    ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(daily, known, campaigns, period=str(Period.ALL_DAY), **ends)
    if days is None or days.before.columns.empty:
        return SITE_CHANGES.empty()
    kinds = _kinds(daily, campaigns, days, **ends)
    roles = sites.set_index("station_id")["role"]
    judge = _Judge(days, known, max(fewest_controls, LEAST_CONTROLS))
    rows = [
        {"station_id": station, "mode": mode, "role": roles[station], "day_type": kind} | row
        for station in sorted(set(days.before.columns.get_level_values(0)) & set(roles.index))
        for mode in MODES
        for kind, row in _rows(judge, kinds, station, mode)
    ]
    return SITE_CHANGES.check(pd.DataFrame(rows, columns=list(SITE_CHANGES.columns)))


@dataclass(frozen=True)
class _Kinds:
    """Kind of each day of both campaigns, by its number."""

    before: pd.Series
    after: pd.Series


@dataclass(frozen=True)
class _Judge:
    days: Days
    sites: pd.DataFrame
    fewest_controls: int

    def match(self, station: str, mode: str) -> Match:
        """Match a site with the controls."""
        return match_total(self.days, self.sites, [station], mode, fewest_controls=self.fewest_controls)

    def judge(self, station: str, match: Match, on: pd.Index) -> dict[str, object]:
        """Set a site's log ratio over these dates against the controls' spread."""
        late = self.sites.loc[self.sites["station_id"] == station, "valid_from"] > self.days.first_day
        reason = "no_before" if late.any() else match.reason or ("too_few_dates" if len(on) < LEAST_DATES else None)
        if reason:
            return {"conclusion": "cannot_be_judged", "reason": reason}
        ratios = log_ratios(self.days, self.sites, [station, *match.controls], match.modes, on=on)
        controls = ratios.drop(station, errors="ignore")
        reason = "zero_counts" if station not in ratios else controls_reason(len(controls), self.fewest_controls)
        if reason:
            return {"conclusion": "cannot_be_judged", "reason": reason}
        error = chance_variance(self.days, ratios.index, match.modes, on=on)
        few = chance_excess(error.loc[[station]], error.loc[controls.index])
        found = said(against_controls(float(ratios[station]), controls).widened(few))
        told = {name: found[name] for name in ("effect_pct", "effect_low", "effect_high", "conclusion", "reason")}
        return told | {"control_sites": ", ".join(controls.index)}


def _kinds(
    daily: pd.DataFrame, campaigns: pd.DataFrame, days: Days, *, before_campaign: Campaigns, after_campaign: Campaigns
) -> _Kinds:
    known = daily.drop_duplicates("date").set_index("date")["day_type"]
    found = []
    for campaign in (before_campaign, after_campaign):
        span = window(campaigns, campaign)
        assert span is not None
        dates = span[0] + pd.to_timedelta(np.asarray(days.before.index), unit="D")
        found.append(pd.Series(known.reindex(dates).to_numpy(), index=days.before.index))
    return _Kinds(found[0], found[1])


def _rows(judge: _Judge, kinds: _Kinds, station: str, mode: str) -> Iterator[tuple[str, dict[str, object]]]:
    days = judge.days
    columns = columns_of(days, [station], MODES[mode])
    if not len(columns):
        return
    on, match = matched_rows(days, columns), judge.match(station, mode)
    for kind in DAY_TYPES:
        found: dict[str, object] = {}
        for name, side, its_kind in (("before", days.before, kinds.before), ("after", days.after, kinds.after)):
            rows = side.loc[on, columns] if len(on) else side[columns].dropna()
            totals = rows.sum(axis=1)
            found |= _mean(totals if kind == "all" else totals[its_kind.loc[totals.index] == kind], name)
        if found["days_before"] or found["days_after"]:
            alike = (kinds.before.loc[match.on] == kind) & (kinds.after.loc[match.on] == kind)
            dates = match.on if kind == "all" else match.on[alike.to_numpy(dtype=bool)]
            judged = judge.judge(station, match, dates)
            yield kind, found | _index(found, judged) | judged


def _mean(totals: pd.Series, name: str) -> dict[str, object]:
    n = len(totals)
    half = stdtrit(n - 1, (1 + COVERAGE) / 2) * totals.std(ddof=1) / np.sqrt(n) if n > 1 else None
    mean = float(totals.mean()) if n else None
    return {
        f"{name}_per_day": mean,
        f"{name}_low": max(mean - half, 0.0) if half is not None and mean is not None else None,
        f"{name}_high": mean + half if half is not None and mean is not None else None,
        f"days_{name}": n,
    }


def _index(found: Mapping[str, object], judged: Mapping[str, object]) -> dict[str, object]:
    """Return the index, with the interval of the change against the controls laid round it."""
    before, after = found["before_per_day"], found["after_per_day"]
    if not before or after is None:
        return {"index": None, "index_low": None, "index_high": None}
    index = 100 * float(str(after)) / float(str(before))
    ends = [judged.get(name) for name in ("effect_pct", "effect_low", "effect_high")]
    if None in ends:
        return {"index": index, "index_low": None, "index_high": None}
    effect, low, high = (1 + float(str(end)) / 100 for end in ends)
    return {"index": index, "index_low": index * low / effect, "index_high": index * high / effect}
