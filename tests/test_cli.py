"""The command as a planner meets it: words in the study's language, exit codes, nothing written in vain."""

import shutil

import pytest

from movement import cli
from movement.tables import VOLUMES
from pipelines import graph, rerun, stage
from tests.test_store import volumes


def test_a_folder_that_is_no_study_is_refused_and_stays_empty(tmp_path, capsys):
    assert cli.main(["run", "--study", str(tmp_path), "--lang", "en"]) == 2
    assert "params.yaml" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("language", "word"), [("da", "ændrede"), ("en", "changed")])
def test_what_changed_since_the_last_run_is_said_in_rows(tmp_path, capsys, language, word):
    shutil.copy(graph.HOUSE / "params.yaml", tmp_path)
    path = tmp_path / stage.VOLUMES
    path.parent.mkdir(parents=True)
    VOLUMES.write(volumes(A=10.0, B=20.0), path)
    rerun.keep_previous(tmp_path)
    VOLUMES.write(volumes(A=11.0, B=20.0, C=3.0), path)
    cli.say_changes(tmp_path, cli.Console(width=200), cli.language.catalogue(language))
    said = capsys.readouterr().out
    assert word in said
    assert [number for number in said.split() if number.isdigit()][:3] == ["1", "1", "0"]
    assert (tmp_path / rerun.PREVIOUS / "volumes.parquet").exists()


def test_a_table_that_stayed_the_same_is_not_kept_twice(tmp_path):
    path = tmp_path / stage.VOLUMES
    path.parent.mkdir(parents=True)
    VOLUMES.write(volumes(A=10.0), path)
    rerun.keep_previous(tmp_path)
    VOLUMES.write(volumes(A=10.0), path)
    assert rerun.changed_tables(tmp_path) == []
    assert not (tmp_path / stage.PROCESSED / ".previous.new").exists()
    assert not (tmp_path / rerun.PREVIOUS).exists()
