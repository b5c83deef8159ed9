"""The usual script without the start of its interpreter; `prepare` is called by `bench.warm`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.peer_script import answer


def prepare(words: Sequence[str]) -> Callable[[], object]:
    """The whole work, connections included. `words`: IMAP port, user, password, SMTP port."""
    imap_port, user, password, smtp_port = words
    return lambda: answer(int(imap_port), user, password, int(smtp_port))
