"""The report renders whatever there is to show, says the answer by rule, and names what is synthetic."""

import html
import json
import re

import pandas as pd
import pytest

from movement import tables
from movement.publish import report, site_register
from movement.publish.answer import answer_sentence, what_would_mend_it
from movement.publish.cells import NO_BREAK
from movement.publish.report import words_in
from tests.publish.world import effect, empty_world, facts, full_world, rows

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
    danish = report.report_page(full_world(), language="da", facts=facts())
    english = report.report_page(full_world(), language="en", facts=facts())
    for number in ("1.234", "+12,3", "+1,5 til +24,0", "+21,5", "2.000 til 2.500", "1,37", "6,3", "\u221212"):
        assert number in danish, number
    for number in ("1,234", "+12.3", "+1.5 to +24.0", "+21.5", "2,000 to 2,500", "1.37", "6.3", "\u221212"):
        assert number in english, number


def test_decisions_corrections_and_devices_are_told_where_there_are_some():
    page = report.report_page(full_world(), language="da", facts=facts())
    for name, word in (("decisions", "MJ"), ("corrections", "1,25"), ("devices", "X2H1")):
        assert f'id="table-{name}"' in page
        assert word in page
    assert "3. september 2024 07:00" in page
    assert "&lt;i&gt;race&lt;/i&gt;" in page
    assert 'id="table-decisions"' not in report.report_page(empty_world(), language="da", facts=facts())


def test_what_was_noticed_is_told_once_for_all_its_sites():
    page = report.report_page(full_world(), language="da", facts=facts())
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


def test_counted_and_modelled_stand_apart():
    page = report.report_page(full_world(), language="en", facts=facts())
    for name, line in (("sites_weekday", "observed"), ("primary", "observed"), ("screenline_flows", "modelled")):
        assert re.search(rf'<table class="{line}[^"]*" id="table-{name}">', page)


def test_text_from_a_file_is_shown_as_text():
    page = report.report_page(full_world(), language="en", facts=facts())
    assert "<b>31-02</b>" not in page
    assert "&lt;b&gt;31-02&lt;/b&gt;" in page


def test_fifty_refused_rows_are_shown_and_all_are_numbered():
    page = report.report_page(full_world(), language="en", facts=facts())
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
