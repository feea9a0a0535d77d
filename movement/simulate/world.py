"""The made-up world: how many pass each site on each day and hour, and what the new link truly did.

Every number of this module is invented. Profiles, weekends and month indices follow usual Danish practice
(professional estimates); the noise follows counters on real paths (shared and own day shocks, slow drift).
"""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from movement.tables import Mode, Role

Reals = NDArray[np.float64]

# ASSUME: share of a weekday's people in each hour from 0 to 23, cycling: peaks 7-8 and 15-17
CYCLE_WEEKDAY = (4, 2, 2, 2, 5, 16, 52, 118, 82, 42, 36, 40, 46, 50, 64, 98, 102, 76, 50, 38, 28, 22, 15, 10)
# ASSUME: the same on foot: flatter, peak 15-17
WALK_WEEKDAY = (5, 3, 2, 2, 4, 12, 34, 68, 66, 50, 52, 56, 62, 64, 72, 88, 90, 76, 62, 48, 34, 24, 16, 10)
# ASSUME: a weekend day, both
WEEKEND = (12, 9, 7, 5, 4, 5, 10, 20, 36, 56, 74, 84, 88, 90, 88, 84, 78, 66, 54, 42, 34, 26, 18, 10)
# ASSUME: weekend day as a share of a weekday, by kind of site and mode
WEEKEND_SHARE = {
    "everyday": {"walk": 0.92, "cycle": 0.65},
    "nature": {"walk": 1.6, "cycle": 1.3},
    "cycle": {"walk": 0.9, "cycle": 0.6},
}
# ASSUME: month index, September = 1
CYCLE_MONTH = (0.60, 0.62, 0.72, 0.88, 1.02, 1.02, 0.78, 0.94, 1.00, 0.90, 0.75, 0.60)
WALK_MONTH = (0.85, 0.86, 0.92, 0.98, 1.04, 1.04, 0.95, 1.00, 1.00, 0.98, 0.92, 0.86)
# ASSUME: mean temperature of a day in each month, in whole degrees
MONTH_C = (1, 1, 3, 7, 12, 15, 17, 17, 14, 10, 6, 3)
# ASSUME: what all sites share on a day beside rain is its warmth: so many degrees for one standard deviation of it
SHOCK_C = 2.5
# ASSUME: mean rain of a wet day, beyond the millimetre that makes it one
RAIN_MM = 5.0
SCHOOL_HOURS = (7, 13, 14)  # hours in which the school's crossings are made


# ASSUME: what people who are stopped are out for
PURPOSES = {"work": 0.25, "school": 0.15, "shopping": 0.25, "leisure": 0.25, "nature": 0.10}
ASKED_HOURS = (15, 16, 17)
ASKED_WEEKDAYS = (1, 3, 5)  # Tuesday, Thursday, Saturday
ASKED_A_DAY = 14  # people at one site
NO_ANSWER = 0.05  # ASSUME: share of questions left blank


