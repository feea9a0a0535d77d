"""Every table in; report, tables and front page out, as a draft that the last stage publishes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from movement import study, tables
from movement.counts.coverage import site_days
from movement.publish import read_me, report, site_register, spreadsheets, summed_severance, summed_tables
from movement.publish.language import LANGUAGES, catalogue
from movement.sources.counters import public_life
from movement.tables import Table
from pipelines import report_sums, severance_sums, stage

WORKBOOK = "report_tables.xlsx"
PUBLIC_LIFE = "public_life.xlsx"  # daily totals in the Public Life Data Protocol, for others' tools
_SHOWN: dict[Path, Table] = {  # read whole, shown, and written for spreadsheets
    stage.EFFECTS: tables.EFFECTS,
    stage.SITE_CHANGES: tables.SITE_CHANGES,
    stage.SUBSTITUTION: tables.SUBSTITUTION,
    stage.CHECKS: tables.CHECKS,
    stage.ANALYSIS_PLAN: tables.ANALYSIS_PLAN,
    stage.PLAN_DEVIATIONS: tables.PLAN_DEVIATIONS,
    stage.ROBUSTNESS: tables.ROBUSTNESS,
    stage.PHASE_EFFECTS: tables.PHASE_EFFECTS,
    stage.ASKED_RESULTS: tables.ASKED_RESULTS,
    stage.CLOCK_CHANGES: tables.CLOCK_CHANGES,
    stage.VOLUMES: tables.VOLUMES,
    stage.COVERAGE: tables.COVERAGE,
    stage.PROFILES: tables.PROFILES,
    stage.PEAKS: tables.PEAKS,
    stage.SCENARIOS: tables.SCENARIOS,
    stage.SCREENLINE_FLOWS: tables.SCREENLINE_FLOWS,
    stage.CROSSING_FLOWS: tables.CROSSING_FLOWS,
    stage.SCREENLINE_TERMS: tables.SCREENLINE_TERMS,
    stage.TRAVEL: tables.TRAVEL,
    stage.ACCESS: tables.ACCESS,
    stage.REACH: tables.REACH,
    stage.CROSSINGS: tables.CROSSINGS,
    stage.BARRIER_SPACING: tables.BARRIER_SPACING,
    stage.CONNECTIVITY: tables.CONNECTIVITY,
    stage.CUT_SPACING: tables.CUT_SPACING,
    stage.FIT: tables.FIT,
    stage.CALIBRATION: tables.CALIBRATION,
    stage.GOODNESS: tables.GOODNESS,
    stage.FIT_WARNINGS: tables.FIT_WARNINGS,
    stage.FORECAST: tables.FORECAST,
    stage.COUNT_FILES: tables.COUNT_FILES,
    stage.REFUSED: tables.REFUSED,
    stage.FLAGS: tables.FLAGS,
    stage.NOTICES: tables.NOTICES,
    stage.DECISIONS: tables.DECISIONS,
    stage.CORRECTIONS: tables.CORRECTIONS,
    stage.DEVICES: tables.DEVICES,
    stage.ASSUMPTIONS: tables.ASSUMPTIONS,
}
WRITTEN: tuple[Table, ...] = (*_SHOWN.values(), *summed_tables.SUMMED, *summed_severance.SUMMED)
_NAMES: dict[Path, Table] = {  # read for names
    stage.ZONES: tables.ZONES,
    stage.BARRIERS: tables.BARRIERS,
    stage.ATTRACTIONS: tables.ATTRACTIONS,
}
_BEHIND = (  # listed with their fingerprints only
    stage.INTERVIEWS,  # a row per person asked
    stage.STAYING,
    stage.COUNTS,
    stage.DAILY,
    stage.LINKS,
    stage.NODES,
    stage.IMPEDANCES,
    stage.SNAPS,
    stage.DRAWS,
    stage.TRIPS,
    stage.FLOWS,
    stage.DRAWN_FLOWS,
    stage.FLOW_KINDS,
    stage.BAND_FLOWS,
    stage.FLOW_PARTS,
    stage.FLOW_TERMS,
    stage.CROSSING_TRIPS,
    stage.CROSSING_KINDS,
    stage.DRAWN_PARTS,
    stage.UNMET,
    stage.FLOW_CHANGES,
    stage.SEVERANCE,
    stage.SIDE_REACH,
    stage.ENCOUNTERS,
    stage.MEETING_PLACES,
    stage.SCHOOL_WAYS,
    stage.SCHOOL_ROUTES,
    stage.SCHOOL_LINKS,
)
_LIMITS = {  # of params.yaml, said in the report
    "compare_modelled": ("reach_min",),
    "compare_severance": ("free_crossing_m", "slight_min", "moderate_min", "severe_min", "main_road_per_day"),
}
_OF_STUDY = ("interventions", "events", "campaigns", "sites", "screenlines")
_MEANS = (
    "people_within_15_min",
    "attractions_within_15_min",
    "detour_ratio_across",
    "detour_ratio_along",
    "cut_off_attractions",
)


@dataclass(frozen=True)
class Params:
    """Names of the study, the language that comes first, and the sections whose limits the report says."""

    study: dict[str, str]
    language: str
    compare_modelled: dict[str, Any]
    compare_severance: dict[str, Any]

    @property
    def limits(self) -> dict[str, float]:
        """Limits that the report says."""
        return {name: float(getattr(self, section)[name]) for section, names in _LIMITS.items() for name in names}


def run(params: Params) -> None:
    """Read, write pages and tables beside the draft, swap."""
    found = read_tables(params)
    facts = _facts(found, params)
    fresh = stage.DRAFT_REPORTS.with_name(stage.DRAFT_REPORTS.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for language in LANGUAGES:
        _write(fresh / language / "report.html", report.report_page(found, language=language, facts=facts).encode())
        _write(
            fresh / language / "sites.html", site_register.register_page(found, language=language, facts=facts).encode()
        )
    note = _note(params.language) if facts.is_synthetic else None
    csv_names = _write_tables(found, fresh / "tables", params.language, note)
    daily, places = tables.DAILY.read(stage.DAILY), found["sites"].to_crs("EPSG:4326")
    shared = public_life.tables_of(daily, places, study_id=params.study["name_en"])
    _write(fresh / "tables" / PUBLIC_LIFE, spreadsheets.plain_workbook_bytes(shared, note=note))
    files = {WORKBOOK: "readme.workbook", PUBLIC_LIFE: "index.public_life"}
    files |= {name: f"table.{name.removesuffix('.csv')}" for name in csv_names}
    _write(fresh / "tables" / read_me.NAME, read_me.read_me(files, is_synthetic=facts.is_synthetic))
    index = report.index_page(found, language=params.language, facts=facts, csv_names=csv_names)
    _write(fresh / "index.html", index.encode())
    _swap(fresh, stage.DRAFT_REPORTS)


def read_tables(params: Params) -> dict[str, pd.DataFrame]:
    """Read what the pages show, by name of table."""
    around = study.read_study(stage.RAW_STUDY, crs=params.study["crs"])
    found = {table.name: table.read(path) for path, table in (_SHOWN | _NAMES).items()}
    found |= {name: getattr(around, name) for name in _OF_STUDY}
    found["access_means"] = access_means(found["access"])
    found |= summed(found)
    found["site_days"] = site_days(found["coverage"])
    found["flag_numbers"] = flag_numbers(pd.read_parquet(stage.COUNTS, columns=["station_id", "mode", "flag"]))
    found["catalogue"] = _catalogue([*_SHOWN, *_NAMES, *_BEHIND])
    return found


def summed(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Sum up what is too long to be shown whole, by name of table; the contracts stand in `summed_tables`."""
    drawn = tables.DRAWN_FLOWS.read(stage.DRAWN_FLOWS)
    crossing, kinds = found["crossing_flows"], tables.CROSSING_KINDS.read(stage.CROSSING_KINDS)
    parts, drawn_parts = tables.FLOW_PARTS.read(stage.FLOW_PARTS), tables.DRAWN_PARTS.read(stage.DRAWN_PARTS)
    changes = pd.DataFrame(tables.FLOW_CHANGES.read(stage.FLOW_CHANGES).drop(columns="geometry"))
    made = (
        report_sums.forecast_hits(found["forecast"]),
        report_sums.unmet_groups(tables.UNMET.read(stage.UNMET)),
        report_sums.reach_means(found["reach"]),
        report_sums.crossing_totals(crossing, drawn),
        report_sums.crossing_purposes(kinds),
        report_sums.crossing_groups(kinds),
        report_sums.crossing_bands(kinds),
        report_sums.crossing_parts(parts, drawn_parts, changes, crossing),
    )
    return {table.name: frame for table, frame in zip(summed_tables.SUMMED, made, strict=True)} | severed()


