"""Demonstration counts with a known truth, and their weather, into data/raw; by hand (`movement simulate`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from movement import tables
from movement.counts import calendar
from movement.demand import counted
from movement.simulate import files, readme, world
from movement.tables import LandUse
from pipelines import build_network, estimate_demand, modelled, stage, ways

# The parameters the model is to find again, per mode; decay per minute of felt time
TRUE_DEMAND = {
    "walk": {"scale": 0.45, "decay": 0.1, "detour": 1.2, "through": 1.0},
    "cycle": {"scale": 0.3, "decay": 0.08, "detour": 1.3, "through": 1.0},
}
# ASSUME: sites the model does not reach, and motor traffic: people (vehicles) on a mean day of the week in September
OUTSIDE_MODEL = {
    ("K1", "walk"): 240.0, ("K1", "cycle"): 620.0, ("K2", "walk"): 680.0, ("K2", "cycle"): 340.0,
    ("K3", "walk"): 420.0, ("K3", "cycle"): 380.0, ("K4", "walk"): 160.0, ("K4", "cycle"): 130.0,
    ("K5", "walk"): 520.0, ("K5", "cycle"): 450.0, ("K6", "walk"): 230.0, ("K6", "cycle"): 150.0,
    ("K7", "walk"): 560.0, ("K7", "cycle"): 720.0, ("K8", "walk"): 210.0, ("K8", "cycle"): 540.0,
    ("T4", "motor"): 5200.0,
}  # fmt: skip
MADE_UP = "ASSUME"  # how the source of what is invented begins
LEAST_PER_DAY = 20.0  # ASSUME: nobody puts a count site where the model has fewer
TIDY_SITES = ("K2", "O1", "T3")  # counted in 15 minutes
COUNTER_FAULTS = {
    "S1": {"gap": "2026-02-10", "stuck": "2026-01-20"},
    "S2": {"one_copy": "yes", "duplicated_day": "2026-03-11", "blank": "2025-12-01"},
    "S3": {"blank": "2026-06-17"},
}
SHEETS: dict[tuple[str, str], dict[str, Any]] = {
    ("T1", "before"): {"bad_cell": "words"},
    ("T2", "before"): {"decimals": True},
    ("K4", "before"): {"bad_cell": "negative"},
    ("K6", "before"): {"totals": True},
    ("O3", "before"): {"encoding": "cp1252"},
    ("T6", "after"): {"bad_cell": "thousands"},
    ("S5", "after"): {"bad_cell": "spreadsheet_error"},
}


def run(*, seed: int) -> None:
    """Read the study, take true flows from the model, draw the counts, write.

    Parameters
    ----------
    seed
        The same seed gives the same bytes.
    """
    params = stage.section("build_network", build_network.Params)
    around = modelled.read_study(params.study)
    flows = site_flows(params, around)
    truth = world.Truth()
    means = world.site_means(flows, around.sites, _primary(around), truth=truth, seed=seed)
    made = _Made(around, means, truth, seed, params.study["timezone"])
    written = dict(made.all_files())
    stage.RAW_COUNTS.mkdir(parents=True, exist_ok=True)
    for name, one in written.items():
        (stage.RAW_COUNTS / name).write_bytes(one.content)
    truths = made.truth(flows, [fault for name in sorted(written) for fault in written[name].faults])
    text = json.dumps(truths, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (stage.RAW_COUNTS / "truth.json").write_bytes(text.encode())
    (stage.RAW_COUNTS / "counts.yaml").write_bytes(readme.COUNTS_YAML.encode())
    (stage.RAW_COUNTS / "README.md").write_bytes(readme.README.encode())
    write_weather(around.weather, made.weather())


def write_weather(known: pd.DataFrame, made: pd.DataFrame) -> None:
    """Write made-up WEATHER into the study's folder, unless what is known there was measured."""
    if known["source"].fillna("").str.startswith(MADE_UP).all():
        text = made.to_csv(sep=";", index=False, lineterminator="\n")
        (stage.RAW_STUDY / "weather.csv").write_bytes(text.encode())


