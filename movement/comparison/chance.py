"""What chance alone does to the log ratio of a site that few people pass."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from movement.comparison.matched import site_means
from movement.comparison.paired import Days

__all__ = ["chance_excess", "chance_variance"]


def chance_variance(days: Days, stations: Iterable[str], modes: Iterable[str], *, on: pd.Index) -> pd.Series:
    """Return the variance that counting people one by one gives each site's log(after/before).

    Parameters
    ----------
    days
        Two phases side by side.
    stations, modes, on
        Sites, their modes added, and the dates.

    Returns
    -------
    variance
        1/N_before + 1/N_after, N being the people counted over the dates in all campaigns of the phase; by site, those
        that counted nobody in a phase left out. The delta method on two Poisson counts: var(log N) is about 1/N
        (Rothman, Greenland and Lash 2008, chapter 14, of a rate ratio). It is the least there is: days that swing
        together add to it.
    """
    names, before, after = site_means(days, stations, modes, on=on)
    people = [
        mean * len(on) * max(len(starts), 1)
        for mean, starts in ((before, days.starts_before), (after, days.starts_after))
    ]
    seen = (before > 0) & (after > 0)
    return pd.Series(1 / people[0][seen] + 1 / people[1][seen], index=names[seen])


def chance_excess(own: pd.Series, controls: pd.Series) -> float:
    """Return the variance to add to that of the mean of the own log ratios, where controls' spread stands for theirs.

    Parameters
    ----------
    own, controls
        `chance_variance` of each of S sites measured and of each control.

    Returns
    -------
    variance
        What each own site's exceeds the controls' mean by, 0 where it does not, averaged over the S sites and divided
        by S. The controls' spread holds their own chance already; a site that fewer pass strays further than it says.
        0 where either is empty.

    Examples
    --------
    >>> round(chance_excess(pd.Series([0.03, 0.005]), pd.Series([0.01, 0.01])), 6)
    0.005
    """
    if own.empty or controls.empty:
        return 0.0
    beyond = np.maximum(own.to_numpy(dtype=float) - float(controls.mean()), 0.0)
    return float(beyond.mean() / len(own))
