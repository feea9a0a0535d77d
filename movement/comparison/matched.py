"""Which sites and dates of two phases can be compared, and what each site counted on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.comparison.paired import MODES, NO_SERIES, Days, pair_days, window
from movement.tables import Fault, InputFaults, Role

__all__ = [
    "CONTROL_DATES_SHARE",
    "LEAST_DATES",
    "MODES",
    "Days",
    "Match",
    "columns_of",
    "comparable",
    "controls_reason",
    "counted_modes",
    "has_both",
    "log_ratios",
    "match_total",
    "match_units",
    "matched_rows",
    "pair_days",
    "silent_sites",
    "window",
    "with_role",
    "without_before",
]

# ASSUME: a control site counted on fewer than four in five of the outcome's dates costs more dates than it is worth
CONTROL_DATES_SHARE = 0.8
# ASSUME: five dates, the weekdays of one counted week, are the fewest a change is judged on
LEAST_DATES = 5


@dataclass(frozen=True)
class Match:
    """What one outcome is compared on: its own columns, the controls, and the dates all of them have.

    `missing` names the outcome's sites and modes without a valid day in one of the campaigns, `left_out` the control
    sites (and treated sites) that take no part, among them controls that counted nobody before or after; `reason` is
    why nothing can be judged, None where it can.
    """

    modes: tuple[str, ...]
    columns: pd.MultiIndex
    controls: list[str]
    on: pd.Index
    missing: list[str]
    left_out: list[str]
    reason: str | None


def match_total(
    days: Days,
    sites: pd.DataFrame,
    stations: Iterable[str],
    mode: str,
    *,
    fewest_controls: int,
    least_dates: int = LEAST_DATES,
) -> Match:
    """Match the total over some sites with the controls.

    Parameters
    ----------
    days, sites
        Valid days of both campaigns, SITES.
    stations
        Sites of the total.
    mode
        walk, cycle or all. Controls must have counted every mode the total has, and are compared on those only.
    fewest_controls, least_dates
        Controls and dates below which nothing can be judged.

    Returns
    -------
    match
        A total without one of its sites is not the screenline's, whatever was counted at the others: its means are
        over what was counted in both campaigns, and its reason is `partial_screenline`. A control that came into use
        after the first campaign began takes no part.
    """
    own = list(stations)
    modes = counted_modes(days, own, mode)
    planned = columns_of(days, own, modes).union(_planned(days, sites, own, modes))
    counted = planned[has_both(days, planned)]
    missing = [f"{station} {name}" for station, name in planned.difference(counted)]
    columns = counted if len(counted) else columns_of(days, own, modes)
    asked = _Asked(fewest_controls, least_dates)
    return _with_controls(days, sites, modes, columns, missing if len(counted) else [], asked, ())


def match_units(
    days: Days,
    sites: pd.DataFrame,
    stations: Iterable[str],
    mode: str,
    *,
    fewest_controls: int,
    least_dates: int = LEAST_DATES,
) -> Match:
    """Match single sites with the controls, as `match_total`; each takes part with the modes that it is there to count.

    A site that lacks one of those in one of the campaigns is left out and named. One planned for walkers only stays:
    the plan named it, and leaving it out once its counts are seen would be a choice of results.
    """
    own = list(stations)
    modes = counted_modes(days, own, mode)
    planned = columns_of(days, own, modes).union(_planned(days, sites, own, modes))
    failed = set(planned[~has_both(days, planned)].get_level_values(0))
    whole = [site for site in own if site not in failed]
    columns = columns_of(days, whole, modes)
    asked = _Asked(fewest_controls, least_dates)
    if not len(columns):
        return _with_controls(days, sites, modes, columns_of(days, own, modes), [], asked, ())
    return _with_controls(days, sites, modes, columns, [], asked, failed)


@dataclass(frozen=True)
class _Asked:
    """Controls and dates below which nothing can be judged."""

    controls: int
    dates: int


def _with_controls(
    days: Days,
    sites: pd.DataFrame,
    modes: tuple[str, ...],
    columns: pd.MultiIndex,
    missing: list[str],
    asked: _Asked,
    left_out: Iterable[str],
) -> Match:
    dates = matched_rows(days, columns)
    named = sorted(set(with_role(sites, Role.CONTROL)) - set(columns.get_level_values(0)))
    least = CONTROL_DATES_SHARE * len(dates)
    controls = [
        site
        for site in comparable(days, set(named) - set(without_before(sites, days.first_day)), modes)
        if len(matched_rows(days, columns_of(days, [site], modes)).intersection(dates)) >= least
    ]
    controls = _rescue_dates(days, controls, modes, columns, asked)
    controls, on = _heard(days, controls, modes, columns, asked)
    reason = controls_reason(len(controls), asked.controls)
    if not len(on):
        reason = "no_matched_dates"
    elif missing:
        reason = "partial_screenline"
    elif reason is None and len(on) < asked.dates:
        reason = "too_few_dates"
    return Match(modes, columns, controls, on, missing, sorted({*left_out, *named} - set(controls)), reason)


def _heard(
    days: Days, controls: list[str], modes: tuple[str, ...], columns: pd.MultiIndex, asked: _Asked
) -> tuple[list[str], pd.Index]:
    """Return the controls that counted somebody in both phases, and the dates that all have, the outcome's too."""
    while True:
        own = columns if len(controls) < asked.controls else columns.union(columns_of(days, controls, modes))
        on = matched_rows(days, own)
        silent = set(silent_sites(days, controls, modes, on=on)) if len(on) else set()
        if not silent:
            return controls, on
        controls = [site for site in controls if site not in silent]


