import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from movement import tables
from movement.comparison.interviews import Estimated, asked_results, clustered, share_interval
from movement.comparison.together import asked_in_family
from movement.publish.language import catalogue
from tests.comparison.observed_world import AFTER, BEFORE, ENDS, campaigns, daily, screenlines, sites

PLACES = sites(("S1", "old_crossing"), ("S2", "old_crossing"), ("T2", "treated"))
WORDS = {"lives_here": ["Ja", "west"], "timezone": "Europe/Copenhagen"}


def asked(*rows):
    """Rows (station, date, how many, {answer: value})."""
    made = []
    for station, date, number, answers in rows:
        made += [{"station_id": station, "date": date, "lives_side": None, "purpose": None} | answers] * number
    columns = list(tables.INTERVIEWS.columns)
    frame = pd.DataFrame(made, columns=columns).assign(source_file="x", source_row=range(1, len(made) + 1))
    return tables.INTERVIEWS.check(frame)


def staying(*rows):
    """Rows (station, moment in UTC, people)."""
    frame = pd.DataFrame(rows, columns=["station_id", "t_utc", "people"])
    frame = frame.assign(survey_id="1", kind="total", category="total", source_file="x", source_row=1)
    return tables.STAYING.check(frame)


def results(interviews=None, stay=None, counts=None, **options):
    found = asked_results(
        asked() if interviews is None else interviews,
        tables.STAYING.empty() if stay is None else stay,
        tables.DAILY.empty() if counts is None else counts,
        PLACES, screenlines(), campaigns(), **(ENDS | WORDS | options),
    )  # fmt: skip
    return found.set_index(["outcome", "place", "phase"])


def days(start, *answers):
    return [("S1", start + pd.Timedelta(days=day), *one) for day, one in enumerate(answers)]


def test_a_mean_by_cluster_is_that_of_statsmodels():
    from statsmodels.api import OLS

    random = np.random.Generator(np.random.PCG64(5))
    clusters = pd.Series(np.repeat(list("abcdef"), [3, 5, 8, 2, 6, 4]))
    values = pd.Series(random.normal(5, 1, 28)) + clusters.map(dict(zip("abcdef", random.normal(0, 1, 6), strict=True)))
    found = clustered(values, clusters)
    fit = OLS(values, np.ones(28)).fit(cov_type="cluster", cov_kwds={"groups": clusters.astype("category").cat.codes})
    assert found.estimate == pytest.approx(fit.params.iloc[0])
    assert found.variance == pytest.approx(fit.bse.iloc[0] ** 2)


def test_people_who_all_answer_alone_have_the_interval_of_clopper_and_pearson():
    values = pd.Series([1.0] * 30 + [0.0] * 70)
    found = clustered(values, pd.Series(range(100)))
    assert found.variance == pytest.approx(0.3 * 0.7 / 99)
    assert share_interval(found) == pytest.approx(proportion_confint(30, 100, method="beta"), abs=0.002)


def test_few_clusters_that_differ_widen_it_and_all_alike_keep_it_within_0_and_1():
    far = Estimated(people=100, total=50, clusters=4, estimate=0.5, variance=0.01)
    low, high = share_interval(far)
    n = 25 * (stats.t.ppf(0.975, 99) / stats.t.ppf(0.975, 3)) ** 2
    assert (low, high) == pytest.approx(proportion_confint(n / 2, n, method="beta"))
    none = Estimated(people=40, total=0, clusters=10, estimate=0.0, variance=0.0)
    assert share_interval(none)[0] == 0
    assert 0 < share_interval(none)[1] < 0.2


