"""Severance as the reader sees it: isolation and hindrance by side, crossings, and what each side reaches."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from movement.publish.cells import NO_BREAK, Shown, Words, Write, show
from movement.publish.modelled_tables import links_label, run_column, runs_in_order, scenario_order
from movement.publish.observed_tables import in_order
from movement.tables import Group, Mode, Within
from movement.tables.severance import EVERYWHERE, CutKind

Tables = Mapping[str, pd.DataFrame]
_RUN = ["scenario_id", "land_use"]
_SIDE = ["cut_id", "side"]
_WHO = {str(word): place for place, word in enumerate((*Mode, *Group))}
_LINES = (str(CutKind.SNIT), str(CutKind.KORDON))


def land_use_shown(rows: pd.DataFrame) -> str:
    """Return the land use that is shown where one has to do: the planned one where it is modelled."""
    return "planned" if (rows["land_use"] == "planned").any() else "today"


def cut_name(words: Words, cut_id: object) -> str:
    """Name a barrier or screenline."""
    return words.name("screenline", cut_id) if _is_screenline(words, cut_id) else words.name("barrier", cut_id)


def _is_screenline(words: Words, cut_id: object) -> bool:
    return str(cut_id) in words.names.get("screenline", {})


def side_name(words: Words, side: object) -> str:
    """Say a side: a point of the compass, inside or outside; the study's own word where it has another."""
    found = (f"{family}.{side}" for family in ("compass", "ring") if f"{family}.{side}" in words.text)
    return next((words.text(key) for key in found), str(side))


def sides_shown(found: Tables, kinds: tuple[str, ...] = _LINES) -> list[tuple[str, str]]:
    """Return cut and side of the screenlines, primary ones first; the barriers' where there are no screenlines."""
    rows = found["severance_sides"]
    rows = rows[rows["towards"] == EVERYWHERE]
    if kinds == _LINES and not rows["cut_kind"].isin(kinds).any():
        kinds = (str(CutKind.BARRIER),)
    own = rows.loc[rows["cut_kind"].isin(kinds), _SIDE].drop_duplicates()
    lines = found["screenlines"].sort_values(["is_primary", "screenline_id"], ascending=[False, True], kind="stable")
    order = {line: place for place, line in enumerate(lines["screenline_id"])}
    return list(in_order(own, "cut_id", order, ["side"]).itertuples(index=False, name=None))


def side_label(words: Words, cut_id: str, side: str) -> str:
    """Name a side of a cut."""
    return words.text("report.severance.side", cut=cut_name(words, cut_id), side=side_name(words, side))


def severance_tables(found: Tables, words: Words) -> list[Shown]:
    """Return isolation and hindrance of those who walk by side, the same of barriers, of groups, and what is behind."""
    rows = runs_in_order(found["severance_sides"], found)
    whole = rows[rows["towards"] == EVERYWHERE]
    walking = whole[whole["who"] == str(Mode.WALK)]
    lines, barriers = sides_shown(found), sides_shown(found, (str(CutKind.BARRIER),))
    who: dict[str, Write] = {"who": lambda row: _who(words, row.who)}
    groups = in_order(whole[whole["who"] != str(Mode.WALK)], "who", _WHO, [])
    return [
        _by_side("severance_sides", walking, lines, _isolation(words), words),
        _by_side("severance_barriers", walking, [] if lines == barriers else barriers, _isolation(words), words),
        _by_side("severance_groups", runs_in_order(groups, found), lines, _isolation(words), words, who),
        _by_side("severance_detours", walking, lines, partial(_detours, words), words),
        _towards(rows[(rows["towards"] != EVERYWHERE) & (rows["who"] == str(Mode.WALK))], words),
    ]


def _isolation(words: Words) -> Write:
    return partial(isolation_cell, words)


