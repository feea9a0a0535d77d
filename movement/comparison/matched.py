"""Days of two campaigns side by side: which sites and dates can be compared, and what each site counted on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.tables import Fault, InputFaults, Mode, Role

MODES = {
    "all": (str(Mode.WALK), str(Mode.CYCLE)),
    "walk": (str(Mode.WALK),),
    "cycle": (str(Mode.CYCLE),),
}
# ASSUME: a control site counted on fewer than four in five of the outcome's dates costs more dates than it is worth
CONTROL_DATES_SHARE = 0.8
# ASSUME: five dates, the weekdays of one counted week, are the fewest a change is judged on
LEAST_DATES = 5


@dataclass(frozen=True)
class Days:
    """Valid daily totals: day of the campaign (0 is the first) x (station_id, mode); NaN where none is valid."""

    before: pd.DataFrame
    after: pd.DataFrame
    first_day: pd.Timestamp
    last_day: pd.Timestamp

    @cached_property
    def is_valid(self) -> npt.NDArray[np.bool_]:
        """Tell of each day and column whether it is valid in both campaigns."""
        valid: npt.NDArray[np.bool_] = np.isfinite(self.before.to_numpy()) & np.isfinite(self.after.to_numpy())
        return valid

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """Columns as (station_id, mode)."""
        return list(self.before.columns)


@dataclass(frozen=True)
class Match:
    """What one outcome is compared on: its own columns, the controls, and the dates all of them have.

    `missing` names the outcome's sites and modes without a valid day in one of the campaigns, `left_out` the control
    sites (and treated sites) that take no part; `reason` is why nothing can be judged, None where it can.
    """

    modes: tuple[str, ...]
    columns: pd.MultiIndex
    controls: list[str]
    on: pd.Index
    missing: list[str]
    left_out: list[str]
    reason: str | None


def match_total(days: Days, sites: pd.DataFrame, stations: Iterable[str], mode: str, *, fewest_controls: int) -> Match:
    """Match the total over some sites with the controls.

    Parameters
    ----------
    days, sites
        Valid days of both campaigns, SITES.
    stations
        Sites of the total.
    mode
        walk, cycle or all. Controls must have counted every mode the total has, and are compared on those only.
    fewest_controls
        Controls below which nothing can be judged.

    Returns
    -------
    match
        A total without one of its sites is not the screenline's, whatever was counted at the others: its means are
        over what was counted in both campaigns, and its reason is `partial_screenline`.
    """
    own = list(stations)
    modes = counted_modes(days, own, mode)
    planned = columns_of(days, own, modes).union(_planned(days, sites, own, modes))
    counted = planned[has_both(days, planned)]
    missing = [f"{station} {name}" for station, name in planned.difference(counted)]
    columns = counted if len(counted) else columns_of(days, own, modes)
    return _with_controls(days, sites, modes, columns, missing if len(counted) else [], fewest_controls, ())


def match_units(days: Days, sites: pd.DataFrame, stations: Iterable[str], mode: str, *, fewest_controls: int) -> Match:
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
    if not len(columns):
        return _with_controls(days, sites, modes, columns_of(days, own, modes), [], fewest_controls, ())
    return _with_controls(days, sites, modes, columns, [], fewest_controls, failed)


def _with_controls(
    days: Days,
    sites: pd.DataFrame,
    modes: tuple[str, ...],
    columns: pd.MultiIndex,
    missing: list[str],
    fewest_controls: int,
    left_out: Iterable[str],
) -> Match:
    dates = matched_rows(days, columns)
    named = sorted(set(with_role(sites, Role.CONTROL)) - set(columns.get_level_values(0)))
    least = CONTROL_DATES_SHARE * len(dates)
    controls = [
        site
        for site in comparable(days, named, modes)
        if len(matched_rows(days, columns_of(days, [site], modes)).intersection(dates)) >= least
    ]
    controls = _rescue_dates(days, controls, modes, columns, fewest_controls)
    reason = controls_reason(len(controls), fewest_controls)
    on = dates if reason else matched_rows(days, columns.union(columns_of(days, controls, modes)))
    if not len(on):
        reason = "no_matched_dates"
    elif missing:
        reason = "partial_screenline"
    elif reason is None and len(on) < LEAST_DATES:
        reason = "too_few_dates"
    return Match(modes, columns, controls, on, missing, sorted({*left_out, *named} - set(controls)), reason)


def _rescue_dates(
    days: Days, controls: list[str], modes: tuple[str, ...], columns: pd.MultiIndex, fewest_controls: int
) -> list[str]:
    """Leave out controls, the one whose gaps cost most dates first, while all together have too few dates to judge."""

    def dates(kept: list[str]) -> int:
        return len(matched_rows(days, columns.union(columns_of(days, kept, modes))))

    kept = controls
    while len(kept) > fewest_controls and dates(kept) < LEAST_DATES <= len(matched_rows(days, columns)):
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


def window(campaigns: pd.DataFrame, campaign_id: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return first and last day of a campaign, None where there is no such campaign."""
    rows = campaigns[campaigns["campaign_id"] == campaign_id]
    return (rows["start_date"].iloc[0], rows["end_date"].iloc[0]) if len(rows) else None


