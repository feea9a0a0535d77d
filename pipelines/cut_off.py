"""How far barriers and screenlines cut people off: each cut measured on each run, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement import tables
from movement.assignment import graph as graphs
from movement.assignment import skims
from movement.comparison import cuts, severance
from movement.tables import Change, Group, Mode, Purpose, Traveller, Within
from pipelines import free_crossing, modelled, stage

_Run = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """What is measured: how far free crossing leads and reach goes, the levels, and what is looked for by name."""

    free_crossing_m: float
    limits: severance.Limits
    within: Mapping[Within, Sequence[float]]
    schools: Sequence[str]
    places: Sequence[str]


@dataclass(frozen=True)
class Who:
    """People the severance concerns: everyone on foot or by cycle, or a group that walks slower."""

    name: str
    traveller: Traveller
    pace: float
    people: severance.Reals


def write(inputs: modelled.Inputs, rates: modelled.Rates, around: tables.Study, asked: Asked) -> None:
    """Measure each cut on each run, check, write."""
    barriers, has_words = tables.BARRIERS.read(stage.BARRIERS), bool(inputs.zones["side"].notna().any())
    found = cuts.cuts(around.screenlines, barriers, has_words=has_words)
    nodes = tables.NODES.read(stage.NODES).set_index("node_id").geometry
    measure, runs = Measure(inputs, rates, nodes, asked), modelled.runs(inputs)
    spaced = [rows for name in dict.fromkeys(run[0] for run in runs) for rows in spacing_rows(inputs, found, name)]
    both = [measure.rows(one, cut) for one in runs for cut in found]
    tables.CUT_SPACING.write(tables.CUT_SPACING.joined(spaced), stage.CUT_SPACING)
    tables.SEVERANCE.write(tables.SEVERANCE.joined([severed for severed, _ in both]), stage.SEVERANCE)
    tables.SIDE_REACH.write(tables.SIDE_REACH.joined([reached for _, reached in both]), stage.SIDE_REACH)


def spacing_rows(inputs: modelled.Inputs, found: list[cuts.Cut], scenario_id: str) -> Iterator[pd.DataFrame]:
    """Measure how far apart the crossings of each cut and stretch lie, for each traveller."""
    links = inputs.links_of(scenario_id)
    for traveller in Traveller:
        usable = set(inputs.costs(scenario_id, traveller)["link_id"])
        shapes = links.loc[links["link_id"].isin(usable) & (links["change"] != str(Change.CLOSED))].geometry.to_numpy()
        rows = [
            {"cut_id": cut.cut_id, "cut_kind": str(cut.kind), "stretch": stretch, **cuts.crossing_spacing(line, shapes)}
            for cut in found
            for stretch, line in cut.stretches()
        ]
        yield pd.DataFrame(rows).assign(scenario_id=scenario_id, traveller=str(traveller))


@dataclass(frozen=True)
class Measure:
    """Measures cuts on runs; `nodes`: places of nodes by id."""

    inputs: modelled.Inputs
    rates: modelled.Rates
    nodes: gpd.GeoSeries
    asked: Asked

    def rows(self, one: _Run, cut: cuts.Cut) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows of SEVERANCE and SIDE_REACH of a run and cut."""
        scenario_id, land_use = one
        sides, wanted = self._sides(land_use, cut), self._destinations(land_use)
        severed, reached = [], []
        for who in self._concerned(land_use):
            ways = self._ways(one, cut, who)
            by_limit = {Within.MINUTES: ways.minutes, Within.METRES: ways.metres}
            rows = severance.severance(who.people, sides, ways, self.asked.limits)
            severed.append(rows.assign(who=who.name, cut_kind=str(cut.kind)))
            reach = severance.side_reach(who.people, sides.of_zones, wanted, by_limit, self.asked.within)
            reached.append(reach.assign(who=who.name))
        names = {"scenario_id": scenario_id, "land_use": land_use, "cut_id": cut.cut_id}
        both = (pd.concat(parts, ignore_index=True) for parts in (severed, reached))
        severed_rows, reached_rows = (rows.assign(**names) for rows in both)
        return severed_rows, reached_rows

    def _concerned(self, land_use: str) -> Iterator[Who]:
        # ASSUME: only on foot do groups differ in pace; children and seniors cycle as fast as others
        places, pace = self.inputs.places(land_use, self.rates.group_shares), self.rates.trips.pace(Mode.WALK)
        residents = places.zones["residents"].to_numpy(dtype=float)
        for traveller in (Traveller.WALK, Traveller.CYCLE):
            yield Who(str(traveller), traveller, 1.0, residents)
        for group in Group:
            people = places.people[str(group)].to_numpy(dtype=float)
            if group == Group.WALK_LIMITED:
                yield Who(str(group), Traveller.WALK_LIMITED, pace[group], people)
            elif pace[group] != 1.0:
                yield Who(str(group), Traveller.WALK, pace[group], people)

    def _sides(self, land_use: str, cut: cuts.Cut) -> severance.Sides:
        (zones, zone_points), (attractions, points) = (
            self._points(frame, land_use, key)
            for frame, key in ((self.inputs.zones, "zone_id"), (self.inputs.attractions, "attraction_id"))
        )
        return severance.Sides(
            cut.sides(zone_points, zones["side"]), cut.sides(points, attractions["side"]), cut.towards(points)
        )

    def _points(self, frame: gpd.GeoDataFrame, land_use: str, key: str) -> tuple[gpd.GeoDataFrame, np.ndarray]:
        """Return zones or attractions in the order of `Inputs.places`, and where they lie."""
        chosen = frame.loc[frame["land_use"] == land_use].sort_values(key, kind="stable")
        return chosen, np.asarray(chosen.geometry)

    def _destinations(self, land_use: str) -> dict[str, severance.Flags]:
        """Tell which attractions serve each purpose, and which are looked for by name.

        For the purpose school those the study names as schools serve, where it names any.
        """
        there = self.inputs.places(land_use, self.rates.group_shares).attractions
        found = {str(purpose): (there["purpose"] == str(purpose)).to_numpy(dtype=bool) for purpose in Purpose}
        if self.asked.schools:
            is_named = there["attraction_id"].isin(self.asked.schools).to_numpy()
            found[str(Purpose.SCHOOL)] = found[str(Purpose.SCHOOL)] & is_named
        return found | {name: (there["attraction_id"] == name).to_numpy(dtype=bool) for name in self.asked.places}

    def _ways(self, one: _Run, cut: cuts.Cut, who: Who) -> severance.Ways:
        """Return the ways of a run and group, as they are and with free crossing of a cut."""
        scenario_id, land_use = one
        places = self.inputs.places(land_use, self.rates.group_shares)
        felt = self.inputs.graph(scenario_id, who.traveller)

        def ends(on: graphs.Graph) -> list[np.ndarray]:
            return [on.place(frame["node_id"]) for frame in (places.zones, places.attractions)]

        def minutes_and_metres() -> tuple[np.ndarray, ...]:
            plain = graphs.with_costs(felt, self.inputs.costs(scenario_id, who.traveller)["distance_ms"].to_numpy())
            start, end = ends(felt)
            straight = self._straight(felt, start, end)
            return skims.skim(felt, start, end).impedance_min, skims.skim(plain, start, end).length_m, straight

        def free_minutes(name: str) -> np.ndarray:
            free = self.free(name, who.traveller, cut)
            return skims.skim(free, *ends(free)).impedance_min

        key = (scenario_id, land_use, str(who.traveller))
        minutes, metres, straight_m = self.inputs.once(("severed", *key), minutes_and_metres)
        free, today = (
            self.inputs.once(("freed", name, *key[1:], cut.course), partial(free_minutes, name))
            for name in (scenario_id, modelled.BEFORE)
        )
        return severance.Ways(minutes * who.pace, free * who.pace, today * who.pace, metres, straight_m)

    def free(self, scenario_id: str, traveller: Traveller, cut: cuts.Cut) -> graphs.Graph:
        """Return a scenario's graph with a link wherever a short straight line crosses the cut."""

        def make() -> graphs.Graph:
            on, costs = self.inputs.graph(scenario_id, traveller), self.inputs.costs(scenario_id, traveller)
            links = self.inputs.links_of(scenario_id)
            return free_crossing.freed(on, links, costs, cut, longest_m=self.asked.free_crossing_m)

        found: graphs.Graph = self.inputs.once(("free", scenario_id, str(traveller), cut.course), make)
        return found

    def _straight(self, on: graphs.Graph, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Measure straight lines between the nodes joined; zero where an end is off the network."""
        if on.node_ids.empty:
            return np.zeros((len(start), len(end)))
        xy = shapely.get_coordinates(np.asarray(self.nodes.reindex(on.node_ids)))
        apart = xy[start][:, None, :] - xy[end][None, :, :]
        off = (start < 0)[:, None] | (end < 0)[None, :]
        return np.where(off, 0.0, np.hypot(apart[..., 0], apart[..., 1]))
