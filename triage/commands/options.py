"""Options and output that several commands share."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.progress import track

from triage.config import load_settings
from triage.settings import LogFormat, Settings

Config = Annotated[
    Path,
    typer.Option(
        "--config", help="The settings file.", envvar="TRIAGE_CONFIG", show_default="config.env", readable=False
    ),
]
Paths = Annotated[list[Path], typer.Argument(help="Mail files, or folders of them.", exists=True)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Addressed = Annotated[bool, typer.Option("--assume-addressed", help="Treat each mail as addressed to the practice.")]
Authentic = Annotated[
    bool, typer.Option("--assume-authentic", help="Treat each mail's sender as genuine (files show no server's word).")
]
DEFAULT_CONFIG = Path("config.env")


def settings_from(config: Path) -> Settings:
    """The settings in force: the file, overruled by the environment."""
    return load_settings(config, os.environ)


def settings_if_any(config: Path) -> Settings | None:
    """The settings if the file is there; None if it is the default one and is not."""
    if config == DEFAULT_CONFIG and not config.exists():
        return None
    return settings_from(config)


def set_up_log(form: LogFormat = LogFormat.PEOPLE, *, quiet: bool = False) -> None:
    """Send the log to stderr, for people or as JSON; `quiet` keeps it to what needs somebody."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def print_lines(lines: Iterable[Mapping[str, object]], *, as_json: bool, title: str, total: int | None = None) -> None:
    """Print each value as it comes: a JSON line, or a readable line; a progress bar on a terminal meanwhile."""
    shown = track(lines, description=title, total=total, console=Console(stderr=True), transient=True)
    for line in shown if sys.stderr.isatty() else lines:
        print(json.dumps(line, ensure_ascii=not _shows_everything()) if as_json else _readable(line))  # noqa: T201 - the command's output


def _shows_everything() -> bool:
    return (sys.stdout.encoding or "").lower().replace("_", "-") == "utf-8"


def _readable(line: Mapping[str, object]) -> str:
    """`file: verdict (details)` for people."""
    values = iter(line.items())
    _, first = next(values)
    rest = "  ".join(f"{key}={_short(value)}" for key, value in values if value not in (None, "", [], {}))
    return f"{first}: {rest}"


def _short(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_short(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_short(item)}" for key, item in value.items() if item)
    return str(value).replace("\n", " / ")
