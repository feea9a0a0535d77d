"""Raw count files in, every interval with its reported value out; refused rows and the files beside them."""

from __future__ import annotations

from dataclasses import dataclass

from movement import study, tables
from movement.sources import counters
from pipelines import stage


@dataclass(frozen=True)
class Params:
    """Limits of what is accepted, and where and when the study is."""

    refused_rows_limit_pct: float
    data_until: str
    study: dict[str, str]


def run(params: Params) -> None:
    """Read and write."""
    sites = study.read_sites(stage.RAW_STUDY, crs=params.study["crs"])
    read = counters.read_counts_folder(
        stage.RAW_COUNTS,
        sites=frozenset(sites["station_id"]),
        timezone=params.study["timezone"],
        refused_rows_limit_pct=params.refused_rows_limit_pct,
        data_until=params.data_until,
    )
    tables.COUNTS.write(read.counts, stage.COUNTS_READ)
    tables.REFUSED.write(read.refused, stage.REFUSED)
    tables.COUNT_FILES.write(read.files, stage.COUNT_FILES)
    tables.INTERVIEWS.write(read.interviews, stage.INTERVIEWS)
    tables.STAYING.write(read.staying, stage.STAYING)


if __name__ == "__main__":
    stage.main("read_counts", run, Params)
