from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import t

from movement.demand import calibrate, distribute, fit_warnings
from movement.demand.decay import Decay
from movement.demand.fit_parameters import Refusal
from movement.demand.fit_warnings import Doubt
from movement.publish import language
from movement.tables import Distribution, InputFaults
from tests.demand import fit_world

WORLD = fit_world.choices()
SHARES = fit_world.shares(len(WORLD.origin))
ALL = ["scale", "decay", "detour", "scale_school", "through"]
UNITS = np.array([10.0, 20.0, 30.0, 40.0])


def fit(counts, asked=ALL, world=WORLD, shares=SHARES, **options):
    said = {
        "distribution": Distribution.ORIGIN_CONSTRAINED,
        "decay": fit_world.DEFAULT,
        "decay_bounds": (0.01, 1.0),
        "detour": 1.0,
    } | options
    return calibrate.calibrate(world, shares, counts, asked=asked, **said)


def fit_by_hand(counted, se, asked=("scale",), units=UNITS, **options):
    world, shares = fit_world.by_hand(units)
    return fit(fit_world.counts(counted, se), list(asked), world, shares, **options)


def made(form, *, scale=1.7, rate=0.17, detour=1.1, school=0.6, through=1.4, world=WORLD):
    """Counts as the model makes them, and the through trips at factor 1."""
    decay = Decay("exponential", rate)
    mean = distribute.mean_accessibility(world, fit_world.DEFAULT)
    trips = distribute.distribute(world, decay, form, mean_access=mean).trips
    factor = np.where(world.purpose[world.origin] == 0, school, 1.0)
    passing = np.where(np.arange(16) % 3 == 0, 150.0, 0.0)
    return fit_world.counts(scale * (SHARES[detour] @ (trips * factor)) + through * passing, 1.0, passing)


@pytest.mark.parametrize("form", list(Distribution))
def test_counts_that_the_model_made_give_its_parameters_back(form):
    found = fit(made(form), distribution=form)
    table = found.parameters.set_index("name")
    assert table.loc[ALL, "estimate"].tolist() == pytest.approx([1.7, 0.17, 1.1, 0.6, 1.4], rel=2e-3)
    assert table.loc[ALL, "is_fitted"].all() and not table.loc["scale_work", "is_fitted"]
    assert (table.loc[ALL, "low"] <= table.loc[ALL, "estimate"]).all()
    assert (table.loc[ALL, "estimate"] <= table.loc[ALL, "high"]).all()
    assert found.site_error < 0.005 and found.goodness.wape == pytest.approx(0, abs=2e-3) and not found.refused
    assert found.is_redistributed == (form == Distribution.DOUBLY_CONSTRAINED)


def test_scale_and_interval_by_hand():
    counted, se = np.array([22.0, 38.0, 61.0, 79.0]), 5.0  # sure enough: no site error, so weighted least squares
    found = fit_by_hand(counted, se)
    scale, half = counted @ UNITS / (UNITS @ UNITS), t.ppf(0.975, 3) * se / np.sqrt(UNITS @ UNITS)
    assert found.site_error == 0
    row = found.parameters.set_index("name").loc["scale", ["estimate", "low", "high"]]
    assert row.tolist() == pytest.approx([scale, scale - half, scale + half], rel=1e-4)


def test_a_site_left_out_is_predicted_by_the_others():
    counted, se = np.array([22.0, 38.0, 61.0, 79.0]), 5.0
    rows = fit_by_hand(counted, se).fit
    for site in range(4):
        others = np.arange(4) != site
        scale = counted[others] @ UNITS[others] / (UNITS[others] @ UNITS[others])
        mean = scale * UNITS[site]
        spread = np.sqrt(se**2 + UNITS[site] ** 2 * se**2 / (UNITS[others] @ UNITS[others]))
        half = t.ppf(0.975, 2) * np.sqrt(np.log1p((spread / mean) ** 2))
        wanted = [mean, mean * np.exp(-half), mean * np.exp(half)]
        assert rows.loc[site, ["left_out_per_day", "left_out_low", "left_out_high"]].tolist() == pytest.approx(
            wanted, rel=1e-4
        )


