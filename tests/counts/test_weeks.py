"""What weeks show: clocks, directions and levels. Each case has its opposite, in which nothing is told."""

import numpy as np
import pandas as pd
import pytest

from movement.counts.weeks import Hours, judge_weeks
from movement.tables import Notice

DAYS = 84
START = pd.Timestamp("2026-02-02")  # a Monday
PROFILE = np.array([0, 0, 0, 0, 0, 1, 5, 20, 18, 6, 4, 4, 5, 5, 6, 12, 18, 14, 8, 5, 4, 3, 2, 1], dtype=float)


def hours(people=300, *, tide=0.3, level=None, common=None, seed=1, days=DAYS):
    """Twelve weeks of one site; inward people come in the morning, outward ones in the afternoon."""
    rng = np.random.default_rng(seed)
    mean = people * PROFILE / PROFILE.sum()
    way = np.where(np.arange(24) < 12, 0.5 + tide, 0.5 - tide)
    level = np.ones(days) if level is None else level
    ways = rng.poisson(np.stack([np.outer(level, mean * way), np.outer(level, mean * (1 - way))])).astype(float)
    dates = pd.date_range(START, periods=days)
    return Hours(
        "S1", "walk", dates, ways, np.asarray(dates.day_of_week >= 5), np.ones(days) if common is None else common
    )


def told(found):
    return [(one.notice, (one.start_date - START).days // 7, (one.end_date - START).days // 7) for one in found]


def judge(site, changes=()):
    return judge_weeks(site, clock_changes=frozenset(changes))


def test_clean_weeks_tell_nothing():
    assert judge(hours()) == []


@pytest.mark.parametrize("people", [40, 1000])
def test_a_clock_two_hours_ahead_is_told_from_the_week_it_begins(people):
    site = hours(people)
    site.ways[:, 35:] = np.roll(site.ways[:, 35:], 2, axis=2)
    found = judge(site)
    assert (found[0].notice, found[0].value, told(found)[0][1]) == (Notice.CLOCK_WRONG, 2.0, 5)


def test_an_hour_from_the_night_the_clocks_change_is_a_clock_not_changed():
    site = hours()
    site.ways[:, 56:] = np.roll(site.ways[:, 56:], -1, axis=2)
    (found,) = judge(site, [pd.Timestamp("2026-03-29")])[:1]
    assert (found.notice, found.value) == (Notice.CLOCK_NOT_CHANGED, -1.0)
    assert judge(site)[0].notice == Notice.CLOCK_WRONG


def test_a_holiday_with_a_flat_late_day_is_no_wrong_clock():
    site = hours()
    flat = np.where((np.arange(24) >= 9) & (np.arange(24) < 21), 12.0, 0.5)
    site.ways[:, 35:42] = np.random.default_rng(4).poisson(flat, (2, 7, 24))
    assert Notice.CLOCK_WRONG not in {one.notice for one in judge(site)}


def test_swapped_directions_are_told_by_their_hours():
    site = hours(60)
    site.ways[:, 42:] = site.ways[::-1, 42:].copy()
    assert told(judge(site))[0][:2] == (Notice.DIRECTION_SWAPPED, 6)
    even = hours(60, tide=0.0)
    even.ways[:, 42:] = even.ways[::-1, 42:].copy()
    assert judge(even) == []  # nobody could see it


def test_a_direction_half_lost_is_told_where_enough_people_pass():
    for people, says in ((300, [Notice.DIRECTION_SPLIT]), (15, [])):
        site = hours(people, tide=0.0)
        site.ways[0, 42:56] = np.random.default_rng(2).binomial(site.ways[0, 42:56].astype(int), 0.4)
        assert [one.notice for one in judge(site)][:1] == says


def test_a_lasting_step_is_told_with_its_size_and_not_where_all_sites_share_it():
    level = np.where(np.arange(DAYS) >= 42, 0.6, 1.0)
    (found,) = judge(hours(400, level=level))
    assert (found.notice, (found.start_date - START).days) == (Notice.LEVEL_STEP, 42)
    assert found.value == pytest.approx(0.6, abs=0.05)
    assert judge(hours(400, level=level, common=level)) == []
    assert judge(hours(400, level=level, common=np.full(DAYS, np.nan))) == []  # no other site to hold it against


def test_weeks_with_too_few_days_or_people_are_not_judged():
    site = hours(10)
    site.ways[:, 35:] = np.roll(site.ways[:, 35:], 2, axis=2)
    assert judge(site) == []
    gaps = hours()
    gaps.ways[:, 35:] = np.roll(gaps.ways[:, 35:], 2, axis=2)
    gaps.ways[:, np.arange(DAYS) % 7 >= 4] = np.nan
    assert judge(gaps) == []
