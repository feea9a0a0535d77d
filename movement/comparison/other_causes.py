"""Checks for what else could have made the change: people, building, events, devices, the season, the weather."""

from __future__ import annotations

import pandas as pd

from movement.comparison.matched import with_role
from movement.comparison.outcomes import listed
from movement.comparison.paired import Spans
from movement.comparison.seen import Row, Seen, check_row, touches
from movement.tables import Phase, Role

GROWTH_KINDS = ("land_use", "population")
# ASSUME: three weeks apart in the year, seasons of walking and cycling differ by more than chance
SEASON_DAYS = 21
_YEAR_DAYS = 365.25
# ASSUME: the same weeks of two years seldom differ by five degrees; beyond it weather alone can move people
TEMPERATURE_LIMIT_C = 5
# ASSUME: a quarter of the days; two counted weeks of one climate differ by less in most years
WET_DAYS_LIMIT_POINTS = 25
WET_MM = 1.0  # a wet day, as climate services count them (ETCCDI R1mm)
# ASSUME: nine in ten of the dates tell of all of them
WEATHER_LACKS_SHARE = 0.1


def growth_between(events: pd.DataFrame, seen: Seen) -> Row:
    """Events of land use or population that began between the first day before and the last day after."""
    began = events["start_date"].between(seen.first_day, seen.last_day)
    found = sorted(events.loc[began & events["kind"].isin(GROWTH_KINDS), "event_id"])
    return check_row("growth_between", not found, len(found), 0, found)


def events_in_windows(events: pd.DataFrame, seen: Seen) -> Row:
    """Other events that touch one phase but not both alike, at a site of the outcome or of its controls."""
    others = events[~events["kind"].isin(GROWTH_KINDS)]
    near = _names_any(others["station_ids"], seen.used, where_empty=True)
    touched = [touches(others["start_date"], others["end_date"], spans) for spans in (seen.before, seen.after)]
    found = sorted(others.loc[near & (touched[0] ^ touched[1]), "event_id"])
    return check_row("events_in_windows", not found, len(found), 0, found)


def controls_served(events: pd.DataFrame, interventions: pd.DataFrame, seen: Seen) -> Row:
    """Control sites that a link, or works and other events that are no holiday, name as touched in one phase only."""
    works = events.loc[events["kind"] != "holiday", ["start_date", "end_date", "station_ids"]]
    done = pd.concat([works, interventions[["start_date", "end_date", "station_ids"]]], ignore_index=True)
    touched = [touches(done["start_date"], done["end_date"], spans) for spans in (seen.before, seen.after)]
    named = {site for names in done.loc[touched[0] ^ touched[1], "station_ids"] for site in listed(names)}
    served = sorted(named & set(with_role(seen.sites, Role.CONTROL)))
    return check_row("controls_served", not served, len(served), 0, served)


def before_in_construction(events: pd.DataFrame, seen: Seen) -> Row:
    """Campaigns and roadworks that make the before phase a time of construction."""
    found = construction_before(seen.campaigns, events, seen.before, seen.after, seen.used)
    return check_row("before_in_construction", not found, len(found), 0, found)


def construction_before(
    campaigns: pd.DataFrame, events: pd.DataFrame, before: Spans, after: Spans, used: set[str]
) -> list[str]:
    """Name what makes a before phase one of construction, by rule.

    A campaign of the phase `construction` that lies in it, or roadworks that touch it, not the after phase alike, at
    one of the sites used (or at all where they name none).
    """
    building = campaigns[campaigns["phase"] == str(Phase.CONSTRUCTION)]
    lies = [(start, end) in before for start, end in zip(building["start_date"], building["end_date"], strict=True)]
    works = events[events["kind"] == "roadworks"]
    works = works[_names_any(works["station_ids"], used, where_empty=True)]
    touched = [touches(works["start_date"], works["end_date"], spans) for spans in (before, after)]
    return sorted({*building.loc[lies, "campaign_id"], *works.loc[touched[0] & ~touched[1], "event_id"]})


def device_change(devices: pd.DataFrame, corrections: pd.DataFrame, seen: Seen) -> Row:
    """Sites whose device, its technique or setting is another one after, without a factor for either.

    Every site that was counted is looked at: each outcome is held to those it rests on. Only sites with a device known
    in both phases can be judged; where there is none, the check is not possible.
    """
    changed, known = [], 0
    for site in sorted(set(seen.days.before.columns.get_level_values(0))):
        sides = [_devices_of(devices, site, spans) for spans in (seen.before, seen.after)]
        known += all(sides)
        if all(sides) and sides[0] != sides[1] and not _has_factor(corrections, site, [*seen.before, *seen.after]):
            changed.append(site)
    return check_row("device_change", None if not known else not changed, len(changed) if known else None, 0, changed)


