"""A tiny world of counts: every site's daily figure before and after, day by day."""

import numpy as np
import pandas as pd

from movement import tables

BEFORE = pd.Timestamp("2025-09-01")  # Mondays
AFTER = pd.Timestamp("2026-08-31")
ENDS = {"before_campaign": "before", "after_campaign": "after"}


def campaigns(*, days=14, residents=(None, None)):
    return tables.CAMPAIGNS.conform(
        pd.DataFrame(
            {
                "campaign_id": ["before", "after"],
                "phase": ["before", "after"],
                "start_date": [BEFORE, AFTER],
                "end_date": [BEFORE + pd.Timedelta(days=days - 1), AFTER + pd.Timedelta(days=days - 1)],
                "residents_present": list(residents),
                "homes_occupied": None,
                "attractions_closed": None,
                "source": "worked by hand",
            }
        )
    )


def sites(*rows):
    """Rows (station_id, role) or (station_id, role, {column: value})."""
    plain = {"site_type": "everyday", "modes": "walk,cycle", "is_permanent": False, "valid_from": pd.NaT}
    made = [
        plain
        | {"station_id": row[0], "name_da": row[0], "name_en": row[0], "role": row[1], "valid_to": pd.NaT, "source": ""}
        | {"screenline_ids": "snit" if row[1] in ("old_crossing", "new_link") else None}
        | (row[2] if len(row) > 2 else {})
        for row in rows
    ]
    frame = pd.DataFrame(made, columns=list(tables.SITES.columns))
    return frame.astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})


def screenlines(*extra):
    rows = [("snit", "snit", True), *extra]
    return pd.DataFrame(rows, columns=["screenline_id", "kind", "is_primary"]).assign(name_da="", name_en="", source="")


def opened(start, end=None, stations=None, *, name="link", is_temporary=False):
    """Return INTERVENTIONS with one row."""
    row = {"intervention_id": name, "name_da": "", "name_en": "", "scenario_id": None, "start_date": start}
    row |= {"end_date": end, "is_temporary": is_temporary, "station_ids": stations, "source": ""}
    return tables.INTERVENTIONS.conform(pd.DataFrame([row]))


def daily(*series, period="all_day"):
    """Series (station_id, mode, before per day, after per day): numbers, lists of days, or None for not counted."""
    rows = []
    for station, mode, *sides in series:
        for start, campaign, values in zip((BEFORE, AFTER), ("before", "after"), sides, strict=True):
            if values is None:
                continue
            numbers = np.broadcast_to(values, 14) if np.isscalar(values) else np.asarray(values)
            dates = start + pd.to_timedelta(np.arange(len(numbers)), unit="D")
            rows.append(
                pd.DataFrame(
                    {"station_id": station, "mode": mode, "date": dates, "campaign_id": campaign, "count": numbers}
                )
            )
    frame = pd.concat(rows, ignore_index=True)
    return tables.DAILY.check(
        frame.assign(
            period=period,
            day_type=np.where(frame["date"].dt.dayofweek < 5, "weekday", "weekend"),
            valid_share=np.where(frame["count"].isna(), 0.5, 1.0),
            is_valid=frame["count"].notna(),
            count=frame["count"].fillna(0),
        )
    )


def drifting_counts(random, *, crossings, controls, rise=0.0, rerouted=None, dip=0.0, link_share=0.4, days=14):
    """Draw over-dispersed days of walkers at S1.. and K1.. (and, where rerouted is given, on the new link L1).

    As counts-and-statistics.md B2: each site drifts by itself between the campaigns (sd 0.07 in each), days have
    shared and own shocks with memory 0.5, counts are negative binomial. Of those on the link the share `rerouted`
    came from the old crossings; `dip` is the part of the crossings that went away for another reason.
    """
    sites = crossings + controls
    base = random.lognormal(np.log(400), 0.5, sites)
    drift = random.normal(0, 0.07, (2, sites))
    shocks = _shocks(random, 0.06, (2, days, 1)) + _shocks(random, 0.05, (2, days, sites))
    mean = base * np.exp(drift[:, None, :] + shocks)
    link = np.zeros((2, days))
    if rerouted is not None:
        mean[1, :, :crossings] *= 1 - dip
        link[1] = link_share * mean[1, :, :crossings].sum(axis=1)
        mean[1, :, :crossings] *= 1 - rerouted * link_share
    mean[1, :, :crossings] *= 1 + rise
    drawn = random.poisson(mean * random.gamma(50, 1 / 50, mean.shape)).astype(float)
    names = [*(f"S{n + 1}" for n in range(crossings)), *(f"K{n + 1}" for n in range(controls))]
    series = [(name, "walk", drawn[0, :, n], drawn[1, :, n]) for n, name in enumerate(names)]
    on_link = random.poisson(link[1] * random.gamma(50, 1 / 50, days)).astype(float)
    return series if rerouted is None else [*series, ("L1", "walk", None, on_link)]


def _shocks(random, sd, shape):
    """Draw first-order autoregressive shocks along the days (axis 1)."""
    found = random.normal(0, sd, shape)
    for day in range(1, shape[1]):
        found[:, day] = 0.5 * found[:, day - 1] + np.sqrt(0.75) * found[:, day]
    return found
