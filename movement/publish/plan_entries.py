"""The analysis plan entry by entry in the reader's words, and what its screenlines were made of when it was frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show

_SITES = ("treated", "controls", "makeup_site")
_OF_FREEZING = ("frozen", "makeup", "makeup_site")  # no keys of analysis_plan.yml
_FAMILIES = ("role", "mode", "moving_day")


def plan_table(found: Mapping[str, pd.DataFrame], words: Words) -> Shown:
    """Return the plan that holds, entry by entry, with the keys of analysis_plan.yml in brackets."""
    columns: dict[str, Write] = {
        "plan_entry": lambda row: _entry(row.entry, words),
        "item": lambda row: _item(row, words),
        "as_planned": lambda row: _value(row, words),
        "plan_reason": lambda row: words.plain(row.reason),
    }
    return show("analysis_plan", found["analysis_plan"], columns, line="break")


def named(value: object, words: Words) -> str:
    """Say each part of a list in the reader's language where it is a role, mode, campaign or screenline."""

    def say(part: str) -> str:
        key = next((f"{family}.{part}" for family in _FAMILIES if f"{family}.{part}" in words.text), None)
        if key is not None:
            return words.text(key)
        return words.name("screenline", part) if part in words.names.get("screenline", {}) else words.campaign(part)

    return words.plain(value) if pd.isna(value) else ", ".join(say(part) for part in str(value).split(", "))


def outcomes_named(listed: str, words: Words) -> str:
    """Say the named outcomes, each of one word or several, such as a mode at the treated sites."""

    def say(word: str) -> str:
        keys = [f"{kind}.{word}" for kind in ("mode", "period", "per", "outcome", "asked_outcome", "planned_outcome")]
        known = next((key for key in keys if key in words.text), None)
        return words.name("screenline", word) if known is None else words.text(known)

    said = [", ".join(say(word) for word in outcome.split()) for outcome in listed.split(", ") if outcome]
    return "; ".join(said) or words.number(None)


def _entry(entry: str, words: Words) -> str:
    return words.text(f"plan_entry.{entry}") if entry in _OF_FREEZING else _keyed("plan_entry", entry, words)


def _keyed(family: str, key: str, words: Words) -> str:
    """Say a key of the plan, with the key itself where people write it."""
    return f"{words.text(f'{family}.{key}')} ({key})" if f"{family}.{key}" in words.text else key


def _item(row: Any, words: Words) -> str:  # a row of ANALYSIS_PLAN
    if row.entry in _SITES:
        return f"{row.item} {words.name('site', row.item)}"
    if row.entry == "makeup":
        return words.name("screenline", row.item)
    return words.number(None) if row.item == "" else _keyed("plan_item", row.item, words)


def _value(row: Any, words: Words) -> str:
    if pd.isna(row.value) or row.value == "":
        return words.number(None)
    said = str(row.value)
    write = _WRITE.get((row.entry, row.item)) or _WRITE.get((row.entry, ""))
    if write is not None:
        return write(said, words)
    return words.yes_no(said == "yes") if said in ("yes", "no") else said


def _dates(said: str, words: Words) -> str:
    return ", ".join(words.text.date(dt.date.fromisoformat(day)) for day in said.split(", ") if day)


def _site(said: str, words: Words) -> str:
    """Say a site's role, modes and days in use, as `plan_table` of the plan joins them."""
    role, modes, since, until = said.split("; ")
    days = words.text("plan.in_use", since=_dates(since, words) or "…", until=_dates(until, words) or "…")
    return "; ".join([named(role, words), named(modes, words), *([days] if since or until else [])])


def _as_said(said: str, words: Words) -> str:
    return said


_WRITE: dict[tuple[str, str], Callable[[str, Words], str]] = {
    ("primary", "screenline"): named,
    ("primary", "modes"): named,
    ("primary", "before_campaign"): lambda said, words: words.campaign(said),
    ("primary", "after_campaign"): lambda said, words: words.campaign(said),
    ("frozen", "campaigns_counted"): lambda said, words: words.campaign(said),
    ("frozen", "changed_screenlines"): named,
    ("frozen", "frozen_on"): _dates,
    ("frozen", "why_not"): lambda said, words: words.text(f"plan.why_not.{said}"),
    ("screenlines", ""): named,
    ("excluded", "days"): named,
    ("follow_ups", ""): _dates,
    ("secondary", ""): outcomes_named,
    ("makeup", ""): _as_said,
    ("makeup_site", ""): _site,
}
