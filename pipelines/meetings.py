"""Flows by the side people live on; the links and places they share, beside people seen staying."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from movement import tables
from movement.comparison import encounters, intervals, travel
from movement.tables import Band, Purpose
from movement.tables.severance import EVERYWHERE
from pipelines import crossings, modelled, stage, ways

ALL_MODES = "all"
MOST_SHOWN = 5  # by run and pair of sides: as many as the pages show have intervals
_RUN = ["scenario_id", "land_use"]
_SIDES = ["side", "other_side"]
_ENDS = ["link_id", "from_node_id", "to_node_id"]

Key = tuple[str, str, str]  # scenario, land use, mode


def write(
    inputs: modelled.Inputs, rates: modelled.Rates, around: tables.Study, *, near_m: float, study: Mapping[str, str]
) -> None:
    """Hold the sides against one another on links and at places, rank, give the first their intervals, check, write."""
    shares = pd.DataFrame(
        {str(band): {str(purpose): rates.trips.on_a_day(purpose, band) for purpose in Purpose} for band in Band}
    )
    passing = {key: encounters.passing(kinds, shares) for key, kinds in flows_by_run(inputs)}
    links = {key: encounters.meetings(people, "link_id") for key, people in passing.items()}
    places = dict(place_rows(inputs, around.sites, passing, near_m=near_m))
    drawn = drawn_people(inputs, rates, shares, looked_at(inputs, links, places))
    told = [_named(_with_intervals(rows, drawn.get(key), "link_id"), key) for key, rows in links.items()]
    tables.ENCOUNTERS.write(tables.ENCOUNTERS.joined(told), stage.ENCOUNTERS)
    staying = encounters.staying_means(tables.STAYING.read(stage.STAYING), phases(around.campaigns, study["timezone"]))
    ranked = [_named(_at_places(inputs, rows, drawn.get(key), key), key) for key, rows in places.items()]
    whole = tables.MEETING_PLACES.joined(
        [rows.merge(staying, on="station_id", how="left", validate="many_to_one") for rows in ranked]
    )
    whole = gpd.GeoDataFrame(whole, geometry="geometry", crs=study["crs"])
    tables.MEETING_PLACES.write(whole, stage.MEETING_PLACES)


def looked_at(
    inputs: modelled.Inputs, links: Mapping[Key, pd.DataFrame], places: Mapping[Key, pd.DataFrame]
) -> dict[str, list[str]]:
    """Return by scenario the links of the largest products, and those at the first places, both modes together."""
    found: dict[str, set[str]] = defaultdict(set)
    for (scenario_id, _, mode), rows in links.items():
        own = rows.loc[(rows["band"] == EVERYWHERE) & (mode == ALL_MODES)]
        first = own.sort_values(["product", "link_id"], ascending=[False, True], kind="stable")
        found[scenario_id] |= set(first.groupby(_SIDES).head(MOST_SHOWN)["link_id"])
    for (scenario_id, _, mode), rows in places.items():
        is_first = (rows["band"] == EVERYWHERE) & (rows["rank"] <= MOST_SHOWN) & (mode == ALL_MODES)
        network, nodes = inputs.links_of(scenario_id), rows.loc[is_first, "node_id"]
        is_there = network["from_node_id"].isin(nodes) | network["to_node_id"].isin(nodes)
        found[scenario_id] |= set(network.loc[is_there, "link_id"])
    return {scenario_id: sorted(own) for scenario_id, own in found.items() if own}


def drawn_people(
    inputs: modelled.Inputs, rates: modelled.Rates, shares: pd.DataFrame, links: Mapping[str, list[str]]
) -> dict[Key, pd.DataFrame]:
    """Return the people of each side on these links in each part of the week, with every draw: by run and mode."""
    calibration, draws = tables.CALIBRATION.read(stage.CALIBRATION), tables.DRAWS.read(stage.DRAWS)
    found: dict[tuple[str, str], dict[str, pd.DataFrame]] = defaultdict(dict)
    for mode in modelled.MODES if links else ():
        parameters = {intervals.ALL: modelled.fitted(calibration, mode)} | modelled.drawn(draws, mode)
        for one in crossings.cross(ways.Model(inputs, rates, mode), crossings.Asked({}, links, {}), parameters):
            people = encounters.in_bands(crossings.by_side(one, parameters), shares)
            found[one.scenario_id, one.land_use][str(mode)] = people
    return {(*run, mode): people for run, by_mode in found.items() for mode, people in travel.with_all(by_mode).items()}


def _with_intervals(rows: pd.DataFrame, people: pd.DataFrame | None, item: str) -> pd.DataFrame:
    """Add the products' intervals where people were drawn."""
    if people is None:
        return rows.assign(product_low=np.nan, product_high=np.nan)
    return encounters.with_intervals(rows, encounters.product_intervals(people.reset_index(), item), item)


