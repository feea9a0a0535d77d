"""What cuts the area apart, who is cut off from what, where people of either side meet, and ways to school."""

from __future__ import annotations

from enum import StrEnum

from movement.tables.columns import LAND_USE, LINK, MODE, SCENARIO, ZONE
from movement.tables.contract import Column, Table, real, text, whole
from movement.tables.words import Traveller, Within


class CutKind(StrEnum):
    """What cuts: a barrier as drawn, a screenline along one, or a screenline closed round an area."""

    BARRIER = "barrier"
    SNIT = "snit"
    KORDON = "kordon"


class Compass(StrEnum):
    """Where something lies, seen from a cut or from the middle of a kordon."""

    NORTH = "north"
    EAST = "east"
    SOUTH = "south"
    WEST = "west"


class Ring(StrEnum):
    """Sides of a kordon."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class Hindrance(StrEnum):
    """Levels of severance, mildest first: TAG unit 3.6.2 (2011), predecessor of A4.1, paragraph 1.1.2."""

    NONE = "none"
    SLIGHT = "slight"
    MODERATE = "moderate"
    SEVERE = "severe"


class SeveranceMethod(StrEnum):
    """Methods named beside the levels: the one used, and the Danish one, whose formula could not be found."""

    TAG = "tag"
    POINTMETODEN = "pointmetoden"


class SchoolClasses(StrEnum):
    """Classes with a distance of their own."""

    CLASSES_0_3 = "classes_0_3"
    CLASSES_4_6 = "classes_4_6"
    CLASSES_7_9 = "classes_7_9"


class OnTheWay(StrEnum):
    """What pupils meet on a link of their way to school, worst first."""

    RAMP = "ramp"
    MAIN_ROAD = "main_road"
    ALONG_MAIN_ROAD = "along_main_road"
    UNLIT = "unlit"
    NOTHING = "nothing"


EVERYWHERE = "all"  # towards everything beyond a cut; the whole of a kordon; the mean day
CUT = text("Barrier or screenline")
CUT_KIND = text("What it is", words=CutKind)
CUT_SIDE = text("Side of the cut they live on: a word of the study, of the compass, or inside or outside")
WHO = text("walk or cycle (all residents), walk_limited, or a group that walks slower (pace_ratio)")
_PAIR = {
    "side": text("Side of the barrier some live on"),
    "other_side": text("Side the others live on"),
}
BAND = text("Part of the week (one day of its kind), or `all` for the mean day of the week")
_NO_INTERVAL = "the estimate, without an interval"
_MEETING = {
    "people_side": real(f"Passing who live on the one side; {_NO_INTERVAL}", "people/day", decimals=1, least=0),
    "people_other_side": real(f"Passing who live on the other; {_NO_INTERVAL}", "people/day", decimals=1, least=0),
    "product": real("The one times the other: pairs who could meet", "people²/day²", decimals=0, least=0),
    "product_low": real(
        "Low end of its 95 % interval; only of those looked at", "people²/day²", decimals=0, nullable=True
    ),
    "product_high": real("High end of its 95 % interval", "people²/day²", decimals=0, nullable=True),
    "balance": real("4ab/(a+b)²: 1 where as many come from either side, 0 where all come from one", "1", decimals=3),
}

CUT_SPACING = Table(
    "cut_spacing",
    "How often each barrier and screenline can be crossed, and how far apart",
    {
        "scenario_id": SCENARIO,
        "cut_id": CUT,
        "cut_kind": CUT_KIND,
        "stretch": text("`all`; of a kordon also its part towards a point of the compass"),
        "traveller": text("Who can cross there", words=Traveller),
        "length_m": real("Length, each carriageway for itself", "m", decimals=0, least=0),
        "crossings": whole("Places where it can be crossed; nearer than 40 m are one", "", least=0),
        "crossings_per_km": real("Of these, per km of length", "1/km", decimals=2, least=0),
        "longest_gap_m": real("Longest stretch along it without one", "m", decimals=0, least=0),
    },
    ("scenario_id", "cut_id", "stretch", "traveller"),
)
SEVERANCE = Table(
    "severance",
    "How far a barrier or screenline cuts people off; computed on the network, so without sampling intervals",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "cut_id": CUT,
        "cut_kind": CUT_KIND,
        "side": CUT_SIDE,
        "towards": text("`all` beyond the cut; from inside a kordon also what lies towards a point of the compass"),
        "who": WHO,
        "people": real("People of the group who live there", "people", decimals=1, least=0),
        "detour_across": real(
            "Way over straight line to attractions across, mean over people; both sorts of pairs only where there are "
            "pairs of the other sort as far apart",
            "ratio",
            decimals=3,
            nullable=True,
        ),
        "detour_along": real(
            "The same on the own side, distances weighted as across", "ratio", decimals=3, nullable=True
        ),
        "detour_share": real(
            "Share of the pairs across that could be compared; empty without pairs", "1", decimals=3, nullable=True
        ),
        "attractions_reached": real("Attractions within reach, mean over people", "", decimals=2, nullable=True),
        "attractions_free": real("The same with free crossing", "", decimals=2, nullable=True),
        "across_reached": real("Of the reached, those across (and towards)", "", decimals=2, nullable=True),
        "across_free": real("The same with free crossing", "", decimals=2, nullable=True),
        "permeability": real(
            "Reached over reached with free crossing on the same network; empty where nothing could be, and for parts "
            "of a kordon",
            "1",
            decimals=3,
            nullable=True,
        ),
        "isolation_index": real("1 less permeability: against the same network", "1", decimals=3, nullable=True),
        "permeability_today": real(
            "Share reached of what would be in reach with free crossing on today's links: tells scenarios apart, as "
            "all are held against the same",
            "1",
            decimals=3,
            nullable=True,
        ),
        "isolation_today": real("1 less permeability_today", "1", decimals=3, nullable=True),
        "permeability_across": real("The same, only of what lies across (and towards)", "1", decimals=3, nullable=True),
        "hindrance_min": real(
            "Felt minutes more than with free crossing on today's links, median over people and attractions across "
            "that would then be within reach; empty where there are none, or where most have no way",
            "minutes",
            decimals=2,
            nullable=True,
        ),
        "no_way_share": real("Share of these without any way", "1", decimals=3, nullable=True),
        "hindrance": text(
            "Level by hindrance; empty where nothing across would be in reach", nullable=True, words=Hindrance
        ),
    },
    ("scenario_id", "land_use", "cut_id", "side", "towards", "who"),
)
SIDE_REACH = Table(
    "side_reach",
    "Share of the people on each side who reach something within minutes and metres; without sampling intervals",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "cut_id": CUT,
        "side": CUT_SIDE,
        "who": WHO,
        "destination": text("A purpose (the nearest of its attractions), or an attraction looked for by name"),
        "within": text("Limit: minutes of felt time, or metres of way", words=Within),
        "limit": whole("The limit", "minutes or metres"),
        "people": real("People of the group who live there", "people", decimals=1, least=0),
        "people_reaching": real("Of these, who reach it", "people", decimals=1, least=0),
        "share": real("Of the people; empty where nobody lives", "1", decimals=3, nullable=True),
    },
    ("scenario_id", "land_use", "cut_id", "side", "who", "destination", "within", "limit"),
)
ENCOUNTERS = Table(
    "encounters",
    "Links that residents of two sides of the barrier share",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": text("walk, cycle or all"),
        "link_id": LINK,
        **_PAIR,
        "band": BAND,
        **_MEETING,
    },
    ("scenario_id", "land_use", "mode", "link_id", "side", "other_side", "band"),
)
MEETING_PLACES = Table(
    "meeting_places",
    "Candidates for meeting places along each scenario's links, beside people seen staying there",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": text("walk, cycle or all"),
        "node_id": text("Node"),
        **_PAIR,
        "band": BAND,
        "rank": whole("1 for the largest product among the scenario's places", "", least=1),
        **_MEETING,
        "product_before": real("Product on today's links, same land use", "people²/day²", decimals=0, least=0),
        "balance_before": real("Balance on today's links; 0 where nobody passes", "1", decimals=3),
        "street": text("Streets and paths that meet there, separated by commas", nullable=True),
        "attraction_id": text("Nearest attraction close by", nullable=True),
        "station_id": text("Nearest count site close by", nullable=True),
        "staying_before": real("Observed staying there before, mean of snapshots", "people", decimals=1, nullable=True),
        "staying_after": real("Observed staying there after, mean of snapshots", "people", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "mode", "node_id", "side", "other_side", "band"),
    "Point",
)
_PUPILS = "people/school day"
_QUALITIES = {
    "length_m": ("Way", "m", 0),
    "felt_min": ("Felt time", "minutes", 1),
    "main_roads": ("Main roads crossed", "", 2),
    "ramps": ("Slip roads crossed", "", 2),
    "unlit_m": ("Way without light", "m", 0),
    "busy_m": ("Way along a main road", "m", 0),
    "motor_per_day": ("Motor traffic alongside, mean over the way", "vehicles/day", 0),
}
SCHOOL_WAYS = Table(
    "school_ways",
    "The way from each zone to each school: the shortest in felt time; ways of equal felt time weigh alike",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "zone_id": ZONE,
        "school_id": text("Attraction that is a school"),
        "is_across": Column("yes_no", "Home and school lie on different sides of the barrier"),
        "pupils_under_10": real(f"Pupils under 10, half their trips; {_NO_INTERVAL}", _PUPILS, decimals=2),
        "pupils_over_10": real(f"Pupils of 10 and over; {_NO_INTERVAL}", _PUPILS, decimals=2),
        **{name: real(meaning, unit, decimals=places) for name, (meaning, unit, places) in _QUALITIES.items()},
    },
    ("scenario_id", "land_use", "mode", "zone_id", "school_id"),
)
SCHOOL_ROUTES = Table(
    "school_routes",
    "Pupils' ways to each school, means over pupils, and what the scenario's links change for the same pupils",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "school_id": text("Attraction that is a school; no letters for pupils with no school in reach"),
        "classes": text("Classes", words=SchoolClasses),
        "pupils": real(f"Pupils, half their trips; {_NO_INTERVAL}", _PUPILS, decimals=1, least=0),
        "pupils_across": real("Of these, from another side of the barrier", _PUPILS, decimals=1, least=0),
        "limit_m": real("Distance of the classes", "m", decimals=0),
        "pupils_beyond": real("Pupils with a longer way than that", _PUPILS, decimals=1, least=0),
        "pupils_beyond_before": real("The same pupils on today's links", _PUPILS, decimals=1, least=0),
        "pupils_no_way_before": real(
            "Pupils without a way on today's links; not in the changes", _PUPILS, decimals=1, least=0
        ),
        **{
            name: real(f"{meaning}, mean", unit, decimals=places, nullable=True)
            for name, (meaning, unit, places) in _QUALITIES.items()
        },
        **{
            f"{name}_change": real(
                f"{meaning}: change against today's links, same land use", unit, decimals=places, nullable=True
            )
            for name, (meaning, unit, places) in _QUALITIES.items()
        },
    },
    ("scenario_id", "land_use", "mode", "school_id", "classes"),
)
SCHOOL_LINKS = Table(
    "school_links",
    "Links that pupils pass on their way to each school, and the worst they meet there",
    {
        "scenario_id": SCENARIO,
        "land_use": LAND_USE,
        "mode": MODE,
        "school_id": text("Attraction that is a school"),
        "link_id": LINK,
        "pupils": real(f"Pupils, half their trips; {_NO_INTERVAL}", _PUPILS, decimals=2, least=0),
        "meets": text("A slip or main road crossed, a main road alongside, no light, or nothing", words=OnTheWay),
    },
    ("scenario_id", "land_use", "mode", "school_id", "link_id"),
)
SCHOOL_QUALITIES = tuple(_QUALITIES)
