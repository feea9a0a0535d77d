"""Marks of assumptions are found where they stand, with value, owner and number."""

import json

from movement.publish import assumptions


def test_a_marked_parameter_comes_with_section_and_value():
    text = "build:\n  speed_kmh: 4.8 # ASSUME: an estimate\n  limit_m: 60 # measured\nrate: 3 # ASSUME: ours\n"
    found = assumptions.in_params(text, place="params.yaml")
    assert [(row["item"], row["value"], row["assumption"]) for row in found] == [
        ("build.speed_kmh", "4.8", "an estimate"),
        ("rate", "3", "ours"),
    ]


def test_a_marked_key_that_holds_others_tells_theirs():
    text = "demand:\n  group_shares: # ASSUME: ours\n    adult: 0.6\n    senior: 0.4 # of 65+\n"
    text += "  purpose_shares: # ASSUME: near\n    adult: {school: 0.01, work: 0.24}\n\n"
    text += "    senior: {work: 0.03}\n  rate: 3\n"
    found = assumptions.in_params(text, place="params.yaml")
    assert [(row["item"], row["value"]) for row in found] == [
        ("demand.group_shares", "adult 0.6, senior 0.4"),
        ("demand.purpose_shares.adult", "school 0.01, work 0.24"),
        ("demand.purpose_shares.senior", "work 0.03"),
    ]


def test_a_marked_comment_belongs_to_its_constant_or_function():
    text = "# ASSUME: two is enough\nLEAST = 2\n\n"
    text += "def load():\n    # ASSUME: people return\n    # the way they came\n    return 1\n"
    found = assumptions.in_code(text, place="movement/a.py")
    assert [(row["item"], row["assumption"]) for row in found] == [
        ("LEAST", "two is enough"),
        ("load", "people return the way they came"),
    ]


def test_features_of_the_same_words_stand_once_with_their_number():
    sources = ["ASSUME drawn by hand", "ASSUME drawn by hand", "official layer", None]
    features = [{"properties": {"link_id": f"l{n}", "source": source}} for n, source in enumerate(sources)]
    found = assumptions.in_geojson(json.dumps({"features": features}), place="a.geojson")
    assert [(row["item"], row["value"], row["assumption"]) for row in found] == [("l0, l1", "2", "drawn by hand")]


def test_rows_and_yaml_are_searched():
    assert assumptions.in_csv("trip_id;source\na;ASSUME ours\nb;counted\n", place="t.csv")[0]["item"] == "a"
    assert assumptions.in_yaml("name_da: Bro\nsource: ASSUME ours\n", place="s.yaml")[0]["assumption"] == "ours"


def test_nothing_assumed_is_an_empty_table():
    assert assumptions.assumption_table([]).empty
