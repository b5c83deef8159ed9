"""What a reply costs before it reaches the outbox, and its second proof before the wire: render, compose, prove."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count as counter

from bench.figures import goal, middle, show
from bench.servers import memory_folder
from tests.support.service import Service
from triage.app import build_letters
from triage.config import load_settings
from triage.core.letter import LetterName, RenderedLetter
from triage.core.proof import prove
from triage.core.reply import FrozenReply, compose, reply_message_id
from triage.events import EventLog
from triage.letters.library import LetterLibrary
from triage.settings import Settings

_NAMES = ("Dana", "Omar", "Priya", "Lucía", "June", "", "Marcus", "Tomás")


def run(*, quick: bool) -> None:
    with memory_folder() as folder:
        settings = load_settings(Service.between(folder, 1, "inbox@example.com", 1).config, {})
    desk = _Desk(settings, build_letters(settings, EventLog()))
    steps: dict[str, Callable[[], object]] = {
        "render": desk.render,
        "render, compose and prove": desk.reply,
        "prove once more": desk.prove_again,
    }
    times, rounds = (100, 3) if quick else (1000, 7)
    spent: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            spent[name].append(_microseconds(step, times))
    figures = {name: middle(values) for name, values in spent.items()}
    print(f"CPU time, median of {rounds} rounds of {times}, in turns; two languages, {len(_NAMES)} names")
    show(("step", "us a reply"), [(name, f"{value:.0f}") for name, value in figures.items()])
    whole = figures["render, compose and prove"]
    goal(f"later render + build + proof <= 300 us ({whole:.0f})", reached=whole <= 300)


class _Desk:
    """Replies to ever new emails, to people of all kinds of names."""

    def __init__(self, settings: Settings, letters: LetterLibrary) -> None:
        self._sender = settings.sender
        self._letters = letters
        self._numbers = counter()
        self._last = self.reply()

    def render(self) -> RenderedLetter:
        number = next(self._numbers)
        letter = LetterName.BOTH_RECEIVED if number % 2 else LetterName.FORM_MISSING
        name = _NAMES[number % len(_NAMES)] if letter is LetterName.BOTH_RECEIVED else ""
        return self._letters.render(letter, "es" if number % 10 == 9 else "en", name, datetime.now(UTC))

    def reply(self) -> FrozenReply:
        letter = self.render()
        number = next(self._numbers)
        original = f"<{number:08d}.bench@mail.example.org>"
        self._last = compose(
            letter,
            letter.notices,
            sender=self._sender,
            recipient=f"patient{number}@mail.example.org",
            message_id=reply_message_id(b"secret", original, letter.letter, self._sender.domain),
            date=datetime.now(UTC),
            in_reply_to=original,
            references=(original,),
            loop_id="bench",
        )
        return self._last

    def prove_again(self) -> None:
        last = self._last
        prove(
            last.content,
            recipient=last.recipient,
            sender=self._sender,
            message_id=last.message_id,
            notices=last.notices,
        )


def _microseconds(step: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - begun) / times * 1e6
