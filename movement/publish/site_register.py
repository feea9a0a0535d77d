"""The register of count sites: what each is, what was counted there, how sure it is, and what was noticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish import small_charts
from movement.publish.cells import Shown, Words, Write, campaign_names, show
from movement.publish.language import LANGUAGES, catalogue
from movement.publish.layer_tables import layer_tables, notices_table
from movement.publish.observed_tables import by_role
from movement.publish.report import Facts, read_template, template, words_in
from movement.tables import Measure, Profile

Tables = Mapping[str, pd.DataFrame]
_LAYERS = ("decisions", "corrections", "devices", "notices", "flags")


def register_page(found: Tables, *, language: str, facts: Facts) -> str:
    """Write the register in one language.

    Parameters
    ----------
    found
        As for the report, with `site_days`, PROFILES, PEAKS, VOLUMES, FLAGS and NOTICES by name.
    """
    words = words_in(found, language, facts.timezone)
    other = next(item for item in LANGUAGES if item != language)
    return template("sites.html.j2").render(
        text=words.text,
        number=words.number,
        other_language=other,
        other_text=catalogue(other),
        study_name=facts.study_names[language],
        is_synthetic=facts.is_synthetic,
        is_sketch=facts.is_sketch,
        sites=[_site(row, found, words) for row in by_role(found["sites"]).itertuples()],
        css=read_template("page.css"),
        script=read_template("page.js"),
        legend=small_charts.legend(words),
    )


def _site(row: Any, found: Tables, words: Words) -> dict[str, Any]:  # a row of SITES
    own = {name: frame[frame["station_id"] == row.station_id] for name, frame in found.items() if _has_site(frame)}
    return {
        "id": row.station_id,
        "name": words.name("site", row.station_id),
        "role": words.word("role", row.role),
        "modes": ", ".join(words.word("mode", mode.strip()) for mode in row.modes.split(",")),
        "is_permanent": bool(row.is_permanent),
        "is_expanded": bool(row.is_permanent) and _is_expanded(own["volumes"]),
        "since": words.day(row.valid_from) if pd.notna(row.valid_from) else "",
        "calendars": small_charts.calendars(own["site_days"], found["campaigns"], words, whole=bool(row.is_permanent)),
        "figures": _key_figures(own, found["campaigns"], words),
        "charts": _charts(own["profiles"], found["campaigns"], words),
        "layers": [shown for shown in (_flags(own["flags"], words), notices_table(own["notices"], words)) if shown.rows]
        + [shown for shown in layer_tables(own, words) if shown.rows],
    }


def _is_expanded(volumes: pd.DataFrame) -> bool:
    """Tell whether any annual average day of a site is made by factors instead of a counted year."""
    annual = volumes[volumes["measure"] == Measure.ANNUAL]
    return bool((annual["method"] != "counted_mean").any())


def _has_site(frame: pd.DataFrame) -> bool:
    return "station_id" in frame.columns


def _key_figures(own: Tables, campaigns: pd.DataFrame, words: Words) -> Shown:
    """Return what a committee reads: weekday, weekend day, busiest hour, direction and year, each with its interval."""
    names = campaign_names(campaigns, words.text)
    rows = _side_by_side(own["volumes"], own["peaks"], list(names))

    def average(measure: str) -> Write:
        ends = (measure, f"{measure}_low", f"{measure}_high")
        return lambda row: words.with_interval(*(getattr(row, name) for name in ends))

    def how(row: Any) -> str:  # a row side by side
        said = {"method": words.word("method", row.method), "error_class": words.word("error_class", row.error_class)}
        return words.text("sites.method", **said)

    def peak(row: Any) -> str:
        if pd.isna(row.peak_hour):
            return words.number(None)
        people = words.with_interval(row.people_per_hour, row.people_low, row.people_high)
        return words.text("sites.peak", start=int(row.peak_hour), end=int(row.peak_hour) + 1, people=people)

    columns: dict[str, Write] = {
        "mode": lambda row: words.word("mode", row.mode),
        "campaign": lambda row: names[row.campaign_id],
        "weekday": average("weekday"),
        "weekend": average("weekend"),
        "peak_hour": peak,
        "in_share": lambda row: words.with_interval(row.in_pct, row.in_pct_low, row.in_pct_high),
        "annual": average("annual"),
        "method": how,
    }
    return show("key_figures", rows, columns, numbers=("weekday", "weekend", "in_share", "annual"), line="observed")


def _side_by_side(volumes: pd.DataFrame, peaks: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Put the measures of a mode and campaign in one row, with its busiest hour."""
    keys = ["mode", "campaign_id"]
    rows = volumes[keys].drop_duplicates()
    for measure in Measure:
        names = {"volume_per_day": str(measure), "volume_low": f"{measure}_low", "volume_high": f"{measure}_high"}
        own = volumes.loc[volumes["measure"] == measure, [*keys, *names]].rename(columns=names)
        rows = rows.merge(own, on=keys, how="left", validate="one_to_one")
    annual = volumes.loc[volumes["measure"] == Measure.ANNUAL, [*keys, "method", "error_class"]]
    ways = peaks.filter(like="in_share").mul(100).rename(columns=lambda name: name.replace("share", "pct"))
    busiest = pd.concat([peaks.drop(columns=["station_id", "valid_days"]), ways], axis=1)
    rows = rows.merge(annual, on=keys, how="left", validate="one_to_one")
    rows = rows.merge(busiest, on=keys, how="left", validate="one_to_one")
    return rows.sort_values(
        keys, key=lambda values: values.map(order.index) if values.name == "campaign_id" else values
    )


