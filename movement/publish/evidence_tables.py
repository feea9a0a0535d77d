"""What stands beside an effect: its plan, other ways to estimate it, other phases, what people asked said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.observed_tables import attributed_cell, conclusion_cell, in_order
from movement.publish.plan_entries import named, outcomes_named, plan_table
from movement.tables import ComparedPhase, PlannedOutcome, RobustMethod

Tables = Mapping[str, pd.DataFrame]
Entries = Mapping[tuple[str, str], str]
HASH_DIGITS = 12
MOST_CLOCK_HOURS = 100
_SHARES = (str(PlannedOutcome.NON_RESIDENTS), str(PlannedOutcome.TRIPS_NOT_MADE))
_METHODS = {str(word): place for place, word in enumerate(RobustMethod)}
_PHASES = {str(word): place for place, word in enumerate(ComparedPhase)}
_ASKED = {str(word): place for place, word in enumerate(PlannedOutcome)}
_ASKED_PHASES = {"before": 0, "after": 1, "change": 2}
_OUTCOMES = {"screenline_total": 0, "treated_sites": 1, "touched_sites": 2}
_NUMBERS = ("before", "after", "effect_pct", "interval_effect", "p_value", "smallest_p", "sites_used", "dates")


def evidence_tables(found: Tables, words: Words) -> list[Shown]:
    """Return plan, deviations, robustness, phases of the study, interventions, what people said, clock changes."""
    phases = found["phase_effects"]
    is_study = phases["intervention_id"].fillna("").astype(str) == ""
    return [
        plan_table(found, words),
        deviations_table(found, words),
        robustness_table(found, words),
        _phase_table("phase_effects", phases[is_study], words, {}),
        _phase_table("intervention_effects", phases[~is_study], words, _intervention(found, words)),
        asked_table(found, words),
        clock_table(found, words),
    ]


def plan_sentences(found: Tables, words: Words) -> dict[str, Any]:
    """Say what the plan says, when it was frozen with which hash, and whether it holds.

    Returns
    -------
    said
        `holds` (whether a frozen plan holds), `standing` (that it does, or why not), `lines` (the rest, in order),
        `follows` (that nothing departs from it; empty where something does or no plan holds).
    """
    text, said = words.text, _entries(found["analysis_plan"])
    why_not = said.get(("frozen", "why_not")) or (None if ("frozen", "sha256") in said else "no_plan")
    lines = [*_frozen(said, words), *_planned(said, words)]
    if said.get(("is_demonstration", "")) == "yes":
        lines.append(text("plan.is_demonstration"))
    follows = why_not is None and found["plan_deviations"].empty
    return {
        "holds": why_not is None,
        "standing": _holds(said, words) if why_not is None else text(f"plan.why_not.{why_not}"),
        "lines": lines,
        "follows": text("plan.no_deviations") if follows else "",
    }


def _holds(said: Entries, words: Words) -> str:
    """Say that the plan holds, and over which screenlines it does not."""
    changed = [line for line in said.get(("frozen", "changed_screenlines"), "").split(", ") if line]
    if not changed:
        return words.text("report.plan_holds")
    return words.text(
        "report.plan_holds_but", screenlines=", ".join(words.name("screenline", line) for line in changed)
    )


def _entries(plan: pd.DataFrame) -> Entries:
    """Return the plan's values by entry and item; a site's value is empty, its reason stands apart."""
    keys = zip(plan["entry"], plan["item"].fillna(""), strict=True)
    values = plan["value"].fillna("").astype(str)
    return {(str(entry), str(item)): value for (entry, item), value in zip(keys, values, strict=True)}


def _frozen(said: Entries, words: Words) -> list[str]:
    """Say when the plan was frozen; nothing where it never was."""
    if not said.get(("frozen", "sha256")):
        return []
    is_imagined = said.get(("frozen", "is_date_imagined")) == "yes"
    return [
        words.text(
            "plan.frozen_imagined" if is_imagined else "plan.frozen",
            date=words.text.date(dt.date.fromisoformat(said["frozen", "frozen_on"])),
            number=said["frozen", "version"],
            versions=said["frozen", "versions"],
            counted=words.campaign(said.get(("frozen", "campaigns_counted"))) or words.text("plan.none_counted"),
            sha256=said["frozen", "sha256"][:HASH_DIGITS],
        )
    ]


def _planned(said: Entries, words: Words) -> list[str]:
    """Say the primary outcome and the named secondary ones; nothing where the plan's content is not known."""
    if ("primary", "screenline") not in said:
        return []
    modes = said["primary", "modes"].split(", ")
    target = float(said["primary", "smallest_effect_pct"])
    places = {role: words.number(sum(entry == role for entry, _ in said)) for role in ("treated", "controls")}
    return [
        words.text(
            "plan.says",
            screenline=words.name("screenline", said["primary", "screenline"]),
            mode=words.word("mode", modes[0] if len(modes) == 1 else "all"),
            before=words.campaign(said["primary", "before_campaign"]),
            after=words.campaign(said["primary", "after_campaign"]),
            target=words.number(target, 0 if target == int(target) else 1),
            **places,
        ),
        words.text("plan.secondary", names=outcomes_named(said.get(("secondary", ""), ""), words)),
    ]


