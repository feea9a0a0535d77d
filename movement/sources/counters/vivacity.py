"""VivaCity classified counts: one row per countline, time and direction, one column per class of road user.

`NULL` is blank. An interval with `dataError`, or whose data were available for less than 80 % of it, is flagged.
"""

from __future__ import annotations

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Lines, Sheet, split_by_length, wide_cells
from movement.sources.counters.words import direction_of, known_directions
from movement.tables import Fault, Flag, InputFaults, Mode

LAYOUT = "vivacity"
LEAST_AVAILABLE_PCT = 80.0
_UTC, _LINE, _WAY = "utc datetime", "countlineid", "direction"
_AVAILABLE, _ERROR = "dataavailabilitypercent", "dataerror"
_ASIDE = {_UTC, "local datetime", _LINE, "countlinename", _WAY, _AVAILABLE, _ERROR, "total"}
_MODES = {"pedestrian": Mode.WALK, "wheelchair": Mode.WALK, "cyclist": Mode.CYCLE} | dict.fromkeys(
    ("car", "taxi", "motorbike", "bus", "minibus", "van", "lgv", "truck", "rigid", "hgv", "ogv1", "ogv2",
     "agricultural", "emergency car", "emergency van", "fire engine", "caravan", "trailer"), Mode.MOTOR)  # fmt: skip
_NOT_OURS = {"e-scooter", "escooter", "scooter", "pushchair", "dog", "train", "tram", "rental bike"}


def recognises(lines: Lines) -> bool:
    """Whether the file is of this layout, by its header."""
    return bool(lines.rows) and {_UTC, _LINE, _WAY} <= {name.casefold() for name in lines.rows[0][1]}


def read(lines: Lines, *, stations: frozenset[str], declaration: FileDeclaration) -> Sheet:
    """Read classified counts; the site is the countline's id.

    Classes that are neither walking, cycling nor motor traffic are left out and named. `columns` in counts.yaml gives
    a class a mode.

    Raises
    ------
    InputFaults
        If a class is not known.
    """
    row, titles = lines.rows[0]
    header = [title.casefold() for title in titles]
    at = {name: place for place, name in enumerate(header)}
    declared = {str(name).casefold(): str(mode) for name, mode in declaration.columns.items()}
    classes = {name: place for name, place in at.items() if name and name not in _ASIDE}
    modes = {name: declared.get(name) or str(_MODES.get(name, "")) for name in classes}
    strange = [titles[place] for name, place in classes.items() if not modes[name] and name not in _NOT_OURS]
    if strange:
        raise InputFaults([Fault("unknown_column", lines.name, row, name) for name in strange])
    body, refused = split_by_length(lines.rows[1:], len(header))
    body = [(line, tuple("" if cell == "NULL" else cell for cell in cells)) for line, cells in body]
    ways, unknown = _ways({cells[at[_WAY]] for _, cells in body}, declaration)
    refused += [(line, cells[at[_WAY]], "bad_direction") for line, cells in body if cells[at[_WAY]] in unknown]
    body = [(line, cells) for line, cells in body if cells[at[_WAY]] not in unknown]
    columns = [(place, "", modes[name], "", False) for name, place in classes.items() if modes[name]]
    cells = wide_cells(body, columns, when=[_utc(cells[at[_UTC]]) for _, cells in body])
    unused = ", ".join(titles[place] for name, place in classes.items() if not modes[name])
    return Sheet(
        LAYOUT,
        cells.assign(
            station=cells["row"].map({line: cells[at[_LINE]] for line, cells in body}),
            direction=cells["row"].map({line: ways[cells[at[_WAY]]] for line, cells in body}),
        ),
        tuple(line for line, _ in lines.rows[1:]),
        tuple(refused),
        orders=("dmy",),
        flags={line: str(Flag.LOW_UPTIME) for line, cells in body if _is_unsure(cells, at)},
        notes=({"note": "classes_left_out", "names": unused},) if unused else (),
    )


def _ways(texts: set[str], declaration: FileDeclaration) -> tuple[dict[str, str], set[str]]:
    known = {text: direction_of(text.replace("_", " ")) for text in texts}
    free = known_directions((name for way, name in known.values() if not way), declaration.directions) or {}
    ways = {text: way or free.get(name, "") for text, (way, name) in known.items()}
    return ways, {text for text, way in ways.items() if not way}


def _utc(text: str) -> str:
    return text if text.endswith("Z") or "+" in text or not text else f"{text}Z"


def _is_unsure(cells: tuple[str, ...], at: dict[str, int]) -> bool:
    share = cells[at[_AVAILABLE]] if _AVAILABLE in at else "100"
    error = cells[at[_ERROR]].casefold() if _ERROR in at else ""
    try:
        return float(share or 0) < LEAST_AVAILABLE_PCT or error in ("true", "1", "yes")
    except ValueError:
        return True
