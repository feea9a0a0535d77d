import numpy as np
import pandas as pd
import pytest

from movement import tables
from tests.comparison.observed_world import AFTER, BEFORE, campaigns, sites
from tests.comparison.test_checks import CONTROLS, PLACES, SERIES, checked, event

MANY = [(f"K{n}", mode, 100, 100 + 0.5 * n) for n in range(1, 9) for mode in ("walk", "cycle")]
EIGHT = sites(("S1", "old_crossing"), *[(f"K{n}", "control") for n in range(1, 9)])


def intervention(stations, start="2026-05-01"):
    row = {"intervention_id": "link", "name_da": "", "name_en": "", "scenario_id": None, "start_date": start}
    row |= {"end_date": None, "is_temporary": False, "station_ids": stations, "source": ""}
    return tables.INTERVENTIONS.conform(pd.DataFrame([row]))


def devices(*rows, mode=None):
    """Rows (station, serial, technology, start, end)."""
    columns = ["station_id", "serial", "technology", "start_date", "end_date"]
    return tables.DEVICES.conform(pd.DataFrame(rows, columns=columns).assign(mode=mode, sensitivity=None, source=""))


def corrected(station, *modes):
    row = {"station_id": station, "start_date": AFTER, "end_date": None}
    row |= {"factor": 1.1, "factor_se": 0.02, "validation": "video", "source": ""}
    rows = [row | {"correction_id": mode, "mode": mode} for mode in modes or ("walk",)]
    return tables.CORRECTIONS.conform(pd.DataFrame(rows))


CHANGED = devices(("K1", "a", "tube", "2025-01-01", "2026-01-01"), ("K1", "b", "radar", "2026-01-02", None))


@pytest.mark.parametrize(
    ("check", "options", "detail"),
    [
        ("same_season", {"when": campaigns().assign(start_date=pd.to_datetime(["2025-09-01", "2026-05-04"]),
                                                     end_date=pd.to_datetime(["2025-09-14", "2026-05-17"]))}, None),
        ("before_in_construction", {"when": campaigns().assign(phase=["construction", "after"])}, "before"),
        ("before_in_construction", {"events": event("roadworks", "2025-08-01", "2025-12-01")}, "roadworks_1"),
        ("controls_served", {"interventions": intervention("S1, K2")}, "K2"),
        ("controls_served", {"events": event("opening", "2026-06-01").assign(station_ids="K3")}, "K3"),
        ("device_change", {"devices": CHANGED}, "K1 cycle, K1 walk"),
        ("device_change", {"devices": CHANGED, "corrections": corrected("K1")}, "K1 cycle"),
        ("device_change", {"devices": CHANGED.assign(mode="cycle")}, "K1 cycle"),
        ("device_change", {"devices": CHANGED.assign(mode=[None, "cycle"])}, "K1 cycle"),  # the old one counts people
    ],
)  # fmt: skip
def test_each_check_can_fail(check, options, detail):
    row = checked(**options).loc[check]
    assert (row["status"], row["detail"]) == ("failed", detail)


@pytest.mark.parametrize(
    ("check", "options"),
    [
        ("same_season", {}),
        ("before_in_construction", {"events": event("roadworks", "2025-08-01")}),
        ("before_in_construction", {"events": event("roadworks", "2025-08-01", "2025-12-01").assign(station_ids="X9")}),
        ("events_in_windows", {"events": event("roadworks", "2026-09-02", "2026-09-03").assign(station_ids="X9")}),
        ("controls_served", {"interventions": intervention("S1, T1")}),
        ("controls_served", {"interventions": intervention("K2", start="2024-05-01")}),
        ("controls_served", {"events": event("holiday", "2026-09-01").assign(station_ids="K3")}),
        ("device_change", {"devices": CHANGED, "corrections": corrected("K1", "walk", "cycle")}),
        ("device_change", {"devices": devices(("K1", "a", "tube", "2025-01-01", None))}),
        (
            "device_change",
            {"devices": pd.concat([CHANGED.assign(mode="motor"), CHANGED.iloc[:1].assign(end_date=None)])},
        ),
        ("placebo_sites", {"series": [*SERIES[:2], *MANY], "places": EIGHT}),
    ],
)
def test_each_check_can_pass(check, options):
    assert checked(**options).loc[check, "status"] == "passed"


