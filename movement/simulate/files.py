"""The made-up counts as vendors and people write them: counter export, Danish sheet, tidy table; with their faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Counts = Mapping[str, NDArray[np.int64]]  # by mode: days x intervals x (in, out)

_DANISH_MODES = {"walk": "Fodgængere", "cycle": "Cyklister", "motor": "Motorkøretøjer"}
_DANISH_DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
# What a person types into one cell of a sheet instead of a count
BAD_CELLS = {"words": "ca. 10", "negative": "-4", "thousands": "1.034", "spreadsheet_error": "#REF!"}

_DANISH_PURPOSES = {
    "work": "arbejde", "school": "skole", "shopping": "indkøb", "leisure": "fritid", "nature": "natur"
}  # fmt: skip


@dataclass(frozen=True)
class Injected:
    """One fault put into a file on purpose."""

    file: str
    kind: str
    first_row: int
    last_row: int
    text: str = ""


@dataclass(frozen=True)
class Written:
    """A file's bytes and the faults in it."""

    content: bytes
    faults: list[Injected] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """One hour of a counter: local date and hour, and a count per column, None where blank."""

    date: pd.Timestamp
    hour: int
    counts: tuple[int | None, ...]


def counter_export(
    name: str, station_id: str, dates: pd.DatetimeIndex, counts: Counts, *, timezone: str, faults: Mapping[str, str]
) -> Written:
    """Write an Eco-Counter CSV of hours: total first, then in and out of each mode.

    Parameters
    ----------
    name
        File name, for the list of faults.
    station_id
        Site, which begins every header.
    dates, counts
        Days, and per mode days x 24 x 2.
    timezone
        IANA name, for the two DST nights.
    faults
        Day by kind: `gap` (three days missing), `blank` (a day without values), `stuck` (the last value repeated for
        ten hours), `duplicated_day` (a day that repeats the one before); `one_copy`, any value: the vendor writes
        02:00 once in the autumn night, and writes an hour that does not exist in spring.
    """
    modes = [mode for mode in _DANISH_MODES if mode in counts]
    header = ["Time", station_id] + [
        f"{station_id} {_DANISH_MODES[mode]} {way}" for mode in modes for way in ("IN", "OUT")
    ]
    stacked = np.concatenate([counts[mode] for mode in modes], axis=2)
    stacked = _repeat(stacked, dates, faults)
    lines = [_Line(date, hour, tuple(stacked[day, hour])) for day, date in enumerate(dates) for hour in range(24)]
    lines = _dst_nights(lines, timezone, once="one_copy" in faults)
    lines = [line for line in lines if not _inside(line.date, faults.get("gap"), days=3)]
    lines = [_blanked(line) if _inside(line.date, faults.get("blank"), days=1) else line for line in lines]
    first, last = (f"{dates[place]:%B} {dates[place].day}, {dates[place].year}" for place in (0, -1))
    head = [f'Period,"{first} 12:00 AM -> {last} 11:59 PM"', ",", ",".join(header)]
    text = "\r\n".join([*head, *(_counter_line(line) for line in lines)]) + "\r\n"
    return Written(b"\xef\xbb\xbf" + text.encode(), _found(name, lines, faults, timezone, first_row=len(head) + 1))


def _counter_line(line: _Line) -> str:
    known = [value for value in line.counts if value is not None]
    cells = ["" if value is None else str(value) for value in line.counts]
    total = str(sum(known)) if known else ""
    return ",".join([f"{line.date:%Y-%m-%d} {line.hour:02d}:00:00", total, *cells])


def _repeat(stacked: NDArray[np.int64], dates: pd.DatetimeIndex, faults: Mapping[str, str]) -> NDArray[np.int64]:
    out = stacked.copy()
    if "duplicated_day" in faults:
        day = int(dates.get_loc(pd.Timestamp(faults["duplicated_day"])))
        out[day] = out[day - 1]
    if "stuck" in faults:
        day = int(dates.get_loc(pd.Timestamp(faults["stuck"])))
        out[day, 8:18] = np.maximum(out[day, 8], 25)
    return out


def _blanked(line: _Line) -> _Line:
    return _Line(line.date, line.hour, (None,) * len(line.counts))


def _inside(date: pd.Timestamp, start: str | None, *, days: int) -> bool:
    return start is not None and 0 <= (date - pd.Timestamp(start)).days < days


