import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.effects import observed_effects
from movement.publish.language import catalogue
from tests.comparison.observed_world import ENDS, campaigns, daily, opened, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
SERIES = [
    (site, mode, 100, after)
    for site, after in (("S1", 110), ("T1", 110), ("N1", 101), ("K1", 98), ("K2", 100), ("K3", 102))
    for mode in ("walk", "cycle")
]
PLACES = sites(("S1", "old_crossing"), ("T1", "treated"), ("N1", "along_barrier"), *CONTROLS)
MORE_PLACES = pd.concat([PLACES, sites(("S9", "other"))], ignore_index=True)


def event(kind, start, end=None, name="roadworks_1", at=None):
    row = {"event_id": name, "name_da": "", "name_en": "", "kind": kind, "start_date": start, "end_date": end}
    return tables.EVENTS.conform(pd.DataFrame([row | {"station_ids": at, "source": ""}]))


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
    known = {"interventions": opened("2026-05-01")} | known
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
    unknown |= {"weather_balance", "wet_days", "homes_occupied"}
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
        ("same_weeks", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-07"]))}, "36, 37"),
        ("same_weekdays", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-03"]))},
         "2025-09-01, 2026-09-03"),
        ("homes_occupied", {"when": campaigns().assign(homes_occupied=[1000, 940])}, None),
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


@pytest.mark.parametrize(
    ("check", "options", "value"),
    [
        ("same_weekdays", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-07"]))}, 0),
        ("same_weeks", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-03"]))}, 0),
        ("homes_occupied", {"when": campaigns().assign(homes_occupied=[1000, 951])}, -4.9),
    ],
)
def test_each_check_has_its_own_limit(check, options, value):
    row = checked(**options).loc[check]
    assert (row["status"], row["value"]) == ("passed", pytest.approx(value))


def test_dates_on_other_weekdays_are_counted():
    """From Thursday on eleven days are left, and every one of them is set against a Monday's neighbour."""
    when = campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-09-03"]))
    assert checked(when=when).loc["same_weekdays", "value"] == 11


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-01-01", None, "failed"),  # began between
        ("2025-01-01", "2026-06-01", "failed"),  # rehousing that ended between
        ("2025-08-01", "2026-08-01", "failed"),  # a school closed the whole before phase, open after
        ("2026-01-01", "2026-03-01", "failed"),  # people moved in between
        ("2025-09-10", None, "failed"),
        ("2025-01-01", "2026-09-12", "failed"),
        ("2025-01-01", None, "passed"),  # in force in both
        ("2025-01-01", "2025-08-31", "passed"),  # over before
        ("2025-01-01", "2026-09-13", "passed"),
        ("2026-09-14", None, "passed"),  # later
    ],
)
def test_growth_that_is_not_in_force_alike_fails(start, end, status):
    row = checked(events=event("land_use", start, end, "school")).loc["growth_between"]
    assert (row["status"], row["detail"]) == (status, "school" if status == "failed" else None)


@pytest.mark.parametrize(
    ("closed", "detail"), [(["hall", "school, hall"], "school"), (["hall", None], "hall"), (["a, b", "b,a"], None)]
)
def test_attractions_closed_in_one_phase_only_are_a_change(closed, detail):
    moved = event("population", "2026-01-01", name="move_in", at="T1")
    row = checked(when=campaigns().assign(attractions_closed=closed)).loc["growth_between"]
    assert (row["status"], row["detail"]) == ("failed" if detail else "passed", detail)
    both = checked(when=campaigns().assign(attractions_closed=closed), events=moved).loc["growth_between"]
    assert both["detail"] == (f"move_in, {detail}" if detail else "move_in")
    assert both["sites"] == (None if detail else "T1")


@pytest.mark.parametrize(
    ("at", "status", "about"),
    [("T1", "failed", "T1"), ("X9, K2, S1", "failed", "K2, S1"), (None, "failed", None), ("X9", "passed", None)],
)
@pytest.mark.parametrize(
    ("check", "kind", "start"),
    [("events_in_windows", "opening", "2026-06-01"), ("growth_between", "land_use", "2026-06-01"),
     ("before_in_construction", "roadworks", "2025-08-01")],
)  # fmt: skip
def test_events_at_any_counted_site_are_found_and_say_which(check, kind, start, at, status, about):
    end = "2025-12-01" if kind == "roadworks" else None
    row = checked(events=event(kind, start, end, at=at)).loc[check]
    assert (row["status"], row["sites"]) == (status, about)


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2025-09-14", "2026-12-01", "failed"),  # the last of fourteen days before, all of them after
        ("2025-09-13", "2025-09-14", "failed"),
        ("2025-09-14", "2025-09-20", "passed"),  # one day's share
        ("2025-09-02", "2026-12-01", "passed"),  # 13 of 14 days and 14
        ("2025-09-03", "2026-12-01", "failed"),
        ("2025-09-05", "2026-09-10", "passed"),  # ten of fourteen days, and eleven
        ("2025-09-05", "2026-09-11", "failed"),
    ],
)
def test_what_covers_more_days_of_one_phase_fails(start, end, status):
    works = checked(events=event("roadworks", start, end, at="S1"))
    assert works.loc["events_in_windows", "status"] == status
    served = checked(interventions=opened(start, end, "S1, K1")).loc["controls_served"]
    assert (served["status"], served["sites"]) == (status, "K1" if status == "failed" else None)


