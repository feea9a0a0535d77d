"""The model's parameters and tables, its runs, and the graphs they use: what all modelled stages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from movement import study, tables
from movement.assignment import graph as graphs
from movement.assignment.detours import Tolerance
from movement.demand import people
from movement.demand.decay import Decay
from movement.demand.rates import TripRates
from movement.tables import DecayForm, Distribution, Fault, InputFaults, LandUse, Mode, Traveller
from pipelines import stage

MODES = (Mode.WALK, Mode.CYCLE)
TRAVELLERS = {Mode.WALK: (Traveller.WALK, Traveller.WALK_LIMITED), Mode.CYCLE: (Traveller.CYCLE,)}
BEFORE = "before"
_RANGES = {
    "cut_off_walk_min": (0.001, 1440),
    "cut_off_cycle_min": (0.001, 1440),
    "decay_default_walk": (0.0001, 10),
    "decay_default_cycle": (0.0001, 10),
    "detour_default_walk": (1, 3),
    "detour_default_cycle": (1, 3),
    "detour_logit_walk_per_min": (0, 100),
    "detour_logit_cycle_per_min": (0, 100),
    "detour_most_min": (0.1, 1440),
    "participation_elasticity": (0, 0.9),
    "sites_per_parameter": (1, 100),
    "draws": (2, 1000),
    "through_sd": (0, 2),
}


_WHOLE = ("sites_per_parameter", "draws")


@dataclass(frozen=True)
class Rates:
    """The section `estimate_demand` of params.yaml."""

    cut_off_walk_min: float
    cut_off_cycle_min: float
    distribution: str
    participation_elasticity: float
    decay_form: str
    decay_table_min: list[float]
    decay_table_values: list[float]
    decay_default_walk: float
    decay_default_cycle: float
    decay_tried: list[float]
    detour_default_walk: float
    detour_default_cycle: float
    detours_tried: list[float]
    detour_logit_walk_per_min: float
    detour_logit_cycle_per_min: float
    detour_most_min: float
    fitted: list[str]
    sites_per_parameter: int
    draws: int
    through_sd: float
    group_shares: dict[str, float]
    trips_per_person_per_day: dict[str, float]
    mode_shares: dict[str, dict[str, float]]
    purpose_shares: dict[str, dict[str, float]]
    band_shares: dict[str, dict[str, float]]
    pace_ratio: dict[str, dict[str, float]]

    def of(self, name: str, mode: Mode) -> Any:
        """Return the mode's value of a parameter named once per mode, such as `cut_off_{mode}_min`."""
        return getattr(self, name.format(mode=mode))

    @cached_property
    def trips(self) -> TripRates:
        """Trip rates by group, mode, purpose and band; checked once, asked for with every draw."""
        return TripRates(
            self.trips_per_person_per_day, self.mode_shares, self.purpose_shares, self.band_shares, self.pace_ratio
        )

    def decay(self, rate: float) -> Decay:
        """Return the decay of the study's form at a rate."""
        return Decay(self.decay_form, float(rate), tuple(self.decay_table_min), tuple(self.decay_table_values))

    def tolerance(self, ratio: float, mode: Mode) -> Tolerance | None:
        """Return how people choose among ways at a detour ratio; none at 1: all take the shortest."""
        if ratio <= 1:
            return None
        return Tolerance(float(ratio), float(self.of("detour_logit_{mode}_per_min", mode)), float(self.detour_most_min))

    def detours(self, mode: Mode) -> list[float]:
        """Return the detour ratios tried for a mode, its default among them, in order."""
        return sorted({*map(float, self.detours_tried), float(self.of("detour_default_{mode}", mode))})

    def __post_init__(self) -> None:
        faults = [*self._out_of_range(), *self._unknown_words()]
        try:
            _ = self.trips
        except InputFaults as found:
            faults.extend(found.faults)
        if faults:
            raise InputFaults(faults)

    def _out_of_range(self) -> Iterator[Fault]:
        values = [(name, getattr(self, name), *bounds) for name, bounds in _RANGES.items()]
        values += [("detours_tried", ratio, *_RANGES["detour_default_walk"]) for ratio in self.detours_tried]
        values += [("decay_tried", rate, 0.0001, 10) for rate in self.decay_tried or [0.0]]
        for name, value, least, most in values:
            is_number = isinstance(value, int | float) and (name not in _WHOLE or value == int(value))
            if not (is_number and least <= value <= most):
                detail = {"name": name, "least": f"{least:g}", "most": f"{most:g}"}
                yield Fault("rate_out_of_range", str(stage.PARAMS_FILE), value=f"{value}", detail=detail)

    def _unknown_words(self) -> Iterator[Fault]:
        for name, value, words in (
            ("distribution", self.distribution, Distribution),
            ("decay_form", self.decay_form, DecayForm),
        ):
            if value not in set(words):
                detail = {"column": name, "allowed": ", ".join(words)}
                yield Fault("unknown_word", str(stage.PARAMS_FILE), value=str(value), detail=detail)


