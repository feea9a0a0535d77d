"""Figures of severance and school routes: a panel per side or school and quality, a bar per scenario."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from movement.publish.cells import Words
from movement.publish.figures import MODELLED, STYLE, svg
from movement.publish.modelled_tables import links_label, runs_in_order
from movement.publish.school_tables import DECIMALS, YOUNGEST, school_name
from movement.publish.severance_tables import land_use_shown, side_label, sides_shown
from movement.tables import Mode
from movement.tables.severance import EVERYWHERE

Tables = Mapping[str, pd.DataFrame]
_LIGHT = "#b2abd2"
_MOST_PANELS, _MOST_SCHOOLS, _MOST_SCENARIOS = 4, 4, 12
_TITLE_LETTERS = 26
_QUALITIES = ("main_roads", "ramps", "unlit_m", "busy_m")


def isolation_figure(found: Tables, words: Words) -> str:
    """Draw the isolation of those who walk, a panel per side and a bar per scenario, with the level of hindrance.

    Today's links are drawn light. Shown is the planned land use where it is modelled; nothing where nothing is cut.
    """
    rows = found["severance_sides"]
    own = (rows["who"] == str(Mode.WALK)) & (rows["towards"] == EVERYWHERE) & (rows["land_use"] == land_use_shown(rows))
    rows = runs_in_order(rows[own & rows["isolation_today"].notna()], found)
    sides = [side for side in sides_shown(found) if _of_side(rows, side).any()][:_MOST_PANELS]
    scenarios = list(dict.fromkeys(rows["scenario_id"]))[:_MOST_SCENARIOS]
    if not sides:
        return ""
    widest = max(float(rows.loc[_of_side(rows, side), "isolation_today"].max()) for side in sides)

    def panel(axes: Axes, side: tuple[str, str]) -> None:
        here = rows[_of_side(rows, side)].set_index("scenario_id").reindex(scenarios)
        _bars(axes, scenarios, 100 * here["isolation_today"])
        for place, (_, row) in zip(range(len(scenarios), 0, -1), here.iterrows(), strict=True):
            if not pd.isna(row["hindrance"]):
                at = (max(100 * row["isolation_today"], 0), place)
                label = words.word("hindrance", row["hindrance"])
                axes.annotate(label, at, (3, 0), textcoords="offset points", va="center", fontsize=7.5)
        axes.set_title(textwrap.fill(side_label(words, *side), _TITLE_LETTERS), fontsize=8.5, loc="left")
        axes.set_xlim(0, 130 * widest + 1)

    down = -(-len(sides) // 2)
    labels = [textwrap.shorten(links_label(words, item), 34, placeholder="…") for item in scenarios]
    label, alt = (
        words.text("figure.isolation_axis"),
        words.text("figure.isolation_alt", number=words.number(len(sides))),
    )
    return _panels(sides, panel, shape=(down, min(2, len(sides))), labels=labels, axis=label, name="isolation", alt=alt)


def _of_side(rows: pd.DataFrame, side: tuple[str, str]) -> pd.Series:
    return (rows["cut_id"] == side[0]) & (rows["side"] == side[1])


def school_figure(found: Tables, words: Words) -> str:
    """Draw what the youngest pupils meet who walk, a row of panels per school and a bar per scenario.

    Shown is the planned land use where it is modelled; nothing where no pupils walk.
    """
    rows = found["school_pupils"]
    own = (rows["mode"] == str(Mode.WALK)) & (rows["classes"] == YOUNGEST) & (rows["school_id"] != "")
    rows = runs_in_order(rows[own & (rows["land_use"] == land_use_shown(rows)) & rows["length_m"].notna()], found)
    if rows.empty:
        return ""
    today = rows.sort_values(["pupils_across", "pupils"], ascending=False, kind="stable", na_position="last")
    schools = list(dict.fromkeys(today["school_id"]))[:_MOST_SCHOOLS]
    scenarios = list(dict.fromkeys(rows["scenario_id"]))[:_MOST_SCENARIOS]
    cells = [(school, name) for school in schools for name in _QUALITIES]

    def panel(axes: Axes, cell: tuple[str, str]) -> None:
        school, name = cell
        here = rows[rows["school_id"] == school].set_index("scenario_id").reindex(scenarios)
        _bars(axes, scenarios, here[name])
        if school == schools[0]:
            axes.set_title(textwrap.fill(words.text(f"report.column.{name}"), 20), fontsize=8, loc="left")
        axes.set_xlim(0, max(float(rows[name].fillna(0.0).max()) * 1.05, 0.1))
        axes.xaxis.set_major_locator(MaxNLocator(2))
        decimals = DECIMALS.get(name, 0)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, decimals)))
        if name == _QUALITIES[0]:
            axes.set_ylabel(textwrap.fill(school_name(words, school), 18), fontsize=9, fontweight="bold")

    labels = [textwrap.shorten(links_label(words, item), 26, placeholder="…") for item in scenarios]
    label, alt = words.text("figure.schools_axis"), words.text("figure.schools_alt", number=words.number(len(schools)))
    shape = (len(schools), len(_QUALITIES))
    return _panels(cells, panel, shape=shape, labels=labels, axis=label, name="schools", alt=alt)


def _bars(axes: Axes, scenarios: list[str], values: pd.Series) -> None:
    places = range(len(scenarios), 0, -1)
    colours = [_LIGHT if item == "before" else MODELLED for item in scenarios]
    axes.barh(places, values.fillna(0.0), color=colours, height=0.66)


def _panels(
    items: list[Any],
    panel: Callable[[Axes, Any], None],
    *,
    shape: tuple[int, int],
    labels: list[str],
    axis: str,
    name: str,
    alt: str,
) -> str:
    """Draw panels that share their scenarios, named at the left of each row."""
    down, across = shape
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 0.5 + down * (0.65 + 0.17 * len(labels))), layout="constrained")
        grid = figure.subplots(down, across, sharey=True, squeeze=False)
        for axes, item in zip(grid.flat, items, strict=False):
            panel(axes, item)
            axes.grid(visible=False, axis="y")
            axes.tick_params(axis="y", length=0)
        for axes in list(grid.flat)[len(items) :]:
            axes.set_axis_off()
        for row in grid:
            row[0].set_yticks(range(len(labels), 0, -1), labels, fontsize=8)
        figure.supxlabel(axis, fontsize=9)
        figure.canvas.draw()
        return svg(figure, prefix=f"{name}-", alt=alt)
