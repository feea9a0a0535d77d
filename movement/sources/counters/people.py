"""Observed tables that are no counts by interval: stop interviews and people staying, with times and numbers read."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from movement.sources.counters.declaration import FileDeclaration
from movement.sources.counters.sheet import Sheet
from movement.sources.counters.times import decide_order, local_times, to_utc, undecided
from movement.sources.counters.values import counts_of
from movement.tables import INTERVIEWS, STAYING, Fault, InputFaults, Table

TABLES: Mapping[str, Table] = {"interviews": INTERVIEWS, "staying": STAYING}


def people_of(
    sheet: Sheet, *, file: str, timezone: str, declaration: FileDeclaration
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Turn what a sheet holds besides counts into tables.

    Parameters
    ----------
    sheet
        As its layout read it.
    file
        Name for faults and `source_file`.
    timezone
        IANA name of local times.
    declaration
        What counts.yaml says of the file.

    Returns
    -------
    tables, refused
        INTERVIEWS and STAYING where the sheet has them, and (row, value, rule) of rows that could not be read.

    Raises
    ------
    InputFaults
        If the date order cannot be decided.
    """
    found, wrong = {}, [pd.DataFrame({"row": [], "value": [], "rule": []})]
    for name, rows in sheet.more.items():
        if rows.empty:
            continue
        texts = list(rows["when"].unique())
        order = decide_order(texts, declared=declaration.date_order, orders=sheet.orders)
        if order is None:
            rule, value, detail = undecided(texts)
            row = int(rows.loc[rows["when"] == value, "row"].iloc[0])
            raise InputFaults([Fault(rule, file, row, value, detail)])
        local = local_times(rows["when"], order=order, months=declaration.months)
        late = local.isna()
        wrong.append(pd.DataFrame({"row": rows["row"], "value": rows["when"], "rule": "bad_date"})[late])
        dated = rows[~late].assign(local=local[~late])
        table, bad = _interviews(dated) if name == "interviews" else _staying(dated, declaration.timezone or timezone)
        wrong.append(bad)
        found[name] = TABLES[name].check(
            table.assign(source_file=file, source_row=table["row"])[list(TABLES[name].columns)].reset_index(drop=True)
        )
    refused = pd.concat(wrong, ignore_index=True).drop_duplicates("row")
    return found, refused


def _interviews(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    blank = {name: rows[name].mask(rows[name] == "", None) for name in ("lives_side", "purpose", "without_link")}
    score = pd.to_numeric(rows["tryghed"], errors="coerce").astype("Int64")
    table = rows.assign(station_id=rows["station"], date=rows["local"].dt.normalize(), tryghed=score, **blank)
    return table, pd.DataFrame({"row": [], "value": [], "rule": []})


def _staying(rows: pd.DataFrame, timezone: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    read = counts_of(rows["value"])
    bad = pd.DataFrame({"row": rows["row"], "value": rows["value"], "rule": read["rule"]})[read["rule"] != ""]
    kept = rows[~rows["row"].isin(bad["row"])]
    series = kept["station"] + "|" + kept["survey_id"] + "|" + kept["kind"] + "|" + kept["category"] + "|"
    utc = to_utc(kept["local"], series + kept["row"].astype(str), timezone=timezone)["utc"]
    return kept.assign(station_id=kept["station"], t_utc=utc, people=read["n"].reindex(kept.index)), bad
