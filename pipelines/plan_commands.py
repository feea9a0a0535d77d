"""The commands `movement plan ...`: check and freeze the analysis plan, advise on the next campaign."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from movement.publish import language

InWords = Callable[[argparse.Namespace, Callable[[language.Catalogue], int]], int]


def add(commands: Any, text: language.Catalogue, in_words: InWords) -> None:
    """Add `plan check`, `plan freeze` and `plan next`; `in_words` runs work in the study's folder."""
    plan = commands.add_parser("plan", help=text("cli.plan")).add_subparsers(required=True, metavar="WHAT")
    for name, work in (("check", _check), ("freeze", _freeze), ("next", _next)):
        command = plan.add_parser(name, help=text(f"cli.plan_{name}"), description=text(f"cli.plan_{name}"))
        command.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help=text("cli.study"))
        command.add_argument("--lang", choices=language.LANGUAGES, help=text("cli.lang"))
        command.set_defaults(work=_bound(work, in_words))
        if name == "freeze":
            command.add_argument(
                "--imagined-date", type=dt.date.fromisoformat, metavar="DATE", help=text("cli.imagined_date")
            )
        if name == "next":
            _next_options(command, text)


def _bound(
    work: Callable[[argparse.Namespace, language.Catalogue], int], in_words: InWords
) -> Callable[[argparse.Namespace], int]:
    return lambda options: in_words(options, lambda text: work(options, text))


def _next_options(command: argparse.ArgumentParser, text: language.Catalogue) -> None:
    command.add_argument("--sites", default="", metavar="A,B", help=text("cli.plan_sites"))
    command.add_argument("--weeks", type=_above_zero, default=2.0, metavar="N", help=text("cli.plan_weeks"))
    command.add_argument("--controls", type=_whole, metavar="N", help=text("cli.plan_controls"))
    command.add_argument("--price", type=_above_zero, metavar="N", help=text("cli.plan_price"))
    command.add_argument("--before", action="store_true", help=text("cli.plan_before"))
    command.add_argument("--scenario", metavar="NAME", help=text("cli.plan_scenario"))
    command.add_argument("--to", type=_from_here, metavar="FOLDER", help=text("cli.plan_to"))


def _from_here(said: str) -> Path:
    """Keep a folder where the user stands: the work is done in the study's."""
    return Path(said).resolve()


def _above_zero(said: str) -> float:
    value = float(said.replace(",", "."))
    if not 0 < value < float("inf"):
        raise ValueError(said)
    return value


def _whole(said: str) -> int:
    if not said.isdigit():
        raise ValueError(said)
    return int(said)


def _check(options: argparse.Namespace, text: language.Catalogue) -> int:
    from pipelines import freeze_plan  # here, as below: it brings tables, that `movement --help` need not wait for

    lines, faults = freeze_plan.check(text)
    print("\n".join([*lines, *(language.say_fault(text, fault) for fault in faults)]))
    if faults:
        print(text("plan.faults", number=len(faults)))
    return 1 if faults else 0


def _freeze(options: argparse.Namespace, text: language.Catalogue) -> int:
    from pipelines import freeze_plan

    imagined = options.imagined_date
    version = freeze_plan.freeze(today=imagined or freeze_plan.today(), is_date_imagined=imagined is not None)
    print(freeze_plan.frozen_line(version, version.number, text))
    if version.number > 1:
        print(text("plan.earlier_stay", number=version.number - 1))
    if version.after_counts_existed:
        print(text("plan.after_counts_existed", campaigns=", ".join(version.counted)))
    print(text("plan.frozen_written", path=freeze_plan.FROZEN.as_posix()))
    return 0


def _next(options: argparse.Namespace, text: language.Catalogue) -> int:
    from pipelines import plan_campaign

    asked = plan_campaign.Asked(
        stations=tuple(dict.fromkeys(part.strip() for part in options.sites.split(",") if part.strip())),
        weeks=options.weeks,
        controls=options.controls,
        price_per_site_week=options.price,
        is_next_before=options.before,
        scenario_id=options.scenario,
    )
    folder = options.to if options.to is not None else plan_campaign.FOLDER
    print("\n".join(plan_campaign.advise(asked, text, folder)))
    return 0
