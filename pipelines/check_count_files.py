"""`movement check`: say in plain words what count files are understood as and what is refused; nothing is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from movement import study
from movement.publish import language
from movement.sources import counters
from pipelines import read_counts, stage

_SHOWN_ROWS = 3  # of each kind of row fault; the rest is a number


def check(files: list[Path], folder: Path) -> tuple[counters.TableCheck, ...]:
    """Check files against a study, or by themselves where the folder is none.

    Parameters
    ----------
    files
        Count files, anywhere.
    folder
        The study; its sites, time zone, limits and counts.yaml hold.

    Returns
    -------
    tables
        One per file, or per sheet of a workbook.

    Raises
    ------
    InputFaults
        If the study's own files are wrong.
    """
    sites, timezone, limit = frozenset[str](), "Europe/Copenhagen", 5.0
    if (folder / stage.PARAMS_FILE).exists():
        params = stage.section("read_counts", read_counts.Params, folder / stage.PARAMS_FILE)
        timezone, limit = params.study["timezone"], params.refused_rows_limit_pct
        if (folder / stage.RAW_STUDY / "sites.geojson").exists():
            sites = frozenset(study.read_sites(folder / stage.RAW_STUDY, crs=params.study["crs"])["station_id"])
    return tuple(
        table
        for path in files
        for table in counters.check_file(
            path, sites=sites, timezone=timezone, refused_rows_limit_pct=limit, folder=folder / stage.RAW_COUNTS
        )
    )


def as_json(tables: tuple[counters.TableCheck, ...]) -> str:
    """Write the check for scripts: times in UTC, faults as rule, file, row, value and detail."""
    return json.dumps([asdict(table) for table in tables], ensure_ascii=False, indent=2, default=str)


def in_words(tables: tuple[counters.TableCheck, ...], text: language.Catalogue) -> Iterator[str]:
    """Say the check line by line in the user's language."""
    for table in tables:
        yield table.name
        if table.layout:
            yield "  " + text(
                "check.understood",
                layout=text(f"layout.{table.layout}"),
                rows=text.number(table.rows_read),
                refused=text.number(len(table.refused_rows)),
            )
        for series in table.series:
            yield "    " + _series(series, table.timezone, text)
        for note in table.notes:
            filled = {key: value for key, value in note.items() if key != "note"}
            yield "  " + text("check.note", note=text(f"note.{note['note']}", **filled) if filled else note["note"])
        yield from _rows(table, text)
        for fault in table.faults:
            yield "  " + text("check.refused", fault=language.say_fault(text, fault))
        if not table.faults:
            yield "  " + text("check.accepted")


def _series(series: counters.SeriesCheck, timezone: str, text: language.Catalogue) -> str:
    said = text(
        "check.series",
        site=series.station_id,
        mode=text(f"mode.{series.mode}"),
        direction=text(f"direction.{series.direction}"),
        first=_moment(series.first_utc, timezone),
        last=_moment(series.last_utc, timezone),
        minutes=text.number(series.interval_min),
        intervals=text.number(series.intervals),
        people=text.number(series.people),
    )
    parts = [said]
    if series.blank:
        parts.append(text("check.blank", number=text.number(series.blank)))
    if series.flagged:
        parts.append(text("check.flagged", number=text.number(series.flagged)))
    if series.absent:
        hours = text.number(series.longest_gap_min / 60, 1 if series.longest_gap_min % 60 else 0)
        parts.append(text("check.absent", number=text.number(series.absent), hours=hours))
    return "; ".join(parts)


def _moment(moment: pd.Timestamp, timezone: str) -> str:
    return f"{moment.tz_convert(timezone):%Y-%m-%d %H:%M}"


def _rows(table: counters.TableCheck, text: language.Catalogue) -> Iterator[str]:
    for rule in dict.fromkeys(fault.rule for fault in table.refused_rows):
        same = [fault for fault in table.refused_rows if fault.rule == rule]
        for fault in same[:_SHOWN_ROWS]:
            yield "  " + text("check.row", fault=language.say_fault(text, fault))
        if len(same) > _SHOWN_ROWS:
            yield "    " + text("check.more_rows", number=text.number(len(same) - _SHOWN_ROWS))
