"""The command `movement`: run the study, check count files, write demonstration counts."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from movement.publish import language
from pipelines import graph, plan_commands, rerun, stage, workers

_SHOWN_REFUSED = 20
_TABLES_NAMED = (stage.VOLUMES, stage.EFFECTS, stage.CALIBRATION, stage.SCREENLINE_FLOWS)


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and do what it says; return the exit code."""
    options = _parser(language.catalogue(_language_asked())).parse_args(arguments)
    with _utf8_output():
        work: Callable[[argparse.Namespace], int] = options.work
        return work(options)


def _language_asked() -> str:
    asked = [word for word in sys.argv if word in language.LANGUAGES]
    return asked[0] if "--lang" in sys.argv and asked else language.study_language(stage.PARAMS_FILE)


def _parser(text: language.Catalogue) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="movement", description=text("cli.what"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, work in (("run", _run), ("check", _check), ("archive", _archive), ("simulate", _simulate)):
        command = commands.add_parser(name, help=text(f"cli.{name}"), description=text(f"cli.{name}"))
        command.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help=text("cli.study"))
        command.add_argument("--lang", choices=language.LANGUAGES, help=text("cli.lang"))
        command.set_defaults(work=work)
        if name == "run":
            command.add_argument("--workers", metavar="N", help=text("cli.workers"))
        if name in ("check", "archive"):
            command.add_argument("files", type=Path, nargs="+", metavar="FILE", help=text("cli.files"))
        if name == "archive":
            command.add_argument("--to", type=Path, required=True, metavar="FILE", help=text("cli.to"))
        if name == "check":
            command.add_argument("--json", action="store_true", help=text("cli.json"))
        if name == "simulate":
            command.add_argument("--seed", type=int, default=2026, help=text("cli.seed"))
    _add_network_commands(commands, text)
    plan_commands.add(commands, text, _in_words)
    return parser


def _add_network_commands(commands: Any, text: language.Catalogue) -> None:
    def add(to: Any, name: str, key: str, work: Callable[[argparse.Namespace], int], *names: str) -> Any:
        command = to.add_parser(name, help=text(key), description=text(key))
        for place in names:
            command.add_argument(place, metavar=place.upper(), help=text(f"cli.{place}"))
        command.add_argument("--study", type=Path, default=Path(), metavar="FOLDER", help=text("cli.study"))
        command.add_argument("--lang", choices=language.LANGUAGES, help=text("cli.lang"))
        command.set_defaults(work=work)
        return command

    scenario = commands.add_parser("scenario", help=text("cli.scenario")).add_subparsers(required=True, metavar="WHAT")
    new = add(scenario, "new", "cli.scenario_new", _scenario_new, "name")
    new.add_argument("--osm-way", type=int, metavar="NUMBER", help=text("cli.osm_way"))
    add(scenario, "check", "cli.scenario_check", _scenario_check, "name")
    convert = add(commands, "convert", "cli.convert", _convert, "map", "file")
    convert.add_argument("--to", type=Path, required=True, metavar="FILE", help=text("cli.convert_to"))
    fetch = add(commands, "fetch", "cli.fetch", _fetch)
    fetch.add_argument("what", choices=("osm",))
    fetch.add_argument("--url", default="", help=text("cli.url"))
    gmns = add(commands, "gmns", "cli.gmns", _gmns, "folder")
    gmns.add_argument("--scenario", default="before", metavar="NAME", help=text("cli.name"))


def _in_words(options: argparse.Namespace, do: Callable[[language.Catalogue], int]) -> int:
    """Do something in the study's folder; say faults in the user's language."""
    from movement.tables import InputFaults  # here: tables cost time that `movement --help` need not spend

    text = language.catalogue(options.lang or language.study_language(options.study / stage.PARAMS_FILE))
    if not (options.study / stage.PARAMS_FILE).is_file():
        print(text("cli.no_file", path=options.study / stage.PARAMS_FILE), file=sys.stderr)
        return 2
    try:
        with _inside(options.study):
            return do(text)
    except InputFaults as found:
        print("\n".join(language.say_fault(text, fault) for fault in found.faults), file=sys.stderr)
        return 1


def _scenario_new(options: argparse.Namespace) -> int:
    from pipelines import draw_scenario

    def do(text: language.Catalogue) -> int:
        path = draw_scenario.new(options.name, way=options.osm_way)
        print(text("cli.scenario_made", path=path.as_posix(), folder=path.parent.as_posix(), name=options.name))
        return 0

    return _in_words(options, do)


