"""Drafts in, maps/ out: everything published changes in one swap, or not at all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from movement.tables import Fault, InputFaults
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """Nothing to set."""


def run(params: Params) -> None:
    """Gather the drafts beside maps/, then swap."""
    fresh = stage.MAPS / ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for draft in (stage.DRAFT_MAPS, stage.DRAFT_REPORTS):
        shutil.copytree(draft, fresh, dirs_exist_ok=True)
    try:
        swap(fresh, stage.MAPS, aside=stage.MAPS / ".old")
    except PermissionError as locked:
        raise InputFaults([Fault("pages_locked", str(stage.MAPS), value=str(locked.filename))]) from locked


def swap(fresh: Path, published: Path, *, aside: Path) -> None:
    """Move each entry of `fresh` into `published`; what was there before comes back if a move fails.

    Parameters
    ----------
    fresh
        Folder with the new entries, on the same disk; it is gone afterwards.
    published
        Folder whose entries of the same names are replaced; others stay.
    aside
        Folder for what is replaced; it is gone afterwards.

    Raises
    ------
    OSError
        If an entry cannot be moved, for example because it is open in another program; nothing has changed then.
    """
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    moved: list[str] = []
    try:
        for entry in sorted(fresh.iterdir()):
            if (published / entry.name).exists():
                (published / entry.name).replace(aside / entry.name)
            moved.append(entry.name)
            entry.replace(published / entry.name)
    except OSError:
        for name in moved:
            if (aside / name).exists():
                shutil.rmtree(published / name, ignore_errors=True)
                (aside / name).replace(published / name)
        raise
    shutil.rmtree(aside)
    shutil.rmtree(fresh)


if __name__ == "__main__":
    stage.main("publish", run, Params)
