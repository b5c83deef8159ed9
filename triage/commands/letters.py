"""`triage letters check` and `triage letters preview`: for the people who write the letters."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from triage.app import build_letters, facts_of, templates_folder, utc_now
from triage.commands.options import DEFAULT_CONFIG, Config, settings_from
from triage.core.letter import LetterName
from triage.core.reply import compose
from triage.events import EventLog
from triage.letters.check import check_folder
from triage.letters.preview import write_preview
from triage.letters.problem import Severity


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Check and preview the letters that staff edit.", no_args_is_help=True)
    group.command("check")(check)
    group.command("preview")(preview)
    app.add_typer(group, name="letters")


def check(config: Config = DEFAULT_CONFIG) -> None:
    """Say everything that is wrong with the letters and notices, and what to do about it."""
    settings = settings_from(config)
    folder = templates_folder(settings)
    problems = check_folder(folder, facts_of(settings), settings.languages)
    for problem in problems:
        word = "error" if problem.severity is Severity.ERROR else "please look"
        place = f"{problem.path}, line {problem.line}" if problem.line else f"{problem.path}"
        typer.echo(f"{place}: {word}: {problem.sentence} {problem.advice}".rstrip())
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if errors:
        typer.echo(f"{errors} to mend. Until then the last good version of each letter stays in use.")
        raise typer.Exit(1)
    typer.echo(f"All letters and notices in {folder} can be used.")


def preview(
    letter: Annotated[LetterName, typer.Argument(help="Which letter.")],
    lang: Annotated[str, typer.Option("--lang", help="Its language, such as en or es.")] = "",
    person: Annotated[str, typer.Option("--person", help="The first name to greet; leave out for none.")] = "",
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path(),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write one letter as a patient would get it: an .eml file and an .html page."""
    settings = settings_from(config)
    library = build_letters(settings, EventLog())
    now = utc_now()
    rendered = library.render(
        letter, lang or settings.languages[0], person, now.astimezone(ZoneInfo(settings.timezone))
    )
    reply = compose(
        rendered,
        rendered.notices,
        sender=settings.sender,
        recipient="preview@example.com",
        message_id=f"<triage.preview.{letter.value}@{settings.sender.domain}>",
        date=now - timedelta(microseconds=now.microsecond),
        in_reply_to="",
        references=(),
        loop_id="preview",
    )
    out.mkdir(parents=True, exist_ok=True)
    for path in write_preview(rendered, out, reply.content):
        typer.echo(str(path))