def test_a_real_refit_leaves_the_site_error_out_too():
    counted = np.array([20.0, 40.0, 60.0, 80.0, 300.0])
    found = fit_by_hand(counted, 0.5, units=[10.0, 20.0, 30.0, 40.0, 50.0])
    assert found.fit["left_out_per_day"].iloc[4] == pytest.approx(100.0, rel=1e-6)
    assert found.fit["left_out_high"].iloc[4] < 110 and found.site_error > 0.5


def test_too_few_sites_refuse_the_last_asked_by_name_and_say_how_many_would_do():
    found = fit(made("origin_constrained").iloc[:10], shares={d: m[:10] for d, m in SHARES.items()})
    refused = [(one.name, one.reason, one.sites_needed) for one in found.refused]
    assert refused == [
        ("scale_school", Refusal.TOO_FEW_SITES, 12),
        ("through", Refusal.TOO_FEW_SITES, 15),
    ]
    table = found.parameters.set_index("name")
    assert table.loc[["scale_school", "through"], "estimate"].tolist() == [1.0, 1.0]
    assert table.index[table["is_fitted"]].tolist() == ["scale", "decay", "detour"] and (table["sites"] == 10).all()


@pytest.mark.parametrize(
    ("sites", "asked", "kept"), [(3, ["scale"], []), (4, ["decay"], ["decay"]), (5, ["scale", "decay"], ["scale"])]
)
def test_four_sites_at_least_and_three_for_each_parameter(sites, asked, kept):
    found = fit(made("origin_constrained").iloc[:sites], asked, shares={d: m[:sites] for d, m in SHARES.items()})
    assert found.parameters.loc[found.parameters["is_fitted"], "name"].tolist() == kept


def test_what_no_site_sees_is_refused():
    counts = made("origin_constrained").assign(through_per_day=0.0)
    assert [(one.name, one.reason) for one in fit(counts).refused] == [("through", Refusal.NOT_SEEN)]


def test_a_scale_beside_every_purpose_is_refused():
    found = fit(made("origin_constrained"), ["scale_school", "scale_work", "scale"])
    assert [(one.name, one.reason) for one in found.refused] == [("scale", Refusal.NOT_TOLD_APART)]


def test_a_table_has_no_rate_to_fit():
    table = Decay("table", minutes=(0.0, 10.0, 40.0), values=(1.0, 0.5, 0.1))
    found = fit(made("origin_constrained"), ["scale", "decay"], decay=table)
    assert [(one.name, one.reason) for one in found.refused] == [("decay", Refusal.NOT_SEEN)]
    assert "decay" not in set(found.parameters["name"]) and found.is_fitted


def test_a_power_gives_its_exponent_back():
    power = Decay("power", 2.2)
    counts = fit_world.counts(SHARES[1.0] @ distribute.origin_constrained(WORLD, power).trips)
    found = fit(counts, ["scale", "decay"], decay=Decay("power", 1.0), decay_bounds=(0.1, 5.0))
    assert found.parameters["estimate"].iloc[:2].tolist() == pytest.approx([1.0, 2.2], rel=2e-3)


@pytest.mark.parametrize("sites", [0, 1])
def test_without_sites_the_defaults_stand(sites):
    found = fit(made("origin_constrained").iloc[:sites], shares={d: m[:sites] for d, m in SHARES.items()})
    assert not found.is_fitted and len(found.fit) == sites and found.fit["left_out_per_day"].isna().all()
    assert found.parameters["estimate"].tolist() == [1.0, 0.1, 1.0, 1.0, 1.0, 1.0]
    assert found.parameters[["low", "high"]].isna().all(axis=None)
    assert [warning.key for warning in found.warnings] == [Doubt.NOT_FITTED]
    assert {one.name: one.sites_needed for one in found.refused if one.reason == Refusal.TOO_FEW_SITES}["scale"] == 4
    assert len(calibrate.draws(found, number=5, seed=1)) == 0


def test_nobody_counted_is_not_fitted():
    found = fit(made("origin_constrained").assign(counted_per_day=0.0))
    assert not found.is_fitted and found.warnings[0].key == Doubt.COUNTS_ALL_ZERO
    assert found.parameters["estimate"].notna().all() and found.fit["modelled_per_day"].notna().all()


def test_a_site_no_trip_passes_is_shown_but_not_fitted_to():
    counts = made("origin_constrained")
    open_sites = (np.arange(16) != 5)[:, None]
    blank = {detour: sparse.csr_array(matrix.toarray() * open_sites) for detour, matrix in SHARES.items()}
    found = fit(counts, shares=blank)
    assert found.warnings[0] == fit_warnings.FitWarning(Doubt.SITE_NOT_PASSED, "S05")
    assert len(found.fit) == 16 and np.isnan(found.fit["left_out_per_day"].iloc[5])
    assert (found.parameters["sites"].iloc[:-1] == 15).all()


