"""What a poll costs when nothing is new: `open()` and `uids_after()` on a small and a large mailbox, against a NOOP."""

from __future__ import annotations

import imaplib
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack

from bench.eavesdrop import eavesdropping
from bench.fetch import account
from bench.figures import goal, middle, show
from bench.patients import filler
from bench.servers import dovecot_in_memory
from tests.support.dovecot import PASSWORD, DovecotServer
from triage.events import EventLog
from triage.mailbox.imap import ImapMailbox

_TINY = 800


def run(*, quick: bool) -> None:
    sizes = (500, 2000) if quick else (5000, 50_000)
    rounds, times = (3, 200) if quick else (9, 1000)
    with ExitStack() as stack:
        server = stack.enter_context(dovecot_in_memory())
        polls: dict[str, Callable[[], object]] = {}
        for size in sizes:
            user = f"box{size}@example.com"
            server.stock((filler(number, _TINY) for number in range(size)), user)
            noop = stack.enter_context(imaplib.IMAP4("127.0.0.1", server.imap_port))
            polls[f"NOOP, {size:,} messages"] = _noop(noop, user)
            polls[f"idle poll, {size:,} messages"] = _poll(server, user)
        spent: dict[str, list[float]] = {name: [] for name in polls}
        for _ in range(rounds):
            for name, poll in polls.items():
                spent[name].append(_microseconds(poll, times))
        figures = {name: middle(values) for name, values in spent.items()}
        noops = {name: figures[name.replace("idle poll", "NOOP")] for name in figures}
        rows = [(name, f"{value:.0f}", f"{value / noops[name]:.2f}") for name, value in figures.items()]
        print(f"median of {rounds} rounds of {times}, in turns")
        show(("on one connection", "us each", "NOOPs"), rows)
        print(f"commands of one idle poll: {_commands(server, f'box{sizes[-1]}@example.com')}")
    small, large = (figures[f"idle poll, {size:,} messages"] for size in sizes)
    noop_large = figures[f"NOOP, {sizes[-1]:,} messages"]
    goal(f"<= 3 NOOPs at {sizes[-1]:,} ({large / noop_large:.2f})", reached=large <= 3 * noop_large)
    goal(f"at {sizes[-1]:,} <= 3 x the cost at {sizes[0]:,} ({large / small:.2f} x)", reached=large <= 3 * small)


def _noop(client: imaplib.IMAP4, user: str) -> Callable[[], object]:
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.login(user, PASSWORD)
    client.select("INBOX")
    return client.noop


def _poll(server: DovecotServer, user: str, port: int = 0) -> Callable[[], object]:
    """A poll as `intake` makes it when the cursor stands at the end."""
    mailbox = ImapMailbox(account(server, user, port), EventLog())
    last = mailbox.open().uidnext - 1

    def poll() -> None:
        mailbox.open()
        if mailbox.uids_after(last):
            raise RuntimeError("the mailbox was meant to be still")

    poll()
    return poll


def _commands(server: DovecotServer, user: str) -> list[str]:
    with eavesdropping(server.imap_port) as heard:
        poll = _poll(server, user, heard.port)
        before = len(heard.commands)
        poll()
        return heard.commands[before:]


def _microseconds(poll: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        poll()
    return (time.perf_counter() - begun) / times * 1e6
