"""Commands typed in this process: what they printed, and with which code they ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from triage.cli import main


@dataclass
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All it said, on one line, whatever the width of the terminal."""
        return " ".join((self.out + self.err).split())

    def lines(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]


def typist(config: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs command lines, each with the settings file that `config` gives then, unless it names another."""

    def typed(*words: str) -> Outcome:
        own = () if "--config" in words or "--help" in words else ("--config", str(config()))
        monkeypatch.setattr("sys.argv", ["triage", *words, *own])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return typed
