"""`triage forms import` and `triage forms read`: contact-form submissions from files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from triage.app import load_lexicon, open_store, organisational_domains, utc_now
from triage.commands.offline import rules_from
from triage.commands.options import (
    DEFAULT_CONFIG,
    Authentic,
    Config,
    Json,
    Paths,
    print_lines,
    settings_from,
    settings_if_any,
)
from triage.core.signal import Level
from triage.core.submission import Submission
from triage.forms.exports import RejectedRow, read_export
from triage.intake_forms import store_submission
from triage.offline import Assumptions, Screener, read_forms
from triage.screening.assess import assess
from triage.screening.lexicon import Lexicon
from triage.store import Store

_BATCH = 500


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Contact-form submissions: import files, try the readers.", no_args_is_help=True)
    group.command("import")(import_file)
    group.command("read")(read)
    app.add_typer(group, name="forms")


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header row, or JSON lines.", exists=True)],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Store every submission of an exported file. May be repeated: what is known is not stored twice."""
    settings = settings_from(config)
    store, lexicon = open_store(settings), load_lexicon()
    tally = _Tally()
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Importing", total=None)
            for batch, refused in _batches(read_export(file, utc_now().astimezone(ZoneInfo(settings.timezone)))):
                _store(store, batch, lexicon, tally)
                tally.rejected += refused
                progress.update(task, advance=len(batch) + len(refused))
    finally:
        store.close()
    for row in tally.rejected:
        typer.echo(f"{file}, line {row.line}: not imported. {row.problem}", err=True)
    for number in tally.urgent:
        typer.echo(f"Submission {number}: somebody may be in danger. Read its message now.", err=True)
    typer.echo(f"{tally.new} new, {tally.known} known already, {len(tally.rejected)} not imported.")
    if tally.rejected or tally.urgent:
        raise typer.Exit(1)


@dataclass(slots=True)
class _Tally:
    """What became of a file's rows; `urgent` are the new submissions whose words speak of danger."""

    new: int = 0
    known: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    urgent: list[int] = field(default_factory=list)


def _batches(
    rows: Iterator[Submission | RejectedRow],
) -> Iterator[tuple[list[Submission], list[RejectedRow]]]:
    good: list[Submission] = []
    refused: list[RejectedRow] = []
    for row in rows:
        if isinstance(row, RejectedRow):
            refused.append(row)
        else:
            good.append(row)
        if len(good) + len(refused) >= _BATCH:
            yield good, refused
            good, refused = [], []
    yield good, refused


def _store(store: Store, batch: list[Submission], lexicon: Lexicon, tally: _Tally) -> None:
    """Store one batch in one transaction, and listen to what is new in it."""
    now = utc_now()
    fresh: list[tuple[int, Submission]] = []
    with store.begin() as tx:
        for submission in batch:
            number, is_new = store_submission(tx, submission, now)
            fresh += [(number, submission)] if is_new else []
    tally.new += len(fresh)
    tally.known += len(batch) - len(fresh)
    tally.urgent += [
        number for number, submission in fresh if assess("", submission.message, lexicon).level is Level.URGENT
    ]


def read(
    paths: Paths, as_json: Json = False, assume_authentic: Authentic = False, config: Config = DEFAULT_CONFIG
) -> None:
    """Show what triage reads from form notification mails. Stores nothing."""
    settings = settings_if_any(config)
    screener = Screener(
        rules_from(settings), load_lexicon(), organisational_domains(), Assumptions(authentic=assume_authentic)
    )
    print_lines(read_forms(paths, screener, utc_now()), as_json=as_json, title="Reading")
