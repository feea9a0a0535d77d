"""How many trips people of each group make, on foot and by cycle, for what, when in the week and how fast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.tables import Band, Fault, Group, InputFaults, Mode, Purpose

Reals = NDArray[np.float64]
Shares = Mapping[str, float]

THROUGH = "through"  # trips from gateway to gateway: no purpose, but a time of the week
DAYS = {band: 2 if band == Band.WEEKEND else 5 for band in Band}  # of the week that a band lies on
_WEEK = 7
_FILE = "params.yaml"
_MODES = (Mode.WALK, Mode.CYCLE)
_MOST_TRIPS = 100.0
_PACES = (0.1, 10.0)
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class TripRates:
    """Trip rates as params.yaml gives them; words are those of `Group`, `Mode`, `Purpose` and `Band`.

    `trips_per_person_per_day`: by group, all modes and purposes, mean day of the week.
    `mode_shares`: by mode and group, of the group's trips; walking and cycling together at most 1.
    `purpose_shares`: by group and purpose, of the group's walk and cycle trips; a purpose left out is 0; sums to 1.
    `band_shares`: by purpose (and `through`) and band, of the *week's* trips; a band left out is 0; sums to 1.
    `pace_ratio`: by mode and group, felt time over an adult's on the same way; 1 where left out.

    Raises
    ------
    InputFaults
        With all that is missing, unknown, out of range or does not sum to 1.
    """

    trips_per_person_per_day: Shares
    mode_shares: Mapping[str, Shares]
    purpose_shares: Mapping[str, Shares]
    band_shares: Mapping[str, Shares]
    pace_ratio: Mapping[str, Shares] = field(default_factory=dict)

    def __post_init__(self) -> None:
        trips = {"trips_per_person_per_day": self.trips_per_person_per_day}
        faults = _table_faults(trips, [*trips], Group, most=_MOST_TRIPS, all_columns=True)
        modes = _named("mode_shares", self.mode_shares)
        faults += _table_faults(modes, _names("mode_shares", _MODES), Group, most=1.0, all_columns=True)
        purposes = _named("purpose_shares", self.purpose_shares)
        faults += _table_faults(purposes, _names("purpose_shares", Group), Purpose, most=1.0)
        bands = _named("band_shares", self.band_shares)
        faults += _table_faults(bands, _names("band_shares", [*Purpose, THROUGH]), Band, most=1.0)
        paces = _named("pace_ratio", self.pace_ratio)
        known = [name for name in _names("pace_ratio", _MODES) if name in paces]
        faults += _table_faults(paces, known, Group, least=_PACES[0], most=_PACES[1])
        if not faults:
            faults = _sum_faults(purposes | bands) + _most_faults(self.mode_shares)
        if faults:
            raise InputFaults(faults)

    def pace(self, mode: Mode | str) -> dict[Group, float]:
        """Return felt time over an adult's, by group."""
        # ASSUME: who walks slower also waits and puts up with a road's surroundings as much longer
        given = self.pace_ratio.get(str(mode), {})
        return {group: float(given.get(str(group), 1.0)) for group in Group}

    def per_day(self, mode: Mode | str) -> pd.DataFrame:
        """Return trips per person and day by a mode: groups x purposes, in the order of their words."""
        rows = {
            str(group): {
                str(purpose): float(self.trips_per_person_per_day[group])
                * float(self.mode_shares[mode][group])
                * float(self.purpose_shares[group].get(str(purpose), 0.0))
                for purpose in Purpose
            }
            for group in Group
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def on_a_day(self, purpose: Purpose | str, band: Band | str) -> float:
        """Return the trips in a band, on one day of its kind, for each trip on the mean day of the week.

        Examples
        --------
        Of 70 trips a week (10 on the mean day) 20 % at the weekend are 7 on each of its two days: 0.7 of the mean day.
        """
        return float(self.band_shares[purpose].get(str(band), 0.0)) * _WEEK / DAYS[Band(band)]

    def bands(self) -> pd.DataFrame:
        """Return shares of the week's trips: purposes and `through` x bands, each row summing to 1."""
        rows = {
            str(purpose): [float(self.band_shares[purpose].get(str(band), 0.0)) for band in Band]
            for purpose in [*Purpose, THROUGH]
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=[str(band) for band in Band])


def productions(people: pd.DataFrame, rates: TripRates, mode: Mode | str) -> Reals:
    """Multiply people by trips.

    Parameters
    ----------
    people
        Zones x groups, from `people.by_group`.
    rates, mode
        Trip rates, and the mode.

    Returns
    -------
    produced
        Trips per mean day of the week, both ways together: zones x groups x purposes, in the order of people's rows,
        `Group` and `Purpose`.
    """
    # ASSUME: every trip starts or ends at home, and both ways together are the residents' trips
    ordered = people[[str(group) for group in Group]].to_numpy(dtype=float)
    return np.asarray(ordered[:, :, None] * rates.per_day(mode).to_numpy(dtype=float)[None], dtype=np.float64)


def _named(name: str, table: Mapping[str, Shares]) -> dict[str, Shares]:
    return {f"{name}.{row}": shares for row, shares in table.items()}


def _names(name: str, rows: Iterable[str]) -> list[str]:
    return [f"{name}.{row}" for row in rows]


def _table_faults(
    table: Mapping[str, Shares],
    rows: Iterable[str],
    words: Iterable[str],
    *,
    most: float,
    least: float = 0.0,
    all_columns: bool = False,
) -> list[Fault]:
    """Find rows and columns that are missing or unknown, and values out of range."""
    columns, wanted = [str(word) for word in words], list(rows)
    faults = [_unknown(name, wanted) for name in table if name not in wanted]
    for name in wanted:
        given = table.get(name)
        if not isinstance(given, Mapping):
            table_name, _, row = name.rpartition(".")
            faults.append(Fault("share_missing", _FILE, value=row, detail={"name": table_name or name}))
            continue
        faults += [_unknown(f"{name}.{word}", _names(name, columns)) for word in given if word not in columns]
        missing = [word for word in columns if word not in given] if all_columns else []
        faults += [Fault("share_missing", _FILE, value=word, detail={"name": name}) for word in missing]
        for word in (word for word in columns if word in given):
            if not (isinstance(given[word], int | float) and least <= given[word] <= most):
                detail = {"name": f"{name}.{word}", "least": f"{least:g}", "most": f"{most:g}"}
                faults.append(Fault("rate_out_of_range", _FILE, value=f"{given[word]}", detail=detail))
    return faults


def _unknown(name: str, wanted: Iterable[str]) -> Fault:
    column, _, word = name.rpartition(".")
    allowed = ", ".join(one.rpartition(".")[2] for one in wanted)
    return Fault("unknown_word", _FILE, value=word, detail={"column": column, "allowed": allowed})


def _sum_faults(table: Mapping[str, Shares]) -> list[Fault]:
    totals = {name: float(sum(shares.values())) for name, shares in table.items()}
    return [
        Fault("shares_sum", _FILE, value=f"{total:g}", detail={"name": name, "wanted": "1"})
        for name, total in totals.items()
        if abs(total - 1) > _SUM_TOLERANCE
    ]


def _most_faults(mode_shares: Mapping[str, Shares]) -> list[Fault]:
    """Find groups that walk and cycle more trips than they make."""
    totals = {group: sum(float(mode_shares[mode][group]) for mode in _MODES) for group in Group}
    return [
        Fault("shares_sum", _FILE, value=f"{total:g}", detail={"name": f"mode_shares.*.{group}", "wanted": "<= 1"})
        for group, total in totals.items()
        if total > 1 + _SUM_TOLERANCE
    ]
