"""Days of two campaigns side by side: which dates match, and what each site counted on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.tables import Fault, InputFaults, Mode, Role

MODES = {
    "all": (str(Mode.WALK), str(Mode.CYCLE)),
    "walk": (str(Mode.WALK),),
    "cycle": (str(Mode.CYCLE),),
}


@dataclass(frozen=True)
class Days:
    """Valid daily totals: day of the campaign (0 is the first) x (station_id, mode); NaN where none is valid."""

    before: pd.DataFrame
    after: pd.DataFrame


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
    return Days(_zero_before_use(before, links, first[0]), after)


def columns_of(days: Days, stations: Iterable[str], mode: str) -> pd.MultiIndex:
    """Return the (station_id, mode) columns of these sites and of walk, cycle or all."""
    wanted = days.before.columns.get_level_values(0).isin(list(stations))
    return days.before.columns[wanted & days.before.columns.get_level_values(1).isin(MODES[mode])]


def counted_both(days: Days, stations: Iterable[str], mode: str) -> list[str]:
    """Return the sites of which every mode wanted has a valid day in both campaigns, in order of name."""
    columns = columns_of(days, stations, mode)
    has = days.before[columns].notna().any() & days.after[columns].notna().any()
    whole = has.groupby(level=0).all()
    return sorted(whole.index[whole.to_numpy(dtype=bool)])


def comparable(days: Days, stations: Iterable[str], own: Iterable[str], mode: str) -> list[str]:
    """Return the sites that counted, in both campaigns, every mode that was counted at `own`."""
    wanted = set(columns_of(days, own, mode).get_level_values(1))
    counted = counted_both(days, stations, mode)
    return [site for site in counted if wanted <= set(columns_of(days, [site], mode).get_level_values(1))]


def matched_rows(days: Days, columns: pd.MultiIndex) -> pd.Index:
    """Return the days of the campaign on which every one of these columns is valid on both sides."""
    if not len(columns):
        return days.before.index[:0]
    valid = days.before[columns].notna().all(axis=1) & days.after[columns].notna().all(axis=1)
    return days.before.index[valid]


def log_ratios(
    days: Days, sites: pd.DataFrame, stations: Iterable[str], mode: str, *, on: pd.Index, first_day: pd.Timestamp
) -> pd.Series:
    """Compute log(mean after / mean before) of each site over the days given; sites that counted nobody are left out.

    Raises
    ------
    InputFaults
        If one of them is a new link, or came into use after the first campaign began: it has no value before.
    """
    wanted = sorted(stations)
    _refuse_new_links(sites[sites["station_id"].isin(wanted)], first_day)
    columns = columns_of(days, wanted, mode)
    before = days.before.loc[on, columns].mean().groupby(level=0).sum()
    after = days.after.loc[on, columns].mean().groupby(level=0).sum()
    seen = (before > 0) & (after > 0)
    return np.log(after[seen] / before[seen])


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
