"""Every sample of a form mail is read as its manifest says, as it is and with other people's answers in it."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.support.emails import rules
from triage.core.email import Email, RawEmail
from triage.core.parsing import parse
from triage.forms.reading import FormReading
from triage.forms.registry import read_form

SAMPLES = Path(__file__).parent.parent / "data" / "forms"
MANIFEST = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))
MAILS = [entry for entry in MANIFEST if entry["kind"] == "email"]
NAMES = [entry["path"] for entry in MAILS]
RECEIVED = datetime(2026, 6, 2, 14, 31, tzinfo=UTC)
ALLOWED = rules(form_senders=("noreply@clinic.example.com", "fran@clinic.example.com"))
# its form asks for nothing else, so its mail cannot hold them
WITHOUT_PHONE_AND_CONSENT = "contact-form-7/notification-1.eml"


@dataclass(frozen=True)
class Visitor:
    """One set of answers."""

    name: str
    email: str
    phone: str
    message: str
    consent: str


DANA = Visitor(**MAILS[0]["expect"])
JOSE = Visitor(
    "José Ángel O'Neill-Ruiz",
    "jose.oneill+clinic@example.com",
    "+1 202-555-0177",
    "Hola, ¿hablan español? Mi esposa <Ana> & yo queremos información.\n\nEmail: prefiero por la tarde.",
    "Yes",
)
TALKATIVE = Visitor(
    "Mary-Jane van der Berg",
    "mj@mail.example.org",
    "202.555.0188 ext. 4",
    "Please note:\nEmail: prefer phone\nPhone: call after 5 only\n\nMessage: for the doctor herself\n\n"
    "Name: my mother's is Ann\n\nConsent: I never signed one before.\nWhat is your name?\nI read it somewhere.\n\n"
    + "A long story about nine years of treatment. " * 60
    + "\n\nQuestions: do you take evening visits?\nThanks, MJ",
    "I agree",
)


def parsed(raw: bytes) -> Email:
    """The mail as the daemon sees it."""
    email = parse(RawEmail(raw, len(raw), RECEIVED))
    assert isinstance(email, Email)
    return email


def filled_in_by(visitor: Visitor, sample: str) -> bytes:
    """A sample's bytes with Dana's answers replaced by this visitor's, escaped as the part's type wants it."""
    source = message_from_bytes((SAMPLES / sample).read_bytes(), policy=policy.default)
    message = EmailMessage()
    for key, value in source.items():
        if key.lower() not in {"content-type", "content-transfer-encoding", "mime-version"}:
            message[key] = _answered(value, visitor, "header") if key in {"From", "Reply-To"} else value
    parts = [part for part in source.walk() if not part.is_multipart()]
    for number, part in enumerate(parts):
        kind = "json" if "appscript-json" in sample else part.get_content_subtype()
        kind = "quoted" if "forwarded" in sample else kind
        content = _answered(part.get_content().replace("\r\n", "\n"), visitor, kind)
        if number == 0:
            message.set_content(content, subtype=part.get_content_subtype(), cte="quoted-printable")
        else:
            message.add_alternative(content, subtype=part.get_content_subtype(), cte="quoted-printable")
    return message.as_bytes()


def _answered(text: str, visitor: Visitor, kind: str) -> str:
    for field in ("message", "email", "name", "phone", "consent"):
        old, new = getattr(DANA, field), getattr(visitor, field)
        if kind == "html":
            for line_end in ("<br />\n", "\n"):
                text = text.replace(old.replace("\n", line_end), html.escape(new).replace("\n", line_end))
        elif kind == "json":
            text = text.replace(json.dumps(old), json.dumps(new, ensure_ascii=False))
        elif kind == "quoted":
            text = text.replace(old.replace("\n", "\n> "), new.replace("\n", "\n> "))
        elif kind == "header":
            text = text.replace(old, new.encode("ascii", "ignore").decode())
        else:
            text = text.replace(old, new)
    return text


def read(raw: bytes, *, any_sender: bool = False) -> FormReading:
    reading = read_form(parsed(raw), rules() if any_sender else ALLOWED, any_sender=any_sender)
    assert reading is not None
    return reading


def answers(reading: FormReading) -> dict[str, str]:
    return {key: getattr(reading, key) for key in ("name", "email", "phone", "message", "consent")}


def expected(visitor: Visitor, sample: str) -> dict[str, Any]:
    wanted = {key: getattr(visitor, key) for key in ("name", "email", "phone", "message", "consent")}
    # trailing white space of a line is no part of what somebody wrote
    wanted["message"] = "\n".join(line.rstrip() for line in wanted["message"].split("\n"))
    return wanted | ({"phone": "", "consent": ""} if sample == WITHOUT_PHONE_AND_CONSENT else {})


@pytest.mark.parametrize("entry", MAILS, ids=NAMES)
def test_a_sample_is_read_as_its_manifest_says(entry: dict[str, Any]) -> None:
    """Name, email, phone, message and consent, and the system's name."""
    reading = read((SAMPLES / entry["path"]).read_bytes())
    assert answers(reading) == expected(DANA, entry["path"])
    assert reading.problem == ""
    assert entry["system"] in {reading.system, "long-tail"}


@pytest.mark.parametrize("visitor", [JOSE, TALKATIVE], ids=["spanish", "label-like-lines"])
@pytest.mark.parametrize("sample", NAMES)
def test_a_message_survives_whole_whatever_it_looks_like(sample: str, visitor: Visitor) -> None:
    """Markup characters, blank lines and lines that look like labels stay in the message and nowhere else."""
    assert answers(read(filled_in_by(visitor, sample))) == expected(visitor, sample)


@pytest.mark.parametrize("sample", NAMES)
def test_a_file_from_disk_is_read_without_an_allow_list(sample: str) -> None:
    """With `any_sender` the generic reader does not ask who sent the mail."""
    assert answers(read(filled_in_by(JOSE, sample), any_sender=True)) == expected(JOSE, sample)


@pytest.mark.parametrize("sample", NAMES)
def test_a_missing_phone_is_an_empty_answer(sample: str) -> None:
    """An empty answer takes nothing from its neighbours."""
    visitor = Visitor(DANA.name, DANA.email, "", DANA.message, DANA.consent)
    assert answers(read(filled_in_by(visitor, sample))) == expected(visitor, sample)


@pytest.mark.parametrize("sample", [name for name in NAMES if not name.startswith("formmail")])
def test_without_a_readable_address_the_reading_says_so(sample: str) -> None:
    """No address is guessed from elsewhere in the mail; the problem names no value."""
    raw = filled_in_by(Visitor(DANA.name, "dana at example", DANA.phone, DANA.message, DANA.consent), sample)
    reading = read(raw.replace(b"Reply-To: dana at example\n", b""))
    assert reading.email == ""
    assert reading.problem.endswith(".")
    assert "dana" not in reading.problem.lower()


def test_the_negative_sample_is_no_form_mail() -> None:
    """A patient who writes with colons is a patient."""
    email = parsed((SAMPLES / "negatives" / "patient-with-colons.eml").read_bytes())
    assert read_form(email, ALLOWED) is None
    assert read_form(email, rules(), any_sender=True) is None
