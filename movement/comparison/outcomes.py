"""What is compared: the plan's primary outcome, its named secondary ones, and what else the counts allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from movement.comparison.matched import columns_of, with_role
from movement.comparison.paired import MODES, Days
from movement.tables import DayType, Fault, InputFaults, Period, Role, Standing

SCREENLINE_TOTAL = "screenline_total"
TREATED = "treated_sites"
KORDON = "kordon"
PER_DAY = "day"
PER_RESIDENTS = "1000_residents"
_ALL_DAY = str(Period.ALL_DAY)


@dataclass(frozen=True)
class Named:
    """An outcome by its kind, mode, part of the day and base; a screenline total is over the primary screenline."""

    outcome: str
    mode: str = "all"
    period: str = _ALL_DAY
    per: str = PER_DAY


# ASSUME: the secondary outcomes of a study whose plan names none; all others are exploratory
SECONDARY = (
    Named(TREATED),
    Named(SCREENLINE_TOTAL, mode="walk"),
    Named(SCREENLINE_TOTAL, mode="cycle"),
    Named(KORDON),
    Named(SCREENLINE_TOTAL, period=str(Period.OUTSIDE_SCHOOL)),
    Named(SCREENLINE_TOTAL, period=str(Period.NON_SCHOOL_DAYS)),
    Named(SCREENLINE_TOTAL, period=str(Period.DARK)),
    Named(SCREENLINE_TOTAL, per=PER_RESIDENTS),
)


@dataclass(frozen=True)
class Case:
    """What is compared: an outcome over sites, one mode, one part of the day, per day or per 1,000 residents."""

    outcome: str
    screenline_id: str | None
    is_primary: bool
    mode: str
    period: str
    per: str
    stations: tuple[str, ...]


def usual_standing(case: Case, *, primary_line: str | None) -> Standing:
    """Return what an outcome is where no plan says: primary, one of `SECONDARY`, or exploratory."""
    if case.is_primary:
        return Standing.PRIMARY
    is_other_line = case.outcome == SCREENLINE_TOTAL and case.screenline_id != primary_line
    is_named = Named(case.outcome, case.mode, case.period, case.per) in SECONDARY
    return Standing.SECONDARY if is_named and not is_other_line else Standing.EXPLORATORY


def cases(
    days: Days,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    *,
    period: str,
    per_residents: bool,
    primary_mode: str = "all",
) -> Iterator[Case]:
    """Yield the primary outcome first (even where it has no counts), then the others that were counted."""
    all_day = period == _ALL_DAY
    seen = set(days.before.columns.get_level_values(0))
    primary = primary_case(sites, screenlines, mode=primary_mode)
    if all_day and not seen.intersection(primary.stations):
        yield primary
    elif not all_day and days.after.dropna(how="all").empty:
        return
    for case in _plain_cases(sites, screenlines, primary):
        stations = tuple(sorted(case.stations))
        for mode in MODES if all_day else (primary_mode,):
            if not len(columns_of(days, stations, MODES[mode])):
                continue
            is_primary = case.is_primary and all_day and mode == primary_mode
            now = replace(case, mode=mode, period=period, is_primary=is_primary)
            yield now
            if per_residents and all_day and mode == primary_mode:
                yield replace(now, per=PER_RESIDENTS, is_primary=False)


def primary_case(sites: pd.DataFrame, screenlines: pd.DataFrame, *, mode: str = "all") -> Case:
    """Return the primary outcome, the total over the primary screenline; without sites where there is none."""
    line = primary_screenline(screenlines)
    return Case(SCREENLINE_TOTAL, line, True, mode, _ALL_DAY, PER_DAY, sites_of_screenline(sites, line))


def _plain_cases(sites: pd.DataFrame, screenlines: pd.DataFrame, primary: Case) -> Iterator[Case]:
    for line in screenlines.sort_values("screenline_id").itertuples():
        outcome = KORDON if line.kind == KORDON else SCREENLINE_TOTAL
        stations = sites_of_screenline(sites, line.screenline_id)
        is_primary = primary.screenline_id == line.screenline_id
        yield replace(
            primary, outcome=outcome, screenline_id=line.screenline_id, is_primary=is_primary, stations=stations
        )
    treated = tuple(with_role(sites, Role.TREATED))
    yield replace(primary, outcome=TREATED, screenline_id=None, is_primary=False, stations=treated)


def sites_of_screenline(sites: pd.DataFrame, screenline_id: str | None) -> tuple[str, ...]:
    """Return the sites that count for a screenline, new links among them, in order of name; none along a barrier."""
    along = sites["role"] == str(Role.ALONG_BARRIER)
    inside = [
        screenline_id in listed(names) and not out for names, out in zip(sites["screenline_ids"], along, strict=True)
    ]
    return tuple(sorted(sites.loc[inside, "station_id"].astype(str)))


def primary_screenline(screenlines: pd.DataFrame) -> str | None:
    """Return the plan's primary screenline, None where there is none.

    Raises
    ------
    InputFaults
        If more than one is marked primary: which one was meant cannot be chosen after the counts are seen.
    """
    lines = sorted(screenlines.loc[screenlines["is_primary"].astype(bool), "screenline_id"].astype(str))
    if len(lines) > 1:
        raise InputFaults([Fault("several_primary_screenlines", "screenlines.geojson", value=", ".join(lines))])
    return lines[0] if lines else None


def with_non_school_days(daily: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Add whole days without school as a period of their own.

    Parameters
    ----------
    daily
        DAILY; weekends and public holidays are of the kind `weekend`.
    events
        EVENTS; those of kind holiday are school holidays, at the sites they name or at all.

    Returns
    -------
    daily
        DAILY with rows of the period `non_school_days` added.
    """
    whole = daily[daily["period"] == _ALL_DAY]
    is_free = whole["day_type"] == str(DayType.WEEKEND)
    for event in events[events["kind"] == "holiday"].itertuples():
        last = event.start_date if pd.isna(event.end_date) else event.end_date
        here = whole["date"].between(event.start_date, last)
        is_free |= here if pd.isna(event.station_ids) else here & whole["station_id"].isin(listed(event.station_ids))
    free = whole[is_free].assign(period=str(Period.NON_SCHOOL_DAYS))
    return pd.concat([daily, free], ignore_index=True) if len(free) else daily


def with_modes(sites: Iterable[str], mode: str) -> set[str]:
    """Return sites, and each with every mode that an outcome adds up, as CHECKS names what a finding is about.

    Examples
    --------
    >>> sorted(with_modes(["K1"], "all")), sorted(with_modes(["K1"], "walk"))
    (['K1', 'K1 cycle', 'K1 walk'], ['K1', 'K1 walk'])
    """
    own = set(sites)
    return own | {f"{site} {one}" for site in own for one in MODES[mode]}


def listed(names: object) -> list[str]:
    """Return the names of a comma-separated list; none where it is empty."""
    return [] if pd.isna(names) else [name.strip() for name in str(names).split(",") if name.strip()]
