"""Small numbers left out of what is shown of severance, meeting places and school routes; by hand."""

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from movement import tables
from pipelines import severance_sums
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
            ("line", "cycle", "school", {"people": 90.0, "people_reaching": 90.0, "share": 1.0}),
            ("road", "walk", "school", {"people": 90.0, "people_reaching": 45.0, "share": 0.5}),
        )
    ]
    reach = rows(tables.SIDE_REACH, *reach)
    shown = severance_sums.side_shares(reach, severance).set_index("destination")
    assert shown.loc[["school", "nature"], "share"].tolist() == [0.5, 0.0]  # nobody is not few
    assert len(shown) == 3 and pd.isna(shown.loc["work", "share"])
    barriers = severance.assign(cut_kind="barrier")
    assert set(severance_sums.side_shares(reach, barriers)["cut_id"]) == {"line", "road"}


def places(*found):
    """Make MEETING_PLACES: node, band, rank, people of either side."""
    pair = RUN | {"mode": "all", "side": "east", "other_side": "west"}
    made = [
        pair | {"node_id": node, "band": band, "rank": rank, "people_side": a, "people_other_side": b, "product": a * b}
        for node, band, rank, a, b in found
    ]
    frame = pd.DataFrame(rows(tables.MEETING_PLACES, *made[:4]).drop(columns="geometry"))
    return gpd.GeoDataFrame(frame, geometry=[Point(n, 0) for n in range(len(frame))], crs="EPSG:25832")


def test_places_keep_their_rank_of_the_mean_day_and_few_are_not_told():
    given = places(("a", "all", 1, 30.0, 20.0), ("a", "weekend", 2, 4.0, 20.0), ("b", "all", 6, 9.0, 9.0))
    shown = severance_sums.meeting_candidates(given).set_index("band")
    assert set(shown["node_id"]) == {"a"} and shown["rank"].tolist() == [1, 1]  # b is beyond the best
    assert shown.loc["all", "product"] == 600
    few = shown.loc["weekend"]
    assert few["is_suppressed"] and few[["people_other_side", "product", "product_before", "balance"]].isna().all()
    assert severance_sums.best_places(given)["node_id"].tolist() == ["a"]
    assert severance_sums.best_places(places(("a", "all", 1, 4.0, 20.0))).empty


def test_pupils_below_five_are_not_told_anywhere():
    key = RUN | {"mode": "walk", "classes": "classes_0_3", "length_m": 800.0}
    routes = rows(
        tables.SCHOOL_ROUTES,
        key | {"school_id": "a", "pupils": 30.0, "pupils_across": 4.0, "pupils_beyond": 0.0},
        key | {"school_id": "b", "pupils": 3.0, "pupils_across": 3.0, "pupils_beyond": 0.0},
    )
    shown = severance_sums.school_pupils(routes).set_index("school_id")
    assert shown.loc["a", ["pupils", "length_m", "pupils_beyond"]].tolist() == [30, 800, 0]
    assert pd.isna(shown.loc["a", "pupils_across"]) and not shown.loc["a", "is_suppressed"]
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
