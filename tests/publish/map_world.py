"""A small world for the maps: three streets across a motorway, a new bridge, two count sites; made by hand."""

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point

from movement import tables
from movement.publish.map_layers import ChangeScale, FlowScale
from movement.publish.map_page import Surroundings

CRS = "EPSG:25832"
EAST, NORTH = 720_000, 6_180_000
SCENARIO = {
    "scenario_id": "bridge",
    "name_da": "Broen",
    "name_en": "The bridge",
    "text_da": "En ny bro.",
    "text_en": "A new bridge.",
}
CHANGE_SCALE = ChangeScale(
    breaks=(20.0, 50.0, 150.0),
    increase_colours=("#b2abd2", "#8073ac", "#542788"),
    decrease_colours=("#fdb863", "#e08214", "#b35806"),
    no_change_colour="#bdbdbd",
)
FLOW_SCALE = FlowScale(breaks=(50.0, 150.0), colours=("#9ecae1", "#4292c6", "#08306b"))
# link, name, letter, change, before, after, low and high end of the change
LINKS = [
    ("1", "Skovvej", None, "unchanged", 500.0, 300.0, -250.0, -150.0),  # clear decrease, largest class
    ("2", "Engvej </script>", None, "unchanged", 400.0, 430.0, -5.0, 65.0),  # 30 more, but the interval includes 0
    ("3", None, None, "unchanged", 0.0, 0.0, 0.0, 0.0),  # nobody: not drawn
    ("N1", "Ny stibro", "A", "added", 0.0, 187.0, 100.0, 280.0),  # clear increase
]


def line(number):
    return LineString([(EAST + 200 * number, NORTH), (EAST + 200 * number, NORTH + 400)])


def geo(table, frame, shapes):
    return table.check(gpd.GeoDataFrame(frame, geometry=shapes, crs=CRS))


def changes(links=LINKS):
    columns = ["link_id", "name", "badge", "change", "flow_before", "flow_after", "change_low", "change_high"]
    frame = pd.DataFrame(links, columns=columns)
    frame["flow_change"] = frame["flow_after"] - frame["flow_before"]
    parts = [
        frame.assign(scenario_id="bridge", land_use="today", reference="before", mode=mode)
        for mode in ("all", "walk", "cycle")
    ]
    whole = pd.concat(parts, ignore_index=True)
    return geo(tables.FLOW_CHANGES, whole, [line(n) for _ in parts for n in range(len(links))])


def flow_parts():
    """Return what the changes on two links are made of, both modes together; nothing of the third."""
    parts = [("1", -205.0, 4.0, 1.0), ("N1", 160.0, 21.0, 6.0), ("2", 1.0, 1.0, 1.0)]
    frame = pd.DataFrame(parts, columns=["link_id", "rerouted", "redirected", "new"])
    return frame.assign(lost=0.0, scenario_id="bridge", land_use="today", mode="all")


def empty(table):
    return table.empty().set_crs(CRS)


def study(*, is_empty=False):
    sites = pd.DataFrame(
        {
            "station_id": ["S1", "S2"],
            "name_da": ["Tunnelen", "Torvet"],
            "name_en": ["The tunnel", "The square"],
            "role": ["old_crossing", "control"],
            "site_type": None,
            "modes": "walk,cycle",
            "screenline_ids": None,
            "is_permanent": [True, False],
            "valid_from": pd.NaT,
            "valid_to": pd.NaT,
            "source": None,
        }
    )
    cut = {
        "screenline_id": "s",
        "kind": "snit",
        "is_primary": True,
        "name_da": "Snittet",
        "name_en": "The cut",
        "source": None,
    }
    screenlines = geo(
        tables.SCREENLINES, pd.DataFrame([cut]), [LineString([(EAST - 50, NORTH + 200), (EAST + 700, NORTH + 200)])]
    )
    context = gpd.GeoDataFrame(
        {"kind": ["water", "place"], "name_da": ["Søen", "Byen"], "name_en": ["The lake", "The town"]},
        geometry=[Point(EAST, NORTH + 500).buffer(80), Point(EAST + 300, NORTH + 300)],
        crs=CRS,
    )
    no_context = gpd.GeoDataFrame({name: [] for name in tables.CONTEXT.columns}, geometry=[], crs=CRS)
    return tables.Study(
        crs=CRS,
        barriers=barriers(is_empty=is_empty),
        barrier_decisions=tables.BARRIER_DECISIONS.empty(),
        screenlines=empty(tables.SCREENLINES) if is_empty else screenlines,
        areas=empty(tables.AREAS),
        zones=empty(tables.ZONES),
        attractions=empty(tables.ATTRACTIONS),
        gateways=empty(tables.GATEWAYS),
        through_trips=tables.THROUGH_TRIPS.empty(),
        sites=empty(tables.SITES)
        if is_empty
        else geo(tables.SITES, sites, [Point(EAST, NORTH + 200), Point(EAST + 400, NORTH)]),
        campaigns=tables.CAMPAIGNS.empty(),
        interventions=tables.INTERVENTIONS.empty(),
        events=tables.EVENTS.empty(),
        weather=tables.WEATHER.empty(),
        context=no_context if is_empty else context,
    )