def deviations_table(found: Tables, words: Words) -> Shown:
    """Return everything that departs from the plan, in words, with what was planned and what was found."""
    columns: dict[str, Write] = {
        "deviation": lambda row: deviation(row, words),
        "as_planned": lambda row: named(row.planned, words),
        "as_found": lambda row: named(row.found, words),
    }
    return show("plan_deviations", found["plan_deviations"], columns)


def deviation(row: Any, words: Words) -> str:  # a row of PLAN_DEVIATIONS
    """Word one deviation from the plan."""
    values = {"item": named(row.item, words)}
    values |= {name: named(getattr(row, name), words) for name in ("planned", "found")}
    return words.text(f"deviation.{row.deviation}").format(**values)


def robustness_table(found: Tables, words: Words) -> Shown:
    """Return one row for each way of estimating; the naive percentage is named as what it is, not as a result."""
    columns: dict[str, Write] = {
        "outcome": lambda row: _outcome(row, words),
        "robust_method": lambda row: _method(row, words),
        "effect_pct": lambda row: words.number(row.effect_pct, 1, sign=True),
        "interval_effect": lambda row: words.interval(row.effect_low, row.effect_high, 1, sign=True),
        "p_value": lambda row: words.probability(None if _is_naive(row) else row.p_value),
        "smallest_p": lambda row: words.probability(row.smallest_p),
        "conclusion": lambda row: _robust_conclusion(row, words),
    }
    rows = in_order(found["robustness"], "method", _METHODS, ["detail"])
    return show("robustness", in_order(rows, "outcome", _OUTCOMES, []), columns, numbers=_NUMBERS, line="observed")


def _outcome(row: Any, words: Words) -> str:
    said = words.word("outcome", row.outcome)
    return said if pd.isna(row.screenline_id) else f"{said}, {words.name('screenline', row.screenline_id)}"


def _method(row: Any, words: Words) -> str:
    said = words.word("robust_method", row.method)
    if pd.isna(row.detail) or row.detail == "":
        return said
    if row.method == str(RobustMethod.WITHOUT_CAMPAIGN):
        return f"{said} ({words.campaign(row.detail)})"
    name = words.name("site", row.detail)
    return f"{said} ({row.detail if name == row.detail else f'{row.detail} {name}'})"


def _robust_conclusion(row: Any, words: Words) -> str:
    return words.text("report.naive_is_no_result") if _is_naive(row) else conclusion_cell(row, words)


def _is_naive(row: Any) -> bool:
    return row.method == str(RobustMethod.NAIVE) and not pd.isna(row.effect_pct)


def _intervention(found: Tables, words: Words) -> dict[str, Write]:
    rows = found["interventions"]
    names = dict(zip(rows["intervention_id"], rows[f"name_{words.text.language}"], strict=True))
    return {"intervention": lambda row: str(names.get(row.intervention_id, row.intervention_id))}


