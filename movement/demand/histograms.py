"""Counter-by-cost histograms: what passes the sites under any decay, without loading the network again.

What passes a site is a sum over the rows of `Choices`, and a row enters the decay by its cost alone. Rows of near equal
cost are summed once, before any decay is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numba import njit
from scipy import sparse

from movement.demand.choices import Choices, Integers, Reals
from movement.demand.decay import Decay

WIDTH_MIN = 10.0 / 60.0
_NEAR_MIN = 1.0  # below it a power of cost is level
_NEAR_WIDTH_MIN = 5.0 / 60.0
_GROWTH = 1.0 / 40.0  # of a bin's width with its cost: a power of cost bends with the relative width
_LEAST_ACCESS = 1e-250  # as in distribute


class Passes(Protocol):
    """What a fit asks of demand: what passes the sites for a decay.

    All answers are at scale 1, sites x groups of purposes; `detour` is the place of a detour value.
    """

    @property
    def detours(self) -> int:
        """Number of detour values."""
        ...

    def passes(self, decay: Decay, detour: int) -> Reals:
        """Return people per day: one trial."""
        ...

    def every(self, decay: Decay) -> Reals:
        """Return people per day for all detour values: detours x sites x groups."""
        ...

    def person_min(self, decay: Decay, detour: int) -> Reals:
        """Return the felt minutes of the trips of those who pass, summed over them."""
        ...


@dataclass(frozen=True)
class Unconstrained:
    """Histograms of unconstrained trips: detours x costs x (sites x groups), people per day before decay."""

    at_min: Reals
    tables: Reals
    sites: int
    groups: int

    @property
    def detours(self) -> int:
        """Number of detour values."""
        return len(self.tables)

    def passes(self, decay: Decay, detour: int) -> Reals:
        """Return people per day: one trial."""
        return _weighted(self.tables[detour], decay.of(self.at_min)).reshape(self.sites, self.groups)

    def every(self, decay: Decay) -> Reals:
        """Return people per day for all detour values: detours x sites x groups."""
        return np.stack([self.passes(decay, detour) for detour in range(self.detours)])

    def person_min(self, decay: Decay, detour: int) -> Reals:
        """Return the felt minutes of the trips of those who pass, summed over them."""
        return _weighted(self.tables[detour], decay.of(self.at_min) * self.at_min).reshape(self.sites, self.groups)


@dataclass(frozen=True)
class _Sums:
    """Sparse sums over costs: entries `first[i]` to `first[i + 1]` of sum `i`, each at a cost and with a value."""

    first: Integers
    at: Integers
    value: Reals


@dataclass(frozen=True)
class OriginConstrained:
    """Histograms per origin: of all it can choose, and of what passes a site on the way there.

    `below`: one sum per origin. `above`: per detour value, one sum per pair of site and origin; `pair_origin` and
    `pair_cell` (place in sites x groups) say which.
    """

    at_min: Reals
    produced: Reals
    below: _Sums
    above: tuple[_Sums, ...]
    pair_origin: tuple[Integers, ...]
    pair_cell: tuple[Integers, ...]
    sites: int
    groups: int

    @property
    def detours(self) -> int:
        """Number of detour values."""
        return len(self.above)

    def passes(self, decay: Decay, detour: int) -> Reals:
        """Return people per day: one trial."""
        decayed = decay.of(self.at_min)
        return self._passes(decayed, self._per_pull(decayed), detour)

    def every(self, decay: Decay) -> Reals:
        """Return people per day for all detour values: detours x sites x groups."""
        decayed = decay.of(self.at_min)
        per_pull = self._per_pull(decayed)
        return np.stack([self._passes(decayed, per_pull, detour) for detour in range(self.detours)])

    def person_min(self, decay: Decay, detour: int) -> Reals:
        """Return the felt minutes of the trips of those who pass, summed over them."""
        decayed = decay.of(self.at_min)
        return self._passes(decayed * self.at_min, self._per_pull(decayed), detour)

    def _per_pull(self, decayed: Reals) -> Reals:
        return _over_sums(self.below.first, self.below.at, self.below.value, decayed, self.produced)

    def _passes(self, decayed: Reals, per_pull: Reals, detour: int) -> Reals:
        above, cells = self.above[detour], np.zeros(self.sites * self.groups)
        _add_sums(
            above.first,
            above.at,
            above.value,
            decayed,
            per_pull,
            self.pair_origin[detour],
            self.pair_cell[detour],
            cells,
        )
        return cells.reshape(self.sites, self.groups)


@dataclass(frozen=True)
class Redistributed:
    """No histogram: trips of every row are distributed anew in each trial, for forms that tie origins to each other.

    `distribute` gives trips per day of all rows at scale 1 for a decay.
    """

    cost_min: Reals
    distribute: Callable[[Decay], Reals]
    shares: tuple[sparse.csr_array, ...]
    group: Integers
    groups: int

    @property
    def detours(self) -> int:
        """Number of detour values."""
        return len(self.shares)

    def passes(self, decay: Decay, detour: int) -> Reals:
        """Return people per day: one trial."""
        return self._passes(self.distribute(decay), detour)

    def every(self, decay: Decay) -> Reals:
        """Return people per day for all detour values: detours x sites x groups."""
        trips = self.distribute(decay)
        return np.stack([self._passes(trips, detour) for detour in range(self.detours)])

    def person_min(self, decay: Decay, detour: int) -> Reals:
        """Return the felt minutes of the trips of those who pass, summed over them."""
        return self._passes(self.distribute(decay) * self.cost_min, detour)

    def _passes(self, trips: Reals, detour: int) -> Reals:
        site, row, share = _entries(self.shares[detour])
        sites = self.shares[detour].shape[0]
        cell = site * self.groups + self.group[row]
        people: Reals = np.bincount(cell, weights=share * trips[row], minlength=sites * self.groups).astype(np.float64)
        return people.reshape(sites, self.groups)


def bin_centres(most_min: float, *, width_min: float = WIDTH_MIN) -> Reals:
    """Return the centres of cost bins up to a cost, in minutes: close at first, `width_min` apart far off.

    Linear between centres, an exponential decay of 0.25 a minute is off by 0.02 % at most, 0.5 by 0.09 %, a power up
    to 3 by 0.1 % (width squared / 8 * second derivative), and much less in a sum.
    """
    near = np.arange(0.0, _NEAR_MIN, min(_NEAR_WIDTH_MIN, width_min))
    steps = max(int(np.ceil(np.log(max(width_min / _GROWTH, _NEAR_MIN)) / np.log1p(_GROWTH))), 0)
    growing = (1.0 + _GROWTH) ** np.arange(steps + 1)
    number = max(int(np.ceil((most_min - growing[-1]) / width_min)), 0) + 1
    return np.concatenate([near, growing, growing[-1] + width_min * np.arange(1, number + 1)])


def unconstrained(
    choices: Choices,
    shares: Sequence[sparse.csr_array],
    groups: Sequence[int],
    *,
    mean_access: Reals | None = None,
    width_min: float = WIDTH_MIN,
) -> Unconstrained:
    """Lay trips that no total binds out by site, group of purposes and cost.

    Trips of a row are produced[origin] * pull * decay(cost) / mean accessibility of the purpose. A row is split
    between the two centres around its cost so that its mean cost is kept; what is left is the decay's bend within a
    bin, below a thousandth for decays in use. The end of a decay table is smeared over one bin.

    Parameters
    ----------
    choices
        All rows of one mode.
    shares
        Per detour value sites x rows: passes of each site per trip.
    groups
        Group of each purpose, counted from 0; purposes with one factor between them are one group.
    mean_access
        Yardstick per purpose, the same for all decays tried; 1 where left out. A purpose whose yardstick is 0 has no
        trips.
    width_min
        Width of a bin far off, in minutes.
    """
    of_purpose = np.asarray(groups, dtype=np.int64)
    centres, lower, upper_share = _split(choices.cost_min, width_min)
    yardstick = np.ones(len(choices.purposes)) if mean_access is None else mean_access
    per_access = np.divide(1.0, yardstick, out=np.zeros(len(yardstick)), where=yardstick > 0)
    weight = choices.produced[choices.origin] * choices.pull * per_access[choices.purpose[choices.origin]]
    group = of_purpose[choices.purpose[choices.origin]]
    sites, number = shares[0].shape[0], int(of_purpose.max(initial=0)) + 1
    tables = np.stack(
        [_table(_entries(one), weight, group, lower, upper_share, (len(centres), sites, number)) for one in shares]
    )
    kept = tables.any(axis=(0, 2))
    return Unconstrained(centres[kept], np.ascontiguousarray(tables[:, kept]), sites, number)


def origin_constrained(
    choices: Choices,
    shares: Sequence[sparse.csr_array],
    groups: Sequence[int],
    *,
    width_min: float = WIDTH_MIN,
) -> OriginConstrained:
    """Lay trips of origins that make a fixed number (Huff) out by origin and cost; parameters as `unconstrained`."""
    of_purpose = np.asarray(groups, dtype=np.int64)
    centres, lower, upper_share = _split(choices.cost_min, width_min)
    group = of_purpose[choices.purpose]
    number = int(of_purpose.max(initial=0)) + 1
    origins = len(choices.produced)
    _, below = _sums(choices.origin, choices.pull, lower, upper_share, len(centres), every=origins)
    above, pair_origin, pair_cell = [], [], []
    for one in shares:
        site, row, share = _entries(one)
        pair = site * origins + choices.origin[row]
        pairs, sums = _sums(pair, share * choices.pull[row], lower[row], upper_share[row], len(centres))
        above.append(sums)
        pair_origin.append(pairs % origins)
        pair_cell.append(pairs // origins * number + group[pairs % origins])
    return OriginConstrained(
        centres,
        choices.produced,
        below,
        tuple(above),
        tuple(pair_origin),
        tuple(pair_cell),
        shares[0].shape[0],
        number,
    )


def redistributed(
    choices: Choices,
    shares: Sequence[sparse.csr_array],
    groups: Sequence[int],
    *,
    distribute: Callable[[Decay], Reals],
) -> Redistributed:
    """Prepare trials that distribute all trips anew; `distribute` gives the rows' trips for a decay."""
    of_purpose = np.asarray(groups, dtype=np.int64)
    group = of_purpose[choices.purpose[choices.origin]]
    return Redistributed(choices.cost_min, distribute, tuple(shares), group, int(of_purpose.max(initial=0)) + 1)


