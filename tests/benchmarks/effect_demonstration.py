"""The demonstration study drawn anew with many seeds: is the truth inside the interval that would be printed.

The generator is that of `movement simulate`, site by site, but only the days and sites of the primary outcome are
counted and no files are written, so that the faults put into the shipped files are not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from movement.comparison.effects import observed_effects
from movement.comparison.outcomes import listed
from movement.counts.daily import campaign_of
from movement.simulate import world
from movement.tables import Role
from pipelines import build_network, compare_observed, graph, modelled, simulate_counts, stage
from tests.benchmarks.effect_coverage import median, share
from tests.benchmarks.effect_library import spread_out
from tests.benchmarks.rows import Row

PRIMARY_ROLES = (Role.OLD_CROSSING, Role.NEW_LINK, Role.CONTROL)
AFTER_ALL = "link_rehousing_and_school"


@dataclass(frozen=True)
class _Given:
    """What all seeds share: the study, the model's flows at its sites, and how it is compared."""

    around: tables.Study
    flows: pd.DataFrame
    timezone: str
    compared: dict[str, Any]


@cache
def _given() -> _Given:
    params = stage.section("build_network", build_network.Params)
    around = modelled.read_study(params.study)
    truth = json.loads((graph.HOUSE / stage.RAW_COUNTS / "truth.json").read_text(encoding="utf-8"))
    rows = [(*site.split(" "), flow) for site, flow in truth["model_flows_per_day"].items()]
    flows = pd.DataFrame(rows, columns=["station_id", "mode", "flow_per_day"])
    asked = stage.section("compare_observed", compare_observed.Params)
    compared = {name: tuple(listed(getattr(asked, name))) for name in ("before_campaign", "after_campaign")} | {
        "fewest_controls": asked.fewest_controls,
        "smallest_effect_pct": asked.target_change_pct,
    }
    return _Given(around, flows, params.study["timezone"], compared)


def primary(seed: int) -> dict[str, float | str]:
    """Draw one study; return its true change, and effect, interval and conclusion of its primary outcome."""
    given, made, sites = _given(), _made(seed), _sites()
    found = observed_effects(_daily(made, sites), sites, _lines(), given.around.campaigns, **given.compared)
    row = found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]
    kept = {name: row[name] for name in ("effect_pct", "effect_low", "effect_high", "conclusion")}
    return kept | {"true_pct": made.screenline_change()[AFTER_ALL]}


def _made(seed: int) -> simulate_counts._Made:
    given, truth, line = _given(), world.Truth(), str(_lines()["screenline_id"].iloc[0])
    means = world.site_means(given.flows, given.around.sites, line, truth=truth, seed=seed)
    return simulate_counts._Made(given.around, means, truth, seed, given.timezone)


def _lines() -> pd.DataFrame:
    lines = _given().around.screenlines
    return lines[lines["is_primary"].astype(bool)]


def _sites() -> pd.DataFrame:
    sites = _given().around.sites
    return sites[sites["role"].isin([str(role) for role in PRIMARY_ROLES])]


def _daily(made: simulate_counts._Made, sites: pd.DataFrame) -> pd.DataFrame:
    """Add up what the generator draws for each site's files, on the days of the campaigns; all valid."""
    parts = [
        pd.DataFrame({"station_id": site.station_id, "mode": mode, "date": dates, "count": counts.sum(axis=(1, 2))})
        for site in sites.sort_values("station_id").itertuples()
        for what, dates in _series(made, site)
        for mode, counts in made.counts(site.station_id, dates, steps=_steps(site.station_id), what=what).items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    days = frame.assign(campaign_id=campaign_of(frame["date"], made.campaigns)).dropna(subset="campaign_id")
    kinds = np.where(world.is_free(pd.DatetimeIndex(days["date"]), made.holidays), "weekend", "weekday")
    return tables.DAILY.conform(days.assign(period="all_day", day_type=kinds, valid_share=1.0, is_valid=True))


def _series(made: simulate_counts._Made, site: Any) -> Iterator[tuple[str, pd.DatetimeIndex]]:  # a row of SITES
    """Yield what `simulate_counts` draws at a time: a permanent site's whole series, else a campaign."""
    if site.is_permanent:
        first, last = made.campaigns["start_date"].min(), made.campaigns["end_date"].max()
        yield "year", pd.date_range(first if pd.isna(site.valid_from) else max(first, site.valid_from), last)
        return
    for campaign in made.campaigns.itertuples():
        yield campaign.campaign_id, pd.date_range(campaign.start_date, campaign.end_date)


def _steps(station_id: str) -> int:
    return 96 if station_id in simulate_counts.TIDY_SITES else 24


def same_days() -> Iterator[Row]:
    """Compare the days of the shipped seed with those of the run, where it stands: all but the few cells made bad."""
    if not (graph.HOUSE / stage.DAILY).exists():
        return
    seed = int(json.loads((graph.HOUSE / stage.RAW_COUNTS / "truth.json").read_text(encoding="utf-8"))["seed"])
    shipped = tables.DAILY.read(graph.HOUSE / stage.DAILY)
    key = ["station_id", "mode", "date"]
    shipped = shipped[shipped["is_valid"] & (shipped["period"] == "all_day")]
    both = _daily(_made(seed), _sites()).merge(shipped, on=key, validate="one_to_one")
    alike = 100 * float((both["count_x"] == both["count_y"]).mean())
    name = f"demonstration: the same {len(both)} days as in the shipped study"
    yield Row(name, alike, "%", ">= 99", alike >= 99)


def truth_found(number: int, *, workers: int) -> Iterator[Row]:
    """Say how often the truth lies in the interval of the primary outcome, and what was concluded."""
    found = pd.DataFrame(spread_out(primary, range(1, number + 1), workers=workers))
    inside = found["true_pct"].between(found["effect_low"], found["effect_high"])
    yield share(f"demonstration, {number} seeds: truth in the printed interval", inside, least=93)
    width = (found["effect_high"] - found["effect_low"]) / 2
    yield median("demonstration: median half interval", width, "points")
    for conclusion, hits in found.groupby("conclusion").groups.items():
        yield share(f"demonstration: {conclusion}", found.index.isin(hits))
