"""Trips, distance, time and reach as the reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.modelled_tables import run_column, runs_in_order, scenario_label
from movement.publish.observed_tables import in_order
from movement.tables import Traveller, Within

Tables = Mapping[str, pd.DataFrame]
_TRAVELLERS = {str(traveller): place for place, traveller in enumerate(Traveller)}


def travel_tables(found: Tables, words: Words) -> list[Shown]:
    """Return trips, distance and time per run with the difference to today's links: together, then each mode apart."""
    rows = runs_in_order(found["travel_changes"], found)

    def change(row: Any, name: str) -> str:  # a row of TRAVEL_CHANGES
        if row.scenario_id == "before":
            return words.number(None)
        low, high = (getattr(row, f"{name}_{end}", None) for end in ("low", "high"))
        return words.with_interval(getattr(row, name), low, high, sign=True)

    mode: dict[str, Write] = {"mode": lambda row: words.word("mode", row.mode)}
    numbers: dict[str, Write] = {
        "trips_made": lambda row: words.number(row.trips_made),
        "change_made": lambda row: change(row, "change_made"),
        "trips_unmet": lambda row: words.number(row.trips_unmet),
        "person_km": lambda row: words.with_interval(row.person_km, row.person_km_low, row.person_km_high),
        "change_km": lambda row: change(row, "change_km"),
        "person_hours": lambda row: words.with_interval(row.person_hours, row.person_hours_low, row.person_hours_high),
        "change_hours": lambda row: change(row, "change_hours"),
    }
    both, apart = rows[rows["mode"] == "all"], rows[rows["mode"] != "all"]
    return [
        show("travel", both, run_column(words) | numbers, numbers=tuple(numbers), line="modelled"),
        show("travel_modes", apart, run_column(words) | mode | numbers, numbers=tuple(numbers), line="modelled"),
    ]


def unmet_sentences(found: Tables, words: Words) -> list[str]:
    """Say which trips cannot be made, per land use: with today's links, and with the links that change their number."""
    rows = runs_in_order(found["travel_changes"], found)
    rows = rows[rows["mode"] == "all"]
    changed = rows[(rows["scenario_id"] != "before") & (rows["change_unmet"] != 0)]
    said = []
    for row in rows[rows["scenario_id"] == "before"].itertuples(index=False):
        key = "report.unmet" if row.trips_unmet else "report.unmet_none"
        run = scenario_label(words, row.scenario_id, row.land_use)
        said.append(words.text(key, run=run, trips=_trips(row.trips_unmet, words)))
        said += _unmet_changes(changed[changed["land_use"] == row.land_use], words)
    return said


def _unmet_changes(rows: pd.DataFrame, words: Words) -> list[str]:
    """Say what the links change; scenarios that come to the same stand together."""
    same: dict[tuple[str, str], list[str]] = {}
    for row in rows.itertuples(index=False):
        numbers = (_trips(row.unmet_before, words), _trips(row.trips_unmet, words))
        same.setdefault(numbers, []).append(words.name("scenario", row.scenario_id))
    return [
        words.text("report.unmet_change", before=before, after=after, scenarios=", ".join(names))
        for (before, after), names in same.items()
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
