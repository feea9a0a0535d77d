"""A three-node network across a motorway: west and east, today round the north, with a new link straight across.

Walking, the way round the north is 1,200 m = 15 minutes, the new link 400 m = 5 minutes; cycling takes a third.
The motorway runs at x = 200 and is the screenline; only `round_e` and `new` cross it.
"""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point

from movement import tables
from movement.network.impedance import TERMS
from pipelines import modelled, stage

CRS = "EPSG:25832"
XY = {"n": (100.0, 600.0), "w": (0.0, 0.0), "e": (400.0, 0.0)}
ONE = dict.fromkeys(map(str, tables.Band), 0.0) | {"weekday_morning": 1.0}
GROUPS = [str(group) for group in tables.Group]
RATES = modelled.Rates(
    cut_off_walk_min=60,
    cut_off_cycle_min=60,
    distribution="origin_constrained",
    participation_elasticity=0.0,
    decay_form="exponential",
    decay_table_min=[],
    decay_table_values=[],
    decay_default_walk=0.1,
    decay_default_cycle=0.1,
    decay_tried=[0.02, 0.4],
    detour_default_walk=1.0,
    detour_default_cycle=1.0,
    detours_tried=[1.0, 1.1, 1.2, 1.3, 1.4],
    detour_logit_walk_per_min=0.0,
    detour_logit_cycle_per_min=0.0,
    detour_most_min=60.0,
    fitted=["scale"],
    sites_per_parameter=3,
    draws=20,
    through_sd=0.0,
    group_shares=dict.fromkeys(GROUPS, 0.0) | {"adult": 1.0},
    trips_per_person_per_day=dict.fromkeys(GROUPS, 2.0),
    mode_shares={"walk": dict.fromkeys(GROUPS, 0.5), "cycle": dict.fromkeys(GROUPS, 0.25)},
    purpose_shares={group: {"shopping": 0.75, "work": 0.25} for group in GROUPS},
    band_shares={name: dict(ONE) for name in (*map(str, tables.Purpose), "through")},
    pace_ratio={},
)
BEFORE_LINKS = (("round_w", "w", "n", 600.0), ("round_e", "n", "e", 600.0))


def links(scenario_id: str, drawn, **columns) -> gpd.GeoDataFrame:
    rows = pd.DataFrame(drawn, columns=["link_id", "from_node_id", "to_node_id", "length_m"])
    defaults = {
        "scenario_id": scenario_id,
        "parent_link_id": rows["link_id"].str.split("/").str[0],
        "name": rows["link_id"],
        "link_class": "path",
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
        "waits": 1.0,
        "speed_kmh": np.nan,
        "heavy_pct": np.nan,
        "green_share": 0.0,
        "length_mm": (rows["length_m"] * 1000).round().astype(int),
        "rise_m": 0.0,
        "climb_m": 0.0,
        "tags": None,
        "change": np.where(rows["link_id"] == "new", "added", "unchanged"),
        "badge": np.where(rows["link_id"] == "new", "A", None),
        "source": None,
    }
    shapes = [LineString([XY[a], XY[b]]) for a, b in zip(rows["from_node_id"], rows["to_node_id"], strict=True)]
    return gpd.GeoDataFrame(rows.assign(**(defaults | columns)).drop(columns="length_m"), geometry=shapes, crs=CRS)


def impedances(net: gpd.GeoDataFrame, traffic_min: dict[str, float] | None = None) -> pd.DataFrame:
    parts = []
    for mode, metres_per_min in (("walk", 80.0), ("walk_limited", 80.0), ("cycle", 240.0)):
        for is_forward in (True, False):
            distance = (net["length_mm"] * 60 / metres_per_min).round().astype(int)
            traffic = (net["link_id"].map(traffic_min or {}).fillna(0.0) * 60_000).round().astype(int)
            rest = dict.fromkeys((f"{term}_ms" for term in TERMS if term not in ("distance", "traffic")), 0)
            parts.append(
                net[["scenario_id", "link_id"]].assign(
                    mode=mode,
                    is_forward=is_forward,
                    distance_ms=distance,
                    traffic_ms=traffic,
                    impedance_ms=distance + traffic,
                    **rest,
                )
            )
    return pd.concat(parts, ignore_index=True)


def land_use(moved: float = 0.0, *, planned: bool = True) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """100 residents west, 50 east (as planned `moved` of them from west to east); a shop and a job on each side."""
    uses = ("today", "planned") if planned else ("today",)
    zones = pd.DataFrame(
        [
            (use, name, side, n + (sign * moved if use == "planned" else 0))
            for use in uses
            for name, side, n, sign in (("home_w", "west", 100.0, -1), ("home_e", "east", 50.0, 1))
        ],
        columns=["land_use", "zone_id", "side", "residents"],
    ).assign(name_da="z", name_en="z", source=None, **dict.fromkeys(tables.GROUP_COLUMNS.values()))
    attractions = pd.DataFrame(
        [
            (use, f"{purpose}_{side[0]}", purpose, side, 10.0)
            for use in uses
            for purpose in ("shopping", "work")
            for side in ("west", "east")
        ],
        columns=["land_use", "attraction_id", "purpose", "side", "weight"],
    ).assign(name_da="a", name_en="a", source=None)
    at = {"west": Point(XY["w"]), "east": Point(XY["e"])}
    return tuple(gpd.GeoDataFrame(f, geometry=f["side"].map(at).to_list(), crs=CRS) for f in (zones, attractions))


