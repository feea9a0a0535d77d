"""The analysis plan, what departs from it, and what a next campaign could show."""

from __future__ import annotations

from enum import StrEnum

from movement.tables.contract import Column, Table, real, text, whole


class Standing(StrEnum):
    """What a result is by the plan that was frozen before the counts."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    EXPLORATORY = "exploratory"


class PlannedOutcome(StrEnum):
    """What a plan may name as a secondary outcome, beside modes, parts of the day and screenlines."""

    SCREENLINE_TOTAL = "screenline_total"
    TREATED_SITES = "treated_sites"
    KORDON = "kordon"
    SUBSTITUTION = "substitution"
    NON_RESIDENTS = "non_residents"
    TRIPS_NOT_MADE = "trips_not_made"
    TRYGHED = "tryghed"
    STAYING = "staying"


class MovingDay(StrEnum):
    """Holidays that move with Easter and empty the streets they fall on."""

    EASTER = "easter"
    ASCENSION = "ascension"
    WHITSUN = "whitsun"


class NoPlan(StrEnum):
    """Why a study has no plan that holds; everything is then exploratory."""

    NO_PLAN = "no_plan"
    NOT_FROZEN = "not_frozen"
    FROZEN_ALTERED = "frozen_altered"
    FROZEN_AFTER_COUNTS = "frozen_after_counts"
    DATE_IMAGINED = "date_imagined"
    CAMPAIGNS_NOT_PLANNED = "campaigns_not_planned"


class Deviation(StrEnum):
    """How a study departs from its plan."""

    NO_PLAN = "no_plan"
    NOT_FROZEN = "not_frozen"
    FROZEN_ALTERED = "frozen_altered"
    FROZEN_AFTER_COUNTS = "frozen_after_counts"
    DATE_IMAGINED = "date_imagined"
    CAMPAIGNS_NOT_PLANNED = "campaigns_not_planned"
    SCREENLINE_CHANGED = "screenline_changed"
    MAKEUP_NOT_RECORDED = "makeup_not_recorded"
    FROZEN_AGAIN = "frozen_again"
    PLAN_EDITED = "plan_edited"
    CAMPAIGNS_COMPARED = "campaigns_compared"
    PRIMARY_SCREENLINE = "primary_screenline"
    SCREENLINE_MISSING = "screenline_missing"
    SCREENLINE_SITES = "screenline_sites"
    SITE_MISSING = "site_missing"
    SITE_ROLE = "site_role"
    SITE_MODES = "site_modes"
    SITE_DATES = "site_dates"
    SITE_NOT_PLANNED = "site_not_planned"
    SITE_NOT_COUNTED = "site_not_counted"
    OUTSIDE_WINDOWS = "outside_windows"
    EXCLUDED_WEEK = "excluded_week"
    EXCLUDED_DAY = "excluded_day"
    FOLLOW_UP_MISSING = "follow_up_missing"
    FOLLOW_UP_SEEN = "follow_up_seen"
    TARGET_CHANGED = "target_changed"
    CONTROLS_NEEDED = "controls_needed"
    VALID_DAY_SHARE = "valid_day_share"
    DEVICE_CHANGED = "device_changed"
    DECIDED_LATER = "decided_later"


class Estimator(StrEnum):
    """Test a campaign is planned for: one screenline against controls' spread, or treated sites against controls."""

    CONTROL_SPREAD = "control_spread"
    OLS = "ols"


class Variant(StrEnum):
    """How a design differs from the one asked about."""

    ASKED = "asked"
    USUAL = "usual"
    ONE_CONTROL = "one_control"
    ONE_WEEK = "one_week"
    ONE_CAMPAIGN = "one_campaign"
    ONE_CAMPAIGN_BEST = "one_campaign_best"
    GRID = "grid"


class SpreadSource(StrEnum):
    """Where the spread between untouched sites is known from."""

    CAMPAIGNS = "campaigns"
    PLACEBO = "placebo"
    DEFAULT = "default"


class Advice(StrEnum):
    """Why a place or kind of site is named for the next campaign."""

    CROSSING = "crossing"
    CHANGE = "change"
    CONTROL_TYPE = "control_type"


