"""What every test needs: the log as it was, so that one test's streams are never another's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def fresh_log() -> Iterator[None]:
    """Commands point the log at the streams of their moment; pytest closes those after each test."""
    yield
    structlog.reset_defaults()
