"""The flat form of demand: every destination that people of one kind can choose, one row each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]


@dataclass(frozen=True)
class Choices:
    """What one mode's people can choose between on one network and land use.

    An origin is one zone's people of one group going for one purpose; its rows stand together, in order of origin.

    `origin`, `destination`: number of the origin and of the destination of each row.
    `cost_min`: felt minutes of each row, finite and within the cut-off; a destination out of reach has no row.
    `pull`: weight of the destination of each row, above zero.
    `produced`: trips per day of each origin, all modes' rates applied, at scale 1.
    `purpose`: number of the purpose of each origin, a place in `purposes`.
    `attracted`: trips per day that each destination can take; only the doubly constrained form uses them.
    """

    origin: Integers
    destination: Integers
    cost_min: Reals
    pull: Reals
    produced: Reals
    purpose: Integers
    purposes: tuple[str, ...]
    attracted: Reals

    def __post_init__(self) -> None:
        rows = len(self.origin)
        if any(len(column) != rows for column in (self.destination, self.cost_min, self.pull)):
            raise ValueError("the columns of choices must be of one length")
        if rows and (np.any(np.diff(self.origin) < 0) or self.origin[-1] >= len(self.produced)):
            raise ValueError("choices must stand in order of their origin, and each origin must produce")
        if not (np.isfinite(self.cost_min).all() and (self.cost_min >= 0).all() and (self.pull > 0).all()):
            raise ValueError("a choice has a finite cost, not below zero, and a pull above zero")

    def totals(self, of_rows: Reals) -> Reals:
        """Sum rows by origin."""
        return np.asarray(np.bincount(self.origin, weights=of_rows, minlength=len(self.produced)), dtype=np.float64)
