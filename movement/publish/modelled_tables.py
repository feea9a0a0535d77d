"""Modelled numbers as the reader sees them: flows over the barrier, crossings, fit, access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.observed_tables import in_order

Tables = Mapping[str, pd.DataFrame]
MOST_CROSSINGS = 40
_MODES = {"all": 0, "walk": 1, "cycle": 2}
_LAND_USES = {"today": 0, "planned": 1}


def scenario_label(words: Words, scenario_id: object, land_use: object) -> str:
    """Name a run: today's links on the planned land use are the future without the project."""
    if scenario_id == "before":
        return words.text(f"report.run.before_{land_use}")
    return words.text(f"report.run.{land_use}", name=words.name("scenario", scenario_id))


def primary_screenline(found: Tables) -> str | None:
    """Return the plan's primary screenline among those modelled; the first where none is named."""
    modelled = sorted(found["screenline_flows"]["screenline_id"].unique())
    lines = found["screenlines"]
    primary = set(lines.loc[lines["is_primary"].astype(bool), "screenline_id"])
    return next((line for line in modelled if line in primary), modelled[0] if modelled else None)


def scenario_order(found: Tables) -> dict[str, int]:
    """Return the scenarios' places, `before` first, as SCENARIOS has them."""
    ids = list(found["scenarios"]["scenario_id"])
    return {item: place for place, item in enumerate(sorted(ids, key=lambda item: (item != "before", ids.index(item))))}


