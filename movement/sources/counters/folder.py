"""A folder of count files: each recognised and read, then held against the others. All faults at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from movement import tables
from movement.sources.counters import (
    danish_sheet,
    declared,
    eco_counter,
    public_life,
    stop_interviews,
    telraam,
    tidy,
    vivacity,
    week_matrix,
)
from movement.sources.counters.declaration import NAME, Declarations, FileDeclaration, read_declarations
from movement.sources.counters.intervals import Intervals, intervals_of
from movement.sources.counters.opening import open_tables
from movement.sources.counters.overlaps import file_of, settle_overlaps
from movement.sources.counters.people import TABLES, people_of
from movement.sources.counters.sheet import Lines, Sheet
from movement.sources.counters.times import local_times
from movement.tables import Fault, Flag, InputFaults

_LAYOUTS: tuple[tuple[str, Callable[[Lines], bool], Callable[..., Sheet]], ...] = (
    (stop_interviews.LAYOUT, stop_interviews.recognises, stop_interviews.read),
    (public_life.LAYOUT, public_life.recognises, public_life.read),
    (tidy.LAYOUT, tidy.recognises, tidy.read),
    (eco_counter.LAYOUT, eco_counter.recognises, eco_counter.read),
    (telraam.LAYOUT, telraam.recognises, telraam.read),
    (vivacity.LAYOUT, vivacity.recognises, vivacity.read),
    (danish_sheet.LAYOUT, danish_sheet.recognises, danish_sheet.read),
    (week_matrix.LAYOUT, week_matrix.recognises, week_matrix.read),
    (declared.LAYOUT, declared.recognises, declared.read),
)
_NOT_COUNTS = (NAME, "truth.json")


@dataclass(frozen=True)
class CountsRead:
    """COUNTS, REFUSED, COUNT_FILES, INTERVIEWS and STAYING of a folder or of one file."""

    counts: pd.DataFrame
    refused: pd.DataFrame
    files: pd.DataFrame
    interviews: pd.DataFrame
    staying: pd.DataFrame


@dataclass(frozen=True)
class CountFile:
    """One file, or sheet of a workbook, as read."""

    name: str
    digest: str
    sheet: Sheet
    intervals: Intervals
    declaration: FileDeclaration
    people: Mapping[str, pd.DataFrame]  # interviews and staying, where the sheet has them


def read_counts_folder(
    folder: Path, *, sites: frozenset[str], timezone: str, refused_rows_limit_pct: float, data_until: str = ""
) -> CountsRead:
    """Read every count file of a folder.

    README*, counts.yaml, truth.json and hidden files are no count files.

    Parameters
    ----------
    folder
        May be absent or empty: then the tables are.
    sites
        `station_id` of the study's sites.
    timezone
        IANA name of the study's local time.
    refused_rows_limit_pct
        Percent of refused rows above which a file is a fault.
    data_until
        Last local day of counts in files that do not say when they were exported; empty for no limit. Counts of a
        later time than their file's export cannot be, and are flagged.

    Raises
    ------
    InputFaults
        With every fault of every file and of counts.yaml.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in _count_files(folder)}
    shown = {name: name if folder.is_absolute() else path.as_posix() for name, path in paths.items()}
    declarations = read_declarations(folder, names=tuple(paths))
    read, faults = [], []
    for name in paths.keys() - declarations.skip.keys():
        try:
            found = read_file(paths[name], name, shown[name], sites=sites, timezone=timezone, declarations=declarations)
            faults += [fault for file in found for fault in too_many_refused(file, limit_pct=refused_rows_limit_pct)]
            read += found
        except InputFaults as wrong:
            faults += wrong.faults
    read.sort(key=lambda file: file.name)
    settled = settle_overlaps(
        {file.name: file.intervals.counts for file in read},
        exported={file.name: file.declaration.exported or file.sheet.exported for file in read},
        replaces={
            shown.get(newer, newer): frozenset(shown.get(one, one) for one in older)
            for newer, older in declarations.replaces.items()
        },
        timezone=timezone,
    )
    names = {one: name for name, one in shown.items()}  # as counts.yaml calls them
    faults += [_named_as_declared(fault, names) for fault in settled.faults]
    if faults:
        raise InputFaults(sorted(faults, key=lambda fault: (fault.file, fault.row or 0, fault.rule, fault.value)))
    read = [
        replace(
            file,
            intervals=replace(
                file.intervals, counts=_until_export(file, settled.counts[file.name], timezone, data_until)
            ),
        )
        for file in read
    ]
    skipped = [
        _skipped(paths[name], name, shown[name], declarations) for name in sorted(declarations.skip) if name in paths
    ]
    return _tables(_with_changed_headers(read), settled.notes, skipped)


def _named_as_declared(fault: Fault, names: Mapping[str, str]) -> Fault:
    """Add what counts.yaml calls the fault's two files, for the line that settles it."""
    here, there = (file_of(name) for name in (fault.file, fault.detail["other"]))
    return replace(fault, detail={**fault.detail, "here": names.get(here, here), "there": names.get(there, there)})


