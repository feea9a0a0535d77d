import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.demand import distribute as d
from movement.demand.choices import Choices
from movement.demand.decay import Decay
from movement.publish import language
from movement.tables import Distribution, InputFaults

NO_DECAY = Decay("exponential", 0.0)
TENTH = Decay("exponential", 0.1)
E = np.exp


def world(rows, produced, attracted, purpose=None, purposes=("work",)):
    """Rows of (origin, destination, minutes, pull), in order of origin."""
    origin, destination, minutes, pull = (np.array(column) for column in zip(*rows, strict=True)) if rows else [[]] * 4
    return Choices(
        np.asarray(origin, dtype=np.int64),
        np.asarray(destination, dtype=np.int64),
        np.asarray(minutes, dtype=float),
        np.asarray(pull, dtype=float),
        np.asarray(produced, dtype=float),
        np.asarray(purpose if purpose is not None else [0] * len(produced), dtype=np.int64),
        purposes,
        np.asarray(attracted, dtype=float),
    )


# Two homes, two shops: the first home 0 and 10 minutes from them, the second 10 minutes from the first shop only.
TWO = world([(0, 0, 0.0, 1.0), (0, 1, 10.0, 2.0), (1, 0, 10.0, 1.0)], [100.0, 50.0], [1.0, 2.0])


def said(found):
    return [language.say_fault(language.catalogue("en"), fault) for fault in found.value.faults]


def test_accessibility_by_hand():
    assert d.accessibility(TWO, TENTH).tolist() == pytest.approx([1 + 2 * E(-1), E(-1)])


def test_huff_by_hand_each_row_by_its_own_time():
    made = d.origin_constrained(TWO, TENTH)
    first = 1 + 2 * E(-1)
    assert made.trips.tolist() == pytest.approx([100 / first, 200 * E(-1) / first, 50.0])
    assert made.unmet.tolist() == [0.0, 0.0] and made.participation.tolist() == [1.0, 1.0]


def test_unconstrained_on_its_own_yardstick_makes_what_is_produced_unevenly():
    made = d.unconstrained(TWO, TENTH)
    mean = (100 * (1 + 2 * E(-1)) + 50 * E(-1)) / 150
    assert made.trips.tolist() == pytest.approx([100 / mean, 200 * E(-1) / mean, 50 * E(-1) / mean])
    assert made.trips.sum() == pytest.approx(150)
    assert made.participation[0] > 1 > made.participation[1]


def test_unconstrained_on_a_fixed_yardstick_is_linear_in_the_decay_and_blind_to_other_destinations():
    yardstick = d.mean_accessibility(TWO, NO_DECAY)
    assert yardstick.tolist() == pytest.approx([(100 * 3 + 50 * 1) / 150])
    alone = world([(0, 0, 0.0, 1.0)], [100.0, 50.0], [1.0, 2.0])
    with_all, with_one = (d.unconstrained(c, TENTH, mean_access=yardstick) for c in (TWO, alone))
    assert with_one.trips[0] == with_all.trips[0] == pytest.approx(100 / yardstick[0])
    assert with_all.trips[2] == pytest.approx(50 * E(-1) / yardstick[0])


def test_a_purpose_without_a_yardstick_is_unmet():
    made = d.unconstrained(TWO, TENTH, mean_access=np.array([0.0]))
    assert made.trips.tolist() == [0.0] * 3 and made.unmet.tolist() == [100.0, 50.0]


def test_purposes_have_yardsticks_of_their_own():
    two = world([(0, 0, 0.0, 4.0), (1, 1, 0.0, 6.0)], [10.0, 20.0], [4.0, 6.0], [0, 1], ("work", "shopping"))
    assert d.mean_accessibility(two, TENTH).tolist() == [4.0, 6.0]
    assert d.unconstrained(two, TENTH).trips.tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    ("ratio", "elasticity", "factor"),
    [
        (1.0, 0.0, 1.0),
        (3.0, 0.0, 1.0),
        (1.0, 0.5, 1.0),
        (2.0, 0.5, 2 / 1.5),
        (0.5, 0.5, 0.5 / 0.75),
        (2.0, 0.9, 2 / 1.1),
        (1e9, 0.5, 2.0),  # the bound 1 / (1 - e)
    ],
)
def test_participation_by_hand(ratio, elasticity, factor):
    reference = d.accessibility(TWO, TENTH) / ratio
    made = d.origin_constrained(TWO, TENTH, reference=reference, participation_elasticity=elasticity)
    assert made.participation.tolist() == pytest.approx([factor, factor])
    assert TWO.totals(made.trips).tolist() == pytest.approx([100 * factor, 50 * factor])


