"""Who crosses where, with every draw: the passes of all trips over the links that meet a screenline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from movement.assignment import passages
from movement.assignment.trees import Integers, Reals
from movement.comparison import flow_changes, intervals, screenline_flows, travel
from movement.demand.rates import THROUGH, TripRates
from movement.tables import Band, Family, Group, Purpose
from pipelines import flow_parts, modelled, ways

_LEAST_FLOW = 0.0005  # what the tables' decimals show
_GROUPS, _PURPOSES = tuple(map(str, Group)), tuple(map(str, Purpose))
_WHO = ["link_id", "purpose", "group"]

Met = Mapping[str, Sequence[str]]  # links by screenline
Passes = Mapping[float, sparse.csr_array]  # by detour ratio: rows of demand x links
Parameters = Mapping[str | int, modelled.Parameters]  # the estimate's and each draw's


@dataclass(frozen=True)
class Asked:
    """Links of the networks that are looked at.

    `met`: by scenario, the links that meet each screenline; `links`: by scenario, all that are asked for; `pairs`: by
    scenario, links of the union with today's network that meet a screenline on either.
    """

    met: Mapping[str, Met]
    links: Mapping[str, list[str]]
    pairs: Mapping[str, gpd.GeoDataFrame]


def asked(inputs: modelled.Inputs, screenlines: gpd.GeoDataFrame) -> Asked:
    """Find the links to be looked at on every network."""
    names = list(dict.fromkeys(name for name, _ in modelled.runs(inputs)))
    met = {name: screenline_flows.crossing_links(inputs.links_of(name), screenlines) for name in names}
    links = {name: {link for found in met[name].values() for link in found} for name in names}
    pairs = {}
    for name in names[1:]:
        union = flow_changes.union_of_links(inputs.links_of(modelled.BEFORE), inputs.links_of(name))
        pairs[name] = union.loc[union["link_id"].isin(links[modelled.BEFORE] | links[name])]
    for name, union in pairs.items():
        links[name] |= set(union["after_link_id"].dropna())
        links[modelled.BEFORE] |= set(union["before_link_id"].dropna())
    return Asked(met, {name: sorted(found) for name, found in links.items()}, pairs)


@dataclass(frozen=True)
class Crossed:
    """One run of one mode: `passes` over `links`, and `through` trips on them, at factor 1."""

    model: ways.Model
    scenario_id: str
    land_use: str
    links: list[str]
    passes: Passes
    through: Reals  # through trips x links

    @property
    def here(self) -> ways.Ways:
        """Who can go where on the run."""
        return self.model.ways(self.scenario_id, self.land_use)


def cross(model: ways.Model, looked_at: Asked, parameters: Parameters) -> list[Crossed]:
    """Find the passes of every run's trips; both land uses of a network share their pairs of nodes."""
    found = []
    for scenario_id, links in looked_at.links.items():
        land_uses = [use for name, use in modelled.runs(model.inputs) if name == scenario_id]
        by_ratio = {ratio: _passes(model, scenario_id, land_uses, links, ratio) for ratio, _ in _by_ratio(parameters)}
        for use in land_uses:
            passes = {ratio: of_uses[use] for ratio, of_uses in by_ratio.items()}
            through = _through(model.ways(scenario_id, use), links)
            found.append(Crossed(model, scenario_id, use, links, passes, through))
    return found


def _passes(
    model: ways.Model, scenario_id: str, land_uses: Sequence[str], links: list[str], ratio: float
) -> dict[str, sparse.csr_array]:
    """Return, by land use, how often a trip of each row passes each link: rows x links."""
    runs = {use: model.ways(scenario_id, use) for use in land_uses}
    rows: dict[str, list[Integers]] = {use: [] for use in runs}
    used: dict[str, list[sparse.csr_array]] = {use: [] for use in runs}
    for traveller, on in next(iter(runs.values())).graphs.items():
        own = {use: here.pairs[traveller] for use, here in runs.items()}
        nodes = max(len(on.node_ids), 1)
        keys = {use: start * nodes + end for use, (_, _, start, end) in own.items()}
        pairs = np.unique(np.concatenate(list(keys.values())))
        passed = passages.passages(
            on, pairs // nodes, pairs % nodes, on.link_ids.get_indexer(pd.Index(links, dtype=object)),
            cut_off_min=model.reach_min, tolerance=model.rates.tolerance(ratio, model.mode), bins=model.bins(ratio),
        )  # fmt: skip
        for use, (of_demand, pair, _, _) in own.items():
            rows[use].append(of_demand)
            used[use].append(passed[np.searchsorted(pairs, keys[use])[pair]])
    return {
        use: sparse.csr_array(sparse.vstack(used[use])[np.argsort(np.concatenate(rows[use]), kind="stable")])
        for use in runs
    }


def _through(here: ways.Ways, links: list[str]) -> Reals:
    start, end = here.through["from_node"].to_numpy(), here.through["to_node"].to_numpy()
    at = here.main.link_ids.get_indexer(pd.Index(links, dtype=object))
    share = passages.passages(here.main, start, end, at).toarray()
    return np.asarray(share * here.through["trips_per_day"].to_numpy(dtype=float)[:, None])