def runs_in_order(frame: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """Sort by land use, scenario and mode, each in the reader's order."""
    by_mode = in_order(frame, "mode", _MODES, [])
    return in_order(in_order(by_mode, "scenario_id", scenario_order(found), []), "land_use", _LAND_USES, [])


def screenline_table(found: Tables, words: Words) -> Shown:
    """Return the flows over the primary screenline per run, with interval and change."""
    flows = found["screenline_flows"]
    part = runs_in_order(flows[flows["screenline_id"] == primary_screenline(found)], found)
    columns: dict[str, Write] = {
        "run": lambda row: scenario_label(words, row.scenario_id, row.land_use),
        "mode": lambda row: words.word("mode", row.mode),
        "flow": lambda row: words.number(row.flow_per_day),
        "interval": lambda row: words.interval(row.flow_low, row.flow_high),
        "change_before": lambda row: _change(row, words, "change_before"),
        "change_zero": lambda row: _change(row, words, "change_zero"),
        "change_distance": lambda row: words.number(row.change_distance, sign=True),
        "change_quality": lambda row: words.number(row.change_quality, sign=True),
    }
    return show("screenline_flows", part, columns, numbers=tuple(columns)[2:], line="modelled")


def _change(row: Any, words: Words, column: str) -> str:  # a row of any table
    values = (getattr(row, column + end) for end in ("", "_low", "_high"))
    return words.with_interval(*values, sign=True)


def other_screenlines_table(found: Tables, words: Words) -> Shown:
    """Return the flows over the other screenlines, both modes together."""
    flows = found["screenline_flows"]
    part = flows[(flows["screenline_id"] != primary_screenline(found)) & (flows["mode"] == "all")]
    part = runs_in_order(part, found).sort_values("screenline_id", kind="stable")
    columns: dict[str, Write] = {
        "screenline": lambda row: words.name("screenline", row.screenline_id),
        "run": lambda row: scenario_label(words, row.scenario_id, row.land_use),
        "flow": lambda row: words.number(row.flow_per_day),
        "interval": lambda row: words.interval(row.flow_low, row.flow_high),
        "change_before": lambda row: _change(row, words, "change_before"),
        "change_zero": lambda row: _change(row, words, "change_zero"),
    }
    return show("other_screenlines", part, columns, numbers=tuple(columns)[2:], line="modelled", most=MOST_CROSSINGS)


def two_by_two_table(found: Tables, words: Words) -> Shown:
    """Return the flow over the primary screenline by links (rows) and land use (columns), both modes together."""
    flows = found["screenline_flows"]
    part = flows[(flows["screenline_id"] == primary_screenline(found)) & (flows["mode"] == "all")]
    cells = {(row.scenario_id, row.land_use): row for row in part.itertuples(index=False)}
    links = in_order(part[["scenario_id"]].drop_duplicates(), "scenario_id", scenario_order(found), [])

    def cell(row: Any, land_use: str) -> str:  # a row of any table
        found_cell: Any = cells.get((row.scenario_id, land_use))
        if found_cell is None:
            return words.number(None)
        return words.with_interval(found_cell.flow_per_day, found_cell.flow_low, found_cell.flow_high)

    columns: dict[str, Write] = {
        "links": lambda row: (
            words.text("report.links_of_today")
            if row.scenario_id == "before"
            else words.name("scenario", row.scenario_id)
        ),
        "today": lambda row: cell(row, "today"),
        "planned": lambda row: cell(row, "planned"),
    }
    return show("two_by_two", links, columns, numbers=("today", "planned"), line="modelled")


def crossing_tables(found: Tables, words: Words) -> list[Shown]:
    """Return, per land use, each link over the primary screenline with its flow in every scenario."""
    flows = found["crossing_flows"]
    flows = flows[flows["screenline_id"] == primary_screenline(found)]
    return [
        _crossings(flows[flows["land_use"] == land_use], found, words, land_use)
        for land_use in _LAND_USES
        if (flows["land_use"] == land_use).any() or land_use == "today"
    ]


def _crossings(flows: pd.DataFrame, found: Tables, words: Words, land_use: str) -> Shown:
    cells = {(row.link_id, row.mode, row.scenario_id): row for row in flows.itertuples(index=False)}
    largest = flows.sort_values("flow_per_day", ascending=False, kind="stable").drop_duplicates(["link_id", "mode"])
    labels = flows.sort_values(["link_id", "scenario_id"]).drop_duplicates("link_id", keep="last").set_index("link_id")
    scenarios = [item for item in scenario_order(found) if item in set(flows["scenario_id"])]

    def flow_in(scenario_id: str) -> Write:
        def write(row: Any) -> str:  # a row of any table
            one: Any = cells.get((row.link_id, row.mode, scenario_id))
            return (
                words.number(None)
                if one is None
                else words.with_interval(one.flow_per_day, one.flow_low, one.flow_high)
            )

        return write

    columns: dict[str, Write] = {
        "link": lambda row: link_label(labels.loc[row.link_id, "badge"], labels.loc[row.link_id, "name"], row.link_id),
        "mode": lambda row: words.word("mode", row.mode),
    }
    columns |= {f"in_{item}": flow_in(item) for item in scenarios}
    headings = {
        f"in_{item}": words.text("report.links_of_today") if item == "before" else words.name("scenario", item)
        for item in scenarios
    }
    numbers = tuple(headings)
    name = f"crossing_flows_{land_use}"
    return show(name, largest, columns, numbers=numbers, line="modelled", most=MOST_CROSSINGS, headings=headings)


def link_label(badge: object, name: object, link_id: object) -> str:
    """Name a link: its letter and street, or its id where it has no name."""
    street = str(link_id) if pd.isna(name) or not name else str(name)
    return street if pd.isna(badge) or not badge else f"{badge}: {street}"


def fit_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the model against the counts before, and the parameters fitted."""
    fit: dict[str, Write] = {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "mode": lambda row: words.word("mode", row.mode),
        "counted": lambda row: words.number(row.counted_per_day),
        "modelled": lambda row: words.number(row.modelled_per_day),
        "left_out": lambda row: words.number(row.left_out_per_day),
        "geh": lambda row: words.number(row.geh, 1),
    }
    whole = found["calibration"][found["calibration"]["replicate"] == "all"]
    parameters: dict[str, Write] = {
        "mode": lambda row: words.word("mode", row.mode),
        "decay": lambda row: words.number(row.decay_per_min, 3),
        "scale": lambda row: words.number(row.scale, 3),
        "fitted": lambda row: words.yes_no(row.is_fitted),
        "sites": lambda row: words.number(row.sites),
    }
    return [
        show("fit", found["fit"], fit, numbers=("counted", "modelled", "left_out", "geh")),
        show("calibration", whole, parameters, numbers=("decay", "scale", "sites"), line="modelled"),
    ]


def access_table(found: Tables, words: Words) -> Shown:
    """Return what residents reach, mean over residents, per run and mode.

    `access_means` is ACCESS averaged over zones with their residents as weights.
    """
    columns: dict[str, Write] = {
        "run": lambda row: scenario_label(words, row.scenario_id, row.land_use),
        "mode": lambda row: words.word("mode", row.mode),
        "residents": lambda row: words.number(row.residents),
        "people_within": lambda row: words.number(row.people_within_15_min),
        "attractions_within": lambda row: words.number(row.attractions_within_15_min, 1),
        "detour_across": lambda row: words.number(row.detour_ratio_across, 2),
        "detour_along": lambda row: words.number(row.detour_ratio_along, 2),
        "cut_off": lambda row: words.number(row.cut_off_attractions, 1),
    }
    part = runs_in_order(found["access_means"], found)
    return show("access", part, columns, numbers=tuple(columns)[2:], line="modelled")


def barrier_crossings_table(found: Tables, words: Words) -> Shown:
    """Return the places where a link gets over or under a barrier: today's, then those a scenario adds."""
    carried = found["crossings"][found["crossings"]["status"] == "carried"]
    place = ["link_id", "barrier_id", "place"]
    ordered = in_order(carried, "scenario_id", scenario_order(found), ["barrier_id", "link_id", "place"])
    columns: dict[str, Write] = {
        "barrier": lambda row: words.name("barrier", row.barrier_id),
        "link": lambda row: link_label(None, row.name, row.link_id),
        "reason": lambda row: words.word("reason", row.reason),
        "since": lambda row: (
            words.text("report.links_of_today")
            if row.scenario_id == "before"
            else words.name("scenario", row.scenario_id)
        ),
    }
    return show("crossings", ordered.drop_duplicates(place), columns, line="modelled", most=MOST_CROSSINGS)
