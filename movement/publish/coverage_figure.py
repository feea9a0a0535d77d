"""The calendar of what was counted: every site and day of the campaigns, readable in grey print."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from movement.publish.cells import Words
from movement.publish.figures import STYLE, svg
from movement.publish.small_charts import STATES


def coverage_figure(found: Mapping[str, pd.DataFrame], words: Words) -> str:
    """Draw one panel per campaign, a row per site and a box per day; nothing where no campaign was counted.

    Parameters
    ----------
    found
        `site_days` (station_id, date, state) and CAMPAIGNS as `campaigns`.
    words
        Of the reader's language.
    """
    campaigns = found["campaigns"].sort_values("start_date")
    days = found["site_days"]
    panels = [
        (campaign, days[days["date"].between(campaign.start_date, campaign.end_date)])
        for campaign in campaigns.itertuples()
    ]
    panels = [(campaign, rows) for campaign, rows in panels if len(rows)]
    if not panels:
        return ""
    sites = sorted({str(site) for _, rows in panels for site in rows["station_id"]})
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 1.3 + 0.2 * len(sites)), layout="constrained")
        for axes, (campaign, rows) in zip(
            np.atleast_1d(figure.subplots(1, len(panels), sharey=True)), panels, strict=True
        ):
            _panel(axes, campaign, rows, sites, words)
        handles = [
            Patch(facecolor=fill, edgecolor=edge, label=words.text(f"figure.coverage.{state}"))
            for state, (fill, edge) in STATES.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
        figure.canvas.draw()
        return svg(figure, prefix="coverage-", alt=words.text("figure.coverage_alt", number=words.number(len(sites))))


def _panel(axes: Axes, campaign: object, rows: pd.DataFrame, sites: list[str], words: Words) -> None:
    first, last = campaign.start_date, campaign.end_date  # type: ignore[attr-defined]
    place = {site: len(sites) - 1 - number for number, site in enumerate(sites)}
    for state, (fill, edge) in STATES.items():
        here = rows[rows["state"] == str(state)]
        axes.bar(
            (here["date"] - first).dt.days + 0.5,
            height=0.7,
            width=0.8,
            bottom=here["station_id"].map(place).astype(float) - 0.35,
            color=fill,
            edgecolor=edge,
            linewidth=0.5,
        )
    length = (last - first).days + 1
    axes.set_xlim(0, length)
    axes.set_ylim(-0.7, len(sites) - 0.3)
    axes.set_yticks([place[site] for site in sites], sites)
    step = 7 if length > 7 else 1
    ticks = list(range(0, length, step))
    axes.set_xticks([tick + 0.5 for tick in ticks], [_short(first + pd.Timedelta(days=tick)) for tick in ticks])
    axes.set_title(f"{words.word('phase', campaign.phase)} {first.year}", fontsize=9)  # type: ignore[attr-defined]
    axes.grid(visible=False)
    axes.tick_params(axis="both", length=0)


def _short(day: pd.Timestamp) -> str:
    return f"{day.day}.{day.month}."
