"""Scenarios in folders and GeoPackages: read, combined whatever the order, dated, moved."""

from functools import partial

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import LineString, Point

from movement.network import scenarios
from movement.sources import sketch
from movement.tables import InputFaults

CRS = "EPSG:25832"
WORDS = {"name_da": "a", "name_en": "a", "text_da": "a", "text_en": "a"}
LINK = {
    "link_id": "new", "name": None, "link_class": "path", "modes": "walk", "cycle_oneway": "no", "level": 0,
    "structure": "none", "is_lit": "yes", "surface": "paved", "has_steps": "no", "crossing": None, "width_m": 3.0,
    "motor_per_day": 0.0, "source": None,
}  # fmt: skip


def read(folder):
    return scenarios.read_scenarios(folder, crs=CRS, read_links=partial(sketch.read_sketch, crs=CRS))


def folder_of(path, name, changed="", **more):
    own = path / name
    own.mkdir()
    said = "".join(f"{key}: {value}\n" for key, value in (WORDS | more).items())
    (own / "scenario.yaml").write_text(said, encoding="utf-8")
    if changed:
        (own / "links_changed.csv").write_text(f"link_id;attribute;value;source\n{changed}\n", encoding="utf-8")


def test_a_geopackage_alone_is_a_scenario(tmp_path):
    path = tmp_path / "bro.gpkg"
    link = gpd.GeoDataFrame([LINK], geometry=[LineString([(0, 0), (9, 9)])], crs=CRS)
    pyogrio.write_dataframe(link, path, layer="links_added")
    rows = pd.DataFrame({"link_id": ["L1"], "attribute": ["is_lit"], "value": ["yes"], "source": ["x"]})
    pyogrio.write_dataframe(rows, path, layer="links_changed", append=True)
    pyogrio.write_dataframe(pd.DataFrame([WORDS | {"start_date": "2027-05-01"}]), path, layer="scenario", append=True)
    (found,) = read(tmp_path)
    assert (found.scenario_id, len(found.added), len(found.changed)) == ("bro", 1, 1)
    assert found.start_date == pd.Timestamp("2027-05-01")
    assert found.changes_links


def test_the_order_scenarios_are_named_in_does_not_matter(tmp_path):
    folder_of(tmp_path, "b_lys", "L1;is_lit;yes;x")
    folder_of(tmp_path, "a_ro", "L1;motor_per_day;10;x\nL2;is_lit;yes;x")
    folder_of(tmp_path, "one", combines="[a_ro, b_lys]")
    folder_of(tmp_path, "two", combines="[b_lys, a_ro, b_lys]")
    found = {scenario.scenario_id: scenario for scenario in read(tmp_path)}
    assert found["one"].changed.equals(found["two"].changed)
    assert len(found["one"].changed) == 3


@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        ("L1;is_lit;yes;x", "L1;is_lit;no;x", "L1 is_lit: yes / no"),
        ("L1;closed;yes;x", "L1;is_lit;no;x", "L1 closed / changed"),
    ],
)
def test_what_cannot_both_be_is_refused_by_name(tmp_path, one, two, said):
    folder_of(tmp_path, "one", one)
    folder_of(tmp_path, "two", two)
    folder_of(tmp_path, "both", combines="[one, two]")
    with pytest.raises(InputFaults) as found:
        read(tmp_path)
    (fault,) = found.value.faults
    assert (fault.rule, fault.value, dict(fault.detail)) == ("scenarios_conflict", said, {"one": "one", "other": "two"})


def test_trials_that_never_meet_cannot_be_combined(tmp_path):
    folder_of(tmp_path, "one", "L1;is_lit;yes;x", start_date="2027-05-01", end_date="2027-06-01")
    folder_of(tmp_path, "two", "L2;is_lit;yes;x", start_date="2027-07-01")
    folder_of(tmp_path, "both", combines="[one, two]")
    with pytest.raises(InputFaults, match="scenarios_never_together"):
        read(tmp_path)


def test_removed_barriers_are_those_of_all_parts(tmp_path):
    folder_of(tmp_path, "one", barriers_removed="[hus_a]")
    folder_of(tmp_path, "two", barriers_removed="[hus_b, hus_a]")
    folder_of(tmp_path, "both", combines="[two, one]")
    assert read(tmp_path)[0].barriers_removed == ("hus_a", "hus_b")


ZONES = gpd.GeoDataFrame(
    {
        "land_use": "today",
        "zone_id": ["z"],
        "name_da": "z",
        "name_en": "z",
        "side": "west",
        "residents": [10.0],
        "seniors": [4.0],
        "source": None,
    },
    geometry=[Point(0, 0)],
    crs=CRS,
)
SCHOOL = gpd.GeoDataFrame(
    {
        "land_use": "today",
        "attraction_id": ["school"],
        "name_da": "s",
        "name_en": "s",
        "purpose": "school",
        "side": "west",
    }
    | {"weight": [250.0], "source": None},
    geometry=[Point(0, 0)],
    crs=CRS,
)


def planned(tmp_path, *rows, on=""):
    folder_of(tmp_path, "zero_alternative", changes_land_use="true")
    frame = gpd.GeoDataFrame([row for row, _ in rows], geometry=[Point(at) for _, at in rows], crs=CRS)
    frame.to_crs("EPSG:4326").to_file(tmp_path / "zero_alternative/land_use.geojson")
    zones, attractions = scenarios.planned(ZONES, SCHOOL, read(tmp_path), on=on)
    return zones[zones["land_use"] == "planned"], attractions[attractions["land_use"] == "planned"]


MOVE = {"layer": "attraction", "action": "move", "item_id": "school", "from_date": "2031-08-01", "to_date": None}


@pytest.mark.parametrize(("on", "x"), [("", 500_000), ("2031-07-31", 0), ("2031-08-01", 500_000)])
def test_a_school_moves_on_its_day(tmp_path, on, x):
    _, later = planned(tmp_path, (MOVE, (500_000, 6_000_000)), on=on)
    assert later.geometry.x.item() == pytest.approx(x, abs=0.01)
    assert later["weight"].item() == 250


def test_homes_come_and_a_shop_goes(tmp_path):
    homes = {
        "layer": "zone",
        "action": "add",
        "item_id": "new",
        "name_da": "n",
        "name_en": "n",
        "side": "east",
        "residents": 90,
    }
    zones, attractions = planned(
        tmp_path,
        (homes | {"to_date": None}, (500_000, 6_000_000)),
        ({"layer": "attraction", "action": "remove", "item_id": "school"}, (500_000, 6_000_000)),
    )
    assert zones.set_index("zone_id")["residents"].to_dict() == {"z": 10.0, "new": 90.0}
    assert attractions.empty


def test_a_plan_can_say_who_lives_in_a_zone(tmp_path):
    change = {"layer": "zone", "action": "change", "item_id": "z", "residents": 30, "seniors": 12}
    zones, _ = planned(tmp_path, (change, (500_000, 6_000_000)))
    assert zones[["residents", "seniors"]].to_numpy().tolist() == [[30.0, 12.0]]
