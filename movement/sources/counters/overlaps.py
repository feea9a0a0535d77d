"""Two files with the same hours: equal values are noted, different ones settled by counts.yaml or by export date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from movement.sources.counters.times import local_times
from movement.tables import Fault

_KEY = ["station_id", "mode", "direction", "t_start_utc"]


@dataclass(frozen=True)
class Settled:
    """Counts by file, each hour once; what was noted of each file; pairs of files that could not be settled."""

    counts: Mapping[str, pd.DataFrame]
    notes: Mapping[str, list[dict[str, str]]]
    faults: tuple[Fault, ...]


def settle_overlaps(
    counts: Mapping[str, pd.DataFrame], *, exported: Mapping[str, str], replaces: Mapping[str, str]
) -> Settled:
    """Keep each hour once.

    Parameters
    ----------
    counts
        COUNTS rows by file.
    exported
        Export date by file, as the file or counts.yaml gives it; empty where neither does.
    replaces
        Older file by newer, from counts.yaml.
    """
    if not counts:
        return Settled({}, {}, ())
    rows = pd.concat(list(counts.values()), keys=list(counts), names=["file", "place"]).reset_index()
    shared = rows[rows.duplicated(_KEY, keep=False)]
    columns = [*_KEY, "file", "place", "count_reported", "source_row"]
    pairs = shared[columns].merge(shared[columns], on=_KEY, suffixes=("", "_other"), validate="many_to_many")
    pairs = pairs[pairs["file"] < pairs["file_other"]]
    gone: dict[str, set[int]] = defaultdict(set)
    notes: dict[str, list[dict[str, str]]] = defaultdict(list)
    faults = []
    for (one, other), both in pairs.groupby(["file", "file_other"], sort=True):
        differ = both[~_equal(both["count_reported"], both["count_reported_other"])]
        newer = _newer(one, other, exported=exported, replaces=replaces)
        if len(differ) and newer is None:
            first = differ.iloc[0]
            detail = {"other": other, "hours": str(len(differ)), "other_row": str(first["source_row_other"])}
            faults.append(
                Fault("same_hours_differ", one, int(first["source_row"]), str(first["count_reported"]), detail)
            )
            continue
        kept = newer or one
        loser, places = (other, both["place_other"]) if kept == one else (one, both["place"])
        gone[loser] |= set(places)
        notes[kept].append({"note": "same_hours", "file": loser, "hours": str(len(both)), "changed": str(len(differ))})
    return Settled({name: frame.drop(index=sorted(gone[name])) for name, frame in counts.items()}, notes, tuple(faults))


def _equal(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one == other).fillna(False).astype(bool) | (one.isna() & other.isna())


def _newer(one: str, other: str, *, exported: Mapping[str, str], replaces: Mapping[str, str]) -> str | None:
    if replaces.get(one) == other:
        return one
    if replaces.get(other) == one:
        return other
    dates = local_times(pd.Series([exported.get(one, ""), exported.get(other, "")]), order="dmy")
    if dates.isna().any() or dates[0] == dates[1]:
        return None
    return one if dates[0] > dates[1] else other
