"""The ground floor: every table's columns, units and keys, the words shared by all rooms, and the errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pandera.pandas as pa
import shapely

COORDINATE_DECIMALS = 3  # millimetres: finer digits differ between machines


class Role(StrEnum):
    """What a count site is there for."""

    OLD_CROSSING = "old_crossing"
    NEW_LINK = "new_link"
    TREATED = "treated"
    CONTROL = "control"
    CORDON = "cordon"
    ALONG_BARRIER = "along_barrier"
    OTHER = "other"


class Mode(StrEnum):
    """How people move."""

    WALK = "walk"
    CYCLE = "cycle"
    MOTOR = "motor"


class Phase(StrEnum):
    """When, seen from the intervention, a campaign lies."""

    BEFORE = "before"
    CONSTRUCTION = "construction"
    AFTER = "after"


class DayType(StrEnum):
    """Kinds of day that are averaged apart."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"


class Period(StrEnum):
    """Part of the day a daily total covers."""

    ALL_DAY = "all_day"
    OUTSIDE_SCHOOL = "outside_school"


class Measure(StrEnum):
    """What an average day stands for."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    ANNUAL = "annual"


class LandUse(StrEnum):
    """Which homes, schools and jobs there are."""

    TODAY = "today"
    PLANNED = "planned"


class Purpose(StrEnum):
    """What a trip is made for."""

    SCHOOL = "school"
    WORK = "work"
    SHOPPING = "shopping"
    LEISURE = "leisure"
    STATION = "station"
    NATURE = "nature"


class Structure(StrEnum):
    """What carries a link or a barrier piece."""

    NONE = "none"
    BRIDGE = "bridge"
    TUNNEL = "tunnel"


class Change(StrEnum):
    """What a scenario does to a link."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"


class CrossingStatus(StrEnum):
    """Whether a link gets over the barrier."""

    CARRIED = "carried"
    CUT = "cut"


class Costs(StrEnum):
    """Which impedance a flow followed."""

    FELT = "felt"
    DISTANCE_ONLY = "distance_only"


