"""What an analysis plan says, and the same content as plain JSON, so that it can be hashed and kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from movement.tables import ANALYSIS_PLAN, Mode

PLAN_FILE = "analysis_plan.yml"  # in the study's folder
FROZEN_FILE = "analysis_plan.frozen.json"
COUNTED_MODES = (str(Mode.WALK), str(Mode.CYCLE))
PER_RESIDENTS = "1000_residents"


@dataclass(frozen=True)
class Window:
    """ISO weeks in which is counted, both included."""

    name: str
    first_week: int
    last_week: int


@dataclass(frozen=True)
class Plan:
    """An analysis plan: one primary outcome, where and when is counted, and what is left out."""

    primary_screenline: str
    modes: tuple[str, ...]
    before_campaign: str
    after_campaign: str
    smallest_effect_pct: float
    interviews_co_primary: bool
    screenlines: tuple[str, ...]
    treated: Mapping[str, str]  # site: why
    controls: Mapping[str, str]
    windows: tuple[Window, ...]
    excluded_weeks: tuple[int, ...]
    excluded_days: tuple[str, ...]
    fewest_controls: int
    valid_day_share_pct: float
    rules_in_words: tuple[str, ...]
    follow_ups: tuple[dt.date, ...]
    secondary: tuple[str, ...]
    is_demonstration: bool
    source: str

    @property
    def mode(self) -> str:
        """Return the primary outcome's mode as EFFECTS names it: walk, cycle or all."""
        return self.modes[0] if len(self.modes) == 1 else "all"

    @property
    def before_campaigns(self) -> tuple[str, ...]:
        """Return the campaigns before that are compared; several stand with commas between them."""
        return _campaigns(self.before_campaign)

    @property
    def after_campaigns(self) -> tuple[str, ...]:
        """Return the campaigns after that are compared."""
        return _campaigns(self.after_campaign)


def _campaigns(said: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in said.split(",") if name.strip()))


def content(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain JSON values; what has no order of its own is sorted."""
    return {
        "primary": {
            "screenline": plan.primary_screenline,
            "modes": sorted(plan.modes),
            "before_campaign": plan.before_campaign,
            "after_campaign": plan.after_campaign,
            "smallest_effect_pct": float(plan.smallest_effect_pct),
            "interviews_co_primary": plan.interviews_co_primary,
        },
        "screenlines": sorted(plan.screenlines),
        "treated": dict(sorted(plan.treated.items())),
        "controls": dict(sorted(plan.controls.items())),
        "windows": {window.name: [window.first_week, window.last_week] for window in plan.windows},
        "excluded": {"weeks": sorted(plan.excluded_weeks), "days": sorted(plan.excluded_days)},
        "rules": {
            "fewest_controls": plan.fewest_controls,
            "valid_day_share_pct": float(plan.valid_day_share_pct),
            "in_words": list(plan.rules_in_words),
        },
        "follow_ups": [day.isoformat() for day in sorted(plan.follow_ups)],
        "secondary": sorted(plan.secondary),
        "is_demonstration": plan.is_demonstration,
        "source": plan.source,
    }


def plan_of(said: Mapping[str, Any]) -> Plan:
    """Return the plan that `content` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it did not.
    """
    primary, excluded, rules = said["primary"], said["excluded"], said["rules"]
    return Plan(
        primary_screenline=primary["screenline"],
        modes=tuple(primary["modes"]),
        before_campaign=primary["before_campaign"],
        after_campaign=primary["after_campaign"],
        smallest_effect_pct=float(primary["smallest_effect_pct"]),
        interviews_co_primary=bool(primary["interviews_co_primary"]),
        screenlines=tuple(said["screenlines"]),
        treated=dict(said["treated"]),
        controls=dict(said["controls"]),
        windows=tuple(Window(name, *weeks) for name, weeks in said["windows"].items()),
        excluded_weeks=tuple(excluded["weeks"]),
        excluded_days=tuple(excluded["days"]),
        fewest_controls=int(rules["fewest_controls"]),
        valid_day_share_pct=float(rules["valid_day_share_pct"]),
        rules_in_words=tuple(rules["in_words"]),
        follow_ups=tuple(dt.date.fromisoformat(day) for day in said["follow_ups"]),
        secondary=tuple(said["secondary"]),
        is_demonstration=bool(said["is_demonstration"]),
        source=said["source"],
    )


def sha256(said: Mapping[str, Any]) -> str:
    """Return the hash of JSON values: keys sorted, no spaces, UTF-8; line ends and comments have no part in it."""
    written = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(written.encode()).hexdigest()


def entries(said: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return each value of the content, lists in one piece, by (entry, item)."""
    found: dict[tuple[str, str], str] = {}
    for key, value in said.items():
        if isinstance(value, Mapping):
            found |= {(key, str(item)): _written(inner) for item, inner in value.items()}
        else:
            found[key, ""] = _written(value)
    return found


def _written(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_written(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def plan_table(
    plan: Plan | None, frozen: Mapping[str, str], made_of: Mapping[tuple[str, str], str] | None = None
) -> pd.DataFrame:
    """Return the plan entry by entry, with how it was frozen and what its screenlines were made of then.

    Parameters
    ----------
    plan
        The plan that holds; None for none.
    frozen
        What is said of the freezing (version, frozen_on, sha256 and so on), as `frozen.facts` tells.
    made_of
        The frozen make-up by entry and item, as `makeup.written` tells; None where none was recorded.

    Returns
    -------
    table
        ANALYSIS_PLAN. A site's reason stands in `reason`, its value is empty.
    """
    rows: list[tuple[str, str, str | None, str | None]]
    rows = [("frozen", item, value, None) for item, value in frozen.items()]
    rows += [(entry, item, value, None) for (entry, item), value in (made_of or {}).items()]
    for (entry, item), value in entries(content(plan)).items() if plan else ():
        is_site = entry in ("treated", "controls")
        rows.append((entry, item, None, value) if is_site else (entry, item, value, None))
    return ANALYSIS_PLAN.check(pd.DataFrame(rows, columns=list(ANALYSIS_PLAN.columns)))
