"""What a count file is understood as, without reading the others: for the planner who holds it in hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from movement.sources.counters.declaration import NAME, Declarations, read_declarations
from movement.sources.counters.folder import CountFile, read_file, too_many_refused
from movement.sources.counters.intervals import SERIES
from movement.tables import Fault, InputFaults


@dataclass(frozen=True)
class SeriesCheck:
    """One site, mode and direction of a file; times are UTC, people are as the file says."""

    station_id: str
    mode: str
    direction: str
    first_utc: pd.Timestamp
    last_utc: pd.Timestamp
    interval_min: int
    intervals: int
    blank: int
    flagged: int
    absent: int  # intervals between first and last that have no row
    longest_gap_min: int
    people: float


@dataclass(frozen=True)
class TableCheck:
    """A file, or a sheet of a workbook: what was understood, row faults, and the faults that refuse it as a whole."""

    name: str
    timezone: str  # to show times in
    layout: str
    rows_read: int
    series: tuple[SeriesCheck, ...]
    notes: tuple[Mapping[str, str], ...]
    refused_rows: tuple[Fault, ...]
    faults: tuple[Fault, ...]


def check_file(
    path: Path,
    *,
    sites: frozenset[str],
    timezone: str,
    refused_rows_limit_pct: float,
    folder: Path | None = None,
) -> tuple[TableCheck, ...]:
    """Say what is in a count file.

    Parameters
    ----------
    path
        The file.
    sites
        `station_id` of the study; empty where there is no study, then every site is accepted.
    timezone
        IANA name of local times that the file does not place itself.
    refused_rows_limit_pct
        Percent of refused rows above which the file is refused.
    folder
        Where counts.yaml lies; the file's own folder by default.

    Returns
    -------
    tables
        One per file, or per sheet of a workbook. A file with sites the study does not have is read all the same, so
        that the planner sees both.
    """
    try:
        declared, name = _declared(path, folder or path.parent)
    except InputFaults as wrong:
        return (_refused(path.name, timezone, wrong.faults),)
    known, faults = sites, []
    for _ in range(2):
        try:
            read = read_file(path, name, path.name, sites=known, timezone=timezone, declarations=declared)
        except InputFaults as wrong:
            strange = [fault for fault in wrong.faults if fault.rule == "unknown_site"]
            if len(strange) < len(wrong.faults) or known != sites:
                return (_refused(path.name, timezone, wrong.faults),)
            faults, known = (strange if sites else []), sites | {fault.value for fault in strange}
            continue
        return tuple(_understood(file, timezone, faults, limit_pct=refused_rows_limit_pct) for file in read)
    return (_refused(path.name, timezone, faults),)


def _declared(path: Path, folder: Path) -> tuple[Declarations, str]:
    """Find counts.yaml beside the file, else in the folder given; the name the file has there."""
    home = path.parent if (path.parent / NAME).exists() else folder
    there = path.resolve().is_relative_to(home.resolve())
    name = path.resolve().relative_to(home.resolve()).as_posix() if there else path.name
    if not (home / NAME).exists():
        return Declarations(), name
    names = tuple(item.relative_to(home).as_posix() for item in home.rglob("*") if item.is_file())
    return read_declarations(home, names=(*names, name)), name


def _refused(name: str, timezone: str, faults: tuple[Fault, ...] | list[Fault]) -> TableCheck:
    return TableCheck(name, timezone, "", 0, (), (), (), tuple(faults))


def _understood(file: CountFile, timezone: str, faults: list[Fault], *, limit_pct: float) -> TableCheck:
    counts = file.intervals.counts.rename(columns={"station_id": "station"})
    series = [_series(key, rows.sort_values("t_start_utc")) for key, rows in counts.groupby(SERIES, sort=True)]
    rows = [
        Fault(str(row.rule), file.name, int(row.row), str(row.value)) for row in file.intervals.refused.itertuples()
    ]
    return TableCheck(
        file.name,
        timezone,
        file.sheet.layout,
        len(file.sheet.rows),
        tuple(series),
        file.intervals.notes,
        tuple(rows),
        (*faults, *too_many_refused(file, limit_pct=limit_pct)),
    )


def _series(key: tuple[str, str, str], rows: pd.DataFrame) -> SeriesCheck:
    length = int(rows["interval_min"].mode().iloc[0])
    steps = rows["t_start_utc"].diff().dropna() / pd.Timedelta(minutes=1) - rows["interval_min"].to_numpy()[:-1]
    # a local day is 23 or 25 hours long in the DST nights: no gap
    holes = steps[steps > (60 if length >= 1440 else 0)]
    return SeriesCheck(
        *key,
        first_utc=rows["t_start_utc"].iloc[0],
        last_utc=rows["t_start_utc"].iloc[-1],
        interval_min=length,
        intervals=len(rows),
        blank=int(rows["count_reported"].isna().sum()),
        flagged=int((rows["flag"] != "").sum()),
        absent=int((holes / length).round().sum()),
        longest_gap_min=int(holes.max()) if len(holes) else 0,
        people=float(rows["count_reported"].sum()),
    )
