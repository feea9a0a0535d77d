import json

import geopandas as gpd
import pytest
from shapely import LineString

from movement import tables
from movement.comparison.effects import observed_effects
from movement.comparison.substitution import substitution
from movement.publish.language import catalogue
from movement.study import read_study
from tests.comparison.observed_world import ENDS, campaigns, daily, screenlines, sites

PLACES = sites(("S1", "old_crossing"), ("K1", "control"), ("K2", "control"), ("K3", "control"))


@pytest.mark.parametrize("compare", [observed_effects, substitution])
def test_two_primary_screenlines_are_a_fault_and_no_silent_choice(compare):
    lines = screenlines(("another", "snit", True))
    counts = daily(("S1", "walk", 100, 120))
    with pytest.raises(tables.InputFaults, match=r"screenlines.geojson: several_primary_screenlines: 'another, snit'"):
        compare(counts, PLACES, lines, campaigns(), **ENDS, fewest_controls=3)


def test_two_primary_screenlines_stop_the_reading_of_the_study(tmp_path):
    lines = screenlines(("another", "snit", True)).assign(name_da="snit", name_en="screenline", source="worked by hand")
    shapes = [LineString([(12.44, 55.75), (12.45, 55.76)])] * 2
    layer = gpd.GeoDataFrame(lines, geometry=shapes, crs="EPSG:4326")
    (tmp_path / "screenlines.geojson").write_text(json.dumps(json.loads(layer.to_json())))
    with pytest.raises(tables.InputFaults) as found:
        read_study(tmp_path, crs="EPSG:25832")
    assert [fault.rule for fault in found.value.faults if "primary" in fault.rule] == ["several_primary_screenlines"]


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize(
    "key",
    [
        *(f"reason.{key}" for key in ("partial_screenline", "too_few_dates", "no_before", "residents_changed")),
        *("mend.partial_screenline", "mend.too_few_dates", "fault.several_primary_screenlines"),
        *(f"check.{key}.{part}" for key in ("whole_screenline", "controls_left_out") for part in ("title", "text")),
    ],
)
def test_every_new_word_is_worded(language, key):
    assert key in catalogue(language).keys()  # noqa: SIM118  # not a mapping