def severed() -> dict[str, pd.DataFrame]:
    """Return what is shown of severance, meeting places and school routes, by name of table."""
    severance = tables.SEVERANCE.read(stage.SEVERANCE)
    made = (
        severance_sums.severance_sides(severance),
        severance_sums.side_shares(tables.SIDE_REACH.read(stage.SIDE_REACH), severance),
        severance_sums.shared_links(tables.ENCOUNTERS.read(stage.ENCOUNTERS), tables.LINKS.read(stage.LINKS)),
        severance_sums.meeting_candidates(tables.MEETING_PLACES.read(stage.MEETING_PLACES)),
        severance_sums.school_pupils(tables.SCHOOL_ROUTES.read(stage.SCHOOL_ROUTES)),
    )
    return {table.name: frame for table, frame in zip(summed_severance.SUMMED, made, strict=True)}


def access_means(access: pd.DataFrame) -> pd.DataFrame:
    """Average ACCESS per run and mode with residents as weights; zones without a value are left out."""
    keys = ["scenario_id", "land_use", "mode"]
    means = access.groupby(keys, as_index=False)["residents"].sum()
    for column in _MEANS:
        values = access[column].astype(float)
        weights = access["residents"].where(values.notna(), 0.0)
        sums = (
            access.assign(total=(values * weights).fillna(0.0), weight=weights).groupby(keys)[["total", "weight"]].sum()
        )
        mean = (sums["total"] / sums["weight"].where(sums["weight"] > 0)).rename(column).reset_index()
        means = means.merge(mean, on=keys, how="left", validate="one_to_one")
    return means


