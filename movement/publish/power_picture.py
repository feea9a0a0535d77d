"""The power curve: how probable it is that a true rise is shown, by design."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from movement.publish.figures import GREY, OBSERVED, STYLE, svg
from movement.publish.language import Catalogue
from movement.publish.read_me import stamp

_LOOKS = {  # colour, dashes, width: told apart in black and white too
    ("control_spread", "asked"): (OBSERVED, "-", 2.6),
    ("ols", "asked"): ("#b35806", (0, (6, 2)), 2.2),
    ("control_spread", "usual"): (GREY, (0, (1.5, 1.5)), 2.0),
    ("ols", "usual"): (GREY, (0, (5, 1.5, 1, 1.5)), 1.6),
}
_WANTED = 80  # % of campaigns that should show what is there


def draw(
    folder: Path,
    curve: pd.DataFrame,
    text: Catalogue,
    *,
    target_pct: float,
    expected_pct: tuple[float, float],
    is_synthetic: bool = False,
) -> Path:
    """Write `power_curve.svg` and `power_curve.png` into a folder; return the SVG.

    Parameters
    ----------
    folder
        Folder, which is there.
    curve
        POWER_CURVE; may be empty.
    text
        The reader's language.
    target_pct
        Rise that matters, marked.
    expected_pct
        Ends of what is usually expected, shaded.
    is_synthetic
        Whether the counts behind it are made up, which a line above it then says.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.3), layout="constrained", dpi=150)
        _paint(figure.add_subplot(), curve, text, target_pct, expected_pct)
        if is_synthetic:
            figure.suptitle(stamp(text), fontsize=8, fontweight="bold", x=0.01, ha="left")
        figure.canvas.draw()
        path = folder / "power_curve.svg"
        path.write_text(svg(figure, prefix="power-", alt=text("plan.picture_alt")), encoding="utf-8", newline="\n")
        figure.savefig(path.with_suffix(".png"), metadata={"Software": None})
    return path


def _paint(
    axes: Axes, curve: pd.DataFrame, text: Catalogue, target_pct: float, expected_pct: tuple[float, float]
) -> None:
    least, most = (text.number(end) for end in expected_pct)
    axes.axvspan(*expected_pct, color="#e8eaed", zorder=0, label=text("plan.picture_expected", least=least, most=most))
    axes.axhline(_WANTED, color="#80868b", lw=1, ls=(0, (4, 3)))
    axes.annotate(
        text("plan.picture_wanted"), (100, _WANTED), (0, -3), textcoords="offset points", ha="right", va="top", size=8
    )
    target = text("plan.picture_target", target=text.number(target_pct, 0 if target_pct % 1 == 0 else 1))
    axes.axvline(target_pct, color="#202124", lw=1, label=target)
    for (estimator, variant), rows in curve.groupby(["estimator", "variant"], sort=False):
        colour, dashes, width = _LOOKS[str(estimator), str(variant)]
        label = text(f"plan.picture.{estimator}.{variant}")
        axes.plot(rows["rise_pct"], 100 * rows["power"], color=colour, ls=dashes, lw=width, label=label)
    axes.set(xlim=(0, 100), ylim=(0, 101), xlabel=text("plan.picture_rise"), ylabel=text("plan.picture_power"))
    for axis, sign in ((axes.xaxis, True), (axes.yaxis, False)):
        axis.set_major_formatter(FuncFormatter(lambda value, _, sign=sign: f"{text.number(value, sign=sign)} %"))
    axes.legend(frameon=True, framealpha=1, edgecolor="none", loc="lower right", fontsize=8)
