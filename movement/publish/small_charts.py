"""Small pictures of one count site, drawn as SVG text: a calendar of its days and lines over hours, weekdays or months.

Many sites have many of them: a drawing library would take longer than the rest of the report. Shades and dashes differ
so that a grey print can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import escape

from movement.publish.cells import Words
from movement.tables import DayState

INK, SOFT, LINE = "#202124", "#5f6368", "#dadce0"
COUNTED = "#00695c"
# State of a day: fill and edge; lighter the less is used, a stroke where all is flagged, a frame where nothing is
STATES = {
    DayState.USED: (COUNTED, COUNTED),
    DayState.PARTLY: ("#7fb5ae", COUNTED),
    DayState.FLAGGED: (LINE, SOFT),
    DayState.MISSING: ("#ffffff", "#9aa0a6"),
}
_BOX, _STEP, _LEFT, _TOP = 8, 10, 20, 14
_ROOM = 1.4  # height of a chart, to its highest line
_WIDE, _HIGH, _AXIS, _FOOT = 300, 110, 40, 18


@dataclass(frozen=True)
class Line:
    """One line of a chart: people by slot with their intervals; a later phase is dashed."""

    label: str
    slots: Sequence[int]
    people: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    is_dashed: bool = False


def calendar(days: pd.DataFrame, words: Words, *, label: str) -> str:
    """Draw a box per day, a column per week from Monday; nothing where there are no days.

    Parameters
    ----------
    days
        `date` and `state`; days between that have none are left blank.
    label
        What it shows, for those who do not see it.
    """
    if days.empty:
        return ""
    monday = days["date"].min() - pd.Timedelta(days=int(days["date"].min().dayofweek))
    number = (days["date"] - monday).dt.days
    columns = int(number.max()) // 7 + 1
    parts = []
    for day, state, number_of in zip(days["date"], days["state"], number, strict=True):
        x, y = _LEFT + _STEP * (number_of // 7), _TOP + _STEP * (number_of % 7)
        fill, edge = STATES[DayState(state)]
        title = f"{words.day(day)}: {words.text(f'figure.coverage.{state}')}"
        stroke = f'<path d="M{x} {y + _BOX}l{_BOX} -{_BOX}" stroke="{SOFT}"/>' if state == DayState.FLAGGED else ""
        parts.append(
            f'<g><title>{escape(title)}</title><rect x="{x}" y="{y}" width="{_BOX}" height="{_BOX}" '
            f'fill="{fill}" stroke="{edge}"/>{stroke}</g>'
        )
    parts += _weekdays(words) + _months(days["date"], monday)
    return _svg(parts, width=_LEFT + _STEP * columns + 26, height=_TOP + 7 * _STEP + 2, label=label)


def calendars(days: pd.DataFrame, campaigns: pd.DataFrame, words: Words, *, whole: bool) -> list[str]:
    """Draw a site's days: the whole time of a permanent one, else each campaign apart."""
    spans = campaigns.sort_values(["start_date", "campaign_id"]).itertuples()
    parts = [days] if whole else [days[days["date"].between(one.start_date, one.end_date)] for one in spans]
    label = words.text("sites.calendar_alt")
    return [calendar(part.sort_values("date"), words, label=label) for part in parts if len(part)]


def legend(words: Words) -> list[dict[str, str]]:
    """List what the boxes of the calendars and the lines of the charts stand for: a sample and its words."""
    rows = []
    for state, (fill, edge) in STATES.items():
        stroke = f'<path d="M10 13l{_BOX} -{_BOX}" stroke="{SOFT}"/>' if state == DayState.FLAGGED else ""
        box = f'<rect x="10" y="5" width="{_BOX}" height="{_BOX}" fill="{fill}" stroke="{edge}"/>{stroke}'
        rows.append({"sample": _sample(box), "text": words.text(f"figure.coverage.{state}")})
    for key, dash in (("sites.line_first", ""), ("sites.line_later", ' stroke-dasharray="5 3"')):
        line = f'<path d="M2 9h24" stroke="{COUNTED}" stroke-width="1.8"{dash}/>'
        rows.append({"sample": _sample(line), "text": words.text(key)})
    return rows


