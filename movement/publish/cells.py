"""What a reader sees in a table: headings by key, cells as text in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from movement.publish.language import Catalogue

Write = Callable[[Any], str]
NO_BREAK = "\u00a0"
LEAST_P = 0.001


@dataclass(frozen=True)
class Shown:
    """A table as text.

    `name` is its id on the page and the key of its caption; `line` is `observed`, `modelled` or empty and sets its
    colour; `columns` are keys of headings; `left_out` says how many further rows stand in the files only.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str]
    line: str = ""
    left_out: int = 0
    headings: Mapping[str, str] | None = None  # where a heading is a name from the data, such as a scenario's

    def is_number(self, place: int) -> bool:
        """Return whether the column at a place holds numbers."""
        return self.columns[place] in self.numbers


@dataclass(frozen=True)
class Words:
    """Writes values in one language; knows the names of sites, scenarios, screenlines and zones.

    `timezone` is the study's: the day of a moment that knows its own zone is the day there. Without one such a moment
    has no day and is refused.
    """

    text: Catalogue
    names: Mapping[str, Mapping[str, str]]
    timezone: str = ""

    def name(self, kind: str, item: object) -> str:
        """Return the name of a site, scenario, screenline or zone; its id where it has none."""
        return self.names.get(kind, {}).get(str(item), str(item))

    def campaign(self, listed: object) -> str:
        """Name a campaign, or several with commas between them; nothing where none is listed."""
        return ", ".join(self.name("campaign", one.strip()) for one in str(listed or "").split(",") if one.strip())

    def number(self, value: object, decimals: int = 0, *, sign: bool = False) -> str:
        """Write a number; a dash where there is none."""
        return self.text.number(None if pd.isna(value) else float(str(value)), decimals, sign=sign)

    def interval(self, low: object, high: object, decimals: int = 0, *, sign: bool = False) -> str:
        """Write an interval; a dash where there is none."""
        if pd.isna(low) or pd.isna(high):
            return self.number(None)
        return self.text(
            "report.interval", low=self.number(low, decimals, sign=sign), high=self.number(high, decimals, sign=sign)
        )

    def probability(self, value: object) -> str:
        """Write a p value; below a thousandth only that it is; a dash where there is none."""
        if pd.isna(value) or float(str(value)) >= LEAST_P:
            return self.number(value, 3)
        return self.text("report.p_below", least=self.number(LEAST_P, 3))

    def with_interval(self, value: object, low: object, high: object, decimals: int = 0, *, sign: bool = False) -> str:
        """Write a number and, where it has one, its interval in brackets; a line may break before the brackets only."""
        shown = self.number(value, decimals, sign=sign)
        if pd.isna(low) or pd.isna(high):
            return shown
        interval = self.interval(low, high, decimals, sign=sign).replace(" ", NO_BREAK)
        return f"{shown} ({interval})"

    def word(self, family: str, key: object) -> str:
        """Say a word of the tables, such as a mode, in the reader's language; a dash where there is none."""
        if pd.isna(key) or key == "":
            return self.number(None)
        return self.text(f"{family}.{key}")

    def plain(self, value: object) -> str:
        """Return text as it stands; a dash where there is none."""
        return self.number(None) if pd.isna(value) or value == "" else str(value)

    def day(self, value: Any) -> str:  # a timestamp or none
        """Write a date, of a moment in UTC the local one; a dash where there is none."""
        if pd.isna(value):
            return self.number(None)
        if value.tzinfo is not None and not self.timezone:
            raise ValueError(f"{value} has no day: the time zone of its reader is not known")
        return self.text.date((value if value.tzinfo is None else value.tz_convert(self.timezone)).date())

    def last_day(self, end: Any) -> str:  # a timestamp or none
        """Write the last date of what ends at a moment: at midnight, the day before; a dash where there is none."""
        return self.day(end if pd.isna(end) else end - pd.Timedelta(seconds=1))

    def yes_no(self, value: object) -> str:
        """Say yes or no."""
        return self.text("report.yes" if value else "report.no")


def show(
    name: str,
    frame: pd.DataFrame,
    columns: Mapping[str, Write],
    *,
    numbers: tuple[str, ...] = (),
    line: str = "",
    most: int | None = None,
    headings: Mapping[str, str] | None = None,
) -> Shown:
    """Write a frame's rows as text, one function per column; rows in the order given, at most `most`."""
    part = frame if most is None else frame.head(most)
    rows = tuple(tuple(write(row) for write in columns.values()) for row in part.itertuples(index=False))
    return Shown(name, tuple(columns), rows, frozenset(numbers), line, len(frame) - len(part), headings)


def campaign_names(campaigns: pd.DataFrame, text: Catalogue) -> dict[str, str]:
    """Name each campaign by phase and year, in order of time; by its first day where two would be called the same."""
    ordered = campaigns.sort_values(["start_date", "campaign_id"])
    phases = [text(f"phase.{phase}") for phase in ordered["phase"]]
    starts = list(zip(ordered["campaign_id"].astype(str), phases, ordered["start_date"], strict=True))
    by_year = [f"{phase} {day.year}" for _, phase, day in starts]
    return {
        item: short if by_year.count(short) == 1 else f"{phase}, {text.date(day.date())}"
        for (item, phase, day), short in zip(starts, by_year, strict=True)
    }


def names_of(frame: pd.DataFrame, key: str, language: str) -> dict[str, str]:
    """Return the names of a table's items in a language, by id."""
    return dict(zip(frame[key].astype(str), frame[f"name_{language}"].astype(str), strict=True))
