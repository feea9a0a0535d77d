"""Devices, corrections and decisions: layers over the rules, and nothing is ever deleted."""

import pandas as pd
import pytest

from movement import study, tables
from movement.counts.layers import flag_stretches, lay_over
from movement.publish import language
from movement.tables import CountLayers, InputFaults

ZONE = "Europe/Copenhagen"
DECISION = {
    "decision_id": "d1", "station_id": "S1", "mode": None, "start": "2025-09-02", "end": "2025-09-02", "use": False,
    "reason": "cykelløb", "decided_by": "MJ", "decided_on": "2025-10-01",
}  # fmt: skip
CORRECTION = {
    "correction_id": "c1", "station_id": "S1", "mode": "walk", "start_date": "2025-09-02", "end_date": None,
    "factor": 1.2, "factor_se": 0.05, "validation": "8 hours of video", "source": None,
}  # fmt: skip
DEVICE = {
    "station_id": "S1", "serial": "X", "technology": "pyro", "sensitivity": None, "start_date": "2025-09-01",
    "end_date": "2025-09-02", "source": None,
}  # fmt: skip


def counts(*, days=3, flags=None):
    """Hours of one site and mode from local midnight on 1 September, ten people each; flags by hour."""
    start = pd.date_range("2025-09-01", periods=24 * days, freq="1h", tz=ZONE).tz_convert("UTC")
    frame = pd.DataFrame(
        {
            "station_id": "S1", "mode": "walk", "direction": "in", "t_start_utc": start, "interval_min": 60,
            "count_reported": 10.0, "count": 10.0, "flag": "", "source_file": "a.csv",
            "source_row": range(2, 2 + len(start)),
        }
    )  # fmt: skip
    for hour, flag in (flags or {}).items():
        frame.loc[hour, ["flag", "count"]] = [flag, None]
    return tables.COUNTS.check(frame)


def layers(*, devices=(), corrections=(), decisions=()):
    def table(contract, rows):
        frame = pd.DataFrame(list(rows), columns=list(contract.columns))
        dates = {name: pd.to_datetime(frame[name]) for name, c in contract.columns.items() if c.kind == "date"}
        return contract.check(frame.assign(**dates))

    return CountLayers(
        table(tables.DEVICES, devices), table(tables.CORRECTIONS, corrections), table(tables.DECISIONS, decisions)
    )


def test_without_layers_nothing_changes():
    before = counts(flags={5: "stuck"})
    pd.testing.assert_frame_equal(lay_over(before, layers(), timezone=ZONE), before)


def test_a_decision_leaves_a_whole_local_day_out_and_keeps_what_was_reported():
    found = lay_over(counts(), layers(decisions=[DECISION]), timezone=ZONE)
    assert found.index[found["flag"] == "decided"].tolist() == list(range(24, 48))
    assert found["count"].isna().sum() == 24
    assert (found["count_reported"] == 10).all()


def test_a_decision_can_hold_for_some_hours_and_one_mode():
    some = DECISION | {"start": "2025-09-02 07:00", "end": "2025-09-02 08:30"}
    found = lay_over(counts(), layers(decisions=[some]), timezone=ZONE)
    assert found.index[found["flag"] == "decided"].tolist() == [31, 32]
    other = lay_over(counts(), layers(decisions=[DECISION | {"mode": "cycle"}]), timezone=ZONE)
    assert (other["flag"] == "").all()


def test_a_decision_lifts_what_a_rule_flagged_but_makes_no_number():
    flags = {25: "zero_run", 26: "missing", 27: "dst_ambiguous", 60: "zero_run"}
    found = lay_over(counts(flags=flags), layers(decisions=[DECISION | {"use": True}]), timezone=ZONE)
    assert found["flag"][[25, 26, 27, 60]].tolist() == ["", "missing", "dst_ambiguous", "zero_run"]
    assert found["count"][25] == 10


def test_a_correction_holds_from_its_first_to_its_last_day():
    found = lay_over(counts(), layers(corrections=[CORRECTION]), timezone=ZONE)
    assert found["count"].tolist() == [10.0] * 24 + [12.0] * 48
    ended = layers(corrections=[CORRECTION | {"end_date": "2025-09-02"}])
    assert lay_over(counts(), ended, timezone=ZONE)["count"].tolist() == [10.0] * 24 + [12.0] * 24 + [10.0] * 24


def test_counts_on_days_without_a_device_are_flagged_where_devices_are_known():
    found = lay_over(counts(), layers(devices=[DEVICE]), timezone=ZONE)
    assert found.index[found["flag"] == "no_device"].tolist() == list(range(48, 72))
    elsewhere = lay_over(counts(), layers(devices=[DEVICE | {"station_id": "S2"}]), timezone=ZONE)
    assert (elsewhere["flag"] == "").all()


def test_a_device_that_counts_one_mode_says_nothing_of_the_other():
    walkers, cycles = (DEVICE | {"serial": mode, "mode": mode} for mode in ("walk", "cycle"))
    for known, days in (([cycles], 0), ([walkers], 1), ([walkers, cycles | {"end_date": None}], 1), ([DEVICE], 1)):
        found = lay_over(counts(), layers(devices=known), timezone=ZONE)
        assert (found["flag"] == "no_device").sum() == 24 * days


def test_flags_are_listed_as_stretches_with_who_decided():
    known = layers(decisions=[DECISION])
    found = flag_stretches(
        lay_over(counts(flags={3: "stuck", 4: "stuck", 6: "stuck"}), known, timezone=ZONE), known, timezone=ZONE
    )
    assert found["flag"].tolist() == ["stuck", "stuck", "decided"]
    assert found["intervals"].tolist() == [2, 1, 24]
    assert found["people_reported"].tolist() == [20, 10, 240]
    assert found["decided_by"].tolist() == [None, None, "MJ"]
    assert (found["end_utc"] - found["start_utc"]).tolist() == [pd.Timedelta(f"{hours}h") for hours in (2, 1, 24)]


def test_no_counts_no_stretches():
    empty = tables.COUNTS.empty()
    assert len(lay_over(empty, layers(decisions=[DECISION]), timezone=ZONE)) == 0
    assert len(flag_stretches(empty, layers(), timezone=ZONE)) == 0


def test_files_of_a_planner_are_read_and_their_faults_come_all_at_once(tmp_path):
    for name, rows in (("decisions", [DECISION]), ("corrections", [CORRECTION]), ("devices", [DEVICE])):
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}.csv", sep=";", index=False)
    read = study.read_count_layers(tmp_path, stations=frozenset({"S1"}))
    assert (len(read.devices), len(read.corrections), len(read.decisions)) == (1, 1, 1)
    late = CORRECTION | {"correction_id": "c2", "start_date": "2025-12-01", "end_date": "2025-11-01"}
    pd.DataFrame([CORRECTION, late]).to_csv(tmp_path / "corrections.csv", sep=";", index=False)
    with pytest.raises(InputFaults) as found:
        study.read_count_layers(tmp_path, stations=frozenset({"S9"}))
    rules = [fault.rule for fault in found.value.faults]
    assert sorted(set(rules)) == ["corrections_overlap", "ends_before_start", "layer_unknown_site"]
    assert rules.count("layer_unknown_site") == 4
    for name in language.LANGUAGES:
        assert all("{" not in language.say_fault(language.catalogue(name), fault) for fault in found.value.faults)
