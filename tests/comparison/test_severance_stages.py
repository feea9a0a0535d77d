"""Severance, encounters and school routes as stages, on the three-node network across a motorway."""

from dataclasses import asdict, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from movement import tables
from movement.comparison.cuts import Cut
from movement.tables import CutKind, InputFaults
from pipelines import compare_severance, free_crossing, stage
from tests.demand import world

MODES = ("walk", "cycle")
STUDY = {"crs": world.CRS, "name_da": "x", "name_en": "x", "timezone": "Europe/Copenhagen"}
GIVEN = {"study": STUDY, "estimate_demand": asdict(world.RATES)}
REACH = {"reach_min": 10, "reach_minutes": [5, 10], "reach_metres": [500]}
LIMITS_M = {"classes_0_3": 1000, "classes_4_6": 6000, "classes_7_9": 7000}
SCHOOLS = {"schools": [], "limits_m": LIMITS_M, "main_road_per_day": 5000}
LEVELS = {"slight_min": 1, "moderate_min": 3, "severe_min": 6}
METRES = {"free_crossing_m": 400, "detour_class_m": 250, "detour_furthest_m": 3000, "near_m": 60}


def params(**options):
    made = METRES | LEVELS | SCHOOLS | {"places": []} | options
    return compare_severance.Params(**made, **GIVEN, compare_modelled=REACH)


def parameters(**scales):
    """Return CALIBRATION at the defaults, and DRAWS of these scales by mode."""
    plain = {"scale": 1.0, "decay": 0.1, "detour": 1.0, "through": 1.0}
    plain |= {f"scale_{purpose}": 1.0 for purpose in tables.Purpose}
    rows = [{"mode": mode, "parameter": name, "value": value} for mode in MODES for name, value in plain.items()]
    fitted = pd.DataFrame(rows).rename(columns={"value": "estimate"})
    fitted = fitted.assign(
        low=None, high=None, is_fitted=False, at_bound=False, sites=0, refusal=None, sites_needed=None
    )
    draws = [
        row | {"draw": number, "value": scale if row["parameter"] == "scale" else row["value"]}
        for row in rows
        for number, scale in enumerate(scales.get(row["mode"], ()))
    ]
    return tables.CALIBRATION.check(fitted), tables.DRAWS.conform(
        pd.DataFrame(draws, columns=list(tables.DRAWS.columns))
    )


def run(folder, monkeypatch, given, *, flows=None, staying=None, trips=None, scales=None, **options):
    """Run the stage; a world without flows, trips or people staying has none."""
    monkeypatch.chdir(folder)
    world.write(folder, given)
    for table, rows, path in zip(
        (tables.CALIBRATION, tables.DRAWS), parameters(**scales or {}), (stage.CALIBRATION, stage.DRAWS), strict=True
    ):
        table.write(rows, path)
    for table, rows in ((tables.FLOW_KINDS, flows), (tables.STAYING, staying), (tables.TRIPS, trips)):
        table.write(table.empty() if rows is None else rows, stage.PROCESSED / f"{table.name}.parquet")
    compare_severance.run(params(**options))


def severed(folder, monkeypatch, given, **options):
    run(folder, monkeypatch, given, **options)
    return tables.SEVERANCE.read(stage.SEVERANCE)


def of(table, **wanted):
    return table.loc[(table[list(wanted)] == pd.Series(wanted)).all(axis=1)]


def test_the_bridge_takes_away_the_whole_hindrance(tmp_path, monkeypatch):
    found = severed(tmp_path, monkeypatch, world.inputs(planned=False))
    west = of(found, side="west", who="walk").set_index("scenario_id")
    assert set(found["cut_id"]) == {"motorway"} and set(found["who"]) == {"walk", "cycle", "walk_limited"}
    columns = ["permeability", "permeability_today", "permeability_across", "hindrance_min", "hindrance"]
    assert west.loc["before", columns].tolist() == [0.5, 0.5, 0.0, 10.0, "severe"]  # 15 minutes round, 5 straight
    assert west.loc["bridge", columns].tolist() == [1.0, 1.0, 1.0, 0.0, "none"]
    reach = of(tables.SIDE_REACH.read(stage.SIDE_REACH), side="west", who="walk", destination="shopping")
    assert (reach["share"] == 1).all()  # the own shop
    spacing = of(tables.CUT_SPACING.read(stage.CUT_SPACING), traveller="walk").set_index("scenario_id")
    assert spacing["crossings"].to_dict() == {"before": 1, "bridge": 2}
    assert spacing.loc["before", "crossings_per_km"] == 1.0 and spacing.loc["before", "longest_gap_m"] == 500.0


