"""The frozen plan: hashed with its date, each version kept, and which version holds for a comparison."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from movement.plan.contents import FROZEN_FILE, Plan, content, plan_of, sha256
from movement.plan.makeup import MakeUp, makeup_of
from movement.plan.makeup import said as said_makeup
from movement.tables import Fault, InputFaults, NoPlan, Phase


@dataclass(frozen=True)
class Version:
    """One frozen plan; `counted` are the campaigns that had counts, or had begun, when it was frozen.

    `makeup` is what the plan's screenlines and sites were then; None in a file from before it was recorded.
    `is_intact` says that plan, make-up, date and campaigns still give the hash, and that the version before is still
    the one it was built on.
    """

    number: int
    frozen_on: dt.date
    is_date_imagined: bool
    counted: tuple[str, ...]
    after_counts_existed: bool
    plan: Plan
    makeup: MakeUp | None
    plan_sha256: str
    previous_sha256: str
    sha256: str
    is_intact: bool


@dataclass(frozen=True)
class Holding:
    """The version that holds for a comparison, or why none does; then the one that came nearest, where one did.

    `changed` are the plan's screenlines that are made up otherwise than when it was frozen: for them it does not hold.
    """

    version: Version | None
    why_not: NoPlan | None
    nearest: Version | None = field(default=None, compare=False)
    changed: tuple[str, ...] = ()

    def told(self, versions: Sequence[Version]) -> Version | None:
        """Return the version to tell of: the one that holds, else the nearest, else the last."""
        return self.version or self.nearest or (versions[-1] if versions else None)


def freeze(
    plan: Plan,
    versions: Sequence[Version],
    *,
    today: dt.date,
    counted: Sequence[str],
    campaigns: pd.DataFrame,
    makeup: MakeUp,
    is_date_imagined: bool = False,
) -> Version:
    """Return the next version; those before stay as they are.

    Parameters
    ----------
    plan
        The plan as it reads now.
    versions
        Versions frozen before, in order.
    today
        Day of the freezing.
    counted
        Campaigns that have counts or have begun, from `campaigns_counted`.
    campaigns
        CAMPAIGNS, for which of them come after.
    makeup
        The study's make-up as it is now, of which the plan's part is recorded.
    is_date_imagined
        The day is made up, as all of a demonstration.

    Raises
    ------
    InputFaults
        If plan and make-up are the last version's already; if the date of a real study is made up, or lies before
        the version before.
    """
    faults = []
    own = makeup.of_plan(plan)
    if versions and (versions[-1].plan_sha256, versions[-1].makeup) == (sha256(content(plan)), own):
        faults.append(Fault("plan_frozen_already", FROZEN_FILE, value=versions[-1].frozen_on.isoformat()))
    if versions and today < versions[-1].frozen_on:
        faults.append(Fault("plan_date_before_last", FROZEN_FILE, value=today.isoformat()))
    if is_date_imagined and not plan.is_demonstration:
        faults.append(Fault("plan_date_imagined", FROZEN_FILE, value=today.isoformat()))
    if faults:
        raise InputFaults(faults)
    after = set(campaigns.loc[campaigns["phase"] == str(Phase.AFTER), "campaign_id"]) | set(plan.after_campaigns)
    said: dict[str, Any] = {
        "version": len(versions) + 1,
        "frozen_on": today.isoformat(),
        "is_date_imagined": is_date_imagined,
        "campaigns_counted": sorted(counted),
        "after_counts_existed": bool(after & set(counted)),
        "plan": content(plan),
        "makeup": said_makeup(own),
        "previous_sha256": versions[-1].sha256 if versions else "",
    }
    return _version(said | {"plan_sha256": sha256(said["plan"]), "sha256": sha256(said)}, versions)


def campaigns_counted(campaigns: pd.DataFrame, dates: pd.Series, *, today: dt.date) -> list[str]:
    """Return the campaigns that have begun by a day, or inside which something is counted.

    Parameters
    ----------
    campaigns
        CAMPAIGNS.
    dates
        Local days of counts; those after `today` must be left out by who imagines the day.
    today
        The day.
    """
    days = pd.to_datetime(pd.Series(dates).dropna().unique())
    has_counts = [
        bool(((days >= start) & (days <= end)).any())
        for start, end in zip(campaigns["start_date"], campaigns["end_date"], strict=True)
    ]
    begun = campaigns["start_date"] <= pd.Timestamp(today)
    return sorted(campaigns.loc[begun | pd.Series(has_counts, index=campaigns.index, dtype=bool), "campaign_id"])


def read_frozen(path: Path) -> list[Version]:
    """Read all versions; none where there is no file. A version that was altered is read and marked.

    Raises
    ------
    InputFaults
        If the file is not what `write_frozen` writes.
    """
    if not path.exists():
        return []
    versions: list[Version] = []
    try:
        for said in json.loads(path.read_text(encoding="utf-8-sig"))["versions"]:
            versions.append(_version(said, versions))
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise InputFaults([Fault("frozen_unreadable", path.as_posix(), value=str(broken)[:200])]) from broken
    return versions


def write_frozen(versions: Sequence[Version], path: Path) -> None:
    """Write all versions as JSON, one value a line, by temporary file and rename."""
    written = json.dumps({"versions": [_said(one) for one in versions]}, indent=1, ensure_ascii=False)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(written + "\n", encoding="utf-8", newline="\n")
    fresh.replace(path)


def holding(
    plan: Plan | None,
    versions: Sequence[Version],
    campaigns: pd.DataFrame,
    *,
    before_campaigns: Sequence[str],
    after_campaigns: Sequence[str],
    makeup: MakeUp,
) -> Holding:
    """Return the last intact version frozen before any compared after-campaign began or was counted, if it holds.

    Parameters
    ----------
    plan
        The plan as it reads now; None for none.
    versions
        Frozen versions in order.
    campaigns
        CAMPAIGNS.
    before_campaigns, after_campaigns
        All campaigns compared.
    makeup
        The study's make-up as it is now.

    Returns
    -------
    held
        A made-up date holds only while the plan says that the study is a demonstration. The last version in time does
        not hold where a campaign is compared that it does not name. Of a screenline whose total is made of other sites,
        roles or modes than it was, what is counted was chosen later: it holds for all but what uses that one.
    """
    if not versions:
        return Holding(None, NoPlan.NOT_FROZEN if plan else NoPlan.NO_PLAN)
    intact = [version for version in versions if version.is_intact]
    if not intact:
        return Holding(None, NoPlan.FROZEN_ALTERED)
    starts = campaigns.loc[campaigns["campaign_id"].isin(list(after_campaigns)), "start_date"]
    early = [one for one in intact if not _is_late(one, starts, after_campaigns)]
    if not early:
        return Holding(None, NoPlan.FROZEN_AFTER_COUNTS)
    is_demonstration = plan is not None and plan.is_demonstration
    dated = [one for one in early if is_demonstration or not one.is_date_imagined]
    if not dated:
        return Holding(None, NoPlan.DATE_IMAGINED, early[-1])
    plan_then = dated[-1].plan
    if set(before_campaigns) - set(plan_then.before_campaigns) or set(after_campaigns) - set(plan_then.after_campaigns):
        return Holding(None, NoPlan.CAMPAIGNS_NOT_PLANNED, dated[-1])
    return Holding(dated[-1], None, changed=_changed(dated[-1], makeup))


def _is_late(version: Version, starts: pd.Series, after_campaigns: Sequence[str]) -> bool:
    """Tell whether a campaign after had begun, or by the version's own record was counted, when it was frozen."""
    after = {*after_campaigns, *version.plan.after_campaigns}
    return bool(after & set(version.counted)) or bool((starts <= pd.Timestamp(version.frozen_on)).any())


