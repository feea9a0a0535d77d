"""Sums by pencil: hits of the forecast, differences of travel, means of reach, few people of a group, parts."""

import pandas as pd
import pytest

from movement import tables
from movement.tables import Group
from pipelines import report_sums
from tests.publish.world import rows

RUN = {"scenario_id": "before", "land_use": "today"}
BRIDGE = RUN | {"scenario_id": "bridge"}


def test_a_count_without_an_interval_is_no_miss():
    inside = RUN | {"forecast_low": 10.0, "forecast_high": 20.0, "is_inside": True, "campaign_id": "after"}
    found = report_sums.forecast_hits(
        rows(
            tables.FORECAST,
            inside | {"mode": "walk", "station_id": "a"},
            inside | {"mode": "walk", "station_id": "b", "is_inside": False},
            inside | {"mode": "cycle", "station_id": "a"},
            RUN | {"mode": "cycle", "station_id": "b", "campaign_id": "after"},
        )
    ).set_index("mode")
    assert found.loc["all", ["counts", "inside", "without_interval"]].tolist() == [3, 2, 1]
    assert found.loc["all", "hit_rate"] == pytest.approx(2 / 3)
    assert found.loc["walk", "hit_rate"] == 0.5
    assert found.loc["cycle", ["counts", "inside", "without_interval"]].tolist() == [1, 1, 1]


def test_no_forecast_no_hits():
    assert report_sums.forecast_hits(tables.FORECAST.empty()).empty


def travel_world(modes=("walk", "cycle")):
    """One link of 2 km that takes half an hour; 10 people before and 13 with the bridge, draws apart by one."""
    people = {"before": (10.0, 9.0, 11.0), "bridge": (13.0, 12.0, 14.0)}
    runs = [RUN | {"scenario_id": name, "mode": mode, "link_id": "a"} for name in people for mode in modes]
    links = pd.DataFrame([{"scenario_id": name, "link_id": "a", "length_mm": 2_000_000} for name in people])
    costs = [
        run | {"is_forward": way, "distance_ms": 1_700_000, "slope_ms": 100_000, "stairs_ms": 0, "crossing_ms": 0}
        for run in runs
        for way in (True, False)
    ]
    flows = pd.DataFrame([run | {"flow_per_day": people[run["scenario_id"]][0]} for run in runs])
    drawn = pd.DataFrame(
        [
            run | {"draw": n, "flow_per_day": flow}
            for run in runs
            for n, flow in enumerate(people[run["scenario_id"]][1:])
        ]
    )
    unmet = {"before": 4.0, "bridge": 1.0}
    travel = rows(
        tables.TRAVEL,
        *[run | {"trips_made": 50.0, "trips_unmet": unmet[run["scenario_id"]]} for run in runs],
    )
    return travel, flows, drawn, links, pd.DataFrame(costs)


def test_travel_is_set_against_todays_links():
    found = report_sums.travel_changes(*travel_world()).set_index(["scenario_id", "mode"])
    walk, both = found.loc[("bridge", "walk")], found.loc[("bridge", "all")]
    assert (walk["person_km"], walk["person_hours"]) == (26.0, 6.5)  # 13 people, 2 km, half an hour
    assert (walk["change_km"], walk["change_hours"]) == (6.0, 1.5)
    assert (walk["change_km_low"], walk["change_km_high"]) == (6.0, 6.0)  # every draw differs by the same three people
    assert walk["person_km_low"] < 26.0 < walk["person_km_high"]
    assert (both["person_km"], both["change_km"]) == (52.0, 12.0)
    assert (both["trips_unmet"], both["unmet_before"], both["change_unmet"]) == (2.0, 8.0, -6.0)
    assert found.loc[("before", "walk"), "change_km"] == 0.0


def test_without_draws_of_one_mode_the_sum_has_no_interval():
    travel, flows, drawn, links, costs = travel_world()
    found = report_sums.travel_changes(travel, flows, drawn[drawn["mode"] == "walk"], links, costs)
    found = found.set_index(["scenario_id", "mode"])
    assert found.loc[("bridge", "walk"), "person_km_low"] > 0
    assert found.loc[("bridge", "all"), ["person_km_low", "change_km_low"]].isna().all()
    assert found.loc[("bridge", "all"), "person_km"] == 52.0


def test_trips_that_use_no_link_have_no_distance():
    travel, flows, drawn, links, costs = travel_world()
    found = report_sums.travel_changes(travel, flows.iloc[:0], drawn.iloc[:0], links, costs)
    assert (found["person_km"] == 0).all()
    assert found["person_km_low"].isna().all()


def test_reach_is_averaged_over_residents():
    row = RUN | {"traveller": "walk", "within": "metres", "limit": 300, "purposes_reached": 1}
    means = report_sums.reach_means(
        rows(
            tables.REACH,
            row | {"zone_id": "a", "residents": 300.0, "people_reached": 100.0, "attractions_reached": 4},
            row | {"zone_id": "b", "residents": 100.0, "people_reached": 500.0, "attractions_reached": 0},
        )
    ).squeeze()
    assert (means["residents"], means["people_reached"], means["attractions_reached"]) == (400, 200, 3)
    assert means["share_reaching"] == 0.75  # only zone a has a destination in reach


