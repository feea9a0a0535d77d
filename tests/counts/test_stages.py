import geopandas as gpd
import pandas as pd
import pytest
import shapely

from movement import tables
from pipelines import average_counts, flag_counts, read_counts, stage

STUDY = {"name_da": "x", "name_en": "x", "crs": "EPSG:25832", "timezone": "Europe/Copenhagen", "holiday_country": "DK"}
LIMITS = {
    "zero_run_expected": 10, "stuck_equal_values": 4, "chance": 3e-5, "spike_chance": 1e-7,
    "implausible_per_hour": 20000, "low_day_share": 0.4,
}  # fmt: skip


def run():
    read_counts.run(read_counts.Params(refused_rows_limit_pct=5, data_until="", study=STUDY))
    flag_counts.run(flag_counts.Params(**LIMITS, study=STUDY))
    average_counts.run(average_counts.Params(valid_day_share=0.95, school_hours=["07:30-09:00"], study=STUDY))


def site(station):
    return {
        "station_id": station, "name_da": "x", "name_en": "x", "role": "treated", "site_type": None, "modes": "walk",
        "screenline_ids": None, "is_permanent": False, "valid_from": None, "valid_to": None, "source": None,
    }  # fmt: skip


def test_a_study_without_counts_gives_empty_tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run()
    for table, path in (
        (tables.COUNTS, stage.COUNTS_READ), (tables.REFUSED, stage.REFUSED), (tables.COUNT_FILES, stage.COUNT_FILES),
        (tables.COUNTS, stage.COUNTS), (tables.DAILY, stage.DAILY), (tables.VOLUMES, stage.VOLUMES),
        (tables.VOLUMES, stage.VOLUMES_BEFORE),
    ):  # fmt: skip
        assert len(table.read(path)) == 0


@pytest.fixture
def study_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stage.RAW_STUDY.mkdir(parents=True)
    stage.RAW_COUNTS.mkdir(parents=True)
    sites = gpd.GeoDataFrame([site("S1")], geometry=[shapely.Point(12.4, 55.7)], crs=4326)
    sites.to_file(stage.RAW_STUDY / "sites.geojson", driver="GeoJSON")
    (stage.RAW_STUDY / "campaigns.csv").write_text(
        "campaign_id;phase;start_date;end_date;residents_present;homes_occupied;attractions_closed;source\n"
        "before;before;2025-09-01;2025-09-07;;;;\nafter;after;2026-08-31;2026-09-06;;;;\n",
        encoding="utf-8",
    )
    for name, start, count in (("before", "2025-09-01", 4), ("after", "2026-08-31", 6)):
        hours = pd.date_range(start, periods=24 * 7, freq="1h")
        rows = [f"{hour},{count + hour.hour % 2 + hour.dayofweek}" for hour in hours]
        (stage.RAW_COUNTS / f"{name}.csv").write_text("Period,x\nTime,S1 Pedestrian IN\n" + "\n".join(rows) + "\n")
    return tmp_path


def test_from_files_to_volumes_and_the_same_bytes_again(study_folder):
    run()
    volumes = tables.VOLUMES.read(stage.VOLUMES).set_index(["campaign_id", "measure"])
    assert volumes.loc[("before", "weekday"), "volume_per_day"] == 24 * (4.5 + 2)
    assert volumes.loc[("after", "weekend"), "volume_per_day"] == 24 * (6.5 + 5.5)
    assert set(tables.VOLUMES.read(stage.VOLUMES_BEFORE)["phase"]) == {"before"}
    files = tables.COUNT_FILES.read(stage.COUNT_FILES)
    assert files["source_file"].tolist() == ["data/raw/counts/after.csv", "data/raw/counts/before.csv"]
    first = {path.name: path.read_bytes() for path in stage.PROCESSED.iterdir()}
    run()
    assert {path.name: path.read_bytes() for path in stage.PROCESSED.iterdir()} == first


def test_an_after_count_leaves_the_volumes_before_as_they_were(study_folder):
    run()
    before = stage.VOLUMES_BEFORE.read_bytes()
    path = stage.RAW_COUNTS / "after.csv"
    path.write_text(path.read_text().replace(",6\n", ",60\n"))
    run()
    assert stage.VOLUMES_BEFORE.read_bytes() == before


def test_what_is_counted_later_does_not_judge_what_was_counted_before():
    days = pd.date_range("2025-09-01", periods=40, freq="1D", tz="UTC")
    counts = pd.DataFrame({"t_start_utc": days, "count": range(40)}, index=range(100, 140))

    def flag(rows):
        return rows.assign(flag=rows["count"] < rows["count"].max() / 2)  # low beside the highest of all that is seen

    found = flag_counts.apart(counts, pd.Timestamp("2025-09-21", tz="UTC"), flag)
    assert found.index.equals(counts.index)
    assert found["flag"].tolist() == [count < 9.5 for count in range(20)] + [False] * 20
    for moment in (None, days[0], days[-1] + pd.Timedelta(days=1)):
        assert flag_counts.apart(counts, moment, flag).equals(flag(counts))
