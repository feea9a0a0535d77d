"""Attractions that params.yaml names: held against those there are."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from movement.tables import Fault, InputFaults
from pipelines import stage


def check(attractions: pd.DataFrame, **named: Iterable[str]) -> None:
    """Hold what parameters name against the attractions there are, today or as planned.

    Raises
    ------
    InputFaults
        For every name that no attraction has.
    """
    known = set(attractions["attraction_id"])
    allowed = ", ".join(sorted(known))
    faults = [
        Fault("unknown_word", str(stage.PARAMS_FILE), value=str(name), detail={"column": column, "allowed": allowed})
        for column, names in named.items()
        for name in names
        if name not in known
    ]
    if faults:
        raise InputFaults(faults)
