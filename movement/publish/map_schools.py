"""The map of school routes: pupils on each link by school, scenario and mode, coloured by what they meet there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from movement.publish import language as languages
from movement.publish.cells import Words
from movement.publish.language import Catalogue
from movement.publish.legend import ground_rows, line_sample
from movement.publish.map_layers import extent, latitude_longitude, rounded, step_coordinates
from movement.publish.map_page import Surroundings, choice, write_page
from movement.publish.school_tables import YOUNGEST, pupils, quality, quality_change
from movement.tables import Mode, OnTheWay
from movement.tables.severance import SCHOOL_QUALITIES

_Key = tuple[str, str, str]  # land use and school, scenario, mode
_BEFORE = "before"
_BREAKS = (5, 20, 50)  # pupils between the widths
_WIDTHS = (1.6, 3.0, 5.0, 8.0)
_LINES: dict[str, dict[str, Any]] = {  # least worth seeing first; told apart by dashes and lightness in grey print too
    OnTheWay.NOTHING: {"color": "#4292c6"},
    OnTheWay.UNLIT: {"color": "#08306b", "dashArray": "2 4", "lineCap": "butt"},
    OnTheWay.ALONG_MAIN_ROAD: {"color": "#e08214"},
    OnTheWay.MAIN_ROAD: {"color": "#b35806"},
    OnTheWay.RAMP: {"color": "#7f0000"},
}
_DOTS: dict[str, dict[str, Any]] = {  # links so short that a line would not be seen
    OnTheWay.MAIN_ROAD: {"radius": 6, "color": "#b35806", "weight": 3, "fillColor": "#ffffff", "fillOpacity": 1},
    OnTheWay.RAMP: {"radius": 7, "color": "#ffffff", "weight": 1.5, "fillColor": "#7f0000", "fillOpacity": 1},
}
_SCHOOL = (
    '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M2 11L12 4L22 11V21H2Z" fill="#fff" '
    'stroke="#1c1c1c" stroke-width="2"/><path d="M10 21V15H14V21" fill="none" stroke="#1c1c1c" stroke-width="2"/></svg>'
)


@dataclass(frozen=True)
class Routes:
    """What the map draws.

    `passed` is SCHOOL_LINKS, numbers of few pupils left empty; `means` the shown SCHOOL_ROUTES; `links` LINKS of all
    scenarios, `schools` ATTRACTIONS, `scenarios` SCENARIOS.
    """

    passed: pd.DataFrame
    means: pd.DataFrame
    links: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    scenarios: pd.DataFrame


def schools_map(routes: Routes, around: Surroundings, *, language: str) -> str:
    """Draw each school's routes on today's links and in every scenario.

    Returns
    -------
    html
        A page that needs nothing but itself; the same bytes for the same input. It says so where no pupils were
        followed.
    """
    text = languages.catalogue(language)
    words = Words(text, {"attraction": _names(routes.schools, "attraction_id", language)})
    schools = routes.schools.drop_duplicates("attraction_id")
    schools = schools.loc[schools["attraction_id"].isin(routes.passed["school_id"])].sort_values("attraction_id")
    views = _views(routes)
    panel = {
        "what": text("map.what.schools"),
        "answers": [],
        "plain": "" if views else text("map.schools.nothing"),
        "choices": _choices(list(views), routes, words),
        "has_lines": bool(views),
        "has_sites": bool(len(schools)),
        "legends": _legends(around, text) if views else [],
        "tables": [_table(at, key, routes, words) for at, key in enumerate(views)],
        "tables_open": True,
        "notes": [text("map.schools.assumes"), text("map.schools.few"), text("map.note.model")] if views else [],
        "words": {"largest": text("map.schools.table"), "no_changes": text("map.schools.no_pupils")},
    }
    data, title = _drawn(routes, views, schools, around, words), text("map.title.schools")
    return write_page(data, panel, around, language=language, page="schools", title=title, scenario_id=None)


def _drawn(
    routes: Routes,
    views: dict[_Key, pd.DataFrame],
    schools: gpd.GeoDataFrame,
    around: Surroundings,
    words: Words,
) -> dict[str, Any]:
    """Return what the script draws."""
    today, note = around.streets.sort_values("link_id"), words.text("map.schools.note")
    lines = _lines(routes, today)
    number = pd.Series(np.arange(len(lines)), index=lines["link_id"])
    places = dict(zip(schools["attraction_id"], latitude_longitude(schools.geometry), strict=True))
    return {
        "lines": step_coordinates(lines.geometry),
        "streets": len(today),
        "names": [list(pair) for pair in zip(lines["name"].fillna(""), lines["badge"].fillna(""), strict=True)],
        "asks": ["school", "links", "mode"],
        "views": [
            {
                "id": " ".join(map(_word, key)),
                "at": places.get(key[0].split(".", 1)[1]),
                "note": note,
                "parts": {},
                "rows": _rows(part, number),
            }
            for key, part in views.items()
        ],
        "change_styles": {_class(word, size): _style(word, size) for word in _LINES for size in range(len(_WIDTHS))},
        "dots": {place: _DOTS[word] for place, word in enumerate(OnTheWay) if word in _DOTS},
        "meets": [words.text(f"on_the_way.{word}") for word in OnTheWay],
        "sites": _marks(schools, words),
        "symbols": {"school": _SCHOOL},
        "home": extent([_passed_shapes(routes, lines), today.geometry, around.barriers.geometry]),
        "whole": extent([today.geometry, around.barriers.geometry]),
    }


def _names(frame: pd.DataFrame, key: str, language: str) -> dict[str, str]:
    return dict(zip(frame[key], frame[f"name_{language}"], strict=True))


def _lines(routes: Routes, today: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links in the order of their numbers: today's, drawn as streets, then what pupils pass in scenarios."""
    new = routes.links.loc[
        ~routes.links["link_id"].isin(today["link_id"]) & routes.links["link_id"].isin(routes.passed["link_id"])
    ]
    new = new.drop_duplicates("link_id").sort_values("link_id")
    columns = ["link_id", "name", "badge", "geometry"]
    whole = pd.concat([today[columns], new[columns]], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=today.crs)


