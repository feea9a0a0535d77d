"""What the pages show of severance, meeting places and school routes: small numbers left out, the rest in short."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from movement.publish import summed_severance
from movement.tables import Band, Table, Traveller
from movement.tables.severance import EVERYWHERE, CutKind
from pipelines.report_sums import ALL, LEAST_PERSONS

MOST_PLACES = 5  # by scenario and land use
_PAIR = ["scenario_id", "land_use", "side", "other_side"]
_NEXT_TO_NOBODY = 0.1
_DECIMALS = 6  # of persons: a difference of equal numbers is nobody


def _few(people: pd.Series, least: float) -> pd.Series:
    """Tell where there are persons, but fewer than are shown."""
    return (people.round(_DECIMALS) > 0) & (people.round(_DECIMALS) < least)


def severance_sides(severance: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return SEVERANCE without the figures of fewer people than are shown."""
    is_few = _few(severance["people"], least)
    names = [name for name, column in summed_severance.SEVERANCE_SIDES.columns.items() if column.nullable]
    return _checked(summed_severance.SEVERANCE_SIDES, _without(severance, names, is_few).assign(is_suppressed=is_few))


def side_shares(side_reach: pd.DataFrame, severance: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return who of each side of the screenlines reaches what on foot; of the barriers where there is no screenline.

    Left out are few who reach it, few who do not, and a longer limit that only few more reach than the last one shown.
    """
    kinds = severance.drop_duplicates("cut_id").set_index("cut_id")["cut_kind"]
    lines = kinds.index[kinds != str(CutKind.BARRIER)]
    wanted = lines if len(lines) else kinds.index
    own = (side_reach["who"] == str(Traveller.WALK)) & side_reach["cut_id"].isin(wanted)
    rows = side_reach.loc[own].drop(columns="who").sort_values("limit", kind="stable")
    reaching = rows["people_reaching"]
    is_few = _few(rows["people"], least) | _few(reaching, least) | _few(rows["people"] - reaching, least)
    is_few |= _few_more(rows, is_few, least)
    shown = _without(rows, ["people", "people_reaching", "share"], is_few)
    return _checked(summed_severance.SIDE_SHARES, shown.assign(is_suppressed=is_few))


def _few_more(rows: pd.DataFrame, is_few: pd.Series, least: float) -> pd.Series:
    """Tell where few more reach something than within the last limit that is shown; rows in order of limit."""
    keys = ["scenario_id", "land_use", "cut_id", "side", "destination", "within"]
    last: dict[tuple[str, ...], float] = {}
    found = []
    columns = (rows[keys].itertuples(index=False, name=None), rows["people_reaching"], is_few)
    for key, reaching, is_hidden in zip(*columns, strict=True):
        more = round(reaching - last.get(key, reaching), _DECIMALS)
        found.append(0 < more < least)
        if not (is_hidden or found[-1]):
            last[key] = reaching
    return pd.Series(found, index=rows.index, dtype=bool)


def shared_links(encounters: pd.DataFrame, links: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return the links with the largest product of each run, both modes together, on the mean day."""
    own = encounters.loc[(encounters["mode"] == ALL) & (encounters["band"] == EVERYWHERE)]
    ranked = own.sort_values([*_PAIR, "product", "link_id"], ascending=[True] * 4 + [False, True], kind="stable")
    ranked = ranked.assign(rank=ranked.groupby(_PAIR).cumcount() + 1)
    keys = ["scenario_id", "link_id"]
    named = ranked.loc[ranked["rank"] <= MOST_PLACES].merge(
        pd.DataFrame(links[[*keys, "name", "badge"]]), on=keys, how="left", validate="many_to_one"
    )
    return _checked(summed_severance.SHARED_LINKS, _people_shown(named, least))


def meeting_candidates(places: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return the places with the largest product on the mean day, both modes together, in each part of the week.

    Seven mean days are five weekdays and two weekend days, so the parts of the week of a place are all left out where
    one of them, or the mean day, has few of a side, or nobody. The product and balance on today's links give the people
    behind them: they are left out by the same rule.
    """
    own = pd.DataFrame(places.loc[places["mode"] == ALL].drop(columns="geometry"))
    keys = [*_PAIR, "node_id"]
    best = own.loc[(own["band"] == EVERYWHERE) & (own["rank"] <= MOST_PLACES), [*keys, "rank"]]
    rows = own.drop(columns="rank").merge(best, on=keys, how="inner", validate="many_to_one")
    smaller = {"": rows[["people_side", "people_other_side"]].min(axis=1), "_before": _smaller_side(rows, "_before")}
    hidden = {end: _hidden_parts(rows, people, keys, least) for end, people in smaller.items()}
    shown = _without(rows, list(summed_severance.PEOPLE_AT_A_PLACE), hidden[""])
    shown = _without(shown, ["product_before", "balance_before"], hidden[""] | hidden["_before"])
    return _checked(summed_severance.MEETING_CANDIDATES, shown.assign(is_suppressed=hidden[""]))


def _hidden_parts(rows: pd.DataFrame, people: pd.Series, keys: list[str], least: float) -> pd.Series:
    """Tell what is hidden of places: a mean day with few, and parts of the week unless all have enough or nobody."""
    is_part = rows["band"] != EVERYWHERE
    places = people.groupby([rows[key] for key in keys])
    is_told = (places.transform("min") >= least) & (places.transform("size") == len(Band) + 1)
    is_nobody = places.transform("max") == 0
    return _few(people, least) | (is_part & ~is_told & ~is_nobody)


def _smaller_side(rows: pd.DataFrame, end: str) -> pd.Series:
    """Return the people of the side with fewer, as anybody can work them out from product and balance.

    With p = ab and q = 4ab/(a+b)², a+b is 2√(p/q), and the lesser of a and b is √(p/q) (1 - √(1-q)).
    """
    product, balance = rows[f"product{end}"], rows[f"balance{end}"].clip(upper=1.0)
    half = (product / balance.where(balance > 0)) ** 0.5
    lesser = (half * (1 - (1 - balance) ** 0.5)).fillna(0.0)
    # a balance of 0 to its decimals has next to nobody on one side
    return lesser.mask((product > 0) & (balance <= 0), _NEXT_TO_NOBODY)


def best_places(places: gpd.GeoDataFrame, *, least: float = LEAST_PERSONS) -> gpd.GeoDataFrame:
    """Return the rows of MEETING_PLACES that the maps mark: the best of each run on the mean day, without the few."""
    own = (places["mode"] == ALL) & (places["band"] == EVERYWHERE) & (places["rank"] <= MOST_PLACES)
    is_few = _few(places["people_side"], least) | _few(places["people_other_side"], least)
    return places.loc[own & ~is_few].reset_index(drop=True)


def school_pupils(routes: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return SCHOOL_ROUTES without numbers of fewer pupils, without means over fewer, and without all but few."""
    table = summed_severance.SCHOOL_PUPILS
    is_few = _few(routes["pupils"], least)
    names = [name for name, column in table.columns.items() if column.nullable]
    shown = _without(routes, names, is_few)
    for name in summed_severance.PUPILS:
        shown = _without(shown, [name], _few(routes[name], least) | _few(routes["pupils"] - routes[name], least))
    return _checked(table, shown.assign(is_suppressed=is_few))


def pupils_on_links(links: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return SCHOOL_LINKS with numbers of fewer pupils left empty."""
    return links.assign(pupils=links["pupils"].mask(_few(links["pupils"], least)))


def _people_shown(rows: pd.DataFrame, least: float) -> pd.DataFrame:
    is_few = _few(rows["people_side"], least) | _few(rows["people_other_side"], least)
    return _without(rows, list(summed_severance.PEOPLE_AT_A_PLACE), is_few).assign(is_suppressed=is_few)


def _without(rows: pd.DataFrame, names: list[str], is_left_out: pd.Series) -> pd.DataFrame:
    return rows.assign(**{name: rows[name].mask(is_left_out) for name in names})


def _checked(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows[list(table.columns)].sort_values(list(table.key), ignore_index=True)
    return table.check(table.conform(ordered)) if len(ordered) else table.empty()