def test_bad_counts_are_named_all_at_once():
    counts = made("origin_constrained")
    counts.iloc[1, 0], counts.iloc[2, 1], counts.iloc[3, 2] = np.nan, -1.0, np.inf
    with pytest.raises(InputFaults) as caught:
        fit(counts)
    assert [(fault.rule, fault.detail["site"], fault.value) for fault in caught.value.faults] == [
        ("fit_count_no_number", "S01", "nan"),
        ("fit_count_no_number", "S02", "-1"),
        ("fit_count_no_number", "S03", "inf"),
    ]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"asked": ["scale", "speed"]}, "fit_parameter_unknown"),
        ({"asked": ["scale", "scale"]}, "fit_parameter_twice"),
        ({"decay_bounds": (0.0, 1.0)}, "fit_decay_bounds"),
        ({"detour": 1.5}, "fit_detour_default"),
        ({"shares": {d: SHARES[d] for d in (1.0, 1.1)}}, "fit_few_detours"),
        ({"shares": SHARES | {1.0: -SHARES[1.0]}}, "fit_share_no_number"),
    ],
)
def test_bad_input_is_named(options, rule):
    with pytest.raises(InputFaults) as caught:
        fit(made("origin_constrained"), **options)
    assert {fault.rule for fault in caught.value.faults} == {rule}
    for one in language.LANGUAGES:
        assert all(rule not in language.say_fault(language.catalogue(one), fault) for fault in caught.value.faults)


def test_shares_of_another_shape_are_an_error():
    with pytest.raises(ValueError, match="not sites x rows"):
        fit(made("origin_constrained").iloc[:9])


def test_a_decay_beyond_its_bounds_ends_there_and_says_so():
    counts = made("origin_constrained", rate=0.4, detour=1.0, school=1.0, through=1.0)
    found = fit(counts, ["scale", "decay"], decay_bounds=(0.05, 0.2))
    row = found.parameters.set_index("name").loc["decay"]
    assert row["at_bound"] and row["estimate"] == row["high"] == pytest.approx(0.2)
    assert fit_warnings.FitWarning(Doubt.PARAMETER_AT_BOUND, "decay") in found.warnings


def noisy(seed, spread=0.15, form="origin_constrained"):
    rng = np.random.default_rng(seed)
    exact = made(form)
    return exact.assign(counted_per_day=exact["counted_per_day"] * rng.lognormal(0, spread, 16), counted_se=3.0)


