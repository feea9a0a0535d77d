"""One mode on one run: who can go where at what cost, the trips that follow, and their flows on links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from movement.assignment import blocks, detours, loading, passages, reuse, skims
from movement.assignment.changed_arcs import changes
from movement.assignment.graph import Graph, with_costs
from movement.assignment.trees import Integers, Reals
from movement.demand import distribute, rates, segments
from movement.tables import Group, LandUse, Mode, Purpose, Traveller
from pipelines import modelled

_BIN_MIN = 0.25  # minutes of excess in a bin, at the least detail the trips of a study need
_FEW_BLOCKS = 32  # of origins: finding out which a scenario touches takes longer than computing them
_GROUPS = tuple(Group)


@dataclass(frozen=True)
class Ways:
    """One mode on one run.

    `graphs` by traveller; `places`: what lies where; `through`: rows of THROUGH_TRIPS with `from_node` and `to_node`;
    `segments`: the rows of demand; `start`, `end`: node of each row on the graph of its traveller; `length_m` of its
    shortest felt way; `longest_min`: felt minutes of the longest of these, before pace.
    """

    mode: Mode
    graphs: Mapping[Traveller, Graph]
    places: modelled.Places
    through: pd.DataFrame
    segments: segments.Segments
    start: Integers
    end: Integers
    length_m: Reals
    longest_min: float

    @property
    def main(self) -> Graph:
        """The graph whose links flows are given on."""
        return self.graphs[modelled.TRAVELLERS[self.mode][0]]

    @property
    def key(self) -> Integers:
        """Number of each row that says who goes where, the same on all networks with the same land use."""
        choices = self.segments.choices
        return choices.origin * max(len(choices.attracted), 1) + choices.destination

    @cached_property
    def through_skim(self) -> skims.Skim:
        """Minutes and metres of each row of through trips, on the diagonal; infinite where there is no way."""
        return skims.skim(self.main, self.through["from_node"].to_numpy(), self.through["to_node"].to_numpy())

    @cached_property
    def pairs(self) -> Mapping[Traveller, tuple[Integers, Integers, Integers, Integers]]:
        """Rows of each traveller, the pair of nodes each belongs to, and the ends of the pairs."""
        found = {}
        for traveller in self.graphs:
            own = [number for number, group in enumerate(Group) if _traveller(group, self.mode) == traveller]
            rows = np.flatnonzero(np.isin(self.segments.group, own))
            nodes = max(len(self.graphs[traveller].node_ids), 1)
            pairs, pair = np.unique(self.start[rows] * nodes + self.end[rows], return_inverse=True)
            found[traveller] = (rows, pair, pairs // nodes, pairs % nodes)
        return found


def ways(
    inputs: modelled.Inputs,
    given: modelled.Rates,
    made: Mapping[Traveller, Graph],
    *,
    scenario_id: str,
    land_use: str,
    mode: Mode,
) -> Ways:
    """Find all ways on a scenario's graphs, by traveller, and list who can choose what."""
    places = inputs.places(land_use, given.group_shares)
    cut_off, main = float(given.of("cut_off_{mode}_min", mode)), modelled.TRAVELLERS[mode][0]
    ends = {name: _ends(inputs, places, scenario_id, land_use, name) for name in made}
    pace = given.trips.pace(mode)
    reach = cut_off / min(1.0, *pace.values())  # whose pace is below 1 comes further on the graph within the cut-off
    skim = {name: skims.skim(on, *ends[name], cut_off_min=reach) for name, on in made.items()}
    listed = segments.build_choices(
        inputs.once(
            ("produced", str(land_use), str(mode)), lambda: rates.productions(places.people, given.trips, mode)
        ),
        places.attractions,
        {group: skim[_traveller(group, mode)].impedance_min for group in Group},
        pace=pace,
        cut_off_min=cut_off,
    )
    row_ends = np.zeros((2, len(listed.zone)), dtype=np.int64)
    length, longest = np.zeros(len(listed.zone)), 0.0
    for number, group in enumerate(Group):
        rows, name = listed.group == number, _traveller(group, mode)
        row_ends[:, rows] = ends[name][0][listed.zone[rows]], ends[name][1][listed.attraction[rows]]
        at = listed.zone[rows], listed.attraction[rows]
        length[rows] = skim[name].length_m[at]
        longest = max(longest, float(skim[name].impedance_min[at].max(initial=0.0)))
    through = inputs.once(
        ("through", scenario_id, str(land_use), str(mode)), lambda: _through(inputs, places, made[main], mode)
    )
    return Ways(mode, made, places, through, listed, row_ends[0], row_ends[1], length, longest)


