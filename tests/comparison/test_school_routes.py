import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from movement.comparison import school_routes
from movement.demand.rates import TripRates
from movement.tables import Group, Purpose
from pipelines import pupils as pupils_stage

LIMITS = {"classes_0_3": 2500, "classes_4_6": 6000, "classes_7_9": 7000}
LINKS = pd.DataFrame(
    {
        "link_id": ["path", "street", "ramp", "signals", "quiet"],
        "length_mm": [400_000, 500_000, 20_000, 30_000, 10_000],
        "motor_per_day": [0.0, 8000.0, 7500.0, 18_000.0, 300.0],
        "waits": [1.0, 1.0, 1.0, 0.5, 1.0],
        "crossing": [None, None, "ramp", "signals", "marked"],
        "is_lit": [False, True, False, True, True],
    }
)


def test_what_a_way_meets():
    passes = sparse.csr_array(np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [0.5, 0.0, 0.0, 0.0, 0.0], [0.0] * 5]))
    found = school_routes.way_qualities(passes, LINKS, main_road_per_day=5000)
    assert found.iloc[0].to_dict() == {
        "length_m": 960.0,
        "main_roads": 0.5,  # the wait is shared with the next link; the marked crossing is of a quiet street
        "ramps": 1.0,
        "unlit_m": 420.0,
        "busy_m": 500.0,  # crossing a road is not walking along it
        "motor_per_day": pytest.approx(500 * 8000 / 960),
    }
    assert found.loc[1, ["length_m", "unlit_m"]].tolist() == [200.0, 200.0]
    assert found.loc[2].tolist() == [0.0] * 6


def ways(length, *, old=10.0, young=4.0, across=True, **qualities):
    row = dict.fromkeys(school_routes.SCHOOL_QUALITIES, 1.0) | {"length_m": length, "felt_min": length / 80} | qualities
    names = {"zone_id": "z", "school_id": "s", "is_across": across}
    return pd.DataFrame([names | {"pupils_under_10": young, "pupils_over_10": old} | row])


def test_a_bridge_brings_pupils_within_the_distance_of_their_class():
    found = school_routes.school_routes(
        ways(2400.0, ramps=0.0), ways(2700.0, ramps=2.0), limits_m=LIMITS, pace={"child_under_10": 1.5}
    ).set_index("classes")
    first = found.loc["classes_0_3"]
    assert (first["pupils"], first["pupils_beyond"], first["pupils_beyond_before"]) == (4, 0, 4)
    assert (first["length_m_change"], first["ramps_change"]) == (-300, -2)
    assert (first["felt_min"], first["felt_min_change"]) == (45.0, pytest.approx(-300 / 80 * 1.5))
    assert found.loc["classes_4_6", "pupils"] == found.loc["classes_7_9", "pupils"] == 5  # half each
    assert (found.loc["classes_7_9", "felt_min"], found.loc["classes_7_9", "limit_m"]) == (30.0, 7000)
    assert (found["pupils_across"] == found["pupils"]).all()


def test_who_had_no_way_before_counts_but_not_in_the_change():
    before = ways(np.nan, **{name: np.nan for name in school_routes.SCHOOL_QUALITIES if name != "length_m"})
    found = school_routes.school_routes(ways(900.0), before, limits_m=LIMITS, pace={})
    assert found["pupils_no_way_before"].tolist() == [4, 5, 5]
    assert (found["length_m"] == 900).all() and found["length_m_change"].isna().all()


def test_pupils_with_no_school_in_reach_are_told():
    nowhere = ways(np.nan, across=False).assign(school_id="", felt_min=np.nan)
    found = school_routes.school_routes(nowhere, ways(1.0).iloc[:0], limits_m=LIMITS, pace={})
    assert found["school_id"].tolist() == ["", "", ""] and found["pupils"].tolist() == [4, 5, 5]
    assert found["length_m"].isna().all() and (found["pupils_beyond"] == 0).all()