def _by_side(
    name: str,
    rows: pd.DataFrame,
    sides: list[tuple[str, str]],
    write: Write,
    words: Words,
    more: Mapping[str, Write] | None = None,
) -> Shown:
    """Lay rows out with a column per side of a cut."""
    keys = [*_RUN, *(more or {})]
    cells = {tuple(getattr(row, key) for key in (*_SIDE, *keys)): row for row in rows.itertuples(index=False)}

    def cell(side: tuple[str, str], row: Any) -> str:  # a run, and who
        one = cells.get((*side, *(getattr(row, key) for key in keys)))
        return words.number(None) if one is None else write(one)

    columns: dict[str, Write] = {
        **run_column(words),
        **(more or {}),
        **{_column(*side): partial(cell, side) for side in sides},
    }
    headings = {_column(*side): side_label(words, *side) for side in sides}
    own = rows if sides else rows.iloc[:0]
    numbers = tuple(headings)
    return show(name, own[keys].drop_duplicates(), columns, numbers=numbers, line="modelled", headings=headings)


def _column(cut_id: str, side: str) -> str:
    return f"{cut_id}/{side}"


def isolation_cell(words: Words, row: Any) -> str:  # a row of severance_sides
    """Write the isolation against free crossing on the same links and on today's, with the level of hindrance."""
    if row.is_suppressed:
        return words.text("report.too_few")
    same, today = (_share(words, share) for share in (row.isolation_index, row.isolation_today))
    return _with_level(words, row, words.text("report.severance.two", same=same, today=today).replace(" ", NO_BREAK))


def _share(words: Words, share: object) -> str:
    number = words.number(None if pd.isna(share) else 100 * float(str(share)))
    return words.text("report.severance.share", share=number).replace(" ", NO_BREAK)


def _with_level(words: Words, row: Any, shown: str) -> str:
    if pd.isna(row.hindrance):
        return shown
    level = words.word("hindrance", row.hindrance)
    if pd.isna(row.hindrance_min):
        return words.text("report.severance.no_way", share=shown, level=level)
    minutes = words.number(row.hindrance_min, 1)
    behind = words.text("report.severance.behind", level=level, minutes=minutes).replace(" ", NO_BREAK)
    return words.text("report.severance.cell", share=shown, behind=behind)


def _detours(words: Words, row: Any) -> str:
    if row.is_suppressed:
        return words.text("report.too_few")
    across, along = (words.number(value, 2) for value in (row.detour_across, row.detour_along))
    return words.text("report.severance.detours", across=across, along=along)


def _who(words: Words, who: object) -> str:
    return words.text(f"mode.{who}") if who in list(Mode) else words.text(f"group.{who}")


def _towards(rows: pd.DataFrame, words: Words) -> Shown:
    """Return, from inside each kordon, the share reached of what lies towards each point of the compass."""
    directions = list(dict.fromkeys(rows.sort_values("towards")["towards"]))
    keys = [*_RUN, "cut_id"]
    cells = {(*(getattr(row, key) for key in keys), row.towards): row for row in rows.itertuples(index=False)}

    def cell(towards: str, row: Any) -> str:
        one: Any = cells.get((*(getattr(row, key) for key in keys), towards))
        if one is None:
            return words.number(None)
        if one.is_suppressed:
            return words.text("report.too_few")
        return _with_level(words, one, _share(words, one.permeability_across))

    columns: dict[str, Write] = {**run_column(words), "cut": lambda row: cut_name(words, row.cut_id)}
    columns |= {f"towards_{word}": partial(cell, word) for word in directions}
    headings = {
        f"towards_{word}": words.text("report.severance.towards", side=side_name(words, word)) for word in directions
    }
    numbers = tuple(headings)
    return show(
        "severance_towards", rows[keys].drop_duplicates(), columns, numbers=numbers, line="modelled", headings=headings
    )


