"""Where numba is missing or switched off a stage says so and stops; nothing slow takes its place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]


def said(*command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=HOUSE, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(("language", "words"), [("en", "not installed"), ("da", "ikke er installeret")])
def test_numba_that_is_not_installed(tmp_path, language, words):
    (tmp_path / "numba.py").write_text("raise ImportError('no numba here', name='numba')")
    path = os.pathsep.join([str(tmp_path), str(HOUSE)])
    text = said("-m", "pipelines.assign_flows", PYTHONPATH=path, MOVEMENT_LANGUAGE=language)
    assert words in text and "no numba here" in text


def test_numba_that_does_not_compile():
    code = (
        "from pipelines import stage\n"
        "from movement.assignment.loading import load\n"
        "from tests.assignment.planar import streets\n"
        "import numpy as np\n"
        "one = np.array([0])\n"
        "stage.main('publish', lambda _: load(streets(9, seed=1).graph(), one, one + 1, np.ones((1, 1))), dict)\n"
    )
    code = code.replace("dict)", "type('P', (), {'__dataclass_fields__': {}}))")
    assert "NUMBA_DISABLE_JIT" in said("-c", code, NUMBA_DISABLE_JIT="1", MOVEMENT_LANGUAGE="en")
