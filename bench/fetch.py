"""Reading 5,000 messages of about 20 kB from Dovecot: imapclient as it comes, bare imaplib, and triage's mailbox."""

from __future__ import annotations

import imaplib
import socket
import time
from collections.abc import Callable

from imapclient import IMAPClient

from bench.figures import goal, middle, show
from bench.patients import filler
from bench.servers import dovecot_in_memory
from tests.support.dovecot import PASSWORD, USER, DovecotServer
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap import ImapMailbox

_SIZE = 20_000
_BATCH = 200


def run(*, quick: bool) -> None:
    count, rounds = (600, 2) if quick else (5000, 7)
    contenders: dict[str, Callable[[DovecotServer], int]] = {
        "imapclient as it comes": _imapclient,
        "imaplib, nothing parsed": _imaplib,
        "triage's ImapMailbox.fetch": _triage,
    }
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    with dovecot_in_memory() as server:
        server.stock(filler(number, _SIZE) for number in range(count))
        _imaplib(server)  # Dovecot writes its index at the first look
        for _ in range(rounds):
            for name, read in contenders.items():
                begun, used = time.perf_counter(), time.process_time()
                found = read(server)
                wall[name].append(time.perf_counter() - begun)
                cpu[name].append(time.process_time() - used)
                if found != count:
                    raise RuntimeError(f"{name} read {found} of {count} messages")
    base = "imapclient as it comes"
    speed = {name: count / middle(times) for name, times in wall.items()}
    rows = [
        (
            name,
            f"{speed[name]:,.0f}",
            f"{middle(cpu[name]) / count * 1e6:.0f}",
            f"{speed[name] / speed[base]:.1f} x",
            f"{middle(cpu[base]) / middle(cpu[name]):.1f} x",
        )
        for name in contenders
    ]
    print(f"{count} messages of {_SIZE / 1000:.0f} kB, {rounds} rounds in turns")
    show(("contender", "messages/s", "CPU us/message", "speed", "per CPU"), rows)
    ratio = speed["triage's ImapMailbox.fetch"] / speed[base]
    goal(f">= 3 x imapclient as it comes ({ratio:.1f} x)", reached=ratio >= 3)


def account(server: DovecotServer, user: str = USER, port: int = 0) -> ImapAccount:
    """How triage reaches a user's mailbox, perhaps through another port."""
    return ImapAccount("127.0.0.1", port or server.imap_port, Security.PLAIN, user, PASSWORD)


def _imapclient(server: DovecotServer) -> int:
    with IMAPClient("127.0.0.1", server.imap_port, ssl=False) as client:
        client.login(USER, PASSWORD)
        client.select_folder("INBOX")
        uids = client.search("ALL")
        return sum(
            len(message[b"BODY[]"]) > 0
            for start in range(0, len(uids), _BATCH)
            for message in client.fetch(uids[start : start + _BATCH], ["BODY.PEEK[]"]).values()
        )


def _imaplib(server: DovecotServer) -> int:
    with imaplib.IMAP4("127.0.0.1", server.imap_port) as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(USER, PASSWORD)
        client.select("INBOX")
        uids = client.uid("SEARCH", "ALL")[1][0].decode().split()
        return sum(
            isinstance(item, tuple)
            for start in range(0, len(uids), _BATCH)
            for item in client.uid("FETCH", ",".join(uids[start : start + _BATCH]), "(BODY.PEEK[])")[1]
        )


def _triage(server: DovecotServer) -> int:
    mailbox = ImapMailbox(account(server), EventLog())
    mailbox.open()
    count = sum(len(raw.content) > 0 for raw in mailbox.fetch(mailbox.uids_after(0)))
    mailbox.close()
    return count
