"""A run of all stages in a study's folder: prepare, let DVC decide what to do, tell how far, say what changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines import graph, stage, workers

PREVIOUS = stage.PROCESSED / ".previous"
_DVC_CONFIG = "[core]\n    analytics = false\n    check_update = false\n    no_scm = true\n"
_DVC_IGNORE = "__pycache__\n*.new\n.~lock.*\n"
_SKIPPED = "didn't change, skipping"
_RUNNING = "Running stage '"


@dataclass(frozen=True)
class Step:
    """A stage that DVC has come to."""

    name: str
    is_skipped: bool


def prepare(study: Path) -> None:
    """Give a study the folders and DVC files a run needs; only missing or outdated ones are written.

    Parameters
    ----------
    study
        Folder with params.yaml and data/raw.

    Raises
    ------
    FileNotFoundError
        If params.yaml is missing; nothing is written then.
    """
    if not (study / stage.PARAMS_FILE).exists():
        raise FileNotFoundError(study / stage.PARAMS_FILE)
    for folder in stage.RAW_FOLDERS:
        (study / folder).mkdir(parents=True, exist_ok=True)
    (study / stage.MAPS).mkdir(exist_ok=True)
    if study.resolve() == graph.HOUSE:
        return
    (study / ".dvc").mkdir(exist_ok=True)
    _write_if_other(study / ".dvc/config", _DVC_CONFIG)
    _write_if_other(study / ".dvcignore", _DVC_IGNORE)
    _write_if_other(study / "dvc.yaml", graph.dvc_yaml(has_code=False))
    for item in graph.STAGES:
        _write_if_other(study / graph.CODE_MARKS / f"{item.name}.txt", graph.code_mark(item.name) + "\n")


def _write_if_other(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def reproduce(
    study: Path,
    *,
    language: str,
    on_step: Callable[[Step], None],
    on_line: Callable[[str], None],
    workers_asked: str | None = None,
) -> int:
    """Run `dvc repro` in the study and pass on how far it is.

    Parameters
    ----------
    study
        Prepared folder.
    language
        Of the faults that a stage may say.
    on_step
        Called when DVC starts or skips a stage.
    on_line
        Called with every other line that a stage or DVC prints, such as the faults of the input.
    workers_asked
        How many worker processes spread the computing of flows; as the environment says where not given.

    Returns
    -------
    code
        Exit code of DVC; 0 when all went well.
    """
    scratch = study.resolve() / ".dvc" / "tmp"
    here = str(Path(sys.executable).parent)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PATH": here + os.pathsep + os.environ.get("PATH", ""),
        stage.LANGUAGE_ASKED: language,
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "DVC_SITE_CACHE_DIR": str(scratch / "site"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
    }
    if workers_asked is not None:
        env[workers.WORKERS_ASKED] = workers_asked
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=study,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    for line in process.stdout or ():
        step = _step(line)
        if step is not None:
            on_step(step)
        elif _is_news(line):
            on_line(line.rstrip())
    return process.wait()


def _step(line: str) -> Step | None:
    if line.startswith(_RUNNING):
        return Step(line.removeprefix(_RUNNING).split("'")[0], is_skipped=False)
    if line.startswith("Stage '") and _SKIPPED in line:
        return Step(line.removeprefix("Stage '").split("'")[0], is_skipped=True)
    return None


def _is_news(line: str) -> bool:
    chatter = (
        "> python",
        "Updating lock file",
        "Generating lock file",
        "Use `dvc push`",
        "To track the changes",
        "Data and pipelines",
        "WARNING: 'data",
        "ERROR: failed to reproduce",
    )
    return bool(line.strip()) and not line.startswith(chatter) and "git add" not in line


def keep_previous(study: Path) -> None:
    """Lay today's tables aside, so that the run can say what it changed; costs no copying where links are possible."""
    aside = study / PREVIOUS.with_name(".previous.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for path in (study / stage.PROCESSED).glob("*.parquet"):
        try:
            os.link(path, aside / path.name)
        except OSError:
            shutil.copy2(path, aside / path.name)


def changed_tables(study: Path) -> list[Path]:
    """Compare with what `keep_previous` laid aside; return the tables that differ, as paths in data/processed.

    A table that was not there before is no change. When something differs, what was laid aside becomes
    data/processed/.previous; else the older one stays.
    """
    aside = study / PREVIOUS.with_name(".previous.new")
    now = study / stage.PROCESSED
    olds = sorted(aside.glob("*.parquet"))
    changed = [
        stage.PROCESSED / old.name for old in olds if (now / old.name).exists() and not _same(old, now / old.name)
    ]
    if changed:
        shutil.rmtree(study / PREVIOUS, ignore_errors=True)
        aside.replace(study / PREVIOUS)
    else:
        shutil.rmtree(aside, ignore_errors=True)
    return changed


def _same(old: Path, new: Path) -> bool:
    return old.samefile(new) or old.read_bytes() == new.read_bytes()
