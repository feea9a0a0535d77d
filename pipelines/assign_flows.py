"""Demand on every network in; flows per link with intervals, by purpose, side and time, and parts of changes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from movement.assignment.trees import Integers, Reals
from movement.comparison import flow_changes, intervals
from movement.demand import distribute
from movement.demand.rates import THROUGH
from movement.tables import Band, Purpose
from pipelines import modelled, stage, ways, workers

_LEAST_FLOW = 0.0005  # what the tables' decimals show
_CLOCK_TERMS = ("distance", "slope", "stairs", "crossing")  # terms that a clock sees; the others are felt
_MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class Params:
    """The study's CRS and the rates of demand, which stand in the section `estimate_demand`."""

    study: dict[str, str]
    estimate_demand: dict[str, Any]


@dataclass(frozen=True)
class Flows:
    """Flows of one mode on one run, rows as `link_ids`.

    `kinds`: links x (purposes x sides), and `through` alone; `drawn`: by draw; `same`, `redirected`: today's trips on
    this network, and as many trips as today to the places of this network.
    """

    link_ids: pd.Index
    kinds: pd.DataFrame
    through: pd.Series
    drawn: pd.DataFrame
    same: pd.Series
    redirected: pd.Series

    @property
    def estimate(self) -> pd.Series:
        """People per day on each link."""
        return self.kinds.sum(axis=1) + self.through


def run(params: Params) -> None:
    """Read, assign, check, write."""
    inputs = modelled.read_inputs(modelled.read_study(params.study))
    rates = modelled.Rates(**params.estimate_demand)
    calibration, draws = tables.CALIBRATION.read(stage.CALIBRATION), tables.DRAWS.read(stage.DRAWS)
    written: dict[str, list[pd.DataFrame]] = {table.name: [] for table, _ in _WRITTEN}
    with workers.spreading() as spread:
        for mode in modelled.MODES if len(inputs.links) else ():
            model = ways.Model(inputs, rates, mode, spread=spread)
            values, drawn = modelled.fitted(calibration, mode), modelled.drawn(draws, mode)
            found = {run: flows_of(model, *run, values=values, drawn=drawn) for run in modelled.runs(inputs)}
            for (scenario_id, land_use), one in found.items():
                before = found[modelled.BEFORE, land_use]
                names = {"scenario_id": scenario_id, "land_use": land_use, "mode": str(mode)}
                for name, rows in _rows(model, one, before, scenario_id, land_use, values).items():
                    written[name].append(rows.assign(**names))
    for table, path in _WRITTEN:
        table.write(table.joined(written[table.name]), path)


def flows_of(
    model: ways.Model,
    scenario_id: str,
    land_use: str,
    *,
    values: modelled.Parameters,
    drawn: Mapping[int, modelled.Parameters],
) -> Flows:
    """Load one run: the estimate by purpose and side, the draws, and today's trips for comparison."""
    here = model.ways(scenario_id, land_use)
    made = model.demand(scenario_id, land_use, values)
    kinds, of_row = _kinds_of_rows(here)
    amounts = np.zeros((len(made.trips), len(kinds) + 2))
    amounts[np.arange(len(made.trips)), of_row] = made.trips
    amounts[:, -2:] = _trips_of_before(model, scenario_id, land_use, values, made)
    columns = {number: model.demand(scenario_id, land_use, one).trips for number, one in drawn.items()}
    by_ratio = {
        ratio: [n for n, one in drawn.items() if one.detour == ratio] for ratio in {o.detour for o in drawn.values()}
    }
    through = model.through_flows(scenario_id, land_use)
    flows = model.flows(scenario_id, land_use, amounts, values.detour, column="kinds")
    draws: dict[int, Reals] = {}
    for ratio, numbers in sorted(by_ratio.items()):
        loaded = model.flows(
            scenario_id, land_use, np.stack([columns[n] for n in numbers], axis=1), ratio, column="draws"
        )
        draws |= {n: loaded[:, at] + drawn[n].through * through for at, n in enumerate(numbers)}
    links = here.main.link_ids
    return Flows(
        links,
        pd.DataFrame(flows[:, :-2], index=links, columns=kinds),
        pd.Series(values.through * through, index=links),
        pd.DataFrame({n: draws[n] for n in sorted(draws)}, index=links),
        pd.Series(flows[:, -2] + values.through * through, index=links),
        pd.Series(flows[:, -1] + values.through * through, index=links),
    )


