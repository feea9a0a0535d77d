"""The check before a run: the analysis plan is held against the study, with every other fault at once."""

import pytest

from movement.tables import InputFaults
from pipelines import check_inputs, stage

PARAMS = check_inputs.Params(5.0, {"crs": "EPSG:25832", "timezone": "Europe/Copenhagen", "holiday_country": "DK"})
PLAN = stage.RAW_STUDY / "analysis_plan.yml"


def edited(*swaps):
    text = PLAN.read_text(encoding="utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    PLAN.write_text(text, encoding="utf-8")


def test_the_shipped_study_has_no_faults_and_one_without_a_plan_has_none_either(study):
    check_inputs.run(PARAMS)
    assert stage.CHECKED_COUNTS.exists()
    PLAN.unlink()
    check_inputs.run(PARAMS)


def test_names_the_study_does_not_have_stop_a_run_with_all_other_faults(study):
    edited(("  K1:", "  K99:"), ("after_campaign: after", "after_campaign: after9"))
    (stage.RAW_COUNTS / "unknown.csv").write_text("what;is\nthis;file\n", encoding="utf-8")
    with pytest.raises(InputFaults) as found:
        check_inputs.run(PARAMS)
    said = [(fault.rule, fault.value) for fault in found.value.faults if fault.file == PLAN.as_posix()]
    assert said == [("plan_unknown_site", "K99"), ("plan_unknown_campaign", "after9")]
    assert "unknown_layout" in {fault.rule for fault in found.value.faults}
    assert not stage.CHECKED_COUNTS.exists()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [("screenline: ", "screenline: no_", "plan_unknown_screenline"), ("- kordon", "- kordn", "plan_unknown_word")],
)
def test_a_screenline_or_an_outcome_that_is_none_stops_a_run(study, old, new, rule):
    edited((old, new))
    with pytest.raises(InputFaults) as found:
        check_inputs.run(PARAMS)
    assert rule in {fault.rule for fault in found.value.faults}
