"""Figures for the report: SVG text that is the same on every machine, with words in the reader's language."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from movement.publish.cells import Words
from movement.publish.observed_tables import by_role, in_order
from movement.tables import Standing

Tables = Mapping[str, pd.DataFrame]
OBSERVED = "#00695c"  # teal stands for counted, violet for modelled, everywhere in the report
MODELLED = "#5e3c99"
GREY = "#5f6368"
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same widths on every machine
    "font.size": 9,
    "svg.fonttype": "path",
    "svg.hashsalt": "movement",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#80868b",
    "axes.labelcolor": "#202124",
    "xtick.color": "#3c4043",
    "ytick.color": "#202124",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e5e8",
    "grid.linewidth": 0.8,
}
MOST_ROWS = 30
LABEL_LETTERS = 36  # a longer label goes on below, so that it leaves room for what is drawn


def svg(figure: Figure, *, prefix: str, alt: str) -> str:
    """Write a figure as inline SVG.

    Ids are numbered in order under the prefix and coordinates rounded, so that neither chance nor the last bit of a
    machine's arithmetic shows; the text for those who do not see it stands in `aria-label`.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'(?<= d=")[^"]*', lambda path: _rounded(path[0]), text)
    text = re.sub(r"(?<=translate\()[^)]*", lambda place: _rounded(place[0]), text)
    text = re.sub(r'(?<= (?:x|y)=")[^"]*', lambda place: _rounded(place[0]), text)
    ids = {name: f"{prefix}{number}" for number, name in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', text)))}
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{ids[found[1]]}"', text)
    text = re.sub(r'(url\(#|href="#)([^)"]+)', lambda found: found[1] + ids.get(found[2], found[2]), text)
    label = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def _rounded(numbers: str) -> str:
    return re.sub(r"-?\d+\.\d+", lambda number: f"{round(float(number[0]), 2) + 0.0:g}", numbers)


def _draw(paint: Callable[[Axes], None], *, height_in: float, width_in: float = 7.2) -> Figure:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        paint(figure.add_subplot())
        figure.canvas.draw()
    return figure


def picture(paint: Callable[[Axes], None], *, height_in: float, prefix: str, alt: str, width_in: float = 7.2) -> str:
    """Paint one pair of axes and write it as inline SVG."""
    with mpl.rc_context(STYLE):
        return svg(_draw(paint, height_in=height_in, width_in=width_in), prefix=prefix, alt=alt)


def count_axis(axes: Axes, words: Words, label: str, *, sign: bool = False) -> None:
    """Write an axis of people along the bottom in the reader's language."""
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, sign=sign)))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel(label)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def site_figure(found: Tables, words: Words) -> str:
    """Draw each site's weekday before and after with intervals; nothing where nothing was counted."""
    rows = found["site_changes"]
    rows = rows[(rows["day_type"] == "weekday") & (rows["mode"] == "all")]
    rows = rows[rows["before_per_day"].notna() | rows["after_per_day"].notna()]
    rows = by_role(rows).head(MOST_ROWS)
    if rows.empty:
        return ""

    def paint(axes: Axes) -> None:
        places = range(len(rows), 0, -1)
        for side, shift, fill in (("before", 0.17, "white"), ("after", -0.17, OBSERVED)):
            at = [place + shift for place in places]
            axes.hlines(at, rows[f"{side}_low"], rows[f"{side}_high"], color=OBSERVED, lw=1.4)
            label = words.word("phase", side)
            axes.plot(rows[f"{side}_per_day"], at, "o", mfc=fill, mec=OBSERVED, ms=6, mew=1.4, label=label)
        labels = [f"{item}  {words.name('site', item)}" for item in rows["station_id"]]
        axes.set_yticks(list(places), labels)
        axes.set_ylim(0.4, len(rows) + 0.6)
        axes.set_xlim(left=0)
        count_axis(axes, words, words.text("figure.people_per_weekday"))
        axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)

    alt = words.text("figure.sites_alt", number=words.number(len(rows)))
    return picture(paint, height_in=1.1 + 0.28 * len(rows), prefix="sites-", alt=alt)


def effect_figure(found: Tables, words: Words) -> str:
    """Draw every judged outcome with its interval, and the naive figure of the primary one; nothing where none."""
    effects = found["effects"]
    rows = effects[effects["effect_pct"].notna() & (effects["per"] == "day")]
    rows = rows[(rows["estimator"] != "naive") | rows["is_primary"].astype(bool)]
    rows = in_order(rows, "estimator", {"control_spread": 0, "ols": 1, "naive": 2}, ["outcome", "period", "mode"])
    rows = rows.assign(is_exploratory=~rows["is_primary"].astype(bool) & (rows["family"] == str(Standing.EXPLORATORY)))
    rows = rows.sort_values(["is_primary", "is_exploratory"], ascending=[False, True], kind="stable").head(MOST_ROWS)
    if rows.empty:
        return ""

    def label(row: pd.Series) -> str:
        part = "" if row["period"] == "all_day" else ", " + words.word("period", row["period"])
        naive = ", " + words.text("figure.naive") if row["estimator"] == "naive" else ""
        whole = f"{words.word('outcome', row['outcome'])}: {words.word('mode', row['mode'])}{part}{naive}"
        return textwrap.fill(whole, LABEL_LETTERS)

    def paint(axes: Axes) -> None:
        axes.axvline(0, color=GREY, lw=1)
        for place, (_, row) in zip(range(len(rows), 0, -1), rows.iterrows(), strict=True):
            is_naive = row["estimator"] == "naive"
            colour = GREY if is_naive else OBSERVED
            width, dashes = 2.4 if row["is_primary"] else 1.4, ":" if row["is_exploratory"] else "-"
            axes.hlines(place, row["effect_low"], row["effect_high"], color=colour, lw=width, ls=dashes)
            marker = "x" if is_naive else "D" if row["is_exploratory"] else "o"
            fill = OBSERVED if row["is_primary"] and not is_naive else "white"
            axes.plot(row["effect_pct"], place, marker, mfc=fill, mec=colour, ms=6, mew=1.4)
        axes.set_yticks(range(len(rows), 0, -1), [label(row) for _, row in rows.iterrows()])
        axes.set_ylim(0.4, len(rows) + 0.6)
        count_axis(axes, words, words.text("figure.effect_pct"), sign=True)

    alt = words.text("figure.effects_alt", number=words.number(len(rows)))
    return picture(paint, height_in=0.9 + 0.34 * len(rows), prefix="effects-", alt=alt)
