"""Real input that nobody here wrote: a network without counts, counts without a network."""

import json
import shutil

import pandas as pd
import pytest
import yaml

from movement import tables
from pipelines import graph, stage
from tests.conftest import run_study

OSLO = "osm/oslo-east-filtered.osm.pbf"
BASEL = "counts-basel-zurich/basel"
# Two path ends on either side of E 18, 133 m apart but 1.4 km by today's paths; the bridge between is invented.
BRIDGE = ((10.76773249778774, 59.88682717642814), (10.7680052991604, 59.88563795260113))


def params_with(**changes):
    params = yaml.safe_load((graph.HOUSE / "params.yaml").read_text(encoding="utf-8"))
    for key, value in changes.items():
        params[key] = params[key] | value if isinstance(value, dict) else value
    return yaml.safe_dump(params, allow_unicode=True, sort_keys=False)


@pytest.fixture(scope="module")
def oslo(shared_data, tmp_path_factory):
    study = tmp_path_factory.mktemp("oslo")
    (study / "data/raw/network").mkdir(parents=True)
    shutil.copy(shared_data / OSLO, study / "data/raw/network")
    scenario = study / "data/raw/scenarios/footbridge"
    scenario.mkdir(parents=True)
    (scenario / "scenario.yaml").write_text(
        yaml.safe_dump(
            {
                "name_da": "Gangbro",
                "name_en": "Foot bridge",
                "text_da": "En opdigtet gangbro over E 18.",
                "text_en": "An invented foot bridge over E 18.",
                "changes_land_use": False,
                "source": "ASSUME invented for a test",
            }
        ),
        encoding="utf-8",
    )
    link = {
        "type": "Feature",
        "properties": {
            "link_id": "footbridge",
            "name": "Gangbro",
            "link_class": "footway",
            "modes": "walk,cycle",
            "cycle_oneway": False,
            "level": 1,
            "structure": "bridge",
            "is_lit": True,
            "surface": "paved",
            "has_steps": False,
            "crossing": None,
            "width_m": 4.0,
            "motor_per_day": 0,
            "source": "ASSUME invented for a test",
        },
        "geometry": {"type": "LineString", "coordinates": [list(end) for end in BRIDGE]},
    }
    (scenario / "links_added.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [link]}), encoding="utf-8"
    )
    (study / "params.yaml").write_text(
        params_with(
            study={"name_da": "Oslo øst", "name_en": "Oslo east", "timezone": "Europe/Oslo", "holiday_country": "NO"},
            build_network={"barrier_refs": ["E 6", "E 18"], "zone_grid_m": 1000},
            estimate_demand={"detour_default_walk": 1, "detour_default_cycle": 1},  # shortest ways: minutes less
            compare_severance={"free_crossing_m": 100},  # lines over two motorways: half a minute less
        ),
        encoding="utf-8",
    )
    code, _, lines = run_study(study)
    assert code == 0, "\n".join(lines)
    return study


def test_oslo_runs_from_extract_to_change_map_and_report(oslo):
    assert (oslo / "maps/en/change_footbridge.html").exists()
    report = (oslo / "maps/en/report.html").read_text(encoding="utf-8")
    assert "Nothing was observed" in report
    assert "Demonstration data" not in report
    danish = (oslo / "maps/da/report.html").read_text(encoding="utf-8")
    assert "Intet er observeret" in danish


def test_oslo_nobody_walks_on_the_motorway_and_bridges_carry(oslo):
    links = tables.LINKS.read(oslo / stage.LINKS)
    assert not links["link_class"].str.startswith("motorway").any()
    crossings = tables.CROSSINGS.read(oslo / stage.CROSSINGS)
    assert {"carried", "cut"} == set(crossings["status"])
    assert set(crossings.loc[crossings["status"] == "carried", "reason"]) >= {"link_above", "link_below"}


def test_oslo_the_new_bridge_carries_people_and_its_name(oslo):
    changes = tables.FLOW_CHANGES.read(oslo / stage.FLOW_CHANGES)
    bridge = changes[(changes["mode"] == "all") & changes["link_id"].str.startswith("footbridge")]
    assert (bridge["flow_before"] == 0).all()
    assert bridge["flow_after"].max() > 0
    assert (bridge["badge"] == "A").all()


