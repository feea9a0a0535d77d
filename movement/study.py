"""The study area: barriers, screenlines, sites, campaigns and the rest, read from the study's own layers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError

from movement import tables
from movement.tables import CountLayers, Fault, InputFaults, LandUse, Role, Study, Table

_YES = {"yes", "true", "1", "ja", "sand"}
_DECIMAL_COMMA = re.compile(r"(?![1-9]\d{0,2},\d{3}$)([-+]?\d+),(\d+)")
_NO = {"no", "false", "0", "nej", "falsk"}
_ZONE = re.compile(r"\d[T ]\d.*(?:Z|[-+]\d\d(?::?\d\d)?)$")
_HOUR = re.compile(r"\d{4}-\d\d-\d\d[T ].+")


def read_study(folder: Path, *, crs: str) -> Study:
    """Read every layer of a study; a layer without a file is an empty table.

    Parameters
    ----------
    folder
        Folder with the layers (GeoJSON in WGS84) and CSV tables (`;`, UTF-8, ISO dates).
    crs
        The study's metric CRS, into which layers are brought.

    Returns
    -------
    study
        All layers under their contracts; zones and attractions are of today's land use.

    Raises
    ------
    InputFaults
        With the faults of all layers: missing columns, wrong words, dates or numbers, ids that stand twice.
    """
    faults: list[Fault] = []

    def layer(name: str, table: Table, **fixed: object) -> gpd.GeoDataFrame:
        return _kept(lambda: _read_layer(folder / f"{name}.geojson", table, crs, fixed), faults, _empty(table, crs))

    def rows(name: str, table: Table) -> pd.DataFrame:
        return _kept(lambda: _read_rows(folder / f"{name}.csv", table), faults, table.empty())

    study = Study(
        crs=crs,
        barriers=layer("barriers", tables.BARRIERS),
        barrier_decisions=rows("barrier_decisions", tables.BARRIER_DECISIONS),
        screenlines=layer("screenlines", tables.SCREENLINES),
        areas=layer("areas", tables.AREAS),
        zones=layer("zones", tables.ZONES, land_use=LandUse.TODAY),
        attractions=layer("attractions", tables.ATTRACTIONS, land_use=LandUse.TODAY),
        gateways=layer("gateways", tables.GATEWAYS),
        through_trips=rows("through_trips", tables.THROUGH_TRIPS),
        sites=layer("sites", tables.SITES),
        campaigns=rows("campaigns", tables.CAMPAIGNS),
        interventions=rows("interventions", tables.INTERVENTIONS),
        events=rows("events", tables.EVENTS),
        weather=_kept(lambda: read_weather(folder), faults, tables.WEATHER.empty()),
        context=_kept(lambda: _read_context(folder / "context.geojson", crs), faults, _no_context(crs)),
    )
    faults += _foreign_faults(study, folder) + _primary_faults(study, folder) + _along_faults(study, folder)
    faults += _when_and_where_faults(study, folder)
    if faults:
        raise InputFaults(faults)
    return study


def read_sites(folder: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read the count sites (tables.SITES) of a study's folder; empty where there is no file."""
    return _read_layer(folder / "sites.geojson", tables.SITES, crs, {})


