"""Checks on the observed comparison that can fail: controls, weeks, residents, events, negative control, power."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.effects import (
    COVERAGE,
    LEAST_CONTROLS,
    against_controls,
    observed_effects,
    primary_screenline,
    residents_change_pct,
    sites_of_screenline,
)
from movement.comparison.matched import (
    MODES,
    Days,
    Match,
    log_ratios,
    match_total,
    pair_days,
    window,
    with_role,
)
from movement.comparison.substitution import RESIDENTS_LIMIT_PCT
from movement.tables import CHECKS, CheckStatus, Period, Phase, Role

POWER = 0.8
# ASSUME: nine in ten of the days of a campaign should be valid at every site and mode
VALID_DAYS_SHARE = 0.9
# ASSUME: a whole week, so that every weekday is there
MATCHED_DAYS = 7
_GROWTH_KINDS = ("land_use", "population")

Row = dict[str, object]


@dataclass(frozen=True)
class _Campaigns:
    """What the checks look at, matched once."""

    days: Days
    sites: pd.DataFrame
    before: tuple[pd.Timestamp, pd.Timestamp]
    after: tuple[pd.Timestamp, pd.Timestamp]
    primary: Match
    has_line: bool
    fewest: int

    def ratios(self, match: Match) -> pd.Series:
        """Log ratios of the match's controls over its dates and modes."""
        return log_ratios(self.days, self.sites, match.controls, match.modes, on=match.on)


def run_checks(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    events: pd.DataFrame,
    effects: pd.DataFrame,
    *,
    before_campaign: str,
    after_campaign: str,
    fewest_controls: int,
    target_change_pct: float,
) -> pd.DataFrame:
    """Hold the comparison against everything that could explain the change instead.

    Parameters
    ----------
    daily, sites, screenlines, campaigns, events
        DAILY, SITES, SCREENLINES, CAMPAIGNS, EVENTS.
    effects
        EFFECTS of the same campaigns.
    before_campaign, after_campaign
        Campaigns compared.
    fewest_controls
        Control sites needed.
    target_change_pct
        Change that matters, % of the screenline's total.

    Returns
    -------
    checks
        CHECKS, one row per check; empty where nothing was counted or a campaign is missing.
    """
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(daily, sites, campaigns, period=str(Period.ALL_DAY), **ends) if len(daily) else None
    before, after = window(campaigns, before_campaign), window(campaigns, after_campaign)
    if days is None or before is None or after is None:
        return CHECKS.empty()
    fewest = max(fewest_controls, LEAST_CONTROLS)
    line = primary_screenline(screenlines)
    inside = sites_of_screenline(sites, line) if line is not None else ()
    match = match_total(days, sites, inside or with_role(sites, Role.TREATED), "all", fewest_controls=fewest)
    seen = _Campaigns(days, sites, before, after, match, bool(inside), fewest)
    rows = [
        _enough_controls(seen),
        _controls_left_out(seen),
        _whole_screenline(seen),
        _matched_days(effects),
        _valid_days(seen),
        _uncounted(seen),
        _same_weeks(seen),
        _residents(campaigns, **ends),
        _growth_events(events, seen),
        _events_in_windows(events, seen),
        _negative_control(seen),
        _control_types(seen),
        _detectable(seen, target_change_pct),
        _pre_trend(daily, sites, screenlines, campaigns, before_campaign, fewest_controls),
    ]
    return CHECKS.check(pd.DataFrame(rows, columns=list(CHECKS.columns)))


def detectable_change_pct(controls: pd.Series) -> float:
    """Return the smallest rise of one screenline that is shown with 80 % power.

    exp((t(.975) + t(.8)) * sd * sqrt(1 + 1/n0)) - 1, in %.

    Parameters
    ----------
    controls
        log(after/before) of n0 >= 2 control sites; t has n0-1 degrees of freedom.

    Examples
    --------
    >>> round(detectable_change_pct(pd.Series([-0.14, 0.0, 0.14, -0.14, 0.14])), 0)
    77.0
    """
    n0 = len(controls)
    quantiles = stdtrit(n0 - 1, (1 + COVERAGE) / 2) + stdtrit(n0 - 1, POWER)
    return float(100 * np.expm1(quantiles * controls.std(ddof=1) * np.sqrt(1 + 1 / n0)))


