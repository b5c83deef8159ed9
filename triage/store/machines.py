"""Whether a conversation had a machine in it before (RFC 3834 section 2: never answer a loop's second turn)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select

from triage.core.decision import IgnoreReason
from triage.core.ledger import EmailState
from triage.store.schema import email
from triage.store.statements import chunked

_MACHINES = sorted(
    {
        IgnoreReason.MACHINE,
        IgnoreReason.OUT_OF_OFFICE,
        IgnoreReason.MAILING_LIST,
        IgnoreReason.BULK,
        IgnoreReason.READ_RECEIPT,
        IgnoreReason.BOUNCE,
    }
)
_IN_THREAD = (
    select(email.c.id)
    .where(
        email.c.practice == bindparam("practice"),
        email.c.state == EmailState.NOT_ANSWERED,
        email.c.reason.in_(_MACHINES),
        or_(
            and_(email.c.sender_key == bindparam("sender_key"), email.c.received_at > bindparam("since")),
            email.c.message_id.in_(bindparam("wanted", expanding=True)),
        ),
    )
    .limit(1)
)


def had_machine(
    connection: Connection, practice: int, sender_key: str, message_ids: Sequence[str], since: datetime
) -> bool:
    """Whether one of these messages was a machine's, or this sender sent one after `since`.

    `message_ids` are what an email answers or refers to; without any there is no conversation, and no question.
    """
    for wanted in chunked([one for one in message_ids if one]):
        values = {"practice": practice, "sender_key": sender_key or "-", "since": since, "wanted": wanted}
        if connection.execute(_IN_THREAD, values).first() is not None:
            return True
    return False
