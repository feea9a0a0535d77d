"""The observed map: what was counted at each site before and after; no modelled number comes near it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from movement.publish import language as languages
from movement.publish.cells import Words
from movement.publish.language import Catalogue
from movement.publish.legend import ground_rows, symbol
from movement.publish.map_layers import ChangeScale, extent, latitude_longitude, step_coordinates
from movement.publish.map_page import Surroundings, write_page
from movement.publish.small_charts import calendars
from movement.tables import Role

_MODES = ("all", "walk", "cycle")
_DAY_TYPES = ("weekday", "all", "weekend")


def observed_map(
    site_changes: pd.DataFrame,
    site_days: pd.DataFrame,
    around: Surroundings,
    *,
    language: str,
    change_scale: ChangeScale,
) -> str:
    """Draw the counted change at each site by its sign, with its interval in words and a table of all sites.

    Parameters
    ----------
    site_changes
        SITE_CHANGES; where empty the page says that nothing was observed.
    site_days
        State of each counted day of a site (station_id, date, state), for the calendar in the site's panel.
    change_scale
        Colours of rise and fall, and the change below which none is called clear.

    Returns
    -------
    html
        A page that needs nothing but itself; the same bytes for the same input.
    """
    text = languages.catalogue(language)
    rows, day_type = _comparable(site_changes)
    streets = around.streets.sort_values("link_id")
    near = around.study.sites.loc[lambda sites: sites["role"] != Role.CONTROL]
    data = {
        "lines": step_coordinates(streets.geometry),
        "names": [],
        **_marks(rows, site_days, around, text, day_type=day_type, change_scale=change_scale),
        "home": extent([near.geometry, around.study.sites.geometry, streets.geometry, around.barriers.geometry]),
        "whole": extent([around.study.sites.geometry, streets.geometry, around.barriers.geometry]),
    }
    panel = {
        "what": text("map.what.observed") if len(rows) else "",
        "answers": [],
        "plain": "" if len(rows) else text("map.plain.nothing_observed"),
        "choices": [],
        "has_lines": bool(len(streets)),
        "has_sites": bool(len(around.study.sites)),
        "legends": _legends(rows, around, text, change_scale=change_scale),
        "tables": [_table(rows, around, text, day_type=day_type)] if len(rows) else [],
        "tables_open": True,
        "notes": [text("map.note.observed")] if len(rows) else [],
        "words": {"largest": text("map.sites_table")},
    }
    title = text("map.title.observed")
    return write_page(data, panel, around, language=language, page="observed", title=title, scenario_id=None)


def _comparable(site_changes: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Keep the kind of day the page shows: weekdays where there are any."""
    counted = site_changes.loc[site_changes[["before_per_day", "after_per_day"]].notna().any(axis=1)]
    found = set(counted["day_type"])
    day_type = next((kind for kind in _DAY_TYPES if kind in found), _DAY_TYPES[0])
    return counted.loc[counted["day_type"] == day_type], day_type


def _marks(
    rows: pd.DataFrame,
    site_days: pd.DataFrame,
    around: Surroundings,
    text: Catalogue,
    *,
    day_type: str,
    change_scale: ChangeScale,
) -> dict[str, Any]:
    words, campaigns = Words(text, {}), around.study.campaigns
    sites = around.study.sites.sort_values("station_id")
    marks = []
    for station_id, role, is_permanent, name, at in zip(
        sites["station_id"],
        sites["role"],
        sites["is_permanent"],
        sites[f"name_{text.language}"],
        latitude_longitude(sites.geometry),
        strict=True,
    ):
        own = _by_mode(rows.loc[rows["station_id"] == station_id])
        marks.append(
            {
                "at": at,
                "name": name,
                "label": station_id,
                "symbol": _class(own.iloc[0]) if len(own) else "site",
                "rows": _tip_rows(own, text, day_type=day_type),
                "note": text("map.tip.site", role=text(f"role.{role}")),
                "pictures": calendars(
                    site_days[site_days["station_id"] == station_id], campaigns, words, whole=bool(is_permanent)
                ),
                "page": {"href": f"sites.html#{station_id}", "text": text("map.site_page")},
            }
        )
    return {
        "symbols": {key: str(value) for key, value in _symbols(change_scale).items()},
        "sites": marks,
        "spread": True,
    }


