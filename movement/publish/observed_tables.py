"""Counted numbers as the reader sees them: sites, effects, substitution, checks, count files."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.tables import CheckStatus

Tables = Mapping[str, pd.DataFrame]
NUMBERS = (
    "before",
    "after",
    "interval_before",
    "interval_after",
    "index",
    "interval_effect",
    "days_before",
    "days_after",
)
EFFECT_NUMBERS = (
    *("before", "after", "index", "effect_pct", "interval_effect", "equivalence"),
    *("p_value", "p_holm", "naive_pct", "sites_used", "dates"),
)
MOST_REFUSED = 50
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ROLES = dict(
    zip(("new_link", "old_crossing", "treated", "cordon", "other", "along_barrier", "control"), range(7), strict=True)
)
_OUTCOMES = {"screenline_total": 0, "kordon": 1, "treated_sites": 2}
_MODES = {"all": 0, "walk": 1, "cycle": 2, "motor": 3}


def in_order(frame: pd.DataFrame, column: str, order: Mapping[str, int], then: list[str]) -> pd.DataFrame:
    """Sort by the order of a column's words, then by other columns; same rows."""
    rank = frame[column].map(order).fillna(len(order))
    return frame.assign(_rank=rank).sort_values(["_rank", *then], kind="stable").drop(columns="_rank")


