"""Where every file lies in a study, and how a stage starts: parameters in, faults out in the user's language."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from movement.publish import language

if TYPE_CHECKING:
    from movement.tables import Fault

RAW = Path("data/raw")
RAW_STUDY = RAW / "study"
RAW_NETWORK = RAW / "network"
RAW_SCENARIOS = RAW / "scenarios"
RAW_COUNTS = RAW / "counts"
RAW_TERRAIN = RAW / "terrain"
RAW_FOLDERS = (RAW_STUDY, RAW_NETWORK, RAW_SCENARIOS, RAW_COUNTS, RAW_TERRAIN)

PROCESSED = Path("data/processed")
CHECKED_COUNTS = PROCESSED / "checked_counts.json"
CHECKED_NETWORK = PROCESSED / "checked_network.json"
COUNTS_READ = PROCESSED / "counts_read.parquet"
REFUSED = PROCESSED / "refused.parquet"
COUNT_FILES = PROCESSED / "count_files.parquet"
INTERVIEWS = PROCESSED / "interviews.parquet"
STAYING = PROCESSED / "staying.parquet"
COUNTS = PROCESSED / "counts.parquet"
FLAGS = PROCESSED / "flags.parquet"
NOTICES = PROCESSED / "notices.parquet"
DEVICES = PROCESSED / "devices.parquet"
CORRECTIONS = PROCESSED / "corrections.parquet"
DECISIONS = PROCESSED / "decisions.parquet"
ANALYSIS_PLAN = PROCESSED / "analysis_plan.parquet"
PLAN_DEVIATIONS = PROCESSED / "plan_deviations.parquet"
COVERAGE = PROCESSED / "coverage.parquet"
PROFILES = PROCESSED / "profiles.parquet"
PEAKS = PROCESSED / "peaks.parquet"
DAILY = PROCESSED / "daily.parquet"
DAILY_VARIANTS = PROCESSED / "daily_variants.parquet"
CLOCK_CHANGES = PROCESSED / "clock_changes.parquet"
VOLUMES = PROCESSED / "volumes.parquet"
VOLUMES_BEFORE = PROCESSED / "volumes_before.parquet"  # apart, so that an after count reruns no model
LINKS = PROCESSED / "links.parquet"
NODES = PROCESSED / "nodes.parquet"
IMPEDANCES = PROCESSED / "impedances.parquet"
CROSSINGS = PROCESSED / "crossings.parquet"
BARRIER_SPACING = PROCESSED / "barrier_spacing.parquet"
CONNECTIVITY = PROCESSED / "connectivity.parquet"
BARRIERS = PROCESSED / "barriers.parquet"
ZONES = PROCESSED / "zones.parquet"
ATTRACTIONS = PROCESSED / "attractions.parquet"
SNAPS = PROCESSED / "snaps.parquet"
SCENARIOS = PROCESSED / "scenarios.parquet"
CALIBRATION = PROCESSED / "calibration.parquet"
GOODNESS = PROCESSED / "goodness.parquet"
FIT_WARNINGS = PROCESSED / "fit_warnings.parquet"
DRAWS = PROCESSED / "draws.parquet"
FIT = PROCESSED / "fit.parquet"
FORECAST = PROCESSED / "forecast.parquet"
TRIPS = PROCESSED / "trips.parquet"
FLOWS = PROCESSED / "flows.parquet"
DRAWN_FLOWS = PROCESSED / "drawn_flows.parquet"
FLOW_KINDS = PROCESSED / "flow_kinds.parquet"
BAND_FLOWS = PROCESSED / "band_flows.parquet"
FLOW_PARTS = PROCESSED / "flow_parts.parquet"
FLOW_TERMS = PROCESSED / "flow_terms.parquet"
CROSSING_TRIPS = PROCESSED / "crossing_trips.parquet"
CROSSING_KINDS = PROCESSED / "crossing_kinds.parquet"
DRAWN_PARTS = PROCESSED / "drawn_parts.parquet"
TRAVEL = PROCESSED / "travel.parquet"
UNMET = PROCESSED / "unmet.parquet"
FLOW_CHANGES = PROCESSED / "flow_changes.parquet"
SCREENLINE_FLOWS = PROCESSED / "screenline_flows.parquet"
SCREENLINE_TERMS = PROCESSED / "screenline_terms.parquet"
CROSSING_FLOWS = PROCESSED / "crossing_flows.parquet"
ACCESS = PROCESSED / "access.parquet"
REACH = PROCESSED / "reach.parquet"
EFFECTS = PROCESSED / "effects.parquet"
SITE_CHANGES = PROCESSED / "site_changes.parquet"
SUBSTITUTION = PROCESSED / "substitution.parquet"
CHECKS = PROCESSED / "checks.parquet"
ROBUSTNESS = PROCESSED / "robustness.parquet"
PHASE_EFFECTS = PROCESSED / "phase_effects.parquet"
ASKED_RESULTS = PROCESSED / "asked_results.parquet"
CUT_SPACING = PROCESSED / "cut_spacing.parquet"
SEVERANCE = PROCESSED / "severance.parquet"
SIDE_REACH = PROCESSED / "side_reach.parquet"
ENCOUNTERS = PROCESSED / "encounters.parquet"
MEETING_PLACES = PROCESSED / "meeting_places.parquet"
SCHOOL_WAYS = PROCESSED / "school_ways.parquet"
SCHOOL_ROUTES = PROCESSED / "school_routes.parquet"
SCHOOL_LINKS = PROCESSED / "school_links.parquet"
ASSUMPTIONS = PROCESSED / "assumptions.parquet"
CATALOG = PROCESSED / "catalog.json"
DRAFT_MAPS = PROCESSED / "published" / "maps"
DRAFT_REPORTS = PROCESSED / "published" / "reports"
DATABASE = PROCESSED / "movement.duckdb"  # rebuilt beside DVC: its bytes differ from build to build

MAPS = Path("maps")

PARAMS_FILE = Path("params.yaml")
_SHARED = (
    "study",
    "language",
    "average_counts",
    "estimate_demand",
    "compare_modelled",
    "compare_severance",
)  # keys stages share
LANGUAGE_ASKED = "MOVEMENT_LANGUAGE"  # environment variable by which `movement run --lang` reaches the stages


def section(name: str, into: type, path: Path = PARAMS_FILE) -> Any:
    """Read one section of params.yaml into the stage's dataclass.

    Parameters
    ----------
    name
        Section, which is the stage's name.
    into
        Frozen dataclass with one field per key; a field named like one of the keys that stages share takes that
        top-level key.

    Raises
    ------
    InputFaults
        If a key is missing or unknown.
    """
    from movement.tables import Fault, InputFaults  # here: `movement run` names files long before it needs tables

    everything: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    values = dict(everything.get(name) or {})
    wanted = {field.name for field in fields(into)}
    values |= {key: everything[key] for key in _SHARED if key in wanted and key in everything}
    faults = [Fault("param_missing", str(path), value=f"{name}.{key}") for key in sorted(wanted - values.keys())]
    faults += [Fault("param_unknown", str(path), value=f"{name}.{key}") for key in sorted(values.keys() - wanted)]
    if faults:
        raise InputFaults(faults)
    return into(**values)


def main(name: str, run: Callable[[Any], None], into: type) -> None:
    """Run a stage as a command; faults of the input are said in the study's language and end it with 1."""
    from movement.tables import InputFaults

    try:
        run(section(name, into))
    except InputFaults as found:
        say_faults(found.faults)
        raise SystemExit(1) from None


def say_faults(faults: Iterable[Fault]) -> None:
    """Say faults in the study's language on standard error."""
    text = language.catalogue(os.environ.get(LANGUAGE_ASKED) or language.study_language(PARAMS_FILE))
    for fault in faults:
        print(language.say_fault(text, fault), file=sys.stderr)
