"""How trips fall with felt time: exponential, by a power, or by a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from movement.tables import DecayForm, Fault, InputFaults

Reals = NDArray[np.float64]

_FILE = "params.yaml"
_MOST_RATE = 10.0
_LEAST_MIN = 1.0


@dataclass(frozen=True)
class Decay:
    """Weight of a destination by the felt minutes to it.

    `form`: exponential exp(-rate t); power max(t, 1 minute)^-rate; or a table, read linearly between its minutes.
    `rate`: per minute (exponential) or the exponent (power), 0 to 10; 0 is no decay.
    `minutes`, `values`: the table: minutes rising from zero or more, values of zero or more. Its first value stands
    for all shorter times, and beyond its last minute nobody goes. A table may rise at first, as cycling does.

    Raises
    ------
    InputFaults
        If the form is not known, the rate out of its range, or the table broken.

    Examples
    --------
    >>> Decay("power", 2.0).of(np.array([0.0, 1.0, 10.0])).round(6).tolist()
    [1.0, 1.0, 0.01]
    >>> Decay("table", minutes=(0.0, 10.0), values=(1.0, 0.5)).of(np.array([5.0, 10.0, 10.1])).tolist()
    [0.75, 0.5, 0.0]
    """

    form: DecayForm | str
    rate: float = 0.0
    minutes: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.form not in set(DecayForm):
            detail = {"column": "decay_form", "allowed": ", ".join(DecayForm)}
            raise InputFaults([Fault("unknown_word", _FILE, value=str(self.form), detail=detail)])
        if self.form == DecayForm.TABLE:
            _check_table(self.minutes, self.values)
        elif not (isinstance(self.rate, int | float) and 0 <= self.rate <= _MOST_RATE):  # NaN too
            detail = {"name": f"decay ({self.form})", "least": "0", "most": f"{_MOST_RATE:g}"}
            raise InputFaults([Fault("rate_out_of_range", _FILE, value=f"{self.rate}", detail=detail)])

    def of(self, cost_min: Reals) -> Reals:
        """Weigh felt times.

        Parameters
        ----------
        cost_min
            Felt minutes, zero or more; infinite where there is no way.

        Returns
        -------
        weight
            Zero or more, same shape; zero where there is no way, and where the weight is too small for a number.

        Raises
        ------
        ValueError
            If a time is below zero or no number; names it.
        """
        cost = np.asarray(cost_min, dtype=np.float64)
        wrong = ~(cost >= 0)
        if wrong.any():
            raise ValueError(f"a felt time must be a number of minutes, zero or more, not {cost[wrong].flat[0]}")
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return np.asarray(np.where(np.isinf(cost), 0.0, self._raw(cost)), dtype=np.float64)

    def _raw(self, cost: Reals) -> Reals:
        if self.form == DecayForm.EXPONENTIAL:
            return np.asarray(np.exp(-self.rate * cost))
        if self.form == DecayForm.POWER:
            # ASSUME: a power would send everyone next door: times below a minute count as one minute
            return np.asarray(np.maximum(cost, _LEAST_MIN) ** -self.rate)
        return np.asarray(np.interp(cost, self.minutes, self.values, right=0.0))


def _check_table(minutes: tuple[float, ...], values: tuple[float, ...]) -> None:
    at, weight = np.asarray(minutes, dtype=float), np.asarray(values, dtype=float)
    sound = (
        0 < len(at) == len(weight)
        and bool(np.isfinite([*at, *weight]).all())
        and bool(at[0] >= 0 and (np.diff(at) > 0).all())
        and bool((weight >= 0).all() and (weight > 0).any())
    )
    if not sound:
        detail = {"minutes": str(list(minutes)), "values": str(list(values))}
        raise InputFaults([Fault("decay_table", _FILE, detail=detail)])
