"""A new link that others' users move over to: the whole screenline must tell the net change, whatever is rerouted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from movement.comparison.effects import against_controls
from movement.comparison.substitution import substitution
from tests.benchmarks import effect_studies as studies
from tests.benchmarks.effect_coverage import SEED, mean, share
from tests.benchmarks.effect_library import CHUNK, spread_out
from tests.benchmarks.effect_studies import Design, Reals, Studies, stream
from tests.benchmarks.rows import Row


@dataclass(frozen=True)
class Rerouting:
    """A link with a share of those who crossed before, and how many of its users the old crossings lose."""

    link_share: float
    rerouted: float

    @property
    def truth(self) -> float:
        """Log change of the whole screenline."""
        return float(np.log1p(self.link_share * (1 - self.rerouted)))

    def __str__(self) -> str:
        return f"{100 * self.rerouted:.0f} % rerouted, true {100 * np.expm1(self.truth):+.0f} %"


REROUTINGS = (Rerouting(0.15, 0.0), Rerouting(0.30, 0.5), Rerouting(0.30, 0.8), Rerouting(0.30, 1.0))
CROSSINGS = Design(sites=10, treated=3, ratio=1.0, base_sd=0.5)  # three old crossings, six controls, the link last
OLD, CONTROLS = slice(0, CROSSINGS.treated), slice(CROSSINGS.treated, -1)
LINK_SD = 0.08  # of a day's users of the link, log


def unbiased(number: int) -> Iterator[Row]:
    """Say how far the screenline's answer lies from the truth on average, and what else one might have believed."""
    for rerouting in REROUTINGS:
        drawn = draw(rerouting, number, "arrays")
        before, after = (side.sum(axis=1).astype(float) for side in (drawn.before, drawn.after))
        found, half = _against_controls(before, after)
        crossed, still, link = before[:, OLD].sum(axis=1), after[:, OLD].sum(axis=1), after[:, -1]
        yield mean(f"{rerouting}: screenline against controls, off", found, "%", truth=rerouting.truth)
        yield share(f"{rerouting}: truth in its interval", np.abs(found - rerouting.truth) <= half, least=93)
        yield mean(f"{rerouting}: what the old crossings say", np.log(still / crossed), "%")
        yield mean(f"{rerouting}: what the link's own count says", np.log1p(link / crossed), "%")
        as_controls = np.log1p(link / crossed) - np.log(after[:, OLD] / before[:, OLD]).mean(axis=1)
        yield mean(f"{rerouting}: old crossings taken as controls", as_controls, "%")


def by_table(number: int, *, workers: int) -> Iterator[Row]:
    """Hold `substitution` against the arrays, study by study, and its rerouted share against the truth."""
    for rerouting in REROUTINGS:
        chunks = range(-(-number // CHUNK))
        parts = spread_out(partial(_substituted, rerouting), chunks, workers=workers)
        found = pd.DataFrame([row for part in parts for row in part][:number])
        off = 100 * float((found["table"] - found["arrays"]).abs().max())
        # SUBSTITUTION has one decimal of people per day
        yield Row(f"{rerouting}: substitution and arrays furthest apart", off, "%", "<= 0.1", off <= 0.1)
        name = f"{rerouting}: substitution, rerouted share off"
        yield mean(name, found["share"], "points", truth=rerouting.rerouted, is_log=False)


def draw(rerouting: Rerouting, number: int, *key: str) -> Studies:
    """Draw studies in which the last site is a new link, which takes part of its users from the old crossings."""
    design, random = CROSSINGS, stream(SEED, "rerouted", str(rerouting), *key)
    level = design.base_median * np.exp(random.normal(0, design.base_sd, (number, 1, design.sites)))
    means = studies.day_means(design, level, random)
    after = slice(design.days, None)
    total = means[:, after, OLD].sum(axis=2)
    users = rerouting.link_share * total * np.exp(random.normal(-(LINK_SD**2) / 2, LINK_SD, total.shape))
    means[:, after, OLD] *= (1 - rerouting.rerouted * users / total)[:, :, None]
    means[:, : design.days, -1] = 0.0
    means[:, after, -1] = users
    return studies.count(design, means, random)


def _against_controls(before: Reals, after: Reals) -> tuple[Reals, Reals]:
    """Return log effect and half interval of each study; before and after are study x site, all days together."""
    totals = np.log((after[:, OLD].sum(axis=1) + after[:, -1]) / before[:, OLD].sum(axis=1))
    ratios = np.log(after[:, CONTROLS] / before[:, CONTROLS])
    found = [against_controls(float(total), pd.Series(row)) for total, row in zip(totals, ratios, strict=True)]
    return np.array([one.effect for one in found]), np.array([one.half for one in found])


def _substituted(rerouting: Rerouting, chunk: int) -> list[dict[str, float]]:
    drawn = draw(rerouting, CHUNK, "tables", str(chunk))
    given = studies.frames(CROSSINGS, new_link=True)
    effect, _ = _against_controls(drawn.before.sum(axis=1), drawn.after.sum(axis=1))
    return [
        {"arrays": float(effect[at])} | _parts(studies.daily(drawn, at, new_link=True), given) for at in range(CHUNK)
    ]


def _parts(daily: pd.DataFrame, given: studies.Frames) -> dict[str, float]:
    table = substitution(
        daily[daily["period"] == "all_day"], given.sites, given.screenlines, given.campaigns,
        **studies.ENDS, fewest_controls=studies.FEWEST,
    )  # fmt: skip
    parts = table[table["mode"] == "all"].set_index("part")
    whole = parts.loc["screenline"]
    return {
        "table": float(np.log(whole["after_per_day"] / whole["expected_per_day"])),
        "share": float(parts.loc["rerouted_share", "share_pct"]) / 100,
    }
