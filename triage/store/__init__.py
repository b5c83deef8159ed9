"""What became of everything: the ledger, submissions and their keys, the outbox, letters used, the audit trail.

`Store.begin()` and `Store.read()` give a `Session` with one object per aggregate; nothing is written outside them.
"""

from triage.store.audit import AuditEvent
from triage.store.cursors import Cursor
from triage.store.emails import DayCount
from triage.store.lease import Holder
from triage.store.store import Session, Store, StoreFault

__all__ = ["AuditEvent", "Cursor", "DayCount", "Holder", "Session", "Store", "StoreFault"]