def dst_change(date: pd.Timestamp, timezone: str) -> int:
    """Return the hours by which a local day is longer than 24: 1 in autumn, -1 in spring, else 0."""
    zone = ZoneInfo(timezone)
    start, end = ((date + pd.Timedelta(days=n)).tz_localize(zone) for n in (0, 1))
    longer = (end - start) - pd.Timedelta(days=1)
    return int(longer // pd.Timedelta(hours=1))


def _dst_nights(lines: list[_Line], timezone: str, *, once: bool) -> list[_Line]:
    changes = {date: dst_change(date, timezone) for date in dict.fromkeys(line.date for line in lines)}
    out = []
    for line in lines:
        change = changes[line.date] if line.hour == 2 else 0
        if change == -1 and not once:
            continue
        out.append(line)
        if change == 1 and not once:
            out.append(line)
    return out


def _found(
    name: str, lines: Sequence[_Line], faults: Mapping[str, str], timezone: str, *, first_row: int
) -> list[Injected]:
    """Say where in the file each fault stands; a gap stands before the row after it."""
    rows = []
    for kind, day in sorted(faults.items()):
        if kind == "one_copy":
            there = [i for i, line in enumerate(lines) if line.hour == 2 and dst_change(line.date, timezone)]
            rows += [Injected(name, "dst_one_copy", first_row + i, first_row + i) for i in there]
            continue
        hours = range(8, 18) if kind == "stuck" else range(24)
        there = [i for i, line in enumerate(lines) if line.date == pd.Timestamp(day) and line.hour in hours]
        if kind == "gap":
            there = [next(i for i, line in enumerate(lines) if line.date > pd.Timestamp(day))]
        rows.append(Injected(name, kind, first_row + there[0], first_row + there[-1], day))
    if "one_copy" not in faults:
        twice = [
            i for i in range(1, len(lines)) if (lines[i].date, lines[i].hour) == (lines[i - 1].date, lines[i - 1].hour)
        ]
        rows += [Injected(name, "dst_two_copies", first_row + i - 1, first_row + i) for i in twice]
    return rows


def danish_sheet(
    name: str,
    station_id: str,
    dates: pd.DatetimeIndex,
    counts: Counts,
    *,
    bad_cell: str = "",
    encoding: str = "utf-8",
    decimals: bool = False,
    totals: bool = False,
) -> Written:
    """Write a tælleskema of hours: `;`, dd-mm-yyyy, "kl. 7-8".

    Parameters
    ----------
    bad_cell
        Key of BAD_CELLS: what is typed instead of a count, on the third day, kl. 21-22.
    encoding
        cp1252 for a file from an old spreadsheet.
    decimals
        Counts written "12,0".
    totals
        A row `I alt` under each day.
    """
    modes = [mode for mode in _DANISH_MODES if mode in counts]
    ways = [f"{_DANISH_MODES[mode]} {way}" for mode in modes for way in ("ind", "ud")]
    text = [f"Tællested;{station_id}", ";".join(["Dato", "Kl.", "Ugedag", *ways])]
    stacked = np.concatenate([counts[mode] for mode in modes], axis=2)
    ending = ",0" if decimals else ""
    faults = []
    for day, date in enumerate(dates):
        for hour in range(24):
            cells = [f"{value}{ending}" for value in stacked[day, hour]]
            if bad_cell and (day, hour) == (2, 21):
                cells[0] = BAD_CELLS[bad_cell]
                faults.append(Injected(name, bad_cell, len(text) + 1, len(text) + 1, cells[0]))
            text.append(";".join([f"{date:%d-%m-%Y}", f"kl. {hour}-{hour + 1}", _DANISH_DAYS[date.dayofweek], *cells]))
        if totals:
            sums = [f"{value}{ending}" for value in stacked[day].sum(axis=0)]
            text.append(";".join([f"{date:%d-%m-%Y}", "I alt", _DANISH_DAYS[date.dayofweek], *sums]))
    return Written(("\r\n".join(text) + "\r\n").encode(encoding), faults)


def tidy_table(name: str, station_id: str, dates: pd.DatetimeIndex, counts: Counts, *, timezone: str) -> Written:
    """Write one count a row; `t_start` carries its UTC offset."""
    modes = [mode for mode in _DANISH_MODES if mode in counts]
    text = ["station_id,mode,direction,t_start,interval_min,count"]
    for mode in modes:
        steps = counts[mode].shape[1]
        minutes = 1440 // steps
        for day, date in enumerate(dates):
            offset = date.tz_localize(ZoneInfo(timezone)).strftime("%z")
            for step in range(steps):
                at = date + pd.Timedelta(minutes=step * minutes)
                when = f"{at:%Y-%m-%dT%H:%M}{offset[:3]}:{offset[3:]}"
                for way, value in zip(("in", "out"), counts[mode][day, step], strict=True):
                    text.append(f"{station_id},{mode},{way},{when},{minutes},{value}")
    return Written(("\n".join(text) + "\n").encode(), [])


def interview_sheet(answers: pd.DataFrame) -> Written:
    """Write what people said, one a row, as `world.asked` draws it; a blank cell is no answer."""
    text = ["Tællested;Dato;Kl.;Bor;Formål;Uden forbindelsen;Tryghed"]
    words: Mapping[str, Callable[[Any], str]] = {
        "lives_here": {True: "vest", False: "øst"}.__getitem__,
        "purpose": _DANISH_PURPOSES.__getitem__,
        "is_rerouted": {True: "anden vej", False: "ikke"}.__getitem__,
        "tryghed": str,
    }
    for row in answers.to_dict("records"):
        said = ["" if pd.isna(row[name]) else word(row[name]) for name, word in words.items()]
        text.append(";".join([row["station_id"], f"{row['t_local']:%d-%m-%Y;%H:%M}", *said]))
    return Written(("\r\n".join(text) + "\r\n").encode())
