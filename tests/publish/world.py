"""A small world of tables for the report: two sites, one screenline, one new bridge, everything made by hand."""

import json
from functools import cache

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point

from movement import tables
from movement.publish.report import Facts, report_page
from movement.publish.summed_severance import SUMMED as SEVERED
from movement.publish.summed_tables import SUMMED

CRS = "EPSG:25832"
LEVELS = {"slight_min": 1, "moderate_min": 3, "severe_min": 6}
SUMMARY = {table.name: table for table in (*SUMMED, *SEVERED)}
PURPOSES = (
    ("work", {"trips_per_day": 155.0, "trips_per_day_low": 105.0, "trips_per_day_high": 205.0}),
    ("through", {"trips_per_day": 622.0}),
)
POINTS = [Point(0, 0), Point(100, 0), Point(200, 0), Point(300, 0)]
SHOWN = (
    *(tables.EFFECTS, tables.SITE_CHANGES, tables.SUBSTITUTION, tables.CHECKS, tables.VOLUMES, tables.SCENARIOS),
    *(tables.SCREENLINE_FLOWS, tables.CROSSING_FLOWS, tables.ACCESS, tables.CROSSINGS, tables.FIT, tables.CALIBRATION),
    *(tables.TRAVEL, tables.SCREENLINE_TERMS, tables.GOODNESS, tables.FIT_WARNINGS, tables.FORECAST, *SUMMED),
    *(tables.COUNT_FILES, tables.REFUSED, tables.ASSUMPTIONS, tables.ZONES, tables.BARRIERS),
    *(tables.ANALYSIS_PLAN, tables.PLAN_DEVIATIONS, tables.ROBUSTNESS, tables.PHASE_EFFECTS),
    *(tables.ASKED_RESULTS, tables.CLOCK_CHANGES),
    *(tables.DECISIONS, tables.CORRECTIONS, tables.DEVICES, tables.NOTICES, tables.FLAGS),
    *(tables.PROFILES, tables.PEAKS, tables.CUT_SPACING, tables.ATTRACTIONS, *SEVERED),
    *(tables.INTERVENTIONS, tables.EVENTS, tables.CAMPAIGNS, tables.SITES, tables.SCREENLINES),
)


def rows(table, *entries):
    """Fill what is not said with a null, or with a word or number the contract takes."""
    made = []
    for entry in entries:
        row = {}
        for name, column in table.columns.items():
            plain = {"text": "x", "integer": 1, "real": 1.0, "yes_no": False}.get(
                column.kind, pd.Timestamp("2024-09-02", tz="UTC" if column.kind == "utc" else None)
            )
            plain = str(next(iter(column.words))) if column.words is not None and name == "kind" else plain
            row[name] = entry.get(name, None if column.nullable else plain)
        made.append(row)
    frame = pd.DataFrame(made)
    if table.geometry is not None:
        shapes = POINTS if table.geometry == "Point" else [LineString([(0, n), (9, n)]) for n in range(9)]
        frame = gpd.GeoDataFrame(frame, geometry=shapes[: len(frame)], crs=CRS)
    return table.check(frame)


def empty_world():
    """Return every table without a row."""
    return {name: table.copy() for name, table in _empty_world().items()}


@cache
def _empty_world():
    found = {table.name: table.empty() for table in SHOWN}
    found["access_means"] = tables.ACCESS.empty().drop(columns="zone_id")
    found["flag_numbers"] = pd.DataFrame({"station_id": [], "mode": [], "flag": [], "intervals": []})
    found["site_days"] = pd.DataFrame({"station_id": [], "date": pd.to_datetime([]), "state": []})
    found["catalogue"] = pd.DataFrame({"table": [], "rows": [], "sha256": []})
    return found


