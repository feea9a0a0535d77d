"""Scenarios as drawn in QGIS: what each folder says, and the planned land use they make together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import yaml
from pyogrio.errors import DataSourceError

from movement.tables import SCENARIOS, Fault, InputFaults, LandUse

ZERO_ALTERNATIVE = "zero_alternative"
_WORDS = ("name_da", "name_en", "text_da", "text_en")
_LAND_USE_COLUMNS = (
    "layer",
    "action",
    "item_id",
    "name_da",
    "name_en",
    "side",
    "residents",
    "purpose",
    "weight",
    "source",
)
_CHANGED_COLUMNS = ("link_id", "attribute", "value", "source")


@dataclass(frozen=True)
class Scenario:
    """One scenario's folder, or the union of those it combines."""

    scenario_id: str
    words: dict[str, str]
    changes_land_use: bool
    source: str | None
    combines: tuple[str, ...]
    added: gpd.GeoDataFrame  # raw links; column `file`
    changed: pd.DataFrame  # link_id, attribute, value, source, file, row
    land_use: gpd.GeoDataFrame

    @property
    def changes_links(self) -> bool:
        """Whether any link is added, closed or changed."""
        return len(self.added) + len(self.changed) > 0


def read_scenarios(folder: Path, *, crs: str, read_links: Callable[[Path], gpd.GeoDataFrame]) -> tuple[Scenario, ...]:
    """Read every scenario's folder, in order of their ids.

    Parameters
    ----------
    folder
        Folder of folders; a missing one holds no scenarios.
    crs
        Metric CRS of the study.
    read_links
        Reads a layer of added links as raw links.

    Raises
    ------
    InputFaults
        With the faults of all scenarios.
    """
    faults: list[Fault] = []
    found: list[Scenario] = []
    for path in sorted(folder.glob("*/scenario.yaml")):
        try:
            found.append(_read(path.parent, crs, read_links))
        except InputFaults as wrong:
            faults += wrong.faults
    known = {scenario.scenario_id for scenario in found}
    for scenario in found:
        file = (folder / scenario.scenario_id / "scenario.yaml").as_posix()
        faults += [Fault("unknown_scenario", file, value=name) for name in scenario.combines if name not in known]
        if scenario.changes_land_use and scenario.scenario_id != ZERO_ALTERNATIVE:
            faults.append(Fault("land_use_scenario_id", file, value=scenario.scenario_id))
    if faults:
        raise InputFaults(faults)
    by_id = {scenario.scenario_id: scenario for scenario in found}
    return tuple(_combined(scenario, by_id) for scenario in found)


def _read(folder: Path, crs: str, read_links: Callable[[Path], gpd.GeoDataFrame]) -> Scenario:
    said = _read_words(folder / "scenario.yaml")
    added, changed, land_use = (
        folder / name for name in ("links_added.geojson", "links_changed.csv", "land_use.geojson")
    )
    return Scenario(
        scenario_id=folder.name,
        words={name: str(said[name]) for name in _WORDS},
        changes_land_use=bool(said.get("changes_land_use", False)),
        source=said.get("source"),
        combines=tuple(said.get("combines") or ()),
        added=read_links(added).assign(file=added.as_posix())
        if added.exists()
        else gpd.GeoDataFrame(geometry=[], crs=crs),
        changed=_read_changed(changed),
        land_use=_read_land_use(land_use, crs),
    )


def _read_words(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken
    said = said if isinstance(said, dict) else {}
    missing = [Fault("layer_column_missing", path.as_posix(), value=name) for name in _WORDS if not said.get(name)]
    if missing:
        raise InputFaults(missing)
    return said


def _read_changed(path: Path) -> pd.DataFrame:
    columns = [*_CHANGED_COLUMNS, "file", "row"]
    if not path.exists():
        return pd.DataFrame(columns=columns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # more cells than columns
            frame = pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False, index_col=False)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.ParserWarning) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken
    missing = [
        Fault("layer_column_missing", path.as_posix(), value=name) for name in _CHANGED_COLUMNS if name not in frame
    ]
    if missing:
        raise InputFaults(missing)
    return frame.assign(file=path.as_posix(), row=range(2, len(frame) + 2))[columns]