def _row(check: str, passed: bool | None, value: float | None, limit: float | None, detail: Iterable[str] = ()) -> Row:
    status = CheckStatus.NOT_POSSIBLE if passed is None else CheckStatus.PASSED if passed else CheckStatus.FAILED
    words = ", ".join(detail)
    return {"check_id": check, "status": str(status), "value": value, "limit": limit, "detail": words or None}


def _enough_controls(seen: _Campaigns) -> Row:
    controls = seen.primary.controls
    return _row("enough_controls", len(controls) >= seen.fewest, len(controls), seen.fewest, controls)


def _controls_left_out(seen: _Campaigns) -> Row:
    """Control sites that the primary outcome cannot use: a mode or too many of its dates lacking."""
    left_out = seen.primary.left_out
    return _row("controls_left_out", not left_out, len(left_out), 0, left_out)


def _whole_screenline(seen: _Campaigns) -> Row:
    """Sites and modes without which the total is not the primary screenline's."""
    missing = seen.primary.missing
    if not seen.has_line or not len(seen.primary.columns):
        return _row("whole_screenline", None, None, 0)
    return _row("whole_screenline", not missing, len(missing), 0, missing)


def _matched_days(effects: pd.DataFrame) -> Row:
    primary = effects.loc[effects["is_primary"] & (effects["estimator"] == "control_spread"), "dates"].dropna()
    if primary.empty:
        return _row("matched_days", None, None, MATCHED_DAYS)
    return _row("matched_days", bool(primary.iloc[0] >= MATCHED_DAYS), float(primary.iloc[0]), MATCHED_DAYS)


def _valid_days(seen: _Campaigns) -> Row:
    """Lowest share of valid days over the sites and modes counted in both campaigns."""
    sides = [seen.days.before, seen.days.after]
    shares = pd.concat([side.loc[:, side.notna().any()].notna().mean() for side in sides])
    if shares.empty:
        return _row("valid_days", None, None, VALID_DAYS_SHARE)
    lowest = shares.groupby(level=[0, 1]).min()
    few = lowest[lowest < VALID_DAYS_SHARE]
    names = [f"{station} {mode}" for station, mode in few.index]
    return _row("valid_days", few.empty, float(lowest.min()), VALID_DAYS_SHARE, names)


def _uncounted(seen: _Campaigns) -> Row:
    """Sites and modes of the plan without one valid day in one of the campaigns they were in use for."""
    missing = []
    for site in seen.sites.sort_values("station_id").itertuples():
        for mode in (part.strip() for part in str(site.modes).split(",")):
            spans = ((seen.days.before, seen.before), (seen.days.after, seen.after))
            used = [side for side, span in spans if _in_use(site, span)]
            if mode in MODES["all"] and any(not _has_day(side, (site.station_id, mode)) for side in used):
                missing.append(f"{site.station_id} {mode}")
    return _row("all_counted", not missing, len(missing), 0, missing)