def _rescue_dates(
    days: Days, controls: list[str], modes: tuple[str, ...], columns: pd.MultiIndex, asked: _Asked
) -> list[str]:
    """Leave out controls, the one whose gaps cost most dates first, while all together have too few dates to judge."""

    def dates(kept: list[str]) -> int:
        return len(matched_rows(days, columns.union(columns_of(days, kept, modes))))

    kept = controls
    while len(kept) > asked.controls and dates(kept) < asked.dates <= len(matched_rows(days, columns)):
        kept = max(([other for other in kept if other != site] for site in kept), key=dates)
    return kept


def controls_reason(controls: int, fewest: int) -> str | None:
    """Return why so many controls are too few, None where they are enough."""
    if controls == 0:
        return "no_controls"
    return "too_few_controls" if controls < fewest else None


def with_role(sites: pd.DataFrame, role: Role) -> list[str]:
    """Return the sites of a role in order of name."""
    return sorted(sites.loc[sites["role"] == str(role), "station_id"].astype(str))


def columns_of(days: Days, stations: Iterable[str], modes: Iterable[str]) -> pd.MultiIndex:
    """Return the (station_id, mode) columns of these sites and modes."""
    asked, wanted = set(stations), set(modes)
    return days.before.columns[[station in asked and mode in wanted for station, mode in days.keys]]


def counted_modes(days: Days, stations: Iterable[str], mode: str) -> tuple[str, ...]:
    """Return the modes within walk, cycle or all that were counted at these sites in one campaign at least.

    The zeros of a new link before it opened are no count.
    """
    columns = columns_of(days, stations, MODES[mode])
    inside = days.before.columns.get_indexer(columns)
    after, before = days.after.to_numpy()[:, inside], days.before.to_numpy()[:, inside]
    seen = columns[(~np.isnan(after)).any(axis=0) | (before > 0).any(axis=0)]
    return tuple(name for name in MODES[mode] if name in set(seen.get_level_values(1)))


def has_both(days: Days, columns: pd.MultiIndex) -> npt.NDArray[np.bool_]:
    """Tell of each column whether it has a valid day in both campaigns."""
    sides = [side.notna().to_numpy().any(axis=0) for side in (days.before, days.after)]
    counted = {key for key, *both in zip(days.keys, *sides, strict=True) if all(both)}
    return np.array([column in counted for column in columns], dtype=bool)