def trip_rows(one: Crossed, values: modelled.Parameters, met: Met) -> pd.DataFrame:
    """List the trips over each link: CROSSING_TRIPS; what is below its decimals is taken together, nothing is left out.

    Trips taken together stand under an origin and a destination without letters, by link, purpose and group.
    """
    here, made = one.here, _demand(one, values)
    passed = sparse.coo_array(one.passes[values.detour].multiply(made.trips[:, None]))
    both = pd.concat([_local_rows(here, passed, one.links), _through_rows(one, values.through)], ignore_index=True)
    is_little = both["trips_per_day"] <= _LEAST_FLOW
    both.loc[is_little, ["origin_id", "destination_id"]] = ""
    keys = [*both.columns.drop("trips_per_day")]
    sums = both.groupby(keys, as_index=False, sort=True)["trips_per_day"].sum()
    return _on_screenlines(sums.loc[sums["trips_per_day"] > _LEAST_FLOW], met).assign(
        scenario_id=one.scenario_id, land_use=one.land_use, mode=str(one.model.mode)
    )


def _local_rows(here: ways.Ways, passed: sparse.coo_array, links: list[str]) -> pd.DataFrame:
    choices, row = here.segments.choices, passed.row
    return pd.DataFrame(
        {
            "link_id": np.array(links, dtype=object)[passed.col],
            "purpose": np.array(_PURPOSES, dtype=object)[choices.purpose[choices.origin[row]]],
            "group": np.array(_GROUPS, dtype=object)[here.segments.group[row]],
            "origin_id": here.places.zones["zone_id"].to_numpy(dtype=object)[here.segments.zone[row]],
            "destination_id": here.places.attractions["attraction_id"].to_numpy(dtype=object)[
                here.segments.attraction[row]
            ],
            "trips_per_day": passed.data,
        }
    )


def _through_rows(one: Crossed, factor: float) -> pd.DataFrame:
    row, link = np.nonzero(one.through)
    return pd.DataFrame(
        {
            "link_id": np.array(one.links, dtype=object)[link],
            "purpose": THROUGH,
            "group": "",
            "origin_id": one.here.through["from_gateway_id"].to_numpy(dtype=object)[row],
            "destination_id": one.here.through["to_gateway_id"].to_numpy(dtype=object)[row],
            "trips_per_day": one.through[row, link] * factor,
        }
    )


def _on_screenlines(rows: pd.DataFrame, met: Met) -> pd.DataFrame:
    """Repeat rows for each screenline their link meets."""
    parts = [rows.loc[rows["link_id"].isin(links)].assign(screenline_id=line) for line, links in met.items()]
    return pd.concat(parts, ignore_index=True) if parts else rows.iloc[:0].assign(screenline_id="")


def _by_ratio(parameters: Parameters) -> Iterator[tuple[float, list[str | int]]]:
    for ratio in sorted({one.detour for one in parameters.values()}):
        yield ratio, [name for name, one in parameters.items() if one.detour == ratio]


def who(one: Crossed, parameters: Parameters) -> pd.DataFrame:
    """Sum the passes over each link by purpose and group: (link, purpose, group) x (the estimate, and draws)."""
    local = _local_sums(one, parameters, one.here.segments.group, pd.Index(_GROUPS, name="group"))
    through = np.outer(one.through.sum(axis=0), [values.through for values in parameters.values()])
    of_through = pd.MultiIndex.from_product([one.links, [THROUGH], [""]], names=_WHO)
    return pd.concat([local, pd.DataFrame(through, of_through, list(parameters))])


def by_side(one: Crossed, parameters: Parameters) -> pd.DataFrame:
    """Sum the residents' passes over each link by purpose and side: (link, purpose, side) x (the estimate, draws)."""
    codes, words = pd.factorize(one.here.places.zones["side"].fillna("").astype(str), sort=True)
    return _local_sums(one, parameters, codes[one.here.segments.zone], pd.Index(words, name="side"))


def _local_sums(one: Crossed, parameters: Parameters, part: Integers, parts: pd.Index) -> pd.DataFrame:
    """Sum the passes over each link by purpose and by a part of the residents, whose number `part` gives by row."""
    choices, size = one.here.segments.choices, len(_PURPOSES) * len(parts)
    kind = choices.purpose[choices.origin] * len(parts) + part
    sums = np.zeros((len(one.links) * size, len(parameters)))
    place = {name: at for at, name in enumerate(parameters)}
    for ratio, names in _by_ratio(parameters):
        passed = sparse.coo_array(one.passes[ratio])
        rows = passed.col.astype(np.int64) * size + kind[passed.row]
        adding = sparse.csr_array((passed.data, (rows, passed.row)), shape=(len(sums), len(kind)))
        sums[:, [place[name] for name in names]] = adding @ _trips(one, parameters, names)
    index = pd.MultiIndex.from_product([one.links, _PURPOSES, parts], names=["link_id", "purpose", parts.name])
    return pd.DataFrame(sums, index, list(parameters))


