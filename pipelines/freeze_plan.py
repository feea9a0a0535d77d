"""The analysis plan checked, and frozen with its date before the after-counts exist: no stage, a command."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from movement import study, tables
from movement.comparison.outcomes import listed
from movement.plan import contents, frozen, read
from movement.plan.deviations import Found, Used, deviations
from movement.publish import cells, language, plan_entries
from movement.sources import counters
from movement.tables import Fault, InputFaults
from pipelines import planned, read_counts, stage

PLAN = stage.RAW_STUDY / contents.PLAN_FILE
SITES = stage.RAW_STUDY / "sites.geojson"
FROZEN = stage.RAW_STUDY / contents.FROZEN_FILE


@dataclass(frozen=True)
class Compared:
    """What of the comparison's parameters the plan says too."""

    before_campaigns: tuple[str, ...]
    after_campaigns: tuple[str, ...]
    fewest_controls: int
    target_change_pct: float


def freeze(*, today: dt.date, is_date_imagined: bool = False) -> frozen.Version:
    """Freeze the plan as it reads now: a new version, appended to those before.

    Raises
    ------
    InputFaults
        If there is no plan, it has faults or names what the study does not have, a count file cannot be read, or the
        plan is frozen already. Nothing is written then.
    """
    faults = all_faults()
    if faults:
        raise InputFaults(faults)
    area, plan = read_area(), _plan()
    dates = _days_counted(area)
    if is_date_imagined:
        dates = dates[dates < pd.Timestamp(today)]
    counted = frozen.campaigns_counted(area.campaigns, dates, today=today)
    versions = frozen.read_frozen(FROZEN)
    version = frozen.freeze(
        plan,
        versions,
        today=today,
        counted=counted,
        campaigns=area.campaigns,
        makeup=planned.makeup_now(area),
        is_date_imagined=is_date_imagined,
    )
    frozen.write_frozen([*versions, version], FROZEN)
    return version


def today() -> dt.date:
    """Return the date that it is where the study is, wherever the machine stands."""
    return dt.datetime.now(ZoneInfo(stage.section("read_counts", read_counts.Params).study["timezone"])).date()


def read_area() -> tables.Study:
    """Read the study's layers."""
    return study.read_study(stage.RAW_STUDY, crs=stage.section("read_counts", read_counts.Params).study["crs"])


def _plan() -> contents.Plan:
    plan = read.read_plan(PLAN)
    if plan is None:
        raise InputFaults([Fault("no_analysis_plan", PLAN.as_posix())])
    return plan


def _days_counted(area: tables.Study) -> pd.Series:
    """Return the local days that any count file has a number for, as the files lie there now."""
    params = stage.section("read_counts", read_counts.Params)
    counts = counters.read_counts_folder(
        stage.RAW_COUNTS,
        sites=frozenset(area.sites["station_id"]),
        timezone=params.study["timezone"],
        refused_rows_limit_pct=params.refused_rows_limit_pct,
        data_until=params.data_until,
    ).counts
    counts = counts[counts["count_reported"].notna()]
    local = counts["t_start_utc"].dt.tz_convert(params.study["timezone"]).dt.tz_localize(None)
    return local.dt.normalize().drop_duplicates()


def all_faults() -> tuple[Fault, ...]:
    """Find every fault of study, plan, frozen plan and parameters at once."""
    looks: tuple[Callable[[], object], ...] = (read_area, _look_at_plan, lambda: frozen.read_frozen(FROZEN), compared)
    return tuple(dict.fromkeys(fault for look in looks for fault in _faults_of(look)))


def _faults_of(look: Callable[[], object]) -> tuple[Fault, ...]:
    try:
        look()
    except InputFaults as found:
        return found.faults
    return ()


def _look_at_plan() -> None:
    """Read the plan and hold its names against the study; against nothing where a layer of names cannot be read."""
    crs = stage.section("read_counts", read_counts.Params).study["crs"]
    try:
        sites, lines = study.read_sites(stage.RAW_STUDY, crs=crs), study.read_screenlines(stage.RAW_STUDY, crs=crs)
        campaigns = study.read_campaigns(stage.RAW_STUDY)
    except InputFaults:  # told by `read_area`
        _plan()
        return
    if not PLAN.exists():
        _plan()
    faults = read.all_faults(PLAN, sites, lines, campaigns)
    if faults:
        raise InputFaults(faults)


