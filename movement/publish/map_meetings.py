"""Candidates for meeting places as marks on a scenario's change map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
from markupsafe import Markup

from movement.publish.cells import Words
from movement.publish.language import Catalogue
from movement.publish.map_layers import latitude_longitude, rounded
from movement.publish.school_tables import place_name
from movement.publish.severance_tables import land_use_shown, side_name

SYMBOL = (
    '<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><circle cx="9" cy="12" r="6.5" fill="#fff" '
    'stroke="#1c1c1c" stroke-width="2.5"/><circle cx="15" cy="12" r="6.5" fill="#fff" fill-opacity=".6" '
    'stroke="#1c1c1c" stroke-width="2.5"/></svg>'
)


def meeting_marks(places: gpd.GeoDataFrame, scenario_id: str, words: Words) -> list[dict[str, Any]]:
    """Mark the best candidates of a scenario, on the planned land use where it is modelled.

    Parameters
    ----------
    places
        Rows of MEETING_PLACES to mark; those of other scenarios stay out.
    words
        Words with the names of attractions and sites.
    """
    own = places.loc[(places["scenario_id"] == scenario_id) & (places["land_use"] == land_use_shown(places))]
    best = own.sort_values(["rank", "node_id"])
    marks = []
    for row, at in zip(best.itertuples(index=False), latitude_longitude(best.geometry), strict=True):
        some: Any = row
        sides = ((some.side, some.people_side), (some.other_side, some.people_other_side))
        told = [
            [words.text("map.meeting.from", side=side_name(words, side)), words.number(rounded(people))]
            for side, people in sides
        ]
        told.append([words.text("report.column.balance"), words.number(some.balance, 2)])
        name = words.text("map.meeting.name", rank=words.number(some.rank), place=place_name(words, some))
        note = words.text("map.meeting.note")
        marks.append({"at": at, "name": name, "symbol": "meeting", "rows": told, "note": note, "page": None})
    return marks


def with_marks(
    data: Mapping[str, Any], panel: Mapping[str, Any], marks: Sequence[Mapping[str, Any]], text: Catalogue
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add marks to what a page draws, and their symbol to its legend."""
    if not marks:
        return dict(data), dict(panel)
    *blocks, rest = panel["legends"]
    row = {"sample": Markup(SYMBOL), "text": text("map.meeting.legend")}
    drawn = {"sites": [*data["sites"], *marks], "symbols": {**data["symbols"], "meeting": SYMBOL}}
    return {**data, **drawn}, {**panel, "legends": [*blocks, {**rest, "rows": [row, *rest["rows"]]}], "has_sites": True}
