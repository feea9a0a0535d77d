"""Modelled change per link and over each screenline, between two networks or land uses."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from movement.comparison.intervals import ALL, spread
from movement.tables import Change

Reals = NDArray[np.float64]
PARTS = ("rerouted", "redirected", "new", "lost")
COUNTED_UP = frozenset({"new", "lost"})  # parts that are never below zero
_OPEN = {"walk": ("allows_walk",), "cycle": ("allows_cycle",), "all": ("allows_walk", "allows_cycle")}


def union_of_links(reference: gpd.GeoDataFrame, scenario: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Pair the links of two networks, part by part where one of them splits a link.

    Parameters
    ----------
    reference, scenario
        Rows of LINKS of one scenario each.

    Returns
    -------
    pairs
        `link_id` (of the network with more parts, the scenario's where equal), `before_link_id` and `after_link_id`
        (empty where the link is only in the other network), name, badge, change, openness and geometry. A link that
        is not in the scenario is `closed`.
    """
    parts_before, parts_after = (net["parent_link_id"].value_counts() for net in (reference, scenario))
    before = reference.assign(parts=reference["parent_link_id"].map(parts_before)).reset_index(drop=True)
    after = scenario.assign(parts=scenario["parent_link_id"].map(parts_after)).reset_index(drop=True)
    finer_before = ~(before["parent_link_id"].map(parts_after) >= before["parts"])  # or not in the scenario at all
    by_after = after.loc[~(after["parent_link_id"].map(parts_before) > after["parts"])]
    rows = [
        by_after.assign(after_link_id=by_after["link_id"], before_link_id=_counterpart(by_after, before)),
        _gone(before.loc[finer_before], after),
    ]
    columns = ["link_id", "before_link_id", "after_link_id", "name", "badge", "change", *_OPEN["all"], "geometry"]
    return pd.concat([part[columns] for part in rows if len(part)] or [rows[0][columns]], ignore_index=True)


def flow_changes(
    pairs: gpd.GeoDataFrame, before: Mapping[str, pd.DataFrame], after: Mapping[str, pd.DataFrame]
) -> gpd.GeoDataFrame:
    """Compare two runs on the union of their links.

    Parameters
    ----------
    pairs
        As `union_of_links` gives them.
    before, after
        For each of walk, cycle and all: links x (estimate, draws), as `intervals.with_draws` gives them.

    Returns
    -------
    changes
        Columns of FLOW_CHANGES but for scenario, land use and reference: a row per mode and link open to it.
    """
    return pd.concat([_mode_changes(pairs, mode, before[mode], after[mode]) for mode in before], ignore_index=True)


def parts_of_change(
    *, before: Reals, after: Reals, same_before: Reals, same: Reals, as_many: Reals, lost: Reals
) -> dict[str, Reals]:
    """Split changes of flow by what trips do; each array is of one shape, such as links, or links x draws.

    Parameters
    ----------
    before, after
        Flow on today's links, and on the run's.
    same_before, same
        Flow of the same trips, with the same destinations, on today's links and on the run's.
    as_many
        Flow on the run's links of as many trips as both networks have.
    lost
        Flow on today's links of trips not made any more.

    Returns
    -------
    parts
        By name: change = rerouted + redirected + new - lost. Trips whose destination cannot be reached any more, and
        that go elsewhere, are redirected.

    Examples
    --------
    >>> one = {"before": 10.0, "after": 9.0, "same_before": 6.0, "same": 5.0, "as_many": 8.0, "lost": 3.0}
    >>> {name: float(part) for name, part in parts_of_change(**{k: np.array(v) for k, v in one.items()}).items()}
    {'rerouted': -1.0, 'redirected': 2.0, 'new': 1.0, 'lost': 3.0}
    """
    redirected = as_many - same - (before - same_before - lost)
    return {"rerouted": same - same_before, "redirected": redirected, "new": after - as_many, "lost": lost}


def _mode_changes(pairs: gpd.GeoDataFrame, mode: str, before: pd.DataFrame, after: pd.DataFrame) -> gpd.GeoDataFrame:
    rows = pairs.loc[pairs[list(_OPEN[mode])].any(axis=1)].reset_index(drop=True)
    first = before.reindex(rows["before_link_id"]).fillna(0.0).reset_index(drop=True)
    second = after.reindex(rows["after_link_id"]).fillna(0.0).reset_index(drop=True)
    change = (second - first).round(6)  # what the order of adding leaves is no change
    interval = spread(change)
    return rows.drop(columns=["before_link_id", "after_link_id", *_OPEN["all"]]).assign(
        mode=mode,
        flow_before=first[ALL],
        flow_after=second[ALL],
        flow_change=change[ALL],
        change_low=interval["low"],
        change_high=interval["high"],
    )


def _counterpart(rows: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> pd.Series:
    """Name for each link the other network's part it lies on; empty where it has none of the same parent."""
    found = pd.Series(None, index=rows.index, dtype=object)
    same = others.set_index("link_id")[["parent_link_id", "parts"]]
    known = rows["link_id"].isin(same.index)
    equal = known & (rows["link_id"].map(same["parts"]) == rows["parts"])
    found[equal] = rows.loc[equal, "link_id"]
    by_parent = dict(
        tuple(others.loc[others["parent_link_id"].isin(rows.loc[~equal, "parent_link_id"])].groupby("parent_link_id"))
    )
    for index, row in rows.loc[~equal].iterrows():
        if row["parent_link_id"] in by_parent:
            parts = by_parent[row["parent_link_id"]]
            middle = row["geometry"].interpolate(0.5, normalized=True)
            found[index] = parts["link_id"].iloc[int(np.argmin(shapely.distance(parts.geometry.to_numpy(), middle)))]
    return found


def _gone(rows: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    after_ids = _counterpart(rows, others)
    kept = after_ids.map(others.set_index("link_id")["change"]) if len(others) else after_ids
    change = kept.where(after_ids.notna(), str(Change.CLOSED))
    return rows.assign(before_link_id=rows["link_id"], after_link_id=after_ids, change=change)