@pytest.mark.parametrize("elasticity", [0.1, 0.5, 0.9])
def test_the_elasticity_at_todays_access_is_the_one_given(elasticity):
    access = d.accessibility(TWO, TENTH)
    less, more = (
        d.origin_constrained(TWO, TENTH, reference=access / r, participation_elasticity=elasticity).participation[0]
        for r in (1 - 1e-5, 1 + 1e-5)
    )
    assert (more - less) / 2e-5 == pytest.approx(elasticity, rel=1e-6)


def test_where_nothing_was_in_reach_all_trips_are_made_and_where_nothing_is_none():
    before = np.array([0.0, 5.0, 0.0])
    three = world([(0, 0, 5.0, 1.0)], [10.0, 20.0, 30.0], [1.0])
    made = d.origin_constrained(three, TENTH, reference=before, participation_elasticity=0.5)
    assert made.trips.tolist() == [10.0]
    assert made.participation.tolist() == [1.0, 0.0, 0.0] and made.unmet.tolist() == [0.0, 20.0, 30.0]


def test_next_to_nothing_left_of_access_makes_next_to_no_trips_and_never_nan():
    far = world([(0, 0, 50.0, 1.0)], [10.0], [1.0])
    made = d.origin_constrained(far, TENTH, reference=np.array([1e308]), participation_elasticity=0.9)
    assert made.trips[0] == pytest.approx(0, abs=1e-300) and made.unmet.tolist() == [0.0]


@pytest.mark.parametrize("elasticity", [-0.1, 0.91, np.nan, "much"])
def test_an_elasticity_out_of_range_is_named(elasticity):
    with pytest.raises(InputFaults) as found:
        d.origin_constrained(TWO, TENTH, participation_elasticity=elasticity)
    assert f"participation_elasticity is {elasticity}. It must be a number from 0 to 0.9" in said(found)[0]


@pytest.mark.parametrize(
    ("reference", "words"),
    [([1.0], "be given 2 times, not 1"), ([1.0, -2.0], "not -2.0"), ([np.nan, 1.0], "not nan")],
)
def test_a_broken_reference_is_named(reference, words):
    with pytest.raises(ValueError, match=f"a reference accessibility must .*{words}"):
        d.origin_constrained(TWO, TENTH, reference=np.array(reference), participation_elasticity=0.1)


def test_the_change_of_trips_falls_into_redirected_and_new():
    before = world([(0, 0, 10.0, 1.0), (1, 0, 5.0, 1.0)], [100.0, 40.0], [1.0, 1.0])
    after = world([(0, 0, 10.0, 1.0), (0, 1, 10.0, 1.0), (1, 0, 5.0, 1.0)], [100.0, 40.0], [1.0, 1.0])
    today = d.origin_constrained(before, TENTH)
    then = d.origin_constrained(
        after, TENTH, reference=d.accessibility(before, TENTH), participation_elasticity=0.5
    )  # the first home's accessibility doubles: 2 / 1.5
    kept = d.without_new_trips(then.trips, after.origin, before=today.participation, after=then.participation)
    assert kept.tolist() == pytest.approx([50.0, 50.0, 40.0])
    assert (then.trips - kept).tolist() == pytest.approx([50 / 3, 50 / 3, 0.0])


@pytest.mark.parametrize(("before", "after", "kept"), [(0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 2.0, 4.0)])
def test_trips_of_an_origin_that_reached_nothing_before_are_all_new(before, after, kept):
    trips = np.array([8.0 if after else 0.0])
    found = d.without_new_trips(trips, np.array([0]), before=np.array([before]), after=np.array([after]))
    assert found.tolist() == [kept]


def test_doubly_constrained_by_hand():
    """Two homes of 10 trips, two shops that take 5 and 15; all equally far: independence."""
    square = world([(0, 0, 5.0, 1.0), (0, 1, 5.0, 9.0), (1, 0, 5.0, 1.0), (1, 1, 5.0, 9.0)], [10.0, 10.0], [1.0, 3.0])
    made = d.doubly_constrained(square, TENTH)
    assert made.trips.tolist() == pytest.approx([2.5, 7.5, 2.5, 7.5], rel=1e-7)
    assert made.deviation <= 1e-8 and made.rounds >= 1


