import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from movement.demand import people
from movement.publish import language
from movement.tables import GROUP_COLUMNS, Group, InputFaults

SHARES = {"child_under_10": 0.1, "child_over_10": 0.1, "adult": 0.5, "senior": 0.1, "walk_limited": 0.2}


def zones(*rows, **columns):
    frame = pd.DataFrame({"zone_id": [f"z{n}" for n in range(len(rows))], "residents": list(rows)})
    return frame.assign(land_use="planned", **{name: list(values) for name, values in columns.items()})


def said(found):
    return [language.say_fault(language.catalogue("en"), fault) for fault in found.value.faults]


def test_a_zone_that_says_nothing_is_split_by_the_shares():
    found = people.by_group(zones(200.0, 0.0), SHARES)
    assert list(found.columns) == [str(group) for group in Group] and list(found.index) == ["z0", "z1"]
    assert found.loc["z0"].tolist() == pytest.approx([20, 20, 100, 20, 40]) and found.loc["z1"].tolist() == [0] * 5


def test_drawn_groups_stand_and_the_others_share_the_rest():
    found = people.by_group(zones(100.0, seniors=[40.0], walk_limited=[0.0]), SHARES)
    assert found.loc["z0"].tolist() == pytest.approx([60 / 7, 60 / 7, 60 * 5 / 7, 40, 0])


def test_all_groups_drawn_are_kept_and_rounding_is_scaled_away():
    drawn = {column: [20.1] for column in GROUP_COLUMNS.values()}
    found = people.by_group(zones(100.0, **drawn), SHARES)
    assert found.loc["z0"].tolist() == pytest.approx([20.0] * 5)
    short = {column: [19.9] for column in GROUP_COLUMNS.values()}
    assert people.by_group(zones(100.0, **short), SHARES).loc["z0"].tolist() == pytest.approx([20.0] * 5)


@pytest.mark.parametrize(("over", "fails"), [(0.5, False), (0.6, True)])
def test_groups_beyond_the_residents_are_named_zone_by_zone(over, fails):
    frame = zones(100.0, 50.0, 10.0, adults=[100 + over, 50 + over, np.nan])
    if not fails:
        assert people.by_group(frame, SHARES).sum(axis=1).tolist() == pytest.approx([100.0, 50.0, 10.0])
        return
    with pytest.raises(InputFaults) as found:
        people.by_group(frame, SHARES)
    assert said(found) == [
        f"zones: zone z{n} (planned) has {size} residents but {size}.6 people in its groups. Correct the columns of "
        "the groups, or the number of residents."
        for n, size in enumerate((100, 50))
    ]


@pytest.mark.parametrize("residents", [101.0, 102.0])
def test_residents_no_group_can_take_are_named(residents):
    drawn = {column: [20.0] for column in GROUP_COLUMNS.values()}
    with pytest.raises(InputFaults) as found:
        people.by_group(zones(residents, **drawn), SHARES)
    assert f"zone z0 (planned) has {residents:g} residents but only 100 people in its groups" in said(found)[0]


def test_an_empty_group_without_a_share_cannot_take_the_rest():
    drawn = {column: [20.0] for column in list(GROUP_COLUMNS.values())[:4]}
    with pytest.raises(InputFaults, match="groups_below_residents"):
        people.by_group(zones(100.0, **drawn), SHARES | {"walk_limited": 0.0, "adult": 0.7})
    none = {column: [0.0] for column in GROUP_COLUMNS.values()}
    with pytest.raises(InputFaults, match="groups_below_residents"):
        people.by_group(zones(0.3, **none), SHARES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"adult": 0.6}, "the shares group_shares add up to 1.1. Their sum must be 1."),
        ({"adult": -0.1}, "group_shares.adult is -0.1. It must be a number from 0 to 1."),
        ({"adult": np.nan}, "group_shares.adult is nan."),
        ({"dog": 0.1}, "“dog” in column group_shares is not known. Write one of: child_under_10, "),
        ({"adult": None}, "group_shares.adult is None."),
    ],
)
def test_shares_that_are_none_are_named(change, words):
    with pytest.raises(InputFaults) as found:
        people.by_group(zones(1.0), SHARES | change)
    assert said(found)[0].startswith(f"params.yaml: {words}")


def test_a_share_that_is_missing_is_named():
    with pytest.raises(InputFaults) as found:
        people.by_group(zones(1.0), {name: share for name, share in SHARES.items() if name != "senior"})
    assert said(found) == ["params.yaml: group_shares has no value for senior. Write it in params.yaml."]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=5, max_size=5)),
        min_size=1,
        max_size=4,
    )
)
def test_groups_always_sum_to_the_residents(rows):
    """Each zone draws some groups, together at most its residents; the last group is left empty."""
    drawn = [[None if part is None else residents * part / 5 for part in parts[:4]] for residents, parts in rows]
    columns = dict(zip(list(GROUP_COLUMNS.values())[:4], zip(*drawn, strict=True), strict=True))
    found = people.by_group(zones(*(residents for residents, _ in rows), **columns), SHARES)
    np.testing.assert_allclose(found.sum(axis=1), [residents for residents, _ in rows], rtol=1e-12, atol=1e-12)
    assert (found.to_numpy() >= 0).all()


def test_a_study_without_zones_has_no_people():
    assert people.by_group(zones(), SHARES).shape == (0, 5)
