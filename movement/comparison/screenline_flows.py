"""Modelled people over each screenline, and what a change is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from movement.comparison.flow_changes import COUNTED_UP, PARTS
from movement.comparison.forecast import predict
from movement.comparison.intervals import ALL, spread
from movement.comparison.terms import DISTANCE
from movement.tables import Fault

NODE_M = 0.01  # so near a node, a line goes through it


@dataclass(frozen=True)
class Run:
    """One link scenario on one land use.

    `felt`: flows by mode, links x (the estimate, then draws). `terms`, `parts`: by mode, the change against today's
    links on the same land use: links of the union x terms; and by part, links of the union x (the estimate, then
    draws, which are known on links that meet a screenline).
    """

    felt: Mapping[str, pd.DataFrame]
    terms: Mapping[str, pd.DataFrame]
    parts: Mapping[str, Mapping[str, pd.DataFrame]]
    crossing_link_ids: Mapping[str, tuple[str, ...]]  # by screenline_id


def crossing_links(links: gpd.GeoDataFrame, screenlines: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    """Find the links open to people that meet each screenline.

    Parameters
    ----------
    links
        Rows of LINKS of one scenario.
    screenlines
        SCREENLINES, in the same CRS.
    """
    # ASSUME: a link that meets a screenline carries everyone on it across once
    open_links = links.loc[links["allows_walk"] | links["allows_cycle"]]
    found = {}
    for name, line in zip(screenlines["screenline_id"], screenlines.geometry, strict=True):
        found[str(name)] = tuple(sorted(open_links.loc[open_links.intersects(line), "link_id"]))
    return found


def through_nodes(links: gpd.GeoDataFrame, screenlines: gpd.GeoDataFrame, *, file: str) -> list[Fault]:
    """Find screenlines drawn through a node: the links on both sides of it would all count whom it passes.

    Parameters
    ----------
    links
        Rows of LINKS of one scenario.
    screenlines
        SCREENLINES, in the same CRS.
    file
        Name of the file that the screenlines are in.
    """
    open_links = links.loc[links["allows_walk"] | links["allows_cycle"]]
    ends: dict[str, shapely.Point] = {}
    for place, column in ((0, "from_node_id"), (-1, "to_node_id")):
        points = shapely.get_point(open_links.geometry.to_numpy(), place)
        ends |= dict(zip(open_links[column].astype(str), points, strict=True))
    nodes = gpd.GeoSeries(ends, crs=links.crs)
    return [
        Fault("screenline_through_node", file, value=str(name), detail={"node": str(node)})
        for name, line in zip(screenlines["screenline_id"], screenlines.geometry, strict=True)
        for node in sorted(nodes.index[nodes.distance(line) < NODE_M])
    ]


def barrier_screenlines(barriers: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Make a screenline of each barrier, for a study that draws none: `screenline_id` is the barrier's id."""
    merged = barriers.dissolve("barrier_id", as_index=False)
    return merged.rename(columns={"barrier_id": "screenline_id"})[["screenline_id", "geometry"]]


def screenline_flows(run: Run, before: Run, zero: Run | None, links_only: Run) -> pd.DataFrame:
    """Sum a run over the screenlines and compare it.

    Parameters
    ----------
    run
        The run.
    before
        Today's links on today's land use.
    zero
        Today's links on the planned land use; None for a run on today's.
    links_only
        Today's links on the run's own land use: what is left is the links' effect.

    Returns
    -------
    flows
        Columns of SCREENLINE_FLOWS but for scenario and land use: a row per screenline and mode.
    """
    rows = pd.concat([_mode_rows(mode, run, before, zero, links_only) for mode in run.felt])
    return rows.sort_values("screenline_id", kind="stable", ignore_index=True)


def screenline_terms(run: Run, links_only: Run) -> pd.DataFrame:
    """Sum each term of the links' change over the screenlines: SCREENLINE_TERMS but for scenario and land use."""
    rows = [
        _sums(run.terms[mode], run, links_only).rename_axis("screenline_id").reset_index().assign(mode=mode)
        for mode in run.terms
    ]
    return (
        pd.concat(rows, ignore_index=True)
        .fillna(0.0)
        .melt(["screenline_id", "mode"], var_name="term", value_name="flow_change")
    )


