"""Notices from the calendar, from events and from devices, on counts of one site."""

import pandas as pd

from movement import tables
from movement.counts.calendar import public_holidays
from movement.counts.notices import clock_changes, list_notices
from tests.counts.test_layers import CORRECTION, DEVICE, ZONE, counts, layers

CAMPAIGN = {
    "campaign_id": "before", "phase": "before", "start_date": "2025-09-01", "end_date": "2025-09-14",
    "residents_present": 100, "attractions_closed": None, "source": None,
}  # fmt: skip


def rows(contract, *found):
    frame = pd.DataFrame(found, columns=list(contract.columns))
    dates = {name: pd.to_datetime(frame[name]) for name, column in contract.columns.items() if column.kind == "date"}
    return contract.check(frame.assign(**dates))


def event(name, start, end, stations):
    return {
        "event_id": name, "name_da": name, "name_en": name, "kind": "holiday", "start_date": start, "end_date": end,
        "station_ids": stations, "source": None,
    }  # fmt: skip


def told(*, campaigns=(CAMPAIGN,), events=(), known=None, holidays=None):
    return list_notices(
        counts(days=5),
        rows(tables.CAMPAIGNS, *campaigns),
        rows(tables.EVENTS, *events),
        known or layers(),
        timezone=ZONE,
        holidays=holidays or {},
    )


def test_nothing_in_nothing_told():
    assert told().empty
    assert list_notices(
        tables.COUNTS.empty(), rows(tables.CAMPAIGNS), rows(tables.EVENTS), layers(), timezone=ZONE, holidays={}
    ).empty


def test_counted_days_of_a_campaign_on_a_holiday_are_told_by_its_name():
    found = told(holidays={pd.Timestamp("2025-09-03").date(): ("Fridag", "Day off")})
    assert found[["station_id", "notice", "name_da", "name_en"]].to_numpy().tolist() == [
        ["S1", "public_holiday", "Fridag", "Day off"]
    ]
    outside = told(campaigns=[], holidays={pd.Timestamp("2025-09-03").date(): ("Fridag", "Day off")})
    assert outside.empty


def test_an_event_is_told_of_its_sites_for_the_days_it_shares():
    found = told(events=[event("uge 36", "2025-09-04", None, "S1, S2"), event("fjern", "2025-09-01", None, "S2")])
    assert found["name_da"].tolist() == ["uge 36"]
    assert found[["start_date", "end_date"]].astype(str).to_numpy().tolist() == [["2025-09-04", "2025-09-05"]]


def test_another_device_is_told_unless_each_has_its_factor():
    second = DEVICE | {"serial": "Y", "technology": "radar", "start_date": "2025-09-03", "end_date": None}
    found = told(known=layers(devices=[DEVICE, second]))
    assert found[["notice", "name_da"]].to_numpy().tolist() == [["device_changed", "X → Y"]]
    factors = [CORRECTION | {"start_date": "2025-09-01"}]
    assert told(known=layers(devices=[DEVICE, second], corrections=factors)).empty
    alike = second | {"technology": "pyro"}
    assert told(known=layers(devices=[DEVICE, alike])).empty


def test_devices_of_two_modes_are_told_apart():
    walkers = DEVICE | {"serial": "W", "mode": "walk", "end_date": None}
    second = DEVICE | {"serial": "Y", "technology": "radar", "start_date": "2025-09-03", "end_date": None}
    assert told(known=layers(devices=[walkers, second | {"mode": "cycle"}])).empty
    found = told(known=layers(devices=[walkers, second | {"mode": "walk"}]))
    assert found[["mode", "name_da"]].to_numpy().tolist() == [["walk", "W → Y"]]


def test_names_of_holidays_are_danish_and_english():
    names = public_holidays("DK", years=[2026])
    assert names[pd.Timestamp("2026-05-14").date()] == ("Kristi himmelfartsdag", "Ascension Day")


def test_clock_changes_are_the_two_days_of_other_length():
    days = clock_changes(pd.date_range("2026-01-01", "2026-12-31"), timezone=ZONE)
    assert sorted(day.strftime("%m-%d") for day in days) == ["03-29", "10-25"]
