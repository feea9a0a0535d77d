"""Before a fit: which sites tell of local trips and of through trips, and how each parameter would move them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from movement.demand.decay import Decay
from movement.demand.fit_inputs import Counted
from movement.demand.fit_parameters import BOUNDS, DECAY, DETOUR, OF_PURPOSE, SCALE, THROUGH, Refusal
from movement.demand.histograms import Passes
from movement.tables import MOSTLY_THROUGH, DecayForm

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

# ASSUME: a site tells of through trips where they are at least this share of what is modelled there
LEAST_THROUGH = 0.05
_STEP = 1.2  # of the rate, up and down, to see what the decay does
_LEAST = 1e-9  # people per day
_NOTHING = 1e-6  # relative change of a site along a parameter's logarithm
_SAME = 0.01  # of a parameter's changes at the sites, left when those of the others are taken out


@dataclass(frozen=True)
class Telling:
    """What the sites can tell: flags per site, and by parameter the relative changes it makes: sites x directions.

    A parameter without changes stands in nothing the model puts past a site. The first direction is the likeliest.
    """

    of_local: Flags
    of_through: Flags
    changes: Mapping[str, Reals]

    def sites(self, names: Iterable[str]) -> Flags:
        """Return the sites to fit these parameters to; those of through trips alone only where their factor is one."""
        return self.of_local | self.of_through if THROUGH in names else self.of_local

    def number(self, name: str) -> int:
        """Count the sites that tell of a parameter."""
        return int((self.of_through if name == THROUGH else self.of_local).sum())

    def against(self, name: str, kept: Sequence[str]) -> Refusal | None:
        """Say why a parameter cannot be told beside those kept: nothing depends on it, or the others say the same.

        Changes are held against any mixture of the others' (the test of an exact confounder: what is left of a column
        of the design when the others are projected out, Belsley, Kuh and Welsch 1980). Too few sites say neither.
        """
        if name not in self.changes:
            return Refusal.NOT_SEEN
        used = self.sites([*kept, name])
        own = self.changes[name][used]
        if used.sum() < len(kept) + 2:
            return None
        size = np.linalg.norm(own, axis=0)
        if (size < _NOTHING * np.sqrt(used.sum())).all():
            return Refusal.NOT_SEEN
        if not kept:
            return None
        others = np.column_stack([self.changes[one][used, 0] for one in kept])
        left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        return Refusal.NOT_TOLD_APART if (np.linalg.norm(left, axis=0) <= _SAME * size).all() else None


def telling(
    purposes: Sequence[str],
    passing: Passes,
    given: Counted,
    is_passed: Flags,
    *,
    decay: Decay,
    decay_bounds: tuple[float, float],
    detour: float,
    is_scaled: bool,
) -> Telling:
    """See what the sites tell at the starting values: default decay and detour, factors of one, and a rough scale.

    Parameters
    ----------
    purposes, passing, given, decay, decay_bounds, detour
        As for `calibrate.calibrate`.
    is_passed
        Sites that local trips pass at all.
    is_scaled
        Whether the scale is to be fitted; else it starts, and stays, at one.
    """
    every = passing.every(decay)
    at = int(np.flatnonzero(given.detours == detour)[0])
    raw = every[at].sum(axis=-1)
    scale = start_scale(given.counted[is_passed], raw[is_passed], given.through[is_passed]) if is_scaled else 1.0
    total = np.maximum(scale * raw + given.through, _LEAST)
    local, through = scale * raw / total, given.through / total

    def change(units: Reals) -> Reals:
        return np.asarray(np.log(np.maximum(scale * units.sum(axis=-1) + given.through, _LEAST) / total))

    changes = {SCALE: local[:, None]}
    changes |= {
        OF_PURPOSE + purpose: scale * every[at, :, [number]].T / total[:, None]
        for number, purpose in enumerate(purposes)
    }
    nearest = np.argsort(np.abs(given.detours - detour), kind="stable")[1:]
    if len(nearest):
        changes[DETOUR] = np.column_stack([change(every[place]) for place in nearest])
    if decay.form != DecayForm.TABLE and decay_bounds[0] < decay_bounds[1]:
        far, near = (passing.passes(replace(decay, rate=decay.rate * step), at) for step in (1 / _STEP, _STEP))
        changes[DECAY] = (change(near) - change(far))[:, None] / (2 * np.log(_STEP))
    if given.through.any() or not len(given.through):
        changes[THROUGH] = through[:, None]
    return Telling(is_passed & (through <= MOSTLY_THROUGH), through >= LEAST_THROUGH, changes)


def start_scale(counted: Reals, local: Reals, through: Reals) -> float:
    """Return the factor on local trips that meets the counts best relatively to their size, within its bounds.

    Examples
    --------
    Twice the local trips where there are any to speak of; what a site of through trips is off by says nothing.

    >>> round(start_scale(np.array([20.0, 520.0]), np.array([10.0, 0.001]), np.array([0.0, 500.0])), 3)
    2.0
    """
    size = np.maximum(np.maximum(counted, local + through), _LEAST)
    weighed = np.sum((local / size) ** 2)
    found = float(np.sum(local * (counted - through) / size**2) / weighed) if weighed > 0 else 1.0
    return float(np.clip(found, *BOUNDS[SCALE]))