def same_weeks(seen: Seen) -> Row:
    """Weeks of the year and weekdays on which the campaigns begin."""
    begun = [sorted(_week(start) for start, _ in spans) for spans in (seen.before, seen.after)]
    pairs = list(zip(*begun, strict=False))
    apart = max(abs(first[0] - second[0]) + (first[1] != second[1]) for first, second in pairs)
    apart += abs(len(begun[0]) - len(begun[1]))
    return check_row("same_weeks", apart == 0, apart, 0, [str(week) for side in begun for week, _ in side])


def same_season(seen: Seen) -> Row:
    """Days of the year that a campaign after lies from the nearest one before, and the other way round."""
    apart = days_apart(seen.before, seen.after)
    return check_row("same_season", apart <= SEASON_DAYS, apart, SEASON_DAYS)


def seasons_apart(before: Spans, after: Spans) -> bool:
    """Tell whether two phases lie in different seasons, by rule."""
    return days_apart(before, after) > SEASON_DAYS


def days_apart(before: Spans, after: Spans) -> float:
    """Return how far in the year any campaign starts from the nearest one of the other phase, in days."""
    sides = [[start.dayofyear for start, _ in spans] for spans in (before, after)]
    return max(min(_apart(one, other) for other in sides[1 - at]) for at in (0, 1) for one in sides[at])


def weather_balance(weather: pd.DataFrame, seen: Seen) -> list[Row]:
    """Mean temperature (degrees) and share of wet days (points) on the primary outcome's dates: after less before.

    Two rows, each not possible where its figure lacks on more than a tenth of the dates of either phase. Where that
    outcome has no matched date (other sites are compared), all days of the campaigns are taken. The detail says where
    the weather is known from: made-up weather beside real counts is seen.
    """
    fallen = weather["precipitation_mm"]
    wet_pct = 100.0 * fallen.ge(WET_MM).astype(float).where(fallen.notna())
    days = weather.assign(wet_pct=wet_pct).set_index("date")
    return [
        _balance("weather_balance", days[["temperature_c", "source"]], seen, TEMPERATURE_LIMIT_C),
        _balance("wet_days", days[["wet_pct", "source"]], seen, WET_DAYS_LIMIT_POINTS),
    ]


def _balance(check: str, days: pd.DataFrame, seen: Seen, limit: float) -> Row:
    on = seen.primary.on if len(seen.primary.on) else seen.days.before.index
    found = [days.reindex(_dates(spans, on)) for spans in (seen.before, seen.after)]
    sides = [side.iloc[:, 0].astype(float) for side in found]
    if any(side.empty or side.isna().mean() > WEATHER_LACKS_SHARE for side in sides):
        return check_row(check, None, None, limit)
    change = round(float(sides[1].mean() - sides[0].mean()), 4)  # so that exactly five is not beyond five
    return check_row(check, abs(change) <= limit, change, limit, sorted(set(pd.concat(found)["source"].dropna())))


def _dates(spans: Spans, on: pd.Index) -> pd.DatetimeIndex:
    """Return the dates that days of the campaign, counted from its first, have in every campaign of a phase."""
    return pd.DatetimeIndex([start + pd.Timedelta(days=int(day)) for start, _ in spans for day in on])


def _apart(one: int, other: int) -> float:
    return min(abs(one - other), _YEAR_DAYS - abs(one - other))


def _week(day: pd.Timestamp) -> tuple[int, int]:
    return day.isocalendar().week, day.isocalendar().weekday


def _names_any(station_ids: pd.Series, wanted: set[str], *, where_empty: bool) -> pd.Series:
    """Tell of each list of sites whether it names one of those wanted; same index."""
    found = [bool(set(listed(names)) & wanted) if listed(names) else where_empty for names in station_ids]
    return pd.Series(found, index=station_ids.index, dtype=bool)


def _devices_of(devices: pd.DataFrame, site: str, spans: Spans) -> set[tuple[str, str, str]]:
    rows = devices[devices["station_id"] == site]
    rows = rows[touches(rows["start_date"], rows["end_date"], spans)]
    return set(zip(rows["serial"], rows["technology"], rows["sensitivity"].fillna(""), strict=True))


def _has_factor(corrections: pd.DataFrame, site: str, spans: Spans) -> bool:
    rows = corrections[corrections["station_id"] == site]
    return bool(touches(rows["start_date"], rows["end_date"], spans).any())
