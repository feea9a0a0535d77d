"""Telraam traffic reports: CSV from the site or R, and the API's JSON, one segment or instance, hourly or daily.

Times are UTC. Numbers are fractions: the device scales them by the share of the hour it was awake (`uptime`). An hour
under half awake is flagged (the rule of the R package telraamStats), as is a dark hour, which it cannot see (uptime 0).
"""

from __future__ import annotations

import re

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Lines, Sheet, split_by_length, wide_cells
from movement.tables import Flag, Mode

LAYOUT = "telraam"
LEAST_UPTIME = 0.5
_NEEDED = {"date", "uptime", "pedestrian", "bike"}
_SPANS = {"hourly": 60, "daily": 1440, "quarterly": 15}
_MODES = {"pedestrian": Mode.WALK, "bike": Mode.CYCLE, "car": Mode.MOTOR, "heavy": Mode.MOTOR}
_COUNTED = re.compile(r"^(pedestrian|bike|car|heavy)(?:_(lft|rgt))?$")


def recognises(lines: Lines) -> bool:
    """Whether the file is of this layout, by its header."""
    return bool(lines.rows) and set(lines.rows[0][1]) >= _NEEDED


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read a Telraam report.

    The site is the segment, or the instance where the report has none. Left is `in` and right `out`, unless
    `directions` in counts.yaml turns `lft` and `rgt` round. Cars and heavy vehicles together are motor traffic.
    """
    header = lines.rows[0][1]
    at = {name: place for place, name in enumerate(header)}
    body, refused = split_by_length(lines.rows[1:], len(header))
    ways = {"lft": "in", "rgt": "out"} | dict(declaration.directions)
    has_sides = all(f"{name}_{side}" in at for name in ("pedestrian", "bike") for side in ("lft", "rgt"))
    found = [(place, _COUNTED.match(name)) for name, place in at.items()]
    columns = [
        (place, "", str(_MODES[match[1]]), ways[match[2]] if match[2] else "both", has_sides and not match[2])
        for place, match in found
        if match and bool(match[2]) <= has_sides
    ]
    site = {row: _site(cells, at) for row, cells in body}
    cells = wide_cells(
        body,
        columns,
        when=[cells[at["date"]] for _, cells in body],
        span_min=[_SPANS.get(cells[at["interval"]], 0) if "interval" in at else 0 for _, cells in body],
    )
    asleep = {row: str(Flag.LOW_UPTIME) for row, cells in body if _share(cells[at["uptime"]]) < LEAST_UPTIME}
    return Sheet(
        LAYOUT,
        cells.assign(station=cells["row"].map(site), zone="UTC"),
        tuple(row for row, _ in lines.rows[1:]),
        tuple(refused),
        orders=("dmy",),
        decimal=".",
        is_whole=False,
        flags=asleep,
        notes=({"note": "directions_named", "names": f"lft={ways['lft']}, rgt={ways['rgt']}"},) if has_sides else (),
    )


def _site(cells: tuple[str, ...], at: dict[str, int]) -> str:
    segment = cells[at["segment_id"]] if "segment_id" in at else ""
    return segment if segment not in ("", "-1") else cells[at["instance_id"]] if "instance_id" in at else ""


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