def by_role(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by what a site is there for, crossings first and controls last, then by site; same rows."""
    return in_order(frame, "role", _ROLES, ["station_id"])


def site_tables(found: Tables, words: Words) -> list[Shown]:
    """Return each site before and after, with interval and index: by kind of day, then each mode apart."""
    changes = by_role(in_order(found["site_changes"], "mode", _MODES, [])).rename(columns={"index": "index_100"})
    site: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "role": lambda row: words.word("role", row.role),
    }
    apart: dict[str, Write] = {
        "mode": lambda row: words.word("mode", row.mode),
        "day_type": lambda row: words.word("day_type", row.day_type),
    }
    counted: dict[str, Write] = {
        "before": lambda row: words.number(row.before_per_day),
        "interval_before": lambda row: words.interval(row.before_low, row.before_high),
        "after": lambda row: words.number(row.after_per_day),
        "interval_after": lambda row: words.interval(row.after_low, row.after_high),
        "index": lambda row: words.with_interval(row.index_100, row.index_low, row.index_high),
        "against_controls": lambda row: words.interval(row.effect_low, row.effect_high, 0, sign=True),
        "conclusion": lambda row: conclusion_cell(row, words),
        "days_before": lambda row: words.number(row.days_before),
        "days_after": lambda row: words.number(row.days_after),
    }
    together = changes[changes["mode"] == "all"]
    each = changes[(changes["mode"] != "all") & (changes["day_type"] != "all")]
    return [
        *(
            show(
                f"sites_{kind}",
                together[together["day_type"] == kind],
                site | counted,
                numbers=NUMBERS,
                line="observed",
            )
            for kind in ("weekday", "weekend")
        ),
        show("sites_modes", each, site | apart | counted, numbers=NUMBERS, line="observed"),
    ]


def effect_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the primary outcome and the secondary ones, each with the naive percentage beside it."""
    own = _effect_columns(words)
    besides = {  # what the secondary outcomes have too, after which column
        "mode": ("family", lambda row: words.word("standing", row.family)),
        "p_value": ("p_holm", lambda row: words.probability(row.p_holm)),
    }
    together: dict[str, Write] = {}
    for key, write in own.items():
        together |= {key: write} | (dict([besides[key]]) if key in besides else {})
    effects = _beside_naive(found["effects"].rename(columns={"index": "index_100"}))
    ordered = in_order(in_order(effects, "mode", _MODES, ["period", "per"]), "outcome", _OUTCOMES, [])
    is_primary = ordered["is_primary"].astype(bool)
    return [
        show("primary", ordered[is_primary], own, numbers=EFFECT_NUMBERS, line="observed"),
        show("secondary", ordered[~is_primary], together, numbers=EFFECT_NUMBERS, line="observed"),
    ]


def _effect_columns(words: Words) -> dict[str, Write]:
    """Return what is said of every outcome: first what the interval says, then what it rests on."""
    return {
        "outcome": lambda row: _outcome(row, words),
        "mode": lambda row: words.word("mode", row.mode),
        "effect_pct": lambda row: words.number(row.effect_pct, 1, sign=True),
        "interval_effect": lambda row: words.interval(row.effect_low, row.effect_high, 1, sign=True),
        "naive_pct": lambda row: words.number(row.naive_pct, 1, sign=True),
        "conclusion": lambda row: attributed_cell(row, words),
        "p_value": lambda row: words.probability(row.p_value),
        "equivalence": lambda row: words.interval(row.equivalence_low, row.equivalence_high, 1, sign=True),
        "before": lambda row: words.number(row.before_per_day, 0 if row.per == "day" else 1),
        "after": lambda row: words.number(row.after_per_day, 0 if row.per == "day" else 1),
        "index": lambda row: words.number(row.index_100),
        "estimator": lambda row: words.word("estimator", row.estimator),
        "sites_used": lambda row: f"{row.treated} / {row.controls}",
        "dates": lambda row: words.number(row.dates),
    }


def _beside_naive(effects: pd.DataFrame) -> pd.DataFrame:
    """Give each outcome's own estimate the naive percentage as `naive_pct`; the naive rows themselves go."""
    keys = ["outcome", "screenline_id", "mode", "period", "per"]
    is_naive = effects["estimator"] == "naive"
    naive = effects.loc[is_naive, [*keys, "effect_pct"]].rename(columns={"effect_pct": "naive_pct"})
    return effects[~is_naive].merge(naive, on=keys, how="left", validate="many_to_one")


def _outcome(row: object, words: Words) -> str:
    outcome = words.word("outcome", row.outcome)  # type: ignore[attr-defined]
    parts = [outcome]
    if not pd.isna(row.screenline_id):  # type: ignore[attr-defined]
        parts.append(words.name("screenline", row.screenline_id))  # type: ignore[attr-defined]
    if row.period != "all_day":  # type: ignore[attr-defined]
        parts.append(words.word("period", row.period))  # type: ignore[attr-defined]
    if row.per != "day":  # type: ignore[attr-defined]
        parts.append(words.word("per", row.per))  # type: ignore[attr-defined]
    return ", ".join(parts)


def attributed_cell(row: object, words: Words) -> str:
    """Say the conclusion, its reason, and whether what is shown can be put down to the links."""
    said = conclusion_cell(row, words)
    if pd.isna(row.attribution):  # type: ignore[attr-defined]
        return said
    causes = other_causes(row, words)
    if causes:
        return f"{said}; {words.text('report.not_attributable', checks=causes)}"
    return f"{said}; {words.word('attribution', row.attribution)}"  # type: ignore[attr-defined]


def other_causes(row: object, words: Words) -> str:
    """Name the failed checks that offer another cause; empty where none does."""
    listed = row.attribution_reason  # type: ignore[attr-defined]
    if pd.isna(listed):
        return ""
    names = [words.text(f"check.{key.strip()}") for key in str(listed).split(",")]
    return ", ".join(words.text("report.quoted", name=name) for name in names)


def conclusion_cell(row: object, words: Words) -> str:
    """Say the conclusion, with its reason where it has one."""
    said = words.word("conclusion", row.conclusion)  # type: ignore[attr-defined]
    if pd.isna(row.reason):  # type: ignore[attr-defined]
        return said
    return f"{said}: {words.word('reason', row.reason)}"  # type: ignore[attr-defined]


def substitution_table(found: Tables, words: Words) -> Shown:
    """Return who moved over to the new link; shares in per cent."""
    columns: dict[str, Write] = {
        "part": lambda row: words.word("part", row.part),
        "mode": lambda row: words.word("mode", row.mode),
        "before": lambda row: words.number(row.before_per_day),
        "expected": lambda row: words.number(row.expected_per_day),
        "after": lambda row: words.number(row.after_per_day),
        "change": lambda row: words.number(row.change_per_day, sign=True),
        "interval": lambda row: words.interval(row.change_low, row.change_high, sign=True),
        "share": lambda row: words.number(row.share_pct),
        "interval_share": lambda row: words.interval(row.share_low, row.share_high),
        "dates": lambda row: words.number(row.dates),
        "reason": lambda row: words.plain(None) if pd.isna(row.reason) else words.word("reason", row.reason),
    }
    parts = {"old_crossings": 0, "new_link": 1, "screenline": 2, "kordon": 3, "rerouted_share": 4}
    ordered = in_order(in_order(found["substitution"], "mode", _MODES, []), "part", parts, [])
    numbers = ("before", "expected", "after", "change", "interval", "share", "interval_share", "dates")
    return show("substitution", ordered, columns, numbers=numbers, line="observed")


def checks_table(found: Tables, words: Words) -> Shown:
    """Return the checks that can fail, with what was found and where they would fail."""
    columns: dict[str, Write] = {
        "check": lambda row: words.word("check", row.check_id),
        "check_means": lambda row: words.text(f"check.{row.check_id}.text"),
        "status": lambda row: words.word("status", row.status),
        "value": lambda row: words.number(row.value, _decimals(row.value)),
        "limit": lambda row: words.number(row.limit, _decimals(row.limit)),
        "detail": lambda row: _concerned(row, words),
    }
    return show("checks", found["checks"], columns, numbers=("value", "limit"), line="observed")


def _concerned(row: object, words: Words) -> str:
    """Say what a check found, and at which sites where that is not said already; why where it was not possible."""
    detail, sites = _parts_named(row.detail, words), row.sites  # type: ignore[attr-defined]
    if row.status == CheckStatus.NOT_POSSIBLE:  # type: ignore[attr-defined]
        why = words.text(f"check.{row.check_id}.not_possible")  # type: ignore[attr-defined]
        return why if pd.isna(row.detail) else f"{why} ({detail})"  # type: ignore[attr-defined]
    if pd.isna(sites) or sites == row.detail:  # type: ignore[attr-defined]
        return detail
    return words.text("report.check_sites", detail=detail, sites=words.plain(sites))


def _parts_named(listed: object, words: Words) -> str:
    """Name events, interventions and campaigns of a list, write its dates in full, and say a site's mode."""

    def say(part: str) -> str:
        if _DATE.fullmatch(part):
            return words.text.date(dt.date.fromisoformat(part))
        for kind in ("event", "intervention", "campaign"):
            if part in words.names.get(kind, {}):
                return words.name(kind, part)
        site, _, mode = part.partition(" ")
        return f"{site} {words.text(f'mode.{mode}')}" if f"mode.{mode}" in words.text else part

    return words.plain(listed) if pd.isna(listed) else ", ".join(say(part) for part in str(listed).split(", "))


def _decimals(value: float) -> int:
    return 0 if pd.isna(value) or value == round(value) else 2


def volumes_table(found: Tables, words: Words) -> Shown:
    """Return the average days per site, mode and campaign."""
    columns: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "mode": lambda row: words.word("mode", row.mode),
        "campaign": lambda row: words.word("phase", row.phase),
        "measure": lambda row: words.word("measure", row.measure),
        "volume": lambda row: words.number(row.volume_per_day),
        "interval": lambda row: words.interval(row.volume_low, row.volume_high),
        "valid_days": lambda row: words.number(row.valid_days),
        "method": lambda row: words.word("method", row.method),
        "error_class": lambda row: words.word("error_class", row.error_class),
    }
    annual = found["volumes"][found["volumes"]["measure"] == "annual"]
    return show("volumes", annual, columns, numbers=("volume", "interval", "valid_days"), line="observed")


