"""The house rules: rooms know only themselves and the ground floor; dvc.yaml tells the same story as the stages."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from pipelines import graph, stage

HOUSE = graph.HOUSE
ROOMS = sorted(
    path
    for path in (HOUSE / "movement").iterdir()
    if (path.is_dir() and path.name != "__pycache__")
    or (path.suffix == ".py" and path.stem not in ("__init__", "tables", "cli"))
)
ALLOWED_AT_TOP = {
    "movement", "pipelines", "data", "maps", "tests", "pyproject.toml", "dvc.yaml", "dvc.lock", "params.yaml",
    "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md", "uv.lock",
}  # fmt: skip


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("movement", "pipelines")}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_imports_only_itself_and_the_ground_floor(room):
    files = [room] if room.is_file() else sorted(room.rglob("*.py"))
    own = f"movement.{room.stem}"
    wrong = {
        f"{file.relative_to(HOUSE)}: {name}"
        for file in files
        for name in imports(file)
        if not (name + ".").startswith((own + ".", "movement.tables."))
    }
    assert not wrong


def test_no_room_is_a_drawer_for_everything():
    names = {path.stem for folder in ("movement", "pipelines") for path in (HOUSE / folder).rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "core", "misc"}


def test_nothing_in_the_library_knows_the_place():
    words = re.compile(r"v[æa]e?rebro|bagsv[æa]e?rd|gladsaxe|bindeled", re.IGNORECASE)
    files = [path for path in (HOUSE / "movement").rglob("*") if path.suffix in (".py", ".po", ".j2", ".css", ".js")]
    assert len(files) > 20
    assert not [str(path.relative_to(HOUSE)) for path in files if words.search(path.read_text(encoding="utf-8"))]


def test_top_level_holds_only_what_the_user_named():
    names = {path.name for path in HOUSE.iterdir() if not path.name.startswith(".")}
    assert names <= ALLOWED_AT_TOP


def test_dvc_yaml_is_written_from_the_graph():
    assert (HOUSE / "dvc.yaml").read_text(encoding="utf-8") == graph.dvc_yaml(has_code=True)


def test_params_has_a_section_for_every_stage_that_has_parameters():
    params = yaml.safe_load((HOUSE / "params.yaml").read_text(encoding="utf-8"))
    wanted = {key for item in graph.STAGES for key in (item.name, *item.params)}
    assert set(params) == wanted


def paths_used(module: str) -> set[Path]:
    """Every `stage.X` path constant in a pipelines module and in those it imports (but for other stages)."""
    path = HOUSE / "pipelines" / f"{module}.py"
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "stage":
            value = getattr(stage, node.attr, None)
            found |= {value} if isinstance(value, Path) else set(value) if value == stage.RAW_FOLDERS else set()
    others = {name.split(".")[1] for name in imports(path) if name.startswith("pipelines.")}
    for other in others - {"stage", "graph", *(item.name for item in graph.STAGES)}:
        found |= paths_used(other)
    return found


@pytest.mark.parametrize("item", graph.STAGES, ids=lambda item: item.name)
def test_a_stage_touches_the_files_it_declares(item):
    used = {path for path in paths_used(item.name) if path not in (stage.PROCESSED, stage.RAW, stage.DATABASE)}
    declared = {path.parent if path.parent == stage.MAPS else path for path in (*item.inputs, *item.outputs)}
    gates = {stage.CHECKED_COUNTS, stage.CHECKED_NETWORK}  # waited for, not read
    assert used - {stage.PARAMS_FILE} <= declared, "the stage reads or writes a file that dvc.yaml does not know"
    assert declared - gates <= used, "dvc.yaml names a file that the stage does not touch"


def test_outputs_have_one_maker_and_every_input_is_made_or_raw():
    made = [path for item in graph.STAGES for path in item.outputs]
    assert len(made) == len(set(made))
    for item in graph.STAGES:
        for path in item.inputs:
            assert path in made or path in stage.RAW_FOLDERS
