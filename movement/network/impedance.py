"""Felt time per link and direction in whole milliseconds, one term at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.network.build import apportion, shares
from movement.tables import Crossing, Fault, InputFaults, Traveller

_Reals = npt.NDArray[np.float64]
TERMS = ("distance", "slope", "stairs", "surface", "crossing", "traffic", "darkness", "nature")
SWITCHABLE = TERMS[1:]
_MOST_MS = int(np.iinfo(np.int32).max)
_MS_PER_MIN = 60_000
# ASSUME: stairs without a known rise climb 0.3 m per metre
_STAIRS_RISE_PER_M = 0.3
# ASSUME: cycling takes 6 % more time per per cent uphill, at most twice as long
# ASSUME: cycling takes 2 % less time per per cent downhill, at most a tenth less
_CYCLE_UPHILL, _CYCLE_UPHILL_MOST = 6.0, 1.0
_CYCLE_DOWNHILL, _CYCLE_DOWNHILL_MOST = 2.0, 0.1
_USUAL_SPEED_KMH = 50.0  # built-up areas; the traffic share is given for it
_USUAL_HEAVY_PCT = 5.0


@dataclass(frozen=True)
class Weights:
    """What each quality of a link costs; names and units as in params.yaml, section build_network."""

    walk_speed_kmh: float
    walk_limited_speed_kmh: float
    walk_limited_grade_max: float
    cycle_speed_kmh: float
    stairs_s_per_m_rise: float
    stairs_cycle_s: float
    unpaved_walk_share: float
    unpaved_cycle_share: float
    delay_signals_s: float
    delay_ramp_s: float
    delay_unmarked_s: float
    delay_level_crossing_s: float
    traffic_share_per_10000_vehicles: float
    traffic_share_per_10_kmh: float
    traffic_share_per_heavy_pct: float
    traffic_share_max: float
    unlit_share: float
    nature_share: float
    switched_off: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        odd = sorted(set(self.switched_off) - set(SWITCHABLE))
        allowed = ", ".join(SWITCHABLE)
        faults = [
            Fault("unknown_word", "params.yaml", value=name, detail={"column": "switched_off", "allowed": allowed})
            for name in odd
        ]
        if not 0 <= self.nature_share <= 0.5:
            detail = {"name": "nature_share", "least": "0", "most": "0.5"}
            faults.append(Fault("rate_out_of_range", "params.yaml", value=f"{self.nature_share:g}", detail=detail))
        if faults:
            raise InputFaults(faults)

    def speed_kmh(self, traveller: Traveller) -> float:
        """Return the speed on a flat, even, quiet and lit path."""
        return float(getattr(self, f"{traveller}_speed_kmh"))


def impedances(links: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Compute felt time for each traveller and direction a link allows.

    Parameters
    ----------
    links
        Table LINKS; parts of a split link follow one another.
    weights
        Cost of each quality.

    Returns
    -------
    impedances
        Table IMPEDANCES: whole milliseconds per term, and their sum. A one-way cycle link has no backward row, nor
        have stairs and steep links rows for people who walk with limits. The parts of a split link add up to the
        whole, term by term.

    Raises
    ------
    InputFaults
        For a sum that is not above zero, or beyond 24 days (what 32 bits hold); names every link.
    """
    whole, before, after = shares(links, links["length_mm"].to_numpy(dtype=float) / 1000)
    rise, climb = (_of_whole(links[name], before, after) for name in ("rise_m", "climb_m"))
    wholes = links.assign(whole_m=whole, whole_rise_m=rise, whole_climb_m=climb, before=before, after=after)
    parts = [
        _one_way(wholes[_open(wholes, traveller, is_forward, weights)], traveller, weights, is_forward=is_forward)
        for traveller in Traveller
        for is_forward in (True, False)
    ]
    return _checked(pd.concat(parts, ignore_index=True))


def _of_whole(values: pd.Series, before: _Reals, after: _Reals) -> _Reals:
    """Return the sum over each stretch of what its parts share; zero where not known."""
    known = np.nan_to_num(values.to_numpy(dtype=float))
    number = np.cumsum(before == 0.0) - 1
    return np.asarray(np.bincount(number, weights=known, minlength=number.max(initial=0) + 1)[number])


def _open(links: pd.DataFrame, traveller: Traveller, is_forward: bool, weights: Weights) -> pd.Series:
    if traveller == Traveller.CYCLE:
        return links["allows_cycle"] & (is_forward | ~links["cycle_oneway"])
    if traveller == Traveller.WALK:
        return links["allows_walk"]
    steep = (links["whole_rise_m"].abs() / links["whole_m"]) > weights.walk_limited_grade_max
    return links["allows_walk"] & ~links["has_steps"] & ~steep