def read_screenlines(folder: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read the screenlines (tables.SCREENLINES) of a study's folder; empty where there is no file."""
    return _read_layer(folder / "screenlines.geojson", tables.SCREENLINES, crs, {})


def read_campaigns(folder: Path) -> pd.DataFrame:
    """Read the campaigns (tables.CAMPAIGNS) of a study's folder; empty where there is no file."""
    return _read_rows(folder / "campaigns.csv", tables.CAMPAIGNS)


def read_interventions(folder: Path) -> pd.DataFrame:
    """Read what was opened or changed (tables.INTERVENTIONS) of a study's folder; empty where there is no file."""
    return _read_rows(folder / "interventions.csv", tables.INTERVENTIONS)


def read_events(folder: Path) -> pd.DataFrame:
    """Read what else happened (tables.EVENTS) of a study's folder; empty where there is no file."""
    return _read_rows(folder / "events.csv", tables.EVENTS)


def read_weather(folder: Path) -> pd.DataFrame:
    """Read the weather of each day (tables.WEATHER) of a study's folder; empty where there is no file.

    Raises
    ------
    InputFaults
        With all faults of the file. A filled column that the table does not have is one: figures may be empty here, and
        a misspelt name would lose them without a word. So is a date with an hour: hours are no means of days.
    """
    path = folder / "weather.csv"
    if not path.exists():
        return tables.WEATHER.empty()
    frame, file = _open_rows(path), path.as_posix()
    unknown = [name for name in frame if name not in tables.WEATHER.columns and frame[name].notna().any()]
    columns = {"columns": ", ".join(tables.WEATHER.columns)}
    faults = [Fault("layer_column_unknown", file, value=str(name), detail=columns) for name in unknown]
    for row, date in enumerate(frame["date"].fillna("") if "date" in frame else (), start=2):
        if _HOUR.fullmatch(date.strip()):
            faults.append(Fault("no_date", file, row, date, {"column": "date"}))
    read = _kept(lambda: _conform(frame, tables.WEATHER, path, first_row=2), faults, tables.WEATHER.empty())
    if faults:
        raise InputFaults(dict.fromkeys(faults))  # an hour that is no moment either is found twice
    return read


def read_count_layers(folder: Path, *, stations: frozenset[str]) -> CountLayers:
    """Read devices.csv, corrections.csv and decisions.csv of a study's folder; empty where there is no file.

    Raises
    ------
    InputFaults
        With the faults of all three: wrong columns or values, sites the study does not have, an end before its start,
        two corrections of one site and mode on the same day.
    """
    faults: list[Fault] = []

    def rows(name: str, table: Table) -> pd.DataFrame:
        path = folder / f"{name}.csv"
        read = _kept(lambda: _read_rows(path, table), faults, table.empty())
        for row, station in enumerate(read["station_id"], start=2):
            if station not in stations:
                faults.append(Fault("layer_unknown_site", path.as_posix(), row, str(station)))
        start, end = ("start", "end") if "end" in read else ("start_date", "end_date")
        for row in read.index[read[end] < read[start]]:
            faults.append(Fault("ends_before_start", path.as_posix(), int(row) + 2, f"{read[end][row]:%Y-%m-%d}"))
        return read

    layers = CountLayers(
        rows("devices", tables.DEVICES), rows("corrections", tables.CORRECTIONS), rows("decisions", tables.DECISIONS)
    )
    faults += _overlap_faults(layers.corrections, (folder / "corrections.csv").as_posix())
    if faults:
        raise InputFaults(faults)
    return layers


def _overlap_faults(corrections: pd.DataFrame, file: str) -> list[Fault]:
    faults = []
    ordered = corrections.sort_values(["station_id", "mode", "start_date"])
    for _, rows in ordered.groupby(["station_id", "mode"]):
        until = rows["end_date"].fillna(pd.Timestamp.max).cummax().shift()
        faults += [
            Fault("corrections_overlap", file, int(row) + 2, str(rows["correction_id"][row]))
            for row in rows.index[rows["start_date"] <= until]
        ]
    return faults


_Layer = TypeVar("_Layer")


def _kept(read: Callable[[], _Layer], faults: list[Fault], otherwise: _Layer) -> _Layer:
    try:
        return read()
    except InputFaults as found:
        faults.extend(found.faults)
        return otherwise


def _empty(table: Table, crs: str) -> gpd.GeoDataFrame:
    frame = table.empty()
    return frame.set_crs(crs) if isinstance(frame, gpd.GeoDataFrame) else frame


def _no_context(crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [] for name in tables.CONTEXT.columns}, geometry=[], crs=crs)


def _read_layer(path: Path, table: Table, crs: str, fixed: dict[str, object]) -> gpd.GeoDataFrame:
    if not path.exists():
        return _empty(table, crs)
    frame = _open_layer(path).assign(**fixed)
    wrong = frame.geometry.is_empty | ~frame.geom_type.str.replace("Multi", "").isin(str(table.geometry).split(" or "))
    faults = [
        Fault("wrong_geometry", path.as_posix(), int(i) + 1, str(kind), {"wanted": str(table.geometry)})
        for i, kind in frame.geom_type[wrong].items()
    ]
    if faults:
        raise InputFaults(faults)
    return gpd.GeoDataFrame(_conform(frame.to_crs(crs), table, path, first_row=1))  # metres before rounding