def _symbols(change_scale: ChangeScale) -> dict[str, Any]:
    return {
        "site": symbol("site"),
        "one_side": symbol("one_side"),
        "unclear": symbol("unclear", no_change=change_scale.no_change_colour),
        "rise": symbol("rise", colour=change_scale.increase_colours[-1]),
        "fall": symbol("fall", colour=change_scale.decrease_colours[-1]),
    }


_CLASSES = {"rise_shown": "rise", "fall_shown": "fall"}


def _class(row: pd.Series) -> str:
    if pd.isna(row["before_per_day"]) or pd.isna(row["after_per_day"]):
        return "one_side"
    return _CLASSES.get(row["conclusion"], "unclear")


def _by_mode(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows["mode"].map({mode: number for number, mode in enumerate(_MODES)})
    return rows.assign(order=order).sort_values("order")


def _tip_rows(rows: pd.DataFrame, text: Catalogue, *, day_type: str) -> list[list[str]]:
    found = []
    for row in rows.to_dict("records"):
        found.append([text("map.tip.counted", mode=text(f"mode.{row['mode']}"), days=text(f"map.days.{day_type}")), ""])
        found.append([text("map.before"), _mean_and_interval(row, "before", text)])
        found.append([text("map.after"), _mean_and_interval(row, "after", text)])
        if row["index"] == row["index"]:
            found.append([text("map.index"), _with_ends(row["index"], row["index_low"], row["index_high"], text)])
    if len(rows):
        days = " / ".join(text.number(rows.iloc[0][name]) for name in ("days_before", "days_after"))
        found.append([text("map.tip.days"), days])
    return found


def _mean_and_interval(row: dict[Any, Any], side: str, text: Catalogue) -> str:
    return _with_ends(row[f"{side}_per_day"], row[f"{side}_low"], row[f"{side}_high"], text)


def _with_ends(value: float, low: float, high: float, text: Catalogue) -> str:
    ends = _ends(low, high, text)
    return f"{text.number(value)} ({ends})" if ends else text.number(value)


def _ends(low: float, high: float, text: Catalogue) -> str:
    return f"{text.number(low)}\u2013{text.number(high)}" if low == low else ""


def _table(rows: pd.DataFrame, around: Surroundings, text: Catalogue, *, day_type: str) -> dict[str, Any]:
    names = around.study.sites.set_index("station_id")[f"name_{text.language}"]
    modes = [mode for mode in _MODES if mode in set(rows["mode"])]
    shown = rows.loc[rows["mode"] == modes[0]].sort_values("station_id")
    return {
        "view": None,
        "caption": text("map.sites_table.caption", mode=text(f"mode.{modes[0]}"), days=text(f"map.days.{day_type}")),
        "heads": [text("map.observed.site"), text("map.before"), text("map.after"), text("map.index_short")],
        "rows": [
            _table_row(row, f"{row['station_id']} {names.get(row['station_id'], '')}".strip(), text)
            for row in shown.to_dict("records")
        ],
    }


def _table_row(row: dict[Any, Any], name: str, text: Catalogue) -> dict[str, Any]:
    sides = [
        {"text": text.number(row[f"{side}_per_day"]), "under": _ends(row[f"{side}_low"], row[f"{side}_high"], text)}
        for side in ("before", "after")
    ]
    return {
        "letter": "",
        "name": name,
        "line": None,
        "under": text(f"role.{row['role']}"),
        "cells": [
            *sides,
            {"text": text.number(row["index"]), "under": _ends(row["index_low"], row["index_high"], text)},
        ],
    }


def _legends(
    rows: pd.DataFrame, around: Surroundings, text: Catalogue, *, change_scale: ChangeScale
) -> list[dict[str, Any]]:
    study, symbols = around.study, _symbols(change_scale)
    kinds = ("rise", "fall", "unclear", "one_side") if len(rows) else ()
    counted = [{"sample": symbols[kind], "text": text(f"map.legend.{kind}")} for kind in kinds]
    clear = text("map.legend.clear") if len(rows) else ""
    site = [{"sample": symbols["site"], "text": text("map.legend.site_uncounted")}] if len(study.sites) else []
    ground = ground_rows(study.context, around.barriers, study.screenlines, text=text)
    return [{"kind": "", "unit": "", "rows": [*counted, *site, *ground], "note": clear, "hidden": False}]