def _scenario_check(options: argparse.Namespace) -> int:
    from pipelines import draw_scenario

    def do(text: language.Catalogue) -> int:
        done = draw_scenario.check(options.name, text)
        print("\n".join(done.lines))
        for number, fault in enumerate(done.faults, start=1):
            print(f"{number}. {language.say_fault(text, fault)}")
        print(text("cli.scenario_wrong" if done.faults else "cli.scenario_right", path=done.picture.as_posix()))
        return 1 if done.faults else 0

    return _in_words(options, do)


def _convert(options: argparse.Namespace) -> int:
    from pipelines import bring_layers

    source, target = Path(options.file).resolve(), options.to.resolve()
    own = Path(options.map)
    name = str(own.resolve()) if own.is_file() else options.map

    def do(text: language.Catalogue) -> int:
        rows = bring_layers.convert(name, source, target)
        print(text("cli.converted", rows=text.number(rows), path=options.to.as_posix()))
        return 0

    return _in_words(options, do)


def _fetch(options: argparse.Namespace) -> int:
    from pipelines import bring_layers

    def do(text: language.Catalogue) -> int:
        from osmnx import settings  # here: osmnx takes seconds

        path = bring_layers.fetch_osm(options.url or settings.overpass_url)
        print(text("cli.fetched", path=path.as_posix()))
        return 0

    return _in_words(options, do)


def _gmns(options: argparse.Namespace) -> int:
    from pipelines import bring_layers

    folder = Path(options.folder).resolve()

    def do(text: language.Catalogue) -> int:
        files = bring_layers.export_gmns(folder, options.scenario)
        print(text("cli.gmns_written", files=", ".join(path.name for path in files), folder=options.folder))
        return 0

    return _in_words(options, do)


def _run(options: argparse.Namespace) -> int:
    console = Console(highlight=False)
    study: Path = options.study
    text = language.catalogue(options.lang or language.study_language(study / stage.PARAMS_FILE))
    try:
        rerun.prepare(study)
    except FileNotFoundError as missing:
        console.print(text("cli.no_study", path=missing.args[0]), soft_wrap=True)
        return 2
    if _are_workers_wrong(options.workers, console, text):
        return 2
    rerun.keep_previous(study)
    code, ran = _reproduce(study, console, text, options.workers)
    if code:
        console.print(text("cli.stopped"), style="bold red")
        return code
    if ran or not (study / stage.DATABASE).exists():
        _rebuild_database(study)
    say_changes(study, console, text)
    _say_end(study, console, text, ran=ran)
    return 0


def _are_workers_wrong(asked: str | None, console: Console, text: language.Catalogue) -> bool:
    """Say what is wrong with the workers asked for, if anything is."""
    if asked is None and not workers.asked():
        return False
    from movement.tables import InputFaults  # here: tables cost time that most runs need not spend

    try:
        workers.check(asked)
    except InputFaults as found:
        for fault in found.faults:
            console.print(language.say_fault(text, fault), markup=False, soft_wrap=True)
        return True
    return False


def _reproduce(study: Path, console: Console, text: language.Catalogue, asked: str | None) -> tuple[int, int]:
    """Run the stages behind a progress line; return DVC's exit code and how many stages ran."""
    under_way: list[str] = []
    finished: list[str] = []
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        bar = progress.add_task(text("cli.looking"), total=len(graph.STAGES))

        def finish(mark: str) -> None:
            for name in under_way:
                progress.console.print(f"  {mark} {text(f'stage.{name}')}")
                finished.append(name)
            under_way.clear()

        def on_step(step: rerun.Step) -> None:
            finish("[green]\u2713[/]")
            said = text(f"stage.{step.name}")
            if step.is_skipped:
                progress.console.print(f"  [dim]\u2013 {said}: {text('cli.skipped')}[/]")
            else:
                under_way.append(step.name)
            progress.update(bar, advance=1, description=said)

        code = rerun.reproduce(
            study,
            language=text.language,
            workers_asked=asked,
            on_step=on_step,
            on_line=lambda line: progress.console.print(line, markup=False, soft_wrap=True),
        )
        finish("[red]\u2717[/]" if code else "[green]\u2713[/]")
    return code, len(finished)


def _rebuild_database(study: Path) -> None:
    from pipelines import catalogue_tables  # here: DuckDB costs time that `movement --help` need not spend

    with _inside(study):
        catalogue_tables.rebuild_database()