def files_table(found: Tables, words: Words) -> Shown:
    """Return the count files as they were understood."""
    columns: dict[str, Write] = {
        "file": lambda row: row.source_file,
        "layout": lambda row: words.word("layout", row.layout),
        "site": lambda row: words.plain(row.station_ids).replace(",", ", "),
        "first_day": lambda row: words.day(row.first_utc),
        "last_day": lambda row: words.day(row.last_utc),
        "rows_read": lambda row: words.number(row.rows_read),
        "rows_kept": lambda row: words.number(row.rows_kept),
        "rows_refused": lambda row: words.number(row.rows_refused),
        "note": lambda row: _notes(row.note, words),
        "sha256": lambda row: row.sha256[:12],
    }
    return show("count_files", found["count_files"], columns, numbers=("rows_read", "rows_kept", "rows_refused"))


def _notes(note: object, words: Words) -> str:
    if pd.isna(note) or not note:
        return words.number(None)
    said = []
    for entry in json.loads(str(note)):
        gaps = {key: words.number(value) if isinstance(value, int) else str(value) for key, value in entry.items()}
        said.append(words.text(f"note.{entry['note']}", **gaps))
    return " ".join(said)


def refused_table(found: Tables, words: Words) -> Shown:
    """Return the first rows that were not read, with the reason."""
    columns: dict[str, Write] = {
        "file": lambda row: row.source_file,
        "row": lambda row: str(row.source_row),
        "reason": lambda row: words.text(f"fault.{row.rule}").format(
            value=words.plain(row.value), **_detail(row.detail)
        ),
    }
    ordered = found["refused"].sort_values(["source_file", "source_row"], kind="stable")
    return show("refused", ordered, columns, numbers=("row",), most=MOST_REFUSED)


def _detail(detail: object) -> dict[str, str]:
    if pd.isna(detail) or not detail:
        return {}
    return {key: str(value) for key, value in json.loads(str(detail)).items() if key != "value"}


def flags_table(flags: pd.DataFrame, words: Words) -> Shown:
    """Return how many intervals of each site are not used, and why.

    Parameters
    ----------
    flags
        station_id, mode, flag, intervals.
    """
    columns: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "mode": lambda row: words.word("mode", row.mode),
        "flag": lambda row: words.word("flag", row.flag),
        "intervals": lambda row: words.number(row.intervals),
    }
    return show("flags", flags, columns, numbers=("intervals",))
