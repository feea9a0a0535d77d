"""A table's contract: its columns with kind and unit, its key, and the one way it is checked, written and read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

from movement.tables.faults import ANY_TEXT

COORDINATE_DECIMALS = 3  # millimetres: finer digits differ between machines


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, its unit and how many decimals it keeps."""

    kind: str  # text, integer, real, yes_no, date (midnight, no zone), utc
    meaning: str
    unit: str = ""
    nullable: bool = False
    decimals: int = 6
    words: type[StrEnum] | None = None
    least: float | None = None
    most: float | None = None

    @property
    def example(self) -> str:
        """What may stand in it, for people of any language: its words, else one value; an ellipsis for any text."""
        return ", ".join(self.words) if self.words is not None else _EXAMPLES[self.kind]


_EXAMPLES = {
    "text": ANY_TEXT,
    "integer": "12",
    "real": "12.5",
    "yes_no": "yes, no",
    "date": "2026-09-14",
    "utc": "2026-09-14T07:00Z",
}

_DTYPES = {
    "text": "str",
    "integer": "Int64",
    "real": "float64",
    "yes_no": "bool",
    "date": "datetime64[us]",
    "utc": "datetime64[us, UTC]",
}


@dataclass(frozen=True)
class Table:
    """A table's contract: columns, key and geometry; read, checked and written in one way."""

    name: str
    meaning: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    geometry: str | None = None  # Point, LineString, Polygon, joined by `or`; None for a plain table

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """Pandera schema of the plain columns."""
        return pa.DataFrameSchema(
            {
                name: pa.Column(
                    _DTYPES[column.kind] if column.kind != "text" else object,
                    checks=_checks(column),
                    nullable=column.nullable,
                    coerce=False,
                )
                for name, column in self.columns.items()
            },
            unique=list(self.key) or None,
            strict=True,
        )

    def empty(self) -> pd.DataFrame:
        """No rows, all columns."""
        return self.conform(pd.DataFrame({name: [] for name in self.columns} | self._no_geometry()))

    def joined(self, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
        """Put parts of the table together, in order; no rows where there are none."""
        kept = [part for part in parts if len(part)]
        return pd.concat(kept, ignore_index=True) if kept else self.empty()

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put columns in order, give them their types and round reals to their decimals; same rows."""
        out = {name: _as_kind(frame[name], column) for name, column in self.columns.items()}
        plain = pd.DataFrame(out, index=frame.index)
        if self.geometry is None:
            return plain
        crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
        shapes = shapely.transform(np.asarray(frame["geometry"]), lambda xy: np.round(xy, COORDINATE_DECIMALS))
        return gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs))

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Conform and hold the frame against the contract.

        Raises
        ------
        pandera.errors.SchemaErrors
            With every broken rule at once.
        ValueError
            If the geometry is missing, of another kind, or without a CRS.
        """
        frame = self.conform(frame)
        self.schema.validate(pd.DataFrame(frame[list(self.columns)]), lazy=True)
        if isinstance(frame, gpd.GeoDataFrame) and len(frame):
            kinds = set(frame.geom_type.str.replace("Multi", "")) - set(str(self.geometry).split(" or "))
            if kinds or frame.crs is None:
                raise ValueError(f"{self.name}: geometry must be {self.geometry} with a CRS, found {kinds or 'no CRS'}")
        return frame

    def write(self, frame: pd.DataFrame, path: Path) -> None:
        """Check, sort by key and write as Parquet (GeoParquet with geometry): temporary file, then rename."""
        frame = self.check(frame)
        if self.key:
            frame = frame.sort_values(list(self.key), kind="stable")
        frame = frame.reset_index(drop=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        frame.to_parquet(fresh, index=False, compression="zstd")
        fresh.replace(path)

    def read(self, path: Path) -> pd.DataFrame:
        """Read what `write` wrote."""
        frame = gpd.read_parquet(path) if self.geometry else pd.read_parquet(path)
        return self.conform(frame)

    def _no_geometry(self) -> dict[str, list[Any]]:
        return {"geometry": []} if self.geometry else {}


def _checks(column: Column) -> list[pa.Check]:
    checks = []
    if column.words is not None:
        checks.append(pa.Check.isin([str(word) for word in column.words]))
    if column.least is not None:
        checks.append(pa.Check.ge(column.least))
    if column.most is not None:
        checks.append(pa.Check.le(column.most))
    return checks


def _as_kind(values: pd.Series, column: Column) -> pd.Series:
    if column.kind == "text":
        text = values.astype(object)
        if pd.api.types.infer_dtype(text, skipna=False) == "string":  # as good as always, and looking costs least
            return text
        return text.where(text.isna(), text.map(str)).where(text.notna(), None)
    if column.kind == "real":
        return pd.to_numeric(values).astype("float64").round(column.decimals) + 0.0  # + 0.0: no negative zero
    if column.kind == "utc":
        return pd.to_datetime(values, utc=True).astype(_DTYPES["utc"])
    return values.astype(_DTYPES[column.kind])


def text(meaning: str, *, nullable: bool = False, words: type[StrEnum] | None = None) -> Column:
    """Describe a column of words."""
    return Column("text", meaning, nullable=nullable, words=words)


def real(
    meaning: str,
    unit: str,
    *,
    decimals: int = 6,
    nullable: bool = False,
    least: float | None = None,
    most: float | None = None,
) -> Column:
    """Describe a column of numbers with a unit."""
    return Column("real", meaning, unit, nullable=nullable, decimals=decimals, least=least, most=most)


def with_ends(name: str, meaning: str, unit: str) -> dict[str, Column]:
    """Describe a figure and the ends of its 95 % interval, empty where it has none."""
    ends = (("low", "Low end of its 95 % interval"), ("high", "High end of its 95 % interval"))
    return {
        name: real(meaning, unit, decimals=1),
        **{f"{name}_{end}": real(said, unit, decimals=1, nullable=True) for end, said in ends},
    }


def whole(meaning: str, unit: str, *, nullable: bool = False, least: float | None = None) -> Column:
    """Describe a column of whole numbers with a unit."""
    return Column("integer", meaning, unit, nullable=nullable, least=least)
