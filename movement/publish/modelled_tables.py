"""Modelled numbers as the reader sees them: runs in order, flows over the screenlines and what changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.observed_tables import in_order

Tables = Mapping[str, pd.DataFrame]
MOST_CROSSINGS = 40
MODES = {"all": 0, "walk": 1, "cycle": 2}
LAND_USES = {"today": 0, "planned": 1}
TERMS = ("distance", "slope", "stairs", "surface", "crossing", "traffic", "darkness", "nature")


def scenario_label(words: Words, scenario_id: object, land_use: object) -> str:
    """Name a run: today's links on the planned land use are the future without the project."""
    if scenario_id == "before":
        return words.text(f"report.run.before_{land_use}")
    return words.text(f"report.run.{land_use}", name=words.name("scenario", scenario_id))


def links_label(words: Words, scenario_id: object) -> str:
    """Name the links of a scenario, whatever the land use."""
    return words.text("report.links_of_today") if scenario_id == "before" else words.name("scenario", scenario_id)


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
    """Sort by land use, scenario and, where there are modes, mode, each in the reader's order."""
    by_mode = in_order(frame, "mode", MODES, []) if "mode" in frame else frame
    return in_order(in_order(by_mode, "scenario_id", scenario_order(found), []), "land_use", LAND_USES, [])


def run_column(words: Words) -> dict[str, Write]:
    """Return the column that names the run."""
    return {"run": lambda row: scenario_label(words, row.scenario_id, row.land_use)}


def screenline_table(found: Tables, words: Words) -> Shown:
    """Return the flows over the primary screenline per run, with interval and change."""
    flows = found["screenline_flows"]
    part = runs_in_order(flows[flows["screenline_id"] == primary_screenline(found)], found)
    columns: dict[str, Write] = {
        **run_column(words),
        "mode": lambda row: words.word("mode", row.mode),
        "flow": lambda row: words.number(row.flow_per_day),
        "interval": lambda row: words.interval(row.flow_low, row.flow_high),
        "change_before": lambda row: _change(row, words, "change_before"),
        "change_zero": lambda row: _change(row, words, "change_zero"),
    }
    return show("screenline_flows", part, columns, numbers=tuple(columns)[2:], line="modelled")


_REFERENCE = {"change_before": ("before", "today"), "change_zero": ("before", "planned")}  # run that is changed from


def _change(row: Any, words: Words, column: str) -> str:  # a row of SCREENLINE_FLOWS
    """Write a change with its interval; a dash for the run it is taken from."""
    if (row.scenario_id, row.land_use) == _REFERENCE[column]:
        return words.number(None)
    return figure(row, words, column, sign=True)


def figure(row: Any, words: Words, column: str, *, sign: bool = False) -> str:  # a row of any table
    """Write a figure with the interval that stands beside it."""
    return ended(words, *(getattr(row, column + end) for end in ("", "_low", "_high")), sign=sign)


def ended(words: Words, value: object, low: object, high: object, *, sign: bool = False) -> str:
    """Write a number with its interval; where all three are written as zero, the zero alone."""
    if {words.number(one, sign=sign) for one in (value, low, high)} == {words.number(0)}:
        return words.number(0)
    return words.with_interval(value, low, high, sign=sign)


def part_columns(words: Words, rows: pd.DataFrame, prefix: str = "") -> dict[str, Write]:
    """Return the columns that say what changes are made of; trips lost only where there are any."""
    columns: dict[str, Write] = {
        "rerouted": lambda row: figure(row, words, f"{prefix}rerouted", sign=True),
        "redirected": lambda row: figure(row, words, f"{prefix}redirected", sign=True),
        "new_trips": lambda row: figure(row, words, f"{prefix}new", sign=True),
    }
    if (rows[[f"{prefix}lost", f"{prefix}lost_high"]] > 0).any(axis=None):
        columns["lost_trips"] = lambda row: figure(row, words, f"{prefix}lost")
    return columns


def links_change(row: Any, words: Words) -> str:  # a row of SCREENLINE_FLOWS
    """Write the change against today's links on the same land use, with its interval."""
    return _change(row, words, "change_before" if row.land_use == "today" else "change_zero")


def screenline_part_tables(found: Tables, words: Words) -> list[Shown]:
    """Return what the links' change over the primary screenline is made of: both modes together, then each apart."""
    flows = found["screenline_flows"]
    part = flows[(flows["screenline_id"] == primary_screenline(found)) & (flows["scenario_id"] != "before")]
    rows = runs_in_order(part, found)
    mode: dict[str, Write] = {"mode": lambda row: words.word("mode", row.mode)}
    numbers: dict[str, Write] = {
        "change_links": lambda row: links_change(row, words),
        "change_distance": lambda row: words.number(row.change_distance, sign=True),
        "change_quality": lambda row: words.number(row.change_quality, sign=True),
        **part_columns(words, rows, "change_"),
    }
    both, apart = rows[rows["mode"] == "all"], rows[rows["mode"] != "all"]
    together, name = run_column(words) | numbers, "screenline_parts"
    return [
        show(name, both, together, numbers=tuple(numbers), line="modelled"),
        show(f"{name}_modes", apart, run_column(words) | mode | numbers, numbers=tuple(numbers), line="modelled"),
    ]


def screenline_terms(found: Tables) -> tuple[pd.DataFrame, dict[tuple[str, str, str], float]]:
    """Return the runs that change links, with their flow over the primary screenline, and each one's terms.

    Returns
    -------
    runs
        Rows of SCREENLINE_FLOWS, both modes together, in the reader's order.
    terms
        Change by scenario, land use and term.
    """
    line = primary_screenline(found)
    flows, terms = (
        frame[(frame["screenline_id"] == line) & (frame["mode"] == "all") & (frame["scenario_id"] != "before")]
        for frame in (found["screenline_flows"], found["screenline_terms"])
    )
    keys = zip(terms["scenario_id"], terms["land_use"], terms["term"], strict=True)
    return runs_in_order(flows, found), dict(zip(keys, terms["flow_change"], strict=True))


def screenline_terms_table(found: Tables, words: Words) -> Shown:
    """Return each scenario's change over the primary screenline by distance and each quality of the links."""
    runs, terms = screenline_terms(found)
    used = [term for term in TERMS if any(key[2] == term for key in terms)]

    def part(term: str) -> Write:
        return lambda row: words.number(terms.get((row.scenario_id, row.land_use, term)), sign=True)

    columns: dict[str, Write] = {**run_column(words), "change_links": lambda row: links_change(row, words)}
    columns |= {f"term_{term}": part(term) for term in used}
    headings = {f"term_{term}": words.text(f"term.{term}") for term in used}
    numbers = tuple(columns)[1:]
    return show("screenline_terms", runs, columns, numbers=numbers, line="modelled", headings=headings)


def other_screenlines_table(found: Tables, words: Words) -> Shown:
    """Return the flows over the other screenlines, both modes together."""
    flows = found["screenline_flows"]
    part = flows[(flows["screenline_id"] != primary_screenline(found)) & (flows["mode"] == "all")]
    part = runs_in_order(part, found).sort_values("screenline_id", kind="stable")
    columns: dict[str, Write] = {
        "screenline": lambda row: words.name("screenline", row.screenline_id),
        **run_column(words),
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
        "links": lambda row: links_label(words, row.scenario_id),
        "today": lambda row: cell(row, "today"),
        "planned": lambda row: cell(row, "planned"),
    }
    return show("two_by_two", links, columns, numbers=("today", "planned"), line="modelled")