def _graph(inputs: modelled.Inputs, scenario_id: str, traveller: Traveller, terms: Sequence[str] | None) -> Graph:
    on = inputs.graph(scenario_id, traveller)
    if terms is None:
        return on
    columns = inputs.costs(scenario_id, traveller)[[f"{term}_ms" for term in terms]]
    return with_costs(on, columns.to_numpy().sum(axis=1))


def _ends(
    inputs: modelled.Inputs, places: modelled.Places, scenario_id: str, land_use: str, traveller: Traveller
) -> tuple[Integers, Integers]:
    """Return the nodes of zones and attractions on a scenario's graph, whatever its costs."""
    on = inputs.graph(scenario_id, traveller)
    key = ("ends", scenario_id, str(land_use), str(traveller))
    found: tuple[Integers, Integers] = inputs.once(
        key, lambda: (on.place(places.zones["node_id"]), on.place(places.attractions["node_id"]))
    )
    return found


def _traveller(group: Group, mode: Mode) -> Traveller:
    if mode == Mode.CYCLE:
        return Traveller.CYCLE
    return Traveller.WALK_LIMITED if group == Group.WALK_LIMITED else Traveller.WALK


def _through(inputs: modelled.Inputs, places: modelled.Places, on: Graph, mode: Mode) -> pd.DataFrame:
    rows = inputs.through_trips.loc[inputs.through_trips["mode"] == mode].reset_index(drop=True)
    return rows.assign(
        from_node=on.place(rows["from_gateway_id"].map(places.gateways).astype(object)),
        to_node=on.place(rows["to_gateway_id"].map(places.gateways).astype(object)),
    )


@dataclass(frozen=True)
class Demand:
    """Trips of each row of a run's ways, and what cannot be made, per origin; `participation` per origin."""

    trips: Reals
    unmet: Reals
    participation: Reals


