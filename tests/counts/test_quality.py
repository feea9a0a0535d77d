from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.counts.quality import flag_counts
from movement.sources.counters import read_count_file

DATA = Path(__file__).resolve().parents[3] / "shared/data"
LIMITS = {"timezone": "Europe/Copenhagen", "zero_run_expected": 10, "stuck_equal_values": 4, "stuck_least_count": 20}


def series(values, start="2025-09-01", freq="1h", station="S1", direction="in"):
    minutes = int(pd.Timedelta(freq) / pd.Timedelta(minutes=1))
    n = pd.array([None if value is None else int(value) for value in values], dtype="Int64")
    return tables.COUNTS.check(
        pd.DataFrame(
            {
                "station_id": station,
                "mode": "walk",
                "direction": direction,
                "t_start_utc": pd.date_range(start, periods=len(values), freq=freq, tz="UTC"),
                "interval_min": minutes,
                "count_reported": n,
                "count": n,
                "flag": "",
                "source_file": "a.csv",
                "source_row": range(2, len(values) + 2),
            }
        )
    )


def days(number, per_hour=10, seed=1):
    hours = np.arange(number * 24) % 24
    mean = np.where((hours >= 6) & (hours < 20), per_hour, 0.2)
    return np.random.default_rng(seed).poisson(mean)


def flags(counts):
    return flag_counts(counts, **LIMITS)["flag"].tolist()


def test_nothing_in_nothing_out():
    assert len(flag_counts(tables.COUNTS.empty(), **LIMITS)) == 0


def test_blank_is_flagged_missing_and_zero_is_not():
    counts = flag_counts(series([5, None, 0, 4]), **LIMITS)
    assert counts["flag"].tolist() == ["", "missing", "", ""]
    assert counts["count"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("values", "stuck"),
    [
        ([21, 20, 20, 20, 20, 22], [False, True, True, True, True, False]),
        ([21, 20, 20, 20, 22, 20], [False] * 6),
        ([19, 19, 19, 19, 19, 19], [False] * 6),
    ],
)
def test_equal_values_in_a_row_are_stuck_only_from_the_least_count(values, stuck):
    assert [flag == "stuck" for flag in flags(series(values))] == stuck


def test_a_gap_in_time_breaks_a_run():
    counts = pd.concat([series([30, 30]), series([30, 30], start="2025-09-01 05:00")], ignore_index=True)
    assert set(flags(counts)) == {""}


def test_zeros_are_a_fault_by_what_was_expected_not_by_their_number():
    values = days(14)
    values[24 * 5 + 8 : 24 * 5 + 11] = 0  # three hours with 30 expected
    found = flags(series(values))
    assert found[24 * 5 + 8 : 24 * 5 + 11] == ["zero_run"] * 3
    quiet = days(14, per_hour=0)  # nights and days with next to nobody
    assert "zero_run" not in flags(series(quiet))


def test_a_dead_counter_is_found_however_long_and_a_rainy_day_is_not():
    values = days(21)
    values[24 * 8 : 24 * 12] = 0
    found = np.array(flags(series(values, start="2025-08-31 22:00")))
    assert set(found[24 * 8 + 6 : 24 * 11 + 20]) == {"zero_run"}
    assert "zero_run" not in np.delete(found, range(24 * 7 + 19, 24 * 12 + 7))
    rain = days(21)
    rain[24 * 8 : 24 * 9] = days(1, per_hour=0.7, seed=3)
    assert "zero_run" not in flags(series(rain, start="2025-08-31 22:00"))


def test_a_copied_day_is_flagged_once_and_quiet_days_never():
    values = days(14)
    values[24 * 6 : 24 * 7] = values[24 * 3 : 24 * 4]
    found = np.array(flags(series(values, start="2025-08-31 22:00")))  # local midnight
    assert set(found[24 * 6 : 24 * 7]) == {"duplicated_day"}
    assert set(np.delete(found, range(24 * 6, 24 * 7))) == {""}
    assert "duplicated_day" not in flags(series([0, 0, 1, 0] * 6 * 10, start="2025-08-31 22:00"))


def test_reported_values_and_rows_stay():
    counts = series([30, 30, 30, 30, None, 0])
    flagged = flag_counts(counts, **LIMITS)
    pd.testing.assert_frame_equal(flagged.drop(columns=["flag", "count"]), counts.drop(columns=["flag", "count"]))
    assert flagged["count"].isna().tolist() == (flagged["flag"] != "").tolist()


def test_a_flag_of_the_reader_stays():
    counts = series([1, 2]).assign(flag=["dst_ambiguous", ""], count=pd.array([None, 2], dtype="Int64"))
    assert flags(counts) == ["dst_ambiguous", ""]


@pytest.mark.skipif(not DATA.exists(), reason="shared data not there")
def test_a_real_month_keeps_every_row():
    path = DATA / "counts-muenster/300037926/2025-10.csv"
    read = read_count_file(path, sites=frozenset({"300037926"}), timezone="Europe/Berlin")
    flagged = flag_counts(read.counts, **LIMITS | {"timezone": "Europe/Berlin"})
    assert len(flagged) == len(read.counts)
    assert (flagged["flag"] == "dst_ambiguous").sum() == 8
    assert flagged["flag"].isin(["", "dst_ambiguous", "zero_run"]).all()
    assert (flagged["flag"] == "zero_run").mean() < 0.01
    assert flagged["count"].isna().tolist() == (flagged["flag"] != "").tolist()
