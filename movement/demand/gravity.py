"""Trips from homes to what people travel for: origin-constrained gravity on felt time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Reals = NDArray[np.float64]

THROUGH = "through"
NOWHERE = ""  # destination of trips that cannot be made
_LEAST_PULL = 1e-250  # below it sums lose their digits; no weight or time in use comes near
_LEAST_TRIPS = 0.00005  # what the table's decimals show


@dataclass(frozen=True)
class LocalTrips:
    """Trips a day, both ways together: zones x attractions, and those that cannot be made: zones x purposes."""

    trips: Reals
    unmet: pd.DataFrame


def huff(impedance_min: Reals, *, productions: Reals, weights: Reals, decay_per_min: float) -> tuple[Reals, Reals]:
    """Share each zone's trips among destinations by pull and distance (Huff 1963, exponential decay).

    Each pair decays by its own felt time, not by that of the nearest destination.

    Parameters
    ----------
    impedance_min
        Felt minutes, zones x destinations; infinite where there is no way or it is beyond the cut-off.
    productions
        Trips per day of each zone.
    weights
        Pull of each destination; weights of destinations at one node add up.
    decay_per_min
        Decay of trips with felt time.

    Returns
    -------
    trips
        Zones x destinations; a row sums to its production where anything is in reach.
    unmet
        Productions of the zones that reach nothing.

    Examples
    --------
    >>> trips, unmet = huff(np.array([[5.0, 5.0], [np.inf, np.inf]]), productions=np.array([9.0, 4.0]),
    ...                     weights=np.array([1.0, 2.0]), decay_per_min=0.1)
    >>> trips.round(6).tolist(), unmet.tolist()
    ([[3.0, 6.0], [0.0, 0.0]], [0.0, 4.0])
    """
    pull = weights * np.exp(-decay_per_min * impedance_min)
    total = pull.sum(axis=1)
    reached = total > _LEAST_PULL
    share = np.divide(pull, total[:, None], out=np.zeros(pull.shape), where=reached[:, None])
    return share * productions[:, None], np.where(reached, 0.0, productions)


def local_trips(
    impedance_min: Reals,
    *,
    residents: Reals,
    purposes: NDArray[Any],
    weights: Reals,
    trips_per_resident_per_day: float,
    mode_share: float,
    purpose_shares: Mapping[str, float],
    decay_per_min: float,
) -> LocalTrips:
    """Estimate the trips of all purposes by one mode.

    Parameters
    ----------
    impedance_min
        Felt minutes, zones x attractions; infinite where there is no way or it is beyond the cut-off.
    residents, purposes, weights
        Of each zone; of each attraction.
    trips_per_resident_per_day, mode_share, purpose_shares
        Trips of all modes and purposes; share of the mode; share of each purpose in the mode's trips.
    decay_per_min
        Decay of trips with felt time.
    """
    # ASSUME: every trip starts or ends at home, and both ways together are the residents' trips
    trips, unmet = np.zeros(impedance_min.shape), {}
    for purpose in sorted(purpose_shares):
        chosen = np.flatnonzero(purposes == purpose)
        made = residents * trips_per_resident_per_day * mode_share * purpose_shares[purpose]
        trips[:, chosen], unmet[purpose] = huff(
            impedance_min[:, chosen], productions=made, weights=weights[chosen], decay_per_min=decay_per_min
        )
    return LocalTrips(trips, pd.DataFrame(unmet, columns=sorted(purpose_shares)))


def trip_table(
    local: LocalTrips,
    zone_ids: NDArray[Any],
    attraction_ids: NDArray[Any],
    purposes: NDArray[Any],
    impedance_min: Reals,
    length_m: Reals,
    *,
    scale: float,
) -> pd.DataFrame:
    """List trips pair by pair, scaled: the columns of TRIPS but for scenario, land use and mode.

    Trips that cannot be made stand with an empty destination and without time and length. Pairs with fewer trips
    than the table's decimals show are left out.
    """
    zone, attraction = np.nonzero(local.trips * scale >= _LEAST_TRIPS)
    made = pd.DataFrame(
        {
            "purpose": purposes[attraction],
            "origin_id": zone_ids[zone],
            "destination_id": attraction_ids[attraction],
            "trips_per_day": local.trips[zone, attraction] * scale,
            "impedance_min": impedance_min[zone, attraction],
            "length_m": length_m[zone, attraction],
        }
    )
    return pd.concat([made, _unmet_rows(local, zone_ids, scale)], ignore_index=True) if len(local.unmet) else made


def through_table(through: pd.DataFrame, impedance_min: Reals, length_m: Reals) -> pd.DataFrame:
    """List trips from gateway to gateway in the form of `trip_table`; those with no way have no destination."""
    has_way = np.isfinite(impedance_min)
    return pd.DataFrame(
        {
            "purpose": THROUGH,
            "origin_id": through["from_gateway_id"].to_numpy(),
            "destination_id": through["to_gateway_id"].where(has_way, NOWHERE).to_numpy(),
            "trips_per_day": through["trips_per_day"].to_numpy(dtype=float),
            "impedance_min": np.where(has_way, impedance_min, np.nan),
            "length_m": np.where(has_way, length_m, np.nan),
        }
    ).pipe(_merge_unmet)


def _unmet_rows(local: LocalTrips, zone_ids: NDArray[Any], scale: float) -> pd.DataFrame:
    rows = local.unmet.assign(origin_id=zone_ids).melt("origin_id", var_name="purpose", value_name="trips_per_day")
    rows = rows.assign(
        trips_per_day=rows["trips_per_day"] * scale, destination_id=NOWHERE, impedance_min=np.nan, length_m=np.nan
    )
    return rows.loc[rows["trips_per_day"] >= _LEAST_TRIPS]


def _merge_unmet(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["purpose", "origin_id", "destination_id"]
    return rows.groupby(keys, as_index=False, sort=True).agg(
        {"trips_per_day": "sum", "impedance_min": "first", "length_m": "first"}
    )