def _passed_shapes(routes: Routes, lines: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the links that not only a few pupils pass today, on which the map opens."""
    many = routes.passed.loc[(routes.passed["scenario_id"] == _BEFORE) & routes.passed["pupils"].notna(), "link_id"]
    return lines.loc[lines["link_id"].isin(many)].geometry


def _views(routes: Routes) -> dict[_Key, pd.DataFrame]:
    """Split the links by school and land use, scenario and mode: planned land use first, then most pupils first."""
    passed = routes.passed.assign(school=routes.passed["land_use"] + "." + routes.passed["school_id"])
    across = routes.means.groupby(["land_use", "school_id"])["pupils_across"].max()
    order = sorted(
        set(zip(passed["land_use"], passed["school_id"], strict=True)),
        key=lambda one: (one[0] != "planned", -float(np.nan_to_num(across.get(one, 0.0))), one[1]),
    )
    scenarios = [_BEFORE, *(item for item in routes.scenarios["scenario_id"] if item != _BEFORE)]
    parts = dict(tuple(passed.groupby(["school", "scenario_id", "mode"])))
    keys = (
        (f"{land_use}.{school}", scenario, str(mode))
        for land_use, school in order
        for scenario in scenarios
        for mode in (Mode.WALK, Mode.CYCLE)
    )
    return {key: parts[key] for key in keys if key in parts}


def _word(item: str) -> str:
    """Write an id without spaces, which part the ids of a view."""
    return item.replace(" ", "_")


def _rows(part: pd.DataFrame, number: pd.Series) -> list[list[Any]]:
    """Write what is drawn: line, class, pupils rounded (none where they are few), and what they meet."""
    ordered = part.sort_values("link_id")
    place = {str(word): at for at, word in enumerate(OnTheWay)}
    sizes = np.searchsorted(_BREAKS, ordered["pupils"].fillna(0.0), side="right")
    shown = [None if pd.isna(value) else rounded(value) for value in ordered["pupils"]]
    lines = number.loc[ordered["link_id"]].tolist()
    return [
        [line, _class(word, int(size)), count, place[word]]
        for line, word, size, count in zip(lines, ordered["meets"], sizes, shown, strict=True)
    ]


def _class(word: str, size: int) -> int:
    """Return the number of a style, higher ones drawn later: what is worth seeing comes last."""
    return len(_WIDTHS) * list(_LINES).index(OnTheWay(word)) + size + 1


def _style(word: str, size: int) -> dict[str, dict[str, Any]]:
    return {"line": {"opacity": 1, "weight": _WIDTHS[size], **_LINES[word]}}


def _marks(schools: gpd.GeoDataFrame, words: Words) -> list[dict[str, Any]]:
    places = latitude_longitude(schools.geometry)
    return [
        {"at": at, "name": words.name("attraction", item), "symbol": "school", "rows": [], "note": "", "page": None}
        for at, item in zip(places, schools["attraction_id"], strict=True)
    ]


def _choices(keys: list[_Key], routes: Routes, words: Words) -> list[dict[str, Any]]:
    text = words.text
    names = _names(routes.scenarios, "scenario_id", text.language)

    def school(value: str) -> str:
        land_use, school_id = value.split(".", 1)
        return text(f"map.schools.school_{land_use}", name=words.name("attraction", school_id))

    schools = [(_word(key), school(key)) for key in dict.fromkeys(key[0] for key in keys)]
    links = [
        (_word(key), text("report.links_of_today") if key == _BEFORE else names.get(key, key))
        for key in dict.fromkeys(key[1] for key in keys)
    ]
    modes = [(key, text(f"mode.{key}").capitalize()) for key in dict.fromkeys(key[2] for key in keys)]
    return [
        *choice("school", text("map.schools.school"), schools),
        *choice("links", text("map.schools.links"), links),
        *choice("mode", text("map.choice.mode"), modes),
    ]


def _legends(around: Surroundings, text: Catalogue) -> list[dict[str, Any]]:
    study = around.study
    met = [{"sample": _sample(word), "text": text(f"on_the_way.{word}")} for word in OnTheWay]
    ends = [text.number(value) for value in _BREAKS]
    words = [
        text("map.schools.below", high=ends[0]),
        *(text("map.legend.flow", low=low, high=high) for low, high in pairwise(ends)),
        text("map.legend.flow_above", low=ends[-1]),
    ]
    sizes = [{"sample": line_sample(_style(OnTheWay.NOTHING, k)), "text": words[k]} for k in range(len(words))]
    mark = {"sample": Markup(_SCHOOL), "text": text("map.schools.mark")}
    rest = [mark, *ground_rows(study.context, around.barriers, study.screenlines, text=text)]
    return [
        {"kind": "", "unit": unit, "rows": rows, "note": "", "hidden": False}
        for unit, rows in (
            (text("map.schools.meets"), met),
            (text("map.schools.unit"), list(reversed(sizes))),
            ("", rest),
        )
    ]


def _sample(word: OnTheWay) -> Markup:
    if word not in _DOTS:
        return line_sample(_style(word, 2))
    dot = _DOTS[word]
    return Markup(
        '<svg width="54" height="20" viewBox="0 0 54 20" aria-hidden="true">'
        f'<circle cx="27" cy="10" r="{dot["radius"]}" fill="{dot["fillColor"]}" '
        f'stroke="{dot["color"]}" stroke-width="{dot["weight"]}"/></svg>'
    )


def _table(at: int, key: _Key, routes: Routes, words: Words) -> dict[str, Any]:
    """Say of a view what the youngest meet on their way, and what the links change for the same pupils."""
    text, (school, scenario, mode) = words.text, key
    land_use, school_id = school.split(".", 1)
    means = routes.means
    own = means.loc[
        (means["scenario_id"] == scenario)
        & (means["land_use"] == land_use)
        & (means["mode"] == mode)
        & (means["school_id"] == school_id)
        & (means["classes"] == YOUNGEST)
    ]
    heads = ["what", "mean"] + ([] if scenario == _BEFORE else ["change"])
    rows = []
    for row in own.itertuples(index=False):
        some: Any = row
        counted = [
            (name, pupils(words, getattr(some, name), is_few=some.is_suppressed), "")
            for name in ("pupils", "pupils_across")
        ]
        met = [(name, quality(words, name, some), quality_change(words, name, some)) for name in SCHOOL_QUALITIES]
        rows = [_row(text(f"report.column.{name}"), cells[: len(heads) - 1]) for name, *cells in (*counted, *met)]
    caption = text("map.schools.caption", school=words.name("attraction", school_id), mode=text(f"mode.{mode}"))
    return {
        "view": at,
        "caption": caption,
        "heads": [text(f"map.schools.head.{head}") for head in heads],
        "rows": rows,
    }


def _row(name: str, cells: list[str]) -> dict[str, Any]:
    return {
        "letter": "",
        "name": name,
        "line": None,
        "under": "",
        "cells": [{"text": cell, "under": ""} for cell in cells],
    }
