"""Reads a whole mailbox as `intake` does, batch by batch, and keeps nothing: for measuring memory from outside.

Started as `python -m bench.reading IMAP_PORT USER`; prints how many messages it read.
"""

from __future__ import annotations

import sys

from tests.support.dovecot import PASSWORD
from triage.core.parsing import parse
from triage.events import EventLog
from triage.mailbox.account import ImapAccount, Security
from triage.mailbox.imap import BATCH, ImapMailbox


def main() -> None:
    account = ImapAccount("127.0.0.1", int(sys.argv[1]), Security.PLAIN, sys.argv[2], PASSWORD)
    mailbox = ImapMailbox(account, EventLog())
    mailbox.open()
    uids = mailbox.uids_after(0)
    count = 0
    for start in range(0, len(uids), BATCH):
        emails = [parse(raw) for raw in mailbox.fetch(uids[start : start + BATCH])]
        count += len(emails)
    mailbox.close()
    print(count)


if __name__ == "__main__":
    main()
