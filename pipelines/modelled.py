"""Demand put on networks: what estimate_demand, assign_flows, compare_modelled and the simulation share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from movement import study, tables
from movement.assignment import graph as graphs
from movement.assignment import loading, skims
from movement.assignment.trees import Reals
from movement.demand import calibrate, gravity
from movement.tables import Costs, Fault, InputFaults, LandUse, Mode, Purpose
from pipelines import stage

MODES = (Mode.WALK, Mode.CYCLE)
BEFORE = "before"
_MOST = {
    "cut_off_walk_min": 1440,
    "cut_off_cycle_min": 1440,
    "decay_default_walk_per_min": 10,
    "decay_default_cycle_per_min": 10,
    "trips_per_resident_per_day": 100,
    "walk_share": 1,
    "cycle_share": 1,
}


@dataclass(frozen=True)
class Rates:
    """The section `estimate_demand` of params.yaml."""

    cut_off_walk_min: float
    cut_off_cycle_min: float
    decay_grid_walk_per_min: list[float]
    decay_grid_cycle_per_min: list[float]
    decay_default_walk_per_min: float
    decay_default_cycle_per_min: float
    fewest_sites: int
    trips_per_resident_per_day: float
    walk_share: float
    cycle_share: float
    purpose_shares: dict[str, float]

    def of(self, name: str, mode: Mode) -> Any:
        """Return the mode's value of a parameter named once per mode, such as `cut_off_{mode}_min`."""
        return getattr(self, name.format(mode=mode))

    def decays(self, mode: Mode) -> list[float]:
        """Return all decays tried for a mode, its default among them, in order."""
        grid = self.of("decay_grid_{mode}_per_min", mode)
        return sorted({*map(float, grid), float(self.of("decay_default_{mode}_per_min", mode))})

    def __post_init__(self) -> None:
        faults = [
            Fault("purpose_unknown", str(stage.PARAMS_FILE), value=name, detail={"known": ", ".join(Purpose)})
            for name in sorted(set(self.purpose_shares) - set(Purpose))
        ]
        for name, most in _MOST.items():
            value = getattr(self, name)
            if not 0 < float(value) <= most:
                detail = {"name": name, "least": "0", "most": f"{most:g}"}
                faults.append(Fault("rate_out_of_range", str(stage.PARAMS_FILE), value=f"{value}", detail=detail))
        if faults:
            raise InputFaults(faults)


@dataclass(frozen=True)
class Places:
    """What lies where on one land use; `node_id` is the node each joins, empty where none.

    Zones and attractions are in order of their key and without geometry; gateways are node ids by gateway.
    """

    zones: pd.DataFrame
    attractions: pd.DataFrame
    gateways: Mapping[str, str]


@dataclass(frozen=True)
class Inputs:
    """The tables the model runs on."""

    links: gpd.GeoDataFrame
    impedances: pd.DataFrame
    zones: gpd.GeoDataFrame
    attractions: gpd.GeoDataFrame
    snaps: pd.DataFrame
    scenarios: pd.DataFrame
    through_trips: pd.DataFrame
    graphs: dict[tuple[str, str, str], graphs.Graph] = field(
        default_factory=dict, init=False, repr=False
    )  # made so far
    land_uses: dict[str, Places] = field(default_factory=dict, init=False, repr=False)  # made so far

    def graph(self, scenario_id: str, mode: Mode, costs: Costs) -> graphs.Graph:
        """Return a scenario's graph; made once, both land uses share it."""
        key = (scenario_id, str(mode), str(costs))
        if key not in self.graphs:
            self.graphs[key] = graphs.graph(
                self.links, self.impedances, scenario_id=scenario_id, mode=mode, costs=costs
            )
        return self.graphs[key]

    def places(self, land_use: str) -> Places:
        """Return what lies where on a land use; made once, all networks and modes share it."""
        if str(land_use) not in self.land_uses:
            zones, attractions = (
                _of_land_use(frame, land_use, f"{kind}_id").assign(
                    node_id=lambda f, kind=kind: f[f"{kind}_id"].map(self._joined(kind, land_use)).astype(object)
                )
                for kind, frame in (("zone", self.zones), ("attraction", self.attractions))
            )
            self.land_uses[str(land_use)] = Places(zones, attractions, self._joined("gateway", land_use))
        return self.land_uses[str(land_use)]

    def _joined(self, kind: str, land_use: str) -> dict[str, str]:
        """Return node by zone, attraction or gateway; one that joins on another land use only counts there too."""
        snaps = self.snaps.loc[self.snaps["kind"] == kind]
        rows = zip(snaps["land_use"] == land_use, snaps["land_use"], snaps["item_id"], snaps["node_id"], strict=True)
        return {item_id: node_id for _, _, item_id, node_id in sorted(rows, key=lambda row: row[:3])}  # own use last


@dataclass(frozen=True)
class Reach:
    """One mode on one run: its graph, and the way from every zone to every attraction and between gateways."""

    graph: graphs.Graph
    zones: pd.DataFrame  # zone_id, residents, node: position in the graph or -1
    attractions: pd.DataFrame  # attraction_id, purpose, weight, node
    through: pd.DataFrame  # from_gateway_id, to_gateway_id, trips_per_day, from_node, to_node
    skim: skims.Skim
    mode: Mode
    cut_off_min: float


def read_study(params: Mapping[str, str]) -> tables.Study:
    """Read the study as drawn; `params` is the section `study` of params.yaml."""
    return study.read_study(stage.RAW_STUDY, crs=params["crs"])


