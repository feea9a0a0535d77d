import numpy as np
import pandas as pd
import pytest
from scipy import stats

from movement import tables
from movement.comparison.substitution import substitution
from tests.comparison.observed_world import ENDS, campaigns, daily, drifting_counts, screenlines, sites

CONTROLS = [("K1", "control"), ("K2", "control"), ("K3", "control")]
OPENED = {"valid_from": pd.Timestamp("2026-05-01"), "modes": "walk"}
PLACES = sites(("S1", "old_crossing"), ("S2", "old_crossing"), ("S3", "new_link", OPENED), *CONTROLS)
GROWN = [(f"K{n}", "walk", 100, value) for n, value in ((1, 100), (2, 110), (3, 121))]  # mean growth 1.1


def split(counts, places=PLACES, **options):
    lines = options.pop("screenlines", screenlines())
    when = options.pop("when", campaigns())
    return substitution(counts, places, lines, when, **(ENDS | {"fewest_controls": 3} | options))


def test_seventy_of_a_hundred_on_the_link_came_from_the_old_crossings():
    counts = daily(("S1", "walk", 200, 160), ("S2", "walk", 100, 100), ("S3", "walk", None, 100), *GROWN)
    found = split(counts).set_index(["part", "mode"])
    logs = np.log([1.0, 1.1, 1.21])
    half = stats.t.ppf(0.975, 2) * logs.std(ddof=1) * np.sqrt(4 / 3)
    factor = np.exp(logs.mean())
    old = found.loc[("old_crossings", "walk")]
    assert (old["before_per_day"], old["after_per_day"]) == (300, 260)
    assert old["expected_per_day"] == pytest.approx(300 * factor, abs=0.5)
    assert found.loc[("rerouted_share", "walk"), "share_pct"] == pytest.approx(70, abs=0.5)
    assert old["change_low"] == pytest.approx(260 - 300 * factor * np.exp(half), abs=0.5)
    share = found.loc[("rerouted_share", "walk")]
    assert share["share_low"] < share["share_pct"] < share["share_high"]


def test_parts_add_up_to_the_screenline_and_the_link_has_the_interval_of_its_mean_day():
    counts = daily(("S1", "walk", 200, 160), ("S2", "walk", 100, 100), ("S3", "walk", None, [90, 110] * 7), *GROWN)
    found = split(counts).set_index(["part", "mode"])
    for name in ("before_per_day", "after_per_day", "expected_per_day", "change_per_day"):
        parts = found.loc[("old_crossings", "all"), name] + found.loc[("new_link", "all"), name]
        assert parts == pytest.approx(found.loc[("screenline", "all"), name], abs=0.15)
    half = stats.t.ppf(0.975, 13) * np.std([90, 110] * 7, ddof=1) / np.sqrt(14)
    ends = found.loc[("new_link", "all"), ["change_low", "change_high"]].tolist()
    assert ends == pytest.approx([100 - half, 100 + half], abs=0.05)


def test_each_mode_has_its_own_dates():
    gap = [50.0] * 12 + [np.nan] * 2
    wheels = [(site, "cycle", *sides) for site, _, *sides in GROWN]
    own = ("S1", "walk", 200, 160), ("S2", "walk", 100, 100), ("S3", "walk", None, 100)
    counts = daily(*own, ("S1", "cycle", 50, gap), ("S2", "cycle", 50, 50), *GROWN, *wheels)
    dates = split(counts).set_index(["part", "mode"])["dates"]
    assert dates["old_crossings"].to_dict() == {"all": 12, "cycle": 12, "walk": 14}


def test_without_enough_controls_nothing_is_expected():
    counts = daily(("S1", "walk", 200, 160), ("S3", "walk", None, 100), *GROWN[:1])
    found = split(counts).set_index(["part", "mode"])
    assert found.loc[("screenline", "all"), "after_per_day"] == 260
    assert found["expected_per_day"].isna().all()
    assert found["share_pct"].isna().all()


