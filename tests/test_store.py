"""The database a planner can query: every table with its meaning, built again when the catalogue differs."""

import duckdb
import pandas as pd
import pytest

from movement import store, tables


def volumes(**people):
    rows = [
        {
            "station_id": site,
            "mode": "walk",
            "campaign_id": "before",
            "phase": "before",
            "measure": "weekday",
            "valid_days": 10,
            "volume_per_day": volume,
            "volume_se": 1.0,
            "volume_low": 1.0,
            "volume_high": 2.0,
            "method": "counted_mean",
            "error_class": "a",
        }
        for site, volume in people.items()
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "volumes.parquet"
    tables.VOLUMES.write(volumes(A=10.0, B=20.0), path)
    return path


def test_the_database_holds_the_rows_and_says_what_each_column_means(written, tmp_path):
    files = {written: tables.VOLUMES}
    database = tmp_path / "study.duckdb"
    store.build_database(files, database, catalogue_text=store.as_text(store.catalogue(files)))
    with duckdb.connect(str(database), read_only=True) as con:
        assert con.execute("SELECT sum(volume_per_day) FROM volumes").fetchone() == (30.0,)
        said = dict(
            con.execute("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'volumes'").fetchall()
        )
    assert said.keys() == tables.VOLUMES.columns.keys()
    assert said["volume_per_day"] == "People per day [people/day]"


def test_a_database_is_current_until_a_table_changes(written, tmp_path):
    files, database = {written: tables.VOLUMES}, tmp_path / "study.duckdb"
    first = store.as_text(store.catalogue(files))
    assert not store.is_current(database, catalogue_text=first)
    store.build_database(files, database, catalogue_text=first)
    assert store.is_current(database, catalogue_text=first)
    tables.VOLUMES.write(volumes(A=11.0, B=20.0), written)
    assert not store.is_current(database, catalogue_text=store.as_text(store.catalogue(files)))


def test_a_file_that_is_no_database_is_not_current(tmp_path):
    (tmp_path / "study.duckdb").write_bytes(b"no database")
    assert not store.is_current(tmp_path / "study.duckdb", catalogue_text="")


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({"A": 10.0, "B": 20.0}, (0, 0, 0)),
        ({"A": 11.0, "B": 20.0, "C": 5.0}, (1, 1, 0)),
        ({"B": 20.0}, (0, 0, 1)),
    ],
)
def test_rows_are_new_changed_or_gone(written, tmp_path, now, found):
    other = tmp_path / "now.parquet"
    tables.VOLUMES.write(volumes(**now), other)
    changes = store.row_changes(written, other, tables.VOLUMES.key)
    assert (changes.new, changes.changed, changes.gone) == found


def test_a_table_that_an_older_version_wrote_with_other_columns_is_compared_in_those_of_both(written, tmp_path):
    older = tmp_path / "older.parquet"
    pd.read_parquet(written).drop(columns="valid_days").assign(note="from before").to_parquet(older)
    changes = store.row_changes(older, written, tables.VOLUMES.key)
    assert (changes.new, changes.changed, changes.gone) == (0, 0, 0)


def test_what_a_run_found_in_the_counts_is_told_in_intervals_flags_and_silent_sites(tmp_path):
    def counts(values, *, flags=()):
        hours = pd.date_range("2025-09-01", periods=len(values), freq="1D", tz="UTC")
        frame = pd.DataFrame(
            {
                "station_id": "P1", "mode": "walk", "direction": "in", "t_start_utc": hours, "interval_min": 60,
                "count_reported": values, "count": values, "flag": "", "source_file": "a", "source_row": 2,
            }
        )  # fmt: skip
        frame.loc[list(flags), "flag"] = "stuck"
        return frame

    other = counts([1.0] * 6).assign(station_id="P2")
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    tables.COUNTS.write(pd.concat([counts([1.0, 2.0, 3.0, 4.0], flags=[0]), other[:4]]), old)
    tables.COUNTS.write(pd.concat([counts([1.0, 5.0, 3.0], flags=[2]), other]), new)
    found = store.count_changes(old, new, permanent=["P1", "P2"])
    assert found == store.CountChanges(new=2, changed=1, gone=1, flagged=1, lifted=1, silent=("P1",))
    assert store.count_changes(old, new, permanent=["P2"]).silent == ()
    assert store.count_changes(new, new, permanent=["P1"]) == store.CountChanges(0, 0, 0, 0, 0, ())
