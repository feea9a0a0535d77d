"""Which crossings, streets and kinds of site a list of count sites sees, and which it does not."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from movement.tables import SITES_TO_COUNT, Advice, LandUse, Role

STREETS_SHOWN = 10
# ASSUME: a kind of site needs two controls of its own, as one has no spread
CONTROLS_PER_KIND = 2


def sites_to_count(
    crossing_flows: pd.DataFrame,
    flow_changes: pd.DataFrame,
    snaps: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    stations: Collection[str],
    screenline_id: str | None,
    scenario_id: str,
) -> pd.DataFrame:
    """Hold proposed sites against the screenline's crossings, the streets that will change, and the kinds of site.

    Parameters
    ----------
    crossing_flows, flow_changes, snaps, sites
        CROSSING_FLOWS, FLOW_CHANGES, SNAPS, SITES; the first three may be empty where no model was run.
    stations
        Sites proposed.
    screenline_id
        Screenline whose crossings are looked at; None for none.
    scenario_id
        Scenario expected, of today's land use.

    Returns
    -------
    rows
        SITES_TO_COUNT, largest first within each kind of advice. A crossing or street is covered by a site on one of
        its links, or by a site of the screenline on a link of the same name.
    """
    places = _Places(flow_changes, snaps, sites)
    rows = [
        *_crossings(crossing_flows, places, stations, screenline_id, scenario_id),
        *_changes(flow_changes, places, stations, scenario_id),
        *_kinds(sites, stations, screenline_id),
    ]
    return SITES_TO_COUNT.check(pd.DataFrame(rows, columns=list(SITES_TO_COUNT.columns)))


class _Places:
    """Link and street of each site."""

    def __init__(self, flow_changes: pd.DataFrame, snaps: pd.DataFrame, sites: pd.DataFrame) -> None:
        own = snaps[(snaps["kind"] == "site") & (snaps["land_use"] == str(LandUse.TODAY)) & snaps["link_id"].notna()]
        self.links = {str(site): _whole(link) for site, link in zip(own["item_id"], own["link_id"], strict=True)}
        named = flow_changes.dropna(subset=["name"]).drop_duplicates("link_id")
        self.names = {_whole(link): str(name) for link, name in zip(named["link_id"], named["name"], strict=True)}
        self.lines = dict(zip(sites["station_id"], sites["screenline_ids"].fillna(""), strict=True))

    def on_link(self, link_id: str, name: str | None, screenline_id: str) -> list[str]:
        """Return the sites on a link, or of the screenline on a link of that name."""
        of_line = [
            site for site in self.links if screenline_id in str(self.lines.get(site, "")).replace(" ", "").split(",")
        ]
        by_name = [site for site in of_line if name and self.names.get(self.links[site]) == name]
        return sorted({site for site, link in self.links.items() if link == _whole(link_id)} | set(by_name))

    def on_street(self, street: str) -> list[str]:
        """Return the sites on any link of a street."""
        return sorted(site for site, link in self.links.items() if self.names.get(link, link) == street)


def _whole(link_id: object) -> str:
    """Return the link that a part (L1/2) was split from."""
    return str(link_id).split("/")[0]


def _crossings(
    flows: pd.DataFrame, places: _Places, stations: Collection[str], screenline_id: str | None, scenario_id: str
) -> list[dict[str, object]]:
    mine = flows[
        (flows["scenario_id"] == scenario_id)
        & (flows["land_use"] == str(LandUse.TODAY))
        & (flows["screenline_id"] == screenline_id)
    ]
    by_link = mine.groupby("link_id").agg(amount=("flow_per_day", "sum"), name=("name", "first"))
    by_link = by_link[by_link["amount"] > 0]
    rows = []
    for link, row in by_link.sort_values("amount", ascending=False, kind="stable").iterrows():
        name = row["name"] if isinstance(row["name"], str) else None
        seen = places.on_link(str(link), name, str(screenline_id))
        rows.append(_row(Advice.CROSSING, str(link), name, row["amount"], by_link["amount"].sum(), seen, stations))
    return rows


def _changes(
    changes: pd.DataFrame, places: _Places, stations: Collection[str], scenario_id: str
) -> list[dict[str, object]]:
    """Return the streets whose flow changes most, by the link that changes most."""
    mine = changes[
        (changes["scenario_id"] == scenario_id)
        & (changes["land_use"] == str(LandUse.TODAY))
        & (changes["reference"] == "before")
        & (changes["mode"] == "all")
    ]
    street = mine["name"].where(mine["name"].notna(), mine["link_id"].map(_whole))
    amount = mine["flow_change"].groupby(street).agg(lambda values: values.loc[values.abs().idxmax()])
    largest = amount.reindex(amount.abs().sort_values(ascending=False, kind="stable").index).head(STREETS_SHOWN)
    whole = float(amount.abs().sum())
    return [
        _row(Advice.CHANGE, str(name), str(name), change, whole, places.on_street(str(name)), stations)
        for name, change in largest.items()
        if change
    ]


def _row(
    advice: Advice,
    item: str,
    name: str | None,
    amount: float,
    whole: float,
    seen: list[str],
    stations: Collection[str],
) -> dict[str, object]:
    return {
        "advice": str(advice),
        "item": item,
        "name": name,
        "amount": amount,
        "share_pct": 100 * abs(amount) / whole if whole else None,
        "station_ids": ", ".join(seen) or None,
        "is_covered": any(site in stations for site in seen),
    }


def _kinds(sites: pd.DataFrame, stations: Collection[str], screenline_id: str | None) -> list[dict[str, object]]:
    """Return each kind of treated or crossing site with its controls: those proposed first, else all there are."""
    lines = sites["screenline_ids"].fillna("").str.replace(" ", "").str.split(",")
    inside = pd.Series([screenline_id in part for part in lines], index=sites.index)
    proposed = sites["station_id"].isin(stations)
    touched = sites[proposed & (inside | (sites["role"] == str(Role.TREATED)))]
    controls = sites[sites["role"] == str(Role.CONTROL)]
    rows = []
    for kind, own in touched.groupby("site_type"):
        same = controls[controls["site_type"] == kind]
        chosen = same[same["station_id"].isin(stations)]
        covered = len(chosen) >= CONTROLS_PER_KIND
        named = sorted((chosen if covered else same)["station_id"])
        rows.append(
            _row(Advice.CONTROL_TYPE, str(kind), None, len(own), 0.0, named, stations) | {"is_covered": covered}
        )
    return rows
