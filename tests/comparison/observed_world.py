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
