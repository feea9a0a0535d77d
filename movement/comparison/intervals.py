"""Flows with drawn parameters, and what their spread says: the intervals of all modelled figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

ALL = "all"  # the column of the estimate; the others are draws
COVERAGE = 0.95


def with_draws(estimate: pd.Series, drawn: pd.DataFrame) -> pd.DataFrame:
    """Lay estimate and draws out as links x (the estimate, then draws in order of number).

    Parameters
    ----------
    estimate
        Flow by `link_id`.
    drawn
        Rows of DRAWN_FLOWS of one run and mode.
    """
    wide = drawn.pivot(index="link_id", columns="draw", values="flow_per_day")  # noqa: PD010  # pivot checks that keys are unique
    index = estimate.index.union(wide.index)
    whole = wide.reindex(index).fillna(0.0)
    whole.insert(0, ALL, estimate.reindex(index).fillna(0.0))
    return whole.rename_axis("link_id").rename_axis(columns=None)


def together(walk: pd.DataFrame, cycle: pd.DataFrame) -> pd.DataFrame:
    """Add two modes' flows draw by draw: their parameters are drawn apart, so any pairing serves.

    Where one mode was not fitted there are no draws of the sum.
    """
    index = walk.index.union(cycle.index)
    names = [name for name in walk.columns if name in set(cycle.columns)]
    return walk.reindex(index, fill_value=0.0)[names] + cycle.reindex(index, fill_value=0.0)[names]


def spread(flows: pd.DataFrame, *, least: float | None = None) -> pd.DataFrame:
    """Return the 95 % interval of each row from its draws.

    Parameters
    ----------
    flows
        Rows x (the estimate `all`, and draws). Differences of flows take the differences of the same draws, so that
        what both have in common cancels.
    least
        Lowest value the low end may take.

    Returns
    -------
    interval
        `low` and `high`, same index: the 2.5 and 97.5 % quantiles of the draws (median-unbiased, Hyndman and Fan 1996,
        definition 8), widened to hold the estimate; as lopsided as the draws are. Empty where there are fewer than two.

    Examples
    --------
    >>> spread(pd.DataFrame({"all": [10.0], 1: [9.0], 2: [11.0]})).values.tolist()
    [[9.0, 11.0]]
    """
    estimate = flows[ALL].to_numpy(dtype=float)
    draws = flows.loc[:, flows.columns != ALL].to_numpy(dtype=float)
    if draws.shape[1] < 2:
        return pd.DataFrame({"low": np.nan, "high": np.nan}, index=flows.index)
    tails = [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2]
    low, high = np.quantile(draws, tails, axis=1, method="median_unbiased")
    low, high = np.minimum(low, estimate), np.maximum(high, estimate)
    return pd.DataFrame({"low": low if least is None else np.maximum(low, least), "high": high}, index=flows.index)
