"""Everything in which a study departs from its frozen plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from movement.plan.contents import COUNTED_MODES, Plan, content, entries
from movement.plan.frozen import Holding, Version
from movement.plan.makeup import MakeUp, SiteMakeUp
from movement.tables import PLAN_DEVIATIONS, Deviation, MovingDay, Phase, Role

# ASSUME: a follow-up that begins within two weeks of its day is the planned one
FOLLOW_UP_DAYS = 14
_AROUND_EASTER = {  # days from Easter Sunday
    MovingDay.EASTER: range(-3, 2),
    MovingDay.ASCENSION: range(39, 43),
    MovingDay.WHITSUN: range(48, 51),
}


@dataclass(frozen=True)
class Used:
    """What the comparison was run with."""

    before_campaigns: tuple[str, ...]
    after_campaigns: tuple[str, ...]
    primary_screenline: str | None
    fewest_controls: int
    target_change_pct: float
    valid_day_share_pct: float


@dataclass(frozen=True)
class Found:
    """The study as it is: SITES, SCREENLINES, CAMPAIGNS, DAILY, DEVICES, DECISIONS, and its make-up."""

    sites: pd.DataFrame
    screenlines: pd.DataFrame
    campaigns: pd.DataFrame
    daily: pd.DataFrame
    devices: pd.DataFrame
    decisions: pd.DataFrame
    makeup: MakeUp


Row = tuple[Deviation, str, str | None, str | None]


def deviations(
    plan_now: Plan | None, versions: Sequence[Version], held: Holding, found: Found, used: Used
) -> pd.DataFrame:
    """Hold the study against the plan that holds; where none does, against the nearest or last one, and say why.

    Parameters
    ----------
    plan_now
        The plan as analysis_plan.yml reads now; None for none.
    versions, held
        From `frozen.read_frozen` and `frozen.holding`.
    found, used
        The study as it is and what the comparison was run with.

    Returns
    -------
    rows
        PLAN_DEVIATIONS; empty where the study follows its plan.
    """
    version = held.told(versions)
    rows: list[Row] = []
    if held.why_not:
        said = version.frozen_on.isoformat() if version else None
        rows.append((Deviation(str(held.why_not)), "", None, said))
    if version is not None:
        rows += [(Deviation.SCREENLINE_CHANGED, line, None, version.frozen_on.isoformat()) for line in held.changed]
        rows += _of_earlier(version, found.campaigns, used)
        rows += _of_freezing(version, versions, plan_now)
        rows += _of_campaigns(version.plan, found.campaigns, used)
        rows += _of_sites(version.plan, found.sites)
        rows += _of_makeup(version, found.makeup)
        rows += _of_screenlines(version.plan, found.screenlines, used)
        rows += _of_counts(version.plan, found, used)
        rows += _of_parameters(version.plan, used)
        rows += _of_decisions(version, found.decisions)
    frame = pd.DataFrame(list(dict.fromkeys(rows)), columns=list(PLAN_DEVIATIONS.columns))
    return PLAN_DEVIATIONS.check(frame.drop_duplicates(list(PLAN_DEVIATIONS.key), ignore_index=True))


def _of_freezing(version: Version, versions: Sequence[Version], plan_now: Plan | None) -> Iterator[Row]:
    for later in versions[version.number :]:
        changed = f"{later.frozen_on.isoformat()}"
        yield Deviation.FROZEN_AGAIN, str(later.number), version.frozen_on.isoformat(), changed
    for altered in (one for one in versions if not one.is_intact):
        yield Deviation.FROZEN_ALTERED, str(altered.number), None, altered.frozen_on.isoformat()
    planned = entries(content(version.plan))
    now = entries(content(plan_now)) if plan_now else {}
    for key in sorted(planned.keys() | now.keys()):
        if planned.get(key) != now.get(key):
            yield Deviation.PLAN_EDITED, ".".join(part for part in key if part), planned.get(key), now.get(key)


def _of_earlier(version: Version, campaigns: pd.DataFrame, used: Used) -> Iterator[Row]:
    """Find follow-ups not compared that had begun, or were counted, when the plan was frozen: none is as planned."""
    compared = {*used.before_campaigns, *used.after_campaigns}
    after = campaigns[campaigns["phase"] == str(Phase.AFTER)].sort_values("start_date")
    for name, start in zip(after["campaign_id"].astype(str), after["start_date"], strict=True):
        is_seen = name in version.counted or start <= pd.Timestamp(version.frozen_on)
        if is_seen and name not in compared:
            yield Deviation.FOLLOW_UP_SEEN, name, version.frozen_on.isoformat(), f"{start:%Y-%m-%d}"


def _of_campaigns(plan: Plan, campaigns: pd.DataFrame, used: Used) -> Iterator[Row]:
    planned = plan.before_campaigns, plan.after_campaigns
    compared = used.before_campaigns, used.after_campaigns
    if [set(side) for side in planned] != [set(side) for side in compared]:
        first, second = ("\u2013".join(_written(side) for side in sides) for sides in (planned, compared))
        yield Deviation.CAMPAIGNS_COMPARED, "", first, second
    own = campaigns[campaigns["campaign_id"].isin([*compared[0], *compared[1]])]
    for row in own.itertuples():
        days = [day.date() for day in pd.date_range(row.start_date, row.end_date)]
        yield from _of_days(plan, str(row.campaign_id), days)
    after = campaigns[campaigns["phase"] == str(Phase.AFTER)]
    last = campaigns["end_date"].max()
    for day in plan.follow_ups:
        near = (after["start_date"] - pd.Timestamp(day)).abs() <= pd.Timedelta(days=FOLLOW_UP_DAYS)
        if pd.notna(last) and pd.Timestamp(day) <= last and not near.any():
            yield Deviation.FOLLOW_UP_MISSING, day.isoformat(), day.isoformat(), None


def _of_days(plan: Plan, campaign: str, days: Sequence[dt.date]) -> Iterator[Row]:
    weeks = sorted({day.isocalendar().week for day in days})
    allowed = {week for window in plan.windows for week in range(window.first_week, window.last_week + 1)}
    if plan.windows and not allowed.issuperset(weeks):
        planned = ", ".join(f"{one.first_week}\u2013{one.last_week}" for one in plan.windows)
        yield Deviation.OUTSIDE_WINDOWS, campaign, planned, _written(weeks)
    left_out = sorted(set(weeks) & set(plan.excluded_weeks))
    if left_out:
        yield Deviation.EXCLUDED_WEEK, campaign, _written(plan.excluded_weeks), _written(left_out)
    empty = sorted(moving_days(plan.excluded_days, sorted({day.year for day in days})) & set(days))
    if empty:
        yield Deviation.EXCLUDED_DAY, campaign, _written(plan.excluded_days), _written(empty)


def moving_days(names: Sequence[str], years: Sequence[int]) -> set[dt.date]:
    """Return the days of the holidays that move with Easter.

    Examples
    --------
    >>> sorted(moving_days(["whitsun"], [2026]))[0]
    datetime.date(2026, 5, 23)
    """
    sundays = [pd.Timestamp(year, 1, 1) + pd.offsets.Easter() for year in years]
    return {
        (sunday + pd.Timedelta(days=shift)).date()
        for sunday in sundays
        for name in names
        for shift in _AROUND_EASTER[MovingDay(name)]
    }


def _of_sites(plan: Plan, sites: pd.DataFrame) -> Iterator[Row]:
    roles = dict(zip(sites["station_id"].astype(str), sites["role"].astype(str), strict=True))
    wanted = dict.fromkeys(plan.treated, str(Role.TREATED)) | dict.fromkeys(plan.controls, str(Role.CONTROL))
    for site, role in wanted.items():
        if site not in roles:
            yield Deviation.SITE_MISSING, site, role, None
        elif roles[site] != role:
            yield Deviation.SITE_ROLE, site, role, roles[site]
    for site, role in roles.items():
        if role in (Role.TREATED, Role.CONTROL) and site not in wanted:
            yield Deviation.SITE_NOT_PLANNED, site, None, role


def _of_makeup(version: Version, now: MakeUp) -> Iterator[Row]:
    """Find what the plan's screenlines and sites were when it was frozen and are not now."""
    then = version.makeup
    if then is None:
        yield Deviation.MAKEUP_NOT_RECORDED, "", None, version.frozen_on.isoformat()
        return
    for line, sites in then.screenlines.items():
        other = now.screenlines.get(line, ())
        if set(sites) != set(other):
            yield Deviation.SCREENLINE_SITES, line, _written(sites) or None, _written(other) or None
    for name, was in then.sites.items():
        if name in now.sites:  # one that is gone is missing from its screenlines, or from the plan's sites
            yield from _of_site(name, was, now.sites[name])


