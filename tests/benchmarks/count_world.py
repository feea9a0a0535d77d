"""Years of hourly counts by a simulator whose parameters the rules do not read, and faults put into them.

Means are multiplied: base x hour x season x weekday x weather x a shared day x the site's own day x slow drift; counts
are negative binomial by hour and direction (counts-and-statistics B2; the spreads are those measured there).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement import tables

ZONE = "Europe/Copenhagen"
YEAR = 2025
_WEEKDAY = np.array([3, 2, 1, 1, 3, 10, 30, 85, 80, 45, 38, 40, 45, 46, 54, 80, 90, 75, 60, 48, 40, 32, 22, 12])
_WEEKEND = np.array([12, 9, 6, 5, 5, 6, 10, 20, 32, 48, 64, 74, 78, 79, 79, 75, 69, 62, 55, 48, 40, 34, 28, 20])


@dataclass(frozen=True)
class Fault:
    """One fault put in: from which to which local day, what it is, and the words that tell it rightly."""

    kind: str
    station: int
    first: int
    last: int
    words: frozenset[str]


def simulate_year(people_per_day: float, *, sites: int, seed: int) -> np.ndarray:
    """Return counts (sites, days, 24 local hours, 2 directions) of one year."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(f"{YEAR}-01-01", f"{YEAR}-12-31")
    number, weekend = len(days), np.asarray(days.day_of_week >= 5)
    season = np.outer(np.cos(2 * np.pi * (np.arange(number) - 200) / 365), 0.25 + 0.08 * rng.normal(size=sites))
    weather = 0.02 * _shocks(rng, number, 1, 0.8, 3.0) - 0.25 * (_shocks(rng, number, 1, 0.4, 1.0) > 0.5)
    log = (
        np.log(people_per_day)
        + season
        + weather * (1 + 0.25 * rng.normal(size=sites))
        + _shocks(rng, number, 1, 0.5, 0.10)
        + _shocks(rng, number, sites, 0.5, 0.10)
        + _shocks(rng, number, sites, np.exp(-1 / 90), 0.07)
        + np.where(weekend, np.log(0.75), 0.0)[:, None] * (1 + 0.3 * rng.normal(size=sites))
    )
    hours = np.where(weekend[:, None], _WEEKEND / _WEEKEND.sum(), _WEEKDAY / _WEEKDAY.sum())
    tide = 0.25 * np.cos(2 * np.pi * (np.arange(24) - 7) / 24) * rng.choice([-1, 1], size=(sites, 1))
    mean = np.exp(log).T[:, :, None] * hours[None]
    ways = np.stack([0.5 + tide, 0.5 - tide], axis=-1)[:, None]
    spread = rng.gamma(1 / 0.08, 0.08, mean.shape)
    return rng.poisson((mean * spread)[..., None] * ways).astype("float64")


def with_faults(counts: np.ndarray, kinds: Mapping[int, list[str]], *, seed: int) -> tuple[np.ndarray, list[Fault]]:
    """Put each site's faults in, one every four months."""
    rng = np.random.default_rng(seed)
    spoiled, faults = counts.copy(), []
    for station, names in kinds.items():
        for part, kind in enumerate(names):
            first = 122 * part + int(rng.integers(35, 75))
            days, words, spoil = FAULTS[kind]
            if kind == "clock not changed":
                first = _SPRING if part == 0 else _AUTUMN
            spoil(spoiled[station], first, rng)
            faults.append(Fault(kind, station, first, first + days - 1, words))
    return spoiled, faults


def to_table(counts: np.ndarray, *, stated: str = "walk") -> pd.DataFrame:
    """Return COUNTS of simulated counts; hours that are NaN have no row."""
    sites, days, hours, ways = counts.shape
    local = pd.date_range(f"{YEAR}-01-01", periods=days * hours, freq="1h")
    start = local.tz_localize(ZONE, ambiguous=np.zeros(len(local), dtype=bool), nonexistent="NaT").tz_convert("UTC")
    frame = pd.DataFrame(
        {
            "station_id": np.repeat([f"B{site}" for site in range(sites)], days * hours * ways),
            "mode": stated,
            "direction": np.tile(["in", "out"], sites * days * hours)[: sites * days * hours * ways],
            "t_start_utc": np.tile(np.repeat(start, ways), sites),
            "interval_min": 60,
            "count_reported": counts.ravel(),
        }
    )
    frame = frame.dropna(subset=["t_start_utc", "count_reported"])
    frame = frame.assign(count=frame["count_reported"], flag="", source_file="simulated.csv")
    return tables.COUNTS.check(frame.assign(source_row=np.arange(2, len(frame) + 2)).reset_index(drop=True))


def _shocks(rng: np.random.Generator, number: int, sites: int, phi: float, sd: float) -> np.ndarray:
    steps = rng.normal(0, sd * np.sqrt(1 - phi**2), (number, sites))
    steps[0] = rng.normal(0, sd, sites)
    for day in range(1, number):
        steps[day] += phi * steps[day - 1]
    return steps


def _thin(counts: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return rng.binomial(counts.astype(int), share).astype("float64")


def _low_day(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day] = _thin(site[day], 0.4, rng)


def _dead_day(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day] = 0


def _copied_day(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day] = site[day - 7]


def _outage(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day, 8:16] = 0


def _stuck(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day, 8:16] = np.maximum(site[day, 8], 1)


def _spike(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day, 15, 0] = round(10 * site[day - 28 : day + 28 : 7, 15, 0].mean())


def _dropped(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day, 10:13] = np.nan


def _moved(hours: int, days: int) -> Callable[[np.ndarray, int, np.random.Generator], None]:
    def spoil(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
        flat = site[day : day + days].reshape(-1, 2)
        site[day : day + days] = np.roll(flat, hours, axis=0).reshape(-1, 24, 2)

    return spoil


def _half_lost(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day : day + 14, :, 0] = _thin(site[day : day + 14, :, 0], 0.5, rng)


def _swapped(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day : day + 28] = site[day : day + 28, :, ::-1]


def _insensitive(site: np.ndarray, day: int, rng: np.random.Generator) -> None:
    site[day : day + 42] = _thin(site[day : day + 42], 0.6, rng)


_SPRING, _AUTUMN = 88, 298  # 30 March and 26 October 2025
WHOLE_DAY = ("day at 40 %", "dead day", "duplicated day")
FAULTS: dict[str, tuple[int, frozenset[str], Callable[[np.ndarray, int, np.random.Generator], None]]] = {
    "day at 40 %": (1, frozenset({"low_day"}), _low_day),
    "dead day": (1, frozenset({"zero_run", "low_day"}), _dead_day),
    "duplicated day": (1, frozenset({"duplicated_day"}), _copied_day),
    "8 hours of zeros": (1, frozenset({"zero_run"}), _outage),
    "8 equal hours": (1, frozenset({"stuck"}), _stuck),
    "an hour ten times the usual": (1, frozenset({"spike"}), _spike),
    "3 hours dropped": (1, frozenset({"day_not_valid"}), _dropped),
    "clock not changed": (28, frozenset({"clock_not_changed", "clock_wrong"}), _moved(1, 28)),
    "clock 2 hours off": (28, frozenset({"clock_wrong", "clock_not_changed"}), _moved(2, 28)),
    "half a direction lost": (14, frozenset({"direction_split"}), _half_lost),
    "directions swapped": (28, frozenset({"direction_swapped"}), _swapped),
    "sensitivity at 60 %": (42, frozenset({"level_step"}), _insensitive),
}
