"""Named log events and their counters: the whole vocabulary of the log, with no personal data in it.

A field is an id, a count, a state or a reason's stored value; anything else is refused, so that no caller can write a
patient's name, address, subject or words into a log by accident.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock

import structlog

from triage.core.told import Told

FIELDS = frozenset(
    {
        *("email", "reply", "submission", "letter", "language", "version", "source", "line"),
        *("reason", "state", "verdict", "signal", "mode", "job", "attempt", "count", "seconds", "size"),
        *("folder", "uidvalidity", "uid", "host", "port", "path", "key", "pid", "problem", "advice"),
    }
)


class Event(Told):
    """Everything the service tells its log."""

    STARTED = "started", "The service started."
    STOPPING = "stopping", "The service was asked to stop and ends at the next safe point."
    STOPPED = "stopped", "The service stopped."
    POLLED = "polled", "The mailbox was read."
    EMAIL_ANSWERED = "email_answered", "An email was answered: its reply is in the outbox."
    EMAIL_HELD = "email_held", "An email waits for staff."
    EMAIL_URGENT = "email_urgent", "An email needs a person now."
    EMAIL_IGNORED = "email_ignored", "An email was deliberately not answered."
    EMAIL_QUARANTINED = "email_quarantined", "An email could not be read."
    EMAIL_MOVED = "email_moved", "A known email was found at another place in the mailbox."
    EMAIL_MISSED = "email_missed", "Email was found that the ledger did not know; it is read now."
    SELFTEST_FAILED = "selftest_failed", "The start-up self-test found a way to fool the proof: nothing is sent."
    EMAIL_VANISHED = "email_vanished", "An email disappeared before it could be read."
    CHECK_FAILED = "check_failed", "A check failed on an email; it went to quarantine and the others went on."
    FORM_STORED = "form_stored", "A contact-form submission was stored."
    MARK_FAILED = "mark_failed", "Handled emails could not be marked in the mailbox; it will be tried again."
    MAILBOX_RESET = "mailbox_reset", "The mailbox was rebuilt by its server (UIDVALIDITY changed); it is read again."
    MAILBOX_FAILED = "mailbox_failed", "New mail could not be read or recorded; it will be tried again."
    MAILBOX_BACK = "mailbox_back", "New mail can be read and recorded again."
    REPLY_SENT = "reply_sent", "The mail server accepted a reply."
    REPLY_DRAFTED = "reply_drafted", "A reply lies in the Drafts folder."
    REPLY_DEFERRED = "reply_deferred", "The mail server did not take a reply for now."
    REPLY_REJECTED = "reply_rejected", "The mail server refused a reply."
    REPLY_FAILED = "reply_failed", "A reply could not be delivered and went to staff."
    REPLY_UNCERTAIN = "reply_uncertain", "A reply may or may not have been sent; staff are asked."
    REPLY_SETTLED = "reply_settled", "An uncertain reply was found: it had been sent."
    REPLY_SENT_AGAIN = "reply_sent_again", "Somebody asked for an uncertain reply to be sent again."
    REPLY_LEFT = "reply_left", "Somebody let an uncertain reply rest."
    REPLY_CANCELLED = "reply_cancelled", "A reply was taken back inside the undo window."
    BREAKER_OPEN = "breaker_open", "Too many automatic letters within the hour: no more go out until staff look."
    LETTER_PROBLEM = "letter_problem", "A letter has a problem; its last good version stays in use."
    LETTERS_LOADED = "letters_loaded", "Letters were loaded."
    JOB_FAILED = "job_failed", "A job of the service failed; it runs again at its next turn."
    JOB_HANGS = "job_hangs", "A job of the service has not come back for too long."
    LEASE_LOST = "lease_lost", "Another process took over this mailbox; this one stops."
    STORE_FAILED = "store_failed", "The database could not be used."


class EventLog:
    """Writes named events through structlog and counts them."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("triage")
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def tell(self, event: Event, **fields: str | int | float | bool) -> None:
        """Log `event` with `fields` (names from `FIELDS` only).

        Raises:
            ValueError: a field's name is not in the vocabulary, so it might carry personal data.
        """
        if not fields.keys() <= FIELDS:
            raise ValueError(f"not a field of the log: {sorted(fields.keys() - FIELDS)}")
        with self._lock:
            self._counts[event.value] += 1
        level = "error" if event in _ERRORS else "warning" if event in _WARNINGS else "info"
        getattr(self._log, level)(event.value, **fields)

    def counts(self) -> dict[str, int]:
        """How often each event was told since the start."""
        with self._lock:
            return dict(self._counts)


_ERRORS = frozenset(
    {
        Event.JOB_FAILED,
        Event.JOB_HANGS,
        Event.LEASE_LOST,
        Event.STORE_FAILED,
        Event.BREAKER_OPEN,
        Event.REPLY_FAILED,
        Event.SELFTEST_FAILED,
    }
)
_WARNINGS = frozenset(
    {
        Event.EMAIL_URGENT,
        Event.EMAIL_QUARANTINED,
        Event.CHECK_FAILED,
        Event.MAILBOX_FAILED,
        Event.MAILBOX_RESET,
        Event.MARK_FAILED,
        Event.REPLY_DEFERRED,
        Event.REPLY_REJECTED,
        Event.REPLY_UNCERTAIN,
        Event.LETTER_PROBLEM,
        Event.EMAIL_VANISHED,
        Event.EMAIL_MISSED,
    }
)