def effect(**values):
    """Return the primary row of EFFECTS with other values."""
    plain = {
        "outcome": "screenline_total",
        "is_primary": True,
        "screenline_id": "snit",
        "mode": "all",
        "period": "all_day",
    }
    plain |= {
        "per": "day",
        "estimator": "control_spread",
        "before_per_day": 1234.4,
        "after_per_day": 1500.0,
        "index": 121.5,
    }
    plain |= {"effect_pct": 12.34, "effect_low": 1.5, "effect_high": 24.0, "treated": 4, "controls": 6, "dates": 14}
    return plain | {"conclusion": "rise_shown", "family": "primary"} | values


def name(english, danish):
    return {"name_en": english, "name_da": danish}


def full_world():
    """Return tables with a row of every kind."""
    return {name: table.copy() for name, table in _full_world().items()}


@cache
def full_page(language):
    """Return the report of the full world."""
    return report_page(full_world(), language=language, facts=facts())


@cache
def _full_world():
    found = empty_world()
    naive = effect(estimator="naive", effect_pct=21.5, effect_low=18.0, effect_high=25.0)
    second = effect(outcome="treated_sites", is_primary=False, screenline_id=None, estimator="ols", mode="walk")
    found["effects"] = rows(tables.EFFECTS, effect(), naive, second)
    found["sites"] = rows(
        tables.SITES,
        {"station_id": "S1", "role": "old_crossing", "modes": "walk, cycle", **name("Bridge", "Broen")},
        {"station_id": "K1", "role": "control", "modes": "walk", **name("Path", "Stien")},
    )
    site = {"before_per_day": 1234.4, "before_low": 1100.0, "before_high": 1350.0, "after_per_day": 1500.0}
    site |= {"after_low": 1400.0, "after_high": 1600.0, "index": 121.5, "mode": "all"}
    site |= {"effect_low": 1.5, "effect_high": 24.0, "conclusion": "rise_shown"}
    found["site_changes"] = rows(
        tables.SITE_CHANGES,
        *[site | {"station_id": "S1", "role": "old_crossing", "day_type": kind} for kind in ("weekday", "weekend")],
        site | {"station_id": "K1", "role": "control", "day_type": "weekday"},
    )
    found["substitution"] = rows(
        tables.SUBSTITUTION,
        {"part": "new_link", "mode": "all", "change_per_day": 420.0},
        {"part": "rerouted_share", "mode": "all", "share_pct": 71.5},
    )
    found["checks"] = rows(
        tables.CHECKS, {"check_id": "enough_controls", "status": "passed", "value": 6.0, "limit": 3.0}
    )
    found["volumes"] = rows(
        tables.VOLUMES,
        *[
            {"station_id": "S1", "mode": "walk", "campaign_id": "before", "phase": "before", "measure": measure,
             "method": "counted_mean", "volume_per_day": 1234.4, "volume_low": 1100.0, "volume_high": 1350.0,
             "error_class": "b"}
            for measure in ("weekday", "annual")
        ],
    )  # fmt: skip
    peak = {"peak_hour": 7, "people_per_hour": 97.0, "people_low": 80.0, "people_high": 114.0}
    peak |= {"in_share": 0.625, "in_share_low": 0.6, "in_share_high": 0.65}
    found["peaks"] = rows(tables.PEAKS, {"station_id": "S1", "mode": "walk", "campaign_id": "before"} | peak)
    hour = {"station_id": "S1", "mode": "walk", "campaign_id": "before", "profile": "hour_weekday", "direction": "both"}
    found["profiles"] = rows(
        tables.PROFILES,
        *[hour | {"slot": slot, "people": 10.0 * slot, "people_low": 9.0, "people_high": 99.0} for slot in range(24)],
    )
    found["notices"] = rows(
        tables.NOTICES,
        *[
            {"station_id": site, "notice": "event", "name_da": "<u>Byfest</u>", "name_en": "Fair"}
            for site in ("S1", "K1")
        ],
        {"station_id": "K1", "mode": "walk", "notice": "level_step", "value": 0.6},
    )
    found["flags"] = rows(tables.FLAGS, {"station_id": "S1", "mode": "walk", "flag": "spike", "people_reported": 910.0})
    found["screenlines"] = rows(
        tables.SCREENLINES, {"screenline_id": "snit", "is_primary": True, **name("Motorway", "Motorvejen")}
    )
    found["barriers"] = rows(tables.BARRIERS, {"barrier_id": "motorway", **name("Motorway", "Motorvejen")})
    found["scenarios"] = rows(
        tables.SCENARIOS,
        {"scenario_id": "before", **name("Before", "Før")},
        {"scenario_id": "bridge", **name("New bridge", "Ny bro"), "text_da": "En bro.", "text_en": "A bridge."},
        {"scenario_id": "zero_alternative", **name("Without", "Uden"), "text_da": "Uden bro.", "text_en": "No bridge."},
    )
    runs = [
        {"scenario_id": scenario, "land_use": land_use, "mode": mode, "screenline_id": line}
        for scenario in ("before", "bridge")
        for land_use in ("today", "planned")
        for mode in ("walk", "cycle", "all")
        for line in ("snit", "kordon")
    ]
    flow = {
        "flow_per_day": 2345.6,
        "flow_low": 2000.0,
        "flow_high": 2500.0,
        "change_before": -12.0,
        "change_zero": 99.0,
        "change_zero_low": 71.0,
        "change_zero_high": 127.0,
        "change_rerouted": 61.0,
        "change_rerouted_low": 41.0,
        "change_rerouted_high": 81.0,
        "change_redirected": 41.0,
        "change_new": 7.0,
        "change_lost": 10.0,
        "prediction_low": 1500.0,
        "prediction_high": 3500.0,
    }
    found["screenline_flows"] = rows(tables.SCREENLINE_FLOWS, *[flow | run for run in runs])
    found["crossing_flows"] = rows(
        tables.CROSSING_FLOWS, *[flow | run | {"link_id": "a/1", "name": "Bro"} for run in runs if run["mode"] != "all"]
    )
    found["access_means"] = pd.DataFrame(
        [{**run, "residents": 100.0, "people_within_15_min": 50.0, "attractions_within_15_min": 2.5,
          "detour_ratio_across": 1.37, "detour_ratio_along": 1.1, "cut_off_attractions": 0.0}
         for run in runs if run["mode"] == "walk"]
    )  # fmt: skip
    found["crossings"] = rows(
        tables.CROSSINGS,
        *[{"scenario_id": "before", "link_id": link, "barrier_id": "motorway", "status": status, "reason": reason}
          for link, status, reason in (("a", "carried", "link_above"), ("b", "cut", "same_level"))],
    )  # fmt: skip
    found |= model_world(runs) | evidence_world()
    note = json.dumps([{"note": "same_hours", "file": "b.csv", "hours": 24, "changed": 0}])
    found["count_files"] = rows(
        tables.COUNT_FILES,
        {"source_file": "data/raw/counts/a.csv", "sha256": "ab" * 32, "layout": "tidy", "station_ids": "S1,K1",
         "note": note, "is_synthetic": True, "last_utc": pd.Timestamp("2025-09-14", tz="UTC")},
    )  # fmt: skip
    found["refused"] = rows(
        tables.REFUSED,
        *[
            {"source_file": "data/raw/counts/a.csv", "source_row": row, "value": "<b>31-02</b>", "rule": "bad_date"}
            for row in range(60)
        ],
    )
    found["flag_numbers"] = pd.DataFrame([{"station_id": "S1", "mode": "walk", "flag": "stuck", "intervals": 12}])
    found["decisions"] = rows(
        tables.DECISIONS,
        {"station_id": "S1", "start": pd.Timestamp("2024-09-03 07:00"), "reason": "<i>race</i>", "decided_by": "MJ"},
    )
    found["corrections"] = rows(
        tables.CORRECTIONS, {"station_id": "S1", "mode": "walk", "factor": 1.25, "factor_se": 0.05}
    )
    days = [("S1", "partly"), ("K1", "missing")]
    found["site_days"] = pd.DataFrame(days, columns=["station_id", "state"]).assign(date=pd.Timestamp("2024-09-02"))
    found["devices"] = rows(tables.DEVICES, {"station_id": "S1", "serial": "X2H1"})
    found["interventions"] = rows(tables.INTERVENTIONS, {"intervention_id": "i", **name("Opening", "Åbning")})
    found["events"] = rows(tables.EVENTS, {"event_id": "e", "kind": "opening", **name("Shop", "Butik")})
    found["campaigns"] = rows(
        tables.CAMPAIGNS, {"campaign_id": "before", "phase": "before", "residents_present": 2810.0}
    )
    found["assumptions"] = rows(
        tables.ASSUMPTIONS, {"place": "params.yaml", "item": "walk_share", "assumption": "=cmd()", "value": "0.2"}
    )
    found["catalogue"] = pd.DataFrame([{"table": "effects", "rows": 3, "sha256": "cd" * 32}])
    return found


