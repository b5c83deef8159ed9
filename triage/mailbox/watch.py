"""Waking the poll when mail arrives: a thread of its own that IDLEs on a connection of its own (RFC 2177).

It only ever says "look now" and reads no mail; the timer stays the safety net, so whatever happens in here may delay
an answer but never lose an email. It looks at the folder by EXAMINE and changes nothing.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import threading
import time
from collections.abc import Callable

from triage.errors import OperatorError, TransientError
from triage.events import Event, EventLog
from triage.mailbox.account import ImapAccount
from triage.mailbox.imap_answers import RefusedError
from triage.mailbox.imap_client import ImapConnection

_RENEW = 9 * 60.0
"""Seconds after which IDLE is renewed: servers may end it after 29 minutes, and routers forget earlier."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0


class Watcher:
    """Calls `on_change` (from its thread) when the watched folder may hold new mail.

    It falls silent for good when the server has no IDLE. `jitter` gives numbers in [0, 1) that spread reconnections.
    """

    def __init__(
        self,
        account: ImapAccount,
        on_change: Callable[[], None],
        log: EventLog,
        *,
        renew: float = _RENEW,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._account = account
        self._on_change = on_change
        self._log = log
        self._renew = renew
        self._jitter = jitter
        self._stopping = threading.Event()
        self._idling = threading.Event()
        self._thread: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()

    @property
    def idling(self) -> bool:
        """Whether the server would tell about new mail at this moment."""
        return self._idling.is_set()

    def start(self) -> None:
        """Begin to watch, in the background; call once."""
        self._thread = threading.Thread(target=self._run, name="triage-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; returns within about a second, even while the server does not answer."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        with contextlib.suppress(OSError):  # the thread may have ended by itself and closed the other end
            self._wake.send(b".")
        self._wake.close()
        if self._thread is None:
            self._woken.close()
        else:
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                try:
                    if not self._watch(reconnected=failures > 0):
                        return
                    failures = 0
                except (TransientError, OperatorError) as error:
                    failures = 0 if self._idling.is_set() else failures
                    if failures == 0:
                        self._log.tell(Event.MAILBOX_FAILED, problem=str(error), job="watch")
                    failures += 1
                finally:
                    self._idling.clear()
                self._stopping.wait(self._pause(failures))
        finally:
            self._woken.close()

    def _pause(self, failures: int) -> float:
        """1, 2, 4 ... seconds, at most 5 minutes, cut by up to half so that many watchers do not return at once."""
        longest = min(_FIRST_PAUSE * 2.0 ** max(0, min(failures - 1, 16)), _LONGEST_PAUSE)
        return longest * (0.5 + 0.5 * self._jitter())

    def _watch(self, *, reconnected: bool) -> bool:
        """Watch until asked to stop; False if there is no use in coming back."""
        connection = ImapConnection(self._account)
        try:
            if not connection.has("IDLE"):
                return False
            connection.select(self._account.folder, readonly=True)
            connection.idle()
            self._idling.set()
            if reconnected:
                self._on_change()  # something may have come while nobody watched
            while self._wait(connection):
                pass
        except RefusedError:
            raise TransientError("The mail server refused to watch the folder; it is tried again.") from None
        finally:
            connection.log_out(seconds=0.2)
        return False

    def _wait(self, connection: ImapConnection) -> bool:
        """Wait for news or the next renewal on an idling connection; False when asked to stop."""
        renew_at = time.monotonic() + self._renew
        while (left := renew_at - time.monotonic()) > 0:
            ready, _, _ = select.select([connection.fileno(), self._woken.fileno()], [], [], left)
            if self._stopping.is_set():
                return False
            if ready:
                news = connection.idle_news()
                if news:
                    self._on_change()
                if news is None:
                    break  # readable, yet nothing to read: closed, or half a TLS record; renewing finds out
        if connection.idle_done():
            self._on_change()
        connection.idle()
        return True
