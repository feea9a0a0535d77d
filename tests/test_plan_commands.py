"""The commands of the plan on the demonstration study: check, freeze, and advice on the next campaign."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from movement import cli, tables
from pipelines import freeze_plan, plan_campaign, stage
from tests.publish.world import rows

STARTS = {"before": "2025-09-01", "after": "2026-08-31"}


def run(capsys, *words, lang="en"):
    code = cli.main(["plan", *map(str, words), "--lang", lang])
    told = capsys.readouterr()
    return code, told.out + told.err


def history(spread, *campaigns):
    """Days of the controls in which each strays by what it has drawn in the after-campaign."""
    random = np.random.default_rng(3)
    rows = []
    for site in range(1, 9):
        stray = {"before": 0.0, "after": random.normal(0, spread)}
        for campaign in campaigns:
            dates = pd.date_range(STARTS[campaign], periods=14)
            for mode in ("walk", "cycle"):
                count = round(5000 * np.exp(stray[campaign]))
                frame = pd.DataFrame({"station_id": f"K{site}", "mode": mode, "date": dates, "count": count})
                rows.append(frame.assign(campaign_id=campaign))
    days = pd.concat(rows, ignore_index=True).assign(
        period="all_day", day_type="weekday", valid_share=1.0, is_valid=True
    )
    tables.DAILY.write(days, stage.DAILY)


def test_the_shipped_plan_is_told_with_its_freezing(study, capsys):
    code, told = run(capsys, "check")
    assert code == 0
    assert "made up, and nobody has committed to it" in told
    assert "18 August 2025 (made-up date" in told
    assert "The study follows its plan." in told
    assert run(capsys, "check", lang="da")[0] == 0


def test_an_edit_after_the_freeze_is_told(study, capsys):
    text = freeze_plan.PLAN.read_text(encoding="utf-8")
    freeze_plan.PLAN.write_text(text.replace("smallest_effect_pct: 15", "smallest_effect_pct: 10"), encoding="utf-8")
    told = run(capsys, "check")[1]
    assert "primary.smallest_effect_pct was “15”, is now “10”" in told


def test_a_list_of_campaigns_is_looked_at_one_by_one(study, capsys):
    params = (study / stage.PARAMS_FILE).read_text(encoding="utf-8")
    assert "after_campaign: after #" in params
    for listed, told in (("after, after", "The study follows its plan"), ("after, before2", "the plan does not name")):
        edited = params.replace("after_campaign: after #", f"after_campaign: {listed} #")
        (study / stage.PARAMS_FILE).write_text(edited, encoding="utf-8")
        assert told in run(capsys, "check")[1]
    plan = freeze_plan.PLAN.read_text(encoding="utf-8").replace("is_demonstration: yes", "is_demonstration: no")
    freeze_plan.PLAN.write_text(plan, encoding="utf-8")
    freeze_plan.FROZEN.unlink()
    assert run(capsys, "freeze")[0] == 0  # today, when the campaigns of the demonstration have begun
    for listed in ("after", "after, after"):
        edited = params.replace("after_campaign: after #", f"after_campaign: {listed} #")
        (study / stage.PARAMS_FILE).write_text(edited, encoding="utf-8")
        assert "when the after-count had begun or was counted" in run(capsys, "check")[1]


def test_a_made_up_date_does_not_hold_once_the_study_is_real(study, capsys):
    plan = freeze_plan.PLAN.read_text(encoding="utf-8").replace("is_demonstration: yes", "is_demonstration: no")
    freeze_plan.PLAN.write_text(plan, encoding="utf-8")
    assert "The plan was frozen on a made-up date, which only a demonstration may be" in run(capsys, "check")[1]


def test_a_crossing_taken_off_the_screenline_after_the_freeze_is_told(study, capsys):
    sites = freeze_plan.SITES.read_text(encoding="utf-8")
    freeze_plan.SITES.write_text(sites.replace('"screenline_ids": "snit,kordon"', '"screenline_ids": "kordon"'))
    told = run(capsys, "check")[1]
    assert "the screenline snit is made up of other sites, roles or modes than when the plan was frozen" in told
    assert "so every result over it is exploratory" in told
    assert "the screenline snit is made of S4, S5, S6, S7; when the plan was frozen, of S1, S2, S3, S4" in told
    assert run(capsys, "check", lang="da")[0] == 0


def test_faults_of_the_plan_stop_and_name_the_line(study, capsys):
    text = freeze_plan.PLAN.read_text(encoding="utf-8")
    line = (
        text.splitlines().index("  K1: hverdagssti over samme motorvej længere mod syd, uden for skoledistriktet") + 1
    )
    freeze_plan.PLAN.write_text(
        text.replace("  K1: hv", "  K77: hv").replace("weeks: [7,", "weeks: [77,"), encoding="utf-8"
    )
    code, told = run(capsys, "check")
    assert code == 1
    assert "“77” in excluded.weeks" in told
    freeze_plan.PLAN.write_text(text.replace("  K1: hv", "  K77: hv"), encoding="utf-8")
    code, told = run(capsys, "freeze")
    assert (code, "K77 is not in sites.geojson" in told) == (1, True)
    freeze_plan.PLAN.write_text(text.replace("  K1: hverdagssti", "  T1: hverdagssti"), encoding="utf-8")
    assert f"row {line}" in run(capsys, "check")[1]  # where the table of controls begins


def test_freezing_twice_keeps_the_first_and_says_what_was_counted(study, capsys):
    before = freeze_plan.FROZEN.read_bytes()
    code, told = run(capsys, "freeze")
    assert (code, "Nothing was written" in told) == (1, True)
    assert freeze_plan.FROZEN.read_bytes() == before
    text = freeze_plan.PLAN.read_text(encoding="utf-8")
    freeze_plan.PLAN.write_text(text.replace("smallest_effect_pct: 15", "smallest_effect_pct: 10"), encoding="utf-8")
    counts = "station_id,mode,direction,t_start,interval_min,count\nT1,walk,in,2026-09-01T10:00+02:00,60,4\n"
    (study / stage.RAW_COUNTS / "after.csv").write_text(counts, encoding="utf-8")
    code, told = run(capsys, "freeze", "--imagined-date", "2026-08-01")  # counts after the made-up day are not there
    assert (code, "NOTE" in told) == (0, False)
    freeze_plan.PLAN.write_text(text.replace("smallest_effect_pct: 15", "smallest_effect_pct: 20"), encoding="utf-8")
    code, told = run(capsys, "freeze")
    assert (code, "after_counts_existed" in told, "2 earlier versions stay" in told) == (0, True, True)
    versions = json.loads(freeze_plan.FROZEN.read_text(encoding="utf-8"))["versions"]
    assert [version["after_counts_existed"] for version in versions] == [False, False, True]
    assert versions[0] == json.loads(before)["versions"][0]
    assert "after" in versions[2]["campaigns_counted"]


def test_without_history_the_stated_default_warns(study, capsys):
    code, told = run(capsys, "next", "--to", "out", "--price", 1000)
    assert code == 0
    assert "no history of its own" in told
    assert "cannot see the 10–20 %" in told
    # 21 sites: two weeks before and two after; the usual design one and one
    assert "Price of the 2 campaigns not counted yet: 84,000 (84 site-weeks in all)." in told
    assert "usually expected. Price of both weeks: 42,000 (42 site-weeks in all)." in told
    with (study / "out/campaign_designs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    asked = next(row for row in rows if (row["estimator"], row["variant"]) == ("control_spread", "asked"))
    assert (asked["campaigns_to_count"], asked["cost"]) == ("2", "84000,0")
    alone, apart = (float(asked[f"power_at_target{end}"].replace(",", ".")) for end in ("", "_apart"))
    assert alone != apart  # seven sites, none of them counted: a seventh each
    assert "A rise of 15 % is shown in between" in told and "on real counters, that is" in told
    assert asked["detectable_rise_pct"] == "69,5"  # (t7(.975) + t7(.8)) * 0.1525 * sqrt(1 + 1/8)
    for name in ("power_curve.svg", "power_curve.png", "power_curve.csv", "sites_to_count.csv"):
        assert (study / "out" / name).stat().st_size > 0
    beside = (study / "out/README.txt").read_text(encoding="utf-8-sig")
    assert "campaign_designs.csv: what each proposed count can show" in beside
    assert "campaign_designs.csv: hvad hvert forslag" in beside
    assert "campaign_designs.cost (currency of the price given): Price of all campaigns that are not" in beside
    assert "Demonstration" not in beside + (study / "out/power_curve.svg").read_text(encoding="utf-8")


def test_what_rests_on_made_up_counts_says_so_in_the_picture_and_beside_the_tables(study, capsys):
    history(0.05, "before")
    made = {"source_file": "a.csv", "layout": "tidy", "is_synthetic": True, "skipped": False}
    tables.COUNT_FILES.write(rows(tables.COUNT_FILES, made), stage.COUNT_FILES)
    for lang, said in (("en", "The counts are wholly or partly simulated"), ("da", "Tællingerne er helt eller delvis")):
        run(capsys, "next", "--to", "out", lang=lang)
        beside = (study / "out/README.txt").read_text(encoding="utf-8-sig")
        assert beside.startswith("Demonstrationsdata.") and "\nDemonstration data." in beside
        drawn = (study / "out/power_curve.svg").read_text(encoding="utf-8")
        assert said in drawn
    tables.COUNT_FILES.write(rows(tables.COUNT_FILES, made | {"skipped": True}), stage.COUNT_FILES)
    run(capsys, "next", "--to", "out")
    assert "Demonstration" not in (study / "out/README.txt").read_text(encoding="utf-8-sig")


def test_the_screenlines_shares_are_those_counted(study):
    days = pd.DataFrame({"date": pd.date_range(STARTS["before"], periods=14)}).assign(
        period="all_day", day_type="weekday", valid_share=1.0, is_valid=True, campaign_id="before", mode="walk"
    )
    line = [f"S{n}" for n in range(1, 8)]
    counted = pd.concat([days.assign(station_id=site, count=100 * (1 + (site == "S1"))) for site in line])
    unused = days.assign(station_id="S1", count=9999, is_valid=False, date=days["date"] + pd.Timedelta(days=28))
    tables.DAILY.write(pd.concat([counted, unused], ignore_index=True), stage.DAILY)
    (first, *_), *_ = [plan_campaign._designs(plan_campaign._setting(plan_campaign.Asked()), plan_campaign.Asked())]
    assert first.line_shares == pytest.approx((0.25, *[0.125] * 6))  # 200 of 800, 100 of 800
    tables.DAILY.write(counted[counted["station_id"] != "S2"].reset_index(drop=True), stage.DAILY)
    (first, *_), *_ = [plan_campaign._designs(plan_campaign._setting(plan_campaign.Asked()), plan_campaign.Asked())]
    assert first.line_shares == pytest.approx([1 / 7] * 7)


def test_history_of_ones_own_and_what_is_counted_already(study, capsys):
    history(0.05, "before", "after")
    told = run(capsys, "next", "--weeks", 1, "--to", "out")[1]
    assert "8 control sites, before–after" in told
    assert "altogether 2 before and 3 after" in told
    history(0.05, "before")
    told = run(capsys, "next", "--weeks", 1, "--to", "out")[1]
    assert "no history of its own" in told
    assert "altogether 2 before and 1 after" in told
    assert "altogether 3 before and 1 after" in run(capsys, "next", "--weeks", 1, "--before", "--to", "out")[1]


def test_sites_asked_about(study, capsys):
    told = run(capsys, "next", "--sites", "S1,S2, S3,T1,K1,K2", "--to", "out")[1]
    assert "6 sites, of which 3 in the screenline, 1 treated and 2 control" in told
    assert "without S4, S5, S6, S7" in told
    assert "“cycle”" not in told  # no site of that kind is proposed
    code, told = run(capsys, "next", "--sites", "S1,X9", "--to", "out")
    assert (code, "X9" in told) == (1, True)


def test_too_few_controls_and_nothing_to_test_are_said(study, capsys):
    told = run(capsys, "next", "--sites", "S1,T1,K1", "--to", "out")[1]
    assert "1 control sites are too few" in told
    assert "Screenline:" not in told  # but what more controls would show is told
    assert "Smallest rise shown" in told
    told = run(capsys, "next", "--sites", "K1,K2,K3", "--to", "out")[1]
    assert "there is nothing to decide" in told


def test_without_a_plan_the_studys_own_roles_stand(study, capsys):
    freeze_plan.PLAN.unlink()
    assert run(capsys, "check")[0] == 1
    code, told = run(capsys, "next", "--to", "out")
    assert code == 0
    assert "21 sites, of which 7 in the screenline, 6 treated and 8 control" in told


def test_a_run_of_another_version_is_said(study, capsys):
    stage.DAILY.parent.mkdir(parents=True)
    pd.DataFrame({"station_id": ["K1"]}).to_parquet(stage.DAILY)
    code, told = run(capsys, "next", "--to", "out")
    assert (code, "Run movement run first" in told) == (1, True)


@pytest.mark.parametrize("words", [("--weeks", "0"), ("--price", "-1"), ("--controls", "2.5"), ("--weeks", "inf")])
def test_numbers_that_make_no_sense_are_refused(study, capsys, words):
    with pytest.raises(SystemExit):
        run(capsys, "next", *words)


def test_all_that_is_wrong_is_told_at_once(study, capsys):
    """One fault each of the plan's form, its names, the study's layers and the frozen plan."""
    plan = freeze_plan.PLAN.read_text(encoding="utf-8").replace("smallest_effect_pct: 15", "smallest_effect_pct: much")
    freeze_plan.PLAN.write_text(plan.replace("before_campaign: before", "before_campaign: spring"), encoding="utf-8")
    events = study / stage.RAW_STUDY / "events.csv"
    events.write_text(events.read_text(encoding="utf-8").replace("2026-", "2026/", 1), encoding="utf-8")
    freeze_plan.FROZEN.write_text("[", encoding="utf-8")
    code, told = run(capsys, "check")
    assert code == 1
    for said in ("“much” in primary.smallest_effect_pct", "campaign spring", "events.csv, row", "is no frozen plan"):
        assert said in told, said
    assert "4 faults in all" in told
    freeze_code, freeze_told = run(capsys, "freeze")
    assert freeze_code == 1
    assert "campaign spring" in freeze_told


def test_a_plan_whose_names_cannot_be_held_against_the_study_is_still_read(study, capsys):
    (study / stage.RAW_STUDY / "sites.geojson").write_text("no layer", encoding="utf-8")
    text = freeze_plan.PLAN.read_text(encoding="utf-8").replace("smallest_effect_pct: 15", "smallest_effect_pct: much")
    freeze_plan.PLAN.write_text(text, encoding="utf-8")
    code, told = run(capsys, "check")
    assert code == 1
    assert "sites.geojson" in told
    assert "“much”" in told
