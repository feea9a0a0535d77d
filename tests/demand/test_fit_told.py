from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from movement.demand import calibrate, distribute, fit_told
from movement.demand.fit_parameters import Refusal
from movement.demand.fit_told import MOST_RATIO, Estimate
from movement.demand.fit_warnings import Doubt, FitWarning
from movement.tables import Distribution, Mode
from pipelines import estimate_demand
from tests.demand import fit_world
from tests.demand.test_calibrate import SHARES, WORLD, fit, made, noisy

LOCAL = [10.0, 20.0, 30.0, 40.0]
COUNTED = [22.0, 38.0, 61.0, 79.0]
ROADS = [500.0, 400.0, 300.0]  # through trips at sites that hardly any local trip passes


def beside_roads(counted, *, units=(), through=(), asked=("scale",), **options):
    """Four sites of local trips alone, and as many more as are given."""
    world, shares = fit_world.by_hand([*LOCAL, *units])
    counts = fit_world.counts([*COUNTED, *counted], 2.0, [0.0] * 4 + list(through))
    return fit(counts, list(asked), world, shares, **options)


def refusals(found):
    return [(one.name, one.reason, one.sites, one.sites_needed) for one in found.refused]


def flows(world=WORLD, shares=SHARES[1.0]):
    return shares @ distribute.origin_constrained(world, fit_world.DEFAULT).trips


def spread(exact, seed=0):
    return exact * np.random.default_rng(seed).lognormal(0, 0.15, len(exact))


def test_sites_of_through_trips_say_nothing_of_local_ones_nor_of_the_site_error():
    beside = beside_roads([900.0, 100.0, 305.0], units=[0.1] * 3, through=ROADS)
    alone = beside_roads([])
    pd.testing.assert_frame_equal(beside.parameters.iloc[:-1], alone.parameters.iloc[:-1])
    assert beside.parameters["sites"].iloc[-1] == 3  # which tell of through trips
    assert (beside.site_error, beside.goodness, beside.sites) == (alone.site_error, alone.goodness, 4)
    assert beside.fit["modelled_per_day"].iloc[4:].tolist() == pytest.approx([500.2, 400.2, 300.2], abs=0.01)
    assert beside.fit["left_out_per_day"].iloc[4:].isna().all()
    said = [one.about for one in beside.warnings if one.key == Doubt.SITE_MOSTLY_THROUGH]
    assert said == ["S04", "S05", "S06"]


@pytest.mark.parametrize(("through", "sites"), [(99.0, 5), (101.0, 4)])
def test_a_site_tells_of_local_trips_where_these_are_half_of_what_is_modelled(through, sites):
    found = beside_roads([100.0 + through], units=[50.0], through=[through])  # twice 50 local trips
    assert found.sites == sites and (found.parameters["sites"].iloc[:3] == sites).all()


def test_through_sites_do_not_bear_parameters_of_local_trips():
    shares = {d: sparse.csr_array(m[:9].multiply(np.r_[1, 1, np.full(7, 1e-6)][:, None])) for d, m in SHARES.items()}
    through = np.r_[0, 0, np.full(7, 500.0)]
    counts = fit_world.counts(spread(1.5 * flows(shares=shares[1.0]) + through), 5.0, through)
    found = fit(counts, ["scale", "decay", "detour"], shares=shares)
    assert refusals(found) == [
        ("scale", Refusal.TOO_FEW_SITES, 2, 4),
        ("decay", Refusal.TOO_FEW_SITES, 2, 6),
        ("detour", Refusal.TOO_FEW_SITES, 2, 9),
    ]
    assert not found.is_fitted and found.warnings[0] == FitWarning(Doubt.NOT_FITTED, value=2.0)


def test_through_sites_are_fitted_to_where_the_factor_on_through_trips_is():
    found = beside_roads([600.0, 480.0, 360.0], units=[0.1] * 3, through=ROADS, asked=("scale", "through"))
    table = found.parameters.set_index("name")
    assert table.loc["through", "estimate"] == pytest.approx(1.2, abs=0.01) and found.sites == 7
    assert table.loc[["scale", "through"], "sites"].tolist() == [4, 3]