def evidence_world():
    """Return the plan that was frozen, what departs from it, and what stands beside the effects."""
    frozen = {"versions": "2", "version": "1", "frozen_on": "2025-08-18", "is_date_imagined": "yes"}
    frozen |= {"sha256": "5acaf93dc7cbeb64" + "0" * 48, "campaigns_counted": ""}
    planned = {"screenline": "snit", "modes": "cycle, walk", "before_campaign": "before", "after_campaign": "after"}
    planned |= {"smallest_effect_pct": "12.5"}
    entries = [("frozen", item, value) for item, value in frozen.items()]
    entries += [("primary", item, value) for item, value in planned.items()]
    entries += [("secondary", "", "kordon"), ("is_demonstration", "", "yes"), ("treated", "S1", None)]
    effect = {"effect_pct": 12.34, "effect_low": 1.5, "effect_high": 24.0, "conclusion": "rise_shown"}
    total = {"outcome": "screenline_total", "screenline_id": "snit", "mode": "all"}
    phase = effect | {"outcome": "screenline_total", "before_campaigns": "before", "after_campaigns": "after"}
    asked = {"outcome": "non_residents", "place": "snit", "family": "exploratory", "people": 40, "estimate": 31.4}
    asked |= {"low": 20.0, "high": 45.0}
    return {
        "analysis_plan": rows(
            tables.ANALYSIS_PLAN, *[dict(zip(("entry", "item", "value"), one, strict=True)) for one in entries]
        ),
        "plan_deviations": rows(
            tables.PLAN_DEVIATIONS,
            {"deviation": "site_role", "item": "K1", "planned": "treated", "found": "control"},
            {"deviation": "excluded_week", "item": "after", "planned": "42", "found": "<s>42</s>"},
        ),
        "robustness": rows(
            tables.ROBUSTNESS,
            total | effect | {"method": "as_planned", "detail": "", "p_value": 0.0004},
            total | effect | {"method": "naive", "detail": "", "effect_pct": 21.5, "p_value": 0.0001},
            total | effect | {"method": "without_control_lowest", "detail": "K1", "effect_pct": 9.9},
            total | {"method": "welch", "detail": "", "conclusion": "cannot_be_judged", "reason": "one_treated_unit"},
        ),
        "phase_effects": rows(
            tables.PHASE_EFFECTS,
            phase | {"intervention_id": "", "phase": "after", "number": 2, "before_reason": "same_season"},
            phase | {"intervention_id": "i", "phase": "during", "outcome": "touched_sites"},
        ),
        "asked_results": rows(
            tables.ASKED_RESULTS,
            asked | {"phase": "before"},
            asked | {"phase": "change", "conclusion": "cannot_be_judged", "reason": "few_people", "estimate": None},
            asked | {"outcome": "staying", "place": "S1", "phase": "after", "reason": "few_people", "estimate": None},
        ),
        "clock_changes": rows(
            tables.CLOCK_CHANGES,
            {"station_id": "S1", "mode": "walk", "hour": 17, "ratio": 0.78, "ratio_low": 0.7, "ratio_high": 0.87},
        ),
    }


