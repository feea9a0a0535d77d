"""Pupils' ways to school on every run, the links they pass, and what each scenario changes in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from movement import tables
from movement.assignment import passages, skims
from movement.comparison import school_routes
from movement.demand.rates import TripRates
from movement.tables import Band, Mode, Purpose
from movement.tables.severance import SCHOOL_QUALITIES
from pipelines import modelled, stage

_KEYS = ["scenario_id", "land_use", "mode"]


@dataclass(frozen=True)
class Asked:
    """Which attractions are schools (all of the purpose where none is named), distances, and what a main road is."""

    schools: Iterable[str]
    limits_m: Mapping[str, float]
    main_road_per_day: float


def write(inputs: modelled.Inputs, rates: modelled.Rates, asked: Asked) -> None:
    """Follow every pupil's way on every run, check, write."""
    trips = tables.TRIPS.read(stage.TRIPS)
    to_school = dict(tuple(trips.loc[trips["purpose"] == str(Purpose.SCHOOL)].groupby(_KEYS)))
    ways, routes, links = [], [], []
    found: dict[tuple[str, str, str], pd.DataFrame] = {}
    for scenario_id, land_use in modelled.runs(inputs):
        schools = schools_of(inputs, rates, land_use, asked.schools)
        for mode in modelled.MODES:
            key = (scenario_id, land_use, str(mode))
            names = dict(zip(_KEYS, key, strict=True))
            whole, passed = school_ways(inputs, rates, schools, key, to_school.get(key, trips.iloc[:0]), asked)
            found[key] = whole
            before = found[modelled.BEFORE, land_use, str(mode)]
            rows = school_routes.school_routes(
                whole, before.loc[before["school_id"] != ""], limits_m=asked.limits_m, pace=_pace(rates, mode)
            )
            routes.append(rows.assign(**names))
            links.append(passed.assign(**names))
            ways.append(whole.loc[whole["length_m"].notna()].assign(**names))
    tables.SCHOOL_WAYS.write(tables.SCHOOL_WAYS.joined(ways), stage.SCHOOL_WAYS)
    tables.SCHOOL_ROUTES.write(tables.SCHOOL_ROUTES.joined(routes), stage.SCHOOL_ROUTES)
    tables.SCHOOL_LINKS.write(tables.SCHOOL_LINKS.joined(links), stage.SCHOOL_LINKS)


def schools_of(inputs: modelled.Inputs, rates: modelled.Rates, land_use: str, named: Iterable[str]) -> pd.DataFrame:
    """Return the attractions that are schools: those named, or all of the purpose where none is."""
    there = inputs.places(land_use, rates.group_shares).attractions
    wanted = set(named)
    is_school = (there["purpose"] == str(Purpose.SCHOOL)) & (there["attraction_id"].isin(wanted) | (not wanted))
    return there.loc[is_school].reset_index(drop=True)


def school_ways(
    inputs: modelled.Inputs,
    rates: modelled.Rates,
    schools: pd.DataFrame,
    key: tuple[str, str, str],
    trips: pd.DataFrame,
    asked: Asked,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Follow the shortest felt way from each zone to each school.

    Returns
    -------
    ways
        Columns of SCHOOL_WAYS but for the run. Pairs without a way have qualities that are not numbers; pupils with no
        school in reach follow.
    links
        Columns of SCHOOL_LINKS but for the run.
    """
    scenario_id, land_use, mode = key
    zones = inputs.places(land_use, rates.group_shares).zones
    on = inputs.graph(scenario_id, mode)
    start, end = (on.place(frame["node_id"]) for frame in (zones, schools))
    zone, school = (at.ravel() for at in np.indices((len(zones), len(schools))))
    felt = skims.skim(on, start, end).impedance_min
    passes = passages.passages(on, start[zone], end[school], np.arange(len(on.link_ids)))
    links = inputs.links_of(scenario_id).set_index("link_id").loc[on.link_ids].reset_index()
    met = school_routes.way_qualities(passes, links, main_road_per_day=asked.main_road_per_day)
    minutes = felt[zone, school]
    qualities = met.assign(felt_min=minutes).astype(float)
    qualities.loc[~np.isfinite(minutes)] = np.nan
    sides = [frame["side"].to_numpy(dtype=object)[at] for frame, at in ((zones, zone), (schools, school))]
    is_across = [a is not None and b is not None and a != b for a, b in zip(*sides, strict=True)]
    ways = pd.DataFrame(
        {
            "zone_id": zones["zone_id"].to_numpy(dtype=object)[zone],
            "school_id": schools["attraction_id"].to_numpy(dtype=object)[school],
            "is_across": np.array(is_across, dtype=bool),
        }
    ).join(qualities[list(SCHOOL_QUALITIES)])
    whole = with_pupils(ways, trips, school_day=school_day(rates.trips))
    passed = school_routes.school_links(
        passes, whole.iloc[: len(ways)], links, main_road_per_day=asked.main_road_per_day
    )
    return whole, passed


def school_day(trips: TripRates) -> float:
    """Return the trips to school on a weekday for each on the mean day of the week."""
    return sum(trips.on_a_day(Purpose.SCHOOL, band) for band in Band if band != Band.WEEKEND)


def with_pupils(ways: pd.DataFrame, trips: pd.DataFrame, *, school_day: float) -> pd.DataFrame:
    """Give each way its pupils; pupils with no school in reach follow, without a way.

    Trips to what is no school (day care) are nobody's here.
    """
    count = school_routes.pupils(trips, school_day=school_day)
    numbers = ["pupils_under_10", "pupils_over_10"]
    known = ways.merge(count, on=["zone_id", "school_id"], how="left", validate="one_to_one")
    known = known.fillna(dict.fromkeys(numbers, 0.0))
    nowhere = count.loc[count["school_id"] == ""].assign(is_across=False)
    if nowhere.empty:
        return known
    return pd.concat([known, nowhere.reindex(columns=known.columns)], ignore_index=True)


def _pace(rates: modelled.Rates, mode: Mode) -> dict[str, float]:
    return {str(group): pace for group, pace in rates.trips.pace(mode).items()}
