"""The DuckDB database a planner or GIS can query, and the catalogue of what is in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from movement.tables import Table


def catalogue(files: Mapping[Path, Table]) -> dict[str, Any]:
    """List tables with their meaning, columns and content hash.

    Parameters
    ----------
    files
        Parquet file of each table; the table's name in the database is the file's stem.

    Returns
    -------
    catalogue
        `tables`: per table its file name, meaning, sha256 and columns with kind, unit and meaning.
    """
    return {
        "tables": {
            path.stem: {
                "file": path.name,
                "meaning": table.meaning,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "key": list(table.key),
                "columns": {
                    name: {"kind": column.kind, "unit": column.unit, "meaning": column.meaning}
                    for name, column in table.columns.items()
                },
            }
            for path, table in sorted(files.items())
        }
    }


def build_database(files: Mapping[Path, Table], database: Path, *, catalogue_text: str) -> None:
    """Write every table into a fresh DuckDB file, with the meaning of each column as a comment.

    Parameters
    ----------
    files
        Parquet file of each table.
    database
        File to write; replaced only when the new one is complete.
    catalogue_text
        Text of catalog.json; its hash is kept in the table `built_from`, so that `is_current` can compare.
    """
    fresh = database.with_name(database.name + ".new")
    fresh.unlink(missing_ok=True)
    with duckdb.connect(str(fresh)) as con:
        for path, table in sorted(files.items()):
            con.execute(f'CREATE TABLE "{path.stem}" AS SELECT * FROM read_parquet(?)', [path.as_posix()])
            con.execute(f'COMMENT ON TABLE "{path.stem}" IS {_quoted(table.meaning)}')
            for name, column in table.columns.items():
                meaning = column.meaning + (f" [{column.unit}]" if column.unit else "")
                con.execute(f'COMMENT ON COLUMN "{path.stem}"."{name}" IS {_quoted(meaning)}')
        con.execute("CREATE TABLE built_from AS SELECT ? AS sha256", [_sha256(catalogue_text)])
    fresh.replace(database)


def is_current(database: Path, *, catalogue_text: str) -> bool:
    """Tell whether the database exists and was built from this catalogue."""
    if not database.exists():
        return False
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            row = con.execute("SELECT sha256 FROM built_from").fetchone()
    except duckdb.Error:
        return False
    return row is not None and row[0] == _sha256(catalogue_text)


@dataclass(frozen=True)
class RowChanges:
    """How one version of a table differs from another, in rows."""

    new: int
    changed: int
    gone: int


def row_changes(old: Path, new: Path, key: Sequence[str]) -> RowChanges:
    """Compare two Parquet files of one table by its key, in the columns that both have.

    Parameters
    ----------
    key
        Columns that name a row; without any, a changed row is one gone and one new.
    """
    both = [name for name in pq.read_schema(new).names if name in pq.read_schema(old).names]
    everything = ", ".join(f'"{name}"' for name in both)
    columns = ", ".join(f'"{name}"' for name in key if name in both) or everything
    with duckdb.connect() as con:

        def only_in(one: Path, other: Path, what: str) -> int:
            query = (
                f"SELECT count(*) FROM (SELECT {what} FROM read_parquet(?) EXCEPT SELECT {what} FROM read_parquet(?))"
            )
            found = con.execute(query, [one.as_posix(), other.as_posix()]).fetchone()
            return int(found[0]) if found else 0

        added = only_in(new, old, columns)
        return RowChanges(added, only_in(new, old, everything) - added, only_in(old, new, columns))


@dataclass(frozen=True)
class CountChanges:
    """What a run found in the counts that the run before had not: intervals, flags, and sites that fell silent."""

    new: int
    changed: int
    gone: int
    flagged: int
    lifted: int
    silent: tuple[str, ...]


def count_changes(old: Path, new: Path, *, permanent: Sequence[str]) -> CountChanges:
    """Compare two Parquet files of COUNTS.

    Parameters
    ----------
    old, new
        COUNTS of the run before and of this one.
    permanent
        Sites that count all the time: one whose last number lies two days or more before the newest of all, and did
        not in the run before, has fallen silent.
    """
    key = "station_id, mode, direction, t_start_utc"
    with duckdb.connect() as con:
        for name, path in (("old", old), ("new", new)):
            con.read_parquet(path.as_posix()).create_view(name)
        found = con.execute(
            f"""SELECT count(*) FILTER (o.flag IS NULL),
                       count(*) FILTER (o.flag IS NOT NULL AND n.flag IS NOT NULL
                                        AND o.count_reported IS DISTINCT FROM n.count_reported),
                       count(*) FILTER (n.flag IS NULL),
                       count(*) FILTER (n.flag <> '' AND o.flag = ''),
                       count(*) FILTER (n.flag = '' AND o.flag <> '')
                FROM old o FULL JOIN new n USING ({key})"""
        ).fetchone()
        silent = [set(map(str, _silent(con, name))) & set(permanent) for name in ("old", "new")]
    new_rows, changed, gone, flagged, lifted = found or (0, 0, 0, 0, 0)
    return CountChanges(new_rows, changed, gone, flagged, lifted, tuple(sorted(silent[1] - silent[0])))


def _silent(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = con.execute(
        f"""SELECT station_id FROM {table} WHERE count_reported IS NOT NULL GROUP BY station_id
            HAVING max(t_start_utc) < (SELECT max(t_start_utc) FROM {table}) - INTERVAL 2 DAY"""
    ).fetchall()
    return [row[0] for row in rows]


def as_text(catalogue_: Mapping[str, Any]) -> str:
    """Return the catalogue as JSON text, the same for the same tables."""
    return json.dumps(catalogue_, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
