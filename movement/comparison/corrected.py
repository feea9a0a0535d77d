"""What the correction factors of devices add to the uncertainty of a change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from movement.comparison.paired import Days


def correction_variance(days: Days, columns: pd.MultiIndex, on: pd.Index, corrections: pd.DataFrame) -> float:
    """Return the variance that the factors' standard errors give log(after/before) of a total.

    Parameters
    ----------
    days
        Both phases, corrected counts.
    columns
        (station_id, mode) of the total.
    on
        Days of the campaign it is taken over.
    corrections
        CORRECTIONS.

    Returns
    -------
    variance
        Sum over factors f of ((share after - share before) * se(f) / f)**2, where a share is the part of the total
        that f has multiplied: the delta method. A factor that holds in both phases alike adds nothing, as its error
        moves both. 0 where there are no counts.
    """
    sides = ((days.before, days.starts_before), (days.after, days.starts_after))
    means = [side.loc[on, columns].mean() for side, _ in sides]
    if not len(on) or not all(mean.sum() > 0 for mean in means):
        return 0.0
    variance = 0.0
    for row in corrections[corrections["factor"] > 0].itertuples():
        key = (str(row.station_id), str(row.mode))
        if key in columns:
            before, after = (
                float(mean[key] / mean.sum()) * _covered(row, on, starts)
                for mean, (_, starts) in zip(means, sides, strict=True)
            )
            variance += ((after - before) * float(row.factor_se) / float(row.factor)) ** 2
    return variance


def _covered(correction: object, on: pd.Index, starts: Sequence[pd.Timestamp]) -> float:
    """Share of a phase's dates on which a correction holds."""
    last = correction.end_date  # type: ignore[attr-defined]
    dates = [start + pd.to_timedelta(np.asarray(on), unit="D") for start in starts]
    holds = [
        (days >= correction.start_date) & (days <= (pd.Timestamp.max if pd.isna(last) else last))  # type: ignore[attr-defined]
        for days in dates
    ]
    return float(np.mean(np.concatenate(holds)))