@dataclass(frozen=True)
class Truth:
    """What the counts hide; every number is invented and is to be found again."""

    opened: str = "2026-05-01"  # first day of the new link
    school_moved: str = "2026-08-10"  # first day of the school on the other side
    rehoused: str = "2026-02-01"  # first day with fewer residents
    link_share: float = 0.40  # on the new link, of all over the screenline before
    rerouted_share: float = 0.70  # of those, moved over from the old crossings
    treated_rise: float = 0.10
    rehousing_dip: float = 0.15  # of what residents of the area do
    school_crossings: dict[str, float] = field(default_factory=lambda: {"walk": 60.0, "cycle": 60.0})
    residents_share: dict[str, float] = field(
        default_factory=lambda: {"old_crossing": 0.4, "new_link": 0.4, "treated": 0.6, "cordon": 0.5, "other": 0.2}
    )
    tryghed_before: float = 5.6  # mean score, 1 to 10, of those who cross
    tryghed_after: float = 6.4
    tryghed_sd: float = 1.9
    near_weight: float = 3.0  # how much more the permanent old crossings give to the link than the others
    site_error_sd: float = 0.12
    shared_shock_sd: float = 0.06
    own_shock_sd: float = 0.05
    shock_memory: float = 0.5  # AR(1), day to day
    drift_sd: float = 0.07
    drift_days: float = 90.0
    rain_loss: float = 0.18  # on the one day in four that it rains
    dispersion: float = 12.0  # negative binomial size of an hour

    @property
    def net_rise(self) -> float:
        """Net change of the screenline, before rehousing and school."""
        return self.link_share * (1 - self.rerouted_share)

    def asked(self) -> dict[str, float]:
        """Return what the answers of stop interviews are drawn around."""
        elsewhere = {role: round(100 * (1 - self.residents_share[role]), 1) for role in ("old_crossing", "new_link")}
        return {f"non_residents_pct {role}": share for role, share in elsewhere.items()} | {
            "trips_not_made_pct new_link": round(100 * (1 - self.rerouted_share), 1),
            "tryghed before": self.tryghed_before,
            "tryghed after": self.tryghed_after,
        }

    def as_rows(self) -> dict[str, Any]:
        """Return all numbers, for truth.json."""
        return asdict(self) | {"net_rise": round(self.net_rise, 4)}


def stream(seed: int, *key: str) -> np.random.Generator:
    """Return the random numbers of one thing, the same whatever else is drawn."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32("|".join(key).encode())]))


def site_means(base: pd.DataFrame, sites: pd.DataFrame, screenline_id: str, *, truth: Truth, seed: int) -> pd.DataFrame:
    """Give each site and mode its true mean day before and after.

    Parameters
    ----------
    base
        station_id, mode, flow_per_day: a mean day of the week in September; none for new links.
    sites
        SITES.
    screenline_id
        The primary screenline: its old crossings lose to its new link.

    Returns
    -------
    means
        Per site and mode, sorted: `before`, `after` (opened, not rehoused, without the school), `residents_share`,
        `school` (crossings added on a school day), `kind`; people per day.
    """
    known = base.merge(sites, on="station_id", how="inner", validate="many_to_one").sort_values(["station_id", "mode"])
    error = [
        stream(seed, "site", row.station_id, row.mode).normal(0, truth.site_error_sd) for row in known.itertuples()
    ]
    known = known.assign(before=(known["flow_per_day"] * np.exp(error)).round(1))
    known = pd.concat([known, _new_link_rows(sites, known)], ignore_index=True)
    parts = [_with_link(rows, screenline_id, truth) for _, rows in known.groupby("mode", sort=True)]
    means = pd.concat(parts, ignore_index=True).assign(
        residents_share=lambda m: m["role"].map(truth.residents_share).fillna(0.0),
        kind=lambda m: m["site_type"].fillna("everyday"),
    )
    columns = ["station_id", "mode", "role", "kind", "before", "after", "residents_share", "school"]
    return means[columns].sort_values(["station_id", "mode"], ignore_index=True)


def _new_link_rows(sites: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    links = sites[sites["role"] == str(Role.NEW_LINK)]
    rows = [links.assign(mode=mode, before=0.0, flow_per_day=0.0) for mode in sorted(known["mode"].unique())]
    all_rows = pd.concat(rows, ignore_index=True)
    counted = [
        mode in str(modes).replace(" ", "").split(",")
        for mode, modes in zip(all_rows["mode"], all_rows["modes"], strict=True)
    ]
    return all_rows[counted]


def _with_link(rows: pd.DataFrame, screenline_id: str, truth: Truth) -> pd.DataFrame:
    """One mode: the link takes its share of the screenline, and what is rerouted leaves the old crossings."""
    lines = rows["screenline_ids"].fillna("")
    inside = lines.map(lambda ids: screenline_id in str(ids).replace(" ", "").split(",")).astype(bool)
    is_old = (rows["role"] == str(Role.OLD_CROSSING)) & inside
    is_link = (rows["role"] == str(Role.NEW_LINK)) & inside
    total = float(rows.loc[is_old, "before"].sum())
    weight = rows["before"].where(is_old, 0.0) * np.where(rows["is_permanent"], truth.near_weight, 1.0)
    lost = truth.link_share * truth.rerouted_share * total * weight / max(float(weight.sum()), 1e-9)
    links = max(int(is_link.sum()), 1)
    after = rows["before"] - lost * float(is_link.any())
    after = after.where(~is_link, truth.link_share * total / links)
    after = after.where(rows["role"] != str(Role.TREATED), rows["before"] * (1 + truth.treated_rise))
    crossed = after.where(is_old | is_link, 0.0)
    school = truth.school_crossings.get(str(rows["mode"].iloc[0]), 0.0) * crossed / max(float(crossed.sum()), 1e-9)
    return rows.assign(after=after.round(1), school=school.round(1))


def day_means(
    row: Any, dates: pd.DatetimeIndex, holidays: frozenset[pd.Timestamp], *, truth: Truth, seed: int
) -> Reals:  # a row of site_means
    """Return the expected people on each date at one site and mode, without the school's crossings."""
    opened, rehoused = pd.Timestamp(truth.opened), pd.Timestamp(truth.rehoused)
    level = np.where(dates >= opened, row.after, row.before)
    dip = np.where(dates >= rehoused, 1 - truth.rehousing_dip * row.residents_share, 1.0)
    share = WEEKEND_SHARE[row.kind].get(row.mode, 0.8)
    weekday = 7 / (5 + 2 * share)
    kind = np.where(is_free(dates, holidays), share * weekday, weekday)
    month = np.asarray(CYCLE_MONTH if row.mode == Mode.CYCLE else WALK_MONTH)[dates.month - 1]
    log_noise = _shared(dates, truth, seed) + _own(row, dates, truth, seed)
    return np.asarray(np.round(level * dip * kind * month * np.exp(log_noise), 3))