def snaps(zones: pd.DataFrame, attractions: pd.DataFrame) -> pd.DataFrame:
    rows = [
        ("zone", use, name, side[0], None)
        for use, name, side in zip(zones["land_use"], zones["zone_id"], zones["side"], strict=True)
    ]
    rows += [
        ("attraction", use, name, side[0], None)
        for use, name, side in zip(
            attractions["land_use"], attractions["attraction_id"], attractions["side"], strict=True
        )
    ]
    rows += [("gateway", "today", "gate_w", "w", None), ("gateway", "today", "gate_e", "e", None)]
    rows += [
        ("site", "today", "S1", "n", "round_e"),
        ("site", "today", "S2", "n", "round_w"),
        ("site", "today", "S3", "n", "round_e"),
        ("site", "today", "S4", "n", "round_w"),
        ("site", "today", "K1", None, None),
    ]
    return pd.DataFrame(rows, columns=["kind", "land_use", "item_id", "node_id", "link_id"]).assign(distance_m=0.0)


def inputs(
    *,
    scenario_links=(*BEFORE_LINKS, ("new", "w", "e", 400.0)),
    moved: float = 0.0,
    planned: bool = True,
    through: float = 0.0,
    traffic_min: dict[str, float] | None = None,
) -> modelled.Inputs:
    zones, attractions = land_use(moved, planned=planned)
    before, after = links("before", BEFORE_LINKS), links("bridge", scenario_links)
    both = gpd.GeoDataFrame(pd.concat([before, after], ignore_index=True), crs=CRS)
    text = dict.fromkeys(("name_da", "name_en", "text_da", "text_en"), "x")
    scenarios = pd.DataFrame(
        [("before", False, False), ("bridge", True, False), ("zero_alternative", False, True)],
        columns=["scenario_id", "changes_links", "changes_land_use"],
    ).assign(source=None, start_date=pd.NaT, end_date=pd.NaT, **text)
    through_trips = pd.DataFrame(
        [("gate_w", "gate_e", "cycle", through, None)] if through else [],
        columns=["from_gateway_id", "to_gateway_id", "mode", "trips_per_day", "source"],
    )
    return modelled.Inputs(
        both, impedances(both, traffic_min), zones, attractions, snaps(zones, attractions), scenarios, through_trips
    )


def write(folder: Path, world: modelled.Inputs, volumes: pd.DataFrame | None = None) -> None:
    """Write the world as build_network and average_counts would; the study with it."""
    pairs = [
        (tables.LINKS, world.links, stage.LINKS),
        (tables.IMPEDANCES, world.impedances, stage.IMPEDANCES),
        (tables.ZONES, world.zones, stage.ZONES),
        (tables.ATTRACTIONS, world.attractions, stage.ATTRACTIONS),
        (tables.SNAPS, world.snaps, stage.SNAPS),
        (tables.SCENARIOS, world.scenarios, stage.SCENARIOS),
    ]
    nodes = gpd.GeoDataFrame({"node_id": list(XY), "tags": None}, geometry=[Point(xy) for xy in XY.values()], crs=CRS)
    barrier = {
        "barrier_id": ["motorway"],
        "piece": [1],
        "kind": ["motorway"],
        "level": [0],
        "name_da": ["m"],
        "name_en": ["m"],
        "source": [None],
    }
    line = gpd.GeoDataFrame(barrier, geometry=[LineString([(200, -100), (200, 900)])], crs=CRS)
    pairs += [(tables.NODES, nodes, stage.NODES), (tables.BARRIERS, line, stage.BARRIERS)]
    pairs += [(tables.VOLUMES, tables.VOLUMES.empty() if volumes is None else volumes, stage.VOLUMES_BEFORE)]
    for table, frame, path in pairs:
        table.write(frame, folder / path)
    sites = [("S1", "old_crossing", XY["n"]), ("S2", "treated", XY["n"]), ("K1", "control", XY["n"])]
    sites += [("S3", "old_crossing", XY["n"]), ("S4", "treated", XY["n"])]
    points = gpd.GeoDataFrame(
        [
            {
                "station_id": name,
                "name_da": name,
                "name_en": name,
                "role": role,
                "site_type": "everyday",
                "modes": "walk,cycle",
                "screenline_ids": None,
                "is_permanent": False,
                "valid_from": None,
                "valid_to": None,
                "source": None,
            }
            for name, role, _ in sites
        ],
        geometry=[Point(xy) for *_, xy in sites],
        crs=CRS,
    )
    raw = folder / stage.RAW_STUDY
    raw.mkdir(parents=True, exist_ok=True)
    world.through_trips.to_csv(raw / "through_trips.csv", sep=";", index=False)
    gates = gpd.GeoDataFrame(
        {"gateway_id": ["gate_e", "gate_w"], "name_da": "g", "name_en": "g", "source": None},
        geometry=[Point(XY["e"]), Point(XY["w"])],
        crs=CRS,
    )
    (raw / "gateways.geojson").write_text(json.dumps(json.loads(gates.to_crs(4326).to_json())), encoding="utf-8")
    (raw / "sites.geojson").write_text(json.dumps(json.loads(points.to_crs(4326).to_json())), encoding="utf-8")


def volumes(counted: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Weekday and weekend volumes whose counted week has these means."""
    rows = [
        (name, mode, measure, n + add)
        for (name, mode), n in counted.items()
        for measure, add in (("weekday", 2.0), ("weekend", -5.0))
    ]
    return pd.DataFrame(rows, columns=["station_id", "mode", "measure", "volume_per_day"]).assign(
        campaign_id="before",
        phase="before",
        valid_days=10,
        volume_se=1.0,
        volume_low=0.0,
        volume_high=1.0,
        method="counted_mean",
        error_class="c",
    )
