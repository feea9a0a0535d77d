"""Ways to school and places where both sides meet, as the reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from movement.publish.cells import NO_BREAK, Shown, Words, Write, show
from movement.publish.crossing_tables import link_label
from movement.publish.map_layers import rounded
from movement.publish.modelled_tables import links_label, run_column, runs_in_order, scenario_order
from movement.publish.observed_tables import in_order
from movement.publish.severance_tables import land_use_shown, side_name
from movement.tables import Band
from movement.tables.severance import EVERYWHERE, SCHOOL_QUALITIES, SchoolClasses

Tables = Mapping[str, pd.DataFrame]
YOUNGEST = str(SchoolClasses.CLASSES_0_3)
DECIMALS = {"felt_min": 1, "main_roads": 2, "ramps": 2}
_MOST_PLACES, _MOST_LINKS = 3, 5  # of each scenario


def school_name(words: Words, school_id: object) -> str:
    """Name a school; pupils with no school in reach have none."""
    return words.name("attraction", school_id) if school_id else words.text("report.school.none")


def school_tables(found: Tables, words: Words) -> list[Shown]:
    """Return ways to each school on today's links, what each scenario makes of them, and who has far."""
    rows = runs_in_order(found["school_pupils"], found)
    youngest = rows[(rows["classes"] == YOUNGEST) & (rows["school_id"] != "")]
    is_today = youngest["scenario_id"] == "before"
    who: dict[str, Write] = {
        "school": lambda row: school_name(words, row.school_id),
        "mode": lambda row: words.word("mode", row.mode),
        "pupils": lambda row: pupils(words, row.pupils, is_few=row.is_suppressed),
        "pupils_across": lambda row: pupils(words, row.pupils_across),
    }
    now: dict[str, Write] = {name: partial(quality, words, name) for name in SCHOOL_QUALITIES}
    changed: dict[str, Write] = {name: partial(_with_change, words, name) for name in SCHOOL_QUALITIES}
    numbers = (*tuple(who)[2:], *SCHOOL_QUALITIES)
    return [
        show("school_now", youngest[is_today], run_column(words) | who | now, numbers=numbers, line="modelled"),
        show(
            "school_changes", youngest[~is_today], run_column(words) | who | changed, numbers=numbers, line="modelled"
        ),
        _beyond(rows, words),
    ]


def pupils(words: Words, number: object, *, is_few: bool = False) -> str:
    """Write a number of pupils; that they are few where all are fewer than are shown, and that a part is hidden."""
    if is_few:
        return words.text("report.too_few")
    return words.text("report.hidden") if pd.isna(number) else words.number(number)


def quality(words: Words, name: str, row: Any) -> str:  # a row of school_pupils
    """Write one quality of the ways to a school."""
    return words.number(getattr(row, name), DECIMALS.get(name, 0))


def quality_change(words: Words, name: str, row: Any) -> str:  # a row of school_pupils
    """Write how a scenario changes a quality for the same pupils."""
    return words.number(getattr(row, f"{name}_change"), DECIMALS.get(name, 0), sign=True)


def _with_change(words: Words, name: str, row: Any) -> str:
    shown, change = quality(words, name, row), getattr(row, f"{name}_change")
    if pd.isna(change) or change == 0:
        return shown
    return words.text("report.school.changed", value=shown, change=quality_change(words, name, row))


def _beyond(rows: pd.DataFrame, words: Words) -> Shown:
    """Return the pupils whose way is longer than the distance of their classes, on foot and by cycle."""
    keys = ["scenario_id", "land_use", "school_id", "mode"]
    cells = {(*(getattr(row, key) for key in keys), row.classes): row for row in rows.itertuples(index=False)}

    def cell(classes: str, row: Any) -> str:
        one: Any = cells.get((*(getattr(row, key) for key in keys), classes))
        if one is None:
            return words.number(None)
        beyond, whole = (pupils(words, n, is_few=one.is_suppressed) for n in (one.pupils_beyond, one.pupils))
        return words.text("report.school.of", part=beyond, whole=whole)

    columns: dict[str, Write] = {
        **run_column(words),
        "school": lambda row: school_name(words, row.school_id),
        "mode": lambda row: words.word("mode", row.mode),
    }
    limits = rows.drop_duplicates("classes").set_index("classes")["limit_m"]
    classes = [str(word) for word in SchoolClasses if str(word) in limits.index]
    columns |= {f"of_{word}": partial(cell, word) for word in classes}
    headings = {
        f"of_{word}": words.text(
            "report.school.beyond", classes=words.text(f"school_classes.{word}"), metres=words.number(limits[word])
        )
        for word in classes
    }
    own = rows[keys].drop_duplicates()
    return show("school_beyond", own, columns, numbers=tuple(headings), line="modelled", headings=headings)


