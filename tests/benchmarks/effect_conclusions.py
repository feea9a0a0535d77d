"""What is concluded where the truth is known: no effect, an effect as large as matters, and a school that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks, conclude
from movement.comparison.effects import Interval, observed_effects
from movement.tables import Attribution, Conclusion
from tests.benchmarks import effect_studies as studies
from tests.benchmarks.effect_coverage import BIASED, SCENARIOS, SEED, Found, intervals, share
from tests.benchmarks.effect_library import CHUNK, spread_out
from tests.benchmarks.effect_studies import Design, draw, stream
from tests.benchmarks.rows import Row

MOST_FALSE_RISES = 2.5
MOST_FALSE_ALIKE = 5.0
SMALLEST_EFFECT_PCT = 15.0
OUTCOMES = ("treated sites", "screenline")
# Designs of the usual size show "no change larger than 15 %" of next to nothing; the larger ones could be fooled
ALIKE = {
    "3 of 8, 2+2 weeks": Design(),
    "20 of 40, 4+4 weeks": Design(sites=40, treated=20, days=28, first_days=(226, 590)),
    "1 of 25, 4+4 weeks, calm sites": Design(
        sites=25, treated=1, days=28, first_days=(226, 590), drift_sd=0.03, own_sd=0.05, weather_sd=0.05
    ),
}
# A school's pupils add a quarter to four sites; with twelve controls and four weeks such a rise is mostly shown
SCHOOL = Design(sites=16, treated=4, ratio=1.0, days=28, first_days=(226, 590), pupils=0.35)


def without_effect(number: int) -> Iterator[Row]:
    """Say how often a rise is shown where there is none."""
    for name, design in SCENARIOS.items():
        if name == BIASED:
            continue
        found = intervals(draw(replace(design, ratio=1.0), number, stream(SEED, "no effect", name)))
        for outcome in OUTCOMES:
            hits = _said(found[outcome], Conclusion.RISE_SHOWN)
            yield share(f"no effect, {name}: {outcome}, rise shown", hits, most=MOST_FALSE_RISES)


def no_larger_change(number: int) -> Iterator[Row]:
    """Say how often "no change larger than d" is shown where the change is d, up or down, and where there is none."""
    matters = 1 + SMALLEST_EFFECT_PCT / 100
    for name, design in ALIKE.items():
        for ratio, told in ((matters, f"+{SMALLEST_EFFECT_PCT:.0f} %"), (1 / matters, "as much down"), (1.0, "none")):
            found = intervals(draw(replace(design, ratio=ratio), number, stream(SEED, "alike", name, told)))
            for outcome in OUTCOMES[: 1 if design.treated == 1 else 2]:
                hits = _said(found[outcome], Conclusion.NO_CHANGE_LARGER_SHOWN)
                most = 100.0 if ratio == 1 else MOST_FALSE_ALIKE
                yield share(f"change {told}, {name}: {outcome}, no larger shown", hits, most=most)


def _said(found: Found, conclusion: Conclusion) -> list[bool]:
    each = (Interval(*one) for one in zip(found.effect, found.half, found.freedom, strict=True))
    return [conclude(one, SMALLEST_EFFECT_PCT) == conclusion for one in each]


def school_moved(number: int, *, workers: int) -> Iterator[Row]:
    """Say how often a rise that the school makes is held to be the link's, with the school in EVENTS and without."""
    chunks = range(-(-number // CHUNK))
    parts = spread_out(_school, chunks, workers=workers)
    found = pd.DataFrame([row for part in parts for row in part][:number])
    for outcome, estimator in (("screenline", "control_spread"), ("treated sites", "ols")):
        for name, goal in (
            ("rise shown", 100.0),
            ("attributable rise", MOST_FALSE_RISES),
            ("attributable rise, school not in EVENTS", 100.0),
            ("rise shown outside school hours", MOST_FALSE_RISES),
        ):
            yield share(f"school moved: {outcome}, {name}", found[f"{estimator} {name}"], most=goal)


def _school(chunk: int) -> list[dict[str, bool]]:
    drawn = draw(SCHOOL, CHUNK, stream(SEED, "school", str(chunk)))
    given = studies.frames(SCHOOL, role="treated")
    return [_attributed(studies.daily(drawn, at), given) for at in range(CHUNK)]


def events(design: Design) -> pd.DataFrame:
    """Return EVENTS with the school that moved between the campaigns."""
    moved = studies.MONDAY + pd.Timedelta(days=design.first_days[1] - 14)
    row = dict.fromkeys(tables.EVENTS.columns) | {"event_id": "school", "kind": "land_use", "start_date": moved}
    return tables.EVENTS.conform(pd.DataFrame([row | dict.fromkeys(("name_da", "name_en", "source"), "school")]))


def opened(design: Design) -> pd.DataFrame:
    """Return INTERVENTIONS with the link that opened a month before the after phase, to no effect."""
    first = studies.MONDAY + pd.Timedelta(days=design.first_days[1] - 30)
    row = dict.fromkeys(tables.INTERVENTIONS.columns) | {"intervention_id": "link", "start_date": first}
    row |= {"is_temporary": False} | dict.fromkeys(("name_da", "name_en", "source"), "link")
    return tables.INTERVENTIONS.conform(pd.DataFrame([row]))


def _attributed(daily: pd.DataFrame, given: studies.Frames) -> dict[str, bool]:
    asked = (daily, given.sites, given.screenlines, given.campaigns)
    ends = {**studies.ENDS, "fewest_controls": studies.FEWEST}
    shown = observed_effects(*asked, **ends, smallest_effect_pct=SMALLEST_EFFECT_PCT)
    link = opened(SCHOOL)
    checks = run_checks(
        *asked, events(SCHOOL), shown, **ends, target_change_pct=SMALLEST_EFFECT_PCT, interventions=link
    )
    unaware = checks[checks["check_id"] != "growth_between"]  # the one check that hears of a school
    found: dict[str, bool] = {}
    for told, known in (("", checks), (", school not in EVENTS", unaware)):
        rows = apply_checks(shown, known)
        rows = rows[(rows["mode"] == "all") & (rows["per"] == "day")].set_index(["estimator", "period"])
        for estimator in ("control_spread", "ols"):
            row = rows.loc[(estimator, "all_day")]
            is_rise = row["conclusion"] == Conclusion.RISE_SHOWN
            found[f"{estimator} rise shown"] = is_rise
            found[f"{estimator} attributable rise{told}"] = (
                is_rise and row["attribution"] != Attribution.NOT_ATTRIBUTABLE
            )
            outside = rows.loc[(estimator, "outside_school"), "conclusion"]
            found[f"{estimator} rise shown outside school hours"] = outside == Conclusion.RISE_SHOWN
    return found
