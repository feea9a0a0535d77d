"""Residents of each zone by group: as drawn, and by the study's shares where they are not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.tables import GROUP_COLUMNS, Fault, Group, InputFaults

Reals = NDArray[np.float64]

_FILE = "params.yaml"
_ROUNDING = 0.5  # people that a zone's rounded columns can be off its residents
_SUM_TOLERANCE = 1e-6


def by_group(zones: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Split each zone's residents by group.

    A group's drawn column stands. The residents left over go to the groups whose columns are empty, in proportion to
    their shares. Drawn columns that are off the residents by half a person or less are scaled to them.

    Parameters
    ----------
    zones
        Rows of ZONES, of one land use; a column of a group that is left out counts as empty.
    shares
        Share of each group in the study's residents; sums to 1.

    Returns
    -------
    people
        Zones (index `zone_id`, in the order of `zones`) x groups (in the order of `Group`); each row sums to the
        residents.

    Raises
    ------
    InputFaults
        If a share is missing, unknown or out of range, or they do not sum to 1; if the drawn groups of a zone exceed
        its residents, or are fewer and no empty group can take the rest. All zones at once.

    Examples
    --------
    >>> zones = pd.DataFrame({"zone_id": ["z"], "residents": [100.0], "adults": [60.0]})
    >>> by_group(zones, {"child_under_10": 0.1, "child_over_10": 0.1, "adult": 0.6, "senior": 0.2, "walk_limited": 0})
    ...     # doctest: +NORMALIZE_WHITESPACE
             child_under_10  child_over_10  adult  senior  walk_limited
    zone_id
    z                  10.0           10.0   60.0    20.0           0.0
    """
    _check_shares(shares)
    drawn = zones.reindex(columns=list(GROUP_COLUMNS.values())).to_numpy(dtype=float)
    residents = zones["residents"].to_numpy(dtype=float)
    share = np.array([float(shares[group]) for group in Group])
    is_open = np.isnan(drawn)
    known, open_share = np.nansum(drawn, axis=1), (is_open * share).sum(axis=1)
    rest = residents - known
    _check_zones(zones, known, rest, open_share)
    scale = np.ones(len(zones))
    np.divide(residents, known, out=scale, where=(known > 0) & ((rest < 0) | (open_share == 0)))
    spread = np.divide(np.maximum(rest, 0.0), open_share, out=np.zeros(len(zones)), where=open_share > 0)
    people = np.where(is_open, spread[:, None] * share, drawn * scale[:, None])
    names = [str(group) for group in Group]
    return pd.DataFrame(people, index=pd.Index(zones["zone_id"], name="zone_id"), columns=names)


def _check_shares(shares: Mapping[str, float]) -> None:
    known = {str(group) for group in Group}
    allowed = {"column": "group_shares", "allowed": ", ".join(Group)}
    faults = [Fault("unknown_word", _FILE, value=str(name), detail=allowed) for name in sorted(set(shares) - known)]
    for group in Group:
        if group not in shares:
            faults.append(Fault("share_missing", _FILE, value=str(group), detail={"name": "group_shares"}))
        elif not (isinstance(shares[group], int | float) and 0 <= shares[group] <= 1):
            detail = {"name": f"group_shares.{group}", "least": "0", "most": "1"}
            faults.append(Fault("rate_out_of_range", _FILE, value=f"{shares[group]}", detail=detail))
    if not faults and abs(sum(shares.values()) - 1) > _SUM_TOLERANCE:
        detail = {"name": "group_shares", "wanted": "1"}
        faults.append(Fault("shares_sum", _FILE, value=f"{sum(shares.values()):g}", detail=detail))
    if faults:
        raise InputFaults(faults)


def _check_zones(zones: pd.DataFrame, known: Reals, rest: Reals, open_share: Reals) -> None:
    too_few = (open_share == 0) & ((rest > _ROUNDING) | ((known == 0) & (rest > 0)))
    faults = []
    for rule, wrong in (("groups_exceed_residents", rest < -_ROUNDING), ("groups_below_residents", too_few)):
        for at in np.flatnonzero(wrong):
            row = zones.iloc[at]
            detail = {
                "zone": str(row["zone_id"]),
                "land_use": str(row.get("land_use", "")),
                "residents": f"{row['residents']:g}",
            }
            faults.append(Fault(rule, "zones", value=f"{known[at]:g}", detail=detail))
    if faults:
        raise InputFaults(faults)
