"""The text file that lies beside tables: whether the data is made up, and what each file is, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from movement.publish.language import LANGUAGES, Catalogue, catalogue
from movement.tables import Table

NAME = "README.txt"


def stamp(text: Catalogue) -> str:
    """Say that the data is made up, in the words of the pages' banner."""
    return f"{text('report.synthetic')} {text('report.synthetic_means')}"


def stamps() -> list[str]:
    """Say it in every language."""
    return [stamp(catalogue(language)) for language in LANGUAGES]


def read_me(files: Mapping[str, str], *, is_synthetic: bool, explained: Sequence[Table] = ()) -> bytes:
    """Write the file as Windows' editor opens it: UTF-8 with byte order mark, Windows line ends.

    Parameters
    ----------
    files
        Key of the message that says what a file is, by name of file.
    is_synthetic
        Whether counts are made up, which the first line of each language then says.
    explained
        Tables whose columns are explained at the end, in the words of their contracts; those of none where a workbook
        beside does.
    """
    parts = []
    for language in LANGUAGES:
        text = catalogue(language)
        lines = [stamp(text), ""] if is_synthetic else []
        where = text("readme.columns_below" if explained else "readme.columns_in_workbook")
        lines += [f"{text('readme.tables')} {where}", "", *(f"{name}: {text(key)}" for name, key in files.items())]
        parts.append("\r\n".join(lines))
    if explained:
        parts.append("\r\n".join(_columns(explained)))
    return b"\xef\xbb\xbf" + ("\r\n\r\n\r\n".join(parts) + "\r\n").encode("utf-8")


def _columns(explained: Sequence[Table]) -> Iterator[str]:
    for table in explained:
        for name, column in table.columns.items():
            yield f"{table.name}.{name}{f' ({column.unit})' if column.unit else ''}: {column.meaning}"
