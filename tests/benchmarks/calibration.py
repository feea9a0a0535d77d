"""Whether fitted parameters can be believed: their intervals on studies with a known truth, and warnings on wrong ones.

`uv run python -m tests.benchmarks.calibration [--json FILE] [--studies N]`.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse

from movement.demand import calibrate, distribute, histograms
from movement.demand.choices import Choices
from movement.demand.decay import Decay
from movement.demand.fit_warnings import Doubt
from movement.tables import Distribution
from tests.benchmarks import flow_studies
from tests.benchmarks.flow_studies import DEFAULT, DETOURS, SITES, Study, World
from tests.benchmarks.rows import Row, parser, tell

IN_FAMILY, NOT_IN_FAMILY = 200, 50
ASKED = ("scale", "decay", "detour", "scale_school")
WORLDS = 10
DRAWS = 100
TRIAL_GOAL_US = 20.0
# said of a value or interval at the end of what is tried: with few sites by chance too where the model is right
AT_END = frozenset({Doubt.PARAMETER_NOT_TOLD, Doubt.DETOUR_AT_GRID_END, Doubt.INTERVAL_CUT_OFF})
STRONG = 0.25  # error of flows on links not counted, as a share of them, from which a wrong model matters


@dataclass(frozen=True)
class Outcome:
    """What one study's fit came to.

    `is_hit` by fitted parameter, `links` and `sites` for the intervals of flows; `is_at_end`: of what is tried, which
    is no alarm of those in `alarms`.
    """

    is_hit: dict[str, bool]
    links: np.ndarray
    sites: np.ndarray
    error: float
    alarms: frozenset[str]
    is_at_end: bool
    seconds: float


def speed() -> Iterator[Row]:
    """Time a trial of a decay: 25 sites, 40 zones, 30 destinations, an hour's cut-off; and how exact it is."""
    rng = np.random.default_rng(1)
    origin = np.repeat(np.arange(200), 30)
    rows = len(origin)
    choices = Choices(
        origin, np.tile(np.arange(30), 200), rng.uniform(0, 60, rows), rng.uniform(1, 5, rows),
        rng.uniform(50, 100, 200), np.arange(200) % 5, flow_studies.PURPOSES, np.ones(30),
    )  # fmt: skip
    shares = [sparse.csr_array(sparse.random(25, rows, density=0.1, random_state=seed)) for seed in range(5)]
    plain = histograms.unconstrained(choices, shares, [0] * 5)
    huff = histograms.origin_constrained(choices, shares, [0] * 5)
    taken = _median_us(lambda at: plain.passes(Decay("exponential", 0.1 + 1e-5 * at), 2))
    yield Row("a trial, unconstrained", taken, "us", f"< {TRIAL_GOAL_US:.0f}", taken < TRIAL_GOAL_US)
    yield Row(
        "a trial, origin-constrained",
        _median_us(lambda at: huff.passes(Decay("exponential", 0.1), 2)),
        "us",
        "none",
        True,
    )
    off = 0.0
    for decay in (Decay("exponential", 0.05), Decay("exponential", 0.25), Decay("power", 2.0)):
        free = choices.produced[origin] * choices.pull * decay.of(choices.cost_min)
        for found, trips in ((plain, free), (huff, distribute.origin_constrained(choices, decay).trips)):
            off = max(off, float(np.abs(found.passes(decay, 2)[:, 0] / (shares[2] @ trips) - 1).max()))
    yield Row("a trial, furthest from the sum over all rows", 100 * off, "%", "<= 0.1", off <= 1e-3)


def _median_us(trial: Callable[[int], object]) -> float:
    """Return processor time, which a trial on one thread takes whatever else the machine does."""
    times = []
    for _ in range(21):
        begin = time.process_time()
        for at in range(200):
            trial(at)
        times.append((time.process_time() - begin) / 200)
    return 1e6 * float(np.median(times))


def believed(studies: int) -> Iterator[Row]:
    """Fit studies whose truth is in the family: coverage of every interval, and false alarms."""
    found = [_outcome(flow_studies.make_study(_world(seed % WORLDS), seed), seed) for seed in range(studies)]
    yield from _coverage("in the family", found, judged=True)
    alarms = 100 * float(np.mean([bool(one.alarms) for one in found]))
    yield Row("in the family: studies with an alarm", alarms, "%", "<= 10", alarms <= 10)
    at_end = 100 * float(np.mean([one.is_at_end for one in found]))
    yield Row(
        "in the family: studies with a value or an interval's end at the end of what is tried",
        at_end,
        "%",
        "none",
        True,
    )
    for name, number in sorted(Counter(name for one in found for name in one.alarms).items()):
        print(f"    {name}: {number}")
    seconds = float(np.median([one.seconds for one in found]))
    yield Row("a whole fit, sites left out and intervals", seconds, "s", "none", True)


