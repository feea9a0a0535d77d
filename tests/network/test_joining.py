"""A scenario's links put into a street from (0, 0) to (200, 0) with a cross street at its east end."""

import pytest

from movement import tables
from movement.network import build, impedance, joining
from movement.publish import language
from movement.tables import InputFaults
from tests.network.world import NO_CHANGES, WEIGHTS, added, changes, raw

STREET = ("street", [(0, 0), (200, 0)], {"name": "Langgade"})
CROSS = ("cross", [(200, 0), (200, 100)])
TODAY = raw(STREET, CROSS)


def applied(*drawn, changed=NO_CHANGES, today=TODAY, limit=0.5):
    return joining.apply(today, added(*drawn), changed, join_limit_m=limit)


def made(frame):
    return tables.LINKS.check(build.links(frame, scenario_id="new")).set_index("link_id")


def faults(*drawn, **more):
    with pytest.raises(InputFaults) as found:
        applied(*drawn, **more)
    return found.value.faults


def test_nothing_to_do_leaves_today():
    out = made(joining.apply(TODAY, added(), NO_CHANGES, join_limit_m=0.5))
    assert set(out["change"]) == {"unchanged"}
    assert out["badge"].isna().all()
    assert out["length_mm"].to_dict() == {"street": 200_000, "cross": 100_000}


def test_a_new_link_joins_nodes_and_gets_a_letter():
    out = made(applied(("new", [(0.3, 0), (200.2, 100.2)])))
    assert out.loc["new", "from_node_id"] == out.loc["street", "from_node_id"]
    assert out.loc["new", "to_node_id"] == out.loc["cross", "to_node_id"]
    assert out.loc["new", "change"] == "added"
    assert out.loc["new", "badge"] == "A"


def test_a_link_joined_between_its_ends_is_split():
    out = made(applied(("new", [(50, 0.4), (200, 100)])))
    assert set(out.index) == {"street/1", "street/2", "cross", "new"}
    assert set(out.loc[["street/1", "street/2"], "parent_link_id"]) == {"street"}
    assert out.loc[["street/1", "street/2"], "length_mm"].tolist() == [50_000, 150_000]
    meeting = out.loc["new", "from_node_id"]
    assert out.loc["street/1", "to_node_id"] == meeting == out.loc["street/2", "from_node_id"]


def test_two_new_links_from_one_place_both_join_the_street():
    out = made(
        applied(
            ("north", [(50, 0.2), (50, 80)]),
            ("more", [(50, 80), (200, 100)]),
            ("south", [(50, 0.2), (50, -60), (0, 0)]),
        )
    )
    assert {"street/1", "street/2"} <= set(out.index)
    assert out.loc["north", "from_node_id"] == out.loc["south", "from_node_id"] == out.loc["street/1", "to_node_id"]
    assert out.loc["north", "to_node_id"] == out.loc["more", "from_node_id"]


def test_links_that_join_only_each_other_hang():
    found = faults(("one", [(0, 50), (100, 50)]), ("two", [(100, 50), (0, 50)]))
    assert {fault.rule for fault in found} == {"scenario_link_hangs"}


def test_a_split_changes_no_felt_time():
    """Signals, stairs, a gradient: the parts add up to the whole, forth and back, on foot and by cycle."""
    hard = {"crossing": "signals", "has_steps": True, "surface": "gravel", "is_lit": False, "motor_per_day": 5000.0}
    today = raw(("street", [(0, 0), (200, 0)], hard), CROSS)
    before = made(today).assign(scenario_id="before").reset_index()
    after = made(applied(("new", [(50, 0), (50, 90), (200, 100)]), today=today)).reset_index()
    key = ["mode", "is_forward"]
    terms = [f"{term}_ms" for term in (*impedance.TERMS, "impedance")]
    whole = impedance.impedances(before, WEIGHTS).query("link_id == 'street'").groupby(key)[terms].sum()
    parts = impedance.impedances(after, WEIGHTS).query("link_id.str.startswith('street')").groupby(key)[terms].sum()
    assert whole.equals(parts)


def test_a_bridge_of_level_1_joins_streets_on_the_ground():
    out = made(applied(("bridge", [(50, 0), (120, 60), (200, 100)], {"level": 1, "structure": "bridge"})))
    assert out.loc["bridge", "level"] == 1
    assert "street/2" in out.index


def test_a_path_on_the_ground_does_not_join_the_middle_of_a_bridge():
    today = raw(("bridge", [(0, 0), (200, 0)], {"level": 1, "structure": "bridge"}), CROSS)
    assert {f.rule for f in faults(("new", [(50, 0), (200, 100)]), today=today)} == {"scenario_link_hangs"}


@pytest.mark.parametrize(("x", "hangs"), [(0.4, False), (0.6, True), (3.0, True)])
def test_an_end_that_stops_short_is_named_with_distance_and_nearest_link(x, hangs):
    drawn = ("new", [(100, x), (200, 100)])
    if not hangs:
        assert "street/1" in made(applied(drawn)).index
        return
    (fault,) = faults(drawn)
    assert (fault.rule, fault.value) == ("scenario_link_hangs", "new")
    assert fault.detail["end"] == "start"
    assert fault.detail["distance"] == f"{x:.1f}"
    assert "Langgade (street)" in fault.detail["nearest"]
    for code in language.LANGUAGES:
        said = language.say_fault(language.catalogue(code), fault)
        assert "Langgade (street)" in said
        assert "0.5" in said
        assert "links_added.geojson" in said


