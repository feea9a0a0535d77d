"""The model held against counts as the reader sees it: parameters, how well they fit, doubts and forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Shown, Words, Write, show
from movement.publish.modelled_tables import MODES
from movement.publish.observed_tables import in_order
from movement.tables import SitesOf

Tables = Mapping[str, pd.DataFrame]
_OF_PURPOSE = "scale_"
_PARAMETERS = {"scale": 0, "decay": 1, "detour": 2, "through": 3}
_IN_PER_CENT = frozenset({"site_error_large", "left_out_error_large"})  # warnings whose figure is a ratio
_GUESSES = ("forecast", "pivoted", "unchanged")  # of the counts after
_SITES = {str(kind): place for place, kind in enumerate(SitesOf)}
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


def site_error_sentence(found: Tables, words: Words) -> str:
    """Say how far single places depart from the model, which no interval of a flow holds; empty where not fitted."""
    known = in_order(found["goodness"].dropna(subset="site_error"), "mode", MODES, [])
    modes = [
        words.text(
            "report.site_error_of_mode",
            mode=words.word("mode", row.mode),
            error=words.text("report.per_cent", value=words.number(100 * row.site_error)),
        )
        for row in known.itertuples(index=False)
    ]
    return words.text("report.site_errors", modes=", ".join(modes)) if modes else ""


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
    """Return what was foreseen against what was counted before and after, site by site."""
    columns: dict[str, Write] = {
        **_site_and_mode(words),
        "campaign": lambda row: words.campaign(row.campaign_id),
        "counted_before": lambda row: words.number(row.counted_before_per_day),
        "counted_after": lambda row: words.number(row.counted_per_day),
        "forecast": lambda row: words.number(row.forecast_per_day),
        "interval_forecast": lambda row: words.interval(row.forecast_low, row.forecast_high),
        "inside": lambda row: words.number(None) if pd.isna(row.forecast_low) else words.yes_no(row.is_inside),
        "pivoted": lambda row: words.number(row.pivoted_per_day),
        "interval_pivoted": lambda row: words.interval(row.pivoted_low, row.pivoted_high),
        "inside_pivoted": lambda row: (
            words.number(None) if pd.isna(row.pivoted_low) else words.yes_no(row.is_pivoted_inside)
        ),
        "in_fit": lambda row: words.yes_no(row.is_fitted),
        "through": lambda row: _per_cent(row.through_share, words),
        "remark": lambda row: words.word("not_forecast", row.not_forecast),
    }
    numbers = (
        *("counted_before", "counted_after", "forecast", "interval_forecast", "pivoted", "interval_pivoted"),
        "through",
    )
    return show("forecast", in_order(found["forecast"], "mode", MODES, ["station_id"]), columns, numbers=numbers)


def forecast_hits_table(found: Tables, words: Words) -> Shown:
    """Return how the forecast fared by mode and kind of site, beside the guess that nothing changed."""
    columns: dict[str, Write] = {
        "campaign": lambda row: words.campaign(row.campaign_id),
        "mode": lambda row: words.word("mode", row.mode),
        "sites_judged": lambda row: words.word("sites_of", row.sites),
        "hits": lambda row: words.text("report.hits_of", **_inside(row, words)) if row.counts else words.number(None),
        "hit_rate": lambda row: _per_cent(row.hit_rate, words),
        "not_forecast": lambda row: words.number(row.not_forecast),
        "hits_pivoted": lambda row: (
            words.text("report.hits_of", **_inside(row, words, "pivoted_"))
            if row.pivoted_counts
            else words.number(None)
        ),
        "compared": lambda row: words.number(row.compared),
        "forecast_wape": lambda row: _per_cent(row.forecast_wape, words),
        "pivoted_wape": lambda row: _per_cent(row.pivoted_wape, words),
        "unchanged_wape": lambda row: _per_cent(row.unchanged_wape, words),
        "forecast_bias": lambda row: _per_cent(row.forecast_bias, words, sign=True),
        "pivoted_bias": lambda row: _per_cent(row.pivoted_bias, words, sign=True),
        "unchanged_bias": lambda row: _per_cent(row.unchanged_bias, words, sign=True),
    }
    rows = in_order(in_order(found["forecast_hits"], "sites", _SITES, []), "mode", MODES, [])
    rows = rows.sort_values("campaign_id", kind="stable")
    return show("forecast_hits", rows, columns, numbers=tuple(columns)[3:])


def _per_cent(share: object, words: Words, *, sign: bool = False) -> str:
    if pd.isna(share):
        return words.number(None)
    return words.text("report.per_cent", value=words.number(100 * float(str(share)), sign=sign))


def forecast_sentences(found: Tables, words: Words) -> list[str]:
    """Say how many counts after lie inside what was foreseen, how, and against what; that there are none where so."""
    hits = found["forecast_hits"]
    if hits.empty:
        return [words.text("report.no_forecast")]
    return [said for _, rows in hits.groupby("campaign_id", sort=True) for said in _hits(found, rows, words)]


def forecast_alarms(found: Tables, words: Words) -> list[str]:
    """Name the modes, of each campaign, for which the pivoted forecast is no better than that nothing changed."""
    hits = found["forecast_hits"]
    rows = hits.loc[(hits["sites"] == SitesOf.ALL) & hits["is_no_better"].astype(bool)]
    rows = in_order(rows, "mode", MODES, []).sort_values("campaign_id", kind="stable")
    return [
        words.text(
            "report.no_better",
            mode=_capital(words.word("mode", row.mode)),
            campaign=words.campaign(row.campaign_id),
            pivoted=_per_cent(row.pivoted_wape, words),
            forecast=_per_cent(row.forecast_wape, words),
            unchanged=_per_cent(row.unchanged_wape, words),
        )
        for row in rows.itertuples(index=False)
    ]


def _hits(found: Tables, rows: pd.DataFrame, words: Words) -> list[str]:
    """Say all of one campaign."""
    forecast = found["forecast"].loc[found["forecast"]["campaign_id"] == rows["campaign_id"].iloc[0]]
    made = _how_made(forecast, found["campaigns"], words)
    every = rows.loc[rows["sites"] == SitesOf.ALL]
    by_mode: dict[str, Any] = {row.mode: row for row in in_order(every, "mode", MODES, []).itertuples(index=False)}
    both = by_mode.pop("all")
    left_out = {"report.without_interval": both.without_interval, "report.without_forecast": both.not_forecast}
    without = [words.text(key, number=words.number(number)) for key, number in left_out.items() if number]
    if not both.counts:
        return [words.text("report.forecast_not_fitted"), *made, *without]
    apart = [
        words.text("report.hits_of_mode", mode=words.word("mode", mode), **_inside(row, words))
        for mode, row in by_mode.items()
        if row.counts
    ]
    rate = words.number(100 * both.hit_rate)
    whole = words.text("report.hits", rate=rate, modes=", ".join(apart), **_inside(both, words))
    of_kinds = _by_kind_of_site(rows, words)
    return [whole, *of_kinds, *_pivoted(both, words), *_against_unchanged(both, words), *made, *without]


def _by_kind_of_site(rows: pd.DataFrame, words: Words) -> Iterator[str]:
    kinds = in_order(rows.loc[(rows["mode"] == "all") & (rows["sites"] != SitesOf.ALL)], "sites", _SITES, [])
    for row in kinds.itertuples(index=False):
        if row.counts:
            yield words.text(
                f"report.hits_at.{row.sites}", rate=words.number(100 * row.hit_rate), **_inside(row, words)
            )


def _pivoted(both: Any, words: Words) -> Iterator[str]:  # a row of FORECAST_HITS
    if both.pivoted_counts:
        rate = words.number(100 * both.pivoted_hit_rate)
        yield words.text("report.pivoted_hits", rate=rate, **_inside(both, words, "pivoted_"))


def _against_unchanged(both: Any, words: Words) -> Iterator[str]:  # a row of FORECAST_HITS
    if both.compared:
        yield words.text(
            "report.against_unchanged",
            compared=words.number(both.compared),
            **{name: _per_cent(getattr(both, f"{name}_wape"), words) for name in _GUESSES},
            **{f"{name}_bias": _per_cent(getattr(both, f"{name}_bias"), words, sign=True) for name in _GUESSES},
        )


def _how_made(forecast: pd.DataFrame, campaigns: pd.DataFrame, words: Words) -> Iterator[str]:
    """Say which links the campaign's forecast holds, and whether it knows how many residents were there."""
    row = forecast.iloc[0]
    names = ", ".join(words.name("scenario", name) for name in row["scenario_ids"].split(","))
    land_use = words.word("land_use", row["land_use"])
    campaign = words.campaign(row["campaign_id"])
    yield words.text(f"report.basis.{row['basis']}", campaign=campaign, scenarios=names, land_use=land_use)
    if forecast["present_share"].isna().all():
        yield words.text("report.residents_not_told")
        return
    present = dict(zip(campaigns["campaign_id"], campaigns["residents_present"], strict=True))
    residents = words.number(present.get(row["campaign_id"]))
    yield words.text("report.residents_told", residents=residents, campaign=campaign)


def _inside(row: Any, words: Words, kind: str = "") -> dict[str, str]:  # a row of FORECAST_HITS
    return {name: words.number(getattr(row, f"{kind}{name}")) for name in ("inside", "counts")}
