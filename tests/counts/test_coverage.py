"""The calendar of what was counted and used, worked by hand."""

import pandas as pd

from movement import tables
from movement.counts.coverage import daily_coverage, site_days

ZONE = "Europe/Copenhagen"


def counts(hours, *, direction="in", minutes=60, blank=(), flagged=()):
    frame = pd.DataFrame(
        {
            "station_id": "S1", "mode": "walk", "direction": direction, "t_start_utc": hours, "interval_min": minutes,
            "count_reported": 5.0, "count": 5.0, "flag": "", "source_file": "a.csv", "source_row": 2,
        }
    )  # fmt: skip
    frame.loc[list(blank), ["count_reported", "count", "flag"]] = [None, None, "missing"]
    frame.loc[list(flagged), ["count", "flag"]] = [None, "stuck"]
    return tables.COUNTS.check(frame)


def hours(start, number, step="1h"):
    return pd.date_range(start, periods=number, freq=step, tz=ZONE).tz_convert("UTC")


def covered(counts, *, permanent=("S1",), campaigns=()):
    when = pd.DataFrame(list(campaigns), columns=["start_date", "end_date"])
    return daily_coverage(counts, when, permanent=frozenset(permanent), valid_day_share=0.95, timezone=ZONE)


def numbers(found):
    return found[["expected", "reported", "used"]].to_numpy().tolist()


def test_blank_flagged_and_absent_hours_are_told_apart():
    found = covered(counts(hours("2025-09-01", 30), blank=[0, 1], flagged=[2]))
    assert numbers(found) == [[24, 22, 21], [24, 6, 6]]


def test_a_day_without_a_row_between_first_and_last_is_expected_whole():
    both = pd.concat([counts(hours("2025-09-01", 24)), counts(hours("2025-09-03", 24))])
    assert numbers(covered(both)) == [[24, 24, 24], [24, 0, 0], [24, 24, 24]]


def test_a_site_that_does_not_count_all_the_time_is_expected_in_its_campaigns_only():
    both = pd.concat([counts(hours("2025-09-01", 24)), counts(hours("2025-09-05", 24))])
    days = pd.to_datetime(["2025-09-01", "2025-09-02", "2025-09-08", "2025-09-09"])
    found = covered(both, permanent=(), campaigns=[(days[0], days[1]), (days[2], days[3])])
    assert found["date"].dt.day.tolist() == [1, 2, 5]
    assert numbers(found) == [[24, 24, 24], [24, 0, 0], [24, 24, 24]]


def test_the_nights_the_clock_changes_have_23_and_25_hours():
    for day, length in (("2026-03-29", 23), ("2025-10-26", 25)):
        assert numbers(covered(counts(hours(day, length)))) == [[length, length, length]]


def test_two_directions_and_quarters_are_expected_each():
    one = counts(hours("2025-09-01", 96, "15min"), minutes=15)
    two = counts(hours("2025-09-01", 48, "15min"), minutes=15, direction="out")
    assert numbers(covered(pd.concat([one, two]))) == [[192, 144, 144]]


def test_a_day_with_the_total_alone_expects_one_way_and_totals_beside_directions_do_not_count():
    total = counts(hours("2025-09-01", 48), direction="both")
    ways = [counts(hours("2025-09-02", 24), direction=way) for way in ("in", "out")]
    assert numbers(covered(pd.concat([total, *ways]))) == [[24, 24, 24], [48, 48, 48]]


def test_daily_series_expect_one():
    days = counts(hours("2025-09-01", 3, "1D"), minutes=1440)
    assert numbers(covered(days)) == [[1, 1, 1]] * 3


def test_no_counts_no_calendar():
    assert len(covered(tables.COUNTS.empty())) == 0


def test_a_day_is_used_partly_flagged_or_missing():
    all_kinds = [
        counts(hours("2025-09-01", 24)),
        counts(hours("2025-09-02", 24), flagged=range(12)),
        counts(hours("2025-09-03", 24), flagged=range(24)),
        counts(hours("2025-09-05", 24)),
    ]
    states = covered(pd.concat(all_kinds))["state"]
    assert states.tolist() == ["used", "partly", "flagged", "missing", "used"]


def test_the_calendar_says_partly_where_the_modes_of_a_site_differ():
    walk = counts(hours("2025-09-01", 48))
    cycle = counts(hours("2025-09-01", 48), flagged=range(24, 48)).assign(mode="cycle")
    assert site_days(covered(pd.concat([walk, cycle])))["state"].tolist() == ["used", "partly"]