def comparable(days: Days, stations: Iterable[str], modes: Iterable[str]) -> list[str]:
    """Return the sites that counted every one of these modes in both campaigns, in order of name."""
    wanted = list(modes)
    columns = columns_of(days, stations, wanted)
    kept = columns[has_both(days, columns)].get_level_values(0)
    return sorted(site for site in set(kept) if list(kept).count(site) == len(wanted))


def matched_rows(days: Days, columns: pd.MultiIndex) -> pd.Index:
    """Return the days of the campaign on which every one of these columns is valid on both sides."""
    if not len(columns):
        return days.before.index[:0]
    inside = days.before.columns.get_indexer(columns)
    return days.before.index[days.is_valid[:, inside].all(axis=1)]


def log_ratios(
    days: Days, sites: pd.DataFrame, stations: Iterable[str], modes: Iterable[str], *, on: pd.Index
) -> pd.Series:
    """Compute log(mean after / mean before) of each site over the days given; sites that counted nobody are left out.

    Raises
    ------
    InputFaults
        If one of them is a new link, or came into use after the first campaign began: it has no value before.
    """
    wanted = sorted(stations)
    _refuse_new_links(sites[sites["station_id"].isin(wanted)], days.first_day)
    names, before, after = site_means(days, wanted, modes, on=on)
    seen = (before > 0) & (after > 0)
    return pd.Series(np.log(after[seen] / before[seen]), index=names[seen])


def silent_sites(days: Days, stations: Iterable[str], modes: Iterable[str], *, on: pd.Index) -> list[str]:
    """Return the sites that counted nobody over the days given, before or after, in order of name.

    A site that falls to nobody has no log ratio. To leave a treated one out would hide the fall; the outcome cannot be
    judged. A control that did tells nothing of how sites drift, and takes no part.
    """
    names, before, after = site_means(days, stations, modes, on=on)
    return [str(name) for name in names[(before <= 0) | (after <= 0)]]


def site_means(
    days: Days, stations: Iterable[str], modes: Iterable[str], *, on: pd.Index
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the sites in order of name, and people per day at each before and after, its modes added."""
    columns = columns_of(days, stations, modes)
    inside = np.ix_(days.before.index.get_indexer(on), days.before.columns.get_indexer(columns))
    names, site = np.unique(columns.get_level_values(0).to_numpy(dtype=str), return_inverse=True)
    means = [_mean_where_counted(side.to_numpy()[inside]) for side in (days.before, days.after)]
    before, after = (np.bincount(site, mean, minlength=len(names)).astype(float) for mean in means)
    return names, before, after


def _mean_where_counted(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of each column over the days it was counted, 0 where it never was."""
    counted = ~np.isnan(values)
    means: npt.NDArray[np.float64] = np.where(counted, values, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    return means


def without_before(sites: pd.DataFrame, first_day: pd.Timestamp) -> list[str]:
    """Return the sites that are new links or came into use after the first day, in order of name."""
    late = sites["valid_from"].notna() & (sites["valid_from"] > first_day)
    return sorted(sites.loc[(sites["role"] == str(Role.NEW_LINK)) | late, "station_id"].astype(str))


def _refuse_new_links(sites: pd.DataFrame, first_day: pd.Timestamp) -> None:
    wrong = without_before(sites, first_day)
    if wrong:
        raise InputFaults([Fault("new_link_as_unit", "sites.geojson", value=site) for site in wrong])


def _planned(days: Days, sites: pd.DataFrame, stations: list[str], modes: tuple[str, ...]) -> pd.MultiIndex:
    """Sites and modes that the plan has, and that were in use at some time from the first campaign to the last."""
    rows = sites[sites["station_id"].isin(stations)]
    rows = rows[~(rows["valid_from"] > days.last_day) & ~(rows["valid_to"] < days.first_day)]
    found = [
        (str(site.station_id), mode.strip())
        for site in rows.itertuples()
        for mode in str(site.modes).split(",")
        if mode.strip() in modes
    ]
    return pd.MultiIndex.from_tuples(found, names=["station_id", "mode"]) if found else NO_SERIES
