"""The advice on the next campaign in plain words, line by line."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from movement.comparison import power
from movement.publish import language
from movement.tables import Advice, SpreadSource, Variant

# ASSUME: what foot and cycle routes are expected to give, % (danish-practice.md)
EXPECTED_PCT = (10, 20)
_MORE = (Variant.ONE_CONTROL, Variant.ONE_WEEK, Variant.ONE_CAMPAIGN, Variant.ONE_CAMPAIGN_BEST)
_NAMED_MOST = 6
_NEARLY_ALL_PCT = 99


def of_spread(
    found: power.Spread, design: power.Design, text: language.Catalogue, *, is_synthetic: bool
) -> Iterator[str]:
    """Say how far sites stray, and where that is known from."""
    sd = found.sd(design)
    numbers = [text.number(100 * value, 1) for value in (sd, sd * found.low, sd * found.high)]
    said = dict(zip(("sd", "low", "high"), numbers, strict=True))
    yield text(f"plan.spread.{found.source}", **said, sites=found.sites, pairs=", ".join(found.pairs[:_NAMED_MOST]))
    if found.source is not SpreadSource.DEFAULT and is_synthetic:
        yield text("plan.synthetic")
    if found.source is not SpreadSource.DEFAULT and design.can_be_judged:
        usual = power.DEFAULT_SPREAD.sd(design)
        rise = 100 * math.expm1(power.detectable_log(design, usual))
        yield text("plan.elsewhere", sd=text.number(100 * usual, 1), rise=text.number(rise))


def of_designs(table: pd.DataFrame, target_pct: float, text: language.Catalogue) -> Iterator[str]:
    """Say of each test what the design asked about sees, what the usual one sees, and what one more is worth."""
    judged = table[table["detectable_rise_pct"].notna() & (table["variant"] != str(Variant.GRID))]
    for estimator, rows in judged.groupby("estimator", sort=False):
        by = rows.set_index("variant")
        if str(Variant.ASKED) not in by.index:
            continue  # too few controls, which is said already
        own = by.loc[str(Variant.ASKED)]
        yield text(f"plan.detects.{estimator}", **_said(own, text), target=plain(target_pct, text))
        if pd.notna(own["power_at_target_apart"]):
            yield text("plan.power_apart", **_ends(own, text))
        if own["detectable_rise_pct"] > target_pct:
            yield text("plan.cannot_see", target=plain(target_pct, text))
        usual = by.loc[str(Variant.USUAL)]
        if usual["detectable_rise_pct"] > EXPECTED_PCT[0]:
            ends = dict(zip(("least", "most"), EXPECTED_PCT, strict=True))
            key = "plan.usual_blind" if usual["detectable_rise_pct"] > EXPECTED_PCT[1] else "plan.usual_half_blind"
            yield text(key, **_said(usual, text), **ends)
        for variant in _MORE:
            yield "  " + text(
                f"plan.more.{variant}", **_said(by.loc[str(variant)], text), asked=_said(own, text)["rise"]
            )


def _said(row: pd.Series, text: language.Catalogue) -> dict[str, str]:
    return {
        "rise": text.number(row["detectable_rise_pct"], 1),
        "low": text.number(row["detectable_low"], 1),
        "high": text.number(row["detectable_high"], 1),
        "power": _power(row, text),
        "price": "" if pd.isna(row["cost"]) else " " + _price(row, text),
    }


def _ends(row: pd.Series, text: language.Catalogue) -> dict[str, str]:
    """Write the power of a total that strays as one site, and of one whose sites stray apart."""
    ends = {"alone": 100 * row["power_at_target"], "apart": 100 * row["power_at_target_apart"]}
    return {
        name: text.number(shown) if shown < _NEARLY_ALL_PCT else f"> {text.number(_NEARLY_ALL_PCT)}"
        for name, shown in ends.items()
    }


def _power(row: pd.Series, text: language.Catalogue) -> str:
    ends = _ends(row, text)
    low, high = ends["alone"], ends["apart"]
    if pd.isna(row["power_at_target_apart"]) or low == high:
        return text("plan.power", power=low)
    if row["power_at_target_apart"] < row["power_at_target"]:  # where it is small, straying is what shows it
        low, high = high, low
    return text("plan.power_between", low=low, high=high)


def _price(row: pd.Series, text: language.Catalogue) -> str:
    key = "plan.price" if row["campaigns_to_count"] == 1 else "plan.price_of_all"
    key = "plan.price_of_usual" if row.name == str(Variant.USUAL) else key
    weeks = plain(row["site_weeks"], text)
    return text(key, cost=text.number(row["cost"]), site_weeks=weeks, campaigns=text.number(row["campaigns_to_count"]))


def of_grid(table: pd.DataFrame, text: language.Catalogue) -> Iterator[str]:
    """Write weeks by controls as a small table of detectable rises."""
    rows = table[(table["variant"] == str(Variant.GRID)) & table["detectable_rise_pct"].notna()]
    rows = rows[rows["estimator"] == rows["estimator"].iloc[0]] if len(rows) else rows
    if rows.empty:
        return
    yield text("plan.grid")
    controls = sorted(rows["controls"].unique())
    yield "  " + text("plan.grid_head").ljust(16) + "".join(f"{number:>16}" for number in controls)
    for weeks, own in rows.groupby("next_weeks"):
        cells = own.set_index("controls")
        told = [
            f"{text.number(row['detectable_rise_pct'])} %"
            + ("" if pd.isna(row["cost"]) else f" ({text.number(row['cost'])})")
            for row in (cells.loc[number] for number in controls)
        ]
        yield "  " + text("plan.grid_row", weeks=plain(weeks, text)).ljust(16) + "".join(f"{cell:>16}" for cell in told)


def of_interviews(text: language.Catalogue) -> Iterator[str]:
    """Say how sure a share is with 100, 200 and 400 people asked."""
    widths = {f"half_{number}": text.number(power.share_half_width(number), 1) for number in (100, 200, 400)}
    yield text("plan.interviews", **widths)


def of_places(places: pd.DataFrame, screenline: str, text: language.Catalogue) -> Iterator[str]:
    """Say what of the screenline and of the expected change is counted, and what is not."""
    for advice, rows in places.groupby("advice", sort=False):
        if advice == str(Advice.CONTROL_TYPE):
            yield from _of_kinds(rows, text)
            continue
        covered = float(rows.loc[rows["is_covered"], "share_pct"].sum())
        yield text(f"plan.covered.{advice}", share=text.number(covered), screenline=screenline)
        for row in rows[~rows["is_covered"]].head(_NAMED_MOST).itertuples():
            name = row.item if pd.isna(row.name) else f"{row.name} ({row.item})" if row.name != row.item else row.name
            sites = "" if pd.isna(row.station_ids) else " " + text("plan.could_count", sites=row.station_ids)
            amount = text.number(row.amount, sign=advice == str(Advice.CHANGE))
            yield "  " + text(f"plan.uncovered.{advice}", name=name, amount=amount) + sites


def _of_kinds(rows: pd.DataFrame, text: language.Catalogue) -> Iterator[str]:
    for row in rows[~rows["is_covered"]].itertuples():
        yield text(
            "plan.kind_uncovered",
            kind=row.item,
            sites=row.station_ids if isinstance(row.station_ids, str) else "\u2013",
        )


def plain(number: float, text: language.Catalogue) -> str:
    """Write a number with a decimal only where it has one."""
    return text.number(number, 0 if float(number) % 1 == 0 else 1)