def test_a_pupil_is_two_trips_and_a_grown_up_none():
    trips = pd.DataFrame(
        [
            ("child_under_10", "z", "s", 8.0),
            ("child_over_10", "z", "s", 3.0),
            ("child_over_10", "z", "", 2.0),
            ("adult", "z", "s", 9.0),
        ],
        columns=["group", "origin_id", "destination_id", "trips_per_day"],
    )
    found = school_routes.pupils(trips, school_day=1.0).set_index("school_id")
    assert found.loc["s", ["pupils_under_10", "pupils_over_10"]].tolist() == [4.0, 1.5]
    assert found.loc["", ["pupils_under_10", "pupils_over_10"]].tolist() == [0.0, 1.0]
    assert school_routes.pupils(trips.iloc[:0], school_day=1.0).empty


@pytest.mark.parametrize(("weekend", "pupils"), [(0.0, 7.0), (0.2, 5.6)])
def test_pupils_are_those_of_a_school_day_not_of_the_mean_day_of_the_week(weekend, pupils):
    # 10 trips on the mean day are 70 a week; all of them, or 56, on five school days: 14, or 11.2, a day
    bands = {"weekday_morning": 0.5, "weekday_afternoon": 0.5 - weekend, "weekend": weekend}
    shares = {str(purpose): bands for purpose in (*Purpose, "through")}
    everybody = dict.fromkeys(map(str, Group), 0.4)
    trips = TripRates(
        dict.fromkeys(map(str, Group), 3.0),
        {"walk": everybody, "cycle": everybody},
        {str(group): {"school": 1.0} for group in Group},
        shares,
    )
    made = pd.DataFrame(
        {"group": ["child_under_10"], "origin_id": ["z"], "destination_id": ["s"], "trips_per_day": [10.0]}
    )
    found = school_routes.pupils(made, school_day=pupils_stage.school_day(trips))
    assert found["pupils_under_10"].tolist() == [pytest.approx(pupils)]


def test_more_pupils_alike_change_no_mean():
    few, many = (
        pd.concat([ways(900.0, young=4.0 * more, unlit_m=100.0), ways(300.0, young=2.0 * more, unlit_m=10.0)])
        .assign(zone_id=["y", "z"])
        .reset_index(drop=True)
        for more in (1.0, 1.4)
    )
    first, second = (
        school_routes.school_routes(given, given, limits_m=LIMITS, pace={}).set_index("classes").loc["classes_0_3"]
        for given in (few, many)
    )
    assert (first["pupils"], second["pupils"]) == (6, pytest.approx(8.4))
    for name in ("length_m", "unlit_m", "busy_m", "motor_per_day"):
        assert second[name] == pytest.approx(first[name])
    assert first["unlit_m"] == pytest.approx(70)


def test_no_pupils_no_rows():
    assert school_routes.school_routes(ways(1.0, old=0.0, young=0.0), ways(1.0), limits_m=LIMITS, pace={}).empty


def test_links_have_the_pupils_of_all_ways_that_pass_them_and_the_worst_there():
    links = pd.DataFrame(
        {
            "link_id": ["ramp", "busy", "dark", "quiet", "empty"],
            "crossing": ["ramp", None, None, None, None],
            "motor_per_day": [9000.0, 9000.0, 0.0, 0.0, 0.0],
            "is_lit": [False, False, False, True, True],
        }
    )
    passes = sparse.csr_array([[1.0, 1.0, 0.0, 0.5, 0.0], [0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 0.0]])
    ways = pd.DataFrame(
        {"school_id": ["a", "a", "b"], "pupils_under_10": [4.0, 1.0, 2.0], "pupils_over_10": [2.0, 0.0, 0.0]}
    )
    found = school_routes.school_links(passes, ways, links, main_road_per_day=5000).set_index(["school_id", "link_id"])
    pupils = {("a", "ramp"): 6, ("a", "busy"): 7, ("a", "dark"): 1, ("a", "quiet"): 3, ("b", "quiet"): 2}
    assert found["pupils"].to_dict() == pupils  # nobody passes the fifth
    assert found.xs("a")["meets"].to_dict() == {
        "ramp": "ramp", "busy": "along_main_road", "dark": "unlit", "quiet": "nothing",
    }  # fmt: skip
    assert school_routes.school_links(passes[:0], ways[:0], links, main_road_per_day=5000).empty
