"""What was in force in each campaign after: the runs that stand for it, and who of each side was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.tables import ForecastBasis, LandUse, Phase

BEFORE = "before"
Content = frozenset[tuple[str, ...]]  # all that a scenario adds, changes, closes and removes, one thing an entry


@dataclass(frozen=True)
class InForce:
    """What stands for a campaign: runs of one land use, each as many times as its weight says."""

    campaign_id: str
    basis: ForecastBasis
    scenario_ids: tuple[str, ...]  # whose run or sum it is; `before` alone where nothing modelled was open
    land_use: LandUse
    weights: Mapping[str, int]


def in_force(
    campaigns: pd.DataFrame,
    interventions: pd.DataFrame,
    scenarios: pd.DataFrame,
    contents: Mapping[str, Content],
) -> tuple[InForce, ...]:
    """Say which runs stand for each campaign after.

    Parameters
    ----------
    campaigns, interventions, scenarios
        CAMPAIGNS, INTERVENTIONS and SCENARIOS. An intervention is in force if it opened by the campaign's first day and
        lasts to its last.
    contents
        By scenario: what it does to the links.

    Returns
    -------
    forces
        One per campaign after. The run is that of the scenario which does just what all those in force do together;
        where there is none, their changes over today's links are added up. The land use is the planned one from the day
        a scenario of land use starts or an intervention names it.
    """
    plans = scenarios.loc[scenarios["changes_land_use"].astype(bool)]
    forces = []
    for campaign in campaigns.loc[campaigns["phase"] == Phase.AFTER].itertuples():
        lasts = interventions["end_date"].isna() | (interventions["end_date"] >= campaign.end_date)
        is_in = lasts & (interventions["start_date"] <= campaign.start_date)
        rows = interventions.loc[is_in & interventions["scenario_id"].notna()].sort_values("start_date", kind="stable")
        named = list(dict.fromkeys(rows["scenario_id"]))
        is_planned = (plans["start_date"] <= campaign.start_date) | plans["scenario_id"].isin(named)
        basis, ids, weights = _runs(named, contents)
        land_use = LandUse.PLANNED if is_planned.any() else LandUse.TODAY
        forces.append(InForce(str(campaign.campaign_id), basis, ids, land_use, weights))
    return tuple(forces)


def _runs(named: list[str], contents: Mapping[str, Content]) -> tuple[ForecastBasis, tuple[str, ...], dict[str, int]]:
    """Return the basis, the scenarios it is made of, and the weight of each run."""
    known = {name: contents.get(name, frozenset({(name,)})) for name in named}  # an unknown one has no run either
    open_then = {name: content for name, content in known.items() if content}
    if not open_then:
        return ForecastBasis.BEFORE_ONLY, (BEFORE,), {BEFORE: 1}
    whole = frozenset().union(*open_then.values())
    for name, content in (open_then | dict(sorted(contents.items()))).items():
        if content == whole:
            return ForecastBasis.EXACT, (name,), {name: 1}
    # ASSUME: where no scenario holds all that was open, the changes of the single ones add up: none takes from another
    parts = [name for name, own in open_then.items() if not any(own < other for other in open_then.values())]
    return ForecastBasis.SUMMED, tuple(parts), {BEFORE: 1 - len(parts), **dict.fromkeys(parts, 1)}


def residents_ratio(campaigns: pd.DataFrame, campaign_id: str) -> float:
    """Divide the residents present in a campaign by those present before; not a number where either is not known.

    The model is fitted to the mean of the campaigns before, so their mean stands for before.
    """
    present = campaigns.set_index("campaign_id")["residents_present"].astype(float)
    before = present[(campaigns["phase"] == Phase.BEFORE).to_numpy()].mean(skipna=False)
    return float(present[campaign_id] / before) if before > 0 else np.nan


def present_by_side(zones: gpd.GeoDataFrame, screenlines: gpd.GeoDataFrame, ratio: float) -> pd.Series | None:
    """Return which share of each side's residents is present when those inside the cordon are `ratio` of before.

    Parameters
    ----------
    zones
        ZONES of one land use.
    screenlines
        SCREENLINES; residents present are told of the area inside those of the kind kordon.
    ratio
        As `residents_ratio` gives it.

    Returns
    -------
    shares
        By side; none where the ratio is not known or no home lies inside a cordon.
    """
    lines = screenlines.loc[screenlines["kind"] == "kordon", "geometry"]
    areas = shapely.union_all(shapely.polygonize(lines.to_numpy()))
    is_inside = zones.within(areas).to_numpy() & (zones["residents"] > 0).to_numpy()
    if not np.isfinite(ratio) or not is_inside.any():
        return None
    # ASSUME: who is rehoused is missing evenly from all homes of the side, in every purpose and mode; others, and what
    # they travel to, stay as they were
    kept = zones["residents"].where(~is_inside, zones["residents"] * ratio)
    sums = zones.assign(kept=kept).groupby("side")[["kept", "residents"]].sum()
    return sums["kept"] / sums["residents"].where(sums["residents"] > 0)
