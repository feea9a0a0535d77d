"""A scenario to draw in QGIS: a GeoPackage with empty layers, today's network beneath, and styles that open with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pandas as pd
import pyogrio

from movement.sources.sketch import COLUMNS
from movement.tables import GROUP_COLUMNS, Crossing, Purpose, Structure

_NUMBERS = ("level", "width_m", "motor_per_day", "speed_kmh", "heavy_pct")
_PEOPLE = ("residents", *GROUP_COLUMNS.values())
_CHOICES: Mapping[str, Sequence[str]] = {
    "modes": ("walk, cycle", "walk", "cycle"),
    "structure": tuple(Structure),
    "surface": ("paved", "gravel", "ground", "unknown"),
    "crossing": ("", *Crossing),
    "is_lit": ("yes", "no"),
    "has_steps": ("no", "yes"),
    "cycle_oneway": ("no", "yes"),
    "closed": ("no", "yes"),
    "layer": ("zone", "attraction"),
    "action": ("add", "change", "move", "remove"),
    "purpose": tuple(Purpose),
}
# colour and width in mm
_LINES = {
    "links_today": ("#9e9e9e", 0.3),
    "barriers": ("#4e342e", 0.9),
    "links_added": ("#542788", 1.0),
    "links_changed": ("#1f78b4", 0.8),
}
_SHOWN_FIRST = ("links_today", "barriers", "links_changed", "links_added", "land_use")


def write_template(
    path: Path,
    *,
    today: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    land_use_columns: Sequence[str],
    added: gpd.GeoDataFrame | None = None,
) -> None:
    """Write the GeoPackage.

    Parameters
    ----------
    path
        File to write.
    today
        Raw links of today, shown as background; a link copied from here into `links_changed` can be edited there.
    barriers
        Table BARRIERS, background.
    land_use_columns
        Columns of the layer `land_use`.
    added
        Links to begin with, columns of `sketch.COLUMNS`; none where not given.
    """
    told = today.assign(
        modes=[
            ", ".join(mode for mode, is_open in (("walk", walk), ("cycle", cycle)) if is_open)
            for walk, cycle in zip(today["allows_walk"], today["allows_cycle"], strict=True)
        ],
        **{name: today[name].map({True: "yes", False: "no"}) for name in ("cycle_oneway", "is_lit", "has_steps")},
    ).reindex(columns=[*COLUMNS, "geometry"])
    layers = {
        "links_today": (told, "LineString"),
        "barriers": (barriers[["barrier_id", "kind", "level", "name_da", "geometry"]], "Unknown"),
        "links_changed": (_empty([*COLUMNS, "closed"], today.crs), "LineString"),
        "links_added": (_empty(COLUMNS, today.crs) if added is None else added, "LineString"),
        "land_use": (_empty(land_use_columns, today.crs), "Point"),
    }
    for name in _SHOWN_FIRST:
        frame, geometry = layers[name]
        pyogrio.write_dataframe(frame, path, layer=name, geometry_type=geometry, append=path.exists())
    _write_styles(path, {name: list(layers[name][0].columns) for name in layers})


def _empty(columns: Sequence[str], crs: object) -> gpd.GeoDataFrame:
    types = {name: "float64" if name in (*_NUMBERS, *_PEOPLE, "weight") else "object" for name in columns}
    rows = pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})
    return gpd.GeoDataFrame(rows, geometry=[], crs=crs)


def _write_styles(path: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Write QGIS's own table of styles; what it marks as default is used when the layer is opened."""
    with closing(sqlite3.connect(path)) as package, package:
        package.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT,"
            " f_table_schema TEXT, f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT,"
            " styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT,"
            " update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))"
        )
        package.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES"
            " ('layer_styles', 'attributes', 'layer_styles')"
        )
        package.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, 'geom', ?, ?, '', 1, '', '')",
            [(name, name, _style(name, own)) for name, own in columns.items()],
        )


def _style(name: str, columns: Sequence[str]) -> str:
    """Return a QGIS style (QML): one symbol, and lists of the words each column takes."""
    if name in _LINES:
        colour, width = _LINES[name]
        kind, symbol = "line", _symbol("SimpleLine", line_color=colour, line_width=f"{width}", capstyle="round")
    else:
        kind, symbol = "marker", _symbol("SimpleMarker", name="circle", color="#e08214", size="4")
    fields = "".join(_field(column, _CHOICES[column]) for column in columns if column in _CHOICES)
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.34" styleCategories="Symbology|Fields|Forms">'
        f'<fieldConfiguration>{fields}</fieldConfiguration><renderer-v2 type="singleSymbol"><symbols>'
        f'<symbol type="{kind}" name="0" alpha="1">{symbol}</symbol></symbols></renderer-v2></qgis>'
    )


def _symbol(of: str, **values: str) -> str:
    told = "".join(f'<Option type="QString" name={quoteattr(k)} value={quoteattr(v)}/>' for k, v in values.items())
    return f'<layer class="{of}" enabled="1" pass="0" locked="0"><Option type="Map">{told}</Option></layer>'


def _field(column: str, choices: Sequence[str]) -> str:
    words = [(quoteattr(str(choice) or "-"), quoteattr(str(choice))) for choice in choices]
    option = '<Option type="Map"><Option type="QString" name={} value={}/></Option>'
    rows = "".join(option.format(*word) for word in words)
    return (
        f'<field name="{column}" configurationFlags="NoFlag"><editWidget type="ValueMap"><config><Option type="Map">'
        f'<Option type="List" name="map">{rows}</Option></Option></config></editWidget></field>'
    )
