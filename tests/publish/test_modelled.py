"""What the report says of the model: cells in both languages, few people not told, hits, nothing where nothing is."""

import html
import re

import pytest

from movement import tables
from movement.publish import crossing_tables, fit_tables, modelled_tables, report, travel_tables
from movement.publish.cells import NO_BREAK
from movement.publish.report import words_in
from tests.publish.world import empty_world, facts, full_page, full_world, rows

LANGUAGES = ("da", "en")
NONE = ("–",) * 6
NONE_DA = "ingen prognose: modellen er ikke beregnet for disse forbindelser og denne arealanvendelse"
NONE_EN = "not forecast: the model has no run of these links and land use"
# table, a row's cells from a column on: Danish, English
CELLS = {
    "calibration": [
        (
            ("gående", "Aftagen med oplevet rejsetid", "0,078", "0,053 til 0,105", "pr. minut", "tilpasset", "14", "–"),
            ("people walking", "Decay with felt time", "0.078", "0.053 to 0.105", "per minute", "fitted", "14", "–"),
        )
    ],
    "calibration_assumed": [
        (
            ("gående", "Faktor på ture med formålet arbejde", "1,00", "faktor", "antaget"),
            ("people walking", "Factor on trips for the purpose work", "1.00", "factor", "assumed"),
        )
    ],
    "fit": [
        (
            ("S1 Broen", "gående", "900", "41", "1.100", "6,3", "1.130", "800 til 1.590"),
            ("S1 Bridge", "people walking", "900", "41", "1,100", "6.3", "1,130", "800 to 1,590"),
        )
    ],
    "forecast": [
        (
            (
                "S1 Broen",
                "gående",
                "after",
                "480",
                "500",
                "640",
                "410 til 990",
                "ja",
                "530",
                "390 til 720",
                "ja",
                "ja",
                "25 %",
                "–",
            ),
            (
                "S1 Bridge",
                "people walking",
                "after",
                "480",
                "500",
                "640",
                "410 to 990",
                "yes",
                "530",
                "390 to 720",
                "yes",
                "yes",
                "25%",
                "–",
            ),
        ),
        (
            ("K1 Stien", "cyklister", "after", "–", "500", "0", *NONE[:5], "nej", "–", "–"),
            ("K1 Path", "people cycling", "after", "–", "500", "0", *NONE[:5], "no", "–", "–"),
        ),
        (
            ("S1 Broen", "cyklister", "after", "–", "500", *NONE, "nej", "–", NONE_DA),
            ("S1 Bridge", "people cycling", "after", "–", "500", *NONE, "no", "–", NONE_EN),
        ),
    ],
    "forecast_hits": [
        (
            (
                "after",
                "gående",
                "alle",
                "1 af 1",
                "100 %",
                "1",
                "1 af 1",
                "1",
                "28 %",
                "6 %",
                "4 %",
                "+28 %",
                "+6 %",
                "−4 %",
            ),
            (
                "after",
                "people walking",
                "all",
                "1 of 1",
                "100%",
                "1",
                "1 of 1",
                "1",
                "28%",
                "6%",
                "4%",
                "+28%",
                "+6%",
                "−4%",
            ),
        ),
        (
            ("after", "cyklister", "alle", "–", "–", "1", "1 af 1", "1", "28 %", "6 %", "4 %"),
            ("after", "people cycling", "all", "–", "–", "1", "1 of 1", "1", "28%", "6%", "4%"),
        ),
    ],
    "screenline_parts": [
        (
            (
                "Ny bro, planlagt arealanvendelse",
                "+99 (+71 til +127)",
                "+1",
                "+1",
                "+61 (+41 til +81)",
                "+41",
                "+7",
                "10",
            ),
            ("New bridge, planned land use", "+99 (+71 to +127)", "+1", "+1", "+61 (+41 to +81)", "+41", "+7", "10"),
        )
    ],
    "screenline_terms": [
        (
            ("Ny bro, planlagt arealanvendelse", "+99 (+71 til +127)", "\u221217", "+83"),
            ("New bridge, planned land use", "+99 (+71 to +127)", "\u221217", "+83"),
        )
    ],
    "travel": [
        (
            ("Ny bro, arealanvendelse i dag", "5.382 (5.000 til 5.900)", "+412", "0", "6.668 (5.652 til 7.684)"),
            ("New bridge, land use today", "5,382 (5,000 to 5,900)", "+412", "0", "6,668 (5,652 to 7,684)"),
        ),
        (("I dag", "5.382 (5.000 til 5.900)", "–", "412"), ("Today", "5,382 (5,000 to 5,900)", "–", "412")),
    ],
    "unmet": [
        (
            ("I dag", "gangbesværede", "408 (350 til 460)", "396", "12"),
            ("Today", "people who walk with difficulty", "408 (350 to 460)", "396", "12"),
        ),
        (
            ("I dag", "ældre på 65 år og derover", "skjult", "skjult", "skjult"),
            ("Today", "people of 65 and over", "hidden", "hidden", "hidden"),
        ),
    ],
    "screenline_flows": [
        (
            ("I dag", "gående", "2.346", "2.000 til 2.500", "–", "+99 (+71 til +127)"),
            ("Today", "people walking", "2,346", "2,000 to 2,500", "–", "+99 (+71 to +127)"),
        ),
    ],
    "crossing_flows_today": [
        (
            ("Bro", "gående", "2.346 (2.000 til 2.500) [1.500 til 3.500]"),
            ("Bro", "people walking", "2,346 (2,000 to 2,500) [1,500 to 3,500]"),
        ),
    ],
    "reach_minutes": [
        (("I dag", "gangbesværede", "4.321", "12,3"), ("Today", "walking with limits", "4,321", "12.3")),
    ],
    "reach_metres": [(("I dag", "gående", "46", "12,3"), ("Today", "walking", "46", "12.3"))],
    "crossing_purposes_planned": [
        (
            ("Bro", "Ny bro", "777 (700 til 850)", "–", "155 (105 til 205)", "–", "–", "–", "–", "–", "622"),
            ("Bro", "New bridge", "777 (700 to 850)", "–", "155 (105 to 205)", "–", "–", "–", "–", "–", "622"),
        )
    ],
    "crossing_groups_today": [
        (
            ("Bro", "Forbindelser som i dag", "777 (700 til 850)", "–", "–", "5", "skjult", "–"),
            ("Bro", "Links as today", "777 (700 to 850)", "–", "–", "5", "hidden", "–"),
        )
    ],
    "crossing_bands_today": [
        (
            ("Bro", "Ny bro", "777 (700 til 850)", "–", "–", "–", "–", "222"),
            ("Bro", "New bridge", "777 (700 to 850)", "–", "–", "–", "–", "222"),
        )
    ],
    "crossing_parts_today": [
        (
            ("Bro", "Ny bro", "+444 (+400 til +490)", "+333", "+99", "+12"),
            ("Bro", "New bridge", "+444 (+400 to +490)", "+333", "+99", "+12"),
        )
    ],
}


