"""Small study areas whose truth is known: a grid of streets, homes and destinations, counted sites and their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from movement.demand import distribute
from movement.demand.choices import Choices
from movement.demand.decay import Decay
from movement.tables import Distribution

SIDE, BLOCK_M = 13, 200.0
ZONES, DESTINATIONS = 40, 30
PURPOSES = ("school", "work", "shopping", "leisure", "nature")
DETOURS = (1.0, 1.05, 1.1, 1.15, 1.2, 1.3)
SITES, OTHERS = 16, 12
CUT_OFF_MIN = 40.0
DEFAULT = Decay("exponential", 0.1)
DECAY_BOUNDS = (0.01, 1.0)
DAYS = 7  # of a count
WRONG = ("another decay", "unlisted attraction", "correlated site errors", "school moved", "rehousing dip")
_BUNDLE = 60  # ways drawn per detour value


@dataclass(frozen=True)
class World:
    """A study area: the model's choices, passes of counted sites (first) and other links, and the ways themselves."""

    choices: Choices
    shares: dict[float, sparse.csr_array]  # links x rows, by detour value
    nodes_m: np.ndarray
    zone_node: np.ndarray
    destination_node: np.ndarray
    bundles: dict[float, list[tuple[np.ndarray, np.ndarray]]]  # drawn costs and predecessors, zones x nodes
    costs: np.ndarray  # zones x nodes, minutes
    links: np.ndarray  # counted and other links: two nodes each
    through: np.ndarray

    @property
    def places_m(self) -> np.ndarray:
        """Middle of each link."""
        return self.nodes_m[self.links].mean(axis=1)


@dataclass(frozen=True)
class Truth:
    """True parameters of a study, and people a day on every link of interest."""

    distribution: Distribution
    scale: float
    decay: Decay
    detour: float
    school: float
    flows: np.ndarray


@dataclass(frozen=True)
class Study:
    """What a calibration is given, and the truth."""

    counts: pd.DataFrame
    truth: Truth
    features: pd.DataFrame


