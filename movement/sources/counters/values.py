"""Texts of count cells as whole numbers; blank stays blank, and what could be read in two ways is refused."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_SPACES = str.maketrans("", "", "\u00a0\u202f ")


def counts_of(texts: pd.Series, *, decimal: str, is_whole: bool = True) -> pd.DataFrame:
    """Read counts from text.

    Parameters
    ----------
    texts
        One cell each.
    decimal
        Decimal mark of the file, "," or "."; the other mark can only part thousands.
    is_whole
        Whether a fraction is refused. A device that corrects for the time it was awake reports fractions.

    Returns
    -------
    read
        Same index: `n` (NaN where blank or refused) and `rule` (empty where there is nothing to refuse).

    Examples
    --------
    >>> counts_of(pd.Series(["12", "", "0", "1.034"]), decimal=",")["rule"].tolist()
    ['', '', '', 'number_ambiguous']
    """
    found = {text: _count(str(text), decimal, is_whole=is_whole) for text in texts.unique()}
    pairs = texts.map(found)
    return pd.DataFrame(
        {
            "n": pairs.map(lambda pair: pair[0]).astype("float64"),
            "rule": pairs.map(lambda pair: pair[1]).astype(object),
        },
        index=texts.index,
    )


def _count(text: str, decimal: str, *, is_whole: bool) -> tuple[float, str]:
    bare = text.translate(_SPACES)
    other = "." if decimal == "," else ","
    if not bare:
        return np.nan, ""
    if re.fullmatch(rf"[-+−]?\d{{1,3}}(?:{re.escape(other)}\d{{3}})+", bare):
        return np.nan, "number_ambiguous"
    if re.fullmatch(rf"[-+−]?\d{{1,3}}(?:{re.escape(other)}\d{{3}})+{re.escape(decimal)}\d+", bare):
        bare = bare.replace(other, "")
    bare = bare.replace(",", ".").replace("−", "-")
    if not re.fullmatch(r"[-+]?\d{1,12}(?:\.\d{1,9})?", bare):
        return np.nan, "not_a_number"
    number = float(bare)
    if number < 0:
        return np.nan, "negative"
    return (np.nan, "not_whole") if is_whole and number != int(number) else (number, "")
