"""Scenarios for people who draw: a template for QGIS out, and in plain words how each drawn link joins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import pandas as pd

from movement import study
from movement.network import barriers, build, joining, reachable, scenarios
from movement.publish import language, scenario_picture
from movement.sources import planned_ways, scenario_template, sketch
from movement.tables import Fault, InputFaults
from pipelines import build_network, stage

PICTURES = stage.PROCESSED / "scenario_checks"
_WORDS = """name_da: "{name}"
name_en: "{name}"
text_da: "Skriv i en sætning, hvad scenariet er."
text_en: "Say in a sentence what the scenario is."
changes_land_use: false
source: "" # where the alignment comes from
start_date: "" # first day in force, such as 2027-05-01; "" where not known
end_date: "" # last day of a trial; "" where it stays
barriers_removed: [] # ids of barriers taken away, such as a building torn down
"""


def new(name: str, *, way: int | None = None) -> Path:
    """Write a folder with `scenario.yaml` and a GeoPackage to draw in; return the GeoPackage.

    With `way`, an OpenStreetMap way under construction or proposed in the study's extract, that way and all that
    belong together with it are in the layer of added links.

    Raises
    ------
    InputFaults
        If the name cannot be a folder's, is taken, or there is no network to draw on.
    """
    folder = stage.RAW_SCENARIOS / name
    if not re.fullmatch(r"[a-z0-9_æøå-]+", name) or name == build_network.BEFORE:
        raise InputFaults([Fault("scenario_name", folder.as_posix(), value=name)])
    if folder.exists() or folder.with_suffix(".gpkg").exists():
        raise InputFaults([Fault("scenario_there", folder.as_posix(), value=name)])
    params, source, walls = _today()
    if source.raw is None:
        raise InputFaults([Fault("no_network", stage.RAW_NETWORK.as_posix())])
    planned = None if way is None else _planned(way, params.study["crs"])
    folder.mkdir(parents=True)
    (folder / "scenario.yaml").write_text(_WORDS.format(name=name), encoding="utf-8", newline="\n")
    package = folder / f"{name}.gpkg"
    scenario_template.write_template(
        package, today=source.raw, barriers=walls, added=planned, land_use_columns=scenarios.LAND_USE_COLUMNS
    )
    return package


def _planned(way: int, crs: str) -> gpd.GeoDataFrame:
    """Return the planned way and all that belong together with it."""
    files = [path for path in build_network.network_files() if path.name.endswith(build_network.EXTRACTS)]
    planned = [planned_ways.planned_links(path, crs=crs) for path in files]
    found = planned[0] if planned else None
    own = pd.Series(dtype=bool) if found is None else found["link_id"].str.split("-").str[0] == f"w{way}"
    if found is None or not own.any():
        ways = "" if found is None else ", ".join(found["link_id"].str[1:].str.split("-").str[0].unique())
        raise InputFaults(
            [Fault("no_planned_way", stage.RAW_NETWORK.as_posix(), value=str(way), detail={"ways": ways})]
        )
    group = found.loc[own, "group"].iloc[0]
    return found[found["group"] == group].drop(columns=["group", "stage"]).reset_index(drop=True)


def _today() -> tuple[build_network.Params, build_network.Source, gpd.GeoDataFrame]:
    params = stage.section("build_network", build_network.Params)
    source = build_network.read_network(params)
    area = study.read_study(stage.RAW_STUDY, crs=params.study["crs"])
    return params, source, build_network.all_barriers(area.barriers, source.barriers, params.study["crs"])


@dataclass(frozen=True)
class Checked:
    """What a check found."""

    lines: tuple[str, ...]
    faults: tuple[Fault, ...]
    picture: Path


def check(name: str, text: language.Catalogue) -> Checked:
    """Tell how a scenario's links join and what they cross, and draw it.

    Raises
    ------
    InputFaults
        If there is no such scenario or network, or a file cannot be read.
    """
    params, source, walls = _today()
    crs = params.study["crs"]

    read_links = partial(sketch.read_sketch, crs=crs)
    drawn = scenarios.read_scenarios(stage.RAW_SCENARIOS, crs=crs, read_links=read_links)
    found = next((scenario for scenario in drawn if scenario.scenario_id == name), None)
    if found is None:
        raise InputFaults([Fault("no_such_scenario", stage.RAW_SCENARIOS.as_posix(), value=name)])
    if source.raw is None:
        raise InputFaults([Fault("no_network", stage.RAW_NETWORK.as_posix())])
    done = joining.join(source.raw, found.added, found.changed, join_limit_m=params.join_limit_m)
    faults, met = list(done.faults), None
    if found.is_empty:
        faults.append(Fault("scenario_empty", found.file))
    if done.raw is not None:
        links = build.links(done.raw, scenario_id=name)
        met = barriers.crossings(links, walls)
        faults += reachable.useless_links(links, met, {name: found.file})
    picture = PICTURES / f"{name}.png"
    touched = source.raw[source.raw["link_id"].isin(found.changed["link_id"])]
    faults = list(dict.fromkeys(faults))
    wrong = {
        number: (float(fault.detail["x"]), float(fault.detail["y"]))
        for number, fault in enumerate(faults, start=1)  # as the command numbers them
        if "x" in fault.detail
    }
    layers = {"today": source.raw, "barriers": walls, "added": found.added, "changed": touched}
    title = text("scenario.picture.title", name=found.words[f"name_{text.language}"], id=name)
    scenario_picture.draw(picture, layers, wrong=wrong, title=title, text=text)
    names = dict(zip(walls["barrier_id"], walls[f"name_{text.language}"], strict=True))
    met = None if met is None else met.assign(barrier=met["barrier_id"].map(names).fillna(met["barrier_id"]))
    told = [*_of_added(found, done.joins, met, text), *_of_changed(found, source.raw, text), *_of_land_use(found, text)]
    return Checked(tuple(told), tuple(faults), picture)


def _of_added(
    found: scenarios.Scenario, joins: tuple[joining.Join, ...], met: pd.DataFrame | None, text: language.Catalogue
) -> Iterator[str]:
    for link in found.added.itertuples():
        name = link.name if pd.notna(link.name) else link.link_id
        yield text("scenario.added", link=link.link_id, name=name, metres=text.number(round(link.geometry.length)))
        for join in joins:
            if join.link_id == link.link_id:
                other = _named(join.other_name, join.other_id, text)
                said = {
                    "other": other,
                    "moved": text.number(join.moved_m, 1),
                    "along": text.number(round(join.along_m)),
                }
                yield "  " + text(f"scenario.join.{join.kind}", end=text(f"scenario.end.{join.end}"), **said)
        if met is not None:
            own = met[(met["link_id"] == link.link_id) | met["link_id"].str.startswith(f"{link.link_id}/")]
            for row in own.itertuples():
                levels = {"link_level": str(row.link_level), "barrier_level": str(row.barrier_level)}
                said = {"barrier": row.barrier, "reason": text(f"crossing_reason.{row.reason}"), **levels}
                yield "  " + text(f"scenario.crosses.{row.status}", **said)


def _of_changed(found: scenarios.Scenario, today: gpd.GeoDataFrame, text: language.Catalogue) -> Iterator[str]:
    now = today.set_index("link_id")
    for row in found.changed.itertuples():
        there = row.link_id in now.index
        old = now[row.attribute].get(row.link_id) if there and row.attribute in now else None
        was, is_now = _word(old, text), _word(row.value, text)
        if was != is_now:
            name = now["name"].get(row.link_id) if there else None
            link = _named(name, row.link_id, text)
            yield text("scenario.changed", link=link, attribute=str(row.attribute), old=was, value=is_now)


def _named(name: object, link_id: object, text: language.Catalogue) -> str:
    return f"{name if isinstance(name, str) and name else text('map.unnamed')} ({link_id})"


def _word(value: object, text: language.Catalogue) -> str:
    """Say a value as the reader writes it: yes and no, numbers without needless decimals."""
    if value is None or value != value:
        return "–"
    said = str(value).lower()
    if said in ("true", "false", "yes", "no", "ja", "nej"):
        return text("word.yes" if said in ("true", "yes", "ja") else "word.no")
    try:
        return f"{float(said.replace(',', '.')):g}"
    except ValueError:
        return str(value)


def _of_land_use(found: scenarios.Scenario, text: language.Catalogue) -> Iterator[str]:
    for row in found.land_use.itertuples():
        yield text("scenario.land_use", action=text(f"scenario.action.{row.action}"), layer=row.layer, item=row.item_id)
