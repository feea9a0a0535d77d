"""The network page: where people get over each barrier and where not, and why; where the network does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from movement.publish import language as languages
from movement.publish.language import Catalogue
from movement.publish.legend import ground_rows
from movement.publish.map_layers import extent, latitude_longitude, step_coordinates
from movement.publish.map_page import Surroundings, write_page
from movement.tables import CrossingReason, CrossingStatus, Gap

MOST_ROWS = 60
_BEFORE = "before"
_FRAME = '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">{}</svg>'
_GREEN, _RED, _ORANGE = "#1b7837", "#b2182b", "#e08214"
# told apart by shape, not by colour alone
_SHAPES = {
    "above": f'<path d="M2 19V9Q12 1 22 9V19H17V12Q12 7 7 12V19Z" fill="{_GREEN}" stroke="#fff"/>',
    "below": f'<path d="M3 4H21V12Q12 24 3 12Z" fill="{_GREEN}" stroke="#fff"/>',
    "crossing": f'<path d="M3 6H8V18H3ZM9.5 6H14.5V18H9.5ZM16 6H21V18H16Z" fill="{_GREEN}" stroke="#fff"/>',
    "cut": f'<path d="M5 3L12 9L19 3L21 5L15 12L21 19L19 21L12 15L5 21L3 19L9 12L3 5Z" fill="{_RED}" stroke="#fff"/>',
    "planned": '<circle cx="12" cy="12" r="8" fill="#fff" stroke="#542788" stroke-width="3.5"/>',
    "gap": f'<path d="M12 6L18 12L12 18L6 12Z" fill="{_ORANGE}" stroke="#fff"/>',
}
_OF_REASON = {
    CrossingReason.LINK_ABOVE: "above",
    CrossingReason.LINK_BELOW: "below",
    CrossingReason.TAGGED_CROSSING: "crossing",
    CrossingReason.STAIRS: "crossing",
    CrossingReason.OVERRULED: "crossing",
}


def network_map(
    crossings: gpd.GeoDataFrame,
    spacing: pd.DataFrame,
    connectivity: gpd.GeoDataFrame,
    around: Surroundings,
    *,
    language: str,
) -> str:
    """Draw every place where a link meets a barrier, and what a planner should look at before trusting the network.

    Parameters
    ----------
    crossings
        Table CROSSINGS of all scenarios; those of a scenario alone are marked as planned.
    spacing
        Table BARRIER_SPACING.
    connectivity
        Table CONNECTIVITY of today.

    Returns
    -------
    html
        A page that needs nothing but itself; the same bytes for the same input.
    """
    text = languages.catalogue(language)
    today = crossings[crossings["scenario_id"] == _BEFORE]
    planned = _only_planned(crossings, today)
    streets = around.streets.sort_values("link_id")
    marks = [
        *_crossing_marks(today, around, text),
        *_crossing_marks(planned, around, text),
        *_gap_marks(connectivity, text),
    ]
    data = {
        "lines": step_coordinates(streets.geometry),
        "sites": marks,
        "symbols": {name: str(_symbol(name)) for name in _SHAPES},
        "home": extent([around.barriers.geometry, streets.geometry]),
        "whole": extent([streets.geometry, around.barriers.geometry]),
    }
    tables = [
        _spacing_table(spacing, around, text),
        _cut_table(today, around, text),
        _connectivity_table(connectivity, text),
    ]
    panel = {
        "what": text("map.what.network"),
        "answers": [],
        "plain": _plain(today, connectivity, around, text),
        "choices": [],
        "has_lines": bool(len(streets)),
        "has_sites": bool(marks),
        "legends": [{"kind": "", "unit": "", "rows": _legend(marks, around, text), "note": "", "hidden": False}],
        "tables": [table for table in tables if table["rows"]],
        "tables_open": True,
        "notes": [text("map.note.network")],
        "words": {"largest": text("map.network_tables")},
    }
    title = text("map.title.network")
    return write_page(data, panel, around, language=language, page="network", title=title, scenario_id=None)


def _symbol(name: str) -> Markup:
    return Markup(_FRAME.format(_SHAPES[name]))


def _only_planned(crossings: gpd.GeoDataFrame, today: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the crossings that only scenarios have, each once."""
    known = set(zip(today["link_id"].str.split("/").str[0], today["barrier_id"], strict=True))
    later = crossings[crossings["scenario_id"] != _BEFORE]
    is_new = [
        pair not in known for pair in zip(later["link_id"].str.split("/").str[0], later["barrier_id"], strict=True)
    ]
    return later[np.array(is_new, dtype=bool)].drop_duplicates(["link_id", "barrier_id", "place"])


def _kind(row: dict[Any, Any]) -> str:
    if row["scenario_id"] != _BEFORE:
        return "planned"
    return "cut" if row["status"] == CrossingStatus.CUT else _OF_REASON[row["reason"]]


def _crossing_marks(rows: gpd.GeoDataFrame, around: Surroundings, text: Catalogue) -> list[dict[str, Any]]:
    names = _barrier_names(around, text)
    marks = []
    ordered = rows.sort_values(["barrier_id", "link_id", "place"])
    for row, at in zip(ordered.to_dict("records"), latitude_longitude(ordered.geometry), strict=True):
        told = [
            [text("map.network.barrier"), names.get(row["barrier_id"], row["barrier_id"])],
            [text("map.network.status"), text(f"crossing_status.{row['status']}")],
            [text("map.network.why"), text(f"crossing_reason.{row['reason']}")],
            [text("map.network.levels"), f"{row['link_level']} / {row['barrier_level']}"],
            [text("map.network.link"), row["link_id"]],
        ]
        told += [[text("map.network.note"), row["note"]]] if row["note"] else []
        note = text("map.network.overrule") if row["scenario_id"] == _BEFORE else text("map.network.planned")
        marks.append(_mark(at, row["name"] or text("map.unnamed"), _kind(row), told, note))
    return marks


