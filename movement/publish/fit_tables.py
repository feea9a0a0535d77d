"""The model held against counts as the reader sees it: parameters, how well they fit, doubts and forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.modelled_tables import MODES, scenario_label
from movement.publish.observed_tables import in_order

Tables = Mapping[str, pd.DataFrame]
_OF_PURPOSE = "scale_"
_PARAMETERS = {"scale": 0, "decay": 1, "detour": 2, "through": 3}
_IN_PER_CENT = frozenset({"site_error_large", "left_out_error_large"})  # warnings whose figure is a ratio
_SHARES = ("site_error", "geh_below_5", "wape", "bias", "left_out_wape")
_MEASURES = ("distribution", "decay_form", "sites", *_SHARES[:2], "r_squared", *_SHARES[2:])


def parameter_label(words: Words, parameter: str) -> str:
    """Name a parameter of demand."""
    if parameter.startswith(_OF_PURPOSE):
        purpose = words.word("purpose", parameter.removeprefix(_OF_PURPOSE))
        return words.text("fit_parameter.scale_purpose", purpose=purpose)
    return words.text(f"fit_parameter.{parameter}")


def parameter_tables(found: Tables, words: Words) -> list[Shown]:
    """Return the parameters fitted or refused, then those assumed."""
    rows = in_order(found["calibration"], "parameter", _PARAMETERS, ["parameter"])
    rows = in_order(rows, "mode", MODES, [])
    forms = dict(zip(found["goodness"]["mode"], found["goodness"]["decay_form"], strict=True))
    columns: dict[str, Write] = {
        "mode": lambda row: words.word("mode", row.mode),
        "parameter": lambda row: _capital(parameter_label(words, row.parameter)),
        "estimate": lambda row: words.number(row.estimate, _decimals(row)),
        "interval": lambda row: words.interval(row.low, row.high, _decimals(row)),
        "unit": lambda row: _unit(row, forms, words),
        "fitted": lambda row: words.text("report.fitted" if row.is_fitted else "report.assumed"),
        "sites": lambda row: words.number(row.sites),
        "remark": lambda row: _remark(row, words),
    }
    numbers = ("estimate", "interval", "sites")
    was_asked = rows["is_fitted"].astype(bool) | rows["refusal"].notna()
    assumed = {name: write for name, write in columns.items() if name not in ("interval", "sites", "remark")}
    return [
        show("calibration", rows[was_asked], columns, numbers=numbers, line="modelled"),
        show("calibration_assumed", rows[~was_asked], assumed, numbers=("estimate",), line="modelled"),
    ]


def _decimals(row: Any) -> int:  # a row of CALIBRATION
    return 3 if row.parameter == "decay" else 2


def _unit(row: Any, forms: Mapping[str, str], words: Words) -> str:
    if row.parameter == "decay":
        return words.text(f"fit_unit.decay_{forms[row.mode]}") if row.mode in forms else words.number(None)
    return words.text("fit_unit.detour" if row.parameter == "detour" else "fit_unit.factor")


def _remark(row: Any, words: Words) -> str:
    if not pd.isna(row.refusal):
        about, needed = parameter_label(words, row.parameter), words.number(row.sites_needed)
        said = words.text(f"fit_refused.{row.refusal}")
        return _capital(said.format(about=about, sites=words.number(row.sites), needed=needed))
    return words.text("report.at_bound") if row.at_bound else words.number(None)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def not_fitted_sentence(found: Tables, words: Words) -> str:
    """Name the modes of which no parameter is fitted; empty where all are."""
    rows = in_order(found["calibration"], "mode", MODES, [])
    fitted = set(rows.loc[rows["is_fitted"].astype(bool), "mode"])
    modes = [words.word("mode", mode) for mode in dict.fromkeys(rows["mode"]) if mode not in fitted]
    return words.text("report.not_fitted", modes=", ".join(modes)) if modes else ""


def goodness_table(found: Tables, words: Words) -> Shown:
    """Return how well the model meets the counts before: a measure a row, a mode a column, and what it means."""
    by_mode = {row.mode: row for row in in_order(found["goodness"], "mode", MODES, []).itertuples(index=False)}
    measures = pd.DataFrame({"measure": list(_MEASURES) if by_mode else []})

    def of_mode(mode: str) -> Write:
        return lambda row: _figure(by_mode[mode], row.measure, words)

    columns: dict[str, Write] = {"fit_measure": lambda row: words.text(f"goodness.{row.measure}")}
    columns |= {f"of_{mode}": of_mode(mode) for mode in by_mode}
    columns |= {"measure_means": lambda row: words.text(f"goodness.{row.measure}_means")}
    headings = {f"of_{mode}": _capital(words.word("mode", mode)) for mode in by_mode}
    return show("goodness", measures, columns, numbers=tuple(headings), headings=headings)


def _figure(row: Any, measure: str, words: Words) -> str:  # a row of GOODNESS
    value = getattr(row, measure)
    if measure in ("distribution", "decay_form"):
        return words.word(measure, value)
    if measure == "sites":
        return words.number(value)
    if pd.isna(value) or measure == "r_squared":
        return words.number(value, 2)
    return words.text("report.per_cent", value=words.number(100 * value, sign=measure == "bias"))


def warnings(found: Tables, words: Words) -> dict[str, list[str]]:
    """Say what speaks against the fit, alarms apart from what is only to be known; the same of both modes once."""
    rows = in_order(found["fit_warnings"], "mode", MODES, ["warning", "about"])
    said: dict[str, dict[str, list[str]]] = {"alarms": {}, "notes": {}}
    for row in rows.itertuples(index=False):
        said["alarms" if row.is_alarm else "notes"].setdefault(_warning(row, words), []).append(str(row.mode))
    return {
        kind: [
            f"{_capital(words.word('mode', 'all' if len(modes) > 1 else modes[0]))}: {sentence}"
            for sentence, modes in sentences.items()
        ]
        for kind, sentences in said.items()
    }


def _warning(row: Any, words: Words) -> str:  # a row of FIT_WARNINGS
    said = words.text(f"fit_warning.{row.warning}")
    value = 100 * row.value if row.warning in _IN_PER_CENT else row.value
    return said.format(about=_about(row.about, words), value=words.number(value))


def _about(about: str, words: Words) -> str:
    """Name what a warning is about: a share of trips, a parameter, or a count site."""
    if about.startswith(_OF_PURPOSE):
        return words.text("fit_about.purpose", purpose=words.word("purpose", about.removeprefix(_OF_PURPOSE)))
    if f"fit_parameter.{about}" in words.text:
        return words.text(f"fit_parameter.{about}")
    return f"{about} {words.name('site', about)}" if about in words.names.get("site", {}) else about


def _site_and_mode(words: Words) -> dict[str, Write]:
    return {
        "site": lambda row: f"{row.station_id} {words.name('site', row.station_id)}",
        "mode": lambda row: words.word("mode", row.mode),
    }


def fit_table(found: Tables, words: Words) -> Shown:
    """Return the model against the counts before, site by site, and what it says of a site it was not told of."""
    columns: dict[str, Write] = {
        **_site_and_mode(words),
        "counted": lambda row: words.number(row.counted_per_day),
        "counted_se": lambda row: words.number(row.counted_se),
        "modelled": lambda row: words.number(row.modelled_per_day),
        "geh": lambda row: words.number(row.geh, 1),
        "left_out": lambda row: words.number(row.left_out_per_day),
        "interval_left_out": lambda row: words.interval(row.left_out_low, row.left_out_high),
    }
    return show("fit", found["fit"], columns, numbers=tuple(columns)[2:])


def forecast_table(found: Tables, words: Words) -> Shown:
    """Return what was foreseen against what was counted after, and the run each site was held against."""
    columns: dict[str, Write] = {
        **_site_and_mode(words),
        "held_against": lambda row: scenario_label(words, row.scenario_id, row.land_use),
        "counted_after": lambda row: words.number(row.counted_per_day),
        "forecast": lambda row: words.number(row.forecast_per_day),
        "interval_forecast": lambda row: words.interval(row.forecast_low, row.forecast_high),
        "inside": lambda row: words.number(None) if pd.isna(row.forecast_low) else words.yes_no(row.is_inside),
    }
    numbers = ("counted_after", "forecast", "interval_forecast")
    return show("forecast", in_order(found["forecast"], "mode", MODES, ["station_id"]), columns, numbers=numbers)


def forecast_sentences(found: Tables, words: Words) -> list[str]:
    """Say how many counts after lie inside what was foreseen; that there are none to hold it against where so."""
    hits = found["forecast_hits"]
    if hits.empty:
        return [words.text("report.no_forecast")]
    return [said for _, rows in hits.groupby("campaign_id", sort=True) for said in _hits(rows, words)]


def _hits(rows: pd.DataFrame, words: Words) -> list[str]:
    by_mode: dict[str, Any] = {row.mode: row for row in in_order(rows, "mode", MODES, []).itertuples(index=False)}
    both = by_mode.pop("all")
    without = words.text("report.without_interval", number=words.number(both.without_interval))
    said = [without] if both.without_interval else []
    if not both.counts:
        return [words.text("report.forecast_not_fitted"), *said]
    apart = [
        words.text("report.hits_of_mode", mode=words.word("mode", mode), **_inside(row, words))
        for mode, row in by_mode.items()
    ]
    whole = words.text(
        "report.hits", rate=words.number(100 * both.hit_rate), modes=", ".join(apart), **_inside(both, words)
    )
    return [whole, *said]


def _inside(row: Any, words: Words) -> dict[str, str]:  # a row of FORECAST_HITS
    return {"inside": words.number(row.inside), "counts": words.number(row.counts)}