def test_doubly_constrained_keeps_the_odds_of_the_weights():
    square = world([(0, 0, 0.0, 1.0), (0, 1, 9.0, 1.0), (1, 0, 4.0, 1.0), (1, 1, 2.0, 1.0)], [30.0, 10.0], [1.0, 1.0])
    trips = d.doubly_constrained(square, TENTH).trips
    assert square.totals(trips).tolist() == pytest.approx([30.0, 10.0])
    assert np.bincount(square.destination, trips).tolist() == pytest.approx([20.0, 20.0])
    assert trips[0] * trips[3] / (trips[1] * trips[2]) == pytest.approx(E(-0.1 * (0 + 2 - 9 - 4)))


def test_two_sides_of_a_barrier_are_filled_each_by_its_own_homes():
    sides = world([(0, 0, 1.0, 1.0), (1, 1, 1.0, 1.0)], [30.0, 10.0], [1.0, 1.0])
    assert d.doubly_constrained(sides, TENTH).trips.tolist() == pytest.approx([30.0, 10.0])


def test_homes_whose_only_destination_takes_nothing_are_unmet():
    lost = world([(0, 0, 1.0, 1.0), (1, 1, 1.0, 1.0)], [30.0, 10.0], [0.0, 1.0])
    made = d.doubly_constrained(lost, TENTH)
    assert made.trips.tolist() == [0.0, 10.0] and made.unmet.tolist() == [30.0, 0.0]


def test_totals_that_cannot_be_met_are_named_with_how_far_off():
    """The first home reaches the first shop alone, with 10 trips where 5 are wanted."""
    tight = world([(0, 0, 1.0, 1.0), (1, 0, 1.0, 1.0), (1, 1, 1.0, 1.0)], [10.0, 10.0], [1.0, 3.0], purposes=("work",))
    with pytest.raises(InputFaults) as found:
        d.doubly_constrained(tight, TENTH, most_rounds=300)
    assert "after 300 rounds a destination for the purpose work is still 1 off its trips" in said(found)[0]


@pytest.mark.parametrize("form", list(Distribution))
def test_weights_that_overflow_are_named_with_their_purpose(form):
    heavy = world(
        [(0, 0, 1.0, 1e308), (0, 1, 1.0, 1e308), (1, 0, 1.0, 1.0)], [1.0, 1.0], [1.0, 1.0], [1, 0], ("a", "b")
    )
    with pytest.raises(InputFaults) as found:
        d.distribute(heavy, NO_DECAY, form)
    assert (
        len(said(found)) == 1
        and "for the purpose b are too large to be added up; the largest is 1e+308" in said(found)[0]
    )


@pytest.mark.parametrize("form", list(Distribution))
@pytest.mark.parametrize(("produced", "words"), [(-1.0, "not -1.0"), (np.nan, "not nan"), (np.inf, "not inf")])
def test_productions_that_are_none_are_named(form, produced, words):
    with pytest.raises(ValueError, match=f"what an origin produces must be a number, zero or more, {words}"):
        d.distribute(world([(0, 0, 1.0, 1.0)], [produced], [1.0]), TENTH, form)


@pytest.mark.parametrize("attracted", [-1.0, np.nan])
def test_attractions_that_are_none_are_named(attracted):
    with pytest.raises(ValueError, match="what a destination attracts must be a number"):
        d.doubly_constrained(world([(0, 0, 1.0, 1.0)], [1.0], [attracted]), TENTH)


def test_the_word_chooses_the_form_and_an_unknown_one_is_named():
    reference = d.accessibility(TWO, TENTH) / 2
    several = {
        "unconstrained": (d.distribute(TWO, TENTH, "unconstrained"), d.unconstrained(TWO, TENTH)),
        "origin_constrained": (
            d.distribute(TWO, TENTH, "origin_constrained", reference=reference, participation_elasticity=0.5),
            d.origin_constrained(TWO, TENTH, reference=reference, participation_elasticity=0.5),
        ),
    }
    for chosen, same in several.values():
        assert chosen.trips.tolist() == same.trips.tolist()
    square = world([(0, 0, 5.0, 1.0), (1, 0, 5.0, 1.0)], [10.0, 20.0], [7.0])
    assert d.distribute(square, TENTH, "doubly_constrained").trips.tolist() == pytest.approx([10.0, 20.0])
    with pytest.raises(InputFaults, match=r"unknown_word: 'gravity'.*doubly_constrained"):
        d.distribute(TWO, TENTH, "gravity")


amounts = st.one_of(st.just(0.0), st.floats(0.01, 1e6))


