"""One Dovecot for all stories of a test process; each story has a user of its own on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.dovecot import DovecotServer
from tests.support.sink import Sink, accepting_server
from tests.support.stage import Stage


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    with DovecotServer.start() as server:
        yield server


@pytest.fixture
def sink() -> Iterator[Sink]:
    with accepting_server() as server:
        yield server


@pytest.fixture
def stage(dovecot: DovecotServer, sink: Sink, tmp_path: Path) -> Iterator[Stage]:
    """A service between a mailbox and a sink of its own; the promises are checked when the test is over."""
    stage = Stage.between(tmp_path, dovecot, sink)
    yield stage
    stage.check_promises()


@pytest.fixture
def staged(dovecot: DovecotServer, sink: Sink, tmp_path: Path) -> Callable[..., Stage]:
    """Makes a stage with other settings, whose promises the test checks itself."""

    def make(**settings: str) -> Stage:
        return Stage.between(tmp_path, dovecot, sink, **settings)

    return make
