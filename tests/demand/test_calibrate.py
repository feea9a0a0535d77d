import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.demand import calibrate

SITES = ["S1", "S2", "S3", "S4"]
UNIT = pd.DataFrame({0.05: [10.0, 20.0, 30.0, 40.0], 0.1: [10.0, 15.0, 20.0, 10.0]}, index=SITES)
THROUGH = pd.Series([100.0, 0.0, 0.0, 5.0], index=SITES)
FLOWS = calibrate.SiteFlows(UNIT, THROUGH)


def fitted(counted, flows=FLOWS, fewest_sites=3):
    return calibrate.calibrate(counted, flows, mode="walk", fewest_sites=fewest_sites, default_decay_per_min=0.05)


def test_without_through_trips_the_scale_is_counted_over_modelled():
    scale = calibrate.profile_scale(np.array([30.0, 50.0]), np.array([[10.0, 4.0], [10.0, 4.0]]), np.zeros(2))
    assert scale == pytest.approx([4.0, 10.0])


def test_the_profiled_scale_has_the_least_deviance():
    people, unit, through = np.array([30.0, 55.0, 9.0]), np.array([[10.0], [10.0], [4.0]]), np.array([5.0, 20.0, 0.0])
    best = calibrate.profile_scale(people, unit, through)[0]
    near = [
        calibrate.deviance(people, through[:, None] + factor * unit)[0] for factor in (best * 0.999, best, best * 1.001)
    ]
    assert near[1] < min(near[0], near[2])


def test_through_trips_beyond_the_counts_leave_no_local_trips():
    assert calibrate.profile_scale(np.array([50.0]), np.array([[1.0]]), np.array([80.0])) == pytest.approx(
        [0.0], abs=1e-9
    )


def test_deviance_by_hand_and_of_a_zero_count():
    assert calibrate.deviance(np.array([0.0, 4.0]), np.array([[3.0], [2.0]]))[0] == pytest.approx(
        2 * (3 + 4 * np.log(2) - 2)
    )


def test_counts_that_the_model_made_give_its_parameters_back():
    found = fitted(THROUGH + 3.0 * UNIT[0.1])
    table = found.calibration.set_index("replicate")
    assert list(table.index) == ["all", *SITES] and table["is_fitted"].all()
    assert table.loc["all", ["decay_per_min", "scale"]].tolist() == pytest.approx([0.1, 3.0])
    assert table["sites"].tolist() == [4, 3, 3, 3, 3]
    assert found.fit["geh"].max() == pytest.approx(0, abs=1e-6)
    assert found.fit["left_out_per_day"].tolist() == pytest.approx([130.0, 45.0, 60.0, 35.0])


def test_the_left_out_prediction_comes_from_the_other_sites():
    flows = calibrate.SiteFlows(UNIT[[0.05]], THROUGH * 0)
    found = fitted(pd.Series([10.0, 20.0, 30.0, 80.0], index=SITES), flows).fit.set_index("station_id")
    assert found.loc["S4", "left_out_per_day"] == pytest.approx(40.0)
    assert found.loc["S4", "modelled_per_day"] == pytest.approx(40 * 140 / 100)


def test_too_few_sites_leave_the_defaults_and_say_so():
    found = fitted(pd.Series([130.0, 45.0], index=["S1", "S2"]))
    assert found.calibration.to_numpy().tolist() == [["all", 0.05, 1.0, False, 2, "walk"]]
    assert found.fit["left_out_per_day"].isna().all() and len(found.fit) == 2


def test_no_counts_give_tables_that_pass():
    found = fitted(pd.Series([], index=pd.Index([], dtype=object), dtype=float))
    tables.CALIBRATION.check(found.calibration)
    tables.FIT.check(found.fit)


def test_a_site_no_local_trip_passes_is_shown_but_not_fitted():
    unit = UNIT.assign(**{}).copy()
    unit.loc["S4"] = 0.0
    found = fitted(THROUGH + 2 * UNIT[0.1], calibrate.SiteFlows(unit, THROUGH))
    assert "S4" not in set(found.calibration["replicate"]) and "S4" in set(found.fit["station_id"])


def test_geh_by_hand():
    assert calibrate.geh(pd.Series([120.0, 0.0]), pd.Series([80.0, 0.0])).tolist() == pytest.approx([4.0, 0.0])


def test_the_mean_day_has_five_weekdays_and_two_weekend_days():
    rows = pd.DataFrame(
        [
            ("S1", "before", "weekday", 700.0),
            ("S1", "before", "weekend", 350.0),
            ("S1", "before", "annual", 1.0),
            ("S2", "before", "weekday", 9.0),
        ],
        columns=["station_id", "campaign_id", "measure", "volume_per_day"],
    ).assign(mode="walk")
    assert calibrate.mean_days(rows).to_numpy().tolist() == [["S1", "walk", 600.0]]


def test_controls_new_links_and_sites_off_the_network_are_not_fitted():
    roles = pd.DataFrame(
        {"station_id": ["a", "b", "c", "d"], "role": ["old_crossing", "control", "new_link", "cordon"]}
    )
    snaps = pd.DataFrame(
        {"kind": "site", "land_use": "today", "item_id": ["a", "b", "c", "d"], "link_id": ["l1", "l2", "l3", None]}
    )
    assert calibrate.sites_to_fit(roles, snaps).to_dict() == {"a": "l1"}


@pytest.mark.parametrize("noise", [[1.3, 0.8, 1.2, 0.75], [0.7, 1.3, 0.8, 1.4]])
def test_counts_that_say_little_keep_the_default_decay(noise):
    flat = pd.DataFrame({0.02: UNIT[0.05] * 1.02, 0.05: UNIT[0.05], 0.1: UNIT[0.05] * [1.0, 1.0, 0.98, 1.01]})
    table = fitted(UNIT[0.05] * noise, calibrate.SiteFlows(flat, THROUGH * 0)).calibration.set_index("replicate")
    assert table["decay_per_min"].unique().tolist() == [0.05]
