"""Archives of tidy counts too large for memory: read in blocks, sorted by DuckDB out of core.

The same rules as for one file: each different text of a time, a number, a mode or a direction is read once by the
functions that read every file. What they refuse is refused here, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from movement.sources.counters.tall import directions_of, mode_word
from movement.sources.counters.times import (
    YEAR_LAST,
    decide_order,
    has_offset,
    local_times,
    offset_times,
    to_utc,
    undecided,
)
from movement.sources.counters.values import counts_of
from movement.tables import Fault, InputFaults, Mode

_NEEDED = ("station_id", "mode", "t_start", "interval_min", "count")
_OPTIONAL = ("direction",)
_BLOCK_BYTES = 16_000_000
_BLOCKS_AHEAD = 3
_ROWS = 200_000
_MODES = [str(mode) for mode in Mode]
_WAYS = ["both", "in", "out"]
_NO_TIME = np.iinfo("int64").min
_IMPOSSIBLE = _NO_TIME + 1
_RULES = ["", "bad_mode", "bad_direction", "interval_unknown", "bad_date", "impossible_local_time"]
_NUMBER_RULES = ["", "number_ambiguous", "not_a_number", "negative", "not_whole"]
_NUMBER = 100  # rules of numbers count from here


@dataclass(frozen=True)
class Archive:
    """Counts of many files in one DuckDB database, in order of site, mode, direction, length and time."""

    connection: duckdb.DuckDBPyConnection
    files: tuple[str, ...]
    stations: tuple[str, ...]
    rows_read: int
    rows_kept: int
    refused: pd.DataFrame  # source_file, source_row, value, rule

    def first_and_last(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the start of the first and of the last interval."""
        first, last = self.connection.execute("SELECT min(t), max(t) FROM counts").fetchall()[0]
        return pd.Timestamp(first or 0, unit="us", tz="UTC"), pd.Timestamp(last or 0, unit="us", tz="UTC")

    def sites(self) -> Iterator[pd.DataFrame]:
        """Give the rows of one site and mode after the other, sorted by direction, length and time.

        Columns: station_id, mode and direction as categories, t_start_utc, interval_min, n, is_single (one copy of an
        autumn hour), source_file (place in `files`) and source_row.
        """
        cursor = self.connection.cursor()  # of its own: what another reader leaves unread does not hinder it
        held: list[pa.RecordBatch] = []
        for batch in cursor.sql("SELECT * FROM counts").to_arrow_reader(_ROWS):
            codes = batch.column(0).to_numpy()
            start = 0
            for cut in [*(np.flatnonzero(np.diff(codes)) + 1), len(codes)]:
                if held and held[-1].column(0)[0].as_py() != codes[start]:
                    yield self._as_rows(held)
                    held = []
                held.append(batch.slice(start, int(cut) - start))
                start = int(cut)
        if held:
            yield self._as_rows(held)

    def _as_rows(self, held: list[pa.RecordBatch]) -> pd.DataFrame:
        rows = pa.Table.from_batches(held).to_pandas()
        words = {
            "station_id": pd.Categorical.from_codes(rows["site"] // len(_MODES), list(self.stations)),
            "mode": pd.Categorical.from_codes(rows["site"] % len(_MODES), _MODES),
            "direction": pd.Categorical.from_codes(rows["way"], _WAYS),
        }
        return rows.assign(t_start_utc=pd.to_datetime(rows["t"], unit="us", utc=True), **words)


def open_archive(
    files: Sequence[Path], database: Path, *, sites: frozenset[str], timezone: str, memory: str = "400MB"
) -> Archive:
    """Read tidy CSV or Parquet files into a database on disk.

    Parameters
    ----------
    files
        All with the columns of the tidy layout and `interval_min`.
    database
        Made anew; the caller takes it away. What does not fit in memory goes beside it.
    sites
        `station_id` of the study; empty to accept all.
    timezone
        IANA name of local times that do not carry their offset.
    memory
        Most that DuckDB takes.

    Raises
    ------
    InputFaults
        If a file is none, has a site the study does not have, dates that cannot be decided, or an hour that stands
        twice.
    """
    database.unlink(missing_ok=True)
    connection = duckdb.connect(str(database))
    connection.execute(f"SET memory_limit='{memory}'; SET threads=2")
    connection.execute(
        "CREATE TABLE placed (site INTEGER, way TINYINT, t BIGINT, second BIGINT, interval_min INTEGER, n DOUBLE, "
        "source_file SMALLINT, source_row INTEGER)"
    )
    reading = _Reading(timezone)
    faults: list[Fault] = []
    waiting: list[pa.Table] = []
    for place, path, block in _ahead(files):
        try:
            if isinstance(block, Exception):
                raise block
            waiting.append(reading.typed(block, place, path.name))
        except InputFaults as wrong:
            faults += wrong.faults
        if sum(len(part) for part in waiting) >= _ROWS:
            _insert(connection, waiting)
    _insert(connection, waiting)
    faults += [
        Fault("unknown_site", files[place].name, row, station)
        for station, (place, row) in reading.stations.items()
        if sites and station not in sites
    ]
    faults = faults or _sorted(connection, files)
    if faults:
        connection.close()
        raise InputFaults(faults)
    kept = connection.execute("SELECT count(*) FROM counts").fetchall()[0][0]
    refused = pd.DataFrame(reading.refused, columns=["source_file", "source_row", "value", "rule"])
    names = tuple(path.name for path in files)
    return Archive(connection, names, tuple(reading.stations), reading.rows, int(kept), refused)


def _insert(connection: duckdb.DuckDBPyConnection, waiting: list[pa.Table]) -> None:
    if waiting:
        connection.register("block", pa.concat_tables(waiting))
        connection.execute("INSERT INTO placed SELECT * FROM block")
        waiting.clear()


def _ahead(files: Sequence[Path]) -> Iterator[tuple[int, Path, pa.RecordBatch | Exception]]:
    """Give the blocks of all files, parsing the next ones meanwhile; a broken file gives its faults as last block."""
    found: Queue[tuple[int, Path, pa.RecordBatch | Exception] | None] = Queue(maxsize=_BLOCKS_AHEAD)

    def parse() -> None:
        for place, path in enumerate(files):
            try:
                for block in _blocks(path):
                    found.put((place, path, block))
            except Exception as wrong:  # noqa: BLE001 - raised again by who waits, who would else wait for ever
                found.put((place, path, wrong))
        found.put(None)

    Thread(target=parse, daemon=True).start()
    while (block := found.get()) is not None:
        yield block


def _blocks(path: Path) -> Iterator[pa.RecordBatch]:
    """Give a file in blocks of text, each different text once with the rows that have it."""
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    try:
        if is_parquet:
            for batch in pq.ParquetFile(path).iter_batches(_ROWS):
                yield pa.RecordBatch.from_arrays(
                    [pc.cast(column, pa.string()).dictionary_encode() for column in batch.columns], batch.schema.names
                )
            return
        with path.open(encoding="utf-8-sig") as file:
            names = file.readline().rstrip("\r\n").replace('"', "").split(",")
        said = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
        options = csv.ConvertOptions(column_types=said, strings_can_be_null=False)
        yield from csv.open_csv(path, read_options=csv.ReadOptions(block_size=_BLOCK_BYTES), convert_options=options)
    except (pa.ArrowException, UnicodeDecodeError) as wrong:
        raise InputFaults([Fault("broken_table", path.name, value=str(wrong)[:120])]) from None


@dataclass(frozen=True)
class _Known:
    """Texts seen so far and what they were read as."""

    texts: pa.Array
    read_as: np.ndarray


@dataclass
class _Reading:
    """What is known of all texts so far; grows block by block."""

    timezone: str
    rows: int = 0
    stations: dict[str, tuple[int, int]] = field(default_factory=dict)  # file and row of the first; order is the code
    refused: list[tuple[str, int, str, str]] = field(default_factory=list)
    known: dict[str, _Known] = field(default_factory=dict)
    order: str = ""
    place: int = -1
    row: int = 1

    def typed(self, batch: pa.RecordBatch, place: int, name: str) -> pa.Table:
        """Read a block's texts; refused rows are set aside."""
        if place != self.place:
            self.place, self.row, self.order = place, 1, ""
        names = [column.strip() for column in batch.schema.names]
        _check_header(names, name)
        texts = {column: batch.column(at) for at, column in enumerate(names)}
        size = batch.num_rows
        rows = np.arange(self.row + 1, self.row + size + 1, dtype="int32")
        self.row, self.rows = self.row + size, self.rows + size
        station = self._codes("station_id", texts["station_id"], lambda new: self._stations(new, place, int(rows[0])))
        mode = self._codes(
            "mode", texts["mode"], lambda new: [_MODES.index(w) if (w := mode_word(t)) else -1 for t in new]
        )
        way = (
            self._codes("direction", texts["direction"], _way_codes)
            if "direction" in texts
            else np.zeros(size, "int64")
        )
        length = self._codes("interval_min", texts["interval_min"], _lengths)
        n, n_rule = self._numbers(texts["count"])
        first, second = self._times(texts["t_start"], name, int(rows[0]))
        rules = np.select(
            [mode < 0, way < 0, n_rule > 0, length <= 0, first == _NO_TIME, first == _IMPOSSIBLE],
            [1, 2, _NUMBER + n_rule, 3, 4, 5],
            0,
        )
        self._refuse(rules, rows, texts, name)
        kept = rules == 0
        arrays = {
            "site": station * len(_MODES) + mode,
            "way": way,
            "t": first,
            "second": second,
            "interval_min": length,
            "n": n,
            "source_file": np.full(size, place),
            "source_row": rows,
        }
        return pa.table({column: pa.array(values[kept], from_pandas=True) for column, values in arrays.items()})

    def _codes(self, name: str, column: Any, read: Callable[[list[str]], Sequence[int]]) -> np.ndarray:
        """Give each row the number of its text; texts not seen before are read."""
        return self._looked_up(name, column, lambda new: list(read(new))).astype("int64")

    def _looked_up(self, name: str, column: Any, read: Callable[[list[str]], Sequence[Any]]) -> np.ndarray:
        """Give each row what its text was read as; only texts never seen before are read."""
        texts = pc.fill_null(column.dictionary, "")
        known = self.known.get(name) or _Known(pa.array([], pa.string()), np.empty(0))
        places = pc.index_in(texts, value_set=known.texts)
        if places.null_count:
            new = texts.filter(places.is_null())
            values = np.array(read([text.strip() for text in new.to_pylist()]))
            both = np.concatenate([known.read_as, values]) if len(known.read_as) else values
            known = _Known(pa.concat_arrays([known.texts, new]), both)
            self.known[name] = known
            places = pc.index_in(texts, value_set=known.texts)
        return np.asarray(known.read_as[places.to_numpy()][column.indices.to_numpy()])

    def _stations(self, new: list[str], place: int, row: int) -> list[int]:
        for text in new:
            self.stations.setdefault(text, (place, row))
        codes = {text: code for code, text in enumerate(self.stations)}
        return [codes[text] for text in new]

    def _numbers(self, column: Any) -> tuple[np.ndarray, np.ndarray]:
        found = self._looked_up("count", column, _read_numbers)
        return found[:, 0], found[:, 1].astype("int64")

    def _times(self, column: Any, name: str, row: int) -> tuple[np.ndarray, np.ndarray]:
        def read(new: list[str]) -> list[tuple[int, int]]:
            texts = pd.Series(new, dtype=object)
            plain = [text for text in new if not has_offset(text)]
            order = self.order or decide_order(plain, declared="", orders=("dmy", "mdy"))
            if order is None:
                rule, value, detail = undecided(plain)
                raise InputFaults([Fault(rule, name, row, value, detail)])
            self.order = order if order != "ymd" else ""
            return _moments(texts, order, self.timezone)

        # what dates with the year last mean is each file's own
        texts = pc.utf8_trim_whitespace(column.dictionary)
        is_own = pc.any(pc.match_substring_regex(texts, YEAR_LAST.pattern)).as_py()
        found = self._looked_up(f"t_start {self.place}" if is_own else "t_start", column, read)
        return found[:, 0], found[:, 1]

    def _refuse(self, rules: np.ndarray, rows: np.ndarray, texts: dict[str, Any], name: str) -> None:
        columns = {1: "mode", 2: "direction", 3: "interval_min", 4: "t_start", 5: "t_start"}
        for at in np.flatnonzero(rules):
            rule = int(rules[at])
            value = str(texts[columns.get(rule, "count")][int(at)].as_py())
            self.refused.append(
                (name, int(rows[at]), value, _NUMBER_RULES[rule - _NUMBER] if rule >= _NUMBER else _RULES[rule])
            )


def _check_header(names: list[str], file: str) -> None:
    if missing := [name for name in _NEEDED if name not in names]:
        raise InputFaults([Fault("unknown_layout", file, 1, ",".join(names)[:120] or missing[0])])
    if strange := [name for name in names if name not in (*_NEEDED, *_OPTIONAL)]:
        raise InputFaults([Fault("unknown_column", file, 1, name) for name in strange])


def _way_codes(new: list[str]) -> list[int]:
    ways = directions_of(new, {})
    return [_WAYS.index(ways[text]) if ways[text] else -1 for text in new]


def _lengths(new: list[str]) -> list[int]:
    return [int(length) for length in pd.to_numeric(pd.Series(new), errors="coerce").fillna(0)]


def _read_numbers(new: list[str]) -> list[tuple[float, int]]:
    read = counts_of(pd.Series(new, dtype=object))
    return [(n, _NUMBER_RULES.index(rule)) for n, rule in zip(read["n"], read["rule"], strict=True)]


def _moments(texts: pd.Series, order: str, timezone: str) -> list[tuple[int, int]]:
    """UTC of each text in microseconds, of its first and of its second copy in the autumn night."""
    with_offset = texts.map(has_offset).astype(bool)
    utc = offset_times(texts.where(with_offset, ""))
    local = local_times(texts.where(~with_offset, ""), order=order)
    has_local = local.notna()
    twice = pd.concat([local[has_local]] * 2, ignore_index=True)
    copies = to_utc(twice, pd.concat([texts[has_local]] * 2, ignore_index=True), timezone=timezone)["utc"]
    number = int(has_local.sum())
    first, second = utc.copy(), utc.copy()
    first[has_local], second[has_local] = copies[:number].to_numpy(), copies[number:].to_numpy()
    in_us = np.where(has_local & first.isna(), _IMPOSSIBLE, _in_us(first))
    return list(zip(in_us.tolist(), _in_us(second).tolist(), strict=True))


def _in_us(times: pd.Series) -> np.ndarray:
    microseconds = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype("int64")
    return np.where(times.isna(), _NO_TIME, microseconds)


def _sorted(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[Fault]:
    """Sort; the second copy of an autumn hour is winter time, a single one is marked; say hours that stand twice."""
    connection.execute(
        """
        CREATE TABLE night AS
        SELECT source_file, source_row, row_number() OVER copies AS copy,
               count(*) OVER (PARTITION BY site, way, t) AS copies
        FROM placed WHERE second <> t WINDOW copies AS (PARTITION BY site, way, t ORDER BY source_file, source_row);
        CREATE TABLE counts AS
        SELECT site, way, CASE WHEN night.copy > 1 THEN second ELSE t END AS t, interval_min, n,
               coalesce(night.copies = 1, false) AS is_single, placed.source_file, placed.source_row
        FROM placed LEFT JOIN night ON second <> t AND night.source_file = placed.source_file
            AND night.source_row = placed.source_row
        ORDER BY site, way, interval_min, t;
        DROP TABLE placed;
        """
    )
    found = connection.execute(
        """
        SELECT a.source_file, a.source_row, a.n, a.before_file, a.before_row FROM (
            SELECT *, lag(t) OVER w AS before, lag(site) OVER w AS before_site, lag(way) OVER w AS before_way,
                   lag(source_file) OVER w AS before_file, lag(source_row) OVER w AS before_row
            FROM counts WINDOW w AS (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) a
        WHERE a.before = a.t AND a.before_site = a.site AND a.before_way = a.way LIMIT 20
        """
    ).fetchall()
    return [
        Fault(
            "same_hours_differ",
            files[place].name,
            row,
            str(n),
            {"other": files[other].name, "hours": "1", "other_row": str(other_row)}
            | {"here": files[place].name, "there": files[other].name},
        )
        for place, row, n, other, other_row in found
    ]
