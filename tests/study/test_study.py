"""The study's own layers: read whole, or refused with every fault at once."""

import json

import pytest

from movement import study, tables
from movement.publish import language
from movement.tables import InputFaults

CRS = "EPSG:25832"
POINT = {"type": "Point", "coordinates": [12.44, 55.76]}
LINE = {"type": "LineString", "coordinates": [[12.44, 55.76], [12.45, 55.76]]}
SITE = {
    "station_id": "S1",
    "name_da": "Broen",
    "name_en": "The bridge",
    "role": "old_crossing",
    "site_type": "everyday",
    "modes": "walk,cycle",
    "screenline_ids": None,
    "is_permanent": True,
    "valid_from": "2024-09-02",
    "valid_to": None,
    "source": "ASSUME",
}
BARRIER = {
    "barrier_id": "m",
    "piece": 1,
    "kind": "motorway",
    "level": 0,
    "name_da": "m",
    "name_en": "m",
    "source": None,
}
CAMPAIGNS = "campaign_id;phase;start_date;end_date;residents_present;homes_occupied;attractions_closed;source\n"


def layer(folder, name, *features, geometry=POINT):
    shapes = [{"type": "Feature", "properties": given, "geometry": geometry} for given in features]
    text = json.dumps({"type": "FeatureCollection", "features": shapes})
    (folder / f"{name}.geojson").write_text(text, encoding="utf-8")


def faults(read):
    with pytest.raises(InputFaults) as found:
        read()
    return found.value.faults


def test_nothing_there_is_empty_tables_in_the_crs(tmp_path):
    read = study.read_study(tmp_path, crs=CRS)
    for name in ("barriers", "screenlines", "areas", "zones", "attractions", "gateways", "sites", "context"):
        frame = getattr(read, name)
        assert frame.empty
        assert frame.crs == CRS, name
    for name in ("through_trips", "campaigns", "interventions", "events", "weather"):
        assert getattr(read, name).empty, name


def test_layers_come_in_metres_and_under_their_contracts(tmp_path):
    layer(tmp_path, "sites", SITE)
    layer(tmp_path, "barriers", BARRIER, geometry=LINE)
    layer(
        tmp_path, "zones", {"zone_id": "z", "name_da": "a", "name_en": "a", "side": "n", "residents": 3, "source": None}
    )
    read = study.read_study(tmp_path, crs=CRS)
    tables.SITES.check(read.sites)
    tables.BARRIERS.check(read.barriers)
    assert tables.ZONES.check(read.zones)["land_use"].tolist() == ["today"]
    assert read.sites.geometry.x.between(710_000, 720_000).all()
    assert 620 < read.barriers.length.item() < 630  # 0.01 degree at 55.76 N: 111320 m x cos / 100 = 626 m
    assert read.sites["valid_from"].dt.strftime("%Y-%m-%d").tolist() == ["2024-09-02"]


def test_campaigns_are_read_with_blanks_as_none(tmp_path):
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS + "before;before;2024-09-02;2024-09-15;;;;\n", encoding="utf-8")
    read = study.read_campaigns(tmp_path)
    assert read["residents_present"].isna().all()
    assert read["start_date"].dt.day.tolist() == [2]


@pytest.mark.parametrize(
    ("change", "rule", "value"),
    [
        ({"role": "bridge"}, "unknown_word", "bridge"),
        ({"is_permanent": "maybe"}, "no_yes_no", "maybe"),
        ({"valid_from": "02-09-2024"}, "no_date", "02-09-2024"),
        ({"name_da": ""}, "value_missing", ""),
        ({"station_id": None}, "value_missing", None),
    ],
)
def test_a_fault_names_file_feature_and_rule(tmp_path, change, rule, value):
    layer(tmp_path, "sites", SITE | {"station_id": "S0"}, SITE | change)
    found = faults(lambda: study.read_sites(tmp_path, crs=CRS))
    assert [(fault.rule, fault.row) for fault in found] == [(rule, 2)]
    assert found[0].file.endswith("sites.geojson")
    assert value is None or found[0].value == value


def test_an_id_that_stands_twice_is_refused(tmp_path):
    layer(tmp_path, "sites", SITE, SITE)
    assert [(fault.rule, fault.row, fault.value) for fault in faults(lambda: study.read_sites(tmp_path, crs=CRS))] == [
        ("id_twice", 2, "S1")
    ]


