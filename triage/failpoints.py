"""Named places where a test may kill the process, to prove that nothing is lost and nothing is sent twice there.

Without `TRIAGE_FAILPOINT` in the environment at start each call is one comparison. Never set it on a real mailbox.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum


class Failpoint(StrEnum):
    """Each boundary at which a crash must be harmless."""

    AFTER_LIST = "after_list"
    AFTER_FETCH = "after_fetch"
    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    AFTER_MARK = "after_mark"
    AFTER_CLAIM = "after_claim"
    AFTER_MAIL_FROM = "after_mail_from"
    AFTER_RCPT = "after_rcpt"
    AFTER_DATA = "after_data"
    BEFORE_CLOSING = "before_closing"
    AFTER_CLOSING = "after_closing"
    AFTER_DOT = "after_dot"
    AFTER_ACCEPTED = "after_accepted"
    AFTER_SETTLED = "after_settled"
    BEFORE_DRAFT = "before_draft"
    AFTER_DRAFT = "after_draft"


_ARMED = os.environ.get("TRIAGE_FAILPOINT", "")


def reach(point: Failpoint) -> None:
    """Kill this very process with SIGKILL if the environment armed this point."""
    if point == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
