"""Public Life Data Protocol 1.0 (17 Oct 2017): people moving and people staying, read and written.

One table with everything in a row (`agency_name` ... `row_total`, categories), or a workbook with a sheet per table,
put together by `survey_id`. Spellings of the template and of the specification are both understood; the specification's
are written. A survey's rows are groups of people and are added up; `relative` surveys are scaled and are no counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import CELLS, Lines, Sheet, split_by_length
from movement.tables import Fault, InputFaults, Mode, StayingKind

LAYOUT = "public_life"
_SURVEY, _ROW, _TOTAL = "survey_id", "row_id", "row_total"
_START, _STOP, _HOW = "survey_time_start", "survey_time_stop", "survey_representation"
_PLACES = ("location_id", "location_name_primary")
_MODES = {"mode_pedestrian": Mode.WALK, "mode_bicyclist": Mode.CYCLE}
_KINDS = {kind: f"{kind}_" for kind in (StayingKind.POSTURE, StayingKind.ACTIVITY, StayingKind.AGE, StayingKind.GENDER)}
_FAMILIES = re.compile(
    r"(?:agency|study|location|survey|row|gender|age|mode|posture|activity|group|object|geotag|line|area)_\S+"
)
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})")


def together(tables: tuple[Lines, ...]) -> tuple[Lines, ...]:
    """Put the sheets of one workbook together into one table; other files stay as they are.

    A component (gender, age, mode, posture ...) has `survey_id`, `row_id` and `row_total`; the surveys' own sheet has
    `survey_time_start`. Rows keep the line they have in the first component.
    """
    headers = [_header(lines) for lines in tables]
    contexts = [at for at, header in enumerate(headers) if {_SURVEY, _START} <= set(header) and _TOTAL not in header]
    parts = [at for at, header in enumerate(headers) if {_SURVEY, _TOTAL} <= set(header) and _START not in header]
    if len(contexts) != 1 or not parts:
        return tables
    context = tables[contexts[0]]
    surveys = {cells[headers[contexts[0]].index(_SURVEY)]: cells for _, cells in context.rows[1:]}
    columns = dict.fromkeys(name for at in parts for name in headers[at] if name)
    joined: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
    for at in parts:
        for line, cells in tables[at].rows[1:]:
            row = dict(zip(headers[at], cells, strict=False))
            key = (row.get(_SURVEY, ""), row.get(_ROW, str(line)))
            joined.setdefault(key, (line, {}))[1].update(row)
    wide = [name for name in headers[contexts[0]] if name != _SURVEY]
    at_context = [headers[contexts[0]].index(name) for name in wide]
    blank = ("",) * len(headers[contexts[0]])
    rows = [
        (line, (*(row.get(name, "") for name in columns), *(surveys.get(survey, blank)[place] for place in at_context)))
        for (survey, _), (line, row) in joined.items()
    ]
    return (Lines(tables[parts[0]].name, "", ((context.rows[0][0], (*columns, *wide)), *rows)),)


def recognises(lines: Lines) -> bool:
    """Whether the table is of the protocol, by its header."""
    return {_SURVEY, _START, _TOTAL} <= set(_header(lines))


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read surveys of people moving or staying; the site is the location's id.

    Rows with a posture or an activity are people staying, a snapshot at the start of the survey; all others are people
    moving, from start to stop.

    Raises
    ------
    InputFaults
        If a column is none of the protocol's.
    """
    row, header = lines.rows[0][0], _header(lines)
    strange = [name for name in header if name and not _FAMILIES.fullmatch(name)]
    if strange:
        raise InputFaults([Fault("unknown_column", lines.name, row, name) for name in strange])
    body, refused = split_by_length(lines.rows[1:], len(header))
    frame = pd.DataFrame([cells for _, cells in body], columns=header, dtype=object).assign(
        row=[line for line, _ in body]
    )
    place = next((name for name in _PLACES if name in header), "")
    frame = frame.assign(station=frame[place] if place else declaration.station, when=frame[_START].map(_moment))
    relative = frame[_HOW].str.casefold() == "relative" if _HOW in frame else pd.Series(False, index=frame.index)
    refused += [(int(line), "relative", "relative_survey") for line in frame["row"][relative]]
    absolute = frame[~relative]
    stays = _stays(absolute)
    return Sheet(
        LAYOUT,
        _moving(absolute[~stays]),
        tuple(line for line, _ in lines.rows[1:]),
        tuple(refused),
        more={"staying": _staying(absolute[stays])},
        notes=_notes(absolute[~stays]),
    )


