"""Notices, devices, corrections and decisions as the reader sees them: what to look at, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.tables import Notice


def layer_tables(found: Mapping[str, pd.DataFrame], words: Words) -> list[Shown]:
    """Return decisions, corrections and devices of the study, each in order of time; without rows where none is."""
    site: dict[str, Write] = {"site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}"}
    mode: dict[str, Write] = {"mode": lambda row: words.word("mode", row.mode)}
    days: dict[str, Write] = {
        "from": lambda row: words.day(row.start_date),
        "to": lambda row: words.day(row.end_date),
    }
    decision: dict[str, Write] = {
        "from": lambda row: _moment(row.start, words),
        "to": lambda row: _moment(row.end, words),
        "used": lambda row: words.yes_no(row.use),
        "reason": lambda row: words.plain(row.reason),
        "decided_by": lambda row: words.plain(row.decided_by),
        "decided_on": lambda row: words.day(row.decided_on),
    }
    correction: dict[str, Write] = {
        "factor": lambda row: words.number(row.factor, 2),
        "factor_se": lambda row: words.number(row.factor_se, 2),
        "validation": lambda row: words.plain(row.validation),
    }
    device: dict[str, Write] = {
        "serial": lambda row: words.plain(row.serial),
        "technology": lambda row: words.plain(row.technology),
        "sensitivity": lambda row: words.plain(row.sensitivity),
    }
    return [
        show("decisions", found["decisions"].sort_values(["start", "decision_id"]), site | mode | decision),
        show(
            "corrections",
            found["corrections"].sort_values(["start_date", "correction_id"]),
            site | mode | days | correction,
            numbers=("factor", "factor_se"),
        ),
        show("devices", found["devices"].sort_values(["start_date", "station_id", "serial"]), site | days | device),
    ]


def notices_table(notices: pd.DataFrame, words: Words) -> Shown:
    """Return what was noticed at the sites, one row for all sites of the same holiday or event."""
    keys = ["notice", "start_date", "end_date", "value", "name_da", "name_en", "mode"]
    same = notices.groupby(keys, dropna=False, sort=False, as_index=False)["station_id"].agg(", ".join)

    def what(row: Any) -> str:  # a row of NOTICES
        name = getattr(row, f"name_{words.text.language}")
        value = row.value - 1 if row.notice == Notice.LEVEL_STEP else row.value
        share = row.notice in (Notice.LEVEL_STEP, Notice.DIRECTION_SPLIT)
        said = words.number(100 * value, sign=True) if share else words.number(value, sign=True)
        return words.text(f"notice.{row.notice}", value=said, name="" if pd.isna(name) else str(name))

    columns: dict[str, Write] = {
        "site": lambda row: row.station_id,
        "mode": lambda row: words.word("mode", row.mode),
        "from": lambda row: words.day(row.start_date),
        "to": lambda row: words.day(row.end_date),
        "noticed": what,
    }
    return show("notices", same.sort_values(["notice", "start_date", "station_id"]), columns)


def _moment(moment: Any, words: Words) -> str:  # a timestamp or none
    said = words.day(moment)
    return said if pd.isna(moment) or moment == moment.normalize() else f"{said} {moment:%H:%M}"