def _open_layer(path: Path) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_file(path)
    except (DataSourceError, ValueError) as broken:
        raise InputFaults([Fault("unreadable_layer", path.as_posix(), value=str(broken)[:200])]) from broken
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().any():
        raise InputFaults([Fault("unreadable_layer", path.as_posix(), value="geometry")])
    return frame


def _read_context(path: Path, crs: str) -> gpd.GeoDataFrame:
    if not path.exists():
        return _no_context(crs)
    frame = _open_layer(path)
    missing = [name for name in tables.CONTEXT.columns if name not in frame]
    if missing:
        raise InputFaults(_missing_columns(path.as_posix(), missing, tables.CONTEXT))
    return frame[[*tables.CONTEXT.columns, "geometry"]].to_crs(crs)


def _read_rows(path: Path, table: Table) -> pd.DataFrame:
    return _conform(_open_rows(path), table, path, first_row=2) if path.exists() else table.empty()


def _open_rows(path: Path) -> pd.DataFrame:
    """Read a CSV table as texts, None where blank."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # more cells than columns
            frame = pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False, index_col=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.ParserWarning) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken
    return frame.replace("", None)


def _conform(frame: pd.DataFrame, table: Table, path: Path, *, first_row: int) -> pd.DataFrame:
    file = path.as_posix()
    missing = [name for name, column in table.columns.items() if name not in frame and not column.nullable]
    if missing:
        raise InputFaults(_missing_columns(file, missing, table))
    frame = given = frame.reset_index(drop=True)
    faults: list[Fault] = []
    for name, column in table.columns.items():
        raw = frame[name] if name in frame else pd.Series([None] * len(frame), dtype=object)
        values, wrong = _values(raw, column)
        frame = frame.assign(**{name: values})
        rule, more = _RULES[column.kind], {"column": name}
        faults += [Fault(rule, file, int(i) + first_row, str(raw[i]), more) for i in raw.index[wrong]]
        faults += _word_faults(values, column, name, file, first_row)
    faults += _twice_faults(frame, given, table, file, first_row)
    if faults:
        raise InputFaults(faults)
    return table.conform(frame)


def _missing_columns(file: str, missing: list[str], table: Table) -> list[Fault]:
    examples = {name: column.example for name, column in table.columns.items()}
    return tables.missing_columns(file, missing, table.columns, examples)


def _twice_faults(frame: pd.DataFrame, given: pd.DataFrame, table: Table, file: str, first_row: int) -> list[Fault]:
    """Find rows whose key stood before; a key that could not be read is a fault already, and no one's twin."""
    key = list(table.key)
    if not key:
        return []
    twice = frame.duplicated(key) & frame[key].notna().all(axis=1)
    rule = "date_twice" if all(table.columns[name].kind == "date" for name in key) else "id_twice"
    said = [" ".join(str(given[name][i]) for name in key) for i in frame.index[twice]]
    return [Fault(rule, file, int(i) + first_row, one) for i, one in zip(frame.index[twice], said, strict=True)]


_RULES = {
    "text": "value_missing",
    "integer": "no_number",
    "real": "no_number",
    "yes_no": "no_yes_no",
    "date": "no_date",
    "utc": "no_date",
}


def _values(raw: pd.Series, column: tables.Column) -> tuple[pd.Series, pd.Series]:
    """Return typed values and where a value is wrong or missing."""
    blank = raw.isna() | (raw.astype(str).str.strip() == "")
    if column.kind == "text":
        values = raw.where(~blank, None)
    elif column.kind in ("integer", "real"):
        values = pd.to_numeric(raw.where(~blank).map(_with_point), errors="coerce")
    elif column.kind == "yes_no":
        words = raw.astype(str).str.strip().str.lower()
        values = words.isin(_YES)
        blank |= ~words.isin(_YES | _NO)
    else:
        zoned = (column.kind == "date") & raw.astype(str).str.strip().str.contains(_ZONE)  # days are local
        values = pd.to_datetime(raw.where(~blank & ~zoned).astype(object), format="ISO8601", errors="coerce")
    wrong = (values.isna() & ~blank) | (blank & (not column.nullable))
    return values, wrong


