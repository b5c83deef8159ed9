"""`triage reply`: the replies that did not simply go out, and the two things a person may decide about them."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer

from triage.app import open_store, utc_now
from triage.commands.options import DEFAULT_CONFIG, Config, Json, settings_from
from triage.core.rules import Mode
from triage.events import EventLog
from triage.review import OpenReply, Review
from triage.settings import Settings

_Id = Annotated[int, typer.Argument(help="The reply's number: see `triage reply list`.", min=1, max=2**63 - 1)]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask again.")]
_By = Annotated[str, typer.Option("--by", help="Who decides, for the record.", show_default="your login name")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(
        help="Replies that did not simply go out: see them, send an uncertain one again, or let it rest.",
        no_args_is_help=True,
    )
    group.command("list")(list_open)
    group.command("send-again")(send_again)
    group.command("let-rest")(let_rest)
    app.add_typer(group, name="reply")


def list_open(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Every reply that is uncertain, deferred, refused or failed: number, age, and what that means."""
    now = utc_now()
    with _review(settings_from(config)) as review:
        replies = review.open_replies()
    for reply in replies:
        typer.echo(json.dumps(_line(reply, now)) if as_json else _readable(reply, now))
    if not replies and not as_json:
        typer.echo("Every reply is on its way or was accepted. Nothing waits for you here.")


def send_again(reply_id: _Id, config: Config = DEFAULT_CONFIG, yes: _Yes = False, by: _By = "") -> None:
    """Send an uncertain reply once more. The patient may get it twice."""
    settings = settings_from(config)
    typer.echo(
        f"Reply {reply_id} may have reached the patient already. If you send it again, the same letter goes out once "
        "more, unchanged: the patient may then have it twice. Look into the Sent folder first."
    )
    if not yes:
        typer.confirm("Send it again?", abort=True)
    with _review(settings) as review:
        review.send_again(reply_id, by or _login(), utc_now())
    when = "It goes out with the next delivery."
    if settings.mode is not Mode.SEND:
        when = f"triage is in {settings.mode.value} mode: it goes out once TRIAGE_MODE is send, or comes back to you."
    typer.echo(f"Reply {reply_id} is ready to be sent again. {when}")


def let_rest(reply_id: _Id, config: Config = DEFAULT_CONFIG, yes: _Yes = False, by: _By = "") -> None:
    """Leave an uncertain reply as it is and stop asking. The patient may never get it."""
    settings = settings_from(config)
    typer.echo(
        f"Reply {reply_id} may never have reached the patient. If you let it rest, triage sends nothing more for this "
        "email and asks no more; should proof arrive that it was sent, that is still recorded."
    )
    if not yes:
        typer.confirm("Let it rest?", abort=True)
    with _review(settings) as review:
        review.let_rest(reply_id, by or _login(), utc_now())
    typer.echo(f"Reply {reply_id} rests. Its email counts as deliberately not answered.")


@contextmanager
def _review(settings: Settings) -> Iterator[Review]:
    store = open_store(settings)
    try:
        yield Review(store, EventLog(), timedelta(hours=settings.reply_deadline_hours))
    finally:
        store.close()


def _login() -> str:
    """Who typed the command; the number where the machine knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _line(reply: OpenReply, now: datetime) -> dict[str, object]:
    return {
        "reply": reply.reply_id,
        "email": reply.email_id or None,
        "letter": reply.letter.value,
        "state": reply.state.value,
        "at_rest": reply.at_rest,
        "attempts": reply.attempts,
        "since": reply.since.isoformat(),
        "age_hours": round((now - reply.since).total_seconds() / 3600, 1),
    }


def _readable(reply: OpenReply, now: datetime) -> str:
    email = f"to email {reply.email_id}" if reply.email_id else "to a form"
    rests = " Staff let it rest." if reply.at_rest else ""
    said = f"{reply.state.value}, {email}: {reply.state.sentence}{rests}"
    return f"{reply.reply_id:>6}  {_age(now - reply.since):>9}  {said}"


def _age(age: timedelta) -> str:
    minutes = max(0, int(age.total_seconds()) // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"
