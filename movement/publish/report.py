"""The comparison report and the front page: tables in, one self-contained page per language out; computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from movement.publish import (
    answer,
    coverage_figure,
    crossing_tables,
    evidence_tables,
    figures,
    fit_tables,
    layer_tables,
    modelled_figures,
    modelled_tables,
    observed_tables,
    school_tables,
    severance_figures,
    severance_tables,
    travel_tables,
)
from movement.publish.cells import Shown, Words, Write, campaign_names, names_of, show
from movement.publish.language import LANGUAGES, catalogue

Tables = Mapping[str, pd.DataFrame]
PARTS = (
    "sites",
    "plan",
    "effect",
    "substitution",
    "checks",
    "happened",
    "flows",
    "crossing_by_crossing",
    "who_crosses",
    "travel",
    "access",
    "barrier",
    "severance",
    "meetings",
    "schools",
    "fit",
    "forecast",
    "data",
    "assumptions",
    "versions",
    "glossary",
    "cite",
)
GLOSSARY = (
    "before",
    "zero_alternative",
    "site",
    "treated",
    "control",
    "screenline",
    "kordon",
    "weekday",
    "counted_day",
    "week_day",
    "annual",
    "index",
    "interval",
    "not_shown",
    "equivalence",
    "holm",
    "exploratory",
    "attributable",
    "rerouted",
    "redirected",
    "new_trips",
    "lost_trips",
    "felt_time",
    "detour",
    "person_km",
    "walk_limited",
    "geh",
    "prediction",
)
_NAMED = {
    "site": ("sites", "station_id"),
    "scenario": ("scenarios", "scenario_id"),
    "screenline": ("screenlines", "screenline_id"),
    "zone": ("zones", "zone_id"),
    "barrier": ("barriers", "barrier_id"),
    "attraction": ("attractions", "attraction_id"),
}
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Facts:
    """What the pages say besides the tables' numbers."""

    study_names: Mapping[str, str]  # by language
    timezone: str  # of the study's dates
    version: str  # of the project
    fingerprint: str  # of the data: sha256
    is_synthetic: bool
    is_sketch: bool
    credits: Mapping[str, Sequence[str]]  # whose data, by language
    limits: Mapping[str, float]  # of severance and reach, by their key in params.yaml


def words_in(found: Tables, language: str, timezone: str = "") -> Words:
    """Return the words of a language, the names the tables give in it, and the zone of the study's dates."""
    names = {kind: names_of(found[table], key, language) for kind, (table, key) in _NAMED.items()}
    names["campaign"] = campaign_names(found["campaigns"], catalogue(language))
    for kind in ("event", "intervention"):
        names[kind] = names_of(found[f"{kind}s"], f"{kind}_id", language)
    return Words(catalogue(language), names, timezone)


def report_page(found: Tables, *, language: str, facts: Facts) -> str:
    """Write the report in one language.

    Parameters
    ----------
    found
        Tables by name: all of the study and of the run (see `pipelines.publish_report`), with `access_means`
        (ACCESS averaged over zones), those of `summed_tables`, `flag_numbers` (intervals by site, mode and flag) and
        `catalogue` (table, rows, sha256).
    language
        da or en.
    facts
        Names, version and data marks.

    Returns
    -------
    html
        One self-contained page.
    """
    words = words_in(found, language, facts.timezone)
    other = next(item for item in LANGUAGES if item != language)
    return template("report.html.j2").render(
        text=words.text,
        number=words.number,
        other_language=other,
        other_text=catalogue(other),
        study_name=facts.study_names[language],
        is_synthetic=facts.is_synthetic,
        is_sketch=facts.is_sketch,
        version=facts.version,
        credits=facts.credits[language],
        css=read_template("page.css"),
        script=read_template("page.js"),
        parts=PARTS,
        glossary=GLOSSARY,
        t=_tables(found, words),
        crossing_flows=crossing_tables.crossing_tables(found, words),
        crossing_parts=crossing_tables.part_tables(found, words),
        who_crosses=crossing_tables.who_tables(found, words),
        figures=_figures(found, words),
        **_sentences(found, words, facts),
    )


