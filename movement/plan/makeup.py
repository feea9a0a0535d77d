"""What a plan's names stand for in the study: the sites of each screenline, and what each site is and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from movement.plan.contents import COUNTED_MODES, Plan


@dataclass(frozen=True)
class SiteMakeUp:
    """A site's role, the modes counted there, and its first and last day in use; empty where it has none."""

    role: str
    modes: tuple[str, ...]
    valid_from: str
    valid_to: str


@dataclass(frozen=True)
class MakeUp:
    """The sites of each screenline, and what each site is."""

    screenlines: Mapping[str, tuple[str, ...]]
    sites: Mapping[str, SiteMakeUp]

    def of_plan(self, plan: Plan) -> MakeUp:
        """Return the part that a plan names: its screenlines, their sites, and its treated and control sites."""
        lines = sorted({plan.primary_screenline, *plan.screenlines})
        own = {line: self.screenlines.get(line, ()) for line in lines}
        named = {*plan.treated, *plan.controls, *(site for sites in own.values() for site in sites)}
        return MakeUp(own, {site: self.sites[site] for site in sorted(named & self.sites.keys())})

    def total(self, screenline: str, modes: Sequence[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return what a screenline's total is made of: role and modes, of those asked for, by site."""
        return {
            site: (self.sites[site].role, tuple(mode for mode in self.sites[site].modes if mode in modes))
            for site in self.screenlines.get(screenline, ())
        }


def makeup(sites: pd.DataFrame, on_screenlines: Mapping[str, Sequence[str]]) -> MakeUp:
    """Return the study's make-up as it is now.

    Parameters
    ----------
    sites
        SITES.
    on_screenlines
        The sites that count for each screenline, as the comparison takes them.

    Returns
    -------
    makeup
        Of every screenline and site; motor traffic has no part in what a plan compares and is left out.
    """
    found = {
        str(site.station_id): SiteMakeUp(
            role=str(site.role),
            modes=tuple(sorted({mode.strip() for mode in str(site.modes).split(",")} & set(COUNTED_MODES))),
            valid_from=_day(site.valid_from),
            valid_to=_day(site.valid_to),
        )
        for site in sites.itertuples()
    }
    return MakeUp({line: tuple(sorted(names)) for line, names in on_screenlines.items()}, found)


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:%Y-%m-%d}"


def said(made: MakeUp) -> dict[str, Any]:
    """Return the make-up as plain JSON values, sorted."""
    return {
        "screenlines": {line: sorted(sites) for line, sites in sorted(made.screenlines.items())},
        "sites": {
            name: {
                "role": site.role,
                "modes": list(site.modes),
                "valid_from": site.valid_from,
                "valid_to": site.valid_to,
            }
            for name, site in sorted(made.sites.items())
        },
    }


def written(made: MakeUp) -> dict[tuple[str, str], str]:
    """Return the make-up by entry and item, for the report: a screenline's sites, a site's role, modes and days in use.

    Examples
    --------
    >>> made = MakeUp({"line": ("A",)}, {"A": SiteMakeUp("old_crossing", ("cycle", "walk"), "", "2026-05-01")})
    >>> written(made)
    {('makeup', 'line'): 'A', ('makeup_site', 'A'): 'old_crossing; cycle, walk; ; 2026-05-01'}
    """
    lines = {("makeup", line): ", ".join(sites) for line, sites in sorted(made.screenlines.items())}
    parts = {
        name: (site.role, ", ".join(site.modes), site.valid_from, site.valid_to)
        for name, site in sorted(made.sites.items())
    }
    return lines | {("makeup_site", name): "; ".join(said) for name, said in parts.items()}


def makeup_of(told: Mapping[str, Any]) -> MakeUp:
    """Return the make-up that `said` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError, AttributeError
        If it did not.
    """
    lines = {str(line): tuple(str(name) for name in sites) for line, sites in told["screenlines"].items()}
    sites = {
        str(name): SiteMakeUp(
            role=str(site["role"]),
            modes=tuple(str(mode) for mode in site["modes"]),
            valid_from=str(site["valid_from"]),
            valid_to=str(site["valid_to"]),
        )
        for name, site in told["sites"].items()
    }
    unknown = sorted({name for names in lines.values() for name in names} - sites.keys())
    if unknown:
        raise ValueError(", ".join(unknown))
    return MakeUp(lines, sites)
