"""The crossings as the reader sees them: flows link by link, what their changes are made of, who crosses and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from movement.publish.cells import NO_BREAK, Shown, Words, Write, show
from movement.publish.modelled_tables import (
    LAND_USES,
    MOST_CROSSINGS,
    ended,
    figure,
    links_label,
    part_columns,
    primary_screenline,
    scenario_order,
)
from movement.publish.observed_tables import in_order
from movement.tables import Band, Group, Purpose

Tables = Mapping[str, pd.DataFrame]
THROUGH = "through"
_LINK = ["scenario_id", "land_use", "link_id"]


def crossing_tables(found: Tables, words: Words) -> list[Shown]:
    """Return, per land use, each link over the primary screenline with its flow in every scenario."""
    flows = found["crossing_flows"]
    flows = flows[flows["screenline_id"] == primary_screenline(found)]
    return [
        _crossings(flows[flows["land_use"] == land_use], found, words, land_use)
        for land_use in _land_uses(flows)
    ]  # fmt: skip


def _land_uses(rows: pd.DataFrame) -> list[str]:
    return [land_use for land_use in LAND_USES if (rows["land_use"] == land_use).any() or land_use == "today"]


def _crossings(flows: pd.DataFrame, found: Tables, words: Words, land_use: str) -> Shown:
    cells = {(row.link_id, row.mode, row.scenario_id): row for row in flows.itertuples(index=False)}
    largest = flows.sort_values("flow_per_day", ascending=False, kind="stable").drop_duplicates(["link_id", "mode"])
    labels = _labels(flows, words)
    scenarios = [item for item in scenario_order(found) if item in set(flows["scenario_id"])]

    def flow_in(scenario_id: str) -> Write:
        def write(row: Any) -> str:  # a row of any table
            one: Any = cells.get((row.link_id, row.mode, scenario_id))
            return words.number(None) if one is None else _flow_and_prediction(one, words)

        return write

    columns: dict[str, Write] = {
        "link": lambda row: labels[row.link_id],
        "mode": lambda row: words.word("mode", row.mode),
    }
    columns |= {f"in_{item}": flow_in(item) for item in scenarios}
    headings = {f"in_{item}": links_label(words, item) for item in scenarios}
    numbers = tuple(headings)
    name = f"crossing_flows_{land_use}"
    return show(name, largest, columns, numbers=numbers, line="modelled", most=MOST_CROSSINGS, headings=headings)


def _flow_and_prediction(row: Any, words: Words) -> str:  # a row of CROSSING_FLOWS
    """Write a flow with its interval and, in square brackets, the one with the departure of places from the model."""
    shown = ended(words, row.flow_per_day, row.flow_low, row.flow_high)
    if pd.isna(row.prediction_low):
        return shown
    return f"{shown} [{words.interval(row.prediction_low, row.prediction_high).replace(' ', NO_BREAK)}]"


def _labels(flows: pd.DataFrame, words: Words) -> dict[str, str]:
    last = flows.sort_values(["link_id", "scenario_id"]).drop_duplicates("link_id", keep="last")
    return {
        str(row.link_id): link_label(words, row.badge, row.name, row.link_id) for row in last.itertuples(index=False)
    }


def link_label(words: Words, badge: object, name: object, link_id: object) -> str:
    """Name a link: its letter and street, or that it has no name and its id."""
    street = f"{words.text('map.unnamed')} ({link_id})" if pd.isna(name) or not name else str(name)
    return street if pd.isna(badge) or not badge else f"{badge}: {street}"


def part_tables(found: Tables, words: Words) -> list[Shown]:
    """Return, per land use, the change on each link over the primary screenline and what it is made of."""
    parts = found["crossing_parts"]
    parts = parts[(parts["screenline_id"] == primary_screenline(found)) & (parts["mode"] == "all")]
    labels = _labels(found["crossing_flows"], words)
    columns: dict[str, Write] = {
        "link": lambda row: labels.get(row.link_id, row.link_id),
        "scenario": lambda row: links_label(words, row.scenario_id),
        "change_links": lambda row: ended(words, row.flow_change, row.change_low, row.change_high, sign=True),
        **part_columns(words, parts),
    }
    return [
        show(
            f"crossing_parts_{land_use}",
            _by_link(parts[parts["land_use"] == land_use], found),
            columns,
            numbers=tuple(columns)[2:],
            line="modelled",
        )
        for land_use in _land_uses(parts)
    ]


def _by_link(rows: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """Sort by link, those that carry most first, then by scenario."""
    totals = found["crossing_totals"].sort_values("flow_per_day", ascending=False, kind="stable")
    order = {link: place for place, link in enumerate(dict.fromkeys(totals["link_id"]))}
    return in_order(in_order(rows, "scenario_id", scenario_order(found), []), "link_id", order, [])


def who_tables(found: Tables, words: Words) -> list[Shown]:
    """Return, per land use, who crosses each link of the primary screenline: by purpose, by group, and when."""
    line = primary_screenline(found)
    totals = found["crossing_totals"]
    totals = totals[totals["screenline_id"] == line]
    kinds = (
        ("crossing_purposes", "purpose", (*Purpose, THROUGH), _trips),
        ("crossing_groups", "group", tuple(Group), _trips_or_hidden),
        ("crossing_bands", "band", tuple(Band), _flow),
    )
    return [
        _kinds(f"{name}_{land_use}", totals[totals["land_use"] == land_use], cells, found, words)
        for name, column, keys, write in kinds
        for cells in [_Cells(found[name], line, column, keys, partial(write, words))]
        for land_use in _land_uses(totals)
    ]


class _Cells:
    """What stands in a table of kinds: its columns, and the text of each cell by run, link and kind."""

    def __init__(
        self, rows: pd.DataFrame, line: str | None, column: str, keys: Sequence[str], write: Callable[[Any], str]
    ) -> None:
        own = rows[rows["screenline_id"] == line]
        if "mode" in own:
            own = own[own["mode"] == "all"]
        self.family, self.keys = column, [str(key) for key in keys]
        self.texts = {
            (*(getattr(row, key) for key in _LINK), getattr(row, column)): write(row)
            for row in own.itertuples(index=False)
        }

    def text(self, row: Any, key: str, otherwise: str) -> str:
        return self.texts.get((*(getattr(row, name) for name in _LINK), key), otherwise)


def _kinds(name: str, totals: pd.DataFrame, cells: _Cells, found: Tables, words: Words) -> Shown:
    labels, none = _labels(found["crossing_flows"], words), words.number(None)
    columns: dict[str, Write] = {
        "link": lambda row: labels.get(row.link_id, row.link_id),
        "scenario": lambda row: links_label(words, row.scenario_id),
        "flow_all": lambda row: ended(words, row.flow_per_day, row.flow_low, row.flow_high),
    }
    columns |= {f"of_{key}": partial(cells.text, key=key, otherwise=none) for key in cells.keys}
    headings = {f"of_{key}": words.text(f"{cells.family}.{key}") for key in cells.keys}
    numbers = ("flow_all", *headings)
    return show(name, _by_link(totals, found), columns, numbers=numbers, line="modelled", headings=headings)


def _trips(words: Words, row: Any) -> str:
    return figure(row, words, "trips_per_day")


def _trips_or_hidden(words: Words, row: Any) -> str:
    return words.text("report.hidden") if row.is_suppressed else _trips(words, row)


def _flow(words: Words, row: Any) -> str:
    return figure(row, words, "flow_per_day")


def barrier_crossings_table(found: Tables, words: Words) -> Shown:
    """Return the places where a link gets over or under a barrier: today's, then those a scenario adds."""
    carried = found["crossings"][found["crossings"]["status"] == "carried"]
    place = ["link_id", "barrier_id", "place"]
    ordered = in_order(carried, "scenario_id", scenario_order(found), ["barrier_id", "link_id", "place"])
    columns: dict[str, Write] = {
        "barrier": lambda row: words.name("barrier", row.barrier_id),
        "link": lambda row: link_label(words, None, row.name, row.link_id),
        "reason": lambda row: words.word("reason", row.reason),
        "since": lambda row: links_label(words, row.scenario_id),
    }
    return show("crossings", ordered.drop_duplicates(place), columns, line="modelled", most=MOST_CROSSINGS)
