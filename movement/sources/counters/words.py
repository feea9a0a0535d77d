"""Words of vendors and hand-written sheets (Danish, English, German) for modes, directions and totals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from movement.tables import Mode

# The first that matches decides: "Cykler og knallerter" is one class in Danish manual counts and means people cycling.
_MODES = (
    (
        Mode.WALK,
        r"fodg[æa]e?nger\w*|g[åa]ende|pedestrians?|peds?\b|people walking|walk(?:ers|ing)?"
        r"|fu(?:ß|ss)g[äa]e?nger\w*",
    ),
    (
        Mode.CYCLE,
        r"cyk(?:el\w*|ler|list\w*)(?: og knallert\w*)?|bicycl\w*|bikes?|cycl(?:e|es|ists?|ing)\b"
        r"|fahrr[äa]e?d\w*|r[aä]d(?:er|fahrer)\b|velos?\b",
    ),
    (
        Mode.MOTOR,
        r"personbil\w*|lastbil\w*|motork[øo]e?ret[øo]e?j\w*|biler?\b|cars?\b|vehicles?"
        r"|pkw\b|lkw\b|kfz\b|motor\b",
    ),
)
_MODE_PATTERNS = tuple((mode, re.compile(rf"(?<![a-zæøåäöü])(?:{words})", re.IGNORECASE)) for mode, words in _MODES)
_DIRECTIONS = (
    ("in", r"in|ind|indad|inbound|stadteinw[äa]rts|ein"),
    ("out", r"out|ud|udad|outbound|stadtausw[äa]rts|aus"),
    ("both", r"both|begge|begge retninger|i alt|ialt|total|gesamt|sum"),
)
_DIRECTION_PATTERNS = tuple(
    (direction, re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W_])", re.IGNORECASE)) for direction, words in _DIRECTIONS
)
_FILLING = re.compile(r"[\[\]()_,:;/\-]+|\b(?:richtung|retning|direction|mod|mode?)\b", re.IGNORECASE)


def mode_of(text: str) -> tuple[str, str]:
    """Find the mode named in a header; the mode (empty where none) and what is left of the text.

    Examples
    --------
    >>> mode_of("S1 Fodgængere IN"), mode_of("Cykler og knallerter"), mode_of("Bohlweg")
    (('walk', 'S1  IN'), ('cycle', ''), ('', 'Bohlweg'))
    """
    for mode, pattern in _MODE_PATTERNS:
        if pattern.search(text):
            return str(mode), pattern.sub("", text, count=1).strip()
    return "", text


def direction_of(text: str) -> tuple[str, str]:
    """Find the direction named in a header: in, out, both, or empty; and what is left, without filling words.

    Examples
    --------
    >>> direction_of("3010_IN"), direction_of("Richtung Osttor"), direction_of("i alt")
    (('in', '3010'), ('', 'Osttor'), ('both', ''))
    """
    for direction, pattern in _DIRECTION_PATTERNS:
        if pattern.search(text):
            return direction, _bare(pattern.sub("", text, count=1))
    return "", _bare(text)


def known_directions(names: Iterable[str], declared: Mapping[str, str]) -> dict[str, str] | None:
    """Give free direction names a direction: as declared, else the two in alphabetical order are in and out.

    Alphabetical, not in file order, so that a header that changes order does not turn a counter round.

    Returns
    -------
    directions
        Direction by name; None where more than two names are left undeclared or a lone name is.
    """
    wanted = sorted({name for name in names if name})
    found = {name: declared[name] for name in wanted if name in declared}
    free = [name for name in wanted if name not in declared]
    if not free:
        return found
    if found or len(free) != 2:
        return None
    return {free[0]: "in", free[1]: "out"}


def _bare(text: str) -> str:
    return " ".join(_FILLING.sub(" ", text).split())
