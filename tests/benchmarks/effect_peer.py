"""The estimators beside an independent one: diff-diff's two-way fixed effects, on the same sites' logs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement.comparison import effects
from movement.comparison.effects import Interval
from tests.benchmarks.effect_coverage import SEED
from tests.benchmarks.effect_studies import Design, Studies, draw, stream
from tests.benchmarks.rows import Row

NEAR = 1e-9
DESIGNS = (Design(), Design(sites=6, treated=2), Design(treated=1), Design(sites=12, treated=4, days=7))


def agreement(number: int) -> Iterator[Row]:
    """Compare log effect and both ends of the interval; a screenline is one unit whose log is its total's."""
    off: dict[str, float] = {"treated sites": 0.0, "screenline": 0.0}
    for at, design in enumerate(DESIGNS):
        studies = draw(design, number, stream(SEED, "peer", str(at)))
        for study in range(number):
            for outcome, apart in _apart(studies, study).items():
                off[outcome] = max(off[outcome], apart)
    for outcome, apart in off.items():
        name = f"{outcome}: furthest from diff-diff, {number * len(DESIGNS)} studies"
        yield Row(name, apart / 1e-15, "1e-15", "<= 1000000", apart <= NEAR)


def _apart(studies: Studies, at: int) -> dict[str, float]:
    treated = studies.design.treated
    before, after = (side[at].mean(axis=0) for side in (studies.before, studies.after))
    ratios = np.log(after / before)
    controls = pd.Series(ratios[treated:])
    logs = np.log(np.stack([before, after]))
    totals = np.log(np.stack([before[:treated].sum(keepdims=True), after[:treated].sum(keepdims=True)]))
    ours = {
        "treated sites": effects.treated_against_controls(pd.Series(ratios[:treated]), controls),
        "screenline": effects.against_controls(float(totals[1, 0] - totals[0, 0]), controls),
    }
    theirs = {
        "treated sites": two_way(logs, treated),
        "screenline": two_way(np.hstack([totals, logs[:, treated:]]), 1),
    }
    return {name: float(np.abs(_ends(found) - theirs[name]).max()) for name, found in ours.items()}


def two_way(logs: npt.NDArray[np.float64], treated: int) -> npt.NDArray[np.float64]:
    """Let diff-diff regress logs (before and after x sites, treated first) on treated x after, site and time."""
    from diff_diff import TwoWayFixedEffects  # only the benchmark group has it

    sites = logs.shape[1]
    frame = pd.DataFrame(
        {
            "site": np.tile(np.arange(sites), 2),
            "after": np.repeat([0, 1], sites),
            "treated": np.tile(np.arange(sites) < treated, 2).astype(int),
            "log": logs.ravel(),
        }
    )
    peer = TwoWayFixedEffects(vcov_type="classical")
    found = peer.fit(frame, outcome="log", treatment="treated", post="after", unit="site")
    return np.array([found.att, *found.conf_int])


def _ends(found: Interval) -> npt.NDArray[np.float64]:
    return np.array([found.effect, found.effect - found.half, found.effect + found.half])
