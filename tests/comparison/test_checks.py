import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
SERIES = [
    (site, mode, 100, after)
    for site, after in (("S1", 110), ("T1", 110), ("N1", 101), ("K1", 98), ("K2", 100), ("K3", 102))
    for mode in ("walk", "cycle")
]
PLACES = sites(("S1", "old_crossing"), ("T1", "treated"), ("N1", "along_barrier"), *CONTROLS)
MORE_PLACES = pd.concat([PLACES, sites(("S9", "other"))], ignore_index=True)


def event(kind, start, end=None, name="roadworks_1"):
    row = {"event_id": name, "name_da": "", "name_en": "", "kind": kind, "start_date": start, "end_date": end}
    return tables.EVENTS.conform(pd.DataFrame([row | {"station_ids": None, "source": ""}]))


def checked(
    series=SERIES,
    places=PLACES,
    *,
    events=None,
    when=None,
    fewest_controls=3,
    target_change_pct=15,
    counts=None,
    **known,
):
    counts, lines = daily(*series) if counts is None else counts, screenlines()
    when = campaigns(residents=(1000, 990)) if when is None else when
    effects = observed_effects(counts, places, lines, when, **ENDS, fewest_controls=fewest_controls)
    found = run_checks(
        counts,
        places,
        lines,
        when,
        tables.EVENTS.empty() if events is None else events,
        effects,
        **ENDS,
        fewest_controls=fewest_controls,
        target_change_pct=target_change_pct,
        **known,
    )
    return found.set_index("check_id")


def test_a_calm_world_passes_all_that_can_be_checked():
    status = checked()["status"]
    unknown = {"pre_trend", "device_change", "motor_unmoved", "placebo_sites", "placebo_dates"}
    unknown |= {"weather_balance", "wet_days"}
    assert set(status[status == "not_possible"].index) == unknown
    assert set(status.drop(list(unknown))) == {"passed"}


@pytest.mark.parametrize(
    ("check", "options", "detail"),
    [
        ("enough_controls", {"fewest_controls": 4}, "K1, K2, K3"),
        ("residents_present", {"when": campaigns(residents=(1000, 800))}, None),
        ("growth_between", {"events": event("population", "2026-01-01", name="move_in")}, "move_in"),
        ("events_in_windows", {"events": event("roadworks", "2026-09-02", "2026-09-03")}, "roadworks_1"),
        ("detectable_change", {"target_change_pct": 5}, None),
        ("negative_control", {"series": [*SERIES[:4], ("N1", "cycle", 100, 300), *SERIES[6:]]}, "N1"),
        ("controls_left_out", {"series": [*SERIES[:-1], ("K3", "cycle", 100, None)], "fewest_controls": 2}, "K3"),
        ("whole_screenline", {"places": pd.concat([PLACES, sites(("S2", "old_crossing"))], ignore_index=True)},
         "S2 cycle, S2 walk"),
        ("all_counted", {"places": MORE_PLACES}, "S9 walk, S9 cycle"),
        ("valid_days", {"series": [*SERIES[:-1], ("K3", "cycle", 100, [100.0] * 10 + [float("nan")] * 4)]}, "K3 cycle"),
        ("matched_days", {"when": campaigns(days=6)}, None),
        ("control_types", {"places": PLACES.assign(site_type=["everyday", "nature", *["everyday"] * 4])}, "nature"),
        ("same_weeks", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-01"]))}, "36, 36"),
    ],
)  # fmt: skip
def test_each_check_can_fail(check, options, detail):
    row = checked(**options).loc[check]
    assert row["status"] == "failed"
    if detail:
        assert row["detail"] == detail


def test_roadworks_in_both_windows_alike_are_no_difference():
    both = event("roadworks", "2025-01-01")
    assert checked(events=both).loc["events_in_windows", "status"] == "passed"


def test_two_baselines_give_a_pre_trend_check():
    when = campaigns()
    earlier = when.iloc[[0]].assign(
        campaign_id="before0", start_date=pd.Timestamp("2024-09-02"), end_date=pd.Timestamp("2024-09-15")
    )
    when = pd.concat([earlier, when], ignore_index=True)
    counts = daily(*SERIES)
    old = counts[counts["campaign_id"] == "before"]
    old = old.assign(date=old["date"] - pd.Timedelta(days=364), campaign_id="before0")
    grown = old.assign(count=old["count"].where(~old["station_id"].isin(["K1"]), old["count"] + 1))
    for first, status in (
        (grown, "passed"),
        (grown.assign(count=grown["count"].where(grown["station_id"] != "S1", 10)), "failed"),
    ):
        everything = pd.concat([first, counts], ignore_index=True)
        effects = observed_effects(everything, PLACES, screenlines(), when, **ENDS, fewest_controls=3)
        found = run_checks(
            everything, PLACES, screenlines(), when, tables.EVENTS.empty(), effects,
            **ENDS, fewest_controls=3, target_change_pct=15,
        )  # fmt: skip
        assert found.set_index("check_id").loc["pre_trend", "status"] == status


def test_nothing_counted_gives_no_rows():
    found = run_checks(
        tables.DAILY.empty(), tables.SITES.empty(), tables.SCREENLINES.empty(), tables.CAMPAIGNS.empty(),
        tables.EVENTS.empty(), tables.EFFECTS.empty(), **ENDS, fewest_controls=3, target_change_pct=15,
    )  # fmt: skip
    assert found.empty
