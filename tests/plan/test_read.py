"""The analysis plan as people write it: what is understood, and how every fault is named with its line."""

import pytest

from movement import study
from movement.plan import contents
from movement.plan.read import read_plan, unknown_names
from movement.publish import language
from movement.tables import InputFaults
from pipelines import graph, stage

SHIPPED = graph.HOUSE / stage.RAW_STUDY / contents.PLAN_FILE
SMALL = """source: made by hand
is_demonstration: nej
primary:
  screenline: snit
  modes: [walk]
  before_campaign: before
  after_campaign: after
  smallest_effect_pct: 12,5
  interviews_co_primary: ja
screenlines: [snit]
treated: {T1: fed by the link}
controls: {K1: alike}
windows: {autumn: [36, 37]}
excluded:
  weeks: [7, 27-29]
  days: [easter]
rules: {fewest_controls: 3, valid_day_share_pct: 95, in_words: []}
follow_ups: [2027-08-30]
secondary: [walk kordon]
"""


@pytest.fixture
def written(tmp_path):
    def write(text, *, encoding="utf-8"):
        path = tmp_path / "analysis_plan.yml"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def faults(path):
    with pytest.raises(InputFaults) as found:
        read_plan(path)
    return [(fault.rule, fault.row, fault.value) for fault in found.value.faults]


def test_a_plan_is_read_as_it_is_written(written):
    plan = read_plan(written(SMALL))
    assert (plan.mode, plan.smallest_effect_pct, plan.interviews_co_primary) == ("walk", 12.5, True)
    assert plan.is_demonstration is False
    assert plan.excluded_weeks == (7, 27, 28, 29)
    assert plan.follow_ups[0].isoformat() == "2027-08-30"
    assert plan.secondary == ("kordon walk",)


def test_no_file_is_no_plan(tmp_path):
    assert read_plan(tmp_path / "analysis_plan.yml") is None


def test_the_hash_is_of_what_is_said_not_of_how_it_is_written(written):
    plain = contents.sha256(contents.content(read_plan(written(SMALL))))
    lines = SMALL.splitlines()
    moved = "\r\n".join(["\ufeff# a comment", *lines[9:], *lines[:9]]).replace("12,5", "12.50").replace("ja", "yes")
    assert contents.sha256(contents.content(read_plan(written(moved)))) == plain
    other = SMALL.replace("12,5", "12,6")
    assert contents.sha256(contents.content(read_plan(written(other)))) != plain


def test_content_and_back_is_the_same_content(written):
    said = contents.content(read_plan(written(SMALL)))
    assert contents.content(contents.plan_of(said)) == said


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("source: made by hand\n", "", ("plan_key_missing", 1, "source")),
        ("  screenline: snit\n", "", ("plan_key_missing", 4, "primary.screenline")),
        ("source:", "sauce: x\nsource:", ("plan_key_unknown", 1, "sauce")),
        ("controls: {K1", "controls: {K1: twice, K1", ("plan_key_twice", 12, "K1")),
        ("12,5", "a lot", ("plan_no_number", 8, "a lot")),
        ("12,5", "1.500,5", ("plan_no_number", 8, "1.500,5")),
        ("is_demonstration: nej", "is_demonstration: perhaps", ("plan_no_yes_no", 2, "perhaps")),
        ("2027-08-30", "30-08-2027", ("plan_no_date", 18, "30-08-2027")),
        ("[36, 37]", "[36, 54]", ("plan_no_number", 13, "54")),
        ("[36, 37]", "[37, 36]", ("plan_no_window", 13, "autumn")),
        ("modes: [walk]", "modes: [walk, motor]", ("plan_unknown_word", 5, "motor")),
        ("modes: [walk]", "modes: []", ("plan_empty", 5, "")),
        ("[easter]", "[påske]", ("plan_unknown_word", 16, "påske")),
        ("[walk kordon]", "[walk moon]", ("plan_unknown_word", 19, "moon")),
        ("fed by the link", '""', ("plan_empty", 11, "")),
        ("{K1: alike}", "{T1: alike}", ("plan_site_twice", 12, "T1")),
        ("screenlines: [snit]", "screenlines: snit", ("plan_wants_list", 10, "screenlines")),
        ("treated: {T1: fed by the link}", "treated: T1", ("plan_wants_table", 11, "treated")),
        ("T1: fed by the link", "T1: [a]", ("plan_wants_value", 11, "treated.T1")),
    ],
)
def test_a_fault_is_named_with_its_line(written, old, new, fault):
    assert old in SMALL
    assert faults(written(SMALL.replace(old, new))) == [fault]


def test_all_faults_at_once(written):
    broken = SMALL.replace("12,5", "much").replace("nej", "maybe").replace("[easter]", "[christmas]")
    assert [rule for rule, *_ in faults(written(broken))] == ["plan_no_number", "plan_unknown_word", "plan_no_yes_no"]


def test_what_is_no_yaml_is_named_with_its_line(written):
    assert faults(written("source: a\n\tprimary: b\n"))[0][:2] == ("plan_unreadable", 2)
    assert faults(written("blåbær", encoding="latin-1"))[0][0] == "plan_unreadable"
    assert faults(written(""))[0][0] == "plan_wants_table"
    assert faults(written("- a\n- b\n"))[0][0] == "plan_wants_table"


def test_every_fault_is_worded_in_both_languages(written):
    for one in language.LANGUAGES:
        text = language.catalogue(one)
        with pytest.raises(InputFaults) as found:
            read_plan(written(SMALL.replace("12,5", "much").replace("[easter]", "[christmas]")))
        said = [language.say_fault(text, fault) for fault in found.value.faults]
        assert "much" in said[0] and "8" in said[0]
        assert "easter, ascension, whitsun" in said[1]


def test_the_shipped_plan_names_what_the_study_has():
    plan = read_plan(SHIPPED)
    area = study.read_study(SHIPPED.parent, crs="EPSG:25832")
    assert unknown_names(plan, area.sites, area.screenlines, area.campaigns, file="x") == []
    assert (len(plan.treated), len(plan.controls), plan.is_demonstration) == (6, 8, True)


def test_names_the_study_does_not_have_are_found(written):
    plan = read_plan(written(SMALL.replace("K1: alike", "S3: a new link, K99: none").replace("snit", "cut")))
    area = study.read_study(SHIPPED.parent, crs="EPSG:25832")
    found = unknown_names(plan, area.sites, area.screenlines, area.campaigns.iloc[:1], file="x")
    assert [(fault.rule, fault.value) for fault in found] == [
        ("plan_new_link", "S3"),
        ("plan_unknown_site", "K99"),
        ("plan_unknown_screenline", "cut"),
        ("plan_unknown_campaign", "after"),
    ]