def barriers(*, is_empty=False):
    if is_empty:
        return empty(tables.BARRIERS)
    row = {
        "barrier_id": "m",
        "piece": 1,
        "kind": "motorway",
        "level": 0,
        "name_da": "Motorvejen",
        "name_en": "The motorway",
        "source": None,
    }
    return geo(
        tables.BARRIERS, pd.DataFrame([row]), [LineString([(EAST - 100, NORTH + 200), (EAST + 700, NORTH + 200)])]
    )


def surroundings(*, is_empty=False, is_synthetic=False):
    return Surroundings(
        name={"da": "Byen", "en": "The town"},
        study=study(is_empty=is_empty),
        barriers=barriers(is_empty=is_empty),
        streets=empty(tables.LINKS),
        network_notes={
            "is_sketch": True,
            "title_da": "Skitse",
            "title_en": "Sketch",
            "attribution_da": "Eget",
            "attribution_en": "Own",
        },
        is_openstreetmap=False,
        is_synthetic=is_synthetic,
    )


def screenline_flows():
    row = dict.fromkeys(tables.SCREENLINE_FLOWS.columns, 0.0) | {
        "scenario_id": "bridge", "land_use": "today", "screenline_id": "s", "mode": "all", "flow_per_day": 917.0,
        "change_before": 17.0, "change_before_low": -40.0, "change_before_high": 95.0,
    }  # fmt: skip
    return tables.SCREENLINE_FLOWS.check(pd.DataFrame([row]))


def site_changes():
    columns = list(tables.SITE_CHANGES.columns)
    rows = [
        (
            "S1",
            "all",
            "old_crossing",
            "weekday",
            500.0,
            450.0,
            550.0,
            700.0,
            620.0,
            780.0,
            140.0,
            115.0,
            169.0,
            14,
            13,
            35.5,
            12.0,
            63.9,
            None,
            "rise_shown",
            None,
        ),
        (
            "S2",
            "all",
            "control",
            "weekday",
            300.0,
            250.0,
            350.0,
            310.0,
            260.0,
            360.0,
            103.3,
            88.0,
            121.0,
            14,
            14,
            3.3,
            -12.0,
            21.0,
            None,
            "not_shown",
            None,
        ),
    ]
    return tables.SITE_CHANGES.check(pd.DataFrame(rows, columns=columns))


def site_days():
    """Return one counted day of the tunnel, in its campaign."""
    return pd.DataFrame({"station_id": ["S1"], "date": [pd.Timestamp("2025-09-01")], "state": ["used"]})


def network(*, is_empty=False):
    """Return crossings, their spacing and connectivity: a bridge, a cut path with an odd name, a planned bridge."""
    if is_empty:
        return empty(tables.CROSSINGS), tables.BARRIER_SPACING.empty(), empty(tables.CONNECTIVITY)
    barrier_id = barriers()["barrier_id"].iloc[0]
    columns = ["scenario_id", "link_id", "status", "reason", "link_level", "name", "note"]
    rows = [
        ("before", "1", "carried", "link_above", 1, "Skovvej", None),
        ("before", "2", "cut", "same_level", 0, "Engvej </script>", None),
        ("before", "3", "carried", "overruled", 0, None, "MJ, a stile"),
        ("bridge", "1", "carried", "link_above", 1, "Skovvej", None),
        ("bridge", "N1", "carried", "link_above", 1, "Ny stibro", None),
    ]
    frame = pd.DataFrame(rows, columns=columns).assign(barrier_id=barrier_id, place=1, barrier_level=0)
    crossings = geo(tables.CROSSINGS, frame, [Point(EAST + 100 * n, NORTH + 200) for n in range(len(rows))])
    spacing = pd.DataFrame(
        [("before", barrier_id, 2000.0, 2, 667.0, 900.0)], columns=list(tables.BARRIER_SPACING.columns)
    )
    gap = pd.DataFrame([("island", "9", None, None, 4, 120.0)], columns=list(tables.CONNECTIVITY.columns))
    return crossings, tables.BARRIER_SPACING.check(spacing), geo(tables.CONNECTIVITY, gap, [Point(EAST, NORTH)])
