"""Studies that several tests look at: made once a session, copied where a test changes them."""

import shutil
from pathlib import Path

import pytest

from pipelines import graph, rerun, stage

SHARED = graph.HOUSE.parent / "shared"
KEPT = ("byforbindelse", "zero_alternative")
SLOWEST = ("test_real_input.py", "test_whole_run.py", "test_browser.py", "test_modelled_stages.py", "test_simulate.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: left to the end, one process would run them while the others wait."""
    place = {name: at for at, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the repository, where there is any."""
    folder = SHARED / "data"
    if not folder.exists():
        pytest.skip("the real data in ../shared is not here")
    return folder


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own study's files and parameters, nothing counted in it, as the folder that is worked in."""
    shutil.copytree(graph.HOUSE / stage.RAW_STUDY, tmp_path / stage.RAW_STUDY)
    shutil.copy(graph.HOUSE / stage.PARAMS_FILE, tmp_path / stage.PARAMS_FILE)
    (tmp_path / stage.RAW_COUNTS).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def house() -> Path:
    return graph.HOUSE


def run_study(study: Path, *, language: str = "en") -> tuple[int, list[rerun.Step], list[str]]:
    """Run all stages of a study; return exit code, stages with what became of them, and what was said."""
    steps: list[rerun.Step] = []
    lines: list[str] = []
    rerun.prepare(study)
    code = rerun.reproduce(study, language=language, on_step=steps.append, on_line=lines.append)
    return code, steps, lines


def _other_scenarios(folder: str, names: list[str]) -> list[str]:
    """Leave out the scenarios that only cost time; the main job runs them all."""
    return [name for name in names if Path(folder).name == "scenarios" and name not in KEPT and "." not in name]


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory) -> Path:
    """The shipped study in a folder of its own, with two of its scenarios, run to the end."""
    study = tmp_path_factory.mktemp("shipped") / "study æøå"
    study.mkdir()
    shutil.copytree(graph.HOUSE / "data/raw", study / "data/raw", ignore=_other_scenarios)
    shutil.copy(graph.HOUSE / "params.yaml", study / "params.yaml")
    code, _, lines = run_study(study)
    assert code == 0, "\n".join(lines)
    return study


@pytest.fixture
def own_study(finished_study, tmp_path) -> Path:
    """A copy of the finished study that the test may change."""
    return copied(finished_study, tmp_path / "own")


def copied(study: Path, to: Path) -> Path:
    """Copy a study, but for what DVC keeps of its own."""
    shutil.copytree(study, to, ignore=shutil.ignore_patterns("tmp"))
    return to
