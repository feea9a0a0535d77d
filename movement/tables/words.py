"""The words all rooms share: kinds of site, mode, day, change and result."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a count site is there for."""

    OLD_CROSSING = "old_crossing"
    NEW_LINK = "new_link"
    TREATED = "treated"
    CONTROL = "control"
    CORDON = "cordon"
    ALONG_BARRIER = "along_barrier"
    OTHER = "other"


class Mode(StrEnum):
    """How people move."""

    WALK = "walk"
    CYCLE = "cycle"
    MOTOR = "motor"


class Phase(StrEnum):
    """When, seen from the intervention, a campaign lies."""

    BEFORE = "before"
    CONSTRUCTION = "construction"
    AFTER = "after"


class DayType(StrEnum):
    """Kinds of day that are averaged apart."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"


class Period(StrEnum):
    """Part of the day a daily total covers."""

    ALL_DAY = "all_day"
    OUTSIDE_SCHOOL = "outside_school"
    NON_SCHOOL_DAYS = "non_school_days"
    DARK = "dark"


class Measure(StrEnum):
    """What an average day stands for."""

    WEEKDAY = "weekday"
    WEEKEND = "weekend"
    ANNUAL = "annual"


class ErrorClass(StrEnum):
    """How sure an average is: its standard error is up to 10 %, up to 20 %, or above."""

    A = "a"
    B = "b"
    C = "c"


class Profile(StrEnum):
    """What people are spread over."""

    HOUR_WEEKDAY = "hour_weekday"
    HOUR_WEEKEND = "hour_weekend"
    WEEKDAY = "weekday"
    MONTH = "month"


class LandUse(StrEnum):
    """Which homes, schools and jobs there are."""

    TODAY = "today"
    PLANNED = "planned"


class Purpose(StrEnum):
    """What a trip is made for."""

    SCHOOL = "school"
    WORK = "work"
    SHOPPING = "shopping"
    LEISURE = "leisure"
    STATION = "station"
    NATURE = "nature"
    ESCORT = "escort"


class Group(StrEnum):
    """Who travels; every resident is in one group, and who walks with limits in that one only."""

    CHILD_UNDER_10 = "child_under_10"
    CHILD_OVER_10 = "child_over_10"
    ADULT = "adult"
    SENIOR = "senior"
    WALK_LIMITED = "walk_limited"


class Band(StrEnum):
    """Part of the week that trips are told apart by."""

    WEEKDAY_MORNING = "weekday_morning"
    WEEKDAY_MIDDAY = "weekday_midday"
    WEEKDAY_AFTERNOON = "weekday_afternoon"
    WEEKDAY_EVENING = "weekday_evening"
    WEEKEND = "weekend"


class DecayForm(StrEnum):
    """How trips fall with felt time."""

    EXPONENTIAL = "exponential"
    POWER = "power"
    TABLE = "table"


class Distribution(StrEnum):
    """Which totals trips are held to: none, those of homes, or those of homes and destinations."""

    UNCONSTRAINED = "unconstrained"
    ORIGIN_CONSTRAINED = "origin_constrained"
    DOUBLY_CONSTRAINED = "doubly_constrained"


class Family(StrEnum):
    """What passes over a link are told apart by."""

    PURPOSE = "purpose"
    GROUP = "group"
    BAND = "band"


class ForecastBasis(StrEnum):
    """What stands for the links in force after: one run, changes of several added up, or today's links."""

    EXACT = "exact"
    SUMMED = "summed"
    BEFORE_ONLY = "before_only"


class NotForecast(StrEnum):
    """Why nothing is foreseen at a site that is counted after."""

    NO_RUN = "no_run"
    OFF_NETWORK = "off_network"
    NO_LINK = "no_link"
    MODE_NOT_MODELLED = "mode_not_modelled"


class SitesOf(StrEnum):
    """Which sites a forecast is judged by: all, those the fit was told of by local trips, or the others."""

    ALL = "all"
    FITTED = "fitted"
    OTHER = "other"


class WithoutLink(StrEnum):
    """What a person asked would have done without the link."""

    OTHER_ROUTE = "other_route"
    OTHER_MODE = "other_mode"
    OTHER_PLACE = "other_place"
    NOT_MADE = "not_made"


class StayingKind(StrEnum):
    """What people staying are told apart by."""

    TOTAL = "total"
    POSTURE = "posture"
    ACTIVITY = "activity"
    AGE = "age"
    GENDER = "gender"


class Structure(StrEnum):
    """What carries a link or a barrier piece."""

    NONE = "none"
    BRIDGE = "bridge"
    TUNNEL = "tunnel"


