"""What became of everything: the ledger, submissions and their keys, the outbox, letters used, the audit trail."""
