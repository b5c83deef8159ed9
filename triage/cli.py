"""The command line: gathers the commands, and is the only place that prints an error to a person.

Exit codes: 0 all well; 1 something was found that needs you (`check`, `letters check`, `demo --once`, rejected rows);
2 the command was typed wrongly; 3 the settings cannot be used; 4 a server could not be reached for now; 5 something
else needs the operator; 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from triage.commands import demo, forms, inspect, letters, offline, review, service
from triage.commands.options import set_up_log
from triage.config import SettingsError
from triage.errors import OperatorError, TransientError, TriageError

app = typer.Typer(
    name="triage",
    help="Reads a practice's mailbox, joins each email to its contact form, and answers with the right letter.\n\n"
    "Start with: `triage check`, then `triage run` (TRIAGE_MODE=observe sends nothing). `triage demo` shows it all.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for module in (service, inspect, review, offline, forms, letters, demo):
    module.register(app)


def main() -> None:
    """Run one command; every foreseen failure becomes a sentence on stderr and an exit code."""
    set_up_log(quiet=True)
    try:
        app()
    except TriageError as error:
        typer.echo(f"triage: {error}", err=True)
        sys.exit(_exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _exit_code(error: TriageError) -> int:
    if isinstance(error, SettingsError):
        return 3
    if isinstance(error, TransientError):
        return 4
    return 5 if isinstance(error, OperatorError) else 1
