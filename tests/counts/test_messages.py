import re
from pathlib import Path

import pytest

from movement import tables
from movement.publish import language

HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["da", "en"])
def test_every_rule_flag_layout_note_and_method_of_the_counts_has_words(name):
    text = language.catalogue(name)
    files = [*(HOUSE / "movement/sources/counters").glob("*.py"), HOUSE / "pipelines/average_counts.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    rules = set(re.findall(r'Fault\(\s*"(\w+)"', code))
    rules |= {"bad_date", "row_length", "bad_mode", "bad_direction", "impossible_local_time", "duplicate_row"}
    rules |= {"number_ambiguous", "not_a_number", "negative", "not_whole"}
    wanted = {f"fault.{rule}" for rule in rules}
    wanted |= {f"flag.{flag}" for flag in tables.Flag if flag}
    wanted |= {f"note.{note}" for note in re.findall(r'"note": "(\w+)"', code)}
    wanted |= {f"layout.{layout}" for layout in re.findall(r'LAYOUT = "(\w+)"', code)}
    wanted |= {f"method.{method}" for method in ("counted_mean", "reference_factors", "published_factors")}
    assert not wanted - text.keys()
