"""Settings: `config.env` and the environment become one frozen object, or one list of everything that is wrong.

The environment wins over the file. Every secret may come from a file (`TRIAGE_IMAP_PASSWORD_FILE=/run/secrets/imap`).
A secret's value is never shown, not even in a problem.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import ValidationError

from triage.errors import OperatorError
from triage.settings import SECRETS, Settings

PREFIX = "TRIAGE_"
KNOWN_KEYS = frozenset(PREFIX + (field.alias or name).upper() for name, field in Settings.model_fields.items())
# Read elsewhere, or meant for tests; not settings of the service, yet not mistakes either.
_OTHER_KEYS = frozenset({"TRIAGE_CONFIG", "TRIAGE_FAILPOINT", "TRIAGE_COMPLETE"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the settings: the key, what is wrong, what to do."""

    key: str
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what} {self.advice}".strip()


class SettingsError(OperatorError):
    """The settings cannot be used; `problems` holds every reason at once."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The settings in {path} have {count}:\n{lines}")


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read `path` and the environment; the environment alone will do if it has everything.

    Raises:
        SettingsError: with every problem found, if there is any.
    """
    values, problems = _read_file(path)
    missing_file = not values and not path.exists()
    values |= {key: value for key, value in environ.items() if key.startswith(PREFIX)}
    problems += _unknown_keys(values)
    values, secret_problems = _read_secret_files(values)
    problems += secret_problems
    fields = {
        key.removeprefix(PREFIX).lower(): value.strip()
        for key, value in values.items()
        if value.strip() and key in KNOWN_KEYS
    }
    try:
        settings = Settings.model_validate(fields)
    except ValidationError as error:
        if fields or not missing_file:
            problems += _from_pydantic(error)
        raise SettingsError(path, tuple(problems)) from None
    if problems and not missing_file:
        raise SettingsError(path, tuple(problems))
    return settings


def _read_file(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """The file's keys, and a problem for each line that is not `KEY=value`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}, [Problem(str(path), "This file does not exist.", "Copy config.example.env and fill it in.")]
    except (OSError, UnicodeDecodeError):
        return {}, [Problem(str(path), "This file cannot be read.", "Check its permissions and that it is plain text.")]
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            line = f"line {binding.original.line}"
            problems.append(Problem(line, "This line is not understood.", "Write it as KEY=value, or start it with #."))
        elif binding.key:
            values[binding.key] = binding.value or ""
    return values, problems


def _unknown_keys(values: Mapping[str, str]) -> list[Problem]:
    """A problem for each TRIAGE_ key that no setting has, with the nearest one that exists."""
    known = KNOWN_KEYS | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    problems = []
    for key in sorted(values):
        if not key.startswith(PREFIX) or key in known or key in _OTHER_KEYS:
            continue
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        advice = f"Did you mean {near[0]}?" if near else "See config.example.env for every setting."
        problems.append(Problem(key, "There is no such setting.", advice))
    return problems


def _read_secret_files(values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The values with each `KEY_FILE` replaced by its file's first line."""
    merged = dict(values)
    problems = []
    for name in SECRETS:
        key = PREFIX + name.upper()
        source = merged.pop(f"{key}_FILE", "").strip()
        if not source:
            continue
        if merged.get(key, "").strip():
            problems.append(Problem(key, f"It is set, and {key}_FILE too.", "Keep only one of the two."))
            continue
        try:
            merged[key] = Path(source).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError):
            problems.append(Problem(f"{key}_FILE", "The file it names cannot be read.", "Check path and permissions."))
    return merged, problems


def _from_pydantic(error: ValidationError) -> list[Problem]:
    """Pydantic's findings as our sentences; values are left out, because they may be secret."""
    problems = []
    for item in error.errors(include_url=False, include_input=False):
        key = PREFIX + str(item["loc"][0]).upper() if item["loc"] else "settings"
        message = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "missing":
            problems.append(Problem(key, "It is missing.", "Set it; config.example.env says what it is for."))
        elif item["type"] == "value_error":
            what, _, advice = message.partition(" | ")
            problems.append(Problem(key, what, advice))
        elif item["type"] == "enum":
            choices = str(item["ctx"]["expected"]).replace("'", "")
            problems.append(Problem(key, "This value is not one of the choices.", f"Use {choices}."))
        else:
            problems.append(Problem(key, f"{message}.".replace("..", "."), "See config.example.env."))
    return problems
