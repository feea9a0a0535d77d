"""From a sheet's texts to intervals: numbers, UTC, sums of channels, refused rows. One way for all layouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Sheet
from movement.sources.counters.times import decide_order, has_offset, local_times, offset_times, to_utc, undecided
from movement.sources.counters.values import counts_of
from movement.tables import COUNTS, Fault, Flag, InputFaults

SERIES = ["station", "mode", "direction"]
_USUAL_MIN = (1, 5, 10, 15, 20, 30, 60, 1440)


@dataclass(frozen=True)
class Intervals:
    """One file's intervals (columns of COUNTS), refused rows (row, value, rule) and notes."""

    counts: pd.DataFrame
    refused: pd.DataFrame
    notes: tuple[Mapping[str, str], ...]


def intervals_of(sheet: Sheet, *, file: str, timezone: str, declaration: FileDeclaration) -> Intervals:
    """Turn a sheet into intervals.

    Parameters
    ----------
    sheet
        As its layout read it.
    file
        Name for faults and `source_file`.
    timezone
        IANA name of local times the file does not place itself.
    declaration
        What counts.yaml says of the file.

    Raises
    ------
    InputFaults
        If the date order or the length of the intervals cannot be decided.
    """
    cells = sheet.cells.reset_index(drop=True).astype({"row": "int64", "span_min": "int64", "is_total": bool})
    wrong = [pd.DataFrame(list(sheet.refused), columns=["row", "value", "rule"])]
    if cells.empty:
        return Intervals(COUNTS.empty(), _refused(wrong), sheet.notes)
    read = counts_of(
        cells["value"],
        decimal=declaration.decimal or sheet.decimal,
        thousands=declaration.thousands,
        is_whole=sheet.is_whole,
    )
    times = _local(cells, sheet, file=file, declaration=declaration)
    wrong += [_broken(cells["row"], cells["value"], read["rule"]), _broken(cells["row"], cells["when"], times["rule"])]
    fine = ~cells["row"].isin(_refused(wrong)["row"])
    if not fine.any():
        return Intervals(COUNTS.empty(), _refused(wrong), sheet.notes)
    summed = _sum_channels(cells[fine].assign(n=read["n"], local=times["local"], utc=times["utc"]))
    parts, notes = _check_totals(summed)
    placed = _in_utc(parts, timezone=declaration.timezone or timezone)
    refused = _refused([*wrong, _broken(placed["row"], placed["when"], placed["rule"])])
    kept = placed[~placed["row"].isin(refused["row"])]
    lengths = _lengths(kept, file=file, declaration=declaration)
    return Intervals(_as_counts(kept, lengths, file=file, flags=sheet.flags), refused, (*sheet.notes, *notes))


def _refused(wrong: list[pd.DataFrame]) -> pd.DataFrame:
    """Refused rows, each with the first rule it broke."""
    found = pd.concat(wrong, ignore_index=True).astype({"row": "int64"})
    return found.drop_duplicates("row").sort_values("row").reset_index(drop=True)


def _broken(rows: pd.Series, values: pd.Series, rules: pd.Series) -> pd.DataFrame:
    bad = rules != ""
    return pd.DataFrame({"row": rows[bad], "value": values[bad], "rule": rules[bad]})


def _local(cells: pd.DataFrame, sheet: Sheet, *, file: str, declaration: FileDeclaration) -> pd.DataFrame:
    """Local time or UTC of every cell, and the rule a time breaks."""
    texts = list(cells["when"].unique())
    order = decide_order(texts, declared=declaration.date_order, orders=sheet.orders)
    if order is None:
        rule, value, detail = undecided(texts)
        row = int(cells.loc[cells["when"] == value, "row"].iloc[0])
        raise InputFaults([Fault(rule, file, row, value, detail)])
    with_offset = cells["when"].map({text: has_offset(text) for text in texts}).astype(bool)
    local = local_times(cells["when"].where(~with_offset, ""), order=order, months=declaration.months)
    utc = offset_times(cells["when"].where(with_offset, ""))
    rule = pd.Series("", index=cells.index, dtype=object).mask(local.isna() & utc.isna(), "bad_date")
    return pd.DataFrame({"local": local, "utc": utc, "rule": rule})


