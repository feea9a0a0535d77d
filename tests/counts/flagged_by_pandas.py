"""The same flags by vectorised pandas: groupby and transform over one long table, no loops over sites, no apply.

Kept as an oracle: it must give the same table as `quality.flag_counts`, and is what its speed is measured against.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln, ive
from scipy.stats import nbinom

from movement.counts.quality import Limits

SERIES = ["station_id", "mode", "direction", "interval_min"]
SITE = ["station_id", "mode"]


def read_tidy(files):
    """Read tidy CSV with the pyarrow reader; times to UTC, blank to NaN."""
    parts = [pd.read_csv(path, engine="pyarrow", dtype={"count": "string", "t_start": "string"}) for path in files]
    frame = pd.concat([part.assign(source_file=path.name) for part, path in zip(parts, files, strict=True)])
    frame["source_row"] = frame.groupby("source_file").cumcount() + 2
    frame["t_start_utc"] = pd.to_datetime(frame["t_start"], utc=True, format="ISO8601")
    frame["count_reported"] = pd.to_numeric(frame["count"].str.strip().replace("", None)).astype("float64")
    return frame.reset_index(drop=True)


def flag(frame, *, timezone: str, limits: Limits, holidays=()):
    """Return the frame sorted by series and time, with `flag` and `count`."""
    df = frame.sort_values([*SERIES, "t_start_utc"]).reset_index(drop=True)
    local = df["t_start_utc"].dt.tz_convert(timezone).dt.tz_localize(None)
    df["s"] = df.groupby(SERIES, sort=False).ngroup()
    df["site"] = df.groupby(SITE, sort=False).ngroup()
    df["date"] = local.dt.normalize()
    df["slot"] = (local.dt.hour * 60 + local.dt.minute) // df["interval_min"]
    df["raw"] = df["count_reported"]
    df["n"] = df["raw"].mask(df["raw"] * 60 / df["interval_min"] > limits.implausible_per_hour)
    step = df["t_start_utc"].diff() <= pd.to_timedelta(df["interval_min"], unit="min")
    df["follows"] = step & (df["s"] == df["s"].shift())
    df["kind"] = _kinds(df, holidays)
    stuck = _stuck(df, limits)
    left_out = pd.Series(False, index=df.index)
    for _ in range(2):
        _usual(df, left_out)
        zeros, high = _zeros(df, limits), _spikes(df, limits)
        found = stuck | zeros | high
        cell = [df["s"], df["date"], df["slot"]]
        again = (left_out | found).groupby(cell).transform("any")
        if (again == left_out).all():
            break
        left_out = again
        _usual(df, left_out)
    flags = pd.Series("", index=df.index, dtype=object)
    for word, where in (
        ("missing", df["raw"].isna()),
        ("implausible", df["raw"].notna() & df["n"].isna()),
        ("stuck", stuck),
        ("zero_run", zeros),
        ("spike", high),
        ("duplicated_day", _copies(df)),
        ("low_day", _low(df, limits)),
    ):
        flags = flags.mask((flags == "") & where, word)
    return df.assign(flag=flags, count=df["count_reported"].mask(flags != ""))


def _kinds(df, holidays):
    counted = df.groupby("site")["date"].transform("min")  # the days of a series, as it counted them
    del counted
    days = df.groupby("s")["date"].transform("nunique")
    weekday = df["date"].dt.dayofweek
    free = (weekday >= 5) | df["date"].isin(pd.to_datetime(sorted(holidays)))
    return weekday.where(weekday.ge(5) | ~free, 6).where(days >= 56, free.astype("int64"))


def _usual(df, left_out):
    """Add mean, others, spread, expected day and counted day of the usual, all rows together."""
    n = df["n"].mask(left_out)
    cell = [df["s"], df["date"], df["slot"]]
    df["cell"] = n.groupby(cell).transform("mean")
    df["first"] = ~df.duplicated(["s", "date", "slot"])
    has = df["cell"].notna()
    level = pd.Series(1.0, index=df.index)
    group = [df["s"], df["kind"], df["slot"]]
    own = df["cell"].where(has & df["first"], 0.0)
    people = own.groupby(group).transform("sum")
    days = _days(df)
    for _ in range(2):
        at_level = level.where(has & df["first"], 0.0).groupby(group).transform("sum")
        usual = (people / at_level).where(at_level > 0)
        expected = usual.where(has & df["first"], 0.0)
        sums = pd.DataFrame({"n": own, "e": expected}).groupby([df["s"], df["date"]]).sum()
        ratio = (sums["n"] / sums["e"]).where(sums["e"] > 0)
        rolled = ratio.reindex(days).groupby(level=0).rolling(29, center=True, min_periods=4).median().droplevel(0)
        by_day = rolled.fillna(1.0).clip(lower=0.05)
        level = pd.Series(by_day.reindex(pd.MultiIndex.from_arrays([df["s"], df["date"]])).to_numpy(), index=df.index)
    at_level = level.where(has & df["first"], 0.0).groupby(group).transform("sum")
    cell_n = df["cell"].fillna(0.0)
    others, rest = people - cell_n, at_level - level.where(has, 0.0)
    df["mean"] = ((others / rest).where(rest > 0) * level).fillna(0.0)
    df["others"] = others.clip(lower=0.0)
    df["level"] = level
    _spread(df, n)
    # of all that was counted, also what is left out
    full = df["n"].groupby(cell).transform("mean")
    df["full"] = full
    sums = (
        pd.DataFrame(
            {"n": full.where(df["first"], 0.0).fillna(0.0), "e": df["mean"].where(full.notna() & df["first"], 0.0)}
        )
        .groupby([df["s"], df["date"]])
        .transform("sum")
    )
    df["counted_day"], df["usual_day"] = sums["n"], sums["e"]
    df["whole"] = (full.notna() & df["first"]).groupby([df["s"], df["date"]]).transform("sum") / (
        1440 // df["interval_min"]
    )
    _day_variance(df)


def _days(df):
    site = df.groupby("site")["date"].agg(["min", "max"])
    spans = df.drop_duplicates("s").set_index("s")["site"].map(lambda one: pd.date_range(*site.loc[one]))
    return pd.MultiIndex.from_tuples([(s, day) for s, days in spans.items() for day in days], names=["s", "date"])


def _spread(df, n):
    y = n.where(df["first"])
    judged = y.notna() & (df["mean"] >= 1) & (df["others"] > 0)
    m = df["mean"].where(judged)
    off = ((y - m).abs() / np.sqrt(m)).where(judged)
    kept = judged & (off <= off.groupby(df["s"]).transform(lambda values: values.quantile(0.998)))
    top = ((y - m) ** 2 - m - m**2 / df["others"]).where(kept, 0.0).groupby(df["s"]).transform("sum")
    bottom = (m**2).where(kept, 0.0).groupby(df["s"]).transform("sum")
    enough = judged.groupby(df["s"]).transform("sum") >= 20
    df["spread"] = (top / bottom).clip(0.02, 2.0).where(enough, 0.3)


def _day_variance(df):
    day = df.drop_duplicates(["s", "date"])
    day = day[(day["whole"] >= 0.9) & (day["usual_day"] > 0)]
    ratio = day["counted_day"] / day["usual_day"]
    off = (ratio - ratio.groupby(day["s"]).transform("median")).abs()
    sd = 1.4826 * off.groupby(day["s"]).median()
    sd = sd.where(off.groupby(day["s"]).size() >= 5, np.inf)
    chance = (1 / day["usual_day"]).groupby(day["s"]).median()
    df["day_variance"] = df["s"].map((sd**2 - chance).clip(0.02, 0.5)).fillna(0.5)


def _stuck(df, limits):
    repeats = (df["n"] == df["n"].shift()) & (df["n"] >= 1) & df["follows"]
    run = (~repeats).cumsum()
    log = (df["n"] * np.log(df["n"].where(df["n"] > 0)) - df["n"] - gammaln(df["n"] + 1)).where(repeats, 0.0)
    sums, size = log.groupby(run).transform("sum"), run.groupby(run).transform("size")
    return (size >= limits.stuck_equal_values) & (sums < np.log(limits.chance))


def _zeros(df, limits):
    zero = df["n"] == 0
    run = (~(zero & zero.shift(fill_value=False) & df["follows"])).cumsum()
    inside = df["mean"].where(zero, 0.0).groupby([run, df["date"]]).transform("sum")
    level = ((10 + df["counted_day"]) / (10 + (df["usual_day"] - inside).clip(lower=0.0))).clip(upper=1.0)
    total = (df["mean"].where(zero, 0.0) * level).groupby(run).transform("sum")
    others = df["others"].where(zero, 0.0).groupby(run).transform("sum")
    size = zero.groupby(run).transform("sum").clip(lower=1)
    share = df["day_variance"] + df["spread"] / size + 1 / others.clip(lower=1.0)
    log = -np.log1p(share * total) / share
    return zero & (total > limits.zero_run_expected) & (log < np.log(limits.chance))


def _spikes(df, limits):
    high = (df["n"] > 3 * df["mean"] + 20) & (df["mean"] >= 3)
    share = (df["spread"] + 1 / df["others"].clip(lower=1.0) + df["day_variance"])[high]
    tail = nbinom.sf(np.ceil(df["n"][high]) - 1, 1 / share, 1 / (1 + share * df["mean"][high]))
    return high & pd.Series(tail < limits.spike_chance, index=share.index).reindex(df.index, fill_value=False)


def _copies(df):
    n = df["full"]
    logs = np.log(ive(0, 2 * n.fillna(0.0))).where(df["first"], 0.0)
    day = [df["site"], df["date"]]
    chance = logs.groupby(day).transform("sum")
    table = df[df["first"]].pivot_table(
        index=["site", "date"], columns=["direction", "slot"], values="full", dropna=False, aggfunc="first"
    )
    counted = df["full"].notna().where(df["first"], False).groupby(day).sum()
    slots = df[df["first"]].groupby("site")["s"].nunique() * (1440 // df.groupby("site")["interval_min"].first())
    share = counted / slots.reindex(counted.index.get_level_values(0)).to_numpy()
    table = table[share.reindex(table.index) > 0.8].fillna(-1.0)
    copied = table.reset_index("date", drop=True).reset_index().duplicated()
    found = pd.Series(copied.to_numpy(), index=table.index)
    is_copy = found.reindex(pd.MultiIndex.from_arrays(day), fill_value=False).to_numpy()
    return pd.Series(is_copy, index=df.index) & (chance < np.log(1e-7))


def _low(df, limits):
    day = df.drop_duplicates(["s", "date"])
    has_ways = (day["direction"] != "both").groupby(day["site"]).transform("any")
    day = day[~has_ways | (day["direction"] != "both")]
    weights = df.groupby(["s", "date"])["mean"].sum()
    weight = weights.reindex(pd.MultiIndex.from_arrays([day["s"], day["date"]])).to_numpy()
    ratio = (day["counted_day"] / day["usual_day"]).where((day["whole"] >= 0.9) & (day["usual_day"] > 0))
    keys = [day["site"], day["date"]]
    parts = pd.DataFrame({"r": ratio * weight, "w": weight, "e": day["usual_day"], "bad": ratio.isna()})
    sums = parts.groupby(keys).agg({"r": "sum", "w": "sum", "e": "sum", "bad": "any"})
    site = (sums["r"] / sums["w"]).mask(sums["bad"]).unstack(0)  # noqa: PD010 - keys are unique
    modes = df.drop_duplicates("site").set_index("site")["mode"]
    shared = pd.DataFrame(index=site.index, columns=site.columns, dtype="float64")
    for mode in modes.unique():
        own = [one for one in site.columns if modes[one] == mode]
        for one in own:
            others = site[own].drop(columns=one)
            shared[one] = others.median(axis=1).where(others.notna().sum(axis=1) >= 2).clip(0.1, 10)
    expected = sums["e"].unstack(0)  # noqa: PD010
    with np.errstate(invalid="ignore", divide="ignore"):
        log = np.log(site / shared)
    log = log.mask(~np.isfinite(log) & (site != 0))
    finite = log.where(np.isfinite(log))
    sd = 1.4826 * (finite - finite.median()).abs().median()
    sd = sd.where(finite.notna().sum() >= 5, np.inf)
    chance = 1 / (expected * shared).clip(lower=1e-9)
    deviation = np.sqrt(np.maximum((sd**2).to_numpy()[None, :], chance))
    fault = np.sqrt(deviation**2 + chance * (1 / limits.low_day_share - 1))
    runs = 2.5 * deviation + 1.28 * fault <= -np.log(limits.low_day_share)
    low = runs & (log < np.minimum(-2.5 * deviation, np.log(limits.low_day_share) / 2)) & (site > 0)
    flat = low.stack().swaplevel()  # noqa: PD013
    return pd.Series(
        flat.reindex(pd.MultiIndex.from_arrays([df["site"], df["date"]]), fill_value=False).to_numpy(), index=df.index
    )
