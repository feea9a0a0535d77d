"""Flows by the side people live on; the links and places they share, beside people seen staying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import pandas as pd

from movement import tables
from movement.comparison import encounters
from movement.tables import Band, Purpose
from pipelines import modelled, stage

ALL_MODES = "all"
_RUN = ["scenario_id", "land_use"]


def write(
    inputs: modelled.Inputs, rates: modelled.Rates, around: tables.Study, *, near_m: float, study: Mapping[str, str]
) -> None:
    """Hold the sides against one another on links and at places, rank, check, write."""
    shares = pd.DataFrame(
        {str(band): {str(purpose): rates.trips.on_a_day(purpose, band) for purpose in Purpose} for band in Band}
    )
    passing = {key: encounters.passing(kinds, shares) for key, kinds in flows_by_run(inputs)}
    links = [_named(encounters.meetings(people, "link_id"), key) for key, people in passing.items()]
    places = [_named(rows, key) for key, rows in place_rows(inputs, around.sites, passing, near_m=near_m)]
    tables.ENCOUNTERS.write(tables.ENCOUNTERS.joined(links), stage.ENCOUNTERS)
    staying = encounters.staying_means(tables.STAYING.read(stage.STAYING), phases(around.campaigns, study["timezone"]))
    whole = tables.MEETING_PLACES.joined(
        [rows.merge(staying, on="station_id", how="left", validate="many_to_one") for rows in places]
    )
    whole = gpd.GeoDataFrame(whole, geometry="geometry", crs=study["crs"])
    tables.MEETING_PLACES.write(whole, stage.MEETING_PLACES)


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
    ends = ["link_id", "from_node_id", "to_node_id"]
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
                encounters.at_nodes(flows, pd.DataFrame(network[ends]), candidates["node_id"]), "node_id"
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