def _trips(one: Crossed, parameters: Parameters, names: Sequence[str | int]) -> Reals:
    """Return the trips of each row with each of some parameters: rows x names."""
    return np.stack([_demand(one, parameters[name]).trips for name in names], axis=1)


def kind_rows(by_mode: Mapping[str, pd.DataFrame], met: Met, rates: TripRates) -> pd.DataFrame:
    """Sum what `who` found for each mode of a run by purpose, by group and by band: CROSSING_KINDS but for the run.

    A kind that nobody on a link belongs to has no row, but for groups where residents cross at all.
    """
    parts = []
    for mode, found in travel.with_all(by_mode).items():
        for family, sums in _families(found, rates).items():
            ends = intervals.spread(sums, least=0.0).add_prefix("trips_per_day_")
            rows = ends.assign(trips_per_day=sums[intervals.ALL], mode=mode, family=str(family)).reset_index()
            parts.append(rows.loc[_is_shown(rows, family)])
    return _on_screenlines(pd.concat(parts, ignore_index=True), met)


def _families(found: pd.DataFrame, rates: TripRates) -> dict[Family, pd.DataFrame]:
    purposes = found.groupby(level=["link_id", "purpose"]).sum()
    residents = found.drop(index=THROUGH, level="purpose")
    bands = {}
    for band in Band:
        shares = [rates.on_a_day(purpose, band) for purpose in purposes.index.get_level_values("purpose")]
        bands[str(band)] = purposes.mul(shares, axis=0).groupby(level="link_id").sum()
    return {
        Family.PURPOSE: purposes.rename_axis(["link_id", "kind"]),
        Family.GROUP: residents.groupby(level=["link_id", "group"]).sum().rename_axis(["link_id", "kind"]),
        Family.BAND: pd.concat(bands, names=["kind", "link_id"]),
    }


def _is_shown(rows: pd.DataFrame, family: Family) -> pd.Series:
    is_used = rows[["trips_per_day", "trips_per_day_high"]].max(axis=1) > _LEAST_FLOW
    return is_used.groupby(rows["link_id"]).transform("any") if family == Family.GROUP else is_used


def part_rows(one: Crossed, before: Crossed, parameters: Parameters, pairs: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say what each draw's change on each link of the union is made of: DRAWN_PARTS."""
    found = [pd.DataFrame(columns=["link_id", "draw", *flow_changes.PARTS])]
    for ratio, names in _by_ratio(parameters):
        parts = flow_changes.parts_of_change(**_flows(one, before, ratio, [parameters[n] for n in names], pairs))
        index = pd.MultiIndex.from_product([pairs["link_id"], names], names=["link_id", "draw"])
        found.append(pd.DataFrame({name: part.ravel() for name, part in parts.items()}, index=index).reset_index())
    rows = pd.concat(found[1:] or found, ignore_index=True)
    rows = rows.loc[(rows["draw"] != intervals.ALL) & (rows[list(flow_changes.PARTS)].abs() > _LEAST_FLOW).any(axis=1)]
    return rows.assign(scenario_id=one.scenario_id, land_use=one.land_use, mode=str(one.model.mode))


def _flows(
    one: Crossed, before: Crossed, ratio: float, values: Sequence[modelled.Parameters], pairs: gpd.GeoDataFrame
) -> dict[str, Reals]:
    """Return the flows of which parts of change are made: pairs of links x parameters of one detour ratio."""
    at = flow_parts.rows_now(before.here, one.here)
    demands = [(_demand(before, each), _demand(one, each)) for each in values]
    splits = [flow_parts.split(before.here, one.here, base, made, at) for base, made in demands]
    kept = flow_parts.through_both(one.model, one.scenario_id, one.land_use)
    factors = np.array([each.through for each in values])

    def on(run: Crossed, link_ids: pd.Series, trips: Sequence[Reals], through: Reals) -> Reals:
        flows = run.passes[ratio].T @ np.stack(trips, axis=1) + run.through.T @ np.outer(through, factors)
        place = pd.Index(run.links, dtype=object).get_indexer(pd.Index(link_ids, dtype=object))
        padded = np.concatenate([flows, np.zeros((1, len(values)))])
        return np.asarray(padded[place])  # -1, a link that is not there, takes the last row

    today, now = pairs["before_link_id"], pairs["after_link_id"]
    every = np.ones(len(kept))
    return {
        "before": on(before, today, [base.trips for base, _ in demands], every),
        "after": on(one, now, [made.trips for _, made in demands], every),
        "same_before": on(before, today, [each.same_before for each in splits], kept),
        "same": on(one, now, [each.same for each in splits], kept),
        "as_many": on(one, now, [each.as_many for each in splits], kept),
        "lost": on(before, today, [each.lost for each in splits], every - kept),
    }


def _demand(one: Crossed, values: modelled.Parameters) -> ways.Demand:
    return one.model.demand(one.scenario_id, one.land_use, values)
