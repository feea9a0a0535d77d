import numpy as np
import pandas as pd
import pytest

from movement import tables
from movement.comparison.effects import observed_effects
from movement.comparison.phases import phase_effects
from movement.publish.language import catalogue
from tests.comparison.observed_world import BEFORE, ENDS, campaigns, daily, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
PLACES = sites(
    ("S1", "old_crossing"), ("T1", "treated"), ("T2", "treated"),
    ("L1", "new_link", {"valid_from": pd.Timestamp("2026-05-01"), "modes": "walk"}), *CONTROLS,
)  # fmt: skip
SERIES = [
    ("S1", "walk", 100, 130), ("T1", "walk", 100, 120), ("T2", "walk", 200, 260), ("L1", "walk", None, 40),
    ("K1", "walk", 100, 90), ("K2", "walk", 100, 100), ("K3", "walk", 100, 110),
]  # fmt: skip
NOTHING = tables.EVENTS.empty()
TENTH = 100 * (1.1 / (0.95 * 1.05) ** (1 / 3) - 1)  # a tenth more, against controls of -5, 0 and +5 %
LINK = ("link", "2026-05-01", None, None)


def interventions(*rows):
    """Rows (id, start, end, sites)."""
    columns = ["intervention_id", "start_date", "end_date", "station_ids"]
    frame = pd.DataFrame(rows, columns=columns).assign(name_da="", name_en="", scenario_id=None, source="")
    return tables.INTERVENTIONS.conform(frame.assign(is_temporary=frame["end_date"].notna()))


def estimate(done=None, *, counts=None, when=None, events=NOTHING, places=PLACES, **options):
    done = tables.INTERVENTIONS.empty() if done is None else done
    asked = (daily(*SERIES) if counts is None else counts, places, screenlines(), campaigns() if when is None else when)
    found = phase_effects(*asked, done, events, **({"before_campaign": "before", "fewest_controls": 3} | options))
    return found.set_index(["intervention_id", "phase", "number", "outcome"])


def during(counts, when, start="2026-02-02", factor=1.1, phase="construction"):
    """Return counts and campaigns with one more campaign: the treated sites times a factor, K1 and K3 by -+5 %."""
    own = counts[counts["date"] < "2025-10-01"]
    times = np.where(own["station_id"].str.startswith("T"), factor, 1.0)
    times *= own["station_id"].map({"K1": 0.95, "K3": 1.05}).fillna(1.0)
    more = own.assign(
        date=own["date"] + (pd.Timestamp(start) - BEFORE), campaign_id="middle", count=own["count"] * times
    )
    row = when.iloc[[0]].assign(campaign_id="middle", phase=phase, start_date=pd.Timestamp(start))
    row = row.assign(end_date=pd.Timestamp(start) + pd.Timedelta(days=13))
    return tables.DAILY.check(pd.concat([counts, more], ignore_index=True)), pd.concat([when, row], ignore_index=True)


def test_the_first_follow_up_is_what_effects_says():
    found = estimate()
    shown = observed_effects(daily(*SERIES), PLACES, screenlines(), campaigns(), **ENDS, fewest_controls=3)
    shown = shown[(shown["mode"] == "all") & (shown["period"] == "all_day") & (shown["estimator"] != "naive")]
    for row in shown.itertuples():
        own = found.loc[("", "after", 1, row.outcome)]
        assert (own["effect_pct"], own["effect_high"], own["dates"]) == (row.effect_pct, row.effect_high, row.dates)
    assert len(found) == 2


def test_each_phase_is_judged_by_its_own_checks():
    far = [("T1", "walk", 100, 250), ("T2", "walk", 100, 250), *SERIES[4:]]
    counts, when = during(daily(*far), campaigns(), factor=1.6)
    when = when.assign(residents_present=when["campaign_id"].map({"before": 1900, "middle": 2400, "after": 1900}))
    link = interventions(LINK)
    found = estimate(link, counts=counts, when=when).xs("treated_sites", level="outcome")
    middle, after = found.loc[("", "construction", 1)], found.loc[("", "after", 1)]
    assert (middle["conclusion"], middle["attribution"]) == ("rise_shown", "not_attributable")
    assert {"residents_present", "same_season", "link_opened"} <= set(middle["attribution_reason"].split(", "))
    assert (after["conclusion"], after["attribution"]) == ("rise_shown", "attributable")
    starts = [("loop", "2025-01-01", "2025-12-31"), ("radar", "2026-01-01", None)]
    rows = [("T1", kind, kind, None, None, *map(pd.Timestamp, ends), "") for kind, *ends in starts]
    devices = tables.DEVICES.check(pd.DataFrame(rows, columns=list(tables.DEVICES.columns)))
    void = estimate(link, counts=counts, when=when, devices=devices).loc[("", "after", 1, "treated_sites")]
    assert (void["conclusion"], void["reason"]) == ("cannot_be_judged", "device_change") and pd.isna(void["effect_pct"])


def test_construction_and_follow_ups_are_numbered_apart():
    counts, when = during(daily(*SERIES), campaigns())
    found = estimate(counts=counts, when=when)
    assert {key[1:3] for key in found.index if key[3] == "treated_sites"} == {("after", 1), ("construction", 1)}
    building = found.loc[("", "construction", 1, "treated_sites")]
    assert building["effect_pct"] == pytest.approx(TENTH, abs=0.01)
    assert building["before_reason"] == "same_season"