def _in_use(site: object, span: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    opened, closed = getattr(site, "valid_from"), getattr(site, "valid_to")  # noqa: B009  # fields of a row
    return not (pd.notna(opened) and opened > span[1]) and not (pd.notna(closed) and closed < span[0])


def _has_day(side: pd.DataFrame, column: tuple[str, str]) -> bool:
    return column in side.columns and bool(side[column].notna().any())


def _same_weeks(seen: _Campaigns) -> Row:
    first, second = (span[0].isocalendar() for span in (seen.before, seen.after))
    apart = abs(first.week - second.week) + (first.weekday != second.weekday)
    return _row("same_weeks", apart == 0, apart, 0, [str(first.week), str(second.week)])


def _residents(campaigns: pd.DataFrame, *, before_campaign: str, after_campaign: str) -> Row:
    change = residents_change_pct(campaigns, before_campaign=before_campaign, after_campaign=after_campaign)
    if change is None:
        return _row("residents_present", None, None, RESIDENTS_LIMIT_PCT)
    return _row("residents_present", abs(change) <= RESIDENTS_LIMIT_PCT, change, RESIDENTS_LIMIT_PCT)


def _growth_events(events: pd.DataFrame, seen: _Campaigns) -> Row:
    """Events of land use or population that began between the first day before and the last day after."""
    began = events["start_date"].between(seen.before[0], seen.after[1])
    found = sorted(events.loc[began & events["kind"].isin(_GROWTH_KINDS), "event_id"])
    return _row("growth_between", not found, len(found), 0, found)


def _events_in_windows(events: pd.DataFrame, seen: _Campaigns) -> Row:
    """Other events that touch one of the campaigns but not both alike."""
    others = events[~events["kind"].isin(_GROWTH_KINDS)]
    last = others["end_date"].fillna(pd.Timestamp.max)
    touched = [(others["start_date"] <= end) & (last >= start) for start, end in (seen.before, seen.after)]
    found = sorted(others.loc[touched[0] ^ touched[1], "event_id"])
    return _row("events_in_windows", not found, len(found), 0, found)


def _negative_control(seen: _Campaigns) -> Row:
    """Paths along the barrier, that the link should not touch: their change must lie inside the controls' spread."""
    along = with_role(seen.sites, Role.ALONG_BARRIER)
    match = match_total(seen.days, seen.sites, along, "all", fewest_controls=seen.fewest)
    total = _log_total(seen.days, match.columns, match.on)
    ratios = seen.ratios(match) if match.reason is None else pd.Series(dtype=float)
    if total is None or len(ratios) < seen.fewest:
        return _row("negative_control", None, None, None, along)
    found = against_controls(total, ratios)
    inside = abs(found.effect) <= found.half
    edge = found.half if found.effect >= 0 else -found.half
    return _row("negative_control", inside, float(100 * np.expm1(found.effect)), float(100 * np.expm1(edge)), along)


def _log_total(days: Days, columns: pd.MultiIndex, on: pd.Index) -> float | None:
    before, after = (float(side.loc[on, columns].to_numpy().sum()) for side in (days.before, days.after))
    return float(np.log(after / before)) if before > 0 and after > 0 else None


def _control_types(seen: _Campaigns) -> Row:
    """Every kind of treated site has a control of the same kind."""
    kinds = seen.sites.set_index("station_id")["site_type"]
    treated = set(kinds[(seen.sites.set_index("station_id")["role"] == str(Role.TREATED))].dropna())
    if not treated:
        return _row("control_types", None, None, None)
    without = sorted(treated - set(kinds.reindex(seen.primary.controls).dropna()))
    return _row("control_types", not without, len(without), 0, without)


def _detectable(seen: _Campaigns, target_change_pct: float) -> Row:
    ratios = seen.ratios(seen.primary) if len(seen.primary.on) else pd.Series(dtype=float)
    if len(ratios) < seen.fewest:
        return _row("detectable_change", None, None, target_change_pct)
    least = detectable_change_pct(ratios)
    return _row("detectable_change", least <= target_change_pct, least, target_change_pct)


def _pre_trend(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    before_campaign: str,
    fewest_controls: int,
) -> Row:
    """Make the same comparison between two campaigns before: it must show nothing."""
    rows = campaigns[(campaigns["phase"] == str(Phase.BEFORE)) & (campaigns["campaign_id"] != before_campaign)]
    start = campaigns.set_index("campaign_id").loc[before_campaign, "start_date"]
    earlier = rows[rows["start_date"] < start].sort_values("start_date")
    if earlier.empty:
        return _row("pre_trend", None, None, 0)
    found = observed_effects(
        daily,
        sites,
        screenlines,
        campaigns,
        before_campaign=earlier["campaign_id"].iloc[-1],
        after_campaign=before_campaign,
        fewest_controls=fewest_controls,
    )
    row = found[found["is_primary"] & (found["estimator"] == "control_spread")]
    if row.empty or row["conclusion"].iloc[0] == "cannot_be_judged":
        return _row("pre_trend", None, None, 0)
    return _row("pre_trend", row["conclusion"].iloc[0] == "not_shown", float(row["effect_pct"].iloc[0]), 0)