def site_flows(params: build_network.Params, around: tables.Study) -> pd.DataFrame:
    """Return the people per day the true model puts past each site on today's network; assumed where it reaches none.

    Returns
    -------
    flows
        station_id, mode, flow_per_day, rounded to one decimal.
    """
    rates = stage.section("estimate_demand", estimate_demand.Params)
    network = build_network.build(params)
    inputs = modelled.Inputs(
        links=network.links,
        impedances=network.impedances,
        zones=network.zones,
        attractions=network.attractions,
        snaps=network.snaps,
        scenarios=network.scenarios,
        through_trips=around.through_trips,
    )
    links = counted.sites_to_fit(around.sites, network.snaps)
    rows = dict(OUTSIDE_MODEL)
    for mode in modelled.MODES:
        values = modelled.Parameters(TRUE_DEMAND[str(mode)])
        flows = ways.Model(inputs, rates, mode).link_flows(modelled.BEFORE, LandUse.TODAY, values)
        at = flows.reindex(links.to_numpy()).fillna(0.0).set_axis(links.index)
        rows |= {(str(site), str(mode)): max(float(value), LEAST_PER_DAY) for site, value in at.items()}
    asked = {(str(row.station_id), mode) for row in around.sites.itertuples() for mode in row.modes.split(",")}
    kept = [(site, mode, round(value, 1)) for (site, mode), value in sorted(rows.items()) if (site, mode) in asked]
    return pd.DataFrame(kept, columns=["station_id", "mode", "flow_per_day"])


def _primary(around: tables.Study) -> str:
    lines = around.screenlines
    return str(lines.loc[lines["is_primary"], "screenline_id"].min())


