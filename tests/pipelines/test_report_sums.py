"""Sums by pencil: hits of the forecast, trips not made, means of reach, few people of a group, parts."""

import pandas as pd
import pytest
from hypothesis import given, strategies

from movement import tables
from pipelines import report_sums
from tests.publish.world import rows

RUN = {"scenario_id": "before", "land_use": "today"}
BRIDGE = RUN | {"scenario_id": "bridge"}


def foreseen(
    station_id, mode="walk", *, after=100.0, forecast=100.0, before=None, pivoted=None, inside=None, is_fitted=True
):
    """Return a row of FORECAST; without `inside` it has no interval."""
    ends = {} if inside is None else {"forecast_low": 10.0, "forecast_high": 20.0, "is_inside": inside}
    return ends | {
        "campaign_id": "after", "station_id": station_id, "mode": mode, "basis": "exact", "land_use": "today",
        "counted_per_day": after,
        "forecast_per_day": forecast, "counted_before_per_day": before, "is_fitted": is_fitted,
        "pivoted_per_day": pivoted,
    }  # fmt: skip


def hits(*entries):
    return report_sums.forecast_hits(rows(tables.FORECAST, *entries)).set_index(["mode", "sites"])


NUMBERS = ["counts", "inside", "without_interval", "not_forecast"]


def test_a_count_without_an_interval_or_a_forecast_is_no_miss():
    found = hits(
        foreseen("a", inside=True),
        foreseen("b", inside=False, is_fitted=False),
        foreseen("a", "cycle", inside=True),
        foreseen("b", "cycle"),
        foreseen("a", "motor", forecast=None, is_fitted=False),
    )
    assert found.loc[("all", "all"), NUMBERS].tolist() == [3, 2, 1, 1]
    assert found.loc[("all", "all"), "hit_rate"] == pytest.approx(2 / 3)
    assert found.loc[("walk", "all"), "hit_rate"] == 0.5
    assert found.loc[("walk", "fitted"), "hit_rate"] == 1.0 and found.loc[("walk", "other"), "hit_rate"] == 0.0
    assert found.loc[("cycle", "all"), NUMBERS].tolist() == [1, 1, 1, 0]
    assert found.loc[("motor", "all"), NUMBERS].tolist() == [0, 0, 0, 1]
    assert pd.isna(found.loc[("motor", "all"), "hit_rate"]) and not found.loc[("motor", "all"), "is_no_better"]


def test_pivoted_forecasts_have_hits_of_their_own():
    ends = {"pivoted_low": 10.0, "pivoted_high": 20.0}
    found = hits(
        foreseen("a", inside=False) | ends | {"is_pivoted_inside": True},
        foreseen("b", inside=True) | ends,
        foreseen("new", inside=True),
    ).loc[("all", "all")]
    assert found[["counts", "inside", "pivoted_counts", "pivoted_inside"]].tolist() == [3, 2, 2, 1]
    assert found["pivoted_hit_rate"] == 0.5


def test_forecasts_are_set_against_nothing_changed_over_the_same_counts():
    found = hits(
        foreseen("a", after=100.0, forecast=140.0, before=90.0, pivoted=120.0),
        foreseen("b", after=300.0, forecast=280.0, before=320.0, pivoted=260.0),
        foreseen("new", after=500.0, forecast=100.0),  # no count before: in none
        foreseen("few", after=500.0, forecast=1.0, before=100.0),  # too few before to pivot on: in none
        foreseen("off", after=500.0, forecast=None, before=100.0),  # no forecast: in none
    ).loc[("walk", "all")]
    assert found["compared"] == 2
    assert (found["pivoted_wape"], found["pivoted_bias"]) == (0.15, -0.05)  # 20 and 40 of 400; +20 and -40
    assert (found["forecast_wape"], found["forecast_bias"]) == (0.15, 0.05)  # 40 and 20 of 400; +40 and -20
    assert (found["unchanged_wape"], found["unchanged_bias"]) == (0.075, 0.025)
    assert found["is_no_better"]


@pytest.mark.parametrize(("pivoted", "is_no_better"), [(109.0, False), (110.0, True), (111.0, True)])
def test_no_better_begins_where_pivoted_and_before_depart_alike(pivoted, is_no_better):
    found = hits(foreseen("a", forecast=100.0, before=90.0, pivoted=pivoted))
    assert (found["is_no_better"] == is_no_better).all()


def test_no_forecast_no_hits():
    assert report_sums.forecast_hits(tables.FORECAST.empty()).empty


