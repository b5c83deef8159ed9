"""From the moment a bare IDLE client sees a message to the reply at the sink, with the daemon running.

Dovecot tells an IDLE client half a second after the arrival (a constant of its own), so that moment is where it starts.
"""

from __future__ import annotations

import imaplib
import random
import socket
import threading
import time

from bench.figures import MEMORY_DISK, goal, percentile, show
from bench.patients import patients
from bench.servers import counting_sink, dovecot_in_memory, memory_folder, wait_for
from bench.throughput import Stage, import_forms, service
from tests.support.dovecot import PASSWORD, DovecotServer

_USER = "inbox@example.com"


def run(*, quick: bool) -> None:
    count = 8 if quick else 30
    with dovecot_in_memory() as server, counting_sink() as sink, memory_folder() as folder:
        people = patients(count)
        stage = Stage(server, sink, people, import_forms(folder / "forms", people), folder)
        practice = service(stage, _USER, folder / "daemon")
        practice.settings["POLL_SECONDS"] = "600"  # only IDLE wakes the poll
        with practice.running(), BareIdle(server) as bare:
            time.sleep(2)  # the daemon's own IDLE stands
            delays = [_one(stage, bare, number) for number in range(count)]
    milliseconds = [delay * 1000 for delay in delays]
    p50, p95 = percentile(milliseconds, 0.5), percentile(milliseconds, 0.95)
    print(f"{count} emails, one at a time; database in {MEMORY_DISK}")
    rows = [(f"{p50:.1f}", f"{p95:.1f}", f"{min(milliseconds):.1f}", f"{max(milliseconds):.1f}")]
    show(("p50 ms", "p95 ms", "least", "most"), rows)
    goal(f"later p95 <= 25 ms ({p95:.1f})", reached=p95 <= 25)


class BareIdle:
    """A client that does nothing but IDLE, and notes (perf_counter) when the server told of a message."""

    def __init__(self, server: DovecotServer) -> None:
        self.seen: list[float] = []
        self._client = imaplib.IMAP4("127.0.0.1", server.imap_port)
        self._client.login(_USER, PASSWORD)
        self._client.select("INBOX", readonly=True)
        self._client.send(b"i1 IDLE\r\n")
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> BareIdle:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._client.sock.close()

    def _listen(self) -> None:
        while line := self._client.readline():
            if line.rstrip().endswith(b"EXISTS"):
                self.seen.append(time.perf_counter())


def _one(stage: Stage, bare: BareIdle, number: int) -> float:
    """Deliver one email, and wait for both sights of it; the seconds between them.

    Raises:
        RuntimeError: no reply came.
    """
    time.sleep(random.uniform(0.3, 0.9))
    seen, answered = len(bare.seen), stage.sink.count
    stage.server.deliver(stage.people[number].content, _USER)
    if not wait_for(lambda: len(bare.seen) > seen and stage.sink.count > answered, 20):
        raise RuntimeError(f"no reply to email {number}")
    return stage.sink.arrivals[answered] - bare.seen[seen]