@dataclass
class Model:
    """The model of one mode under given rates: trips and flows of every run, held against today's.

    `terms`: terms of felt time that count; all where not given. `spread`: who computes, where it is not this process.
    """

    inputs: modelled.Inputs
    rates: modelled.Rates
    mode: Mode
    terms: Sequence[str] | None = None
    spread: blocks.Spread | None = None
    _ways: dict[tuple[str, str], Ways] = field(default_factory=dict, repr=False)
    _through: dict[tuple[str, str], Reals] = field(default_factory=dict, repr=False)
    _graphs: dict[str, Mapping[Traveller, Graph]] = field(default_factory=dict, repr=False)
    _kept: dict[tuple[object, ...], tuple[Graph, loading.Trips, loading.Loading]] = field(
        default_factory=dict, repr=False
    )
    _access: dict[float, Reals] = field(default_factory=dict, repr=False)  # today's accessibility, by decay

    def ways(self, scenario_id: str, land_use: str) -> Ways:
        """Return who can go where on a run; made once."""
        key = (scenario_id, str(land_use))
        if scenario_id not in self._graphs:  # the same graphs on all land uses, which then load them in one pass
            travellers = modelled.TRAVELLERS[self.mode]
            self._graphs[scenario_id] = {one: _graph(self.inputs, scenario_id, one, self.terms) for one in travellers}
        if key not in self._ways:
            made = self._graphs[scenario_id]
            self._ways[key] = ways(
                self.inputs, self.rates, made, scenario_id=scenario_id, land_use=land_use, mode=self.mode
            )
        return self._ways[key]

    def demand(self, scenario_id: str, land_use: str, values: modelled.Parameters) -> Demand:
        """Distribute the trips of a run; today's network and land use is what participation is held against."""
        choices, decay = self.ways(scenario_id, land_use).segments.choices, self.rates.decay(values.decay)
        today = self.ways(modelled.BEFORE, LandUse.TODAY)
        if values.decay not in self._access:
            self._access[values.decay] = distribute.accessibility(today.segments.choices, decay)
        places = self.ways(scenario_id, land_use).places
        at = self.inputs.once(("zones_today", str(land_use)), lambda: _zones_of(today.places, places))
        done = distribute.distribute(
            choices,
            decay,
            self.rates.distribution,
            mean_access=self._mean_access,
            reference=_by_zone(self._access[values.decay], at),
            participation_elasticity=self.rates.participation_elasticity,
        )
        scale = values.scales(choices.purposes)[choices.purpose]
        return Demand(done.trips * scale[choices.origin], done.unmet * scale, done.participation)

    @cached_property
    def _mean_access(self) -> Reals:
        default = self.rates.decay(float(self.rates.of("decay_default_{mode}", self.mode)))
        return distribute.mean_accessibility(self.ways(modelled.BEFORE, LandUse.TODAY).segments.choices, default)

    def flows(self, scenario_id: str, amounts: Mapping[str, Reals], ratio: float, *, column: str = "") -> list[Reals]:
        """Load columns of trips (by land use: rows x columns) at a detour ratio: links of the main graph x columns.

        All land uses go over the network in one pass. Blocks that a scenario cannot touch are taken over from today's
        links; `column` tells sets of columns apart.
        """
        runs, parts = [self.ways(scenario_id, land_use) for land_use in amounts], [*amounts.values()]
        main, ends = runs[0].main, np.cumsum([part.shape[1] for part in parts])
        total = np.zeros((len(main.link_ids), ends[-1]))
        for traveller, on in runs[0].graphs.items():
            trips = _side_by_side(runs, parts, traveller)
            done = self._loaded((traveller, ratio, column), scenario_id, on, trips, ratio)
            total[main.link_ids.get_indexer(on.link_ids)] += done.flows
        return np.split(total, ends[:-1], axis=1)

    def _loaded(
        self,
        key: tuple[object, ...],
        scenario_id: str,
        on: Graph,
        trips: loading.Trips,
        ratio: float,
    ) -> loading.Loading:
        choice, bins, cut_off = self.rates.tolerance(ratio, self.mode), self.bins(ratio), self.reach_min
        is_small = len(trips.origin) <= _FEW_BLOCKS * blocks.ORIGINS
        if scenario_id == modelled.BEFORE or key not in self._kept or is_small:
            tasks = blocks.tasks(len(trips.origin), self.spread)
            if choice is None:
                parts = loading.compute(on, trips, tasks, cut_off_min=cut_off, spread=self.spread)
            else:
                parts = detours.compute(
                    on, trips, tasks, tolerance=choice, cut_off_min=cut_off, bins=bins, spread=self.spread
                )
            done = loading.add_up(on, trips, parts, keep_parts=not is_small)
            if scenario_id == modelled.BEFORE and not is_small:
                self._kept[key] = (on, trips, done)
            return done
        before, trips_before, done = self._kept[key]
        change = self.inputs.once(
            ("changes", scenario_id, str(key[0]), tuple(self.terms or ()), choice is None),
            lambda: changes(before, on, is_exact=choice is None),
        )
        again = reuse.reload(
            change, trips_before, trips, done, cut_off_min=cut_off, tolerance=choice, bins=bins, spread=self.spread
        )
        return again.loading

    @cached_property
    def reach_min(self) -> float:
        """Whole felt minutes, before pace, that no trip of any run takes: the same for all, so that flows compare."""
        longest = max((self.ways(*run).longest_min for run in modelled.runs(self.inputs)), default=0.0)
        return float(np.floor(longest) + 1)

    def bins(self, ratio: float) -> int:
        """Return the steps into which the largest excess is cut."""
        most = min(self.reach_min * (ratio - 1), float(self.rates.detour_most_min))
        return max(detours.BINS, round(most / _BIN_MIN) + 1)

    def link_flows(self, scenario_id: str, land_use: str, values: modelled.Parameters) -> pd.Series:
        """Return the people per day on each link (index `link_id`), both ways together, for given parameters."""
        return self.link_flows_by_use(scenario_id, [land_use], values)[land_use]

    def link_flows_by_use(
        self, scenario_id: str, land_uses: Sequence[str], values: modelled.Parameters
    ) -> dict[str, pd.Series]:
        """Return the same by land use, from one pass over the network."""
        trips = {use: self.demand(scenario_id, use, values).trips[:, None] for use in land_uses}
        found = {}
        for use, own in zip(land_uses, self.flows(scenario_id, trips, values.detour), strict=True):
            flows = own[:, 0] + values.through * self.through_flows(scenario_id, use)
            found[use] = pd.Series(flows, self.ways(scenario_id, use).main.link_ids, name="flow_per_day")
        return found

    def through_flows(self, scenario_id: str, land_use: str) -> Reals:
        """Load through trips, on the shortest ways and without a cut-off: links of the main graph; made once."""
        key = (scenario_id, str(land_use))
        if key not in self._through:
            here = self.ways(scenario_id, land_use)
            start, end = here.through["from_node"].to_numpy(), here.through["to_node"].to_numpy()
            trips = here.through[["trips_per_day"]].to_numpy(dtype=float)
            self._through[key] = loading.load(here.main, start, end, trips, spread=self.spread).flows[:, 0]
        return self._through[key]

    def passes(self, scenario_id: str, land_use: str, link_ids: Sequence[str], ratio: float) -> sparse.csr_array:
        """Return how often a trip of each row passes each link: rows x links."""
        here, rows, used = self.ways(scenario_id, land_use), [], []
        for traveller, on in here.graphs.items():
            own, pair, start, end = here.pairs[traveller]
            asked = on.link_ids.get_indexer(pd.Index(link_ids, dtype=on.link_ids.dtype))
            passed = passages.passages(
                on, start, end, asked, cut_off_min=self.reach_min, tolerance=self.rates.tolerance(ratio, self.mode),
                bins=self.bins(ratio),
            )  # fmt: skip
            rows.append(own)
            used.append(passed[pair])
        return sparse.csr_array(sparse.vstack(used)[np.argsort(np.concatenate(rows), kind="stable")])


