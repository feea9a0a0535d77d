"""Networks out as GMNS: node.csv and link.csv, as other models read them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from movement.tables import Change


def write_gmns(folder: Path, links: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> tuple[Path, Path]:
    """Write one scenario's open links and their nodes.

    Parameters
    ----------
    folder
        Made where it is not there.
    links
        Rows of LINKS of one scenario.
    nodes
        Table NODES.

    Returns
    -------
    node_file, link_file
        Required and recommended fields of GMNS 0.96 (zephyr-data-specs); lengths in metres, coordinates in WGS84.
        A link is directed where cycles go one way and nobody walks; `cycle_oneway` says so for the rest.
    """
    links = links[links["change"] != Change.CLOSED]
    used = nodes[nodes["node_id"].isin({*links["from_node_id"], *links["to_node_id"]})].reset_index(drop=True)
    number = pd.Series(range(1, len(used) + 1), index=used["node_id"])
    places = used.geometry.to_crs("EPSG:4326")
    points = pd.DataFrame(
        {
            "node_id": number.to_numpy(),
            "name": used["node_id"],
            "x_coord": places.x.round(7),
            "y_coord": places.y.round(7),
        }
    )
    modes = [
        ",".join(mode for mode, is_open in (("walk", walk), ("bike", cycle)) if is_open)
        for walk, cycle in zip(links["allows_walk"], links["allows_cycle"], strict=True)
    ]
    rows = pd.DataFrame(
        {
            "link_id": links["link_id"].to_numpy(),
            "parent_link_id": links["parent_link_id"].to_numpy(),
            "name": links["name"].to_numpy(),
            "from_node_id": number.reindex(links["from_node_id"]).to_numpy(),
            "to_node_id": number.reindex(links["to_node_id"]).to_numpy(),
            "directed": (links["cycle_oneway"] & ~links["allows_walk"]).map({True: 1, False: 0}).to_numpy(),
            "geometry": links.geometry.to_crs("EPSG:4326").to_wkt(rounding_precision=7).to_numpy(),
            "length": (links["length_mm"].astype(float) / 1000).to_numpy(),
            "facility_type": links["link_class"].to_numpy(),
            "allowed_uses": modes,
            "cycle_oneway": links["cycle_oneway"].map({True: 1, False: 0}).to_numpy(),
            "grade": (links["rise_m"] / (links["length_mm"].astype(float) / 1000) * 100).round(2).to_numpy(),
            "surface": links["surface"].to_numpy(),
            "is_lit": links["is_lit"].map({True: 1, False: 0}).to_numpy(),
            "level": links["level"].to_numpy(),
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / "node.csv", folder / "link.csv"
    for path, frame in zip(files, (points, rows), strict=True):
        frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return files
