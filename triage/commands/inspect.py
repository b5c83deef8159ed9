"""`triage status`, `ledger` and `explain`: what became of everything, for people and for programs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from triage.app import open_store, utc_now
from triage.commands.options import DEFAULT_CONFIG, Config, Json, settings_from
from triage.core.ledger import EmailState, LedgerEntry
from triage.core.letter import LetterName
from triage.core.outbox import OutboxRow, ReplyState
from triage.reasons import sentence_of
from triage.store import Session

_LONGEST_NUMBER = 18
"""Digits that surely fit the database's integers."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(status)
    app.command()(ledger)
    app.command()(explain)


def status(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Counts, ages and health at a glance."""
    settings = settings_from(config)
    store = open_store(settings)
    try:
        with store.read() as tx:
            facts = _facts(tx, utc_now())
    finally:
        store.close()
    facts["mode"] = settings.mode.value
    if as_json:
        print(json.dumps(facts))  # noqa: T201 - the command's output
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for key, value in facts.items():
        shown = ", ".join(f"{name} {count}" for name, count in value.items()) if isinstance(value, dict) else value
        table.add_row(key.replace("_", " "), str(shown if shown not in (None, "") else "-"))
    Console(highlight=False).print(table)


def _facts(tx: Session, now: datetime) -> dict[str, object]:
    emails = tx.emails.counts()
    replies = tx.outbox.counts()
    oldest = tx.emails.oldest_waiting()
    holder = tx.lease.current(now)
    return {
        "arrived": sum(emails.values()),
        "emails": {state.value: emails.get(state, 0) for state in EmailState},
        "replies": {state.value: replies[state] for state in ReplyState if replies.get(state)},
        "submissions": tx.submissions.count(),
        "oldest_waiting": oldest.isoformat() if oldest else None,
        "oldest_waiting_hours": round((now - oldest).total_seconds() / 3600, 1) if oldest else None,
        "running": holder is not None,
    }


def ledger(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """One line per email: what it became and why."""
    settings = settings_from(config)
    store = open_store(settings)
    try:
        with store.read() as tx:
            for entry in tx.emails.ledger():
                print(json.dumps(_line(entry)) if as_json else _readable(entry))  # noqa: T201 - the command's output
    finally:
        store.close()


def _line(entry: LedgerEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "message_id": entry.message_id,
        "folder": entry.place.folder,
        "uid": entry.place.uid,
        "state": entry.state.value,
        "decision": entry.decision,
        "reason": entry.reason or None,
        "letter": entry.letter or None,
        "urgent": entry.urgent,
        "match": entry.verdict,
        "submission_id": entry.submission_id or None,
        "reply_state": entry.reply_state or None,
        "received_at": entry.received_at.isoformat(),
    }


def _readable(entry: LedgerEntry) -> str:
    why = entry.letter if entry.decision == "reply" else entry.reason
    reply = f", reply {entry.reply_state}" if entry.reply_state else ""
    urgent = "URGENT " if entry.urgent else ""
    return f"{entry.id:>6}  {entry.received_at:%Y-%m-%d %H:%M}  {urgent}{entry.state.value}: {why}{reply}"


def explain(
    message_id: Annotated[str, typer.Argument(help="The Message-ID, with or without <>, or the ledger's number.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """The whole story of one email, in plain words."""
    settings = settings_from(config)
    zone = ZoneInfo(settings.timezone)
    store = open_store(settings)
    try:
        with store.read() as tx:
            entries = _find(tx, message_id)
            if not entries:
                typer.echo("triage: The ledger holds no such email.", err=True)
                raise typer.Exit(1)
            for entry in entries:
                for line in _story(tx, entry, zone):
                    typer.echo(line)
    finally:
        store.close()


def _find(tx: Session, wanted: str) -> list[LedgerEntry]:
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= _LONGEST_NUMBER:
        entry = tx.emails.get(int(wanted))
        return [entry] if entry else []
    return tx.emails.by_message_id(wanted) or tx.emails.by_message_id(f"<{wanted.strip('<>')}>")


def _story(tx: Session, entry: LedgerEntry, zone: ZoneInfo) -> list[str]:
    when = entry.received_at.astimezone(zone)
    place = f"it is number {entry.place.uid} in {entry.place.folder}"
    lines = [f"Email {entry.id} arrived on {when:%A, %d %B %Y at %H:%M}; {place}."]
    lines += _who(entry)
    lines += [f"Seen: {sentence}" for _, sentence in entry.signals]
    if entry.decision == "reply":
        lines.append(f"Decision: answer with the letter {LetterName(entry.letter).value}.")
    if entry.reason:
        lines.append(f"Why: {sentence_of(entry.reason)}")
    lines.append(f"It is now: {entry.state.sentence}")
    for row in tx.outbox.by_email(entry.id):
        lines.append(_reply(row, zone))
    lines.append("What happened, in order:")
    for event in tx.audit.story(entry.id):
        detail = ", ".join(f"{key} {value}" for key, value in event.detail.items() if value != "")
        lines.append(
            f"  {event.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {event.name.replace('_', ' ')}"
            + (f" ({detail})" if detail else "")
        )
    return lines


def _who(entry: LedgerEntry) -> list[str]:
    verdicts = {
        "certain": f"It certainly belongs to form {entry.submission_id}.",
        "probable": f"It probably belongs to form {entry.submission_id}.",
    }
    lines = [verdicts.get(entry.verdict, "No form was found for it.")]
    return lines + [f"  - {sentence}" for _, sentence in entry.evidence]


def _reply(row: OutboxRow, zone: ZoneInfo) -> str:
    notices = ", ".join(f"{notice.id} v{notice.version}" for notice in row.notices)
    updated = row.updated_at.astimezone(zone)
    said = f" The mail server said: {row.server_words}" if row.server_words else ""
    return (
        f"Reply {row.id} ({row.letter.value}, {row.language}): {row.state.sentence} ({updated:%Y-%m-%d %H:%M}) "
        f"It carries the notices {notices}.{said}"
    )