def _of_site(name: str, was: SiteMakeUp, now: SiteMakeUp) -> Iterator[Row]:
    if now.role != was.role:
        yield Deviation.SITE_ROLE, name, was.role, now.role
    if now.modes != was.modes:
        yield Deviation.SITE_MODES, name, _written(was.modes) or None, _written(now.modes) or None
    then, here = (f"{one.valid_from}\u2013{one.valid_to}" for one in (was, now))
    if then != here:
        yield Deviation.SITE_DATES, name, then, here


def _of_screenlines(plan: Plan, screenlines: pd.DataFrame, used: Used) -> Iterator[Row]:
    if used.primary_screenline != plan.primary_screenline:
        yield Deviation.PRIMARY_SCREENLINE, "", plan.primary_screenline, used.primary_screenline
    for line in plan.screenlines:
        if line not in set(screenlines["screenline_id"]):
            yield Deviation.SCREENLINE_MISSING, line, line, None


def _of_counts(plan: Plan, found: Found, used: Used) -> Iterator[Row]:
    """Find planned sites without a valid day in a campaign, and devices that changed between the two."""
    own = found.daily[found.daily["is_valid"] & found.daily["mode"].isin(COUNTED_MODES)]
    begun = set(own["campaign_id"].dropna())
    for campaign in (*used.before_campaigns, *used.after_campaigns):
        counted = set(own.loc[own["campaign_id"] == campaign, "station_id"])
        for site in (*plan.treated, *plan.controls) if campaign in begun else ():
            if site not in counted:
                yield Deviation.SITE_NOT_COUNTED, f"{site} {campaign}", campaign, None
    windows = [_windows(found.campaigns, side) for side in (used.before_campaigns, used.after_campaigns)]
    for site, rows in found.devices.groupby("station_id"):
        stood = [_stood(rows, window) for window in windows]
        if all(stood) and stood[0] != stood[1]:
            yield Deviation.DEVICE_CHANGED, str(site), _written(stood[0]), _written(stood[1])