def is_free(dates: pd.DatetimeIndex, holidays: frozenset[pd.Timestamp]) -> NDArray[np.bool_]:
    """Whether each date is a weekend day or a holiday."""
    return np.asarray((dates.dayofweek >= 5) | dates.isin(list(holidays)))


def hour_means(
    row: Any, days: Reals, dates: pd.DatetimeIndex, holidays: frozenset[pd.Timestamp], *, truth: Truth
) -> Reals:  # a row of site_means
    """Spread days over hours and add the school's crossings; days x 24 hours, people per hour."""
    free = is_free(dates, holidays)
    usual = np.asarray(CYCLE_WEEKDAY if row.mode == Mode.CYCLE else WALK_WEEKDAY, dtype=float)
    weekend = np.asarray(WEEKEND, dtype=float)
    shares = np.where(free[:, None], weekend / weekend.sum(), usual / usual.sum())
    hours = days[:, None] * shares
    in_school = ~free & (dates >= pd.Timestamp(truth.school_moved))
    for hour, part in zip(SCHOOL_HOURS, (0.5, 0.25, 0.25), strict=True):
        hours[:, hour] += np.where(in_school, row.school * part, 0.0)
    return np.asarray(np.round(hours, 4))


def draw(row: Any, means: Reals, *, truth: Truth, seed: int, what: str) -> NDArray[np.int64]:  # a row of site_means
    """Draw counts from their means: negative binomial, variance m + m**2 / size; intervals x (in, out)."""
    steps = means.shape[1]
    hour = np.arange(steps) * 24 // steps
    inward = np.where(hour < 12, 0.58, 0.45)
    split = np.stack([means * inward, means * (1 - inward)], axis=-1)
    size = truth.dispersion
    random = stream(seed, "counts", row.station_id, row.mode, what)
    drawn = random.negative_binomial(size, size / (size + np.round(split, 4)))
    return np.asarray(drawn, dtype=np.int64)