def test_nobody_lives_there_nothing_is_averaged():
    row = {"traveller": "walk", "within": "metres", "residents": 0.0}
    assert report_sums.reach_means(rows(tables.REACH, RUN | row))["people_reached"].isna().all()


def crossing(**values):
    return BRIDGE | {"screenline_id": "snit", "link_id": "a", "mode": "walk", "purpose": "work"} | values


@pytest.mark.parametrize(("trips", "is_suppressed"), [(4.999, True), (5.0, False)])
def test_a_group_under_five_is_suppressed_and_five_is_not(trips, is_suppressed):
    found = report_sums.crossing_groups(
        rows(
            tables.CROSSING_TRIPS,
            crossing(group="adult", origin_id="x", trips_per_day=trips - 2.0),
            crossing(group="adult", origin_id="y", mode="cycle", trips_per_day=2.0),
            crossing(group="", purpose="through", trips_per_day=900.0),
        )
    ).set_index("group")
    assert set(found.index) == {str(group) for group in Group}  # a group that is not there says nothing either
    assert bool(found.loc["adult", "is_suppressed"]) == is_suppressed
    assert pd.isna(found.loc["adult", "trips_per_day"]) == is_suppressed
    assert found.drop("adult")["is_suppressed"].all()


def test_purposes_keep_the_total_and_are_not_suppressed():
    trips = rows(
        tables.CROSSING_TRIPS,
        crossing(group="adult", trips_per_day=3.0),
        crossing(group="senior", trips_per_day=1.0),
        crossing(group="adult", mode="cycle", trips_per_day=10.0),
        crossing(group="", purpose="through", mode="cycle", trips_per_day=20.0),
    )
    found = report_sums.crossing_purposes(trips).set_index(["mode", "purpose"])["trips_per_day"]
    assert found["walk", "work"] == 4.0
    assert found["all", "work"] == 14.0
    assert found["all"].sum() == trips["trips_per_day"].sum()


def flows_over(*entries):
    return rows(tables.CROSSING_FLOWS, *[crossing(name="Bro", **entry) for entry in entries])


def test_a_crossings_total_has_the_interval_of_the_sum():
    both = flows_over({"flow_per_day": 10.0}, {"mode": "cycle", "flow_per_day": 20.0})
    drawn = pd.DataFrame(
        [BRIDGE | {"link_id": "a", "mode": mode, "draw": n, "flow_per_day": 10.0 * size + step}
         for mode, size in (("walk", 1), ("cycle", 2)) for n, step in enumerate((-1.0, 1.0))]
    )  # fmt: skip
    total = report_sums.crossing_totals(both, drawn).squeeze()
    assert total["flow_per_day"] == 30.0
    assert (total["flow_low"], total["flow_high"]) == (28.0, 32.0)  # draw by draw, both modes together
    none = report_sums.crossing_totals(both, drawn.iloc[:0]).squeeze()
    assert (none["flow_per_day"], pd.isna(none["flow_low"])) == (30.0, True)


def test_bands_of_crossings_only():
    band = {"band": "weekend", "flow_per_day": 7.0}
    bands = rows(tables.BAND_FLOWS, *[BRIDGE | band | {"link_id": link, "mode": "walk"} for link in ("a", "z")])
    found = report_sums.crossing_bands(bands, flows_over({"flow_per_day": 10.0}))
    assert found[["mode", "flow_per_day"]].to_numpy().tolist() == [["all", 7.0], ["walk", 7.0]]


def test_parts_stand_beside_the_change_on_the_same_land_use():
    change = BRIDGE | {"mode": "all", "link_id": "a", "flow_change": 12.0}
    changes = pd.DataFrame(
        [change | {"reference": reference, "change_low": 9.0, "change_high": 15.0}
         for reference in ("before", "zero_alternative")]
    )  # fmt: skip
    part = {"link_id": "a", "redirected": 2.0, "new": 1.0}
    parts = rows(
        tables.FLOW_PARTS,
        BRIDGE | part | {"mode": "walk", "rerouted": 5.0},
        BRIDGE | part | {"mode": "cycle", "rerouted": 1.0},
    )
    found = report_sums.crossing_parts(parts, changes, flows_over({"flow_per_day": 10.0})).squeeze()
    assert (found["flow_change"], found["change_low"], found["change_high"]) == (12.0, 9.0, 15.0)
    assert (found["rerouted"], found["redirected"], found["new"]) == (6.0, 4.0, 2.0)  # they add up to the change


def test_nothing_modelled_is_nothing_summed():
    empty = {table.name: table.empty() for table in (tables.CROSSING_FLOWS, tables.CROSSING_TRIPS, tables.DRAWN_FLOWS)}
    assert report_sums.crossing_totals(empty["crossing_flows"], empty["drawn_flows"]).empty
    assert report_sums.crossing_groups(empty["crossing_trips"]).empty
    assert report_sums.crossing_purposes(empty["crossing_trips"]).empty
    assert report_sums.reach_means(tables.REACH.empty()).empty
