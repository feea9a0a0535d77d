"""Contracts of what is shown of severance, meeting places and school routes: small numbers left out, the rest in short.

Figures of fewer persons than are shown of a group of residents are empty, and figures that would give such a number
away when they are taken off one another; `is_suppressed` says where.
"""

from __future__ import annotations

from dataclasses import replace

from movement.tables import ENCOUNTERS, MEETING_PLACES, SCHOOL_ROUTES, SEVERANCE, SIDE_REACH, Column, Table

_SUPPRESSED = {
    "is_suppressed": Column(
        "yes_no", "Left out: below the least number of persons shown of a group, or what would give one away"
    )
}
PEOPLE_AT_A_PLACE = ("people_side", "people_other_side", "product", "product_low", "product_high", "balance")
PUPILS = ("pupils_across", "pupils_beyond", "pupils_beyond_before", "pupils_no_way_before")


def _shown(table: Table, names: tuple[str, ...]) -> dict[str, Column]:
    """Return a table's columns, those named empty where suppressed."""
    return {
        name: replace(column, meaning=f"{column.meaning}; empty where suppressed", nullable=True, least=None)
        if name in names
        else column
        for name, column in table.columns.items()
    } | _SUPPRESSED


SEVERANCE_SIDES = Table("severance_sides", SEVERANCE.meaning, _shown(SEVERANCE, ("people",)), SEVERANCE.key)
SIDE_SHARES = Table(
    "side_shares",
    "Share of the people on each side who reach something on foot, for the screenlines; without sampling intervals",
    {name: column for name, column in _shown(SIDE_REACH, ("people", "people_reaching")).items() if name != "who"},
    tuple(name for name in SIDE_REACH.key if name != "who"),
)
_LINKS = _shown(ENCOUNTERS, PEOPLE_AT_A_PLACE)
SHARED_LINKS = Table(
    "shared_links",
    "The links of each scenario where most residents of either side could meet, walking and cycling, on the mean day",
    {
        **{name: column for name, column in _LINKS.items() if name not in ("mode", "band", "is_suppressed")},
        "rank": Column("integer", "1 for the largest product"),
        "name": Column("text", "Street or path", nullable=True),
        "badge": Column("text", "Letter of a scenario's link", nullable=True),
        **_SUPPRESSED,
    },
    ("scenario_id", "land_use", "side", "other_side", "link_id"),
)
_PLACES = _shown(MEETING_PLACES, (*PEOPLE_AT_A_PLACE, "product_before", "balance_before"))
MEETING_CANDIDATES = Table(
    "meeting_candidates",
    "The best candidates for meeting places along each scenario's links, walking and cycling, by part of the week",
    {
        **{name: column for name, column in _PLACES.items() if name not in ("mode", "rank")},
        "rank": Column("integer", "1 for the largest product on the mean day, in all parts of the week"),
    },
    ("scenario_id", "land_use", "node_id", "side", "other_side", "band"),
)
_MEANS = tuple(name for name, column in SCHOOL_ROUTES.columns.items() if column.nullable)
SCHOOL_PUPILS = Table(
    "school_pupils", SCHOOL_ROUTES.meaning, _shown(SCHOOL_ROUTES, ("pupils", *PUPILS, *_MEANS)), SCHOOL_ROUTES.key
)
SUMMED = (SEVERANCE_SIDES, SIDE_SHARES, SHARED_LINKS, MEETING_CANDIDATES, SCHOOL_PUPILS)
