"""Every fault that the code raises has its words in both languages, and hands over what the words ask for."""

import ast
import string
from pathlib import Path

import pytest

from movement.publish.language import LANGUAGES, catalogue

SOURCES = [path for room in ("movement", "pipelines") for path in sorted(Path(room).rglob("*.py"))]
POSITIONS = ("rule", "file", "row", "value", "detail")


def gaps(message):
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def raised():
    """Yield where each Fault of a rule by name is made, its rule, and its arguments by name."""
    for path in SOURCES:
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Fault":
                given = dict(zip(POSITIONS, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
                if isinstance(given.get("rule"), ast.Constant):
                    yield f"{path}:{call.lineno}", given["rule"].value, given


def handed_over(given):
    """Return the gaps that a fault's arguments fill; None where its detail is made elsewhere."""
    detail = given.get("detail")
    if detail is None:
        names = set()
    elif isinstance(detail, ast.Dict) and all(isinstance(key, ast.Constant) for key in detail.keys):
        names = {key.value for key in detail.keys}
    else:
        return None
    return names | {"file"} | {name for name in ("row", "value") if name in given}


FAULTS = list(raised())


def test_there_are_faults_to_look_at():
    assert len(FAULTS) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_words_and_hands_over_what_they_ask_for(language):
    text = catalogue(language)
    wrong = [f"{where}: fault.{rule} has no words" for where, rule, _ in FAULTS if f"fault.{rule}" not in text]
    for where, rule, given in FAULTS:
        filled = handed_over(given)
        if f"fault.{rule}" in text and filled is not None and (lacking := gaps(text(f"fault.{rule}")) - filled):
            wrong.append(f"{where}: fault.{rule} asks for {sorted(lacking)}")
    assert not wrong, "\n".join(wrong)


def test_both_languages_ask_for_the_same_values():
    danish, english = (catalogue(language) for language in LANGUAGES)
    differ = [key for key in danish.keys() & english.keys() if gaps(danish(key)) != gaps(english(key))]
    assert differ == []


def test_no_value_is_told_as_a_question_mark():
    """A planner cannot do anything about `?`: say another fault where a value is not known."""
    found = [
        f"{path}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == "?"
    ]
    assert found == []
