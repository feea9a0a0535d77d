"""Where residents of different sides pass the same links and places, and in what proportion."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.comparison.intervals import spread
from movement.tables import Change
from movement.tables.severance import EVERYWHERE

_PAIR = ["side", "other_side", "band"]
# ASSUME: nobody whose side of the barrier is not known, nor through traffic, counts as of either side
# ASSUME: residents of a side spread over the parts of the week as their purposes do, whichever side they live on
# ASSUME: people meet by chance, in proportion to the product of those who pass within the same part of the week; that
# they linger, know one another or look up is not modelled, and people walking and cycling count alike


def passing(kinds: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Sum the people of each side on each link, on the mean day and in each part of the week.

    Parameters
    ----------
    kinds
        `link_id`, `purpose`, `side`, `flow_per_day`: rows of FLOW_KINDS of one run and mode, or of several modes
        together.
    shares
        People in each band, on one day of its kind, for one on the mean day: purposes x bands.

    Returns
    -------
    people
        `link_id`, `side`, `band`, `people`; people without a side are left out.
    """
    known = kinds.loc[kinds["side"].fillna("") != ""]
    per_day = known.pivot_table(index=["link_id", "side"], columns="purpose", values="flow_per_day", aggfunc="sum")
    per_day = per_day.reindex(columns=shares.index).fillna(0.0)
    bands = per_day @ shares.assign(**{EVERYWHERE: 1.0})
    return bands.reset_index().melt(["link_id", "side"], var_name="band", value_name="people")


def at_nodes(people: pd.DataFrame, links: pd.DataFrame, nodes: pd.Series) -> pd.DataFrame:
    """Sum the people of each side who pass nodes.

    Parameters
    ----------
    people
        As `passing` gives it, with one column of people or, draw by draw, several.
    links
        `link_id`, `from_node_id`, `to_node_id`.
    nodes
        Nodes asked for.

    Returns
    -------
    people
        `node_id`, `side`, `band`, and the same columns of people.
    """
    # ASSUME: who passes a place comes by one link and leaves by another; who starts or ends there counts as half
    ends = links.melt("link_id", ["from_node_id", "to_node_id"], value_name="node_id")[["link_id", "node_id"]]
    met = people.merge(ends.loc[ends["node_id"].isin(nodes)], on="link_id", how="inner", validate="many_to_many")
    counted = [name for name in people if name not in ("link_id", "side", "band")]
    return (met.groupby(["node_id", "side", "band"], sort=True)[counted].sum() / 2).reset_index()


def meetings(people: pd.DataFrame, item: str) -> pd.DataFrame:
    """Hold the people of every two sides against one another.

    Parameters
    ----------
    people
        `side`, `band`, `people` by `item`.
    item
        Column that names the link or node.

    Returns
    -------
    meetings
        `item`, `side`, `other_side` (the later word), `band`, `people_side`, `people_other_side`, their `product`, and
        `balance` 4ab/(a+b)²: 1 where as many come from either side, towards 0 where all come from one. Where only one
        side passes nobody meets: no row.

    Examples
    --------
    Of 300 and 100 passing, the product is 30,000 and the balance 4 * 30,000 / 400² = 0.75.
    """
    some = people.loc[people["people"] > 0]
    left = some.rename(columns={"people": "people_side"})
    right = some.rename(columns={"people": "people_other_side", "side": "other_side"})
    both = left.merge(right, on=[item, "band"], how="inner", validate="many_to_many")
    both = both.loc[both["side"].astype(str) < both["other_side"].astype(str)].reset_index(drop=True)
    product = both["people_side"] * both["people_other_side"]
    balance = 4 * product / (both["people_side"] + both["people_other_side"]) ** 2
    return both.assign(product=product, balance=balance)[
        [item, *_PAIR, "people_side", "people_other_side", "product", "balance"]
    ]


