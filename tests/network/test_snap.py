"""Points joined to a street on either side of a motorway along y = 0."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from movement import tables
from movement.network import snap
from movement.tables import InputFaults
from tests.network.world import CRS, barrier, links

NORTH = ("north", [(0, 10), (100, 10)])
SOUTH = ("south", [(0, -40), (100, -40)])
WALL = barrier(("motorway", 0, [(-500, 0), (500, 0)]))
BRIDGE = barrier(("motorway", 1, [(-500, 0), (500, 0)]))


def snapped(x, y, *, wall=WALL, limit=60, world=(NORTH, SOUTH), kind="zone"):
    items = gpd.GeoDataFrame({"zone_id": ["z"], "land_use": ["today"]}, geometry=[Point(x, y)], crs=CRS)
    made = snap.snap_items(items, links(*world), wall, kind=kind, key="zone_id", limit_m=limit)
    return tables.SNAPS.check(made).iloc[0]


def test_the_nearest_node_within_the_limit():
    found = snapped(3, 14)
    assert (found["node_id"], found["distance_m"]) == ("0.0 10.0", 5.0)


def test_never_across_the_barrier_though_it_is_nearer():
    found = snapped(0, -5)
    assert (found["node_id"], found["distance_m"]) == ("0.0 -40.0", 35.0)


def test_under_a_viaduct_is_no_barrier():
    assert snapped(0, -5, wall=BRIDGE)["node_id"] == "0.0 10.0"


@pytest.mark.parametrize(("y", "fits"), [(69.9, True), (70.1, False)])
def test_the_limit_names_what_lies_too_far(y, fits):
    if fits:
        assert snapped(0, y)["distance_m"] == 59.9
        return
    with pytest.raises(InputFaults) as found:
        snapped(0, y)
    (fault,) = found.value.faults
    assert (fault.rule, fault.value, fault.detail["limit"]) == ("snap_too_far", "z", "60")


def test_many_nodes_beyond_the_barrier_do_not_hide_the_one_on_this_side():
    crowd = [(f"n{i}", [(i, 10), (i, 12)]) for i in range(30)]
    assert snapped(0, -5, world=(*crowd, SOUTH))["node_id"] == "0.0 -40.0"


def test_homes_join_no_cycle_path_but_gateways_may():
    world = (("cycle", [(0, 10), (100, 10)], {"allows_walk": False}), ("walk", [(0, 30), (100, 30)]))
    assert snapped(0, 8, world=world)["node_id"] == "0.0 30.0"
    assert snapped(0, 8, world=world, kind="gateway")["node_id"] == "0.0 10.0"


def sites(*rows):
    frame = gpd.GeoDataFrame(
        [
            {"station_id": name, "name_da": name, "name_en": name, "role": role, "site_type": None, "modes": modes}
            | {"screenline_ids": None, "is_permanent": False, "valid_from": None, "valid_to": None, "source": None}
            for name, role, modes, _ in rows
        ],
        geometry=[Point(at) for *_, at in rows],
        crs=CRS,
    )
    return tables.SITES.check(frame)


def test_sites_join_the_link_they_count():
    world = pd.concat(
        [links(NORTH, SOUTH), links(("new", [(0, 20), (100, 20)]), scenario_id="s").assign(change="added")],
        ignore_index=True,
    )
    made = snap.snap_sites(
        sites(
            ("S1", "old_crossing", "walk,cycle", (80, 14)),
            ("N1", "new_link", "walk", (50, 13)),
            ("K1", "control", "walk", (5000, 5000)),
        ),
        world,
        limit_m=60,
    )
    found = tables.SNAPS.check(made).set_index("item_id")
    assert found.loc["S1", "link_id"] == "north"
    assert found.loc["S1", "node_id"] == "100.0 10.0"  # the nearer end
    assert found.loc["N1", "link_id"] == "new"
    assert found.loc["K1", ["node_id", "link_id"]].isna().all()
