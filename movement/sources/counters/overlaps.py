"""Two files with the same hours: equal values are noted, different ones settled by counts.yaml or by export date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from movement.sources.counters.times import local_times
from movement.tables import Fault

_KEY = ["station_id", "mode", "direction", "t_start_utc", "interval_min"]
_BOTH = "both"


@dataclass(frozen=True)
class Settled:
    """Counts by file, each hour once; what was noted of each file; pairs of files that could not be settled."""

    counts: Mapping[str, pd.DataFrame]
    notes: Mapping[str, list[dict[str, str]]]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Settling:
    """What is known of the files, and what is found while they are held against one another."""

    exported: Mapping[str, str]
    replaces: Mapping[str, Collection[str]]
    gone: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    notes: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    faults: list[Fault] = field(default_factory=list)

    def newer(self, one: str, other: str) -> str | None:
        """Return the file that holds, by counts.yaml or by the dates of export; None where neither says."""
        for new, old in ((one, other), (other, one)):
            if file_of(old) in self.replaces.get(file_of(new), ()):
                return new
        dates = local_times(pd.Series([self.exported.get(one, ""), self.exported.get(other, "")]), order="dmy")
        if dates.isna().any() or dates[0] == dates[1]:
            return None
        return one if dates[0] > dates[1] else other


def settle_overlaps(
    counts: Mapping[str, pd.DataFrame],
    *,
    exported: Mapping[str, str],
    replaces: Mapping[str, Collection[str]],
    timezone: str,
) -> Settled:
    """Keep each hour once.

    Parameters
    ----------
    counts
        COUNTS rows by file.
    exported
        Export date by file, as the file or counts.yaml gives it; empty where neither does.
    replaces
        Older files by newer, from counts.yaml; of a workbook all its sheets.
    timezone
        IANA name of the local day.

    Returns
    -------
    settled
        The same interval in two files stands once. So do the people of a site and mode: where one file has them by
        direction and another both directions together on the same local day, or one has hours and another their
        quarters, only the file that holds keeps its rows; where none is said to hold, the pair is a fault.
    """
    if not counts:
        return Settled({}, {}, ())
    found = _Settling(exported, replaces)
    rows = pd.concat(list(counts.values()), keys=list(counts), names=["file", "place"]).reset_index()
    _settle_same_intervals(rows, found)
    for one, other in _told_otherwise(rows, timezone):
        _settle_otherwise(one, other, found)
    for name, own in _sums_beside_ways(rows, timezone):
        found.notes[name].append(
            {"note": "both_beside_ways", "rows": str(len(own)), "first_row": str(own["source_row"].min())}
        )
    kept = {name: frame.drop(index=sorted(found.gone[name])) for name, frame in counts.items()}
    return Settled(kept, found.notes, tuple(found.faults))


def file_of(name: str) -> str:
    """Return the file of a sheet of a workbook, which is named in brackets behind it; else the name."""
    return name.rsplit(" [", 1)[0] if name.endswith("]") else name


def _settle_same_intervals(rows: pd.DataFrame, found: _Settling) -> None:
    """Settle what stands interval by interval in two files, with the same numbers or others."""
    shared = rows[rows.duplicated(_KEY, keep=False)]
    columns = [*_KEY, "file", "place", "count_reported", "source_row"]
    pairs = shared[columns].merge(shared[columns], on=_KEY, suffixes=("", "_other"), validate="many_to_many")
    pairs = pairs[pairs["file"] < pairs["file_other"]]
    for (one, other), both in pairs.groupby(["file", "file_other"], sort=True):
        differ = both[~_equal(both["count_reported"], both["count_reported_other"])]
        newer = found.newer(one, other)
        if len(differ) and newer is None:
            first = differ.iloc[0]
            detail = {"other": other, "hours": str(len(differ)), "other_row": str(first["source_row_other"])}
            found.faults.append(
                Fault("same_hours_differ", one, int(first["source_row"]), str(first["count_reported"]), detail)
            )
            continue
        kept = newer or one
        loser, places = (other, both["place_other"]) if kept == one else (one, both["place"])
        found.gone[loser] |= set(places)
        changed = {"hours": str(len(both)), "changed": str(len(differ))}
        found.notes[kept].append({"note": "same_hours", "file": loser} | changed)


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one == other).fillna(False).astype(bool) | (one.isna() & other.isna())


def _told_otherwise(rows: pd.DataFrame, timezone: str) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield of two files the rows that count the same people of a site and mode in another way."""
    for _, series in rows.groupby(["station_id", "mode"], sort=True):
        if series["file"].nunique() < 2:
            continue
        timed = _timed(series, timezone)
        if not _has_sums_and_ways(timed["direction"]) and _is_in_step(timed):
            continue
        files = [own.sort_values("start") for _, own in timed.groupby("file", sort=True)]
        for one, other in combinations(files, 2):
            mine, theirs = _counted_again(one, other), _counted_again(other, one)
            if mine.any() and theirs.any():
                yield one[mine], other[theirs]