def in_bands(sums: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Spread the people of each side, draw by draw, over the parts of the week, as `passing` does.

    Parameters
    ----------
    sums
        (`link_id`, `purpose`, `side`) x (the estimate, and draws): people on the mean day.
    shares
        As for `passing`.

    Returns
    -------
    people
        (`link_id`, `side`, `band`) x the same columns; people without a side are left out.
    """
    known = sums.loc[sums.index.get_level_values("side") != ""]
    of_purpose = shares.assign(**{EVERYWHERE: 1.0}).reindex(known.index.get_level_values("purpose")).fillna(0.0)
    bands = {
        band: known.mul(of_purpose[band].to_numpy(), axis=0).groupby(level=["link_id", "side"]).sum()
        for band in of_purpose
    }
    return pd.concat(bands, names=["band"]).reorder_levels(["link_id", "side", "band"])


def product_intervals(people: pd.DataFrame, item: str) -> pd.DataFrame:
    """Return the 95 % interval of the product of every two sides, from the draws of both.

    Parameters
    ----------
    people
        `item`, `side`, `band`, and a column for the estimate and for each draw. Both sides' people are multiplied
        within a draw, as the same parameters move them.
    item
        Column that names the link or node.

    Returns
    -------
    intervals
        `item`, `side`, `other_side`, `band`, `product_low` and `product_high`; empty ends where there are no draws.

    Examples
    --------
    A draw with 2 and 5 people and one with 3 and 4 give products of 10 and 12.
    """
    sides = {side: own.set_index([item, "band"]).drop(columns="side") for side, own in people.groupby("side")}
    found = [pd.DataFrame(columns=[item, "band", "product_low", "product_high", "side", "other_side"])]
    for side, other in combinations(sorted(sides), 2):
        here, there = sides[side].align(sides[other], join="inner", axis=0)
        ends = spread(here * there, least=0.0).add_prefix("product_")
        found.append(ends.reset_index().assign(side=side, other_side=other))
    return pd.concat(found[1:] or found, ignore_index=True)


def with_intervals(rows: pd.DataFrame, intervals: pd.DataFrame, item: str) -> pd.DataFrame:
    """Add the intervals of products to meetings at links or nodes, wide enough to hold them; empty where not known."""
    found = rows.merge(intervals, on=[item, *_PAIR], how="left", validate="one_to_one")
    low, high = found["product_low"].astype(float), found["product_high"].astype(float)
    return found.assign(
        product_low=np.minimum(low, found["product"]).where(low.notna()),
        product_high=np.maximum(high, found["product"]).where(high.notna()),
    )


def candidates(
    links: gpd.GeoDataFrame, attractions: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, *, near_m: float
) -> gpd.GeoDataFrame:
    """List the places along a scenario's own links that could become meeting places.

    Parameters
    ----------
    links
        LINKS of one scenario.
    attractions, sites
        `attraction_id` and `station_id` as points, in the same CRS.
    near_m
        How near is close by.

    Returns
    -------
    places
        `node_id`, `street`, `attraction_id`, `station_id` and the point, of the ends of added and changed links where
        at least three open links meet, or that have an attraction or a count site close by.
    """
    is_open = (links["allows_walk"] | links["allows_cycle"]) & (links["change"] != str(Change.CLOSED))
    open_links = links.loc[is_open]
    first, last = (shapely.get_point(open_links.geometry.to_numpy(), at) for at in (0, -1))
    names = ["link_id", "name", "change"]
    ends = open_links.melt(names, ["from_node_id", "to_node_id"], var_name="end", value_name="node_id")
    ends = ends.assign(point=np.concatenate([first, last]))
    is_own = ends["change"].isin([str(Change.ADDED), str(Change.CHANGED)])
    ends = ends.loc[ends["node_id"].isin(ends.loc[is_own, "node_id"])]
    streets = ends.dropna(subset=["name"]).drop_duplicates(["node_id", "name"]).sort_values(["node_id", "name"])
    own = ends.groupby("node_id", sort=True).agg(meeting=("link_id", "size"), point=("point", "first")).reset_index()
    own = own.assign(street=own["node_id"].map(streets.groupby("node_id")["name"].agg(", ".join)))
    own = own.assign(
        attraction_id=_nearest(own["point"], attractions, "attraction_id", near_m),
        station_id=_nearest(own["point"], sites, "station_id", near_m),
    )
    is_kept = (own["meeting"] >= 3) | own["attraction_id"].notna() | own["station_id"].notna()
    kept = own.loc[is_kept].reset_index(drop=True)
    return gpd.GeoDataFrame(
        kept[["node_id", "street", "attraction_id", "station_id"]], geometry=kept["point"].to_list(), crs=links.crs
    )


def meeting_places(places: gpd.GeoDataFrame, after: pd.DataFrame, before: pd.DataFrame) -> gpd.GeoDataFrame:
    """Rank candidate places by the product of those who would pass from either side.

    Parameters
    ----------
    places
        As `candidates` gives them.
    after, before
        As `meetings` gives them for nodes: with the scenario's links, and with today's on the same land use.

    Returns
    -------
    ranked
        Columns of MEETING_PLACES but for run, mode and staying. Where only one side passes after, there is no row.
    """
    old = before[["node_id", *_PAIR, "product", "balance"]].rename(
        columns={"product": "product_before", "balance": "balance_before"}
    )
    found = places.merge(after, on="node_id", how="inner", validate="one_to_many")
    found = found.merge(old, on=["node_id", *_PAIR], how="left", validate="one_to_one")
    found = found.fillna({"product_before": 0.0, "balance_before": 0.0})
    found = found.sort_values([*_PAIR, "product", "node_id"], ascending=[True] * 3 + [False, True], kind="stable")
    return found.assign(rank=found.groupby(_PAIR).cumcount() + 1).reset_index(drop=True)


def staying_means(staying: pd.DataFrame, phases: Sequence[tuple[str, pd.Timestamp, pd.Timestamp]]) -> pd.DataFrame:
    """Average the people seen staying over the snapshots of each phase.

    Parameters
    ----------
    staying
        STAYING; only totals are used, and blanks are no counts.
    phases
        Phase, first and last moment of each campaign.

    Returns
    -------
    means
        `staying_before` and `staying_after` by `station_id`; not a number where there was no snapshot.
    """
    totals = staying.loc[(staying["kind"] == "total") & staying["people"].notna()]
    found: dict[str, pd.Series] = {}
    for wanted in ("before", "after"):
        inside = np.zeros(len(totals), dtype=bool)
        for phase, first, last in phases:
            if phase == wanted:
                inside |= totals["t_utc"].between(first, last).to_numpy()
        found[f"staying_{wanted}"] = totals.loc[inside].groupby("station_id")["people"].mean()
    return pd.DataFrame(found).rename_axis("station_id").reset_index()


def _nearest(points: pd.Series, others: gpd.GeoDataFrame, name: str, near_m: float) -> list[Any]:
    """Name the nearest of others within a distance of each point; the first by name among equals."""
    ordered = others.sort_values(name, kind="stable")
    shapes = np.asarray(ordered.geometry)
    if not len(points) or not len(shapes):
        return [None] * len(points)
    apart = shapely.distance(np.asarray(points, dtype=object)[:, None], shapes[None, :])
    best = apart.argmin(axis=1)
    names = ordered[name].to_numpy(dtype=object)
    return [names[at] if apart[row, at] <= near_m else None for row, at in enumerate(best)]
