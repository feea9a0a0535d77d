"""The modelled maps of a scenario: the change map, which opens on the difference, and before | after with a divider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from movement.publish import language as languages
from movement.publish.language import Catalogue
from movement.publish.legend import change_rows, changed_rows, flow_rows, ground_rows, symbol
from movement.publish.map_layers import (
    ChangeScale,
    FlowScale,
    extent,
    latitude_longitude,
    links_along,
    part_rows,
    step_coordinates,
    view_rows,
)
from movement.publish.map_meetings import with_marks
from movement.publish.map_numbers import View, answers, largest_rows, sides, table
from movement.publish.map_page import Surroundings, choice, write_page
from movement.tables import Change

# the first there is opens the page: it is the comparison whose figures the front page says
_ORDER = (("zero_alternative", "planned"), ("before", "today"), ("before", "planned"), ("zero_alternative", "today"))
_SAME_LAND_USE = ("before.today", "zero_alternative.planned")  # views against today's links on the same land use
_MODES = ("all", "walk", "cycle")
_DRAWN_CHANGES = (str(Change.ADDED), str(Change.CHANGED), str(Change.CLOSED))


@dataclass(frozen=True)
class Modelled:
    """What the pages of a scenario draw, in any language; `modelled` makes it."""

    scenario_id: str
    views: list[View]
    lines: gpd.GeoDataFrame
    drawn: Mapping[str, Any]
    largest: list[pd.DataFrame]
    change_scale: ChangeScale
    flow_scale: FlowScale


def modelled(
    changes: gpd.GeoDataFrame,
    scenario_id: str,
    around: Surroundings,
    *,
    flow_parts: pd.DataFrame,
    change_scale: ChangeScale,
    flow_scale: FlowScale,
    largest_changes: int,
) -> Modelled:
    """Gather what change map and before | after have in common.

    Parameters
    ----------
    changes
        FLOW_CHANGES of any scenarios; those of this one are drawn. May be empty: the pages then say so.
    flow_parts
        FLOW_PARTS, with rows of both modes together; said in views against today's links on the same land use.
    largest_changes
        Rows of the tables beside the map.
    """
    views, lines = _views(changes, scenario_id, around.study.sites)
    drawn = {
        "lines": step_coordinates(lines.geometry),
        "views": [view_rows(view.rows, change_scale=change_scale, flow_scale=flow_scale) for view in views],
        "parts": [_parts(view, flow_parts, scenario_id) for view in views],
        "home": _home(views, lines, around, change_scale=change_scale),
        "whole": extent([lines.geometry, around.study.sites.geometry, around.barriers.geometry]),
    }
    largest = [largest_rows(view, rows=largest_changes) for view in views]
    return Modelled(scenario_id, views, lines, drawn, largest, change_scale, flow_scale)


def change_map(
    flows: Modelled,
    screenline_flows: pd.DataFrame,
    scenario: Mapping[str, Any],
    around: Surroundings,
    *,
    language: str,
    marks: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Draw what the model says a scenario changes.

    Parameters
    ----------
    flows
        Of the scenario.
    screenline_flows
        SCREENLINE_FLOWS; the primary screenline's number stands first beside the map.
    scenario
        Its row of SCENARIOS.
    marks
        Candidates for meeting places, in this language.

    Returns
    -------
    html
        A page that needs nothing but itself; the same bytes for the same input.
    """
    text = languages.catalogue(language)
    data, panel = with_marks(*_page(flows, scenario, around, text), marks, text)
    shown = [(key, text(f"map.choice.{key}")) for key in ("change", "before", "after")]
    panel["choices"] = [*(choice("what", text("map.choice.what"), shown) if flows.views else []), *panel["choices"]]
    panel["answers"] = answers(flows.views, screenline_flows, flows.scenario_id, around, text)
    panel["tables"] = [table(view, rows, text) for view, rows in zip(flows.views, flows.largest, strict=True)]
    return write_page(
        data,
        panel,
        around,
        language=language,
        page="change",
        title=text("map.title.change", scenario=scenario[f"name_{language}"]),
        scenario_id=flows.scenario_id,
    )


