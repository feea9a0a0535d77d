"""Figures of modelled numbers: flows per run, what changes them by term, and the model against counts."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from movement.publish.cells import Words
from movement.publish.figures import GREY, LABEL_LETTERS, MODELLED, MOST_ROWS, STYLE, count_axis, picture, svg
from movement.publish.modelled_tables import (
    TERMS,
    primary_screenline,
    runs_in_order,
    scenario_label,
    screenline_terms,
)

Tables = Mapping[str, pd.DataFrame]
_LIGHT = "#b2abd2"
_MOST_PANELS, _ACROSS = 8, 4
_TITLE_LETTERS = 19  # that fit over a panel
_MARKERS = {"walk": "o", "cycle": "^"}


def screenline_figure(found: Tables, words: Words) -> str:
    """Draw the modelled flow over the primary screenline per run, with intervals; nothing where nothing is modelled."""
    flows = found["screenline_flows"]
    rows = flows[(flows["screenline_id"] == primary_screenline(found)) & (flows["mode"] == "all")]
    rows = runs_in_order(rows, found).head(MOST_ROWS)
    if rows.empty:
        return ""

    def paint(axes: Axes) -> None:
        places = list(range(len(rows), 0, -1))
        colours = [MODELLED if use == "planned" else "#b2abd2" for use in rows["land_use"]]
        axes.barh(places, rows["flow_per_day"], color=colours, height=0.62)
        axes.hlines(places, rows["flow_low"], rows["flow_high"], color="#202124", lw=1.3)
        runs = zip(rows["scenario_id"], rows["land_use"], strict=True)
        labels = [scenario_label(words, scenario, use) for scenario, use in runs]
        axes.set_yticks(places, [textwrap.fill(label, LABEL_LETTERS) for label in labels])
        count_axis(axes, words, words.text("figure.modelled_people_per_day"))

    alt = words.text("figure.screenline_alt", number=words.number(len(rows)))
    return picture(paint, height_in=0.8 + 0.34 * len(rows), prefix="screenline-", alt=alt)


def terms_figure(found: Tables, words: Words) -> str:
    """Draw each scenario's change over the primary screenline by term, a panel per scenario on one scale.

    Place alone tells the terms apart, and a fall is hatched, so that grey print and any eye can read it. Shown is the
    planned land use where it is modelled; nothing where no change is explained.
    """
    runs, terms = screenline_terms(found)
    land_use = "planned" if (runs["land_use"] == "planned").any() else "today"
    shown = [row for row in runs[runs["land_use"] == land_use].itertuples(index=False)][:_MOST_PANELS]
    used = [term for term in TERMS if any(key[2] == term for key in terms)]
    if not shown or not used:
        return ""
    down = -(-len(shown) // _ACROSS)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 0.7 + down * (0.55 + 0.17 * len(used))), layout="constrained")
        grid = figure.subplots(down, min(_ACROSS, len(shown)), sharex=True, sharey=True, squeeze=False)
        for axes, row in zip(grid.flat, shown, strict=False):
            _terms_panel(axes, row, [terms.get((row.scenario_id, land_use, term), 0.0) for term in used], words)
        for axes in list(grid.flat)[len(shown) :]:
            axes.set_axis_off()
        grid[0][0].set_yticks(range(len(used), 0, -1), [words.text(f"term.{term}") for term in used])
        figure.supxlabel(words.text("figure.modelled_change_per_day"), fontsize=9)
        figure.canvas.draw()
        alt = words.text("figure.terms_alt", number=words.number(len(shown)))
        return svg(figure, prefix="terms-", alt=alt)


def _terms_panel(axes: Axes, row: Any, changes: list[float], words: Words) -> None:
    axes.axvline(0, color=GREY, lw=1)
    bars = axes.barh(range(len(changes), 0, -1), changes, color=MODELLED, height=0.66)
    for bar, change in zip(bars, changes, strict=True):
        if change < 0:
            bar.set(facecolor="white", edgecolor=MODELLED, hatch="////", linewidth=0.8)
    axes.set_title(textwrap.fill(words.name("scenario", row.scenario_id), _TITLE_LETTERS), fontsize=8.5, loc="left")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, sign=True)))
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def fit_figure(found: Tables, words: Words) -> str:
    """Draw what the model says of each site it was not told of against the count before; nothing without either."""
    fit = found["fit"].rename(columns={"left_out_per_day": "said", "left_out_low": "low", "left_out_high": "high"})
    label = words.text("figure.left_out_per_day")
    return _against_counts(fit, words, name="fit", across=words.text("figure.counted_per_day"), up=label)


def forecast_figure(found: Tables, words: Words) -> str:
    """Draw what was foreseen for each site against the count after; nothing where there is no count after."""
    return _foreseen_figure(found, words, "forecast")


def pivoted_figure(found: Tables, words: Words) -> str:
    """Draw the same of what was foreseen by pivoting on the counts before."""
    return _foreseen_figure(found, words, "pivoted")


def _foreseen_figure(found: Tables, words: Words, name: str) -> str:
    names = {f"{name}_per_day": "said", f"{name}_low": "low", f"{name}_high": "high"}
    label, across = words.text(f"figure.{name}_per_day"), words.text("figure.counted_after_per_day")
    return _against_counts(found["forecast"].rename(columns=names), words, name=name, across=across, up=label)


def _against_counts(rows: pd.DataFrame, words: Words, *, name: str, across: str, up: str) -> str:
    """Draw `said` with `low` and `high` over `counted_per_day` on equal logarithmic axes, with the line of equality."""
    rows = rows[(rows["counted_per_day"] > 0) & (rows["said"] > 0)]
    if rows.empty:
        return ""

    def paint(axes: Axes) -> None:
        values = pd.concat([rows["counted_per_day"], rows["said"], rows["low"], rows["high"]]).dropna()
        ends = [max(values[values > 0].min() / 1.3, 0.5), values.max() * 1.3]
        axes.plot(ends, ends, color=GREY, lw=1)
        for mode, marker in _MARKERS.items():
            part = rows[rows["mode"] == mode]
            axes.vlines(part["counted_per_day"], part["low"], part["high"], color=_LIGHT, lw=1.6)
            style: dict[str, Any] = {"mfc": "white", "mec": MODELLED, "ms": 6, "mew": 1.3}
            axes.plot(part["counted_per_day"], part["said"], marker, label=words.word("mode", mode), **style)
        is_outside = (rows["counted_per_day"] < rows["low"]) | (rows["counted_per_day"] > rows["high"])
        for row in rows[is_outside].itertuples(index=False):
            axes.annotate(
                row.station_id, (row.counted_per_day, row.said), (5, 0), textcoords="offset points", fontsize=7.5
            )
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, aspect="equal")
        axes.set_xlabel(across)
        axes.set_ylabel(up)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
            axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
        axes.legend(frameon=False, loc="upper left")

    alt = words.text(f"figure.{name}_alt", number=words.number(len(rows)))
    return picture(paint, height_in=4.4, width_in=4.8, prefix=f"{name}-", alt=alt)
