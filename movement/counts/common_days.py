"""What all sites of a mode share on a day: weather, holidays and events, told apart from the faults of one device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

_FEWEST_OTHERS = 2  # other sites that say what a day was like: one alone could be the fault itself
# ASSUME: how far apart days are by weather and events; beyond it sites are not compared
_MOST = 10.0


def common_ratios(sites: Sequence[tuple[str, pd.DatetimeIndex, np.ndarray]]) -> list[np.ndarray]:
    """Return, for each site and day, the median ratio of the day at the other sites of the mode; NaN where too few.

    Parameters
    ----------
    sites
        Mode, days, and counted to usual on each day (NaN where not counted whole).
    """
    found = []
    for mode in sorted({mode for mode, _, _ in sites}):
        own = [at for at, site in enumerate(sites) if site[0] == mode]
        table = pd.concat([pd.Series(sites[at][2], index=sites[at][1], name=at) for at in own], axis=1)
        values = table.to_numpy()
        for column, at in enumerate(own):
            others = pd.DataFrame(np.delete(values, column, axis=1), index=table.index)
            shared = others.median(axis=1).where(others.notna().sum(axis=1) >= _FEWEST_OTHERS)
            found.append((at, shared.reindex(sites[at][1]).clip(1 / _MOST, _MOST).to_numpy()))
    return [shared for _, shared in sorted(found, key=lambda pair: pair[0])]
