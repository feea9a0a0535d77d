"""Tables with one count a row: the tidy layout and the declared ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Sheet
from movement.sources.counters.words import direction_of, known_directions, mode_of
from movement.tables import Mode

Row = tuple[int, tuple[str, ...]]


def tall_sheet(
    layout: str,
    rows: Sequence[Row],
    body: Sequence[Row],
    refused: Sequence[tuple[int, str, str]],
    *,
    taken: Mapping[str, int | None],
    declaration: FileDeclaration,
) -> Sheet:
    """Make a sheet of a table with one count a row.

    Parameters
    ----------
    layout
        Its name.
    rows, body, refused
        All data rows; those of the right length; the others.
    taken
        Position of station, mode, direction, when, clock, value, span_min and zone; None or absent where the file's
        declaration, or nothing, says it.
    declaration
        What counts.yaml says of the file.
    """
    texts = {
        name: pd.Series([cells[place] for _, cells in body], dtype=object)
        for name, place in taken.items()
        if place is not None
    }
    whole = {"station": declaration.station, "mode": declaration.mode, "direction": "both", "zone": "", "span_min": "0"}
    frame = pd.DataFrame(
        {"row": [line for line, _ in body]}
        | {name: texts.get(name, default) for name, default in whole.items()}
        | {"is_total": False, "when": texts["when"], "value": texts["value"]}
    )
    if "clock" in texts:
        frame = frame.assign(when=frame["when"] + " " + texts["clock"])
    modes = {text: mode_word(text) for text in frame["mode"].unique()}
    directions = directions_of(list(frame["direction"].unique()), declaration.directions)
    frame = frame.assign(
        station=declaration.station_prefix + frame["station"],
        span_min=pd.to_numeric(frame["span_min"], errors="coerce").fillna(0).astype("int64"),
    )
    bad_mode = frame[frame["mode"].map(modes) == ""]
    bad_direction = frame[(frame["direction"].map(directions) == "") & ~frame["row"].isin(bad_mode["row"])]
    more = [(int(row), text, "bad_mode") for row, text in zip(bad_mode["row"], bad_mode["mode"], strict=True)]
    more += [
        (int(row), text, "bad_direction")
        for row, text in zip(bad_direction["row"], bad_direction["direction"], strict=True)
    ]
    good = frame[~frame["row"].isin([row for row, *_ in more])]
    good = good.assign(mode=good["mode"].map(modes), direction=good["direction"].map(directions))
    return Sheet(layout, good, tuple(line for line, _ in rows), (*refused, *more))


def mode_word(text: str) -> str:
    """Return the mode a cell names, empty where it names none."""
    return text if text in set(Mode) else mode_of(text)[0]


def directions_of(texts: list[str], declared: Mapping[str, str]) -> dict[str, str]:
    """Return the direction each cell names: `both` where it is blank, empty where it is not known."""
    known = {text: direction_of(text) for text in texts}
    free = known_directions((name for direction, name in known.values() if not direction), declared) or {}
    return {text: "both" if not text else direction or free.get(name, "") for text, (direction, name) in known.items()}
