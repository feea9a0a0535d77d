from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.counts.calendar import public_holidays
from movement.counts.quality import Limits, flag_counts
from movement.sources.counters import read_count_file

DATA = Path(__file__).resolve().parents[3] / "shared/data"
LIMITS = Limits(
    zero_run_expected=10,
    stuck_equal_values=4,
    chance=3e-5,
    spike_chance=1e-7,
    implausible_per_hour=20000,
    low_day_share=0.4,
)
ZONE = "Europe/Copenhagen"


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
    return flag_counts(counts, timezone=ZONE, limits=LIMITS)["flag"].tolist()


def test_nothing_in_nothing_out():
    assert len(flag_counts(tables.COUNTS.empty(), timezone=ZONE, limits=LIMITS)) == 0


def test_blank_is_flagged_missing_and_zero_is_not():
    counts = flag_counts(series([5, None, 0, 4]), timezone=ZONE, limits=LIMITS)
    assert counts["flag"].tolist() == ["", "missing", "", ""]
    assert counts["count"].isna().tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("value", "enough"),
    [(60, 5), (20, 6), (8, 7), (3, 8), (1, 12)],  # mean 60 gives 60 once in 19: 19^-3 > 3e-5 > 19^-4
)
def test_equal_values_in_a_row_are_stuck_by_how_unlikely_they_are(value, enough):
    for number, found in ((enough - 1, False), (enough, True)):
        values = [value + 1, *[value] * number, value + 1]
        assert [flag == "stuck" for flag in flags(series(values))] == [False, *[found] * number, False]


def test_equal_values_are_stuck_only_from_the_number_asked():
    six = Limits(**vars(LIMITS) | {"stuck_equal_values": 7})
    found = flag_counts(series([60] * 6 + [61]), timezone=ZONE, limits=six)
    assert set(found["flag"]) == {""}


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
    flagged = flag_counts(counts, timezone=ZONE, limits=LIMITS)
    pd.testing.assert_frame_equal(flagged.drop(columns=["flag", "count"]), counts.drop(columns=["flag", "count"]))
    assert flagged["count"].isna().tolist() == (flagged["flag"] != "").tolist()


def test_a_flag_of_the_reader_stays():
    counts = series([1, 2]).assign(flag=["dst_ambiguous", ""], count=pd.array([None, 2], dtype="Int64"))
    assert flags(counts) == ["dst_ambiguous", ""]


def test_more_than_a_path_carries_is_no_count_and_tells_nothing_of_the_others():
    values = days(21)
    values[24 * 10 + 3] = 9_999_999_999
    found = flags(series(values))
    assert found[24 * 10 + 3] == "implausible"
    assert set(np.delete(found, 24 * 10 + 3)) == {""}


def test_an_hour_ten_times_the_usual_is_a_spike_and_a_school_class_is_not():
    values = days(28)
    values[24 * 20 + 12] = 100
    assert [at for at, flag in enumerate(flags(series(values))) if flag] == [24 * 20 + 12]
    values[24 * 20 + 12] = 38  # one class of 28 more than the usual ten
    assert set(flags(series(values))) == {""}


def sites(number, low=None, *, per_hour=20, wet=None):
    frames = []
    for site in range(number):
        values = days(35, per_hour=per_hour, seed=site)
        if wet is not None:
            values[24 * wet : 24 * (wet + 1)] = days(1, per_hour=0.4 * per_hour, seed=50 + site)
        if site == 0 and low is not None:
            values[24 * low : 24 * (low + 1)] = days(1, per_hour=0.4 * per_hour, seed=90)
        frames.append(series(values, start="2025-08-31 22:00", station=f"S{site}"))
    return pd.concat(frames, ignore_index=True)


def test_a_day_at_40_per_cent_is_found_against_the_other_sites():
    found = flag_counts(sites(4, low=20), timezone=ZONE, limits=LIMITS)
    low = found[found["flag"] == "low_day"]
    assert set(low["station_id"]) == {"S0"}
    assert len(low) == 24
    assert set(low["t_start_utc"].dt.tz_convert(ZONE).dt.strftime("%m-%d")) == {"09-21"}


def test_a_wet_day_at_all_sites_is_no_low_day_and_one_site_alone_cannot_tell():
    assert "low_day" not in set(flag_counts(sites(4, wet=20), timezone=ZONE, limits=LIMITS)["flag"])
    assert "low_day" not in set(flag_counts(sites(2, low=20), timezone=ZONE, limits=LIMITS)["flag"])
    few = flag_counts(sites(4, low=20, per_hour=0.8), timezone=ZONE, limits=LIMITS)
    assert "low_day" not in set(few["flag"])  # 13 people a day: 5 of them are no proof


def test_a_public_holiday_is_a_day_like_a_sunday():
    values = days(70, per_hour=40)
    weekend = (np.arange(70) + 1) % 7 >= 5  # from Tuesday, 1 April
    for day in [*np.flatnonzero(weekend), 16, 17, 20, 58, 69]:  # Easter, Ascension Day, Whit Monday
        values[24 * day : 24 * (day + 1)] = np.r_[np.zeros(11), days(1, per_hour=12, seed=int(day))[11:]]
    counts = series(values, start="2025-03-31 22:00")
    with_holidays = flag_counts(counts, timezone=ZONE, limits=LIMITS, holidays=public_holidays("DK", years=[2025]))
    assert "zero_run" not in set(with_holidays["flag"])
    assert "zero_run" in set(flag_counts(counts, timezone=ZONE, limits=LIMITS)["flag"])


@pytest.mark.skipif(not DATA.exists(), reason="shared data not there")
def test_a_real_month_keeps_every_row():
    path = DATA / "counts-muenster/300037926/2025-10.csv"
    read = read_count_file(path, sites=frozenset({"300037926"}), timezone="Europe/Berlin")
    flagged = flag_counts(read.counts, timezone="Europe/Berlin", limits=LIMITS)
    assert len(flagged) == len(read.counts)
    assert (flagged["flag"] == "dst_ambiguous").sum() == 8
    assert flagged["flag"].isin(["", "dst_ambiguous", "zero_run"]).all()
    assert (flagged["flag"] == "zero_run").mean() < 0.01
    assert flagged["count"].isna().tolist() == (flagged["flag"] != "").tolist()