def test_a_layer_of_the_wrong_shapes_is_refused(tmp_path):
    layer(tmp_path, "barriers", BARRIER)
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert [(fault.rule, fault.value) for fault in found] == [("wrong_geometry", "Point")]


def test_faults_of_all_files_are_told_at_once_in_both_languages(tmp_path):
    layer(tmp_path, "sites", SITE | {"role": "bridge"})
    layer(tmp_path, "barriers", BARRIER | {"piece": "one"}, geometry=LINE)
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS + "before;soon;2024-09-02;2024-13-15;;;;\n", encoding="utf-8")
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert {fault.rule for fault in found} == {"unknown_word", "no_number", "no_date"}
    assert len({fault.file for fault in found}) == 3
    for code in language.LANGUAGES:
        text = language.catalogue(code)
        for fault in found:
            assert f"fault.{fault.rule}" in text
            said = language.say_fault(text, fault)
            assert fault.value in said
            assert "{" not in said


def test_ids_that_point_nowhere_are_faults(tmp_path):
    layer(tmp_path, "sites", SITE | {"screenline_ids": "snit"})
    (tmp_path / "through_trips.csv").write_text(
        "from_gateway_id;to_gateway_id;mode;trips_per_day;source\ng1;g2;cycle;10;ASSUME\n", encoding="utf-8"
    )
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert sorted((fault.rule, fault.value) for fault in found) == [
        ("unknown_gateway", "g1"),
        ("unknown_gateway", "g2"),
        ("unknown_screenline", "snit"),
    ]


def test_what_ends_before_it_starts_touches_no_site_or_has_fewer_than_none_is_a_fault(tmp_path):
    layer(tmp_path, "sites", SITE)
    (tmp_path / "events.csv").write_text(
        "event_id;name_da;name_en;kind;start_date;end_date;station_ids;source\n"
        f"a;x;x;roadworks;2026-08-10;2026-07-01;{SITE['station_id']}, Q9;x\n",
        encoding="utf-8",
    )
    (tmp_path / "campaigns.csv").write_text(
        "campaign_id;phase;start_date;end_date;residents_present;homes_occupied;attractions_closed;source\n"
        "before;before;2025-09-01;2025-09-14;-2810;;;x\n",
        encoding="utf-8",
    )
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert {(fault.rule, fault.row, fault.value) for fault in found} >= {
        ("ends_before_start", 2, "2026-07-01"),
        ("layer_unknown_site", 2, "Q9"),
        ("too_small", 2, "-2810"),
    }


def test_a_site_along_the_barrier_counts_for_no_screenline(tmp_path):
    layer(tmp_path, "sites", SITE | {"role": "along_barrier", "screenline_ids": "snit"})
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert ("along_barrier_in_screenline", 1) in {(fault.rule, fault.row) for fault in found}


def test_a_broken_file_is_a_fault_not_a_crash(tmp_path):
    (tmp_path / "areas.geojson").write_text("{", encoding="utf-8")
    (tmp_path / "events.csv").write_bytes("event_id;name_da\nå;å\n".encode("cp1252"))
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert {fault.rule for fault in found} == {"unreadable_layer", "unreadable_table"}


@pytest.mark.parametrize(("written", "read"), [("1,09", 1.09), ("0,034", 0.034), ("1.09", 1.09), ("1,034", None)])
def test_a_decimal_comma_is_read_and_a_possible_thousand_is_not(tmp_path, written, read):
    head = "correction_id;station_id;mode;start_date;end_date;factor;factor_se;validation;source\n"
    row = f"k1;S1;walk;2025-08-01;;{written};0,03;video;\n"
    (tmp_path / "corrections.csv").write_text(head + row, encoding="utf-8")
    if read is None:
        with pytest.raises(InputFaults, match="no_number: '1,034'"):
            study.read_count_layers(tmp_path, stations=frozenset({"S1"}))
    else:
        assert study.read_count_layers(tmp_path, stations=frozenset({"S1"})).corrections["factor"].tolist() == [read]


WEATHER = "date;temperature_c;precipitation_mm;source\n"


def weather_of(folder, text):
    (folder / "weather.csv").write_text(text, encoding="utf-8")
    return study.read_weather(folder)