@pytest.fixture(scope="module")
def basel(shared_data, tmp_path_factory):
    """Daily pedestrian counts; the bridges 803, 812 and 815 over the Rhine are the screenline, the others controls."""
    study = tmp_path_factory.mktemp("basel")
    counts, layers = study / "data/raw/counts", study / "data/raw/study"
    counts.mkdir(parents=True)
    layers.mkdir(parents=True)
    shutil.copy(shared_data / BASEL / "StationDailyTimeSeries-Foot.csv", counts)
    (counts / "counts.yaml").write_text(
        yaml.safe_dump(
            {
                "files": {
                    "StationDailyTimeSeries-Foot.csv": {
                        "layout": "declared",
                        "columns": {"date": "date", "station": "station", "count": "count"},
                        "mode": "walk",
                        "interval_min": 1440,
                        "timezone": "Europe/Zurich",
                        "date_order": "ymd",
                    }
                }
            }
        ),
        encoding="utf-8",
    )
    places = pd.read_csv(shared_data / BASEL / "StationLocations-Foot.csv")
    series = pd.read_csv(counts / "StationDailyTimeSeries-Foot.csv")
    places = places[places["station_id"].isin(series["station"])]
    bridges = {803, 812, 815}
    other_rivers = {911, 916}
    features = [
        {
            "type": "Feature",
            "properties": {
                "station_id": str(place.station_id),
                "name_da": place.station_name,
                "name_en": place.station_name,
                "role": "old_crossing"
                if place.station_id in bridges
                else "other"
                if place.station_id in other_rivers
                else "control",
                "site_type": "everyday",
                "modes": "walk",
                "screenline_ids": "rhine" if place.station_id in bridges else None,
                "is_permanent": True,
                "valid_from": None,
                "valid_to": None,
                "source": "City of Basel",
            },
            "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        }
        for place in places.itertuples()
    ]
    (layers / "sites.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    rhine = {
        "type": "Feature",
        "properties": {
            "screenline_id": "rhine",
            "kind": "snit",
            "is_primary": True,
            "name_da": "Rhinen",
            "name_en": "The Rhine",
            "source": "ASSUME drawn for a test",
        },
        "geometry": {"type": "LineString", "coordinates": [[7.58, 47.57], [7.61, 47.55]]},
    }
    (layers / "screenlines.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [rhine]}), encoding="utf-8"
    )
    (layers / "campaigns.csv").write_text(
        "campaign_id;phase;start_date;end_date;residents_present;homes_occupied;attractions_closed;source\n"
        "before;before;2020-09-07;2020-09-20;;;;\nafter;after;2021-09-06;2021-09-19;;;;\n",
        encoding="utf-8",
    )
    (study / "params.yaml").write_text(
        params_with(
            study={
                "name_da": "Basel",
                "name_en": "Basel",
                "crs": "EPSG:2056",
                "timezone": "Europe/Zurich",
                "holiday_country": "CH",
            },
        ),
        encoding="utf-8",
    )
    code, _, lines = run_study(study)
    assert code == 0, "\n".join(lines)
    return study


def test_basel_runs_to_a_conclusion_of_not_shown(basel):
    effects = tables.EFFECTS.read(basel / stage.EFFECTS)
    primary = effects[effects["is_primary"] & (effects["estimator"] == "control_spread")].squeeze()
    assert primary["conclusion"] == "not_shown"
    assert primary["effect_low"] < 0 < primary["effect_high"]
    assert primary["dates"] == 13  # on one date a site counted half of what it usually does, and the others did not


def test_basel_every_row_is_kept_or_refused(basel):
    files = tables.COUNT_FILES.read(basel / stage.COUNT_FILES).squeeze()
    raw = pd.read_csv(basel / "data/raw/counts/StationDailyTimeSeries-Foot.csv")
    assert files["rows_read"] == len(raw)
    assert files["rows_kept"] + files["rows_refused"] == len(raw)
    assert len(tables.COUNTS.read(basel / stage.COUNTS)) == files["rows_kept"]


def test_basel_report_says_it_in_both_languages_and_claims_no_model(basel):
    for language, word in (("en", "not shown"), ("da", "ikke påvist")):
        report = (basel / f"maps/{language}/report.html").read_text(encoding="utf-8")
        assert word in report
    assert tables.FLOWS.read(basel / stage.FLOWS).empty
