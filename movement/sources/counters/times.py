"""Texts of times as UTC: date orders, time zones and both DST nights."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

_OFFSET = re.compile(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(.*))?$")
YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ]+(.*))?$")
_MONTH_NAMED = re.compile(r"^([A-Za-z]{3,9})\.? (\d{1,2}), (\d{4})(?: +(.*))?$")
_CLOCK = re.compile(
    r"^(?:kl\.? *)?(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2})(?:\.0+)?)? *(?:[-–] *\d{1,2}(?:[:.]\d{2})?)? *([AaPp][Mm])?$"
)
_DAY_NAMED = re.compile(r"^(?:[^\W\d_]+\.?,? )?(\d{1,2})\.? ([^\W\d_]+)\.? (\d{4})(?:,? +(.*))?$")
_ENGLISH = "january february march april may june july august september october november december"
_DANISH = "januar februar marts april maj juni juli august september oktober november december"
# Whole names or their first three letters, nothing between: a Finnish "marras" is not March.
_MONTHS = {
    name: month
    for names in (_ENGLISH, _DANISH)
    for month, whole in enumerate(names.split(), start=1)
    for name in (whole, whole[:3])
} | {"sept": 9}


def has_offset(text: str) -> bool:
    """Whether a time carries its own UTC offset."""
    return bool(_OFFSET.match(text))


def decide_order(texts: Sequence[str], *, declared: str, orders: Sequence[str]) -> str | None:
    """Decide whether numeric dates are dmy or mdy.

    As declared; else by any date of the file that only one order can read; else the layout's only order.

    Returns
    -------
    order
        None where it cannot be decided; "ymd" where no date needs deciding.
    """
    if declared in ("dmy", "mdy"):
        return declared
    pairs = {(int(found[1]), int(found[2])) for found in map(YEAR_LAST.match, texts) if found}
    if not pairs:
        return "ymd"
    day_first = any(first > 12 >= second for first, second in pairs)
    month_first = any(second > 12 >= first for first, second in pairs)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    return orders[0] if len(orders) == 1 and not day_first else None


def undecided(texts: Sequence[str]) -> tuple[str, str, dict[str, str]]:
    """Say why the order of dates cannot be decided, by a date that shows it.

    Returns
    -------
    rule, value, detail
        Dates of both orders in one file, a date that can be read both ways, or only texts that are no date.

    Examples
    --------
    >>> undecided(["2026-09-01", "03-04-2026"])
    ('ambiguous_date', '03-04-2026', {'day_first': '2026-04-03', 'month_first': '2026-03-04'})
    >>> undecided(["03-04-2026", "13-09-2026", "09-14-2026"])
    ('dates_mixed', '13-09-2026', {'other': '09-14-2026'})
    """
    dated = [text for text in texts if YEAR_LAST.match(text)]
    read = {text: [_moment(text, order, {}) for order in ("dmy", "mdy")] for text in dated}
    day_only = [text for text, (day, month) in read.items() if day and not month]
    month_only = [text for text, (day, month) in read.items() if month and not day]
    if day_only and month_only:
        return "dates_mixed", day_only[0], {"other": month_only[0]}
    both = [(text, day, month) for text, (day, month) in read.items() if day and month]
    if not both:
        return "bad_date", texts[0], {}
    text, day, month = next((one for one in both if one[1] != one[2]), both[0])
    return "ambiguous_date", text, {"day_first": f"{day:%Y-%m-%d}", "month_first": f"{month:%Y-%m-%d}"}


def local_times(texts: pd.Series, *, order: str, months: Sequence[str] = ()) -> pd.Series:
    """Read local times without zone; NaT where a text is no time.

    Parameters
    ----------
    texts
        Date and, where there is one, time.
    order
        dmy, mdy or ymd: how numeric dates with the year last are read.
    months
        Names of the twelve months, where they are not English or Danish.

    Examples
    --------
    >>> local_times(pd.Series(["03-04-2026 kl. 7-8"]), order="dmy")[0]
    Timestamp('2026-04-03 07:00:00')
    """
    named = {name.casefold(): month for month, name in enumerate(months, start=1)}
    found = {text: _moment(str(text), order, named) for text in texts.unique()}
    return pd.to_datetime(texts.map(found)).astype("datetime64[us]")


def offset_times(texts: pd.Series) -> pd.Series:
    """Read times that carry their UTC offset; NaT where a text is none."""
    found = {text: text if has_offset(str(text)) else None for text in texts.unique()}
    return pd.to_datetime(texts.map(found), utc=True, errors="coerce", format="ISO8601").astype("datetime64[us, UTC]")


def to_utc(local: pd.Series, series: pd.Series, *, timezone: str) -> pd.DataFrame:
    """Turn local times into UTC.

    In the autumn night the first copy of a time, in file order, is summer time and the second winter time. A single
    copy is taken as the first and marked: nobody knows which of the two hours it is.

    Parameters
    ----------
    local
        Local times without zone, in file order; no NaT.
    series
        Which series (site, mode, direction) each belongs to; same index.
    timezone
        IANA name.

    Returns
    -------
    times
        Same index: `utc` (NaT where the hour does not exist in the spring night or is a third copy), `is_single`
        and `is_impossible`.
    """
    plain = local.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward")
    twice = plain.isna()
    exists = local.dt.tz_localize(timezone, ambiguous=np.ones(len(local), dtype=bool), nonexistent="NaT").notna()
    keys = pd.DataFrame({"series": series[twice], "local": local[twice]})
    copy = keys.groupby(["series", "local"], sort=False).cumcount().reindex(local.index, fill_value=0)
    copies = keys.groupby(["series", "local"], sort=False)["local"].transform("size").reindex(local.index, fill_value=0)
    utc = local.dt.tz_localize(timezone, ambiguous=(copy == 0).to_numpy(), nonexistent="NaT").dt.tz_convert("UTC")
    return pd.DataFrame(
        {"utc": utc.astype("datetime64[us, UTC]"), "is_single": twice & (copies == 1), "is_impossible": ~exists}
    )


def _moment(text: str, order: str, months: Mapping[str, int]) -> dt.datetime | None:
    parts = _date_parts(text.strip(), order, months)
    if parts is None:
        return None
    year, month, day, clock = parts
    found = _CLOCK.match(clock) if clock else None
    if clock and not found:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[:3]) if found else (0, 0, 0)
    if found and found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
    try:
        return dt.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _date_parts(text: str, order: str, months: Mapping[str, int]) -> tuple[int, int, int, str] | None:
    if found := _YEAR_FIRST.match(text):
        return int(found[1]), int(found[2]), int(found[3]), (found[4] or "").strip()
    if found := YEAR_LAST.match(text):
        day, month = (found[1], found[2]) if order != "mdy" else (found[2], found[1])
        return int(found[3]), int(month), int(day), (found[4] or "").strip()
    if found := _MONTH_NAMED.match(text):
        number = _month(found[1], months)
        return (int(found[3]), number, int(found[2]), (found[4] or "").strip()) if number else None
    if found := _DAY_NAMED.match(text):
        number = _month(found[2], months)
        return (int(found[3]), number, int(found[1]), (found[4] or "").strip()) if number else None
    return None


def _month(word: str, months: Mapping[str, int]) -> int | None:
    return months.get(word.casefold()) or _MONTHS.get(word.casefold())