def test_a_temporary_trial_is_seen_while_it_lasts_and_after():
    counts, when = during(daily(*SERIES), campaigns())
    found = estimate(interventions(("trial", "2026-01-01", "2026-03-31", "T2,L1")), counts=counts, when=when).loc[
        "trial"
    ]
    lasting, over = found.loc[("during", 1, "touched_sites")], found.loc[("after", 1, "touched_sites")]
    assert (lasting["sites"], lasting["treated"], lasting["after_campaigns"]) == ("T2", 1, "middle")
    assert lasting["effect_pct"] == pytest.approx(TENTH, abs=0.01)
    assert over["effect_pct"] == pytest.approx(100 * np.expm1(np.log(1.3) - np.log([0.9, 1.0, 1.1]).mean()), abs=0.01)
    assert over["degrees_of_freedom"] == 2


@pytest.mark.parametrize(
    ("row", "phase", "reason"),
    [
        (("light", "2025-10-01", "2026-03-31", "T1"), "during", "no_campaign_in_phase"),
        (("early", "2025-01-01", None, "T1"), "after", "no_campaign_before"),
        (("link", "2026-05-01", None, "L1"), "after", "no_before"),
        (("wrong", "2026-05-01", None, "T1,K1"), "after", "treated_and_control"),
    ],
)
def test_what_cannot_be_judged_says_why(row, phase, reason):
    found = estimate(interventions(row)).loc[(row[0], phase, 1, "touched_sites")]
    assert (found["conclusion"], found["reason"]) == ("cannot_be_judged", reason)
    assert pd.isna(found["effect_pct"])
    assert all({f"reason.{reason}", f"mend.{reason}"} <= set(catalogue(one).keys()) for one in ("da", "en"))


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([], None),
        ([("lamps", "2026-06-01", None, "T1")], "other_intervention"),
        ([("lamps", "2026-06-01", None, None)], "other_intervention"),
        ([("trial", "2026-06-01", "2026-10-01", "T1, T2")], "other_intervention"),
        ([("lamps", "2026-06-01", None, "T2")], None),
        ([("lamps", "2025-01-01", None, "T1")], None),
        ([("lamps", "2026-10-01", None, "T1")], None),
    ],
)
def test_another_intervention_at_the_same_sites_is_another_cause(others, reason):
    far = [("T1", "walk", 100, 250), *SERIES[4:]]
    found = estimate(interventions(("link", "2026-05-01", None, "T1"), *others), counts=daily(*far))
    row = found.loc[("link", "after", 1, "touched_sites")]
    said = "not_attributable" if reason else "attributable"
    assert (row["conclusion"], row["attribution"], row["attribution_reason"]) == ("rise_shown", said, reason)
    if others == [("lamps", "2026-06-01", None, "T1")]:
        assert found.loc[("lamps", "after", 1, "touched_sites"), "attribution_reason"] == "other_intervention"
        assert found.loc[("", "after", 1, "treated_sites"), "attribution"] == "attributable"  # all links together


def test_a_before_that_lies_in_construction_is_named_so():
    works = tables.EVENTS.conform(pd.DataFrame([{
        "event_id": "works", "name_da": "", "name_en": "", "kind": "roadworks", "start_date": "2025-08-01",
        "end_date": "2025-12-01", "station_ids": "S1", "source": "",
    }]))  # fmt: skip
    found = estimate(events=works)["before_reason"]
    assert found[("", "after", 1, "screenline_total")] == "before_in_construction"
    assert found[("", "after", 1, "treated_sites")] is None
    built = campaigns().assign(phase=["construction", "after"])
    assert set(estimate(when=built)["before_reason"]) == {"before_in_construction"}


def test_permanent_counters_stand_in_where_no_campaign_lies_in_a_phase():
    dates = pd.date_range("2025-01-01", "2026-12-31")
    parts = []
    for name, factor in (("T1", 1.2), ("K1", 0.9), ("K2", 1.0), ("K3", 1.1)):
        lasts = (dates >= "2026-02-01") & (dates <= "2026-03-31")
        parts.append(pd.DataFrame({"station_id": name, "date": dates, "count": np.where(lasts, 100 * factor, 100)}))
    frame = pd.concat(parts, ignore_index=True).assign(mode="walk", period="all_day", day_type="weekday")
    counts = tables.DAILY.check(frame.assign(campaign_id=None, valid_share=1.0, is_valid=True))
    places = sites(*[(name, role, {"is_permanent": True}) for name, role in (("T1", "treated"), *CONTROLS)])
    trial = interventions(("trial", "2026-02-01", "2026-03-31", "T1"))
    row = estimate(trial, counts=counts, places=places).loc[("trial", "during", 1, "touched_sites")]
    assert (row["before_campaigns"], row["after_campaigns"], row["dates"]) == ("2025-02-10", "2026-02-09", 14)
    assert row["effect_pct"] == pytest.approx(100 * np.expm1(np.log(1.2) - np.log([0.9, 1.0, 1.1]).mean()), abs=0.01)


def test_nothing_counted_gives_no_rows_and_unknown_campaigns_no_study():
    assert estimate(counts=tables.DAILY.empty()).empty
    assert estimate(before_campaign="never").empty
