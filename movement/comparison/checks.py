"""Checks on the observed comparison that can fail: controls, weeks, residents, events, negative control, power."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from movement.comparison import other_causes, placebos
from movement.comparison.effects import residents_change_pct
from movement.comparison.estimators import COVERAGE
from movement.comparison.matched import match_total, with_role
from movement.comparison.measured import LEAST_CONTROLS, comparison_of
from movement.comparison.outcomes import primary_case, primary_screenline, sites_of_screenline
from movement.comparison.paired import MODES, Campaigns, campaign_ids, pair_days, windows, windows_reason
from movement.comparison.seen import Row, Seen, check_row
from movement.comparison.substitution import RESIDENTS_LIMIT_PCT
from movement.tables import CHECKS, CORRECTIONS, DEVICES, INTERVENTIONS, WEATHER, Period, Phase, Role

POWER = 0.8
# ASSUME: nine in ten of the days of a campaign should be valid at every site and mode
VALID_DAYS_SHARE = 0.9
# ASSUME: a whole week, so that every weekday is there
MATCHED_DAYS = 7


def run_checks(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    events: pd.DataFrame,
    effects: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    fewest_controls: int,
    target_change_pct: float,
    interventions: pd.DataFrame | None = None,
    devices: pd.DataFrame | None = None,
    corrections: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    primary_mode: str = "all",
    judged: str | None = None,
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
    interventions, devices, corrections, weather
        INTERVENTIONS, DEVICES, CORRECTIONS, WEATHER; none where they are not given.
    primary_mode
        Mode of the primary outcome: walk, cycle or all.
    judged
        Intervention that the change is to be put down to; None for all lasting ones together.

    Returns
    -------
    checks
        CHECKS, one row per check, passed, failed or not possible; empty where nothing was counted, a campaign is
        missing, or campaigns overlap. What a failed one does to a conclusion stands in `conclusions.RULES`.
    """
    ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    seen = _seen(daily, sites, screenlines, campaigns, fewest_controls, primary_mode, **ends)
    if seen is None:
        return CHECKS.empty()
    done = INTERVENTIONS.empty() if interventions is None else interventions
    factors = CORRECTIONS.empty() if corrections is None else corrections
    rows = [
        _enough_controls(seen),
        _controls_left_out(seen),
        _whole_screenline(seen),
        _matched_days(effects),
        _valid_days(seen),
        _uncounted(seen),
        _control_types(seen),
        _detectable(seen, target_change_pct),
        _residents(campaigns, **ends),
        _homes(campaigns, **ends),
        other_causes.link_opened(done, effects, seen, judged),
        other_causes.other_intervention(done, seen, judged),
        other_causes.same_weeks(seen),
        other_causes.same_weekdays(seen),
        other_causes.same_season(seen),
        *other_causes.weather_balance(WEATHER.empty() if weather is None else weather, seen),
        other_causes.growth_between(events, seen),
        other_causes.events_in_windows(events, seen),
        other_causes.before_in_construction(events, seen),
        other_causes.controls_served(events, done, seen),
        other_causes.device_change(DEVICES.empty() if devices is None else devices, factors, seen),
        placebos.negative_control(seen),
        placebos.motor_unmoved(daily, seen),
        placebos.placebo_sites(seen),
        placebos.placebo_dates(daily, done, seen),
        _pre_trend(daily, sites, screenlines, campaigns, before_campaign, fewest_controls, primary_mode),
    ]
    return CHECKS.check(pd.DataFrame(rows, columns=list(CHECKS.columns)))


def _seen(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    fewest_controls: int,
    mode: str,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
) -> Seen | None:
    ends: dict[str, Campaigns] = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(daily, sites, campaigns, period=str(Period.ALL_DAY), **ends) if len(daily) else None
    if days is None:
        return None
    fewest = max(fewest_controls, LEAST_CONTROLS)
    line = primary_screenline(screenlines)
    inside = sites_of_screenline(sites, line) if line is not None else ()
    match = match_total(days, sites, inside or with_role(sites, Role.TREATED), mode, fewest_controls=fewest)
    compared = campaigns[campaigns["campaign_id"].isin([*campaign_ids(before_campaign), *campaign_ids(after_campaign)])]
    spans = windows(campaigns, before_campaign), windows(campaigns, after_campaign)
    return Seen(days, sites, compared, *spans, match, bool(inside), fewest, mode)


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


def _enough_controls(seen: Seen) -> Row:
    controls = seen.primary.controls
    return check_row("enough_controls", len(controls) >= seen.fewest, len(controls), seen.fewest, controls)


def _controls_left_out(seen: Seen) -> Row:
    """Control sites that the primary outcome cannot use: a mode or too many of its dates lacking."""
    left_out = seen.primary.left_out
    return check_row("controls_left_out", not left_out, len(left_out), 0, left_out)


def _whole_screenline(seen: Seen) -> Row:
    """Sites and modes without which the total is not the primary screenline's."""
    missing = seen.primary.missing
    if not seen.has_line or not len(seen.primary.columns):
        return check_row("whole_screenline", None, None, 0)
    return check_row("whole_screenline", not missing, len(missing), 0, missing)