def flag_numbers(counts: pd.DataFrame) -> pd.DataFrame:
    """Count the intervals that are not used, by site, mode and flag."""
    flagged = counts[counts["flag"].fillna("") != ""]
    return flagged.groupby(["station_id", "mode", "flag"], as_index=False).size().rename(columns={"size": "intervals"})


def _catalogue(paths: list[Path]) -> pd.DataFrame:
    rows = [
        {"table": path.stem, "rows": len(pd.read_parquet(path, columns=[])), "sha256": _sha256(path.read_bytes())}
        for path in sorted(paths)
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "sha256"])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _facts(found: Mapping[str, pd.DataFrame], params: Params) -> report.Facts:
    files, names = found["count_files"], params.study
    networks = _network_notes()
    return report.Facts(
        study_names={language: names[f"name_{language}"] for language in LANGUAGES},
        timezone=names["timezone"],
        version=importlib.metadata.version("movement"),
        fingerprint=_sha256("".join(found["catalogue"]["sha256"]).encode()),
        is_synthetic=bool((files["is_synthetic"].astype(bool) & ~files["skipped"].astype(bool)).any()),
        is_sketch=any(note.get("is_sketch") for note in networks),
        credits={language: _credits(networks, language) for language in LANGUAGES},
        limits=params.limits,
    )


def _network_notes() -> list[dict[str, Any]]:
    """Read what the drawn networks say of themselves; an extract of OpenStreetMap says nothing."""
    drawn = [json.loads(path.read_text(encoding="utf-8-sig")) for path in sorted(stage.RAW_NETWORK.glob("*.geojson"))]
    extracts = any(path.name.endswith((".osm", ".osm.pbf")) for path in stage.RAW_NETWORK.glob("*"))
    return [dict(one.get("metadata") or {}) for one in drawn] + ([{"openstreetmap": True}] if extracts else [])


def _credits(notes: list[dict[str, Any]], language: str) -> list[str]:
    text, lines = catalogue(language), []
    for note in notes:
        if note.get("openstreetmap"):
            lines.append(text("report.openstreetmap"))
            continue
        parts = [note.get(f"title_{language}"), note.get(f"attribution_{language}")]
        if note.get("licence"):
            parts.append(text("report.licence", licence=note["licence"]))
        lines.append(". ".join(str(part).rstrip(".") for part in parts if part) + ".")
    return [line for line in lines if line != "."]


def _note(language: str) -> spreadsheets.Note:
    return spreadsheets.Note(catalogue(language)("report.sheet_note"), read_me.stamps())


def _write_tables(
    found: Mapping[str, pd.DataFrame], folder: Path, language: str, note: spreadsheets.Note | None
) -> list[str]:
    for table in WRITTEN:
        _write(folder / f"{table.name}.csv", spreadsheets.csv_bytes(table, found[table.name]))
    text = catalogue(language)
    headings = [text(f"report.sheet.{key}") for key in ("table", "is", "column", "name", "means", "unit", "file")]
    frames = {table.name: (table, found[table.name]) for table in WRITTEN}
    contents = text("report.sheet_contents")
    book = spreadsheets.workbook_bytes(frames, contents=contents, column_headings=headings, text=text, note=note)
    _write(folder / WORKBOOK, book)
    return sorted(f"{table.name}.csv" for table in WRITTEN)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _swap(fresh: Path, draft: Path) -> None:
    old = draft.with_name(draft.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if draft.exists():
        draft.replace(old)
    fresh.replace(draft)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    stage.main("publish_report", run, Params)
