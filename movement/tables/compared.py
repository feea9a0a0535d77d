"""What was observed to change, the checks of it, and what is assumed."""

from __future__ import annotations

from movement.tables.columns import STATION
from movement.tables.contract import Column, Table, real, text
from movement.tables.plan import PlannedOutcome, Standing
from movement.tables.words import Attribution, CheckStatus, ComparedPhase, Conclusion, Period, RobustMethod, Role

EFFECTS = Table(
    "effects",
    "Observed change between two phases, one row per outcome and estimator",
    {
        "outcome": text("screenline_total, treated_sites, kordon"),
        "is_primary": Column("yes_no", "The plan's one primary outcome"),
        "family": text("Primary, named secondary (judged together) or exploratory", words=Standing),
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
        "p_value": real("Two-sided p of no change, by itself", "probability", decimals=4, nullable=True),
        "p_holm": real("The same among the named secondary outcomes (Holm)", "probability", decimals=4, nullable=True),
        "equivalence_low": real("Low end of the 90 % interval", "%", decimals=2, nullable=True),
        "equivalence_high": real("High end of the 90 % interval", "%", decimals=2, nullable=True),
        "treated": Column("integer", "Treated sites, or sites of the screenline"),
        "controls": Column("integer", "Control sites"),
        "dates": Column("integer", "Matched valid dates in each phase", nullable=True),
        "sites": text("Sites it is about, separated by commas", nullable=True),
        "control_sites": text("Control sites it is set against, separated by commas", nullable=True),
        "missing": text(
            "Sites and modes that the screenline's total lacks; treated sites with nobody in a phase", nullable=True
        ),
        "left_out": text(
            "Control and treated sites that take no part: a mode or too many dates lacking, or controls with nobody",
            nullable=True,
        ),
        "smallest_effect_pct": real("Smallest change that matters, where one is set", "%", decimals=1, nullable=True),
        "conclusion": text("What the interval says", words=Conclusion),
        "reason": text("Key of why it cannot be judged, or is not shown although its interval says so", nullable=True),
        "attribution": text("Whether what is shown can be put down to the links", nullable=True, words=Attribution),
        "attribution_reason": text("Checks that failed and offer another cause", nullable=True),
    },
    ("outcome", "screenline_id", "mode", "period", "per", "estimator"),
)
ROBUSTNESS = Table(
    "robustness",
    "The primary outcome and the treated sites by other estimators, without single sites, on other counts",
    {
        "outcome": text("screenline_total or treated_sites"),
        "screenline_id": text("Screenline, where the outcome is a total over one", nullable=True),
        "mode": text("walk, cycle or all"),
        "method": text("What was done otherwise", words=RobustMethod),
        "detail": text("Control or campaign left out; empty for other methods"),
        "effect_pct": real("Effect", "%", decimals=2, nullable=True),
        "effect_low": real("Low end of the 95 % interval; empty where it has none", "%", decimals=2, nullable=True),
        "effect_high": real("High end of the 95 % interval", "%", decimals=2, nullable=True),
        "degrees_of_freedom": real("Of the t distribution", "sites", decimals=1, nullable=True),
        "p_value": real("Two-sided p of no change", "probability", decimals=4, nullable=True),
        "smallest_p": real("Least p that permutation of these sites can reach", "share", decimals=5, nullable=True),
        "conclusion": text("What the interval says", words=Conclusion),
        "reason": text("Key of why there is none", nullable=True),
    },
    ("outcome", "screenline_id", "mode", "method", "detail"),
)
PHASE_EFFECTS = Table(
    "phase_effects",
    "The same estimator in every phase, and before, during and after every intervention; all exploratory",
    {
        "intervention_id": text("Intervention; empty for the study as a whole"),
        "phase": text("What is set against the before", words=ComparedPhase),
        "number": Column("integer", "First, second ... campaign of the phase"),
        "outcome": text("screenline_total, treated_sites, or touched_sites of an intervention"),
        "before_campaigns": text("Campaigns before; first days where they are of permanent counters", nullable=True),
        "after_campaigns": text("Campaigns set against them", nullable=True),
        "before_per_day": real("Mean per counted day before", "people/day", decimals=1, nullable=True),
        "after_per_day": real("Mean per counted day in the phase", "people/day", decimals=1, nullable=True),
        "effect_pct": real("Effect against the control sites", "%", decimals=2, nullable=True),
        "effect_low": real("Low end of the 95 % interval", "%", decimals=2, nullable=True),
        "effect_high": real("High end of the 95 % interval", "%", decimals=2, nullable=True),
        "degrees_of_freedom": Column("integer", "Of the t distribution", nullable=True),
        "p_value": real("Two-sided p of no change", "probability", decimals=4, nullable=True),
        "treated": Column("integer", "Sites it is about"),
        "controls": Column("integer", "Control sites"),
        "dates": Column("integer", "Matched valid dates in each phase", nullable=True),
        "sites": text("Sites it is about, separated by commas", nullable=True),
        "missing": text("Sites and modes that it lacks", nullable=True),
        "conclusion": text("What the interval says", words=Conclusion),
        "reason": text("Key of why it cannot be judged", nullable=True),
        "attribution": text("Whether what is shown can be put down to it", nullable=True, words=Attribution),
        "attribution_reason": text("Failed checks that offer another cause", nullable=True),
        "before_reason": text("Keys of what is wrong with the before", nullable=True),
    },
    ("intervention_id", "phase", "number", "outcome"),
)
ASKED_RESULTS = Table(
    "asked_results",
    "What people asked say and how many stay, in both phases, and the change; without control sites",
    {
        "outcome": text("What was asked, or people staying", words=PlannedOutcome),
        "place": text("Screenline of those asked, or the site where people stay; empty without a screenline"),
        "phase": text("before, after or change"),
        "family": text("Primary beside the counts, named secondary or exploratory, by the plan", words=Standing),
        "sites": text("Sites where those who answered were asked; empty where nothing is shown", nullable=True),
        "people": Column("integer", "People who answered, or snapshots of people staying", nullable=True),
        "clusters": Column("integer", "Dates at a site they come from", nullable=True),
        "estimate": real("Share, score, or people at a moment", "%, score or people", decimals=2, nullable=True),
        "low": real("Low end of the 95 % interval", "%, score or people", decimals=2, nullable=True),
        "high": real("High end of the 95 % interval", "%, score or people", decimals=2, nullable=True),
        "degrees_of_freedom": Column("integer", "Of the t distribution", nullable=True),
        "p_value": real("Two-sided p of no change, by itself", "probability", decimals=4, nullable=True),
        "p_holm": real(
            "The same among the named secondary outcomes, counted and asked (Holm)",
            "probability",
            decimals=4,
            nullable=True,
        ),
        "conclusion": text(
            "What the interval of a change says; of a share asked after only, that it is stated",
            nullable=True,
            words=Conclusion,
        ),
        "reason": text("Key of why something is not shown", nullable=True),
    },
    ("outcome", "place", "phase"),
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
        "control_sites": text("Control sites it is set against, separated by commas", nullable=True),
        "conclusion": text("What the interval says; exploratory, not corrected for many sites", words=Conclusion),
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
        "dates": Column("integer", "Matched valid dates in each phase", nullable=True),
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
        "sites": text(
            "Sites the finding is about, or sites with a mode, separated by commas; empty for all", nullable=True
        ),
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
