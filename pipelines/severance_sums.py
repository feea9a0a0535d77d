"""What the pages show of severance, meeting places and school routes: small numbers left out, the rest in short."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from movement.publish import summed_severance
from movement.tables import Table, Traveller
from movement.tables.severance import EVERYWHERE, CutKind
from pipelines.report_sums import ALL, LEAST_PERSONS

MOST_PLACES = 5  # by scenario and land use
_PAIR = ["scenario_id", "land_use", "side", "other_side"]


def _few(people: pd.Series, least: float) -> pd.Series:
    """Tell where there are persons, but fewer than are shown."""
    return (people > 0) & (people < least)


def severance_sides(severance: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return SEVERANCE without the figures of fewer people than are shown."""
    is_few = _few(severance["people"], least)
    names = [name for name, column in summed_severance.SEVERANCE_SIDES.columns.items() if column.nullable]
    return _checked(summed_severance.SEVERANCE_SIDES, _without(severance, names, is_few).assign(is_suppressed=is_few))


def side_shares(side_reach: pd.DataFrame, severance: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return who of each side of the screenlines reaches what on foot; of the barriers where there is no screenline."""
    kinds = severance.drop_duplicates("cut_id").set_index("cut_id")["cut_kind"]
    lines = kinds.index[kinds != str(CutKind.BARRIER)]
    wanted = lines if len(lines) else kinds.index
    own = (side_reach["who"] == str(Traveller.WALK)) & side_reach["cut_id"].isin(wanted)
    rows = side_reach.loc[own].drop(columns="who")
    is_few = _few(rows["people"], least) | _few(rows["people_reaching"], least)
    shown = _without(rows, ["people", "people_reaching", "share"], is_few)
    return _checked(summed_severance.SIDE_SHARES, shown.assign(is_suppressed=is_few))


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
    """Return the places with the largest product on the mean day, both modes together, in each part of the week."""
    own = pd.DataFrame(places.loc[places["mode"] == ALL].drop(columns="geometry"))
    keys = [*_PAIR, "node_id"]
    best = own.loc[(own["band"] == EVERYWHERE) & (own["rank"] <= MOST_PLACES), [*keys, "rank"]]
    rows = own.drop(columns="rank").merge(best, on=keys, how="inner", validate="many_to_one")
    shown = _people_shown(rows, least)
    before = ["product_before", "balance_before"]
    return _checked(summed_severance.MEETING_CANDIDATES, _without(shown, before, shown["is_suppressed"]))


def best_places(places: gpd.GeoDataFrame, *, least: float = LEAST_PERSONS) -> gpd.GeoDataFrame:
    """Return the rows of MEETING_PLACES that the maps mark: the best of each run on the mean day, without the few."""
    own = (places["mode"] == ALL) & (places["band"] == EVERYWHERE) & (places["rank"] <= MOST_PLACES)
    is_few = _few(places["people_side"], least) | _few(places["people_other_side"], least)
    return places.loc[own & ~is_few].reset_index(drop=True)


def school_pupils(routes: pd.DataFrame, *, least: float = LEAST_PERSONS) -> pd.DataFrame:
    """Return SCHOOL_ROUTES without numbers of fewer pupils, and without means over fewer."""
    table = summed_severance.SCHOOL_PUPILS
    is_few = _few(routes["pupils"], least)
    names = [name for name, column in table.columns.items() if column.nullable]
    shown = _without(routes, names, is_few)
    for name in summed_severance.PUPILS:
        shown = _without(shown, [name], _few(routes[name], least))
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