def _timed(series: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Add start and end of each interval, in minutes, and its local day."""
    start = (series["t_start_utc"] - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(minutes=1)
    day = series["t_start_utc"].dt.tz_convert(timezone).dt.tz_localize(None).dt.normalize()
    return series.assign(start=start, end=start + series["interval_min"].astype("float64"), day=day)


def _has_sums_and_ways(directions: pd.Series) -> bool:
    return bool((directions == _BOTH).any() and (directions != _BOTH).any())


def _is_in_step(timed: pd.DataFrame) -> bool:
    """Whether all intervals begin a whole number of their length apart, so that two overlap only as a whole."""
    step = int(timed["interval_min"].iloc[0])
    return bool(
        timed["interval_min"].eq(step).all() and (timed["start"] % step).eq(timed["start"].iloc[0] % step).all()
    )


def _counted_again(rows: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Tell which of a file's rows count people that the other counts in another way; both sorted by start."""
    return _in_other_ways(rows, other) | _of_other_length(rows, other)


def _in_other_ways(rows: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Tell of each row whether the other has, on its local day, both directions together and it one, or the reverse."""
    is_both, theirs = rows["direction"] == _BOTH, other["direction"] == _BOTH
    return (is_both & rows["day"].isin(other.loc[~theirs, "day"])) | (
        ~is_both & rows["day"].isin(other.loc[theirs, "day"])
    )


def _of_other_length(rows: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """Tell of each row whether an interval of the other, of its direction and not the very same, overlaps it."""
    found = pd.Series(False, index=rows.index)
    for direction, own in rows.groupby("direction"):
        beside = other[other["direction"] == direction]
        first = np.searchsorted(np.maximum.accumulate(beside["end"].to_numpy()), own["start"].to_numpy(), side="right")
        past = np.searchsorted(beside["start"].to_numpy(), own["end"].to_numpy(), side="left")
        the_same = pd.MultiIndex.from_frame(own[["start", "end"]]).isin(
            pd.MultiIndex.from_frame(beside[["start", "end"]])
        )
        found.loc[own.index] = past - first > the_same
    return found


def _settle_otherwise(one: pd.DataFrame, other: pd.DataFrame, found: _Settling) -> None:
    """Keep the rows of the file that holds; name those of the other, or the fault where none is said to hold."""
    names = str(one["file"].iloc[0]), str(other["file"].iloc[0])
    newer = found.newer(*names)
    about = f"{one['station_id'].iloc[0]} {one['mode'].iloc[0]}"
    if newer is None:
        row = one["source_row"].min()
        detail = {"other": names[1], "other_row": str(other["source_row"].min())}
        detail |= {"days": str(one["day"].nunique()), **_said(one, ""), **_said(other, "other_")}
        found.faults.append(Fault("same_days_otherwise", names[0], int(row), about, detail))
        return
    loser, rows = (names[1], other) if newer == names[0] else (names[0], one)
    found.gone[loser] |= set(rows["place"])
    note = {"note": "same_days_otherwise", "file": loser, "rows": str(len(rows)), "about": about}
    found.notes[newer].append(note)


def _said(rows: pd.DataFrame, prefix: str) -> dict[str, str]:
    """Return how a file counts: its directions, and the minutes of its intervals."""
    minutes = sorted(rows["interval_min"].astype(int).unique())
    ways = sorted(rows["direction"].unique())
    return {f"{prefix}ways": ", ".join(ways), f"{prefix}minutes": ", ".join(map(str, minutes))}


def _sums_beside_ways(rows: pd.DataFrame, timezone: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each file that has both directions together beside the directions of the same day, with those rows."""
    for name, own in rows.groupby("file", sort=True):
        if (
            not own.groupby(["station_id", "mode"])["direction"]
            .agg(lambda said: _BOTH in set(said) and len(set(said)) > 1)
            .any()
        ):
            continue
        timed = _timed(own, timezone)
        sums = [
            series[_in_other_ways(series, series) & (series["direction"] == _BOTH)]
            for _, series in timed.groupby(["station_id", "mode"], sort=True)
        ]
        found = pd.concat(sums)
        if len(found):
            yield str(name), found
