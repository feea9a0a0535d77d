"""How near the published demonstration comes to its known truth, data/raw/counts/truth.json.

`uv run python -m tests.benchmarks.truth [--json FILE]` after `uv run movement run`.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from pipelines import graph, stage
from tests.benchmarks.rows import Row, parser, tell


def read_truth() -> dict[str, Any]:
    """Read what the demonstration counts were drawn from."""
    return json.loads((graph.HOUSE / stage.RAW_COUNTS / "truth.json").read_text(encoding="utf-8"))


def demand(truth: dict[str, Any]) -> Iterator[Row]:
    """Compare the fitted parameters with the true ones."""
    fitted = tables.CALIBRATION.read(graph.HOUSE / stage.CALIBRATION).set_index(["mode", "parameter"])
    for mode, true in sorted(truth["demand"].items()):
        for name in ("scale", "decay", "detour"):
            row = fitted.loc[(mode, name)]
            ratio = float(row["estimate"]) / true[name]
            yield Row(f"demand, {mode}: {name} fitted / true", ratio, "ratio", "0.75-1.35", 0.75 <= ratio <= 1.35)
            inside = float(row["low"] <= true[name] <= row["high"])
            yield Row(f"demand, {mode}: {name}, the truth in its interval", inside, "", "1", inside == 1.0)
    fit = tables.FIT.read(graph.HOUSE / stage.FIT).dropna(subset="left_out_per_day")
    for mode, rows in fit.groupby("mode"):
        off = (rows["left_out_per_day"] - rows["counted_per_day"]).abs().sum() / rows["counted_per_day"].sum()
        yield Row(f"demand, {mode}: error at sites left out of the fit", 100 * float(off), "%", "<= 30", off <= 0.3)


def effect(truth: dict[str, Any]) -> Iterator[Row]:
    """Tell where the true change of the screenline lies against the interval shown."""
    effects = tables.EFFECTS.read(graph.HOUSE / stage.EFFECTS)
    shown = effects[effects["is_primary"] & (effects["estimator"] == "control_spread")].squeeze()
    true = truth["screenline_change_pct"]["link_rehousing_and_school"]
    off = float(shown["effect_pct"]) - true
    half = float(shown["effect_high"] - shown["effect_low"]) / 2
    yield Row(
        "effect on the screenline: shown less true, in half intervals", off / half, "", "-1 to 1", abs(off) <= half
    )


def averages(truth: dict[str, Any]) -> Iterator[Row]:
    """Compare mean counted days with the days expected, over all sites and modes."""
    daily = tables.DAILY.read(graph.HOUSE / stage.DAILY)
    campaigns = pd.read_csv(graph.HOUSE / stage.RAW_STUDY / "campaigns.csv", sep=";").set_index("campaign_id")
    for campaign, expected in sorted(truth["daily_averages"].items()):
        first, last = (pd.Timestamp(campaigns.loc[campaign, name]) for name in ("start_date", "end_date"))
        used = daily[daily["is_valid"] & (daily["period"] == "all_day") & daily["date"].between(first, last)]
        mean = used.groupby([used["station_id"] + " " + used["mode"]])["count"].mean()
        both = pd.concat([mean, pd.Series(expected, name="true")], axis=1).dropna()
        off = float((both["count"] - both["true"]).abs().sum() / both["true"].sum())
        yield Row(f"mean counted day, {campaign}: off the true mean day", 100 * off, "%", "<= 5", off <= 0.05)


def faults(truth: dict[str, Any]) -> Iterator[Row]:
    """Tell which share of the injected faults takes no part: refused, flagged, blank, or the night's hour placed."""
    counts = tables.COUNTS.read(graph.HOUSE / stage.COUNTS)
    refused = tables.REFUSED.read(graph.HOUSE / stage.REFUSED)
    found = [_is_set_aside(fault, counts, refused) for fault in truth["faults"] if fault["kind"] != "dst_two_copies"]
    share = 100 * float(np.mean(found))
    yield Row(f"injected faults set aside, of {len(found)}", share, "%", ">= 100", share >= 100)
    good = counts["count_reported"].notna()
    injected = np.zeros(len(counts), dtype=bool)
    for fault in truth["faults"]:
        injected |= _rows_of(fault, counts).to_numpy()
    wrong = 100 * float((counts["flag"].ne("") & good & ~injected).sum() / (good & ~injected).sum())
    yield Row("good intervals flagged by mistake", wrong, "%", "<= 0.1", wrong <= 0.1)


def _rows_of(fault: dict[str, Any], counts: pd.DataFrame) -> pd.Series:
    there = counts["source_file"].str.endswith("/" + fault["file"])
    return there & counts["source_row"].between(int(fault["first_row"]), int(fault["last_row"]))


def _is_set_aside(fault: dict[str, Any], counts: pd.DataFrame, refused: pd.DataFrame) -> bool:
    rows = counts[_rows_of(fault, counts)]
    if fault["kind"] == "gap":  # rows that the file lacks: its day must not count as a whole one
        daily = tables.DAILY.read(graph.HOUSE / stage.DAILY)
        site = counts.loc[counts["source_file"].str.endswith("/" + fault["file"]), "station_id"].iloc[0]
        day = daily[(daily["station_id"] == site) & (daily["date"] == pd.Timestamp(fault["text"]))]
        return not day["is_valid"].any()
    there = refused["source_file"].str.endswith("/" + fault["file"])
    if (there & refused["source_row"].between(int(fault["first_row"]), int(fault["last_row"]))).any():
        return True
    return len(rows) > 0 and bool((rows["flag"].ne("") | rows["count"].isna()).any())


def rows() -> Iterator[Row]:
    """Yield every figure."""
    truth = read_truth()
    for part in (demand, effect, averages, faults):
        yield from part(truth)


if __name__ == "__main__":
    tell(rows(), parser().parse_args().json)
