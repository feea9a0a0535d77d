"""The whole run on the shipped study: what reruns, what does not, and what a failure leaves behind."""

import re

import pytest
import yaml

from movement import tables
from pipelines import graph, rerun, stage
from tests.conftest import copied, run_study


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def ran(steps):
    return {step.name for step in steps if not step.is_skipped}


def test_every_page_and_table_is_there(finished_study):
    maps = finished_study / "maps"
    scenarios = tables.SCENARIOS.read(finished_study / stage.SCENARIOS)["scenario_id"]
    for language in ("da", "en"):
        assert (maps / language / "report.html").stat().st_size > 20_000
        assert (maps / language / "observed.html").exists()
        for scenario in scenarios[scenarios != "before"]:
            assert (maps / language / f"change_{scenario}.html").exists()
            assert (maps / language / f"swipe_{scenario}.html").exists()
    assert (maps / "index.html").exists()
    assert list((maps / "tables").rglob("*.xlsx"))


def test_nothing_lies_outside_the_study_folder_but_what_was_there(finished_study):
    names = {path.name for path in finished_study.iterdir()}
    assert names == {"data", "maps", "params.yaml", "dvc.yaml", "dvc.lock", ".dvc", ".dvcignore"}
    assert not list((finished_study / "maps").glob(".*"))


def test_no_page_says_a_path_of_this_machine(finished_study):
    for name, raw in content(finished_study / "maps").items():
        assert str(finished_study).encode() not in raw, name


def test_a_second_run_does_nothing(own_study):
    code, steps, _ = run_study(own_study)
    assert code == 0
    assert ran(steps) == set()


def test_one_after_count_reruns_neither_demand_nor_flows(own_study):
    files = [path for path in sorted((own_study / "data/raw/counts").glob("*.csv")) if "after" in path.name]
    lines = files[0].read_bytes().split(b"\n")
    place = max(i for i, line in enumerate(lines) if re.search(rb"[;,]\d+\r?$", line))
    lines[place] = re.sub(rb"(\d+)(\r?)$", lambda found: str(int(found[1]) + 1).encode() + found[2], lines[place])
    files[0].write_bytes(b"\n".join(lines))
    code, steps, said = run_study(own_study)
    assert code == 0, said
    assert {"read_counts", "compare_observed", "publish"} <= ran(steps)
    assert not ran(steps) & {"build_network", "estimate_demand", "assign_flows", "compare_modelled"}


def test_a_map_colour_reruns_only_the_maps(own_study):
    params = own_study / "params.yaml"
    text = params.read_text(encoding="utf-8")
    assert 'no_change_colour: "#bdbdbd"' in text
    params.write_text(text.replace('no_change_colour: "#bdbdbd"', 'no_change_colour: "#b0b0b0"'), encoding="utf-8")
    code, steps, said = run_study(own_study)
    assert code == 0, said
    assert ran(steps) == {"publish_maps", "publish"}


@pytest.fixture(scope="module")
def failing_study(finished_study, tmp_path_factory):
    """One copy in which one stage after the other fails: each leaves it as it was, or its test fails."""
    return copied(finished_study, tmp_path_factory.mktemp("failing") / "study")


@pytest.mark.parametrize("name", [item.name for item in graph.STAGES])
def test_a_stage_that_fails_leaves_maps_and_tables_as_they_were(failing_study, finished_study, name):
    before = content(finished_study / "maps") | content(finished_study / stage.PROCESSED)
    stages = yaml.safe_load((finished_study / "dvc.yaml").read_text(encoding="utf-8"))
    stages["stages"][name]["cmd"] = 'python -c "raise SystemExit(3)"'
    (failing_study / "dvc.yaml").write_text(yaml.safe_dump(stages, sort_keys=False), encoding="utf-8")
    steps = []
    code = rerun.reproduce(failing_study, language="en", on_step=steps.append, on_line=lambda line: None)
    assert code != 0
    assert ran(steps) == {name}
    assert content(failing_study / "maps") | content(failing_study / stage.PROCESSED) == before


def test_faults_of_counts_and_scenarios_are_said_together_before_anything_is_written(own_study):
    before = content(own_study / "maps") | content(own_study / stage.PROCESSED)
    (own_study / "data/raw/counts/unknown.csv").write_text("what;is\nthis;file\n", encoding="utf-8")
    added = sorted((own_study / "data/raw/scenarios").glob("*/links_added.geojson"))[0]
    text = added.read_text(encoding="utf-8")
    added.write_text(text.replace("12.4", "12.6"), encoding="utf-8")
    code, steps, lines = run_study(own_study)
    said = "\n".join(lines)
    assert code != 0
    assert ran(steps) == {"check_inputs"}
    assert "unknown.csv" in said
    assert added.parent.name in said
    assert content(own_study / "maps") | content(own_study / stage.PROCESSED) == before
