"""The demonstration: the real daemon on an embedded mailbox with invented patients."""