def _split(cost_min: Reals, width_min: float) -> tuple[Reals, Integers, Reals]:
    """Return bin centres, and of each row the centre below its cost and the share that goes to the one above."""
    centres = bin_centres(float(cost_min.max(initial=0.0)), width_min=width_min)
    lower = np.clip(np.searchsorted(centres, cost_min, side="right") - 1, 0, len(centres) - 2)
    share = (cost_min - centres[lower]) / (centres[lower + 1] - centres[lower])
    return centres, lower.astype(np.int64), np.clip(share, 0.0, 1.0)


def _entries(shares: sparse.csr_array) -> tuple[Integers, Integers, Reals]:
    site = np.repeat(np.arange(shares.shape[0], dtype=np.int64), np.diff(shares.indptr))
    return site, shares.indices.astype(np.int64), np.asarray(shares.data, dtype=np.float64)


def _table(
    entries: tuple[Integers, Integers, Reals],
    weight: Reals,
    group: Integers,
    lower: Integers,
    upper_share: Reals,
    shape: tuple[int, int, int],
) -> Reals:
    centres, sites, groups = shape
    site, row, share = entries
    cell = (lower[row] * sites + site) * groups + group[row]
    people = share * weight[row]
    size = centres * sites * groups
    table: Reals = np.bincount(cell, weights=people * (1.0 - upper_share[row]), minlength=size).astype(np.float64)
    table += np.bincount(cell + sites * groups, weights=people * upper_share[row], minlength=size)
    return table.reshape(centres, sites * groups)


