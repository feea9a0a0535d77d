"""What the rules of counts catch and what they invent, and how near short counts come to the year.

`uv run python -m tests.benchmarks.counts [--json FILE] [--part rules|expand|size]`.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from movement import tables
from movement.counts import calendar, daily, expand, notices, quality
from movement.sources import counters
from movement.tables import CountLayers
from tests.benchmarks.count_world import FAULTS, WHOLE_DAY, YEAR, ZONE, Fault, simulate_year, to_table, with_faults
from tests.benchmarks.main import watched
from tests.benchmarks.rows import Row, parser, tell
from tests.counts import flagged_by_pandas

VOLUMES = (40, 100, 200, 400, 1000)
SITES = 6
HOUSE = Path(__file__).resolve().parents[2]
HELSINKI = HOUSE.parent / "shared/data/counts-helsinki/Helsingin_pyorailijamaarat.csv"
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


def expanding(draws: int = 40) -> Iterator[Row]:
    """Error of annual averages from short counts, one site held out at a time, and coverage of the interval printed."""
    simulated = [simulate_year(400, sites=13, seed=seed).sum(axis=(2, 3)).T for seed in range(4)]
    dates = pd.date_range(f"{YEAR}-01-01", f"{YEAR}-12-31")
    years = [pd.DataFrame(days, index=dates) for days in simulated]
    yield from _expanded("simulated", years, (16, 8, 7), draws)
    if HELSINKI.exists():
        yield from _expanded("Helsinki 2014-2017", list(helsinki_years()), (13, 9, 9), draws)


def helsinki_years() -> Iterator[pd.DataFrame]:
    """Give each year's daily totals of the sites counted on nearly all its days, after flags; one column per site."""
    read, zone = read_helsinki()
    holidays = calendar.holidays_within(read["t_start_utc"], country="FI")
    flagged = quality.flag_counts(read, timezone=zone, limits=_LIMITS, holidays=holidays)
    totals = daily.daily_totals(
        flagged, tables.CAMPAIGNS.empty(), timezone=zone, valid_day_share=0.95, school_hours=[], holidays=holidays
    )
    valid = totals[totals["is_valid"] & (totals["period"] == "all_day")]
    table = valid.pivot_table(index="date", columns="station_id", values="count")
    for year in range(2014, 2018):
        own = table.loc[f"{year}-01-01" : f"{year}-12-31"]
        whole = own.columns[(own.notna().sum() >= 0.9 * 365) & (own.mean() > 50)]
        yield own[whole]


