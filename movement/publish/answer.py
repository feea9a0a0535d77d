"""The answer in one sentence, chosen by rule from the tables; the same on every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from movement.publish.cells import Words
from movement.publish.modelled_tables import primary_screenline
from movement.publish.observed_tables import other_causes
from movement.tables import Conclusion, PlannedOutcome

Tables = Mapping[str, pd.DataFrame]
NOT_MADE = str(PlannedOutcome.TRIPS_NOT_MADE)


def primary_row(effects: pd.DataFrame) -> Any:  # a row of EFFECTS, or None
    """Return the row of the plan's one primary outcome that is judged, None where nothing was observed."""
    rows = effects[effects["is_primary"].astype(bool) & (effects["estimator"] != "naive")]
    return next(rows.rename(columns={"index": "index_100"}).itertuples(index=False), None)


def naive_row(effects: pd.DataFrame) -> Any:  # a row of EFFECTS, or None
    """Return the primary outcome's naive row, None where there is none."""
    rows = effects[effects["is_primary"].astype(bool) & (effects["estimator"] == "naive")]
    return next(rows.rename(columns={"index": "index_100"}).itertuples(index=False), None)


def answer_sentence(found: Tables, words: Words) -> str:
    """Say what was observed: a rise, a fall, nothing shown, not to be judged (and why), or nothing observed at all."""
    row = primary_row(found["effects"])
    if row is None:
        return words.text("conclusion.nothing_observed")
    has_line = not pd.isna(row.screenline_id)
    line = words.name("screenline", row.screenline_id) if has_line else words.text("answer.the_screenline")
    who = words.word("mode", row.mode)
    if row.conclusion == "cannot_be_judged":
        reason = words.word("reason", row.reason)
        return words.text("conclusion.cannot_be_judged.sentence", screenline=line, mode=who, reason=reason)
    return words.text(
        f"conclusion.{row.conclusion}.sentence",
        screenline=line,
        mode=who,
        before=words.number(row.before_per_day),
        after=words.number(row.after_per_day),
        effect=words.number(row.effect_pct, 1, sign=True),
        limit=words.number(row.smallest_effect_pct),
        low=words.number(row.effect_low, 1, sign=True),
        high=words.number(row.effect_high, 1, sign=True),
    )


def qualifications(found: Tables, words: Words) -> list[str]:
    """Say beside the answer its equivalence interval, other causes by the checks, its standing, and what people say."""
    row = primary_row(found["effects"])
    if row is None:
        return []
    said = []
    if not pd.isna(row.equivalence_low) and row.conclusion in ("not_shown", "no_change_larger_shown"):
        ends = {end: words.number(getattr(row, f"equivalence_{end}"), 1, sign=True) for end in ("low", "high")}
        limit = row.smallest_effect_pct
        key = "answer.equivalence" if pd.isna(limit) else "answer.equivalence_limit"
        said.append(words.text(key, **ends, **({} if pd.isna(limit) else {"limit": words.number(limit)})))
    if not pd.isna(row.attribution):
        causes = other_causes(row, words)
        said.append(words.text(f"answer.{row.attribution}").format(checks=causes))
    if row.family == "exploratory":
        said.append(words.text("answer.exploratory"))
    asked = co_primary_sentence(found, words)
    return [*said, asked] if asked else said


def co_primary_sentence(found: Tables, words: Words) -> str:
    """Say what people asked answer where the plan makes that primary beside the counts; empty where it does not."""
    plan = found["analysis_plan"]
    entry = plan[(plan["entry"] == "primary") & (plan["item"] == "interviews_co_primary")]
    if not entry["value"].eq("yes").any():
        return ""
    rows = found["asked_results"].query("outcome == @NOT_MADE").set_index("phase")
    said = [words.text("answer.co_primary"), *(_asked_in(phase, rows, words) for phase in ("before", "after"))]
    if _is_stated(rows):
        return " ".join([*said, words.text("answer.co_primary_stated")])
    if "change" not in rows.index:
        return " ".join([*said, _asked_change("cannot_be_judged", None, words)])
    change = rows.loc["change"]
    return " ".join([*said, _asked_change(change["conclusion"], change["reason"], words)])


