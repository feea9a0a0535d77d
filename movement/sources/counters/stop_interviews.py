"""Stop interviews: one row per person asked. Where they live, what for, what without the link, how safe (tryghed 1-10).

Columns in Danish or English: site, date (and time), lives on, purpose, without the link, tryghed. A blank answer stays
blank; an answer that is none of the words is refused, so that shares are of what was really said.
"""

from __future__ import annotations

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import CELLS, Lines, Sheet, split_by_length
from movement.tables import Fault, InputFaults, Purpose, WithoutLink

LAYOUT = "stop_interviews"
_COLUMNS = {
    "station": ("tællested", "sted", "station_id", "site", "count site"),
    "when": ("dato", "date", "tidspunkt", "day"),
    "clock": ("kl.", "kl", "tid", "klokken", "time"),
    "lives": ("bor", "bor på", "bopæl", "lives", "lives_side", "lives on"),
    "purpose": ("formål", "turens formål", "purpose"),
    "without": ("uden forbindelsen", "uden broen", "uden", "without_link", "without the link", "without"),
    "tryghed": ("tryghed", "tryghed 1-10", "tryghed (1-10)", "feels safe", "safety"),
}
_ASIDE = (
    "nr",
    "nr.",
    "no",
    "id",
    "bemærkning",
    "bemærkninger",
    "notes",
    "interviewer",
    "alder",
    "age",
    "køn",
    "gender",
)
_NEEDED = ("station", "when")
_PURPOSES = {
    Purpose.SCHOOL: ("skole", "uddannelse", "school", "education"),
    Purpose.WORK: ("arbejde", "job", "work"),
    Purpose.SHOPPING: ("indkøb", "ærinder", "ærinde", "indkøb og ærinder", "shopping", "errands"),
    Purpose.LEISURE: ("fritid", "besøg", "fritid og besøg", "idræt", "leisure", "visit"),
    Purpose.STATION: ("station", "stationen", "tog", "bus", "train"),
    Purpose.NATURE: ("natur", "naturen", "gåtur", "motion", "nature", "walk", "exercise"),
    Purpose.ESCORT: ("følge børn", "hente og bringe", "hente", "bringe", "escort", "escorting children"),
}
_WITHOUT = {
    WithoutLink.OTHER_ROUTE: ("anden vej", "en anden vej", "omvej", "other route", "another way", "detour"),
    WithoutLink.OTHER_MODE: ("bil", "bus", "andet transportmiddel", "other mode", "car"),
    WithoutLink.OTHER_PLACE: ("andet sted", "et andet sted", "other place", "elsewhere"),
    WithoutLink.NOT_MADE: ("ikke", "slet ikke", "ingen tur", "ikke taget turen", "not made", "not at all", "no trip"),
}


def recognises(lines: Lines) -> bool:
    """Whether the table is one of interviews, by its header."""
    if not lines.rows:
        return False
    found = _places(lines.rows[0][1])
    return set(_NEEDED) <= found.keys() and bool({"without", "tryghed"} & found.keys())


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read interviews.

    Raises
    ------
    InputFaults
        If a column is not known.
    """
    row, header = lines.rows[0]
    places = _places(header)
    known = {*places.values(), *(at for at, name in enumerate(header) if name.casefold() in (*_ASIDE, ""))}
    strange = [name for at, name in enumerate(header) if at not in known]
    if strange:
        raise InputFaults([Fault("unknown_column", lines.name, row, name) for name in strange])
    body, refused = split_by_length(lines.rows[1:], len(header))
    frame = pd.DataFrame({name: [cells[at] for _, cells in body] for name, at in places.items()}, dtype=object).assign(
        row=[line for line, _ in body]
    )
    frame = frame.reindex(columns=["row", *_COLUMNS], fill_value="")
    purpose, without = _said(frame["purpose"], _PURPOSES), _said(frame["without"], _WITHOUT)
    checks = (
        ("purpose", purpose.isna(), "bad_purpose"),
        ("without", without.isna(), "bad_answer"),
        ("tryghed", ~frame["tryghed"].isin(["", *map(str, range(1, 11))]), "bad_score"),
    )
    bad = pd.Series(False, index=frame.index)
    for column, wrong, rule in checks:
        refused += [(int(frame["row"][at]), str(frame[column][at]), rule) for at in frame.index[wrong & ~bad]]
        bad |= wrong
    when = (frame["when"] + " " + frame["clock"]).str.strip()
    answers = frame.assign(when=when, purpose=purpose, without_link=without, lives_side=frame["lives"])
    columns = ["row", "station", "when", "lives_side", "purpose", "without_link", "tryghed"]
    return Sheet(
        LAYOUT,
        pd.DataFrame(columns=list(CELLS)),
        tuple(line for line, _ in lines.rows[1:]),
        tuple(refused),
        more={"interviews": answers.loc[~bad, columns]},
    )


def _places(header: tuple[str, ...]) -> dict[str, int]:
    names = [name.casefold() for name in header]
    found = {key: next((names.index(word) for word in words if word in names), -1) for key, words in _COLUMNS.items()}
    return {key: at for key, at in found.items() if at >= 0}


def _said(texts: pd.Series, words: dict[Purpose, tuple[str, ...]] | dict[WithoutLink, tuple[str, ...]]) -> pd.Series:
    """Word of each answer; blank stays blank, NaN where it is none."""
    known = {"": ""} | {word: str(key) for key, all_words in words.items() for word in (*all_words, str(key))}
    return texts.map(lambda text: known.get(str(text).strip().casefold()))
