"""The command line: gathers the commands, and is the only place that prints an error to a person.

Exit codes: 0 all well; 1 something was found that needs you (`check`, `letters check`, `demo --once`, rejected rows);
2 the command was typed wrongly; 3 the settings cannot be used; 4 a server could not be reached for now; 5 something
else needs the operator; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper

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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows ? instead of a traceback
    set_up_log(quiet=True)
    try:
        app()
    except TriageError as error:
        later = " Nothing was lost: try again in a while." if isinstance(error, TransientError) else ""
        _complain(f"{error}{later}")
        sys.exit(_exit_code(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _forget_output()
        sys.exit(0)
    except OSError as error:
        # Whatever the flows do is translated where it happens; what is left is the output, or a file that was named.
        where = f" {error.filename}" if error.filename else " the output"
        _complain(
            f"The command could not go on: {error.strerror or 'a fault'} at{where}. Check the disk and the rights."
        )
        _forget_output()
        sys.exit(5)


def _complain(sentence: str) -> None:
    """To stderr, where that still exists."""
    with suppress(OSError, ValueError):
        typer.echo(f"triage: {sentence}", err=True)


def _forget_output() -> None:
    """What is still waiting to be written goes nowhere, so that the interpreter's end does not fail on it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)


def _exit_code(error: TriageError) -> int:
    if isinstance(error, SettingsError):
        return 3
    if isinstance(error, TransientError):
        return 4
    return 5 if isinstance(error, OperatorError) else 1