def _windows(campaigns: pd.DataFrame, names: Sequence[str]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    rows = campaigns[campaigns["campaign_id"].isin(list(names))]
    return list(zip(rows["start_date"], rows["end_date"], strict=True))


def _stood(devices: pd.DataFrame, windows: Sequence[tuple[pd.Timestamp, pd.Timestamp]]) -> list[str]:
    """Return the devices that stood at a site in any of a phase's campaigns."""
    inside = [
        (devices["start_date"] <= last) & ~(devices["end_date"] < first)
        for first, last in windows  # a device without an end date stands still
    ]
    return sorted({str(serial) for stands in inside for serial in devices.loc[stands, "serial"]})


def _of_parameters(plan: Plan, used: Used) -> Iterator[Row]:
    pairs = (
        (Deviation.TARGET_CHANGED, plan.smallest_effect_pct, used.target_change_pct),
        (Deviation.CONTROLS_NEEDED, plan.fewest_controls, used.fewest_controls),
        (Deviation.VALID_DAY_SHARE, plan.valid_day_share_pct, used.valid_day_share_pct),
    )
    for deviation, planned, now in pairs:
        if round(float(planned), 6) != round(float(now), 6):
            yield deviation, "", f"{planned:g}", f"{now:g}"


def _of_decisions(version: Version, decisions: pd.DataFrame) -> Iterator[Row]:
    """Find decisions about counts that were made after the plan was frozen."""
    later = decisions[decisions["decided_on"] > pd.Timestamp(version.frozen_on)]
    for row in later.itertuples():
        found = f"{row.station_id}: {row.reason} ({row.decided_on:%Y-%m-%d})"
        yield Deviation.DECIDED_LATER, str(row.decision_id), version.frozen_on.isoformat(), found


def _written(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values)
