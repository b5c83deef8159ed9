"""Every folder beside this file is one story of the whole service; `story.toml` tells it (see README.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.stage import Stage
from tests.support.story import Story

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/story.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_the_story(folder: Path, staged: Callable[..., Stage]) -> None:
    """The story ends as its script says, and every promise is kept."""
    Story.load(folder, staged).play()