def _with_changed_headers(read: list[CountFile]) -> list[CountFile]:
    """Note in each file that its columns are others than in the file before of the same site."""
    last: dict[str, CountFile] = {}
    noted = []
    for file in sorted(read, key=lambda file: str(file.intervals.counts["t_start_utc"].min())):
        stations = ",".join(sorted(file.intervals.counts["station_id"].unique()))
        before = last.get(f"{file.sheet.layout}|{stations}")
        if file.sheet.columns and before and set(before.sheet.columns) != set(file.sheet.columns):
            gone = set(before.sheet.columns) - set(file.sheet.columns)
            new = set(file.sheet.columns) - set(before.sheet.columns)
            note = {"note": "header_changed", "file": before.name}
            note |= {"gone": ", ".join(sorted(gone)) or "–", "new": ", ".join(sorted(new)) or "–"}
            file = replace(file, intervals=replace(file.intervals, notes=(*file.intervals.notes, note)))
        last[f"{file.sheet.layout}|{stations}"] = file
        noted.append(file)
    return sorted(noted, key=lambda file: file.name)


def read_count_file(
    path: Path, *, sites: frozenset[str], timezone: str, declarations: Declarations | None = None
) -> CountsRead:
    """Read one count file.

    Raises
    ------
    InputFaults
        If it cannot be read, or has sites the study does not.
    """
    said = declarations or Declarations()
    return _tables(read_file(path, path.name, path.name, sites=sites, timezone=timezone, declarations=said), {}, [])


def _count_files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    return [path for path in found if path.name not in _NOT_COUNTS and not path.name.startswith((".", "README"))]


def read_file(
    path: Path, name: str, shown: str, *, sites: frozenset[str], timezone: str, declarations: Declarations
) -> list[CountFile]:
    """Read a file that counts.yaml calls `name` and messages and tables call `shown`; each sheet of a workbook apart.

    A sheet that no layout recognises is left out and named, as long as another one is read.

    Raises
    ------
    InputFaults
        If it cannot be read, or has sites the study does not.
    """
    content, found = open_tables(path, name=shown)
    digest, declaration = hashlib.sha256(content).hexdigest(), declarations.of(name)
    found = public_life.together(found)
    layouts = [(lines, _layout(lines, declaration)) for lines in found]
    strange = [lines for lines, read in layouts if read is None]
    if len(strange) == len(found):
        row, cells = strange[0].rows[0] if strange[0].rows else (1, ("",))
        delimiter = strange[0].delimiter or " "
        raise InputFaults([Fault("unknown_layout", strange[0].name, row, delimiter.join(cells)[:120])])
    aside = [{"note": "sheets_left_out", "names": ", ".join(lines.name for lines in strange)}] if strange else []
    read_files = []
    for lines, read in layouts:
        if read is None:
            continue
        sheet = read(lines, stations=sites | declarations.sites.keys(), declaration=declaration)
        sheet = _known_sites(sheet, lines.name, sites=sites, renamed=declarations.sites, declaration=declaration)
        intervals = intervals_of(sheet, file=lines.name, timezone=timezone, declaration=declaration)
        people, wrong = people_of(sheet, file=lines.name, timezone=timezone, declaration=declaration)
        refused = pd.concat([intervals.refused, wrong], ignore_index=True).drop_duplicates("row")
        intervals = replace(intervals, refused=refused.astype({"row": "int64"}), notes=(*intervals.notes, *aside))
        read_files.append(CountFile(lines.name, digest, sheet, intervals, declaration, people))
        aside = []
    return read_files


def _layout(lines: Lines, declaration: FileDeclaration) -> Callable[..., Sheet] | None:
    """Choose from the registry: the layout counts.yaml names, else the first that recognises the content."""
    for name, recognises, read in _LAYOUTS:
        if declaration.layout == name or (not declaration.layout and recognises(lines)):
            return read
    return None


def _known_sites(
    sheet: Sheet, name: str, *, sites: frozenset[str], renamed: Mapping[str, str], declaration: FileDeclaration
) -> Sheet:
    """Give vendor ids their station_id; sites that are not the study's are a fault, or left out where so declared."""
    every = pd.concat([sheet.cells["station"], *(rows["station"] for rows in sheet.more.values())])
    found = {str(station): renamed.get(str(station), str(station)) for station in every.unique()}
    cells = sheet.cells.assign(station=sheet.cells["station"].map(found).astype(object))
    more = {key: rows.assign(station=rows["station"].map(found).astype(object)) for key, rows in sheet.more.items()}
    asked = [row for rows in more.values() for row in rows[~rows["station"].isin(sites)].itertuples()]
    if asked:
        raise InputFaults([Fault("unknown_site", name, int(row.row), str(row.station)) for row in asked[:20]])
    sheet = replace(sheet, more=more)
    strange = ~cells["station"].isin(sites)
    if not strange.any():
        return replace(sheet, cells=cells)
    if declaration.other_sites != "leave_out":
        firsts = cells[strange].drop_duplicates("station")
        pairs = zip(firsts["row"], firsts["station"], strict=True)
        raise InputFaults([Fault("unknown_site", name, int(row), str(station)) for row, station in pairs])
    left_out = {"note": "sites_left_out", "names": ", ".join(sorted(cells["station"][strange].unique()))}
    kept = cells[~strange]
    gone = set(cells["row"][strange]) - set(kept["row"])
    rows = tuple(row for row in sheet.rows if row not in gone)
    return replace(sheet, cells=kept, rows=rows, notes=(*sheet.notes, left_out | {"rows": str(len(gone))}))