def stray(*log_pct):
    """Return the check of placebo sites where the controls' log changes are these, in hundredths."""
    after = [100 * np.exp(one / 100) for one in log_pct]
    series = [("S1", "walk", 100, 100), *[(f"K{n}", "walk", 100, one) for n, one in enumerate(after)]]
    places = sites(("S1", "old_crossing", {"modes": "walk"}), *[(f"K{n}", "control") for n in range(len(after))])
    return checked(series, places).loc["placebo_sites"]


def test_placebo_sites_are_grubbs_test():
    """The example of the NIST handbook (1.3.5.17.1, Tietjen and Moore 1972): G = 2.4687 against 2.1266."""
    row = stray(-0.69, -0.47, 0.19, 0.82, 1.92, 1.95, 2.18, 45.57)
    grubbs = [7 / np.sqrt(8) * np.sqrt(t**2 / (6 + t**2)) for t in row[["value", "limit"]].astype(float)]
    assert grubbs == pytest.approx([2.4687, 2.1266], abs=1e-3)
    assert (row["status"], row["detail"]) == ("failed", "K7")


@pytest.mark.parametrize(
    ("ratios", "status"),
    [
        ((-1, 0, 1, 9), "passed"),
        ((-1, 0, 1, 40), "failed"),
        ((-6, -3, 0, 3, 6), "passed"),
        ((0, 0, 0, 9), "not_possible"),
    ],
)
def test_placebo_sites_can_fail_with_few_controls(ratios, status):
    assert stray(*ratios)["status"] == status


def test_motor_traffic_that_moves_with_the_link_is_told():
    motor = [(f"K{n}", "motor", 1000, 1000 + n) for n in (1, 2, 3)]
    for after, status in ((1002, "passed"), (1400, "failed")):
        row = checked([*SERIES, ("T1", "motor", 1000, after), *motor]).loc["motor_unmoved"]
        assert (row["status"], row["detail"]) == (status, "T1")


def permanent(factor_of_windows):
    """Return three years of days at one crossing and three controls; the crossing is multiplied window by window."""
    dates = pd.date_range(BEFORE - pd.Timedelta(days=364), AFTER + pd.Timedelta(days=13))
    random = np.random.Generator(np.random.PCG64(3))
    rows = []
    for station in ("S1", "K1", "K2", "K3"):
        level = 100 * np.exp(random.normal(0, 0.02, len(dates)))
        if station == "S1":
            level = level * factor_of_windows[np.arange(len(dates)) // 14 % len(factor_of_windows)]
        rows.append(pd.DataFrame({"station_id": station, "date": dates, "count": level}))
    frame = pd.concat(rows, ignore_index=True).assign(
        mode="walk", period="all_day", day_type="weekday", campaign_id=None
    )
    return tables.DAILY.check(frame.assign(valid_share=1.0, is_valid=True))


@pytest.mark.parametrize(("factors", "status"), [([1.0], "passed"), ([1.0, 1.0, 1.5], "failed")])
def test_placebo_dates_on_permanent_counters(factors, status):
    places = sites(("S1", "old_crossing", {"modes": "walk", "is_permanent": True}),
                   *[(name, "control", {"is_permanent": True}) for name, _ in CONTROLS])  # fmt: skip
    asked = {
        "places": places,
        "counts": permanent(np.array(factors)),
        "interventions": intervention("S1", "2026-08-01"),
    }
    row = checked(**asked).loc["placebo_dates"]
    assert row["status"] == status
    opened_early = checked(**asked | {"interventions": intervention("S1", "2025-09-15")}).loc["placebo_dates"]
    assert opened_early["status"] == "not_possible"


def test_no_permanent_controls_no_placebo_dates():
    assert checked(places=PLACES.assign(is_permanent=True)).loc["placebo_dates", "status"] == "not_possible"