def _one_way(links: pd.DataFrame, traveller: Traveller, weights: Weights, *, is_forward: bool) -> pd.DataFrame:
    is_cycle = traveller == Traveller.CYCLE
    length = links["whole_m"].to_numpy(dtype=float)
    rise = links["whole_rise_m"].to_numpy(dtype=float)
    climb = links["whole_climb_m"].to_numpy(dtype=float)
    up, down = (climb, climb - rise) if is_forward else (climb - rise, climb)
    distance = length / (weights.speed_kmh(traveller) * 1000 / _MS_PER_MIN / 60)
    steps = links["has_steps"].to_numpy(dtype=bool)
    unpaved = weights.unpaved_cycle_share if is_cycle else weights.unpaved_walk_share
    terms = {
        "distance": distance,
        "slope": np.where(steps, 0.0, distance * (_slower(up, down, length, is_cycle=is_cycle) - 1.0)),
        "stairs": np.where(steps, _stairs(length, up, down, weights, is_cycle=is_cycle), 0.0) * 1000,
        "surface": distance * unpaved * links["surface"].isin(["gravel", "ground"]).to_numpy(),
        "crossing": _delays(links, weights) * 1000,
        "traffic": distance * _traffic(links, weights),
        "darkness": distance * weights.unlit_share * ~links["is_lit"].to_numpy(dtype=bool),
        "nature": -distance * weights.nature_share * links["green_share"].to_numpy(dtype=float),
    }
    before, after = links["before"].to_numpy(), links["after"].to_numpy()
    parts = {
        f"{name}_ms": apportion(np.rint(ms) * (name not in weights.switched_off), before, after)
        for name, ms in terms.items()
    }
    is_whole = (before == 0.0) & (after == 1.0)
    parts["distance_ms"] = np.where(is_whole, np.maximum(parts["distance_ms"], 1), parts["distance_ms"])
    keys = {"scenario_id": links["scenario_id"].to_numpy(), "link_id": links["link_id"].to_numpy()}
    told = {"mode": str(traveller), "is_forward": is_forward}
    return pd.DataFrame(keys | told | parts | {"impedance_ms": sum(parts.values())})


def _checked(made: pd.DataFrame) -> pd.DataFrame:
    wrong = made[~made["impedance_ms"].between(1, _MOST_MS)]
    if len(wrong):
        raise InputFaults(
            Fault("cost_out_of_range", "impedances", value=str(ms), detail={"link": str(link)})
            for link, ms in zip(wrong["link_id"], wrong["impedance_ms"], strict=True)
        )
    return made.astype({name: np.int32 for name in made.columns if name.endswith("_ms")})


def _slower(up: _Reals, down: _Reals, length: _Reals, *, is_cycle: bool) -> _Reals:
    """Return time over time on the flat: a link goes up and down as steeply, each over its share of the length."""
    steep = up + down
    grade = np.clip(steep / length, 0.0, 0.5)
    rising = np.divide(up, steep, out=np.zeros_like(up), where=steep > 0)
    pace = cycle_slope if is_cycle else tobler
    return np.asarray(np.where(steep > 0, rising * pace(grade) + (1 - rising) * pace(-grade), 1.0))


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


def _stairs(length: _Reals, up: _Reals, down: _Reals, weights: Weights, *, is_cycle: bool) -> _Reals:
    climbed = np.maximum(up + down, _STAIRS_RISE_PER_M * length)
    seconds = weights.stairs_s_per_m_rise * climbed
    return np.asarray(seconds + weights.stairs_cycle_s if is_cycle else seconds)


def _delays(links: pd.DataFrame, weights: Weights) -> _Reals:
    seconds = {
        Crossing.SIGNALS: weights.delay_signals_s,
        Crossing.RAMP: weights.delay_ramp_s,
        Crossing.UNMARKED: weights.delay_unmarked_s,
        Crossing.LEVEL_CROSSING: weights.delay_level_crossing_s,
        Crossing.MARKED: 0.0,  # ASSUME: at a marked crossing traffic gives way and nobody waits
    }
    of_kind = links["crossing"].map({str(kind): wait for kind, wait in seconds.items()})
    return np.asarray(of_kind.fillna(0.0) * links["waits"], dtype=float)


def _traffic(links: pd.DataFrame, weights: Weights) -> _Reals:
    share = weights.traffic_share_per_10000_vehicles * links["motor_per_day"].to_numpy(dtype=float) / 10_000
    faster = links["speed_kmh"].to_numpy(dtype=float) - _USUAL_SPEED_KMH
    heavier = links["heavy_pct"].to_numpy(dtype=float) - _USUAL_HEAVY_PCT
    worse = 1 + weights.traffic_share_per_10_kmh * np.nan_to_num(faster) / 10
    worse += weights.traffic_share_per_heavy_pct * np.nan_to_num(heavier)
    return np.asarray(np.minimum(share * np.maximum(worse, 0.0), weights.traffic_share_max))