def _charts(profiles: pd.DataFrame, campaigns: pd.DataFrame, words: Words) -> list[dict[str, str]]:
    """Draw hours and weekdays of each mode, campaigns as lines, and the months where they were counted."""
    weekdays = words.text("figure.weekdays_short").split()
    axes = {
        Profile.HOUR_WEEKDAY: ([(hour, str(hour)) for hour in (0, 6, 12, 18, 23)], (0, 23)),
        Profile.HOUR_WEEKEND: ([(hour, str(hour)) for hour in (0, 6, 12, 18, 23)], (0, 23)),
        Profile.WEEKDAY: (list(enumerate(weekdays)), (0, 6)),
        Profile.MONTH: ([(month, str(month)) for month in (1, 3, 5, 7, 9, 11)], (1, 12)),
    }
    names = campaign_names(campaigns, words.text)
    drawn = []
    for mode in sorted(profiles["mode"].unique()):
        for profile, (ticks, slots) in axes.items():
            own = profiles[
                (profiles["mode"] == mode) & (profiles["profile"] == profile) & (profiles["direction"] == "both")
            ]
            lines = [
                _line(own[own["campaign_id"] == campaign], names.get(campaign, ""), is_dashed=place > 0)
                for place, campaign in enumerate([*names, ""])
                if (own["campaign_id"] == campaign).any()
            ]
            title = f"{words.word('mode', mode)}: {words.text(f'sites.profile.{profile}')}"
            label = f"{title}. {', '.join(line.label for line in lines)}"
            picture = small_charts.chart(lines, words, ticks=ticks, slots=slots, label=label) if len(own) > 1 else ""
            if picture:
                drawn.append({"title": title, "svg": picture})
    return drawn


def _line(rows: pd.DataFrame, label: str, *, is_dashed: bool) -> small_charts.Line:
    ordered = rows.sort_values("slot")
    slots, people, low, high = (ordered[name].tolist() for name in ("slot", "people", "people_low", "people_high"))
    return small_charts.Line(label, slots, people, low, high, is_dashed=is_dashed and bool(label))


def _flags(flags: pd.DataFrame, words: Words) -> Shown:
    columns: dict[str, Write] = {
        "from": lambda row: words.day(row.start_utc),
        "to": lambda row: words.last_day(row.end_utc),
        "mode": lambda row: words.word("mode", row.mode),
        "flag": lambda row: words.word("flag", row.flag),
        "intervals": lambda row: words.number(row.intervals),
        "people_reported": lambda row: words.number(row.people_reported),
        "decided_by": lambda row: words.plain(row.decided_by),
    }
    ordered = flags.sort_values(["start_utc", "mode", "direction"])
    return show("site_flags", ordered, columns, numbers=("intervals", "people_reported"))
