"""Decay and scale of demand, fitted to the counts before, and how well they meet them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from movement.tables import Measure, Mode, Role

Reals = NDArray[np.float64]

ALL = "all"  # the replicate that leaves no site out
COVERAGE = 0.95
FITTED_ROLES = (Role.OLD_CROSSING, Role.TREATED, Role.CORDON, Role.OTHER, Role.ALONG_BARRIER)
_HALVINGS = 60  # leaves a relative error below rounding
_DAYS = {Measure.WEEKDAY: 5, Measure.WEEKEND: 2}


@dataclass(frozen=True)
class SiteFlows:
    """What one unit of demand puts past the sites of one mode, for each decay tried.

    `unit`: people per day at scale 1, sites (index `station_id`) x decays (columns, per minute).
    `through`: people per day from gateway to gateway, same index; fixed, never scaled.
    """

    unit: pd.DataFrame
    through: pd.Series


@dataclass(frozen=True)
class Fitted:
    """Tables CALIBRATION and FIT of one mode."""

    calibration: pd.DataFrame
    fit: pd.DataFrame


def mean_days(volumes: pd.DataFrame) -> pd.DataFrame:
    """Average the counted week: five weekdays and two weekend days.

    Parameters
    ----------
    volumes
        Rows of VOLUMES from campaigns before. A campaign that lacks one kind of day is left out.

    Returns
    -------
    counted
        `station_id`, `mode`, `counted_per_day`: mean over the campaigns.
    """
    wanted = volumes.loc[volumes["measure"].isin([str(measure) for measure in _DAYS])]
    keys = ["station_id", "mode", "campaign_id"]
    days = wanted.assign(days=wanted["measure"].map({str(m): n for m, n in _DAYS.items()}).astype(float))
    days = days.assign(people=days["volume_per_day"] * days["days"])
    weeks = days.groupby(keys, as_index=False, sort=True)[["people", "days"]].sum()
    whole = weeks.loc[weeks["days"] == sum(_DAYS.values())]
    means = whole.assign(counted_per_day=whole["people"] / whole["days"])
    return means.groupby(["station_id", "mode"], as_index=False, sort=True)["counted_per_day"].mean()


def sites_to_fit(sites: pd.DataFrame, snaps: pd.DataFrame) -> pd.Series:
    """Return the link each usable site counts, by `station_id`.

    Controls and new links are left out: controls lie off the area on purpose, a new link has no count before.
    """
    roles = sites.loc[sites["role"].isin([str(role) for role in FITTED_ROLES]), ["station_id"]]
    on = snaps.loc[(snaps["kind"] == "site") & snaps["link_id"].notna(), ["item_id", "land_use", "link_id"]]
    on = on.sort_values("land_use", ascending=False).drop_duplicates("item_id")  # today before planned
    found = roles.merge(on, left_on="station_id", right_on="item_id", how="inner", validate="one_to_one")
    return found.set_index("station_id")["link_id"].sort_index()


def site_flows(link_ids: pd.Index, flows: Reals, decays: Sequence[float], site_links: pd.Series) -> SiteFlows:
    """Look up what passes the sites.

    Parameters
    ----------
    link_ids, flows
        Links and their flows: one column per decay at scale 1, and through trips last.
    decays
        Decays of the columns, per minute.
    site_links
        Link of each site, by `station_id`; one that is closed to the mode has no flow.
    """
    table = pd.DataFrame(flows, index=link_ids, columns=[*decays, "through"])
    at = table.reindex(site_links.to_numpy()).fillna(0.0).set_axis(site_links.index)
    return SiteFlows(at[list(decays)], at["through"])


def calibrate(
    counted: pd.Series, flows: SiteFlows, *, mode: Mode | str, fewest_sites: int, default_decay_per_min: float
) -> Fitted:
    """Fit decay and scale to the counts by quasi-Poisson deviance, then again with each site left out.

    The scale is profiled: for each decay the one of least deviance is solved for. Of the decays that the counts do
    not tell from the best (quasi-likelihood ratio, F with 1 and S-2 degrees of freedom, McCullagh and Nelder 1989,
    chapter 9), the nearest to the default is taken, so that counts which say little do not send trips far or
    nowhere. The spread comes from the sites left out.

    Parameters
    ----------
    counted
        People per day, by `station_id`.
    flows
        What the model puts past those sites.
    mode
        Mode, for the tables.
    fewest_sites
        Sites needed, counted and with some modelled local flow; below it the defaults stand, at scale 1.
    default_decay_per_min
        Decay where there are too few; must be among the decays tried.

    Returns
    -------
    fitted
        One calibration row `all`, and one per site left out; one fit row per counted site.
    """
    stations = counted.index.intersection(flows.unit.index).sort_values()
    usable = stations[(flows.unit.loc[stations] > 0).all(axis=1).to_numpy()]
    if len(usable) < max(fewest_sites, 2):
        rows = [(ALL, default_decay_per_min, 1.0, False, len(usable))]
    else:
        samples = {name: usable.drop(name, errors="ignore") for name in [ALL, *usable]}
        best = {name: _best(counted, flows, kept, default_decay_per_min) for name, kept in samples.items()}
        rows = [(name, *best[name], True, len(kept)) for name, kept in samples.items()]
    table = pd.DataFrame(rows, columns=["replicate", "decay_per_min", "scale", "is_fitted", "sites"])
    calibration = table.assign(mode=str(mode))
    return Fitted(calibration, _fit_rows(counted.loc[stations], flows, calibration).assign(mode=str(mode)))


def profile_scale(counted: Reals, unit: Reals, through: Reals) -> Reals:
    """Solve for the scale of least Poisson deviance, for each column of `unit` (sites x decays); never below zero.

    The mean is `through + scale * unit`; the deviance's slope falls with the scale and is not positive at
    sum(counted) / sum(unit), so halving the interval from zero finds its root.
    """
    low, high = np.zeros(unit.shape[1]), counted.sum() / unit.sum(axis=0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        mean = through[:, None] + middle * unit
        rises = (unit * (counted[:, None] / mean - 1.0)).sum(axis=0) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.asarray(high, dtype=np.float64)


def deviance(counted: Reals, modelled: Reals) -> Reals:
    """Return the Poisson deviance of each column of `modelled` (sites x columns, above zero)."""
    observed = np.broadcast_to(counted[:, None], modelled.shape)
    log_ratio = np.log(np.where(observed > 0, observed, 1.0) / np.where(observed > 0, modelled, 1.0))
    return np.asarray(2.0 * (observed * log_ratio - (observed - modelled)).sum(axis=0))


def geh(modelled: pd.Series, counted: pd.Series) -> pd.Series:
    """Return the GEH statistic on the figures given (UK TAG unit M3.1 uses hourly ones); zero where both are zero."""
    total = modelled + counted
    return np.sqrt(2.0 * (modelled - counted) ** 2 / total.where(total > 0, 1.0))


def _best(counted: pd.Series, flows: SiteFlows, stations: pd.Index, default: float) -> tuple[float, float]:
    """Return the decay nearest the default among those the counts allow, and its scale."""
    people = counted.loc[stations].to_numpy(dtype=float)
    unit = flows.unit.loc[stations].to_numpy(dtype=float)
    through = flows.through.loc[stations].to_numpy(dtype=float)
    decays = np.asarray(flows.unit.columns, dtype=float)
    scale = profile_scale(people, unit, through)
    off = deviance(people, np.maximum(through[:, None] + scale * unit, 1e-9))
    freedom = len(stations) - 2
    allowed = off.min() * (1 + stdtrit(freedom, (1 + COVERAGE) / 2) ** 2 / freedom) if freedom > 0 else off.min()
    distance = np.where(off <= allowed, np.abs(np.log(decays / default)), np.inf)
    best = int(np.lexsort((off, distance))[0])
    return float(decays[best]), float(scale[best])


def _fit_rows(counted: pd.Series, flows: SiteFlows, calibration: pd.DataFrame) -> pd.DataFrame:
    fitted = calibration.set_index("replicate")[["decay_per_min", "scale"]]
    modelled = _predict(flows, counted.index, [ALL] * len(counted), fitted)
    names = [name if name in fitted.index else ALL for name in counted.index]
    left_out = _predict(flows, counted.index, names, fitted)
    has_own = counted.index.isin(fitted.index)
    return pd.DataFrame(
        {
            "station_id": counted.index,
            "counted_per_day": counted.to_numpy(dtype=float),
            "modelled_per_day": modelled,
            "left_out_per_day": np.where(has_own, left_out, np.nan),
            "geh": geh(pd.Series(modelled), pd.Series(counted.to_numpy(dtype=float))),
        }
    )


def _predict(flows: SiteFlows, stations: pd.Index, replicates: Sequence[str], fitted: pd.DataFrame) -> Reals:
    decays = flows.unit.columns.get_indexer(fitted.loc[replicates, "decay_per_min"])
    rows = flows.unit.loc[stations].to_numpy(dtype=float)
    unit = rows[np.arange(len(rows)), decays] if len(rows) else np.zeros(0)
    through = flows.through.loc[stations].to_numpy(dtype=float)
    return np.asarray(through + fitted.loc[replicates, "scale"].to_numpy(dtype=float) * unit)