def _is_stated(rows: pd.DataFrame) -> bool:
    """Whether people were asked after only: a share that is stated, and no change."""
    return "after" in rows.index and rows.loc["after", "conclusion"] == Conclusion.STATED_SHARE


def _asked_in(phase: str, rows: pd.DataFrame, words: Words) -> str:
    """Say what people answer in one phase, or that nobody was asked."""
    if phase not in rows.index:
        reason = words.word("reason", "nobody_asked")
        return words.text("answer.co_primary_none", phase=words.text(f"asked_phase.{phase}"), reason=reason)
    row, name = rows.loc[phase], words.text(f"asked_phase.{phase}")
    if pd.isna(row["estimate"]):
        return words.text("answer.co_primary_none", phase=name, reason=words.word("reason", row["reason"]))
    share = words.with_interval(*row[["estimate", "low", "high"]])
    asked = {"phase": name, "share": share, "people": words.number(row["people"]), "sites": row["sites"]}
    if pd.isna(row["reason"]):
        return words.text("answer.co_primary_share", **asked)
    return words.text("answer.co_primary_share_but", **asked, reason=words.word("reason", row["reason"]))


def _asked_change(conclusion: str, reason: str | None, words: Words) -> str:
    said = words.word("conclusion", conclusion)
    if pd.isna(reason):
        return words.text("answer.co_primary_change", conclusion=said)
    return words.text("answer.co_primary_change_because", conclusion=said, reason=words.word("reason", reason))


def what_would_mend_it(found: Tables, words: Words) -> str:
    """Say what would let the next run judge; empty where it was judged."""
    row = primary_row(found["effects"])
    if row is None:
        return words.text("mend.nothing_observed")
    if row.conclusion != "cannot_be_judged":
        return ""
    return words.text(f"mend.{row.reason}")


def who_is_missing(found: Tables, words: Words) -> list[str]:
    """Name the crossings the primary total lacks and the sites that take no part in judging it."""
    row = primary_row(found["effects"])
    if row is None:
        return []
    named = [(key, getattr(row, key)) for key in ("missing", "left_out")]
    return [words.text(f"answer.{key}", sites=sites) for key, sites in named if not pd.isna(sites)]


def naive_sentence(found: Tables, words: Words) -> str:
    """Say the naive percentage and that it misleads; empty where there is none."""
    row = naive_row(found["effects"])
    if row is None or pd.isna(row.effect_pct):
        return ""
    return words.text("answer.naive", effect=words.number(row.effect_pct, 1, sign=True))


def scenario_sentence(found: Tables, words: Words, scenario_id: str) -> str:
    """Say what the model expects of a scenario over the primary screenline, on planned land use where there is one."""
    line = primary_screenline(found)
    flows = found["screenline_flows"]
    land_use = "planned" if (flows["land_use"] == "planned").any() else "today"
    run_id = "before" if scenario_id == "zero_alternative" else scenario_id
    is_run = (flows["scenario_id"] == run_id) & (flows["land_use"] == land_use) & (flows["mode"] == "all")
    row: Any = next(flows[is_run & (flows["screenline_id"] == line)].itertuples(index=False), None)
    if row is None:
        return words.text("answer.not_modelled")
    against = "before" if land_use == "today" or scenario_id == "zero_alternative" else "zero"
    values = [getattr(row, f"change_{against}{end}") for end in ("", "_low", "_high")]
    return words.text(
        f"answer.modelled_{against}",
        screenline=words.name("screenline", line),
        flow=words.number(row.flow_per_day),
        change=words.with_interval(*values, sign=True),
    )