def too_many_refused(file: CountFile, *, limit_pct: float) -> list[Fault]:
    """Return the fault of a file of which nothing, or too little, could be read."""
    refused, rows = len(file.intervals.refused), len(file.sheet.rows)
    if not rows:
        return [Fault("no_rows", file.name)]
    if 100 * refused <= limit_pct * rows:
        return []
    first = file.intervals.refused.iloc[0]
    detail = {"refused": str(refused), "rows": str(rows), "limit": f"{limit_pct:g}", "rule": str(first["rule"])}
    return [Fault("too_many_refused", file.name, int(first["row"]), str(first["value"]), detail)]


def _until_export(file: CountFile, counts: pd.DataFrame, timezone: str, data_until: str) -> pd.DataFrame:
    """Flag counts later than the file's own export, else than `data_until`; a day alone is the whole day."""
    said = file.declaration.exported or file.sheet.exported or data_until
    moment = local_times(pd.Series([str(said)]), order="dmy")[0]
    if pd.isna(moment):
        return counts
    end = moment + pd.Timedelta(days=1) if moment == moment.normalize() else moment
    late = (counts["t_start_utc"] >= end.tz_localize(timezone, ambiguous=False, nonexistent="shift_forward")) & (
        counts["flag"] == ""
    )
    return counts.assign(flag=counts["flag"].mask(late, str(Flag.AFTER_EXPORT)), count=counts["count"].mask(late))


def _skipped(path: Path, name: str, shown: str, declarations: Declarations) -> dict[str, object]:
    return {
        "source_file": shown,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "layout": "skipped",
        "station_ids": "",
        "modes": "",
        "first_utc": pd.NaT,
        "last_utc": pd.NaT,
        "rows_read": 0,
        "rows_kept": 0,
        "rows_refused": 0,
        "skipped": True,
        "is_synthetic": declarations.of(name).is_synthetic,
        "note": _say([{"note": "skipped", "reason": declarations.skip[name]}]),
    }


def _tables(
    read: list[CountFile], notes: Mapping[str, list[dict[str, str]]], skipped: list[dict[str, object]]
) -> CountsRead:
    counts = pd.concat([tables.COUNTS.empty(), *(file.intervals.counts for file in read)], ignore_index=True)
    refused = [
        pd.DataFrame(
            {
                "source_file": file.name,
                "source_row": file.intervals.refused["row"],
                "value": file.intervals.refused["value"],
                "rule": file.intervals.refused["rule"],
                "detail": None,
            }
        )
        for file in read
        if len(file.intervals.refused)
    ]
    rows = [_file_row(file, notes.get(file.name, [])) for file in read] + skipped
    files = pd.DataFrame(rows, columns=list(tables.COUNT_FILES.columns))
    return CountsRead(
        tables.COUNTS.check(counts),
        tables.REFUSED.check(pd.concat([tables.REFUSED.empty(), *refused], ignore_index=True)),
        tables.COUNT_FILES.check(files.sort_values("source_file", ignore_index=True)),
        *(
            pd.concat([table.empty(), *(file.people[name] for file in read if name in file.people)], ignore_index=True)
            for name, table in TABLES.items()
        ),
    )


def _file_row(file: CountFile, notes: list[dict[str, str]]) -> dict[str, object]:
    counts, refused = file.intervals.counts, len(file.intervals.refused)
    return {
        "source_file": file.name,
        "sha256": file.digest,
        "layout": file.sheet.layout,
        "station_ids": ",".join(sorted(counts["station_id"].unique())),
        "modes": ",".join(sorted(counts["mode"].unique())),
        "first_utc": counts["t_start_utc"].min(),
        "last_utc": counts["t_start_utc"].max(),
        "rows_read": len(file.sheet.rows),
        "rows_kept": len(file.sheet.rows) - refused,
        "rows_refused": refused,
        "skipped": False,
        "is_synthetic": file.declaration.is_synthetic,
        "note": _say([*file.intervals.notes, *notes]),
    }


def _say(notes: list[Mapping[str, str]]) -> str | None:
    """Write notes as JSON: message key `note.<note>` and what fills its gaps."""
    return json.dumps([dict(note) for note in notes], ensure_ascii=False, sort_keys=True) if notes else None
