"""The next count campaign: what proposed sites and weeks could show, in plain words, a picture and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from movement import tables
from movement.comparison import paired, power, site_coverage, spread
from movement.plan import contents, read
from movement.publish import language, power_picture, read_me, spreadsheets
from movement.tables import Estimator, Fault, InputFaults, Period, Phase, Role, Study, Variant
from pipelines import freeze_plan, plan_words, stage

FOLDER = stage.PROCESSED / "next_campaign"
RISES_PCT = tuple(range(101))
_DRAWN = (Variant.ASKED, Variant.USUAL)


@dataclass(frozen=True)
class Asked:
    """What is asked about: sites (all planned ones where none are named), weeks, and what is known of price."""

    stations: tuple[str, ...] = ()
    weeks: float = 2
    controls: int | None = None
    price_per_site_week: float | None = None
    is_next_before: bool = False
    scenario_id: str | None = None


@dataclass(frozen=True)
class _Setting:
    """The study, its plan, and the designs asked about."""

    area: Study
    plan: contents.Plan | None
    stations: tuple[str, ...]
    daily: pd.DataFrame
    target_pct: float

    @property
    def line(self) -> str | None:
        """Return the primary screenline, of the plan or else of the study."""
        if self.plan is not None:
            return self.plan.primary_screenline
        lines = self.area.screenlines
        primary = lines.loc[lines["is_primary"].astype(bool), "screenline_id"]
        return None if primary.empty else str(primary.iloc[0])

    def line_name(self, language_asked: str) -> str:
        """Return the primary screenline's name in a language."""
        lines = self.area.screenlines.set_index("screenline_id")[f"name_{language_asked}"]
        return str(lines.get(self.line, self.line))

    @property
    def mode(self) -> str:
        """Return the mode of the primary outcome."""
        return self.plan.mode if self.plan else "all"

    def with_role(self, role: Role, *, proposed: bool = True) -> list[str]:
        """Return sites of a role, in order; of the plan where it names them."""
        named: Iterable[str] | None = None
        if self.plan is not None and role in (Role.TREATED, Role.CONTROL):
            named = self.plan.treated if role is Role.TREATED else self.plan.controls
        sites = self.area.sites
        own = sorted(named) if named is not None else sorted(sites.loc[sites["role"] == str(role), "station_id"])
        return [site for site in own if not proposed or site in self.stations]

    def of_line(self) -> list[str]:
        """Return the sites that make up the primary screenline's total."""
        lines = self.area.sites["screenline_ids"].fillna("").str.replace(" ", "").str.split(",")
        return sorted(self.area.sites.loc[[self.line in part for part in lines], "station_id"])


def advise(asked: Asked, text: language.Catalogue, folder: Path) -> list[str]:
    """Say what the campaign asked about could show, and write picture and tables into a folder.

    Raises
    ------
    InputFaults
        If study, plan or parameters have faults, or a site named is not in the study.
    """
    here = _setting(asked)
    found = _history(here)
    designs = list(_designs(here, asked))
    price = asked.price_per_site_week
    table = power.design_table(
        [one for design in designs for one in power.designs_of(design)],
        found,
        target_pct=here.target_pct,
        price_per_site_week=price,
    )
    places = _places(here, asked)
    curves = [one for design in designs for one in power.designs_of(design) if one.variant in _DRAWN]
    curve = power.power_curve(curves, found, rises_pct=RISES_PCT)
    folder.mkdir(parents=True, exist_ok=True)
    ends, is_synthetic = plan_words.EXPECTED_PCT, _is_synthetic()
    drawn = power_picture.draw(
        folder, curve, text, target_pct=here.target_pct, expected_pct=ends, is_synthetic=is_synthetic
    )
    files = dict.fromkeys((drawn.name, drawn.with_suffix(".png").name), "readme.power_curve")
    kinds = (tables.CAMPAIGN_DESIGNS, tables.POWER_CURVE, tables.SITES_TO_COUNT)
    for kind, frame in zip(kinds, (table, curve, places), strict=True):
        (folder / f"{kind.name}.csv").write_bytes(spreadsheets.csv_bytes(kind, frame))
        files[f"{kind.name}.csv"] = f"table.{kind.name}"
    (folder / read_me.NAME).write_bytes(read_me.read_me(files, is_synthetic=is_synthetic, explained=kinds))
    return [
        *_of_proposal(here, asked, designs, text),
        *(
            line
            for design in designs[:1]
            for line in plan_words.of_spread(found, design, text, is_synthetic=is_synthetic)
        ),
        *plan_words.of_designs(table, here.target_pct, text),
        *plan_words.of_grid(table, text),
        *plan_words.of_interviews(text),
        *plan_words.of_places(places, here.line_name(text.language), text),
        text("plan.written", folder=folder.as_posix(), picture=drawn.name),
    ]