def tables_of(daily: pd.DataFrame, sites: pd.DataFrame, *, study_id: str) -> dict[str, pd.DataFrame]:
    """Write daily totals in the protocol: one survey per site and day, one row per survey, in its spelling.

    Parameters
    ----------
    daily
        DAILY; valid days over the whole day are taken.
    sites
        SITES in WGS84.
    study_id
        Name of the study in the tables.

    Returns
    -------
    tables
        `study`, `locations`, `survey_context` and `people_moving`, by name.
    """
    days = daily[
        daily["is_valid"] & (daily["period"] == "all_day") & daily["mode"].isin([str(m) for m in _MODES.values()])
    ]
    wide = days.pivot_table(index=["station_id", "date"], columns="mode", values="count").reset_index()
    counts = pd.DataFrame({name: wide.get(str(mode)) for name, mode in _MODES.items()}, index=wide.index)
    survey = wide["station_id"] + "-" + wide["date"].dt.strftime("%Y%m%d")
    context = pd.DataFrame(
        {
            "study_id": study_id,
            "location_id": wide["station_id"],
            "survey_id": survey,
            "survey_time_start": wide["date"].dt.strftime("%Y%m%d:0000"),
            "survey_time_stop": (wide["date"] + pd.Timedelta(days=1)).dt.strftime("%Y%m%d:0000"),
            "survey_representation": "absolute",
            "survey_method": "motion sensor",
        }
    )
    moving = pd.DataFrame({"survey_id": survey, "row_id": "1", "row_total": counts.sum(axis=1)}).join(counts)
    locations = pd.DataFrame(
        {
            "location_id": sites["station_id"],
            "location_country": "",
            "location_geometry": [f'{{"type":"Point","coordinates":[{p.x:.6f},{p.y:.6f}]}}' for p in sites.geometry],
            "location_type": "line",
            "location_name_primary": sites["name_da"],
            "location_name_secondary": sites["name_en"],
        }
    )
    study = pd.DataFrame({"study_id": [study_id], "study_protocol_version": ["1.0"]})
    return {"study": study, "locations": locations, "survey_context": context, "people_moving": moving}


def _header(lines: Lines) -> list[str]:
    """Names of the columns, without the stray capitals, blanks and spaces of filled-in templates."""
    if not lines.rows:
        return []
    names = [re.sub(r"\s+", "_", name.strip().casefold()) for name in lines.rows[0][1]]
    return ["survey_surveyor_name" if name == "survey_surveor_name" else name for name in names]


def _moment(text: str) -> str:
    found = _MOMENT.fullmatch(text.strip())
    return "{}-{}-{} {}:{}".format(*found.groups()) if found else text


def _stays(frame: pd.DataFrame) -> pd.Series:
    names = [name for name in frame.columns if name.startswith(("posture_", "activity_"))]
    has_some = (frame[names].fillna("") != "").any(axis=1) if names else pd.Series(False, index=frame.index)
    if "location_type" in frame:
        return has_some | (frame["location_type"].str.casefold() == "area")
    return has_some


def _moving(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells of each survey and mode; all rows of a survey stand in its first line, where they are added up."""
    if frame.empty:
        return pd.DataFrame(columns=list(CELLS))
    first = frame.groupby(_SURVEY)["row"].transform("first")
    span = [
        _minutes(start, stop)
        for start, stop in zip(frame["when"], frame.get(_STOP, frame[_START]).map(_moment), strict=True)
    ]
    known = [name for name in _MODES if name in frame]
    parts = [
        frame.assign(mode=str(_MODES[name]), value=_counted(frame[name], first), is_total=False) for name in known
    ] + [frame.assign(mode="" if known else str(Mode.WALK), value=frame[_TOTAL], is_total=bool(known))]
    cells = [part.assign(row=first, direction="both", zone="", span_min=span) for part in parts]
    return pd.concat(cells, ignore_index=True)[list(CELLS)]


def _counted(numbers: pd.Series, survey: pd.Series) -> pd.Series:
    """Let a blank be nobody in a group where the survey has a number of that mode; else it was not counted."""
    has_some = (numbers != "").groupby(survey).transform("any")
    return numbers.mask((numbers == "") & has_some, "0")


def _minutes(start: str, stop: str) -> int:
    moments = pd.to_datetime(pd.Series([start, stop]), format="%Y-%m-%d %H:%M", errors="coerce")
    length = (moments[1] - moments[0]) / pd.Timedelta(minutes=1)
    return int(length) if length == length and length > 0 else 0


def _staying(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per category that has a number, and the total."""
    keys = ["row", "station", "when", _SURVEY]
    parts = [frame[keys].assign(kind=str(StayingKind.TOTAL), category="total", value=frame[_TOTAL])]
    for kind, prefix in _KINDS.items():
        for name in (column for column in frame.columns if column.startswith(prefix)):
            some = frame[name].fillna("") != ""
            parts.append(
                frame.loc[some, keys].assign(
                    kind=str(kind), category=name.removeprefix(prefix), value=frame.loc[some, name]
                )
            )
    return pd.concat(parts, ignore_index=True).rename(columns={_SURVEY: "survey_id"})


def _notes(moving: pd.DataFrame) -> tuple[Mapping[str, str], ...]:
    surveys = moving[_SURVEY].nunique()
    if len(moving) == surveys:
        return ()
    return ({"note": "rows_of_surveys", "rows": str(len(moving)), "surveys": str(surveys)},)