def test_a_new_link_that_crosses_at_its_level_without_a_node_is_refused():
    through = [(200, 100), (100, 50), (100, -50), (0, 0)]
    (fault,) = faults(("new", through))
    assert fault.rule == "scenario_link_crosses"
    assert "street" in fault.detail["nearest"]
    assert "new" in made(applied(("new", through, {"level": 1, "structure": "bridge"}))).index


def test_changes_and_closures():
    rows = changes(("street", "is_lit", "no"), ("street", "motor_per_day", "1200"), ("cross", "closed", "yes"))
    out = made(joining.apply(TODAY, added(), rows, join_limit_m=0.5))
    assert not out.loc["street", "is_lit"]
    assert out.loc["street", "motor_per_day"] == 1200
    assert out["change"].to_dict() == {"street": "changed", "cross": "closed"}
    assert TODAY["is_lit"].all()  # today stays as it was


def test_every_wrong_change_is_told_at_once():
    rows = changes(("nowhere", "is_lit", "no"), ("street", "colour", "red"), ("street", "level", "up"))
    with pytest.raises(InputFaults) as found:
        joining.apply(TODAY, added(), rows, join_limit_m=0.5)
    assert [(f.rule, f.row) for f in found.value.faults] == [
        ("unknown_link", 2),
        ("unknown_attribute", 3),
        ("unknown_attribute", 4),
    ]


def test_an_id_that_is_taken_is_refused():
    assert [(f.rule, f.value) for f in faults(("street", [(0, 0), (200, 100)]))] == [("id_twice", "street")]


def test_an_id_drawn_twice_is_refused():
    """As when two combined scenarios both draw it."""
    found = faults(("new", [(0, 0), (200, 100)]), ("new", [(200, 0), (0, 0)]))
    assert {(f.rule, f.value) for f in found} == {("id_twice", "new")}


def test_parts_do_not_depend_on_the_order_drawn():
    drawn = [("a", [(50, 0), (200, 100)]), ("b", [(120, 0), (120, 40), (200, 100)], {"level": 1})]
    one, other = made(applied(*drawn)), made(applied(*drawn[::-1]))
    assert one.sort_index().drop(columns="badge").to_csv() == other.sort_index().drop(columns="badge").to_csv()


def test_a_new_link_may_join_the_middle_of_another_new_one():
    out = made(applied(("long", [(0, 0), (0, 80), (200, 100)]), ("stub", [(0, 40), (90, 0)])))
    assert {"long/1", "long/2", "stub", "street/1", "street/2"} <= set(out.index)
    assert out.loc["stub", "from_node_id"] == out.loc["long/1", "to_node_id"]
    assert out.loc["long/1", "change"] == "added"


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (("new", [(0, 0.3), (199.8, 0.2)]), "scenario_link_doubles"),
        (("new", [(50, 0), (60, 30), (40, 30), (50, 0)]), "scenario_link_loop"),
    ],
)
def test_a_link_that_doubles_one_or_leads_nowhere_is_refused(drawn, rule):
    (fault,) = faults(drawn)
    assert (fault.rule, fault.value) == (rule, "new")
    for code in language.LANGUAGES:
        assert language.say_fault(language.catalogue(code), fault)


def test_new_links_that_cross_each_other_without_a_node_are_refused():
    found = faults(("a", [(0, 0), (100, 60), (200, 100)]), ("b", [(50, 0), (60, 90), (200, 100)]))
    assert [(fault.rule, fault.value) for fault in found] == [("scenario_link_crosses", "b")]


def test_what_stands_there_already_is_no_change():
    with pytest.raises(InputFaults) as found:
        joining.apply(TODAY, added(), changes(("street", "is_lit", "yes")), join_limit_m=0.5)
    assert [fault.rule for fault in found.value.faults] == ["scenario_changes_nothing"]


def test_how_each_end_joins_is_told():
    done = joining.join(TODAY, added(("new", [(50, 0.4), (200, 100)])), NO_CHANGES, join_limit_m=0.5)
    told = [(join.end, join.kind, join.other_id, round(join.moved_m, 1), join.along_m) for join in done.joins]
    assert told == [("start", "split", "street", 0.4, 50.0), ("end", "node", "cross", 0.0, 0.0)]


def test_the_advice_about_levels_helps_as_it_stands():
    """A link over a street at level 0 is told level 1 and -1, and one over a bridge at level 1 is told 2 and 0."""
    through = [(200, 100), (100, 50), (100, -50), (0, 0)]
    (fault,) = faults(("new", through))
    assert (fault.detail["over"], fault.detail["under"]) == ("1", "-1")
    said = language.say_fault(language.catalogue("da"), fault)
    assert "skriv level 1; går den under, level -1" in said
    for level in (fault.detail["over"], fault.detail["under"]):
        assert "new" in made(applied(("new", through, {"level": int(level), "structure": "bridge"}))).index
    assert joining.beside_level(1) == {"level": "1", "over": "2", "under": "0"}