def test_the_factor_on_through_trips_needs_sites_that_tell_of_them():
    found = beside_roads([600.0, 480.0], units=[0.1] * 2, through=ROADS[:2], asked=("scale", "through"))
    assert refusals(found) == [("through", Refusal.TOO_FEW_SITES, 2, 3)]


def test_through_trips_in_step_with_local_ones_are_not_told_apart():
    exact = flows()
    found = fit(fit_world.counts(spread(1.8 * exact), 5.0, 0.3 * exact), ["scale", "through"])
    assert refusals(found) == [("through", Refusal.NOT_TOLD_APART, 16, None)]


def test_a_purpose_with_the_same_share_everywhere_is_not_told_apart():
    rng = np.random.default_rng(0)
    cost = np.repeat(rng.uniform(1, 30, (6, 5)), 2, axis=0).ravel()
    world = replace(WORLD, cost_min=cost, produced=np.repeat(rng.uniform(100, 900, 6), 2))
    some = np.repeat(rng.uniform(0, 1, (16, 6, 5)), 2, axis=1).reshape(16, 60)
    shares = dict.fromkeys(SHARES, sparse.csr_array(some))
    counts = fit_world.counts(spread(1.5 * flows(world, shares[1.0])), 5.0)
    found = fit(counts, ["scale", "scale_school"], world, shares)
    assert refusals(found) == [("scale_school", Refusal.NOT_TOLD_APART, 16, None)]


def test_a_detour_that_changes_nothing_is_not_seen():
    same = dict.fromkeys(SHARES, SHARES[1.0])
    found = fit(fit_world.counts(spread(flows()), 5.0), ["scale", "decay", "detour"], shares=same)
    assert refusals(found) == [("detour", Refusal.NOT_SEEN, 16, None)]


@pytest.mark.parametrize(
    ("form", "reason"),
    [(Distribution.ORIGIN_CONSTRAINED, Refusal.NOT_SEEN), (Distribution.UNCONSTRAINED, Refusal.NOT_TOLD_APART)],
)
def test_a_decay_is_not_told_where_all_is_equally_far(form, reason):
    world = replace(WORLD, cost_min=np.full(len(WORLD.origin), 10.0))
    found = fit(fit_world.counts(spread(flows(world)), 5.0), ["scale", "decay"], world, distribution=form)
    assert refusals(found) == [("decay", reason, 16, None)]


def test_what_the_counts_do_not_tell_is_let_go_and_the_rest_fitted_again():
    counts = noisy(5, spread=2.5)
    found, rest = fit(counts, ["scale", "decay"]), fit(counts, ["scale"])
    assert refusals(found) == [("decay", Refusal.NOT_TOLD, 16, None)]
    pd.testing.assert_frame_equal(found.parameters, rest.parameters)
    assert found.parameters.set_index("name").loc["decay", "estimate"] == fit_world.DEFAULT.rate


def of(low, high, *, least=0.01, greatest=100.0):
    return Estimate(1.0, low, high, False, least, greatest)


@pytest.mark.parametrize(
    ("estimates", "lost"),
    [
        ({"scale": of(0.5, 2.0), "decay": of(0.01, 99.0)}, None),
        ({"scale": of(0.5, 2.0), "decay": of(0.02, 100.0)}, None),
        ({"scale": of(0.5, 2.0), "decay": of(0.01, 100.0)}, "decay"),
        ({"detour": of(1.0, 1.4, least=1.0, greatest=1.4), "scale": of(0.5, 2.0)}, "detour"),
        ({"scale": of(0.5, 0.5 * MOST_RATIO), "through": of(0.5, 0.5 * MOST_RATIO)}, None),
        ({"scale": of(0.5, 0.51 * MOST_RATIO), "through": of(0.5, 0.51 * MOST_RATIO)}, "through"),
        ({"scale": of(0.5, 0.51 * MOST_RATIO), "through": of(0.5, 2.0)}, "scale"),
    ],
)
def test_not_told_is_what_holds_the_whole_range_or_is_a_factor_too_wide(estimates, lost):
    assert fit_told._not_told(estimates, Distribution.ORIGIN_CONSTRAINED) == lost


