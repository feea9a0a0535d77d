"""The report renders whatever there is to show, says the answer by rule, and names what is synthetic."""

import html
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from movement import tables
from movement.publish import report, site_register
from movement.publish.answer import answer_sentence, co_primary_sentence, what_would_mend_it
from movement.publish.cells import NO_BREAK, Words, campaign_names
from movement.publish.language import catalogue
from movement.publish.observed_tables import checks_table
from movement.publish.plan_entries import plan_table
from movement.publish.report import words_in
from tests.publish.world import effect, empty_world, facts, full_page, full_world, rows

ANSWERS = {
    "rise_shown": ("En stigning er påvist", "A rise is shown"),
    "fall_shown": ("Et fald er påvist", "A fall is shown"),
    "not_shown": ("ikke påvist", "not shown"),
}
REASONS = ("no_campaigns", "no_screenline_sites", "no_matched_dates", "zero_counts", "no_controls", "too_few_controls")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("world", [empty_world, full_world])
def test_a_page_is_whole_and_asks_no_one(language, world):
    page = report.report_page(world(), language=language, facts=facts())
    assert page.lstrip().startswith("<!doctype html>")
    assert f'<html lang="{language}">' in page
    assert page.count("<main>") == 1
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "@import" not in page
    assert not re.search(r">\s*(nan|None|NaT|<NA>)\s*<", page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert page == report.report_page(world(), language=language, facts=facts())


def test_no_number_of_a_table_is_changed_on_the_page():
    danish = full_page("da")
    english = full_page("en")
    for number in ("1.234", "+12,3", "+1,5 til +24,0", "+21,5", "2.000 til 2.500", "1,37", "6,3", "\u221212"):
        assert number in danish, number
    for number in ("1,234", "+12.3", "+1.5 to +24.0", "+21.5", "2,000 to 2,500", "1.37", "6.3", "\u221212"):
        assert number in english, number


def test_decisions_corrections_and_devices_are_told_where_there_are_some():
    page = full_page("da")
    for name, word in (("decisions", "MJ"), ("corrections", "1,25"), ("devices", "X2H1")):
        assert f'id="table-{name}"' in page
        assert word in page
    assert "3. september 2024 07:00" in page
    assert "&lt;i&gt;race&lt;/i&gt;" in page
    assert 'id="table-decisions"' not in report.report_page(empty_world(), language="da", facts=facts())


def test_what_was_noticed_is_told_once_for_all_its_sites():
    page = full_page("da")
    assert "S1, K1" in page
    assert "&lt;u&gt;Byfest&lt;/u&gt;" in page
    assert "Niveauet ændrede sig med \u221240 %" in page


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("world", [empty_world, full_world])
def test_the_register_is_a_whole_page_too(language, world):
    page = site_register.register_page(world(), language=language, facts=facts())
    assert page.lstrip().startswith("<!doctype html>")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert not re.search(r">\s*(nan|None|NaT|<NA>)\s*<", page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert page == site_register.register_page(world(), language=language, facts=facts())


def test_the_register_tells_each_figure_with_its_interval_and_class():
    page = site_register.register_page(full_world(), language="en", facts=facts())
    page = page.replace(NO_BREAK, " ")
    for said in ("1,234 (1,100 to 1,350)", "7-8 h: 97 (80 to 114)", "62 (60 to 65)", "Error class B", "Far above the"):
        assert said in page, said
    assert page.count("<polygon") == 0
    assert page.count('opacity="0.2"') == 1  # one band of one chart


PLAN = {
    "da": ("18. august 2025 (opdigtet dato, demonstration)", "Planen gælder", "12,5", "planen siger projekttællested"),
    "en": ("18 August 2025 (made-up date, demonstration)", "The plan holds", "12.5", "the plan says treated"),
}


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_plan_is_told_with_date_fingerprint_and_deviations(language):
    page = full_page(language)
    section = page[page.index('id="plan"') : page.index('id="effect"')]
    for said in (*PLAN[language], "5acaf93dc7cb", "&lt;s&gt;42&lt;/s&gt;"):
        assert said in section, said
    said_above = section[: section.index('id="table-analysis_plan"')]
    assert "5acaf93dc7cbe" not in said_above  # twelve digits


def test_a_deviation_is_folded_only_where_there_are_many():
    found = full_world()
    few = report.report_page(found, language="en", facts=facts())
    many = [{"deviation": "site_missing", "item": f"K{number}", "planned": "control"} for number in range(11)]
    found["plan_deviations"] = rows(tables.PLAN_DEVIATIONS, *many)
    long = report.report_page(found, language="en", facts=facts())
    folded = "<summary>Deviations from the plan"
    assert folded not in few
    assert folded in long


@pytest.mark.parametrize("why", list(tables.NoPlan))
def test_a_plan_that_does_not_hold_says_why(why):
    found = full_world()
    plan, other = found["analysis_plan"], {"entry": "frozen", "item": "why_not", "value": str(why)}
    found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, *plan.to_dict("records"), other)
    for language in ("da", "en"):
        page = html.unescape(report.report_page(found, language=language, facts=facts()))
        text = words_in(found, language).text
        assert f"<strong>{text(f'plan.why_not.{why}')}</strong>" in page
        assert text("report.plan_holds") not in page
        assert text("plan.no_deviations") not in page


def test_a_plan_that_does_not_hold_over_one_screenline_names_it():
    found = full_world()
    plan, other = found["analysis_plan"], {"entry": "frozen", "item": "changed_screenlines", "value": "snit"}
    found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, *plan.to_dict("records"), other)
    for language in ("da", "en"):
        page = html.unescape(report.report_page(found, language=language, facts=facts()))
        words = words_in(found, language)
        said = words.text("report.plan_holds_but", screenlines=words.name("screenline", "snit"))
        assert said in page
        assert words.text("report.plan_holds") not in page


