import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.demand import distribute
from movement.demand.decay import Decay
from movement.demand.segments import build_choices
from movement.tables import Group, Purpose

PLACES = pd.DataFrame({"purpose": ["school", "work", "work", "leisure"], "weight": [30.0, 10.0, 20.0, 0.0]})
GROUPS, PURPOSES = tuple(Group), tuple(Purpose)
ALL = dict.fromkeys(Group, 1.0)


def produced(zones, **trips):
    """Trips by `group__purpose`, the same in each zone unless listed."""
    made = np.zeros((zones, len(GROUPS), len(PURPOSES)))
    for name, amount in trips.items():
        group, purpose = name.split("__")
        made[:, GROUPS.index(Group(group)), PURPOSES.index(Purpose(purpose))] = amount
    return made


def near(zones, minutes=5.0):
    return np.full((zones, len(PLACES)), minutes)


def places(found, rows=slice(None)):
    columns = (found.zone, found.group, found.choices.purpose[found.choices.origin], found.attraction)
    zone, group, purpose, at = (column[rows].tolist() for column in columns)
    return [(z, str(GROUPS[g]), str(PURPOSES[p]), a) for z, g, p, a in zip(zone, group, purpose, at, strict=True)]


def test_each_group_goes_to_the_places_of_its_purpose_and_escorts_to_school():
    made = produced(2, adult__work=[6.0, 0.0], adult__escort=2.0, child_under_10__school=3.0)
    found = build_choices(made, PLACES, dict.fromkeys(Group, near(2)), pace=ALL, cut_off_min=60)
    assert places(found) == [
        (0, "child_under_10", "school", 0),
        (0, "adult", "work", 1),
        (0, "adult", "work", 2),
        (0, "adult", "escort", 0),
        (1, "child_under_10", "school", 0),
        (1, "adult", "escort", 0),
    ]
    assert found.choices.pull.tolist() == [30.0, 10.0, 20.0, 30.0, 30.0, 30.0]
    assert found.choices.purposes == tuple(map(str, Purpose))


def test_pupils_and_those_who_bring_them_are_two_destinations_of_one_school():
    made = produced(1, adult__escort=2.0, child_under_10__school=3.0)
    choices = build_choices(made, PLACES, dict.fromkeys(Group, near(1)), pace=ALL, cut_off_min=60).choices
    assert len({*choices.destination}) == 2 and choices.attracted[choices.destination].tolist() == [30.0, 30.0]
    assert choices.attracted.sum() == 30 + 30 + 10 + 20


@pytest.mark.parametrize(("pace", "reached"), [(1.0, True), (1.2, True), (1.21, False)])
def test_the_cut_off_counts_after_pace(pace, reached):
    found = build_choices(
        produced(1, senior__work=1.0),
        PLACES,
        {Group.SENIOR: near(1, 50.0)},
        pace={Group.SENIOR: pace},
        cut_off_min=60.0,
    )
    assert found.choices.cost_min.tolist() == ([50 * pace] * 2 if reached else [])
    assert found.choices.produced.sum() == 1.0


def test_groups_have_networks_of_their_own_and_those_who_do_not_go_need_none():
    minutes = {Group.ADULT: near(1, 4.0), Group.WALK_LIMITED: near(1, np.inf)}
    made = produced(1, adult__work=6.0, walk_limited__work=2.0)
    found = build_choices(made, PLACES, minutes, pace={}, cut_off_min=60)
    assert places(found) == [(0, "adult", "work", 1), (0, "adult", "work", 2)]
    unmet = found.by_zone(distribute.origin_constrained(found.choices, Decay("exponential", 0.1)).unmet)
    assert unmet.shape == (1, 5, 7) and unmet[0, 4].sum() == 2.0 and unmet.sum() == 2.0


def test_a_place_without_weight_is_no_choice():
    found = build_choices(produced(1, adult__leisure=6.0), PLACES, {Group.ADULT: near(1)}, pace=ALL, cut_off_min=60)
    assert len(found.choices.origin) == 0


def test_a_group_that_goes_without_minutes_is_named():
    with pytest.raises(ValueError, match="senior makes trips but has no felt minutes"):
        build_choices(produced(1, senior__work=1.0), PLACES, {}, pace=ALL, cut_off_min=60)


def test_arrays_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"of adult must have the shape \(2, 4\), not \(1, 4\)"):
        build_choices(produced(2, adult__work=1.0), PLACES, {Group.ADULT: near(1)}, pace=ALL, cut_off_min=60)
    with pytest.raises(ValueError, match=r"zones x groups x purposes, not of the shape \(2, 4\)"):
        build_choices(np.zeros((2, 4)), PLACES, {}, pace=ALL, cut_off_min=60)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 4), st.integers(0, 5), st.integers(0, 2**32 - 1), st.floats(0, 120))
def test_every_trip_is_made_or_unmet_and_rows_are_what_is_within_reach(zones, attractions, seed, cut_off):
    draw = np.random.default_rng(seed)
    made = draw.choice([0.0, 1.0, 7.5], (zones, len(GROUPS), len(PURPOSES)))
    listed = pd.DataFrame(
        {"purpose": draw.choice(list(map(str, PURPOSES)), attractions), "weight": draw.choice([0.0, 2.0], attractions)}
    )
    minutes = np.where(draw.random((zones, attractions)) < 0.3, np.inf, draw.random((zones, attractions)) * 100)
    found = build_choices(made, listed, dict.fromkeys(Group, minutes), pace={}, cut_off_min=cut_off)
    serves = {str(p): {str(p)} for p in PURPOSES} | {"escort": {"escort", "school"}}
    wanted = {
        (z, str(g), str(p), a)
        for z in range(zones)
        for gi, g in enumerate(GROUPS)
        for pi, p in enumerate(PURPOSES)
        for a in range(attractions)
        if made[z, gi, pi] > 0
        and minutes[z, a] <= cut_off
        and listed["weight"][a] > 0
        and listed["purpose"][a] in serves[str(p)]
    }
    assert set(places(found)) == wanted and len(found.zone) == len(wanted)
    shared = distribute.origin_constrained(found.choices, Decay("exponential", 0.1))
    assert shared.trips.sum() + shared.unmet.sum() == pytest.approx(made.sum())
    np.testing.assert_allclose(
        found.by_zone(found.choices.totals(shared.trips)) + found.by_zone(shared.unmet), made, rtol=1e-9
    )