def _sums(
    key: Integers, value: Reals, lower: Integers, upper_share: Reals, centres: int, *, every: int | None = None
) -> tuple[Integers, _Sums]:
    """Sum values by key and cost; with `every`, keys 0 to `every` - 1 each have a sum, empty ones too."""
    both = np.concatenate([key * centres + lower, key * centres + lower + 1])
    parts = np.concatenate([value * (1.0 - upper_share), value * upper_share])
    places, at = np.unique(both, return_inverse=True)
    summed: Reals = np.bincount(at, weights=parts, minlength=len(places)).astype(np.float64)
    places, summed = places[summed > 0], summed[summed > 0]
    keys = np.arange(every, dtype=np.int64) if every is not None else np.unique(places // centres)
    first = np.searchsorted(places // centres, np.append(keys, np.iinfo(np.int64).max))
    return keys, _Sums(first.astype(np.int64), places % centres, summed)


@njit(cache=True, nogil=True)
def _weighted(table: Reals, decayed: Reals) -> Reals:  # sums run in one order on every machine, unlike a BLAS product
    summed = np.zeros(table.shape[1])
    for at in range(table.shape[0]):
        weight = decayed[at]
        for cell in range(table.shape[1]):
            summed[cell] += table[at, cell] * weight
    return summed


@njit(cache=True, nogil=True)
def _over_sums(first: Integers, at: Integers, value: Reals, decayed: Reals, produced: Reals) -> Reals:
    """Return produced / sum of each origin; zero where nothing is in reach."""
    out = np.zeros(len(produced))
    for origin in range(len(produced)):
        total = 0.0
        for entry in range(first[origin], first[origin + 1]):
            total += value[entry] * decayed[at[entry]]
        if total > _LEAST_ACCESS:
            out[origin] = produced[origin] / total
    return out


@njit(cache=True, nogil=True)
def _add_sums(
    first: Integers,
    at: Integers,
    value: Reals,
    decayed: Reals,
    per_pull: Reals,
    pair_origin: Integers,
    pair_cell: Integers,
    cells: Reals,
) -> None:
    for pair in range(len(pair_origin)):
        total = 0.0
        for entry in range(first[pair], first[pair + 1]):
            total += value[entry] * decayed[at[entry]]
        cells[pair_cell[pair]] += total * per_pull[pair_origin[pair]]
