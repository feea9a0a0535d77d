import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from movement.comparison.severance import Limits, Sides, Ways, severance, side_reach
from movement.tables import Within

INF = np.inf
LIMITS = Limits(reach_min=15, class_m=250, furthest_m=3000, levels_min=(1, 3, 6))


def sides(zones, attractions, towards=None):
    return Sides(
        np.array(zones, dtype=object),
        np.array(attractions, dtype=object),
        np.array(towards or [None] * len(attractions), dtype=object),
    )


def ways(minutes, free, metres=None, straight=None, today=None):
    shape = np.shape(minutes)
    made = [minutes, free, today if today is not None else free]
    made += [np.full(shape, 100.0) if one is None else one for one in (metres, straight)]
    return Ways(*(np.array(one, dtype=float) for one in made))


def test_the_island_behind_the_motorway():
    """100 people west and 20 east; a school on either side, and a station east that none reach in 15 minutes."""
    found = severance(
        np.array([100.0, 20.0]),
        sides(["west", "east"], ["west", "east", "east"]),
        ways(
            minutes=[[5, 12, 20], [18, 4, 6]],
            free=[[5, 8, 14], [9, 4, 6]],
            metres=[[400, 900, 1300], [900, 300, 500]],
            straight=[[300, 300, 1000], [300, 300, 450]],
        ),
        LIMITS,
    ).set_index("side")
    west = found.loc["west"]
    assert (west["people"], west["attractions_reached"], west["attractions_free"]) == (100, 2, 3)
    assert west["permeability"] == west["permeability_today"] == pytest.approx(2 / 3)
    assert west["isolation_index"] == pytest.approx(1 / 3)
    assert west["permeability_across"] == 0.5
    assert (west["detour_across"], west["detour_along"]) == (3.0, pytest.approx(4 / 3))  # only 300 m is on both sides
    assert west["detour_share"] == 0.5
    assert (west["hindrance_min"], west["hindrance"]) == (4.0, "moderate")  # 4 and 6 minutes more, the lower middle one
    east = found.loc["east"]
    assert (east["across_reached"], east["across_free"], east["permeability_across"]) == (0, 1, 0)
    assert (east["hindrance_min"], east["hindrance"]) == (9.0, "severe")


@pytest.mark.parametrize(
    ("extra", "level"),
    [(0, "none"), (0.99, "none"), (1, "slight"), (2.99, "slight"), (3, "moderate"), (5.99, "moderate"), (6, "severe")],
)
def test_levels_begin_at_their_limits(extra, level):
    found = severance(np.array([1.0]), sides(["w"], ["e"]), ways([[5 + extra]], [[5.0]]), LIMITS)
    assert found.loc[0, "hindrance"] == level


def test_without_any_way_it_is_severe_and_the_minutes_are_not_a_number_of_their_own():
    found = severance(np.array([3.0]), sides(["w"], ["e", "e", "e"]), ways([[INF, INF, 5]], [[5, 6, 5]]), LIMITS)
    row = found.iloc[0]
    assert row["hindrance"] == "severe" and row["hindrance_min"] is None
    assert row["no_way_share"] == pytest.approx(2 / 3)


def test_what_could_not_be_reached_anyway_hinders_nobody():
    found = severance(np.array([3.0]), sides(["w"], ["e"]), ways([[40.0]], [[20.0]]), LIMITS)
    row = found.iloc[0]
    assert row["hindrance"] is None and row["permeability"] is None and row["permeability_across"] is None


def test_a_new_link_is_held_against_free_crossing_of_today():
    """The link's own approach brings more within free reach than within reach: only the first measure falls."""
    people, where = np.array([10.0]), sides(["w"], ["e", "e"])
    before = severance(people, where, ways([[14, 18]], [[8, 16]]), LIMITS).iloc[0]
    after = severance(people, where, ways([[10, 16]], [[5, 12]], today=[[8, 16]]), LIMITS).iloc[0]
    assert (before["permeability"], after["permeability"]) == (1.0, 0.5)
    assert (before["permeability_today"], after["permeability_today"]) == (1.0, 1.0)
    assert (before["hindrance_min"], after["hindrance_min"]) == (6.0, 2.0)


def test_from_inside_a_kordon_each_direction_is_told_apart():
    where = sides(["inside", "outside"], ["outside", "outside", "inside"], ["north", "east", "west"])
    found = severance(
        np.array([5.0, 1.0]), where, ways([[14, 20, 3], [9, 9, 9]], [[10, 12, 3], [9, 9, 9]]), LIMITS
    ).set_index(["side", "towards"])
    assert list(found.index) == [("inside", "all"), ("inside", "east"), ("inside", "north"), ("outside", "all")]
    assert found.loc[("inside", "east"), "permeability_across"] == 0
    assert found.loc[("inside", "north"), "hindrance_min"] == 4.0
    assert found["permeability"].notna().tolist() == [True, False, False, True]


def test_nobody_on_a_side_and_nothing_to_go_to():
    found = severance(np.array([0.0]), sides(["w"], ["e"]), ways([[5.0]], [[4.0]]), LIMITS).iloc[0]
    assert found["people"] == 0
    assert found.drop(["side", "towards", "people"]).isna().all()
    nothing = np.zeros((1, 0))
    empty = severance(np.array([2.0]), sides(["w"], []), ways(nothing, nothing, nothing, nothing), LIMITS).iloc[0]
    assert empty["hindrance"] is None and empty["attractions_reached"] == 0
    assert severance(np.array([2.0]), sides([None], ["e"]), ways([[5.0]], [[4.0]]), LIMITS).empty


@given(
    arrays(float, (3, 4), elements=st.floats(0.1, 60)),
    arrays(float, (3, 4), elements=st.floats(0, 1)),
    arrays(float, 3, elements=st.floats(0, 500)),
)
def test_shares_lie_between_nothing_and_all(minutes, shorter, people):
    found = severance(people, sides(["w", "w", "e"], ["w", "e", "e", None]), ways(minutes, minutes * shorter), LIMITS)
    for name in ("permeability", "permeability_today", "permeability_across", "isolation_index"):
        assert found[name].dropna().between(0, 1).all()
    assert (found["attractions_reached"].dropna() <= found["attractions_free"].dropna() + 1e-9).all()
    assert (found["hindrance_min"].dropna() >= 0).all()


def test_who_reaches_the_nearest_school():
    people, zones = np.array([30.0, 10.0, 5.0]), np.array(["west", "west", None], dtype=object)
    minutes = np.array([[4.0, INF], [12.0, 9.0], [1.0, 1.0]])
    found = side_reach(
        people,
        zones,
        {"school": np.array([True, True]), "lake": np.array([False, True]), "gone": np.array([False, False])},
        {Within.MINUTES: minutes},
        {Within.MINUTES: [5, 10]},
    )
    assert found[["destination", "limit", "people_reaching", "share"]].to_numpy().tolist() == [
        ["school", 5, 30.0, 0.75],
        ["school", 10, 40.0, 1.0],
        ["lake", 5, 0.0, 0.0],
        ["lake", 10, 10.0, 0.25],
    ]
    nobody = side_reach(
        people * 0, zones, {"school": np.array([True, True])}, {Within.MINUTES: minutes}, {Within.MINUTES: [5]}
    )
    assert nobody["share"].isna().all()
