"""Column maps: how the layers planners hold become links, zones and attractions of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import yaml
from pyogrio.errors import DataSourceError

from movement.tables import Fault, InputFaults

_LINK_WORDS = {"cycle_oneway": "no", "level": 0, "structure": "none", "is_lit": "no", "surface": "unknown"}
_LINK_WORDS |= {"has_steps": "no", "motor_per_day": 0.0, "modes": "walk, cycle", "link_class": "path"}
MAKES = {
    "links": (
        *("link_id", "name", "link_class", "modes", "cycle_oneway", "level", "structure", "is_lit", "surface"),
        *("has_steps", "crossing", "width_m", "motor_per_day", "speed_kmh", "heavy_pct", "source"),
    ),
    "zones": ("zone_id", "name_da", "name_en", "side", "residents", "source"),
    "attractions": ("attraction_id", "name_da", "name_en", "purpose", "side", "weight", "source"),
}
_IDS = {"links": "link_id", "zones": "zone_id", "attractions": "attraction_id"}


@dataclass(frozen=True)
class ColumnMap:
    """What each column is made of: a fixed value, or a column of the layer with words to put in place of its own."""

    makes: str  # links, zones or attractions
    columns: Mapping[str, Any]
    keep: Mapping[str, Any] = field(default_factory=dict)  # {column, words}: rows with other words are left out
    cells_m: float = 0.0  # points are summed to cells of this size; 0 keeps each
    cell_id: str = ""  # column with a cell's name, such as 100m_61741_7243, for tables without geometry
    lonlat: Sequence[str] = ()  # columns with longitude and latitude, for such tables
    join_crossings: bool = False  # lines lack nodes where they cross


# GeoDanmark specification 6, class Vejmidte; road categories as danmarksadresser.dk lists them
_GEODANMARK_CLASSES = {
    "Hovedrute": "trunk",
    "Gennemfartsrute": "primary",
    "Fordelingsrute": "secondary",
    "Stor vej": "tertiary",
    "Mellem vej": "residential",
    "Lille vej": "residential",
    "Adgangsvej": "service",
    "Anden vej": "service",
    "Hovedsti": "path",
    "Mindre sti": "path",
    "Cykelsti langs vej": "cycleway",
    "Cykelbane langs vej": "cycleway",
}
_GEODANMARK_MODES = {"Motorvej": "", "Motortrafikvej": "", "Gående": "walk", "Cykel": "cycle"}
# ASSUME: motor traffic by GeoDanmark's road category, vehicles a day
_GEODANMARK_TRAFFIC = {"Hovedrute": 15_000, "Gennemfartsrute": 8_000, "Fordelingsrute": 4_000, "Stor vej": 2_000}
_GEODANMARK_TRAFFIC |= {"Mellem vej": 800, "Lille vej": 300, "Adgangsvej": 100}
READY = {
    "geodanmark": ColumnMap(
        "links",
        {
            "link_id": {"column": "id_lokalid"},
            "name": {"column": "vejnavn", "may_lack": True},
            "link_class": {"column": "vejkategori", "words": _GEODANMARK_CLASSES, "otherwise": "service"},
            "modes": {"column": "trafikart", "words": _GEODANMARK_MODES, "otherwise": "walk, cycle"},
            "level": {"column": "niveau", "otherwise": 0},
            "surface": {
                "column": "overflade",
                "words": {"Befæstet": "paved", "Ubefæstet": "gravel"},
                "otherwise": "unknown",
            },
            "motor_per_day": {"column": "vejkategori", "words": _GEODANMARK_TRAFFIC, "otherwise": 0},
            "source": "GeoDanmark",
        },
        keep={"column": "status", "words": ["Anlagt"], "may_lack": True},
    ),
    "geofa_veje": ColumnMap(
        "links",
        {
            "link_class": {
                "column": "type",
                "words": {"Off. statsvej": "trunk", "Off. kommunevej": "residential"},
                "otherwise": "service",
            },
            "is_lit": "yes",
            "motor_per_day": 500,
            "source": "GeoFA vej_myndighed",
        },
        join_crossings=True,
    ),
    "bbr_homes": ColumnMap(
        "zones",
        {
            # ASSUME: 2.1 people live in a home, Denmark's mean household
            "residents": {"column": "enh023Boligtype", "words": dict.fromkeys("12345", 2.1), "otherwise": 0},
            "source": "BBR; ASSUME 2.1 people a home",
        },
        cells_m=100,
    ),
    "dst_100m": ColumnMap(
        "zones",
        {"zone_id": {"column": "ddkncelle100m"}, "residents": {"column": "personer"}, "source": "Danmarks Statistik"},
        cell_id="ddkncelle100m",
    ),
    "gtfs_stops": ColumnMap(
        "attractions",
        {
            "attraction_id": {"column": "stop_id"},
            "name_da": {"column": "stop_name"},
            "name_en": {"column": "stop_name"},
            "purpose": "station",
            "weight": 1,
            "source": "GTFS",
        },
        lonlat=("stop_lon", "stop_lat"),
    ),
}


def read_map(name: str) -> ColumnMap:
    """Return a ready map, or read one from a YAML file with the fields of `ColumnMap`.

    Raises
    ------
    InputFaults
        If it is neither, or names something that is not made.
    """
    if name in READY:
        return READY[name]
    path = Path(name)
    if not path.is_file():
        raise InputFaults([Fault("unknown_column_map", value=name, detail={"allowed": ", ".join(READY)})])
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = ColumnMap(**said)
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, AttributeError) as broken:
        raise InputFaults([Fault("unreadable_table", path.as_posix(), value=str(broken)[:200])]) from broken
    odd = [name for name in found.columns if name not in MAKES.get(found.makes, ())]
    if odd or found.makes not in MAKES:
        detail = {"column": "columns", "allowed": ", ".join(MAKES.get(found.makes, MAKES))}
        raise InputFaults([Fault("unknown_word", path.as_posix(), value=", ".join(odd) or found.makes, detail=detail)])
    return found


def read_mapped(path: Path, by: ColumnMap, *, crs: str) -> gpd.GeoDataFrame:
    """Read a layer or table through a column map.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, or CSV where the map says where rows lie.
    by
        The map.
    crs
        The study's metric CRS.

    Returns
    -------
    layer
        The columns the map makes (`MAKES`), as a study's own layers have them, in `crs`.

    Raises
    ------
    InputFaults
        For a file that cannot be read, a column it does not have, or a cell's name that is none.
    """
    frame = _placed(_open(path), path, by)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs(crs)
    frame = frame.explode(index_parts=False).reset_index(drop=True)  # one row per line
    frame.columns = [str(name) for name in frame.columns]
    if by.keep:
        kept = _column(frame, by.keep, path)
        frame = frame if kept is None else frame[kept.isin(by.keep["words"])].reset_index(drop=True)
    told: dict[str, Any] = {}
    for name in MAKES[by.makes]:
        told[name] = _told(frame, by.columns.get(name, _LINK_WORDS.get(name) if by.makes == "links" else None), path)
    made = gpd.GeoDataFrame(pd.DataFrame(told, index=frame.index), geometry=frame.geometry)
    return _summed(made, by) if by.cells_m else _named(made, by)


def _open(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.lower() in (".csv", ".txt"):
            return pd.read_csv(path, sep=None, engine="python", dtype=str, encoding="utf-8-sig")
        return gpd.read_file(path)
    except (DataSourceError, ValueError, pyogrio.errors.DataLayerError) as broken:
        raise InputFaults([Fault("unreadable_layer", path.as_posix(), value=str(broken)[:200])]) from broken


def _placed(frame: pd.DataFrame, path: Path, by: ColumnMap) -> gpd.GeoDataFrame:
    """Give rows of a table their place."""
    if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
        return frame
    if by.lonlat:
        lon, lat = (pd.to_numeric(_needed(frame, name, path)) for name in by.lonlat)
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    if by.cell_id:
        cells = _needed(frame, by.cell_id, path)
        found = cells.str.extract(r"^100m_(\d{5})_(\d{4})$")
        if found[0].isna().any():
            row = int(np.flatnonzero(found[0].isna())[0])
            raise InputFaults([Fault("no_cell", path.as_posix(), row + 2, str(cells.iloc[row]))])
        north, east = (found[at].astype(float) * 100 + 50 for at in (0, 1))  # middle of the cell
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(east, north), crs="EPSG:25832")
    raise InputFaults([Fault("layer_without_crs", path.as_posix())])


def _needed(frame: pd.DataFrame, name: str, path: Path) -> pd.Series:
    return pd.Series(_column(frame, {"column": name}, path))


def _column(frame: pd.DataFrame, told: Mapping[str, Any], path: Path) -> pd.Series | None:
    """Return a column whatever the case of its name; Shapefiles cut names to ten letters."""
    wanted = str(told["column"]).casefold()
    names = {str(name).casefold(): name for name in frame.columns}
    found = names.get(wanted, names.get(wanted[:10]) if path.suffix.lower() == ".shp" else None)
    if found is not None:
        return frame[found]
    if told.get("may_lack"):
        return None
    detail = {"columns": ", ".join(str(name) for name in frame.columns if name != "geometry")}
    raise InputFaults([Fault("mapped_column_missing", path.as_posix(), value=str(told["column"]), detail=detail)])


def _told(frame: pd.DataFrame, told: object, path: Path) -> object:
    """Return the values of one column: fixed, copied, or put in place of words."""
    if not isinstance(told, Mapping):
        return told
    found = _column(frame, told, path)
    if found is None:
        return told.get("otherwise")
    words = {str(word).casefold(): value for word, value in told.get("words", {}).items()}
    plain = found.map(lambda value: str(value).strip().casefold(), na_action="ignore")
    if not words:
        return found.where(found.notna(), told.get("otherwise"))
    values = [words.get(word, told.get("otherwise")) for word in plain]
    return pd.Series(values, index=frame.index, dtype=object)


def _named(made: gpd.GeoDataFrame, by: ColumnMap) -> gpd.GeoDataFrame:
    """Give rows an id where the map has none, and one of their own where a line was of several parts."""
    key = _IDS[by.makes]
    ids = (
        made[key]
        .astype(object)
        .where(made[key].notna(), [f"{by.makes[0].upper()}{n}" for n in range(1, len(made) + 1)])
    )
    again = ids.astype(str).groupby(ids.astype(str)).cumcount()
    made = made.assign(**{key: [f"{name}" if n == 0 else f"{name}.{n}" for name, n in zip(ids, again, strict=True)]})
    names = {name: made[name].where(made[name].notna(), made[key]) for name in ("name_da", "name_en") if name in made}
    numbers = {name: pd.to_numeric(made[name]) for name in ("residents", "weight") if name in made}
    return made.assign(**names, **numbers)


def _summed(made: gpd.GeoDataFrame, by: ColumnMap) -> gpd.GeoDataFrame:
    """Put points into cells, their numbers summed; a cell lies where its points lie on average."""
    xy = made.geometry.get_coordinates()
    cell = (np.floor(xy / by.cells_m) * by.cells_m).astype(int)
    amount = pd.to_numeric(made["residents"]).to_numpy()
    rows = pd.DataFrame({"x": xy["x"] * amount, "y": xy["y"] * amount, "residents": amount})
    sums = rows.groupby([cell["x"], cell["y"]]).sum().query("residents > 0")
    ids = [f"{x}_{y}" for x, y in sums.index]
    fixed = {"zone_id": ids, "name_da": ids, "name_en": ids, "side": None, "source": by.columns.get("source")}
    points = shapely.points(sums["x"] / sums["residents"], sums["y"] / sums["residents"])
    return gpd.GeoDataFrame(fixed | {"residents": sums["residents"].to_numpy()}, geometry=points, crs=made.crs)
