"""Flows per calibration replicate, and what their spread says: jackknife intervals over the sites left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

ALL = "all"  # the replicate that leaves no site out: the estimate
THROUGH_DECAY = -1.0  # stands for through trips among the decays
COVERAGE = 0.95


def replicate(units: pd.DataFrame, calibration: pd.DataFrame) -> pd.DataFrame:
    """Compute each replicate's flows: through trips and scaled local trips.

    Parameters
    ----------
    units
        Links (index) x decays (columns); through trips in column -1, where there are any.
    calibration
        Rows of CALIBRATION of one mode.

    Returns
    -------
    flows
        Links x replicates, the estimate `all` first, then the sites left out in order of name.
    """
    through = units.get(THROUGH_DECAY, pd.Series(0.0, index=units.index))
    rows = calibration.assign(rank=calibration["replicate"] != ALL).sort_values(["rank", "replicate"])
    return pd.DataFrame(
        {
            row.replicate: through + row.scale * units.get(row.decay_per_min, pd.Series(0.0, index=units.index))
            for row in rows.itertuples()
        },
        index=units.index,
    )


def units_of(replicate_flows: pd.DataFrame) -> pd.DataFrame:
    """Lay the rows of REPLICATE_FLOWS of one run and mode out as links x decays, zero where there is no row."""
    return replicate_flows.pivot(index="link_id", columns="decay_per_min", values="unit_flow_per_day").fillna(0.0)  # noqa: PD010  # pivot checks that keys are unique


def together(walk: pd.DataFrame, cycle: pd.DataFrame) -> pd.DataFrame:
    """Add two modes' flows replicate by replicate; a site counted for one mode only leaves the other at its estimate.

    Where one mode was not fitted there are no replicates of the sum.
    """
    index = walk.index.union(cycle.index)
    first, second = walk.reindex(index, fill_value=0.0), cycle.reindex(index, fill_value=0.0)
    sites = sorted((set(walk) | set(cycle)) - {ALL}) if walk.shape[1] > 1 and cycle.shape[1] > 1 else []
    names = [ALL, *sites]
    return pd.DataFrame(
        {name: first.get(name, first[ALL]) + second.get(name, second[ALL]) for name in names}, index=index
    )


def jackknife(flows: pd.DataFrame, *, least: float | None = None) -> pd.DataFrame:
    """Return the 95 % interval of each row from its replicates (Efron and Tibshirani 1993, chapter 11).

    Parameters
    ----------
    flows
        Rows x replicates: the estimate `all` and one column per site left out. Differences of flows take the
        differences of the same replicates, so that what both have in common cancels.
    least
        Lowest value the low end may take.

    Returns
    -------
    interval
        `low` and `high`, same index: estimate -+ t(S-1) * jackknife standard error over S sites; empty where there
        are fewer than two replicates.

    Examples
    --------
    >>> jackknife(pd.DataFrame({"all": [10.0], "a": [9.0], "b": [11.0]})).round(3).values.tolist()
    [[-2.706, 22.706]]
    """
    estimate = flows[ALL]
    others = flows.loc[:, flows.columns != ALL].to_numpy(dtype=float)
    sites = others.shape[1]
    if sites < 2:
        return pd.DataFrame({"low": np.nan, "high": np.nan}, index=flows.index)
    spread = others - others.mean(axis=1, keepdims=True)
    error = np.sqrt((sites - 1) / sites * (spread**2).sum(axis=1))
    half = stdtrit(sites - 1, (1 + COVERAGE) / 2) * error
    low = estimate - half if least is None else np.maximum(estimate - half, least)
    return pd.DataFrame({"low": low, "high": estimate + half}, index=flows.index)