def read_helsinki() -> tuple[pd.DataFrame, str]:
    """Read the open counts of Helsinki with the declaration that comes with the program."""
    zone = "Europe/Helsinki"
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HELSINKI, folder)
        header = HELSINKI.read_text(encoding="utf-8").splitlines()[0].split(";")[1:]
        sites = {name.strip(): f"H{place:02d}" for place, name in enumerate(header) if name.strip()}
        said = {"files": {HELSINKI.name: {"like": "helsinki"}}, "sites": sites}
        Path(folder, "counts.yaml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
        read = counters.read_counts_folder(
            Path(folder), sites=frozenset(sites.values()), timezone=zone, refused_rows_limit_pct=5
        )
    return read.counts, zone


def _expanded(name: str, years: list[pd.DataFrame], goals: tuple[int, int, int], draws: int) -> Iterator[Row]:
    found = pd.DataFrame(_trials(years, draws))
    for season, own in found.groupby("season", sort=True):
        for (method, days), trials in own.groupby(["method", "days"], sort=False):
            error = 100 * float(trials["error"].abs().median())
            goal = dict(zip((1, 7, 14), goals, strict=True)).get(int(days))
            judged = season == "April-October" and method == "reference_factors" and goal is not None
            holds = not judged or round(error) <= (goal or 0)
            yield Row(f"{name}, {season}, {method}: {days} days", error, "%", f"<= {goal}" if judged else "none", holds)
            if method != "none":
                covered = 100 * float(trials["covered"].mean())
                wide = 100 * float(trials["half"].median())
                limit = "90-98" if season == "April-October" else "none"
                label = f"  interval holds the year (+-{wide:.0f} %)"
                yield Row(label, covered, "%", limit, limit == "none" or 90 <= covered <= 98)


def _trials(years: list[pd.DataFrame], draws: int) -> Iterator[dict[str, object]]:
    rng = np.random.default_rng(3)
    year_days = pd.Timedelta(days=364)
    for table in years:
        first = table.index.min().to_period("Y").start_time
        for site in table:
            own, others = table[site].dropna(), table.drop(columns=site)
            true = float(own.mean())
            long = others.stack().rename("count").rename_axis(["date", "station_id"]).reset_index()  # noqa: PD013
            factors = expand.day_factors(long, start=first, end=first + year_days)
            for season, months in (("April-October", range(4, 11)), ("winter too", range(1, 13))):
                starts = own.index[own.index.month.isin(months)]
                for length in (1, 2, 7, 14, 28):
                    for start in rng.choice(starts, draws):
                        days = own.loc[start : pd.Timestamp(start) + pd.Timedelta(days=length - 1)]
                        if len(days) < length:
                            continue
                        for method, got in _estimates(days, factors):
                            yield {
                                "season": season, "days": length, "method": method,
                                "error": got.volume_per_day / true - 1,
                                "covered": got.volume_low <= true <= got.volume_high,
                                "half": (got.volume_high - got.volume_low) / 2 / got.volume_per_day,
                            }  # fmt: skip


def _estimates(days: pd.Series, factors: pd.DataFrame) -> Iterator[tuple[str, expand.Estimate]]:
    by_reference = expand.expand_by_reference(days, factors)
    if by_reference:
        yield "reference_factors", by_reference
    yield "month_weekday_factors", expand.expand_by_month(days, factors)


def size(sites: int = 285) -> Iterator[Row]:
    """Rows a second and memory from raw CSV to flagged Parquet, beside the same steps in vectorised pandas."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copy(HOUSE / "params.yaml", folder)
        files = list(_write_archive(folder / "raw", sites))
        target = folder / "flagged.parquet"
        command = ["uv", "run", "--no-sync", "--project", str(HOUSE), "movement", "archive", str(folder / "raw")]
        seconds, memory = watched([*command, "--to", str(target), "--study", str(folder)], HOUSE)
        begin = time.perf_counter()
        read = flagged_by_pandas.read_tidy(files)
        holidays = calendar.holidays_within(read["t_start_utc"], country="DK")
        plain = flagged_by_pandas.flag(read, timezone=ZONE, limits=_LIMITS, holidays=holidays)
        plain[list(tables.COUNTS.columns)].to_parquet(folder / "plain.parquet", compression="zstd")
        in_pandas = time.perf_counter() - begin
        rows = len(plain)
        key = ["station_id", "mode", "direction", "t_start_utc"]
        ours = pd.read_parquet(target, columns=[*key, "flag"]).sort_values(key, ignore_index=True)
        same = (ours["flag"].to_numpy() == plain.sort_values(key, ignore_index=True)["flag"].to_numpy()).mean()
        yield Row("archive: rows", rows, "rows", "none", True)
        yield Row("archive: rows a second, from CSV to flagged Parquet", rows / seconds, "rows/s", "none", True)
        yield Row("archive: the same steps in vectorised pandas", rows / in_pandas, "rows/s", "none", True)
        yield Row(
            "archive: times as many rows a second as pandas", in_pandas / seconds, "x", ">= 5", in_pandas >= 5 * seconds
        )
        yield Row("archive: peak memory of all processes", memory, "GB", "< 2", memory < 2)
        yield Row("archive: rows with the flag that pandas gives", 100 * float(same), "%", "100", same == 1)


def _write_archive(folder: Path, sites: int) -> Iterator[Path]:
    """Write a year of quarter hours of each site as tidy CSV, with blanks and an outage each."""
    folder.mkdir()
    rng = np.random.default_rng(7)
    times = pd.date_range("2024-12-31 23:00", periods=365 * 96, freq="15min", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    for site in range(sites):
        year = np.repeat(simulate_year(rng.uniform(100, 800), sites=1, seed=site)[0].sum(axis=2).ravel(), 4)
        n = rng.poisson(year / 4).astype(object)
        n[rng.integers(0, len(n), 20)] = ""
        start = int(rng.integers(0, len(n) - 100))
        n[start : start + 60] = 0
        frame = pd.DataFrame({"station_id": f"B{site:03d}", "mode": "cycle" if site % 2 else "walk", "t_start": times})
        frame = frame.assign(direction="both", interval_min=15, count=n)
        frame.to_csv(folder / f"B{site:03d}.csv", index=False)
        yield folder / f"B{site:03d}.csv"


PARTS = {"rules": rules, "expand": expanding, "size": size}

if __name__ == "__main__":
    options = parser()
    options.add_argument("--part", choices=PARTS, action="append", help="only this part; all by default")
    asked = options.parse_args()
    tell((row for part in asked.part or PARTS for row in PARTS[part]()), asked.json)