def _matched_days(effects: pd.DataFrame) -> Row:
    primary = effects.loc[effects["is_primary"] & (effects["estimator"] == "control_spread"), "dates"].dropna()
    if primary.empty:
        return check_row("matched_days", None, None, MATCHED_DAYS)
    return check_row("matched_days", bool(primary.iloc[0] >= MATCHED_DAYS), float(primary.iloc[0]), MATCHED_DAYS)


def _valid_days(seen: Seen) -> Row:
    """Lowest share of valid days over the sites and modes counted in both campaigns."""
    sides = [seen.days.before, seen.days.after]
    shares = pd.concat([side.loc[:, side.notna().any()].notna().mean() for side in sides])
    if shares.empty:
        return check_row("valid_days", None, None, VALID_DAYS_SHARE)
    lowest = shares.groupby(level=[0, 1]).min()
    few = lowest[lowest < VALID_DAYS_SHARE]
    names = [f"{station} {mode}" for station, mode in few.index]
    return check_row("valid_days", few.empty, float(lowest.min()), VALID_DAYS_SHARE, names)


def _uncounted(seen: Seen) -> Row:
    """Sites and modes of the plan without one valid day in one of the campaigns they were in use for."""
    missing = []
    for site in seen.sites.sort_values("station_id").itertuples():
        for mode in (part.strip() for part in str(site.modes).split(",")):
            spans = ((seen.days.before, seen.before[0]), (seen.days.after, seen.after[-1]))
            used = [side for side, span in spans if _in_use(site, span)]
            if mode in MODES["all"] and any(not _has_day(side, (site.station_id, mode)) for side in used):
                missing.append(f"{site.station_id} {mode}")
    return check_row("all_counted", not missing, len(missing), 0, missing)


def _in_use(site: object, span: tuple[pd.Timestamp, pd.Timestamp]) -> bool:
    opened, closed = getattr(site, "valid_from"), getattr(site, "valid_to")  # noqa: B009  # fields of a row
    return not (pd.notna(opened) and opened > span[1]) and not (pd.notna(closed) and closed < span[0])


def _has_day(side: pd.DataFrame, column: tuple[str, str]) -> bool:
    return column in side.columns and bool(side[column].notna().any())


def _residents(campaigns: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns) -> Row:
    change = residents_change_pct(campaigns, before_campaign=before_campaign, after_campaign=after_campaign)
    if change is None:
        return check_row("residents_present", None, None, RESIDENTS_LIMIT_PCT)
    return check_row("residents_present", abs(change) <= RESIDENTS_LIMIT_PCT, change, RESIDENTS_LIMIT_PCT)


def _homes(campaigns: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns) -> Row:
    """Hold the homes occupied to the limit of the residents: they tell of rehousing where nobody counted people."""
    homes = campaigns.assign(residents_present=campaigns["homes_occupied"])
    change = residents_change_pct(homes, before_campaign=before_campaign, after_campaign=after_campaign)
    passed = None if change is None else abs(change) <= RESIDENTS_LIMIT_PCT
    return check_row("homes_occupied", passed, change, RESIDENTS_LIMIT_PCT)


def _control_types(seen: Seen) -> Row:
    """Every kind of treated site has a control of the same kind."""
    sites = seen.sites
    treated = set(sites.loc[sites["role"] == str(Role.TREATED), "site_type"].dropna())
    if not treated:
        return check_row("control_types", None, None, None)
    without = sorted(treated - set(sites.loc[sites["station_id"].isin(seen.primary.controls), "site_type"].dropna()))
    return check_row("control_types", not without, len(without), 0, without)


def _detectable(seen: Seen, target_change_pct: float) -> Row:
    ratios = seen.ratios(seen.primary) if len(seen.primary.on) else pd.Series(dtype=float)
    if len(ratios) < seen.fewest:
        return check_row("detectable_change", None, None, target_change_pct)
    least = detectable_change_pct(ratios)
    return check_row("detectable_change", least <= target_change_pct, least, target_change_pct)


def _pre_trend(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    before_campaign: Campaigns,
    fewest_controls: int,
    mode: str,
) -> Row:
    """Make the same comparison between two campaigns before, the last two of them: it must show nothing."""
    last = windows(campaigns, before_campaign)[-1][0]
    asked = campaigns["campaign_id"].isin(campaign_ids(before_campaign))
    rows = campaigns[asked | (campaigns["phase"] == str(Phase.BEFORE))].sort_values("start_date")
    earlier = rows.loc[rows["start_date"] <= last, "campaign_id"].tolist()[-2:]
    ends = dict(zip(("before_campaign", "after_campaign"), earlier, strict=False))
    if len(ends) < 2 or windows_reason(campaigns, **ends) is not None:
        return check_row("pre_trend", None, None, None)
    found = comparison_of(daily, sites, campaigns, **ends, fewest_controls=fewest_controls).measure(
        primary_case(sites, screenlines, mode=mode)
    )
    if found.reason is not None:
        return check_row("pre_trend", None, None, None)
    return placebos.inside_interval("pre_trend", found.estimate())
