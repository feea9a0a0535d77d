import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from movement.comparison import forecast


def test_a_site_counts_the_nearest_part_of_a_link_that_was_cut():
    links = gpd.GeoDataFrame(
        {"link_id": ["a/1", "a/2", "b"], "parent_link_id": ["a", "a", "b"]},
        geometry=[LineString([(0, 0), (5, 0)]), LineString([(5, 0), (9, 0)]), LineString([(0, 9), (9, 9)])],
    )
    assert forecast.site_link("a", Point(8, 1), links) == "a/2"
    assert forecast.site_link("b", Point(8, 1), links) == "b"
    assert forecast.site_link("gone", Point(8, 1), links) is None


def predicted(people, *, site_error=0.1, freedom=10, draws=(90.0, 110.0)):
    flows = pd.DataFrame({"all": [100.0], 0: [draws[0]], 1: [draws[1]]})
    given = pd.DataFrame({"counted_per_day": [people], "counted_se": [5.0]})
    return forecast.predict(flows, given, site_error=site_error, freedom=freedom).iloc[0]


def test_the_interval_carries_draws_site_error_and_the_count():
    half = 2.228139 * np.sqrt(np.log1p((100 + 100 + 25) / 100**2))
    row = predicted(100.0)
    assert [row["forecast_low"], row["forecast_high"]] == pytest.approx([100 * np.exp(-half), 100 * np.exp(half)])


def test_a_count_just_inside_and_just_outside():
    low = predicted(100.0)["forecast_low"]
    assert predicted(low + 0.01)["is_inside"] and not predicted(low - 0.01)["is_inside"]


def test_a_model_that_was_not_fitted_has_no_interval_and_no_hits():
    row = predicted(100.0, site_error=np.nan)
    assert np.isnan(row["forecast_low"]) and not row["is_inside"] and row["forecast_per_day"] == 100


def pivoted(now, then, *, before=200.0, after=150.0, errors=(20.0, 12.0), drift=0.0):
    """Return the row of one site; `now` and `then` are the estimate and draws, `errors` those of both counts."""
    flows, base = (pd.DataFrame([row], columns=["all", *range(len(row) - 1)]) for row in (now, then))
    given = {"counted_before_per_day": [before], "counted_before_se": [errors[0]]}
    given |= {"counted_per_day": [after], "counted_se": [errors[1]]}
    return forecast.pivot(flows, base, pd.DataFrame(given), site_drift_sd=drift).iloc[0]


def ends(row):
    return [row["pivoted_low"], row["pivoted_high"]]


def test_a_count_before_grows_as_the_model_does():
    row = pivoted((60.0, 66.0, 54.0), (100.0, 110.0, 90.0), drift=0.15)  # each draw has the same growth, 0.6
    half = 1.959964 * np.sqrt(0.1**2 + 0.1**2 + 0.15**2)  # 20 of 200 counted, 12 of 120 foreseen, the drift
    assert row["pivoted_per_day"] == 120
    assert ends(row) == pytest.approx([120 * np.exp(-half), 120 * np.exp(half)])
    assert row["is_pivoted_inside"]  # 150, of up to 180


def test_draws_count_by_the_growth_they_give():
    row = pivoted((60.0, 60.0 * np.e, 60.0 / np.e), (100.0, 100.0, 100.0), errors=(0.0, 0.0))
    assert ends(row) == pytest.approx([120 * np.exp(-1.959964), 120 * np.exp(1.959964)])  # a log growth apart by one


def test_a_count_without_an_error_has_the_chance_of_one_day():
    row = pivoted((50.0,) * 3, (100.0,) * 3, errors=(np.nan, np.nan))  # 200 counted, 100 foreseen
    assert ends(row)[1] == pytest.approx(100 * np.exp(1.959964 * np.sqrt(1 / 200 + 1 / 100)))


@pytest.mark.parametrize(("then", "before", "wanted"), [(10.0, 200.0, 400.0), (9.9, 200.0, None), (10.0, 0.0, None)])
def test_nothing_is_pivoted_on_nobody(then, before, wanted):
    row = pivoted((20.0,) * 3, (then,) * 3, before=before)
    assert row["pivoted_per_day"] == wanted if wanted else row[:3].isna().all() and not row["is_pivoted_inside"]


@pytest.mark.parametrize(("now", "people"), [((60.0,), 120.0), ((60.0, 0.0, 70.0), 120.0), ((0.0, 0.0, 0.0), 0.0)])
def test_a_growth_that_draws_say_nothing_of_has_no_interval(now, people):
    row = pivoted(now, (100.0,) * len(now))
    assert row["pivoted_per_day"] == people and np.isnan(ends(row)).all() and not row["is_pivoted_inside"]


KINDS = pd.DataFrame(
    [("a", "work", "west", 30.0), ("a", "work", "east", 10.0), ("a", "through", "", 60.0), ("b", "work", "west", 8.0)],
    columns=["link_id", "purpose", "side", "flow_per_day"],
)


def test_through_trips_stay_when_residents_are_away():
    left = forecast.present_share(KINDS, pd.Series({"west": 0.5, "east": 1.0}))
    assert left.to_dict() == {"a": 0.85, "b": 0.5}  # 15 of 30, 10 of 10 and all 60
    assert forecast.through_share(KINDS).to_dict() == {"a": 0.6, "b": 0.0}


LINKS = pd.DataFrame({"before": ["a", "a", None], "bridge": ["a/1", "a/1", "new"], "path": [None, None, None]},
                     index=["S1", "S2", "S3"], dtype=object)  # fmt: skip
FLOWS = {
    "before": pd.DataFrame({"all": [100.0], 0: [90.0]}, index=["a"]),
    "bridge": pd.DataFrame({"all": [40.0, 70.0], 0: [50.0, 60.0]}, index=["a/1", "new"]),
    "path": pd.DataFrame({"all": [], 0: []}, dtype=float),
}


def test_changes_of_single_scenarios_add_up_draw_by_draw():
    found = forecast.at_sites({"before": -1, "bridge": 1, "path": 1}, FLOWS, LINKS)
    assert found["all"].tolist() == [0.0, 0.0, 70.0]  # 100 less 60 for the bridge and 100 where the path closes: nobody
    found = forecast.at_sites({"bridge": 1}, FLOWS, LINKS)
    assert found.loc["S1"].tolist() == found.loc["S2"].tolist() == [40.0, 50.0]


def test_who_is_away_is_taken_out_of_each_run_before_they_are_added():
    present = {"before": pd.Series({"a": 0.9}), "bridge": pd.Series({"a/1": 0.5}), "path": pd.Series(dtype=float)}
    found = forecast.at_sites({"before": 1, "bridge": 1}, FLOWS, LINKS, present)
    assert found["all"].tolist() == [110.0, 110.0, 70.0]  # 90 and 20; a link no one is told of keeps all


@pytest.mark.parametrize(
    ("has_runs", "is_modelled", "wanted"),
    [
        (True, True, [None, "off_network", "no_link"]),
        (False, True, ["no_run"] * 3),
        (False, False, ["mode_not_modelled"] * 3),
    ],
)
def test_a_site_without_a_forecast_says_why(has_runs, is_modelled, wanted):
    links = pd.DataFrame({"path": ["a", None, None]}, index=["S1", "S2", "S3"], dtype=object)
    found = forecast.why_not(links, on_network=pd.Index(["S1", "S3"]), has_runs=has_runs, is_modelled=is_modelled)
    assert found.where(found.notna(), None).tolist() == wanted
