"""Links, nodes, felt times, crossings of barriers, places on the network, scenarios."""

from __future__ import annotations

from movement.tables.columns import LAND_USE, LINK, MODE, NAME_DA, NAME_EN, SCENARIO, SOURCE
from movement.tables.contract import Column, Table, real, text
from movement.tables.words import Change, CrossingStatus, Structure

LINKS = Table(
    "links",
    "Links of every link scenario",
    {
        "scenario_id": SCENARIO,
        "link_id": LINK,
        "parent_link_id": text("Link as drawn"),
        "from_node_id": text("Node at the start"),
        "to_node_id": text("Node at the end"),
        "name": text("Street or path", nullable=True),
        "link_class": text("motorway, trunk, primary, secondary, residential, service, cycleway, footway, path, steps"),
        "allows_walk": Column("yes_no", "Open to people walking"),
        "allows_cycle": Column("yes_no", "Open to people cycling"),
        "cycle_oneway": Column("yes_no", "Cycling only from start to end"),
        "level": Column("integer", "0 on the ground, 1 on a bridge, -1 in a tunnel"),
        "structure": text("What carries it", words=Structure),
        "is_lit": Column("yes_no", "Lit after dark"),
        "surface": text("paved, gravel, ground or unknown"),
        "has_steps": Column("yes_no", "Stairs"),
        "crossing": text("Kind of crossing (signals, marked, unmarked, ramp); empty where none", nullable=True),
        "width_m": real("Width", "m", decimals=1, nullable=True),
        "motor_per_day": real("Motor traffic alongside", "vehicles/day", decimals=0, least=0),
        "length_m": real("Length", "m", decimals=3, least=0.001),
        "rise_m": real("Height gained from start to end", "m", decimals=2),
        "change": text("What the scenario does to it", words=Change),
        "badge": text("Letter on maps and in tables of an added or changed link", nullable=True),
        "source": SOURCE,
    },
    ("scenario_id", "link_id"),
    "LineString",
)
NODES = Table(
    "nodes",
    "Ends of links",
    {"node_id": text("Node; made of its coordinates, so it stays when the rest changes")},
    ("node_id",),
    "Point",
)
IMPEDANCES = Table(
    "impedances",
    "Felt minutes per link and direction, term by term",
    {
        "scenario_id": SCENARIO,
        "link_id": LINK,
        "mode": MODE,
        "is_forward": Column("yes_no", "From start to end"),
        "distance_min": real("Length at the mode's speed", "minutes", decimals=5, least=0),
        "slope_min": real("Added by slope", "minutes", decimals=5),
        "stairs_min": real("Added by stairs", "minutes", decimals=5, least=0),
        "surface_min": real("Added by the surface", "minutes", decimals=5, least=0),
        "crossing_min": real("Delay at signals, ramps and roads", "minutes", decimals=5, least=0),
        "traffic_min": real("Felt, from motor traffic alongside", "minutes", decimals=5, least=0),
        "darkness_min": real("Felt, from missing light", "minutes", decimals=5, least=0),
        "impedance_min": real("Sum of all terms", "minutes", decimals=5, least=0.00001),
    },
    ("scenario_id", "link_id", "mode", "is_forward"),
)
CROSSINGS = Table(
    "crossings",
    "Every place where a link meets a barrier",
    {
        "scenario_id": SCENARIO,
        "link_id": LINK,
        "barrier_id": text("Barrier"),
        "place": Column("integer", "Number of the meeting along the link"),
        "status": text("Carried over or cut", words=CrossingStatus),
        "reason": text("Key: link_above, link_below, same_level, tagged_crossing, overruled"),
        "link_level": Column("integer", "Level of the link"),
        "barrier_level": Column("integer", "Level of the barrier's piece there"),
        "name": text("Street or path", nullable=True),
    },
    ("scenario_id", "link_id", "barrier_id", "place"),
    "Point",
)
SNAPS = Table(
    "snaps",
    "Where sites, zones, attractions and gateways join the network",
    {
        "kind": text("site, zone, attraction or gateway"),
        "land_use": LAND_USE,
        "item_id": text("Site, zone, attraction or gateway"),
        "node_id": text(
            "Node joined (for a site: the nearer end of its link); empty if off the network", nullable=True
        ),
        "link_id": text("Link the site counts; empty for other kinds", nullable=True),
        "distance_m": real("How far it was moved", "m", decimals=1, nullable=True),
    },
    ("kind", "land_use", "item_id"),
)
SCENARIOS = Table(
    "scenarios",
    "Scenarios: `before` first",
    {
        "scenario_id": text("Scenario"),
        "changes_links": Column("yes_no", "Adds, closes or changes links"),
        "changes_land_use": Column("yes_no", "Stands for the planned land use"),
        "name_da": NAME_DA,
        "name_en": NAME_EN,
        "text_da": text("What it is, in a Danish sentence"),
        "text_en": text("What it is, in an English sentence"),
        "source": SOURCE,
    },
    ("scenario_id",),
)
