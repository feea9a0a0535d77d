"""Demand on every network in; flows per link with intervals, by purpose, side and time, parts of changes, sums out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from movement.assignment.trees import Integers, Reals
from movement.comparison import flow_changes, intervals, travel
from movement.demand.rates import THROUGH
from movement.tables import Band, Purpose
from pipelines import flow_parts, modelled, stage, travel_sums, ways, workers

_LEAST_FLOW = 0.0005  # what the tables' decimals show


@dataclass(frozen=True)
class Params:
    """The study's CRS and the rates of demand, which stand in the section `estimate_demand`."""

    study: dict[str, str]
    estimate_demand: dict[str, Any]


@dataclass(frozen=True)
class Flows:
    """Flows of one mode on one run, index `link_id`.

    `kinds`: links x (purposes x sides), and `through` alone; `drawn`: by draw; `split`, of the run's links: `same` and
    `as_many`, as in `flow_parts.Split`; `split_before`, of today's links: `gone`, today's trips that have no way any
    more or are not made, and `lost`, those of them that are not made.
    """

    kinds: pd.DataFrame
    through: pd.Series
    drawn: pd.DataFrame
    split: pd.DataFrame
    split_before: pd.DataFrame

    @property
    def estimate(self) -> pd.Series:
        """People per day on each link."""
        return self.kinds.sum(axis=1) + self.through

    @property
    def whole(self) -> pd.DataFrame:
        """Links x (the estimate, and draws)."""
        return pd.concat([self.estimate.rename(intervals.ALL), self.drawn], axis=1)


def run(params: Params) -> None:
    """Read, assign, check, write."""
    inputs = modelled.read_inputs(modelled.read_study(params.study))
    rates = modelled.Rates(**params.estimate_demand)
    calibration, draws = tables.CALIBRATION.read(stage.CALIBRATION), tables.DRAWS.read(stage.DRAWS)
    written: dict[str, list[pd.DataFrame]] = {table.name: [] for table, _ in _WRITTEN}
    sums: dict[tuple[str, str], dict[str, pd.DataFrame]] = defaultdict(dict)
    with workers.spreading() as spread:
        for mode in modelled.MODES if len(inputs.links) else ():
            model = ways.Model(inputs, rates, mode, spread=spread)
            values, drawn = modelled.fitted(calibration, mode), modelled.drawn(draws, mode)
            found = {run: flows_of(model, *run, values=values, drawn=drawn) for run in modelled.runs(inputs)}
            for (scenario_id, land_use), one in found.items():
                before = found[modelled.BEFORE, land_use]
                names = {"scenario_id": scenario_id, "land_use": land_use, "mode": str(mode)}
                for name, rows in _rows(model, one, before, scenario_id).items():
                    written[name].append(rows.assign(**names))
                parameters = {intervals.ALL: values} | drawn
                sums[scenario_id, land_use][str(mode)] = travel_sums.sums(
                    model, scenario_id, land_use, one.whole, parameters
                )
    travelled = {run: travel.with_all(by_mode) for run, by_mode in sums.items()}
    written["travel"].append(travel.travel(travelled, before=modelled.BEFORE))
    written["unmet"].append(travel.unmet(travelled))
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
    here, today = model.ways(scenario_id, land_use), model.ways(modelled.BEFORE, land_use)
    made, base = (model.demand(name, land_use, values) for name in (scenario_id, modelled.BEFORE))
    split = flow_parts.split(today, here, base, made, flow_parts.rows_now(today, here))
    kinds, of_row = _kinds_of_rows(here)
    amounts = np.zeros((len(made.trips), len(kinds) + 2))
    amounts[np.arange(len(made.trips)), of_row] = made.trips
    amounts[:, -2:] = np.stack([split.same, split.as_many], axis=1)
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
    kept_before, kept = flow_parts.through_kept(model, scenario_id, land_use)
    gone = np.stack([base.trips - split.same_before, split.lost], axis=1)
    left = values.through * (model.through_flows(modelled.BEFORE, land_use) - kept_before)[:, None] * np.ones(2)
    if gone.any():
        left += model.flows(modelled.BEFORE, land_use, gone, values.detour, column=scenario_id)
    return Flows(
        pd.DataFrame(flows[:, :-2], index=links, columns=kinds),
        pd.Series(values.through * through, index=links),
        pd.DataFrame({n: draws[n] for n in sorted(draws)}, index=links),
        pd.DataFrame(flows[:, -2:] + values.through * kept[:, None], links, ["same", "as_many"]),
        pd.DataFrame(left, today.main.link_ids, ["gone", "lost"]),
    )


def _kinds_of_rows(here: ways.Ways) -> tuple[pd.MultiIndex, Integers]:
    """Return the kinds, purposes x sides, and the kind of each row of demand."""
    sides = here.places.zones["side"].fillna("").astype(str)
    words = sorted(sides.unique())
    kinds = pd.MultiIndex.from_product([[str(one) for one in Purpose], words], names=["purpose", "side"])
    choices = here.segments.choices
    side = np.array([words.index(word) for word in sides], dtype=np.int64)
    return kinds, choices.purpose[choices.origin] * len(words) + side[here.segments.zone]


def _rows(model: ways.Model, one: Flows, before: Flows, scenario_id: str) -> dict[str, pd.DataFrame]:
    """Return the rows of the tables of links of one run and mode, by the table's name."""
    return {
        "flows": _flow_rows(one.whole),
        "drawn_flows": _long(one.drawn, "draw"),
        "flow_kinds": _kind_rows(one),
        "band_flows": _band_rows(one, model.rates),
        "flow_parts": _part_rows(model, one, before, scenario_id),
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
    """Split each link's change: the same trips by other ways, as many to other places, new ones and lost ones."""
    pairs = flow_changes.union_of_links(*(model.inputs.links_of(name) for name in (modelled.BEFORE, scenario_id)))
    today = before.estimate.to_frame("before").join(one.split_before).reindex(pairs["before_link_id"]).fillna(0.0)
    today = today.assign(same_before=today["before"] - today["gone"]).drop(columns="gone")
    now = one.estimate.to_frame("after").join(one.split).reindex(pairs["after_link_id"]).fillna(0.0)
    flows = {str(name): part.to_numpy() for frame in (today, now) for name, part in frame.items()}
    rows = pd.DataFrame(flow_changes.parts_of_change(**flows)).assign(link_id=pairs["link_id"].to_numpy())
    return rows.loc[(rows[list(flow_changes.PARTS)].abs() > _LEAST_FLOW).any(axis=1)]


_WRITTEN = (
    (tables.FLOWS, stage.FLOWS),
    (tables.DRAWN_FLOWS, stage.DRAWN_FLOWS),
    (tables.FLOW_KINDS, stage.FLOW_KINDS),
    (tables.BAND_FLOWS, stage.BAND_FLOWS),
    (tables.FLOW_PARTS, stage.FLOW_PARTS),
    (tables.TRAVEL, stage.TRAVEL),
    (tables.UNMET, stage.UNMET),
)

if __name__ == "__main__":
    stage.main("assign_flows", run, Params)
