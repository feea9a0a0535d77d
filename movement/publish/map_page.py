"""One map page: folium map, panel beside it and what every page of a study shares, in one language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import jinja2
from branca.element import MacroElement
from markupsafe import Markup, escape

from movement.publish import language as languages
from movement.publish.language import Catalogue
from movement.publish.map_layers import (
    BARRIER_STYLE,
    CHANGED_CORE,
    CHANGED_STYLE,
    SCREENLINE_STYLE,
    STREET_STYLE,
    context_layer,
    feature_collection,
    place_labels,
)
from movement.publish.selfcontained import self_contained
from movement.tables import Study

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = ("before", "after", "change", "interval", "to", "unnamed", "divider", "map", "pupils", "few", "meets")
_PARTS = ("rerouted", "redirected", "new_trips", "lost_trips")
_PANEL_WORDS = ("nav", "panel", "home", "print", "legend", "no_changes")
_NORTH = (
    '<svg width="22" height="30" viewBox="0 0 22 30" role="img" aria-label="{label}">'
    '<path d="M11 1L20 28L11 22L2 28Z" fill="#1c1c1c"/></svg><br>N'
)


@dataclass(frozen=True)
class Surroundings:
    """What all maps of a study share.

    `name` is the study's name by language; `barriers` BARRIERS and `streets` LINKS of today, as built; `network_notes`
    the network file's own metadata (title_da, title_en, is_sketch, attribution_da, attribution_en), empty where it
    has none.
    """

    name: Mapping[str, str]
    study: Study
    barriers: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    network_notes: Mapping[str, Any]
    is_openstreetmap: bool
    is_synthetic: bool


class _Page(MacroElement):
    """Style, panel and script around a folium map; texts are put in as they are."""

    _template = jinja2.Template(
        "{% macro header(this, kwargs) %}<style>{{ this.style }}</style>{% endmacro %}"
        "{% macro html(this, kwargs) %}{{ this.panel }}{% endmacro %}"
        "{% macro script(this, kwargs) %}{{ this.script }}({{ this._parent.get_name() }});{% endmacro %}"
    )

    def __init__(self, style: str, panel: str, script: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "page"
        self.style, self.panel, self.script = style, panel, script


def write_page(
    data: Mapping[str, Any],
    panel: Mapping[str, Any],
    around: Surroundings,
    *,
    language: str,
    page: str,
    title: str,
    scenario_id: str | None,
) -> str:
    """Put a page together.

    Parameters
    ----------
    data
        What the script draws; what all pages share is added.
    panel
        What the template shows beside the map; what all pages share is added.
    page
        `change`, `swipe` or `observed`; with `scenario_id` it makes the file name.

    Returns
    -------
    html
        The whole page; the same bytes for the same input.
    """
    text = languages.catalogue(language)
    shared = {
        "study_name": around.name[language],
        "title": title,
        "banner": " ".join(_marks(around, text)),
        "links": _links(text, page=page, scenario_id=scenario_id),
        "words": {key: text(f"map.{key}") for key in _PANEL_WORDS} | {"largest": text("map.largest")},
        "data": _as_json({**_shared_data(around, text), **data, "kind": page}),
    }
    notes = [*panel.get("notes", []), *_network_notes(around, text)]
    shown = _template().render({**shared, **panel, "words": shared["words"] | panel.get("words", {}), "notes": notes})
    drawing = folium.Map(
        location=[0, 0],
        zoom_start=2,
        tiles=None,
        prefer_canvas=True,
        control_scale=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        max_zoom=19,
    )
    drawing.add_child(_Page(_read("map.css"), shown, _read("map.js")))
    return self_contained(drawing, language=language, title=f"{title} \u2013 {around.name[language]}")


def _shared_data(around: Surroundings, text: Catalogue) -> dict[str, Any]:
    study, language = around.study, text.language
    return {
        "words": {key: text(f"map.{key}") for key in _WORDS} | {"parts": [text(f"map.{key}") for key in _PARTS]},
        "thousands": "." if language == "da" else ",",
        "north": _NORTH.format(label=text("map.north")),
        "context": context_layer(study.context),
        "barriers": feature_collection(around.barriers, [BARRIER_STYLE] * len(around.barriers)),
        "screenlines": feature_collection(study.screenlines, [SCREENLINE_STYLE] * len(study.screenlines)),
        "places": place_labels(study.context, around.barriers, language=language),
        "street_style": STREET_STYLE,
        "changed_style": CHANGED_STYLE,
        "changed_core": CHANGED_CORE,
        "attribution": _attribution(around, text),
        "lines": [],
        "names": [],
        "views": [],
        "asks": ["against", "mode"],
        "changed": [],
        "badges": [],
        "sites": [],
        "symbols": {},
        "change_styles": {},
        "flow_styles": {},
    }


def _attribution(around: Surroundings, text: Catalogue) -> list[str]:
    own = str(around.network_notes.get(f"attribution_{text.language}") or "")
    found = [str(escape(own))] if own else []
    if around.is_openstreetmap:
        address = "https://www.openstreetmap.org/copyright"
        found.append(f'<a href="{address}">{escape(text("map.openstreetmap"))}</a>')
    return found


def _marks(around: Surroundings, text: Catalogue) -> list[str]:
    is_sketch = bool(around.network_notes.get("is_sketch"))
    marks = {"map.banner.synthetic": around.is_synthetic, "map.banner.sketch": is_sketch}
    return [text(key) for key, stands in marks.items() if stands]


def _network_notes(around: Surroundings, text: Catalogue) -> list[str]:
    if not around.network_notes.get("is_sketch"):
        return []
    return [text("map.note.sketch", title=str(around.network_notes.get(f"title_{text.language}") or ""))]


def _links(text: Catalogue, *, page: str, scenario_id: str | None) -> list[dict[str, Any]]:
    other = next(name for name in languages.LANGUAGES if name != text.language)
    ending = f"_{scenario_id}" if scenario_id else ""
    pages = [("index", "../index.html")]
    if scenario_id:
        pages += [(name, f"{name}{ending}.html") for name in ("change", "swipe")]
    pages += [("observed", "observed.html"), ("network", "network.html"), ("schools", "schools.html")]
    pages += [("report", "report.html")]
    found: list[dict[str, Any]] = [
        {"text": text(f"map.nav.{name}"), "href": address, "here": name == page} for name, address in pages
    ]
    same = f"../{other}/{page}{ending}.html"
    return [*found, {"text": text("map.nav.other_language"), "href": same, "language": other}]


def _as_json(data: Mapping[str, Any]) -> Markup:
    """Write JSON that cannot end the script element it stands in."""
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(plain.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    found = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return found.get_template("map.html.j2")


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def choice(name: str, legend: str, options: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Describe a group of radio buttons; none where there is nothing to choose between."""
    if len(options) < 2:
        return []
    return [{"name": name, "legend": legend, "options": [{"value": value, "text": word} for value, word in options]}]
