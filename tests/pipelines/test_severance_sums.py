"""Small numbers left out of what is shown of severance, meeting places and school routes; by hand."""

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from movement import tables
from pipelines import meetings, severance_sums
from tests.publish.world import rows

RUN = {"scenario_id": "bridge", "land_use": "today"}


def test_a_group_of_fewer_than_five_has_no_figures():
    side = RUN | {"cut_id": "line", "side": "west", "towards": "all", "isolation_today": 0.25, "hindrance": "severe"}
    shown = severance_sums.severance_sides(
        rows(
            tables.SEVERANCE,
            *[
                side | {"who": who, "people": people, "cut_kind": "snit"}
                for who, people in (("walk", 5), ("senior", 4.9))
            ],
        )
    ).set_index("who")
    assert shown.loc["walk", ["people", "isolation_today", "hindrance", "is_suppressed"]].tolist() == [
        5, 0.25, "severe", False,
    ]  # fmt: skip
    assert shown.loc["senior", ["people", "isolation_today", "hindrance"]].isna().all()
    assert shown.loc["senior", "is_suppressed"]


def test_shares_are_of_the_screenlines_and_on_foot():
    cuts = [RUN | {"cut_id": cut, "side": "west", "towards": "all", "who": "walk"} for cut in ("line", "road")]
    severance = rows(tables.SEVERANCE, *[c | {"cut_kind": k} for c, k in zip(cuts, ("snit", "barrier"), strict=True)])
    reach = [
        RUN | {"cut_id": cut, "side": "west", "who": who, "destination": d, "within": "minutes", "limit": 5} | people
        for cut, who, d, people in (
            ("line", "walk", "school", {"people": 90.0, "people_reaching": 45.0, "share": 0.5}),
            ("line", "walk", "work", {"people": 90.0, "people_reaching": 4.0, "share": 0.044}),
            ("line", "walk", "nature", {"people": 90.0, "people_reaching": 0.0, "share": 0.0}),
            ("line", "walk", "shop", {"people": 90.0, "people_reaching": 88.0, "share": 0.978}),  # 2 do not
            ("line", "walk", "transit", {"people": 90.0, "people_reaching": 90.0, "share": 1.0}),
            ("line", "cycle", "school", {"people": 90.0, "people_reaching": 90.0, "share": 1.0}),
            ("road", "walk", "school", {"people": 90.0, "people_reaching": 45.0, "share": 0.5}),
        )
    ]
    reach = rows(tables.SIDE_REACH, *reach)
    shown = severance_sums.side_shares(reach, severance).set_index("destination")
    assert shown.loc[["school", "nature", "transit"], "share"].tolist() == [0.5, 0.0, 1.0]  # nobody is not few
    assert len(shown) == 5 and shown.loc[["work", "shop"], ["share", "people_reaching"]].isna().all(axis=None)
    barriers = severance.assign(cut_kind="barrier")
    assert set(severance_sums.side_shares(reach, barriers)["cut_id"]) == {"line", "road"}


def test_a_longer_limit_that_few_more_reach_within_is_not_told():
    severance = pd.DataFrame({"cut_id": ["line"], "cut_kind": ["snit"]})
    side = RUN | {"cut_id": "line", "side": "west", "who": "walk", "within": "minutes", "people": 120.0}
    reached = {5: 60.0, 10: 62.0, 15: 64.0, 20: 66.0, 25: 66.0, 30: 118.0, 35: 120.0}
    others = {5: 61.0, 10: 66.0}  # another destination has steps of its own
    reach = [side | {"destination": "school", "limit": limit, "people_reaching": n} for limit, n in reached.items()]
    reach += [side | {"destination": "shop", "limit": limit, "people_reaching": n} for limit, n in others.items()]
    shown = severance_sums.side_shares(rows(tables.SIDE_REACH, *reach[::-1]), severance)
    told = shown.loc[~shown["is_suppressed"]].set_index(["destination", "limit"])["people_reaching"]
    # 62 and 64 are 2 and 4 more than 60, 66 is 6 more; 118 leaves 2
    assert told["school"].to_dict() == {5: 60, 20: 66, 25: 66, 35: 120}
    assert told["shop"].to_dict() == others


def places(*found):
    """Make MEETING_PLACES: node, band, rank, people of either side."""
    pair = RUN | {"mode": "all", "side": "east", "other_side": "west"}
    made = [
        pair | {"node_id": node, "band": band, "rank": rank, "people_side": a, "people_other_side": b, "product": a * b}
        for node, band, rank, a, b in found
    ]
    parts = [rows(tables.MEETING_PLACES, *made[at : at + 4]) for at in range(0, len(made), 4)]
    frame = pd.DataFrame(pd.concat(parts, ignore_index=True).drop(columns="geometry"))
    return gpd.GeoDataFrame(frame, geometry=[Point(n, 0) for n in range(len(frame))], crs="EPSG:25832")


def test_as_many_places_and_links_are_shown_as_have_intervals():
    assert severance_sums.MOST_PLACES == meetings.MOST_SHOWN