def test_whose_trips_are_not_made_is_told_of_no_few():
    row = RUN | {"mode": "all", "trips_no_way": 1.0, "trips_too_far": 2.0}
    found = report_sums.unmet_groups(
        rows(
            tables.UNMET,
            row | {"group": "senior", "trips_unmet": 4.9},
            row | {"group": "child_over_10", "trips_unmet": 6.0},  # with the seniors: 10.9 is all one can work out
            row | {"group": "walk_limited", "trips_unmet": 7.0},
            row | {"group": "", "trips_unmet": 3.0},  # through trips are no residents'
            row | {"group": "adult", "trips_unmet": 99.0, "mode": "walk"},
        )
    ).set_index("group")
    assert found.index[found["is_suppressed"]].tolist() == ["child_over_10", "senior"]
    assert found.loc["senior", ["trips_unmet", "trips_no_way", "trips_too_far"]].isna().all()
    assert found.loc["walk_limited", ["trips_unmet", "trips_no_way", "trips_too_far"]].tolist() == [7.0, 1.0, 2.0]


def test_reach_is_averaged_over_residents():
    row = RUN | {"traveller": "walk", "within": "metres", "limit": 300, "purposes_reached": 1}
    means = report_sums.reach_means(
        rows(
            tables.REACH,
            row | {"zone_id": "a", "residents": 300.0, "people_reached": 100.0, "attractions_reached": 4},
            row | {"zone_id": "b", "residents": 100.0, "people_reached": 500.0, "attractions_reached": 0},
        )
    ).squeeze()
    assert (means["residents"], means["people_reached"], means["attractions_reached"]) == (400, 200, 3)
    assert means["share_reaching"] == 0.75  # only zone a has a destination in reach


def test_nobody_lives_there_nothing_is_averaged():
    row = {"traveller": "walk", "within": "metres", "residents": 0.0}
    assert report_sums.reach_means(rows(tables.REACH, RUN | row))["people_reached"].isna().all()


def crossing(**values):
    return BRIDGE | {"screenline_id": "snit", "link_id": "a", "mode": "walk"} | values


def kinds(*entries):
    ends = {"trips_per_day_low": 1.0, "trips_per_day_high": 9.0}
    return rows(tables.CROSSING_KINDS, *[crossing(**(ends | entry)) for entry in entries])


@pytest.mark.parametrize(("trips", "is_suppressed"), [(4.9, True), (5.0, False)])
def test_a_group_under_five_is_suppressed_with_its_interval_and_five_is_not(trips, is_suppressed):
    group = {"family": "group", "mode": "all"}
    found = report_sums.crossing_groups(
        kinds(
            group | {"kind": "adult", "trips_per_day": trips},
            group | {"kind": "senior", "trips_per_day": 0.0},
            group | {"kind": "child_over_10", "trips_per_day": 0.6},
            group | {"kind": "walk_limited", "trips_per_day": 4.5},  # the fewest come to 5.1
            {"family": "purpose", "kind": "through", "mode": "all", "trips_per_day": 900.0},
        )
    ).set_index("group")
    assert set(found.index) == {"adult", "senior", "child_over_10", "walk_limited"}
    assert bool(found.loc["adult", "is_suppressed"]) == is_suppressed and found.loc["senior", "is_suppressed"]
    figures = found.loc["adult", ["trips_per_day", "trips_per_day_low", "trips_per_day_high"]]
    assert figures.isna().all() if is_suppressed else figures.tolist() == [5.0, 1.0, 9.0]


@pytest.mark.parametrize(
    ("trips", "hidden"),
    [
        ((4.8, 60.0, 300.0), (4.8, 60.0)),  # 4.8 alone would be the sum less the others
        ((300.0, 2.0, 6.0, 1.0), (1.0, 2.0, 6.0)),  # 1 and 2 would be 3 together
        ((4.0, 4.0, 300.0), (4.0, 4.0)),
        ((5.0, 6.0), ()),
        ((0.0, 7.0, 8.0), (0.0, 7.0)),  # that it is nobody is not told either
        ((0.0, 3.0), (0.0, 3.0)),
    ],
)
def test_what_is_shown_taken_off_the_sum_leaves_no_few(trips, hidden):
    groups = list(tables.Group)[: len(trips)]
    over = [{"family": "group", "mode": "all", "kind": kind, "trips_per_day": n}
            for kind, n in zip(groups, trips, strict=True)]  # fmt: skip
    other = [one | {"link_id": "b", "trips_per_day": 50.0} for one in over]  # another link hides nothing for this one
    found = report_sums.crossing_groups(kinds(*over, *other)).set_index(["link_id", "group"])
    assert not found.loc["b", "is_suppressed"].any()
    is_hidden = found.loc["a", "is_suppressed"]
    assert sorted(n for kind, n in zip(groups, trips, strict=True) if is_hidden[kind]) == sorted(hidden)
    left = sum(trips) - found.loc["a", "trips_per_day"].sum()
    assert not hidden or left >= 5 or len(hidden) == len(trips)