@dataclass(frozen=True)
class Places:
    """What lies where on one land use; `node_id` is the node each joins, empty where none.

    Zones and attractions are in order of their key and without geometry; `people`: zones x groups; gateways are node
    ids by gateway.
    """

    zones: pd.DataFrame
    people: pd.DataFrame
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
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict, init=False, repr=False)  # what was made so far

    def once(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """Return what was made under a key, or make it."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def costs(self, scenario_id: str, traveller: Traveller | str) -> pd.DataFrame:
        """Return the impedances of a scenario and traveller, in the rows that its graph's `source` counts."""

        def make() -> pd.DataFrame:
            own = self.impedances["scenario_id"] == scenario_id
            return self.impedances.loc[own & (self.impedances["mode"] == str(traveller))].reset_index(drop=True)

        found: pd.DataFrame = self.once(("costs", scenario_id, str(traveller)), make)
        return found

    def graph(self, scenario_id: str, traveller: Traveller | str) -> graphs.Graph:
        """Return a scenario's graph on felt time; made once, both land uses share it."""
        costs = self.costs(scenario_id, traveller)
        found: graphs.Graph = self.once(
            ("graph", scenario_id, str(traveller)),
            lambda: graphs.graph(self.links, costs, scenario_id=scenario_id, mode=traveller),
        )
        return found

    def places(self, land_use: str, group_shares: Mapping[str, float]) -> Places:
        """Return what lies where on a land use; made once, all networks and modes share it."""

        def make() -> Places:
            zones, attractions = (
                _of_land_use(frame, land_use, f"{kind}_id").assign(
                    node_id=lambda f, kind=kind: f[f"{kind}_id"].map(self._joined(kind, land_use)).astype(object)
                )
                for kind, frame in (("zone", self.zones), ("attraction", self.attractions))
            )
            people_of = people.by_group(zones, group_shares)
            return Places(zones, people_of, attractions, self._joined("gateway", land_use))

        found: Places = self.once(("places", str(land_use)), make)
        return found

    def links_of(self, scenario_id: str) -> gpd.GeoDataFrame:
        """Return the links of one scenario."""
        return self.links.loc[self.links["scenario_id"] == scenario_id]

    def _joined(self, kind: str, land_use: str) -> dict[str, str]:
        """Return node by zone, attraction or gateway; one that joins on another land use only counts there too."""
        snaps = self.snaps.loc[self.snaps["kind"] == kind]
        rows = zip(snaps["land_use"] == land_use, snaps["land_use"], snaps["item_id"], snaps["node_id"], strict=True)
        return {item_id: node_id for _, _, item_id, node_id in sorted(rows, key=lambda row: row[:3])}  # own use last


@dataclass(frozen=True)
class Parameters:
    """Values of the demand's parameters of one mode: fitted, drawn, or assumed."""

    values: Mapping[str, float]

    @property
    def decay(self) -> float:
        """Rate of the decay; zero where a table stands for it."""
        return float(self.values.get("decay", 0.0))

    @property
    def detour(self) -> float:
        """Detour ratio."""
        return float(self.values["detour"])

    @property
    def through(self) -> float:
        """Factor on through trips."""
        return float(self.values["through"])

    def scales(self, purposes: Sequence[str]) -> np.ndarray:
        """Return the factor on the trips of each purpose."""
        return np.array([self.values["scale"] * self.values.get(f"scale_{name}", 1.0) for name in purposes])


def fitted(calibration: pd.DataFrame, mode: Mode | str) -> Parameters:
    """Return the parameters of CALIBRATION for a mode."""
    rows = calibration.loc[calibration["mode"] == str(mode)]
    return Parameters(dict(zip(rows["parameter"], rows["estimate"].astype(float), strict=True)))


def drawn(draws: pd.DataFrame, mode: Mode | str) -> dict[int, Parameters]:
    """Return the parameters of DRAWS for a mode, by draw."""
    rows = draws.loc[draws["mode"] == str(mode)]
    return {
        int(number): Parameters(dict(zip(part["parameter"], part["value"].astype(float), strict=True)))
        for number, part in rows.groupby("draw", sort=True)
    }


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
    drawn_ids = [name for name in sorted(set(inputs.links["scenario_id"]) & changing) if name != BEFORE]
    planned = (inputs.zones["land_use"] == LandUse.PLANNED).any() or (
        inputs.attractions["land_use"] == LandUse.PLANNED
    ).any()
    land_uses = [LandUse.TODAY, LandUse.PLANNED] if planned else [LandUse.TODAY]
    return [(name, str(land_use)) for name in [BEFORE, *drawn_ids] for land_use in land_uses]


def land_uses(inputs: Inputs) -> list[str]:
    """List the land uses of the runs, today's first; every network runs on each."""
    return [land_use for scenario_id, land_use in runs(inputs) if scenario_id == BEFORE]


def networks(inputs: Inputs) -> list[str]:
    """List the link scenarios of the runs, today's first."""
    return list(dict.fromkeys(scenario_id for scenario_id, _ in runs(inputs)))


def _of_land_use(frame: gpd.GeoDataFrame, land_use: str, key: str) -> pd.DataFrame:
    """Return the zones or attractions of a land use, in order of their key, without geometry."""
    chosen = frame.loc[frame["land_use"] == land_use]
    return pd.DataFrame(chosen.drop(columns="geometry")).sort_values(key, kind="stable").reset_index(drop=True)
