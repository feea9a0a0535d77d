"""Trips shared among destinations: held to no totals, to those of homes, or to those of homes and destinations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from movement.demand.choices import Choices, Integers, Reals
from movement.demand.decay import Decay
from movement.tables import Distribution, Fault, InputFaults

Flags = NDArray[np.bool_]

_FILE = "params.yaml"
_LEAST_ACCESS = 1e-250  # below it sums lose their digits; no weight or time in use comes near
_MOST_ELASTICITY = 0.9


@dataclass(frozen=True)
class Distributed:
    """Trips per day of each row of the choices, and what became of each origin.

    `trips`: per row. `unmet`: per origin, trips that cannot be made because nothing is in reach.
    `participation`: per origin, trips made for each produced: 1 where homes' totals hold and better access makes no
    new trips, 0 where nothing is in reach. Nothing is lost: totals(trips) = produced * participation, and where
    participation is 0 for want of destinations, unmet = produced.
    `rounds`, `deviation`: of the doubly constrained form: rounds needed, and the furthest a destination is off its
    trips, as a share of them.
    """

    trips: Reals
    unmet: Reals
    participation: Reals
    rounds: int = 0
    deviation: float = 0.0


def accessibility(choices: Choices, decay: Decay) -> Reals:
    """Sum pull times decay over the destinations of each origin (Hansen 1959); 0 where nothing is in reach.

    Raises
    ------
    InputFaults
        If the weights are too large to be added up; names the purpose.
    ValueError
        If what an origin produces is not a number of zero or more.
    """
    return _weigh(choices, decay)[1]


def mean_accessibility(choices: Choices, decay: Decay) -> Reals:
    """Average the accessibility of each purpose over the trips produced where anything is in reach.

    The yardstick of `unconstrained`: made once on today's network and land use, it serves every scenario.

    Returns
    -------
    mean_access
        Per purpose, in the order of `choices.purposes`; 0 where nobody reaches anything.
    """
    return _mean(choices, accessibility(choices, decay))


def unconstrained(choices: Choices, decay: Decay, *, mean_access: Reals | None = None) -> Distributed:
    """Let each destination draw trips by its pull and felt time, whatever else is in reach.

    trips = produced * pull * f(felt minutes) / mean accessibility of the purpose. At scale 1 the mean origin then
    makes what it produces, one with better access more, one with worse fewer; and trips are linear in f.

    Parameters
    ----------
    choices, decay
        What can be chosen, and how trips fall with felt time.
    mean_access
        Yardstick per purpose, from `mean_accessibility` on today's choices with one decay, the same for all
        scenarios and all decays tried; where left out, that of these choices and this decay, so that each purpose's
        trips sum to what is produced where anything is in reach. A purpose whose yardstick is 0 stays unmet.

    Returns
    -------
    distributed
        `participation` is the accessibility over the yardstick.
    """
    weights, access = _weigh(choices, decay)
    yardstick = _mean(choices, access) if mean_access is None else mean_access
    _check_values("a mean accessibility", yardstick, len(choices.purposes))
    per_origin = yardstick[choices.purpose]
    reached = (access > _LEAST_ACCESS) & (per_origin > 0)
    with np.errstate(over="ignore"):
        participation = _ratio(access, per_origin, reached)
        trips = choices.produced[choices.origin] * _by_row(weights, per_origin, reached, choices.origin)
        is_wrong = ~np.isfinite(choices.produced * participation)
    if is_wrong.any():
        raise _overflow(choices, is_wrong)
    return Distributed(trips, np.where(reached, 0.0, choices.produced), participation)


def origin_constrained(
    choices: Choices, decay: Decay, *, reference: Reals | None = None, participation_elasticity: float = 0.0
) -> Distributed:
    """Share each origin's trips among its destinations by pull and felt time (Huff 1963).

    Each row decays by its own felt time; weights of destinations at one node add up.

    With a reference, better access makes new trips and worse access fewer: participation is r / ((1-e) r + e), where
    r is the accessibility over the reference and e its elasticity at r = 1. It is the share of a logit between going,
    with utility log(accessibility), and not going (Ben-Akiva and Lerman 1985, chapter 10, the logsum of the lower
    nest with coefficient 1), over that share today; it cannot pass 1 / (1-e).

    Parameters
    ----------
    choices, decay
        What can be chosen, and how trips fall with felt time.
    reference
        Accessibility of the same origins on today's network and land use, with the same decay. Where it is 0 and
        something is in reach, all trips produced are made.
    participation_elasticity
        Change of trips made with accessibility, per cent per per cent, 0 to 0.9; without a reference it has no effect.

    Returns
    -------
    distributed
        An origin's trips sum to produced * participation.

    Raises
    ------
    InputFaults
        If weights are too large to be added up, or the elasticity is out of its range.
    ValueError
        If the reference has another length than the origins, or a value below zero or that is no number.

    Examples
    --------
    >>> one = Choices(np.array([0, 0]), np.array([0, 1]), np.zeros(2), np.array([1.0, 2.0]), np.array([9.0]),
    ...               np.array([0]), ("work",), np.array([1.0, 2.0]))
    >>> origin_constrained(one, Decay("exponential", 0.1)).trips.round(6).tolist()
    [3.0, 6.0]
    """
    _check_elasticity(participation_elasticity)
    weights, access = _weigh(choices, decay)
    reached = access > _LEAST_ACCESS
    participation = reached.astype(np.float64)
    if reference is not None:
        _check_values("a reference accessibility", reference, len(access))
        participation = _participation(access, reference, reached, participation_elasticity)
    share = _by_row(weights, access, reached, choices.origin)
    trips = share * (choices.produced * participation)[choices.origin]
    return Distributed(trips, np.where(reached, 0.0, choices.produced), participation)


def doubly_constrained(
    choices: Choices, decay: Decay, *, tolerance: float = 1e-8, most_rounds: int = 2000
) -> Distributed:
    """Share trips so that each origin makes what it produces and each destination gets its part (Furness 1965).

    What destinations attract is scaled to what is produced, apart in each part that hangs together by what can be
    chosen: purposes with destinations of their own are such parts, and so are the sides of a barrier nobody crosses.

    Parameters
    ----------
    choices, decay
        What can be chosen, and how trips fall with felt time. A destination that attracts nothing is left out.
    tolerance
        Furthest a destination may be off its trips, as a share of them. Origins are met to rounding.
    most_rounds
        Rounds after which it is given up.

    Raises
    ------
    InputFaults
        If the totals cannot be met, such as where homes near a small destination reach no other; names the purpose
        and how far off it is. Or if weights are too large to be added up.
    ValueError
        If what a destination attracts is not a number of zero or more.
    """
    _check_values("what a destination attracts", choices.attracted, len(choices.attracted))
    weights, _ = _weigh(choices, decay)
    weights = np.where(choices.attracted[choices.destination] > 0, weights, 0.0)
    access = choices.totals(weights)
    reached = access > _LEAST_ACCESS
    made = np.where(reached, choices.produced, 0.0)
    trips = _by_row(weights, access, reached, choices.origin) * made[choices.origin]
    trips = np.where(trips > _LEAST_ACCESS, trips, 0.0)  # so that no factor below overflows
    wanted = _attracted(choices, trips)
    for done in range(most_rounds + 1):
        got = _sums(trips, choices.destination, len(wanted))
        off = np.abs(_ratio(got - wanted, wanted, wanted > 0))
        deviation = float(off.max(initial=0.0))
        if deviation <= tolerance:
            unmet = np.where(reached, 0.0, choices.produced)
            return Distributed(trips, unmet, reached.astype(np.float64), done, deviation)
        trips = trips * _ratio(wanted, got, got > 0)[choices.destination]
        left = choices.totals(trips)
        trips = trips * _ratio(made, left, left > 0)[choices.origin]
    raise _not_met(choices, int(off.argmax()), deviation, most_rounds, tolerance)


def distribute(
    choices: Choices,
    decay: Decay,
    form: Distribution | str,
    *,
    mean_access: Reals | None = None,
    reference: Reals | None = None,
    participation_elasticity: float = 0.0,
) -> Distributed:
    """Distribute by the named form; `mean_access` is of the unconstrained, the last two of the origin-constrained.

    Raises
    ------
    InputFaults
        If the form is not known, and as the forms say.
    """
    if form == Distribution.UNCONSTRAINED:
        return unconstrained(choices, decay, mean_access=mean_access)
    if form == Distribution.ORIGIN_CONSTRAINED:
        return origin_constrained(
            choices, decay, reference=reference, participation_elasticity=participation_elasticity
        )
    if form == Distribution.DOUBLY_CONSTRAINED:
        return doubly_constrained(choices, decay)
    detail = {"column": "distribution", "allowed": ", ".join(Distribution)}
    raise InputFaults([Fault("unknown_word", _FILE, value=str(form), detail=detail)])


def without_new_trips(trips: Reals, origin: Integers, *, before: Reals, after: Reals) -> Reals:
    """Take the change of participation out of the trips after: T1 * before / after.

    With T0 the trips before, a change of flow then falls into *rerouted* (T0 on the network after less T0 on the one
    before), *redirected* (these trips less T0, on the network after) and *new* (T1 less these trips).

    Parameters
    ----------
    trips, origin
        Trips after (T1) and the origin of each row.
    before, after
        Participation of each origin. Trips of an origin that reached nothing before (0) are all new.

    Returns
    -------
    trips
        Per row; each origin's sum is produced * before, but for those that reach nothing after: 0.
    """
    factor = _ratio(before, after, after > _LEAST_ACCESS)
    return np.asarray(trips * factor[origin], dtype=np.float64)


def _weigh(choices: Choices, decay: Decay) -> tuple[Reals, Reals]:
    """Return pull times decay of each row, and its sum by origin."""
    _check_values("what an origin produces", choices.produced, len(choices.purpose))
    if not np.isfinite(choices.produced.sum()):
        raise ValueError("what the origins produce is too much to be added up")
    with np.errstate(over="ignore", under="ignore"):
        weights = choices.pull * decay.of(choices.cost_min)
        access = choices.totals(weights)
    if not np.isfinite(access).all():
        raise _overflow(choices, ~np.isfinite(access))
    return weights, access


def _mean(choices: Choices, access: Reals) -> Reals:
    purposes = len(choices.purposes)
    produced = np.where(access > _LEAST_ACCESS, choices.produced, 0.0)
    total = _sums(produced, choices.purpose, purposes)
    part = _ratio(produced, total[choices.purpose], produced > 0)
    return _sums(part * access, choices.purpose, purposes)


def _participation(access: Reals, reference: Reals, reached: Flags, elasticity: float) -> Reals:
    known = reached & (reference > _LEAST_ACCESS)
    with np.errstate(over="ignore"):
        fall = _ratio(reference, access, known)  # 1 / r; infinite where next to nothing is left
    rest = elasticity * fall if elasticity > 0 else np.zeros(len(access))
    return np.asarray(np.where(known, 1.0 / (1.0 - elasticity + rest), reached), dtype=np.float64)


def _attracted(choices: Choices, trips: Reals) -> Reals:
    """Scale what destinations attract to the trips of the part of the graph of choices they are in."""
    used = trips > 0
    origins, size = len(choices.produced), len(choices.produced) + len(choices.attracted)
    ends = choices.origin[used], choices.destination[used] + origins
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(size, size))
    part: Integers = connected_components(graph, directed=False)[1] if size else np.zeros(0, dtype=np.int64)
    in_use = np.bincount(ends[1], minlength=size)[origins:] > 0
    attracted = np.where(in_use, choices.attracted / max(choices.attracted.max(initial=0.0), 1.0), 0.0)
    of_destination = part[origins:]
    made = _sums(trips, part[choices.origin], size)
    total = _sums(attracted, of_destination, size)
    return _ratio(attracted, total[of_destination], in_use) * made[of_destination]


def _ratio(above: Reals, below: Reals, where: Flags) -> Reals:
    """Divide; 0 elsewhere."""
    return np.asarray(np.divide(above, below, out=np.zeros(len(above)), where=where), dtype=np.float64)


def _sums(values: Reals, number: Integers, size: int) -> Reals:
    return np.asarray(np.bincount(number, weights=values, minlength=size), dtype=np.float64)


def _by_row(weights: Reals, per_origin: Reals, reached: Flags, origin: Integers) -> Reals:
    return _ratio(weights, per_origin[origin], reached[origin])


def _check_values(what: str, values: Reals, wanted: int) -> None:
    if len(values) != wanted:
        raise ValueError(f"{what} must be given {wanted} times, not {len(values)}")
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise ValueError(f"{what} must be a number, zero or more, not {values[wrong][0]}")


def _check_elasticity(elasticity: float) -> None:
    if not (isinstance(elasticity, int | float) and 0 <= elasticity <= _MOST_ELASTICITY):
        detail = {"name": "participation_elasticity", "least": "0", "most": f"{_MOST_ELASTICITY:g}"}
        raise InputFaults([Fault("rate_out_of_range", _FILE, value=f"{elasticity}", detail=detail)])


def _overflow(choices: Choices, is_wrong: Flags) -> InputFaults:
    rows = is_wrong[choices.origin]
    faults = []
    for purpose in np.unique(choices.purpose[is_wrong]):
        largest = choices.pull[rows & (choices.purpose[choices.origin] == purpose)].max(initial=0.0)
        detail = {"purpose": choices.purposes[purpose]}
        faults.append(Fault("weights_overflow", "attractions", value=f"{largest:g}", detail=detail))
    return InputFaults(faults)


def _not_met(choices: Choices, destination: int, deviation: float, rounds: int, tolerance: float) -> InputFaults:
    row = int(np.flatnonzero(choices.destination == destination)[0])
    detail = {
        "purpose": choices.purposes[choices.purpose[choices.origin[row]]],
        "rounds": str(rounds),
        "tolerance": f"{tolerance:g}",
    }
    return InputFaults([Fault("margins_not_met", "attractions", value=f"{deviation:.3g}", detail=detail)])