def _side_by_side(runs: Sequence[Ways], amounts: Sequence[Reals], traveller: Traveller) -> loading.Trips:
    """Put the trips of several land uses on one network together, each in columns of its own."""
    own, nodes = [here.pairs[traveller] for here in runs], max(len(runs[0].graphs[traveller].node_ids), 1)
    keys = [start * nodes + end for _, _, start, end in own]
    pairs = np.unique(np.concatenate(keys))
    columns = []
    for (rows, pair, _, _), key, trips in zip(own, keys, amounts, strict=True):
        summed = np.zeros((len(pairs), trips.shape[1]))
        np.add.at(summed, np.searchsorted(pairs, key)[pair], trips[rows])
        columns.append(summed)
    return loading.sort_trips(pairs // nodes, pairs % nodes, np.concatenate(columns, axis=1))


def _zones_of(today: modelled.Places, here: modelled.Places) -> Integers:
    """Return the place of each zone of a land use among today's; -1 where it is not there today."""
    return np.asarray(pd.Index(today.zones["zone_id"]).get_indexer(pd.Index(here.zones["zone_id"])))


def _by_zone(access: Reals, at: Integers) -> Reals:
    """Give today's accessibility of origins to the zones of another land use; zero for those not there today."""
    shape = (-1, len(_GROUPS), len(tuple(Purpose)))
    padded = np.concatenate([access.reshape(shape), np.zeros((1, *shape[1:]))])
    return np.asarray(padded[at].ravel())
