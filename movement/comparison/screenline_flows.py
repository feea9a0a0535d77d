"""Modelled people over each screenline, and how much of a change distance alone gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from movement.comparison.intervals import ALL, jackknife


@dataclass(frozen=True)
class Run:
    """One link scenario on one land use: flows by mode, links x replicates, and on distance alone (estimate only)."""

    felt: Mapping[str, pd.DataFrame]
    distance_only: Mapping[str, pd.Series]
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
    return pd.DataFrame(
        [
            {"screenline_id": line, "mode": mode} | _screenline_row(line, mode, run, before, zero, links_only)
            for line in sorted(run.crossing_link_ids)
            for mode in run.felt
        ]
    )


def crossing_flows(run: Run, links: gpd.GeoDataFrame) -> pd.DataFrame:
    """List the flow of each link over each screenline: columns of CROSSING_FLOWS but for scenario and land use."""
    named = links.set_index("link_id")[["name", "badge", "allows_walk", "allows_cycle"]]
    parts = [
        pd.DataFrame(
            columns=["screenline_id", "mode", "link_id", "name", "badge", "flow_per_day", "flow_low", "flow_high"]
        )
    ]
    for line, link_ids in sorted(run.crossing_link_ids.items()):
        for mode in ("walk", "cycle"):
            meeting = named.loc[list(link_ids)]
            rows = meeting.loc[meeting[f"allows_{mode}"]].reset_index()
            flows = run.felt[mode].reindex(rows["link_id"]).fillna(0.0).reset_index(drop=True)
            interval = jackknife(flows, least=0.0)
            parts.append(
                rows[["link_id", "name", "badge"]].assign(
                    screenline_id=line,
                    mode=mode,
                    flow_per_day=flows[ALL],
                    flow_low=interval["low"],
                    flow_high=interval["high"],
                )
            )
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _screenline_row(line: str, mode: str, run: Run, before: Run, zero: Run | None, links_only: Run) -> dict[str, float]:
    flow = _total(run, line, mode)
    against_before = (flow - _total(before, line, mode)).round(6)
    against_zero = flow * np.nan if zero is None else (flow - _total(zero, line, mode)).round(6)
    by_links = (flow[ALL] - _total(links_only, line, mode)[ALL]).iloc[0]
    by_distance = round(_distance_total(run, line, mode) - _distance_total(links_only, line, mode), 6)
    row = {
        "flow_per_day": flow[ALL].iloc[0],
        "change_distance": by_distance,
        "change_quality": round(by_links, 6) - by_distance,
    }
    row |= {"change_before": against_before[ALL].iloc[0], "change_zero": against_zero[ALL].iloc[0]}
    for name, values, least in (
        ("flow", flow, 0.0),
        ("change_before", against_before, None),
        ("change_zero", against_zero, None),
    ):
        interval = jackknife(values, least=least)
        row |= {f"{name}_low": interval["low"].iloc[0], f"{name}_high": interval["high"].iloc[0]}
    return row


def _total(run: Run, line: str, mode: str) -> pd.DataFrame:
    """Sum each replicate over the screenline's links: one row."""
    return run.felt[mode].reindex(list(run.crossing_link_ids[line])).fillna(0.0).sum().to_frame().T


def _distance_total(run: Run, line: str, mode: str) -> float:
    return float(run.distance_only[mode].reindex(list(run.crossing_link_ids[line])).fillna(0.0).sum())