def _phase_table(name: str, phases: pd.DataFrame, words: Words, first: Mapping[str, Write]) -> Shown:
    columns: dict[str, Write] = {
        **first,
        "phase": lambda row: words.text(
            "report.phase_number", phase=words.word("compared_phase", row.phase), number=words.number(row.number)
        ),
        "outcome": lambda row: words.word("outcome", row.outcome),
        "against": lambda row: _against(row, words),
        "before": lambda row: words.number(row.before_per_day),
        "after": lambda row: words.number(row.after_per_day),
        "effect_pct": lambda row: words.number(row.effect_pct, 1, sign=True),
        "interval_effect": lambda row: words.interval(row.effect_low, row.effect_high, 1, sign=True),
        "p_value": lambda row: words.probability(row.p_value),
        "sites_used": lambda row: f"{row.treated} / {row.controls}",
        "dates": lambda row: words.number(row.dates),
        "sites_lacking": lambda row: words.plain(row.missing),
        "conclusion": lambda row: attributed_cell(row, words),
        "before_doubt": lambda row: _doubts(row.before_reason, words),
    }
    ordered = in_order(phases, "outcome", _OUTCOMES, [])
    ordered = in_order(ordered, "phase", _PHASES, ["number"]).sort_values("intervention_id", kind="stable")
    return show(name, ordered, columns, numbers=_NUMBERS, line="observed")


def _against(row: Any, words: Words) -> str:
    if pd.isna(row.before_campaigns) or pd.isna(row.after_campaigns):
        return words.number(None)
    ends = {"before": words.campaign(row.before_campaigns), "after": words.campaign(row.after_campaigns)}
    return words.text("report.against", **ends)


def _doubts(reasons: object, words: Words) -> str:
    if pd.isna(reasons) or reasons == "":
        return words.number(None)
    return "; ".join(words.word("reason", key.strip()) for key in str(reasons).split(","))


def asked_table(found: Tables, words: Words) -> Shown:
    """Return what people asked say and how many stay, before and after, and the change; shares in per cent."""
    columns: dict[str, Write] = {
        "asked_outcome": lambda row: words.word("asked_outcome", row.outcome),
        "asked_place": lambda row: _place(row, words),
        "family": lambda row: words.word("standing", row.family),
        "phase": lambda row: words.text(f"asked_phase.{row.phase}"),
        "asked_people": lambda row: words.number(row.people),
        "asked_days": lambda row: words.number(row.clusters),
        "asked_estimate": lambda row: words.number(row.estimate, _decimals(row), sign=row.phase == "change"),
        "interval": lambda row: words.interval(row.low, row.high, _decimals(row), sign=row.phase == "change"),
        "p_value": lambda row: words.probability(row.p_value),
        "p_holm": lambda row: words.probability(row.p_holm),
        "conclusion": lambda row: _asked_conclusion(row, words),
    }
    rows = in_order(found["asked_results"], "phase", _ASKED_PHASES, []).sort_values("place", kind="stable")
    numbers = ("asked_people", "asked_days", "asked_estimate", "interval", "p_value", "p_holm")
    return show("asked_results", in_order(rows, "outcome", _ASKED, []), columns, numbers=numbers, line="observed")


def _place(row: Any, words: Words) -> str:
    if row.outcome == str(PlannedOutcome.STAYING):
        return f"{row.place} {words.name('site', row.place)}"
    place = words.number(None) if row.place == "" else words.name("screenline", row.place)
    return place if pd.isna(row.sites) else words.text("asked.at", place=place, sites=row.sites)


def _decimals(row: Any) -> int:
    return 0 if row.outcome in _SHARES else 1


def _asked_conclusion(row: Any, words: Words) -> str:
    """Say the conclusion of a change; of one phase only why nothing is shown."""
    if not pd.isna(row.conclusion):
        return conclusion_cell(row, words)
    return words.word("reason", row.reason)


def clock_table(found: Tables, words: Words) -> Shown:
    """Return the same clock hour in light and in dark round each change of the clock."""
    columns: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "mode": lambda row: words.word("mode", row.mode),
        "change_date": lambda row: words.day(row.change_date),
        "clock_hour": lambda row: f"{row.hour:02d}\u2013{row.hour + 1:02d}",
        "days_light": lambda row: words.number(row.days_light),
        "days_dark": lambda row: words.number(row.days_dark),
        "people_light": lambda row: words.number(row.people_light, 1),
        "people_dark": lambda row: words.number(row.people_dark, 1),
        "dark_ratio": lambda row: words.with_interval(row.ratio, row.ratio_low, row.ratio_high, 2),
    }
    numbers = tuple(columns)[4:]
    return show(
        "clock_changes", found["clock_changes"], columns, numbers=numbers, line="observed", most=MOST_CLOCK_HOURS
    )
