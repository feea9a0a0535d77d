"""Days of two phases side by side, matched by their distance from the campaign's start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.tables import Mode, Role

MODES = {
    "all": (str(Mode.WALK), str(Mode.CYCLE)),
    "walk": (str(Mode.WALK),),
    "cycle": (str(Mode.CYCLE),),
}
Campaigns = str | Sequence[str]  # one campaign, or several of a phase that are averaged first
Spans = list[tuple[pd.Timestamp, pd.Timestamp]]  # first and last day of each campaign, in order of time
NO_SERIES = pd.MultiIndex.from_arrays([[], []], names=["station_id", "mode"])


@dataclass(frozen=True)
class Days:
    """Valid daily totals: day of the campaign (0 is the first) x (station_id, mode); NaN where none is valid."""

    before: pd.DataFrame
    after: pd.DataFrame
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    starts_before: tuple[pd.Timestamp, ...] = ()  # first day of each campaign of the phase, in order
    starts_after: tuple[pd.Timestamp, ...] = ()

    @cached_property
    def is_valid(self) -> npt.NDArray[np.bool_]:
        """Tell of each day and column whether it is valid in both campaigns."""
        valid: npt.NDArray[np.bool_] = np.isfinite(self.before.to_numpy()) & np.isfinite(self.after.to_numpy())
        return valid

    @cached_property
    def keys(self) -> list[tuple[str, str]]:
        """Columns as (station_id, mode)."""
        return list(self.before.columns)


def campaign_ids(asked: Campaigns) -> tuple[str, ...]:
    """Return the campaigns asked for as a tuple; one named twice counts once."""
    return (asked,) if isinstance(asked, str) else tuple(dict.fromkeys(asked))


def windows(campaigns: pd.DataFrame, asked: Campaigns) -> Spans:
    """Return first and last day of each campaign asked for, in order of time; none where one of them is not there."""
    known = campaigns.drop_duplicates("campaign_id").set_index("campaign_id")
    names = campaign_ids(asked)
    if not set(names) <= set(known.index):
        return []
    return sorted((known.loc[name, "start_date"], known.loc[name, "end_date"]) for name in names)


def window(campaigns: pd.DataFrame, asked: Campaigns) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return first and last day of a campaign, of the first of several; None where there is no such campaign."""
    return next(iter(windows(campaigns, asked)), None)


def windows_reason(campaigns: pd.DataFrame, *, before_campaign: Campaigns, after_campaign: Campaigns) -> str | None:
    """Return why these campaigns cannot be compared, None where they can.

    Every before must end before any after. Campaigns of one phase must not share a day, which would count twice.
    """
    first, second = windows(campaigns, before_campaign), windows(campaigns, after_campaign)
    if not first or not second:
        return "no_campaigns"
    if max(end for _, end in first) >= min(start for start, _ in second):
        return "windows_overlap"
    shared = [later[0] <= earlier[1] for spans in (first, second) for earlier, later in pairwise(spans)]
    return "campaigns_overlap" if any(shared) else None


def pair_days(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    after_campaign: Campaigns,
    period: str,
) -> Days | None:
    """Lay the valid days of two phases side by side, matched by their distance from the campaign's start.

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
        Campaigns compared. Several of a phase are averaged day by day first, over days that all of them have: rows of
        their own would count the same site's drift several times (coverage 0.89 on real counters).
    period
        Part of the day.

    Returns
    -------
    days
        Both sides with the same rows and columns; None where `windows_reason` says why they cannot be compared.
    """
    if windows_reason(campaigns, before_campaign=before_campaign, after_campaign=after_campaign) is not None:
        return None
    spans = windows(campaigns, before_campaign), windows(campaigns, after_campaign)
    return pair_spans(daily, sites, spans, period=period, modes=MODES["all"])


def pair_spans(
    daily: pd.DataFrame, sites: pd.DataFrame, spans: tuple[Spans, Spans], *, period: str, modes: Sequence[str]
) -> Days:
    """Lay days side by side as `pair_days`, for first and last days of each campaign, before and after."""
    first, second = spans
    rows = daily[daily["is_valid"] & (daily["period"] == period) & daily["mode"].isin(modes)]
    opened = _new_links(sites, opened_by=max(end for _, end in second))
    links = opened[opened.index.get_level_values("mode").isin(modes)]
    length = min((end - start).days for start, end in (*first, *second)) + 1
    sides = [[_lay_out(rows, start, length) for start, _ in each] for each in spans]
    columns = links.index
    for side in (*sides[0], *sides[1]):
        columns = columns.union(side.columns)
    laid = [[side.reindex(columns=columns.sort_values()).astype(float) for side in phase] for phase in sides]
    starts = tuple(start for start, _ in first), tuple(start for start, _ in second)
    before = [_zero_before_use(side, links, start) for side, start in zip(laid[0], starts[0], strict=True)]
    last = max(end for _, end in second)
    return Days(_averaged(before), _averaged(laid[1]), min(starts[0]), last, starts[0], starts[1])


def _averaged(sides: list[pd.DataFrame]) -> pd.DataFrame:
    """Average the campaigns of a phase day by day; NaN where one of them lacks the day."""
    total = sides[0]
    for side in sides[1:]:
        total = total + side
    return total / len(sides)


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
    index = pd.MultiIndex.from_tuples(list(found), names=["station_id", "mode"]) if found else NO_SERIES
    return pd.Series(list(found.values()), index=index, dtype="datetime64[us]")


def _zero_before_use(before: pd.DataFrame, links: pd.Series, start: pd.Timestamp) -> pd.DataFrame:
    dates = start + pd.to_timedelta(np.asarray(before.index), unit="D")
    filled = {column: before[column].where(dates >= opened, 0.0) for column, opened in links.items()}
    return pd.DataFrame({column: filled.get(column, before[column]) for column in before}, columns=before.columns)
