"""The same estimator for every phase of the study, and before, during and after every intervention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from movement.comparison.checks import run_checks
from movement.comparison.conclusions import apply_checks
from movement.comparison.matched import with_role, without_before
from movement.comparison.measured import Row, comparison_of
from movement.comparison.other_causes import construction_before, seasons_apart
from movement.comparison.outcomes import PER_DAY, TREATED, Case, listed, primary_case
from movement.comparison.paired import Campaigns, campaign_ids, windows, windows_reason
from movement.tables import (
    CAMPAIGNS,
    EFFECTS,
    PHASE_EFFECTS,
    ComparedPhase,
    Conclusion,
    Period,
    Phase,
    Role,
)

TOUCHED = "touched_sites"
# ASSUME: two weeks of permanent counters, from the first Monday a week after the start, stand for a phase
WINDOW_DAYS = 14
SETTLING_DAYS = 7
_YEAR_DAYS = 364  # 52 weeks: the same weekday


@dataclass(frozen=True)
class _Asked:
    daily: pd.DataFrame
    sites: pd.DataFrame
    screenlines: pd.DataFrame
    events: pd.DataFrame
    interventions: pd.DataFrame
    devices: pd.DataFrame | None
    corrections: pd.DataFrame | None
    weather: pd.DataFrame | None
    fewest_controls: int
    smallest_effect_pct: float | None
    primary_mode: str
    judged: str | None = None  # intervention the change is to be put down to; None for all lasting ones together

    def row(self, case: Case, campaigns: pd.DataFrame, before: Campaigns, after: Campaigns) -> Row:
        """Return the case's estimate between two phases, less what checks take, and what is wrong with the before."""
        ends: dict[str, Campaigns] = {"before_campaign": before, "after_campaign": after}
        names = {"before_campaigns": before, "after_campaigns": after}
        found: Row = {column: ", ".join(campaign_ids(side)) for column, side in names.items()}
        reason = windows_reason(campaigns, **ends)
        if reason is not None:
            return found | _none(reason)
        comparison = comparison_of(
            self.daily,
            self.sites,
            campaigns,
            before_campaign=before,
            after_campaign=after,
            fewest_controls=self.fewest_controls,
            smallest_effect_pct=self.smallest_effect_pct,
            corrections=self.corrections,
        )
        told = EFFECTS.check(pd.DataFrame(comparison.rows(case)[:1]))
        checks = run_checks(
            self.daily,
            self.sites,
            self.screenlines,
            campaigns,
            self.events,
            told,
            **ends,
            fewest_controls=self.fewest_controls,
            target_change_pct=np.inf if self.smallest_effect_pct is None else self.smallest_effect_pct,
            interventions=self.interventions,
            devices=self.devices,
            corrections=self.corrections,
            weather=self.weather,
            primary_mode=self.primary_mode,
            judged=self.judged,
        )
        judged = apply_checks(told, checks).iloc[0]
        doubts = ", ".join(self._doubts(case, campaigns, before, after)) or None
        return found | {name: judged[name] for name in _KEPT} | {"before_reason": doubts}

    def _doubts(self, case: Case, campaigns: pd.DataFrame, before: Campaigns, after: Campaigns) -> list[str]:
        first, second = windows(campaigns, before), windows(campaigns, after)
        used = set(case.stations) | set(with_role(self.sites, Role.CONTROL))
        own = campaigns[campaigns["campaign_id"].isin(campaign_ids(before))]
        found = ["before_in_construction"] if construction_before(own, self.events, first, second, used) else []
        return found + (["same_season"] if seasons_apart(first, second) else [])


_KEPT = (
    "before_per_day", "after_per_day", "effect_pct", "effect_low", "effect_high", "degrees_of_freedom", "p_value",
    "treated", "controls", "dates", "sites", "missing", "conclusion", "reason", "attribution",
    "attribution_reason",
)  # fmt: skip


def phase_effects(
    daily: pd.DataFrame,
    sites: pd.DataFrame,
    screenlines: pd.DataFrame,
    campaigns: pd.DataFrame,
    interventions: pd.DataFrame,
    events: pd.DataFrame,
    *,
    before_campaign: Campaigns,
    fewest_controls: int,
    smallest_effect_pct: float | None = None,
    devices: pd.DataFrame | None = None,
    corrections: pd.DataFrame | None = None,
    weather: pd.DataFrame | None = None,
    primary_mode: str = "all",
) -> pd.DataFrame:
    """Compare each later campaign with the before, and each intervention's own before, during and after.

    Parameters
    ----------
    daily, sites, screenlines, campaigns, interventions, events
        DAILY, SITES, SCREENLINES, CAMPAIGNS, INTERVENTIONS, EVENTS.
    before_campaign, fewest_controls, smallest_effect_pct, corrections, primary_mode
        As of `effects.observed_effects`.
    devices, weather
        DEVICES, WEATHER; none where they are not given.

    Returns
    -------
    effects
        PHASE_EFFECTS, all exploratory. For the study (`intervention_id` empty) the primary outcome and the treated
        sites, in the construction period and each follow-up. For an intervention the sites it can touch that were
        there before, each by one log ratio: while it lasts where it is temporary, and after. Its before is the last
        campaign that ended before it began; where no campaign lies in a phase, two weeks of the permanent counters
        are set against the same weeks a year before. `before_reason` names, by rule, a before that lies in
        construction or in another season. Every phase has checks of its own, which take from its conclusion what
        `conclusions.RULES` says; what is shown of an intervention is put down to it only where no other one at its
        sites began in between.
    """
    if daily.empty:
        return PHASE_EFFECTS.empty()
    places, lines = pd.DataFrame(sites), pd.DataFrame(screenlines)
    known = (daily, places, lines, events, interventions, devices, corrections, weather)
    asked = _Asked(*known, fewest_controls, smallest_effect_pct, primary_mode)
    rows = [*_of_study(asked, campaigns, before_campaign)]
    for intervention in interventions.sort_values("intervention_id").itertuples():
        rows += _of_intervention(asked, campaigns, intervention)
    columns = list(PHASE_EFFECTS.columns)
    return PHASE_EFFECTS.check(pd.DataFrame([dict.fromkeys(columns) | row for row in rows], columns=columns))