def swipe_map(flows: Modelled, scenario: Mapping[str, Any], around: Surroundings, *, language: str) -> str:
    """Draw a scenario's flows before and after on either side of a divider; parameters as for `change_map`."""
    text = languages.catalogue(language)
    data, panel = _page(flows, scenario, around, text)
    panel["legends"] = [
        {**block, "kind": "", "hidden": False} for block in panel["legends"] if block["kind"] != "change"
    ]
    return write_page(
        data,
        panel,
        around,
        language=language,
        page="swipe",
        title=text("map.title.swipe", scenario=scenario[f"name_{language}"]),
        scenario_id=flows.scenario_id,
    )


def _views(changes: gpd.GeoDataFrame, scenario_id: str, sites: gpd.GeoDataFrame) -> tuple[list[View], gpd.GeoDataFrame]:
    """Split a scenario's changes into what can be chosen, each link numbered by its geometry on the page."""
    own = changes.loc[changes["scenario_id"] == scenario_id].sort_values(["link_id", "mode"], kind="stable")
    lines = own.drop_duplicates("link_id").reset_index(drop=True)
    lines = lines.assign(is_along=links_along(lines, sites))
    own = own.assign(line=own["link_id"].map(pd.Series(lines.index, index=lines["link_id"])))
    own = own.assign(is_along=own["line"].map(lines["is_along"]))
    found: list[View] = []
    for reference, land_use in _ORDER:
        for mode in _MODES:
            rows = own.loc[(own["reference"] == reference) & (own["land_use"] == land_use) & (own["mode"] == mode)]
            if len(rows):
                found.append(View(len(found), reference, land_use, mode, rows))
    return found, lines


def _parts(view: View, flow_parts: pd.DataFrame, scenario_id: str) -> dict[int, list[int]]:
    """Give what the changes of a view are made of, by line."""
    if view.against not in _SAME_LAND_USE:
        return {}
    own = (flow_parts["land_use"] == view.land_use) & (flow_parts["mode"] == view.mode)
    return part_rows(flow_parts.loc[own & (flow_parts["scenario_id"] == scenario_id)], view.rows)