@given(trips=strategies.lists(strategies.floats(0, 40), min_size=1, max_size=8))
def test_no_few_come_back_by_subtraction(trips):
    rows_ = pd.DataFrame({"link_id": "a", "n": trips})
    hidden = report_sums.hidden_in_sums(rows_, ["link_id"], "n", least=5)
    assert hidden[rows_["n"] < 5].all()
    if hidden.any() and not hidden.all():
        assert hidden.sum() >= 2 and rows_.loc[hidden, "n"].sum() >= 5 - 1e-9


def test_purposes_and_bands_keep_their_intervals_and_are_not_suppressed():
    found = kinds(
        {"family": "purpose", "kind": "work", "trips_per_day": 3.0},
        {"family": "band", "kind": "weekend", "trips_per_day": 7.0},
    )
    purpose = report_sums.crossing_purposes(found).squeeze()
    assert purpose[["purpose", "trips_per_day", "trips_per_day_low", "trips_per_day_high"]].tolist() == [
        "work",
        3,
        1,
        9,
    ]
    band = report_sums.crossing_bands(found).squeeze()
    assert band[["band", "flow_per_day", "flow_per_day_low", "flow_per_day_high"]].tolist() == ["weekend", 7, 1, 9]


def flows_over(*entries):
    return rows(tables.CROSSING_FLOWS, *[crossing(name="Bro", **entry) for entry in entries])


def test_a_crossings_total_has_the_interval_of_the_sum():
    both = flows_over({"flow_per_day": 10.0}, {"mode": "cycle", "flow_per_day": 20.0})
    drawn = pd.DataFrame(
        [BRIDGE | {"link_id": "a", "mode": mode, "draw": n, "flow_per_day": 10.0 * size + step}
         for mode, size in (("walk", 1), ("cycle", 2)) for n, step in enumerate((-1.0, 1.0))]
    )  # fmt: skip
    total = report_sums.crossing_totals(both, drawn).squeeze()
    assert total["flow_per_day"] == 30.0
    assert (total["flow_low"], total["flow_high"]) == (28.0, 32.0)  # draw by draw, both modes together
    none = report_sums.crossing_totals(both, drawn.iloc[:0]).squeeze()
    assert (none["flow_per_day"], pd.isna(none["flow_low"])) == (30.0, True)


def test_parts_stand_beside_the_change_on_the_same_land_use():
    change = BRIDGE | {"mode": "all", "link_id": "a", "flow_change": 12.0}
    changes = pd.DataFrame(
        [change | {"reference": reference, "change_low": 9.0, "change_high": 15.0}
         for reference in ("before", "zero_alternative")]
    )  # fmt: skip
    part = {"link_id": "a", "redirected": 2.0, "new": 1.5, "lost": 0.5}
    parts = rows(
        tables.FLOW_PARTS,
        BRIDGE | part | {"mode": "walk", "rerouted": 5.0},
        BRIDGE | part | {"mode": "cycle", "rerouted": 1.0},
    )
    drawn = rows(
        tables.DRAWN_PARTS,
        *[BRIDGE | part | {"mode": mode, "draw": n, "rerouted": size}
          for mode in ("walk", "cycle") for n, size in enumerate((0.5, 5.0))],
    )  # fmt: skip
    found = report_sums.crossing_parts(parts, drawn, changes, flows_over({"flow_per_day": 10.0})).squeeze()
    assert (found["flow_change"], found["change_low"], found["change_high"]) == (12.0, 9.0, 15.0)
    assert found[["rerouted", "redirected", "new", "lost"]].tolist() == [6.0, 4.0, 3.0, 1.0]  # less lost, the change
    assert found[["rerouted_low", "rerouted_high", "lost_low", "lost_high"]].tolist() == [1.0, 10.0, 1.0, 1.0]


def test_a_link_that_meets_two_screenlines_stands_under_both_and_one_that_does_not_change_has_certain_zeros():
    changes = pd.DataFrame(
        [BRIDGE | {"mode": "all", "link_id": "a", "reference": "before", "flow_change": 0.0, "change_low": 0.0,
                   "change_high": 0.0}]
    )  # fmt: skip
    over = flows_over({"flow_per_day": 10.0}, {"flow_per_day": 10.0, "screenline_id": "kordon"})
    none = tables.FLOW_PARTS.empty(), tables.DRAWN_PARTS.empty()
    found = report_sums.crossing_parts(*none, changes, over)
    assert found["screenline_id"].tolist() == ["kordon", "snit"]
    assert (found[["rerouted", "new_low", "lost_high"]] == 0).all(axis=None)


def test_nothing_modelled_is_nothing_summed():
    empty = {table.name: table.empty() for table in (tables.CROSSING_FLOWS, tables.CROSSING_KINDS, tables.DRAWN_FLOWS)}
    assert report_sums.crossing_totals(empty["crossing_flows"], empty["drawn_flows"]).empty
    assert report_sums.crossing_groups(empty["crossing_kinds"]).empty
    assert report_sums.crossing_purposes(empty["crossing_kinds"]).empty
    assert report_sums.reach_means(tables.REACH.empty()).empty
