"""What was observed to change, the checks of it, and what is assumed."""

from __future__ import annotations

from movement.tables.columns import STATION
from movement.tables.contract import Column, Table, real, text
from movement.tables.words import CheckStatus, Conclusion, Period, Role

EFFECTS = Table(
    "effects",
    "Observed change between two phases, one row per outcome and estimator",
    {
        "outcome": text("screenline_total, treated_sites, kordon"),
        "is_primary": Column("yes_no", "The plan's one primary outcome"),
        "screenline_id": text("Screenline, where the outcome is a total over one", nullable=True),
        "mode": text("walk, cycle or all"),
        "period": text("Part of the day", words=Period),
        "per": text("day, or 1000_residents"),
        "estimator": text("control_spread (t, n0-1), ols (t, S-2) or naive"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "index": real("After, before = 100", "index", decimals=1, nullable=True),
        "effect_pct": real("Effect", "%", decimals=2, nullable=True),
        "effect_low": real("Low end of the 95 % interval", "%", decimals=2, nullable=True),
        "effect_high": real("High end of the 95 % interval", "%", decimals=2, nullable=True),
        "degrees_of_freedom": Column("integer", "Of the t distribution", nullable=True),
        "treated": Column("integer", "Treated sites, or sites of the screenline"),
        "controls": Column("integer", "Control sites"),
        "dates": Column("integer", "Matched valid dates in each phase", nullable=True),
        "missing": text("Sites and modes of the screenline that the total lacks", nullable=True),
        "left_out": text(
            "Control and treated sites that take no part: a mode or too many dates lacking", nullable=True
        ),
        "conclusion": text("What the interval says", words=Conclusion),
        "reason": text("Key of why it cannot be judged", nullable=True),
    },
    ("outcome", "screenline_id", "mode", "period", "per", "estimator"),
)
SITE_CHANGES = Table(
    "site_changes",
    "Observed change at each site over matched valid dates",
    {
        "station_id": STATION,
        "mode": text("walk, cycle or all"),
        "role": text("What the site is there for", words=Role),
        "day_type": text("weekday, weekend or all"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "before_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "before_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "after_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "after_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "index": real("After, before = 100", "index", decimals=1, nullable=True),
        "index_low": real(
            "Low end of the 95 % interval: as far as controls stray by themselves", "index", decimals=1, nullable=True
        ),
        "index_high": real("High end of the 95 % interval", "index", decimals=1, nullable=True),
        "days_before": Column("integer", "Valid days"),
        "days_after": Column("integer", "Valid days"),
        "effect_pct": real("Change against the control sites", "%", decimals=2, nullable=True),
        "effect_low": real("Low end of the 95 % interval", "%", decimals=2, nullable=True),
        "effect_high": real("High end of the 95 % interval", "%", decimals=2, nullable=True),
        "conclusion": text("What the interval says", words=Conclusion),
        "reason": text("Key of why it cannot be judged", nullable=True),
    },
    ("station_id", "mode", "day_type"),
)
SUBSTITUTION = Table(
    "substitution",
    "Who moved over to the new link: old crossings, new link, screenline, kordon",
    {
        "part": text("old_crossings, new_link, screenline, kordon, rerouted_share"),
        "mode": text("walk, cycle or all"),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day after", "people/day", decimals=1, nullable=True),
        "expected_per_day": real("Before, moved as the controls moved", "people/day", decimals=1, nullable=True),
        "change_per_day": real("After less expected", "people/day", decimals=1, nullable=True),
        "change_low": real("Low end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "change_high": real("High end of the 95 % interval", "people/day", decimals=1, nullable=True),
        "share_pct": real(
            "Rerouted share: of those on the new link, the part missing at the old crossings",
            "%",
            decimals=1,
            nullable=True,
        ),
        "share_low": real("Low end of the 95 % interval", "%", decimals=1, nullable=True),
        "share_high": real("High end of the 95 % interval", "%", decimals=1, nullable=True),
        "reason": text("Key of why nothing is expected, or of why the share is not the link's alone", nullable=True),
    },
    ("part", "mode"),
)
CHECKS = Table(
    "checks",
    "Checks that can fail",
    {
        "check_id": text("Check, a message key"),
        "status": text("How it ended", words=CheckStatus),
        "value": real("What was found", "as the check says", decimals=4, nullable=True),
        "limit": real("Where it would fail", "as the check says", decimals=4, nullable=True),
        "detail": text("Sites, dates or events concerned", nullable=True),
    },
    ("check_id",),
)
ASSUMPTIONS = Table(
    "assumptions",
    "Everything assumed, with where it stands",
    {
        "place": text("File"),
        "item": text("Parameter, feature or function"),
        "value": text("Value", nullable=True),
        "assumption": text("In the words of the place it stands in"),
    },
    ("place", "item", "assumption"),
)