def index_page(found: Tables, *, language: str, facts: Facts, csv_names: Sequence[str]) -> str:
    """Write the front page in both languages, the given one first."""
    order = [language, *(item for item in LANGUAGES if item != language)]
    scenarios = found["scenarios"]
    ids = [item for item in modelled_tables.scenario_order(found) if item != "before"]
    described = scenarios.set_index("scenario_id")
    sides = []
    for one in order:
        words = words_in(found, one, facts.timezone)
        entries = [
            {
                "id": item,
                "name": words.name("scenario", item),
                "says": described.loc[item, f"text_{one}"],
                "expects": answer.scenario_sentence(found, words, item),
            }
            for item in ids
        ]
        said = {"answer": answer.answer_sentence(found, words), "mend": answer.what_would_mend_it(found, words)}
        qualified = answer.qualifications(found, words)
        sides.append(
            {"language": one, "text": words.text, "name": facts.study_names[one], "scenarios": entries, **said}
            | {"qualified": qualified}
        )
    return template("index.html.j2").render(
        sides=sides,
        language=language,
        is_synthetic=facts.is_synthetic,
        is_sketch=facts.is_sketch,
        csv_names=csv_names,
        css=read_template("page.css"),
    )


def template(name: str) -> jinja2.Template:
    """Return a page template."""
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template(name)


def read_template(name: str) -> str:
    """Return what is put into a page as it stands, such as its style."""
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _tables(found: Tables, words: Words) -> dict[str, Shown]:
    every = [
        *observed_tables.site_tables(found, words),
        *observed_tables.effect_tables(found, words),
        *evidence_tables.evidence_tables(found, words),
        observed_tables.substitution_table(found, words),
        observed_tables.checks_table(found, words),
        observed_tables.volumes_table(found, words),
        observed_tables.files_table(found, words),
        observed_tables.refused_table(found, words),
        observed_tables.flags_table(found["flag_numbers"], words),
        layer_tables.notices_table(found["notices"], words),
        *layer_tables.layer_tables(found, words),
        modelled_tables.screenline_table(found, words),
        modelled_tables.other_screenlines_table(found, words),
        modelled_tables.two_by_two_table(found, words),
        *modelled_tables.screenline_part_tables(found, words),
        modelled_tables.screenline_terms_table(found, words),
        *fit_tables.parameter_tables(found, words),
        fit_tables.goodness_table(found, words),
        fit_tables.fit_table(found, words),
        fit_tables.forecast_hits_table(found, words),
        fit_tables.forecast_table(found, words),
        *travel_tables.travel_tables(found, words),
        travel_tables.unmet_table(found, words),
        travel_tables.access_table(found, words),
        *travel_tables.reach_tables(found, words),
        crossing_tables.barrier_crossings_table(found, words),
        severance_tables.spacing_table(found, words),
        *severance_tables.severance_tables(found, words),
        *severance_tables.side_share_tables(found, words),
        *school_tables.meeting_tables(found, words),
        *school_tables.school_tables(found, words),
        *_happened(found, words),
        _assumptions(found, words),
        _catalogue(found, words),
    ]
    return {one.name: one for one in every}


def _figures(found: Tables, words: Words) -> dict[str, str]:
    return {
        "sites": figures.site_figure(found, words),
        "effects": figures.effect_figure(found, words),
        "screenline": modelled_figures.screenline_figure(found, words),
        "terms": modelled_figures.terms_figure(found, words),
        "fit": modelled_figures.fit_figure(found, words),
        "forecast": modelled_figures.forecast_figure(found, words),
        "pivoted": modelled_figures.pivoted_figure(found, words),
        "coverage": coverage_figure.coverage_figure(found, words),
        "isolation": severance_figures.isolation_figure(found, words),
        "schools": severance_figures.school_figure(found, words),
    }


