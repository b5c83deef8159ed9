"""Settings: `config.env` and the environment become one frozen object, or one list of everything that is wrong.

The environment wins over the file. Every secret may come from a file (`TRIAGE_IMAP_PASSWORD_FILE=/run/secrets/imap`).
Relative paths count from the folder of the settings file, so that every command finds the same database from anywhere.
A secret's value is never shown, not even in a problem.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import SecretStr, ValidationError

from triage.errors import OperatorError
from triage.settings import SECRETS, Settings

PREFIX = "TRIAGE_"
KNOWN_KEYS = frozenset(PREFIX + (field.alias or name).upper() for name, field in Settings.model_fields.items())
# Read elsewhere, or meant for tests; not settings of the service, yet not mistakes either.
_OTHER_KEYS = frozenset({"TRIAGE_CONFIG", "TRIAGE_FAILPOINT", "TRIAGE_COMPLETE"})
_SQLITE = "sqlite:///"
# What pydantic calls a fault (docs.pydantic.dev, "Validation Errors"), in our words.
_KINDS = {
    "int_": "It is not a whole number.",
    "datetime_": "It is not a date with a time, such as 2026-12-01T08:00.",
    "greater_than_equal": "It must be at least {ge}.",
    "less_than_equal": "It must be at most {le}.",
    "string_too_short": "It is empty.",
    "string_too_long": "It is longer than {max_length} characters.",
    "string_pattern_mismatch": "It holds a character that does not belong there.",
}


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
    missing_file = not path.exists()
    values, problems = ({}, [_missing_file(path)]) if missing_file else _read_file(path)
    values |= {key: value for key, value in environ.items() if key.startswith(PREFIX)}
    problems += _unknown_keys(values)
    base = Path() if missing_file else path.parent
    values, secret_problems = _read_secret_files(values, base)
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
            told = {problem.key.removesuffix("_FILE") for problem in problems if problem.key.endswith("_FILE")}
            problems += [problem for problem in _from_pydantic(error) if problem.key not in told]
        raise SettingsError(path, tuple(problems)) from None
    if problems and not missing_file:
        raise SettingsError(path, tuple(problems))
    return anchored(settings, base)


def anchored(settings: Settings, base: Path) -> Settings:
    """The settings with relative paths counted from `base`; letters that lie there are used unless others are named."""
    url, _, query = settings.database_url.get_secret_value().partition("?")
    file = url.removeprefix(_SQLITE)
    if file and not file.startswith(("/", ":", "file:")):
        url = f"{_SQLITE}{base / file}"
    beside = base / "templates"
    default = beside if base != Path() and beside.is_dir() else None
    return settings.model_copy(
        update={
            "database_url": SecretStr(f"{url}?{query}" if query else url),
            "templates": base / settings.templates if settings.templates else default,
            "ca_file": base / settings.ca_file if settings.ca_file else None,
        }
    )


def _missing_file(path: Path) -> Problem:
    return Problem(str(path), "This file does not exist.", "Copy config.example.env and fill it in.")


def _read_file(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """The file's keys, and a problem for each line that is not `KEY=value` and each key that comes twice.

    Raises:
        SettingsError: the file cannot be read at all.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(str(path), "This file is not plain text in UTF-8.", "Save it as plain text, encoding UTF-8.")
        raise SettingsError(path, (problem,)) from None
    except OSError as error:
        advice = "Name a file." if path.is_dir() else "Let the user who runs triage read it."
        problem = Problem(str(path), f"This file cannot be read: {error.strerror}.", advice)
        raise SettingsError(path, (problem,)) from None
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            line = f"line {binding.original.line}"
            problems.append(Problem(line, "This line is not understood.", "Write it as KEY=value, or start it with #."))
        elif binding.key:
            if binding.key in values and binding.key.startswith(PREFIX):
                what = f"It is set more than once, again in line {binding.original.line}."
                problems.append(Problem(binding.key, what, "Keep only one of the lines."))
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


def _read_secret_files(values: Mapping[str, str], base: Path) -> tuple[dict[str, str], list[Problem]]:
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
            merged[key] = (base / source).read_text(encoding="utf-8").strip("\r\n")
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
            what = next((said for kind, said in _KINDS.items() if str(item["type"]).startswith(kind)), f"{message}.")
            limits = item.get("ctx", {})
            problems.append(Problem(key, what.format_map(limits), "See config.example.env."))
    return problems
