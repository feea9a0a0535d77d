"""Counted numbers as the reader sees them: sites, effects, substitution, checks, count files."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show

Tables = Mapping[str, pd.DataFrame]
NUMBERS = ("before", "after", "interval_before", "interval_after", "index", "days_before", "days_after")
MOST_REFUSED = 50
_DAY_TYPES = {"weekday": 0, "weekend": 1, "all": 2}
_MODES = {"all": 0, "walk": 1, "cycle": 2, "motor": 3}


def in_order(frame: pd.DataFrame, column: str, order: Mapping[str, int], then: list[str]) -> pd.DataFrame:
    """Sort by the order of a column's words, then by other columns; same rows."""
    rank = frame[column].map(order).fillna(len(order))
    return frame.assign(_rank=rank).sort_values(["_rank", *then], kind="stable").drop(columns="_rank")


def site_tables(found: Tables, words: Words) -> list[Shown]:
    """Return one table per kind of day: each site and mode before and after, with interval and index."""
    changes = in_order(found["site_changes"], "mode", _MODES, [])
    changes = changes.sort_values(["role", "station_id"], kind="stable")
    columns: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "role": lambda row: words.word("role", row.role),
        "mode": lambda row: words.word("mode", row.mode),
        "before": lambda row: words.number(row.before_per_day),
        "interval_before": lambda row: words.interval(row.before_low, row.before_high),
        "after": lambda row: words.number(row.after_per_day),
        "interval_after": lambda row: words.interval(row.after_low, row.after_high),
        "index": lambda row: words.number(row.index_100),
        "days_before": lambda row: words.number(row.days_before),
        "days_after": lambda row: words.number(row.days_after),
    }
    changes = changes.rename(columns={"index": "index_100"})
    return [
        show(f"sites_{kind}", changes[changes["day_type"] == kind], columns, numbers=NUMBERS, line="observed")
        for kind in ("weekday", "weekend")
    ]


def effect_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the primary outcome with the naive figure beside it, and the secondary outcomes."""
    effects = found["effects"].rename(columns={"index": "index_100"})
    columns: dict[str, Write] = {
        "outcome": lambda row: _outcome(row, words),
        "mode": lambda row: words.word("mode", row.mode),
        "estimator": lambda row: words.word("estimator", row.estimator),
        "before": lambda row: words.number(row.before_per_day, 0 if row.per == "day" else 1),
        "after": lambda row: words.number(row.after_per_day, 0 if row.per == "day" else 1),
        "index": lambda row: words.number(row.index_100),
        "effect_pct": lambda row: words.number(row.effect_pct, 1, sign=True),
        "interval_effect": lambda row: words.interval(row.effect_low, row.effect_high, 1, sign=True),
        "sites_used": lambda row: f"{row.treated} / {row.controls}",
        "dates": lambda row: words.number(row.dates),
        "conclusion": lambda row: _conclusion(row, words),
    }
    numbers = ("before", "after", "index", "effect_pct", "interval_effect", "sites_used", "dates")
    is_primary = effects["is_primary"].astype(bool)
    by_word = in_order(effects, "estimator", {"control_spread": 0, "ols": 1, "naive": 2}, [])
    by_word = in_order(by_word, "mode", _MODES, []).sort_values(["outcome", "period", "per"], kind="stable")
    return [
        show("primary", by_word[is_primary.reindex(by_word.index)], columns, numbers=numbers, line="observed"),
        show("secondary", by_word[~is_primary.reindex(by_word.index)], columns, numbers=numbers, line="observed"),
    ]


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


def _conclusion(row: object, words: Words) -> str:
    if row.estimator == "naive":  # type: ignore[attr-defined]
        return words.text("report.naive_is_misleading")
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
    }
    parts = {"old_crossings": 0, "new_link": 1, "screenline": 2, "kordon": 3, "rerouted_share": 4}
    ordered = in_order(in_order(found["substitution"], "mode", _MODES, []), "part", parts, [])
    numbers = ("before", "expected", "after", "change", "interval", "share", "interval_share")
    return show("substitution", ordered, columns, numbers=numbers, line="observed")


def checks_table(found: Tables, words: Words) -> Shown:
    """Return the checks that can fail, with what was found and where they would fail."""
    columns: dict[str, Write] = {
        "check": lambda row: words.word("check", row.check_id),
        "check_means": lambda row: words.text(f"check.{row.check_id}.text"),
        "status": lambda row: words.word("status", row.status),
        "value": lambda row: words.number(row.value, 2),
        "limit": lambda row: words.number(row.limit, 2),
        "detail": lambda row: words.plain(row.detail),
    }
    return show("checks", found["checks"], columns, numbers=("value", "limit"), line="observed")


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