class _Made:
    """Everything drawn, site by site."""

    def __init__(self, around: tables.Study, means: pd.DataFrame, truth: world.Truth, seed: int, timezone: str) -> None:
        self.sites = around.sites.sort_values("station_id")
        lines = self.sites["screenline_ids"].fillna("").map(lambda ids: ids.replace(" ", "").split(","))
        self.crossings = list(self.sites.loc[lines.map(lambda ids: _primary(around) in ids).astype(bool), "station_id"])
        self.campaigns = around.campaigns.sort_values("start_date")
        self.means = means
        self.setting = truth
        self.seed = seed
        self.timezone = timezone
        years = range(self.campaigns["start_date"].min().year, self.campaigns["end_date"].max().year + 1)
        days = calendar.public_holidays("DK", years=years)
        self.holidays = frozenset(pd.Timestamp(day) for day in days)

    @property
    def days(self) -> pd.DatetimeIndex:
        """All days from the first campaign to the last, which the permanent counters count."""
        return pd.date_range(self.campaigns["start_date"].min(), self.campaigns["end_date"].max())

    def weather(self) -> pd.DataFrame:
        """Return the weather of all days, as WEATHER."""
        drawn = world.weather(self.days, truth=self.setting, seed=self.seed)
        return tables.WEATHER.check(drawn.assign(source=f"{MADE_UP} made up by movement simulate"))

    def all_files(self) -> Iterator[tuple[str, files.Written]]:
        """Yield file names and what stands in them."""
        whole = self.days
        for site in self.sites.itertuples():
            if site.is_permanent:
                name = f"eco-counter-{site.station_id}.csv"
                dates = whole[whole >= site.valid_from] if pd.notna(site.valid_from) else whole
                counts = self.counts(site.station_id, dates, steps=24, what="year")
                faults = COUNTER_FAULTS.get(site.station_id, {})
                yield (
                    name,
                    files.counter_export(name, site.station_id, dates, counts, timezone=self.timezone, faults=faults),
                )
                continue
            for campaign in self.campaigns.itertuples():
                yield self.campaign_file(site.station_id, campaign)
        for campaign in self.campaigns.itertuples():
            name = f"{campaign.start_date.year}-{campaign.phase}-stopinterview.csv"
            yield name, files.interview_sheet(self.asked(campaign))

    def campaign_file(self, station_id: str, campaign: Any) -> tuple[str, files.Written]:  # a row
        """Return one site's file of one campaign."""
        dates = pd.date_range(campaign.start_date, campaign.end_date)
        stem = f"{campaign.start_date.year}-{campaign.phase}"
        if station_id in TIDY_SITES:
            name = f"{stem}-kvarter-{station_id}.csv"
            counts = self.counts(station_id, dates, steps=96, what=campaign.campaign_id)
            return name, files.tidy_table(name, station_id, dates, counts, timezone=self.timezone)
        name = f"{stem}-taelleskema-{station_id}.csv"
        counts = self.counts(station_id, dates, steps=24, what=campaign.campaign_id)
        return name, files.danish_sheet(name, station_id, dates, counts, **SHEETS.get((station_id, campaign.phase), {}))

    def asked(self, campaign: Any) -> pd.DataFrame:  # a row
        """Draw what people said at the permanent crossings in one campaign; a new link's only when it is open."""
        dates = pd.date_range(campaign.start_date, campaign.end_date)
        is_after = dates[0] >= pd.Timestamp(self.setting.opened)
        crossings = self.sites[self.sites["is_permanent"] & self.sites["station_id"].isin(self.crossings)]
        parts = [
            world.asked(site.station_id, site.role, dates, is_after=is_after, truth=self.setting, seed=self.seed)
            for site in crossings.itertuples()
            if pd.isna(site.valid_from) or site.valid_from <= dates[0]
        ]
        return pd.concat(parts, ignore_index=True)

    def counts(self, station_id: str, dates: pd.DatetimeIndex, *, steps: int, what: str) -> files.Counts:
        """Draw a site's counts by mode."""
        rows = self.means[self.means["station_id"] == station_id]
        out = {}
        for row in rows.itertuples():
            hours = np.repeat(self.expected(row, dates), steps // 24, axis=1) / (steps // 24)
            out[str(row.mode)] = world.draw(row, hours, truth=self.setting, seed=self.seed, what=what)
        return out

    def expected(self, row: Any, dates: pd.DatetimeIndex) -> world.Reals:  # a row of site_means
        """Return the expected people of each hour."""
        days = world.day_means(row, dates, self.holidays, truth=self.setting, seed=self.seed)
        return world.hour_means(row, days, dates, self.holidays, truth=self.setting)

    def truth(self, flows: pd.DataFrame, faults: list[files.Injected]) -> dict[str, Any]:
        """Return everything that is to be found again."""
        return {
            "seed": self.seed,
            "demand": TRUE_DEMAND,
            "setting": self.setting.as_rows(),
            "model_flows_per_day": _nested(flows, "flow_per_day"),
            "site_means_before": _nested(self.means, "before"),
            "site_means_after": _nested(self.means, "after"),
            "daily_averages": self.averages(),
            "screenline_change_pct": self.screenline_change(),
            "asked": self.setting.asked(),
            "faults": [asdict(fault) for fault in faults],
        }

    def screenline_change(self) -> dict[str, float]:
        """Return what happens to the primary screenline apart from chance, in per cent of before."""
        rows = self.means[self.means["station_id"].isin(self.crossings)]
        dip = 1 - self.setting.rehousing_dip * rows["residents_share"]
        before = float(rows["before"].sum())
        after = {
            "link_alone": rows["after"],
            "link_and_rehousing": rows["after"] * dip,
            "link_rehousing_and_school": rows["after"] * dip + rows["school"] * 5 / 7,
        }
        return {name: round(100 * (float(values.sum()) / before - 1), 1) for name, values in after.items()}

    def averages(self) -> dict[str, dict[str, float]]:
        """Return the expected mean day of each campaign, by site and mode; new links only when open."""
        found: dict[str, dict[str, float]] = {}
        opened = self.sites.set_index("station_id")["valid_from"]
        for campaign in self.campaigns.itertuples():
            dates = pd.date_range(campaign.start_date, campaign.end_date)
            found[campaign.campaign_id] = {
                f"{row.station_id} {row.mode}": round(float(self.expected(row, dates).sum(axis=1).mean()), 1)
                for row in self.means.itertuples()
                if pd.isna(opened[row.station_id]) or opened[row.station_id] <= dates[0]
            }
        return found


def _nested(frame: pd.DataFrame, column: str) -> dict[str, float]:
    return {f"{row.station_id} {row.mode}": float(getattr(row, column)) for row in frame.itertuples()}
