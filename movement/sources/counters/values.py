"""Texts of count cells as whole numbers; blank stays blank, and what could be read in two ways is refused."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_SPACES = str.maketrans("", "", "\u00a0\u202f ")
# Groups of three digits behind one kind of mark, and perhaps decimals behind the other kind.
_GROUPED = re.compile(r"[-+]?\d{1,3}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*(?P<fraction>(?!(?P=mark))[.,]\d+)?")
_NUMBER = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,9})?")


def counts_of(texts: pd.Series, *, decimal: str = "", thousands: str = "", is_whole: bool = True) -> pd.DataFrame:
    """Read counts from text.

    Parameters
    ----------
    texts
        One cell each.
    decimal, thousands
        Marks of the file, "," or "."; empty where nobody said. Three digits behind a mark nobody spoke of can be
        thousands or decimals, and are refused.
    is_whole
        Whether a fraction is refused. A device that corrects for the time it was awake reports fractions.

    Returns
    -------
    read
        Same index: `n` (NaN where blank or refused) and `rule` (empty where there is nothing to refuse).

    Examples
    --------
    >>> counts_of(pd.Series(["12", "", "0", "1.034"]))["rule"].tolist()
    ['', '', '', 'number_ambiguous']
    >>> counts_of(pd.Series(["1.034"]), thousands=".")["n"].tolist()
    [1034.0]
    """
    marks = (decimal or {",": ".", ".": ","}.get(thousands, ""), thousands)
    found = {text: _count(str(text), *marks, is_whole=is_whole) for text in texts.unique()}
    pairs = texts.map(found)
    return pd.DataFrame(
        {
            "n": pairs.map(lambda pair: pair[0]).astype("float64"),
            "rule": pairs.map(lambda pair: pair[1]).astype(object),
        },
        index=texts.index,
    )


def _count(text: str, decimal: str, thousands: str, *, is_whole: bool) -> tuple[float, str]:
    bare = text.translate(_SPACES).replace("\u2212", "-")
    if not bare:
        return np.nan, ""
    grouped = _GROUPED.fullmatch(bare)
    if grouped:
        mark, fraction = grouped["mark"], grouped["fraction"]
        if fraction or mark == thousands:
            bare = bare.replace(mark, "")
        elif mark != decimal:
            return np.nan, "number_ambiguous"
    bare = bare.replace(",", ".")
    if not _NUMBER.fullmatch(bare):
        return np.nan, "not_a_number"
    number = float(bare)
    if number < 0:
        return np.nan, "negative"
    return (np.nan, "not_whole") if is_whole and number != int(number) else (number, "")
