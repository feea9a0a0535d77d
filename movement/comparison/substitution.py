"""Who moved over to the new link, and how many are more than would have crossed anyway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.comparison.effects import KORDON, LEAST_CONTROLS, against_controls, sites_of_screenline
from movement.comparison.matched import (
    MODES,
    Days,
    columns_of,
    comparable,
    log_ratios,
    matched_rows,
    pair_days,
    window,
)
from movement.tables import SUBSTITUTION, Period, Role


@dataclass(frozen=True)
class _Growth:
    """Factor by which the controls moved, and how far one more site may lie from it (log)."""

    factor: float | None
    half: float


def substitution(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    *,
    before_campaign: str,
    after_campaign: str,
    fewest_controls: int,
) -> pd.DataFrame:
    """Split the primary screenline into old crossings and new link, beside the kordon.

    Parameters
    ----------
    daily, sites, screenlines, campaigns
        DAILY, SITES, SCREENLINES, CAMPAIGNS.
    before_campaign, after_campaign
        Campaigns compared.
    fewest_controls
        Control sites below which nothing is expected, and so no change given.

    Returns
    -------
    substitution
        SUBSTITUTION. Expected is before times the controls' mean growth; its interval is the controls' spread
        (t, n0-1), as for the primary outcome. The rerouted share is (expected - after at the old crossings) / after
        on the new link: below 0 or above 100 where chance is larger than the shift. Empty where no date matches.
    """
    ends = {"before_campaign": before_campaign, "after_campaign": after_campaign}
    days = pair_days(daily, sites, campaigns, period=str(Period.ALL_DAY), **ends) if len(daily) else None
    first = window(campaigns, before_campaign)
    if days is None or first is None:
        return SUBSTITUTION.empty()
    rows = [
        row
        for mode in MODES
        for stations in _groups(sites, screenlines)
        for row in _rows(days, sites, stations, mode, first[0], max(fewest_controls, LEAST_CONTROLS))
    ]
    return SUBSTITUTION.check(pd.DataFrame(rows, columns=list(SUBSTITUTION.columns)))


def _groups(sites: pd.DataFrame, screenlines: pd.DataFrame) -> Iterator[dict[str, list[str]]]:
    """Yield sites by part: the parts of the primary screenline, then the kordon, each matched by itself."""
    role = sites.set_index("station_id")["role"]
    primary = screenlines[screenlines["is_primary"]].sort_values("screenline_id")
    if len(primary):
        inside = sites_of_screenline(sites, primary["screenline_id"].iloc[0])
        yield {
            "screenline": list(inside),
            "old_crossings": [site for site in inside if role[site] != Role.NEW_LINK],
            "new_link": [site for site in inside if role[site] == Role.NEW_LINK],
        }
    rings = screenlines[screenlines["kind"] == KORDON].sort_values("screenline_id")
    if len(rings):
        yield {"kordon": list(sites_of_screenline(sites, rings["screenline_id"].iloc[0]))}


def _rows(
    days: Days, sites: pd.DataFrame, parts: dict[str, list[str]], mode: str, first_day: pd.Timestamp, fewest: int
) -> Iterator[dict[str, object]]:
    named = sites.loc[sites["role"] == str(Role.CONTROL), "station_id"]
    whole = columns_of(days, next(iter(parts.values())), mode)
    controls = comparable(days, named, next(iter(parts.values())), mode)
    if not len(whole):
        return
    judged = len(controls) >= fewest
    on = matched_rows(days, whole.union(columns_of(days, controls, mode)) if judged else whole)
    if not len(on):
        return
    ratios = log_ratios(days, sites, controls, mode, on=on, first_day=first_day) if judged else pd.Series(dtype=float)
    growth = _growth(ratios, fewest)
    found = {}
    for part, stations in parts.items():
        columns = columns_of(days, stations, mode)
        if len(columns):
            before, after = (float(side.loc[on, columns].sum(axis=1).mean()) for side in (days.before, days.after))
            found[part] = _change(before, after, growth)
            yield {"part": part, "mode": mode, **found[part]}
    if {"old_crossings", "new_link"} <= found.keys():
        share = _share(found["old_crossings"], found["new_link"]["after_per_day"] or 0.0, growth)
        yield {"part": "rerouted_share", "mode": mode, **share}


def _growth(ratios: pd.Series, fewest: int) -> _Growth:
    if len(ratios) < fewest:
        return _Growth(None, 0.0)
    return _Growth(float(np.exp(ratios.mean())), against_controls(0.0, ratios).half)


def _change(before: float, after: float, growth: _Growth) -> dict[str, float | None]:
    row: dict[str, float | None] = {"before_per_day": before, "after_per_day": after}
    if growth.factor is None:
        return row
    expected = before * growth.factor
    row |= {"expected_per_day": expected, "change_per_day": after - expected}
    if before > 0:
        row |= {
            "change_low": after - expected * np.exp(growth.half),
            "change_high": after - expected * np.exp(-growth.half),
        }
    return row


def _share(old: dict[str, float | None], on_link: float, growth: _Growth) -> dict[str, float | None]:
    if growth.factor is None or on_link <= 0:
        return {}
    names = {"share_pct": "change_per_day", "share_low": "change_high", "share_high": "change_low"}
    return {
        share: -100 * (old[change] or 0.0) / on_link for share, change in names.items() if old.get(change) is not None
    }