def _kinds_of_rows(here: ways.Ways) -> tuple[pd.MultiIndex, Integers]:
    """Return the kinds, purposes x sides, and the kind of each row of demand."""
    sides = here.places.zones["side"].fillna("").astype(str)
    words = sorted(sides.unique())
    kinds = pd.MultiIndex.from_product([[str(one) for one in Purpose], words], names=["purpose", "side"])
    choices = here.segments.choices
    side = np.array([words.index(word) for word in sides], dtype=np.int64)
    return kinds, choices.purpose[choices.origin] * len(words) + side[here.segments.zone]


def _trips_of_before(
    model: ways.Model, scenario_id: str, land_use: str, values: modelled.Parameters, made: ways.Demand
) -> Reals:
    """Return, for the rows of a run, the trips of today's links, and its own trips without those that are new."""
    here, before = model.ways(scenario_id, land_use), model.ways(modelled.BEFORE, land_use)
    base = model.demand(modelled.BEFORE, land_use, values)
    at = pd.Index(before.key).get_indexer(pd.Index(here.key))
    same = np.where(at >= 0, base.trips[at] if len(base.trips) else 0.0, 0.0)
    as_many = distribute.without_new_trips(
        made.trips, here.segments.choices.origin, before=base.participation, after=made.participation
    )
    return np.stack([same, as_many], axis=1)


def _rows(
    model: ways.Model, one: Flows, before: Flows, scenario_id: str, land_use: str, values: modelled.Parameters
) -> dict[str, pd.DataFrame]:
    """Return the rows of all tables of one run and mode, by the table's name."""
    whole = pd.concat([one.estimate.rename(intervals.ALL), one.drawn], axis=1)
    return {
        "flows": _flow_rows(whole),
        "drawn_flows": _long(one.drawn, "draw"),
        "flow_kinds": _kind_rows(one),
        "band_flows": _band_rows(one, model.rates),
        "flow_parts": _part_rows(model, one, before, scenario_id),
        "travel": travel_rows(model, whole, scenario_id, land_use, values),
    }


def _flow_rows(whole: pd.DataFrame) -> pd.DataFrame:
    interval = intervals.spread(whole, least=0.0)
    table = pd.DataFrame(
        {"flow_per_day": whole[intervals.ALL], "flow_low": interval["low"], "flow_high": interval["high"]}
    )
    return table.loc[table["flow_per_day"] > _LEAST_FLOW].rename_axis("link_id").reset_index()


