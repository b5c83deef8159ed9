"""triage without the start of its interpreter and its parts; `prepare` is called by `bench.warm`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from triage.app import App
from triage.commands.options import set_up_log
from triage.config import load_settings
from triage.events import EventLog


def prepare(words: Sequence[str]) -> Callable[[], object]:
    """The three flows that bring an email to its reply, connections included. `words`: the settings file."""
    settings = load_settings(Path(words[0]), {})
    set_up_log(settings.log_format)
    app = App(settings, EventLog())
    intake, followup, delivery = app.intake(), app.followup(), app.delivery()

    def work() -> None:
        intake.run(app.clock)
        followup.run(app.clock)
        delivery.deliver(app.clock)
        app.close()

    return work