def _sum_channels(cells: pd.DataFrame) -> pd.DataFrame:
    """Add channels of one direction and time; blank as soon as one of them is: a part is never given for the whole."""
    keys = ["row", *SERIES, "is_total", "when"]
    if not cells.duplicated(keys).any():
        return cells
    grouped = cells.assign(blank=cells["n"].isna()).groupby(keys, sort=False, as_index=False)
    summed = grouped.agg(
        {
            "n": "sum",
            "blank": "any",
            "zone": "first",
            "span_min": "first",
            "local": "first",
            "utc": "first",
        }
    )
    return summed.assign(n=summed["n"].mask(summed["blank"])).drop(columns="blank")


def _check_totals(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Set totals aside and say in how many rows they are not the sum of their parts."""
    parts, totals = cells[~cells["is_total"]], cells[cells["is_total"] & cells["n"].notna()]
    if totals.empty:
        return parts, []
    by_mode = parts.groupby(["row", "station", "mode"], as_index=False)["n"].sum(min_count=1)
    whole = by_mode.groupby(["row", "station"], as_index=False)["n"].sum(min_count=1).assign(mode="")
    sums = pd.concat([by_mode, whole]).rename(columns={"n": "parts"})
    both = totals.merge(sums, on=["row", "station", "mode"], how="left", validate="many_to_one")
    differ = both[both["parts"] != both["n"]]
    if differ.empty:
        return parts, []
    rows = differ["row"].drop_duplicates()
    return parts, [{"note": "total_differs", "rows": str(len(rows)), "first_row": str(rows.iloc[0])}]


def _in_utc(cells: pd.DataFrame, *, timezone: str) -> pd.DataFrame:
    """UTC of every cell; impossible local times and copies of a time already there are marked."""
    out = cells.assign(is_single=False, rule="").astype({"rule": object})
    name = cells["station"] + "|" + cells["mode"] + "|" + cells["direction"]
    has_local = cells["utc"].isna()
    for zone in sorted(cells["zone"][has_local].unique()):
        there = has_local & (cells["zone"] == zone)
        times = to_utc(cells["local"][there], name[there], timezone=zone or timezone)
        out.loc[there, "utc"] = times["utc"]
        out.loc[there, "is_single"] = times["is_single"]
        out.loc[there & times["is_impossible"].reindex(out.index, fill_value=False), "rule"] = "impossible_local_time"
    copies = out.duplicated([*SERIES, "utc"]) & (out["rule"] == "")
    return out.assign(rule=out["rule"].mask(copies, "duplicate_row"))


def _lengths(cells: pd.DataFrame, *, file: str, declaration: FileDeclaration) -> pd.Series:
    """Minutes of each interval: as declared, as the row says, else the commonest step of the file."""
    if declaration.interval_min:
        return pd.Series(declaration.interval_min, index=cells.index)
    if cells.empty or (cells["span_min"] > 0).all():
        return cells["span_min"].astype("int64")
    ordered = cells.sort_values([*SERIES, "utc"])
    steps = ordered.groupby(SERIES)["utc"].diff().dt.total_seconds().dropna() / 60
    usual = steps.mode().min() if len(steps) else 0
    if usual not in _USUAL_MIN:
        raise InputFaults([Fault("interval_unknown", file, value=f"{usual:g}")])
    return cells["span_min"].where(cells["span_min"] > 0, int(usual)).astype("int64")


def _as_counts(cells: pd.DataFrame, lengths: pd.Series, *, file: str, flags: Mapping[int, str]) -> pd.DataFrame:
    said = cells["row"].map(flags).fillna("") if flags else ""
    flag = pd.Series(said, index=cells.index, dtype=object).mask(cells["is_single"], str(Flag.DST_AMBIGUOUS))
    return pd.DataFrame(
        {
            "station_id": cells["station"],
            "mode": cells["mode"],
            "direction": cells["direction"],
            "t_start_utc": cells["utc"],
            "interval_min": lengths.astype("Int64"),
            "count_reported": cells["n"],
            "count": cells["n"].mask(flag != ""),
            "flag": flag,
            "source_file": file,
            "source_row": cells["row"].astype("Int64"),
        }
    ).reset_index(drop=True)
