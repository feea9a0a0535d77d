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
            found = flows_of(model, values, drawn)
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
    model: ways.Model, values: modelled.Parameters, drawn: Mapping[int, modelled.Parameters]
) -> dict[tuple[str, str], Flows]:
    """Load all runs: the estimate by purpose and side, the draws, and today's trips for comparison."""
    splits = {run: _split(model, *run, values) for run in modelled.runs(model.inputs)}
    left = _left(model, splits, values)
    found = {}
    for scenario_id in modelled.networks(model.inputs):
        by_use = {use: splits[scenario_id, use] for use in modelled.land_uses(model.inputs)}
        loaded = _loaded(model, scenario_id, by_use, values, drawn)
        for use, flows in zip(by_use, loaded, strict=True):
            found[scenario_id, use] = _flows(model, scenario_id, use, flows, left[scenario_id, use], values, drawn)
    return found


def _split(model: ways.Model, scenario_id: str, land_use: str, values: modelled.Parameters) -> flow_parts.Split:
    """Tell the trips of a run apart from those of today's links."""
    here, today = model.ways(scenario_id, land_use), model.ways(modelled.BEFORE, land_use)
    made, base = (model.demand(name, land_use, values) for name in (scenario_id, modelled.BEFORE))
    return flow_parts.split(today, here, base, made, flow_parts.rows_now(today, here))


def _left(
    model: ways.Model, splits: Mapping[tuple[str, str], flow_parts.Split], values: modelled.Parameters
) -> dict[tuple[str, str], Reals]:
    """Load what each run leaves of today's trips, all runs in one pass: today's links x (gone, lost)."""
    gone: dict[str, list[Reals]] = defaultdict(list)
    for (_, use), split in splits.items():
        gone[use] += [model.demand(modelled.BEFORE, use, values).trips - split.same_before, split.lost]
    columns = {use: np.stack(parts, axis=1) for use, parts in gone.items()}
    if not any(part.any() for part in columns.values()):
        links = len(model.ways(*next(iter(splits))).main.link_ids)
        return {run: np.zeros((links, 2)) for run in splits}
    flows = model.flows(modelled.BEFORE, columns, values.detour, column="left")
    by_use = dict(zip(columns, flows, strict=True))
    at = {scenario_id: 2 * place for place, scenario_id in enumerate(modelled.networks(model.inputs))}
    return {(name, use): by_use[use][:, at[name] : at[name] + 2] for name, use in splits}


def _loaded(
    model: ways.Model,
    scenario_id: str,
    splits: Mapping[str, flow_parts.Split],
    values: modelled.Parameters,
    drawn: Mapping[int, modelled.Parameters],
) -> list[tuple[Reals, dict[int, Reals]]]:
    """Load a network on all land uses, with draws of the same detour ratio in one pass.

    Returns
    -------
    loaded
        By land use: links x (kinds, `same`, `as_many`), and the residents' flows by draw.
    """
    kinds = {use: _amounts(model, scenario_id, use, split, values) for use, split in splits.items()}
    found: list[tuple[Reals, dict[int, Reals]]] = [(np.zeros((0, 0)), {}) for _ in splits]
    for ratio in sorted({values.detour, *(one.detour for one in drawn.values())}):
        own = {number: one for number, one in drawn.items() if one.detour == ratio}
        amounts = {
            use: np.column_stack(
                [kinds[use] if ratio == values.detour else kinds[use][:, :0]]
                + [model.demand(scenario_id, use, one).trips for one in own.values()]
            )
            for use in splits
        }
        for place, flows in enumerate(model.flows(scenario_id, amounts, ratio)):
            first = flows.shape[1] - len(own)
            found[place][1].update({number: flows[:, first + at] for at, number in enumerate(own)})
            if ratio == values.detour:
                found[place] = (flows[:, :first], found[place][1])
    return found


def _amounts(
    model: ways.Model, scenario_id: str, land_use: str, split: flow_parts.Split, values: modelled.Parameters
) -> Reals:
    """Return rows of demand x (kinds, `same`, `as_many`)."""
    made = model.demand(scenario_id, land_use, values).trips
    kinds, of_row = _kinds_of_rows(model.ways(scenario_id, land_use))
    amounts = np.zeros((len(made), len(kinds) + 2))
    amounts[np.arange(len(made)), of_row] = made
    amounts[:, -2:] = np.stack([split.same, split.as_many], axis=1)
    return amounts


def _flows(
    model: ways.Model,
    scenario_id: str,
    land_use: str,
    loaded: tuple[Reals, dict[int, Reals]],
    left: Reals,
    values: modelled.Parameters,
    drawn: Mapping[int, modelled.Parameters],
) -> Flows:
    """Add the through trips to what residents load."""
    flows, draws = loaded
    here, today = model.ways(scenario_id, land_use), model.ways(modelled.BEFORE, land_use)
    through, links = model.through_flows(scenario_id, land_use), here.main.link_ids
    kept_before, kept = flow_parts.through_kept(model, scenario_id, land_use)
    gone = values.through * (model.through_flows(modelled.BEFORE, land_use) - kept_before)[:, None]
    return Flows(
        pd.DataFrame(flows[:, :-2], index=links, columns=_kinds_of_rows(here)[0]),
        pd.Series(values.through * through, index=links),
        pd.DataFrame({n: draws[n] + drawn[n].through * through for n in sorted(draws)}, index=links),
        pd.DataFrame(flows[:, -2:] + values.through * kept[:, None], links, ["same", "as_many"]),
        pd.DataFrame(gone + left, today.main.link_ids, ["gone", "lost"]),
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
