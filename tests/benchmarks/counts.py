"""What the rules of counts catch and what they invent, and how near short counts come to the year.

`uv run python -m tests.benchmarks.counts [--json FILE] [--part rules]`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from movement import tables
from movement.counts import calendar, daily, notices, quality
from movement.tables import CountLayers
from tests.benchmarks.count_world import FAULTS, WHOLE_DAY, YEAR, ZONE, Fault, simulate_year, to_table, with_faults
from tests.benchmarks.rows import Row, parser, tell

VOLUMES = (40, 100, 200, 400, 1000)
SITES = 6
_LIMITS = quality.Limits(
    zero_run_expected=10,
    stuck_equal_values=4,
    chance=3e-5,
    spike_chance=1e-7,
    implausible_per_hour=20000,
    low_day_share=0.4,
)
# people a day below which a fault cannot be told from chance, and its rule is silent or nearly so
TOO_FEW = {
    "day at 40 %": 100,
    "8 hours of zeros": 100,
    "8 equal hours": 100,
    "an hour ten times the usual": 200,
    "half a direction lost": 100,
    "sensitivity at 60 %": 100,
}
_NO_LAYERS = CountLayers(*(table.empty() for table in (tables.DEVICES, tables.CORRECTIONS, tables.DECISIONS)))


def rules(studies: int = 16) -> Iterator[Row]:
    """Alarms on clean years, and the share of faults found, by people a day."""
    for people in VOLUMES:
        clean = [_alarms(simulate_year(people, sites=SITES, seed=seed)) for seed in range(studies // 2)]
        a_month = sum(len(found) for found in clean) / (len(clean) * SITES * 12)
        judged = people <= 400
        yield Row(f"false alarms, {people} a day", a_month, "/month", "<= 1" if judged else "none", a_month <= 1)
        kinds = pd.concat(clean)["word"].value_counts() / (len(clean) * SITES * 12)
        print("   ", ", ".join(f"{word} {share:.3f}" for word, share in kinds.items()))
        for kind, (caught, put_in) in _caught(people, studies).items():
            goal = 0.9 if kind in WHOLE_DAY else 0.8
            share, told = caught / put_in, people >= TOO_FEW.get(kind, 0)
            limit = f">= {100 * goal:.0f}" if told else "none: too few"
            yield Row(f"caught, {people} a day: {kind}", 100 * share, "%", limit, share >= goal or not told)


def _caught(people: float, studies: int) -> dict[str, tuple[int, int]]:
    names = sorted(FAULTS)
    tally: dict[str, list[bool]] = defaultdict(list)
    for study in range(studies):
        rng = np.random.default_rng([study, int(people)])
        kinds = {
            site: [names[(study * 18 + 3 * site + part) % len(names)] for part in range(3)] for site in range(SITES)
        }
        counts, faults = with_faults(
            simulate_year(people, sites=SITES, seed=1000 + study), kinds, seed=int(rng.integers(2**31))
        )
        found = _alarms(counts)
        for fault in faults:
            tally[fault.kind].append(_is_found(fault, found))
    return {kind: (sum(tally[kind]), len(tally[kind])) for kind in FAULTS}


def _is_found(fault: Fault, found: pd.DataFrame) -> bool:
    start = pd.Timestamp(YEAR, 1, 1)
    first, last = (start + pd.Timedelta(days=day) for day in (fault.first - 7 * (fault.last > fault.first), fault.last))
    here = found[(found["station_id"] == f"B{fault.station}") & found["word"].isin(fault.words)]
    return bool(((here["start"] <= last) & (here["end"] >= first)).any())


def _alarms(counts: np.ndarray) -> pd.DataFrame:
    """One row per alarm: days flagged by a rule one after the other, notices, and days that are not valid."""
    table = to_table(counts)
    holidays = calendar.public_holidays("DK", years=[YEAR])
    flagged = quality.flag_counts(table, timezone=ZONE, limits=_LIMITS, holidays=holidays)
    days = flagged.assign(date=calendar.local_dates(flagged["t_start_utc"], timezone=ZONE))
    days = days[days["flag"] != ""].groupby(["station_id", "flag", "date"], as_index=False).size()
    new = (days["date"].diff() != pd.Timedelta(days=1)) | (
        days[["station_id", "flag"]] != days[["station_id", "flag"]].shift()
    ).any(axis=1)
    alarms = days.groupby(new.cumsum()).agg(
        station_id=("station_id", "first"), word=("flag", "first"), start=("date", "first"), end=("date", "last")
    )
    told = notices.list_notices(
        flagged, tables.CAMPAIGNS.empty(), tables.EVENTS.empty(), _NO_LAYERS, timezone=ZONE, holidays={}
    ).rename(columns={"notice": "word", "start_date": "start", "end_date": "end"})
    totals = daily.daily_totals(
        flagged, tables.CAMPAIGNS.empty(), timezone=ZONE, valid_day_share=0.95, school_hours=[], holidays=holidays
    )
    bad = totals[~totals["is_valid"] & (totals["period"] == "all_day")]
    keys = ["station_id", "date"]
    bad = bad[~bad.set_index(keys).index.isin(days.set_index(keys).index)]
    invalid = bad.assign(word="day_not_valid", start=bad["date"], end=bad["date"])
    columns = ["station_id", "word", "start", "end"]
    return pd.concat([alarms[columns], told[columns], invalid[columns]], ignore_index=True)


if __name__ == "__main__":
    options = parser().parse_args()
    tell(rules(), options.json)
