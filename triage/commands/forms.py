"""`triage forms import` and `triage forms read`: contact-form submissions from files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
from triage.core.submission import Submission
from triage.forms.exports import RejectedRow, read_export
from triage.intake_forms import store_submission
from triage.offline import Assumptions, Screener, read_forms
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
    store = open_store(settings)
    new = known = 0
    rejected: list[RejectedRow] = []
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Importing", total=None)
            for batch, refused in _batches(read_export(file, utc_now().astimezone(ZoneInfo(settings.timezone)))):
                fresh = _store(store, batch)
                new += fresh
                known += len(batch) - fresh
                rejected += refused
                progress.update(task, advance=len(batch) + len(refused))
    finally:
        store.close()
    for row in rejected:
        typer.echo(f"{file}, line {row.line}: not imported. {row.problem}", err=True)
    typer.echo(f"{new} new, {known} known already, {len(rejected)} not imported.")
    if rejected:
        raise typer.Exit(1)


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


def _store(store: Store, batch: list[Submission]) -> int:
    """Store one batch in one transaction; how many were new."""
    now = utc_now()
    with store.begin() as tx:
        return sum(store_submission(tx, submission, now)[1] for submission in batch)


def read(
    paths: Paths, as_json: Json = False, assume_authentic: Authentic = False, config: Config = DEFAULT_CONFIG
) -> None:
    """Show what triage reads from form notification mails. Stores nothing."""
    settings = settings_if_any(config)
    screener = Screener(
        rules_from(settings), load_lexicon(), organisational_domains(), Assumptions(authentic=assume_authentic)
    )
    print_lines(read_forms(paths, screener, utc_now()), as_json=as_json, title="Reading")
