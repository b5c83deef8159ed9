"""`triage run` and `triage check`: the service itself, and whether it could do its work."""

from __future__ import annotations

import shutil
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from triage.app import App, utc_now
from triage.commands.checkup import Grade, check_up
from triage.commands.options import DEFAULT_CONFIG, Config, set_up_log, settings_from
from triage.daemon import Daemon
from triage.events import EventLog

_SIGNS = {Grade.GOOD: "[green]ok[/]", Grade.WARNING: "[yellow]look[/]", Grade.BAD: "[red]fault[/]"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(check)


def run(
    config: Config = DEFAULT_CONFIG,
    once: Annotated[bool, typer.Option("--once", help="Do all that is there now, then end.")] = False,
) -> None:
    """Read the mailbox and answer, until stopped (Ctrl-C or SIGTERM end it at a safe point)."""
    settings = settings_from(config)
    set_up_log(settings.log_format)
    parts = App(settings, EventLog())
    try:
        daemon = Daemon(parts)
        code = daemon.run_once() if once else daemon.run()
    finally:
        parts.close()
    raise typer.Exit(code)


def check(config: Config = DEFAULT_CONFIG) -> None:
    """Try everything the service needs: settings, logins, folders, letters, database, clock. Sends nothing."""
    settings = settings_from(config)
    table = Table("", "what", "finding", box=None, pad_edge=False, show_header=False)
    bad = False
    for finding in check_up(settings, utc_now()):
        bad = bad or finding.grade is Grade.BAD
        words = Text(f"{finding.sentence} {finding.advice}".strip())  # Text: rich would take [en] for markup
        table.add_row(_SIGNS[finding.grade], finding.subject, words)
    width = shutil.get_terminal_size((120, 24)).columns
    Console(width=width, highlight=False).print(table)
    if bad:
        raise typer.Exit(1)
