import dataclasses

import pandas as pd
import pytest

from movement.demand.rates import TripRates, productions
from movement.publish import language
from movement.tables import Band, Group, InputFaults, Purpose

GROUPS = [str(group) for group in Group]
ALL_DAY = {"weekday_morning": 0.5, "weekday_afternoon": 0.3, "weekend": 0.2}
RATES = TripRates(
    trips_per_person_per_day=dict.fromkeys(GROUPS, 3.0) | {"adult": 4.0},
    mode_shares={
        "walk": dict.fromkeys(GROUPS, 0.2),
        "cycle": dict.fromkeys(GROUPS, 0.25) | {"walk_limited": 0},
    },
    purpose_shares={group: {"leisure": 1.0} for group in GROUPS} | {"adult": {"work": 0.75, "escort": 0.25}},
    band_shares=dict.fromkeys([*map(str, Purpose), "through"], ALL_DAY),
    pace_ratio={"walk": {"senior": 1.5}},
)


def said(found):
    return [language.say_fault(language.catalogue("en"), fault) for fault in found.value.faults]


def broken(**changes):
    with pytest.raises(InputFaults) as found:
        dataclasses.replace(RATES, **changes)
    return said(found)


def test_productions_are_people_times_trips_times_mode_times_purpose():
    people = pd.DataFrame([[0.0, 0.0, 10.0, 5.0, 0.0], [0.0] * 5], columns=GROUPS)
    made = productions(people, RATES, "walk")
    assert made.shape == (2, 5, 7) and made[1].sum() == 0
    of_adults = dict(zip(Purpose, made[0, 2], strict=True))
    assert of_adults == pytest.approx({**dict.fromkeys(Purpose, 0.0), Purpose.WORK: 6.0, Purpose.ESCORT: 2.0})
    assert made[0, 3].sum() == pytest.approx(5 * 3 * 0.2)


def test_productions_follow_the_words_and_not_the_order_of_columns():
    people = pd.DataFrame([[10.0, 0.0, 0.0, 0.0, 0.0]], columns=["adult", *(g for g in GROUPS if g != "adult")])
    assert productions(people, RATES, "walk")[0, 2].sum() == pytest.approx(10 * 4 * 0.2)


def test_a_group_without_a_share_of_a_mode_makes_no_trips_by_it():
    people = pd.DataFrame([[0.0, 0.0, 0.0, 0.0, 8.0]], columns=GROUPS)
    assert productions(people, RATES, "cycle").sum() == 0
    assert productions(people, RATES, "walk").sum() == pytest.approx(8 * 3 * 0.2)


def test_the_mean_of_the_weeks_days_is_the_mean_day():
    days = {"weekend": 2}
    per_day = {band: RATES.on_a_day("work", band) for band in Band}
    assert per_day[Band.WEEKEND] == pytest.approx(0.7) and per_day[Band.WEEKDAY_MORNING] == pytest.approx(0.7)
    assert per_day[Band.WEEKDAY_EVENING] == 0
    assert sum(per_day[band] * days.get(str(band), 5) for band in Band) / 7 == pytest.approx(1.0)


def test_each_row_of_bands_is_a_whole_week():
    bands = RATES.bands()
    assert list(bands.index) == [*map(str, Purpose), "through"] and list(bands.columns) == [str(b) for b in Band]
    assert bands.sum(axis=1).tolist() == pytest.approx([1.0] * 8)


def test_pace_is_one_where_nothing_is_said():
    assert RATES.pace("walk") == {**dict.fromkeys(Group, 1.0), Group.SENIOR: 1.5}
    assert set(RATES.pace("cycle").values()) == {1.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trips_per_person_per_day": {**dict.fromkeys(GROUPS, 3.0), "adult": 101}}, "day.adult is 101. It must be"),
        ({"trips_per_person_per_day": {**dict.fromkeys(GROUPS, 3.0), "adult": -1}}, "day.adult is -1. It must be"),
        ({"trips_per_person_per_day": dict.fromkeys(GROUPS[1:], 3.0)}, "per_day has no value for child_under_10."),
        ({"trips_per_person_per_day": 2.9}, "trips_per_person_per_day has no value for trips_per_person_per_day"),
        ({"mode_shares": {"walk": dict.fromkeys(GROUPS, 0.2)}}, "mode_shares has no value for cycle."),
        ({"mode_shares": {**RATES.mode_shares, "boat": {}}}, "“boat” in column mode_shares is not known. Write one of"),
        (
            {"mode_shares": {**RATES.mode_shares, "walk": dict.fromkeys(GROUPS, 0.8)}},
            "mode_shares.*.child_under_10 add up to 1.05. Their sum must be <= 1.",
        ),
        ({"purpose_shares": {**RATES.purpose_shares, "adult": {"work": 0.9}}}, "purpose_shares.adult add up to 0.9."),
        (
            {"purpose_shares": {**RATES.purpose_shares, "adult": {"work": 0.9, "play": 0.1}}},
            "“play” in column purpose_shares.adult is not known. Write one of: school, work, ",
        ),
        ({"purpose_shares": {**RATES.purpose_shares, "adult": {"work": "all"}}}, "adult.work is all. It must be"),
        ({"band_shares": {**RATES.band_shares, "work": {"weekend": 0.5}}}, "band_shares.work add up to 0.5."),
        (
            {"band_shares": {name: one for name, one in RATES.band_shares.items() if name != "through"}},
            "band_shares has no value for through.",
        ),
        ({"pace_ratio": {"walk": {"senior": 0.0}}}, "pace_ratio.walk.senior is 0.0. It must be a number from 0.1 to"),
        ({"pace_ratio": {"run": {}}}, "“run” in column pace_ratio is not known."),
    ],
)
def test_a_broken_table_is_named_with_its_rule(changes, words):
    assert words in broken(**changes)[0]


def test_all_faults_come_at_once():
    assert len(broken(purpose_shares={}, pace_ratio={"walk": {"dog": 1.0}})) == len(GROUPS) + 1
