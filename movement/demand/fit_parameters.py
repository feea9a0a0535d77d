"""Which parameters are fitted, within which bounds, and which are refused because too few sites were counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from movement.tables import Distribution, Fault, InputFaults

Flags = NDArray[np.bool_]

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
    NOT_TOLD = "not_told"  # fitted, its interval would hold nearly everything
    COUNTED_NOBODY = "counted_nobody"  # all counts are zero


@dataclass(frozen=True)
class Refused:
    """One parameter that is not fitted: `sites` tell of it, `sites_needed` would do, none where no number would."""

    name: str
    reason: Refusal
    sites: int
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


class Tells(Protocol):
    """What `choose` asks of the sites."""

    def number(self, name: str) -> int:
        """How many sites tell of a parameter."""
        ...

    def sites(self, names: Iterable[str]) -> Flags:
        """Sites to fit these parameters to."""
        ...

    def against(self, name: str, kept: Sequence[str]) -> Refusal | None:
        """Why a parameter cannot be told beside those kept."""
        ...


def choose(asked: Sequence[str], told: Tells, *, sites_per_parameter: int) -> Choice:
    """Keep what the sites can bear, first asked first.

    Parameters
    ----------
    asked
        Names in order of asking.
    told
        Which sites tell of local and of through trips, and of which parameters.
    sites_per_parameter
        Counted sites wanted for each parameter, of those that tell of it; never fewer than four in all, nor than one
        more than parameters. The factor on through trips needs its own share of sites that tell of those.
    """
    kept: list[str] = []
    refused: list[Refused] = []
    wanted: list[str] = []
    for name in asked:
        reason = told.against(name, kept)
        short = _short(name, [*wanted, name], kept, told, sites_per_parameter)
        if short is not None and reason != Refusal.NOT_SEEN:  # more sites may tell apart what these do not
            wanted.append(name)
            refused.append(short)
        elif reason is not None:
            refused.append(Refused(name, reason, told.number(name)))
        else:
            wanted.append(name)
            kept.append(name)
    return Choice(tuple(kept), tuple(refused))


def _short(
    name: str, wanted: Sequence[str], kept: Sequence[str], told: Tells, sites_per_parameter: int
) -> Refused | None:
    """Refuse a parameter where the sites that tell of its kind, or all sites of the fit, are too few."""
    local = sum(one != THROUGH for one in wanted)
    own = sites_per_parameter if name == THROUGH else _needed(local, sites_per_parameter)
    every = int(told.sites([*kept, name]).sum()), _needed(len(wanted), sites_per_parameter)
    lacking = [(sites, needed) for sites, needed in (every, (told.number(name), own)) if sites < needed]
    return Refused(name, Refusal.TOO_FEW_SITES, *lacking[0]) if lacking else None


def _needed(parameters: int, sites_per_parameter: int) -> int:
    return max(FEWEST_SITES, sites_per_parameter * parameters, parameters + 1)


def bounds(name: str, distribution: Distribution) -> tuple[float, float]:
    """Return the least and the greatest value of a factor.

    The scale of unconstrained trips makes up for the decay, because the yardstick of access is that of the default.
    """
    if name == SCALE and distribution == Distribution.UNCONSTRAINED:
        return UNCONSTRAINED_SCALE
    return BOUNDS[OF_PURPOSE if name.startswith(OF_PURPOSE) else name]
