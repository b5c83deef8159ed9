"""A story told by files: `story.toml` with its settings and steps, and the mails beside it as `.eml` files.

Each step is a table whose first known key says what happens; `tests/stories/README.md` lists them all.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.answers import Answer
from tests.support.poison import POISON
from tests.support.ports import free_port
from tests.support.service import ROOT
from tests.support.stage import Stage
from tests.support.written import filled, message_id_of

Step = Mapping[str, Any]


@dataclass
class Story:
    """One folder's story on its stage."""

    folder: Path
    stage: Stage
    script: Mapping[str, Any]
    mails: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, make_stage: Callable[..., Stage]) -> Story:
        """Read the script and set the stage with its settings; `{copy}` in a setting is a copy of the templates."""
        script = tomllib.loads((folder / "story.toml").read_text(encoding="utf-8"))
        story = cls(folder, make_stage(), script)
        assert script["tells"].endswith("."), "a story says in one sentence what it tells"
        story._set(script.get("settings", {}))
        return story

    def play(self) -> None:
        """Every step in order, then the promises."""
        for number, step in enumerate(self.script["steps"], 1):
            act = next((each for each in _ACTS if each in step), None)
            assert act, f"step {number} says nothing that can be done: {dict(step)}"
            try:
                _ACTS[act](self, step)
            except AssertionError as error:
                error.add_note(f"in step {number}: {dict(step)}")
                raise
        self.stage.check_promises([self._id(name) for name in self.script.get("second_letters", ())])

    def _deliver(self, step: Step) -> None:
        """`deliver = ["form", "email"]`, with `minutes_ago`, `seen`, `counted`."""
        contents = [self._mail(name) for name in step["deliver"]]
        options = {key: step[key] for key in ("minutes_ago", "seen", "counted") if key in step}
        self.stage.deliver(*contents, **options)

    def _run(self, step: Step) -> None:
        """`run = 0`: `triage run --once` ends with this code, and `says` this."""
        self.stage.run(step["run"], step.get("says", ""))

    def _command(self, step: Step) -> None:
        """`command = ["forms", "import", "{story}/forms.csv"]`, with `code` and `says`."""
        words = [word.replace("{story}", str(self.folder)) for word in step["command"]]
        self.stage.command(*words, code=step.get("code", 0), says=step.get("says", ""))

    def _change(self, step: Step) -> None:
        """`set = { MODE = "send" }`."""
        self._set(step["set"])

    def _edit(self, step: Step) -> None:
        """`edit = "letters/en/received.md"`: somebody writes `adds` at its end; `mend` undoes every edit."""
        path = self._templates() / step["edit"]
        path.write_text(path.read_text(encoding="utf-8") + step["adds"], encoding="utf-8")

    def _mend(self, step: Step) -> None:
        shutil.copyfile(ROOT / "templates" / step["mend"], self._templates() / step["mend"])

    def _rebuild(self, step: Step) -> None:
        """`rebuild = true`: the server builds the watched folder anew."""
        assert step["rebuild"] is True
        self.stage.rebuild()

    def _replies(self, step: Step) -> None:
        """`server_says = ["550 no such user"]`: what the sink answers to the next messages."""
        self.stage.sink.answers += step["server_says"]

    def _pass_time(self, step: Step) -> None:
        """`hours_pass = 2`: for replies that wait for their next attempt."""
        self.stage.pass_time(step["hours_pass"])

    def _sink(self, step: Step) -> None:
        """`sink = [...]`: exactly these letters have come so far."""
        self._compare(step["sink"], self.stage.answers())

    def _drafts(self, step: Step) -> None:
        """`drafts = [...]`: exactly these letters lie in the Drafts folder."""
        self._compare(step["drafts"], self.stage.drafts())

    def _ledger(self, step: Step) -> None:
        """`ledger = [...]`: exactly these lines, each with these values."""
        lines = self.stage.service.ledger()
        shown = "\n".join(map(str, lines))
        for wanted in step["ledger"]:
            values = {key: value for key, value in wanted.items() if key != "mail"}
            if "mail" in wanted:
                values["message_id"] = self._id(wanted["mail"])
            found = next((line for line in lines if values.items() <= line.items()), None)
            assert found, f"no line with {values} among\n{shown}"
            lines.remove(found)
        assert not lines, f"more than expected:\n{shown}"

    def _folder(self, step: Step) -> None:
        """`folder = "INBOX"`: `holds` exactly these mails, each with exactly these flags."""
        held = self.stage.mailbox(step["folder"])
        found = sorted((message_id_of(content), sorted(flags)) for content, flags in held)
        wanted = sorted((self._id(name), sorted(flags)) for name, flags in step["holds"].items())
        assert found == wanted, f"{step['folder']} holds {found}"

    def _compare(self, wanted: Sequence[Step], answers: Sequence[Answer]) -> None:
        """Each wanted letter is one of the answers, and there is no other."""
        left = list(answers)
        for one in wanted:
            found = next((answer for answer in left if self._is(answer, one)), None)
            assert found, f"no letter like {dict(one)} among {[_shown(answer) for answer in answers]}"
            left.remove(found)
            for words in one.get("has", ()):
                assert words in found.text, f"{words!r} is not in\n{found.text}"
                assert words in found.shown, f"{words!r} is not in\n{found.shown}"
            for words in one.get("lacks", ()):
                assert words not in found.text
                assert words not in found.shown
        assert not left, f"more than expected: {[_shown(answer) for answer in left]}"

    def _is(self, answer: Answer, wanted: Step) -> bool:
        language = wanted.get("language", "en")
        same = (answer.recipient, answer.letter, answer.language) == (wanted["to"], wanted["letter"], language)
        return same and answer.answers == self._id(wanted["answers"])

    def _set(self, settings: Mapping[str, str]) -> None:
        places: dict[str, Callable[[], object]] = {
            "{copy}": self._templates,
            "{closed}": free_port,
            "{sink}": lambda: self.stage.sink.port,
        }
        for key, value in settings.items():
            self.stage.service.settings[key] = str(places[value]()) if value in places else value

    def _templates(self) -> Path:
        """A copy of the letters that this story may edit."""
        copy = self.stage.service.folder / "templates"
        if not copy.exists():
            shutil.copytree(ROOT / "templates", copy)
        return copy

    def _mail(self, name: str) -> bytes:
        """The mail's bytes, the same however often it is delivered."""
        if name not in self.mails:
            text = "" if name in POISON else (self.folder / f"{name}.eml").read_text(encoding="utf-8")
            self.mails[name] = filled(text, datetime.now(UTC)) or POISON[name]()
        return self.mails[name]

    def _id(self, name: str) -> str:
        return message_id_of(self._mail(name))


_ACTS: Mapping[str, Callable[[Story, Step], None]] = {
    "deliver": Story._deliver,
    "run": Story._run,
    "command": Story._command,
    "set": Story._change,
    "edit": Story._edit,
    "mend": Story._mend,
    "rebuild": Story._rebuild,
    "server_says": Story._replies,
    "hours_pass": Story._pass_time,
    "sink": Story._sink,
    "drafts": Story._drafts,
    "ledger": Story._ledger,
    "folder": Story._folder,
}


def _shown(answer: Answer) -> tuple[str, str, str, str]:
    return (answer.recipient, answer.letter, answer.language, answer.answers)