def model_world(runs):
    """Return the fit, the forecast and what is summed up for the pages, of runs over two screenlines."""
    fit = {"counted_per_day": 900.0, "counted_se": 41.0, "modelled_per_day": 1100.0, "geh": 6.32, "station_id": "S1"}
    fit |= {"left_out_per_day": 1130.0, "left_out_low": 800.0, "left_out_high": 1590.0, "mode": "walk"}
    fitted = {"mode": "walk", "is_fitted": True, "sites": 14, "low": 0.053, "high": 0.105}
    after = {"counted_per_day": 500.0, "scenario_ids": "bridge", "land_use": "today", "campaign_id": "after"}
    after |= {"basis": "exact", "present_share": 0.93}
    foreseen = {"forecast_per_day": 640.0, "forecast_low": 410.0, "forecast_high": 990.0, "is_inside": True}
    foreseen |= {"counted_before_per_day": 480.0, "is_fitted": True, "through_share": 0.25}
    foreseen |= {"pivoted_per_day": 530.0, "pivoted_low": 390.0, "pivoted_high": 720.0, "is_pivoted_inside": True}
    hits = {"campaign_id": "after", "counts": 1, "inside": 1, "hit_rate": 1.0, "without_interval": 1, "sites": "all"}
    hits |= {"not_forecast": 1, "compared": 1, "forecast_wape": 0.28, "forecast_bias": 0.28, "is_no_better": True}
    hits |= {"unchanged_wape": 0.04, "unchanged_bias": -0.04, "pivoted_wape": 0.06, "pivoted_bias": 0.06}
    hits |= {"pivoted_counts": 1, "pivoted_inside": 1, "pivoted_hit_rate": 1.0}
    found = {
        "fit": rows(tables.FIT, fit),
        "calibration": rows(
            tables.CALIBRATION,
            fitted | {"parameter": "decay", "estimate": 0.078},
            {"mode": "walk", "parameter": "scale_work", "sites": 14},
            {"mode": "cycle", "parameter": "detour", "estimate": 1.3, "sites": 2, "refusal": "too_few_sites",
             "sites_needed": 9},
        ),
        "goodness": rows(
            tables.GOODNESS,
            {"mode": "walk", "distribution": "origin_constrained", "decay_form": "exponential", "sites": 14,
             "geh_below_5": 0.857, "bias": 0.031, "wape": 0.148, "left_out_wape": 0.177, "r_squared": 0.94},
        ),
        "fit_warnings": rows(
            tables.FIT_WARNINGS,
            *[{"mode": mode, "warning": "site_not_passed", "about": "S1"} for mode in ("walk", "cycle")],
            {"mode": "walk", "warning": "left_out_error_large", "about": "", "value": 0.42, "is_alarm": True},
            {"mode": "walk", "warning": "residuals_follow", "about": "scale_station", "is_alarm": True},
        ),
        "forecast": rows(
            tables.FORECAST,
            after | foreseen | {"station_id": "S1", "mode": "walk"},
            after | {"station_id": "K1", "mode": "cycle", "forecast_per_day": 0.0},
            after | {"station_id": "S1", "mode": "cycle", "not_forecast": "no_run"},
        ),
        "forecast_hits": rows(
            SUMMARY["forecast_hits"],
            hits | {"mode": "all"},
            hits | {"mode": "all", "sites": "fitted"},
            hits | {"mode": "walk", "without_interval": 0},
            hits | {"mode": "cycle", "counts": 0, "inside": 0, "hit_rate": None, "is_no_better": False},
        ),
        "screenline_terms": rows(
            tables.SCREENLINE_TERMS,
            *[run | {"term": term, "flow_change": change}
              for run in runs if run["scenario_id"] != "before"
              for term, change in (("distance", -17.0), ("traffic", 83.0))],
        ),
        "travel": rows(tables.TRAVEL, *[travel(run) for run in runs if run["screenline_id"] == "snit"]),
        "unmet_groups": rows(
            SUMMARY["unmet_groups"],
            *[{"scenario_id": "before", "land_use": "today", "group": group, "is_suppressed": few, **unmet}
              for group, few, unmet in (
                  ("walk_limited", False, {"trips_unmet": 408.0, "trips_unmet_low": 350.0, "trips_unmet_high": 460.0,
                                           "trips_no_way": 396.0, "trips_too_far": 12.0}),
                  ("senior", True, {}))],
        ),
        "reach_means": rows(
            SUMMARY["reach_means"],
            *[{**run, "traveller": who, "within": within, "limit": limit, "people_reached": 4321.0,
               "attractions_reached": 12.34, "share_reaching": 0.456}
              for run in runs if run["mode"] == "all" and run["screenline_id"] == "snit"
              for who in ("walk", "walk_limited") for within, limit in (("minutes", 5), ("metres", 300))],
        ),
    }  # fmt: skip
    return found | crossing_world([run for run in runs if run["mode"] == "all"])