ANALYSIS_PLAN = Table(
    "analysis_plan",
    "The analysis plan that holds, entry by entry, with when it was frozen",
    {
        "entry": text("What is planned: key of the plan, or of how it was frozen"),
        "item": text("Site, window or outcome; empty for an entry with one value"),
        "value": text("As planned", nullable=True),
        "reason": text("Why, in the words of the plan", nullable=True),
    },
    ("entry", "item"),
)
PLAN_DEVIATIONS = Table(
    "plan_deviations",
    "Everything that departs from the frozen plan",
    {
        "deviation": text("Kind, a message key", words=Deviation),
        "item": text("Site, campaign, device, decision or key of the plan; empty where the study as a whole"),
        "planned": text("As planned", nullable=True),
        "found": text("As found", nullable=True),
    },
    ("deviation", "item"),
)
CAMPAIGN_DESIGNS = Table(
    "campaign_designs",
    "What a next campaign could show, one row per test and design",
    {
        "estimator": text("Test", words=Estimator),
        "variant": text("How it differs from the design asked about", words=Variant),
        "treated": whole("Treated sites; 1 for a screenline", "sites", least=1),
        "controls": whole("Control sites", "sites", least=0),
        "next_weeks": real("Weeks of the next campaign", "weeks", decimals=1),
        "weeks_before": real("Weeks counted before, all campaigns together", "weeks", decimals=1),
        "weeks_after": real("Weeks counted after, all campaigns together", "weeks", decimals=1),
        "between_site_sd": real(
            "Spread of log(after/before) between untouched sites", "log ratio", decimals=4, nullable=True
        ),
        "detectable_rise_pct": real("Smallest rise shown with 80 % power", "%", decimals=1, nullable=True),
        "detectable_low": real("The same at the low end of the spread's 95 % interval", "%", decimals=1, nullable=True),
        "detectable_high": real("The same at the high end", "%", decimals=1, nullable=True),
        "power_at_target": real(
            "Probability that a rise of the size that matters is shown; of a screenline: if its total strays as a "
            "single site does, as totals did on real counters",
            "share",
            decimals=3,
            nullable=True,
        ),
        "power_at_target_apart": real(
            "The same if the sites of the screenline stray apart from each other, so that its total strays less; empty "
            "for one site and for other tests",
            "share",
            decimals=3,
            nullable=True,
        ),
        "smallest_permutation_p": real(
            "Smallest p that permutation of sites could reach", "share", decimals=5, nullable=True
        ),
        "campaigns_to_count": whole(
            "Campaigns of the design that are not counted yet, each as long as the next: with the after-count where "
            "the next is a before-count; of the usual design, which counts anew, both",
            "campaigns",
            least=1,
        ),
        "site_weeks": real("Sites times weeks of all campaigns that are not counted yet", "site-weeks", decimals=1),
        "cost": real(
            "Price of all campaigns that are not counted yet: price of a site-week times site_weeks",
            "currency of the price given",
            decimals=0,
            nullable=True,
        ),
    },
    ("estimator", "variant", "controls", "next_weeks"),
)
POWER_CURVE = Table(
    "power_curve",
    "Probability that a true rise is shown",
    {
        "estimator": text("Test", words=Estimator),
        "variant": text("Design", words=Variant),
        "rise_pct": real("True rise", "%", decimals=1),
        "power": real("Probability that it is shown", "share", decimals=4, least=0),
    },
    ("estimator", "variant", "rise_pct"),
)
SITES_TO_COUNT = Table(
    "sites_to_count",
    "Crossings, streets and kinds of control, with what counts them and what does not",
    {
        "advice": text("What it is about", words=Advice),
        "item": text("Crossing, street or kind of site"),
        "name": text("Street or path", nullable=True),
        "amount": real("Modelled people a day, modelled change a day, or sites of the kind", "as said", decimals=1),
        "share_pct": real("Part of the screenline, or of all change", "%", decimals=1, nullable=True),
        "station_ids": text("Sites that count it, separated by commas; for a kind, its controls", nullable=True),
        "is_covered": Column("yes_no", "Counted by a site proposed; for a kind, matched by as many controls"),
    },
    ("advice", "item"),
)