@pytest.mark.parametrize(("language", "after", "nobody"), [
    ("da", "Ved eftermåling: 31 (20 til 45) %, 40 svar ved S3", "Ved førmåling: ingen er spurgt"),
    ("en", "In the after count: 31 (20 to 45) %, 40 answers at S3", "In the before count: nobody was asked"),
])  # fmt: skip
def test_what_people_asked_say_stands_in_the_answer_where_the_plan_makes_it_primary(language, after, nobody):
    found = full_world()
    asked = {"outcome": "trips_not_made", "place": "snit", "phase": "after", "family": "primary"}
    asked |= {"people": 40, "sites": "S3", "estimate": 31.4, "low": 20.0, "high": 45.0}
    found["asked_results"] = rows(tables.ASKED_RESULTS, asked)
    assert nobody not in report.report_page(found, language=language, facts=facts())
    entry = {"entry": "primary", "item": "interviews_co_primary", "value": "yes"}
    found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, *found["analysis_plan"].to_dict("records"), entry)
    page = html.unescape(report.report_page(found, language=language, facts=facts()))
    place = (
        f"{words_in(found, language).name('screenline', 'snit')}, {'asked at' if language == 'en' else 'spurgt ved'} S3"
    )
    assert place in page  # in the table too: the share is of those asked there, not of all who cross
    answer = page[page.index('id="answer"') : page.index('id="contents"')].replace(NO_BREAK, " ")
    assert after in answer and nobody in answer


def co_primary(language, *told):
    """Say the answer's sentence on interviews where ASKED_RESULTS has these rows."""
    found = full_world()
    plain = {
        "outcome": "trips_not_made",
        "place": "snit",
        "family": "primary",
        "people": 50,
        "estimate": 60.0,
        "sites": "S3",
    }
    found["asked_results"] = rows(tables.ASKED_RESULTS, *[plain | row for row in told])
    entry = {"entry": "primary", "item": "interviews_co_primary", "value": "yes"}
    found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, entry)
    return co_primary_sentence(found, words_in(found, language)).replace(NO_BREAK, " ")


@pytest.mark.parametrize(("language", "one", "stated"), [
    ("da", "60 %, 50 svar ved S3, kun én dag ved ét tællested", "en oplyst andel"),
    ("en", "60 %, 50 answers at S3, only one day at one count site", "a stated share"),
])  # fmt: skip
def test_answers_after_only_are_a_stated_share_and_those_of_one_day_say_so(language, one, stated):
    said = co_primary(language, {"low": 44.0, "high": 75.0, "phase": "after", "conclusion": "stated_share"})
    assert stated in said and one not in said
    assert ("Ændringen:" in said, "The change:" in said) == (False, False)
    said = co_primary(language, {"reason": "one_cluster", "phase": "after", "conclusion": "cannot_be_judged"})
    assert one in said and stated not in said


