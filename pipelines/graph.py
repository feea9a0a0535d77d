"""The stages in order: what each reads, writes and rests on; dvc.yaml is written from it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipelines import stage

HOUSE = Path(__file__).resolve().parent.parent  # where movement/ and pipelines/ lie
CODE_MARKS = stage.PROCESSED / ".code"  # stands for the code in studies that do not contain it


@dataclass(frozen=True)
class Stage:
    """One stage: module in pipelines/, section of params.yaml, files in, files out."""

    name: str
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    params: tuple[str, ...] = ()  # keys of params.yaml besides the stage's own section
    reads_code: bool = False  # the code itself is input: its marked assumptions


_NETWORK = (stage.LINKS, stage.IMPEDANCES, stage.SNAPS)
_LAND_USE = (stage.ZONES, stage.ATTRACTIONS, stage.SCENARIOS)

_SEVERANCE = (
    stage.CUT_SPACING,
    stage.SEVERANCE,
    stage.SIDE_REACH,
    stage.ENCOUNTERS,
    stage.MEETING_PLACES,
    stage.SCHOOL_WAYS,
    stage.SCHOOL_ROUTES,
    stage.SCHOOL_LINKS,
)

_ANNEX = (
    stage.ROBUSTNESS,
    stage.PHASE_EFFECTS,
    stage.ASKED_RESULTS,
    stage.ANALYSIS_PLAN,
    stage.PLAN_DEVIATIONS,
)
_COUNTED = (stage.CLOCK_CHANGES,)  # beside the daily totals

_ALL_TABLES = (
    stage.COUNTS,
    stage.FLAGS,
    stage.NOTICES,
    stage.DEVICES,
    stage.CORRECTIONS,
    stage.DECISIONS,
    stage.REFUSED,
    stage.COUNT_FILES,
    stage.INTERVIEWS,
    stage.STAYING,
    stage.DAILY,
    stage.COVERAGE,
    stage.PROFILES,
    stage.PEAKS,
    stage.VOLUMES,
    *_NETWORK,
    stage.NODES,
    *_LAND_USE,
    stage.CROSSINGS,
    stage.BARRIER_SPACING,
    stage.CONNECTIVITY,
    stage.BARRIERS,
    stage.CALIBRATION,
    stage.GOODNESS,
    stage.FIT_WARNINGS,
    stage.DRAWS,
    stage.FIT,
    stage.FORECAST,
    stage.TRIPS,
    stage.FLOWS,
    stage.DRAWN_FLOWS,
    stage.FLOW_KINDS,
    stage.BAND_FLOWS,
    stage.FLOW_PARTS,
    stage.FLOW_TERMS,
    stage.TRAVEL,
    stage.UNMET,
    stage.CROSSING_TRIPS,
    stage.CROSSING_KINDS,
    stage.DRAWN_PARTS,
    stage.FLOW_CHANGES,
    stage.SCREENLINE_FLOWS,
    stage.SCREENLINE_TERMS,
    stage.CROSSING_FLOWS,
    stage.ACCESS,
    stage.REACH,
    stage.EFFECTS,
    stage.SITE_CHANGES,
    stage.SUBSTITUTION,
    stage.CHECKS,
    stage.ASSUMPTIONS,
    *_COUNTED,
    *_ANNEX,
    *_SEVERANCE,
)

_PARAMS_THAT_ASSUME = (
    "average_counts",
    "build_network",
    "estimate_demand",
    "compare_modelled",
    "compare_severance",
    "compare_forecast",
    "compare_observed",
)

STAGES: tuple[Stage, ...] = (
    Stage(
        "check_inputs",
        stage.RAW_FOLDERS,
        (stage.CHECKED_COUNTS, stage.CHECKED_NETWORK),
        ("study", "build_network"),
    ),
    Stage(
        "read_counts",
        (stage.CHECKED_COUNTS, stage.RAW_COUNTS, stage.RAW_STUDY),
        (stage.COUNTS_READ, stage.REFUSED, stage.COUNT_FILES, stage.INTERVIEWS, stage.STAYING),
        ("study",),
    ),
    Stage(
        "flag_counts",
        (stage.COUNTS_READ, stage.RAW_STUDY),
        (stage.COUNTS, stage.FLAGS, stage.NOTICES, stage.DEVICES, stage.CORRECTIONS, stage.DECISIONS),
        ("study",),
    ),
    Stage(
        "average_counts",
        (stage.COUNTS, stage.CORRECTIONS, stage.RAW_STUDY),
        (
            stage.DAILY,
            stage.DAILY_VARIANTS,
            stage.CLOCK_CHANGES,
            stage.COVERAGE,
            stage.PROFILES,
            stage.PEAKS,
            stage.VOLUMES,
            stage.VOLUMES_BEFORE,
        ),
        ("study",),
    ),
    Stage(
        "build_network",
        (stage.CHECKED_NETWORK, stage.RAW_NETWORK, stage.RAW_STUDY, stage.RAW_SCENARIOS, stage.RAW_TERRAIN),
        (
            *_NETWORK,
            stage.NODES,
            *_LAND_USE,
            stage.CROSSINGS,
            stage.BARRIER_SPACING,
            stage.CONNECTIVITY,
            stage.BARRIERS,
        ),
        ("study",),
    ),
    Stage(
        "estimate_demand",
        (*_NETWORK, *_LAND_USE, stage.VOLUMES_BEFORE, stage.RAW_STUDY),
        (stage.CALIBRATION, stage.GOODNESS, stage.FIT_WARNINGS, stage.DRAWS, stage.FIT, stage.TRIPS),
        ("study",),
    ),
    Stage(
        "assign_flows",
        (*_NETWORK, *_LAND_USE, stage.CALIBRATION, stage.DRAWS, stage.RAW_STUDY),
        (
            stage.FLOWS,
            stage.DRAWN_FLOWS,
            stage.FLOW_KINDS,
            stage.BAND_FLOWS,
            stage.FLOW_PARTS,
            stage.TRAVEL,
            stage.UNMET,
        ),
        ("study", "estimate_demand"),
    ),
    Stage(
        "explain_flows",
        (*_NETWORK, *_LAND_USE, stage.BARRIERS, stage.CALIBRATION, stage.DRAWS, stage.RAW_STUDY),
        (stage.FLOW_TERMS, stage.CROSSING_TRIPS, stage.CROSSING_KINDS, stage.DRAWN_PARTS),
        ("study", "estimate_demand"),
    ),
    Stage(
        "compare_modelled",
        (
            *_NETWORK,
            stage.NODES,
            *_LAND_USE,
            stage.BARRIERS,
            stage.CALIBRATION,
            stage.GOODNESS,
            stage.FLOWS,
            stage.DRAWN_FLOWS,
            stage.FLOW_PARTS,
            stage.DRAWN_PARTS,
            stage.FLOW_TERMS,
            stage.RAW_STUDY,
        ),
        (
            stage.FLOW_CHANGES,
            stage.SCREENLINE_FLOWS,
            stage.SCREENLINE_TERMS,
            stage.CROSSING_FLOWS,
            stage.ACCESS,
            stage.REACH,
        ),
        ("study", "estimate_demand"),
    ),
    Stage(
        "compare_severance",
        (
            *_NETWORK,
            stage.NODES,
            *_LAND_USE,
            stage.BARRIERS,
            stage.TRIPS,
            stage.FLOW_KINDS,
            stage.CALIBRATION,
            stage.DRAWS,
            stage.STAYING,
            stage.RAW_STUDY,
        ),
        _SEVERANCE,
        ("study", "estimate_demand", "compare_modelled"),
    ),
    Stage(
        "compare_forecast",
        (
            stage.VOLUMES,
            stage.LINKS,
            stage.SNAPS,
            stage.SCENARIOS,
            stage.ZONES,
            stage.CALIBRATION,
            stage.GOODNESS,
            stage.FIT,
            stage.FLOWS,
            stage.DRAWN_FLOWS,
            stage.FLOW_KINDS,
            stage.RAW_STUDY,
            stage.RAW_SCENARIOS,
        ),
        (stage.FORECAST,),
        ("study",),
    ),
    Stage(
        "compare_observed",
        (
            stage.DAILY,
            stage.DAILY_VARIANTS,
            stage.DEVICES,
            stage.CORRECTIONS,
            stage.DECISIONS,
            stage.INTERVIEWS,
            stage.STAYING,
            stage.RAW_STUDY,
        ),
        (stage.EFFECTS, stage.SITE_CHANGES, stage.SUBSTITUTION, stage.CHECKS, *_ANNEX),
        ("study", "average_counts"),
    ),
    Stage(
        "list_assumptions",
        (stage.CHECKED_NETWORK, stage.RAW_STUDY, stage.RAW_NETWORK, stage.RAW_SCENARIOS),
        (stage.ASSUMPTIONS,),
        ("study", *_PARAMS_THAT_ASSUME),
        reads_code=True,
    ),
    Stage(
        "publish_maps",
        (
            stage.LINKS,
            stage.FLOW_CHANGES,
            stage.FLOW_PARTS,
            stage.SCREENLINE_FLOWS,
            stage.SCENARIOS,
            stage.BARRIERS,
            stage.CROSSINGS,
            stage.BARRIER_SPACING,
            stage.CONNECTIVITY,
            stage.SITE_CHANGES,
            stage.COVERAGE,
            stage.COUNT_FILES,
            stage.MEETING_PLACES,
            stage.SCHOOL_LINKS,
            stage.SCHOOL_ROUTES,
            stage.ATTRACTIONS,
            stage.RAW_STUDY,
            stage.RAW_NETWORK,
        ),
        (stage.DRAFT_MAPS,),
        ("study",),
    ),
    Stage(
        "publish_report",
        (*_ALL_TABLES, stage.RAW_STUDY, stage.RAW_NETWORK),
        (stage.DRAFT_REPORTS,),
        ("study", "language", "compare_modelled", "compare_severance"),
    ),
    Stage(
        "publish",
        (stage.DRAFT_MAPS, stage.DRAFT_REPORTS),
        tuple(stage.MAPS / name for name in ("index.html", "da", "en", "tables")),
    ),
    Stage("catalogue_tables", _ALL_TABLES, (stage.CATALOG,)),
)


def code_of(name: str) -> tuple[Path, ...]:
    """Return the files and rooms a stage rests on, relative to the house.

    Its own module, what that imports, what other pipeline modules bring along, and the ground floor. What
    `pipelines/stage.py` imports is left out: it only words faults.
    """
    found = {Path("pipelines/stage.py"), Path("movement/tables")}
    if any(item.reads_code for item in STAGES if item.name == name):
        found |= {Path("movement"), Path("pipelines")}
    waiting, seen = [f"pipelines.{name}"], set()
    while waiting:
        module = waiting.pop()
        if module in seen or module in ("pipelines.stage", "movement.tables"):
            continue
        seen.add(module)
        path = Path(*module.split("."))
        if module.startswith("pipelines."):
            found.add(path.with_suffix(".py"))
            waiting += _imports(HOUSE / path.with_suffix(".py"))
        else:
            room = Path(*path.parts[:2])
            found.add(room if (HOUSE / room).is_dir() else room.with_suffix(".py"))
    return tuple(sorted(path for path in found if found.isdisjoint(path.parents)))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("movement", "pipelines"):
            if node.module in ("movement", "pipelines"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in ("movement", "pipelines"))


def code_mark(name: str) -> str:
    """Return a sha256 over all code a stage rests on."""
    digest = hashlib.sha256()
    for path in code_of(name):
        whole = HOUSE / path
        files = (
            [whole]
            if whole.is_file()
            else sorted(f for f in whole.rglob("*") if f.suffix in (".py", ".po", ".j2", ".css", ".js", ".yaml"))
        )
        for file in files:
            digest.update(file.relative_to(HOUSE).as_posix().encode())
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def dvc_yaml(*, has_code: bool) -> str:
    """Return dvc.yaml for a study.

    Parameters
    ----------
    has_code
        The study's folder is the house itself, so stages can depend on the code; elsewhere they depend on marks
        that `movement run` writes.
    """
    stages = {}
    for item in STAGES:
        code = code_of(item.name) if has_code else (CODE_MARKS / f"{item.name}.txt",)
        stages[item.name] = {
            "cmd": f"python -m pipelines.{item.name}",
            "deps": sorted({path.as_posix() for path in (*item.inputs, *code)}),
            "params": sorted({item.name, *item.params}),
            "outs": [{path.as_posix(): {"cache": False, "persist": True}} for path in item.outputs],
        }
    head = "# The stages of a run. Written from pipelines/graph.py; a test holds the two against each other.\n"
    return head + yaml.safe_dump({"stages": stages}, sort_keys=False, allow_unicode=True, width=120)
