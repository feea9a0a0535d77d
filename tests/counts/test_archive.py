"""An archive read in blocks gives the same table as reading and flagging in memory, and as plain pandas."""

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.counts import calendar, quality
from movement.sources.counters import archive as archives
from movement.sources.counters import read_counts_folder
from movement.tables import InputFaults
from pipelines.flag_archive import flag_archive
from tests.counts import flagged_by_pandas
from tests.counts.test_quality import LIMITS, ZONE

KEY = ["station_id", "mode", "direction", "t_start_utc"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four sites, 90 days of quarter hours over the autumn night, faults in them; local times in one of the files."""
    place = tmp_path_factory.mktemp("archive")
    rng = np.random.default_rng(4)
    utc = pd.date_range("2025-09-01", periods=90 * 96, freq="15min", tz=ZONE)
    day = np.tile(np.repeat(np.r_[np.zeros(6), np.full(14, 12.0), np.ones(4)], 4), 91)[: len(utc)]
    for site in range(4):
        frames = []
        for way in ("in", "out"):
            n = rng.poisson(day).astype(object)
            n[rng.integers(0, len(n), 5)] = ""
            if site == 0:
                n[3000:3040], n[5000:5010] = 0, 40
                n[4000] = 300
                n[96 * 30 : 96 * 31] = n[96 * 23 : 96 * 24]
            if site == 1:
                n[96 * 50 : 96 * 51] = rng.poisson(0.4 * day[96 * 50 : 96 * 51])
            times = (
                utc.strftime("%Y-%m-%dT%H:%M") if site == 2 else utc.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
            )
            frames.append(
                pd.DataFrame(
                    {"station_id": f"B{site}", "mode": "walk", "direction": way, "t_start": times, "interval_min": 15}
                ).assign(count=n)
            )
        pd.concat(frames).to_csv(place / f"{site}.csv", index=False)
    return place


def archived(folder, target, **options):
    kept = {"sites": frozenset(), "timezone": ZONE, "limits": LIMITS, "holiday_country": "DK", "workers": 1}
    found = flag_archive(sorted(folder.glob("*.csv")), target, **(kept | options))
    return found, tables.COUNTS.check(pd.read_parquet(target)).sort_values(KEY, ignore_index=True)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_archive_is_flagged_as_in_memory(folder, tmp_path, workers):
    done, found = archived(folder, tmp_path / "out.parquet", workers=workers)
    sites = frozenset(f"B{site}" for site in range(4))
    read = read_counts_folder(folder, sites=sites, timezone=ZONE, refused_rows_limit_pct=5).counts
    holidays = calendar.holidays_within(read["t_start_utc"], country="DK")
    expected = quality.flag_counts(read, timezone=ZONE, limits=LIMITS, holidays=holidays)
    expected = tables.COUNTS.conform(expected).sort_values(KEY, ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)
    assert {"missing", "zero_run", "stuck", "spike", "duplicated_day", "low_day"} <= set(found["flag"])
    assert (done.rows_read, done.rows_kept, len(done.refused)) == (len(expected), len(expected), 0)
    assert done.rows_flagged == (expected["flag"] != "").sum()
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]


def test_plain_pandas_flags_the_same(folder, tmp_path):
    files = [path for path in sorted(folder.glob("*.csv")) if path.stem != "2"]  # pandas knows no local times
    flag_archive(
        files,
        tmp_path / "out.parquet",
        sites=frozenset(),
        timezone=ZONE,
        limits=LIMITS,
        holiday_country="DK",
        workers=1,
    )
    found = pd.read_parquet(tmp_path / "out.parquet").sort_values(KEY, ignore_index=True)
    read = flagged_by_pandas.read_tidy(files)
    holidays = calendar.holidays_within(read["t_start_utc"], country="DK")
    plain = flagged_by_pandas.flag(read, timezone=ZONE, limits=LIMITS, holidays=holidays)
    plain = plain.sort_values(KEY, ignore_index=True)
    for column in ("flag", "source_row", "source_file"):
        assert found[column].tolist() == plain[column].tolist()
    np.testing.assert_array_equal(found["count"].to_numpy(), plain["count"].to_numpy())


HEADER = "station_id,mode,direction,t_start,interval_min,count\n"


def opened(tmp_path, text, **options):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    kept = {"sites": frozenset(), "timezone": ZONE}
    return archives.open_archive([path], tmp_path / "a.duckdb", **(kept | options))


def test_rows_at_fault_are_refused_with_row_value_and_rule(tmp_path):
    rows = [
        "S1,walk,in,2025-09-01T00:00,60,5",
        "S1,walk,in,2025-09-01T01:00,60,-4",
        "S1,walk,in,2025-09-01T02:00,60,1.034",
        "S1,boat,in,2025-09-01T03:00,60,5",
        "S1,walk,up,2025-09-01T04:00,60,5",
        "S1,walk,in,2025-13-01T05:00,60,5",
        "S1,walk,in,2025-09-01T06:00,,5",
        "S1,walk,in,2026-03-29T02:30,60,5",
        "S1,walk,in,2025-09-01T07:00,60,",
    ]
    found = opened(tmp_path, HEADER + "\n".join(rows) + "\n")
    assert (found.rows_read, found.rows_kept) == (9, 2)
    assert found.refused[["source_row", "value", "rule"]].to_numpy().tolist() == [
        [3, "-4", "negative"],
        [4, "1.034", "number_ambiguous"],
        [5, "boat", "bad_mode"],
        [6, "up", "bad_direction"],
        [7, "2025-13-01T05:00", "bad_date"],
        [8, "", "interval_unknown"],
        [9, "2026-03-29T02:30", "impossible_local_time"],
    ]
    (site,) = found.sites()
    assert site["n"].isna().tolist() == [False, True]


def test_two_copies_of_the_autumn_hour_are_taken_in_order_and_one_alone_is_marked(tmp_path):
    two = "S1,walk,in,2025-10-26T02:00,60,5\nS1,walk,in,2025-10-26T02:00,60,6\nS1,walk,out,2025-10-26T02:00,60,7\n"
    (site,) = opened(tmp_path, HEADER + two).sites()
    assert site["t_start_utc"].dt.hour.tolist() == [0, 1, 0]
    assert site["n"].tolist() == [5.0, 6.0, 7.0]
    assert site["is_single"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a,b\n1,2\n", "unknown_layout"),
        (HEADER.replace("count", "count,hat") + "S1,walk,in,2025-09-01T00:00,60,5,1\n", "unknown_column"),
        (HEADER + "S1,walk,in,04-09-2025 00:00,60,5\n", "ambiguous_date"),
        (HEADER + "S1,walk,in,2025-09-01T00:00,60,5\n" * 2, "same_hours_differ"),
        (HEADER + "S1,walk,in,2025-09-01T00:00,60\n", "broken_table"),
        ("%PDF-1.7\n\x00\x00", "unknown_layout"),
    ],
)
def test_what_is_no_archive_is_refused_in_words(tmp_path, text, rule):
    with pytest.raises(InputFaults) as found:
        opened(tmp_path, text)
    assert [fault.rule for fault in found.value.faults] == [rule]
    with pytest.raises(InputFaults) as found:
        opened(tmp_path, HEADER + "S1,walk,in,2025-09-01T00:00,60,5\n", sites=frozenset({"S2"}))
    assert [(fault.rule, fault.row, fault.value) for fault in found.value.faults] == [("unknown_site", 2, "S1")]


def test_each_file_has_its_own_order_of_dates(tmp_path):
    texts = {"a": ("03-04-2026 08:00", "13-04-2026 08:00"), "b": ("03-04-2026 08:00", "04-13-2026 08:00")}
    paths = []
    for name, (one, other) in texts.items():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(HEADER + f"{name},walk,in,{one},60,5\n{name},walk,in,{other},60,6\n", encoding="utf-8")
    found = archives.open_archive(paths, tmp_path / "a.duckdb", sites=frozenset(), timezone=ZONE)
    days = [[f"{time:%m-%d}" for time in rows["t_start_utc"]] for rows in found.sites()]
    assert days == [["04-03", "04-13"], ["03-04", "04-13"]]


@pytest.mark.parametrize(("last", "said"), [("04-05-2026 08:00", "ambiguous_date"), ("04-13-2026 08:00", None)])
def test_dates_of_a_later_block_are_decided_like_those_of_the_first(tmp_path, monkeypatch, last, said):
    monkeypatch.setattr(archives, "_BLOCK_BYTES", 200)
    rows = "".join(f"S1,walk,in,2026-03-{day:02}T08:00,60,5\n" for day in range(1, 21))
    text = HEADER + rows + f"S1,walk,in, {last},60,6\n"
    if said is None:
        (site,) = opened(tmp_path, text).sites()
        assert f"{site['t_start_utc'].max():%m-%d}" == "04-13"
        return
    with pytest.raises(InputFaults) as found:
        opened(tmp_path, text)
    assert [(fault.rule, fault.value) for fault in found.value.faults] == [(said, last)]
