"""What the demonstration shows in the terminal: each email and what it became, one letter, and a prompt to write."""

from __future__ import annotations

import secrets
import signal
import sys
import time
from email import message_from_bytes, policy
from email.utils import parseaddr

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from triage.core.address import is_deliverable
from triage.core.ledger import LedgerEntry
from triage.demo.mails import Mail
from triage.demo.scenes import SCENES, Scene
from triage.demo.session import Demo, Outcome, attached, started, wait_until
from triage.reasons import sentence_of

_COLOURS = {"answered": "green", "not_answered": "bright_black", "with_staff": "yellow", "quarantined": "red"}
_WAIT = 30.0


def run(*, once: bool) -> int:
    """The whole demonstration. Returns 0 when every scene ended as the practice would expect."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the daemon is ended and the folder removed
    console = Console(highlight=False)
    console.print("[bold]triage demo[/]: the real daemon on an embedded mailbox. Everybody here is invented.\n")
    with started(announce=not once) as demo:
        begun = time.monotonic()
        demo.write(*(scene.mail for scene in SCENES))
        _watch(console, demo)
        seconds = time.monotonic() - begun
        wrong = _compare(console, demo, seconds)
        _show_letter(console, demo)
        if once:
            return 1 if wrong else 0
        _converse(console, demo)
    return 0


def write_once(text: str, sender: str, subject: str) -> int:
    """Write to the demonstration in another terminal and show the answer."""
    console = Console(highlight=False)
    with attached() as demo:
        return _exchange(console, demo, text, sender, subject)


def _watch(console: Console, demo: Demo) -> None:
    """Show the mailbox filling with outcomes until every scene has one."""
    entries: dict[str, LedgerEntry] = {}

    def all_there() -> bool:
        entries.update({entry.message_id: entry for entry in demo.ledger()})
        live.update(_table(entries))
        done = (entries.get(scene.mail.id) for scene in SCENES)
        return all(entry and entry.reply_state in {"", "sent"} for entry in done)

    with Live(_table(entries), console=console, refresh_per_second=10, transient=not console.is_terminal) as live:
        wait_until(all_there, _WAIT)
    if not console.is_terminal:
        console.print(_table(entries))


def _table(entries: dict[str, LedgerEntry]) -> Table:
    table = Table("who writes", "what became of it", "why", box=None, pad_edge=False, expand=False)
    for scene in SCENES:
        entry = entries.get(scene.mail.id)
        if entry is None:
            table.add_row(scene.title, Text("waiting ...", style="dim"), "")
            continue
        state = Text(_outcome_words(entry), style="bold red" if entry.urgent else _COLOURS[entry.state.value])
        table.add_row(scene.title, state, Text(_why(entry), style="dim"))
    return table


def _outcome_words(entry: LedgerEntry) -> str:
    if entry.decision == "reply":
        return f"letter: {entry.letter}" + ("" if entry.reply_state == "sent" else f" ({entry.reply_state})")
    return {"with_staff": "to staff NOW" if entry.urgent else "to staff"}.get(entry.state.value, entry.state.value)


def _why(entry: LedgerEntry) -> str:
    if entry.decision == "reply":
        return {"certain": "form and email are certainly one person's", "none": "no form found"}.get(entry.verdict, "")
    return sentence_of(entry.reason)


def _compare(console: Console, demo: Demo, seconds: float) -> list[Scene]:
    """Check each scene's end; print the count, and what differs."""
    entries = {entry.message_id: entry for entry in demo.ledger()}
    wrong = []
    for scene in SCENES:
        entry = entries.get(scene.mail.id)
        got = (entry.state.value, entry.letter if entry.decision == "reply" else entry.reason) if entry else None
        if got != (scene.state, scene.outcome):
            wrong.append(scene)
            console.print(f"[red]unexpected[/] {scene.title}: {got} instead of {(scene.state, scene.outcome)}")
    states = [entry.state.value for entry in entries.values()]
    counts = ", ".join(f"{states.count(state)} {state.replace('_', ' ')}" for state in _COLOURS)
    replies = len(demo.replies())
    expected = sum(scene.state == "answered" for scene in SCENES)
    console.print(
        f"\n{len(states)} emails = {counts}; {replies} replies at the mail server, in {seconds:.1f} s.", style="bold"
    )
    if replies != expected or len(states) != len(SCENES):
        console.print(f"[red]unexpected[/] {replies} replies for {expected} answered emails")
        wrong = wrong or [SCENES[0]]
    console.print("[red]The self-check failed.[/]" if wrong else "[green]Each email ended as the practice expects.[/]")
    return wrong


def _show_letter(console: Console, demo: Demo) -> None:
    """One reply, as the patient sees it."""
    scene = next(scene for scene in SCENES if scene.outcome == "both_received")
    outcome = demo.wait_for(scene.mail.id)
    if outcome and outcome.reply:
        console.print(f"\n[bold]What {scene.mail.name} finds in the mailbox:[/]")
        console.print(_letter(outcome.reply))


def _letter(reply: bytes) -> Panel:
    message = message_from_bytes(reply, policy=policy.default)
    part = message.get_body(("plain",))
    text = part.get_content() if part else ""
    head = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    return Panel(Group(Text(head, style="bold"), Text(""), Text(str(text).strip())), width=92)


def _converse(console: Console, demo: Demo) -> None:
    """Let somebody write as a patient until they have had enough."""
    console.print(
        "\nThe demo keeps running. Write as a patient here, or from another terminal:\n"
        '  .venv/bin/triage demo --write "Hello, how do I begin?" --from "Alex Example <alex@example.com>"\n'
        "Ctrl-C ends it."
    )
    try:
        while True:
            if not sys.stdin.isatty():
                time.sleep(3600)
                continue
            sender = console.input("\n[bold]From[/] (Name <address>): ").strip()
            text = console.input("[bold]Text[/]: ").strip()
            if sender and text:
                _exchange(console, demo, text, sender, "Question")
    except (KeyboardInterrupt, EOFError):
        console.print("\nThe demo ends; nothing of it remains.")


def _exchange(console: Console, demo: Demo, text: str, sender: str, subject: str) -> int:
    """Deliver one email and show what became of it. Returns 0 if an outcome came in time."""
    name, address = parseaddr(sender)
    if not is_deliverable(address):
        console.print("This is not a sender. Write it like: Alex Example <alex@example.com>", style="red")
        return 2
    token = secrets.token_hex(8)
    mail = Mail(name or address, address, subject, text, message_id=f"<{token}@{address.rpartition('@')[2]}>")
    begun = time.monotonic()
    demo.write(mail)
    outcome = demo.wait_for(mail.id)
    if outcome is None:
        console.print("No outcome within 10 seconds; see the ledger later.", style="red")
        return 1
    console.print(_verdict(outcome, time.monotonic() - begun))
    if outcome.reply:
        console.print(_letter(outcome.reply))
    return 0


def _verdict(outcome: Outcome, seconds: float) -> Text:
    entry = outcome.entry
    style = "bold red" if entry.urgent else _COLOURS[entry.state.value]
    return Text(f"{_outcome_words(entry)}, after {seconds:.1f} s. {_why(entry)}", style=style)