def crossing_flows(run: Run, links: gpd.GeoDataFrame, errors: Mapping[str, tuple[float, int]]) -> pd.DataFrame:
    """List the flow of each link over each screenline: columns of CROSSING_FLOWS but for scenario and land use.

    Parameters
    ----------
    run, links
        The run, and rows of LINKS of its scenario.
    errors
        By mode: standard deviation of sites' relative departures, and sites less parameters of the fit. With them the
        prediction interval is made as for a forecast, but without the error of a count.
    """
    named = links.set_index("link_id")[["name", "badge", "allows_walk", "allows_cycle"]]
    parts = [
        pd.DataFrame(
            columns=[
                "screenline_id",
                "mode",
                "link_id",
                "name",
                "badge",
                "flow_per_day",
                "flow_low",
                "flow_high",
                "prediction_low",
                "prediction_high",
            ]
        )
    ]
    for line, link_ids in sorted(run.crossing_link_ids.items()):
        for mode in ("walk", "cycle"):
            meeting = named.loc[list(link_ids)]
            rows = meeting.loc[meeting[f"allows_{mode}"]].reset_index()
            flows = run.felt[mode].reindex(rows["link_id"]).fillna(0.0).reset_index(drop=True)
            interval = spread(flows, least=0.0)
            wider = _predicted(flows, *errors.get(mode, (np.nan, 0)))
            parts.append(
                rows[["link_id", "name", "badge"]].assign(
                    screenline_id=line,
                    mode=mode,
                    flow_per_day=flows[ALL],
                    flow_low=interval["low"],
                    flow_high=interval["high"],
                    prediction_low=np.minimum(wider["forecast_low"], interval["low"]),  # draws may be more lopsided
                    prediction_high=np.maximum(wider["forecast_high"], interval["high"]),
                )
            )
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _predicted(flows: pd.DataFrame, site_error: float, freedom: int) -> pd.DataFrame:
    exact = pd.DataFrame({"counted_per_day": np.nan, "counted_se": 0.0}, index=flows.index)  # nothing is counted
    return predict(flows, exact, site_error=site_error, freedom=freedom)


def _mode_rows(mode: str, run: Run, before: Run, zero: Run | None, links_only: Run) -> pd.DataFrame:
    """Compare one mode's flows: a row per screenline."""
    lines = sorted(run.crossing_link_ids)
    flow = _totals(run, lines, mode)
    against_before = (flow - _totals(before, lines, mode)).round(6)
    against_zero = flow * np.nan if zero is None else (flow - _totals(zero, lines, mode)).round(6)
    terms = _sums(run.terms[mode], run, links_only).reindex(lines)
    parts = {name: _sums(run.parts[mode][name], run, links_only).reindex(lines).round(6) for name in PARTS}
    by_distance = terms.get(DISTANCE, pd.Series(0.0, index=lines)).round(6)
    rows = pd.DataFrame(
        {
            "mode": mode,
            "flow_per_day": flow[ALL],
            "change_distance": by_distance,
            "change_quality": (terms.sum(axis=1) - by_distance).round(6),
            **{f"change_{name}": part[ALL] for name, part in parts.items()},
            "change_before": against_before[ALL],
            "change_zero": against_zero[ALL],
        }
    )
    intervals = [
        spread(flow, least=0.0).add_prefix("flow_"),
        spread(against_before).add_prefix("change_before_"),
        spread(against_zero).add_prefix("change_zero_"),
        *(
            spread(part, least=0.0 if name in COUNTED_UP else None).add_prefix(f"change_{name}_")
            for name, part in parts.items()
        ),
    ]
    return pd.concat([rows, *intervals], axis=1).rename_axis("screenline_id").reset_index()


def _totals(run: Run, lines: list[str], mode: str) -> pd.DataFrame:
    """Sum each draw over each screenline's links: screenlines x (estimate, draws)."""
    flows = run.felt[mode]
    return pd.DataFrame(
        [flows.loc[flows.index.isin(run.crossing_link_ids[line])].sum() for line in lines],
        index=lines,
        columns=flows.columns,
    )


def _sums(changes: pd.DataFrame, run: Run, reference: Run) -> pd.DataFrame:
    """Sum columns of change over the links that meet each screenline on either network: screenlines x columns."""
    lines = sorted(run.crossing_link_ids)
    met = [{*run.crossing_link_ids[line], *reference.crossing_link_ids[line]} for line in lines]
    return pd.DataFrame(
        [changes.loc[changes.index.isin(links)].sum() for links in met], index=lines, columns=changes.columns
    )