def chart(
    lines: Sequence[Line], words: Words, *, ticks: Sequence[tuple[int, str]], slots: tuple[int, int], label: str
) -> str:
    """Draw lines with their intervals as bands over slots; nothing where there are no lines.

    Parameters
    ----------
    ticks
        Slots named on the axis.
    slots
        First and last slot.
    """
    highest = max((value for line in lines for value in line.people), default=0.0)
    if highest <= 0:
        return ""
    step = _nice(highest / 3)
    top = step * np.ceil(_ROOM * highest / step)
    first, last = slots

    def at(slot: float, value: float) -> str:
        x = _AXIS + (_WIDE - _AXIS - 8) * (slot - first) / max(1, last - first)
        # a wide interval of few days is cut off rather than flattening the lines
        return f"{x:.1f} {_HIGH - (_HIGH - 10) * min(value, top) / top:.1f}"

    parts = []
    for value in np.arange(0, top + step / 2, step):
        y = at(first, value).split()[1]
        parts.append(f'<path d="M{_AXIS} {y}H{_WIDE - 8}" stroke="{LINE}"/>')
        parts.append(_text(_AXIS - 4, float(y) + 4, words.number(value), anchor="end"))
    for slot, name in ticks:
        parts.append(_text(float(at(slot, 0).split()[0]), _HIGH + 13, name, anchor="middle"))
    for line in lines:
        parts += _line(line, at)
    return _svg(parts, width=_WIDE, height=_HIGH + _FOOT, label=label)


def _line(line: Line, place: Callable[[float, float], str]) -> list[str]:
    band = [
        (slot, low, high)
        for slot, low, high in zip(line.slots, line.low, line.high, strict=True)
        if low == low and high == high
    ]
    parts = []
    if len(band) > 1:
        there = " ".join(place(slot, high) for slot, _, high in band)
        back = " ".join(place(slot, low) for slot, low, _ in reversed(band))
        parts.append(f'<path d="M{there} {back}Z" fill="{COUNTED}" opacity="{0.12 if line.is_dashed else 0.2}"/>')
    path = " ".join(place(slot, value) for slot, value in zip(line.slots, line.people, strict=True))
    dash = ' stroke-dasharray="5 3"' if line.is_dashed else ""
    parts.append(f'<path d="M{path}" fill="none" stroke="{COUNTED}" stroke-width="1.8"{dash}/>')
    return parts


def _weekdays(words: Words) -> list[str]:
    names = words.text("figure.weekdays_short").split()
    return [_text(_LEFT - 4, _TOP + _STEP * day + 8, names[day], anchor="end") for day in (0, 2, 4, 6)]


def _months(dates: pd.Series, monday: pd.Timestamp) -> list[str]:
    """Write number and year of each month above its first day, where there is room."""
    firsts = sorted({day.to_period("M").start_time for day in dates})
    parts, free = [], -100
    for first in firsts:
        column = max(0, (max(first, dates.min()) - monday).days // 7)
        if column - free < 5:
            continue
        free = column
        parts.append(_text(_LEFT + _STEP * column, _TOP - 4, f"{first.month}.{first.year}", anchor="start"))
    return parts


def _text(x: float, y: float, text: str, *, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: list[str], *, width: int, height: int, label: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-size="11" fill="{INK}" stroke-width="1">{"".join(parts)}</svg>'
    )


def _sample(drawing: str) -> str:
    return f'<svg width="28" height="18" viewBox="0 0 28 18" aria-hidden="true">{drawing}</svg>'


def _nice(step: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(times * power for times in (1, 2, 5, 10) if times * power >= step - 1e-9))
