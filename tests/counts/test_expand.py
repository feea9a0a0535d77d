import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.counts.expand import Estimate, average_volumes, day_factors, expand_by_reference, mean_day

CAMPAIGNS = pd.DataFrame(
    {
        "campaign_id": ["before", "after"],
        "phase": ["before", "after"],
        "start_date": pd.to_datetime(["2024-09-02", "2025-09-01"]),
        "end_date": pd.to_datetime(["2024-09-15", "2025-09-14"]),
    }
)


def site_days(station, counts, start, campaign=None, mode="walk"):
    dates = pd.date_range(start, periods=len(counts), freq="1D")
    frame = pd.DataFrame({"station_id": station, "mode": mode, "period": "all_day", "date": dates, "count": counts})
    kinds = np.where(dates.dayofweek >= 5, "weekend", "weekday")
    return frame.assign(day_type=kinds, campaign_id=campaign, valid_share=1.0, is_valid=True)


NOTHING_OPENED = tables.INTERVENTIONS.empty()


def sites(*permanent, role="control"):
    known = {"station_id": ["P1", "S1"], "is_permanent": ["P1" in permanent, "S1" in permanent]}
    return pd.DataFrame(known | {"role": [role, "treated"]})


def opened(day, *, is_temporary=False):
    row = {"intervention_id": "i", "name_da": "x", "name_en": "x", "is_temporary": is_temporary}
    frame = pd.DataFrame([row], columns=list(tables.INTERVENTIONS.columns)).assign(start_date=pd.Timestamp(day))
    return tables.INTERVENTIONS.check(frame.assign(is_temporary=is_temporary))


def test_mean_day_worked_by_hand():
    found = mean_day(pd.Series([90.0, 100.0, 110.0]))
    assert (found.volume_per_day, found.valid_days) == (100.0, 3)
    assert found.volume_se == pytest.approx(10 / np.sqrt(3))
    assert found.volume_high - 100 == pytest.approx(4.3027 * 10 / np.sqrt(3), rel=1e-4)
    assert np.isnan(mean_day(pd.Series([90.0])).volume_se)


def test_weekday_and_weekend_of_the_counted_week():
    daily = tables.DAILY.check(site_days("S1", [100.0] * 5 + [50.0] * 2, "2024-09-02", "before"))
    found = average_volumes(daily, CAMPAIGNS, sites(), NOTHING_OPENED).set_index("measure")
    assert found.loc["weekday", "volume_per_day"] == 100.0
    assert found.loc["weekend", "volume_per_day"] == 50.0
    assert found.loc["weekday", ["valid_days", "method", "phase"]].tolist() == [5, "counted_mean", "before"]
    assert found.loc["annual", "method"] == "published_factors"
    assert (
        found.loc["annual", "volume_low"] < found.loc["annual", "volume_per_day"] < found.loc["annual", "volume_high"]
    )


def test_same_dates_of_a_permanent_site_expand_a_short_count_exactly_where_it_moves_alike():
    year = 100 + 50 * np.sin(np.arange(400) / 58)
    permanent = site_days("P1", year, "2024-09-02")
    permanent["campaign_id"] = np.where(permanent["date"] <= "2024-09-15", "before", None)
    daily = tables.DAILY.check(pd.concat([permanent, site_days("S1", 3 * year[:14], "2024-09-02", "before")]))
    found = average_volumes(daily, CAMPAIGNS, sites("P1"), NOTHING_OPENED).set_index(["station_id", "measure"])
    row = found.loc[("S1", "annual")]
    assert row["method"] == "reference_factors"
    assert row["volume_per_day"] == pytest.approx(3 * year[:365].mean(), abs=0.05)
    own = found.loc[("P1", "annual")]
    assert (own["method"], own["valid_days"]) == ("counted_mean", 365)
    assert own["volume_per_day"] == pytest.approx(year[:365].mean(), abs=0.05)


def test_a_reference_that_covers_too_little_of_the_year_gives_no_factors():
    short = site_days("P1", [100.0] * 200, "2024-09-02")
    assert day_factors(short, start=pd.Timestamp("2024-09-02"), end=pd.Timestamp("2024-09-15")).shape[1] == 0
    assert expand_by_reference(pd.Series([1.0], index=[pd.Timestamp("2024-09-02")]), pd.DataFrame()) is None


def test_after_counts_leave_the_volumes_before_as_they_were():
    year = 100 + 50 * np.sin(np.arange(400) / 58)
    permanent = site_days("P1", year, "2024-09-02")
    before = site_days("S1", 3 * year[:14], "2024-09-02", "before")
    one, other = (
        average_volumes(
            tables.DAILY.check(pd.concat([permanent, before, site_days("S1", [n] * 14, "2025-09-01", "after")])),
            CAMPAIGNS,
            sites("P1"),
            NOTHING_OPENED,
        )
        for n in (10.0, 900.0)
    )
    pd.testing.assert_frame_equal(one[one["phase"] == "before"], other[other["phase"] == "before"])


def test_nothing_in_nothing_out():
    assert (
        len(average_volumes(tables.DAILY.empty(), tables.CAMPAIGNS.empty(), tables.SITES.empty(), NOTHING_OPENED)) == 0
    )


def test_permanent_counts_of_another_year_give_month_and_weekday_factors():
    dates = pd.date_range("2022-01-01", "2022-12-31")
    shape = np.where(dates.dayofweek >= 5, 50.0, 120.0) * (1 + 0.1 * dates.month)
    daily = tables.DAILY.check(
        pd.concat(
            [
                site_days("P1", shape, "2022-01-01"),
                site_days("S1", [300.0] * 5 + [125.0] * 2, "2024-09-02", "before"),
            ]
        )
    )
    row = average_volumes(daily, CAMPAIGNS, sites("P1"), NOTHING_OPENED).set_index("measure").loc["annual"]
    shape = np.asarray(shape)
    september = shape[dates.month == 9] / shape.mean()
    weekday, weekend = september.max(), september.min()
    assert row["method"] == "month_weekday_factors"
    assert row["volume_per_day"] == pytest.approx((5 * 300 + 2 * 125) / (5 * weekday + 2 * weekend), rel=1e-3)
    assert row["error_class"] == "b"  # seven days: 18 %


@pytest.mark.parametrize(("se", "says"), [(10.0, "a"), (10.1, "b"), (20.0, "b"), (20.1, "c"), (np.nan, None)])
def test_the_error_class_is_of_the_relative_standard_error(se, says):
    assert Estimate(1, 100.0, se, 0.0, 0.0, "counted_mean").error_class == says


@pytest.mark.parametrize(
    ("role", "interventions", "method"),
    [
        ("old_crossing", opened("2025-03-01"), "published_factors"),  # half a year before, half after: neither
        ("old_crossing", opened("2025-03-01", is_temporary=True), "reference_factors"),
        ("old_crossing", opened("2024-06-01"), "reference_factors"),  # long open when the counts begin
        ("control", opened("2025-03-01"), "reference_factors"),
    ],
)
def test_a_year_is_not_taken_across_an_opening_at_a_site_it_touches(role, interventions, method):
    permanent = site_days("P1", [100.0] * 180 + [40.0] * 200, "2024-09-02")
    daily = tables.DAILY.check(pd.concat([permanent, site_days("S1", [300.0] * 14, "2024-09-02", "before")]))
    found = average_volumes(daily, CAMPAIGNS, sites("P1", role=role), interventions).set_index("measure")
    assert found.loc["annual", "method"] == method