def test_places_keep_their_rank_of_the_mean_day_and_few_are_not_told():
    given = places(("a", "all", 1, 30.0, 20.0), ("a", "weekend", 2, 4.0, 20.0), ("b", "all", 6, 9.0, 9.0))
    shown = severance_sums.meeting_candidates(given).set_index("band")
    assert set(shown["node_id"]) == {"a"} and shown["rank"].tolist() == [1, 1]  # b is beyond the best
    assert shown.loc["all", "product"] == 600
    few = shown.loc["weekend"]
    assert few["is_suppressed"] and few[["people_other_side", "product", "product_before", "balance"]].isna().all()
    assert severance_sums.best_places(given)["node_id"].tolist() == ["a"]
    assert severance_sums.best_places(places(("a", "all", 1, 4.0, 20.0))).empty


BANDS = {"weekday_morning": 5, "weekday_midday": 5, "weekday_afternoon": 5, "weekday_evening": 5, "weekend": 2}


def week(**other):
    """Make a place that 20 and 30 pass in each part of the week but those given, and the mean day they add up to."""
    people = {band: other.get(band, (20.0, 30.0)) for band in BANDS}
    mean = tuple(sum(days * people[band][side] for band, days in BANDS.items()) / 7 for side in (0, 1))
    return [("a", "all", 1, *mean), *[("a", band, 1, *people[band]) for band in BANDS if min(people[band])]]


def told_bands(given):
    shown = severance_sums.meeting_candidates(given).set_index("band")
    return shown, set(shown.index[~shown["is_suppressed"]])


def test_a_part_of_the_week_with_few_takes_the_other_parts_with_it():
    assert told_bands(places(*week()))[1] == {"all", *BANDS}
    shown, told = told_bands(places(*week(weekend=(4.0, 30.0))))  # 7 mean days less 5 of each other part are 2 x 4
    assert told == {"all"} and shown.loc[list(BANDS), "people_other_side"].isna().all()
    assert told_bands(places(*week(weekend=(0.0, 4.0))))[1] == {"all"}  # where one side is nobody there is no row
    few = dict.fromkeys(BANDS, (1.0, 30.0)) | {"weekend": (5.0, 30.0)}  # 30 in 7 days
    assert told_bands(places(*week(**few)))[1] == set()


def test_people_before_are_not_worked_out_from_product_and_balance():
    given = places(*week())
    bands = given["band"]
    before = {"all": (40.0, 20.0)} | {band: (40.0, 20.0) for band in BANDS}

    def shown_before(people):
        a, b = (bands.map({band: pair[at] for band, pair in people.items()}) for at in (0, 1))
        made = given.assign(product_before=a * b, balance_before=4 * a * b / (a + b) ** 2)
        shown = severance_sums.meeting_candidates(made).set_index("band")
        assert not shown["is_suppressed"].any()
        return set(shown.index[shown["product_before"].notna() & shown["balance_before"].notna()])

    assert shown_before(before) == {"all", *BANDS}
    assert shown_before(before | {"weekend": (40.0, 4.0)}) == {"all"}
    assert shown_before(before | {"all": (4.0, 300.0), "weekend": (4.0, 300.0)}) == set()
    assert shown_before(dict.fromkeys(before, (0.0, 7.0)) | {"all": (0.1, 7.0)}) == set()
    nobody = given.assign(product_before=0.0, balance_before=0.0)
    assert severance_sums.meeting_candidates(nobody)["product_before"].eq(0).all()


def test_pupils_below_five_are_not_told_anywhere():
    key = RUN | {"mode": "walk", "classes": "classes_0_3", "length_m": 800.0}
    routes = rows(
        tables.SCHOOL_ROUTES,
        key | {"school_id": "a", "pupils": 30.0, "pupils_across": 4.0, "pupils_beyond": 0.0},
        key | {"school_id": "c", "pupils": 30.0, "pupils_across": 30.0, "pupils_beyond": 28.0},
        key | {"school_id": "b", "pupils": 3.0, "pupils_across": 3.0, "pupils_beyond": 0.0},
    )
    shown = severance_sums.school_pupils(routes).set_index("school_id")
    assert shown.loc["a", ["pupils", "length_m", "pupils_beyond"]].tolist() == [30, 800, 0]
    assert pd.isna(shown.loc["a", "pupils_across"]) and not shown.loc["a", "is_suppressed"]
    assert shown.loc["c", "pupils_across"] == 30 and pd.isna(shown.loc["c", "pupils_beyond"])  # 2 are not beyond
    assert shown.loc["b", ["pupils", "length_m", "pupils_across", "pupils_beyond"]].isna().all()
    link = RUN | {"mode": "walk", "meets": "unlit"}
    links = rows(tables.SCHOOL_LINKS, *[link | {"link_id": n, "pupils": p} for n, p in (("1", 5), ("2", 4))])
    assert severance_sums.pupils_on_links(links)["pupils"].isna().tolist() == [False, True]


def test_the_links_shared_most_are_named():
    pair = RUN | {"mode": "all", "band": "all", "side": "east", "other_side": "west"}
    people = {"people_side": 10.0, "people_other_side": 10.0}
    met = [pair | people | {"link_id": str(n), "product": 100.0 - n} for n in range(7)]
    links = pd.DataFrame({"scenario_id": "bridge", "link_id": [str(n) for n in range(7)], "name": "Vej", "badge": None})
    shown = severance_sums.shared_links(rows(tables.ENCOUNTERS, *met), links)
    assert shown["link_id"].tolist() == ["0", "1", "2", "3", "4"] and shown["rank"].tolist() == [1, 2, 3, 4, 5]
    assert set(shown["name"]) == {"Vej"}