def travel(run):
    """Return a row of travel: 412 trips that cannot be made before, none after."""
    is_before = run["scenario_id"] == "before"
    made = {"trips_made": 5382.0, "trips_unmet": 412.0 if is_before else 0.0, "trips_too_far": 12.0}
    made |= {"trips_no_way": 400.0 if is_before else 0.0, "trips_made_low": 5000.0, "trips_made_high": 5900.0}
    made |= {"change_made": 0.0, "change_unmet": 0.0, "change_km": 0.0, "change_hours": 0.0}
    made |= {"person_km": 6668.0, "person_km_low": 5652.0, "person_km_high": 7684.0, "person_hours": 1401.0}
    change = {"change_made": 412.0, "change_unmet": -412.0, "change_km": 103.0, "change_km_low": 86.0}
    return run | made | ({} if is_before else change | {"change_km_high": 120.0})


def crossing_world(runs):
    """Return who crosses the one link: adults, and seniors below what is shown."""
    here = [run | {"link_id": "a/1", "name": "Bro"} for run in runs]
    total = {"flow_per_day": 777.0, "flow_low": 700.0, "flow_high": 850.0}
    groups = (("adult", 5.0, False), ("senior", None, True))
    change = {"flow_change": 444.0, "change_low": 400.0, "change_high": 490.0}
    return {
        "crossing_totals": rows(SUMMARY["crossing_totals"], *[run | total for run in here]),
        "crossing_purposes": rows(
            SUMMARY["crossing_purposes"],
            *[run | {"purpose": word, **figure} for run in here for word, figure in PURPOSES],
        ),
        "crossing_groups": rows(
            SUMMARY["crossing_groups"],
            *[
                run | {"group": group, "trips_per_day": trips, "is_suppressed": is_few}
                for run in here
                for group, trips, is_few in groups
            ],
        ),
        "crossing_bands": rows(
            SUMMARY["crossing_bands"], *[run | {"band": "weekend", "flow_per_day": 222.0} for run in here]
        ),
        "crossing_parts": rows(
            SUMMARY["crossing_parts"],
            *[
                run | change | {"rerouted": 333.0, "redirected": 99.0, "new": 12.0, "lost": 0.0, "lost_high": 0.0}
                for run in here
                if run["scenario_id"] != "before"
            ],
        ),
    }


def facts(**changes):
    """Return facts of a study that is neither synthetic nor a sketch."""
    plain = {"study_names": {"da": "Prøveby", "en": "Trial Town"}, "version": "0.1.0", "fingerprint": "ef" * 32}
    plain |= {"timezone": "Europe/Copenhagen"}
    plain |= {"is_synthetic": False, "is_sketch": False, "credits": {"da": ["© Nogen"], "en": ["© Someone"]}}
    plain |= {"limits": {"reach_min": 15, "free_crossing_m": 400, "main_road_per_day": 5000} | LEVELS}
    return Facts(**(plain | changes))