def test_no_plan_at_all_is_said():
    page = report.report_page(empty_world(), language="en", facts=facts())
    assert "There is no analysis plan" in page


def test_what_follows_its_plan_is_said_to():
    found = full_world() | {"plan_deviations": tables.PLAN_DEVIATIONS.empty()}
    assert "The study follows its plan." in report.report_page(found, language="en", facts=facts())


def table_rows(page, name):
    body = page[page.index(f'id="table-{name}"') :]
    return re.findall(r"<tr>(.*?)</tr>", body[body.index("<tbody>") : body.index("</tbody>")], flags=re.DOTALL)


def test_other_methods_stand_a_row_each_and_the_naive_one_concludes_nothing():
    page = full_page("en")
    planned, naive, welch, without = table_rows(page, "robustness")
    assert "As planned" in planned and "&lt; 0.001" in planned and "rise shown" in planned
    assert "Naive percentage, without control sites" in naive and "misleading on its own; no conclusion" in naive
    assert "rise" not in naive and "0.001" not in naive
    assert "one unit" in welch
    assert "(K1 Path)" in without and "+9.9" in without


def test_phases_and_interventions_stand_apart_with_the_doubt_about_their_before():
    page = full_page("en")
    (study,), (own,) = table_rows(page, "phase_effects"), table_rows(page, "intervention_effects")
    assert "follow-up, no. 2" in study and "different seasons" in study
    assert "Opening" in own and "while it lasts" in own and "different seasons" not in own


def test_what_people_said_is_told_and_few_of_them_are_not():
    page = full_page("da")
    before, change, staying = table_rows(page, "asked_results")
    assert '<td class="n">31</td>' in before and "20 til 45" in before
    assert "færre end fem" in change and "færre end fem" in staying and "S1 Broen" in staying
    (dark,) = table_rows(page, "clock_changes")
    assert "17\u201318" in dark and "0,78" in dark


def test_what_nobody_counted_has_no_table():
    page = report.report_page(empty_world(), language="en", facts=facts())
    for name in ("asked_results", "clock_changes", "phase_effects", "intervention_effects"):
        assert f"table-{name}" not in page
    assert "just before and just after the clock" not in page


def test_secondary_outcomes_show_their_family_and_p_after_holm():
    values = {"outcome": "treated_sites", "is_primary": False, "screenline_id": None, "estimator": "ols"}
    values |= {"family": "secondary", "p_value": 0.021, "p_holm": 0.063, "equivalence_low": -3.2}
    values |= {"equivalence_high": 28.4, "conclusion": "not_shown", "reason": "not_after_holm"}
    found = full_world() | {"effects": rows(tables.EFFECTS, effect(), effect(**values))}
    (row,) = table_rows(report.report_page(found, language="en", facts=facts()), "secondary")
    for said in ("secondary", "0.021", "0.063", "\u22123.2 to +28.4", "judged together (Holm)"):
        assert said in row, said


QUALIFIED = (
    ({"attribution": "attributable"}, "No check speaks for another cause", "speaks for another cause"),
    ({"attribution": "not_attributable", "attribution_reason": "same_season, motor_unmoved"},
     "these checks failed: “Same season”, “Motor traffic unmoved”",
     "not attributable to the links, as checks failed: “same season”"),
    ({"conclusion": "not_shown", "equivalence_low": -3.2, "equivalence_high": 8.4, "smallest_effect_pct": 15.0},
     "equivalence interval (90 %) is \u22123.2 % to +8.4 %; the smallest change that matters is set at 15 %",
     "\u22123.2 to +8.4"),
    ({"family": "exploratory"}, "The result is exploratory", "rise shown"),
)  # fmt: skip


@pytest.mark.parametrize(("values", "said", "in_table"), QUALIFIED)
def test_the_answer_says_what_else_may_have_caused_it_and_how_sure_no_change_is(values, said, in_table):
    found = full_world() | {"effects": rows(tables.EFFECTS, effect(**values))}
    page = report.report_page(found, language="en", facts=facts())
    card = page[page.index('id="answer"') : page.index('id="contents"')]
    assert said in card
    assert said in report.index_page(found, language="en", facts=facts(), csv_names=[])
    assert in_table.lower() in " ".join(table_rows(page, "primary")).lower()
    assert said not in full_page("en")