def pair_days(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: str,
    after_campaign: str,
    period: str,
) -> Days | None:
    """Lay the valid days of two campaigns side by side, matched by their distance from the campaign's start.

    Parameters
    ----------
    daily
        DAILY; days that are not valid and motor traffic are left out.
    sites
        SITES. A new link counts as 0 on days before it was in use; its modes stand in the result even where
        nothing was counted, so that no total is taken without it.
    campaigns
        CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.
    period
        all_day or outside_school.

    Returns
    -------
    days
        Both sides with the same rows and columns; None where a campaign is not in CAMPAIGNS.
    """
    first, second = window(campaigns, before_campaign), window(campaigns, after_campaign)
    if first is None or second is None:
        return None
    rows = daily[daily["is_valid"] & (daily["period"] == period) & daily["mode"].isin(MODES["all"])]
    links = _new_links(sites, opened_by=second[1])
    length = min((end - start).days for start, end in (first, second)) + 1
    sides = [_lay_out(rows, start, length) for start, _ in (first, second)]
    columns = sides[0].columns.union(sides[1].columns).union(links.index).sort_values()
    before, after = (side.reindex(columns=columns).astype(float) for side in sides)
    return Days(_zero_before_use(before, links, first[0]), after, first[0], second[1])


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
    columns = columns_of(days, wanted, modes)
    inside = np.ix_(days.before.index.get_indexer(on), days.before.columns.get_indexer(columns))
    names, site = np.unique(columns.get_level_values(0).astype(str), return_inverse=True)
    means = [_mean_where_counted(side.to_numpy()[inside]) for side in (days.before, days.after)]
    before, after = (np.bincount(site, mean, minlength=len(names)) for mean in means)
    seen = (before > 0) & (after > 0)
    return pd.Series(np.log(after[seen] / before[seen]), index=names[seen])


def _mean_where_counted(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of each column over the days it was counted, 0 where it never was."""
    counted = ~np.isnan(values)
    means: npt.NDArray[np.float64] = np.where(counted, values, 0.0).sum(axis=0) / np.maximum(counted.sum(axis=0), 1)
    return means


def _refuse_new_links(sites: pd.DataFrame, first_day: pd.Timestamp) -> None:
    late = sites["valid_from"].notna() & (sites["valid_from"] > first_day)
    wrong = sites[(sites["role"] == str(Role.NEW_LINK)) | late]
    if len(wrong):
        raise InputFaults([Fault("new_link_as_unit", "sites.geojson", value=str(site)) for site in wrong["station_id"]])


def _lay_out(rows: pd.DataFrame, start: pd.Timestamp, length: int) -> pd.DataFrame:
    day = (rows["date"] - start).dt.days
    inside = rows.assign(day=day)[day.between(0, length - 1)]
    index = [inside["station_id"].astype(str), inside["mode"].astype(str)]
    series = pd.Series(inside["count"].to_numpy(), index=pd.MultiIndex.from_arrays([inside["day"], *index]))
    wide = series.unstack([1, 2]) if len(series) else pd.DataFrame(columns=pd.MultiIndex.from_arrays([[], []]))  # noqa: PD010  # unstack checks that keys are unique
    wide.columns.names = ["station_id", "mode"]
    return wide.reindex(range(length)).rename_axis(index="day")


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
    return pd.MultiIndex.from_tuples(found, names=["station_id", "mode"]) if found else _NO_SERIES


def _new_links(sites: pd.DataFrame, *, opened_by: pd.Timestamp) -> pd.Series:
    """First day in use of every new link and mode."""
    links = sites[(sites["role"] == str(Role.NEW_LINK)) & sites["valid_from"].notna()]
    links = links[links["valid_from"] <= opened_by]
    found = {
        (str(link.station_id), mode.strip()): link.valid_from
        for link in links.itertuples()
        for mode in str(link.modes).split(",")
        if mode.strip() in MODES["all"]
    }
    index = pd.MultiIndex.from_tuples(list(found), names=["station_id", "mode"]) if found else _NO_SERIES
    return pd.Series(list(found.values()), index=index, dtype="datetime64[us]")


_NO_SERIES = pd.MultiIndex.from_arrays([[], []], names=["station_id", "mode"])


def _zero_before_use(before: pd.DataFrame, links: pd.Series, start: pd.Timestamp) -> pd.DataFrame:
    dates = start + pd.to_timedelta(np.asarray(before.index), unit="D")
    filled = {column: before[column].where(dates >= opened, 0.0) for column, opened in links.items()}
    return pd.DataFrame({column: filled.get(column, before[column]) for column in before}, columns=before.columns)
