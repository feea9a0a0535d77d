"""Tables in, self-contained map pages in both languages out; the old pages stay until all new ones are written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from movement import tables
from movement.counts.coverage import site_days
from movement.publish.cells import Words, names_of
from movement.publish.language import LANGUAGES, catalogue
from movement.publish.map import change_map, modelled, swipe_map
from movement.publish.map_layers import ChangeScale, FlowScale
from movement.publish.map_meetings import meeting_marks
from movement.publish.map_network import network_map
from movement.publish.map_observed import observed_map
from movement.publish.map_page import Surroundings
from movement.publish.map_schools import Routes, schools_map
from movement.study import read_study
from pipelines import severance_sums, stage
from pipelines.report_sums import parts_with_all


@dataclass(frozen=True)
class Params:
    """Colours and classes of the maps."""

    increase_colours: list[str]
    decrease_colours: list[str]
    no_change_colour: str
    flow_colours: list[str]
    change_breaks_per_day: list[float]
    flow_breaks_per_day: list[float]
    largest_changes: int
    study: dict[str, str]


def run(params: Params) -> None:
    """Read, draw every page, swap the folder."""
    _swap(dict(_pages(params, _surroundings(params.study))), stage.DRAFT_MAPS)


def _pages(params: Params, around: Surroundings) -> Iterator[tuple[str, str]]:
    """Yield file name and page of every map in every language."""
    change_scale = ChangeScale(
        breaks=tuple(params.change_breaks_per_day),
        increase_colours=tuple(params.increase_colours),
        decrease_colours=tuple(params.decrease_colours),
        no_change_colour=params.no_change_colour,
    )
    flow_scale = FlowScale(breaks=tuple(params.flow_breaks_per_day), colours=tuple(params.flow_colours))
    changes = tables.FLOW_CHANGES.read(stage.FLOW_CHANGES)
    parts = parts_with_all(tables.FLOW_PARTS.read(stage.FLOW_PARTS))
    screenline_flows = tables.SCREENLINE_FLOWS.read(stage.SCREENLINE_FLOWS)
    scenarios, attractions = tables.SCENARIOS.read(stage.SCENARIOS), tables.ATTRACTIONS.read(stage.ATTRACTIONS)
    meetings = severance_sums.best_places(tables.MEETING_PLACES.read(stage.MEETING_PLACES))
    words = {language: _words(attractions, around, language) for language in LANGUAGES}
    for scenario in scenarios.loc[scenarios["scenario_id"] != "before"].to_dict("records"):
        name = scenario["scenario_id"]
        flows = modelled(
            changes,
            name,
            around,
            flow_parts=parts,
            change_scale=change_scale,
            flow_scale=flow_scale,
            largest_changes=params.largest_changes,
        )
        for language in LANGUAGES:
            yield (
                f"{language}/change_{name}.html",
                change_map(
                    flows,
                    screenline_flows,
                    scenario,
                    around,
                    language=language,
                    marks=meeting_marks(meetings, name, words[language]),
                ),
            )
            yield f"{language}/swipe_{name}.html", swipe_map(flows, scenario, around, language=language)
    site_changes = tables.SITE_CHANGES.read(stage.SITE_CHANGES)
    days = site_days(tables.COVERAGE.read(stage.COVERAGE))
    crossings = tables.CROSSINGS.read(stage.CROSSINGS)
    spacing = tables.BARRIER_SPACING.read(stage.BARRIER_SPACING)
    connectivity = tables.CONNECTIVITY.read(stage.CONNECTIVITY)
    routes = Routes(
        severance_sums.pupils_on_links(tables.SCHOOL_LINKS.read(stage.SCHOOL_LINKS)),
        severance_sums.school_pupils(tables.SCHOOL_ROUTES.read(stage.SCHOOL_ROUTES)),
        links=tables.LINKS.read(stage.LINKS),
        schools=attractions,
        scenarios=scenarios,
    )
    for language in LANGUAGES:
        yield f"{language}/schools.html", schools_map(routes, around, language=language)
        yield (
            f"{language}/observed.html",
            observed_map(site_changes, days, around, language=language, change_scale=change_scale),
        )
        yield f"{language}/network.html", network_map(crossings, spacing, connectivity, around, language=language)


def _words(attractions: pd.DataFrame, around: Surroundings, language: str) -> Words:
    named = {"attraction": (attractions, "attraction_id"), "site": (around.study.sites, "station_id")}
    return Words(catalogue(language), {kind: names_of(frame, key, language) for kind, (frame, key) in named.items()})


def _surroundings(study: dict[str, str]) -> Surroundings:
    links = tables.LINKS.read(stage.LINKS)
    files = sorted(path for path in stage.RAW_NETWORK.glob("*") if path.is_file()) if stage.RAW_NETWORK.exists() else []
    return Surroundings(
        name={language: study[f"name_{language}"] for language in LANGUAGES},
        study=read_study(stage.RAW_STUDY, crs=study["crs"]),
        barriers=tables.BARRIERS.read(stage.BARRIERS),
        streets=links.loc[links["scenario_id"] == "before"],
        network_notes=_network_notes(files),
        is_openstreetmap=any(path.name.endswith((".osm", ".osm.pbf")) for path in files),
        is_synthetic=bool(tables.COUNT_FILES.read(stage.COUNT_FILES)["is_synthetic"].any()),
    )


def _network_notes(files: list[Path]) -> dict[str, Any]:
    """Read what a hand-drawn network says about itself."""
    for path in files:
        if path.suffix == ".geojson":
            return dict(json.loads(path.read_text(encoding="utf-8")).get("metadata") or {})
    return {}


def _swap(pages: dict[str, str], folder: Path) -> None:
    """Write all pages beside the folder, then put them in its place; it stays as it was if anything fails."""
    fresh, aside = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    for leftover in (fresh, aside):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, html in pages.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, encoding="utf-8", newline="\n")
    if folder.exists():
        folder.replace(aside)
    try:
        fresh.replace(folder)
    except OSError:
        if aside.exists():
            aside.replace(folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


if __name__ == "__main__":
    stage.main("publish_maps", run, Params)
