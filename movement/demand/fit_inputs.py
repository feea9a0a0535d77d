"""Counts and shares before they are fitted: all faults at once, and plain arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from movement.demand.choices import Choices, Reals
from movement.demand.likelihood import usable_se
from movement.tables import Fault, InputFaults


@dataclass(frozen=True)
class Counted:
    """Checked input of a fit: names and figures per site, and the shares of each detour value in rising order.

    `counted_se` as given; `se` as used, above zero.
    """

    names: NDArray[np.object_]
    counted: Reals
    counted_se: Reals
    se: Reals
    through: Reals
    detours: Reals
    shares: tuple[sparse.csr_array, ...]


def check(
    choices: Choices,
    shares: Mapping[float, sparse.csr_array],
    counts: pd.DataFrame,
    *,
    decay_bounds: tuple[float, float],
    detour: float,
) -> Counted:
    """Hold the input of a fit against its rules; parameters as `calibrate.calibrate`.

    Raises
    ------
    InputFaults
        With every broken rule.
    ValueError
        If a matrix of shares has another shape than sites x rows.
    """
    for value, matrix in shares.items():
        if matrix.shape != (len(counts), len(choices.origin)):
            raise ValueError(f"shares of detour {value} are {matrix.shape}, not sites x rows")
    faults = [*_count_faults(counts), *_share_faults(shares, counts), *_grid_faults(shares, decay_bounds, detour)]
    if faults:
        raise InputFaults(faults)
    people = counts["counted_per_day"].to_numpy(dtype=np.float64)
    errors = counts["counted_se"].to_numpy(dtype=np.float64)
    values = np.array(sorted(shares), dtype=np.float64)
    return Counted(
        counts.index.to_numpy(dtype=object),
        people,
        errors,
        usable_se(people, errors),
        counts["through_per_day"].to_numpy(dtype=np.float64),
        values,
        tuple(sparse.csr_array(shares[value]) for value in values),
    )


def _count_faults(counts: pd.DataFrame) -> Iterator[Fault]:
    for name in counts.index[counts.index.duplicated()].unique():
        yield Fault("fit_site_twice", "counts", value=str(name))
    for column in ("counted_per_day", "counted_se", "through_per_day"):
        values = counts[column].to_numpy(dtype=np.float64)
        is_fine = np.isfinite(values) & (values >= 0)
        if column == "counted_se":
            is_fine |= np.isnan(values)  # not known
        for name, value in zip(counts.index[~is_fine], values[~is_fine], strict=True):
            detail = {"site": str(name), "column": column}
            yield Fault("fit_count_no_number", "counts", value=f"{value:g}", detail=detail)


def _share_faults(shares: Mapping[float, sparse.csr_array], counts: pd.DataFrame) -> Iterator[Fault]:
    for value, matrix in shares.items():
        matrix = sparse.csr_array(matrix)
        is_wrong = ~(np.isfinite(matrix.data) & (matrix.data >= 0))
        sites = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[is_wrong]
        for site in np.unique(sites):
            yield Fault("fit_share_no_number", "counts", value=f"{value:g}", detail={"site": str(counts.index[site])})


def _grid_faults(
    shares: Mapping[float, sparse.csr_array], decay_bounds: tuple[float, float], detour: float
) -> Iterator[Fault]:
    low, high = decay_bounds
    if not (0 < low <= high < np.inf):
        yield Fault("fit_decay_bounds", "params.yaml", value=f"{low:g}", detail={"high": f"{high:g}"})
    if detour not in shares:
        tried = ", ".join(f"{value:g}" for value in sorted(shares))
        yield Fault("fit_detour_default", "params.yaml", value=f"{detour:g}", detail={"tried": tried})