def _sentences(found: Tables, words: Words, facts: Facts) -> dict[str, Any]:
    text = words.text
    status = found["crossings"].loc[found["crossings"]["scenario_id"] == "before", "status"]
    cut, carried = (words.number((status == word).sum()) for word in ("cut", "carried"))
    last = found["count_files"]["last_utc"].max()
    until = text("report.no_counts") if pd.isna(last) else text("report.counts_until", day=words.day(last))
    name = facts.study_names[text.language]
    cited = {"name": name, "version": facts.version, "until": until, "fingerprint": facts.fingerprint[:12]}
    return {
        "answer": answer.answer_sentence(found, words),
        "mend": answer.what_would_mend_it(found, words),
        "qualified": answer.qualifications(found, words),
        "plan": evidence_tables.plan_sentences(found, words),
        "naive": answer.naive_sentence(found, words),
        "missing": answer.who_is_missing(found, words),
        "not_fitted": fit_tables.not_fitted_sentence(found, words),
        "warnings": fit_tables.warnings(found, words),
        "forecast_said": fit_tables.forecast_sentences(found, words),
        "forecast_alarms": fit_tables.forecast_alarms(found, words),
        "unmet": travel_tables.unmet_sentences(found, words),
        "site_errors": fit_tables.site_error_sentence(found, words),
        "cut_or_carried": text("report.cut_or_carried", cut=cut, carried=carried),
        "refused": text("report.refused_rows", number=words.number(len(found["refused"]))),
        "cite": text("report.cite", **cited),
        "limits": {name: words.number(value) for name, value in facts.limits.items()},
        "levels": severance_tables.levels(words, facts.limits),
    }


def _happened(found: Tables, words: Words) -> list[Shown]:
    def name(row: Any) -> str:  # a row of any table
        return str(getattr(row, f"name_{words.text.language}"))

    places: dict[str, Write] = {
        "from": lambda row: words.day(row.start_date),
        "to": lambda row: words.day(row.end_date),
        "stations": lambda row: words.plain(row.station_ids).replace(",", ", "),
        "source": lambda row: words.plain(row.source),
    }
    intervention: dict[str, Write] = {"intervention": name, "temporary": lambda row: words.yes_no(row.is_temporary)}
    event: dict[str, Write] = {"event": name, "kind": lambda row: words.text(f"report.event.{row.kind}")}
    campaign: dict[str, Write] = {
        "campaign": lambda row: f"{words.campaign(row.campaign_id)} ({row.campaign_id})",
        "phase": lambda row: words.word("phase", row.phase),
        "from": places["from"],
        "to": places["to"],
        "residents_present": lambda row: words.number(row.residents_present),
        "closed": lambda row: _attractions(row.attractions_closed, words),
        "source": places["source"],
    }
    return [
        show(
            "interventions",
            found["interventions"].sort_values(["start_date", "intervention_id"]),
            intervention | places,
        ),
        show("events", found["events"].sort_values(["start_date", "event_id"]), event | places),
        show("campaigns", found["campaigns"].sort_values("start_date"), campaign, numbers=("residents_present",)),
    ]


def _attractions(listed: Any, words: Words) -> str:
    names = [] if pd.isna(listed) else [words.name("attraction", one.strip()) for one in str(listed).split(",")]
    return ", ".join(names) or words.number(None)


def _assumptions(found: Tables, words: Words) -> Shown:
    columns: dict[str, Write] = {
        "assumption": lambda row: row.assumption,
        "item": lambda row: row.item,
        "assumed_value": lambda row: words.plain(row.value),
        "place": lambda row: row.place,
    }
    return show("assumptions", found["assumptions"], columns, line="break")


def _catalogue(found: Tables, words: Words) -> Shown:
    columns: dict[str, Write] = {
        "table": lambda row: row.table,
        "rows": lambda row: words.number(row.rows),
        "sha256": lambda row: row.sha256[:12],
    }
    return show("catalogue", found["catalogue"], columns, numbers=("rows",))
