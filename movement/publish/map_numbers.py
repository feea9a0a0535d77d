"""The numbers beside a modelled map: the primary screenline's in words, and a table of the largest changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from movement.publish.language import Catalogue
from movement.publish.map_layers import rounded
from movement.publish.map_page import Surroundings


@dataclass(frozen=True)
class View:
    """One comparison and mode, as the page offers it to choose."""

    number: int
    reference: str
    land_use: str
    mode: str
    rows: gpd.GeoDataFrame

    @property
    def against(self) -> str:
        """What is compared with, as the page's choice names it."""
        return f"{self.reference}.{self.land_use}"


def answers(
    views: list[View], screenline_flows: pd.DataFrame, scenario_id: str, around: Surroundings, text: Catalogue
) -> list[dict[str, Any]]:
    """Put the primary screenline's number in words, one for each view."""
    primary = around.study.screenlines.loc[lambda lines: lines["is_primary"]].sort_values("screenline_id")
    if not len(primary):
        return []
    line = primary.iloc[0]
    found = []
    for view in views:
        run = "before" if scenario_id == "zero_alternative" else scenario_id
        rows = screenline_flows.loc[
            (screenline_flows["scenario_id"] == run)
            & (screenline_flows["land_use"] == view.land_use)
            & (screenline_flows["screenline_id"] == line["screenline_id"])
            & (screenline_flows["mode"] == view.mode)
        ]
        if len(rows):
            found.append(_answer(view, rows.iloc[0], str(line[f"name_{text.language}"]), text))
    return found


def _answer(view: View, row: pd.Series, screenline: str, text: Catalogue) -> dict[str, Any]:
    column = "change_zero" if view.reference == "zero_alternative" else "change_before"
    change, low, high = row[column], row[f"{column}_low"], row[f"{column}_high"]
    flow = text.number(rounded(row["flow_per_day"]))
    shown = {"flow": flow, "low": _signed(low, text), "high": _signed(high, text)}
    after = text("map.answer.after", **shown) if low == low else text("map.answer.no_interval", flow=flow)
    return {
        "view": view.number,
        "before": text("map.answer.before", screenline=screenline, mode=text(f"mode.{view.mode}")),
        "big": text("map.answer.big", change=_signed(change, text)),
        "after": after,
        "against": text("map.against_text", reference=text(f"map.against.{view.against}")),
    }


def largest_rows(view: View, *, rows: int) -> pd.DataFrame:
    """Pick the largest change on each named street or path, largest first."""
    named = view.rows.assign(
        size=view.rows["flow_change"].abs(), key=view.rows["badge"].fillna("") + view.rows["name"].fillna("")
    )
    largest = named.sort_values(["size", "link_id"], ascending=[False, True]).drop_duplicates("key")
    return pd.DataFrame(largest.loc[largest["size"] >= 0.5].head(rows))


def table(view: View, largest: pd.DataFrame, text: Catalogue) -> dict[str, Any]:
    """Describe the table of the largest changes of a view."""
    reference = text("map.against_text", reference=text(f"map.against.{view.against}"))
    return {
        "view": view.number,
        "caption": text("map.largest.caption", mode=text(f"mode.{view.mode}"), against=reference),
        "heads": [text("map.largest.link"), *sides(view, text), text("map.change")],
        "rows": [_table_row(row, text) for row in largest.to_dict("records")],
    }


def _table_row(row: dict[Any, Any], text: Catalogue) -> dict[str, Any]:
    low, high = row["change_low"], row["change_high"]
    interval = f"{_signed(low, text)} {text('map.to')} {_signed(high, text)}" if low == low else ""
    flows = [{"text": text.number(rounded(row[name])), "under": ""} for name in ("flow_before", "flow_after")]
    return {
        "letter": row["badge"] or "",
        "name": row["name"] or text("map.unnamed"),
        "line": int(row["line"]),
        "under": "",
        "cells": [*flows, {"text": _signed(row["flow_change"], text), "under": interval}],
    }


def sides(view: View, text: Catalogue) -> list[str]:
    """Name what is compared: before and after, or with and without the project where the links of today stay."""
    keys = ("without", "with") if view.reference == "zero_alternative" else ("before", "after")
    return [text(f"map.{key}") for key in keys]


def _signed(value: float, text: Catalogue) -> str:
    return text.number(rounded(value) if value == value else None, sign=True)
