"""Checks for what else could have made the change: people, building, events, devices, the season, the weather."""

from __future__ import annotations

import pandas as pd

from movement.comparison.matched import with_role
from movement.comparison.outcomes import listed
from movement.comparison.paired import Spans
from movement.comparison.seen import Row, Seen, check_row, share_moved, touches
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
    """Land use or population that changed between the first day before and the last day after, and what was closed.

    An event counts that began or ended in between, one that lies between the phases too: people who moved in stay.
    Attractions that the campaigns' table names as closed count where they were so in one phase, or longer in it.
    """
    growth = events[events["kind"].isin(GROWTH_KINDS)]
    began = (growth["start_date"] > seen.first_day) & (growth["start_date"] <= seen.last_day)
    ended = (growth["end_date"] >= seen.first_day) & (growth["end_date"] < seen.last_day)
    found = _at_counted(growth[began | ended], seen)
    closed = _closed_otherwise(seen)
    names = [*sorted(found["event_id"]), *closed]
    return check_row("growth_between", not names, len(names), 0, names, () if closed else _sites_of(found, seen))


def _closed_otherwise(seen: Seen) -> list[str]:
    """Attractions closed in another share of the campaigns before than after, in order of name."""
    shares = []
    for spans in (seen.before, seen.after):
        rows = seen.campaigns[[span in spans for span in _spans_of(seen.campaigns)]]
        names = [name for closed in rows["attractions_closed"] for name in sorted(set(listed(closed)))]
        shares.append({name: names.count(name) / len(rows) for name in names})
    return sorted(name for name in {*shares[0], *shares[1]} if shares[0].get(name) != shares[1].get(name))


def _spans_of(campaigns: pd.DataFrame) -> Spans:
    return list(zip(campaigns["start_date"], campaigns["end_date"], strict=True))


def events_in_windows(events: pd.DataFrame, seen: Seen) -> Row:
    """Other events that cover one phase more than the other, by `share_moved`, at a counted site."""
    others = events[~events["kind"].isin(GROWTH_KINDS)]
    moved = share_moved(others["start_date"], others["end_date"], seen.before, seen.after)
    found = _at_counted(others[moved != 0], seen)
    names = sorted(found["event_id"])
    return check_row("events_in_windows", not names, len(names), 0, names, _sites_of(found, seen))


def controls_served(events: pd.DataFrame, interventions: pd.DataFrame, seen: Seen) -> Row:
    """Control sites named by a link, or by works and other events that are no holiday, more in one phase."""
    works = events.loc[events["kind"] != "holiday", ["start_date", "end_date", "station_ids"]]
    done = pd.concat([works, interventions[["start_date", "end_date", "station_ids"]]], ignore_index=True)
    moved = share_moved(done["start_date"], done["end_date"], seen.before, seen.after)
    named = {site for names in done.loc[moved != 0, "station_ids"] for site in listed(names)}
    served = sorted(named & set(with_role(seen.sites, Role.CONTROL)))
    return check_row("controls_served", not served, len(served), 0, served, served)


def before_in_construction(events: pd.DataFrame, seen: Seen) -> Row:
    """Campaigns and roadworks that make the before phase a time of construction."""
    found = construction_before(seen.campaigns, events, seen.before, seen.after, seen.counted)
    works = events[events["event_id"].isin(found)]
    sites = () if len(works) < len(found) else _sites_of(works, seen)  # a campaign is about all sites
    return check_row("before_in_construction", not found, len(found), 0, found, sites)


def construction_before(
    campaigns: pd.DataFrame, events: pd.DataFrame, before: Spans, after: Spans, used: set[str]
) -> list[str]:
    """Name what makes a before phase one of construction, by rule.

    A campaign of the phase `construction` that lies in it, or roadworks that cover more of it than of the after phase
    (`share_moved`), at one of the sites used (or at all where they name none).
    """
    building = campaigns[campaigns["phase"] == str(Phase.CONSTRUCTION)]
    lies = [span in before for span in _spans_of(building)]
    works = events[events["kind"] == "roadworks"]
    works = works[_names_any(works["station_ids"], used, where_empty=True)]
    moved = share_moved(works["start_date"], works["end_date"], before, after)
    return sorted({*building.loc[lies, "campaign_id"], *works.loc[moved < 0, "event_id"]})


def link_opened(interventions: pd.DataFrame, effects: pd.DataFrame, seen: Seen, judged: str | None = None) -> Row:
    """Interventions that began between the phases: every outcome of EFFECTS must have one at a site of its own.

    Those are the lasting ones, in force to the end of the after phase, or the one `judged` alone. What was found are
    the outcomes, by their sites, that none of them reaches: the check fails for these alone, names their sites, and
    leaves the others be. Where nothing opened it fails for all: there is nothing to put a change down to.
    """
    own, _ = _own_and_others(interventions, judged, seen)
    began = own[(own["start_date"] > max(end for _, end in seen.before)) & (own["start_date"] <= seen.after[0][0])]
    reached = {site for names in began["station_ids"] for site in listed(names) or _uncontrolled(seen)}
    asked = [set(listed(names)) for names in effects["sites"].dropna().unique()]
    outcomes = asked or [set(seen.primary.columns.get_level_values(0))]
    without = [sites for sites in outcomes if not sites & reached]
    sites = sorted(set().union(*without)) if len(began) else []
    passed = bool(len(began)) and not without
    detail = sorted(began["intervention_id"]) if passed else sites
    return check_row("link_opened", passed, len(without), 0, detail, sites)