def test_what_is_named_is_looked_for_and_must_be_there(tmp_path, monkeypatch):
    severed(tmp_path, monkeypatch, world.inputs(planned=False), places=["shopping_e"])
    reach = of(tables.SIDE_REACH.read(stage.SIDE_REACH), side="west", who="walk", destination="shopping_e", limit=5)
    assert reach.set_index("scenario_id")["share"].to_dict() == {"before": 0.0, "bridge": 1.0}
    with pytest.raises(InputFaults, match="unknown_word: 'atlantis'"):
        severed(tmp_path, monkeypatch, world.inputs(planned=False), places=["shopping_e", "atlantis"])


def test_levels_out_of_order_are_a_fault():
    with pytest.raises(InputFaults, match="rate_out_of_range") as found:
        params(moderate_min=9)
    assert [fault.detail["name"] for fault in found.value.faults] == ["moderate_min"]


def test_groups_that_walk_slower_are_hindered_longer(tmp_path, monkeypatch):
    shares = dict.fromkeys(world.GROUPS, 0.0) | {"adult": 0.8, "child_under_10": 0.2}
    rates = replace(world.RATES, pace_ratio={"walk": {"child_under_10": 1.5}}, group_shares=shares)
    monkeypatch.setitem(GIVEN, "estimate_demand", asdict(rates))
    found = of(severed(tmp_path, monkeypatch, world.inputs(planned=False)), side="west", scenario_id="before")
    child = found.set_index("who").loc["child_under_10"]
    assert (child["people"], child["hindrance_min"]) == (20.0, 15.0)


