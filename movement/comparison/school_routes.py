"""Pupils' ways to school: how long, over which roads, in what light, and what a scenario changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from movement.tables import Crossing, Group
from movement.tables.severance import SCHOOL_QUALITIES, OnTheWay, SchoolClasses

Reals = NDArray[np.float64]

# ASSUME: children under 10 go to classes 0-3; of those over 10 half go to classes 4-6 and half to classes 7-9
CLASSES: Mapping[SchoolClasses, tuple[Group, float]] = {
    SchoolClasses.CLASSES_0_3: (Group.CHILD_UNDER_10, 1.0),
    SchoolClasses.CLASSES_4_6: (Group.CHILD_OVER_10, 0.5),
    SchoolClasses.CLASSES_7_9: (Group.CHILD_OVER_10, 0.5),
}
_PUPILS = {Group.CHILD_UNDER_10: "pupils_under_10", Group.CHILD_OVER_10: "pupils_over_10"}
_AT_ROAD = (Crossing.SIGNALS, Crossing.MARKED, Crossing.UNMARKED)
_WAY = ["zone_id", "school_id"]
_LEAST_PUPILS = 0.005  # nobody, to two decimals


def way_qualities(passes: Any, links: pd.DataFrame, *, main_road_per_day: float) -> pd.DataFrame:
    """Sum what ways meet.

    Parameters
    ----------
    passes
        How often a trip of each pair passes each link: pairs x links, as select link gives it for cheapest ways.
    links
        LINKS, a row per column of `passes`.
    main_road_per_day
        Vehicles a day from which a road is a main road.

    Returns
    -------
    qualities
        `length_m`, `main_roads`, `ramps`, `unlit_m`, `busy_m`, `motor_per_day`: a row per pair.
    """
    # ASSUME: a road is crossed where a link says how it crosses, and the traffic of that link is the road's;
    # crossing where two drawn roads simply meet is not counted
    metres = links["length_mm"].to_numpy(dtype=float) / 1000
    motor, waits = (links[name].to_numpy(dtype=float) for name in ("motor_per_day", "waits"))
    is_at = _met(links, main_road_per_day)
    per_link = {
        "length_m": metres,
        "main_roads": waits * is_at[OnTheWay.MAIN_ROAD],
        "ramps": waits * is_at[OnTheWay.RAMP],
        "unlit_m": metres * is_at[OnTheWay.UNLIT],
        "busy_m": metres * is_at[OnTheWay.ALONG_MAIN_ROAD],
        "motor_per_day": metres * motor * ~_is_crossing(links),
    }
    summed = pd.DataFrame({name: passes @ values for name, values in per_link.items()})
    length = summed["length_m"].to_numpy()
    mean = np.divide(summed["motor_per_day"], length, out=np.zeros(len(summed)), where=length > 0)
    return summed.assign(motor_per_day=mean)


def school_links(passes: Any, ways: pd.DataFrame, links: pd.DataFrame, *, main_road_per_day: float) -> pd.DataFrame:
    """Count the pupils of each school who pass each link.

    Parameters
    ----------
    passes, links, main_road_per_day
        As for `way_qualities`.
    ways
        `school_id`, `pupils_under_10` and `pupils_over_10`, a row per row of `passes`.

    Returns
    -------
    links
        `school_id`, `link_id`, `pupils`, and `meets`: the worst they meet on the link, in the order of OnTheWay. Links
        that nobody passes have no row.
    """
    count = ways[list(_PUPILS.values())].sum(axis=1).to_numpy(dtype=float)
    number, names = pd.factorize(ways["school_id"].to_numpy(dtype=object))
    of_school = sparse.csr_array((count, (number, np.arange(len(ways)))), shape=(len(names), len(ways)))
    passed = sparse.coo_array(of_school @ passes)
    school, link = passed.coords
    meets = np.full(len(links), str(OnTheWay.NOTHING), dtype=object)
    for word, is_at in reversed(_met(links, main_road_per_day).items()):
        meets[is_at] = str(word)
    found = pd.DataFrame(
        {
            "school_id": np.asarray(names, dtype=object)[school],
            "link_id": links["link_id"].to_numpy(dtype=object)[link],
            "pupils": passed.data,
            "meets": meets[link],
        }
    )
    return found.loc[found["pupils"] >= _LEAST_PUPILS].reset_index(drop=True)


def _is_crossing(links: pd.DataFrame) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = links["crossing"].isin([str(word) for word in (*_AT_ROAD, Crossing.RAMP)]).to_numpy()
    return found


def _met(links: pd.DataFrame, main_road_per_day: float) -> dict[OnTheWay, NDArray[np.bool_]]:
    """Tell what each link has for those who pass it, worst first."""
    is_main = links["motor_per_day"].to_numpy(dtype=float) >= main_road_per_day
    at_road = links["crossing"].isin([str(word) for word in _AT_ROAD]).to_numpy(dtype=bool)
    return {
        OnTheWay.RAMP: (links["crossing"] == str(Crossing.RAMP)).to_numpy(dtype=bool),
        OnTheWay.MAIN_ROAD: at_road & is_main,
        OnTheWay.ALONG_MAIN_ROAD: is_main & ~_is_crossing(links),
        OnTheWay.UNLIT: ~links["is_lit"].to_numpy(dtype=bool),
    }


def pupils(trips: pd.DataFrame, *, school_day: float) -> pd.DataFrame:
    """Count the pupils of a school day by zone and school.

    Parameters
    ----------
    trips
        `group`, `origin_id`, `destination_id`, `trips_per_day`: rows of TRIPS of one run and mode to schools, on the
        mean day of the week.
    school_day
        Trips to school on a weekday for each on the mean day of the week: 7/5 where nobody goes at the weekend.

    Returns
    -------
    pupils
        `zone_id`, `school_id`, `pupils_under_10`, `pupils_over_10`. `school_id` has no letters where no school is in
        reach.

    Examples
    --------
    100 trips on the mean day, none at the weekend, are 140 on each of five school days: 70 pupils.
    """
    # ASSUME: a pupil is two trips on a school day, there and back; which school pupils go to is as the model shares
    # them out, not by school districts
    children = trips.loc[trips["group"].isin([str(group) for group in _PUPILS])]
    wide = (
        children.assign(group=children["group"].map({str(group): name for group, name in _PUPILS.items()}))
        .pivot_table(
            index=["origin_id", "destination_id"], columns="group", values="trips_per_day", aggfunc="sum", sort=True
        )
        .reindex(columns=list(_PUPILS.values()))
        .fillna(0.0)
    )
    found = (wide * school_day / 2).rename_axis(columns=None).reset_index()
    return found.rename(columns={"origin_id": "zone_id", "destination_id": "school_id"})


def school_routes(
    ways: pd.DataFrame, before: pd.DataFrame, *, limits_m: Mapping[str, float], pace: Mapping[str, float]
) -> pd.DataFrame:
    """Average pupils' ways to each school, and hold them against the same pupils' ways on today's links.

    Parameters
    ----------
    ways
        Columns of SCHOOL_WAYS of one run and mode, and pupils with no school in reach, whose `school_id` has no letters
        and whose qualities are not numbers.
    before
        The same of today's links on the same land use; its pupils are not used.
    limits_m
        Distance by classes; Folkeskoleloven paragraph 26: from 2.5, 6 and 7 km on pupils are carried.
    pace
        Felt time over an adult's by group.

    Returns
    -------
    routes
        Columns of SCHOOL_ROUTES but for run and mode; no row where there are no pupils. Changes are means over the
        pupils who have a way on both networks.
    """
    old = before[[*_WAY, *SCHOOL_QUALITIES]].rename(columns={name: f"{name}_old" for name in SCHOOL_QUALITIES})
    both = ways.merge(old, on=_WAY, how="left", validate="one_to_one")
    rows = []
    for classes, (group, share) in CLASSES.items():
        slower = dict.fromkeys(("felt_min", "felt_min_old"), float(pace.get(str(group), 1.0)))
        own = both.assign(pupils=both[_PUPILS[group]] * share, **{name: both[name] * by for name, by in slower.items()})
        own = own.loc[own["pupils"] > 0]
        rows += [
            {"school_id": school, "classes": str(classes)} | _means(part, float(limits_m[str(classes)]))
            for school, part in own.groupby("school_id", sort=True)
        ]
    return pd.DataFrame(rows)


def _means(part: pd.DataFrame, limit_m: float) -> dict[str, Any]:
    count = part["pupils"].to_numpy(dtype=float)
    has_way, had_way = part["length_m"].notna().to_numpy(), part["length_m_old"].notna().to_numpy()
    found: dict[str, Any] = {
        "pupils": count.sum(),
        "pupils_across": count[part["is_across"].to_numpy(dtype=bool)].sum(),
        "limit_m": limit_m,
        "pupils_beyond": count[(part["length_m"] > limit_m).to_numpy()].sum(),
        "pupils_beyond_before": count[(part["length_m_old"] > limit_m).to_numpy()].sum(),
        "pupils_no_way_before": count[has_way & ~had_way].sum(),
    }
    for name in SCHOOL_QUALITIES:
        now, change = part[name].to_numpy(dtype=float), (part[name] - part[f"{name}_old"]).to_numpy(dtype=float)
        for column, values, used in ((name, now, has_way), (f"{name}_change", change, has_way & had_way)):
            found[column] = np.average(values[used], weights=count[used]) if used.any() else None
    return found