class CheckStatus(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_POSSIBLE = "not_possible"


class Flag(StrEnum):
    """Why a count is not used; NONE where it is."""

    NONE = ""
    MISSING = "missing"
    STUCK = "stuck"
    DUPLICATED_DAY = "duplicated_day"
    ZERO_RUN = "zero_run"
    DST_AMBIGUOUS = "dst_ambiguous"


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input: what, where, which rule.

    `rule` is a key of the message catalogues (`fault.<rule>`), which say it in the user's language and
    may use `{file}`, `{row}`, `{value}` and every key of `detail`.
    """

    rule: str
    file: str = ""
    row: int | None = None
    value: str = ""
    detail: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        where = f"{self.file}, row {self.row}" if self.row is not None else self.file
        return f"{where}: {self.rule}: {self.value!r} {dict(self.detail) or ''}".rstrip()


class InputFaults(Exception):  # noqa: N818  # faults, as the people who mend them call them
    """All faults of the input at once; nothing was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, its unit and how many decimals it keeps."""

    kind: str  # text, integer, real, yes_no, date (midnight, no zone), utc
    meaning: str
    unit: str = ""
    nullable: bool = False
    decimals: int = 6
    words: type[StrEnum] | None = None
    least: float | None = None


_DTYPES = {
    "text": "str",
    "integer": "Int64",
    "real": "float64",
    "yes_no": "bool",
    "date": "datetime64[us]",
    "utc": "datetime64[us, UTC]",
}


@dataclass(frozen=True)
class Table:
    """A table's contract: columns, key and geometry; read, checked and written in one way."""

    name: str
    meaning: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    geometry: str | None = None  # Point, LineString, Polygon; None for a plain table

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """Pandera schema of the plain columns."""
        return pa.DataFrameSchema(
            {
                name: pa.Column(
                    _DTYPES[column.kind] if column.kind != "text" else object,
                    checks=_checks(column),
                    nullable=column.nullable,
                    coerce=False,
                )
                for name, column in self.columns.items()
            },
            unique=list(self.key) or None,
            strict=True,
        )

    def empty(self) -> pd.DataFrame:
        """No rows, all columns."""
        return self.conform(pd.DataFrame({name: [] for name in self.columns} | self._no_geometry()))

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put columns in order, give them their types and round reals to their decimals; same rows."""
        out = {name: _as_kind(frame[name], column) for name, column in self.columns.items()}
        plain = pd.DataFrame(out, index=frame.index)
        if self.geometry is None:
            return plain
        crs = frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
        shapes = shapely.transform(np.asarray(frame["geometry"]), lambda xy: np.round(xy, COORDINATE_DECIMALS))
        return gpd.GeoDataFrame(plain, geometry=gpd.GeoSeries(shapes, index=frame.index, crs=crs))

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Conform and hold the frame against the contract.

        Raises
        ------
        pandera.errors.SchemaErrors
            With every broken rule at once.
        ValueError
            If the geometry is missing, of another kind, or without a CRS.
        """
        frame = self.conform(frame)
        self.schema.validate(pd.DataFrame(frame[list(self.columns)]), lazy=True)
        if isinstance(frame, gpd.GeoDataFrame) and len(frame):
            kinds = set(frame.geom_type.str.replace("Multi", "")) - {self.geometry}
            if kinds or frame.crs is None:
                raise ValueError(f"{self.name}: geometry must be {self.geometry} with a CRS, found {kinds or 'no CRS'}")
        return frame

    def write(self, frame: pd.DataFrame, path: Path) -> None:
        """Check, sort by key and write as Parquet (GeoParquet with geometry): temporary file, then rename."""
        frame = self.check(frame)
        if self.key:
            frame = frame.sort_values(list(self.key), kind="stable")
        frame = frame.reset_index(drop=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        frame.to_parquet(fresh, index=False, compression="zstd")
        fresh.replace(path)

    def read(self, path: Path) -> pd.DataFrame:
        """Read what `write` wrote."""
        frame = gpd.read_parquet(path) if self.geometry else pd.read_parquet(path)
        return self.conform(frame)

    def _no_geometry(self) -> dict[str, list[Any]]:
        return {"geometry": []} if self.geometry else {}


def _checks(column: Column) -> list[pa.Check]:
    checks = []
    if column.words is not None:
        checks.append(pa.Check.isin([str(word) for word in column.words]))
    if column.least is not None:
        checks.append(pa.Check.ge(column.least))
    return checks


def _as_kind(values: pd.Series, column: Column) -> pd.Series:
    if column.kind == "text":
        text = values.astype(object)
        return text.where(text.isna(), text.map(str)).where(text.notna(), None)
    if column.kind == "real":
        return pd.to_numeric(values).astype("float64").round(column.decimals) + 0.0  # + 0.0: no negative zero
    if column.kind == "utc":
        return pd.to_datetime(values, utc=True).astype(_DTYPES["utc"])
    return values.astype(_DTYPES[column.kind])


def text(meaning: str, *, nullable: bool = False, words: type[StrEnum] | None = None) -> Column:
    """Describe a column of words."""
    return Column("text", meaning, nullable=nullable, words=words)


def real(meaning: str, unit: str, *, decimals: int = 6, nullable: bool = False, least: float | None = None) -> Column:
    """Describe a column of numbers with a unit."""
    return Column("real", meaning, unit, nullable=nullable, decimals=decimals, least=least)


_STATION = text("Count site (tællested)")
_MODE = text("How people move", words=Mode)
_SCENARIO = text("Link scenario; `before` is today's network")
_LAND_USE = text("Homes, schools and jobs of today or as planned", words=LandUse)
_ZONE = text("Zone")
_LINK = text("Link; parts of a split link end in /1, /2 ...")
_SIDE = text("Side of the barrier, a word of the study's areas; empty where none", nullable=True)
_NAME_DA = text("Name in Danish")
_NAME_EN = text("Name in English")
_SOURCE = text("Where it is known from; starts with ASSUME where it is assumed", nullable=True)

# ---- the study, as read from data/raw/study ----

BARRIERS = Table(
    "barriers",
    "Pieces of the lines that cut the network",
    {
        "barrier_id": text("Barrier; several pieces share one id"),
        "piece": Column("integer", "Piece within the barrier"),
        "kind": text("motorway, trunk_road, rail, water, fence or bank"),
        "level": Column("integer", "0 on the ground, 1 on a bridge, -1 in a tunnel"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "source": _SOURCE,
    },
    ("barrier_id", "piece"),
    "LineString",
)
SCREENLINES = Table(
    "screenlines",
    "Cuts across which movement is summed",
    {
        "screenline_id": text("Screenline"),
        "kind": text("snit (along a barrier) or kordon (closed round an area)"),
        "is_primary": Column("yes_no", "The plan's primary screenline"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "source": _SOURCE,
    },
    ("screenline_id",),
    "LineString",
)
AREAS = Table(
    "areas",
    "Areas with the side of the barrier they lie on",
    {
        "area_id": text("Area"),
        "side": text("Side of the barrier"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "source": _SOURCE,
    },
    ("area_id",),
    "Polygon",
)
ZONES = Table(
    "zones",
    "Where people live, today and as planned",
    {
        "land_use": _LAND_USE,
        "zone_id": _ZONE,
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "side": _SIDE,
        "residents": real("Residents", "people", decimals=1, least=0),
        "source": _SOURCE,
    },
    ("land_use", "zone_id"),
    "Point",
)
ATTRACTIONS = Table(
    "attractions",
    "What people travel to, today and as planned",
    {
        "land_use": _LAND_USE,
        "attraction_id": text("Attraction"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "purpose": text("What trips there are for", words=Purpose),
        "side": _SIDE,
        "weight": real("Pull, relative to others of the same purpose", "places, jobs, visits", decimals=1, least=0),
        "source": _SOURCE,
    },
    ("land_use", "attraction_id"),
    "Point",
)
GATEWAYS = Table(
    "gateways",
    "Where through traffic enters and leaves the network",
    {"gateway_id": text("Gateway"), "name_da": _NAME_DA, "name_en": _NAME_EN, "source": _SOURCE},
    ("gateway_id",),
    "Point",
)
THROUGH_TRIPS = Table(
    "through_trips",
    "Trips from gateway to gateway, both ways together",
    {
        "from_gateway_id": text("One end"),
        "to_gateway_id": text("Other end"),
        "mode": _MODE,
        "trips_per_day": real("Trips, both ways together", "trips/day", decimals=1, least=0),
        "source": _SOURCE,
    },
    ("from_gateway_id", "to_gateway_id", "mode"),
)
SITES = Table(
    "sites",
    "Count sites",
    {
        "station_id": _STATION,
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "role": text("What the site is there for", words=Role),
        "site_type": text("everyday, nature or cycle: controls are matched by it", nullable=True),
        "modes": text("Modes counted, separated by commas"),
        "screenline_ids": text("Screenlines the site counts for, separated by commas", nullable=True),
        "is_permanent": Column("yes_no", "Counts all the time"),
        "valid_from": Column("date", "First day in use", nullable=True),
        "valid_to": Column("date", "Last day in use", nullable=True),
        "source": _SOURCE,
    },
    ("station_id",),
    "Point",
)
CAMPAIGNS = Table(
    "campaigns",
    "Count campaigns",
    {
        "campaign_id": text("Campaign"),
        "phase": text("Before, during or after", words=Phase),
        "start_date": Column("date", "First day, local"),
        "end_date": Column("date", "Last day, local"),
        "residents_present": real("Residents present in the area inside the cordon", "people", nullable=True),
        "homes_occupied": real("Homes occupied", "homes", nullable=True),
        "attractions_closed": text("Attractions closed at the time, separated by commas", nullable=True),
        "source": _SOURCE,
    },
    ("campaign_id",),
)
INTERVENTIONS = Table(
    "interventions",
    "What was opened, closed or changed",
    {
        "intervention_id": text("Intervention"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "scenario_id": text("Scenario that models it", nullable=True),
        "start_date": Column("date", "First day"),
        "end_date": Column("date", "Last day; empty when it stays", nullable=True),
        "is_temporary": Column("yes_no", "A trial"),
        "station_ids": text("Count sites it can touch, separated by commas", nullable=True),
        "source": _SOURCE,
    },
    ("intervention_id",),
)
EVENTS = Table(
    "events",
    "What else happened",
    {
        "event_id": text("Event"),
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "kind": text("roadworks, opening, land_use, population, holiday or other"),
        "start_date": Column("date", "First day"),
        "end_date": Column("date", "Last day; empty when it lasts", nullable=True),
        "station_ids": text("Count sites it can touch, separated by commas; empty for all", nullable=True),
        "source": _SOURCE,
    },
    ("event_id",),
)
CONTEXT = Table(
    "context",
    "Background for the maps: water, housing, green, rail, places",
    {"kind": text("water, housing, business, green, rail, road or place"), "name_da": _NAME_DA, "name_en": _NAME_EN},
    (),
    None,
)

# ---- observed ----

COUNTS = Table(
    "counts",
    "Every interval with its reported and its cleaned value",
    {
        "station_id": _STATION,
        "mode": _MODE,
        "direction": text("in, out, or both where only the total is known"),
        "t_start_utc": Column("utc", "Start of the interval"),
        "interval_min": Column("integer", "Length of the interval", "minutes", least=1),
        "count_reported": Column("integer", "As the file says; empty where the file is blank", "people", nullable=True),
        "count": Column("integer", "Used from here on; empty where flagged", "people", nullable=True, least=0),
        "flag": text("Why it is not used; empty where it is", words=Flag),
        "source_file": text("File it was read from"),
        "source_row": Column("integer", "Row there, the first line is 1"),
    },
    ("station_id", "mode", "direction", "t_start_utc"),
)
REFUSED = Table(
    "refused",
    "Rows not read, with the reason",
    {
        "source_file": text("File"),
        "source_row": Column("integer", "Row there, the first line is 1"),
        "value": text("The value at fault", nullable=True),
        "rule": text("Message key of the rule it broke"),
        "detail": text("More on the fault, as JSON", nullable=True),
    },
    (),
)
COUNT_FILES = Table(
    "count_files",
    "Count files, as understood",
    {
        "source_file": text("File, relative to the study"),
        "sha256": text("Content"),
        "layout": text("Layout recognised"),
        "station_ids": text("Count sites in it, separated by commas"),
        "modes": text("Modes in it, separated by commas"),
        "first_utc": Column("utc", "Start of the first interval", nullable=True),
        "last_utc": Column("utc", "Start of the last interval", nullable=True),
        "rows_read": Column("integer", "Data rows in the file"),
        "rows_kept": Column("integer", "Of these, kept"),
        "rows_refused": Column("integer", "Of these, refused"),
        "skipped": Column("yes_no", "Left out because counts.yaml says so"),
        "is_synthetic": Column("yes_no", "Made by simulation"),
        "note": text("What else was noted", nullable=True),
    },
    ("source_file",),
)
DAILY = Table(
    "daily",
    "Daily totals per site and mode, both directions together",
    {
        "station_id": _STATION,
        "mode": _MODE,
        "period": text("Part of the day", words=Period),
        "date": Column("date", "Local day"),
        "day_type": text("Weekday or weekend (public holidays count as weekend)", words=DayType),
        "campaign_id": text("Campaign the day lies in", nullable=True),
        "count": real("People counted in valid intervals", "people", decimals=0, least=0),
        "valid_share": real("Share of the intervals expected that are valid", "share", decimals=4, least=0),
        "is_valid": Column("yes_no", "Valid share is high enough to use the day"),
    },
    ("station_id", "mode", "period", "date"),
)
VOLUMES = Table(
    "volumes",
    "Average days per site, mode and campaign",
    {
        "station_id": _STATION,
        "mode": _MODE,
        "campaign_id": text("Campaign"),
        "phase": text("Before, during or after", words=Phase),
        "measure": text("What the average stands for", words=Measure),
        "valid_days": Column("integer", "Days it rests on", "days"),
        "volume_per_day": real("People per day", "people/day", decimals=1, least=0),
        "volume_se": real("Standard error", "people/day", decimals=2, nullable=True, least=0),
        "volume_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "volume_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "method": text("Key of the method: counted_mean, reference_factors, published_factors"),
    },
    ("station_id", "mode", "campaign_id", "measure"),
)

# ---- network ----

LINKS = Table(
    "links",
    "Links of every link scenario",
    {
        "scenario_id": _SCENARIO,
        "link_id": _LINK,
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
        "source": _SOURCE,
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
        "scenario_id": _SCENARIO,
        "link_id": _LINK,
        "mode": _MODE,
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
        "scenario_id": _SCENARIO,
        "link_id": _LINK,
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
        "land_use": _LAND_USE,
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
        "name_da": _NAME_DA,
        "name_en": _NAME_EN,
        "text_da": text("What it is, in a Danish sentence"),
        "text_en": text("What it is, in an English sentence"),
        "source": _SOURCE,
    },
    ("scenario_id",),
)

# ---- modelled ----

CALIBRATION = Table(
    "calibration",
    "Parameters fitted to counts before",
    {
        "mode": _MODE,
        "replicate": text("`all`, or the site left out"),
        "decay_per_min": real("Decay of trips with felt time", "1/minute"),
        "scale": real("Factor on all local trips", "ratio"),
        "is_fitted": Column("yes_no", "False where too few counts: the default is used"),
        "sites": Column("integer", "Sites it rests on"),
    },
    ("mode", "replicate"),
)
FIT = Table(
    "fit",
    "Modelled against counted, before, site by site",
    {
        "station_id": _STATION,
        "mode": _MODE,
        "counted_per_day": real("Counted, mean day of the campaign", "people/day", decimals=1),
        "modelled_per_day": real("Modelled", "people/day", decimals=1),
        "left_out_per_day": real("Modelled with the site left out of the fit", "people/day", decimals=1, nullable=True),
        "geh": real("GEH statistic on the daily figures", "", decimals=2),
    },
    ("station_id", "mode"),
)
TRIPS = Table(
    "trips",
    "Modelled trips, both ways together, on the fitted parameters",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "mode": _MODE,
        "purpose": text("What for; `through` from gateway to gateway"),
        "origin_id": text("Zone or gateway"),
        "destination_id": text(
            "Attraction or gateway; no letters where nothing is in reach: trips that cannot be made"
        ),
        "trips_per_day": real("Trips, both ways together", "trips/day", decimals=4, least=0),
        "impedance_min": real(
            "Felt time one way; empty where the trips cannot be made", "minutes", decimals=3, nullable=True
        ),
        "length_m": real(
            "Length of the way taken; empty where the trips cannot be made", "m", decimals=1, nullable=True
        ),
    },
    ("scenario_id", "land_use", "mode", "purpose", "origin_id", "destination_id"),
)
FLOWS = Table(
    "flows",
    "Modelled people per day on each link, both directions together",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "costs": text("Felt time, or distance only", words=Costs),
        "mode": _MODE,
        "link_id": _LINK,
        "flow_per_day": real("People per day", "people/day", decimals=3, least=0),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=3, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=3, nullable=True),
    },
    ("scenario_id", "land_use", "costs", "mode", "link_id"),
)
REPLICATE_FLOWS = Table(
    "replicate_flows",
    "What a replicate's flow is made of, on felt time: through trips, and local trips at scale 1 for each decay fitted",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "mode": _MODE,
        "link_id": _LINK,
        "decay_per_min": real("Decay of local trips; -1 for through trips", "1/minute"),
        "unit_flow_per_day": real(
            "People per day; times the scale, but for through trips", "people/day", decimals=5, least=0
        ),
    },
    ("scenario_id", "land_use", "mode", "link_id", "decay_per_min"),
)
FLOW_CHANGES = Table(
    "flow_changes",
    "Modelled change per link between a reference and a scenario, on felt time",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "reference": text("before or zero_alternative"),
        "mode": text("walk, cycle or all"),
        "link_id": text("Link of the union of both networks"),
        "name": text("Street or path", nullable=True),
        "badge": text("Letter of an added or changed link", nullable=True),
        "change": text("What the scenario does to the link", words=Change),
        "flow_before": real("Reference", "people/day", decimals=1),
        "flow_after": real("Scenario", "people/day", decimals=1),
        "flow_change": real("Difference", "people/day", decimals=1),
        "change_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "reference", "mode", "link_id"),
    "LineString",
)
SCREENLINE_FLOWS = Table(
    "screenline_flows",
    "Modelled people per day over each screenline, and what of the change is distance and what is quality",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "screenline_id": text("Screenline"),
        "mode": text("walk, cycle or all"),
        "flow_per_day": real("Over the screenline", "people/day", decimals=1),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_before": real("Change against before", "people/day", decimals=1),
        "change_before_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_before_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_zero": real(
            "Change against the zero alternative; empty on today's land use", "people/day", decimals=1, nullable=True
        ),
        "change_zero_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_zero_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_distance": real("Part of the links' change that distance alone gives", "people/day", decimals=1),
        "change_quality": real("The rest: slope, stairs, surface, crossings, traffic, light", "people/day", decimals=1),
    },
    ("scenario_id", "land_use", "screenline_id", "mode"),
)
CROSSING_FLOWS = Table(
    "crossing_flows",
    "Modelled people per day on each link over each screenline",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "screenline_id": text("Screenline"),
        "mode": _MODE,
        "link_id": _LINK,
        "name": text("Street or path", nullable=True),
        "badge": text("Letter of an added or changed link", nullable=True),
        "flow_per_day": real("On the link", "people/day", decimals=1),
        "flow_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "flow_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
    },
    ("scenario_id", "land_use", "screenline_id", "mode", "link_id"),
)
ACCESS = Table(
    "access",
    "What residents of a zone reach",
    {
        "scenario_id": _SCENARIO,
        "land_use": _LAND_USE,
        "zone_id": _ZONE,
        "mode": _MODE,
        "residents": real("Residents of the zone", "people", decimals=1),
        "people_within_15_min": real("Residents within 15 minutes of felt time", "people", decimals=0),
        "attractions_within_15_min": Column("integer", "Attractions within 15 minutes of felt time"),
        "detour_ratio_across": real(
            "Way / straight line to attractions on other sides, mean", "ratio", decimals=3, nullable=True
        ),
        "detour_ratio_along": real(
            "Way / straight line to attractions on the own side, mean", "ratio", decimals=3, nullable=True
        ),
        "cut_off_attractions": Column("integer", "Attractions with no way there"),
    },
    ("scenario_id", "land_use", "zone_id", "mode"),
)

# ---- compared, observed ----

EFFECTS = Table(
    "effects",
    "Observed change between two phases, one row per outcome and estimator",
    {
        "outcome": text("screenline_total, treated_sites, kordon"),
        "is_primary": Column("yes_no", "The plan's one primary outcome"),
        "screenline_id": text("Screenline, where the outcome is a total over one", nullable=True),
        "mode": text("walk, cycle or all"),
        "period": text("Part of the day", words=Period),
        "per": text("day, or 1000_residents"),
        "estimator": text("control_spread (t, n0-1), ols (t, S-2) or naive"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "index": real("After, before = 100", "index", decimals=1, nullable=True),
        "effect_pct": real("Effect", "%", decimals=2, nullable=True),
        "effect_low": real("Low end of the 95 % interval", "%", decimals=2, nullable=True),
        "effect_high": real("High end of the 95 % interval", "%", decimals=2, nullable=True),
        "degrees_of_freedom": Column("integer", "Of the t distribution", nullable=True),
        "treated": Column("integer", "Treated sites, or sites of the screenline"),
        "controls": Column("integer", "Control sites"),
        "dates": Column("integer", "Matched valid dates in each phase", nullable=True),
        "conclusion": text("rise_shown, fall_shown, not_shown or cannot_be_judged"),
        "reason": text("Key of why it cannot be judged", nullable=True),
    },
    ("outcome", "screenline_id", "mode", "period", "per", "estimator"),
)
SITE_CHANGES = Table(
    "site_changes",
    "Observed change at each site over matched valid dates",
    {
        "station_id": _STATION,
        "mode": text("walk, cycle or all"),
        "role": text("What the site is there for", words=Role),
        "day_type": text("weekday, weekend or all"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "before_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "before_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "after_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "after_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "index": real("After, before = 100", "index", decimals=1, nullable=True),
        "days_before": Column("integer", "Valid days"),
        "days_after": Column("integer", "Valid days"),
    },
    ("station_id", "mode", "day_type"),
)
SUBSTITUTION = Table(
    "substitution",
    "Who moved over to the new link: old crossings, new link, screenline, kordon",
    {
        "part": text("old_crossings, new_link, screenline, kordon, rerouted_share"),
        "mode": text("walk, cycle or all"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "expected_per_day": real("Before, moved as the controls moved", "people/day", decimals=1, nullable=True),
        "change_per_day": real("After less expected", "people/day", decimals=1, nullable=True),
        "change_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "share_pct": real(
            "Rerouted share: of those on the new link, the part missing at the old crossings",
            "%",
            decimals=1,
            nullable=True,
        ),
        "share_low": real("Low end of the 95 % interval", "%", decimals=1, nullable=True),
        "share_high": real("High end of the 95 % interval", "%", decimals=1, nullable=True),
    },
    ("part", "mode"),
)
CHECKS = Table(
    "checks",
    "Checks that can fail",
    {
        "check_id": text("Check, a message key"),
        "status": text("How it ended", words=CheckStatus),
        "value": real("What was found", "as the check says", decimals=4, nullable=True),
        "limit": real("Where it would fail", "as the check says", decimals=4, nullable=True),
        "detail": text("Sites, dates or events concerned", nullable=True),
    },
    ("check_id",),
)
ASSUMPTIONS = Table(
    "assumptions",
    "Everything assumed, with where it stands",
    {
        "place": text("File"),
        "item": text("Parameter, feature or function"),
        "value": text("Value", nullable=True),
        "assumption": text("In the words of the place it stands in"),
    },
    ("place", "item", "assumption"),
)

ALL = tuple(table for table in list(globals().values()) if isinstance(table, Table))


@dataclass(frozen=True)
class Study:
    """The study area as read from data/raw/study, in the study's metric CRS."""

    crs: str
    barriers: gpd.GeoDataFrame
    screenlines: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame  # land use of today only; scenarios make the planned one
    attractions: gpd.GeoDataFrame
    gateways: gpd.GeoDataFrame
    through_trips: pd.DataFrame
    sites: gpd.GeoDataFrame
    campaigns: pd.DataFrame
    interventions: pd.DataFrame
    events: pd.DataFrame
    context: gpd.GeoDataFrame  # columns of CONTEXT and any geometry
