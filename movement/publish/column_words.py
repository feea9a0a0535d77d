"""Columns and units of the tables in the reader's language; the tables themselves keep one name everywhere."""

from __future__ import annotations

from movement.publish.language import Catalogue

_ENDS = ("low", "high")


def column_name(text: Catalogue, column: str) -> str:
    """Say a column; the end of an interval by its column, where it has no words of its own.

    Raises
    ------
    KeyError
        If there are no words for it.
    """
    base, _, end = column.rpartition("_")
    if f"column.{column}" not in text and end in _ENDS:
        return text("column_end", name=text(f"column.{base}"), end=text(f"column.{end}"))
    return text(f"column.{column}")


def unit_name(text: Catalogue, unit: str) -> str:
    """Say a unit; nothing where there is none."""
    return text(f"unit.{unit}") if unit else ""
