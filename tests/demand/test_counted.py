import numpy as np
import pandas as pd

from movement.demand import counted


def volumes(rows):
    columns = ["station_id", "campaign_id", "measure", "volume_per_day", "volume_se"]
    return pd.DataFrame(rows, columns=columns).assign(mode="walk")


def test_the_mean_day_has_five_weekdays_and_two_weekend_days():
    rows = [
        ("S1", "before", "weekday", 700.0, 14.0),
        ("S1", "before", "weekend", 350.0, 21.0),
        ("S1", "before", "annual", 1.0, 1.0),
        ("S2", "before", "weekday", 9.0, 1.0),
    ]
    found = counted.mean_days(volumes(rows))
    assert found[["station_id", "mode", "counted_per_day"]].to_numpy().tolist() == [["S1", "walk", 600.0]]
    assert found["counted_se"].tolist() == [np.hypot(10.0, 6.0)]


def test_campaigns_are_averaged_and_their_errors_with_them():
    rows = [
        ("S1", name, measure, level, 7.0)
        for name, level in (("one", 100.0), ("two", 200.0))
        for measure in ("weekday", "weekend")
    ]
    found = counted.mean_days(volumes(rows)).iloc[0]
    one_campaign = np.hypot(5.0, 2.0)
    assert found["counted_per_day"] == 150.0
    assert np.isclose(found["counted_se"], one_campaign / np.sqrt(2))


def test_an_error_that_is_not_known_stays_unknown():
    rows = [("S1", "before", "weekday", 7.0, np.nan), ("S1", "before", "weekend", 7.0, 1.0)]
    found = counted.mean_days(volumes(rows)).iloc[0]
    assert found["counted_per_day"] == 7.0 and np.isnan(found["counted_se"])


def test_controls_new_links_and_sites_off_the_network_are_not_fitted():
    roles = pd.DataFrame(
        {"station_id": ["a", "b", "c", "d"], "role": ["old_crossing", "control", "new_link", "cordon"]}
    )
    snaps = pd.DataFrame(
        {"kind": "site", "land_use": "today", "item_id": ["a", "b", "c", "d"], "link_id": ["l1", "l2", "l3", None]}
    )
    assert counted.sites_to_fit(roles, snaps).to_dict() == {"a": "l1"}
