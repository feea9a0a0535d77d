"""Everything in data/raw in, nothing but two marks out: a run stops here, with all faults at once, or not at all."""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, make_dataclass
from functools import partial
from pathlib import Path

from movement import study
from movement.comparison import screenline_flows
from movement.counts import calendar
from movement.plan.contents import FROZEN_FILE, PLAN_FILE
from movement.plan.frozen import read_frozen
from movement.plan.read import all_faults
from movement.sources import counters
from movement.tables import Fault, InputFaults
from pipelines import build_network, graph, stage


@dataclass(frozen=True)
class Params:
    """Limits of what is accepted, and where and when the study is."""

    refused_rows_limit_pct: float
    study: dict[str, str]


def run(params: Params) -> None:
    """Check parameters, study, counts, network and analysis plan; mark what was checked."""
    checks: tuple[Callable[[], object], ...] = (
        lambda: _check_params(params),
        lambda: _check_counts(params),
        lambda: _check_network(params.study["crs"]),
        lambda: _check_plan(params.study["crs"]),
        lambda: read_frozen(stage.RAW_STUDY / FROZEN_FILE),
    )
    faults = [fault for check in checks for fault in _faults_of(check)]
    if faults:
        raise InputFaults(dict.fromkeys(faults))  # the study's layers are read by more than one check
    _mark(stage.CHECKED_COUNTS, (stage.RAW_COUNTS, stage.RAW_STUDY))
    _mark(stage.CHECKED_NETWORK, (stage.RAW_NETWORK, stage.RAW_STUDY, stage.RAW_SCENARIOS, stage.RAW_TERRAIN))


def _check_params(params: Params) -> None:
    faults: list[Fault] = []
    country = params.study.get("holiday_country", "")
    try:
        calendar.public_holidays(country, years=[])
    except ValueError:
        faults.append(Fault("holiday_country", stage.PARAMS_FILE.as_posix(), value=country))
    for item in graph.STAGES:
        faults += _faults_of(partial(stage.section, item.name, _params_of(item.name)))
    if faults:
        raise InputFaults(faults)


def _params_of(name: str) -> type:
    """Return the shape of a stage's Params, read off its source: maps and figures take seconds to import.

    One that rests on another class, or does more than hold values, is imported, as it may check them.
    """
    source = ast.parse((graph.HOUSE / "pipelines" / f"{name}.py").read_text(encoding="utf-8"))
    params = next(node for node in source.body if isinstance(node, ast.ClassDef) and node.name == "Params")
    if params.bases or any(isinstance(node, ast.FunctionDef) for node in params.body):
        imported: type = importlib.import_module(f"pipelines.{name}").Params
        return imported
    keys = [node.target for node in params.body if isinstance(node, ast.AnnAssign)]
    return make_dataclass("Params", [key.id for key in keys if isinstance(key, ast.Name)])


def _check_counts(params: Params) -> None:
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    study.read_campaigns(stage.RAW_STUDY)
    study.read_count_layers(stage.RAW_STUDY, stations=frozenset(sites["station_id"]))
    counters.read_counts_folder(
        stage.RAW_COUNTS,
        sites=frozenset(sites["station_id"]),
        timezone=params.study["timezone"],
        refused_rows_limit_pct=params.refused_rows_limit_pct,
    )


def _check_network(crs: str) -> None:
    network = build_network.build(stage.section("build_network", build_network.Params))
    file = stage.RAW_STUDY / "screenlines.geojson"
    if len(network.links) and file.exists():
        lines = study.read_study(stage.RAW_STUDY, crs=crs).screenlines
        faults = [
            fault
            for _, links in network.links.groupby("scenario_id", sort=False)
            for fault in screenline_flows.through_nodes(links, lines, file=file.as_posix())
        ]
        if faults:
            raise InputFaults(dict.fromkeys(faults))


def _check_plan(crs: str) -> None:
    """Hold the plan's names against the study, as `movement plan check` does."""
    file = stage.RAW_STUDY / PLAN_FILE
    if not file.exists():
        return
    sites = study.read_sites(stage.RAW_STUDY, crs=crs)
    lines, campaigns = study.read_screenlines(stage.RAW_STUDY, crs=crs), study.read_campaigns(stage.RAW_STUDY)
    faults = all_faults(file, sites, lines, campaigns)
    if faults:
        raise InputFaults(faults)


def _faults_of(check: Callable[[], object]) -> Iterator[Fault]:
    try:
        check()
    except InputFaults as found:
        yield from found.faults


def _mark(path: Path, folders: tuple[Path, ...]) -> None:
    files = (file for folder in folders if folder.exists() for file in sorted(folder.rglob("*")) if file.is_file())
    checked = {file.as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(checked, indent=1) + "\n", encoding="utf-8", newline="\n")
    fresh.replace(path)


if __name__ == "__main__":
    stage.main("check_inputs", run, Params)