def test_draws_are_the_same_for_a_seed_stay_within_bounds_and_spread_as_the_interval():
    found = fit(noisy(1), ["scale", "decay", "detour"])
    one, again = (calibrate.draws(found, number=400, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(calibrate.draws(found, number=400, seed=8))
    assert set(one["detour"]) <= set(fit_world.DETOURS) and one["decay"].between(0.01, 1.0).all()
    table = found.parameters.set_index("name")
    for name in ("scale", "decay"):
        width = np.diff(np.log(np.quantile(one[name], [0.025, 0.975])))[0]
        assert width == pytest.approx(np.log(table.loc[name, "high"] / table.loc[name, "low"]), rel=0.35)
    assert (one["through"] == 1.0).all() and list(one) == list(table.index)


def test_the_same_input_gives_the_same_result():
    one, again = fit(noisy(2)), fit(noisy(2))
    pd.testing.assert_frame_equal(one.parameters, again.parameters, check_exact=True)
    pd.testing.assert_frame_equal(one.fit, again.fit, check_exact=True)
    assert (one.goodness, one.warnings, one.site_error) == (again.goodness, again.warnings, again.site_error)


def test_more_people_everywhere_scale_the_scale_alone():
    first, double = noisy(3), noisy(3)
    double[["counted_per_day", "counted_se", "through_per_day"]] *= 2
    one, two = (fit(counts, ["scale", "decay"]).parameters.set_index("name") for counts in (first, double))
    assert two.loc["scale", "estimate"] == pytest.approx(2 * one.loc["scale", "estimate"], rel=1e-5)
    assert two.loc["decay", "estimate"] == pytest.approx(one.loc["decay", "estimate"], rel=1e-4)


def test_departures_that_follow_a_feature_are_said():
    counts = noisy(4, spread=0.05)
    late = pd.DataFrame({"days_since_first_count": np.where(np.arange(16) % 2, 200.0, 0.0)}, index=counts.index)
    dip = counts.assign(counted_per_day=counts["counted_per_day"] * np.where(np.arange(16) % 2, 0.5, 1.0))
    asked = ["scale", "decay"]
    said = fit_warnings.FitWarning(Doubt.RESIDUALS_FOLLOW, "days_since_first_count")
    assert said in fit(dip, asked, features=late).warnings
    assert said not in fit(counts, asked, features=late).warnings


def test_a_site_error_above_the_limit_is_said():
    keys = {warning.key for warning in fit(noisy(5, spread=0.9), ["scale", "decay"]).warnings}
    assert Doubt.SITE_ERROR_LARGE in keys


def test_one_wrong_count_that_decides_is_named():
    counts = fit_world.counts([20.0, 40.0, 60.0, 80.0, 100.0, 900.0], [0.5] * 5 + [300.0])
    found = fit_by_hand(counts["counted_per_day"], counts["counted_se"], units=[10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
    assert found.is_fitted  # an unsure count decides nothing
    assert not [warning for warning in found.warnings if warning.key == Doubt.ONE_SITE_DOMINATES]


def test_neighbours_that_depart_alike_are_said():
    counts = noisy(6, spread=0.02)
    places = pd.DataFrame(
        {"east_m": np.arange(16) % 4 * 300.0, "north_m": np.arange(16) // 4 * 300.0}, index=counts.index
    )
    corner = np.hypot(places["east_m"], places["north_m"]) < 500
    raised = counts.assign(counted_per_day=counts["counted_per_day"] * np.where(corner, 2.0, 1.0))
    keys = {warning.key for warning in fit(raised, ALL, places_m=places).warnings}
    assert Doubt.RESIDUALS_NEARBY_ALIKE in keys
    assert not {w.key for w in fit(counts, ALL, places_m=places).warnings} & {
        Doubt.RESIDUALS_NEARBY_ALIKE,
        Doubt.RESIDUALS_AT_PLACE,
    }


def test_every_doubt_and_refusal_has_words():
    for one in language.LANGUAGES:
        text = language.catalogue(one)
        assert not [doubt for doubt in Doubt if f"fit_warning.{doubt}" not in text]
        assert not [reason for reason in Refusal if f"fit_refused.{reason}" not in text]


@settings(max_examples=6, deadline=None)
@given(
    st.lists(st.one_of(st.just(0.0), st.floats(0, 1e6)), min_size=16, max_size=16),
    st.lists(st.one_of(st.just(np.nan), st.floats(0, 1e4)), min_size=16, max_size=16),
    st.sampled_from(list(Distribution)[:2]),
)
def test_wild_counts_give_numbers_within_bounds(counted, se, form):
    found = fit(fit_world.counts(counted, se, 5.0), ["scale", "decay", "detour", "scale_school"], distribution=form)
    table = found.parameters
    assert np.isfinite(table["estimate"]).all() and np.isfinite(found.site_error)
    fitted = table.loc[table["is_fitted"]]
    assert (fitted["low"] <= fitted["estimate"] * (1 + 1e-5)).all() and (
        fitted["estimate"] <= fitted["high"] * (1 + 1e-5)
    ).all()
    assert np.isfinite(found.fit[["modelled_per_day", "geh"]]).all(axis=None)
    drawn = calibrate.draws(found, number=3, seed=1)
    assert np.isfinite(drawn.to_numpy(dtype=float)).all()


def test_the_order_of_sites_does_not_matter():
    counts = noisy(7)
    turned = np.arange(16)[::-1]
    one = fit(counts, ["scale", "decay"]).parameters
    other = fit(counts.iloc[turned], ["scale", "decay"], shares={d: m[turned] for d, m in SHARES.items()}).parameters
    assert one["estimate"].to_numpy() == pytest.approx(other["estimate"].to_numpy(), rel=1e-4)


def test_choices_stay_as_they_were():
    before = replace(WORLD, cost_min=WORLD.cost_min.copy())
    fit(noisy(8), ["scale"])
    assert (before.cost_min == WORLD.cost_min).all()