def spacing_table(found: Tables, words: Words) -> Shown:
    """Return how often and how far apart those who walk can cross each barrier and screenline, by scenario."""
    rows = found["cut_spacing"]
    rows = rows[rows["traveller"] == str(Mode.WALK)]
    lines = {cut: place for place, (cut, _) in enumerate(sides_shown(found))}
    ordered = in_order(rows, "scenario_id", scenario_order(found), ["stretch"])
    ordered = in_order(ordered, "cut_id", lines, ["cut_id"])

    def place(row: Any) -> str:
        name = cut_name(words, row.cut_id)
        return name if row.stretch == EVERYWHERE else side_label(words, row.cut_id, row.stretch)

    columns: dict[str, Write] = {
        "cut": place,
        "scenario": lambda row: links_label(words, row.scenario_id),
        "line_m": lambda row: words.number(row.length_m),
        "crossings": lambda row: words.number(row.crossings),
        "crossings_per_km": lambda row: words.number(row.crossings_per_km, 1),
        "longest_gap_m": lambda row: words.number(row.longest_gap_m),
    }
    return show("cut_spacing", ordered, columns, numbers=tuple(columns)[2:], line="modelled")


def side_share_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the share of each side that reaches each destination on foot, by scenario: in minutes, and in metres."""
    rows = found["side_shares"]
    rows = rows[rows["land_use"] == land_use_shown(rows)]
    order = {side: place for place, side in enumerate(sides_shown(found))}
    scenarios = [item for item in scenario_order(found) if item in set(rows["scenario_id"])]
    keys = [*_SIDE, "destination", "limit"]

    def laid_out(within: Within) -> Shown:
        own = rows[rows["within"] == str(within)]
        cells = {(*(getattr(row, key) for key in keys), row.scenario_id): row for row in own.itertuples(index=False)}

        def cell(scenario_id: str, row: Any) -> str:
            one: Any = cells.get((*(getattr(row, key) for key in keys), scenario_id))
            if one is None or not one.is_suppressed:
                return words.number(None if one is None or pd.isna(one.share) else 100 * one.share)
            return words.text("report.hidden")

        columns: dict[str, Write] = {
            "side": lambda row: side_label(words, row.cut_id, row.side),
            "destination": lambda row: _destination(words, row.destination),
            "within": lambda row: words.text(f"report.severance.{within}", limit=words.number(row.limit)),
        }
        columns |= {f"in_{item}": partial(cell, item) for item in scenarios}
        headings = {f"in_{item}": links_label(words, item) for item in scenarios}
        lines = own[keys].drop_duplicates()
        places = pd.Series([order.get(side, len(order)) for side in zip(lines["cut_id"], lines["side"], strict=True)])
        lines = lines.iloc[places.argsort(kind="stable").to_numpy()]
        name = f"side_shares_{within}"
        return show(name, lines, columns, numbers=tuple(headings), line="modelled", headings=headings)

    return [laid_out(Within.MINUTES), laid_out(Within.METRES)]


def _destination(words: Words, item: object) -> str:
    key = f"purpose.{item}"
    return words.text(key) if key in words.text else words.name("attraction", item)


def levels(words: Words, limits: Mapping[str, float]) -> list[dict[str, str]]:
    """Name each level of hindrance with its limits in felt minutes, and what TAG says of it."""
    ends = [0.0, *(limits[name] for name in ("slight_min", "moderate_min", "severe_min"))]
    found = []
    for number, word in enumerate(("none", "slight", "moderate", "severe")):
        low = words.number(ends[number], _decimals(ends[number]))
        last = number + 1 == len(ends)
        high = low if last else words.number(ends[number + 1], _decimals(ends[number + 1]))
        said = words.text("report.severance.level_last" if last else "report.severance.level", low=low, high=high)
        found.append(
            {"name": words.word("hindrance", word), "limit": said, "says": words.text(f"hindrance.{word}.text")}
        )
    return found


def _decimals(value: float) -> int:
    return 0 if value == int(value) else 1
