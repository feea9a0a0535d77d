"""Hand-drawn networks (GeoJSON or GeoPackage, as from QGIS) in, raw links out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pyogrio.errors import DataSourceError

from movement.tables import Crossing, Fault, InputFaults, Structure, missing_columns

COLUMNS = (
    "link_id",
    "name",
    "link_class",
    "modes",
    "cycle_oneway",
    "level",
    "structure",
    "is_lit",
    "surface",
    "has_steps",
    "crossing",
    "width_m",
    "motor_per_day",
    "speed_kmh",
    "heavy_pct",
    "source",
)
_NEEDED = tuple(
    name for name in COLUMNS if name not in ("name", "crossing", "width_m", "speed_kmh", "heavy_pct", "source")
)
_MODES = {"walk", "cycle"}
_ALLOWED = {
    "structure": tuple(Structure),
    "surface": ("paved", "gravel", "ground", "unknown"),
    "crossing": tuple(Crossing),
}
_EXAMPLES = {name: ", ".join(words) for name, words in _ALLOWED.items()} | {
    "modes": "walk, cycle",
    "level": "-1, 0, 1",
    "motor_per_day": "800",
    **dict.fromkeys(("cycle_oneway", "is_lit", "has_steps"), "yes, no"),
}
_YES, _NO = ("true", "yes", "ja", "1", "1.0"), ("false", "no", "nej", "0", "0.0")
_MAY_BE_BLANK = ("surface", "crossing")


def read_sketch(path: Path, layer: str | None = None, *, crs: str) -> gpd.GeoDataFrame:
    """Read drawn lines as raw links.

    Parameters
    ----------
    path
        Line layer with the columns of `COLUMNS`; lines that join share the coordinates of their ends.
    layer
        Layer of a GeoPackage; the first where not given.
    crs
        Metric CRS into which the lines are brought.

    Returns
    -------
    raw
        `link_id`, `name`, `link_class`, `allows_walk`, `allows_cycle`, `cycle_oneway`, `level`, `structure`, `is_lit`,
        `surface`, `has_steps`, `crossing`, `width_m`, `motor_per_day`, `speed_kmh`, `heavy_pct`, `source`,
        `geometry`; one row per line.

    Raises
    ------
    InputFaults
        For missing columns, ids that stand twice, unknown words, wrong numbers, and shapes that are no single line.
    """
    file = path.as_posix()
    try:
        drawn = gpd.read_file(path, layer=layer)
    except (DataSourceError, ValueError) as broken:
        raise InputFaults([Fault("unreadable_layer", file, value=str(broken)[:200])]) from broken
    missing = [name for name in _NEEDED if name not in drawn]
    if missing:
        raise InputFaults(missing_columns(file, missing, COLUMNS, _EXAMPLES))
    drawn = drawn.reindex(columns=[*COLUMNS, *([] if "badge" not in drawn else ["badge"]), "geometry"])
    faults = _faults(drawn, file)
    if faults:
        raise InputFaults(faults)
    return _typed(drawn).to_crs(crs)


def _faults(drawn: gpd.GeoDataFrame, file: str) -> list[Fault]:
    rows = range(1, len(drawn) + 1)
    faults = []
    for row, link in zip(rows, drawn.itertuples(), strict=True):
        faults += _value_faults(link, file, row)
        modes = set(_words(link.modes))
        if link.geometry is None or link.geometry.geom_type != "LineString":
            kind = "" if link.geometry is None else link.geometry.geom_type
            faults.append(Fault("wrong_geometry", file, row, kind, {"wanted": "LineString"}))
        if not modes <= _MODES:
            faults.append(
                Fault("unknown_word", file, row, str(link.modes), {"column": "modes", "allowed": "walk, cycle"})
            )
    twice = drawn["link_id"].duplicated()
    faults += [
        Fault("id_twice", file, row, str(id_))
        for row, id_ in zip(rows, drawn["link_id"], strict=True)
        if twice[row - 1]
    ]
    return faults


def _value_faults(link: Any, file: str, row: int) -> list[Fault]:
    faults = [
        Fault("value_missing", file, row, detail={"column": column})
        for column in ("link_id", "link_class")
        if _is_blank(getattr(link, column))
    ]
    for column, allowed in _ALLOWED.items():
        value = getattr(link, column)
        if str(value) not in allowed and not (_is_blank(value) and column in _MAY_BE_BLANK):
            more = {"column": column, "allowed": ", ".join(allowed)}
            faults.append(Fault("unknown_word", file, row, str(value), more))
    for column, rule, is_right in _KINDS:
        value = getattr(link, column)
        if not _is_blank(value) and not is_right(value):
            faults.append(Fault(rule, file, row, str(value), {"column": column}))
    return faults


def _is_number(value: object) -> bool:
    return bool(pd.notna(pd.to_numeric(value, errors="coerce")))


def _is_whole(value: object) -> bool:
    return _is_number(value) and float(str(value)) % 1 == 0


def _is_yes_no(value: object) -> bool:
    return str(value).lower() in (*_YES, *_NO)


def _is_blank(value: object) -> bool:
    return value is None or value != value or value == ""


def _is_yes(value: object) -> bool:
    return str(value).lower() in _YES


_KINDS = (
    ("level", "no_number", _is_whole),
    *((column, "no_number", _is_number) for column in ("width_m", "motor_per_day", "speed_kmh", "heavy_pct")),
    *((column, "no_yes_no", _is_yes_no) for column in ("cycle_oneway", "is_lit", "has_steps")),
)


def _words(modes: object) -> list[str]:
    return [word.strip() for word in str(modes or "").split(",") if word.strip() and word.strip() != "nan"]


def _typed(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    modes = drawn["modes"].map(_words)
    return drawn.drop(columns="modes").assign(
        link_id=drawn["link_id"].astype(str),
        allows_walk=modes.map(lambda words: "walk" in words),
        allows_cycle=modes.map(lambda words: "cycle" in words),
        cycle_oneway=drawn["cycle_oneway"].map(_is_yes),
        is_lit=drawn["is_lit"].map(_is_yes),
        has_steps=drawn["has_steps"].map(_is_yes),
        level=pd.to_numeric(drawn["level"]).fillna(0).astype(int),
        surface=drawn["surface"].astype(object).where(~drawn["surface"].map(_is_blank), "unknown"),
        crossing=drawn["crossing"].astype(object).where(~drawn["crossing"].map(_is_blank), None),
        motor_per_day=pd.to_numeric(drawn["motor_per_day"]).fillna(0.0),
        **{name: pd.to_numeric(drawn[name]) for name in ("width_m", "speed_kmh", "heavy_pct")},
    )