@pytest.mark.parametrize(
    ("row", "status", "value", "about"),
    [
        (("2026-05-01", None, None), "passed", 0, None),
        (("2026-05-01", None, "S1, T1"), "passed", 0, None),
        (("2026-05-01", None, "T1"), "failed", 1, "S1"),  # nothing at the screenline
        (("2025-09-14", None, None), "failed", 2, None),  # the before phase's last day
        (("2025-09-15", None, None), "passed", 0, None),
        (("2026-08-31", None, None), "passed", 0, None),  # the after phase's first day
        (("2026-09-01", None, None), "failed", 2, None),
        (("2026-05-01", "2026-09-12", None), "failed", 2, None),  # over before the after phase is
        (("2026-05-01", "2026-09-13", None), "passed", 0, None),
    ],
)
def test_a_link_must_have_opened_between_the_phases(row, status, value, about):
    found = checked(interventions=opened(*row)).loc["link_opened"]
    assert (found["status"], found["value"], found["sites"]) == (status, value, about)  # of two outcomes
    assert found["detail"] == ("link" if status == "passed" else about)


def test_nothing_opened_is_nothing_to_put_a_change_down_to():
    trial = opened("2026-05-01", is_temporary=True)
    for none in (tables.INTERVENTIONS.empty(), None, trial):
        row = checked(interventions=none).loc["link_opened"]
        assert (row["status"], row["value"], row["sites"]) == ("failed", 2, None)


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [("2026-08-01", "2026-10-01", "failed"), ("2025-08-01", "2026-10-01", "passed"),
     ("2026-09-13", "2026-10-01", "passed"), ("2026-01-01", "2026-03-01", "passed")],
)  # fmt: skip
def test_a_trial_in_one_phase_only_is_another_cause_at_its_sites(start, end, status):
    trial = opened(start, end, "T1", name="trial", is_temporary=True)
    row = checked(interventions=pd.concat([opened("2026-05-01"), trial])).loc["other_intervention"]
    wanted = ("failed", "trial", "T1") if status == "failed" else ("passed", None, None)
    assert (row["status"], row["detail"], row["sites"]) == wanted


def test_controls_that_are_one_file_copied_have_no_spread_to_judge_by():
    copied = [("S1", "walk", 1000, 1002.5), *[(f"K{n}", "walk", 100, 100) for n in (1, 2, 3)]]
    for series, said in ((copied, ("cannot_be_judged", "controls_alike")),
                         ([*copied[:3], ("K3", "walk", 1000, 1001)], ("not_shown", None))):  # fmt: skip
        shown = observed_effects(daily(*series), PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
        primary = shown[shown["is_primary"] & (shown["estimator"] == "control_spread")].iloc[0]
        assert (primary["conclusion"], primary["reason"]) == said
    assert all({"reason.controls_alike", "mend.controls_alike"} <= set(catalogue(one).keys()) for one in ("da", "en"))


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
        row = found.set_index("check_id").loc["pre_trend"]
        assert row["status"] == status
        assert abs(row["limit"]) == pytest.approx(2.89 if row["value"] > 0 else 2.81, abs=0.01)  # t(2) * sd * sqrt(4/3)


def test_nothing_counted_gives_no_rows():
    found = run_checks(
        tables.DAILY.empty(), tables.SITES.empty(), tables.SCREENLINES.empty(), tables.CAMPAIGNS.empty(),
        tables.EVENTS.empty(), tables.EFFECTS.empty(), **ENDS, fewest_controls=3, target_change_pct=15,
    )  # fmt: skip
    assert found.empty
