"""counts.yaml: what a planner says of count files that the files do not say themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from movement.tables import Fault, InputFaults

NAME = "counts.yaml"
_ORDERS = ("dmy", "mdy", "ymd")
_TOP = ("files", "skip", "replaces", "sites", "is_synthetic")


@dataclass(frozen=True)
class FileDeclaration:
    """One file's entry; empty values mean that the file says it itself."""

    layout: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)  # by header; what it holds depends on the layout
    directions: Mapping[str, str] = field(default_factory=dict)  # in or out by the vendor's name of a direction
    station: str = ""
    station_prefix: str = ""
    mode: str = ""
    interval_min: int = 0
    timezone: str = ""
    date_order: str = ""
    decimal: str = ""
    thousands: str = ""
    exported: str = ""
    other_sites: str = ""  # leave_out: rows of sites that are not the study's are left out and counted
    other_columns: str = ""  # station: each column not named is a site
    months: tuple[str, ...] = ()  # names of the twelve months, where the file writes them in another language
    is_synthetic: bool = False


@dataclass(frozen=True)
class Declarations:
    """counts.yaml as a whole."""

    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    replaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # older files by newer
    sites: Mapping[str, str] = field(default_factory=dict)
    is_synthetic: bool = False

    def of(self, name: str) -> FileDeclaration:
        """Return what is said of a file: its own entry, else the first pattern that fits."""
        pattern = name if name in self.files else next((key for key in self.files if fnmatchcase(name, key)), None)
        said = dict(self.files[pattern]) if pattern is not None else {}
        said = known_declarations().get(str(said.pop("like", "")), {}) | said
        return FileDeclaration(**{"is_synthetic": self.is_synthetic} | said)


@cache
def known_declarations() -> dict[str, dict[str, Any]]:
    """Return the declarations that come with the program, by the word that `like` takes them over with."""
    folder = resources.files("movement.sources.counters") / "known"
    found = [item for item in folder.iterdir() if item.name.endswith(".yaml")]
    return {
        item.name.removesuffix(".yaml"): _plain(yaml.safe_load(item.read_text(encoding="utf-8")))
        for item in sorted(found, key=lambda item: item.name)
    }


def read_declarations(folder: Path, *, names: tuple[str, ...]) -> Declarations:
    """Read counts.yaml, all faults at once; empty where there is none.

    Parameters
    ----------
    folder
        Folder of the count files.
    names
        Count files there, relative to it.

    Raises
    ------
    InputFaults
        If it is not YAML, has unknown keys or words, or names files that are missing.
    """
    path = folder / NAME
    if not path.exists():
        return Declarations()
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise InputFaults([Fault("counts_yaml_broken", path.as_posix(), value=str(wrong).splitlines()[0])]) from None
    if not isinstance(said, dict) or not all(isinstance(said.get(key) or {}, dict) for key in _TOP[:4]):
        raise InputFaults([Fault("counts_yaml_broken", path.as_posix(), value=type(said).__name__)])
    faults = [*_unknown(said, path), *_missing(said, names, path)]
    if faults:
        raise InputFaults(faults)
    return Declarations(
        files={str(key): _plain(entry) for key, entry in (said.get("files") or {}).items()},
        skip=_texts(said.get("skip")),
        replaces={str(newer): tuple(_listed(older)) for newer, older in (said.get("replaces") or {}).items()},
        sites=_texts(said.get("sites")),
        is_synthetic=bool(said.get("is_synthetic", False)),
    )


def _unknown(said: Mapping[str, Any], path: Path) -> list[Fault]:
    allowed = {item.name for item in fields(FileDeclaration)} | {"like"}
    words = [str(key) for key in said if key not in _TOP]
    for name, entry in (said.get("files") or {}).items():
        if not isinstance(entry, dict):
            words.append(str(name))
            continue
        words += [f"{name}: {key}" for key in entry if key not in allowed]
        if entry.get("date_order", "dmy") not in _ORDERS:
            words.append(f"{name}: date_order: {entry['date_order']}")
        if entry.get("like", "") not in ("", *known_declarations()):
            words.append(f"{name}: like: {entry['like']}")
        if "months" in entry and not (isinstance(entry["months"], list) and len(entry["months"]) == 12):
            words.append(f"{name}: months: {entry['months']}")
    return [Fault("counts_yaml_unknown", path.as_posix(), value=word) for word in words]


def _missing(said: Mapping[str, Any], names: tuple[str, ...], path: Path) -> list[Fault]:
    wanted = [*(said.get("files") or {}), *(said.get("skip") or {})]
    wanted += [name for newer, older in (said.get("replaces") or {}).items() for name in (newer, *_listed(older))]
    gone = [
        str(name) for name in wanted if not any(fnmatchcase(there, str(name)) or there == str(name) for there in names)
    ]
    return [Fault("count_file_missing", path.as_posix(), value=name) for name in dict.fromkeys(gone)]


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in entry.items():
        if isinstance(value, dict):
            kept[key] = {str(name): inner for name, inner in value.items()}
        elif isinstance(value, list):
            kept[key] = tuple(str(inner) for inner in value)
        elif isinstance(value, dt.date):
            kept[key] = value.isoformat()
        else:
            kept[key] = value if isinstance(value, bool | int) and key not in ("station",) else str(value)
    return kept


def _listed(said: Any) -> list[str]:
    """Return one name, or several, as texts."""
    return [str(name) for name in (said if isinstance(said, list) else [said])]


def _texts(values: Mapping[Any, Any] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (values or {}).items()}
