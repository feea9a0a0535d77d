"""`movement archive`: tidy counts of any size in, one flagged Parquet file out, never all of them in memory."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from movement import study
from movement.counts import calendar, quality
from movement.sources.counters.archive import Archive, open_archive
from movement.tables import COUNTS, Flag
from pipelines import flag_counts, stage

_WORKERS = 2
_ARROW = {"text": pa.string(), "integer": pa.int64(), "real": pa.float64(), "utc": pa.timestamp("us", "UTC")}
_TOLD = ["mode", "direction", "t_start_utc", "interval_min", "n"]


@dataclass(frozen=True)
class Flagged:
    """What became of an archive: rows read, kept, refused and flagged, and the refused ones."""

    rows_read: int
    rows_kept: int
    rows_flagged: int
    refused: pd.DataFrame


def flag_for_study(files: list[Path], target: Path, folder: Path) -> Flagged:
    """Flag an archive by the limits, sites, time zone and holidays of a study.

    Raises
    ------
    InputFaults
        If the study's own files or the archive's are wrong.
    """
    params = stage.section("flag_counts", flag_counts.Params, folder / stage.PARAMS_FILE)
    sites = frozenset[str]()
    if (folder / stage.RAW_STUDY / "sites.geojson").exists():
        sites = frozenset(study.read_sites(folder / stage.RAW_STUDY, crs=params.study["crs"])["station_id"])
    return flag_archive(
        files,
        target,
        sites=sites,
        timezone=params.study["timezone"],
        limits=flag_counts.limits_of(params),
        holiday_country=params.study.get("holiday_country", ""),
    )


def flag_archive(
    files: list[Path],
    target: Path,
    *,
    sites: frozenset[str],
    timezone: str,
    limits: quality.Limits,
    holiday_country: str,
    workers: int = _WORKERS,
) -> Flagged:
    """Read, flag and write COUNTS as Parquet, sorted by site, mode, direction and time.

    Parameters
    ----------
    files
        Tidy CSV or Parquet.
    target
        Written as a temporary file and renamed.
    sites, timezone
        As for `open_archive`.
    limits, holiday_country
        As for the stage flag_counts.
    workers
        Processes that judge.

    Raises
    ------
    InputFaults
        If the files cannot be read; nothing is written then.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".archive-") as folder, _judges(workers) as judges:
        archive = open_archive(files, Path(folder, "archive.duckdb"), sites=sites, timezone=timezone)
        try:
            first, last = archive.first_and_last()
            holidays = tuple(calendar.holidays_within(pd.Series([first, last]), country=holiday_country))
            judge = partial(quality.judge_site, timezone=timezone, limits=limits, holidays=holidays)
            judged = list(_judged(archive, judge, judges, at_once=4 * workers))
            low = quality.low_days(judged, share=limits.low_day_share)
            fresh = Path(folder, "counts.parquet")
            flagged = _write(archive, judged, low, fresh)
            fresh.replace(target)
        finally:
            archive.connection.close()
    return Flagged(archive.rows_read, archive.rows_kept, flagged, archive.refused)


def _judges(workers: int) -> ProcessPoolExecutor:
    """Start the processes that judge while this one is still small: a fork takes its memory along."""
    pool = ProcessPoolExecutor(workers)
    for _ in pool.map(_small, range(workers)):
        pass
    return pool


def _small(number: int) -> int:
    return number


def _judged(
    archive: Archive, judge: Callable[[pd.DataFrame], quality.Site], judges: ProcessPoolExecutor, *, at_once: int
) -> Iterator[quality.Site]:
    """Judge each site in turn, with no more of them under way than memory allows."""
    waiting: deque[Future[quality.Site]] = deque()
    for rows in archive.sites():
        waiting.append(judges.submit(judge, rows[_TOLD]))
        if len(waiting) > at_once:
            yield waiting.popleft().result()
    yield from (one.result() for one in waiting)


def _write(archive: Archive, judged: list[quality.Site], low: list[np.ndarray], target: Path) -> int:
    """Write the rows of each site with their flags; return how many are flagged."""
    files, words, flagged = pa.array(archive.files), pa.array(quality.WORDS.tolist()), 0
    schema = pa.schema([(name, _ARROW[column.kind]) for name, column in COUNTS.columns.items()])
    alone = quality.WORDS.tolist().index(str(Flag.DST_AMBIGUOUS))
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for rows, site, days in zip(archive.sites(), judged, low, strict=True):
            flags = np.where(rows["is_single"], alone, site.flags_with(days))
            flagged += int((flags > 0).sum())
            columns = {
                "station_id": pa.array(rows["station_id"]),
                "mode": pa.array(rows["mode"]),
                "direction": pa.array(rows["direction"]),
                "t_start_utc": pa.array(rows["t_start_utc"]),
                "interval_min": pa.array(rows["interval_min"]),
                "count_reported": pa.array(rows["n"], from_pandas=True),
                "count": pa.array(rows["n"].where(flags == 0), from_pandas=True),
                "flag": pa.DictionaryArray.from_arrays(flags.astype("int8"), words),
                "source_file": pa.DictionaryArray.from_arrays(rows["source_file"].astype("int16"), files),
                "source_row": pa.array(rows["source_row"]),
            }
            writer.write_table(pa.table(columns).cast(schema))
    return flagged
