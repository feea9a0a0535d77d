"""Felt minutes per link and direction, one term at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.tables import Mode

_Reals = npt.NDArray[np.float64]
TERMS = ("distance_min", "slope_min", "stairs_min", "surface_min", "crossing_min", "traffic_min", "darkness_min")
# ASSUME: stairs without a known rise climb 0.3 m per metre
_STAIRS_RISE_PER_M = 0.3
# ASSUME: cycling takes 6 % more time per per cent uphill, at most twice as long
# ASSUME: cycling takes 2 % less time per per cent downhill, at most a tenth less
_CYCLE_UPHILL, _CYCLE_UPHILL_MOST = 6.0, 1.0
_CYCLE_DOWNHILL, _CYCLE_DOWNHILL_MOST = 2.0, 0.1


@dataclass(frozen=True)
class Weights:
    """What each quality of a link costs; names and units as in params.yaml, section build_network."""

    walk_speed_kmh: float
    cycle_speed_kmh: float
    stairs_s_per_m_rise: float
    stairs_cycle_s: float
    unpaved_walk_share: float
    unpaved_cycle_share: float
    delay_signals_s: float
    delay_ramp_s: float
    delay_unmarked_s: float
    traffic_share_per_10000_vehicles: float
    traffic_share_max: float
    unlit_share: float


def impedances(links: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Compute felt time for each mode and direction a link allows.

    Parameters
    ----------
    links
        Table LINKS.
    weights
        Cost of each quality.

    Returns
    -------
    impedances
        Table IMPEDANCES: minutes per term, and their sum. A one-way cycle link has no backward row.
    """
    whole = links.groupby(["scenario_id", "parent_link_id"], sort=False)[["length_m", "rise_m"]].transform("sum")
    links = links.assign(whole_length_m=whole["length_m"], whole_rise_m=whole["rise_m"])
    parts = [
        _one_way(links[_open(links, mode, is_forward)], mode, weights, is_forward=is_forward)
        for mode in (Mode.WALK, Mode.CYCLE)
        for is_forward in (True, False)
    ]
    return pd.concat(parts, ignore_index=True)


def _open(links: pd.DataFrame, mode: Mode, is_forward: bool) -> pd.Series:
    if mode == Mode.WALK:
        return links["allows_walk"]
    return links["allows_cycle"] & (is_forward | ~links["cycle_oneway"])


def _one_way(links: pd.DataFrame, mode: Mode, weights: Weights, *, is_forward: bool) -> pd.DataFrame:
    is_walk = mode == Mode.WALK
    length = links["whole_length_m"].to_numpy(dtype=float)
    share = links["length_m"].to_numpy(dtype=float) / length  # of the link before it was split: parts add up to it
    rise = links["whole_rise_m"].to_numpy(dtype=float) * (1.0 if is_forward else -1.0)
    distance = length / ((weights.walk_speed_kmh if is_walk else weights.cycle_speed_kmh) * 1000 / 60)
    steps = links["has_steps"].to_numpy(dtype=bool)
    grade = np.where(steps, 0.0, np.clip(rise / length, -0.5, 0.5))
    slower = tobler(grade) if is_walk else cycle_slope(grade)
    unpaved = weights.unpaved_walk_share if is_walk else weights.unpaved_cycle_share
    terms = {
        "distance_min": distance,
        "slope_min": distance * (slower - 1.0),
        "stairs_min": np.where(steps, _stairs(length, rise, weights, is_walk=is_walk), 0.0),
        "surface_min": distance * unpaved * links["surface"].isin(["gravel", "ground"]).to_numpy(),
        "crossing_min": _delays(links["crossing"], weights),
        "traffic_min": distance * _traffic(links["motor_per_day"].to_numpy(dtype=float), weights),
        "darkness_min": distance * weights.unlit_share * ~links["is_lit"].to_numpy(dtype=bool),
    }
    terms = {name: np.round(minutes * share, 5) for name, minutes in terms.items()}
    total = np.maximum(sum(terms.values()), 0.00001)
    keys = {"scenario_id": links["scenario_id"].to_numpy(), "link_id": links["link_id"].to_numpy()}
    return pd.DataFrame(keys | {"mode": str(mode), "is_forward": is_forward} | terms | {"impedance_min": total})


def tobler(grade: _Reals) -> _Reals:
    """Return walking time on a slope relative to the flat.

    Parameters
    ----------
    grade
        Rise over length, positive uphill.

    Returns
    -------
    factor
        1 on the flat, below 1 on a gentle way down, never below 0.83.

    Notes
    -----
    Tobler (1993), *Three presentations on geographical analysis and modeling*: speed 6 exp(-3.5 |grade + 0.05|) km/h.

    Examples
    --------
    >>> [round(float(factor), 3) for factor in tobler(np.array([0.0, 0.1, -0.05]))]
    [1.0, 1.419, 0.839]
    """
    return np.asarray(np.exp(3.5 * (np.abs(grade + 0.05) - 0.05)))


def cycle_slope(grade: _Reals) -> _Reals:
    """Return cycling time on a slope relative to the flat; `grade` is rise over length, positive uphill.

    Examples
    --------
    >>> [round(float(factor), 2) for factor in cycle_slope(np.array([0.0, 0.05, 0.5, -0.02, -0.5]))]
    [1.0, 1.3, 2.0, 0.96, 0.9]
    """
    up = np.minimum(_CYCLE_UPHILL * np.maximum(grade, 0.0), _CYCLE_UPHILL_MOST)
    down = np.minimum(_CYCLE_DOWNHILL * np.maximum(-grade, 0.0), _CYCLE_DOWNHILL_MOST)
    return np.asarray(1.0 + up - down)


def _stairs(length: _Reals, rise: _Reals, weights: Weights, *, is_walk: bool) -> _Reals:
    climbed = np.maximum(np.abs(rise), _STAIRS_RISE_PER_M * length)
    seconds = weights.stairs_s_per_m_rise * climbed
    return (seconds if is_walk else seconds + weights.stairs_cycle_s) / 60


def _delays(crossing: pd.Series, weights: Weights) -> _Reals:
    seconds = {
        "signals": weights.delay_signals_s,
        "ramp": weights.delay_ramp_s,
        "unmarked": weights.delay_unmarked_s,
        "marked": 0.0,  # ASSUME: at a marked crossing traffic gives way and nobody waits
    }
    return np.asarray(crossing.map(seconds).fillna(0.0), dtype=float) / 60


def _traffic(motor_per_day: _Reals, weights: Weights) -> _Reals:
    share = weights.traffic_share_per_10000_vehicles * motor_per_day / 10_000
    return np.minimum(share, weights.traffic_share_max)