def doubted(studies: int) -> Iterator[Row]:
    """Fit studies whose truth is not in the family: coverage, and how many of those that matter raise an alarm."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for at in range(studies):
        wrong = flow_studies.WRONG[at % len(flow_studies.WRONG)]
        seed = 10_000 + at // len(flow_studies.WRONG)
        found[wrong].append(_outcome(flow_studies.make_study(_world(seed % WORLDS), seed, wrong=wrong), seed))
    every = [one for outcomes in found.values() for one in outcomes]
    yield from _coverage("not in the family", every, judged=False)
    for wrong, outcomes in found.items():
        alarms = 100 * float(np.mean([bool(one.alarms) for one in outcomes]))
        yield Row(f"{wrong}: studies with an alarm", alarms, "%", "none", True)
        error = 100 * float(np.median([one.error for one in outcomes]))
        kinds = Counter(name for one in outcomes for name in one.alarms)
        print(f"    error on links not counted {error:.0f} %;", ", ".join(f"{name} {n}" for name, n in kinds.items()))
    strong = [one for one in every if one.error >= STRONG]
    share = 100 * float(np.mean([bool(one.alarms) for one in strong])) if strong else 100.0
    print(f"    {len(strong)} of {len(every)} studies are off by {100 * STRONG:.0f} % or more on links not counted")
    yield Row("strongly wrong: studies with an alarm", share, "%", "> 50", share > 50)


def _coverage(name: str, found: list[Outcome], *, judged: bool) -> Iterator[Row]:
    for parameter in ASKED:
        hits = [one.is_hit[parameter] for one in found if parameter in one.is_hit]
        share = 100 * float(np.mean(hits)) if hits else float("nan")
        yield Row(
            f"{name}: {parameter} in its interval",
            share,
            "%",
            "90-99" if judged else "none",
            not judged or 90 <= share <= 99,
        )
        refused = 100 * (1 - len(hits) / len(found))
        yield Row(f"{name}: {parameter} refused, the counts do not tell it", refused, "%", "none", True)
    for what, parts in (
        ("links not counted", [one.links for one in found]),
        ("sites left out", [one.sites for one in found]),
    ):
        share = 100 * float(np.mean(np.concatenate(parts)))
        yield Row(f"{name}: {what} in their interval", share, "%", "none", True)
    error = 100 * float(np.median([one.error for one in found]))
    yield Row(f"{name}: error of flows on links not counted", error, "%", "none", True)


@cache
def _world(seed: int) -> World:
    return flow_studies.make_world(seed)


def _outcome(study: Study, seed: int) -> Outcome:
    world, truth = _world(seed % WORLDS), study.truth
    begin = time.process_time()
    fit = calibrate.calibrate(
        world.choices,
        {detour: shares[:SITES] for detour, shares in world.shares.items()},
        study.counts,
        asked=ASKED,
        distribution=truth.distribution,
        decay=DEFAULT,
        decay_bounds=flow_studies.DECAY_BOUNDS,
        detour=1.1,
        features=study.features,
        places_m=flow_studies.places(world),
    )
    seconds = time.process_time() - begin
    table = fit.parameters.set_index("name")
    true = {"scale": truth.scale, "decay": truth.decay.rate, "detour": truth.detour, "scale_school": truth.school}
    fitted = table.index[table["is_fitted"]]
    is_hit = {name: bool(table.loc[name, "low"] <= true[name] <= table.loc[name, "high"]) for name in fitted}
    others = truth.flows[SITES:]
    draws = calibrate.draws(fit, number=DRAWS, seed=1).to_dict("records")
    drawn = np.array([_flows(world, truth.distribution, one) for one in draws])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    best = _flows(world, truth.distribution, table["estimate"].to_dict())
    counted = study.counts["counted_per_day"].to_numpy()
    sites = (fit.fit["left_out_low"] <= counted) & (counted <= fit.fit["left_out_high"])
    return Outcome(
        is_hit,
        (low <= others) & (others <= high),
        sites.to_numpy(),
        float(np.abs(best - others).sum() / others.sum()),
        frozenset(str(warning.key) for warning in fit.warnings if warning.is_alarm and warning.key not in AT_END),
        any(warning.key in AT_END for warning in fit.warnings),
        seconds,
    )


def _flows(world: World, distribution: Distribution, drawn: Mapping[Hashable, float]) -> np.ndarray:
    """Load one draw of parameters on the links that were not counted."""
    passing, detour = _passing(world, distribution), DETOURS.index(round(drawn["detour"], 6))
    units = passing.passes(Decay("exponential", drawn["decay"]), detour)
    factors = np.array([drawn[f"scale_{purpose}"] for purpose in flow_studies.PURPOSES])
    return world.through[SITES:] * drawn["through"] + drawn["scale"] * (units * factors).sum(axis=1)


_KEPT: dict[tuple[int, str], histograms.Passes] = {}


def _passing(world: World, distribution: Distribution) -> histograms.Passes:
    key = (id(world), str(distribution))
    if key not in _KEPT:
        shares = [world.shares[detour][SITES:] for detour in DETOURS]
        purposes = range(len(flow_studies.PURPOSES))
        if distribution == Distribution.UNCONSTRAINED:
            yardstick = distribute.mean_accessibility(world.choices, DEFAULT)
            _KEPT[key] = histograms.unconstrained(world.choices, shares, purposes, mean_access=yardstick)
        else:
            _KEPT[key] = histograms.origin_constrained(world.choices, shares, purposes)
    return _KEPT[key]


def _rows(studies: int) -> Iterator[Row]:
    yield from speed()
    yield from believed(studies)
    yield from doubted(max(studies * NOT_IN_FAMILY // IN_FAMILY, len(flow_studies.WRONG)))


if __name__ == "__main__":
    options = parser()
    options.add_argument("--studies", type=int, default=IN_FAMILY, help="studies in the family; a quarter more are not")
    asked = options.parse_args()
    tell(_rows(asked.studies), asked.json)
