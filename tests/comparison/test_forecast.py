import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from movement.comparison import forecast


def day(text):
    return pd.Timestamp(text)


CAMPAIGNS = pd.DataFrame(
    {
        "campaign_id": ["zero", "one"],
        "phase": ["before", "after"],
        "start_date": [day("2025-09-01"), day("2026-09-01")],
        "end_date": [day("2025-09-14"), day("2026-09-14")],
    }
)


def opened(*rows):
    columns = ["scenario_id", "start_date", "end_date", "station_ids"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(start_date=pd.to_datetime(table["start_date"]), end_date=pd.to_datetime(table["end_date"]))


def scenarios(start=None):
    return pd.DataFrame({"scenario_id": ["zero"], "changes_land_use": [True], "start_date": [pd.to_datetime(start)]})


def runs(interventions, plans=None, stations=("S1", "S2")):
    found = forecast.runs_in_force(
        CAMPAIGNS, interventions, scenarios() if plans is None else plans, pd.Index(stations)
    )
    return {row.station_id: (row.scenario_id, row.land_use) for row in found.itertuples()}


@pytest.mark.parametrize(
    ("start", "end", "is_in"),
    [
        ("2026-09-01", None, True),
        ("2026-09-02", None, False),
        ("2026-05-01", "2026-09-14", True),
        ("2026-05-01", "2026-09-13", False),
    ],
)
def test_a_scenario_stands_if_it_is_open_from_the_first_day_to_the_last(start, end, is_in):
    assert runs(opened(("bridge", start, end, ""))) == (
        {"S1": ("bridge", "today"), "S2": ("bridge", "today")} if is_in else {}
    )


def test_a_site_takes_the_scenario_that_names_it_and_else_the_first_that_opened():
    both = opened(("path", "2026-07-01", None, "S2"), ("bridge", "2026-05-01", None, "S1"))
    assert runs(both, stations=("S1", "S2", "S3")) == {
        "S1": ("bridge", "today"), "S2": ("path", "today"), "S3": ("bridge", "today")
    }  # fmt: skip


def test_the_planned_land_use_stands_from_its_first_day():
    bridge = opened(("bridge", "2026-05-01", None, ""))
    assert runs(bridge, scenarios("2026-09-01"), ("S1",)) == {"S1": ("bridge", "planned")}
    assert runs(bridge, scenarios("2026-09-02"), ("S1",)) == {"S1": ("bridge", "today")}


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