def meeting_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the best candidates for meeting places, when people pass them, and the links both sides share most."""
    places, links = (_of_one_land_use(found[name], found) for name in ("meeting_candidates", "shared_links"))
    best = places[places["rank"] <= _MOST_PLACES]
    best = in_order(best, "scenario_id", scenario_order(found), ["side", "other_side", "rank"])
    shared = links[links["rank"] <= _MOST_LINKS]
    shared = in_order(shared, "scenario_id", scenario_order(found), ["side", "other_side", "rank"])
    scenario: dict[str, Write] = {
        "scenario": lambda row: links_label(words, row.scenario_id),
        "rank": lambda row: words.number(row.rank),
        "meeting_place": lambda row: place_name(words, row),
    }
    link: dict[str, Write] = {"link": lambda row: link_label(words, row.badge, row.name, row.link_id)}
    met: dict[str, Write] = {
        "people_sides": partial(_both, words),
        "balance": lambda row: _few(words, row, words.number(row.balance, 2)),
        "product": lambda row: _few(words, row, _product(words, row)),
    }
    before: dict[str, Write] = {
        "product_before": lambda row: _before(words, row),
        "staying": lambda row: _staying(words, row),
    }
    numbers = ("rank", *met, "product_before")
    on_the_mean_day = best[best["band"] == EVERYWHERE]
    return [
        show("meeting_places", on_the_mean_day, scenario | met | before, numbers=numbers, line="modelled"),
        _bands(best, scenario, words),
        show(
            "shared_links", shared, {"scenario": scenario["scenario"]} | link | met, numbers=tuple(met), line="modelled"
        ),
    ]


def _of_one_land_use(rows: pd.DataFrame, found: Tables) -> pd.DataFrame:
    return rows[rows["land_use"] == land_use_shown(found["shared_links"])]


def place_name(words: Words, row: Any) -> str:  # a row of MEETING_PLACES
    """Name a place by its streets, and what lies close by."""
    streets = words.text("report.meeting.unnamed") if pd.isna(row.street) or not row.street else str(row.street)
    near = [
        words.name(kind, item)
        for kind, item in (("attraction", row.attraction_id), ("site", row.station_id))
        if not pd.isna(item) and item
    ]
    return words.text("report.meeting.near", streets=streets, near=", ".join(near)) if near else streets


def _few(words: Words, row: Any, shown: str) -> str:
    return words.text("report.hidden") if row.is_suppressed else shown


def _before(words: Words, row: Any) -> str:
    return words.text("report.hidden") if pd.isna(row.product_before) else _rounded(words, row.product_before)


def _both(words: Words, row: Any) -> str:
    """Write the people of either side, each with its side."""
    if row.is_suppressed:
        return words.text("report.hidden")
    sides = ((row.side, row.people_side), (row.other_side, row.people_other_side))
    return ", ".join(f"{side_name(words, side)}{NO_BREAK}{_rounded(words, people)}" for side, people in sides)


def _product(words: Words, row: Any) -> str:
    """Write a product with its interval, where it has one."""
    value, low, high = (
        None if pd.isna(end) else rounded(float(end)) for end in (row.product, row.product_low, row.product_high)
    )
    return words.with_interval(value, low, high)


def _rounded(words: Words, value: float) -> str:
    return words.number(None if pd.isna(value) else rounded(float(value)))


def _staying(words: Words, row: Any) -> str:
    if pd.isna(row.staying_before) and pd.isna(row.staying_after):
        return words.number(None)
    before, after = (words.number(value, 1) for value in (row.staying_before, row.staying_after))
    return words.text("report.meeting.staying", before=before, after=after)


def _bands(rows: pd.DataFrame, scenario: Mapping[str, Write], words: Words) -> Shown:
    """Return the people of either side at each place in each part of the week."""
    keys = ["scenario_id", "side", "other_side", "node_id"]
    cells = {(*(getattr(row, key) for key in keys), row.band): row for row in rows.itertuples(index=False)}

    def cell(band: str, row: Any) -> str:
        one = cells.get((*(getattr(row, key) for key in keys), band))
        return words.number(None) if one is None else _both(words, one)

    columns: dict[str, Write] = {**scenario, **{f"of_{band}": partial(cell, str(band)) for band in Band}}
    headings = {f"of_{band}": words.text(f"band.{band}") for band in Band}
    own = rows[rows["band"] == EVERYWHERE]
    return show("meeting_bands", own, columns, numbers=tuple(headings), line="modelled", headings=headings)
