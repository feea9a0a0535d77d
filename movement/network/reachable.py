"""Whether a scenario's new links lead anywhere."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from movement.network.joining import beside_level
from movement.tables import Change, Crossing, CrossingStatus, Fault


def useless_links(links: gpd.GeoDataFrame, met: pd.DataFrame, files: dict[str, str]) -> list[Fault]:
    """Find added links that a barrier cuts, or that lie on an island apart from the largest part of the network.

    Parameters
    ----------
    links
        Table LINKS, before barriers cut it.
    met
        Table CROSSINGS of these links.
    files
        File of each scenario, for messages.
    """
    added = links[links["change"] == Change.ADDED]
    keys = pd.MultiIndex.from_frame(added[["scenario_id", "link_id"]])
    lost = met[met["status"] == CrossingStatus.CUT]
    faults = [
        Fault(
            "scenario_link_cut",
            files[row.scenario_id],
            value=str(row.link_id),
            detail={
                "barrier": str(row.barrier_id),
                **beside_level(int(row.barrier_level)),
                "crossings": ", ".join(Crossing),
                "x": f"{row.geometry.x:.1f}",
                "y": f"{row.geometry.y:.1f}",
            },
        )
        for row in lost[pd.MultiIndex.from_frame(lost[["scenario_id", "link_id"]]).isin(keys)].itertuples()
    ]
    for scenario_id, own in added.groupby("scenario_id"):
        faults += _on_islands(links[links["scenario_id"] == scenario_id], own, files[str(scenario_id)])
    return faults


def _on_islands(links: gpd.GeoDataFrame, added: gpd.GeoDataFrame, file: str) -> list[Fault]:
    usable = links[links["change"] != Change.CLOSED]
    nodes = pd.Index(pd.unique(usable[["from_node_id", "to_node_id"]].to_numpy().ravel()))
    start, end = nodes.get_indexer(usable["from_node_id"]), nodes.get_indexer(usable["to_node_id"])
    graph = coo_array((np.ones(len(usable)), (start, end)), shape=(len(nodes), len(nodes)))
    part = connected_components(graph, directed=False)[1]
    largest = np.bincount(part[start]).argmax()
    away = added[part[nodes.get_indexer(added["from_node_id"])] != largest]
    return [
        Fault(
            "scenario_link_island",
            file,
            value=str(row.link_id),
            detail={"x": f"{row.geometry.coords[0][0]:.1f}", "y": f"{row.geometry.coords[0][1]:.1f}"},
        )
        for row in away.itertuples()
    ]