def check(text: language.Catalogue) -> tuple[list[str], tuple[Fault, ...]]:
    """Say what the plan says, whether it is frozen, in what the study departs from it, and all that is wrong.

    Only what is wrong, where plan, frozen plan, study or parameters cannot be read.
    """
    faults = all_faults()
    try:
        area, plan, versions, params = read_area(), _plan(), frozen.read_frozen(FROZEN), compared()
    except InputFaults:
        return [], faults
    held = frozen.holding(
        plan,
        versions,
        area.campaigns,
        before_campaigns=params.before_campaigns,
        after_campaigns=params.after_campaigns,
        makeup=planned.makeup_now(area),
    )
    lines = [*_summary(plan, area, text), *_frozen_lines(held, versions, text)]
    found = deviations(plan, versions, held, _found(area), _used(params, area))
    lines += [deviation_line(row, text) for row in found.to_dict("records")]
    if held.version is not None and found.empty:
        lines.append(text("plan.no_deviations"))
    return lines, faults


def deviation_line(row: dict[str, object], text: language.Catalogue) -> str:
    """Word one row of PLAN_DEVIATIONS."""
    values = {name: row[name] if isinstance(row[name], str) else "\u2013" for name in ("item", "planned", "found")}
    return text("plan.deviation", said=text(f"deviation.{row['deviation']}").format(**values))


def _summary(plan: contents.Plan, area: tables.Study, text: language.Catalogue) -> Iterator[str]:
    names = {
        "campaign": cells.campaign_names(area.campaigns, text),
        "screenline": cells.names_of(area.screenlines, "screenline_id", text.language),
    }
    words = cells.Words(text, names)
    yield text(
        "plan.says",
        screenline=words.name("screenline", plan.primary_screenline),
        mode=text(f"mode.{plan.mode}"),
        target=text.number(plan.smallest_effect_pct, 0 if plan.smallest_effect_pct % 1 == 0 else 1),
        treated=len(plan.treated),
        controls=len(plan.controls),
        before=words.campaign(plan.before_campaign),
        after=words.campaign(plan.after_campaign),
    )
    yield text("plan.secondary", names=plan_entries.outcomes_named(", ".join(plan.secondary), words))
    if plan.is_demonstration:
        yield text("plan.is_demonstration")


def _frozen_lines(held: frozen.Holding, versions: list[frozen.Version], text: language.Catalogue) -> Iterator[str]:
    if held.version is not None:
        yield frozen_line(held.version, len(versions), text)
    else:
        yield text(f"plan.why_not.{held.why_not}")


def frozen_line(version: frozen.Version, versions: int, text: language.Catalogue) -> str:
    """Say when a version was frozen, and its hash."""
    key = "plan.frozen_imagined" if version.is_date_imagined else "plan.frozen"
    return text(
        key,
        number=version.number,
        versions=versions,
        date=text.date(version.frozen_on),
        sha256=version.sha256,
        counted=", ".join(version.counted) or text("plan.none_counted"),
    )


def compared() -> Compared:
    """Return the parameters that plan and comparison share; other keys of the stage's section are its own."""
    from pipelines import compare_observed  # here: it brings statsmodels

    params = stage.section("compare_observed", compare_observed.Params)
    before, after = tuple(listed(params.before_campaign)), tuple(listed(params.after_campaign))
    return Compared(before, after, params.fewest_controls, params.target_change_pct)


def _used(params: Compared, area: tables.Study) -> Used:
    from pipelines import average_counts  # here: it brings all of counts

    return planned.used(
        area,
        before=params.before_campaigns,
        after=params.after_campaigns,
        fewest_controls=params.fewest_controls,
        target_change_pct=params.target_change_pct,
        valid_day_share=stage.section("average_counts", average_counts.Params).valid_day_share,
    )


def of_last_run(table: tables.Table, path: Path) -> pd.DataFrame:
    """Read a table of the last run; no rows where there was none.

    Raises
    ------
    InputFaults
        If another version of the program wrote it.
    """
    try:
        return table.read(path) if path.exists() else table.empty()
    except KeyError as missing:
        raise InputFaults([Fault("plan_run_first", path.as_posix(), value=str(missing).strip("'"))]) from missing


def _found(area: tables.Study) -> Found:
    layers = study.read_count_layers(stage.RAW_STUDY, stations=frozenset(area.sites["station_id"]))
    daily = of_last_run(tables.DAILY, stage.DAILY)
    where = area.sites, area.screenlines, area.campaigns
    return Found(*where, daily, layers.devices, layers.decisions, planned.makeup_now(area))
