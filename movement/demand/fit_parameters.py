"""Which parameters are fitted, within which bounds, and which are refused because too few sites were counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from movement.tables import Distribution, Fault, InputFaults

Reals = NDArray[np.float64]

_FILE = "params.yaml"
SCALE, DECAY, DETOUR, THROUGH = "scale", "decay", "detour", "through"
OF_PURPOSE = "scale_"  # before the purpose's word
FEWEST_SITES = 4
FEWEST_DETOURS = 5
# ASSUME: factors on trips lie within these bounds; beyond them rates and network are wrong, not a factor
BOUNDS = {SCALE: (0.02, 50.0), THROUGH: (0.05, 20.0), OF_PURPOSE: (0.05, 20.0)}
UNCONSTRAINED_SCALE = (1e-4, 1e4)


class Refusal(StrEnum):
    """Why a parameter asked for is not fitted."""

    TOO_FEW_SITES = "too_few_sites"
    NOT_SEEN = "not_seen"  # nothing that passes a counted site depends on it
    NOT_TOLD_APART = "not_told_apart"  # the others asked for already say the same


@dataclass(frozen=True)
class Refused:
    """One parameter that is not fitted; `sites_needed` would do, none where no number would."""

    name: str
    reason: Refusal
    sites_needed: int | None = None


@dataclass(frozen=True)
class Choice:
    """Parameters to fit in the order asked for, and those refused."""

    kept: tuple[str, ...]
    refused: tuple[Refused, ...]


def check_asked(asked: Sequence[str], *, purposes: Sequence[str], detours: int) -> None:
    """Hold the parameters asked for against those there are.

    Raises
    ------
    InputFaults
        If a name is not known, stands twice, or the detour is asked for with fewer than five values to try.
    """
    known = [SCALE, DECAY, DETOUR, *(OF_PURPOSE + purpose for purpose in purposes), THROUGH]
    faults = [
        Fault("fit_parameter_unknown", _FILE, value=name, detail={"known": ", ".join(known)})
        for name in dict.fromkeys(asked)
        if name not in known
    ]
    twice = [name for name in dict.fromkeys(asked) if list(asked).count(name) > 1]
    faults += [Fault("fit_parameter_twice", _FILE, value=name) for name in twice]
    if DETOUR in asked and detours < FEWEST_DETOURS:
        faults.append(Fault("fit_few_detours", _FILE, value=str(detours), detail={"least": str(FEWEST_DETOURS)}))
    if faults:
        raise InputFaults(faults)


def choose(asked: Sequence[str], *, seen: Mapping[str, bool], sites: int, sites_per_parameter: int) -> Choice:
    """Keep what the sites can bear, first asked first.

    Parameters
    ----------
    asked
        Names in order of asking.
    seen
        For each name, whether what passes the sites depends on it; with every `scale_<purpose>` there is.
    sites
        Sites that can be used.
    sites_per_parameter
        Counted sites wanted for each parameter; never fewer than four in all, nor than one more than parameters.

    Examples
    --------
    >>> found = choose(["scale", "decay"], seen={"scale": True, "decay": True}, sites=5, sites_per_parameter=3)
    >>> found.kept, found.refused[0].sites_needed
    (('scale',), 6)
    """
    kept: list[str] = []
    refused: list[Refused] = []
    wanted = 0
    for name in asked:
        if not seen.get(name, False):
            refused.append(Refused(name, Refusal.NOT_SEEN))
            continue
        if _says_the_same(name, kept, seen):
            refused.append(Refused(name, Refusal.NOT_TOLD_APART))
            continue
        wanted += 1
        needed = max(FEWEST_SITES, sites_per_parameter * wanted, wanted + 1)
        if sites < needed:
            refused.append(Refused(name, Refusal.TOO_FEW_SITES, needed))
        else:
            kept.append(name)
    return Choice(tuple(kept), tuple(refused))


def _says_the_same(name: str, kept: Sequence[str], seen: Mapping[str, bool]) -> bool:
    """Whether the scale and factors of all purposes would stand together."""
    together = {*kept, name}
    of_purposes = {one for one, is_seen in seen.items() if one.startswith(OF_PURPOSE) and is_seen}
    return SCALE in together and bool(of_purposes) and of_purposes <= together


def bounds(name: str, distribution: Distribution) -> tuple[float, float]:
    """Return the least and the greatest value of a factor.

    The scale of unconstrained trips makes up for the decay, because the yardstick of access is that of the default.
    """
    if name == SCALE and distribution == Distribution.UNCONSTRAINED:
        return UNCONSTRAINED_SCALE
    return BOUNDS[OF_PURPOSE if name.startswith(OF_PURPOSE) else name]
