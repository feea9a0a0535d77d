"""Counts: as read, flagged, by day and on average."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from movement.tables.columns import MODE, SOURCE, STATION
from movement.tables.contract import Column, Table, real, text
from movement.tables.words import (
    DayState,
    DayType,
    ErrorClass,
    Flag,
    Measure,
    Mode,
    Notice,
    Period,
    Phase,
    Profile,
    Purpose,
    RobustMethod,
    StayingKind,
    WithoutLink,
)

COUNTS = Table(
    "counts",
    "Every interval with its reported and its cleaned value",
    {
        "station_id": STATION,
        "mode": MODE,
        "direction": text("in, out, or both where only the total is known"),
        "t_start_utc": Column("utc", "Start of the interval"),
        "interval_min": Column("integer", "Length of the interval", "minutes", least=1),
        "count_reported": real("As the file says; empty where the file is blank", "people", decimals=3, nullable=True),
        "count": real("Used from here on; empty where flagged", "people", decimals=3, nullable=True, least=0),
        "flag": text("Why it is not used; empty where it is", words=Flag),
        "source_file": text("File it was read from"),
        "source_row": Column("integer", "Row there, the first line is 1"),
    },
    ("station_id", "mode", "direction", "t_start_utc"),
)
DEVICES = Table(
    "devices",
    "Which device counted where, and when",
    {
        "station_id": STATION,
        "serial": text("Serial number"),
        "technology": text("How it counts: pyro, loop, tube, radar, camera, manual ..."),
        "sensitivity": text("Its setting", nullable=True),
        "mode": text("Mode it counts; empty for all that are counted there", nullable=True, words=Mode),
        "start_date": Column("date", "First day at the site"),
        "end_date": Column("date", "Last day; empty while it is there", nullable=True),
        "source": SOURCE,
    },
    ("station_id", "serial", "start_date"),
)
CORRECTIONS = Table(
    "corrections",
    "What a device misses or counts too often, by validation",
    {
        "correction_id": text("Correction"),
        "station_id": STATION,
        "mode": MODE,
        "start_date": Column("date", "First day it holds"),
        "end_date": Column("date", "Last day; empty while it holds", nullable=True),
        "factor": real("Counted people times this are people passing", "ratio", decimals=4, least=0),
        "factor_se": real("Standard error of the factor", "ratio", decimals=4, least=0),
        "validation": text("What it was measured by"),
        "source": SOURCE,
    },
    ("correction_id",),
)
DECISIONS = Table(
    "decisions",
    "What people decided about counts, over the rules",
    {
        "decision_id": text("Decision"),
        "station_id": STATION,
        "mode": text("Only this mode; empty for all", nullable=True, words=Mode),
        "start": Column("date", "First moment, local time; a day alone is its midnight"),
        "end": Column("date", "Last moment, local time; a day alone is the whole day"),
        "use": Column("yes_no", "Use the counts although a rule flags them (yes), or do not use them (no)"),
        "reason": text("Why"),
        "decided_by": text("Who decided"),
        "decided_on": Column("date", "Day of the decision"),
    },
    ("decision_id",),
)
# Limits beyond any day of Denmark's: a wrong unit or a lost comma is told, a rare day is not
WEATHER = Table(
    "weather",
    "The weather of each day in the study area",
    {
        "date": Column("date", "Local day"),
        "temperature_c": real("Mean of the day", "°C", decimals=2, nullable=True, least=-40, most=45),
        "precipitation_mm": real("Fallen on the day", "mm", decimals=2, nullable=True, least=0, most=250),
        "source": SOURCE,
    },
    ("date",),
)
FLAGS = Table(
    "flags",
    "What is not used, as unbroken stretches of time, with rule and who decided",
    {
        "station_id": STATION,
        "mode": MODE,
        "direction": text("in, out or both"),
        "start_utc": Column("utc", "Start of the first interval"),
        "end_utc": Column("utc", "End of the last interval"),
        "flag": text("The rule", words=Flag),
        "intervals": Column("integer", "Intervals flagged", "intervals", least=1),
        "people_reported": real("People the file says there were", "people", decimals=3, least=0),
        "decided_by": text("Who decided; empty where a rule did", nullable=True),
        "reason": text("Why, in the words of who decided", nullable=True),
    },
    ("station_id", "mode", "direction", "start_utc"),
)
NOTICES = Table(
    "notices",
    "What was noticed at a site that a person must look at; the counts stay in use",
    {
        "station_id": STATION,
        "mode": text("How people move; empty for all", nullable=True, words=Mode),
        "notice": text("What it is", words=Notice),
        "start_date": Column("date", "First local day"),
        "end_date": Column("date", "Last local day"),
        "value": real(
            "Hours the clock is ahead, change of the share going in, level after to before; empty for others",
            "hours or ratio",
            decimals=2,
            nullable=True,
        ),
        "name_da": text("Name of the holiday, event or device, in Danish", nullable=True),
        "name_en": text("The same in English", nullable=True),
    },
    ("station_id", "mode", "notice", "start_date", "name_da"),
)
REFUSED = Table(
    "refused",
    "Rows not read, with the reason",
    {
        "source_file": text("File"),
        "source_row": Column("integer", "Row there, the first line is 1"),
        "value": text("The value at fault", nullable=True),
        "rule": text("Message key of the rule it broke"),
        "detail": text("More on the fault, as JSON", nullable=True),
    },
    (),
)
COUNT_FILES = Table(
    "count_files",
    "Count files, as understood",
    {
        "source_file": text("File, relative to the study"),
        "sha256": text("Content"),
        "layout": text("Layout recognised"),
        "station_ids": text("Count sites in it, separated by commas"),
        "modes": text("Modes in it, separated by commas"),
        "first_utc": Column("utc", "Start of the first interval", nullable=True),
        "last_utc": Column("utc", "Start of the last interval", nullable=True),
        "rows_read": Column("integer", "Data rows in the file"),
        "rows_kept": Column("integer", "Of these, kept"),
        "rows_refused": Column("integer", "Of these, refused"),
        "skipped": Column("yes_no", "Left out because counts.yaml says so"),
        "is_synthetic": Column("yes_no", "Made by simulation"),
        "note": text("What else was noted", nullable=True),
    },
    ("source_file",),
)
DAILY = Table(
    "daily",
    "Daily totals per site and mode, both directions together",
    {
        "station_id": STATION,
        "mode": MODE,
        "period": text("Part of the day", words=Period),
        "date": Column("date", "Local day"),
        "day_type": text("Weekday or weekend (public holidays count as weekend)", words=DayType),
        "campaign_id": text("Campaign the day lies in", nullable=True),
        "count": real("People counted in valid intervals", "people", decimals=0, least=0),
        "valid_share": real("Share of the intervals expected that are valid", "share", decimals=4, least=0),
        "is_valid": Column("yes_no", "Valid share is high enough to use the day"),
    },
    ("station_id", "mode", "period", "date"),
)
DAILY_VARIANTS = Table(
    "daily_variants",
    "Daily totals of the campaigns' days by other rules, each rule only where it changes something",
    {"variant": text("Rule: with flagged days, or without corrections", words=RobustMethod), **DAILY.columns},
    ("variant", *DAILY.key),
)
COVERAGE = Table(
    "coverage",
    "How many intervals of each day were counted, and how many of them are used",
    {
        "station_id": STATION,
        "mode": MODE,
        "date": Column("date", "Local day"),
        "expected": Column("integer", "Intervals the day has, all directions", "intervals", least=0),
        "reported": Column("integer", "Of these, with a number in the file", "intervals", least=0),
        "used": Column("integer", "Of these, not flagged", "intervals", least=0),
        "state": text(
            "Used (enough for a valid day), partly, flagged (counted, nothing used) or missing", words=DayState
        ),
    },
    ("station_id", "mode", "date"),
)
CLOCK_CHANGES = Table(
    "clock_changes",
    "The same clock hour in light and in dark, round the nights the clock is changed, at permanent counters",
    {
        "station_id": STATION,
        "mode": MODE,
        "change_date": Column("date", "Day the clock is changed"),
        "hour": Column("integer", "Local hour, from its start", "hours"),
        "days_light": Column("integer", "Days on which it is light", "days"),
        "days_dark": Column("integer", "Days on which it is dark", "days"),
        "people_light": real("People in the hour where it is light", "people/day", decimals=1, least=0),
        "people_dark": real("People in the hour where it is dark", "people/day", decimals=1, least=0),
        "ratio": real("Dark to light, against the hours that stay light", "ratio", decimals=3, least=0),
        "ratio_low": real("Low end of the 95 % interval", "ratio", decimals=3, least=0),
        "ratio_high": real("High end of the 95 % interval", "ratio", decimals=3, least=0),
    },
    ("station_id", "mode", "change_date", "hour"),
)
VOLUMES = Table(
    "volumes",
    "Average days per site, mode and campaign",
    {
        "station_id": STATION,
        "mode": MODE,
        "campaign_id": text("Campaign"),
        "phase": text("Before, during or after", words=Phase),
        "measure": text("What the average stands for", words=Measure),
        "valid_days": Column("integer", "Days it rests on", "days"),
        "volume_per_day": real("People per day", "people/day", decimals=1, least=0),
        "volume_se": real("Standard error", "people/day", decimals=2, nullable=True, least=0),
        "volume_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "volume_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "method": text("Key of the method: counted_mean, reference_factors, month_weekday_factors, published_factors"),
        "error_class": text("How sure it is, by the standard error", nullable=True, words=ErrorClass),
    },
    ("station_id", "mode", "campaign_id", "measure"),
)
INTERVIEWS = Table(
    "interviews",
    "Stop interviews: one row per person asked",
    {
        "station_id": STATION,
        "date": Column("date", "Local day"),
        "lives_side": text("Where the person lives, as said", nullable=True),
        "purpose": text("What the trip is for", nullable=True, words=Purpose),
        "without_link": text("What the person would have done without the link", nullable=True, words=WithoutLink),
        "tryghed": Column("integer", "How safe it feels, 1 to 10", nullable=True, least=1),
        "source_file": text("File it was read from"),
        "source_row": Column("integer", "Row there, the first line is 1"),
    },
    (),
)
STAYING = Table(
    "staying",
    "People staying at a meeting place: a snapshot, in total and by category",
    {
        "station_id": STATION,
        "t_utc": Column("utc", "Moment of the snapshot"),
        "survey_id": text("Survey"),
        "kind": text("What the category is of", words=StayingKind),
        "category": text("Category, in the words of the protocol; `total` for all"),
        "people": real("People of it; empty where the file is blank", "people", decimals=0, nullable=True, least=0),
        "source_file": text("File it was read from"),
        "source_row": Column("integer", "Row there, the first line is 1"),
    },
    (),
)
PROFILES = Table(
    "profiles",
    "How people spread over hours, weekdays and months: means over valid days",
    {
        "station_id": STATION,
        "mode": MODE,
        "campaign_id": text("Campaign; empty for months, which are of all counts"),
        "profile": text("Hours of a weekday or weekend day, weekdays, or months", words=Profile),
        "direction": text("in, out, or both together"),
        "slot": Column("integer", "Hour 0-23 from its start, weekday 0-6 from Monday, or month 1-12"),
        "valid_days": Column("integer", "Days it rests on", "days"),
        "people": real("People in the hour, or on the day", "people", decimals=1, least=0),
        "people_low": real("Low end of the 95 % interval", "people", decimals=1, nullable=True),
        "people_high": real("High end of the 95 % interval", "people", decimals=1, nullable=True),
    },
    ("station_id", "mode", "campaign_id", "profile", "direction", "slot"),
)
PEAKS = Table(
    "peaks",
    "The busiest hour of a weekday, and which way people go",
    {
        "station_id": STATION,
        "mode": MODE,
        "campaign_id": text("Campaign"),
        "valid_days": Column("integer", "Weekdays it rests on", "days"),
        "peak_hour": Column("integer", "Start of the busiest hour, local time", "hours"),
        "people_per_hour": real("People in it", "people/hour", decimals=1, least=0),
        "people_low": real("Low end of the 95 % interval", "people/hour", decimals=1, nullable=True),
        "people_high": real("High end of the 95 % interval", "people/hour", decimals=1, nullable=True),
        "in_share": real("Share going in; empty where directions are not counted", "share", decimals=3, nullable=True),
        "in_share_low": real("Low end of the 95 % interval", "share", decimals=3, nullable=True),
        "in_share_high": real("High end of the 95 % interval", "share", decimals=3, nullable=True),
    },
    ("station_id", "mode", "campaign_id"),
)


@dataclass(frozen=True)
class CountLayers:
    """What the study knows of devices and decided about counts: DEVICES, CORRECTIONS, DECISIONS."""

    devices: pd.DataFrame
    corrections: pd.DataFrame
    decisions: pd.DataFrame
