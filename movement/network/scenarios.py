"""Scenarios as drawn in QGIS: what each folder says, and the planned land use they make together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml
from pyogrio.errors import DataSourceError

from movement.network.joining import CHANGEABLE
from movement.tables import GROUP_COLUMNS, SCENARIOS, Fault, InputFaults, LandUse, missing_columns

ZERO_ALTERNATIVE = "zero_alternative"
_WORDS = ("name_da", "name_en", "text_da", "text_en")
_TABLE_OF_WORDS = "scenario"  # in a GeoPackage
LAND_USE_COLUMNS = (
    "layer",
    "action",
    "item_id",
    "name_da",
    "name_en",
    "side",
    "residents",
    *GROUP_COLUMNS.values(),
    "purpose",
    "weight",
    "from_date",
    "to_date",
    "source",
)
_CHANGED_COLUMNS = ("link_id", "attribute", "value", "source")
_ACTIONS = ("add", "change", "move", "remove")
_SAID = (*_WORDS, "changes_land_use", "source", "combines", "barriers_removed", "start_date", "end_date")
_EXAMPLES = {"attribute": ", ".join(CHANGEABLE), "action": ", ".join(_ACTIONS), "layer": "zone, attraction"}


@dataclass(frozen=True)
class Scenario:
    """One scenario's folder or GeoPackage, or the union of those it combines."""

    scenario_id: str
    words: dict[str, str]
    changes_land_use: bool
    source: str | None
    combines: tuple[str, ...]
    barriers_removed: tuple[str, ...]  # such as a building torn down
    start_date: pd.Timestamp  # NaT where not said
    end_date: pd.Timestamp
    added: gpd.GeoDataFrame  # raw links; column `file`
    changed: pd.DataFrame  # link_id, attribute, value, source, file, row
    land_use: gpd.GeoDataFrame
    file: str

    @property
    def changes_links(self) -> bool:
        """Whether any link is added, closed, changed or freed of a barrier."""
        return len(self.added) + len(self.changed) + len(self.barriers_removed) > 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn in it yet."""
        return not (self.changes_links or self.changes_land_use or len(self.land_use) or self.combines)


ReadLinks = Callable[[Path, str | None], gpd.GeoDataFrame]


def read_scenarios(folder: Path, *, crs: str, read_links: ReadLinks) -> tuple[Scenario, ...]:
    """Read every scenario's folder or GeoPackage, in order of their ids.

    Parameters
    ----------
    folder
        Folder of folders with `scenario.yaml` and of GeoPackages with a table `scenario`; a missing one holds none.
    crs
        Metric CRS of the study.
    read_links
        Reads added links as raw links from a file and, in a GeoPackage, one of its layers.

    Raises
    ------
    InputFaults
        With the faults of all scenarios, conflicts between combined ones among them.
    """
    faults: list[Fault] = []
    found: list[Scenario] = []
    sources = [path.parent for path in folder.glob("*/scenario.yaml")] + list(folder.glob("*.gpkg"))
    for path in sorted(sources, key=lambda source: source.stem):
        try:
            found.append(_read(path, crs, read_links))
        except InputFaults as wrong:
            faults += wrong.faults
    by_id = {scenario.scenario_id: scenario for scenario in found}
    for scenario in found:
        unknown = [name for name in scenario.combines if name not in by_id]
        faults += [Fault("unknown_scenario", scenario.file, value=name) for name in unknown]
        if scenario.changes_land_use and scenario.scenario_id != ZERO_ALTERNATIVE:
            faults.append(Fault("land_use_scenario_id", scenario.file, value=scenario.scenario_id))
        if scenario.end_date < scenario.start_date:
            faults.append(Fault("ends_before_start", scenario.file, value=f"{scenario.end_date:%Y-%m-%d}"))
        if not unknown:
            faults += _conflicts(scenario, [by_id[name] for name in sorted(set(scenario.combines))])
    if faults:
        raise InputFaults(faults)
    return tuple(_combined(scenario, by_id) for scenario in found)


def _read(source: Path, crs: str, read_links: ReadLinks) -> Scenario:
    """Read a folder (a GeoPackage in it may hold its layers) or a GeoPackage of its own."""
    is_folder = source.is_dir()
    packages = sorted(source.glob("*.gpkg")) if is_folder else [source]
    package = packages[0] if packages else None
    layers = _layers(package)
    words = source / "scenario.yaml" if is_folder else source
    said = _read_words(words) if is_folder else _words_of_package(source, layers)
    start, end = (_date(said.get(name), name, words) for name in ("start_date", "end_date"))
    return Scenario(
        scenario_id=source.stem,
        words={name: str(said[name]) for name in _WORDS},
        changes_land_use=str(said.get("changes_land_use", "")).lower() in ("true", "1", "yes", "ja"),
        source=said.get("source"),
        combines=_names(said.get("combines")),
        barriers_removed=_names(said.get("barriers_removed")),
        start_date=start,
        end_date=end,
        added=_read_added(source, package, layers, crs, read_links),
        changed=_read_changed(source / "links_changed.csv", package, layers),
        land_use=_read_land_use(source / "land_use.geojson", package, layers, crs),
        file=words.as_posix(),
    )


def _layers(package: Path | None) -> set[str]:
    if package is None:
        return set()
    try:
        return set(pyogrio.list_layers(package)[:, 0])
    except (DataSourceError, ValueError) as broken:
        raise InputFaults([Fault("unreadable_layer", package.as_posix(), value=str(broken)[:200])]) from broken


def _read_words(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken
    return _checked_words(said if isinstance(said, dict) else {}, path)


def _words_of_package(path: Path, layers: set[str]) -> dict[str, Any]:
    rows = pyogrio.read_dataframe(path, layer=_TABLE_OF_WORDS) if _TABLE_OF_WORDS in layers else pd.DataFrame()
    return _checked_words(rows.iloc[0].dropna().to_dict() if len(rows) else {}, path)


def _checked_words(said: dict[str, Any], path: Path) -> dict[str, Any]:
    missing = [name for name in _WORDS if not said.get(name)]
    if missing:
        raise InputFaults(missing_columns(path.as_posix(), missing, _SAID))
    return said


def _names(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(str(name).strip() for name in names if str(name).strip())


def _date(value: object, name: str, path: Path) -> pd.Timestamp:
    if value is None or value == "":
        return pd.NaT
    try:
        return pd.Timestamp(str(value)).normalize()
    except ValueError as wrong:
        raise InputFaults([Fault("no_date", path.as_posix(), value=str(value), detail={"column": name})]) from wrong


def _read_added(
    source: Path, package: Path | None, layers: set[str], crs: str, read_links: ReadLinks
) -> gpd.GeoDataFrame:
    drawn = source / "links_added.geojson"
    if drawn.exists():
        return read_links(drawn, None).assign(file=drawn.as_posix())
    if package is None or "links_added" not in layers:
        return gpd.GeoDataFrame(geometry=[], crs=crs)
    if pyogrio.read_info(package, layer="links_added")["features"] == 0:
        return gpd.GeoDataFrame(geometry=[], crs=crs)
    return read_links(package, "links_added").assign(file=package.as_posix())


def _read_changed(path: Path, package: Path | None, layers: set[str]) -> pd.DataFrame:
    """Read changes: a row per link and attribute, or links copied from today's layer with other values in them."""
    columns = [*_CHANGED_COLUMNS, "file", "row"]
    if path.exists():
        return _check_changed(_read_csv(path), path)[columns]
    if package is None or "links_changed" not in layers:
        return pd.DataFrame(columns=columns)
    rows = pyogrio.read_dataframe(package, layer="links_changed", read_geometry=False)
    if "attribute" in rows:
        return _check_changed(rows, package)[columns]
    rows = rows.assign(file=package.as_posix(), row=range(1, len(rows) + 1))
    if "modes" in rows:
        modes = rows["modes"].fillna("").astype(str)
        told = {f"allows_{mode}": modes.str.contains(mode).where(modes != "") for mode in ("walk", "cycle")}
        rows = rows.drop(columns="modes").assign(**told)
    if "source" not in rows:
        rows = rows.assign(source=None)
    own = [name for name in rows if name in CHANGEABLE]
    long = rows.melt(id_vars=["link_id", "source", "file", "row"], value_vars=own, var_name="attribute")
    return long[long["value"].notna() & (long["value"].astype(str) != "")].reset_index(drop=True)[columns]


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # more cells than columns
            return pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False, index_col=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.ParserWarning) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken


def _check_changed(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    missing = [name for name in _CHANGED_COLUMNS if name not in frame]
    if missing:
        raise InputFaults(missing_columns(path.as_posix(), missing, _CHANGED_COLUMNS, _EXAMPLES))
    return frame.assign(file=path.as_posix(), row=range(2, len(frame) + 2))


def _read_land_use(path: Path, package: Path | None, layers: set[str], crs: str) -> gpd.GeoDataFrame:
    nothing = gpd.GeoDataFrame(columns=[*LAND_USE_COLUMNS, "geometry"], geometry="geometry", crs=crs)
    if not path.exists() and (package is None or "land_use" not in layers):
        return nothing
    place, layer = (path, None) if path.exists() else (package, "land_use")
    try:
        frame = gpd.read_file(place, layer=layer)
    except (DataSourceError, ValueError) as broken:
        raise InputFaults([Fault("unreadable_layer", str(place), value=str(broken)[:200])]) from broken
    if frame.empty:
        return nothing
    missing = [name for name in ("layer", "action", "item_id") if name not in frame]
    if missing:
        raise InputFaults(missing_columns(Path(str(place)).as_posix(), missing, LAND_USE_COLUMNS, _EXAMPLES))
    frame = frame.reindex(columns=[*LAND_USE_COLUMNS, "geometry"]).to_crs(crs).assign(file=Path(str(place)).as_posix())
    dates = {name: [_date(v if pd.notna(v) else None, name, path) for v in frame[name]] for name in _DATES}
    return frame.assign(**{name: pd.Series(values, index=frame.index) for name, values in dates.items()})


_DATES = ("from_date", "to_date")


def _conflicts(scenario: Scenario, parts: Sequence[Scenario]) -> list[Fault]:
    """Find what combined scenarios cannot both do."""
    faults = []
    for one, other in combinations(parts, 2):
        names = {"one": one.scenario_id, "other": other.scenario_id}
        for what in _disagreements(one, other):
            faults.append(Fault("scenarios_conflict", scenario.file, value=what, detail=names))
        if one.end_date < other.start_date or other.end_date < one.start_date:
            faults.append(Fault("scenarios_never_together", scenario.file, value=scenario.scenario_id, detail=names))
    return faults


def _disagreements(one: Scenario, other: Scenario) -> list[str]:
    values = one.changed.merge(other.changed, on=["link_id", "attribute"], suffixes=("", "_other"))
    values = values[values["value"].astype(str).str.lower() != values["value_other"].astype(str).str.lower()]
    found = [f"{row.link_id} {row.attribute}: {row.value} / {row.value_other}" for row in values.itertuples()]
    for a, b in ((one, other), (other, one)):
        closed = set(a.changed.loc[a.changed["attribute"].isin(["closed", "removed"]), "link_id"])
        touched = b.changed.loc[~b.changed["attribute"].isin(["closed", "removed"]), "link_id"]
        found += [f"{link} closed / changed" for link in sorted(closed & set(touched))]
    if len(one.added) and len(other.added):
        found += sorted(set(one.added["link_id"]) & set(other.added["link_id"]))
    return found


def _combined(scenario: Scenario, by_id: dict[str, Scenario]) -> Scenario:
    parts = [by_id[name] for name in sorted(set(scenario.combines))]  # whatever the order they are named in
    if not parts:
        return scenario
    whole = [*parts, scenario]
    added = [part.added for part in whole if len(part.added)]
    rows = pd.concat([part.changed for part in whole], ignore_index=True)
    return replace(
        scenario,
        barriers_removed=tuple(sorted({name for part in whole for name in part.barriers_removed})),
        added=pd.concat(added, ignore_index=True) if added else scenario.added,
        changed=rows.drop_duplicates(["link_id", "attribute"], keep="last").reset_index(drop=True),
    )


def scenario_table(scenarios: Sequence[Scenario], *, before_words: dict[str, str]) -> pd.DataFrame:
    """List `before` and every scenario (tables.SCENARIOS)."""
    before = {"scenario_id": "before", "changes_links": False, "changes_land_use": False, "source": None}
    before |= {"start_date": pd.NaT, "end_date": pd.NaT}
    rows = [
        {
            "scenario_id": scenario.scenario_id,
            "changes_links": scenario.changes_links,
            "changes_land_use": scenario.changes_land_use,
            "source": scenario.source,
            "start_date": scenario.start_date,
            "end_date": scenario.end_date,
            **scenario.words,
        }
        for scenario in scenarios
    ]
    return SCENARIOS.conform(pd.DataFrame([before | before_words, *rows]))


def planned(
    zones: gpd.GeoDataFrame, attractions: gpd.GeoDataFrame, scenarios: Sequence[Scenario], *, on: str = ""
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Put today's land use and the planned one under each other.

    Parameters
    ----------
    zones, attractions
        Tables ZONES and ATTRACTIONS of today.
    scenarios
        Those with `changes_land_use` are applied, in their order.
    on
        Day to which the planned land use belongs, such as 2035-01-01; rows that begin later or have ended by then are
        left out. All rows count where it is empty.

    Returns
    -------
    zones, attractions
        With rows of both land uses; today's alone where no scenario changes it.

    Raises
    ------
    InputFaults
        If a change or removal names an item that is not there, or an addition one that is.
    """
    changing = [scenario for scenario in scenarios if scenario.changes_land_use]
    if not changing:
        return zones, attractions
    faults: list[Fault] = []
    layers = {"zone": (zones, "zone_id"), "attraction": (attractions, "attraction_id")}
    out = []
    for layer, (today, key) in layers.items():
        later = today.assign(land_use=str(LandUse.PLANNED))
        for scenario in changing:
            rows = _in_force(scenario.land_use[scenario.land_use["layer"] == layer], on)
            later = _applied(later, rows, key, faults)
        out.append(gpd.GeoDataFrame(pd.concat([today, later], ignore_index=True), crs=today.crs))
    odd = [row for s in changing for row in s.land_use.itertuples() if row.layer not in layers]
    faults += [
        Fault("unknown_word", r.file, value=str(r.layer), detail={"column": "layer", "allowed": _EXAMPLES["layer"]})
        for r in odd
    ]
    if faults:
        raise InputFaults(faults)
    return out[0], out[1]


def _in_force(rows: gpd.GeoDataFrame, on: str) -> gpd.GeoDataFrame:
    if not on or rows.empty:
        return rows
    day = pd.Timestamp(on)
    begun, ended = (pd.to_datetime(rows[name]) for name in _DATES)
    return rows[~(begun > day) & ~(ended < day)]


def _applied(later: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, key: str, faults: list[Fault]) -> gpd.GeoDataFrame:
    columns = [name for name in later.columns if name in rows.columns and name not in (key, "geometry")]
    for row in rows.itertuples():
        there = later[key] == row.item_id
        known = bool(there.any())
        if row.action not in _ACTIONS:
            allowed = {"column": "action", "allowed": _EXAMPLES["action"]}
            faults.append(Fault("unknown_word", row.file, value=str(row.action), detail=allowed))
        elif known == (row.action == "add"):
            faults.append(Fault("item_there" if known else "unknown_item", row.file, value=str(row.item_id)))
        elif row.action == "remove":
            later = later[~there]
        elif row.action == "move":
            place = gpd.GeoSeries([row.geometry] * len(later), index=later.index, crs=later.crs)
            later = later.set_geometry(later.geometry.where(~there, place))
        elif row.action == "change":
            given = {name: getattr(row, name) for name in columns if pd.notna(getattr(row, name))}
            later = later.assign(**{name: later[name].where(~there, value) for name, value in given.items()})
        else:
            new = {name: getattr(row, name) for name in columns}
            new |= {key: row.item_id, "land_use": str(LandUse.PLANNED), "geometry": row.geometry}
            later = pd.concat([later, gpd.GeoDataFrame([new], crs=later.crs)], ignore_index=True)
    return later