def test_weather_is_read_with_comma_or_point_and_blanks_stay_blank(tmp_path):
    read = weather_of(tmp_path, WEATHER + "2025-09-01;15,4;0.2;DMI 06180\n2025-09-02;-3,0;;\n")
    tables.WEATHER.check(read)
    assert read["temperature_c"].tolist() == [15.4, -3.0]
    assert read["precipitation_mm"].isna().tolist() == [False, True]
    assert read["source"].tolist() == ["DMI 06180", None]
    assert study.read_study(tmp_path, crs=CRS).weather.equals(read)


def test_a_figure_can_be_left_out_whole_and_a_semicolon_too_many_is_no_column(tmp_path):
    read = weather_of(tmp_path, "date;temperature_c;\n2025-09-01;15;\n")
    assert read["temperature_c"].tolist() == [15]
    assert read["precipitation_mm"].isna().all()


@pytest.mark.parametrize("fine", ["-40;0", "45;250"])
def test_the_utmost_weather_is_weather(tmp_path, fine):
    assert len(weather_of(tmp_path, WEATHER + f"2025-09-01;{fine};\n")) == 1


@pytest.mark.parametrize(
    ("row", "rule", "value"),
    [
        ("2025-09-02;warm;0;", "no_number", "warm"),
        ("2025-09-02;-40.1;0;", "too_small", "-40.1"),
        ("2025-09-02;45,1;0;", "too_large", "45.1"),
        ("2025-09-02;15;-0.1;", "too_small", "-0.1"),
        ("2025-09-02;15;250.1;", "too_large", "250.1"),
        ("2025-09-01;15;0;", "date_twice", "2025-09-01"),
        ("01-09-2025;15;0;", "no_date", "01-09-2025"),
        ("2025-09-02 13:00;15;0;", "no_date", "2025-09-02 13:00"),
        ("2025-09-02T00:00;15;0;", "no_date", "2025-09-02T00:00"),
        ("2025-09-02T00:00:00Z;15;0;", "no_date", "2025-09-02T00:00:00Z"),
        ("2025-09-02T00:00+02:00;15;0;", "no_date", "2025-09-02T00:00+02:00"),
    ],
)
def test_a_fault_of_the_weather_names_its_row(tmp_path, row, rule, value):
    found = faults(lambda: weather_of(tmp_path, WEATHER + "2025-09-01;15;0;\n" + row + "\n"))
    assert [(fault.rule, fault.row, fault.value) for fault in found] == [(rule, 3, value)]


def test_all_faults_of_the_weather_are_told_at_once_with_those_of_other_files_in_both_languages(tmp_path):
    head, rows = "date;temperature;precipitation_mm;source\n", "2025-09-01;15;x;\n2025-09-01;15;300;\nmonday;15;0;\n"
    (tmp_path / "weather.csv").write_text(head + rows, encoding="utf-8")
    layer(tmp_path, "sites", SITE | {"role": "bridge"})
    found = faults(lambda: study.read_study(tmp_path, crs=CRS))
    assert sorted(
        (fault.rule, fault.row, fault.value) for fault in found if fault.file.endswith("weather.csv")
    ) == sorted(
        [
            ("layer_column_unknown", None, "temperature"),
            ("no_number", 2, "x"),
            ("too_large", 3, "300.0"),
            ("date_twice", 3, "2025-09-01"),
            ("no_date", 4, "monday"),
        ]
    )
    assert "unknown_word" in {fault.rule for fault in found}
    for code in language.LANGUAGES:
        text = language.catalogue(code)
        for fault in found:
            said = language.say_fault(text, fault)
            assert fault.value in said
            assert "{" not in said
            assert "fault." not in said


def test_dates_that_cannot_be_read_are_not_each_others_twins(tmp_path):
    found = faults(lambda: weather_of(tmp_path, WEATHER + "01-09-2025;15;0;\n02-09-2025;15;0;\n"))
    assert [(fault.rule, fault.row) for fault in found] == [("no_date", 2), ("no_date", 3)]


def test_a_date_with_a_time_zone_is_refused_in_every_table(tmp_path):
    row = "before;before;2024-09-02T00:00Z;2024-09-15T22:00:00+0200;;;;\n"
    (tmp_path / "campaigns.csv").write_text(CAMPAIGNS + row, encoding="utf-8")
    found = faults(lambda: study.read_campaigns(tmp_path))
    assert [fault.rule for fault in found] == ["no_date"] * 2
