"""Every table in, catalog.json out; the database is rebuilt beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from movement import store, tables
from pipelines import stage

TABLES: dict[Path, tables.Table] = {
    stage.COUNTS: tables.COUNTS,
    stage.FLAGS: tables.FLAGS,
    stage.NOTICES: tables.NOTICES,
    stage.DEVICES: tables.DEVICES,
    stage.CORRECTIONS: tables.CORRECTIONS,
    stage.DECISIONS: tables.DECISIONS,
    stage.ANALYSIS_PLAN: tables.ANALYSIS_PLAN,
    stage.PLAN_DEVIATIONS: tables.PLAN_DEVIATIONS,
    stage.REFUSED: tables.REFUSED,
    stage.COUNT_FILES: tables.COUNT_FILES,
    stage.INTERVIEWS: tables.INTERVIEWS,
    stage.STAYING: tables.STAYING,
    stage.DAILY: tables.DAILY,
    stage.CLOCK_CHANGES: tables.CLOCK_CHANGES,
    stage.COVERAGE: tables.COVERAGE,
    stage.PROFILES: tables.PROFILES,
    stage.PEAKS: tables.PEAKS,
    stage.VOLUMES: tables.VOLUMES,
    stage.LINKS: tables.LINKS,
    stage.NODES: tables.NODES,
    stage.IMPEDANCES: tables.IMPEDANCES,
    stage.CROSSINGS: tables.CROSSINGS,
    stage.BARRIER_SPACING: tables.BARRIER_SPACING,
    stage.CONNECTIVITY: tables.CONNECTIVITY,
    stage.BARRIERS: tables.BARRIERS,
    stage.ZONES: tables.ZONES,
    stage.ATTRACTIONS: tables.ATTRACTIONS,
    stage.SNAPS: tables.SNAPS,
    stage.SCENARIOS: tables.SCENARIOS,
    stage.CALIBRATION: tables.CALIBRATION,
    stage.GOODNESS: tables.GOODNESS,
    stage.FIT_WARNINGS: tables.FIT_WARNINGS,
    stage.DRAWS: tables.DRAWS,
    stage.FIT: tables.FIT,
    stage.FORECAST: tables.FORECAST,
    stage.TRIPS: tables.TRIPS,
    stage.FLOWS: tables.FLOWS,
    stage.DRAWN_FLOWS: tables.DRAWN_FLOWS,
    stage.FLOW_KINDS: tables.FLOW_KINDS,
    stage.BAND_FLOWS: tables.BAND_FLOWS,
    stage.FLOW_PARTS: tables.FLOW_PARTS,
    stage.FLOW_TERMS: tables.FLOW_TERMS,
    stage.TRAVEL: tables.TRAVEL,
    stage.UNMET: tables.UNMET,
    stage.CROSSING_TRIPS: tables.CROSSING_TRIPS,
    stage.CROSSING_KINDS: tables.CROSSING_KINDS,
    stage.DRAWN_PARTS: tables.DRAWN_PARTS,
    stage.FLOW_CHANGES: tables.FLOW_CHANGES,
    stage.SCREENLINE_FLOWS: tables.SCREENLINE_FLOWS,
    stage.SCREENLINE_TERMS: tables.SCREENLINE_TERMS,
    stage.CROSSING_FLOWS: tables.CROSSING_FLOWS,
    stage.ACCESS: tables.ACCESS,
    stage.REACH: tables.REACH,
    stage.CUT_SPACING: tables.CUT_SPACING,
    stage.SEVERANCE: tables.SEVERANCE,
    stage.SIDE_REACH: tables.SIDE_REACH,
    stage.ENCOUNTERS: tables.ENCOUNTERS,
    stage.MEETING_PLACES: tables.MEETING_PLACES,
    stage.SCHOOL_WAYS: tables.SCHOOL_WAYS,
    stage.SCHOOL_ROUTES: tables.SCHOOL_ROUTES,
    stage.SCHOOL_LINKS: tables.SCHOOL_LINKS,
    stage.EFFECTS: tables.EFFECTS,
    stage.SITE_CHANGES: tables.SITE_CHANGES,
    stage.SUBSTITUTION: tables.SUBSTITUTION,
    stage.CHECKS: tables.CHECKS,
    stage.ROBUSTNESS: tables.ROBUSTNESS,
    stage.PHASE_EFFECTS: tables.PHASE_EFFECTS,
    stage.ASKED_RESULTS: tables.ASKED_RESULTS,
    stage.ASSUMPTIONS: tables.ASSUMPTIONS,
}


@dataclass(frozen=True)
class Params:
    """Nothing to set."""


def run(params: Params) -> None:
    """List the tables and put them into the database."""
    text = store.as_text(store.catalogue(TABLES))
    store.build_database(TABLES, stage.DATABASE, catalogue_text=text)
    fresh = stage.CATALOG.with_name(stage.CATALOG.name + ".new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(stage.CATALOG)


def rebuild_database() -> None:
    """Build the database where it is missing or older than the catalogue."""
    text = stage.CATALOG.read_text(encoding="utf-8")
    if not store.is_current(stage.DATABASE, catalogue_text=text):
        store.build_database(TABLES, stage.DATABASE, catalogue_text=text)


if __name__ == "__main__":
    stage.main("catalogue_tables", run, Params)
