"""Trips of a run and of today's links told apart by what becomes of them: the same, moved, new or lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement.assignment import loading
from movement.assignment.trees import Integers, Reals
from movement.demand import distribute
from pipelines import modelled, ways


@dataclass(frozen=True)
class Split:
    """Trips by row; what homes make on both networks is as many on each.

    On rows of the run: `same`, today's trips that still find a way, and `as_many`, as many trips as both networks
    have. On rows of today's links: `same_before`, the same as `same`, and `lost`, trips not made any more.
    """

    same: Reals
    as_many: Reals
    same_before: Reals
    lost: Reals


def rows_now(before: ways.Ways, here: ways.Ways) -> Integers:
    """Return for each row of today's links its row in the run; -1 where nobody can go there any more."""
    return np.asarray(pd.Index(here.key).get_indexer(pd.Index(before.key)), dtype=np.int64)


def split(before: ways.Ways, here: ways.Ways, base: ways.Demand, made: ways.Demand, at: Integers) -> Split:
    """Tell the trips of one run apart from those of today's links on the same land use.

    Parameters
    ----------
    before, here
        Today's links and the run; their origins are the same.
    base, made
        Their trips, with the same parameters.
    at
        As `rows_now` gives it.
    """
    both = np.minimum(base.participation, made.participation)
    origins = before.segments.choices.origin, here.segments.choices.origin
    kept = distribute.without_new_trips(base.trips, origins[0], before=both, after=base.participation)
    as_many = distribute.without_new_trips(made.trips, origins[1], before=both, after=made.participation)
    has_way = at >= 0
    same = np.zeros(len(made.trips))
    same[at[has_way]] = kept[has_way]
    return Split(same, as_many, np.where(has_way, kept, 0.0), base.trips - kept)


def through_both(model: ways.Model, scenario_id: str, land_use: str) -> Reals:
    """Return which through trips have a way on both networks: 1, or 0."""
    runs = ((modelled.BEFORE, land_use), (scenario_id, land_use))
    has_way = [np.isfinite(model.ways(*run).through_skim.impedance_min.diagonal()) for run in runs]
    return np.asarray(has_way[0] & has_way[1], dtype=np.float64)


def through_kept(model: ways.Model, scenario_id: str, land_use: str) -> tuple[Reals, Reals]:
    """Load the through trips that have a way on both networks: on today's links, and on the run's."""
    both = through_both(model, scenario_id, land_use)
    if both.all():
        return model.through_flows(modelled.BEFORE, land_use), model.through_flows(scenario_id, land_use)
    before, now = (_loaded(model.ways(name, land_use), both) for name in (modelled.BEFORE, scenario_id))
    return before, now


def _loaded(here: ways.Ways, share: Reals) -> Reals:
    start, end = (here.through[name].to_numpy() for name in ("from_node", "to_node"))
    trips = here.through[["trips_per_day"]].to_numpy(dtype=float) * share[:, None]
    return np.asarray(loading.load(here.main, start, end, trips).flows[:, 0])