def test_share_of_non_residents_before_and_after_and_its_change():
    here, away = {"lives_side": "ja"}, {"lives_side": "Herlev"}
    interviews = asked(
        *days(BEFORE, (8, here), (9, here)), *days(BEFORE, (12, away), (11, away)),
        *days(AFTER, (5, here), (5, here), (6, here)), *days(AFTER, (15, away), (15, away), (14, away)),
        ("S1", BEFORE - pd.Timedelta(days=90), 50, away), ("T2", AFTER, 50, away), ("S1", AFTER, 7, {}),
    )  # fmt: skip
    found = results(interviews)
    before, after, change = (found.loc[("non_residents", "snit", phase)] for phase in ("before", "after", "change"))
    assert (before["people"], before["clusters"], before["estimate"]) == (40, 2, 57.5)
    assert (after["people"], after["clusters"], after["estimate"]) == (60, 3, pytest.approx(73.33, abs=0.01))
    assert before["low"] < 57.5 < before["high"] and before["low"] >= 0 and before["high"] <= 100
    assert change["estimate"] == pytest.approx(after["estimate"] - before["estimate"], abs=0.01)
    variances = 2 * (2 * 0.5**2) / 40**2, 3 / 2 * (2 * (1 / 3) ** 2 + (2 / 3) ** 2) / 60**2
    half = 100 * stats.t.ppf(0.975, 3) * np.sqrt(sum(variances))
    assert change["high"] == pytest.approx(change["estimate"] + half, abs=0.02)
    assert (change["degrees_of_freedom"], change["conclusion"]) == (3, "rise_shown")
    by_hand = 2 * stats.t.sf(change["estimate"] / 100 / np.sqrt(sum(variances)), 3)
    assert change["p_value"] == pytest.approx(by_hand, abs=5e-5)


def test_people_asked_stand_for_those_who_pass_their_site():
    away, here = {"lives_side": "east"}, {"lives_side": "west"}
    both = [("S1", 20, away), ("S1", 5, here), ("S2", 5, away), ("S2", 20, here)]
    interviews = asked(*[(site, AFTER + pd.Timedelta(days=day), n, who) for site, n, who in both for day in (0, 1)])
    counted = daily(("S1", "walk", 100, 900), ("S2", "walk", 100, 100))
    row = results(interviews, counts=counted).loc[("non_residents", "snit", "after")]
    assert row["estimate"] == pytest.approx(100 * (0.9 * 0.8 + 0.1 * 0.2))
    assert results(interviews).loc[("non_residents", "snit", "after"), "estimate"] == 50
    assert row["sites"] == "S1, S2"


def test_a_result_names_the_sites_where_those_who_answered_were_asked():
    says = {"lives_side": "east"}
    two_days = [("S1", BEFORE + pd.Timedelta(days=day), 9, says) for day in (0, 1)]
    found = results(asked(*two_days, ("S1", AFTER, 9, says), ("S2", AFTER, 9, says))).loc[("non_residents", "snit")]
    assert found["sites"].to_dict() == {"before": "S1", "after": "S1, S2", "change": "S1, S2"}


@pytest.mark.parametrize(
    ("number", "of_a_kind", "is_shown"), [(4, 0, False), (20, 4, False), (20, 16, False), (20, 5, True), (20, 0, True)]
)
def test_fewer_than_five_of_a_kind_are_not_shown(number, of_a_kind, is_shown):
    made, kept = {"without_link": "not_made"}, {"without_link": "other_route"}
    rows = [("S1", AFTER, of_a_kind, made), ("S2", AFTER, number - of_a_kind, kept)]
    row = results(asked(*rows)).loc[("trips_not_made", "snit", "after")]
    if is_shown:
        assert row["estimate"] == pytest.approx(100 * of_a_kind / number)
    else:
        assert (row["reason"], row["conclusion"]) == ("few_people", "cannot_be_judged")
        assert row[["people", "estimate", "low", "high"]].isna().all()


def test_a_change_is_not_shown_where_one_side_is_too_few():
    answers = {"tryghed": 7}
    found = results(asked(("S1", BEFORE, 3, answers), ("S1", AFTER, 30, answers))).loc["tryghed"]
    assert found.loc[("snit", "change"), "reason"] == "few_people"
    assert found.loc[("snit", "after"), "estimate"] == 7


def test_tryghed_before_and_after():
    rows = [*days(BEFORE, *[(10, {"tryghed": score}) for score in (4, 5, 6, 5)]),
            *days(AFTER, *[(10, {"tryghed": score}) for score in (7, 8, 7, 8)])]  # fmt: skip
    found = results(asked(*rows)).loc["tryghed"]
    change = found.loc[("snit", "change")]
    half = stats.t.ppf(0.975, 6) * np.sqrt(2 / 3 / 4 + 1 / 3 / 4)
    assert (change["estimate"], change["conclusion"]) == (2.5, "rise_shown")
    assert change["low"] == pytest.approx(2.5 - half, abs=0.01)
    assert found.loc[("snit", "before"), "low"] == pytest.approx(
        5 - stats.t.ppf(0.975, 3) * np.sqrt(2 / 3 / 4), abs=0.01
    )


