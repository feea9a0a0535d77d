"""Trips made and not made, distance and time of one run and mode, with every draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.assignment import skims
from movement.assignment.trees import Reals
from movement.comparison import travel
from movement.demand import segments
from movement.tables import Group, Purpose
from pipelines import modelled, ways

_CLOCK_TERMS = ("distance", "slope", "stairs", "crossing")  # terms that a clock sees; the others are felt
_MS_PER_HOUR, _M_PER_KM = 3_600_000, 1000
_GROUPS = tuple(Group)


def sums(
    model: ways.Model,
    scenario_id: str,
    land_use: str,
    whole: pd.DataFrame,
    parameters: Mapping[str | int, modelled.Parameters],
) -> pd.DataFrame:
    """Sum up one run and mode.

    Parameters
    ----------
    whole
        Flows, links x (the estimate, and draws).
    parameters
        By column of `whole`.

    Returns
    -------
    sums
        (measure, group) x (the estimate, and draws); trips not made by group, all else and through trips under a group
        without letters.
    """
    here = model.ways(scenario_id, land_use)
    made = {name: model.demand(scenario_id, land_use, one) for name, one in parameters.items()}
    factors = np.array([one.through for one in parameters.values()])
    through, no_way = _through_made(here)
    trips = np.array([one.trips.sum() for one in made.values()]) + through * factors
    unmet = np.stack([one.unmet for one in made.values()], axis=1)
    is_far = has_a_way(here, unmet.sum(axis=1) > 0)
    rows = {(travel.MADE, ""): trips, (travel.NO_WAY, ""): no_way * factors, (travel.TOO_FAR, ""): 0.0 * factors}
    group_of = np.arange(len(is_far)) // len(Purpose) % len(_GROUPS)  # as segments order origins
    for measure, origins in ((travel.NO_WAY, ~is_far), (travel.TOO_FAR, is_far)):
        for number, group in enumerate(_GROUPS):
            rows[measure, str(group)] = unmet[origins & (group_of == number)].sum(axis=0)
    flows = whole[list(parameters)].reindex(here.main.link_ids).to_numpy()
    passing = np.outer(model.through_flows(scenario_id, land_use), factors)
    pace = _pace(model, scenario_id)[here.segments.group]
    slower = np.array([_slower(one.trips * here.length_m, pace) for one in made.values()])
    for measure, per_person in _per_person(model, here, scenario_id).items():
        by_residents, by_others = per_person @ (flows - passing), per_person @ passing
        rows[measure, ""] = by_residents * (slower if measure == travel.HOURS else 1.0) + by_others
    index = pd.MultiIndex.from_tuples(list(rows), names=["measure", "group"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(parameters))


def has_a_way(here: ways.Ways, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say of the origins asked for whether a way leads to any of their destinations, however far; False of others."""
    wanted = here.segments.by_zone(asked.astype(float))
    if not asked.any():
        return np.zeros(len(asked), dtype=np.bool_)
    zones, attractions = here.places.zones, here.places.attractions
    minutes = {}
    for traveller, on in here.graphs.items():
        start = np.where(wanted.any(axis=(1, 2)), on.place(zones["node_id"]), -1)
        minutes[str(traveller)] = skims.skim(on, start, on.place(attractions["node_id"])).impedance_min
    main = minutes[str(modelled.TRAVELLERS[here.mode][0])]
    by_group = {group: minutes.get(str(group), main) for group in _GROUPS}  # a group may have a network of its own
    found = segments.build_choices(wanted, attractions, by_group, pace={}, cut_off_min=np.inf)
    return np.asarray(found.choices.totals(np.ones(len(found.zone))) > 0)


def _per_person(model: ways.Model, here: ways.Ways, scenario_id: str) -> dict[str, Reals]:
    """Return kilometres and hours of one passage of each link by an adult, mean of both ways."""
    costs = model.inputs.costs(scenario_id, modelled.TRAVELLERS[model.mode][0])
    clock = costs[[f"{term}_ms" for term in _CLOCK_TERMS]].sum(axis=1).to_numpy(dtype=float)[here.main.source]
    arcs = pd.DataFrame({"link": here.main.link, "metres": here.main.length_m, "ms": clock})
    mean = arcs.groupby("link")[["metres", "ms"]].mean().reindex(range(len(here.main.link_ids))).fillna(0.0)
    return {
        travel.KM: mean["metres"].to_numpy(dtype=float) / _M_PER_KM,
        travel.HOURS: mean["ms"].to_numpy(dtype=float) / _MS_PER_HOUR,
    }


def _pace(model: ways.Model, scenario_id: str) -> Reals:
    """Return the time of each group over what adults would need, the slower walkers' own ways of a network counted."""
    pace = np.array([model.rates.trips.pace(model.mode)[group] for group in _GROUPS])
    travellers = [one for one in modelled.TRAVELLERS[model.mode] if str(one) == str(Group.WALK_LIMITED)]
    for one in travellers:
        adult, own = (
            model.inputs.costs(scenario_id, name).set_index(["link_id", "is_forward"])["distance_ms"]
            for name in (modelled.TRAVELLERS[model.mode][0], one)
        )
        both = adult.index.intersection(own.index)
        pace[_GROUPS.index(Group.WALK_LIMITED)] *= own[both].sum() / adult[both].sum() if len(both) else 1.0
    return pace


def _slower(lengths: Reals, pace: Reals) -> float:
    """Return the time all trips take over what adults would need, weighted by the length of each one's shortest way."""
    return float((lengths * pace).sum() / lengths.sum()) if lengths.sum() > 0 else 1.0


def _through_made(here: ways.Ways) -> tuple[float, float]:
    """Return the through trips that find a way, and those that do not."""
    has_way = np.isfinite(here.through_skim.impedance_min.diagonal())
    trips = here.through["trips_per_day"].to_numpy(dtype=float)
    return float(trips[has_way].sum()), float(trips[~has_way].sum())