def test_a_wide_scale_of_unconstrained_trips_makes_up_for_the_decay():
    assert fit_told._not_told({"scale": of(0.1, 50.0)}, Distribution.UNCONSTRAINED) is None


def test_sites_that_counted_nobody_are_not_called_too_few():
    found = fit(made("origin_constrained").assign(counted_per_day=0.0), ["scale", "decay"])
    assert refusals(found) == [(name, Refusal.COUNTED_NOBODY, 16, None) for name in ("scale", "decay")]
    assert [one.key for one in found.warnings] == [Doubt.COUNTS_ALL_ZERO]


@pytest.mark.parametrize("name", ["scale", "decay", "detour", "scale_school"])
def test_an_estimate_at_a_bound_of_what_is_tried_is_an_alarm(name):
    bounded = {"decay_bounds": (0.05, 0.1)} if name == "decay" else {}
    true = {"scale": {"scale": 80.0}, "detour": {"detour": 1.2}, "scale_school": {"school": 0.01}}.get(name, {})
    found = fit(made("origin_constrained", **true), ["scale", "decay", "detour", "scale_school"], **bounded)
    assert found.parameters.set_index("name").loc[name, "at_bound"]
    assert [one for one in found.warnings if one.about == name and one.is_alarm]


@pytest.mark.parametrize(
    ("name", "estimate", "cut"),
    [
        ("decay", of(0.01, 99.0), True),
        ("decay", of(0.011, 100.0), True),
        ("decay", of(0.011, 99.0), False),
        ("detour", of(1.0, 1.3, least=1.0, greatest=1.4), False),  # no way is shorter than the shortest
        ("detour", of(1.05, 1.4, least=1.0, greatest=1.4), True),
        ("detour", of(1.1, 1.3, least=1.1, greatest=1.4), True),
        ("decay", replace(of(0.01, 99.0), at_bound=True), False),  # told as such
    ],
)
def test_an_interval_is_cut_off_where_it_ends_with_what_is_tried(name, estimate, cut):
    assert fit_told.is_cut_off(name, estimate) is cut


def test_an_interval_cut_off_at_one_end_is_said_and_one_within_is_not():
    free = fit(noisy(1), ["scale", "decay"])
    low, best, high = free.parameters.set_index("name").loc["decay", ["low", "estimate", "high"]].astype(float)
    assert not [one for one in free.warnings if one.key == Doubt.INTERVAL_CUT_OFF]
    for bounds in ((low / 2, (best + high) / 2), ((low + best) / 2, 2 * high)):
        found = fit(noisy(1), ["scale", "decay"], decay_bounds=bounds)
        said = [one for one in found.warnings if one.key == Doubt.INTERVAL_CUT_OFF]
        assert [(one.about, one.is_alarm) for one in said] == [("decay", False)]


def test_modes_draw_from_streams_of_their_own():
    found = fit(noisy(1), ["scale", "decay"])
    walk, again, cycle = (
        estimate_demand.draw_rows(found, mode, 400, 0.3).pivot_table("value", "draw", "parameter")
        for mode in (Mode.WALK, Mode.WALK, Mode.CYCLE)
    )
    pd.testing.assert_frame_equal(walk, again)
    for name in ("scale", "decay", "through"):
        assert abs(np.corrcoef(walk[name], cycle[name])[0, 1]) < 0.15  # three standard errors of none


def test_streams_are_the_seed_s():
    found = fit(noisy(1), ["scale"])
    one, other = (calibrate.draws(found, number=20, seed=seed) for seed in ((1, 2), (1, 3)))
    assert not one.equals(other)
