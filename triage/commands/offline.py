"""`triage screen`, `assess`, `match` and `decide`: try the judging on files. Nothing is stored, nothing is sent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from triage.app import build_letters, load_lexicon, organisational_domains, own_phones, utc_now
from triage.commands.options import (
    DEFAULT_CONFIG,
    Addressed,
    Authentic,
    Config,
    Json,
    Paths,
    print_lines,
    settings_from,
    settings_if_any,
)
from triage.core.rules import MatchPolicy, Rules
from triage.core.submission import Submission
from triage.errors import OperatorError
from triage.events import EventLog
from triage.forms.exports import RejectedRow, read_export
from triage.judgement import Judge, Voice
from triage.offline import (
    Assumptions,
    Screener,
    assess_files,
    assess_lines,
    decide_files,
    match_files,
    screen_files,
)
from triage.settings import Settings

_SUBMISSIONS = "JSON lines or CSV of submissions."


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(screen)
    app.command()(assess)
    app.command()(match)
    app.command()(decide)


def rules_from(settings: Settings | None) -> Rules:
    """The practice's rules; without settings, rules that know no address of the practice."""
    return settings.rules(utc_now()) if settings else Rules(own_addresses=(), languages=("en", "es"))


def screen(
    paths: Paths,
    as_json: Json = False,
    assume_addressed: Addressed = False,
    assume_authentic: Authentic = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Who may be answered: eligible, hold or ignore, with the reasons."""
    assume = Assumptions(assume_addressed, assume_authentic)
    rules = rules_from(settings_if_any(config))
    screener = Screener(rules, load_lexicon(), organisational_domains(), assume)
    print_lines(screen_files(paths, screener, utc_now()), as_json=as_json, title="Screening")


def assess(
    paths: Annotated[list[Path] | None, typer.Argument(help="Mail files, or folders of them.", exists=True)] = None,
    lines: Annotated[Path | None, typer.Option("--lines", help="Plain text instead: each line is one text.")] = None,
    as_json: Json = False,
    config: Config = DEFAULT_CONFIG,  # noqa: ARG001 - every command takes --config
) -> None:
    """Listen for people in danger: urgent, review or none, with what was heard."""
    lexicon = load_lexicon()
    if not paths and lines is None:
        raise typer.BadParameter("Name mail files or folders, or a text file with --lines.")
    if paths:
        print_lines(assess_files(paths, lexicon, utc_now()), as_json=as_json, title="Assessing")
    if lines is not None:
        try:
            with lines.open(encoding="utf-8", errors="replace") as texts:
                print_lines(assess_lines(texts, lexicon), as_json=as_json, title="Assessing")
        except OSError:
            raise OperatorError(f"The file {lines} cannot be read.", "Check the name and its permissions.") from None


def match(
    submissions: Annotated[Path, typer.Option("--submissions", help=_SUBMISSIONS, exists=True, dir_okay=False)],
    emails: Annotated[list[Path], typer.Option("--emails", help="Mail files, or folders of them.", exists=True)],
    outbound: Annotated[Path | None, typer.Option("--outbound", help="JSON lines of mails we sent.")] = None,
    policy: Annotated[MatchPolicy, typer.Option("--policy", help="What may make a match certain.")] = (
        MatchPolicy.STRICT
    ),
    as_json: Json = False,
    config: Config = DEFAULT_CONFIG,  # noqa: ARG001 - every command takes --config
) -> None:
    """Who wrote this: join emails to submissions. Needs no mailbox and no settings."""
    found = match_files(emails, _submissions(submissions), _outbound(outbound), policy, utc_now())
    print_lines(found, as_json=as_json, title="Matching")


def decide(
    paths: Paths,
    submissions: Annotated[Path | None, typer.Option("--submissions", help=_SUBMISSIONS, exists=True)] = None,
    as_json: Json = False,
    assume_addressed: Addressed = False,
    assume_authentic: Authentic = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """What would be done with each mail by these settings, each as if it were the first from its sender."""
    settings = settings_from(config)
    rules = rules_from(settings)
    domains = organisational_domains()
    lexicon = load_lexicon()
    letters = build_letters(settings, EventLog())
    voice = Voice(settings.sender, ZoneInfo(settings.timezone), secrets.token_bytes(32), "offline")
    judge = Judge(rules, letters, lexicon, domains, voice, own_phones(settings))
    screener = Screener(rules, lexicon, domains, Assumptions(assume_addressed, assume_authentic))
    known = _submissions(submissions) if submissions else iter(())
    print_lines(decide_files(paths, known, judge, screener, utc_now()), as_json=as_json, title="Deciding")


def _submissions(file: Path) -> Iterator[Submission]:
    """The file's submissions; each row that cannot be used is told on stderr and the rest goes on."""
    for row in read_export(file, utc_now()):
        if isinstance(row, RejectedRow):
            typer.echo(f"{file}, line {row.line}: left out. {row.problem}", err=True)
        else:
            yield row


def _outbound(file: Path | None) -> dict[str, str]:
    """Message-ID -> submission id of mails we sent; broken lines are told and left out."""
    found: dict[str, str] = {}
    if file is None:
        return found
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    item = json.loads(line)
                    found[str(item["message_id"])] = str(item["submission_id"])
                except (ValueError, KeyError, TypeError):
                    typer.echo(f"{file}, line {number}: left out. It is not a JSON object of ours.", err=True)
    except (OSError, UnicodeDecodeError):
        raise OperatorError(f"The file {file} cannot be read.", "Check the name and its permissions.") from None
    return found