def _of_study(asked: _Asked, campaigns: pd.DataFrame, before: Campaigns) -> Iterator[Row]:
    spans = windows(campaigns, before)
    if not spans:
        return
    primary = primary_case(asked.sites, asked.screenlines, mode=asked.primary_mode)
    treated = replace(
        primary, outcome=TREATED, screenline_id=None, stations=tuple(with_role(asked.sites, Role.TREATED))
    )
    cases = [case for case in (primary, treated) if case.stations]
    later = campaigns[campaigns["start_date"] > max(end for _, end in spans)].sort_values("start_date")
    for phase in (Phase.CONSTRUCTION, Phase.AFTER):
        for number, campaign in enumerate(later.loc[later["phase"] == str(phase), "campaign_id"], start=1):
            label = {"intervention_id": "", "phase": str(ComparedPhase(str(phase))), "number": number}
            for case in cases:
                yield label | {"outcome": case.outcome} | asked.row(case, campaigns, before, str(campaign))


def _of_intervention(asked: _Asked, campaigns: pd.DataFrame, intervention: object) -> Iterator[Row]:
    start, end = intervention.start_date, intervention.end_date  # type: ignore[attr-defined]
    named = listed(intervention.station_ids) or with_role(asked.sites, Role.TREATED)  # type: ignore[attr-defined]
    late = without_before(asked.sites, start - pd.Timedelta(days=1))
    stations = tuple(sorted((set(named) & set(asked.sites["station_id"])) - set(late)))
    case = Case(TREATED, None, False, asked.primary_mode, str(Period.ALL_DAY), PER_DAY, stations)
    spans = {ComparedPhase.AFTER: (start, pd.Timestamp.max)}
    if pd.notna(end):
        spans = {
            ComparedPhase.DURING: (start, end),
            ComparedPhase.AFTER: (end + pd.Timedelta(days=1), pd.Timestamp.max),
        }
    for phase, span in spans.items():
        label = {"intervention_id": intervention.intervention_id, "phase": str(phase), "outcome": TOUCHED}  # type: ignore[attr-defined]
        of_it = replace(asked, judged=str(intervention.intervention_id))  # type: ignore[attr-defined]
        for number, row in enumerate(_in_span(of_it, campaigns, case, start, span), start=1):
            yield label | {"number": number} | row


def _in_span(
    asked: _Asked, campaigns: pd.DataFrame, case: Case, start: pd.Timestamp, span: tuple[pd.Timestamp, pd.Timestamp]
) -> Iterator[Row]:
    """Yield the estimate for each campaign within a phase; for permanent counters where there is none."""
    if not case.stations:
        yield _none("no_before")
        return
    inside = campaigns[(campaigns["start_date"] >= span[0]) & (campaigns["end_date"] <= span[1])]
    before = campaigns[campaigns["end_date"] < start].sort_values("end_date")["campaign_id"].tolist()[-1:]
    if len(inside) and before:
        for campaign in inside.sort_values("start_date")["campaign_id"]:
            yield asked.row(case, campaigns, before[0], campaign)
        return
    pair = _permanent_windows(asked, case, start, span)
    if pair is None:
        yield _none("no_campaign_in_phase" if before else "no_campaign_before")
    else:
        yield asked.row(case, pair, *pair["campaign_id"])


def _permanent_windows(
    asked: _Asked, case: Case, start: pd.Timestamp, span: tuple[pd.Timestamp, pd.Timestamp]
) -> pd.DataFrame | None:
    """Two weeks in the phase and the same a year before, as campaigns; None where no permanent counter has both."""
    there = asked.sites[asked.sites["is_permanent"].astype(bool) & asked.sites["station_id"].isin(case.stations)]
    dates = asked.daily.loc[asked.daily["station_id"].isin(there["station_id"]) & asked.daily["is_valid"], "date"]
    settled = span[0] + pd.Timedelta(days=SETTLING_DAYS)
    first = settled + pd.Timedelta(days=(-settled.dayofweek) % 7)
    last, year = first + pd.Timedelta(days=WINDOW_DAYS - 1), pd.Timedelta(days=_YEAR_DAYS)
    if dates.empty or last > min(span[1], dates.max()) or first - year < dates.min() or last - year >= start:
        return None
    starts = [first - year, first]
    pair = {
        "campaign_id": [f"{day:%Y-%m-%d}" for day in starts],
        "phase": [str(Phase.BEFORE), str(Phase.AFTER)],
        "start_date": starts,
        "end_date": [last - year, last],
    }
    return CAMPAIGNS.conform(pd.DataFrame(pair).reindex(columns=list(CAMPAIGNS.columns)))


def _none(reason: str) -> Row:
    return {"treated": 0, "controls": 0, "conclusion": str(Conclusion.CANNOT_BE_JUDGED), "reason": reason}