def other_intervention(interventions: pd.DataFrame, seen: Seen, judged: str | None = None) -> Row:
    """Other interventions that cover one phase more than the other: trials, or all but the one `judged`.

    Those that name no site can touch all but the control sites.
    """
    _, others = _own_and_others(interventions, judged, seen)
    moved = share_moved(others["start_date"], others["end_date"], seen.before, seen.after)
    can_touch = [", ".join(listed(names) or _uncontrolled(seen)) for names in others["station_ids"]]
    found = others.assign(station_ids=can_touch)[(moved != 0).to_numpy()]
    found = found[_names_any(found["station_ids"], seen.counted, where_empty=False)]
    names = sorted(found["intervention_id"])
    return check_row("other_intervention", not names, len(names), 0, names, _sites_of(found, seen))


def _own_and_others(interventions: pd.DataFrame, judged: str | None, seen: Seen) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split interventions into what the change is to be put down to, and the others."""
    if judged is None:
        lasts = interventions["end_date"].isna() | (interventions["end_date"] >= seen.last_day)
        is_own = lasts & ~interventions["is_temporary"].astype(bool)
    else:
        is_own = interventions["intervention_id"] == judged
    return interventions[is_own], interventions[~is_own]


def _uncontrolled(seen: Seen) -> list[str]:
    """Return the counted sites that are no controls."""
    return sorted(seen.counted - set(with_role(seen.sites, Role.CONTROL)))


def device_change(devices: pd.DataFrame, corrections: pd.DataFrame, seen: Seen) -> Row:
    """Sites and modes whose device, its technique or setting is another one after, without a factor for either.

    Every site and mode that was counted is looked at: each outcome is held to those it rests on. Only where a device
    for the mode is known in both phases can it be judged; where there is none, the check is not possible. A factor
    counts for its mode only.
    """
    changed, known = [], 0
    spans = [*seen.before, *seen.after]
    for site, mode in sorted(seen.days.keys):
        sides = [_devices_of(devices, site, mode, phase) for phase in (seen.before, seen.after)]
        known += all(sides)
        if all(sides) and sides[0] != sides[1] and not _has_factor(corrections, site, mode, spans):
            changed.append(f"{site} {mode}")
    passed = None if not known else not changed
    return check_row("device_change", passed, len(changed) if known else None, 0, changed, changed)


def same_weeks(seen: Seen) -> Row:
    """ISO weeks of the year in which the campaigns begin."""
    begun = [sorted(start.isocalendar().week for start, _ in spans) for spans in (seen.before, seen.after)]
    apart = max(abs(first - second) for first, second in zip(*begun, strict=False))
    apart += abs(len(begun[0]) - len(begun[1]))
    return check_row("same_weeks", apart == 0, apart, 0, [str(week) for side in begun for week in side])


def same_weekdays(seen: Seen) -> Row:
    """Dates of the comparison whose partners fall on other weekdays, and the first days of the campaigns.

    Dates are matched by their distance from the first day: none is on another weekday where the first days are on the
    same ones, each in the same share of a phase's campaigns, and then both phases have the same mix of weekdays.
    """
    on = seen.primary.on if len(seen.primary.on) else seen.days.before.index
    mixes = [
        pd.Series([start.dayofweek for start, _ in spans]).value_counts(normalize=True).to_dict()
        for spans in (seen.before, seen.after)
    ]
    apart = 0 if mixes[0] == mixes[1] else len(on)
    first_days = [f"{start:%Y-%m-%d}" for start, _ in [*seen.before, *seen.after]]
    return check_row("same_weekdays", apart == 0, apart, 0, first_days)


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


def _at_counted(found: pd.DataFrame, seen: Seen) -> pd.DataFrame:
    """Return those that name a counted site, or none at all."""
    return found[_names_any(found["station_ids"], seen.counted, where_empty=True)]


def _sites_of(found: pd.DataFrame, seen: Seen) -> list[str]:
    """Return the counted sites that these name; empty, for all, where one of them names none."""
    named = [set(listed(names)) for names in found["station_ids"]]
    return sorted(set().union(*named) & seen.counted) if all(named) else []


def _names_any(station_ids: pd.Series, wanted: set[str], *, where_empty: bool) -> pd.Series:
    """Tell of each list of sites whether it names one of those wanted; same index."""
    found = [bool(set(listed(names)) & wanted) if listed(names) else where_empty for names in station_ids]
    return pd.Series(found, index=station_ids.index, dtype=bool)


def _devices_of(devices: pd.DataFrame, site: str, mode: str, spans: Spans) -> set[tuple[str, str, str]]:
    rows = devices[(devices["station_id"] == site) & (devices["mode"].isna() | (devices["mode"] == mode))]
    rows = rows[touches(rows["start_date"], rows["end_date"], spans)]
    return set(zip(rows["serial"], rows["technology"], rows["sensitivity"].fillna(""), strict=True))


def _has_factor(corrections: pd.DataFrame, site: str, mode: str, spans: Spans) -> bool:
    rows = corrections[(corrections["station_id"] == site) & (corrections["mode"] == mode)]
    return bool(touches(rows["start_date"], rows["end_date"], spans).any())