def asked(
    station_id: str, role: str, dates: pd.DatetimeIndex, *, is_after: bool, truth: Truth, seed: int
) -> pd.DataFrame:
    """Draw what people stopped at one site say; the link's users are asked what they would do without it.

    Returns
    -------
    answers
        A person a row: station_id, t_local, lives_here, purpose, is_rerouted (of the link's users), tryghed; None where
        somebody did not answer.
    """
    days = dates[dates.dayofweek.isin(ASKED_WEEKDAYS)].repeat(ASKED_A_DAY)
    random, number = stream(seed, "asked", station_id, str(dates[0].date())), len(days)
    hours, minutes = random.choice(ASKED_HOURS, number), random.integers(0, 60, number)
    mean = truth.tryghed_after if is_after else truth.tryghed_before
    said = {
        "lives_here": random.random(number) < truth.residents_share[role],
        "purpose": random.choice(list(PURPOSES), number, p=list(PURPOSES.values())),
        "is_rerouted": random.random(number) < truth.rerouted_share,
        "tryghed": np.clip(np.rint(random.normal(mean, truth.tryghed_sd, number)), 1, 10).astype(int),
    }
    answers = pd.DataFrame({name: values.astype(object) for name, values in said.items()})
    for name in answers:
        answers[name] = answers[name].mask(random.random(number) < NO_ANSWER, None)
    answers["is_rerouted"] = answers["is_rerouted"] if role == str(Role.NEW_LINK) else None
    when = days + pd.to_timedelta(hours, unit="h") + pd.to_timedelta(minutes, unit="min")
    table = answers.assign(station_id=station_id, t_local=when)
    return table.sort_values("t_local", kind="stable", ignore_index=True)


_START = pd.Timestamp("2025-01-01")  # series of noise begin here, whatever dates are asked for
_LENGTH = 1000


def _ar1(random: np.random.Generator, sd: float, memory: float) -> Reals:
    shocks = random.normal(0, sd * np.sqrt(1 - memory**2), _LENGTH)
    out = np.empty(_LENGTH)
    level = 0.0
    for day, shock in enumerate(shocks):
        level = memory * level + shock
        out[day] = level
    return out


def weather(dates: pd.DatetimeIndex, *, truth: Truth, seed: int) -> pd.DataFrame:
    """Tell what all sites share as weather: wet days are those of the rain, warm ones those with more people out.

    Returns
    -------
    weather
        date, temperature_c, precipitation_mm; amounts come from random numbers of their own, which no count sees.
    """
    days = (dates - _START).days
    common, is_wet = (part[days] for part in _shared_days(truth, seed))
    random = stream(seed, "weather")
    own, fallen = random.normal(0, 1, _LENGTH)[days], random.exponential(RAIN_MM, _LENGTH)[days]
    warmth = SHOCK_C * common / max(truth.shared_shock_sd, 1e-9)
    celsius = np.asarray(MONTH_C, dtype=float)[dates.month - 1] + warmth + own
    millimetres = np.where(is_wet, 1 + fallen, 0.0)
    return pd.DataFrame({"date": dates, "temperature_c": celsius.round(1), "precipitation_mm": millimetres.round(1)})


def _shared(dates: pd.DatetimeIndex, truth: Truth, seed: int) -> Reals:
    """Weather and what else all sites share."""
    common, is_wet = _shared_days(truth, seed)
    return np.asarray((common + np.where(is_wet, np.log(1 - truth.rain_loss), 0.0))[(dates - _START).days])


def _shared_days(truth: Truth, seed: int) -> tuple[Reals, NDArray[np.bool_]]:
    """Return the shock of every day, and whether it rains."""
    random = stream(seed, "shared")
    common = _ar1(random, truth.shared_shock_sd, truth.shock_memory)
    return common, random.random(_LENGTH) < 0.25


def _own(row: Any, dates: pd.DatetimeIndex, truth: Truth, seed: int) -> Reals:  # a row of site_means
    days = (dates - _START).days
    shock = _ar1(stream(seed, "own", row.station_id, row.mode), truth.own_shock_sd, truth.shock_memory)
    drift = _ar1(stream(seed, "drift", row.station_id), truth.drift_sd, float(np.exp(-1 / truth.drift_days)))
    return np.asarray(shock[days] + drift[days])
