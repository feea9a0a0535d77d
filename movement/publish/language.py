"""Words, numbers and dates in Danish and English, from the message catalogues in locales/."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

if TYPE_CHECKING:  # the command line words messages long before it needs tables
    from movement.tables import Fault

LANGUAGES = ("da", "en")
_LOCALES = Path(__file__).parent / "locales"
_BABEL = {"da": "da", "en": "en_GB"}


class Catalogue:
    """Messages of one language by key; `text("key", name=...)` fills the gaps."""

    def __init__(self, language: str, messages: Mapping[str, str]) -> None:
        self.language = language
        self._messages = messages

    def __call__(self, key: str, **values: object) -> str:
        """Return the message, its gaps filled.

        Raises
        ------
        KeyError
            If the language has no such message.
        """
        message = self._messages[key]
        return message.format(**values) if values else message

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def keys(self) -> frozenset[str]:
        """Return all message keys."""
        return frozenset(self._messages)

    def number(self, value: float | None, decimals: int = 0, *, sign: bool = False) -> str:
        """Write a number as the language does; a dash where there is none."""
        if value is None or value != value:  # not a number
            return "\u2013"
        rounded = round(float(value), decimals) + 0.0
        shown = f"{rounded:,.{decimals}f}".translate(_marks(self.language))
        return ("+" if sign and rounded > 0 else "") + shown

    def date(self, day: dt.date) -> str:
        """Write a date in full."""
        return str(format_date(day, "long", locale=_BABEL[self.language]))


@cache
def _marks(language: str) -> dict[int, str]:
    """Return the language's marks of thousands and decimals, and the true minus, for those that Python writes."""
    locale = _BABEL[language]
    return str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale), "-": "\u2212"})


@cache
def catalogue(language: str) -> Catalogue:
    """Read all of a language's catalogues.

    Raises
    ------
    ValueError
        If the language is not known, or two catalogues have the same key.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    messages: dict[str, str] = {}
    for path in sorted((_LOCALES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id:
                    continue
                if message.id in messages:
                    raise ValueError(f"{path.name}: {message.id} stands in two catalogues")
                messages[str(message.id)] = str(message.string)
    return Catalogue(language, messages)


def study_language(params_file: Path) -> str:
    """Return the study's language, Danish where params.yaml does not say."""
    params: dict[str, Any] = yaml.safe_load(params_file.read_text(encoding="utf-8")) if params_file.exists() else {}
    wanted = str((params or {}).get("language", "da"))
    return wanted if wanted in LANGUAGES else "da"


def say_fault(text: Catalogue, fault: Fault) -> str:
    """Say a fault in words: file, row, value, rule and what to do."""
    key = f"fault.{fault.rule}"
    where = text("fault.where_row", file=fault.file, row=fault.row) if fault.row is not None else fault.file
    if key not in text:
        return f"{where}: {fault.rule}: {fault.value} {json.dumps(dict(fault.detail), ensure_ascii=False)}"
    said = text(key).format(**{"file": fault.file, "row": fault.row, "value": fault.value, **fault.detail})
    return f"{where}: {said}"
