"""Links, nodes, felt times, crossings of barriers, places on the network, scenarios."""

from __future__ import annotations

from movement.tables.columns import LAND_USE, LINK, NAME_DA, NAME_EN, SCENARIO, SOURCE
from movement.tables.contract import Column, Table, real, text, whole
from movement.tables.words import Change, Crossing, CrossingReason, CrossingStatus, Gap, Structure, Traveller

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
        "level": whole("0 on the ground, 1 on a bridge, -1 in a tunnel", ""),
        "structure": text("What carries it", words=Structure),
        "is_lit": Column("yes_no", "Lit after dark"),
        "surface": text("paved, gravel, ground or unknown"),
        "has_steps": Column("yes_no", "Stairs"),
        "crossing": text("Kind of crossing; empty where none", nullable=True, words=Crossing),
        "waits": real("Times one waits there; half where the wait is shared with the next link", "waits", least=0),
        "width_m": real("Width", "m", decimals=1, nullable=True),
        "motor_per_day": real("Motor traffic alongside", "vehicles/day", decimals=0, least=0),
        "speed_kmh": real("Speed of motor traffic alongside", "km/h", decimals=0, nullable=True, least=0),
        "heavy_pct": real("Lorries and buses among it", "%", decimals=1, nullable=True, least=0),
        "green_share": real("Share of its length beside green or water", "1", decimals=3, least=0),
        "length_mm": whole("Length; the parts of a split link add up to the whole", "mm", least=1),
        "rise_m": real("Height gained from start to end; empty where not known", "m", decimals=2, nullable=True),
        "climb_m": real("Sum of all climbs from start to end; empty where not known", "m", decimals=2, nullable=True),
        "change": text("What the scenario does to it", words=Change),
        "badge": text("Letter on maps and in tables of an added or changed link", nullable=True),
        "tags": text("What the source says of it, as JSON", nullable=True),
        "source": SOURCE,
    },
    ("scenario_id", "link_id"),
    "LineString",
)
NODES = Table(
    "nodes",
    "Ends of links",
    {
        "node_id": text("Node; made of its coordinates, so it stays when the rest changes"),
        "tags": text("What the source says of it, as JSON", nullable=True),
    },
    ("node_id",),
    "Point",
)
IMPEDANCES = Table(
    "impedances",
    "Felt time per link and direction, term by term",
    {
        "scenario_id": SCENARIO,
        "link_id": LINK,
        "mode": text("Walking, cycling, or walking with limits", words=Traveller),
        "is_forward": Column("yes_no", "From start to end"),
        "distance_ms": whole("Length at the traveller's speed", "ms", least=0),
        "slope_ms": whole("Added by slope; less than nothing on a gentle way down", "ms"),
        "stairs_ms": whole("Added by stairs", "ms", least=0),
        "surface_ms": whole("Added by the surface", "ms", least=0),
        "crossing_ms": whole("Delay at signals, ramps and roads", "ms", least=0),
        "traffic_ms": whole("Felt, from motor traffic alongside", "ms", least=0),
        "darkness_ms": whole("Felt, from missing light", "ms", least=0),
        "nature_ms": whole("Felt, taken off beside green or water", "ms"),
        "impedance_ms": whole("Sum of all terms", "ms", least=1),
    },
    ("scenario_id", "link_id", "mode", "is_forward"),
)
CROSSINGS = Table(
    "crossings",
    "Every place where a link meets a barrier",
    {
        "scenario_id": SCENARIO,
        "link_id": text("Link as it was before barriers cut it"),
        "barrier_id": text("Barrier"),
        "place": whole("Number of the meeting along the link", ""),
        "status": text("Carried over or cut", words=CrossingStatus),
        "reason": text("Why", words=CrossingReason),
        "link_level": whole("Level of the link", ""),
        "barrier_level": whole("Level of the barrier's piece there", ""),
        "name": text("Street or path", nullable=True),
        "note": text("Who overruled it, and why", nullable=True),
    },
    ("scenario_id", "link_id", "barrier_id", "place"),
    "Point",
)
BARRIER_SPACING = Table(
    "barrier_spacing",
    "How far apart the crossings of a barrier lie",
    {
        "scenario_id": SCENARIO,
        "barrier_id": text("Barrier"),
        "length_m": real("Length of the barrier, each carriageway for itself", "m", decimals=0, least=0),
        "crossings": whole("Places where it can be crossed", "", least=0),
        "spacing_m": real(
            "Stretch without a crossing, mean over all places along the barrier", "m", decimals=0, least=0
        ),
        "longest_gap_m": real("Longest stretch of the barrier without a crossing", "m", decimals=0, least=0),
    },
    ("scenario_id", "barrier_id"),
)
CONNECTIVITY = Table(
    "connectivity",
    "Where today's network does not hold together",
    {
        "kind": text("What is wrong", words=Gap),
        "item_id": text("Link or node"),
        "other_id": text("The link nearby, or the link it doubles", nullable=True),
        "distance_m": real("How far apart", "m", decimals=2, nullable=True),
        "links": whole("Links of the island", "", nullable=True),
        "residents": real("Residents who join the island", "people", decimals=1, nullable=True),
    },
    ("kind", "item_id"),
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
        "start_date": Column("date", "First day it is in force", nullable=True),
        "end_date": Column("date", "Last day; empty when it stays", nullable=True),
        "source": SOURCE,
    },
    ("scenario_id",),
)
