"""Studies whose true effect is known: people counted by the hour at a handful of sites, before and after.

As counts-and-statistics.md B2: the mean is a product of the site's level, season, weekday, weather, shocks of the day
(shared and own, first-order autoregressive), a slow drift of the site's own and the effect; an hour's count is
negative binomial. The drift is what no number of hours counted within one campaign averages away.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from movement import tables
from tests.comparison import observed_world

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

WEEKDAY = (0.3, 0.2, 0.1, 0.1, 0.3, 1, 3, 8.5, 8, 4.5, 3.8, 4, 4.5, 4.6, 5.4, 8, 9, 7.5, 6, 4.8, 4, 3.2, 2.2, 1.2)
WEEKEND = (
    1.2,
    0.9,
    0.6,
    0.5,
    0.5,
    0.6,
    1,
    2,
    3.2,
    4.8,
    6.4,
    7.4,
    7.8,
    7.9,
    7.9,
    7.5,
    6.9,
    6.2,
    5.5,
    4.8,
    4,
    3.4,
    2.8,
    2,
)
SCHOOL_HOURS = (7, 8, 13, 14, 15)  # hours that the school run touches
PUPILS = {7: 0.5, 13: 0.25, 14: 0.25}  # when the pupils of a moved school pass
MONDAY = pd.Timestamp("2024-01-01")  # day 0
ENDS = observed_world.ENDS
FEWEST = 3


@dataclass(frozen=True)
class Design:
    """Sites, days and noise of a study; the treated sites come first, and make up the screenline."""

    sites: int = 8
    treated: int = 3
    ratio: float = 1.25  # true after / before at the treated sites
    first_days: tuple[int, int] = (240, 604)  # of the two campaigns; day 0 is a Monday on 1 January
    days: int = 14
    base_median: float = 400.0  # people per day
    base_sd: float = 0.7
    season: float = 0.25  # log amplitude, most in July
    season_sd: float = 0.08
    weather_sd: float = 0.25  # how unlike the sites are in what weather does to them
    shared_sd: float = 0.10
    own_sd: float = 0.10
    memory: float = 0.5
    drift_sd: float = 0.07
    drift_days: float = 90.0
    dispersion: float = 0.08  # variance of an hour is m + dispersion * m**2
    trend: float = 0.0  # log per year, at the treated sites only: what no controls can take away
    pupils: float = 0.0  # a school day's pupils after, as a share of the site's level; at the treated sites

    @property
    def day(self) -> npt.NDArray[np.int64]:
        """Counted days, both campaigns."""
        return np.concatenate([np.arange(first, first + self.days) for first in self.first_days])

    @property
    def controls(self) -> int:
        """Sites that are not treated."""
        return self.sites - self.treated


@dataclass(frozen=True)
class Studies:
    """Counts of many studies of one design: study x day x site, in all hours and outside those of the school run."""

    design: Design
    before: Counts
    after: Counts
    outside_before: Counts
    outside_after: Counts

    def ratios(self) -> Reals:
        """Return log(after/before) of each study and site."""
        return np.log(self.after.mean(axis=1) / self.before.mean(axis=1))

    def total_ratios(self, sites: int) -> Reals:
        """Return log(after/before) of the first sites' total in each study."""
        sides = [side[:, :, :sites].sum(axis=(1, 2)) for side in (self.after, self.before)]
        return np.log(sides[0] / sides[1])


def stream(seed: int, *key: str) -> np.random.Generator:
    """Return the random numbers of one thing, the same whatever else is drawn."""
    return np.random.default_rng([seed, zlib.crc32("|".join(key).encode())])


def draw(design: Design, number: int, random: np.random.Generator) -> Studies:
    """Draw a number of studies."""
    level = design.base_median * np.exp(random.normal(0, design.base_sd, (number, 1, design.sites)))
    means = day_means(design, level, random)
    return count(design, means, random, pupils=_pupils(design, level))


def day_means(design: Design, level: Reals, random: np.random.Generator) -> Reals:
    """Return the people expected on each day: study x day (both campaigns) x site; `level` is study x 1 x site."""
    day, shape = design.day, (len(level), 1, design.sites)
    amplitude = design.season + random.normal(0, design.season_sd, shape)
    warm = _series(random, (*shape[:2], 1), day, memory=0.8, sd=3.0)
    rain = _series(random, (*shape[:2], 1), day, memory=0.4, sd=1.0) > 0.5  # three days in ten
    weather = (0.02 * warm - 0.25 * rain) * (1 + design.weather_sd * random.normal(size=shape))
    shared = _series(random, (*shape[:2], 1), day, memory=design.memory, sd=design.shared_sd)
    own = _series(random, shape, day, memory=design.memory, sd=design.own_sd)
    drift = _series(random, shape, day, memory=float(np.exp(-1 / design.drift_days)), sd=design.drift_sd)
    weekend = (day % 7 >= 5)[None, :, None] * np.log(0.75) * (1 + 0.3 * random.normal(size=shape))
    season = np.cos(2 * np.pi * (day % 365 - 200) / 365)[None, :, None] * amplitude
    is_after = np.arange(len(day)) >= design.days
    is_treated = np.arange(design.sites) < design.treated
    effect = np.log(design.ratio) * is_after[:, None] + design.trend * day[:, None] / 365
    return np.asarray(level * np.exp(season + weather + shared + own + drift + weekend + effect * is_treated))


