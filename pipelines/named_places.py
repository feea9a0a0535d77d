"""Attractions that params.yaml names: held against those there are."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from movement.tables import Fault, InputFaults
from pipelines import stage


def known(attractions: pd.DataFrame, column: str, names: Iterable[str]) -> list[str]:
    """Return the names that parameters give of attractions, today or as planned.

    None where no attraction has any of them: the parameters are another study's, copied as the start of a new one.

    Raises
    ------
    InputFaults
        For every name that no attraction has, where others are right.
    """
    there, asked = set(attractions["attraction_id"]), [str(name) for name in names]
    if not there.intersection(asked):
        return []
    allowed = {"column": column, "allowed": ", ".join(sorted(there))}
    wrong = [name for name in asked if name not in there]
    if wrong:
        raise InputFaults([Fault("unknown_word", str(stage.PARAMS_FILE), value=name, detail=allowed) for name in wrong])
    return asked