def read_inputs(around: tables.Study) -> Inputs:
    """Read the network's tables; through trips come with the study."""
    return Inputs(
        links=tables.LINKS.read(stage.LINKS),
        impedances=tables.IMPEDANCES.read(stage.IMPEDANCES),
        zones=tables.ZONES.read(stage.ZONES),
        attractions=tables.ATTRACTIONS.read(stage.ATTRACTIONS),
        snaps=tables.SNAPS.read(stage.SNAPS),
        scenarios=tables.SCENARIOS.read(stage.SCENARIOS),
        through_trips=around.through_trips,
    )


def runs(inputs: Inputs) -> list[tuple[str, str]]:
    """List link scenario and land use of every run, today's network and land use first."""
    if inputs.links.empty:
        return []
    scenarios = inputs.scenarios
    changing = set(scenarios.loc[scenarios["changes_links"], "scenario_id"]) | {BEFORE}
    drawn = [name for name in sorted(set(inputs.links["scenario_id"]) & changing) if name != BEFORE]
    planned = (inputs.zones["land_use"] == LandUse.PLANNED).any() or (
        inputs.attractions["land_use"] == LandUse.PLANNED
    ).any()
    land_uses = [LandUse.TODAY, LandUse.PLANNED] if planned else [LandUse.TODAY]
    return [(name, str(land_use)) for name in [BEFORE, *drawn] for land_use in land_uses]


def reach(
    inputs: Inputs, rates: Rates, *, scenario_id: str, land_use: str, mode: Mode, costs: Costs = Costs.FELT
) -> Reach:
    """Make the graph and find all ways on it."""
    graph, places = inputs.graph(scenario_id, mode, costs), inputs.places(land_use)
    zones, attractions = (
        frame.assign(node=graph.place(frame["node_id"])) for frame in (places.zones, places.attractions)
    )
    through = inputs.through_trips.loc[inputs.through_trips["mode"] == mode].reset_index(drop=True)
    through = through.assign(
        from_node=graph.place(through["from_gateway_id"].map(places.gateways)),
        to_node=graph.place(through["to_gateway_id"].map(places.gateways)),
    )
    cut_off = float(rates.of("cut_off_{mode}_min", mode))
    ways = skims.skim(graph, zones["node"].to_numpy(), attractions["node"].to_numpy(), cut_off_min=cut_off)
    return Reach(graph, zones, attractions, through, ways, mode, cut_off)


def local_trips(within: Reach, rates: Rates, *, decay_per_min: float) -> gravity.LocalTrips:
    """Estimate local trips at scale 1."""
    return gravity.local_trips(
        within.skim.impedance_min,
        residents=within.zones["residents"].to_numpy(dtype=float),
        purposes=within.attractions["purpose"].to_numpy(dtype=object),
        weights=within.attractions["weight"].to_numpy(dtype=float),
        trips_per_resident_per_day=rates.trips_per_resident_per_day,
        mode_share=rates.of("{mode}_share", within.mode),
        purpose_shares=rates.purpose_shares,
        decay_per_min=decay_per_min,
    )


def unit_flows(within: Reach, rates: Rates, decays: Sequence[float]) -> Reals:
    """Load local trips at scale 1 for each decay, and through trips.

    Returns
    -------
    flows
        Links of the graph x (decays, then through trips), people per day, both ways together.
    """
    local = np.stack([local_trips(within, rates, decay_per_min=decay).trips for decay in decays], axis=-1)
    zone, attraction = np.nonzero(local.sum(axis=-1) > 0)
    done = loading.load(
        within.graph,
        within.zones["node"].to_numpy()[zone],
        within.attractions["node"].to_numpy()[attraction],
        local[zone, attraction],
        cut_off_min=within.cut_off_min,
    )
    through = within.through  # may be longer than any local trip: no cut-off
    ends = through["from_node"].to_numpy(), through["to_node"].to_numpy()
    passing = loading.load(within.graph, *ends, through[["trips_per_day"]].to_numpy(dtype=float))
    return np.hstack([done.flows, passing.flows])


def through_ways(within: Reach) -> tuple[Reals, Reals]:
    """Return minutes and metres of each row of through trips; infinite where there is no way."""
    ends = (within.through[end].to_numpy() for end in ("from_node", "to_node"))
    ways = skims.skim(within.graph, *ends)
    return ways.impedance_min.diagonal(), ways.length_m.diagonal()


def link_flows(
    inputs: Inputs,
    rates: Rates,
    *,
    scenario_id: str,
    land_use: str,
    mode: Mode,
    decay_per_min: float,
    scale: float,
    costs: Costs = Costs.FELT,
) -> pd.Series:
    """Return the people per day on each link (index `link_id`), both ways together, for given parameters."""
    within = reach(inputs, rates, scenario_id=scenario_id, land_use=land_use, mode=mode, costs=costs)
    flows = unit_flows(within, rates, [decay_per_min])
    return pd.Series(flows[:, 1] + scale * flows[:, 0], index=within.graph.link_ids, name="flow_per_day")


def site_flows(inputs: Inputs, rates: Rates, site_links: pd.Series, *, mode: Mode) -> calibrate.SiteFlows:
    """Look up what the model puts past sites on today's network and land use, for every decay of the grid."""
    decays = rates.decays(mode)
    if site_links.empty:
        return calibrate.site_flows(pd.Index([]), np.zeros((0, len(decays) + 1)), decays, site_links)
    within = reach(inputs, rates, scenario_id=BEFORE, land_use=LandUse.TODAY, mode=mode)
    return calibrate.site_flows(within.graph.link_ids, unit_flows(within, rates, decays), decays, site_links)


def _of_land_use(frame: gpd.GeoDataFrame, land_use: str, key: str) -> pd.DataFrame:
    """Return the zones or attractions of a land use, in order of their key, without geometry."""
    chosen = frame.loc[frame["land_use"] == land_use]
    return pd.DataFrame(chosen.drop(columns="geometry")).sort_values(key, kind="stable").reset_index(drop=True)
