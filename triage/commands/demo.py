"""`triage demo`: the whole service on an embedded mailbox with invented patients, to watch and to write to."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from triage.errors import OperatorError


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Show everything, check the outcome, and end.")] = False,
    write: Annotated[str, typer.Option("--write", help="Write this as a patient to the demo that is running.")] = "",
    sender: Annotated[str, typer.Option("--from", help="Who writes it.")] = "Alex Example <alex@example.com>",
    subject: Annotated[str, typer.Option("--subject", help="Its subject.")] = "Question",
) -> None:
    """Watch the real daemon answer about 40 invented emails, then write to it yourself. Touches no real mailbox."""
    if find_spec("pymap") is None or find_spec("aiosmtpd") is None:
        raise OperatorError("The demo's embedded servers are not installed.", "Run `make demo`, which installs them.")
    from triage.demo import show  # noqa: PLC0415 - needs packages that the service itself does without

    if write:
        raise typer.Exit(show.write_once(write, sender, subject))
    raise typer.Exit(show.run(once=once))
