"""Checks on the observed comparison that can fail: controls, weeks, residents, events, negative control, power."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison.effects import COVERAGE, LEAST_CONTROLS, against_controls, observed_effects
from movement.comparison.matched import (
    MODES,
    Days,
    columns_of,
    counted_both,
    log_ratios,
    matched_rows,
    pair_days,
    window,
)
from movement.tables import CHECKS, CheckStatus, Period, Phase, Role

POWER = 0.8
# ASSUME: residents present may differ by 5 % before the change has to be read per resident
RESIDENTS_LIMIT_PCT = 5.0
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
    controls: list[str]
    fewest: int

    def ratios(self, stations: Iterable[str], on: pd.Index) -> pd.Series:
        """Log ratios of walking and cycling together."""
        return log_ratios(self.days, self.sites, stations, "all", on=on, first_day=self.before[0])


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
    controls = counted_both(days, sites.loc[sites["role"] == str(Role.CONTROL), "station_id"], "all")
    seen = _Campaigns(days, sites, before, after, controls, max(fewest_controls, LEAST_CONTROLS))
    rows = [
        _enough_controls(seen),
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
    return _row("enough_controls", len(seen.controls) >= seen.fewest, len(seen.controls), seen.fewest, seen.controls)


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
    present = campaigns.set_index("campaign_id")["residents_present"].reindex([before_campaign, after_campaign])
    if not (present > 0).all():
        return _row("residents_present", None, None, RESIDENTS_LIMIT_PCT)
    change = float(100 * (present.iloc[1] / present.iloc[0] - 1))
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
    along = counted_both(seen.days, seen.sites.loc[seen.sites["role"] == str(Role.ALONG_BARRIER), "station_id"], "all")
    on = matched_rows(seen.days, columns_of(seen.days, [*along, *seen.controls], "all"))
    ratios = seen.ratios(seen.controls, on) if len(on) else pd.Series(dtype=float)
    total = _log_total(seen.days, columns_of(seen.days, along, "all"), on)
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
    without = sorted(treated - set(kinds.reindex(seen.controls).dropna()))
    return _row("control_types", not without, len(without), 0, without)


def _detectable(seen: _Campaigns, target_change_pct: float) -> Row:
    on = matched_rows(seen.days, columns_of(seen.days, seen.controls, "all"))
    ratios = seen.ratios(seen.controls, on) if len(on) else pd.Series(dtype=float)
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
