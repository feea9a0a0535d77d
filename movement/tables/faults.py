"""What is wrong with the input, in one form for every room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ANY_TEXT = "\u2026"


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input: what, where, which rule.

    `rule` is a key of the message catalogues (`fault.<rule>`), which say it in the user's language and
    may use `{file}`, `{row}`, `{value}` and every key of `detail`.
    """

    rule: str
    file: str = ""
    row: int | None = None
    value: str = ""
    detail: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        where = f"{self.file}, row {self.row}" if self.row is not None else self.file
        return f"{where}: {self.rule}: {self.value!r} {dict(self.detail) or ''}".rstrip()


def missing_columns(
    file: str, missing: Iterable[str], columns: Iterable[str], examples: Mapping[str, str] | None = None
) -> list[Fault]:
    """Say of each missing column what may stand in it, and which columns the file may have.

    Parameters
    ----------
    examples
        Words or a value by column; any text where it says nothing.
    """
    every, says = ", ".join(columns), examples or {}
    return [
        Fault("layer_column_missing", file, value=name, detail={"columns": every, "allowed": says.get(name, ANY_TEXT)})
        for name in missing
    ]


class InputFaults(Exception):  # noqa: N818  # faults, as the people who mend them call them
    """All faults of the input at once; nothing was written."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