def say_changes(study: Path, console: Console, text: language.Catalogue) -> None:
    """Say in rows how the tables differ from those laid aside before the run."""
    changed = rerun.changed_tables(study)
    if not changed:
        return
    from movement import store  # here: a run that changes nothing needs neither tables nor DuckDB
    from pipelines.catalogue_tables import TABLES

    console.print(text("cli.changed_since_last"))
    for path in [path for path in _TABLES_NAMED if path in changed]:
        rows = store.row_changes(study / rerun.PREVIOUS / path.name, study / path, TABLES[path].key)
        numbers = {name: text.number(value) for name, value in asdict(rows).items()}
        console.print("  " + text("cli.changed_table", table=text(f"table.{path.stem}"), **numbers))
    if stage.COUNTS in changed:
        _say_count_changes(study, console, text)
    console.print("  " + text("cli.changed_kept", number=len(changed), folder=(study / rerun.PREVIOUS).as_posix()))


def _say_count_changes(study: Path, console: Console, text: language.Catalogue) -> None:
    from movement import store

    layer = study / stage.RAW_STUDY / "sites.geojson"
    sites = json.loads(layer.read_text(encoding="utf-8-sig"))["features"] if layer.exists() else []
    permanent = [str(site["properties"]["station_id"]) for site in sites if site["properties"].get("is_permanent")]
    found = store.count_changes(study / rerun.PREVIOUS / stage.COUNTS.name, study / stage.COUNTS, permanent=permanent)
    numbers = {name: text.number(value) for name, value in asdict(found).items() if name != "silent"}
    console.print("  " + text("cli.counts_changed", **numbers), soft_wrap=True)
    if found.silent:
        console.print("  " + text("cli.sites_silent", sites=", ".join(found.silent)), soft_wrap=True)


def _say_end(study: Path, console: Console, text: language.Catalogue, *, ran: int) -> None:
    console.print(text("cli.nothing_to_do") if ran == 0 else text("cli.done"), style="bold")
    maps = (study / stage.MAPS).resolve()
    for key, path in (
        ("cli.open_index", maps / "index.html"),
        ("cli.open_report", maps / text.language / "report.html"),
        ("cli.open_tables", maps / "tables"),
    ):
        console.print("  " + text(key, path=path), soft_wrap=True)


def _check(options: argparse.Namespace) -> int:
    from movement.tables import InputFaults  # here: tables cost time that `movement --help` need not spend
    from pipelines import check_count_files

    text = language.catalogue(options.lang or language.study_language(options.study / stage.PARAMS_FILE))
    missing = [path for path in options.files if not path.is_file()]
    if missing:
        print("\n".join(text("cli.no_file", path=path) for path in missing), file=sys.stderr)
        return 2
    try:
        tables = check_count_files.check(options.files, options.study)
    except InputFaults as found:
        print("\n".join(language.say_fault(text, fault) for fault in found.faults), file=sys.stderr)
        return 2
    lines = [check_count_files.as_json(tables)] if options.json else check_count_files.in_words(tables, text)
    print("\n".join(lines))
    return 1 if any(table.faults for table in tables) else 0


def _archive(options: argparse.Namespace) -> int:
    from movement.tables import Fault, InputFaults
    from pipelines import flag_archive

    text = language.catalogue(options.lang or language.study_language(options.study / stage.PARAMS_FILE))
    missing = [path for path in (*options.files, options.study / stage.PARAMS_FILE) if not path.exists()]
    if missing:
        print("\n".join(text("cli.no_file", path=path) for path in missing), file=sys.stderr)
        return 2
    files = [found for path in options.files for found in (sorted(path.rglob("*.*")) if path.is_dir() else [path])]
    try:
        done = flag_archive.flag_for_study(files, options.to, options.study)
    except InputFaults as found:
        print("\n".join(language.say_fault(text, fault) for fault in found.faults), file=sys.stderr)
        return 1
    names = ("rows_read", "rows_kept", "rows_flagged")
    said = {name: text.number(getattr(done, name)) for name in names} | {"refused": text.number(len(done.refused))}
    print(text("cli.archived", file=options.to, **said))
    for row in done.refused.head(_SHOWN_REFUSED).itertuples():
        fault = Fault(row.rule, row.source_file, row.source_row, row.value)
        print("  " + text("check.row", fault=language.say_fault(text, fault)))
    if len(done.refused) > _SHOWN_REFUSED:
        print("  " + text("check.more_rows", number=text.number(len(done.refused) - _SHOWN_REFUSED)))
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from pipelines import simulate_counts  # here: it brings the whole model

    text = language.catalogue(options.lang or language.study_language(options.study / stage.PARAMS_FILE))
    with _inside(options.study):
        simulate_counts.run(seed=options.seed)
    Console(highlight=False).print(text("cli.simulated", folder=(options.study / stage.RAW_COUNTS).as_posix()))
    return 0


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _utf8_output() -> Iterator[None]:
    """Let Windows consoles show Danish letters."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    yield


if __name__ == "__main__":
    raise SystemExit(main())
