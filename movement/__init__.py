"""Counts and flows across a barrier, before and after a new connection."""

from __future__ import annotations

import hashlib
from pathlib import Path

_WITH_KERNELS = ("assignment", "demand")


def forget_outdated_kernels(room: Path) -> None:
    """Remove a room's compiled kernels when any of its files has changed.

    Numba looks only at the file a kernel stands in, not at those of the functions compiled into it, and would go on
    using what was compiled from another state of them.
    """
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(room.glob("*.py")))).hexdigest()
    mark = room / "__pycache__" / "kernels.sha256"
    try:
        if mark.is_file() and mark.read_text(encoding="ascii") == digest:
            return
        for compiled in room.glob("__pycache__/*.nb[ci]"):
            compiled.unlink(missing_ok=True)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(digest, encoding="ascii")
    except OSError:  # a folder that cannot be written to: numba keeps its kernels elsewhere
        return


for _room in _WITH_KERNELS:
    forget_outdated_kernels(Path(__file__).parent / _room)
