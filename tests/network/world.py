"""Small networks drawn with a pencil: metres, x east, y north."""

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

from movement import tables
from movement.network import build
from movement.network.impedance import Weights

CRS = "EPSG:25832"
PLAIN = {
    "name": None,
    "link_class": "footway",
    "allows_walk": True,
    "allows_cycle": True,
    "cycle_oneway": False,
    "level": 0,
    "structure": "none",
    "is_lit": True,
    "surface": "paved",
    "has_steps": False,
    "crossing": None,
    "width_m": 3.0,
    "motor_per_day": 0.0,
    "source": None,
}
WEIGHTS = Weights(
    walk_speed_kmh=6.0,  # 100 m a minute
    walk_limited_speed_kmh=3.0,
    walk_limited_grade_max=0.08,
    cycle_speed_kmh=12.0,  # 200 m a minute
    stairs_s_per_m_rise=2.0,
    stairs_cycle_s=60,
    unpaved_walk_share=0.1,
    unpaved_cycle_share=0.5,
    delay_signals_s=15,
    delay_ramp_s=30,
    delay_unmarked_s=6,
    delay_level_crossing_s=12,
    traffic_share_per_10000_vehicles=0.4,
    traffic_share_per_10_kmh=0.1,
    traffic_share_per_heavy_pct=0.02,
    traffic_share_max=0.6,
    unlit_share=0.2,
    nature_share=0.1,
)
NO_CHANGES = pd.DataFrame(columns=["link_id", "attribute", "value", "source", "file", "row"])


def raw(*drawn):
    """Make raw links of (link_id, coordinates, what differs from a plain path)."""
    rows = [PLAIN | {"link_id": link_id} | dict(more[0] if more else {}) for link_id, _, *more in drawn]
    frame = pd.DataFrame(rows, columns=["link_id", *PLAIN])
    frame = frame.assign(crossing=frame["crossing"].astype(object), name=frame["name"].astype(object))
    return gpd.GeoDataFrame(frame, geometry=[LineString(at) for _, at, *_ in drawn], crs=CRS)


def links(*drawn, scenario_id="before"):
    return tables.LINKS.check(build.links(raw(*drawn), scenario_id=scenario_id))


def barrier(*pieces):
    """Make barrier pieces of (kind, level, coordinates)."""
    rows = [
        {"barrier_id": "b", "piece": i, "kind": kind, "level": level, "name_da": "b", "name_en": "b", "source": None}
        for i, (kind, level, _) in enumerate(pieces)
    ]
    frame = gpd.GeoDataFrame(rows, geometry=[LineString(at) for *_, at in pieces], crs=CRS)
    return tables.BARRIERS.check(frame)


def changes(*rows):
    """Make rows of links_changed.csv."""
    told = [
        {"link_id": link, "attribute": name, "value": value, "source": None, "file": "links_changed.csv", "row": i}
        for i, (link, name, value) in enumerate(rows, start=2)
    ]
    return pd.DataFrame(told, columns=NO_CHANGES.columns)


def added(*drawn):
    return raw(*drawn).assign(file="scenarios/new/links_added.geojson")