PARTED = (("round_w", "w", "n", 600.0), ("stub", "e", "m", 100.0))
LACKING = {
    "sides": lambda g: replace(g, zones=g.zones.assign(side=None), attractions=g.attractions.assign(side=None)),
    "attractions": lambda g: replace(g, attractions=g.attractions.iloc[:0]),
    "residents": lambda g: replace(g, zones=g.zones.assign(residents=[0.0, 50.0])),
    "links": lambda g: replace(g, links=g.links.iloc[:0], impedances=g.impedances.iloc[:0]),
    "barriers": lambda g: g,
    "way": lambda g: replace(g, links=(net := world.links("before", PARTED)), impedances=world.impedances(net)),
}
LEFT = {  # of the people west, walking on today's links: people, minutes of hindrance, share without a way, level
    "sides": (100.0, 10.0, 0.0, "severe"),  # the line itself tells them apart
    "attractions": (100.0, None, None, None),
    "residents": (0.0, None, None, None),
    "way": (100.0, None, 1.0, "severe"),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_whatever_is_lacking_nothing_crashes_and_nothing_is_invented(tmp_path, monkeypatch, lacking):
    monkeypatch.setitem(world.XY, "m", (500.0, 0.0))
    if lacking == "barriers":
        monkeypatch.setattr(world, "write", without_barriers(world.write))
    found = severed(tmp_path, monkeypatch, LACKING[lacking](world.inputs(planned=False)))
    assert found.empty == (lacking not in LEFT)
    for row in of(found, side="west", who="walk", scenario_id="before").itertuples():
        seen = [row.people, row.hindrance_min, row.no_way_share, row.hindrance]
        assert tuple(None if pd.isna(value) else value for value in seen) == LEFT[lacking]


def without_barriers(write):
    def written(folder, given, volumes=None):
        write(folder, given, volumes)
        table = tables.BARRIERS.empty().set_crs(world.CRS)
        tables.BARRIERS.write(table, folder / stage.BARRIERS)

    return written


def test_free_crossing_divides_long_links_and_keeps_every_way():
    given = world.inputs(planned=False)
    on, costs = given.graph("before", "walk"), given.costs("before", "walk")
    cut = Cut("motorway", CutKind.BARRIER, LineString([(200, -100), (200, 900)]))
    found = free_crossing.freed(on, given.links_of("before"), costs, cut, longest_m=400)
    ids = pd.Index(found.link_ids)
    parts = ids.str.startswith("round_e#")
    assert parts.sum() == 6 + 1  # 671 m as drawn
    of_parts = np.isin(found.link, np.flatnonzero(parts))
    assert found.cost_ms[of_parts].sum() == on.cost_ms[on.link == list(on.link_ids).index("round_e")].sum()
    free = ids.str.startswith("free/")
    assert free.any() and found.length_m[np.isin(found.link, np.flatnonzero(free))].max() <= 400
    none = free_crossing.freed(on, given.links_of("before"), costs, cut, longest_m=1)
    assert not pd.Index(none.link_ids).str.startswith("free/").any()


def kinds(*rows):
    columns = ["scenario_id", "link_id", "side", "flow_per_day"]
    return tables.FLOW_KINDS.conform(
        pd.DataFrame(rows, columns=columns).assign(land_use="today", mode="walk", purpose="shopping")
    )


def encountered(folder, monkeypatch, given, flows, **options):
    run(folder, monkeypatch, given, flows=flows, **options)
    return tables.ENCOUNTERS.read(stage.ENCOUNTERS), tables.MEETING_PLACES.read(stage.MEETING_PLACES)


def test_the_new_link_is_where_both_sides_meet(tmp_path, monkeypatch):
    flows = kinds(
        ("before", "round_e", "west", 8.0), ("before", "round_e", "east", 8.0), ("bridge", "new", "west", 60.0),
        ("bridge", "new", "east", 20.0), ("bridge", "new", "", 500.0),
    )  # fmt: skip
    links, places = encountered(tmp_path, monkeypatch, world.inputs(planned=False), flows)
    row = of(links, scenario_id="bridge", mode="walk", band="all").iloc[0]
    assert (row["link_id"], row["people_side"], row["people_other_side"]) == ("new", 20, 60)
    assert (row["product"], row["balance"]) == (1200, 0.75)
    morning = of(links, scenario_id="bridge", mode="walk", band="weekday_morning").iloc[0]
    assert morning["people_side"] == 28  # all trips fall on five mornings of seven days
    assert set(of(links, scenario_id="bridge")["band"]) == {"all", "weekday_morning"}
    best = of(places, mode="all", band="all").set_index("node_id")
    assert set(best.index) == {"w", "e"}  # shops lie there; who ends there counts as half
    assert best.loc["e", ["product", "product_before"]].tolist() == [300, 16]
    assert best.loc["w", ["product", "product_before"]].tolist() == [300, 0]
    assert sorted(best["rank"]) == [1, 2] and best["staying_before"].isna().all()
    assert isinstance(places, gpd.GeoDataFrame)


def test_a_product_has_the_interval_of_its_draws(tmp_path, monkeypatch):
    """Both sides' trips go with the scale, the product with its square: of half and twice, a quarter and four times."""
    given, little = world.inputs(planned=False), kinds(("bridge", "new", "west", 1.0), ("bridge", "new", "east", 1.0))

    def of_link(flows, scales):
        links, places = encountered(tmp_path, monkeypatch, given, flows, scales=dict.fromkeys(MODES, scales))
        ends = of(places, mode="walk", band="all")["product_high"]
        assert len(ends) == 2 and ends.notna().all() == bool(scales)
        return of(links, scenario_id="bridge", mode="walk", band="all").iloc[0]

    modelled = of_link(little, [1.0] * 3)["product_high"]  # the draws are all alike, and above the 1 given
    side = modelled**0.5
    row = of_link(kinds(("bridge", "new", "west", side), ("bridge", "new", "east", side)), [0.5, 1.0, 2.0])
    assert row["product"] == pytest.approx(modelled, abs=1)
    assert row[["product_low", "product_high"]].tolist() == pytest.approx([modelled / 4, 4 * modelled], rel=0.01)
    alone = of_link(little, [])
    assert alone[["product_low", "product_high"]].isna().all()  # nothing fitted, no interval


def test_without_flows_or_sides_nobody_meets(tmp_path, monkeypatch):
    flows = kinds(("before", "round_e", "", 8.0))
    for given in (world.inputs(), replace(world.inputs(), links=world.inputs().links.iloc[:0])):
        links, places = encountered(tmp_path, monkeypatch, given, flows)
        assert links.empty and places.empty


def schooled(folder, monkeypatch, given, trips):
    run(folder, monkeypatch, given, trips=trips)
    return tables.SCHOOL_WAYS.read(stage.SCHOOL_WAYS), tables.SCHOOL_ROUTES.read(stage.SCHOOL_ROUTES)


def trips(*rows):
    columns = ["scenario_id", "group", "origin_id", "destination_id", "trips_per_day"]
    frame = pd.DataFrame(rows, columns=columns).assign(land_use="today", mode="walk", purpose="school")
    return tables.TRIPS.conform(frame.assign(impedance_min=1.0, length_m=1.0))


def with_school(given):
    schools = given.attractions["attraction_id"].str.startswith("shopping")
    purpose = given.attractions["purpose"].mask(schools, "school")
    return replace(given, attractions=given.attractions.assign(purpose=purpose))


def test_the_bridge_shortens_the_way_to_the_school_across(tmp_path, monkeypatch):
    made = trips(
        *((name, "child_under_10", "home_w", "shopping_e", 10.0) for name in ("before", "bridge")),
        ("before", "child_over_10", "home_w", "", 4.0),
        ("before", "child_under_10", "home_w", "work_w", 99.0),  # what is no school is nobody's here
    )
    ways, routes = schooled(tmp_path, monkeypatch, with_school(world.inputs(planned=False)), made)
    assert len(of(ways, scenario_id="before", mode="walk")) == 4
    across = of(ways, zone_id="home_w", school_id="shopping_e", mode="walk").set_index("scenario_id")
    assert across["length_m"].to_dict() == {"before": 1200, "bridge": 400} and across["is_across"].all()
    walked = of(routes, school_id="shopping_e", classes="classes_0_3").set_index("scenario_id")
    # 10 trips on the mean day, all on weekdays, are 14 on each of five: 7 pupils
    assert walked["pupils"].tolist() == walked["pupils_across"].tolist() == [7, 7]
    assert walked["pupils_beyond"].tolist() == [7, 0] and walked["pupils_beyond_before"].tolist() == [7, 7]
    assert walked["length_m_change"].tolist() == [0, -800] and walked["felt_min_change"].tolist() == [0, -10]
    links = tables.SCHOOL_LINKS.read(stage.SCHOOL_LINKS)
    passed = of(links, school_id="shopping_e", mode="walk").set_index(["scenario_id", "link_id"])["pupils"].to_dict()
    assert passed == {("before", "round_w"): 7, ("before", "round_e"): 7, ("bridge", "new"): 7}
    lost = of(routes, school_id="")
    assert set(lost["scenario_id"]) == {"before"} and lost["pupils"].tolist() == [1.4, 1.4]


def test_without_schools_pupils_or_links_the_tables_are_empty(tmp_path, monkeypatch):
    none = trips()
    for given in (world.inputs(), replace(world.inputs(), links=world.inputs().links.iloc[:0])):
        ways, routes = schooled(tmp_path, monkeypatch, given, none)
        assert ways.empty and routes.empty


def test_unknown_classes_are_a_fault():
    with pytest.raises(InputFaults) as found:
        params(limits_m={"classes_0_3": 1000, "classes_10": 9000})
    assert sorted(fault.value for fault in found.value.faults) == ["classes_10", "classes_4_6", "classes_7_9"]