def count(design: Design, means: Reals, random: np.random.Generator, *, pupils: Reals | None = None) -> Studies:
    """Draw every hour from its mean, day by day; `pupils` (shaped as the means) are added on school days.

    A negative binomial count is Poisson with a gamma mean, and Poisson counts add up: the gamma is drawn for every
    hour, the Poisson once for the hours of the school run and once for the others.
    """
    profiles = [np.asarray(profile, dtype=float) for profile in (WEEKDAY, WEEKEND)]
    outside = np.array([hour not in SCHOOL_HOURS for hour in range(24)])
    whole, quiet = np.empty(means.shape, dtype=np.int64), np.empty(means.shape, dtype=np.int64)
    for at, day in enumerate(design.day):
        profile = profiles[int(day % 7 >= 5)]
        hours = means[:, at, None, :] * (profile / profile.sum())[:, None]
        for hour, share in PUPILS.items() if pupils is not None and day % 7 < 5 else ():
            hours[:, hour] += share * pupils[:, at]
        hours = hours * random.gamma(1 / design.dispersion, design.dispersion, hours.shape)
        quiet[:, at] = random.poisson(hours[:, outside].sum(axis=1))
        whole[:, at] = quiet[:, at] + random.poisson(hours[:, ~outside].sum(axis=1))
    split = design.days
    return Studies(design, whole[:, :split], whole[:, split:], quiet[:, :split], quiet[:, split:])


def _pupils(design: Design, level: Reals) -> Reals | None:
    if not design.pupils:
        return None
    is_after = np.arange(2 * design.days)[:, None] >= design.days
    return np.asarray(design.pupils * level * (is_after & (np.arange(design.sites) < design.treated)))


def _series(
    random: np.random.Generator, shape: tuple[int, ...], day: npt.NDArray[np.int64], *, memory: float, sd: float
) -> Reals:
    """Draw stationary first-order autoregressive series on the days given only, however far apart they lie."""
    out = np.empty((shape[0], len(day), shape[2]))
    out[:, 0] = random.normal(0, sd, (shape[0], shape[2]))
    for at, gap in enumerate(np.diff(day), start=1):
        kept = memory**gap
        shock = random.normal(0, sd * np.sqrt(1 - kept**2), (shape[0], shape[2]))
        out[:, at] = kept * out[:, at - 1] + shock
    return out


@dataclass(frozen=True)
class Frames:
    """What a study with walkers only gives to the library."""

    sites: pd.DataFrame
    screenlines: pd.DataFrame
    campaigns: pd.DataFrame


def frames(design: Design, *, new_link: bool = False, role: str = "old_crossing") -> Frames:
    """Return the tables that all studies of a design share; with a new link, that is the last site."""
    names = station_ids(design, new_link=new_link)
    starts = [MONDAY + pd.Timedelta(days=first) for first in design.first_days]
    rows: list[tuple[object, ...]] = [
        (
            name,
            role if name[0] == "S" else "control",
            {"modes": "walk", "screenline_ids": "snit" if name[0] == "S" else None},
        )
        for name in names
        if name != "L1"
    ]
    if new_link:
        rows.append(("L1", "new_link", {"modes": "walk", "valid_from": starts[1]}))
    campaigns = observed_world.campaigns(days=design.days)
    ends = [start + pd.Timedelta(days=design.days - 1) for start in starts]
    return Frames(
        observed_world.sites(*rows),
        observed_world.screenlines(),
        tables.CAMPAIGNS.conform(campaigns.assign(start_date=starts, end_date=ends)),
    )


def station_ids(design: Design, *, new_link: bool = False) -> list[str]:
    """Return S1.. for the treated sites, K1.. for the controls, and L1."""
    links = 1 if new_link else 0
    treated, controls = design.treated, design.controls - links
    return [f"S{n + 1}" for n in range(treated)] + [f"K{n + 1}" for n in range(controls)] + ["L1"] * links


def daily(studies: Studies, at: int, *, new_link: bool = False) -> pd.DataFrame:
    """Lay out one study as DAILY, both parts of the day; a new link has no days before it opened."""
    names = np.array(station_ids(studies.design, new_link=new_link))
    parts = []
    for period, sides in (
        ("all_day", (studies.before, studies.after)),
        ("outside_school", (studies.outside_before, studies.outside_after)),
    ):
        for campaign, first, side in zip(("before", "after"), studies.design.first_days, sides, strict=True):
            used = names if campaign == "after" else names[names != "L1"]
            counted = side[at, :, : len(used)]
            dates = MONDAY + pd.to_timedelta(first + np.arange(len(counted)), unit="D")
            parts.append(
                pd.DataFrame(
                    {
                        "station_id": np.repeat(used, len(counted)),
                        "mode": "walk",
                        "period": period,
                        "date": np.tile(dates, len(used)),
                        "campaign_id": campaign,
                        "count": counted.T.ravel().astype(float),
                    }
                )
            )
    frame = pd.concat(parts, ignore_index=True)
    day_type = np.where(frame["date"].dt.dayofweek < 5, "weekday", "weekend")
    return tables.DAILY.conform(frame.assign(day_type=day_type, valid_share=1.0, is_valid=True))
