"""The weather before against after, on days of a tiny world: temperatures and wet days worked by hand."""

import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks
from movement.comparison.effects import observed_effects
from movement.publish.language import catalogue
from tests.comparison.observed_world import AFTER, BEFORE, ENDS, campaigns, daily, screenlines
from tests.comparison.test_checks import PLACES, SERIES, checked
from tests.comparison.test_phases import LINK, estimate, interventions

BOTH = ["weather_balance", "wet_days"]
NAN = float("nan")


def weather(before, after, *, wet=((), ())):
    """Return WEATHER of both phases' fourteen days: a temperature or one per day, and the days with 1 mm."""
    parts = []
    for start, celsius, days in zip((BEFORE, AFTER), (before, after), wet, strict=True):
        fallen = np.where(np.isin(np.arange(14), list(days)), 1.0, 0.9)
        dates = pd.date_range(start, periods=14)
        parts.append(pd.DataFrame({"date": dates, "temperature_c": celsius, "precipitation_mm": fallen}))
    return tables.WEATHER.check(pd.concat(parts, ignore_index=True).assign(source=None))


@pytest.mark.parametrize(
    ("known", "check", "status", "value"),
    [
        (weather(15.0, 10.0), "weather_balance", "passed", -5.0),
        (weather(15.0, 9.9), "weather_balance", "failed", -5.1),
        (weather(15.1, [13.1] * 7 + [27.3] * 7), "weather_balance", "failed", 5.1),
        (weather(0.0, 0.0, wet=(range(4), range(7))), "wet_days", "passed", 100 * 3 / 14),
        (weather(0.0, 0.0, wet=(range(4), range(8))), "wet_days", "failed", 100 * 4 / 14),
        (weather(0.0, 0.0, wet=(range(8), range(4))), "wet_days", "failed", -100 * 4 / 14),
    ],
)
def test_the_weather_is_held_against_its_limit_after_less_before(known, check, status, value):
    row = checked(weather=known).loc[check]
    assert (row["status"], row["value"]) == (status, pytest.approx(value, abs=1e-4))
    other = checked(weather=known).drop(check).loc[BOTH[check == BOTH[0]]]
    assert (other["status"], other["value"]) == ("passed", 0)


@pytest.mark.parametrize(
    ("lacking", "status"), [([], "passed"), ([3], "passed"), ([3, 4], "not_possible"), (range(14), "not_possible")]
)
@pytest.mark.parametrize("phase", ["before", "after"])
def test_more_than_a_tenth_of_the_days_lacking_on_one_side_is_too_many(phase, lacking, status):
    """One of fourteen days is 7 %, two are 14 %; lacking is a row that is not there, or a figure left empty."""
    known = weather(15.0, 15.0)
    gone = known["date"].isin([{"before": BEFORE, "after": AFTER}[phase] + pd.Timedelta(days=day) for day in lacking])
    for left, ends in (
        (known[~gone], {status}),
        (known.assign(temperature_c=known["temperature_c"].mask(gone)), {status, "passed"}),
    ):
        found = checked(weather=left).loc[BOTH]
        assert found["status"].iloc[0] == status
        assert set(found["status"]) == ends
        assert found["value"].isna().eq(found["status"] == "not_possible").all()


def test_no_weather_no_answer_but_the_limits():
    found = checked().loc[BOTH]
    assert found["status"].tolist() == ["not_possible"] * 2
    assert found["limit"].tolist() == [5, 25]


def test_the_check_says_where_the_weather_is_known_from():
    known = weather(15.0, 15.0)
    of_two = known.assign(source=["ASSUME made up"] * 14 + ["DMI 06180"] * 14)
    assert checked(weather=of_two).loc[BOTH, "detail"].tolist() == ["ASSUME made up, DMI 06180"] * 2
    elsewhere = known.assign(date=known["date"] + pd.Timedelta(days=100), source="elsewhere")
    both = pd.concat([of_two, elsewhere], ignore_index=True)
    assert checked(weather=both).loc[BOTH, "detail"].tolist() == ["ASSUME made up, DMI 06180"] * 2
    assert checked(weather=known).loc[BOTH, "detail"].isna().all()