def test_a_long_folded_table_is_not_printed_but_named_with_its_rows():
    """Of the two folded tables the one of 13 rows is left out in print, the one of 12 is not."""
    found = full_world()
    for number, is_long in ((12, False), (13, True)):
        many = [{"entry": "primary", "item": f"item {at}", "value": "1"} for at in range(number)]
        found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, *many)
        page = report.report_page(found, language="en", facts=facts())
        section = page[page.index('id="plan"') : page.index('id="effect"')]
        assert ('<details class="annex long">' in section) is is_long
        assert (f"not printed, {number} rows; see tables/report_tables.xlsx" in section) is is_long
        assert "longer than 12 rows" in page


def test_counted_and_modelled_stand_apart():
    page = full_page("en")
    for name, line in (("sites_weekday", "observed"), ("primary", "observed"), ("screenline_flows", "modelled")):
        assert re.search(rf'<table class="{line}[^"]*" id="table-{name}">', page)


def test_text_from_a_file_is_shown_as_text():
    page = full_page("en")
    assert "<b>31-02</b>" not in page
    assert "&lt;b&gt;31-02&lt;/b&gt;" in page


def test_fifty_refused_rows_are_shown_and_all_are_numbered():
    page = full_page("en")
    assert page.count("&lt;b&gt;31-02") == 50
    assert "10 further rows" in page
    assert "60 rows of the count files were not read" in page


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_banner_stands_where_something_is_synthetic(language, synthetic):
    word = {"da": "Demonstrationsdata", "en": "Demonstration data"}[language]
    page = report.report_page(full_world(), language=language, facts=facts(is_synthetic=synthetic))
    index = report.index_page(full_world(), language=language, facts=facts(is_synthetic=synthetic), csv_names=["a.csv"])
    assert (word in page) is synthetic
    assert (word in index) is synthetic


@pytest.mark.parametrize("conclusion", sorted(ANSWERS))
def test_the_sentence_follows_from_the_conclusion(conclusion):
    found = full_world() | {"effects": rows(tables.EFFECTS, effect(conclusion=conclusion))}
    for language, start in zip(("da", "en"), ANSWERS[conclusion], strict=True):
        words = words_in(found, language)
        assert start in answer_sentence(found, words)
        assert what_would_mend_it(found, words) == ""


@pytest.mark.parametrize("reason", REASONS)
def test_what_cannot_be_judged_says_why_and_what_would_mend_it(reason):
    row = effect(conclusion="cannot_be_judged", reason=reason, screenline_id=None)
    row |= dict.fromkeys(("before_per_day", "after_per_day", "index", "effect_pct", "effect_low", "effect_high"))
    found = full_world() | {"effects": rows(tables.EFFECTS, row)}
    for language in ("da", "en"):
        words = words_in(found, language)
        assert words.text(f"reason.{reason}") in answer_sentence(found, words)
        assert "None" not in answer_sentence(found, words)
        assert len(what_would_mend_it(found, words)) > 20
        assert what_would_mend_it(found, words) in html.unescape(
            report.report_page(found, language=language, facts=facts())
        )


def test_nothing_observed_is_said_plainly():
    for language, start in (("da", "Intet er observeret"), ("en", "Nothing was observed")):
        assert start in report.report_page(empty_world(), language=language, facts=facts())


def test_every_word_the_checks_and_rules_may_bring_is_there():
    found = full_world()
    for language in ("da", "en"):
        text = words_in(found, language).text
        wanted = {f"{family}.{word}" for family, words in {
            "role": tables.Role, "mode": tables.Mode, "phase": tables.Phase, "period": tables.Period,
            "status": tables.CheckStatus, "measure": tables.Measure,
            "reason": ("link_above", "link_below", "same_level", "tagged_crossing", "overruled", *REASONS),
            "mend": REASONS, "report.event": ("roadworks", "opening", "land_use", "population", "holiday", "other"),
            "part": ("old_crossings", "new_link", "screenline", "kordon", "rerouted_share"),
        }.items() for word in words}  # fmt: skip
        assert not wanted - text.keys()


def test_the_front_page_links_to_every_scenario_in_both_languages():
    index = report.index_page(full_world(), language="da", facts=facts(), csv_names=["effects.csv"])
    links = set(re.findall(r'href="([^"#]+)"', index))
    for language in ("da", "en"):
        pages = ("report", "observed", "change_bridge", "swipe_bridge", "change_zero_alternative")
        assert {f"{language}/{page}.html" for page in pages} <= links
    assert {"tables/report_tables.xlsx", "tables/effects.csv"} <= links
    assert not any("before" in link for link in links)
    assert index.index('lang="da" id="da"') < index.index('lang="en" id="en"')