def _changed(version: Version, makeup: MakeUp) -> tuple[str, ...]:
    """Return the plan's screenlines whose total is made of something else now; none where it was not recorded."""
    then, modes = version.makeup, version.plan.modes
    if then is None:
        return ()
    return tuple(sorted(line for line in then.screenlines if then.total(line, modes) != makeup.total(line, modes)))


def facts(held: Holding, versions: Sequence[Version]) -> dict[str, str]:
    """Return how the plan that holds, else the nearest or last one, was frozen, in plain values, for the report."""
    told = {"versions": str(len(versions))} | ({"why_not": str(held.why_not)} if held.why_not else {})
    told |= {"changed_screenlines": ", ".join(held.changed)} if held.changed else {}
    version = held.told(versions)
    if version is None:
        return told
    return told | {
        "version": str(version.number),
        "frozen_on": version.frozen_on.isoformat(),
        "is_date_imagined": "yes" if version.is_date_imagined else "no",
        "after_counts_existed": "yes" if version.after_counts_existed else "no",
        "campaigns_counted": ", ".join(version.counted),
        "plan_sha256": version.plan_sha256,
        "sha256": version.sha256,
    }


_HASHED = (
    "version",
    "frozen_on",
    "is_date_imagined",
    "campaigns_counted",
    "after_counts_existed",
    "plan",
    "previous_sha256",
)


def _version(said: Mapping[str, Any], before: Sequence[Version]) -> Version:
    hashed = {key: said[key] for key in _HASHED} | {key: said[key] for key in ("makeup",) if key in said}
    previous = before[-1].sha256 if before else ""
    is_intact = (
        sha256(said["plan"]) == said["plan_sha256"]
        and sha256(hashed) == said["sha256"]
        and said["previous_sha256"] == previous
        and said["version"] == len(before) + 1
    )
    return Version(
        number=int(said["version"]),
        frozen_on=dt.date.fromisoformat(said["frozen_on"]),
        is_date_imagined=bool(said["is_date_imagined"]),
        counted=tuple(said["campaigns_counted"]),
        after_counts_existed=bool(said["after_counts_existed"]),
        plan=plan_of(said["plan"]),
        makeup=makeup_of(said["makeup"]) if "makeup" in said else None,
        plan_sha256=str(said["plan_sha256"]),
        previous_sha256=str(said["previous_sha256"]),
        sha256=str(said["sha256"]),
        is_intact=is_intact,
    )


def _said(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "frozen_on": version.frozen_on.isoformat(),
        "is_date_imagined": version.is_date_imagined,
        "after_counts_existed": version.after_counts_existed,
        "campaigns_counted": list(version.counted),
        "plan_sha256": version.plan_sha256,
        "sha256": version.sha256,
        "previous_sha256": version.previous_sha256,
        "plan": content(version.plan),
        **({} if version.makeup is None else {"makeup": said_makeup(version.makeup)}),
    }
