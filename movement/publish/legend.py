"""The legend: sample lines at the width they have on the map, in words, with unit and period."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
from markupsafe import Markup

from movement.publish.language import Catalogue
from movement.publish.map_layers import (
    ALONG_STYLE,
    BARRIER_STYLE,
    CONTEXT_STYLES,
    SCREENLINE_STYLE,
    STREET_STYLE,
    ChangeScale,
    FlowScale,
)

_SIZE = 'width="54" height="20" viewBox="0 0 54 20" aria-hidden="true" focusable="false"'
SYMBOLS = {
    "site": Markup(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="5" fill="#fff" '
        'stroke="#1c1c1c" stroke-width="2"/><circle cx="12" cy="12" r="1.6" fill="#1c1c1c"/></svg>'
    ),
    "one_side": Markup(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="6" fill="#fff" '
        'stroke="#6b6b6b" stroke-width="2" stroke-dasharray="3 2"/></svg>'
    ),
    "unclear": Markup(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="7" '
        'fill="{no_change}" stroke="#1c1c1c" stroke-width="1.5"/>'
        '<path d="M8 12h8" stroke="#1c1c1c" stroke-width="2"/></svg>'
    ),
    "rise": Markup(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2L22 20H2Z" fill="{colour}" '
        'stroke="#1c1c1c" stroke-width="1.5"/></svg>'
    ),
    "fall": Markup(
        '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 22L2 4H22Z" fill="{colour}" '
        'stroke="#1c1c1c" stroke-width="1.5"/></svg>'
    ),
}


def change_rows(scale: ChangeScale, *, text: Catalogue) -> list[dict[str, Any]]:
    """List the classes of change, largest increase first."""
    count = len(scale.breaks)
    ups = [_change_row(scale, number, text) for number in range(count, 0, -1)]
    downs = [_change_row(scale, -number, text) for number in range(1, count + 1)]
    quiet = {
        "sample": line_sample(scale.styles[0]),
        "text": text("map.legend.no_change", low=text.number(scale.breaks[0])),
    }
    return [*ups, quiet, *downs]


def flow_rows(scale: FlowScale, *, text: Catalogue, has_along: bool) -> list[dict[str, Any]]:
    """List the classes of flow, highest first; then what runs along a barrier, where there is any."""
    ends = [text.number(value) for value in scale.breaks]
    words = [
        text("map.legend.flow_below", high=ends[0]) if ends else text("map.choice.after"),
        *(text("map.legend.flow", low=low, high=high) for low, high in pairwise(ends)),
        *([text("map.legend.flow_above", low=ends[-1])] if ends else []),
    ]
    rows = [{"sample": line_sample(scale.styles[k]), "text": words[k]} for k in range(len(words))]
    street = {"sample": line_sample({"line": STREET_STYLE}), "text": text("map.legend.street")}
    along = {"sample": line_sample({"line": ALONG_STYLE}), "text": text("map.legend.along")}
    return [*reversed(rows), *([along] if has_along else []), street]


def ground_rows(
    context: gpd.GeoDataFrame, barriers: gpd.GeoDataFrame, screenlines: gpd.GeoDataFrame, *, text: Catalogue
) -> list[dict[str, Any]]:
    """List what lies under the flows: barriers by name, screenline, and the kinds of background there are."""
    rows = []
    longest = barriers.assign(size=barriers.length).sort_values(["size", "barrier_id"], ascending=[False, True])
    names = sorted(set(longest.drop_duplicates("barrier_id")[f"name_{text.language}"]) - {""})
    if len(barriers):
        words = text("map.legend.barrier", names=", ".join(names))
        rows.append({"sample": line_sample({"line": BARRIER_STYLE}), "text": words})
    if len(screenlines):
        rows.append({"sample": line_sample({"line": SCREENLINE_STYLE}), "text": text("map.legend.screenline")})
    shapes = context.loc[context.geom_type != "Point"]
    for kind in ("water", "green", "housing", "business", "rail", "road"):
        found = shapes.loc[shapes["kind"] == kind]
        if len(found):
            area = bool(found.geom_type.str.contains("Polygon").any())
            rows.append({"sample": _ground_sample(kind, area=area), "text": text(f"map.kind.{kind}")})
    return rows


def changed_rows(changed: list[dict[str, Any]], *, text: Catalogue) -> list[dict[str, Any]]:
    """List new, changed and closed links by letter and name."""
    style = {"casing": {"color": "#1c1c1c", "weight": 12}, "line": {"color": "#ffffff", "weight": 8}}
    return [
        {
            "sample": line_sample(style),
            "letter": row["letter"],
            "text": text(f"map.legend.{row['change']}", name=row["name"]),
        }
        for row in changed
    ]


def line_sample(style: dict[str, dict[str, Any]]) -> Markup:
    """Draw a line as it is on the map: same width, colour, dashes and edge."""
    lines = [_line(style[part]) for part in ("casing", "line") if part in style]
    return Markup(f"<svg {_SIZE}>{''.join(lines)}</svg>")


def symbol(name: str, *, colour: str = "#1c1c1c", no_change: str = "#bdbdbd") -> Markup:
    """Draw a count site's symbol."""
    return Markup(str(SYMBOLS[name]).replace("{colour}", colour).replace("{no_change}", no_change))


def _line(form: dict[str, Any]) -> str:
    dashes = f' stroke-dasharray="{form["dashArray"]}"' if "dashArray" in form else ""
    return f'<path d="M2 10H52" stroke="{form["color"]}" stroke-width="{form["weight"]:g}"{dashes} fill="none"/>'


def _ground_sample(kind: str, *, area: bool) -> Markup:
    style = CONTEXT_STYLES[kind]
    if not area:
        return line_sample({"line": style})
    edge = f' stroke="{style["color"]}" stroke-width="1"' if "color" in style else ""
    box = f'<rect x="2" y="3" width="50" height="14" fill="{style["fillColor"]}"{edge}/>'
    return Markup(f"<svg {_SIZE}>{box}</svg>")


def _change_row(scale: ChangeScale, number: int, text: Catalogue) -> dict[str, Any]:
    size, count = abs(number), len(scale.breaks)
    low = text.number(scale.breaks[size - 1])
    if size == count:
        words = text("map.legend.most" if number > 0 else "map.legend.fewest", low=low)
    else:
        high = text.number(scale.breaks[size])
        words = text("map.legend.more" if number > 0 else "map.legend.fewer", low=low, high=high)
    return {"sample": line_sample(scale.styles[number]), "text": words}