def test_the_notes_of_a_file_are_said_in_words():
    found = full_world()
    note = json.loads(found["count_files"].loc[0, "note"])
    assert note[0]["note"] == "same_hours"
    assert "Same hours as b.csv: 24 intervals" in report.report_page(found, language="en", facts=facts())
    assert pd.isna(empty_world()["count_files"]["note"]).all()


def test_a_moment_is_told_by_the_day_it_has_in_the_study():
    """Midnight of 1 September in Copenhagen is 31 August, 22:00 UTC; what ends at the next midnight ends that day."""
    words = words_in(empty_world(), "da", "Europe/Copenhagen")
    assert words.day(pd.Timestamp("2025-08-31 22:00", tz="UTC")) == "1. september 2025"
    assert words.day(pd.Timestamp("2025-12-31 23:00", tz="UTC")) == "1. januar 2026"
    assert words.day(pd.Timestamp("2025-08-31 21:59", tz="UTC")) == "31. august 2025"
    assert words.last_day(pd.Timestamp("2025-09-14 22:00", tz="UTC")) == "14. september 2025"
    assert words.last_day(pd.Timestamp("2025-09-14 22:15", tz="UTC")) == "15. september 2025"
    assert words.day(pd.Timestamp("2025-09-01")) == "1. september 2025"
    assert words.day(pd.NaT) == words.last_day(pd.NaT) == "\u2013"
    with pytest.raises(ValueError, match="time zone of its reader is not known"):
        words_in(empty_world(), "da").day(pd.Timestamp("2025-08-31 22:00", tz="UTC"))


def test_files_and_unused_stretches_are_dated_where_the_study_is():
    """Two September weeks in Copenhagen begin and end at 22:00 UTC the evening before; the last quarter is theirs."""
    found = full_world()
    first, last = (pd.Timestamp(moment, tz="UTC") for moment in ("2025-08-31 22:00", "2025-09-14 21:45"))
    found["count_files"] = found["count_files"].assign(first_utc=first, last_utc=last)
    found["flags"] = found["flags"].assign(start_utc=first, end_utc=last + pd.Timedelta(minutes=15))
    page = report.report_page(found, language="da", facts=facts())
    row = page[page.index('id="table-count_files"') :].split("</table>")[0]
    assert "1. september 2025" in row
    assert "14. september 2025" in row
    assert "31. august" not in page
    assert "tællinger til og med 14. september 2025" in page
    sites = site_register.register_page(found, language="da", facts=facts())
    flags = sites[sites.index("Ikke brugt") :].split("</table>")[0]
    assert re.search(r"1\. september 2025</t[hd]>\s*<td>14\. september 2025</td>", flags)


def test_the_plan_is_told_entry_by_entry_in_the_readers_words_with_its_frozen_make_up():
    found = full_world()
    entries = [
        {"entry": "primary", "item": "modes", "value": "cycle, walk"},
        {"entry": "primary", "item": "before_campaign", "value": "before"},
        {"entry": "rules", "item": "fewest_controls", "value": "3"},
        {"entry": "excluded", "item": "days", "value": "easter, ascension"},
        {"entry": "follow_ups", "item": "", "value": "2027-08-30"},
        {"entry": "is_demonstration", "item": "", "value": "yes"},
        {"entry": "makeup", "item": "snit", "value": "S1"},
        {"entry": "makeup_site", "item": "S1", "value": "old_crossing; cycle, walk; ; 2026-05-01"},
    ]
    found["analysis_plan"] = rows(tables.ANALYSIS_PLAN, *entries)
    start = pd.Timestamp("2025-09-01")
    campaign = {"campaign_id": "before", "phase": "before", "start_date": start, "end_date": start}
    found["campaigns"] = rows(tables.CAMPAIGNS, campaign)
    words = words_in(found, "da", "Europe/Copenhagen")
    said = {row[:2]: row[2] for row in plan_table(found, words).rows}
    assert said["Primært mål (primary)", "trafikantgrupper (modes)"] == "cyklister, gående"
    assert said["Primært mål (primary)", "førmåling (before_campaign)"] == "førmåling 2025"
    assert said["Regel (rules)", "færrest sammenligningstællesteder (fewest_controls)"] == "3"
    assert said["Udeladt (excluded)", "dage (days)"] == "påske, Kristi himmelfartsdag"
    assert said["Senere eftermålinger (follow_ups)", "–"] == "30. august 2027"
    assert said["Er en demonstration (is_demonstration)", "–"] == "ja"
    line, name = words.name("screenline", "snit"), words.name("site", "S1")
    assert said["Snittets tællesteder, da planen blev frosset", line] == "S1"
    site = "Tællestedet, da planen blev frosset: rolle, trafikantgrupper, dage i brug"
    assert said[site, f"S1 {name}"] == "gammel krydsning; cyklister, gående; i brug … til 1. maj 2026"