def _page(
    flows: Modelled, scenario: Mapping[str, Any], around: Surroundings, text: Catalogue
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is drawn in one language, and what stands beside it."""
    views, lines = flows.views, flows.lines
    changed = _changed_links(lines, text)
    names = zip(lines["name"].fillna(""), lines["badge"].fillna(""), strict=True)
    data = {
        **{name: part for name, part in flows.drawn.items() if name != "parts"},
        "names": [list(pair) for pair in names],
        "views": [
            {
                "id": f"{view.against} {view.mode}",
                "sides": sides(view, text),
                "note": text("map.tip.model", mode=text(f"mode.{view.mode}")),
                "rows": rows,
                "parts": parts,
            }
            for view, rows, parts in zip(views, flows.drawn["views"], flows.drawn["parts"], strict=True)
        ],
        "change_styles": flows.change_scale.styles,
        "flow_styles": flows.flow_scale.styles_with_along,
        **_marked(changed, lines),
        **_sites(around, text),
    }
    panel = {
        "what": scenario[f"text_{text.language}"],
        "answers": [],
        "plain": "" if views else text("map.plain.nothing_modelled"),
        "choices": _choices(views, text),
        "has_lines": bool(len(lines)),
        "has_sites": bool(len(around.study.sites)),
        "legends": _legends(flows, changed, around, text),
        "tables": [],
        "tables_open": False,
        "notes": _notes(views, text),
    }
    return data, panel


def _changed_links(lines: gpd.GeoDataFrame, text: Catalogue) -> list[dict[str, Any]]:
    """List the links the scenario adds, changes or closes, one row per letter (and name, where it has no letter)."""
    rows = lines.loc[lines["change"].isin(list(_DRAWN_CHANGES))]
    keys = rows["badge"].fillna("") + "\n" + rows["name"].fillna("").where(rows["badge"].isna(), "")
    found = []
    for key, group in sorted(rows.groupby(keys), key=lambda pair: (pair[0].startswith("\n"), pair[0])):
        longest = group.length.idxmax()
        found.append(
            {
                "letter": key.split("\n")[0],
                "name": next((name for name in group["name"] if name), text("map.unnamed")),
                "change": _change_of(group),
                "lines": group.index.tolist(),
                "at": group.loc[[longest]].interpolate(0.5, normalized=True),
            }
        )
    return found


def _change_of(links: pd.DataFrame) -> str:
    """Tell what happens to links that share a letter; changed, where not the same happens to all."""
    kinds = set(links["change"])
    return str(kinds.pop()) if len(kinds) == 1 else str(Change.CHANGED)


def _marked(changed: list[dict[str, Any]], lines: gpd.GeoDataFrame) -> dict[str, Any]:
    return {
        "changed": sorted({line for row in changed for line in row["lines"] if row["change"] != Change.CLOSED}),
        "badges": [
            {"letter": row["letter"], "at": latitude_longitude(row["at"].set_crs(lines.crs, allow_override=True))[0]}
            for row in changed
            if row["letter"]
        ],
    }


def _sites(around: Surroundings, text: Catalogue) -> dict[str, Any]:
    """Mark where is counted, without numbers: on these maps all numbers are modelled."""
    sites = around.study.sites.sort_values("station_id")
    return {
        "symbols": {"site": str(symbol("site"))},
        "sites": [
            {
                "at": at,
                "name": name,
                "symbol": "site",
                "rows": [],
                "note": text("map.tip.site", role=text(f"role.{role}")),
            }
            for at, name, role in zip(
                latitude_longitude(sites.geometry), sites[f"name_{text.language}"], sites["role"], strict=True
            )
        ],
    }


def _home(
    views: list[View], lines: gpd.GeoDataFrame, around: Surroundings, *, change_scale: ChangeScale
) -> list[list[float]]:
    """Open on what changes clearly, with the links the scenario touches; else on what there is."""
    touched = [lines.loc[lines["change"].isin(list(_DRAWN_CHANGES))].geometry]
    for view in views:
        clear = change_scale.classes(*(view.rows[name] for name in ("flow_change", "change_low", "change_high"))) != 0
        touched.append(view.rows.loc[clear].geometry)
    study = around.study
    return extent([gpd.GeoSeries(pd.concat(touched)), lines.geometry, study.sites.geometry, around.barriers.geometry])


def _choices(views: list[View], text: Catalogue) -> list[dict[str, Any]]:
    modes = [(mode, text(f"mode.{mode}")) for mode in _MODES if mode in {view.mode for view in views}]
    against = [(key, text(f"map.against.{key}")) for key in dict.fromkeys(view.against for view in views)]
    found = [
        *choice("mode", text("map.choice.mode"), [(mode, word[:1].upper() + word[1:]) for mode, word in modes]),
        *choice("against", text("map.choice.against"), [(key, word[:1].upper() + word[1:]) for key, word in against]),
    ]
    return found


def _legends(
    flows: Modelled, changed: list[dict[str, Any]], around: Surroundings, text: Catalogue
) -> list[dict[str, Any]]:
    study = around.study
    site = {"sample": symbol("site"), "text": text("map.legend.site")}
    ground = [
        *([site] if len(study.sites) else []),
        *ground_rows(study.context, around.barriers, study.screenlines, text=text),
    ]
    has_along = bool(flows.lines["is_along"].any())
    scales = [
        ("change", "map.legend.change_unit", change_rows(flows.change_scale, text=text), False),
        ("flow", "map.legend.flow_unit", flow_rows(flows.flow_scale, text=text, has_along=has_along), True),
    ]
    blocks = [
        {"kind": kind, "unit": text(unit), "rows": rows, "note": "", "hidden": hidden}
        for kind, unit, rows, hidden in (scales if flows.views else [])
    ]
    rest = {"kind": "", "unit": "", "rows": [*changed_rows(changed, text=text), *ground], "note": "", "hidden": False}
    return [*blocks, rest]


def _notes(views: list[View], text: Catalogue) -> list[str]:
    if not views:
        return []
    has_intervals = any(view.rows["change_low"].notna().any() for view in views)
    return [
        text("map.note.model"),
        *([] if has_intervals else [text("map.note.no_intervals")]),
        text("map.legend.period"),
    ]