def make_world(seed: int) -> World:
    """Draw streets, homes, destinations, ways and the links that are counted."""
    rng = np.random.default_rng([seed, 1])
    nodes = np.array([(x, y) for y in range(SIDE) for x in range(SIDE)], dtype=float) * BLOCK_M
    links, minutes = _streets(rng)
    zone_node = rng.choice(len(nodes), ZONES, replace=False)
    destination_node = rng.choice(len(nodes), DESTINATIONS, replace=False)
    costs = dijkstra(_matrix(links, minutes), indices=zone_node)
    bundles = {}
    for detour in DETOURS:
        draws = 1 if detour == 1.0 else _BUNDLE
        bundles[detour] = [
            dijkstra(
                _matrix(links, minutes * (1 + 2.5 * (detour - 1) * rng.exponential(size=len(minutes)))),
                indices=zone_node,
                return_predecessors=True,
            )
            for _ in range(draws)
        ]
    choices = _choices(rng, costs[:, destination_node])
    world = World(choices, {}, nodes, zone_node, destination_node, bundles, costs, links, np.zeros(len(links)))
    every = _shares(world, 1.1, destination_node[choices.destination], choices.origin)
    flows = every @ distribute.origin_constrained(choices, DEFAULT).trips
    busy = rng.permutation(np.argsort(flows)[-(len(links) // 2) :])[: SITES + OTHERS]
    through = np.where(rng.random(SITES + OTHERS) < 0.3, rng.uniform(50, 300, SITES + OTHERS), 0.0)
    world = replace(world, links=links[busy], through=through)
    ends = destination_node[choices.destination]
    return replace(world, shares={detour: _shares(world, detour, ends, choices.origin) for detour in DETOURS})


def make_study(world: World, seed: int, *, wrong: str | None = None) -> Study:
    """Draw true parameters, flows and counts; `wrong` is how the truth lies outside the model's family."""
    rng = np.random.default_rng([seed, 2])
    truth = Truth(
        (Distribution.UNCONSTRAINED, Distribution.ORIGIN_CONSTRAINED)[seed % 2],
        float(rng.choice([0.6, 1.0, 1.6])),
        Decay("exponential", float(rng.choice([0.07, 0.12, 0.2]))),
        float(rng.choice(DETOURS[1:-1])),
        float(rng.choice([0.6, 1.0, 1.7])),
        np.zeros(0),
    )
    counted_flows = _flows(world, truth, rng, wrong)
    truth = replace(truth, flows=counted_flows if wrong != "rehousing dip" else _flows(world, truth, rng, None))
    features = pd.DataFrame({"days_since_first_count": np.zeros(SITES)}, index=_names())
    if wrong == "rehousing dip":
        late = np.arange(SITES) % 2 == 1
        counted_flows = np.where(np.resize(late, len(counted_flows)), counted_flows, truth.flows)
        features = features.assign(days_since_first_count=np.where(late, 200.0, 0.0))
    mean = counted_flows[:SITES]
    site = _site_errors(world, rng, wrong)
    se = np.sqrt(mean / DAYS + (0.04 * mean) ** 2)
    counted = np.maximum(mean * site + se * rng.standard_normal(SITES), 0.0)
    counts = pd.DataFrame(
        {"counted_per_day": counted, "counted_se": se, "through_per_day": world.through[:SITES]}, index=_names()
    )
    return Study(counts, truth, features)


def places(world: World) -> pd.DataFrame:
    """Return where the counted sites lie."""
    return pd.DataFrame(world.places_m[:SITES], columns=["east_m", "north_m"], index=_names())


def _names() -> pd.Index:
    return pd.Index([f"S{site:02d}" for site in range(SITES)], name="station_id")


def _streets(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lay the links of a grid, a tenth left out, with felt minutes that differ by street."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    along = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    links = np.vstack([across, along])
    links = links[rng.random(len(links)) > 0.1]
    return links, BLOCK_M / 80.0 * rng.uniform(0.8, 1.4, len(links))


def _matrix(links: np.ndarray, minutes: np.ndarray) -> sparse.csr_array:
    ends = np.vstack([links, links[:, ::-1]])
    return sparse.csr_array((np.tile(minutes, 2), ends.T), shape=(SIDE * SIDE, SIDE * SIDE))


def _choices(rng: np.random.Generator, costs: np.ndarray) -> Choices:
    purpose_of = np.arange(DESTINATIONS) % len(PURPOSES)
    pull = rng.lognormal(0.0, 0.7, DESTINATIONS)
    residents = rng.uniform(100, 600, ZONES)
    rows = []
    for zone in range(ZONES):
        for purpose in range(len(PURPOSES)):
            reached = np.flatnonzero((purpose_of == purpose) & (costs[zone] <= CUT_OFF_MIN))
            rows += [(zone * len(PURPOSES) + purpose, end, costs[zone, end], pull[end]) for end in reached]
    origin, destination, cost, weight = (np.array(column) for column in zip(*rows, strict=True))
    rates = np.array([0.3, 0.25, 0.5, 0.5, 0.25])
    produced = (residents[:, None] * rates).ravel()
    purpose = np.tile(np.arange(len(PURPOSES)), ZONES)
    return Choices(origin, destination, cost, weight, produced, purpose, PURPOSES, np.ones(DESTINATIONS))


def _shares(world: World, detour: float, ends: np.ndarray, origins: np.ndarray) -> sparse.csr_array:
    """Walk the drawn ways of every row back from its end; passes of each link of interest per trip."""
    size = SIDE * SIDE
    place = np.full((size, size), -1)
    for at, (one, other) in enumerate(world.links):
        place[one, other] = place[other, one] = at
    zone = origins // len(PURPOSES)
    total = sparse.csr_array((len(world.links), len(ends)))
    for _, before in world.bundles[detour]:
        now, passed, rows = ends.copy(), [], []
        while True:
            previous = before[zone, now]
            moving = np.flatnonzero(previous >= 0)
            if not len(moving):
                break
            at = place[previous[moving], now[moving]]
            passed.append(at[at >= 0])
            rows.append(moving[at >= 0])
            now = np.where(previous >= 0, previous, now)
        passed_at, row = np.concatenate(passed), np.concatenate(rows)
        total = total + sparse.csr_array((np.ones(len(row)), (passed_at, row)), shape=total.shape)
    return sparse.csr_array(total / len(world.bundles[detour]))


def _flows(world: World, truth: Truth, rng: np.random.Generator, wrong: str | None) -> np.ndarray:
    choices, shares, decay = world.choices, world.shares[truth.detour], truth.decay
    if wrong == "another decay":
        decay = (
            Decay("power", 2.5) if rng.random() < 0.5 else Decay("table", 0.0, (0, 6, 8, 14, 18), (0.05, 0.1, 1, 1, 0))
        )
    if wrong == "school moved":
        choices, shares = _moved(world, truth, rng, "school")
    if wrong == "rehousing dip":
        away = np.repeat(world.nodes_m[world.zone_node, 0] < SIDE * BLOCK_M / 2, len(PURPOSES))
        choices = replace(choices, produced=choices.produced * np.where(away, 0.5, 1.0))
    local = shares @ _trips(world, choices, truth, decay)
    if wrong == "unlisted attraction":
        extra, ways = _moved(world, truth, rng, "leisure", to_one=True)
        is_leisure = choices.purpose[extra.origin] == PURPOSES.index("leisure")
        local = local + ways @ np.where(is_leisure, 1.5 * _trips(world, extra, truth, decay), 0.0)
    return world.through + local


def _trips(world: World, choices: Choices, truth: Truth, decay: Decay) -> np.ndarray:
    if truth.distribution == Distribution.UNCONSTRAINED:
        yardstick = distribute.mean_accessibility(world.choices, DEFAULT if decay.form == "exponential" else decay)
        trips = distribute.unconstrained(choices, decay, mean_access=yardstick).trips
    else:
        trips = distribute.origin_constrained(choices, decay).trips
    is_school = choices.purpose[choices.origin] == PURPOSES.index("school")
    return truth.scale * np.where(is_school, truth.school, 1.0) * trips


def _moved(
    world: World, truth: Truth, rng: np.random.Generator, purpose: str, *, to_one: bool = False
) -> tuple[Choices, sparse.csr_array]:
    """Move the destinations of a purpose elsewhere, or all to one place."""
    choices = world.choices
    nodes = world.destination_node.copy()
    own = np.flatnonzero(np.arange(DESTINATIONS) % len(PURPOSES) == PURPOSES.index(purpose))
    nodes[own] = rng.choice(SIDE * SIDE, 1 if to_one else len(own), replace=False)
    ends = nodes[choices.destination]
    cost = world.costs[choices.origin // len(PURPOSES), ends]
    return replace(choices, cost_min=cost), _shares(world, truth.detour, ends, choices.origin)


def _site_errors(world: World, rng: np.random.Generator, wrong: str | None) -> np.ndarray:
    """Draw relative site errors of mean 1: lognormal or gamma, of their own, or alike among neighbours."""
    sd = float(rng.uniform(0.1, 0.2))
    if wrong == "correlated site errors":
        where = world.places_m[:SITES]
        apart = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1))
        root = np.linalg.cholesky(np.exp(-((apart / 700.0) ** 2)) + 1e-6 * np.eye(SITES))
        return np.exp(0.5 * root @ rng.standard_normal(SITES) - 0.125)
    if rng.random() < 0.5:
        return rng.gamma(1 / sd**2, sd**2, SITES)
    spread = np.sqrt(np.log1p(sd**2))
    return rng.lognormal(-(spread**2) / 2, spread, SITES)