def _gap_marks(rows: gpd.GeoDataFrame, text: Catalogue) -> list[dict[str, Any]]:
    ordered = rows.sort_values(["kind", "item_id"])
    places = latitude_longitude(ordered.geometry)
    return [
        _mark(
            at, text(f"network_gap.{row['kind']}"), "gap", _gap_rows(row, text), text(f"network_gap_do.{row['kind']}")
        )
        for row, at in zip(ordered.to_dict("records"), places, strict=True)
    ]


def _mark(at: Any, name: str, symbol: str, rows: list[list[str]], note: str) -> dict[str, Any]:
    return {"at": at, "name": name, "symbol": symbol, "rows": rows, "note": note, "pictures": [], "page": None}


def _gap_rows(row: dict[Any, Any], text: Catalogue) -> list[list[str]]:
    told = [[text("map.network.link"), str(row["item_id"])]]
    if row["other_id"]:
        told.append([text("map.network.other"), str(row["other_id"])])
    if row["kind"] == Gap.DANGLING:
        told.append([text("map.network.distance"), f"{text.number(row['distance_m'], 1)} m"])
    if row["kind"] == Gap.ISLAND:
        told.append([text("map.network.links"), text.number(row["links"])])
        told.append([text("map.network.residents"), text.number(row["residents"])])
    return told


def _plain(today: gpd.GeoDataFrame, connectivity: gpd.GeoDataFrame, around: Surroundings, text: Catalogue) -> str:
    cut = int((today["status"] == CrossingStatus.CUT).sum())
    carried, gaps = text.number(len(today) - cut), text.number(len(connectivity))
    said = [text("map.network.plain", carried=carried, cut=text.number(cut), gaps=gaps)]
    unknown = int(around.streets["climb_m"].isna().sum())
    if 0 < unknown < len(around.streets):
        said.append(text("map.network.no_height", number=text.number(unknown)))
    return " ".join(said)


def _barrier_names(around: Surroundings, text: Catalogue) -> dict[str, str]:
    return dict(zip(around.barriers["barrier_id"], around.barriers[f"name_{text.language}"], strict=True))


def _legend(marks: list[dict[str, Any]], around: Surroundings, text: Catalogue) -> list[dict[str, Any]]:
    there = {mark["symbol"] for mark in marks}
    own = [{"sample": _symbol(name), "text": text(f"map.legend.network.{name}")} for name in _SHAPES if name in there]
    return [*own, *ground_rows(around.study.context, around.barriers, around.study.screenlines, text=text)]


def _spacing_table(spacing: pd.DataFrame, around: Surroundings, text: Catalogue) -> dict[str, Any]:
    names = _barrier_names(around, text)
    rows = spacing[spacing["scenario_id"] == _BEFORE].sort_values("length_m", ascending=False)
    return _table(
        "map.network.spacing",
        ("barrier", "crossings", "spacing", "gap"),
        (
            (
                names.get(row["barrier_id"], row["barrier_id"]),
                f"{text.number(row['length_m'])} m",
                [(text.number(row[name]), "") for name in ("crossings", "spacing_m", "longest_gap_m")],
            )
            for row in rows.to_dict("records")
        ),
        text,
    )


def _cut_table(today: gpd.GeoDataFrame, around: Surroundings, text: Catalogue) -> dict[str, Any]:
    names = _barrier_names(around, text)
    rows = today[today["status"] == CrossingStatus.CUT].sort_values(["barrier_id", "link_id", "place"])
    return _table(
        "map.network.cuts",
        ("street", "why"),
        (
            (
                row["name"] or text("map.unnamed"),
                row["link_id"],
                [(text(f"crossing_reason.{row['reason']}"), names.get(row["barrier_id"], row["barrier_id"]))],
            )
            for row in rows.to_dict("records")
        ),
        text,
    )


def _connectivity_table(connectivity: gpd.GeoDataFrame, text: Catalogue) -> dict[str, Any]:
    rows = connectivity.sort_values(["residents", "kind", "item_id"], ascending=[False, True, True])
    return _table(
        "map.network.connectivity",
        ("what", "detail"),
        (
            (
                text(f"network_gap.{row['kind']}"),
                str(row["item_id"]),
                [(", ".join(f"{name.lower()} {value}" for name, value in _gap_rows(row, text)[1:]), "")],
            )
            for row in rows.to_dict("records")
        ),
        text,
    )


def _table(
    caption: str, heads: tuple[str, ...], rows: Iterable[tuple[str, str, list[tuple[str, str]]]], text: Catalogue
) -> dict[str, Any]:
    shown = [
        {
            "letter": "",
            "name": name,
            "line": None,
            "under": under,
            "cells": [{"text": cell, "under": below} for cell, below in cells],
        }
        for name, under, cells in rows
    ]
    said = text(f"{caption}.caption")
    if len(shown) > MOST_ROWS:
        said += ". " + text("map.network.more", shown=text.number(MOST_ROWS), number=text.number(len(shown)))
    return {
        "view": None,
        "caption": said,
        "heads": [text(f"map.network.head.{head}") for head in heads],
        "rows": shown[:MOST_ROWS],
    }