def test_new_link_is_rerouted_plus_net_to_the_rounding():
    random = np.random.Generator(np.random.PCG64(5))
    opened = {"modes": "walk", "valid_from": OPENED["valid_from"]}
    places = sites(("S1", "old_crossing"), ("S2", "old_crossing"), ("L1", "new_link", opened), *CONTROLS)
    for _ in range(3):
        drawn = drifting_counts(random, crossings=2, controls=3, rerouted=0.7)
        found = split(daily(*drawn), places).set_index(["part", "mode"]).xs("walk", level="mode")["change_per_day"]
        rerouted, net = -found["old_crossings"], found["screenline"]
        assert found["new_link"] == pytest.approx(rerouted + net, abs=0.15 + 1e-9)  # three figures of one decimal


@pytest.mark.parametrize(("after", "reason"), [(990, None), (850, "residents_changed")])
def test_a_share_that_residents_moving_away_may_explain_says_so(after, reason):
    counts = daily(("S1", "walk", 200, 160), ("S2", "walk", 100, 100), ("S3", "walk", None, 100), *GROWN)
    found = split(counts, when=campaigns(residents=(1000, after))).set_index(["part", "mode"])
    assert found.loc[("rerouted_share", "walk"), "reason"] == reason
    assert found.loc[("screenline", "walk"), "reason"] is None


def test_without_one_old_crossing_nothing_is_called_rerouted():
    counts = daily(("S1", "walk", 200, 160), ("S2", "walk", 100, None), ("S3", "walk", None, 100), *GROWN)
    found = split(counts)
    assert set(found["reason"]) == {"partial_screenline"}
    assert found[["expected_per_day", "share_pct"]].isna().all(axis=None)


def test_kordon_is_matched_by_itself():
    places = sites(("S1", "old_crossing"), ("O1", "cordon", {"screenline_ids": "ring"}), *CONTROLS)
    counts = daily(("S1", "walk", 200, None), ("O1", "walk", 50, 60), *GROWN)
    found = split(counts, places, screenlines=screenlines(("ring", "kordon", False)))
    assert set(found.loc[found["before_per_day"].notna(), "part"]) == {"kordon"}
    assert found.set_index("part").loc["old_crossings", "reason"] == "no_matched_dates"


@pytest.mark.parametrize(
    ("counts", "places", "options", "reason"),
    [
        (tables.DAILY.empty(), PLACES, {}, "no_matched_dates"),
        (daily(*GROWN), PLACES, {"when": campaigns().iloc[:1]}, "no_campaigns"),
        (daily(*GROWN), PLACES, {}, "no_matched_dates"),
        (daily(*GROWN), PLACES, {"screenlines": screenlines().iloc[:0]}, "no_screenline_sites"),
        (daily(*GROWN), sites(("S9", "old_crossing", {"screenline_ids": None})), {}, "no_screenline_sites"),
    ],
)
def test_where_there_is_an_old_crossing_the_question_is_never_left_out(counts, places, options, reason):
    found = split(counts, places, **options)
    assert found[["part", "mode", "reason"]].to_numpy().tolist() == [["old_crossings", "all", reason]]


def test_without_old_crossings_there_is_nothing_to_ask():
    assert split(daily(*GROWN), sites(*CONTROLS), screenlines=screenlines().iloc[:0]).empty
    assert split(tables.DAILY.empty(), sites(*CONTROLS)).empty


def test_who_goes_along_the_barrier_never_enters_the_screenline():
    counts = daily(("S1", "walk", 200, 160), ("S2", "walk", 100, 100), ("S3", "walk", None, 100), *GROWN)
    along = daily(("N1", "walk", 5000, 9000))
    both = pd.concat([counts, along], ignore_index=True)
    marked = pd.concat([PLACES, sites(("N1", "along_barrier", {"screenline_ids": "snit"}))], ignore_index=True)
    pd.testing.assert_frame_equal(split(both, marked), split(counts))