def _setting(asked: Asked) -> _Setting:
    params = freeze_plan.compared()
    area = freeze_plan.read_area()
    plan = read.read_plan(freeze_plan.PLAN)
    known = sorted(area.sites["station_id"])
    odd = [site for site in asked.stations if site not in known]
    if odd:
        more = {"known": ", ".join(known)}
        raise InputFaults(
            [Fault("plan_site_asked", freeze_plan.SITES.as_posix(), value=site, detail=more) for site in odd]
        )
    daily = freeze_plan.of_last_run(tables.DAILY, stage.DAILY)
    target = plan.smallest_effect_pct if plan else params.target_change_pct
    here = _Setting(area, plan, asked.stations or tuple(known), daily, target)
    if asked.stations:
        return here
    wanted = {*here.with_role(Role.TREATED), *here.with_role(Role.CONTROL), *here.of_line()}
    return _Setting(area, plan, tuple(sorted(wanted)), daily, target)


def _history(here: _Setting) -> power.Spread:
    controls = here.with_role(Role.CONTROL, proposed=False)
    return spread.spread_of_sites(here.daily, here.area.sites, here.area.campaigns, controls=controls, mode=here.mode)


def _designs(here: _Setting, asked: Asked) -> Iterator[power.Design]:
    """Yield the screenline's test, then that of the treated sites where there are any."""
    own = here.with_role(Role.CONTROL)
    controls = len(own) if asked.controls is None else asked.controls
    sites = len(here.stations) - len(own) + controls
    before, after = (_counted(here, phase) for phase in (Phase.BEFORE, Phase.AFTER))
    treated = len(here.with_role(Role.TREATED))
    for estimator, units in ((Estimator.CONTROL_SPREAD, 1), (Estimator.OLS, treated)):
        if units and (estimator is Estimator.OLS or set(here.of_line()) & set(here.stations)):
            yield power.Design(
                estimator,
                units,
                controls,
                asked.weeks,
                sites,
                before=before,
                after=after,
                is_next_before=asked.is_next_before,
                line_shares=_line_shares(here),
            )


def _line_shares(here: _Setting) -> tuple[float, ...]:
    """Return what each site of the screenline counts of its total; alike where one is not counted yet.

    A new link may be without a count: it has none before.
    """
    line = here.of_line()
    rows = here.daily[here.daily["is_valid"] & (here.daily["period"] == str(Period.ALL_DAY))]
    rows = rows[rows["station_id"].isin(line) & rows["mode"].isin(paired.MODES[here.mode])]
    people = rows.groupby(["station_id", "mode"])["count"].mean().groupby("station_id").sum()
    sites = here.area.sites
    is_new = sites["station_id"].isin(line) & (sites["role"] == str(Role.NEW_LINK))
    if set(line) - set(people.index) - set(sites.loc[is_new, "station_id"]) or not people.sum():
        return (1.0 / len(line),) * len(line) if line else ()
    return tuple((people / people.sum()).tolist())


def _counted(here: _Setting, phase: Phase) -> power.Counted:
    """Return weeks and campaigns of a phase that have valid days."""
    rows = here.area.campaigns[here.area.campaigns["phase"] == str(phase)]
    rows = rows[rows["campaign_id"].isin(here.daily.loc[here.daily["is_valid"], "campaign_id"])]
    days = (rows["end_date"] - rows["start_date"]).dt.days + 1
    return power.Counted(float(days.sum()) / 7, len(rows))


def _places(here: _Setting, asked: Asked) -> pd.DataFrame:
    flows = freeze_plan.of_last_run(tables.CROSSING_FLOWS, stage.CROSSING_FLOWS)
    changes = freeze_plan.of_last_run(tables.FLOW_CHANGES, stage.FLOW_CHANGES)
    snaps = freeze_plan.of_last_run(tables.SNAPS, stage.SNAPS)
    return site_coverage.sites_to_count(
        flows,
        changes,
        snaps,
        here.area.sites,
        stations=here.stations,
        screenline_id=here.line,
        scenario_id=asked.scenario_id or _scenario(here.area.interventions, flows),
    )


def _scenario(interventions: pd.DataFrame, flows: pd.DataFrame) -> str:
    """Return the scenario of the first lasting intervention that is modelled; today's network where there is none."""
    lasting = interventions[~interventions["is_temporary"].astype(bool)].sort_values("start_date")
    known = [name for name in lasting["scenario_id"].dropna() if name in set(flows["scenario_id"])]
    return str(known[0]) if known else "before"


def _of_proposal(
    here: _Setting, asked: Asked, designs: Sequence[power.Design], text: language.Catalogue
) -> Iterator[str]:
    if not designs:
        yield text("plan.nothing_to_test")
        return
    first = designs[0]
    before, after = first.sides
    yield text(
        "plan.proposal",
        weeks=plan_words.plain(asked.weeks, text),
        sites=first.next_sites,
        line=len(set(here.of_line()) & set(here.stations)),
        treated=len(here.with_role(Role.TREATED)),
        controls=first.controls,
        before=plan_words.plain(before.weeks, text),
        after=plan_words.plain(after.weeks, text),
    )
    missing = sorted(set(here.of_line()) - set(here.stations))
    if missing:
        yield text("plan.line_incomplete", sites=", ".join(missing), screenline=here.line_name(text.language))
    if not first.can_be_judged:
        yield text("plan.too_few_controls", controls=first.controls)


def _is_synthetic() -> bool:
    files = freeze_plan.of_last_run(tables.COUNT_FILES, stage.COUNT_FILES)
    return bool((files["is_synthetic"].astype(bool) & ~files["skipped"].astype(bool)).any())