def test_only_the_matched_dates_count():
    """S1 did not count on the first six days before: their heat and rain, and that of their pairs, are no matter."""
    series = [("S1", "walk", [NAN] * 6 + [100.0] * 8, 110), *SERIES[1:]]
    known = weather([40.0] * 6 + [10.0] * 8, 12.0, wet=(range(6), ()))
    assert checked(series, weather=known).loc[BOTH, "value"].tolist() == [2.0, 0.0]
    assert checked(weather=known).loc[BOTH, "status"].tolist() == ["failed"] * 2  # 22.9 degrees before; 6 of 14 wet


def test_every_campaign_of_a_phase_has_its_own_dates():
    """Two campaigns before, of 10 and 20 degrees: their mean is the before."""
    earlier = BEFORE - pd.Timedelta(days=364)
    when, counts, known = campaigns(), daily(*SERIES), weather(20.0, 15.5)
    first = {"campaign_id": "before0", "start_date": earlier, "end_date": earlier + pd.Timedelta(days=13)}
    when = pd.concat([when.iloc[[0]].assign(**first), when], ignore_index=True)
    old = counts[counts["campaign_id"] == "before"]
    old = old.assign(date=old["date"] - pd.Timedelta(days=364), campaign_id="before0")
    cold = known[known["date"] < AFTER].assign(temperature_c=10.0)
    cold["date"] -= pd.Timedelta(days=364)
    found = run_checks(
        pd.concat([old, counts], ignore_index=True), PLACES, screenlines(), when, tables.EVENTS.empty(),
        tables.EFFECTS.empty(), before_campaign=("before0", "before"), after_campaign="after", fewest_controls=3,
        target_change_pct=15, weather=pd.concat([cold, known], ignore_index=True),
    ).set_index("check_id")  # fmt: skip
    assert found.loc["weather_balance", "value"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("known", "said", "why"),
    [
        (None, "attributable", None),
        (weather(15.0, 14.0), "attributable", None),
        (weather(15.0, 9.0), "not_attributable", "weather_balance"),
        (weather(15.0, 9.0, wet=((), range(7))), "not_attributable", "weather_balance, wet_days"),
    ],
)
def test_a_rise_in_other_weather_is_shown_and_not_attributable(known, said, why):
    far = [("S1", mode, 100, 150) for mode in ("walk", "cycle")] + SERIES[2:]
    shown = observed_effects(daily(*far), PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    checks = checked(far, weather=known).reset_index()
    found = apply_checks(shown, checks[checks["check_id"].isin(BOTH)])
    primary = found[found["is_primary"] & (found["estimator"] == "control_spread")].iloc[0]
    assert (primary["conclusion"], primary["attribution"]) == ("rise_shown", said)
    assert primary["attribution_reason"] == why


def test_phases_are_judged_by_their_own_weather():
    far = [("T1", "walk", 100, 250), ("T2", "walk", 100, 250), *[(f"K{n}", "walk", 100, 90 + 5 * n) for n in (1, 2, 3)]]
    for known, why in ((None, None), (weather(15.0, 15.0), None), (weather(5.0, 15.0), "weather_balance")):
        row = estimate(interventions(LINK), counts=daily(*far), weather=known).loc[("", "after", 1, "treated_sites")]
        assert (row["conclusion"], row["attribution_reason"]) == ("rise_shown", why)


@pytest.mark.parametrize("language", ["da", "en"])
def test_no_text_says_that_the_study_has_no_weather(language):
    text = catalogue(language)
    for check in BOTH:
        assert "weather.csv" in text(f"check.{check}.text")
        assert text(f"check.{check}") == text(f"check.{check}.title")