def _long(flows: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = flows.rename_axis("link_id").reset_index().melt("link_id", var_name=name, value_name="flow_per_day")
    return rows.loc[rows["flow_per_day"] > _LEAST_FLOW]


def _kind_rows(one: Flows) -> pd.DataFrame:
    through = one.through.to_frame().set_axis(pd.MultiIndex.from_tuples([(THROUGH, "")]), axis=1)
    kinds = pd.concat([one.kinds, through], axis=1).rename_axis(columns=["purpose", "side"])
    rows = kinds.melt(value_name="flow_per_day", ignore_index=False).rename_axis("link_id").reset_index()
    return rows.loc[rows["flow_per_day"] > _LEAST_FLOW]


def _band_rows(one: Flows, rates: modelled.Rates) -> pd.DataFrame:
    by_purpose = one.kinds.T.groupby(level="purpose").sum().T.assign(**{THROUGH: one.through})
    bands = pd.DataFrame(
        {str(band): sum(by_purpose[name] * rates.trips.on_a_day(name, band) for name in by_purpose) for band in Band}
    )
    return _long(bands, "band")


def _part_rows(model: ways.Model, one: Flows, before: Flows, scenario_id: str) -> pd.DataFrame:
    """Split each link's change: the same trips by other ways, as many to other places, and new ones."""
    links = (model.inputs.links_of(name) for name in (modelled.BEFORE, scenario_id))
    pairs = flow_changes.union_of_links(*links)
    old = before.estimate.reindex(pairs["before_link_id"]).fillna(0.0).to_numpy()
    same, redirected, all_of_it = (
        part.reindex(pairs["after_link_id"]).fillna(0.0).to_numpy() for part in (one.same, one.redirected, one.estimate)
    )
    rows = pd.DataFrame(
        {
            "link_id": pairs["link_id"].to_numpy(),
            "rerouted": same - old,
            "redirected": redirected - same,
            "new": all_of_it - redirected,
        }
    )
    return rows.loc[(rows[["rerouted", "redirected", "new"]].abs() > _LEAST_FLOW).any(axis=1)]


def travel_rows(
    model: ways.Model, whole: pd.DataFrame, scenario_id: str, land_use: str, values: modelled.Parameters
) -> pd.DataFrame:
    """Sum trips, distance and time of one run and mode."""
    # ASSUME: people who walk with limits need as long on a link as others in the sums of time
    made = model.demand(scenario_id, land_use, values)
    here = model.ways(scenario_id, land_use)
    arcs = pd.DataFrame(
        {"link": here.main.link, "metres": here.main.length_m, "ms": _clock_ms(model, here, scenario_id)}
    )
    mean = arcs.groupby("link")[["metres", "ms"]].mean().reindex(range(len(here.main.link_ids))).fillna(0.0)
    flows = whole.reindex(here.main.link_ids)
    through, no_way = _through_made(here)
    found = {
        "trips_made": float(made.trips.sum() + through * values.through),
        "trips_unmet": float(made.unmet.sum() + no_way * values.through),
    }
    for name, per_person in (("person_km", mean["metres"] / 1000), ("person_hours", mean["ms"] / _MS_PER_HOUR)):
        sums = pd.DataFrame([per_person.to_numpy() @ flows.to_numpy()], columns=flows.columns)
        interval = intervals.spread(sums, least=0.0).iloc[0]
        found |= {name: sums.iloc[0][intervals.ALL], f"{name}_low": interval["low"], f"{name}_high": interval["high"]}
    return pd.DataFrame([found])


def _clock_ms(model: ways.Model, here: ways.Ways, scenario_id: str) -> Reals:
    costs = model.inputs.costs(scenario_id, modelled.TRAVELLERS[model.mode][0])
    return np.asarray(
        costs[[f"{term}_ms" for term in _CLOCK_TERMS]].sum(axis=1).to_numpy()[here.main.source], dtype=float
    )


def _through_made(here: ways.Ways) -> tuple[float, float]:
    """Return the through trips that find a way, and those that do not."""
    has_way = np.isfinite(here.through_skim.impedance_min.diagonal())
    trips = here.through["trips_per_day"].to_numpy(dtype=float)
    return float(trips[has_way].sum()), float(trips[~has_way].sum())


_WRITTEN = (
    (tables.FLOWS, stage.FLOWS),
    (tables.DRAWN_FLOWS, stage.DRAWN_FLOWS),
    (tables.FLOW_KINDS, stage.FLOW_KINDS),
    (tables.BAND_FLOWS, stage.BAND_FLOWS),
    (tables.FLOW_PARTS, stage.FLOW_PARTS),
    (tables.TRAVEL, stage.TRAVEL),
)

if __name__ == "__main__":
    stage.main("assign_flows", run, Params)
