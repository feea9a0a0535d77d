"""The analysis plan as people write it (analysis_plan.yml), with every fault of it by line and key."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pandas as pd
import yaml

from movement.plan.contents import COUNTED_MODES, PER_RESIDENTS, Plan, Window
from movement.tables import Fault, InputFaults, MovingDay, Period, PlannedOutcome, Role

_YES = {"yes", "true", "ja", "1"}
_NO = {"no", "false", "nej", "0"}
_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        "source",
        "is_demonstration",
        "primary",
        "screenlines",
        "treated",
        "controls",
        "windows",
        "excluded",
        "rules",
        "follow_ups",
        "secondary",
    ),
    "primary": (
        "screenline",
        "modes",
        "before_campaign",
        "after_campaign",
        "smallest_effect_pct",
        "interviews_co_primary",
    ),
    "excluded": ("weeks", "days"),
    "rules": ("fewest_controls", "valid_day_share_pct", "in_words"),
}
_WEEKS = (1, 53)
_Value = TypeVar("_Value")


def read_plan(path: Path) -> Plan | None:
    """Read an analysis plan; None where there is no file.

    Values are read as written: `no` is no word of YAML's here, and 2026-08-31 no date until it is asked for.

    Raises
    ------
    InputFaults
        With every fault: what is no YAML, keys missing, unknown or twice, values that are no number, date, week, word
        or yes and no, sites that are both treated and control or say no reason.
    """
    if not path.exists():
        return None
    plan, faults = _as_far_as_it_reads(path)
    if faults or plan is None:
        raise InputFaults(faults)
    return plan


def all_faults(
    path: Path, sites: pd.DataFrame, screenlines: pd.DataFrame, campaigns: pd.DataFrame
) -> tuple[Fault, ...]:
    """Find what `read_plan` refuses, and the names that the study does not have in what can be read of it, at once."""
    try:
        plan, faults = _as_far_as_it_reads(path)
    except InputFaults as found:
        return found.faults
    names = unknown_names(plan, sites, screenlines, campaigns, file=path.as_posix()) if plan else []
    return (*faults, *(fault for fault in names if fault.value))  # a name that is missing is a fault already


def _as_far_as_it_reads(path: Path) -> tuple[Plan | None, list[Fault]]:
    """Return the plan, with nothing or a value in place of what is wrong, and its faults; None where it is no table."""
    reader = _Reader(path.as_posix())
    root = reader.compose(path)
    if not isinstance(root, yaml.MappingNode):
        return None, [Fault("plan_wants_table", path.as_posix(), value=path.name)]
    plan = reader.plan(root)
    return plan, list(dict.fromkeys(reader.faults))


def unknown_names(
    plan: Plan, sites: pd.DataFrame, screenlines: pd.DataFrame, campaigns: pd.DataFrame, *, file: str
) -> list[Fault]:
    """Find sites, screenlines and campaigns of the plan that the study does not have, and new links among its sites."""
    roles = dict(zip(sites["station_id"].astype(str), sites["role"].astype(str), strict=True))
    lines, known = set(screenlines["screenline_id"]), set(campaigns["campaign_id"])
    faults = []
    for site in (*plan.treated, *plan.controls):
        if site not in roles:
            faults.append(Fault("plan_unknown_site", file, value=site))
        elif roles[site] == Role.NEW_LINK:
            faults.append(Fault("plan_new_link", file, value=site))
    wanted = dict.fromkeys((plan.primary_screenline, *plan.screenlines))
    faults += [Fault("plan_unknown_screenline", file, value=line) for line in wanted if line not in lines]
    ends = (*plan.before_campaigns, *plan.after_campaigns)
    return faults + [Fault("plan_unknown_campaign", file, value=end) for end in ends if end not in known]


@dataclass
class _Reader:
    """Reads nodes of YAML, which know their lines, and gathers faults."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def compose(self, path: Path) -> yaml.Node | None:
        try:
            return yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        except yaml.YAMLError as broken:
            mark = getattr(broken, "problem_mark", None)
            said = str(getattr(broken, "problem", "") or broken)[:200]
            raise InputFaults([Fault("plan_unreadable", self.file, mark.line + 1 if mark else None, said)]) from broken
        except UnicodeDecodeError as broken:
            raise InputFaults([Fault("plan_unreadable", self.file, value=str(broken)[:200])]) from broken

    def plan(self, root: yaml.MappingNode) -> Plan:
        """Return the plan; where there are faults, as far as it reads."""
        top = self.keys(root, "", wanted=_KEYS[""])
        primary, excluded, rules = (self.section(top, name) for name in ("primary", "excluded", "rules"))
        screenlines = self.words(top, "screenlines")
        modes = self.words(primary, "primary.modes", COUNTED_MODES)
        if "modes" in primary and not modes:
            self.fault("plan_empty", primary["modes"], "", key="primary.modes")
        treated, controls = self.reasons(top, "treated"), self.reasons(top, "controls")
        for site in sorted({*treated} & {*controls}):
            self.fault("plan_site_twice", top.get("controls"), site)
        return Plan(
            primary_screenline=self.text(primary, "primary.screenline"),
            modes=modes,
            before_campaign=self.text(primary, "primary.before_campaign"),
            after_campaign=self.text(primary, "primary.after_campaign"),
            smallest_effect_pct=self.number(primary, "primary.smallest_effect_pct", 0.1, 1000),
            interviews_co_primary=self.yes_no(primary, "primary.interviews_co_primary"),
            screenlines=screenlines,
            treated=treated,
            controls=controls,
            windows=self.windows(top),
            excluded_weeks=tuple(int(week) for week in self.numbers(excluded, "excluded.weeks", *_WEEKS)),
            excluded_days=self.words(excluded, "excluded.days", tuple(MovingDay)),
            fewest_controls=int(self.number(rules, "rules.fewest_controls", 2, 1000)),
            valid_day_share_pct=self.number(rules, "rules.valid_day_share_pct", 1, 100),
            rules_in_words=self.words(rules, "rules.in_words"),
            follow_ups=self.dates(top, "follow_ups"),
            secondary=self.secondary(top, (*screenlines, *_SECONDARY)),
            is_demonstration=self.yes_no(top, "is_demonstration"),
            source=self.text(top, "source"),
        )

    def keys(self, node: yaml.Node | None, at: str, *, wanted: Collection[str] | None) -> dict[str, yaml.Node]:
        """Return a table's values by key; with `wanted`, no other keys and none missing."""
        if not isinstance(node, yaml.MappingNode):
            self.fault("plan_wants_table", node, at)
            return {}
        found: dict[str, yaml.Node] = {}
        for name, value in node.value:
            key = str(name.value)
            if key in found:
                self.fault("plan_key_twice", name, key)
            if wanted is not None and key not in wanted:
                self.fault("plan_key_unknown", name, key, allowed=", ".join(wanted))
            found[key] = value
        for key in wanted or ():
            if key not in found:
                self.fault("plan_key_missing", node, f"{at}.{key}" if at else key)
        return found

    def section(self, top: Mapping[str, yaml.Node], name: str) -> dict[str, yaml.Node]:
        return self.keys(top[name], name, wanted=_KEYS[name]) if name in top else {}

    def text(self, table: Mapping[str, yaml.Node], key: str) -> str:
        node = table.get(key.split(".")[-1])
        return "" if node is None else self.said(node, key)

    def said(self, node: yaml.Node, key: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.fault("plan_wants_value", node, key)
            return ""
        found = str(node.value).strip()
        if not found:
            self.fault("plan_empty", node, "", key=key)
        return found

    def items(self, table: Mapping[str, yaml.Node], key: str) -> list[tuple[str, yaml.Node]]:
        node = table.get(key.split(".")[-1])
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode) or not all(isinstance(item, yaml.ScalarNode) for item in node.value):
            self.fault("plan_wants_list", node, key)
            return []
        return [(str(item.value).strip(), item) for item in node.value]

    def words(self, table: Mapping[str, yaml.Node], key: str, allowed: Iterable[str] | None = None) -> tuple[str, ...]:
        found = self.items(table, key)
        known = None if allowed is None else [str(word) for word in allowed]
        for word, node in found:
            if known is not None and word not in known:
                self.fault("plan_unknown_word", node, word, key=key, allowed=", ".join(known))
        return tuple(dict.fromkeys(word for word, _ in found))

    def secondary(self, top: Mapping[str, yaml.Node], allowed: Collection[str]) -> tuple[str, ...]:
        """Read outcomes by name: one word or several, such as `kordon walk`."""
        found = []
        for said, node in self.items(top, "secondary"):
            words = said.split()
            for word in words:
                if word not in allowed:
                    self.fault("plan_unknown_word", node, word, key="secondary", allowed=", ".join(allowed))
            found.append(" ".join(sorted(words)))
        return tuple(dict.fromkeys(found))

    def number(self, table: Mapping[str, yaml.Node], key: str, least: float, most: float) -> float:
        node = table.get(key.split(".")[-1])
        return self._number(self.text(table, key), node, key, least, most) if node is not None else 0.0

    def _number(self, said: str, node: yaml.Node, key: str, least: float, most: float) -> float:
        plain = said.replace(",", ".") if re.fullmatch(r"\d+,\d{1,2}", said) else said
        value = float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else None
        if value is None or not least <= value <= most:
            self.fault("plan_no_number", node, said, key=key, least=f"{least:g}", most=f"{most:g}")
            return least
        return value

    def numbers(self, table: Mapping[str, yaml.Node], key: str, least: float, most: float) -> list[float]:
        found: list[float] = []
        for said, node in self.items(table, key):
            span = re.fullmatch(r"(\d+)\s*[-\u2013]\s*(\d+)", said)  # 27-32 is a span of weeks
            ends = [self._number(end, node, key, least, most) for end in (span.groups() if span else (said,))]
            found += [float(week) for week in range(int(ends[0]), int(ends[-1]) + 1)]
        return found

    def yes_no(self, table: Mapping[str, yaml.Node], key: str) -> bool:
        node = table.get(key.split(".")[-1])
        said = self.text(table, key).lower()
        if node is not None and said not in _YES | _NO:
            self.fault("plan_no_yes_no", node, said, key=key)
        return said in _YES

    def dates(self, table: Mapping[str, yaml.Node], key: str) -> tuple[dt.date, ...]:
        found = []
        for said, node in self.items(table, key):
            day = _or_none(dt.date.fromisoformat, said)
            if day is None:
                self.fault("plan_no_date", node, said, key=key)
            else:
                found.append(day)
        return tuple(found)

    def reasons(self, top: Mapping[str, yaml.Node], key: str) -> dict[str, str]:
        """Read sites with why each was chosen."""
        if key not in top:
            return {}
        sites = self.keys(top[key], key, wanted=None)
        if not sites and isinstance(top[key], yaml.MappingNode):
            self.fault("plan_empty", top[key], "", key=key)
        return {site: self.said(node, f"{key}.{site}") for site, node in sites.items()}

    def windows(self, top: Mapping[str, yaml.Node]) -> tuple[Window, ...]:
        named = self.keys(top["windows"], "windows", wanted=None) if "windows" in top else {}
        found = []
        for name in named:
            faults = len(self.faults)
            weeks = self.numbers(named, name, *_WEEKS)
            if weeks and weeks[0] <= weeks[-1]:
                found.append(Window(name, int(weeks[0]), int(weeks[-1])))
            elif len(self.faults) == faults:
                self.fault("plan_no_window", named[name], name)
        return tuple(found)

    def fault(self, rule: str, node: yaml.Node | None, value: str, **detail: str) -> None:
        row = node.start_mark.line + 1 if node is not None and node.start_mark else None
        self.faults.append(Fault(rule, self.file, row, value, detail))


_SECONDARY = (*PlannedOutcome, *COUNTED_MODES, *Period, PER_RESIDENTS)


def _or_none(read: Callable[[str], _Value], said: str) -> _Value | None:
    try:
        return read(said)
    except ValueError:
        return None