def test_people_staying_by_date_of_local_time():
    start, end = (day.tz_localize("UTC") for day in (BEFORE, AFTER))
    hour = pd.Timedelta(hours=1)
    rows = [("T2", start + 12 * hour, 4), ("T2", start + 22.5 * hour, 8), ("T2", start + 40 * hour, 6),
            ("T2", end + 12 * hour, 12), ("T2", end + 36 * hour, 16), ("T2", end + 60 * hour, None)]  # fmt: skip
    found = results(stay=staying(*rows)).loc["staying"]
    before, after = found.loc[("T2", "before")], found.loc[("T2", "after")]
    assert (before["people"], before["clusters"], before["estimate"]) == (3, 2, 6)
    assert (after["people"], after["clusters"], after["estimate"]) == (2, 2, 14)
    assert found.loc[("T2", "change"), "conclusion"] == "not_shown"


def test_one_date_at_one_site_has_no_interval():
    found = results(asked(("S1", AFTER, 30, {"tryghed": 7}))).loc[("tryghed", "snit", "after")]
    assert (found["estimate"], found["reason"]) == (7, "one_cluster")
    assert pd.isna(found["low"])


MADE, KEPT = {"without_link": "not_made"}, {"without_link": "other_route"}


@pytest.mark.parametrize(("made", "kept"), [((11, 13), (9, 7)), ((3, 2), (97, 98)), ((20, 20), (0, 0))])
def test_trips_that_would_not_have_been_made_asked_after_only_are_a_stated_share_and_no_rise(made, kept):
    """24, 5 and 40 who say so of 40, 200 and 40: an interval above zero, and no change, however many."""
    answers = [*zip(made, [MADE] * 2, strict=True)], [*zip(kept, [KEPT] * 2, strict=True)]
    found = results(asked(*[row for side in answers for row in days(AFTER, *side)]))
    assert found.index.tolist() == [("trips_not_made", "snit", "after")]
    row = found.iloc[0]
    assert row["estimate"] == pytest.approx(100 * sum(made) / sum(made + kept))
    assert 0 < row["low"] < row["estimate"] <= row["high"]
    assert (row["conclusion"], row["clusters"]) == ("stated_share", 2)
    assert pd.isna(row["p_value"])
    assert asked_in_family(found.assign(family="secondary").reset_index()).empty


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("S1", AFTER, 30, MADE), ("S1", AFTER, 20, KEPT)], "one_cluster"),
        ([*days(AFTER, (2, MADE), (2, MADE)), *days(AFTER, (9, KEPT), (9, KEPT))], "few_people"),
    ],
)
def test_of_one_day_or_few_people_no_share_is_stated(rows, reason):
    row = results(asked(*rows)).loc[("trips_not_made", "snit", "after")]
    assert (row["conclusion"], row["reason"]) == ("cannot_be_judged", reason)


def test_asked_before_too_a_share_has_a_change_to_judge():
    rows = [
        *days(BEFORE, (20, KEPT), (20, KEPT)),
        *days(AFTER, (11, MADE), (13, MADE)),
        *days(AFTER, (9, KEPT), (7, KEPT)),
    ]
    found = results(asked(*rows)).loc[("trips_not_made", "snit")]
    assert (found.loc["change", "estimate"], found.loc["change", "conclusion"]) == (60, "rise_shown")
    assert found.loc["after", ["conclusion", "reason"]].isna().all()


def test_other_answers_after_only_have_no_change():
    assert results(asked(*days(AFTER, (20, {"tryghed": 7}), (20, {"tryghed": 8})))).index.tolist() == [
        ("tryghed", "snit", "after")
    ]


def test_each_outcome_says_what_it_is_by_the_plan():
    interviews = asked(("S1", AFTER, 30, {"tryghed": 7, "without_link": "not_made"}))
    assert set(results(interviews)["family"]) == {"exploratory"}
    found = results(interviews, standing_of={"trips_not_made": "primary", "tryghed": "secondary"}.get)
    assert found["family"].groupby("outcome").first().to_dict() == {"trips_not_made": "primary", "tryghed": "secondary"}


def test_nobody_asked_gives_no_rows():
    assert results().empty


def test_its_words_are_there():
    for language in ("da", "en"):
        keys = catalogue(language).keys()
        assert [key for key in ("few_people", "one_cluster") if f"reason.{key}" not in keys] == []
