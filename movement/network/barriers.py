"""Where links meet barriers: carried over or under, let across, or cut."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.tables import CROSSINGS, CrossingStatus

CUTS_ALWAYS = ("motorway", "rail", "water", "fence", "bank")  # at the same level; a trunk_road may have a crossing
_TAGGED = ("signals", "marked")


def crossings(links: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """List every place where a link meets a barrier and what becomes of it there.

    The level of the link is compared with the level of that piece of the barrier: where they differ the link is
    carried. At the same level a motorway, rail, water, fence or bank cuts it; a trunk road cuts it unless the link has
    a crossing with signals or markings.

    Parameters
    ----------
    links
        Table LINKS, in a metric CRS.
    barriers
        Table BARRIERS, same CRS.

    Returns
    -------
    crossings
        Table CROSSINGS, ordered by its key; `place` counts along each link and barrier.
    """
    if links.empty or barriers.empty:
        return CROSSINGS.empty().set_crs(links.crs or barriers.crs)
    link_at, piece_at = barriers.sindex.query(links.geometry, predicate="intersects")
    shared = shapely.intersection(np.asarray(links.geometry)[link_at], np.asarray(barriers.geometry)[piece_at])
    places, meeting = shapely.get_parts(shared, return_index=True)  # a link may cross the same piece twice
    link_at, piece_at = link_at[meeting], piece_at[meeting]
    met, pieces = links.iloc[link_at], barriers.iloc[piece_at]
    found = gpd.GeoDataFrame(
        {
            "scenario_id": met["scenario_id"].to_numpy(),
            "link_id": met["link_id"].to_numpy(),
            "barrier_id": pieces["barrier_id"].to_numpy(),
            "link_level": met["level"].to_numpy(),
            "barrier_level": pieces["level"].to_numpy(),
            "kind": pieces["kind"].to_numpy(),
            "crossing": met["crossing"].to_numpy(),
            "name": met["name"].to_numpy(),
        },
        geometry=shapely.centroid(places),
        crs=links.crs,
    )
    return _numbered(_judged(found))


def _judged(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    above, below = found["link_level"] > found["barrier_level"], found["link_level"] < found["barrier_level"]
    tagged = (found["kind"] == "trunk_road") & found["crossing"].isin(_TAGGED)
    reason = np.select([above, below, tagged], ["link_above", "link_below", "tagged_crossing"], "same_level")
    status = np.where(reason == "same_level", CrossingStatus.CUT, CrossingStatus.CARRIED)
    return found.assign(reason=reason, status=status.astype(str)).drop(columns=["kind", "crossing"])


def _numbered(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    key = ["scenario_id", "link_id", "barrier_id"]
    xy = found.geometry.get_coordinates()
    order = found.assign(_x=xy["x"].to_numpy(), _y=xy["y"].to_numpy()).sort_values([*key, "_x", "_y"], kind="stable")
    order = order.drop(columns=["_x", "_y"]).reset_index(drop=True)
    return order.assign(place=order.groupby(key).cumcount() + 1)


def uncut(links: gpd.GeoDataFrame, met: pd.DataFrame) -> gpd.GeoDataFrame:
    """Leave out links that a barrier cuts anywhere; the rest keep rows and index."""
    cut = met.loc[met["status"] == CrossingStatus.CUT, ["scenario_id", "link_id"]].drop_duplicates()
    lost = pd.MultiIndex.from_frame(cut)
    return links[~pd.MultiIndex.from_frame(links[["scenario_id", "link_id"]]).isin(lost)]