def _read_land_use(path: Path, crs: str) -> gpd.GeoDataFrame:
    if not path.exists():
        return gpd.GeoDataFrame(columns=[*_LAND_USE_COLUMNS, "geometry"], geometry="geometry", crs=crs)
    try:
        frame = gpd.read_file(path)
    except (DataSourceError, ValueError) as broken:
        raise InputFaults([Fault("unreadable_layer", path.as_posix(), value=str(broken)[:200])]) from broken
    missing = [
        Fault("layer_column_missing", path.as_posix(), value=n)
        for n in ("layer", "action", "item_id")
        if n not in frame
    ]
    if missing:
        raise InputFaults(missing)
    return frame.reindex(columns=[*_LAND_USE_COLUMNS, "geometry"]).to_crs(crs).assign(file=path.as_posix())


def _combined(scenario: Scenario, by_id: dict[str, Scenario]) -> Scenario:
    parts = [by_id[name] for name in scenario.combines]
    if not parts:
        return scenario
    added = pd.concat([part.added for part in (*parts, scenario) if len(part.added)], ignore_index=True)
    changed = pd.concat([part.changed for part in (*parts, scenario)], ignore_index=True)
    return Scenario(
        scenario_id=scenario.scenario_id,
        words=scenario.words,
        changes_land_use=scenario.changes_land_use,
        source=scenario.source,
        combines=scenario.combines,
        added=added if len(added) else scenario.added,
        changed=changed,
        land_use=scenario.land_use,
    )


def scenario_table(scenarios: Sequence[Scenario], *, before_words: dict[str, str]) -> pd.DataFrame:
    """List `before` and every scenario (tables.SCENARIOS)."""
    before = {"scenario_id": "before", "changes_links": False, "changes_land_use": False, "source": None}
    rows = [
        {
            "scenario_id": scenario.scenario_id,
            "changes_links": scenario.changes_links,
            "changes_land_use": scenario.changes_land_use,
            "source": scenario.source,
            **scenario.words,
        }
        for scenario in scenarios
    ]
    return SCENARIOS.conform(pd.DataFrame([before | before_words, *rows]))


def planned(
    zones: gpd.GeoDataFrame, attractions: gpd.GeoDataFrame, scenarios: Sequence[Scenario]
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Put today's land use and the planned one under each other.

    Parameters
    ----------
    zones, attractions
        Tables ZONES and ATTRACTIONS of today.
    scenarios
        Those with `changes_land_use` are applied, in their order.

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
            rows = scenario.land_use[scenario.land_use["layer"] == layer]
            later = _applied(later, rows, key, faults)
        out.append(gpd.GeoDataFrame(pd.concat([today, later], ignore_index=True), crs=today.crs))
    odd = [row for s in changing for row in s.land_use.itertuples() if row.layer not in layers]
    faults += [
        Fault("unknown_word", r.file, value=str(r.layer), detail={"column": "layer", "allowed": "zone, attraction"})
        for r in odd
    ]
    if faults:
        raise InputFaults(faults)
    return out[0], out[1]


def _applied(later: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, key: str, faults: list[Fault]) -> gpd.GeoDataFrame:
    columns = [name for name in later.columns if name in rows.columns and name not in (key, "geometry")]
    for row in rows.itertuples():
        there = later[key] == row.item_id
        known = bool(there.any())
        if row.action not in ("add", "change", "remove"):
            allowed = {"column": "action", "allowed": "add, change, remove"}
            faults.append(Fault("unknown_word", row.file, value=str(row.action), detail=allowed))
        elif known == (row.action == "add"):
            faults.append(Fault("item_there" if known else "unknown_item", row.file, value=str(row.item_id)))
        elif row.action == "remove":
            later = later[~there]
        elif row.action == "change":
            given = {name: getattr(row, name) for name in columns if pd.notna(getattr(row, name))}
            later = later.assign(**{name: later[name].where(~there, value) for name, value in given.items()})
        else:
            new = {name: getattr(row, name) for name in columns}
            new |= {key: row.item_id, "land_use": str(LandUse.PLANNED), "geometry": row.geometry}
            later = pd.concat([later, gpd.GeoDataFrame([new], crs=later.crs)], ignore_index=True)
    return later
