"""Who can choose between what: zones, groups and purposes on one network and land use, in the flat form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.demand.choices import Choices, Integers, Reals
from movement.tables import Group, Purpose

Flags = NDArray[np.bool_]

# ASSUME: children are brought to schools and day care; trips of any other purpose go to attractions of that purpose
SERVED_BY: Mapping[Purpose, tuple[Purpose, ...]] = {Purpose.ESCORT: (Purpose.SCHOOL, Purpose.ESCORT)}
_GROUPS, _PURPOSES = tuple(Group), tuple(Purpose)


@dataclass(frozen=True)
class Segments:
    """Choices whose origins are zones x groups x purposes, in that order, each of them whether it has rows or not.

    A destination is one attraction visited for one purpose: the same school is two destinations, of pupils and of
    those who bring them.

    `choices`: the rows. `zone`, `attraction`, `group`: of each row, the place in the productions' zones, in the
    attractions and in `Group`.
    """

    choices: Choices
    zone: Integers
    attraction: Integers
    group: Integers

    def by_zone(self, of_origins: Reals) -> Reals:
        """Fold values of origins, such as unmet trips, into zones x groups x purposes."""
        return np.asarray(of_origins).reshape(-1, len(_GROUPS), len(_PURPOSES))


def build_choices(
    produced: Reals,
    attractions: pd.DataFrame,
    minutes: Mapping[Group, Reals],
    *,
    pace: Mapping[Group, float],
    cut_off_min: float,
) -> Segments:
    """List what each zone's people of each group can choose between, for each purpose.

    Parameters
    ----------
    produced
        Trips per day, zones x groups x purposes, from `rates.productions`.
    attractions
        `purpose` and `weight` of each attraction, rows of ATTRACTIONS of one land use; one of weight 0 is no choice.
    minutes
        Felt minutes of each group's network, before pace, zones x attractions; infinite out of reach. Groups that
        share a network may share the matrix. A group that makes no trips may be left out.
    pace
        Felt time of each group over an adult's, applied here; 1 where left out.
    cut_off_min
        Felt minutes, after pace, beyond which nobody goes.

    Returns
    -------
    segments
        One row per zone, group, purpose and attraction within reach; origins that produce nothing have none.

    Raises
    ------
    ValueError
        If a group that makes trips has no minutes, a matrix has another shape than zones x attractions, or
        a productions array another than zones x groups x purposes.
    """
    zones, shape = len(produced), (len(produced), len(attractions))
    if produced.shape != (zones, len(_GROUPS), len(_PURPOSES)):
        raise ValueError(f"productions must be zones x groups x purposes, not of the shape {produced.shape}")
    weight = attractions["weight"].to_numpy(dtype=float)
    serves = _serves(attractions) & (weight > 0)
    rows = [np.zeros((3, 0), dtype=np.int64)]
    costs = [np.zeros(0)]
    for group in _GROUPS:
        of_group = produced[:, _GROUPS.index(group), :]
        if not (of_group > 0).any():
            continue
        felt = _felt(minutes, group, shape) * float(pace.get(group, 1.0))
        found, cost = _rows(of_group, np.where(felt <= cut_off_min, felt, np.inf), serves, _GROUPS.index(group))
        rows.append(found)
        costs.append(cost)
    return _segments(produced, weight, serves, np.hstack(rows), np.concatenate(costs))


def _serves(attractions: pd.DataFrame) -> Flags:
    """Return purposes x attractions: whether trips for the purpose go there."""
    own = attractions["purpose"].astype(object)
    rows = [own.isin([str(one) for one in SERVED_BY.get(purpose, (purpose,))]).to_numpy() for purpose in _PURPOSES]
    return np.array(rows, dtype=np.bool_).reshape(len(_PURPOSES), len(attractions))


def _felt(minutes: Mapping[Group, Reals], group: Group, shape: tuple[int, int]) -> Reals:
    if group not in minutes:
        raise ValueError(f"{group} makes trips but has no felt minutes")
    if minutes[group].shape != shape:
        raise ValueError(f"the felt minutes of {group} must have the shape {shape}, not {minutes[group].shape}")
    return minutes[group]


def _rows(produced: Reals, felt: Reals, serves: Flags, group: int) -> tuple[Integers, Reals]:
    """Return origin, purpose and attraction of a group's rows, and their felt minutes."""
    found, costs = [np.zeros((3, 0), dtype=np.int64)], [np.zeros(0)]
    for purpose in range(len(_PURPOSES)):
        served = np.flatnonzero(serves[purpose])
        near = felt[:, served]
        zone, at = np.nonzero(np.isfinite(near) & (produced[:, purpose] > 0)[:, None])
        origin = (zone * len(_GROUPS) + group) * len(_PURPOSES) + purpose
        found.append(np.stack([origin, np.full(len(zone), purpose), served[at]]))
        costs.append(near[zone, at])
    return np.hstack(found), np.concatenate(costs)


def _segments(
    produced: Reals,
    weight: Reals,
    serves: Flags,
    rows: Integers,
    cost_min: Reals,
) -> Segments:
    order = np.argsort(rows[0], kind="stable")
    origin, purpose, attraction = rows[:, order]
    choices = Choices(
        origin=origin,
        destination=purpose * len(weight) + attraction,
        cost_min=cost_min[order],
        pull=weight[attraction],
        produced=produced.ravel(),
        purpose=np.arange(produced.size, dtype=np.int64) % len(_PURPOSES),
        purposes=tuple(str(one) for one in _PURPOSES),
        attracted=(serves * weight).ravel(),
    )
    groups = origin // len(_PURPOSES)
    return Segments(choices, groups // len(_GROUPS), attraction, groups % len(_GROUPS))
