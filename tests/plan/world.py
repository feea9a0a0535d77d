"""A small plan: one screenline, two treated sites, three controls, one window."""

import datetime as dt

import pandas as pd

from movement import tables
from movement.plan.contents import Plan, Window
from movement.plan.deviations import Found, Used
from movement.plan.makeup import makeup
from tests.comparison import observed_world as world

PLAN = Plan(
    primary_screenline="snit",
    modes=("walk", "cycle"),
    before_campaign="before",
    after_campaign="after",
    smallest_effect_pct=15,
    interviews_co_primary=False,
    screenlines=("snit", "kordon"),
    treated={"T1": "fed by the link", "T2": "its other end"},
    controls={"K1": "like T1", "K2": "like T2", "K3": "far away"},
    windows=(Window("autumn", 36, 37),),
    excluded_weeks=(7, 42),
    excluded_days=("easter",),
    fewest_controls=3,
    valid_day_share_pct=95,
    rules_in_words=("a day one lacks is left out for all",),
    follow_ups=(dt.date(2026, 8, 31),),
    secondary=("treated_sites", "kordon", "walk", "outside_school", "treated_sites walk"),
    is_demonstration=False,
    source="made by hand",
)
USED = Used(("before",), ("after",), "snit", 3, 15, 95)
ENDS = {"before_campaigns": ("before",), "after_campaigns": ("after",)}
FROZEN_ON = dt.date(2025, 8, 20)
CAMPAIGNS = world.campaigns()
SITES = world.sites(
    ("S1", "old_crossing"), *((site, "treated") for site in PLAN.treated), *((s, "control") for s in PLAN.controls)
)
MAKEUP = makeup(SITES, {"snit": ("S1",), "kordon": ("S1", "T1")})
SERIES = [(site, "walk", 100, 110) for site in ("S1", *PLAN.treated, *PLAN.controls)]


def found(**more):
    plain = {
        "sites": SITES,
        "screenlines": world.screenlines(("kordon", "kordon", False)),
        "campaigns": CAMPAIGNS,
        "daily": world.daily(*SERIES),
        "devices": tables.DEVICES.empty(),
        "decisions": tables.DECISIONS.empty(),
        "makeup": MAKEUP,
    }
    return Found(**(plain | more))


def devices(*rows):
    """Rows (station_id, serial, start, end)."""
    frame = pd.DataFrame(rows, columns=["station_id", "serial", "start_date", "end_date"])
    frame = frame.assign(technology="pyro", mode=None, sensitivity=None, source=None)
    return tables.DEVICES.check(frame.assign(end_date=pd.to_datetime(frame["end_date"])))
