"""What residents reach, and how much longer the way is than the straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.tables import Within

Reals = NDArray[np.float64]


def detour_ratio(network_m: pd.Series, straight_m: pd.Series) -> pd.Series:
    """Divide each OD pair's shortest path by its straight line.

    Parameters
    ----------
    network_m
        Shortest path, in metres; infinite where there is none.
    straight_m
        Straight line, in metres, above zero; same index.

    Returns
    -------
    ratio
        At least 1; infinite where the pair is cut off. Same index.

    Raises
    ------
    ValueError
        If a straight line is not longer than zero; names the pair.

    Examples
    --------
    >>> detour_ratio(pd.Series([1800.0]), pd.Series([300.0])).tolist()
    [6.0]
    """
    short = straight_m.index[~(straight_m > 0)]
    if len(short):
        raise ValueError(f"a straight line must be longer than zero: pair {short[0]} has {straight_m[short[0]]} m")
    return network_m / straight_m


def access(
    zones: pd.DataFrame,
    attractions: pd.DataFrame,
    *,
    minutes_to_zones: Reals,
    minutes_to_attractions: Reals,
    metres_to_attractions: Reals,
    straight_m: Reals,
    reach_min: float,
) -> pd.DataFrame:
    """Count what is within reach of each zone and average its detours.

    Parameters
    ----------
    zones, attractions
        ZONES and ATTRACTIONS of one land use, in the order of the rows and columns below.
    minutes_to_zones, minutes_to_attractions
        Felt minutes; infinite where there is no way.
    metres_to_attractions
        Shortest path in metres; infinite where there is none.
    straight_m
        Straight line between the nodes both ends join; pairs at one node have no detour and are left out.
    reach_min
        Minutes of felt time within which something is reached. A zone's own residents always are.

    Returns
    -------
    access
        Columns of ACCESS but for scenario, land use and mode. Zones without a side have no detour ratios.
    """
    near = (minutes_to_zones <= reach_min) | np.eye(len(zones), dtype=bool)
    has_way = np.isfinite(metres_to_attractions)
    side, other = zones["side"].to_numpy(dtype=object)[:, None], attractions["side"].to_numpy(dtype=object)[None, :]
    known = zones["side"].notna().to_numpy()[:, None] & attractions["side"].notna().to_numpy()[None, :]
    same = side == other
    return pd.DataFrame(
        {
            "zone_id": zones["zone_id"].to_numpy(),
            "residents": zones["residents"].to_numpy(dtype=float),
            "people_within_15_min": (near * zones["residents"].to_numpy(dtype=float)[None, :]).sum(axis=1),
            "attractions_within_15_min": (minutes_to_attractions <= reach_min).sum(axis=1),
            "detour_ratio_across": _mean_detour(metres_to_attractions, straight_m, known & ~same),
            "detour_ratio_along": _mean_detour(metres_to_attractions, straight_m, known & same),
            "cut_off_attractions": (~has_way).sum(axis=1),
        }
    )


def reach(
    zones: pd.DataFrame,
    attractions: pd.DataFrame,
    ways: Mapping[Within, Sequence[Reals]],
    limits: Mapping[Within, Sequence[float]],
) -> pd.DataFrame:
    """Count the people, attractions and purposes that each zone reaches within limits.

    Parameters
    ----------
    zones, attractions
        ZONES and ATTRACTIONS of one land use, in the order of the rows and columns below.
    ways
        By what limits are measured in: minutes or metres of the way from zones to zones, and to attractions; infinite
        where there is none.
    limits
        Minutes and metres.

    Returns
    -------
    reach
        Columns of REACH but for scenario, land use and traveller. A zone's own residents are always reached.
    """
    residents, rows = zones["residents"].to_numpy(dtype=float), []
    purposes = pd.get_dummies(attractions["purpose"].astype(str)).to_numpy(dtype=float)
    for within, (to_zones, to_attractions) in ways.items():
        for limit in limits[within]:
            near = (to_zones <= limit) | np.eye(len(zones), dtype=bool)
            there = (to_attractions <= limit).astype(float)
            rows.append(
                pd.DataFrame(
                    {
                        "zone_id": zones["zone_id"].to_numpy(),
                        "within": str(within),
                        "limit": int(limit),
                        "residents": residents,
                        "people_reached": near @ residents,
                        "attractions_reached": there.sum(axis=1).astype(int),
                        "purposes_reached": ((there @ purposes) > 0).sum(axis=1),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def _mean_detour(metres: Reals, straight_m: Reals, wanted: NDArray[Any]) -> Reals:
    """Average over the pairs wanted that have a way and do not join the same node; not a number where none is left."""
    used = wanted & np.isfinite(metres) & (straight_m > 0)
    ratio = detour_ratio(pd.Series(metres[used]), pd.Series(straight_m[used])).to_numpy()
    total, number = np.zeros(metres.shape), used.sum(axis=1)
    total[used] = ratio
    mean: Reals = np.divide(total.sum(axis=1), number, out=np.full(len(number), np.nan), where=number > 0)
    return mean