@st.composite
def worlds(draw):
    """Up to five homes and four destinations, some out of reach, some homes making nothing, two purposes."""
    origins, destinations = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    pull = draw(st.lists(st.floats(0.01, 1e6), min_size=destinations, max_size=destinations))
    rows = [
        (origin, destination, draw(st.floats(0, 60)), pull[destination])
        for origin in range(origins)
        for destination in range(destinations)
        if destination % 2 == origin % 2 and draw(st.booleans())
    ]
    produced = draw(st.lists(amounts, min_size=origins, max_size=origins))
    return world(rows, produced, pull, [origin % 2 for origin in range(origins)], ("work", "shopping"))


decays = st.one_of(
    st.builds(Decay, st.sampled_from(["exponential", "power"]), st.floats(0, 0.5)),
    st.just(Decay("table", minutes=(0.0, 10.0, 30.0), values=(0.2, 1.0, 0.0))),
)


def assert_balanced(choices, made):
    np.testing.assert_allclose(choices.totals(made.trips), choices.produced * made.participation, rtol=1e-9, atol=1e-9)
    nothing = made.participation == 0
    assert (made.unmet[nothing] == choices.produced[nothing]).all() and (made.unmet[~nothing] == 0).all()
    assert np.isfinite(made.trips).all() and (made.trips >= 0).all()


@settings(max_examples=80, deadline=None)
@given(worlds(), decays, st.floats(0, 0.9), st.floats(0.1, 10))
def test_every_trip_is_made_new_lost_or_unmet(choices, decay, elasticity, better):
    plain = d.origin_constrained(choices, decay)
    assert_balanced(choices, plain)
    np.testing.assert_allclose(choices.totals(plain.trips) + plain.unmet, choices.produced, rtol=1e-9)
    access = d.accessibility(choices, decay)
    changed = d.origin_constrained(choices, decay, reference=access / better, participation_elasticity=elasticity)
    assert_balanced(choices, changed)
    kept = d.without_new_trips(changed.trips, choices.origin, before=plain.participation, after=changed.participation)
    np.testing.assert_allclose(kept, plain.trips, rtol=1e-9, atol=1e-12)


@settings(max_examples=80, deadline=None)
@given(worlds(), decays)
def test_unconstrained_trips_of_a_purpose_sum_to_what_is_produced_in_reach(choices, decay):
    made = d.unconstrained(choices, decay)
    assert_balanced(choices, made)
    for purpose in (0, 1):
        of = choices.purpose == purpose
        total = choices.totals(made.trips)[of].sum() + made.unmet[of].sum()
        assert total == pytest.approx(choices.produced[of].sum(), rel=1e-9)


@settings(max_examples=80, deadline=None)
@given(worlds(), st.floats(0, 0.3))
def test_doubly_constrained_meets_both_sides_or_says_so(choices, rate):
    try:
        made = d.doubly_constrained(choices, Decay("exponential", rate), tolerance=1e-6, most_rounds=200)
    except InputFaults as found:
        assert [fault.rule for fault in found.faults] == ["margins_not_met"]
        return
    assert_balanced(choices, made)
    got = np.bincount(choices.destination, made.trips, minlength=len(choices.attracted))
    used = choices.produced[choices.origin] > 0
    ends = zip(choices.origin[used], -1 - choices.destination[used], strict=True)
    for part in nx.connected_components(nx.Graph(list(ends))):
        homes, shops = [one for one in part if one >= 0], [-1 - one for one in part if one < 0]
        share = choices.attracted[shops] / choices.attracted[shops].sum()
        np.testing.assert_allclose(got[shops], share * choices.produced[homes].sum(), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=4), st.floats(0, 60), st.floats(0, 60), decays)
def test_destinations_on_one_node_are_worth_their_sum(pulls, near, far, decay):
    apart = world(
        [(0, j, near, pull) for j, pull in enumerate(pulls)] + [(0, 9, far, 3.0)], [7.0], [*pulls, *[3.0] * 6]
    )
    merged = world([(0, 0, near, sum(pulls)), (0, 1, far, 3.0)], [7.0], [sum(pulls), 3.0])
    for form in ("unconstrained", "origin_constrained"):
        many, one = (d.distribute(c, decay, form).trips for c in (apart, merged))
        np.testing.assert_allclose([many[:-1].sum(), many[-1]], one, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("form", list(Distribution))
def test_a_world_without_ways_or_without_homes_is_all_unmet(form):
    none = d.distribute(world([], [4.0, 0.0], [1.0]), TENTH, form)
    assert none.trips.size == 0 and none.unmet.tolist() == [4.0, 0.0] and none.participation.tolist() == [0.0, 0.0]
    empty = d.distribute(world([], [], []), TENTH, form)
    assert empty.trips.size == 0 and empty.unmet.size == 0