def test_campaigns_of_one_phase_and_year_are_told_apart_by_their_first_day():
    """May and September are both before in 2025; the one of 2026 needs no day."""
    days = {"maj": "2025-05-12", "sep": "2025-09-01", "after": "2026-08-31"}
    campaigns = pd.DataFrame(
        {
            "campaign_id": list(days),
            "phase": ["before", "before", "after"],
            "start_date": pd.to_datetime(list(days.values())),
        }
    )
    names = campaign_names(campaigns, catalogue("da"))
    assert names == {
        "maj": "førmåling, 12. maj 2025",
        "sep": "førmåling, 1. september 2025",
        "after": "eftermåling 2026",
    }
    words = Words(catalogue("da"), {"campaign": names})
    assert words.campaign("sep, after") == "førmåling, 1. september 2025, eftermåling 2026"
    assert words.campaign("unknown") == "unknown"
    assert words.campaign(None) == ""


def test_a_check_that_is_not_possible_says_why_and_events_have_their_names():
    found = full_world()
    start = pd.Timestamp("2026-05-01")
    event = {"event_id": "letbane", "name_da": "Letbanen åbner", "name_en": "Light rail opens", "start_date": start}
    found["events"] = rows(tables.EVENTS, event | {"kind": "opening"})
    checks = [
        {"check_id": "placebo_dates", "status": "not_possible"},
        {"check_id": "motor_unmoved", "status": "not_possible", "detail": "T4"},
        {"check_id": "events_in_windows", "status": "failed", "detail": "letbane"},
        {"check_id": "valid_days", "status": "failed", "detail": "S1 walk"},
        {"check_id": "same_weekdays", "status": "passed", "detail": "2025-09-01, 2026-08-31"},
    ]
    found["checks"] = rows(tables.CHECKS, *checks)
    shown = checks_table(found, words_in(found, "da"))
    at = shown.columns.index("detail")
    said = {check["check_id"]: row[at] for check, row in zip(checks, shown.rows, strict=True)}
    assert said["placebo_dates"].startswith("Kræver tællere, der tæller hele tiden")
    assert said["motor_unmoved"].startswith("Biltrafik er ikke talt i begge kampagner")
    assert said["motor_unmoved"].endswith("(T4)")
    assert said["events_in_windows"] == "Letbanen åbner"
    assert said["valid_days"] == "S1 gående"
    assert said["same_weekdays"] == "1. september 2025, 31. august 2026"


def test_every_check_that_may_not_be_possible_has_words_for_why():
    """A study without counts, devices, weather or residents meets all of them."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path("movement/comparison").glob("*.py"))
    by_name = set(re.findall(r'check_row\("(\w+)", (?:None|passed)', code))
    keys = catalogue("da").keys()
    told = {key.split(".")[1] for key in keys if key.endswith(".not_possible")}
    assert len(by_name) >= 10
    assert by_name - {"link_opened"} <= told


@pytest.mark.parametrize(("method", "is_permanent", "said"), [
    ("counted_mean", True, False), ("published_factors", True, True), ("published_factors", False, False),
])  # fmt: skip
def test_a_counter_that_runs_all_the_time_says_why_its_year_is_expanded(method, is_permanent, said):
    found = full_world()
    found["sites"] = found["sites"].assign(is_permanent=is_permanent)
    found["volumes"] = found["volumes"].assign(method=method, measure="annual").drop_duplicates(["station_id", "mode"])
    page = site_register.register_page(found, language="da", facts=facts())
    assert ("Stedet tæller hele tiden, men årsdøgnet er opregnet" in page) is said
