"""Signals: what in an email decides who may answer it. Detecting is `screening`'s, routing is `policy`'s."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from triage.core.told import Told


class Authenticity(Told):
    """Whether the sender's domain vouches for the message, by our own server's word (RFC 8601)."""

    PASS = "pass", "Our mail server found the sender to be genuine."
    NONE = "none", "Our mail server said nothing about the sender."
    FAIL = "fail", "Our mail server found the sender to be forged or doubtful."


class Level(StrEnum):
    """How dangerous the words sound; over-alert by design."""

    URGENT = "urgent"
    REVIEW = "review"
    NONE = "none"


class SignalKind(Told):
    """One thing seen in an email; the sentence says it to staff."""

    # machines (RFC 3834 section 2, RFC 5230 section 4)
    OWN_LOOP = "own_loop", "The message carries our own loop header or comes from one of our own messages."
    OWN_ADDRESS = "own_address", "The message comes from one of the practice's own addresses."
    BOUNCE = "bounce", "The message is a report that some mail could not be delivered."
    OUT_OF_OFFICE = "out_of_office", "The message is an automatic out-of-office note."
    READ_RECEIPT = "read_receipt", "The message is a read receipt."
    ABUSE_REPORT = "abuse_report", "The message is a report made by a mail system."
    CALENDAR = "calendar", "The message is a calendar invitation or answer."
    MAILING_LIST = "mailing_list", "The message came through a mailing list."
    BULK = "bulk", "The message is bulk mail."
    NEWSLETTER = "newsletter", "The message reads like a newsletter (unsubscribe link, view in browser)."
    AUTO_SUBMITTED = "auto_submitted", "The message is marked as sent by a machine."
    ROLE_SENDER = "role_sender", "The sender is an address that no person reads."
    MARKED_AUTOMATIC = "marked_automatic", "The message looks like a person's, but is marked as automatic."
    # positive conditions that are not met
    FROM_MISSING = "from_missing", "The message names no usable sender."
    FROM_MULTIPLE = "from_multiple", "The message names more than one sender."
    FROM_INVALID = "from_invalid", "The sender's address is not a valid address."
    NULL_RETURN_PATH = "null_return_path", "The message has the empty return path of automatic mail."
    RETURN_PATH_MISSING = "return_path_missing", "The mail server recorded no return path."
    RETURN_PATH_DIFFERS = "return_path_differs", "The return path belongs to another domain than the sender."
    REPLY_TO_DIFFERS = "reply_to_differs", "The message asks for answers to another address than its sender's."
    NOT_ADDRESSED = "not_addressed", "None of the practice's addresses is among the recipients."
    MANY_RECIPIENTS = "many_recipients", "The message went to many recipients."
    AUTHENTICITY_FAIL = "authenticity_fail", "Our mail server found the sender to be forged or doubtful."
    LOOKALIKE = "lookalike", "The sender's name or domain imitates another address."
    ENCRYPTED = "encrypted", "The message is encrypted."
    NO_TEXT = "no_text", "The message holds no readable words of its own."
    NOTHING_ASKED = "nothing_asked", "Nobody seems to ask for anything in the message's own words."
    LANGUAGE_UNKNOWN = "language_unknown", "The message is in a language for which there are no letters."
    DETECTOR_FAILED = "detector_failed", "One of the checks failed on this message, so a person must look."
    # people in danger and topics a letter must not answer (safety.md)
    DISTRESS_URGENT = "distress_urgent", "The words suggest that somebody may be in danger now."
    EMERGENCY = "emergency", "The words suggest a medical emergency."
    DISTRESS_REVIEW = "distress_review", "The words speak of suicide, self-harm or worry about somebody."
    MINOR = "minor", "The message seems to be about somebody under 18."
    LEGAL = "legal", "The message is about a legal matter, a complaint, the media or a privacy request."
    CLINICAL = "clinical", "The message asks for records, a prescription or clinical advice."
    EXISTING_PATIENT = "existing_patient", "The message is about an existing appointment."
    BILLING = "billing", "The message is about a bill or insurance only."
    VENDOR = "vendor", "The message offers something for sale."
    STOP_REQUEST = "stop_request", "The sender asks us to stop automatic replies."


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal and the rule that saw it: `because` names a rule or a lexicon entry, never the patient's words."""

    kind: SignalKind
    because: str = ""


@dataclass(frozen=True, slots=True)
class Screening:
    """Everything screening says of one email.

    `language` is an ISO 639-1 code of the words, "" when unknown; `topic` is a short word for lists ("inquiry").
    """

    signals: tuple[Signal, ...] = ()
    authenticity: Authenticity = Authenticity.NONE
    level: Level = Level.NONE
    topic: str = "inquiry"
    language: str = ""

    def has(self, *kinds: SignalKind) -> bool:
        """Whether any of these kinds was seen."""
        return any(signal.kind in kinds for signal in self.signals)

    @property
    def kinds(self) -> tuple[SignalKind, ...]:
        """The kinds seen, each once, in the order found."""
        return tuple(dict.fromkeys(signal.kind for signal in self.signals))


NOT_SCREENED = Screening()
