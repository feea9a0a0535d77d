"""A small world to fit in: six homes, five destinations, two purposes, random passes; and one made to work by hand."""

import numpy as np
import pandas as pd
from scipy import sparse

from movement.demand.choices import Choices
from movement.demand.decay import Decay

PURPOSES = ("school", "work")
DETOURS = (1.0, 1.05, 1.1, 1.15, 1.2)
DEFAULT = Decay("exponential", 0.1)


def choices(seed: int = 3, zones: int = 6, destinations: int = 5) -> Choices:
    rng = np.random.default_rng(seed)
    origins = zones * len(PURPOSES)
    origin = np.repeat(np.arange(origins), destinations)
    pull = rng.uniform(1, 5, destinations)
    destination = np.tile(np.arange(destinations), origins)
    return Choices(
        origin,
        destination,
        rng.uniform(1, 30, len(origin)),
        pull[destination],
        rng.uniform(100, 900, origins),
        np.arange(origins) % len(PURPOSES),
        PURPOSES,
        rng.uniform(50, 200, destinations),
    )


def shares(rows: int, sites: int = 16, seed: int = 4) -> dict[float, sparse.csr_array]:
    rng = np.random.default_rng(seed)
    first, last = (rng.uniform(0, 1, (sites, rows)) * (rng.uniform(0, 1, (sites, rows)) < 0.4) for _ in range(2))
    return {detour: sparse.csr_array((1 - at / 4) * first + at / 4 * last) for at, detour in enumerate(DETOURS)}


def counts(counted, se=1.0, through=0.0) -> pd.DataFrame:
    names = pd.Index([f"S{at:02d}" for at in range(len(counted))], name="station_id")
    return pd.DataFrame(
        {"counted_per_day": np.asarray(counted, dtype=float), "counted_se": se, "through_per_day": through}, index=names
    )


def by_hand(units) -> tuple[Choices, dict[float, sparse.csr_array]]:
    """One origin that makes one trip to one destination; passes of the sites are `units`."""
    one = Choices(
        np.array([0]), np.array([0]), np.zeros(1), np.ones(1), np.ones(1), np.array([0]), ("work",), np.ones(1)
    )
    return one, {1.0: sparse.csr_array(np.asarray(units, dtype=float)[:, None])}
