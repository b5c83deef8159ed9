"""`triage letters check` and `triage letters preview`: for the people who write the letters."""

from __future__ import annotations

from collections.abc import Sequence
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
from triage.letters.problem import LetterProblem, Severity


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
    problems = whole_folder(check_folder(folder, facts_of(settings), settings.languages), folder)
    for problem in problems:
        word = "error" if problem.severity is Severity.ERROR else "please look"
        typer.echo(f"{place_of(problem)}: {word}: {problem.sentence} {problem.advice}".rstrip())
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    if errors:
        typer.echo(f"{errors} to mend. Until then the last good version of each letter stays in use.")
        raise typer.Exit(1)
    typer.echo(f"All letters and notices in {folder} can be used.")


def place_of(problem: LetterProblem) -> str:
    """Where a problem lies, for the start of a sentence."""
    return f"{problem.path}, line {problem.line}" if problem.line else problem.path


def whole_folder(problems: Sequence[LetterProblem], folder: Path) -> Sequence[LetterProblem]:
    """Where the folder itself is missing, that alone: everything else follows from it."""
    return [problem for problem in problems if problem.path == str(folder)] or problems


def gathered(problems: Sequence[LetterProblem], folder: Path) -> list[tuple[LetterProblem, int]]:
    """The first problem of each kind, with the number of others of its kind: whole files, and the same advice."""
    kinds: dict[tuple[str, Severity], list[LetterProblem]] = {}
    for problem in whole_folder(problems, folder):
        kind = str(problem) if problem.line else problem.advice.partition(":")[0]
        kinds.setdefault((kind, problem.severity), []).append(problem)
    return [(alike[0], len(alike) - 1) for alike in kinds.values()]


def preview(
    letter: Annotated[LetterName, typer.Argument(help="Which letter.")],
    lang: Annotated[str, typer.Option("--lang", help="Its language, such as en or es.")] = "",
    person: Annotated[str, typer.Option("--person", help="The first name to greet; leave out for none.")] = "",
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path(),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write one letter as a patient would get it: an .eml file and an .html page."""
    settings = settings_from(config)
    if lang and lang not in settings.languages:
        raise typer.BadParameter(f"TRIAGE_LANGUAGES has {', '.join(settings.languages)} only.", param_hint="--lang")
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
