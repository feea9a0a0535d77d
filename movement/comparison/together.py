"""Secondary outcomes counted and secondary outcomes asked, judged as one family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from movement.comparison.conclusions import LEVEL, SHOWN, holm
from movement.tables import ASKED_RESULTS, Conclusion, Standing

__all__ = ["asked_in_family", "counted_p", "judge_asked"]


def asked_in_family(asked: pd.DataFrame) -> pd.Series:
    """Return the p of each change asked about that the plan names as secondary; by row of ASKED_RESULTS."""
    is_in = (asked["family"] == str(Standing.SECONDARY)) & (asked["phase"] == "change") & asked["p_value"].notna()
    return asked.loc[is_in, "p_value"].astype(float)


def counted_p(effects: pd.DataFrame) -> list[float]:
    """Return the p of each secondary outcome that `conclusions.judge_family` judged; of EFFECTS before its checks.

    A check that fails afterwards takes a conclusion away, not the fact that it was looked for.
    """
    return [float(p) for p in effects.loc[effects["p_holm"].notna(), "p_value"]]


def judge_asked(asked: pd.DataFrame, counted: Sequence[float]) -> pd.DataFrame:
    """Judge what was asked together with the secondary outcomes counted (Holm 1979).

    Parameters
    ----------
    asked
        ASKED_RESULTS, each change judged by itself.
    counted
        p of the secondary outcomes counted (`counted_p`).

    Returns
    -------
    asked
        Same rows with `p_holm`; a rise or fall that does not hold becomes `not_shown`, reason `not_after_holm`.
        Outcomes that are primary or exploratory are left alone.

    Examples
    --------
    Two outcomes counted of p 0.01 and 0.5: one asked of p 0.03 is the second of three, 2 * 0.03 = 0.06.
    """
    own = asked_in_family(asked)
    together = pd.Series(holm([*own, *counted])[: len(own)], index=own.index, dtype=float)
    out = asked.assign(p_holm=together.reindex(asked.index).astype(float) if len(own) else np.nan)
    falls = together.index[(together > LEVEL) & out.loc[together.index, "conclusion"].isin(SHOWN)]
    out = out.astype({"reason": object})
    out.loc[falls, ["conclusion", "reason"]] = [str(Conclusion.NOT_SHOWN), "not_after_holm"]
    return ASKED_RESULTS.check(out)
