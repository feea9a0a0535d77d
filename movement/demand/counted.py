"""What the counts before say: the mean day of each site with its standard error, and the link each site counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from movement.tables import Measure, Role

FITTED_ROLES = (Role.OLD_CROSSING, Role.TREATED, Role.CORDON, Role.OTHER, Role.ALONG_BARRIER)
_DAYS = {Measure.WEEKDAY: 5, Measure.WEEKEND: 2}
_WEEK = sum(_DAYS.values())


def mean_days(volumes: pd.DataFrame) -> pd.DataFrame:
    """Average the counted week: five weekdays and two weekend days, then the campaigns.

    Parameters
    ----------
    volumes
        Rows of VOLUMES. A campaign that lacks one kind of day is left out.

    Returns
    -------
    counted
        `station_id`, `mode`, `counted_per_day`, and `counted_se`: standard error of the mean day, of independent kinds
        of day and campaigns; empty where a kind of day has none.
    """
    wanted = volumes.loc[volumes["measure"].isin([str(measure) for measure in _DAYS])]
    keys = ["station_id", "mode", "campaign_id"]
    share = wanted["measure"].map({str(measure): days / _WEEK for measure, days in _DAYS.items()}).astype(float)
    days = wanted.assign(
        share=share, people=wanted["volume_per_day"] * share, variance=(wanted["volume_se"] * share) ** 2
    )
    weeks = days.groupby(keys, as_index=False, sort=True)[["share", "people", "variance"]].agg(_sum_of_known)
    whole = weeks.loc[np.isclose(weeks["share"], 1.0)]
    means = whole.groupby(["station_id", "mode"], as_index=False, sort=True).agg(
        counted_per_day=("people", "mean"), variance=("variance", _sum_of_known), campaigns=("people", "size")
    )
    return means.assign(counted_se=np.sqrt(means["variance"]) / means["campaigns"]).drop(
        columns=["variance", "campaigns"]
    )


def sites_to_fit(sites: pd.DataFrame, snaps: pd.DataFrame) -> pd.Series:
    """Return the link each usable site counts, by `station_id`.

    Controls and new links are left out: controls lie off the area on purpose, a new link has no count before.
    """
    roles = sites.loc[sites["role"].isin([str(role) for role in FITTED_ROLES]), ["station_id"]]
    return site_links(snaps).reindex(roles["station_id"]).dropna().sort_index()


def site_links(snaps: pd.DataFrame) -> pd.Series:
    """Return the link each site counts, by `station_id`: that of today's land use before that of the planned."""
    on = snaps.loc[(snaps["kind"] == "site") & snaps["link_id"].notna(), ["item_id", "land_use", "link_id"]]
    on = on.sort_values("land_use", ascending=False).drop_duplicates("item_id")
    return on.set_index("item_id")["link_id"].rename_axis("station_id").sort_index()


def _sum_of_known(values: pd.Series) -> float:
    """Sum; empty where any value is."""
    return float(values.sum(skipna=False))