class Change(StrEnum):
    """What a scenario does to a link."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"


class BarrierKind(StrEnum):
    """What cuts a network."""

    MOTORWAY = "motorway"
    TRUNK_ROAD = "trunk_road"
    RAIL = "rail"
    WATER = "water"
    FENCE = "fence"
    BANK = "bank"
    BUILDING = "building"


class Crossing(StrEnum):
    """How a link crosses what lies at its level."""

    SIGNALS = "signals"
    MARKED = "marked"
    UNMARKED = "unmarked"
    RAMP = "ramp"
    LEVEL_CROSSING = "level_crossing"
    FORD = "ford"
    GATE = "gate"


class CrossingReason(StrEnum):
    """Why a link is carried over a barrier, or cut."""

    LINK_ABOVE = "link_above"
    LINK_BELOW = "link_below"
    TAGGED_CROSSING = "tagged_crossing"
    STAIRS = "stairs"
    SAME_LEVEL = "same_level"
    OVERRULED = "overruled"


class Gap(StrEnum):
    """How a network does not hold together."""

    ISLAND = "island"
    DANGLING = "dangling"
    DUPLICATE = "duplicate"
    ZERO_LENGTH = "zero_length"


class Traveller(StrEnum):
    """Whose felt time it is."""

    WALK = "walk"
    CYCLE = "cycle"
    WALK_LIMITED = "walk_limited"


class CrossingStatus(StrEnum):
    """Whether a link gets over the barrier."""

    CARRIED = "carried"
    CUT = "cut"


class Within(StrEnum):
    """What a limit of reach is measured in."""

    MINUTES = "minutes"
    METRES = "metres"


class CheckStatus(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_POSSIBLE = "not_possible"


class Conclusion(StrEnum):
    """What an interval says, by rule; nothing is ever "no effect"."""

    RISE_SHOWN = "rise_shown"
    FALL_SHOWN = "fall_shown"
    NO_CHANGE_LARGER_SHOWN = "no_change_larger_shown"
    NOT_SHOWN = "not_shown"
    CANNOT_BE_JUDGED = "cannot_be_judged"
    STATED_SHARE = "stated_share"  # what people say they would have done: no change that was seen


class Attribution(StrEnum):
    """Whether what is shown can be put down to the links, by the checks."""

    ATTRIBUTABLE = "attributable"
    NOT_ATTRIBUTABLE = "not_attributable"


class ComparedPhase(StrEnum):
    """What is set against a before: building, an intervention while it lasts, or a time after."""

    CONSTRUCTION = "construction"
    DURING = "during"
    AFTER = "after"


class RobustMethod(StrEnum):
    """What else one could have done with the counts of an outcome."""

    AS_PLANNED = "as_planned"
    NAIVE = "naive"
    WELCH = "welch"
    RANDOMIZATION = "randomization"
    POISSON_CV3 = "poisson_cv3"
    WITHOUT_CONTROL_LOWEST = "without_control_lowest"
    WITHOUT_CONTROL_HIGHEST = "without_control_highest"
    WITHOUT_CAMPAIGN = "without_campaign"
    WITH_FLAGGED = "with_flagged"
    WITHOUT_CORRECTIONS = "without_corrections"
    FACTORS_TAKEN_AS_KNOWN = "factors_taken_as_known"


class Consequence(StrEnum):
    """What a failed check does to a conclusion."""

    NONE = "none"
    NOT_ATTRIBUTABLE = "not_attributable"
    CANNOT_BE_JUDGED = "cannot_be_judged"


class DayState(StrEnum):
    """How much of a day at a site is used."""

    USED = "used"
    PARTLY = "partly"
    FLAGGED = "flagged"
    MISSING = "missing"


class Flag(StrEnum):
    """Why a count is not used; NONE where it is."""

    NONE = ""
    MISSING = "missing"
    STUCK = "stuck"
    DUPLICATED_DAY = "duplicated_day"
    ZERO_RUN = "zero_run"
    DST_AMBIGUOUS = "dst_ambiguous"
    SPIKE = "spike"
    LOW_DAY = "low_day"
    IMPLAUSIBLE = "implausible"
    AFTER_EXPORT = "after_export"
    LOW_UPTIME = "low_uptime"
    NO_DEVICE = "no_device"
    DECIDED = "decided"


class Notice(StrEnum):
    """What was noticed at a count site that a person must look at; the counts stay in use."""

    CLOCK_NOT_CHANGED = "clock_not_changed"
    CLOCK_WRONG = "clock_wrong"
    DIRECTION_SWAPPED = "direction_swapped"
    DIRECTION_SPLIT = "direction_split"
    LEVEL_STEP = "level_step"
    DEVICE_CHANGED = "device_changed"
    PUBLIC_HOLIDAY = "public_holiday"
    EVENT = "event"