def _at_places(inputs: modelled.Inputs, rows: pd.DataFrame, people: pd.DataFrame | None, key: Key) -> pd.DataFrame:
    """Add the intervals of the first places, all of whose links were drawn."""
    if people is None:
        return _with_intervals(rows, None, "node_id")
    network = pd.DataFrame(inputs.links_of(key[0])[_ENDS])
    drawn = set(people.index.get_level_values("link_id"))
    nodes = network.melt("link_id", value_name="node_id")
    is_whole = nodes["link_id"].isin(drawn).groupby(nodes["node_id"]).all()
    at = encounters.at_nodes(people.reset_index(), network, is_whole.index[is_whole].to_series())
    return _with_intervals(rows, at.set_index(["node_id", "side", "band"]), "node_id")


def flows_by_run(inputs: modelled.Inputs) -> Iterator[tuple[tuple[str, str, str], pd.DataFrame]]:
    """Yield scenario, land use and mode with the rows of FLOW_KINDS; both modes together as well."""
    kinds = tables.FLOW_KINDS.read(stage.FLOW_KINDS)
    by_run = dict(tuple(kinds.groupby(_RUN)))
    for scenario_id, land_use in modelled.runs(inputs):
        rows = by_run.get((scenario_id, land_use), kinds.iloc[:0])
        for mode in (*map(str, modelled.MODES), ALL_MODES):
            yield (scenario_id, land_use, mode), rows if mode == ALL_MODES else rows.loc[rows["mode"] == mode]


def place_rows(
    inputs: modelled.Inputs,
    sites: gpd.GeoDataFrame,
    passing: dict[tuple[str, str, str], pd.DataFrame],
    *,
    near_m: float,
) -> Iterator[tuple[tuple[str, str, str], gpd.GeoDataFrame]]:
    """Rank the candidate places of each scenario that changes links."""
    for (scenario_id, land_use, mode), people in passing.items():
        if scenario_id == modelled.BEFORE:
            continue
        links, today = inputs.links_of(scenario_id), inputs.links_of(modelled.BEFORE)
        there = inputs.attractions.loc[inputs.attractions["land_use"] == land_use]

        def places(links: gpd.GeoDataFrame = links, there: gpd.GeoDataFrame = there) -> gpd.GeoDataFrame:
            return encounters.candidates(links, there, sites, near_m=near_m)

        candidates = inputs.once(("candidates", scenario_id, land_use), places)
        after, before = (
            encounters.meetings(
                encounters.at_nodes(flows, pd.DataFrame(network[_ENDS]), candidates["node_id"]), "node_id"
            )
            for flows, network in ((people, links), (passing[modelled.BEFORE, land_use, mode], today))
        )
        yield (scenario_id, land_use, mode), encounters.meeting_places(candidates, after, before)


def phases(campaigns: pd.DataFrame, zone: str) -> list[tuple[str, pd.Timestamp, pd.Timestamp]]:
    """Return phase, first and last moment of each campaign."""
    first, last = (
        (campaigns[name] + pd.Timedelta(days=days)).dt.tz_localize(zone).dt.tz_convert("UTC")
        for name, days in (("start_date", 0), ("end_date", 1))
    )
    return [(str(phase), *ends) for phase, *ends in zip(campaigns["phase"], first, last, strict=True)]


def _named(rows: pd.DataFrame, key: tuple[str, str, str]) -> pd.DataFrame:
    return rows.assign(**dict(zip((*_RUN, "mode"), key, strict=True)))
