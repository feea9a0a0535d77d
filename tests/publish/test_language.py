"""Danish and English say the same: same keys, same gaps, no word outside the catalogues."""

import re
import string
from pathlib import Path

import pytest

from movement import tables
from movement.demand import fit_warnings
from movement.publish import language, modelled_tables, report

PUBLISH = Path(report.__file__).parent


def gaps(message):
    return sorted(name for _, name, _, _ in string.Formatter().parse(message) if name)


def test_both_languages_have_the_same_files_and_keys():
    names = [{path.name for path in (PUBLISH / "locales" / one).glob("*.po")} for one in language.LANGUAGES]
    assert names[0] == names[1]
    danish, english = (language.catalogue(one) for one in language.LANGUAGES)
    assert danish.keys() == english.keys()


def test_both_languages_have_the_same_gaps_and_no_empty_message():
    danish, english = (language.catalogue(one) for one in language.LANGUAGES)
    for key in sorted(danish.keys()):
        assert danish(key) and english(key), key
        assert gaps(danish(key)) == gaps(english(key)), key


@pytest.mark.parametrize("name", ["report.html.j2", "index.html.j2", "parts.html.j2", "sites.html.j2"])
def test_no_prose_stands_in_a_template(name):
    text = (PUBLISH / "templates" / name).read_text(encoding="utf-8")
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-zÆØÅæøå]{3,}", text))
    assert words <= {"run", "movement", "report", "tables", "xlsx", "public", "life"}  # the command, and names of files


def test_every_key_a_template_names_is_there():
    text = language.catalogue("da")
    for path in (PUBLISH / "templates").glob("*.j2"):
        for key in re.findall(r'text\("([\w.]+)"[,)]', path.read_text(encoding="utf-8")):
            assert key in text, f"{path.name}: {key}"


def test_every_key_the_code_names_in_full_is_there():
    text = language.catalogue("da")
    for path in PUBLISH.glob("*.py"):
        for key in re.findall(r'[ .(]text\(\s*"([a-z_]+\.[\w.]+)"', path.read_text(encoding="utf-8")):
            assert key in text, f"{path.name}: {key}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("purpose", tables.Purpose),
        ("group", tables.Group),
        ("band", tables.Band),
        ("decay_form", tables.DecayForm),
        ("distribution", tables.Distribution),
        ("traveller", tables.Traveller),
        ("within", tables.Within),
        ("term", modelled_tables.TERMS),
        ("fit_warning", fit_warnings.Doubt),
        ("report.basis", tables.ForecastBasis),
        ("not_forecast", tables.NotForecast),
        ("sites_of", tables.SitesOf),
    ],
)
def test_the_words_of_demand_are_there(kind, words):
    text = language.catalogue("da")
    assert not [word for word in words if f"{kind}.{word}" not in text]


@pytest.mark.parametrize(
    ("value", "decimals", "danish", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (-0.04, 1, "0,0", "0.0"),
        (-3.0, 0, "\u22123", "\u22123"),
        (float("nan"), 0, "–", "–"),
    ],
)
def test_numbers(value, decimals, danish, english):
    assert language.catalogue("da").number(value, decimals) == danish
    assert language.catalogue("en").number(value, decimals) == english
