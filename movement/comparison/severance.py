"""How far a barrier or screenline cuts people off: detours, reach, permeability, and the level of hindrance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.tables import Within
from movement.tables.severance import EVERYWHERE, Hindrance, Ring

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Row = dict[str, Any]


@dataclass(frozen=True)
class Ways:
    """What lies between homes and attractions, zones x attractions; infinite where there is no way.

    `minutes`, `free_minutes`: felt time of those concerned, on the network and on the same with free crossing.
    `today_minutes`: with free crossing on today's links, the same for all scenarios. `metres`: the shortest way.
    `straight_m`: straight lines between the nodes both ends join.
    """

    minutes: Reals
    free_minutes: Reals
    today_minutes: Reals
    metres: Reals
    straight_m: Reals


@dataclass(frozen=True)
class Sides:
    """Which side of a cut homes and attractions lie on (None where on no side), and what attractions lie towards."""

    of_zones: NDArray[Any]
    of_attractions: NDArray[Any]
    towards: NDArray[Any]


@dataclass(frozen=True)
class Limits:
    """How far is looked, and from how many minutes of hindrance on it is slight, moderate and severe."""

    reach_min: float
    class_m: float
    furthest_m: float
    levels_min: tuple[float, float, float]


def severance(people: Reals, sides: Sides, ways: Ways, limits: Limits) -> pd.DataFrame:
    """Measure one cut for one group.

    Parameters
    ----------
    people
        People of the group in each zone.
    sides, ways
        Where zones and attractions lie, and the ways between them.
    limits
        Limits.

    Returns
    -------
    severance
        Columns of SEVERANCE but for the keys of run, cut and group: a row per side, and from inside a kordon one per
        point of the compass as well. Zones and attractions on no side take no part.

    Notes
    -----
    Permeability is the number of attractions reached within the limit over that with free crossing on the same
    network, both summed over people; between 0 and 1, as free crossing only adds ways. It can fall when a scenario
    adds links on one side, since free crossing then gains more than the links do. `permeability_today`,
    `permeability_across` and hindrance are therefore held against free crossing on today's links, whatever the
    scenario: the share reached of what would then be in reach, which better links only raise. Without a scenario the
    two are one. Hindrance is the median, over people and attractions across that would be in reach, of the felt minutes
    more than free, at least 0: a pair without any way counts as endless. The levels are those of TAG unit 3.6.2 (2011),
    paragraph 1.1.2, which words them without figures: the figures are this study's.
    """
    rows = [
        {"side": side, "towards": towards, "people": float(people[living].sum())}
        | _detours(people, living, across, along, ways, limits)
        | _permeability(people, living, across, towards == EVERYWHERE, ways, limits.reach_min)
        | _hindrance(people, living, across, ways, limits)
        for side, towards, living, across, along in _directions(sides)
    ]
    return pd.DataFrame(rows)


def side_reach(
    people: Reals,
    of_zones: NDArray[Any],
    destinations: Mapping[str, Flags],
    ways: Mapping[Within, Reals],
    limits: Mapping[Within, Sequence[float]],
) -> pd.DataFrame:
    """Count the people on each side who reach the nearest of each destination.

    Parameters
    ----------
    people, of_zones
        People of the group in each zone, and the side it lies on (None where on no side).
    destinations
        Which attractions serve, by name. Those that none serves are left out: there is nothing to reach.
    ways
        By what limits are measured in: minutes or metres, zones x attractions; infinite where there is no way.
    limits
        Minutes and metres.

    Returns
    -------
    reach
        Columns of SIDE_REACH but for the keys of run, cut and group.
    """
    rows = []
    for side in _known(of_zones):
        living = np.where(of_zones == side, people, 0.0)
        total = float(living.sum())
        for name, serves in destinations.items():
            if not serves.any():
                continue
            for within, way in ways.items():
                nearest = way[:, serves].min(axis=1)
                for limit in limits[within]:
                    reaching = float(living[nearest <= limit].sum())
                    rows.append(
                        {
                            "side": side,
                            "destination": name,
                            "within": str(within),
                            "limit": int(limit),
                            "people": total,
                            "people_reaching": reaching,
                            "share": reaching / total if total > 0 else None,
                        }
                    )
    return pd.DataFrame(rows)


def _known(sides: NDArray[Any]) -> list[str]:
    return sorted({str(side) for side in sides if side is not None})


def _directions(sides: Sides) -> Iterator[tuple[str, str, Flags, Flags, Flags]]:
    """Yield side, direction, zones there, attractions across in that direction, attractions on the own side."""
    is_known = np.array([side is not None for side in sides.of_attractions], dtype=bool)
    for side in _known(sides.of_zones):
        living, along = sides.of_zones == side, sides.of_attractions == side
        across = is_known & ~along
        yield side, EVERYWHERE, living, across, along
        if side != Ring.INSIDE:
            continue
        for towards in sorted({str(word) for word in sides.towards[across] if word is not None}):
            yield side, towards, living, across & (sides.towards == towards), along


def _detours(people: Reals, living: Flags, across: Flags, along: Flags, ways: Ways, limits: Limits) -> Row:
    """Average the detours across and along over pairs as far apart, class by class of straight distance."""
    used = (ways.straight_m > 0) & (ways.straight_m <= limits.furthest_m) & np.isfinite(ways.metres)
    weight = np.broadcast_to(people[:, None], used.shape) * used * living[:, None]
    number = np.where(used, ways.straight_m // limits.class_m, 0).astype(np.int64)
    ratio = np.divide(ways.metres, ways.straight_m, out=np.zeros(used.shape), where=used)
    sums = {}
    for sort, chosen in (("across", across), ("along", along)):
        here, classes = weight[:, chosen].ravel(), number[:, chosen].ravel()
        size = int(number.max(initial=0)) + 1
        total = np.bincount(classes, weights=here, minlength=size)
        sums[sort] = (total, np.bincount(classes, weights=here * ratio[:, chosen].ravel(), minlength=size))
    both = (sums["across"][0] > 0) & (sums["along"][0] > 0)
    compared, whole = float(sums["across"][0][both].sum()), float(sums["across"][0].sum())
    if not compared:
        share = 0.0 if whole else None
        return {"detour_across": None, "detour_along": None, "detour_share": share}
    along_mean = sums["along"][1][both] / sums["along"][0][both]
    return {
        "detour_across": float(sums["across"][1][both].sum()) / compared,
        "detour_along": float((sums["across"][0][both] * along_mean).sum()) / compared,
        "detour_share": compared / whole,
    }


def _permeability(people: Reals, living: Flags, across: Flags, is_whole: bool, ways: Ways, reach_min: float) -> Row:
    here = np.where(living, people, 0.0)
    reached, free, today = (minutes <= reach_min for minutes in (ways.minutes, ways.free_minutes, ways.today_minutes))

    def total(near: Flags, chosen: Flags) -> float:
        return float(here @ near[:, chosen].sum(axis=1))

    whole, counted, residents = np.full(len(across), is_whole), np.ones(len(across), dtype=bool), float(here.sum())
    same = _share(total(reached, whole), total(free, whole))
    own = _share(total(reached & today, whole), total(today, whole))
    return {
        "attractions_reached": _share(total(reached, counted), residents),
        "attractions_free": _share(total(free, counted), residents),
        "across_reached": _share(total(reached, across), residents),
        "across_free": _share(total(free, across), residents),
        "permeability": same,
        "isolation_index": None if same is None else 1 - same,
        "permeability_today": own,
        "isolation_today": None if own is None else 1 - own,
        "permeability_across": _share(total(reached & today, across), total(today, across)),
    }


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _hindrance(people: Reals, living: Flags, across: Flags, ways: Ways, limits: Limits) -> Row:
    # ASSUME: what people would go to is what they would reach with free crossing, every attraction as often
    free, felt = ways.today_minutes[np.ix_(living, across)], ways.minutes[np.ix_(living, across)]
    weight = np.broadcast_to(people[living][:, None], free.shape)
    wanted = (free <= limits.reach_min) & (weight > 0)
    if not wanted.any():
        return {"hindrance_min": None, "no_way_share": None, "hindrance": None}
    extra, weight = np.maximum(felt[wanted] - free[wanted], 0.0), weight[wanted]
    median = _weighted_median(extra, weight)
    level = tuple(Hindrance)[int(np.searchsorted(limits.levels_min, median, side="right"))]
    return {
        "hindrance_min": median if np.isfinite(median) else None,
        "no_way_share": float(weight[np.isinf(extra)].sum() / weight.sum()),
        "hindrance": str(level),
    }


def _weighted_median(values: Reals, weights: Reals) -> float:
    """Return the least value that at least half the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
