"""Trips, distance, time and reach as the reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.modelled_tables import figure, run_column, runs_in_order, scenario_label
from movement.publish.observed_tables import in_order
from movement.tables import Traveller, Within

Tables = Mapping[str, pd.DataFrame]
_TRAVELLERS = {str(traveller): place for place, traveller in enumerate(Traveller)}


def travel_tables(found: Tables, words: Words) -> list[Shown]:
    """Return trips, distance and time per run with the difference to today's links: together, then each mode apart."""
    rows = runs_in_order(found["travel"], found)

    def change(name: str) -> Write:
        return lambda row: words.number(None) if row.scenario_id == "before" else figure(row, words, name, sign=True)

    mode: dict[str, Write] = {"mode": lambda row: words.word("mode", row.mode)}
    numbers: dict[str, Write] = {
        "trips_made": lambda row: figure(row, words, "trips_made"),
        "change_made": change("change_made"),
        "trips_unmet": lambda row: figure(row, words, "trips_unmet"),
        "person_km": lambda row: figure(row, words, "person_km"),
        "change_km": change("change_km"),
        "person_hours": lambda row: figure(row, words, "person_hours"),
        "change_hours": change("change_hours"),
    }
    both, apart = rows[rows["mode"] == "all"], rows[rows["mode"] != "all"]
    return [
        show("travel", both, run_column(words) | numbers, numbers=tuple(numbers), line="modelled"),
        show("travel_modes", apart, run_column(words) | mode | numbers, numbers=tuple(numbers), line="modelled"),
    ]


def unmet_table(found: Tables, words: Words) -> Shown:
    """Return whose trips cannot be made in each run, and why."""

    def trips(name: str) -> Write:
        return lambda row: words.text("report.hidden") if row.is_suppressed else figure(row, words, name)

    numbers: dict[str, Write] = {name: trips(name) for name in ("trips_unmet", "trips_no_way", "trips_too_far")}
    columns = run_column(words) | {"group": lambda row: _group(row, words)} | numbers
    rows = runs_in_order(found["unmet_groups"], found)
    return show("unmet", rows, columns, numbers=tuple(numbers), line="modelled")


def _group(row: Any, words: Words) -> str:
    return words.text(f"group.{row.group}" if row.group else "purpose.through")


def unmet_sentences(found: Tables, words: Words) -> list[str]:
    """Say which trips cannot be made, why and whose, per land use: with today's links, then with others."""
    rows = runs_in_order(found["travel"], found)
    rows = rows[rows["mode"] == "all"]
    said = []
    for row in rows[rows["scenario_id"] == "before"].itertuples(index=False):
        run = scenario_label(words, row.scenario_id, row.land_use)
        numbers = {name: _trips(getattr(row, f"trips_{name}"), words) for name in ("unmet", "no_way", "too_far")}
        said.append(words.text("report.unmet" if row.trips_unmet else "report.unmet_none", run=run, **numbers))
        said += _whose(found["unmet_groups"], row, words)
        others = (rows["land_use"] == row.land_use) & (rows["scenario_id"] != "before") & (rows["change_unmet"] != 0)
        said += _unmet_changes(rows[others], numbers["unmet"], words)
    return said


def _whose(groups: pd.DataFrame, run: Any, words: Words) -> list[str]:
    own = groups[(groups["scenario_id"] == run.scenario_id) & (groups["land_use"] == run.land_use)]
    parts = [
        words.text(
            "report.unmet_group",
            group=_group(row, words),
            trips=words.text("report.hidden") if row.is_suppressed else _trips(row.trips_unmet, words),
        )
        for row in own.sort_values("trips_unmet", ascending=False, kind="stable").itertuples(index=False)
    ]
    return [words.text("report.unmet_whose", groups="; ".join(parts))] if parts else []


def _unmet_changes(rows: pd.DataFrame, before: str, words: Words) -> list[str]:
    """Say what the links change; scenarios that come to the same stand together."""
    same: dict[str, list[str]] = {}
    for row in rows.itertuples(index=False):
        same.setdefault(_trips(row.trips_unmet, words), []).append(words.name("scenario", row.scenario_id))
    return [
        words.text("report.unmet_change", before=before, after=after, scenarios=", ".join(names))
        for after, names in same.items()
    ]


def _trips(trips: float, words: Words) -> str:
    """Write a number of trips; small ones with a decimal, so that differences between them are seen."""
    return words.number(trips, 1 if 0 < trips < 20 else 0)


def access_table(found: Tables, words: Words) -> Shown:
    """Return what residents reach, mean over residents, per run and mode.

    `access_means` is ACCESS averaged over zones with their residents as weights.
    """
    columns: dict[str, Write] = {
        **run_column(words),
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


def reach_tables(found: Tables, words: Words) -> list[Shown]:
    """Return what a resident reaches within each limit, mean over residents: within minutes, and within metres."""
    minutes: dict[str, Write] = {
        "people_reached": lambda row: words.number(row.people_reached),
        "attractions_reached": lambda row: words.number(row.attractions_reached, 1),
    }
    metres: dict[str, Write] = {
        "share_reaching": lambda row: _per_cent(row.share_reaching, words),
        "attractions_reached": lambda row: words.number(row.attractions_reached, 1),
    }
    return [_reach(found, words, Within.MINUTES, minutes), _reach(found, words, Within.METRES, metres)]


def _reach(found: Tables, words: Words, within: Within, measures: Mapping[str, Write]) -> Shown:
    means = found["reach_means"]
    means = means[means["within"] == str(within)]
    keys = ("scenario_id", "land_use", "traveller")
    cells = {(*(getattr(row, key) for key in keys), row.limit): row for row in means.itertuples(index=False)}
    limits = sorted({int(limit) for limit in means["limit"]})

    def write(measure: Write, limit: int) -> Write:
        def cell(row: Any) -> str:  # a run and traveller
            one = cells.get((*(getattr(row, key) for key in keys), limit))
            return words.number(None) if one is None else measure(one)

        return cell

    columns: dict[str, Write] = {
        **run_column(words),
        "traveller": lambda row: words.word("traveller", row.traveller),
    }
    columns |= {f"{name}_{limit}": write(measure, limit) for name, measure in measures.items() for limit in limits}
    headings = {
        f"{name}_{limit}": words.text(f"report.reach.{name}_{within}", limit=words.number(limit))
        for name in measures
        for limit in limits
    }
    rows = means[list(keys)].drop_duplicates()
    rows = runs_in_order(in_order(rows, "traveller", _TRAVELLERS, []), found)
    numbers = tuple(headings)
    return show(f"reach_{within}", rows, columns, numbers=numbers, line="modelled", headings=headings)


def _per_cent(share: float, words: Words) -> str:
    return words.number(None if pd.isna(share) else 100 * share)