def _with_point(value: object) -> object:
    """Read a decimal comma, as Danish spreadsheets save it; 1,034 could be a thousand, and is left to be refused."""
    found = _DECIMAL_COMMA.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"{found[1]}.{found[2]}" if found else value


def _word_faults(values: pd.Series, column: tables.Column, name: str, file: str, first_row: int) -> list[Fault]:
    faults = []
    if column.words is not None:
        allowed = [str(word) for word in column.words]
        odd = values.notna() & ~values.isin(allowed)
        more = {"column": name, "allowed": ", ".join(allowed)}
        faults += [Fault("unknown_word", file, int(i) + first_row, str(values[i]), more) for i in values.index[odd]]
    if column.least is not None:
        low = values.notna() & (pd.to_numeric(values, errors="coerce") < column.least)
        more = {"column": name, "least": f"{column.least:g}"}
        faults += [Fault("too_small", file, int(i) + first_row, str(values[i]), more) for i in values.index[low]]
    if column.most is not None:
        high = values.notna() & (pd.to_numeric(values, errors="coerce") > column.most)
        more = {"column": name, "most": f"{column.most:g}"}
        faults += [Fault("too_large", file, int(i) + first_row, str(values[i]), more) for i in values.index[high]]
    return faults


def _foreign_faults(study: Study, folder: Path) -> list[Fault]:
    """Find ids that point nowhere."""
    faults = []
    gateways, lines = set(study.gateways["gateway_id"]), set(study.screenlines["screenline_id"])
    for row, trip in enumerate(study.through_trips.itertuples(), start=2):
        for end in (trip.from_gateway_id, trip.to_gateway_id):
            if end not in gateways:
                faults.append(Fault("unknown_gateway", (folder / "through_trips.csv").as_posix(), row, str(end)))
    for row, site in enumerate(study.sites.itertuples(), start=1):
        for line in str(site.screenline_ids or "").replace(" ", "").split(","):
            if line and line not in lines:
                faults.append(Fault("unknown_screenline", (folder / "sites.geojson").as_posix(), row, line))
    return faults


def _when_and_where_faults(study: Study, folder: Path) -> list[Fault]:
    """Find what ends before it starts, and sites of interventions and events that the study does not have."""
    faults, known = [], set(study.sites["station_id"])
    for name in ("campaigns", "interventions", "events"):
        rows, file = getattr(study, name), (folder / f"{name}.csv").as_posix()
        for row in rows.index[rows["end_date"] < rows["start_date"]]:
            faults.append(Fault("ends_before_start", file, int(row) + 2, f"{rows['end_date'][row]:%Y-%m-%d}"))
        named = rows["station_ids"] if "station_ids" in rows else pd.Series(dtype=object)
        for row, stations in named.dropna().items():
            unknown = {station.strip() for station in str(stations).split(",")} - {"", *known}
            faults += [Fault("layer_unknown_site", file, int(row) + 2, station) for station in sorted(unknown)]
    return faults


def _primary_faults(study: Study, folder: Path) -> list[Fault]:
    """Find more than one primary screenline: which was meant must not be chosen after the counts are seen."""
    lines = study.screenlines
    primary = sorted(lines.loc[lines["is_primary"].astype(bool), "screenline_id"].astype(str))
    file = (folder / "screenlines.geojson").as_posix()
    return [Fault("several_primary_screenlines", file, value=", ".join(primary))] if len(primary) > 1 else []


def _along_faults(study: Study, folder: Path) -> list[Fault]:
    """Find sites along a barrier that are to count for a screenline: who passes them does not cross it."""
    sites, file = study.sites, (folder / "sites.geojson").as_posix()
    wrong = (sites["role"] == str(Role.ALONG_BARRIER)) & (sites["screenline_ids"].fillna("").str.strip() != "")
    names = sites.loc[wrong, "station_id"]
    return [Fault("along_barrier_in_screenline", file, int(row) + 1, str(name)) for row, name in names.items()]
