"""Every word of severance, encounters and school routes is said in both languages."""

import pytest

from movement import tables
from movement.publish import language

TABLES = (
    tables.CUT_SPACING, tables.SEVERANCE, tables.SIDE_REACH, tables.ENCOUNTERS, tables.MEETING_PLACES,
    tables.SCHOOL_WAYS, tables.SCHOOL_ROUTES, tables.SCHOOL_LINKS,
)  # fmt: skip


@pytest.mark.parametrize("code", language.LANGUAGES)
def test_every_word_is_there(code):
    text = language.catalogue(code)
    kinds = {
        "cut_kind": tables.CutKind,
        "compass": tables.Compass,
        "ring": tables.Ring,
        "hindrance": tables.Hindrance,
        "severance_method": tables.SeveranceMethod,
        "school_classes": tables.SchoolClasses,
        "on_the_way": tables.OnTheWay,
    }
    wanted = {f"{kind}.{word}" for kind, words in kinds.items() for word in words}
    wanted |= {f"{kind}.{word}.text" for kind in ("hindrance", "severance_method") for word in kinds[kind]}
    wanted |= {f"table.{table.name}" for table in TABLES}
    assert not {key for key in wanted if key not in text}