def shown(found, language):
    words = words_in(found, language)
    every = [
        *fit_tables.parameter_tables(found, words),
        fit_tables.goodness_table(found, words),
        fit_tables.fit_table(found, words),
        fit_tables.forecast_hits_table(found, words),
        fit_tables.forecast_table(found, words),
        *modelled_tables.screenline_part_tables(found, words),
        modelled_tables.screenline_terms_table(found, words),
        *travel_tables.travel_tables(found, words),
        travel_tables.unmet_table(found, words),
        modelled_tables.screenline_table(found, words),
        *crossing_tables.crossing_tables(found, words),
        *travel_tables.reach_tables(found, words),
        *crossing_tables.who_tables(found, words),
        *crossing_tables.part_tables(found, words),
    ]
    return {table.name: table for table in every}


@pytest.mark.parametrize(("place", "language"), list(enumerate(LANGUAGES)))
@pytest.mark.parametrize("name", sorted(CELLS))
def test_cells(name, place, language):
    found = [tuple(cell.replace(NO_BREAK, " ") for cell in row) for row in shown(full_world(), language)[name].rows]
    for wanted in CELLS[name]:
        assert any(row[: len(wanted[place])] == wanted[place] for row in found), (wanted[place], found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_on_the_page_and_modelled_ones_are_marked(language):
    page = full_page(language)
    for name, table in shown(full_world(), language).items():
        line = table.line or ""
        assert re.search(rf'<table class="{line}[^"]*" id="table-{name}">', page), name
        assert table.line == ("" if name in ("fit", "forecast", "forecast_hits", "goodness") else "modelled")


def test_few_people_of_a_group_are_told_nowhere():
    found = full_world()
    for language in LANGUAGES:
        row = shown(found, language)["crossing_groups_today"].rows[0]
        assert row[5:7] == ("5", "skjult" if language == "da" else "hidden")


def test_a_parameter_refused_says_why_and_how_many_sites_would_do():
    remarks = {language: shown(full_world(), language)["calibration"].rows[1][-1] for language in LANGUAGES}
    assert remarks["da"].startswith(
        "Omvej, der accepteres er ikke tilpasset: 2 tællesteder siger noget om den, og 9 er nok"
    )
    assert remarks["en"].startswith("Detour tolerated is not fitted: 2 count sites tell of it, and 9 would do")


def test_goodness_gives_each_measure_its_unit_and_meaning():
    for language, bias in (("da", "+3 %"), ("en", "+3%")):
        measures = {row[0]: row for row in shown(full_world(), language)["goodness"].rows}
        text = words_in(full_world(), language).text
        assert measures[text("goodness.bias")][1] == bias
        assert measures["R²"][1] == text.number(0.94, 2)
        assert measures[text("goodness.site_error")][1] == "–"
        assert all(len(row[-1]) > 10 for row in measures.values())


def test_alarms_come_before_notes_and_the_same_of_both_modes_is_said_once():
    said = fit_tables.warnings(full_world(), words_in(full_world(), "en"))
    assert [line.split(" ", 2)[2][:12] for line in said["alarms"]] == ["Sites left o", "Departures f"]
    assert "missed by 42 per cent" in said["alarms"][0]
    assert "the purpose station" in said["alarms"][1]
    assert len(said["notes"]) == 1
    assert said["notes"][0].startswith("People walking and cycling: ")
    assert "S1 Bridge" in said["notes"][0]
    page = html.unescape(full_page("en"))
    assert page.index(said["alarms"][0]) < page.index(said["notes"][0])


@pytest.mark.parametrize(
    ("language", "sentence", "never"),
    [
        ("da", "1 af 1 tællinger efter ligger inden for", "Tællinger efter indgår aldrig i modellen."),
        ("en", "1 of 1 counts after lie inside", "Counts after never enter the model."),
    ],
)
def test_the_hit_rate_is_said(language, sentence, never):
    said = fit_tables.forecast_sentences(full_world(), words_in(full_world(), language))
    assert said[0].startswith(sentence)
    assert "100" in said[0]
    assert len([line for line in said if line.endswith(("1.", "why.", "hvorfor."))]) == 2  # what the rate leaves out
    assert never in full_page(language)


@pytest.mark.parametrize(
    ("language", "hits", "departures"),
    [
        ("da", "1 af 1 tællinger efter ligger inden for dens 95 %-interval (100 %)", ("6 %", "+6 %", "28 %", "4 %")),
        ("en", "1 of 1 counts after lie inside its 95 % interval (100%)", ("6%", "+6%", "28%", "4%")),
    ],
)
def test_the_model_alone_the_pivoted_forecast_and_nothing_changed_are_said(language, hits, departures):
    found, words = full_world(), words_in(full_world(), language)
    said = [line.replace(NO_BREAK, " ") for line in fit_tables.forecast_sentences(found, words)]
    assert sum(hits in line for line in said) == 1
    assert sum(all(f" {share}" in line.replace("(", " ") for share in departures) for line in said) == 1
    page = report.report_page(found, language=language, facts=facts())
    assert page.index('id="figure-forecast"') < page.index('id="figure-pivoted"')
    none = found["forecast_hits"].assign(pivoted_counts=0, pivoted_inside=0, pivoted_hit_rate=float("nan"), compared=0)
    few = fit_tables.forecast_sentences(found | {"forecast_hits": none}, words)
    assert len(few) == len(said) - 2


@pytest.mark.parametrize(
    ("language", "alarm"),
    [
        ("da", "Gående, kampagnen after: den pivoterede prognose er ikke bedre end at antage, at intet"),
        ("en", "People walking, campaign after: the pivoted forecast is no better than assuming that nothing"),
    ],
)
def test_a_forecast_no_better_than_nothing_changed_is_an_alarm(language, alarm):
    found, words = full_world(), words_in(full_world(), language)
    said = fit_tables.forecast_alarms(found, words)
    assert len(said) == 2 and said[1].startswith(alarm)  # both together and walking; cycling is better
    assert all(f" {figure}" in said[1] for figure in (6, 4, 28))  # pivoted, the count before, the model alone
    page = report.report_page(found, language=language, facts=facts())
    assert re.search(rf'<ul class="alarms"><li>[^<]*</li><li>{re.escape(alarm)}', page)
    better = found | {"forecast_hits": found["forecast_hits"].assign(is_no_better=False)}
    assert fit_tables.forecast_alarms(better, words) == []
    assert words.text("report.forecast_alarms") not in report.report_page(better, language=language, facts=facts())


@pytest.mark.parametrize(
    ("basis", "scenarios", "sentence"),
    [
        ("exact", "bridge", "just the links in force then: New bridge, land use today."),
        ("summed", "bridge,path", "no scenario holds just those: New bridge, path, land use today."),
        ("before_only", "before", "No link of a scenario was in force in campaign after"),
    ],
)
def test_what_the_forecast_is_made_of_is_said(basis, scenarios, sentence):
    found, words = full_world(), words_in(full_world(), "en")
    found |= {"forecast": found["forecast"].assign(basis=basis, scenario_ids=scenarios)}
    assert any(sentence in line for line in fit_tables.forecast_sentences(found, words))


def test_whether_residents_present_are_known_is_said():
    found, words = full_world(), words_in(full_world(), "en")
    after = rows(tables.CAMPAIGNS, {"campaign_id": "after", "phase": "after", "residents_present": 2390.0})
    told = fit_tables.forecast_sentences(found | {"campaigns": after}, words)
    assert any("2,390 inside the cordon in campaign after" in line for line in told)
    unknown = found | {"forecast": found["forecast"].assign(present_share=float("nan"))}
    assert words.text("report.residents_not_told") in fit_tables.forecast_sentences(unknown, words)


def test_without_counts_after_or_without_intervals_the_forecast_says_so():
    words = words_in(full_world(), "en")
    assert fit_tables.forecast_sentences(empty_world(), words) == [words.text("report.no_forecast")]
    none = full_world()["forecast_hits"].assign(counts=0, inside=0, hit_rate=float("nan"))
    said = fit_tables.forecast_sentences(full_world() | {"forecast_hits": none}, words)
    assert said[0] == words.text("report.forecast_not_fitted")


def test_trips_that_cannot_be_made_are_said_before_and_after():
    for language, wanted, whose in (
        (
            "da",
            "412 ture pr. ugedøgn kan ikke gennemføres før, 0 efter: Ny bro.",
            "gangbesværede 408; ældre på 65 år og derover skjult.",
        ),
        (
            "en",
            "412 trips per week-average day cannot be made before, 0 after: New bridge.",
            "people who walk with difficulty 408; people of 65 and over hidden.",
        ),
    ):
        found = full_world()
        said = travel_tables.unmet_sentences(found, words_in(found, language))
        assert len(said) == 5  # today's links and what the bridge changes, on both land uses; whose they are, on one
        assert said[2] == said[4] == wanted
        assert all(number in said[0] for number in ("412", "400", "12"))  # in all, without a way, too far
        assert said[1].endswith(whose)
    all_made = full_world()["travel"].assign(trips_unmet=0.0, change_unmet=0.0)
    none = {"travel": all_made, "unmet_groups": full_world()["unmet_groups"].iloc[:0]}
    said = travel_tables.unmet_sentences(full_world() | none, words_in(full_world(), "en"))
    assert said[0] == "Today: all trips can be made."


def test_modes_without_a_fitted_parameter_are_named():
    found = full_world()
    assert "people cycling:" in fit_tables.not_fitted_sentence(found, words_in(found, "en"))
    fitted = rows(tables.CALIBRATION, {"mode": "walk", "parameter": "scale", "is_fitted": True})
    assert fit_tables.not_fitted_sentence({"calibration": fitted}, words_in(found, "en")) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_study_has_no_rows_and_no_figure(language):
    assert all(not table.rows for table in shown(empty_world(), language).values())
    assert fit_tables.warnings(empty_world(), words_in(empty_world(), language)) == {"alarms": [], "notes": []}
    page = report.report_page(empty_world(), language=language, facts=facts())
    assert '<figure id="figure-terms"' not in page
    assert words_in(empty_world(), language).text("report.no_forecast") in page
